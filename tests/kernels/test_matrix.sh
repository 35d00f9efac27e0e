#!/bin/bash
# SPDX-License-Identifier: ISC
# Kernels held to outcomes.def and deeds.def: this machine's, older ones faked on it, and Debian's in an emulator, with
# ABIs that the archive does not have faked on one of those. test_matrix.sh [FOUND]: with a file to write what was found
# to, all of kernels.def, and each fake beside the real one; else those of the stable suite.
. "$(dirname "$0")/../tap.sh"

# Where nobody may read it, wherever this was built, and the guest's file systems do not hide it.
export KERNELS_CACHE=${KERNELS_CACHE:-$B/kernels}
open=$scratch/build
mkdir "$open"
(cd "$B" && cp --parents libpreclude.so preclude tests/kernels/prog_* tests/tools/prog_try "$open")
chmod -R a+rX "$open"
library=$open/libpreclude.so
matrix="$open/tests/kernels/prog_matrix $library"
fake=$open/tests/kernels/prog_fake_kernel
audit=$open/tests/kernels/prog_audit
try=$open/tests/tools/prog_try
found=${1:-$scratch/found}

# state WORD: as prog_matrix takes it, and as docs/KERNELS.md has it.
state()
{
	case $1 in
	NOT_BUILT) argument=not-built words='not built in' how=enosys ;;
	NOT_ENABLED) argument=not-enabled words='not enabled' how=eopnotsupp ;;
	OLD) argument=not-built words='not built in, nor any system call after Linux 5.0' how=lacks:late ;;
	*) argument=$1 words="ABI $1" how=abi:$1 ;;
	esac
}

# Whether a run's TAP is complete and holds no failure: what failed is shown.
passes()
{
	grep -q '^1\.\.[1-9]' "$1" && [ "$(grep -c '^ok' "$1")" = "$(sed -n 's/^1\.\.//p' "$1")" ] && return
	grep -v '^ok' "$1"
	return 1
}

# judge NAME STATE FILE
judge()
{
	state "$2"
	touch "$3"
	echo "$1|$words|$(grep -c '^ok' "$3") of $(sed -n 's/^1\.\.//p' "$3")" >>"$found"
	ok "$1: $words" passes "$3"
}

# here STATE...: fakes on this machine's kernel.
here()
{
	for one; do
		state "$one"
		$fake "$how" $matrix "$argument" >"$scratch/said" 2>&1
		judge 'faked here' "$one" "$scratch/said"
	done
}

# boot NAME STATE FAKE...: the kernel itself, then others faked on it, then its audit records, in one boot.
boot()
{
	local name=$1 commands=() one number=0 where kernel
	shift
	obtain kernel "$(sed -n "s/^KERNEL(\"$name\", \"\(.*\)\", .*, .*/\1/p" "$top/tests/kernels/kernels.def")" \
		"Debian's $name" || return
	for one; do
		state "$one"
		[ $number -eq 0 ] || commands+=(+ "$fake" "$how")
		commands+=($matrix "$argument")
		number=$((number + 1))
	done
	[ "$1" = NOT_BUILT ] || [ "$1" = NOT_ENABLED ] || commands+=(+ "$audit" "$library" "$1")
	rm -f "$scratch"/said.*
	B=$open GUEST_FILES="$fake ${matrix% *}" "$top/tests/kernels/boot" "$name" "${commands[@]}" >"$scratch/said" 2>"$scratch/errors"
	# A plan ends each program's words.
	awk -v to="$scratch/said." '{ print > to n + 0 } /^1\.\./ { n++ }' "$scratch/said"
	number=0
	where="Debian's $(cat "$kernel/release")"
	for one; do
		judge "$where" "$one" "$scratch/said.$number" || tail -n 20 "$scratch/errors" | sed 's/^/# /'
		[ $number -gt 0 ] || where="faked on $where"
		number=$((number + 1))
	done
	[ ! -f "$scratch/said.$number" ] || judge "${where#faked on }, audit records" "$1" "$scratch/said.$number"
}

# units NAME: the unit tests of sandbox/, which are written for ABI 7 and later.
units()
{
	local unit commands=()
	for unit in apply applied module places probe sys walk; do
		commands+=(+ "$B/tests/sandbox/test_$unit")
	done
	GUEST_FILES=/bin/true "$top/tests/kernels/boot" "$1" "${commands[@]:1}" >"$scratch/said" 2>&1 && return
	grep -v '^ok' "$scratch/said"
	return 1
}

# command_runs NAME WANTED: what preclude run allows in a root and outside.
command_runs()
{
	local run=("$open/preclude" run --root /tmp --require nothing --log off -- "$try" write)
	B=$open GUEST_FILES="$try" "$top/tests/kernels/boot" "$1" "${run[@]}" /tmp/new + "${run[@]}" /var/tmp/new >"$scratch/said" 2>&1
	same "$(tail -n 2 "$scratch/said" | paste -sd,)" "$2"
}

# Before anything is found anew.
up_to_date()
{
	"$top/tests/kernels/document" | diff "$top/docs/KERNELS.md" - && return
	echo 'make document-kernels brings it up to date'
	return 1
}

[ $# -gt 0 ] || ok 'docs/KERNELS.md is what the tables say' up_to_date
: >"$found"
own=$("$try" landlock | cut -d' ' -f1)
if root_for 'this machine' "for mounts and a network of its own"; then
	$matrix "$own" >"$scratch/said" 2>&1
	judge 'this machine' "$own" "$scratch/said"
fi
if [ $# -eq 0 ]; then
	! is_root || here NOT_BUILT NOT_ENABLED OLD
	boot 6.1 2
	boot 6.12 6 1 3 4 5
	finish
fi
sed -n 's/^KERNEL("\(.*\)", ".*", \(.*\), ".*")$/\1 \2/p' "$top/tests/kernels/kernels.def" >"$scratch/kernels"
while read -r name its; do
	[ "$name" != 7.3 ] || its="$its 1 2 3 4 5 6 7 8 9 10 NOT_BUILT NOT_ENABLED OLD"
	boot "$name" $its || continue
	case ${its%% *} in
	NOT_*) ok "Debian's $name: preclude run" command_runs "$name" done,done ;;
	*) ok "Debian's $name: preclude run" command_runs "$name" 'done,Permission denied' ;;
	esac
	case ${its%% *} in
	[7-9] | 1[01]) ok "Debian's $name: sandbox's own tests" units "$name" ;;
	esac
done <"$scratch/kernels"
finish
