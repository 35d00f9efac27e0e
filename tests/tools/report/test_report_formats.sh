#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude report for machines and for the eye: SARIF by schema and by another project's model, OpenMetrics by a parser,
# HTML in a real browser.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
here=$top/tests/tools/report
check()
{
	local script=$1
	shift
	/usr/bin/python3 -B "$here/$script" "$@"
}

# A program with lines, and names that an attacker would choose.
mkdir "$scratch/root" "$scratch/out" "$scratch/my src"
cp "$here/prog_report.c" "$scratch/my src/report.c"
(cd "$scratch/my src" && gcc -g -O1 -o "$scratch/report" report.c)
names=('</script><img src=x onerror=window.pwned=1>' "\"&'<b>" $'\xff\xfe\xe2\x80\xaetxt.exe\nend' '<!--<script>')
for name in "${names[@]}"; do
	mkdir -p "$scratch/out/$(dirname "$name")" && echo x >"$scratch/out/$name"
done
observed()
{
	local log=$1 program=$2
	shift 2
	"$preclude" run --mode observe --confine off --flag all --root up="$scratch/root" --log "$log" "$program" "$@"
}
paths=("${names[@]/#/$scratch/out/}")
touch "$scratch/root/inside"
ok "a program is observed" observed "$scratch/log" "$scratch/report" "${paths[@]}" "$scratch/root/inside" "$scratch/missing"
grep '"event":"start"' "$scratch/log" | head -n 1 >"$scratch/empty"

# SARIF.
cd "$scratch/my src" || exit 1
"$preclude" report --format sarif "$scratch/log" >"$scratch/sarif"
is "SARIF is written" $? 0
ok "it is SARIF 2.1.0" check check_sarif.py "$scratch/sarif"
ok "of an empty log too" check check_sarif.py <("$preclude" report --format sarif "$scratch/empty")
results()
{
	jq -r ".runs[0].results[] | $1" "$scratch/sarif"
}
is "a change outside is an error" "$(results 'select(.properties.func == "chmod" and .properties.where == "outside" and .properties.effect == "passed") | "\(.ruleId) \(.level)"' | sort -u)" \
	"escaped error"
line=$(grep -n 'chmod(path' report.c | cut -d: -f1)
is "at its line, relative to where one works" \
	"$(results 'select(.ruleId == "escaped" and .properties.func == "chmod").locations[0] | "\(.physicalLocation.artifactLocation.uri) \(.physicalLocation.artifactLocation.uriBaseId) \(.physicalLocation.region.startLine) \(.logicalLocations[0].name)"' | sort -u)" \
	"report.c SRCROOT $line changer"
is "which is said where it is" "$(jq -r '.runs[0].originalUriBaseIds.SRCROOT.uri' "$scratch/sarif")" "file://$scratch/my%20src/"
ok "from elsewhere it has its whole path" grep -qF "\"uri\": \"file://$scratch/my%20src/report.c\"" \
	<(cd / && "$preclude" report --format sarif "$scratch/log")
is "with the stack that led there" "$(results 'select(.ruleId == "escaped" and .properties.func == "chmod").stacks[0].frames[].location.logicalLocations[0].name' | grep -c '^\(changer\|main\)$')" 2
is "how often" "$(results 'select(.ruleId == "escaped" and .properties.func == "chmod").occurrenceCount' | head -n 1)" "${#names[@]}"
is "what is in order is no result" "$("$preclude" report --format json "$scratch/log" | jq '[.sites[] | select(.class != "anchored")] | length')" \
	"$(jq '.runs[0].results | length' "$scratch/sarif")"

# A rebuild: other lines, other addresses, the same sites.
{
	printf '/* one more line */\nint more(int x);\nint more(int x) { return x * 3; }\n'
	cat "$here/prog_report.c"
} >report.c
gcc -g -O1 -o "$scratch/report2" report.c && mkdir "$scratch/again" && mv "$scratch/report2" "$scratch/again/report"
observed "$scratch/log2" "$scratch/again/report" "${paths[@]}" "$scratch/root/inside" "$scratch/missing"
prints()
{
	jq -r '.runs[0].results[].partialFingerprints["precludeSite/v1"]' "$1" | sort
}
"$preclude" report --format sarif "$scratch/log2" >"$scratch/sarif2"
ok "the lines are others" test "$(jq -c '[.runs[0].results[].locations]' "$scratch/sarif")" != "$(jq -c '[.runs[0].results[].locations]' "$scratch/sarif2")"
is "the fingerprints are the same after a rebuild" "$(prints "$scratch/sarif2")" "$(prints "$scratch/sarif")"
ok "and are several" test "$(prints "$scratch/sarif" | uniq | wc -l)" -ge 3

