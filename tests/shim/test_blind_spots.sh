#!/bin/bash
# SPDX-License-Identifier: ISC
# The rows of docs/BLIND-SPOTS.md that no other test shows; and that each row names a test that is there.

. "$(dirname "$0")/../tap.sh"

prog=$B/tests/shim/prog_blind root=$scratch/root outside=$scratch/outside log=$scratch/log
mkdir -p "$root/a/b" "$outside"
echo >"$root/a/b/c"

under()
{
	rm -f "$log"
	timeout "$(patience 60)" env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" "$@" 2>&1
}

calls()
{
	jq -c "select((.event == \"call\" or .event == \"count\") and ($1))" "$log"
}

ok "libc's own opens: getpwnam succeeds" under PRECLUDE_FLAG=all "$prog" names "$root" "$outside"
is "libc's own opens: and no line tells of /etc/passwd" "$(calls '.path == "/etc/passwd"')" ""

is "posix_spawn's file actions: denied by the kernel" "$(under "$prog" spawn-opens "$root" "$outside")" \
	"Permission denied"
is "posix_spawn's file actions: and no line tells of the file" "$(calls ".resolved == \"$outside/x\"")" ""

exec 7>"$outside/held"
under sh -c 'echo through >&7'
exec 7>&-
is "a descriptor from before: what it allows, it allows" "$(cat "$outside/held")" through
is "a descriptor from before: unseen" "$(calls true)" ""

said=$(under PRECLUDE_FLAG=looks "$prog" fork-in-look "$root" "$outside")
ok "a fork in the middle of another thread's look: a child may hold one descriptor, which exec closes" \
	test "$said" -ge 0
echo "# $said of 2000 children"
ok "which does happen (or the table has a row too many)" test "$said" -gt 0
said=$(under PRECLUDE_FLAG=looks "$prog" jump-in-look "$root" "$outside")
ok "a handler that jumps out of a look: descriptors are left behind, which exec closes" test "$said" -ge 0
echo "# $said after 5000 jumps"
ok "which does happen" test "$said" -gt 0

ok "a program's own filter of system calls: it can open" "$prog" filtered "$root" "$outside"
under "$prog" filtered "$root" "$outside"
is "and is killed by it for what the library calls" "$?" $((128 + 31))

table=$top/docs/BLIND-SPOTS.md
while read -r file; do
	ok "docs/BLIND-SPOTS.md: $file is there" test -e "$top/tests/$file"
done <<<"$(grep -o '`[a-z]*/[a-z_]*\.\(sh\|c\)`' "$table" | tr -d '`' | sort -u)"
finish
