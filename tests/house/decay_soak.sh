#!/bin/bash
# SPDX-License-Identifier: ISC
# Every test script that needs something downloaded, with nothing cached: decay_soak.sh [SCRIPT...]. Once from an archive where
# nobody listens; once from one of another day, whose only old rsync is 3.2.3, and whose receivers have other versions. Each
# passes, and names what it skips.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/wait.sh"
. "$top/tests/debian.sh"
. "$top/tests/house/archive.sh"
needs_root "to run the receivers"
cd "$top" || exit 1

[ $# -gt 0 ] || readarray -t all < <(grep -lE '\bobtain [a-z]+ |"\$top/tests/obtain"|^receivers$|kernels/boot|/lib\.sh" [a-z]' \
	tests/*/test_*.sh tests/*/*/test_*.sh | grep -v ^tests/house/)
[ $# -gt 0 ] || set -- "${all[@]}"
ok "there are such scripts" test $# -gt 0

# The real packages, while apt has its own configuration.
mkdir -p "$scratch/original"
have=()
if debian_suite "$scratch/original" deb-src bullseye; then
	(cd "$scratch/original" && apt-get "${debian[@]}" source --download-only rsync) >"$scratch/said" 2>&1
	ok "an rsync of another day" tar -xf "$scratch/original"/rsync_3.2.3.orig.tar.* -C "$scratch/original" &&
		source_package bookworm 3.2.3-1 "$scratch/original/rsync-3.2.3" && have+=(rsync)
else
	skip "an rsync of another day" "$why"
fi
for package in $(awk -F '\t+' '$2 == "files" { print $4 }' tests/sources.tsv); do
	rm -rf "$scratch/files"
	if (cd "$scratch/original" && apt-get -q -o APT::Sandbox::User=root download "$package" &&
		dpkg-deb -R "$package"_*.deb "$scratch/files") >"$scratch/said" 2>&1; then
		binary trixie "$package" 9999.0-1
		have+=("$package")
	else
		skip "$package of another version" "$(tail -n 1 "$scratch/said")"
	fi
done

# passes SCRIPT...: without a failure.
passes()
{
	tests/run "$@" >"$scratch/ran" 2>&1 || { cat "$scratch/ran"; return 1; }
}

silent_ports
apt_is "http://127.0.0.1:$closed"
ok "nobody listens: all pass or are skipped" passes "$@"
ok "nobody listens: what is skipped is named" grep -q '^skipped: obtain .*: no package list of' "$scratch/ran"
sed -n 's/^skipped:/# &/p; $s/^/# /p' "$scratch/ran"

publish
ok "another day: all pass or are skipped" passes "$@"
is "another day: what is there is not skipped" \
	"$(grep '^skipped: obtain' "$scratch/ran" | grep -E "has no ($(printf '%s|' "${have[@]}")-)[ \$]")" ""
sed -n 's/^skipped:/# &/p; $s/^/# /p' "$scratch/ran"
finish
