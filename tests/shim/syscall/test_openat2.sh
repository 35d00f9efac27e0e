#!/bin/bash
# SPDX-License-Identifier: ISC
# openat2(2), by number, by name and by an instruction of the program's own, is what it is without the library, whatever
# its flags, its RESOLVE flags and its structure, in every mode; and what leads out while that is forbidden is refused.
# prog_openat2.c makes the calls.

. "$(dirname "$0")/../../tap.sh"

# A mount of its own for RESOLVE_NO_XDEV to meet, and a machine that root cannot write to outside the scratch directory.
if [ "$(id -u)" -eq 0 ] && [ -z "$MOUNTS" ] && unshare -m true 2>/dev/null; then
	MOUNTS=1 exec unshare -m "$BASH" "$0"
fi

program=$B/tests/shim/syscall/prog_openat2
top=$scratch/t
mkdir -p "$top"/root/{sub/deep/er,mnt} "$top"/{granted/deep,out}
if [ "$MOUNTS" ]; then
	mount --bind "$scratch" "$scratch" && mount -o remount,bind,ro / || skip_rest "no read-only root directory can be had"
	mount -t tmpfs tmpfs "$top/root/mnt"
	at_exit+=("umount $top/root/mnt" "mount -o remount,bind,rw /" "umount -l $scratch")
	export TMPDIR=$scratch
fi
for file in root/{file,sub/file,sub/deep/er/file,mnt/file} {granted,out}/file; do echo "$file" >"$top/$file"; done
chmod -R a+rX "$scratch"
(
	cd "$top/root"
	mkfifo fifo
	ln -s file link; ln -s sub dirlink; ln -s loop loop; ln -s nothing dangling
	ln -s "$top/root/file" abslink; ln -s "$top/root/sub" absdir; ln -s /file rootlink
	ln -s ../granted/file outlink; ln -s "$top/granted" outdir; ln -s ../granted/nothing outdangling
	ln -s ../out/file farlink
	ln -s /proc/self/fd/40 magic; ln -s /proc/self/fd/41 magicout; ln -s /proc/self/cwd magicdir
)

find "$top" -printf '%D %i %P\n' | sed 's/ $/ ./' >"$scratch/names"

# A libc that has openat2: what a program that is linked against one calls.
mkdir "$scratch/lib"
cat >"$scratch/newer.c" <<-'EOF'
	#include <errno.h>
	#include <stddef.h>
	int openat2(int dir, const char *path, void *how, size_t size)
	{
		long result;
		register long fourth __asm__("r10") = (long)size;
		__asm__ volatile("syscall" : "=a"(result) : "a"(437), "D"((long)dir), "S"(path), "d"(how), "r"(fourth) : "rcx", "r11", "memory");
		return result < 0 ? (errno = (int)-result, -1) : (int)result;
	}
EOF
newer=
[ "$(uname -m)" != x86_64 ] || newer=$scratch/lib/newer.so
[ -z "$newer" ] || cc -shared -fPIC -o "$newer" "$scratch/newer.c" || exit 1

