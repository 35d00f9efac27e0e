#!/bin/bash
# SPDX-License-Identifier: ISC
# syscalls.def is complete: every system call that this machine's kernel headers or unrowed.def know has a row there, a case in
# by_number.c, or a reason in unrowed.def.

. "$(dirname "$0")/../../tap.sh"

cd "$scratch" || exit 1
table=$top/tests/shim/syscall/unrowed.def

# names KIND: the names in the rows of unrowed.def
names()
{
	sed -n "s/^$1(\([^,)]*\).*/\1/p" "$table" | tr ' ' '\n' | sort
}

echo '#include <sys/syscall.h>' | ${CC:-cc} -E -dM - |
	sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' | grep -v '^syscalls$\|^arch_specific_syscall$' | sort -u >headers
names NEWER >newer
names UNROWED >reasoned
sort -u headers newer >known
sed -n 's/^SYSCALL(\([a-z0-9_]*\),.*/\1/p' "$top/shim/syscall/syscalls.def" | sort -u >rows
sed -n 's/^\tcase SYS_\([a-z0-9_]*\):.*/\1/p' "$top/shim/syscall/by_number.c" | sort -u >cases

ok "the headers were read" test "$(wc -l <headers)" -gt 250
ok "and the newest calls are known" grep -qx file_setattr known
is "every system call has a row, a case or a reason" "$(sort -u rows cases reasoned | comm -23 known -)" ""
is "none has both" "$(sort -u rows cases | comm -12 - reasoned)" ""
is "none has two reasons" "$(uniq -d reasoned)" ""

# syscall(2) is looked at only for the numbers that rawcall_watched() knows.
sed -n '/^bool rawcall_watched/,/^}/s/^\tcase SYS_\([a-z0-9_]*\):.*/\1/p' "$top/shim/syscall/by_number.c" | sort -u >watched
is "every case is watched for" "$(comm -3 cases <(sort -u watched <(comm -12 cases rows)))" ""
finish