# A baseline that knows all but what is done to one more file, and one site that is gone.
"$preclude" report --write-baseline "$scratch/known" "$scratch/log" >/dev/null
grep -v '"func":"chmod"' "$scratch/log" >"$scratch/less"
cat >>"$scratch/less" <<'END'
{"v":1,"event":"call","time":"2026-01-02T03:04:05.000000Z","pid":1,"exe":"/x","func":"unlink","path":"/etc/x","resolved":"/etc/x","where":"outside","from":"elsewhere","escape":false,"does":"remove","how":"unanchored","effect":"passed","worst":true,"frames":[]}
END
"$preclude" report --format sarif --baseline "$scratch/known" "$scratch/less" >"$scratch/sarif" 2>/dev/null
ok "with a baseline it is SARIF too" check check_sarif.py "$scratch/sarif"
is "what the baseline does not know is new" "$(results 'select(.baselineState == "new").properties.func')" unlink
is "the rest is unchanged" "$(results 'select(.baselineState == "unchanged").properties.func' | sort -u | tr '\n' ' ')" "open stat "

# Metrics.
"$preclude" report --format metrics "$scratch/log" >"$scratch/prom"
is "metrics are written" $? 0
ok "they are OpenMetrics" check check_metrics.py "$scratch/prom"
check check_metrics.py "$scratch/prom" >"$scratch/samples"
is "all calls are counted" "$(awk '/^preclude_calls_total/ { n += $NF } END { print n }' "$scratch/samples")" \
	"$("$preclude" report --format json "$scratch/log" | jq .calls)"
is "those that got out" "$(sed -n 's/^preclude_calls_total {"class": "escaped", "effect": "passed", "module": ""} //p' "$scratch/samples")" "${#names[@]}"
ok "of an empty log too" check check_metrics.py <("$preclude" report --format metrics "$scratch/empty")
odd=$'/srv/"odd"\\one\ntwo'
mkdir -p "$scratch/odd" && sed 's/"module":[^,]*/"module":"\/srv\/\\"odd\\"\\\\one\\ntwo"/' "$scratch/log" >"$scratch/oddlog"
"$preclude" report --format metrics "$scratch/oddlog" >"$scratch/oddprom"
is "labels are escaped" "$(check check_metrics.py "$scratch/oddprom" | sed -n 's/^preclude_calls_total \({.*}\) .*/\1/p' | jq -r .module | sort -u)" \
	"$(sort -u <<<"$odd")"
sed '1s/^/{"v":1,"event":"guard","time":"2026-01-02T03:04:05.000000Z","pid":1,"exe":"\/x","option":"temp-dir","value":"\/tmp","module":"up","root":"\/r","action":"rejected"}\n{"v":1,"torn/' \
	"$scratch/log" >"$scratch/more"
"$preclude" report --format metrics "$scratch/more" >"$scratch/moreprom"
ok "guard events are" grep -qx 'preclude_events_total{event="guard"} 1' "$scratch/moreprom"
ok "and by module" grep -qx 'preclude_guarded_options_total{action="rejected",module="up"} 1' "$scratch/moreprom"
ok "and what is torn" grep -qx 'preclude_dropped_lines_total{reason="torn"} 1' "$scratch/moreprom"
ok "and what became of the sandbox" grep -qx 'preclude_sandboxes_total{outcome="observed"} 1' "$scratch/prom"

# HTML.
check many_sites.py >"$scratch/many"
"$preclude" report --format json "$scratch/many" | jq -r '.sites[].advice // empty' | sort -u >"$scratch/advice"
is "what to write instead is made of whole words" "$(grep -E '(dirfd|FDCWD)[A-Za-z_]|[A-Za-z]dirfd' "$scratch/advice"; grep -c 'O_DIRECTORY' "$scratch/advice" | sed 's/^[1-9].*/some/')" some
for page in log many empty; do
	"$preclude" report --format html "$scratch/$page" >"$scratch/$page.html" || echo "# $page failed"
done
"$preclude" report --format html --baseline "$scratch/known" "$scratch/less" >"$scratch/baseline.html" 2>/dev/null
is "the same log gives the same page" "$("$preclude" report --format html "$scratch/log" | sha256sum)" "$(sha256sum <"$scratch/log.html")"
ok "a page names no address" not grep -qE "(src|href)=|url\(|@import" "$top/tools/report/report.html" "$top/tools/report/report.css"
ok "a page is made without innerHTML and its kin" not grep -nE 'innerHTML *=|outerHTML|insertAdjacent|document\.write|eval\(' "$top/tools/report/report.js"
check check_page.py "$scratch/log.html" "$scratch/many.html" "$scratch/empty.html" "$scratch/baseline.html" >"$scratch/page" 2>"$scratch/page.err"
is "the browser goes through them" "$? $(cat "$scratch/page.err")" "0 "
while IFS=$'\t' read -r verdict name why; do
	is "page: $name" "$verdict $why" "ok "
done <"$scratch/page"
finish
