#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude report: logs of real programs become a list of call sites with source lines, a baseline, an exit status.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
cc=${CC:-cc}
root=$scratch/root outside=$scratch/outside
mkdir -p "$root/dir" "$outside" "$scratch/src"
echo data >"$root/dir/file"
ln -s ../outside "$root/out"
touch "$outside/there"

# What the calls are, and where; line 10 is the innermost.
cat >"$scratch/src/prog.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct stat st;

static inline __attribute__((always_inline)) int deep(const char *path)
{
	return lstat(path, &st) + 1;
}

__attribute__((noinline)) int look(const char *path)
{
	int result = deep(path);

	return result + 1;
}

__attribute__((noinline)) int change(const char *path)
{
	int result = chmod(path, 0600);

	return result + 2;
}

int main(void)
{
	int done = change("out/there");

	for (int i = 0; i < 5; i++)
		done += look("dir/file");
	return done == 99;
}
END

# build NAME [CFLAGS]; observe_prog LOG: what the program does beneath $root is logged there.
build()
{
	local name=$1
	shift
	(cd "$scratch/src" && $cc -O2 -g -Wl,--build-id "$@" -o "$scratch/$name" "$name.c")
}

observe_prog()
{
	# Without confinement: a change of metadata outside passes, and is the worst there is.
	(cd "$root" && "$preclude" run --mode observe --confine off --flag all --root "data=$root" --log "$1" "$scratch/prog")
}

# site FUNC FILTER: a jq filter on the site of that function in $scratch/json.
site()
{
	jq -r --arg func "$1" ".sites[] | select(.func == \$func) | $2" "$scratch/json"
}

report_json()
{
	"$preclude" report --format json "$@" >"$scratch/json" 2>"$scratch/err"
}

lines()
{
	build prog
	observe_prog "$scratch/log"
	report_json "$scratch/log"
	is "function, file and line, through what was inlined" \
		"$(site lstat '[.frames[:3][] | "\(.function) \(.source | split("/") | last):\(.line) \(.inlined)"] | join(", ")')" \
		"deep prog.c:10 true, look prog.c:15 false, main prog.c:32 false"
	is "the place to look at" "$(site lstat '"\(.function) \(.line)"')" "deep 10"
	is "how often, by how many" "$(site lstat '"\(.count) \(.processes)"')" "5 1"
	is "an escape that passed" "$(site chmod '"\(.class) \(.escape) \(.line)"')" "escaped true 22"
	is "where it led" "$(site chmod '.examples[0].path + " " + .examples[0].resolved')" "out/there $outside/there"
	is "what to write instead" "$(site lstat .advice)" "fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW)"
	is "worst first" "$(jq -r '.sites[0].func' "$scratch/json")" chmod
	is "a loop that clang unrolled is one site" "$(cd "$scratch/src" && clang -O2 -g -Wl,--build-id -o "$scratch/prog" prog.c &&
		observe_prog "$scratch/clang" && report_json "$scratch/clang"; site lstat '"\(.function) \(.line)"')" "deep 10"
}

