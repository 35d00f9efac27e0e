#!/bin/bash
# SPDX-License-Identifier: ISC
# A program with a call site of each class, observed and enforced: every format, --fail-on and the headline say the same of it.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
root=$scratch/root
mkdir -p "$root/private" "$root/shared" "$scratch/outside"
touch "$root/private/file" "$root/shared/file" "$scratch/outside/changed"
chmod 755 "$scratch/outside" "$root" "$root/private"
chmod 777 "$root/shared"
${CC:-cc} -g -O1 -o "$scratch/prog" "$top/tests/tools/sites/prog_classify.c" || exit 1
cd "$root" || exit 1

# Without confinement the chmod would pass in either mode.
for mode in observe enforce; do
	"$preclude" run --mode $mode --flag all --root "$root" --log "$scratch/$mode" "$scratch/prog"
	for format in text json sarif html metrics; do
		"$preclude" report --format $format "$scratch/$mode" >"$scratch/$mode.$format"
	done
done
all='escaped outside swappable unanchored anchored'

# The table that a person reads: "CLASS SITES" a line, without those that have none.
text()
{
	sed -nE 's/^  ([a-z]+) +([1-9][0-9]*) call sites? .*/\1 \2/p' "$1"
}

# of FORMAT FILE: the same of each other format. A SARIF result has the class as its rule; what is anchored is no result.
of()
{
	case $1 in
	json) jq -r '.sites[].class' "$2" | uniq -c | awk '{ print $2, $1 }' ;;
	totals) jq -r '.classes | to_entries[] | select(.value.sites > 0) | "\(.key) \(.value.sites)"' "$2" ;;
	sarif) jq -r '.runs[0].results[].ruleId' "$2" | uniq -c | awk '{ print $2, $1 }' ;;
	metrics) for class in $all; do
		awk -v class="$class" '/^preclude_sites\{/ && index($0, "class=\"" class "\"") { n += $NF } END { if (n) print class, n }' "$2"
	done ;;
	host) for class in $all; do
		sed -nE "s/^preclude_host_sites\{.*class=\"$class\"\} ([1-9].*)/$class \1/p" "$2"
	done ;;
	esac
}

# The class of the chmod, and of the look outside, differ by mode; the others do not.
is "observe: the change that enforcing would deny escaped" \
	"$(jq -r '.sites[] | select(.class == "escaped") | "\(.func) \(.line)"' "$scratch/observe.json")" "chmod 11"
is "enforce: the change that was denied is outside, like the look" \
	"$(jq -r '.sites[] | select(.class == "outside") | "\(.func) \(.line)"' "$scratch/enforce.json")" "chmod 11
stat 12"
for mode in observe enforce; do
	is "$mode: what is swappable, unanchored" \
		"$(jq -r '.sites[] | select(.class == "swappable" or .class == "unanchored") | "\(.class) \(.line)"' "$scratch/$mode.json")" \
		"swappable 13
unanchored 14"
	wanted=$(text "$scratch/$mode.text")
	ok "$mode: anchored ones are counted" grep -q '^anchored [1-9]' <<<"$wanted"
	is "$mode: json has the classes of the text" "$(of json "$scratch/$mode.json")" "$wanted"
	is "$mode: so have its totals" "$(of totals "$scratch/$mode.json")" "$wanted"
	is "$mode: so have the metrics" "$(of metrics "$scratch/$mode.metrics")" "$wanted"
	is "$mode: and those of the host" "$(of host "$scratch/$mode.metrics")" "$wanted"
	is "$mode: sarif has them too" "$(of sarif "$scratch/$mode.sarif")" "$(grep -v '^anchored' <<<"$wanted")"
	headline=$(head -n 1 "$scratch/$mode.text")
	is "$mode: json has the headline of the text" "$(jq -r .headline "$scratch/$mode.json")" "$headline"
	is "$mode: so has sarif" "$(jq -r '.runs[0].properties.headline' "$scratch/$mode.sarif")" "$headline"
	/usr/bin/python3 -B - "$top/tests/tools/report" "$scratch/$mode.html" <<'END' >"$scratch/$mode.seen" 2>"$scratch/err"
