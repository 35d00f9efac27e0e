#!/bin/bash
# SPDX-License-Identifier: ISC
# make demo: it works for whoever runs the tests and for an ordinary user, in a checkout whose path has spaces, with a strict
# umask and an empty environment; and its picture, docs/demo.svg, shows what it prints.

. "$(dirname "$0")/../tap.sh"
obtain pristine rsync-legacy

# As a terminal's reader sees it, but for what differs from run to run, from kernel to kernel and from one place of the library to another.
stable()
{
	grep . | sed 's/kernel: Linux .*/kernel: Linux/; s/\.authorized_keys\.[A-Za-z0-9]*/.authorized_keys/; /^ *abi  /d; /^ *status  /d; /^ *dropped  /d
		s/LD_PRELOAD=.*/LD_PRELOAD/'
}

ok "make demo" sh -c '"$1" >"$2" </dev/null' demo "$top/tests/rsync/demo" "$scratch/said"
drawn=$("$top/tests/docs/terminal_svg.py" --text "$top/docs/demo.svg" | stable)
# Another receiver has other lines.
version=$("$pristine" --version | sed -n '1s/.*version \([0-9.]*\) .*/\1/p')
if grep -qF "version $version " <<<"$drawn"; then
	is "docs/demo.svg shows what it prints (make document-demo)" "$(stable <"$scratch/said")" "$drawn"
else
	skip "docs/demo.svg shows what it prints" "its receiver is another: $version"
fi

# In a tree of the user's own, which is all that the demo takes.
tree="$scratch/a check out"
mkdir -p "$tree/build" "$scratch/cache"
cp -r "$top/tests" "$tree/"
cp "$library" "$tree/build/"
obtained=$(dirname "$(dirname "$pristine")")
cp -a "$obtained" "$scratch/cache/"
user=()
if [ "$(id -u)" -eq 0 ]; then
	chown -R nobody:nogroup "$tree" "$scratch/cache"
	user=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
ordinary()
{
	(cd "$tree" && umask 077 && env -i PATH=/usr/bin:/bin TERM=dumb PRISTINE_CACHE="$scratch/cache" "${user[@]}" \
		tests/rsync/demo >"$scratch/ordinary" 2>&1 </dev/null) || { tail -n 20 "$scratch/ordinary"; false; }
}
ok "make demo, as an ordinary user" ordinary
is "prints the same" "$(stable <"$scratch/ordinary")" "$(stable <"$scratch/said")"
is "to a dumb terminal, without colours" "$(cd "$tree" && env -i PATH=/usr/bin:/bin TERM=dumb PRISTINE_CACHE="$scratch/cache" \
	script -qec 'tests/rsync/demo' /dev/null </dev/null | grep -c $'\033')" 0
finish
