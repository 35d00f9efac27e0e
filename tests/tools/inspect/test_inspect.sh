#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude inspect: what it says of programs agrees with the loader, and with another disassembler.

. "$(dirname "$0")/../../tap.sh"

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
		/* The same bytes in the operand of a call, behind instructions that a decoder easily misreads. */
		__asm__(".text; operand: xor %eax, %eax; cmp $2, %r12d; mov %rbx, %rdi; sete %al; add $126, %eax; mov %eax, 0xf5674(%rip);"
			"call .-0x7ecc; test %eax, %eax; jne .+0x245; mov %rbx, %rdi; .byte 0xe8, 0x1f, 0x0f, 0x05, 0; test %eax, %eax; ret");
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
is "a program without such instructions counts none" "$(counted "$scratch/none")" 0
is "a stripped program holds as many" "$(counted "$scratch/stripped")" 2
for file in /lib/x86_64-linux-gnu/libc.so.6 /bin/bash "$(command -v git)"; do
	is "$(basename "$file"): as many as objdump decodes" "$(counted "$file")" "$(by_objdump "$file")"
done

is "what can be preloaded is said to be" "$(member "$scratch/own" preload)" true
is "a static program cannot" "$(member "$scratch/static" reason)" "is static"
is "of a script it is its interpreter that counts" "$(member "$scratch/script" object)" /bin/sh
is "text has a verdict for each program" \
	"$("$preclude" inspect "$scratch/own" "$scratch/none" "$scratch/script" | grep -c '^[^ ]')" 3
ok "that says what sees the calls" grep -q "own: can be preloaded, but .* system calls of its own.*PRECLUDE_RAW=on" \
	<<<"$("$preclude" inspect "$scratch/own")"
ok "the text form names the kinds of instructions" grep -q "1 syscall, 1 int" <<<"$("$preclude" inspect "$scratch/own")"

# What it imports, against nm.
imported()
{
	nm -D --undefined-only "$1" | sed 's/.* //; s/@.*//' | sort -u
}
"$preclude" inspect --json "$(command -v rsync)" >"$scratch/rsync.json"
jq -r '.programs[0].functions[].name' "$scratch/rsync.json" | sort >"$scratch/names"
is "every path function that it names is imported" "$(imported "$(command -v rsync)" | comm -13 - "$scratch/names")" ""
is "and every one that is imported and wrapped is named" "$(imported "$(command -v rsync)" | comm -23 - "$scratch/names" |
	grep -xE 'l?stat|[lf]?(chmod|chown)|f?open|unlink|rename|mkdir|utimensat|execvp|connect|(open|fstat|link|unlink|mkdir|rename|symlink|fchmod|fchown)at')" ""
is "*at forms are told from others" \
	"$(jq -r '.programs[0].functions[] | select(.at) | .name' "$scratch/rsync.json" | grep -v 'at\(_2\)\?$')" ""
is "each of them" "$(jq -r '.programs[0].functions[] | select(.at) | .name' "$scratch/rsync.json" | sort)" \
	"$(grep 'at\(_2\)\?$' "$scratch/names" | grep -vx 'l\?stat')"
is "each imported function is shown with what it does" "$(jq -r '.programs[0].functions[] | select(.name | IN("rename", "lstat")) | .does' "$scratch/rsync.json" | tr '\n' ' ')" \
	"look rename "
is "all are wrapped" "$(jq '[.programs[0].functions[] | select(.wrapped | not)] | length' "$scratch/rsync.json")" 0
ok "what libc opens by itself is named apart" grep -qx getpwnam <<<"$(jq -r '.programs[0].hidden[]' "$scratch/rsync.json")"

# A library that lacks a wrapper: what is wrapped is asked of the library, not of a table.
mkdir "$scratch/lame" && cp "$preclude" "$preclude-report" "$scratch/lame" && echo 'int lstat(void) { return 0; }' >"$scratch/lame.c" &&
	gcc -shared -fPIC -o "$scratch/lame/libpreclude.so" "$scratch/lame.c"
is "what the library does not have is not wrapped" \
	"$("$scratch/lame/preclude" inspect --json rsync | jq -r '.programs[0].functions[] | select(.wrapped) | .name')" lstat
ok "the verdict says that a function is not wrapped" grep -q "not all of its path functions are wrapped" <<<"$("$scratch/lame/preclude" inspect rsync)"