import sys
sys.path.insert(0, sys.argv[1])
from browser import Browser
browser = Browser()
browser.open(sys.argv[2])
print(browser.run("document.querySelector('h1').textContent"))
print(browser.run("""[...document.querySelectorAll('#classes button')].filter((b) => !b.disabled).map((b) =>
	b.querySelector('.name').textContent + ' ' + b.querySelector('b').textContent).join('\\n')"""))
print("rows " + browser.run("""[...document.querySelectorAll('tr.site .c-class')].map((c) => c.textContent)
	.filter((c, i, all) => c !== all[i - 1]).join(' ')"""))
browser.close()
END
	is "$mode: the page has headline, classes and rows of the text" "$(cat "$scratch/$mode.seen" "$scratch/err")" "$headline
$wanted
rows $(cut -d ' ' -f 1 <<<"$wanted" | paste -sd ' ')"
done

is "observe: what happened" "$(head -n 1 "$scratch/observe.text")" "1 call site got outside; enforcing would stop it"
is "enforce: what happened" "$(head -n 1 "$scratch/enforce.text")" \
	"Nothing got outside: 1 call site was denied, 1 only looked or failed there"
is "observe, not confined: enforcing the same would not help" \
	"$("$preclude" run --mode observe --confine off --flag all --root "$root" --log "$scratch/loose" "$scratch/prog"
	"$preclude" report "$scratch/loose" | head -n 1)" "1 call site got outside; enforcing would not stop it"
is "enforce, not confined: it got out" \
	"$("$preclude" run --confine off --flag all --root "$root" --log "$scratch/out" "$scratch/prog"
	"$preclude" report "$scratch/out" | head -n 1)" "1 call site got outside"
is "two of them" "$("$preclude" report <(cat "$scratch/out"; sed 's/"func":"chmod"/"func":"chown"/' "$scratch/out") | head -n 1)" \
	"2 call sites got outside"
is "some of them" "$("$preclude" report "$scratch/out" "$scratch/observe" | head -n 1)" \
	"2 call sites got outside; enforcing would stop 1 of them"
is "a read-only root that is written to is not outside" \
	"$("$preclude" run --mode observe --flag all --root "$root/shared,ro" --log "$scratch/ro" chmod 600 "$root/shared/file"
	"$preclude" report "$scratch/ro" | head -n 1)" "1 call site did what its root does not allow; enforcing would stop it"

# A class fails with all that are worse, and with no better one.
grep -v '"where":"outside"' "$scratch/observe" >"$scratch/inside"
grep -v '/shared/file' "$scratch/inside" >"$scratch/private"
grep -v '"how":"unanchored"' "$scratch/private" >"$scratch/held"
fails()
{
	local found=''
	for class in $all; do
		"$preclude" report --fail-on $class "$1" >/dev/null 2>&1
		found+="$? "
	done
	echo "${found% }"
}
is "--fail-on escaped, outside, swappable, unanchored, anchored: one that escaped" "$(fails "$scratch/observe")" "3 3 3 3 3"
is "one outside" "$(fails "$scratch/enforce")" "0 3 3 3 3"
is "one swappable" "$(fails "$scratch/inside")" "0 0 3 3 3"
is "one unanchored" "$(fails "$scratch/private")" "0 0 0 3 3"
is "anchored ones" "$(fails "$scratch/held")" "0 0 0 0 3"
is "of a list the least bad class counts" "$("$preclude" report --fail-on swappable,escaped "$scratch/inside" >/dev/null 2>&1; echo $?)" 3
ok "a baseline knows the classes by the same names" test "$("$preclude" report --write-baseline "$scratch/known" "$scratch/observe" >/dev/null
	sed -nE 's/^[0-9a-f]{32} ([a-z]+) .*/\1/p' "$scratch/known" | sort -u | paste -sd ' ')" = "escaped outside unanchored"
is "and enforcing is nothing new to it" "$("$preclude" report --baseline "$scratch/known" --fail-on new "$scratch/enforce" 2>&1 >/dev/null; echo $?)" 0
finish
