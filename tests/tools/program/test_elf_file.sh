#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude run reads the headers of whatever it is to start: files that were cut off, and headers that lie, do it no harm.

. "$(dirname "$0")/../../tap.sh"

# starts FILE: names it when it does not end as it does under env(1), which looks at nothing.
starts()
{
	local bare
	chmod 755 "$1"
	env "$1" >/dev/null 2>&1 </dev/null
	bare=$?
	"$B/preclude" run --mode observe --root "$scratch" --log off -- "$1" >"$scratch/said" 2>&1 </dev/null
	[ $? -eq $bare ] || { echo "${1##*/}: not $bare" && cat "$scratch/said"; }
} 2>/dev/null

# Cut off behind each part of the headers, and in the middle of it.
cd "$scratch" || exit 1
is "programs that were cut off" "$(for size in 0 1 4 16 40 51 52 63 64 100 120 500 4096; do
	head -c $size /bin/true >"$scratch/cut-$size"
	starts "$scratch/cut-$size"
done)" ""

# OFFSET WIDTH of each field of a 64-bit header and of the first program header behind it (elf(5)), all ones.
is "headers that lie" "$(while read -r name offset width; do
	cp /bin/true "$scratch/$name"
	head -c "$width" /dev/zero | tr '\0' '\377' | dd of="$scratch/$name" bs=1 seek="$offset" conv=notrunc status=none
	starts "$scratch/$name"
done <<-END
	e_ident_class 4 1
	e_ident_data 5 1
	e_type 16 2
	e_machine 18 2
	e_phoff 32 8
	e_shoff 40 8
	e_phentsize 54 2
	e_phnum 56 2
	e_shentsize 58 2
	e_shnum 60 2
	p_type 64 4
	p_offset 72 8
	p_filesz 96 8
END
)" ""

# One whose loader's name is not ended, and longer than any path.
cp /bin/true "$scratch/loader"
at=$(readelf -lW /bin/true | awk '$1 == "INTERP" { print $2 }')
head -c $((0x400)) /dev/zero | tr '\0' x | dd of="$scratch/loader" bs=1 seek=$((at)) conv=notrunc status=none
is "a loader's name without an end" "$(starts "$scratch/loader")" ""
finish