# Kinds of programs.
is "a library is one" "$(member /lib/x86_64-linux-gnu/libacl.so.1 library)" true
gcc -static-pie -o "$scratch/pie" "$scratch/none.c"
is "a static program that may lie anywhere is none" "$(member "$scratch/pie" library) $(member "$scratch/pie" preload)" "false false"
cat >"$scratch/entry.c" <<-'END'
	#include <unistd.h>
	void _start(void) { _exit(0); }
END
gcc -nostartfiles -o "$scratch/entry" "$scratch/entry.c"
is "an entry of its own is seen" "$(member "$scratch/entry" own_entry)" true
is "an ordinary one too" "$(member "$scratch/none" own_entry)" false
gcc -O1 -o "$scratch/go" "$scratch/none.c" && objcopy --add-section .go.buildinfo="$scratch/script" "$scratch/go"
is "what Go linked is known by its section" "$(member "$scratch/go" go)" true
ok "a Go program is said to be hardly logged" grep -q "go: can be preloaded, but Go makes" <<<"$("$preclude" inspect "$scratch/go")"
cp "$scratch/none" "$scratch/setuid" && chmod 4755 "$scratch/setuid"
is "a setuid program of ours can be preloaded by us" "$(member "$scratch/setuid" 'preload') $(member "$scratch/setuid" setid)" "true true"
ok "the verdict says that nobody else can preload a setuid program" grep -q "by you alone" <<<"$("$preclude" inspect "$scratch/setuid")"
if root_for "file capabilities are seen" "to set them"; then
	cp "$scratch/none" "$scratch/capable" && setcap cap_net_raw+ep "$scratch/capable"
	is "file capabilities are seen" "$(member "$scratch/capable" capabilities)" true
fi

# A program that opens libraries by name: with which flags, only a run can tell.
cat >"$scratch/d.c" <<-'END'
	#include <dlfcn.h>
	int main(int argc, char **argv) { (void)argc; return !dlopen(argv[1], RTLD_NOW); }
END
gcc -o "$scratch/d" "$scratch/d.c"
is "a program that calls dlopen is known" "$(member "$scratch/d" dlopen) $(member "$scratch/none" dlopen)" "true false"
ok "the verdict says what dlopen may hide" grep -q "dlopen .*RTLD_DEEPBIND finds libc before ours" <<<"$("$preclude" inspect "$scratch/d")"

# A glibc of its own that is older than the library needs: its loader gives the program up.
old_libc()
{
	mkdir -p "$scratch/old" && cp -L /lib64/ld-linux-x86-64.so.2 "$scratch/old/" &&
		echo 'GLIBC_2.2.5 { global: *; };' >"$scratch/old/map" && echo 'int old;' >"$scratch/old/old.c" &&
		gcc -shared -fPIC -nostdlib -Wl,--version-script="$scratch/old/map" -Wl,-soname,libc.so.6 \
			-o "$scratch/old/libc.so.6" "$scratch/old/old.c" &&
		gcc -O1 -Wl,--dynamic-linker="$scratch/old/ld-linux-x86-64.so.2" -o "$scratch/aged" "$scratch/none.c"
}
ok "a program with a libc of its own is made" old_libc
is "a libc that is too old is seen" "$(member "$scratch/aged" reason)" "has a libc that is too old"
cp -L /lib/x86_64-linux-gnu/libc.so.6 "$scratch/old/libc.so.6"
is "one that is not, is not" "$(member "$scratch/aged" preload)" true

said=$("$preclude" inspect "$scratch/missing" "$scratch/none" 2>&1)
is "one that is missing is status 125" $? 125
ok "a missing program is named" grep -q "preclude: warning: $scratch/missing: No such file" <<<"$said"
ok "a missing program does not keep the others from being inspected" grep -q "$scratch/none: can be preloaded" <<<"$said"
cp "$scratch/none" "$scratch/$(printf 'odd\377')"
is "a name that is no UTF-8 is spelt out" "$(member "$scratch/$(printf 'odd\377')" program)" "$scratch/odd\\xff"
"$preclude" inspect >/dev/null 2>&1
is "no program at all is status 125" $? 125
ok "help lists it" grep -q "^  inspect " <<<"$("$preclude" help)"
finish
