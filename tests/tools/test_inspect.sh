#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude inspect: what it says of programs agrees with the loader, and with another disassembler.

. "$(dirname "$0")/../tap.sh"

preclude=$B/preclude

# by_objdump FILE: how many it decodes in sections of code.
by_objdump()
{
	objdump -d "$1" | grep -cP '\t(syscall|int +\$0x80|sysenter) *$'
}

# counted FILE: what inspect found.
counted()
{
	"$preclude" inspect --json "$1" | jq '.programs[0].instructions | .syscall + .int80 + .sysenter'
}

# member FILE MEMBER
member()
{
	"$preclude" inspect --json "$1" | jq -r ".programs[0].$2"
}

made()
{
	printf '#!/bin/sh\n' >"$scratch/script"
	chmod 755 "$scratch/script"
	cat >"$scratch/p.c" <<-'END'
		#include <unistd.h>
		/* The bytes of a system call that are none: in a constant, and in a table between functions. */
		unsigned long decoy(unsigned long x) { return x ^ 0x050f050f050f050f; }
		__attribute__((noinline)) long own(long n) { long r; __asm__ volatile("syscall" : "=a"(r) : "a"(n) : "rcx", "r11", "memory"); return r; }
		__attribute__((noinline)) long old(long n) { long r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(n) : "memory"); return r; }
		int main(int argc, char **argv) { return argc > 9 ? own(39) + old(20) + (long)decoy(argc) : 0; }
	END
	sed 's/__asm__.*; return r/r = n; return r/' "$scratch/p.c" >"$scratch/none.c"
	gcc -O1 -o "$scratch/own" "$scratch/p.c" && gcc -O1 -o "$scratch/none" "$scratch/none.c" &&
		gcc -O1 -static -o "$scratch/static" "$scratch/p.c" &&
		strip -o "$scratch/stripped" "$scratch/own" && cp "$scratch/own" "$scratch/unreadable"
}

if [ "$(uname -m)" != x86_64 ]; then
	skip "preclude inspect" "decodes x86 alone"
	finish
	exit
fi

ok "programs are made" made
is "a syscall and an int 0x80 are found, their bytes in a constant are not" "$(counted "$scratch/own")" 2
is "of each kind" "$("$preclude" inspect --json "$scratch/own" | jq -c '.programs[0].instructions')" \
	'{"syscall":1,"int80":1,"sysenter":0}'
is "none where there is none" "$(counted "$scratch/none")" 0
is "a stripped program holds as many" "$(counted "$scratch/stripped")" 2
for file in /lib/x86_64-linux-gnu/libc.so.6 /bin/bash "$(command -v git)"; do
	is "$(basename "$file"): as many as objdump decodes" "$(counted "$file")" "$(by_objdump "$file")"
done

is "what can be preloaded is said to be" "$(member "$scratch/own" preload)" true
is "a static program cannot" "$(member "$scratch/static" reason)" "is static"
is "of a script it is its interpreter that counts" "$(member "$scratch/script" object)" /bin/sh
ok "text has a line for each program" \
	test "$("$preclude" inspect "$scratch/own" "$scratch/none" "$scratch/script" | wc -l)" -eq 3
ok "that says what sees the calls" grep -q "own: can be preloaded; .* 1 syscall, 1 int .*PRECLUDE_RAW=on" \
	<<<"$("$preclude" inspect "$scratch/own")"

said=$("$preclude" inspect "$scratch/missing" "$scratch/none" 2>&1)
is "one that is missing is status 125" $? 125
ok "and is named" grep -q "preclude: warning: $scratch/missing: No such file" <<<"$said"
ok "and the others are looked at all the same" grep -q "$scratch/none: can be preloaded" <<<"$said"
"$preclude" inspect >/dev/null 2>&1
is "no program at all is status 125" $? 125
ok "help lists it" grep -q "^  inspect " <<<"$("$preclude" help)"
finish
