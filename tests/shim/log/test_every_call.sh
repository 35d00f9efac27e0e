#!/bin/bash
# SPDX-License-Identifier: ISC
# PRECLUDE_FLAG=all: a call site that is known costs no system call, counts are exact, and what is remembered of a stack
# is forgotten when other code comes to lie where it was.
. "$(dirname "$0")/../../tap.sh"

library=$B/libpreclude.so
mkdir -p "$scratch/root/d/e"

cat >"$scratch/calls.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void calls(int times)
{
	struct stat st;

	for (int i = 0; i < times; i++) {
		int made = open("d/e/made", O_CREAT | O_EXCL | O_RDWR, 0600), opened = open("d/e", O_RDONLY);

		if (made < 0 || opened < 0 || fchmod(made, 0640) || lstat("d/e/made", &st) || !lstat("d/e/none", &st) ||
		    chmod("d/e/made", 0600) || lchmod("d/e/made", 0640) || utimensat(AT_FDCWD, "d/e/made", NULL, 0))
			abort();
		if (rename("d/e/made", "d/e/moved") || unlink("d/e/moved"))
			abort();
		close(made);
		close(opened);
	}
}

int main(int argc, char **argv)
{
	const int times = atoi(argv[1]);

	(void)argc;
	for (int child = 0; child < 4; child++) {
		if (child && fork()) {
			wait(NULL);
			continue;
		}
		calls(times);
		if (child)
			return 0;
	}
	return 0;
}
END
cc -o "$scratch/calls" "$scratch/calls.c" || exit 1

every()
{
	(cd "$scratch/root" && $before env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$scratch/root" \
		"PRECLUDE_LOG=$scratch/log" "$@")
}
before=
# Each call's name, and how often it was made by all: what the owner tells, who saw every site first.
told()
{
	jq -r 'select(.event == "count" and (.frames[0].object | endswith("/calls"))) | "\(.func) \(.effect) \(.count)"' \
		"$scratch/log" | awk '{ n[$1 " " $2] += $3 } END { for (i in n) print i, n[i] }' | sort
}
# System calls of 60 rounds more than of 30; not by strace -c, which passes over those that it has no name for.
more()
{
	local before times
	for times in 30 60; do
		before="strace -f -e signal=none -o $scratch/$times"
		every "$@" "$scratch/calls" $times
	done
	echo $(($(grep -c '^[0-9]* *[a-z_0-9]*(' "$scratch/60") - $(grep -c '^[0-9]* *[a-z_0-9]*(' "$scratch/30")))
}

for also in PRECLUDE_CONFINE=off PRECLUDE_CONFINE=metadata PRECLUDE_ANCHOR=on; do
	rm -f "$scratch/log"
	every $also PRECLUDE_FLAG=all "$scratch/calls" 250
	is "counts with $also" "$(told)" "chmod passed 1000
fchmod passed 1000
lchmod passed 1000
lstat failed 1000
lstat passed 1000
open passed 2000
rename passed 1000
unlink passed 1000
utimensat passed 1000"
	quiet=$(more $also PRECLUDE_FLAG=looks) said=$(more $also PRECLUDE_FLAG=all)
	ok "30 rounds by four processes with $also: $said system calls, $quiet with nothing logged" \
		[ "$said" -le $((quiet + 10)) ]
done

# Two libraries of one shape, but for the size of a frame. The second writes, where the first one had its return
# address, one that a walk has met.
plugin() # FRAME WHERE
{
	cc -shared -o "$scratch/plugin-$1.so" -xassembler - <<END || exit 1
	.globl look
	.type look, @function
look:	.cfi_startproc
	sub \$$1, %rsp
	.cfi_def_cfa_offset $1 + 8
	mov %rdx, $2(%rsp)
	call lstat@PLT
	.globl after
after:	add \$$1, %rsp
	ret
	.cfi_endproc
	.size look, . - look
	.section .note.GNU-stack,"",@progbits
END
}
cat >"$scratch/reload.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef int look_function(const char *path, struct stat *st, void *word);

static void *word;

static look_function *load(void **library, const char *name)
{
	look_function *look;

	*library = dlopen(name, RTLD_NOW);
	look = *library ? (look_function *)dlsym(*library, "look") : NULL;
	word = look ? dlsym(*library, "after") : NULL;
	if (!look)
		abort();
	printf("%p\n", (void *)look);
	return look;
}

__attribute__((noinline)) int from_first(look_function *look, struct stat *st)
{
	int sum = 0;

	for (int i = 0; i < 3; i++)
		sum += look("first", st, word);
	return sum;
}

__attribute__((noinline)) int from_second(look_function *look, struct stat *st)
{
	return look("second", st, word) + 1;
}

int main(int argc, char **argv)
{
	struct stat st;
	void *library;
	int sum = 0;

	sum += from_first(load(&library, argv[1]), &st);
	dlclose(library);
	sum += from_second(load(&library, argv[2]), &st);
	return argc < sum;
}
END
plugin 4104 4096
plugin 8200 4104
cc -O1 -rdynamic -o "$scratch/reload" "$scratch/reload.c" -ldl || exit 1
rm -f "$scratch/log"
is "a library at the address of another" \
	"$(every "PRECLUDE_READ=$scratch" PRECLUDE_FLAG=all PRECLUDE_FRAMES=2 "$scratch/reload" "$scratch"/plugin-{4104,8200}.so | uniq | wc -l)" 1
is "and who called it" "$(jq -r 'select(.event == "call" and .func == "lstat" and .path == "second") |
	[.frames[].symbol] | join(" ")' "$scratch/log")" "look from_second"
is "as before" "$(jq -r 'select(.event == "call" and .func == "lstat" and .path == "first") |
	[.frames[].symbol] | join(" ")' "$scratch/log")" "look from_first"
finish
