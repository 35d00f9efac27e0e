#!/bin/bash
# SPDX-License-Identifier: ISC
# Programs of other architectures with the library built for them (musl has test_musl.sh), and what becomes of a program
# that meets the library of another kind.

. "$(dirname "$0")/../../tap.sh"

root=$scratch/root outside=$scratch/outside log=$scratch/log source=$top/tests/shim/start/prog_children.c
mkdir "$root" "$outside"

# library_for KIND: builds it; skips the rest of its test when its compiler is missing.
library_for()
{
	if ! command -v "$2" >/dev/null; then
		skip "$1" "$2 is not installed"
		return 1
	fi
	ok "$1: the library builds" env -u MAKEFLAGS -u MAKELEVEL make -s -j2 -C "$top" "B=$B" "$1"
}

said()
{
	jq -es "any(.[]; $1)" "$log" >/dev/null || { cat "$log"; false; }
}

i386()
{
	local how so=$B/i386/libpreclude.so
	library_for i386 i686-linux-gnu-gcc || return
	i686-linux-gnu-gcc -O1 -g -D_GNU_SOURCE -o "$root/prog" "$source" -lpthread || exit 1
	if ! "$root/prog" self "$outside/bare" >/dev/null 2>&1; then
		skip "i386" "32-bit programs do not run here (libc6-i386)"
		return
	fi
	rm -f "$outside/bare"
	for how in self thread fork vfork exec execlp posix_spawn; do
		rm -f "$log"
		is "i386, $how: denied outside" "$(env "LD_PRELOAD=$so" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" \
			"$root/prog" "$how" "$outside/$how" 2>&1)" EACCES
		ok "i386, $how: logged, with its call site" said ".event == \"call\" and .effect == \"denied\" and
			.where == \"outside\" and .resolved == \"$outside/$how\" and (.frames | length) >= 2 and
			.frames[0].object == \"$root/prog\" and (.frames[0].build_id | length) == 40"
		is "i386, $how: created inside" "$(env "LD_PRELOAD=$so" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" \
			"$root/prog" "$how" "$root/$how" 2>&1)" created
	done
	rm -f "$log"
	is "i386, all put in force" "$(env "LD_PRELOAD=$so" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" \
		PRECLUDE_REQUIRE=full "$root/prog" self "$root/full" 2>&1; jq -r 'select(.event == "sandbox") |
		.status' "$log")" "created
full"
	# The library of the other width: the loader says so and goes on. What holds then is the outer layer.
	is "a 32-bit program that meets the 64-bit library runs without it" "$(env "LD_PRELOAD=$library" \
		"PRECLUDE_ROOTS=$root" "$root/prog" self "$outside/wrong" 2>/dev/null)" created
}

aarch64()
{
	local so=$B/aarch64/libpreclude.so system=/usr/aarch64-linux-gnu/lib
	library_for aarch64 aarch64-linux-gnu-gcc || return
	aarch64-linux-gnu-gcc -O1 -g -D_GNU_SOURCE -o "$root/prog" "$source" -lpthread \
		"-Wl,--dynamic-linker=$system/ld-linux-aarch64.so.1,-rpath,$system" || exit 1
	if ! qemu-aarch64 "$root/prog" self "$outside/bare" >/dev/null 2>&1; then
		skip "aarch64" "qemu-user is not installed"
		return
	fi
	rm -f "$outside/bare"
	emulated()
	{
		rm -f "$log"
		qemu-aarch64 -E "LD_PRELOAD=$so" -E "PRECLUDE_ROOTS=$root" -E "PRECLUDE_LOG=$log" -E "$1" \
			"$root/prog" "$2" "$3" 2>&1
	}
	# qemu's user mode knows no Landlock: the library says so, and refuses unless told otherwise.
	ok "aarch64: without Landlock, refused" grep -q 'refused: this kernel has no Landlock' \
		<<<"$(emulated PRECLUDE_FRAMES=4 self "$outside/refused")"
	ok "aarch64: and nothing ran" not test -e "$outside/refused"
	is "aarch64, REQUIRE=nothing: runs" "$(emulated PRECLUDE_REQUIRE=nothing self "$outside/x")" created
	ok "aarch64: outcome unavailable" said '.event == "sandbox" and .outcome == "unavailable" and .status == "none" and
		.error == "ENOSYS"'
	local how
	for how in self thread fork; do
		is "aarch64, observed, $how: runs" "$(emulated PRECLUDE_MODE=observe "$how" "$outside/$how")" created
		ok "aarch64, observed, $how: logged, with its call site" said ".event == \"call\" and
			.effect == \"would-deny\" and .where == \"outside\" and .resolved == \"$outside/$how\" and
			(.frames | length) >= 2 and .frames[0].object == \"$root/prog\""
		is "aarch64, observed, $how: inside there is nothing to say" \
			"$(emulated PRECLUDE_MODE=observe "$how" "$root/$how"; jq -c 'select(.event == "call")' "$log")" created
	done
}

i386
aarch64
finish