# Where debug information may lie, other than in the program.
separate()
{
	local id prefix

	build prog
	observe_prog "$scratch/separate"
	mkdir "$scratch/kept" # not beside the program, where it would be found
	objcopy --only-keep-debug "$scratch/prog" "$scratch/kept/prog.debug"
	id=$(readelf -n "$scratch/prog" | sed -n 's/.*Build ID: //p')
	strip "$scratch/prog"
	report_json "$scratch/separate"
	is "without any, the object is all there is" "$(site lstat '"\(.source) \(.frames[0].object)"')" "null $scratch/prog"

	mkdir -p "$scratch/server/buildid/$id"
	cp "$scratch/kept/prog.debug" "$scratch/server/buildid/$id/debuginfo"
	DEBUGINFOD_URLS=file://$scratch/server/ DEBUGINFOD_CACHE_PATH=$scratch/cache report_json "$scratch/separate"
	is "from debuginfod" "$(site lstat '"\(.function) \(.line)"')" "deep 10"

	prefix=/usr/lib/debug/.build-id/${id:0:2}
	if [ "$(id -u)" = 0 ]; then
		mkdir -p "$prefix"
		at_exit+=("rm -f $prefix/${id:2}.debug")
		cp "$scratch/kept/prog.debug" "$prefix/${id:2}.debug"
		report_json "$scratch/separate"
		is "by build-id" "$(site lstat '"\(.function) \(.line)"')" "deep 10"
		mv "$scratch/prog" "$scratch/gone"
		report_json "$scratch/separate"
		is "by build-id, of a program that is gone" "$(site lstat '"\(.function) \(.line)"')" "deep 10"
		mv "$scratch/gone" "$scratch/prog"
		rm "$prefix/${id:2}.debug"
	else
		skip "by build-id" "needs root: to write to /usr/lib/debug"
	fi

	mkdir "$scratch/.debug"
	cp "$scratch/kept/prog.debug" "$scratch/.debug/prog.debug"
	objcopy --add-gnu-debuglink="$scratch/.debug/prog.debug" "$scratch/prog"
	report_json "$scratch/separate"
	is "by debug link" "$(site lstat '"\(.function) \(.line)"')" "deep 10"
	rm -r "$scratch/.debug"
}

# A gate that a rebuild does not trip, and a new call does.
gate()
{
	build prog
	observe_prog "$scratch/first"
	"$preclude" report --write-baseline "$scratch/known" "$scratch/first" >"$scratch/first.text" 2>"$scratch/err"
	is "the baseline is readable" "$(sed -n 's/^[0-9a-f]\{32\} //p' "$scratch/known" | grep prog.c)" \
		"escaped chmod in change (prog.c) < main; module data
unanchored lstat in deep (prog.c) < look < main; module data"
	is "known sites do not fail" "$("$preclude" report --baseline "$scratch/known" --fail-on new,outside,unanchored \
		"$scratch/first" 2>&1 >/dev/null; echo $?)" 0

	# Everything moves: other lines, other code, another build-id.
	sed -i -e '1i// a line\n// and another' -e 's/int result = chmod/int result = (int)getpid() * 0 + chmod/' "$scratch/src/prog.c"
	build prog -fno-omit-frame-pointer
	report_json "$scratch/first"
	is "a program that changed is not used" "$(site lstat .source)" null
	ok "and that is said" jq -e --arg prog "$scratch/prog" '.notes[] | select(contains("changed since") and contains($prog))' \
		"$scratch/json"
	observe_prog "$scratch/second"
	is "a rebuild is nothing new" "$("$preclude" report --baseline "$scratch/known" --fail-on new "$scratch/second" \
		2>&1 >/dev/null; echo $?)" 0
	report_json "$scratch/first"
	mv "$scratch/json" "$scratch/known.json"
	report_json --baseline "$scratch/known.json" --fail-on new "$scratch/first"
	is "a report in JSON is a baseline" $? 0

	sed -i -e 's/chmod(path, 0600)/access(path, R_OK)/' "$scratch/src/prog.c"
	build prog
	observe_prog "$scratch/third"
	"$preclude" report --baseline "$scratch/known" --fail-on new "$scratch/third" >"$scratch/text" 2>"$scratch/err"
	is "a new site fails" $? 3
	is "and is named, as is what is gone" "$(cat "$scratch/err")" \
		"preclude: new: outside access in change (prog.c) < main; module data; at $scratch/src/prog.c:24
preclude: gone: escaped chmod in change (prog.c) < main; module data
preclude: --fail-on: 1 call site"
	ok "in the text, too" grep -q '^  access in change.*  new$' "$scratch/text"
	is "outside, without a baseline" "$("$preclude" report --fail-on outside "$scratch/third" >/dev/null 2>&1; echo $?)" 3
	is "new, to nothing" "$("$preclude" report --fail-on new "$scratch/third" 2>&1; echo $?)" \
		"preclude: refused: --fail-on new: new to which --baseline?; see preclude(1)
125"
	is "no such thing to fail on" "$("$preclude" report --fail-on news "$scratch/third" 2>&1; echo $?)" \
		"preclude: refused: --fail-on news: a list of escaped, outside, swappable, unanchored, anchored, new; see preclude(1)
125"
	echo nonsense >"$scratch/bad"
	ok "a baseline that is none" grep -q "^preclude: refused: $scratch/bad, line 1: " \
		<<<"$("$preclude" report --baseline "$scratch/bad" "$scratch/third" 2>&1 >/dev/null)"
}

