#!/bin/bash
# SPDX-License-Identifier: ISC
# What a start asks of the kernel, counted: a system call more for each root, or each process, is noticed here.

. "$(dirname "$0")/../../tap.sh"

roots=$scratch/roots log=$scratch/log
mkdir -p "$roots"/{1..60}

# calls NAME=VALUE...: how many system calls /bin/true makes with that environment and nothing else
calls()
{
	local options=() variable
	for variable; do options+=(-E "$variable"); done
	env -i "$(command -v strace)" -o "$scratch/trace" "${options[@]}" /bin/true || return
	grep -c '^[a-z]' "$scratch/trace"
}

# "$roots/1:$roots/2:...", as many as asked for
first()
{
	local path
	path=$(printf ":$roots/%s" $(seq "$1"))
	echo "${path:1}"
}

preload=LD_PRELOAD=$library
bare=$(calls)
inert=$(calls "$preload")
one=$(calls "$preload" "PRECLUDE_LOG=$log" "PRECLUDE_ROOTS=$(first 1)")
few=$(calls "$preload" PRECLUDE_LOG=off "PRECLUDE_ROOTS=$(first 2)")
many=$(calls "$preload" PRECLUDE_LOG=off "PRECLUDE_ROOTS=$(first 52)")
echo "# bare $bare, inert $inert, one root $one; without a log two roots $few, 52 roots $many"

ok "without a policy, what loading it takes" [ $((inert - bare)) -le 12 ]
ok "one root" [ $((one - bare)) -le 145 ]
is "each further root: open, look, rule, close" $((many - few)) 200

# Whose names lead where a rule holds already need none of their own.
calls "$preload" "PRECLUDE_LOG=$log" "PRECLUDE_ROOTS=$roots/1" >/dev/null
for name in /bin /sbin /lib; do
	[ -L "$name" ] || continue
	is "$name: two looks" "$(grep -c "\"$name\"\|\"/usr$name\"" "$scratch/trace")" 2
done

finish
