#!/bin/bash
# SPDX-License-Identifier: ISC
# What a report tells to write instead is compiled and executed, every row of it: it does what the original call did, on every
# kind of object, does not hang on a FIFO, and is not redirected by a planted symlink.

. "$(dirname "$0")/../../tap.sh"

here=$top/tests/tools/report
cd "$scratch" || exit 1

# The functions of each row that advises something, a row a line.
${CC:-cc} -w -I "$top" -o rows -xc - <<'END' || exit 1
#include <stdio.h>
#define ADVICE(functions, instead, linked) if ((const char *)instead) puts(functions);
int main(void)
{
#include "tools/report/advice.def"
}
END
rows=$(./rows)
# The calls that are tried, one of each row.
tried=$(sed -nE 's/^TRY\(([a-z0-9_]+),.*/\1/p' "$here/advice_tries.def")
ok "there are rows" test "$(wc -l <<<"$rows")" -ge 50
while read -r -a functions; do
	ok "the row of ${functions[0]} is tried" grep -qxF "$(printf '%s\n' "${functions[@]}")" <<<"$tried"
done <<<"$rows"

# The report of a log in which each of these is called, by a path with a directory, once straight and once through a link.
event()
{
	printf '{"v":1,"event":"call","time":"2026-01-02T03:04:05.000000Z","pid":%s,"exe":"/x","func":"%s","path":"a/b","dir":"/srv","resolved":"%s",%s}\n' \
		"$1" "$2" "$3" '"where":"inside","from":"root","escape":false,"does":"open","how":"unanchored","effect":"passed","frames":[]'
}
advised()
{
	for func in $tried; do
		event 1 "$func" "$1"
	done | "$B/preclude" report --format json - | jq -r --arg prefix "$2" '.sites[] | "#define \($prefix)_\(.func) \(.advice)"'
}
{
	advised /srv/a/b PLAIN
	advised /srv/elsewhere LINKED
} >advised.all
# A row without advice for links gives the same in both.
awk '{ kind = substr($2, 1, index($2, "_") - 1); f = substr($2, index($2, "_") + 1); $1 = $2 = ""; advice[kind, f] = $0; print "#define " kind "_" f $0 }
	END { for (key in advice) { split(key, part, SUBSEP); if (part[1] == "LINKED")
		print "#define HAS_LINKED_" part[2], advice["PLAIN", part[2]] != advice[key] } }' advised.all >advised.h
is "each has an advice" "$(grep -c '^#define PLAIN_' advised.h) $(grep -c ' null' advised.h)" "$(wc -w <<<"$tried") 0"

# In a log whose objects are links, what follows them is advised; a comment is C, too.
if ! [ -e /usr/include/sys/acl.h ]; then
	skip_rest "needs libacl1-dev: the advice is compiled"
fi
ok "the advice compiles" ${CC:-cc} -std=gnu11 -w -I . -I "$here" -o advised_calls "$here/advised_calls.c" -lacl -ldl
for place in inside outside; do
	echo "#include <stdio.h>
__attribute__((constructor)) static void loaded(void) { puts(\"$place\"); fflush(stdout); }" >plugin.c
	${CC:-cc} -shared -fPIC -o $place.so plugin.c
done
# One of the planted symlinks leads to /proc: root's calls meet one of their own, not the machine's.
apart=()
if is_root; then
	apart=(unshare --mount --pid --fork --kill-child --mount-proc)
	"${apart[@]}" true 2>/dev/null || skip_rest "no name spaces for a /proc of its own"
fi
# ONLY="chmod open" tries these alone.
# shellcheck disable=SC2086 # words
while IFS=$'\t' read -r verdict name why; do
	case $verdict in
	skip) skip "$name" "$why" ;;
	*) is "$name" "$verdict $why" "ok " ;;
	esac
done < <("${apart[@]}" /usr/bin/python3 -B "$here/try_advice.py" "$scratch/advised_calls" "$scratch/tree" "$scratch/inside.so" "$scratch/outside.so" ${ONLY:-} 2>python.err || echo "not ok	the harness ends	$(tail -n 3 python.err | tr '\n' ' ')")
finish