# Logs as they come: several, compressed, from standard input, damaged, with a host in front.
logs()
{
	gzip -k "$scratch/first"
	head -c 700 "$scratch/third" >"$scratch/torn"
	sed 's/^/Nov 22 06:00:36 web1 preclude[77]: /' "$scratch/first" >"$scratch/syslog"
	"$B/tests/tools/events/prog_log" 2000 20 web2 >"$scratch/made"
	report_json "$scratch/first.gz"
	is "gzip" "$(site lstat .count)" 5
	report_json "$scratch/first" - <"$scratch/first"
	is "twice, once from standard input" "$(site lstat .count)" 10
	cat "$scratch/made" "$top/README.md" >"$scratch/mixed"
	report_json "$scratch/torn" "$scratch/syslog" "$scratch/mixed"
	is "a torn line is counted" "$(jq .torn "$scratch/json")" 1
	ok "what is no log is said" jq -e '.notes[] | select(test("are no events of this version"))' "$scratch/json"
	is "hosts" "$(jq -r '[.sites[].hosts[]] | unique | join(" ")' "$scratch/json")" "web1 web2"
	is "counts are their own sum" "$(jq '.calls == ([.sites[].count] | add)' "$scratch/json")" true
	report_json --exe prog "$scratch/first" "$scratch/made"
	is "a program by name" "$(jq -r '[.sites[].programs[]] | unique | join(" ")' "$scratch/json")" "$scratch/prog"
	report_json --exe '/usr/lib/*-3' --exe '*-4' "$scratch/first" "$scratch/made"
	is "programs by path, or by name" "$(jq -r '[.sites[].programs[]] | unique | join(" ")' "$scratch/json")" \
		"/usr/lib/project/bin/program-3 /usr/lib/project/bin/program-4"
	is "a file without an event is not a log" "$("$preclude" report "$scratch/made" "$scratch/src/prog.c" 2>&1; echo $?)" \
		"preclude: refused: $scratch/src/prog.c: not a log: none of its $(wc -l <"$scratch/src/prog.c") lines is an event; preclude reads logs of PRECLUDE_FORMAT=json; see preclude(1)
125"
	head -c 300 "$scratch/first.gz" >"$scratch/cut.gz"
	report_json "$scratch/cut.gz"
	is "of a compressed one whose end is missing, that is counted" "$? $(jq .torn "$scratch/json")" "0 1"
	printf '\037\213garbage' >"$scratch/bad.gz"
	ok "a damaged one is refused" grep -qx "preclude: refused: $scratch/bad.gz: damaged: not a whole gzip file; see preclude(1)" \
		<<<"$("$preclude" report "$scratch/bad.gz" 2>&1)"
	is "no such log" "$("$preclude" report "$scratch/nowhere" 2>&1; echo $?)" \
		"preclude: refused: $scratch/nowhere: No such file or directory; see preclude(1)
125"
	is "options after the logs" "$("$preclude" report "$scratch/first" --top 3 2>&1 >/dev/null; echo $?)" \
		"preclude: refused: --top: options come before the logs; for a file of that name write ./--top; see preclude(1)
125"
	is "a full disk is told" "$("$preclude" report "$scratch/first" 2>&1 >/dev/full; echo $?)" \
		"preclude: refused: the report: No space left on device; see preclude(1)
125"
}

