#!/bin/bash
# SPDX-License-Identifier: ISC
# `make bench`: runs the parts named, each into $B/bench/PART.tsv, and makes BENCHMARKS.md and its plots of those and of
# what earlier runs left of the others. A part's first line says what it was run on.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=${BENCH_OUT:-$B/bench}
mkdir -p "$out"

# A policy left over in the caller's environment would count.
for variable in $(env | sed -n 's/^\(PRECLUDE_[A-Z_0-9]*\|LL_[A-Z_]*\|LD_PRELOAD\)=.*/\1/p'); do
	unset "$variable"
done

# The network is out of reach for the parts.
case " $* " in
*' rsync '* | *' scale '*) "$here/../obtain" rsync-legacy >/dev/null || exit 1 ;;
esac

commit=$(git -C "$here" describe --always --dirty=', changed' --exclude '*' 2>/dev/null) || commit='no repository'
status=0
for part; do
	[ -x "$here/$part.sh" ] || { echo "bench: there is no part $part" >&2; exit 2; }
	began=$SECONDS load=$(cut -d ' ' -f 1 /proc/loadavg)
	if "$here/$part.sh" >"$out/$part.new"; then
		printf '# %s\t%s\t%s\t%s\t%s\n' "$part${BENCH_QUICK:+, quick}" "$commit" "$(date -u '+%Y-%m-%d %H:%M')" \
			"$load" $((SECONDS - began)) | cat - "$out/$part.new" >"$out/$part.tsv"
		rm "$out/$part.new"
	else
		echo "bench: $part failed; what it said before is in $out/$part.new" >&2
		status=1
	fi
done
"$here/render" "$out" && cat "$out/BENCHMARKS.md"
[ -z "${BENCH_PEER-}" ] || awk -f "$here/peer.awk" "$out/stats"
exit $status