# calls WAY PLACE FILE [VARIABLE=VALUE...]: the lines of a run, bare without variables.
calls()
{
	local way=$1 place=$2 out=$3 preload=
	shift 3
	[ $# -eq 0 ] || preload=$library
	[ "$way" != name ] || preload+=${preload:+:}$newer
	env ${preload:+"LD_PRELOAD=$preload"} "$@" "$program" "$top" "$way" "$place" 30<"$top/out" 31<"$scratch/names" >"$out" 2>"$out.err"
}

# differences BARE HERE WORD...: what differs, and may not. The words say what is refused with EACCES:
#   landlock   data outside root and granted; narrow: outside root
#   anchored   what starts in root and leads out
#   looks      O_PATH outside root and granted
# What leads there and could be opened, must be refused.
differences()
{
	paste "$1" "$2" | awk -F '\t' -v words=" ${*:3} " '
		function is(word) { return index(words, " " word " ") }
		{
			name = $4; sub(/ .*/, "", name)
			# A file of O_TMPFILE does not say where it is.
			opened = $4 ~ / fd / && name != "without"; passed = $8 ~ / fd /; looks = $3 ~ / PATH/
			inside = name ~ /^root(\/|$)/
			granted = opened ? name ~ /^granted(\/|$)/ : $3 ~ /^granted:/ && $2 == "in"
			far = !((granted && !is("narrow")) || (opened ? inside : $2 == "in" && $1 == "root"))
			astray = $1 == "root" && (opened ? !inside : $2 == "out")
			may = (is("landlock") && far && !looks) || (is("anchored") && astray) || (is("looks") && looks && far)
			if ($3 != $7 || ($4 != $8 && !($8 == "EACCES" && may))) print
			else if (opened && passed && is("anchored") && astray) print "PASSED", $0
			else if (opened && passed && is("looks") && looks && name ~ /^out\//) print "PASSED", $0
			else if (opened && passed && is("landlock") && !looks && name ~ /^out\//) print "PASSED", $0
		}' | head -n 5
	[ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ] || echo "$(wc -l <"$1") calls, and $(wc -l <"$2")"
}

# compare NAME WAY PLACE "WORD..." VARIABLE=VALUE...
compare()
{
	local name="$1, by $2, ${3/outside/before chroot}" bare=$scratch/bare-$2-$3 here=$scratch/here
	name=${name/inside/after chroot}
	[ -s "$bare" ] || calls "$2" "$3" "$bare"
	calls "$2" "$3" "$here" "PRECLUDE_ROOTS=m=$top/root" "PRECLUDE_WRITE=$top/granted" "PRECLUDE_EXEC=$B:$scratch/lib" \
		"PRECLUDE_LOG=$scratch/log" "${@:5}"
	is "$name: runs" "$?$(cat "$here.err")" 0
	# shellcheck disable=SC2086 # a list of words
	is "$name: each call is what it is bare, or refused where it must be" "$(differences "$bare" "$here" $4)" ""
}

ok "there are calls of every kind" test "$(calls number outside "$scratch/once"; wc -l <"$scratch/once")" -gt 50000
ok "and of every end" test "$(cut -f 4 "$scratch/once" | sed 's/ fd.*//' | sort -u | wc -l)" -gt 25

compare observe number outside "" PRECLUDE_MODE=observe
compare "observe, all flagged" number outside "" PRECLUDE_MODE=observe PRECLUDE_FLAG=all
compare plain number outside "landlock" PRECLUDE_CONFINE=off
compare "confined, all flagged" number outside "landlock" PRECLUDE_FLAG=all
compare anchored number outside "landlock anchored" PRECLUDE_ANCHOR=on
compare "looks confined" number outside "landlock looks" PRECLUDE_CONFINE=all
compare "anchored, looks confined" number outside "landlock anchored looks" PRECLUDE_CONFINE=all PRECLUDE_ANCHOR=on
compare "anchored, narrowed" number outside "landlock anchored narrow" PRECLUDE_ANCHOR=on PRECLUDE_NARROW=on
if [ "$MOUNTS" ]; then
	compare anchored number inside "landlock anchored" PRECLUDE_ANCHOR=on
	compare "anchored, narrowed" number inside "landlock anchored narrow" PRECLUDE_ANCHOR=on PRECLUDE_NARROW=on
else
	skip "after chroot" "needs root"
fi
if [ "$newer" ]; then
	compare anchored name outside "landlock anchored" PRECLUDE_ANCHOR=on
	compare plain name outside "landlock" PRECLUDE_CONFINE=off
	compare anchored raw outside "landlock anchored" PRECLUDE_ANCHOR=on PRECLUDE_RAW=on
	compare "the gate" number outside "landlock anchored" PRECLUDE_ANCHOR=on PRECLUDE_CONFINE_RAW=on
else
	skip "by name, by instruction, the gate" "written for x86_64"
fi
finish