# unjudged NAME WHY REPORT-ARGUMENTS...: a gate that had nothing to judge fails, and the report alone says so as well.
unjudged()
{
	local name=$1 why=$2 status
	shift 2
	"$preclude" report --fail-on escaped "$@" >"$scratch/text" 2>"$scratch/err"
	status=$?
	is "$name" "$status $(cat "$scratch/err")" "125 preclude: --fail-on judged nothing: $why"
	ok "$name: the report says so" grep -qxF "  note: $why" "$scratch/text"
	is "$name: without a gate it is no failure" "$("$preclude" report "$@" 2>&1 >/dev/null; echo $?)" 0
}

nothing_judged()
{
	: >"$scratch/nothing"
	grep '"event":"start"' "$scratch/first" >"$scratch/quiet"
	unjudged "an empty log" "no event was logged" "$scratch/nothing"
	unjudged "of an empty log, too, a program" "no event was logged" --exe prog "$scratch/nothing"
	head -c 50 "$scratch/first" >"$scratch/cut"
	unjudged "a line that was cut" "no whole event in 1 line" "$scratch/cut"
	unjudged "a program that is misspelt" "no event of --exe 'progg'; did you mean prog? the log has: prog" --exe progg "$scratch/first"
	unjudged "one of two" "no event of --exe 'cat'; the log has: prog" --exe prog --exe cat "$scratch/quiet"
	unjudged "a path that matches nothing" "no event of --exe '/bin/*'; the log has: prog" --exe '/bin/*' "$scratch/first"
	PRECLUDE_ROOTS=/nonexistent PRECLUDE_LOG=$scratch/refused LD_PRELOAD=$library /bin/true 2>/dev/null
	PRECLUDE_ROOTS=/ PRECLUDE_BASE=nonsense PRECLUDE_LOG=$scratch/refused LD_PRELOAD=$library /bin/true 2>/dev/null
	if [ -s "$scratch/refused" ]; then
		unjudged "a program that was refused" "no program ran under the library: true only wrote that the policy was refused" \
			"$scratch/refused"
	else
		skip "a program that was refused" "a refusal comes before the log"
	fi
	is "a program that did nothing worth a line was judged all the same" \
		"$("$preclude" report --fail-on anchored "$scratch/quiet" 2>&1 >/dev/null; echo $?)" 0
	is "a gate without a log judges nothing" "$("$preclude" report --fail-on escaped "$scratch/src/prog.c" >/dev/null 2>&1; echo $?)" 125
}

