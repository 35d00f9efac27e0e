#!/bin/bash
# SPDX-License-Identifier: ISC
# The working directory changes, by another thread or a handler, while metadata is changed by a path that begins there:
# whenever that happens, nothing outside is changed.
. "$(dirname "$0")/../../tap.sh"

mkdir -p "$scratch/root/d" "$scratch/out/d"
ln -s d "$scratch/root/link"
ln -s d "$scratch/out/link"

# moving NAME=VALUE...: outside may be read, so that the program sees what became of it.
moving()
{
	rm -f "$scratch"/{root,out}/d/file
	touch "$scratch"/{root,out}/d/file
	env "PRECLUDE_ROOTS=$scratch/root" "PRECLUDE_READ=$scratch/out" "PRECLUDE_LOG=$scratch/log" "$@" \
		"$B/tests/shim/judge/prog_moving" "$scratch/root" "$scratch/out" 2>&1
}
sound='chmod: moved
setxattr: moved'

is "with it, never" "$(moving "LD_PRELOAD=$library")" "$sound"
is "nor by the long way, which knows what to log, and anchored" \
	"$(moving "LD_PRELOAD=$library" PRECLUDE_FLAG=unanchored PRECLUDE_ANCHOR=on)" "$sound"
finish
