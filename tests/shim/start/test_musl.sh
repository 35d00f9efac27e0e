#!/bin/bash
# SPDX-License-Identifier: ISC
# The library built for musl enters a program built for musl.

. "$(dirname "$0")/../../tap.sh"

if ! command -v musl-gcc >/dev/null; then
	skip "musl" "musl-gcc is not installed"
	finish
fi
ok "the library builds with musl-gcc" env -u MAKEFLAGS -u MAKELEVEL make -s -C "$top" "B=$B" musl || finish

library=$B/musl/libpreclude.so root=$scratch/root outside=$scratch/outside log=$scratch/log
mkdir -p "$root" "$outside"
musl-gcc -O1 -g -D_GNU_SOURCE -o "$root/prog" "$top/tests/shim/start/prog_children.c" || exit 1
ok "it asks nothing of glibc" not grep -q GLIBC_ <<<"$(nm -D "$library")"

confined()
{
	env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" "$@"
}

for how in self thread fork vfork exec posix_spawn; do
	rm -f "$log"
	is "$how: denied outside" "$(confined "$root/prog" "$how" "$outside/$how" 2>&1)" EACCES
	ok "$how: logged" test -n "$(jq -c 'select(.event == "call" and .effect == "denied" and .where == "outside" and
		.resolved == "'"$outside/$how"'")' "$log")"
	is "$how: one start and one sandbox" "$(jq -c 'select(.event == "start" or .event == "sandbox")' "$log" | wc -l)" 2
	is "$how: created inside" "$(confined "$root/prog" "$how" "$root/$how" 2>&1)" created
done
confined "PRECLUDE_ROOT=/x" "$root/prog" self "$root/refused" >/dev/null 2>&1
is "a misspelt variable is refused" $? 125
is "inert without a policy" "$(LD_PRELOAD=$library "$root/prog" self "$outside/inert" 2>&1)" created
finish