# The numbers of a text report add up: what is listed and what is left out are all there is.
counts()
{
	local top_n

	cat >"$scratch/src/ways.c" <<'END'
#include <sys/stat.h>
static struct stat st;
__attribute__((noinline)) int look(const char *path) { return stat(path, &st) + 1; }
__attribute__((noinline)) int first(void) { return look("dir/file") + 1; }
__attribute__((noinline)) int second(void) { return look("dir/file") + 2; }
__attribute__((noinline)) int third(void) { return lstat("dir/file", &st) + 3; }
__attribute__((noinline)) int fourth(void) { return chmod("dir/file", 0644) + 3; }
int main(void) { return first() + second() + third() + fourth() == 99; }
END
	build ways
	(cd "$root" && "$preclude" run --mode observe --flag all --root "$root" --log "$scratch/ways.log" "$scratch/ways")
	for top_n in 0 1 2 3; do
		"$preclude" report --top $top_n "$scratch/ways.log" >"$scratch/text"
		is "with --top $top_n, listed and left out add up to the header" "$(awk '
			/^  unanchored .* call site/ { header = $2 }
			/^unanchored: / { listing = 1 }
			listing && /^  [a-z]+ in / { n += match($0, /\([0-9]+ call sites\)/) ? substr($0, RSTART + 1) + 0 : 1 }
			listing && /^  \.\.\. and / { n += $3 }
			END { print n, header }' "$scratch/text")" "4 4"
	done
	ok "one left out is one" grep -qx '  ... and 1 more call site of the 2; --top 0 shows all' \
		<<<"$(grep -v '"func":"stat"' "$scratch/ways.log" | "$preclude" report --top 1 -)"

	# Another way to a call that is known: its caller is what is new. One way less: which one is gone.
	"$preclude" report --write-baseline "$scratch/ways.known" "$scratch/ways.log" >/dev/null
	sed -i -e 's/int second(void) { return/int another(void) { return/' -e 's/second()/another()/' "$scratch/src/ways.c"
	build ways
	rm "$scratch/ways.log"
	(cd "$root" && "$preclude" run --mode observe --flag all --root "$root" --log "$scratch/ways.log" "$scratch/ways")
	"$preclude" report --baseline "$scratch/ways.known" "$scratch/ways.log" >"$scratch/text" 2>"$scratch/err"
	is "new and gone are told apart by their callers" "$(cat "$scratch/err")" \
		"preclude: new: unanchored stat in look (ways.c) < another < main; module $root; new caller: another; at $scratch/src/ways.c:5
preclude: gone: unanchored stat in look (ways.c) < second < main; module $root"
	"$preclude" report --format json "$scratch/ways.log" >"$scratch/ways.json"
	sed -i -e 's/ another(/ second(/' -e 's/+ another()/+ second()/' "$scratch/src/ways.c"
	build ways
	rm "$scratch/ways.log"
	(cd "$root" && "$preclude" run --mode observe --flag all --root "$root" --log "$scratch/ways.log" "$scratch/ways")
	is "with a baseline in JSON, too" "$("$preclude" report --baseline "$scratch/ways.json" "$scratch/ways.log" 2>&1 >/dev/null)" \
		"preclude: new: unanchored stat in look (ways.c) < second < main; module $root; new caller: second; at $scratch/src/ways.c:5
preclude: gone: unanchored stat in look (ways.c) < another < main; module $root"
}

# On a terminal: colours, its width, and nothing that a file name could do to it.
text()
{
	local nasty

	nasty=$(printf '%s\033[31m\nand' "$root/dir/f")
	touch "$nasty"
	(cd "$root" && "$preclude" run --mode observe --flag all --root "$root" --log "$scratch/nasty" cat "$nasty" >/dev/null)
	"$preclude" report "$scratch/nasty" >"$scratch/text"
	ok "a name drives no terminal" not grep -q "$(printf '\033')" "$scratch/text"
	ok "and is shown escaped" grep -qF 'f\x1b[31m\x0aand' "$scratch/text"
	TERM=xterm script -qec "stty cols 72; $preclude report $scratch/first" /dev/null >"$scratch/wide" </dev/null
	ok "colours on a terminal" grep -q "$(printf '\033')\[1;31mchmod" "$scratch/wide"
	ok "NO_COLOR" not grep -q "$(printf '\033')" \
		<<<"$(NO_COLOR=1 TERM=xterm script -qec "$preclude report $scratch/first" /dev/null </dev/null)"
	is "lines are as long as the terminal is wide" \
		"$(sed "s/$(printf '\033')\[[0-9;]*m//g" "$scratch/wide" | tr -d '\r' | grep -v "$scratch" | awk 'length > 72')" ""
	is "--top" "$("$preclude" report --top 1 "$scratch/first" | grep -c '^      instead')" 2
	ok "--output" test "$("$preclude" report --output "$scratch/out" "$scratch/first"; wc -c <"$scratch/out")" -gt 500
}

lines
separate
gate
logs
nothing_judged
counts
text
finish
