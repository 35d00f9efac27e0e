#!/bin/bash
# SPDX-License-Identifier: ISC
# What preclude report says of rsync 3.2.7's own test suite, against the list of its call sites that was written from
# the source beforehand: every site that the suite reaches is reported, and no site that is not there.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/suite.sh"

obtain legacy rsync-legacy
version=$(suite_version legacy)
[ "$version" = 3.2.7 ] || skip_rest "the list is of rsync 3.2.7, and this is $version"

list=$top/tests/rsync/sites-3.2.7.txt
run=$scratch/run user=$scratch/user
logs=("$run/log")

ok "the suite runs under observe" suite_run legacy observe "$self" "$run"
# One site is reached only without root's rights.
if [ "$self" = root ]; then
	ok "one test of it as another user" suite_run legacy observe nobody "$user" xattrs
	logs+=("$user/log")
fi
ok "the report is made" "$B/preclude" report --format json --output "$scratch/report" "${logs[@]}"
# Sites in the program itself: libacl, libpopt and NSS make calls of their own.
jq -r '.sites[] | select(.frames[0].object | endswith("/rsync-3.2.7/rsync")) | [.func, .how, (.frames[] |
	"\(.function) \(.source // "?" | sub("^.*/rsync-3.2.7/"; "")):\(.line)")] | join("\t")' \
	"$scratch/report" >"$scratch/sites"
awk -f "$top/tests/rsync/sites_match.awk" "$list" FS='\t' "$scratch/sites" >"$scratch/found"

findings()
{
	grep -E "^($1)( |\$)" "$scratch/found" | sort | uniq -c | sort -rn | head -n 20
}

reached='yes|tmpfs|user'
[ "$(cat /proc/sys/fs/protected_regular 2>/dev/null || echo 0)" = 0 ] || reached="$reached|sysctl"
read -r _ total matched < <(grep '^total ' "$scratch/found")
found=$(grep -cE "^found ($reached) " "$scratch/found")
wanted=$(grep -cE "^(found|missing) ($reached) " "$scratch/found")
echo "# recall $found of $wanted sites, precision $matched of $total reported stacks"

is "recall: every site that the suite reaches is reported" "$(findings "missing ($reached)")" ""
is "precision: every site that is reported is in the list" "$(findings unlisted)" ""
is "the suite reaches no other site of the list" "$(findings "found no")" ""
is "what cannot be swapped is never called unanchored" "$(findings class)" ""
ok "that is more than a few" test "$wanted" -ge 80 -a "$total" -ge 300
finish
