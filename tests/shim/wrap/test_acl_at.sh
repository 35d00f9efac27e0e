#!/bin/bash
# SPDX-License-Identifier: ISC
# The functions of libacl 2.4.0 that take a directory, with a library that has them: as without preclude inside, logged and, where
# they change something, refused outside.

. "$(dirname "$0")/../../tap.sh"
obtain libacl libacl-at

root=$scratch/root log=$scratch/log
fresh()
{
	rm -rf "$root" "$scratch/out" "$log"
	mkdir -p "$root/dir" "$scratch/out/dir"
	touch "$root/file" "$scratch/out/file"
	setfacl -m d:u:7:r,d:m::r "$root/dir" "$scratch/out/dir" || skip_rest "no ACLs on the file system of $scratch"
	ln -s ../out "$root/link"
}

# called FUNCTION PATH [VARIABLE...]: what it says, without the library or with it.
called()
{
	local name=$1 path=$2
	shift 2
	(cd "$root" && env "LD_LIBRARY_PATH=$libacl/.libs" "$@" "$B/tests/shim/wrap/prog_rows" "$name" -100 "$path" -100 "")
}

state()
{
	getfacl -ncp "$1/file" "$1/dir"
}

under=("LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_EXEC=$B:$libacl" PRECLUDE_FLAG=all "PRECLUDE_LOG=$log")
for name in acl_get_file_at acl_extended_file_at acl_set_file_at acl_delete_def_file_at; do
	object=file
	[ "$name" != acl_delete_def_file_at ] || object=dir
	fresh
	bare=$(called "$name" "$object")
	changed=$(state "$root")
	ok "$name, without the library: is made" test "${bare%% *}" = ok
	fresh
	is "$name, inside: says the same" "$(called "$name" "$object" "${under[@]}")" "$bare"
	is "$name, inside: does the same" "$(state "$root")" "$changed"
	is "$name, inside: is logged" "$(jq -r "select(.func == \"$name\").where" "$log")" inside
	fresh
	said=$(called "$name" "link/$object" "${under[@]}")
	case $name in
	acl_set* | acl_delete*)
		is "$name, outside: is refused" "$said" "failed 13"
		is "$name, outside: and changes nothing" "$(state "$scratch/out")" "$(fresh && state "$scratch/out")"
		;;
	*) is "$name, outside: is logged" "$(jq -r "select(.func == \"$name\").where" "$log")" outside ;;
	esac
done
finish
