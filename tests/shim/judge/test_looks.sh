#!/bin/bash
# SPDX-License-Identifier: ISC
# PRECLUDE_CONFINE=all: looking and entering outside every root and grant; and what lies above them.
. "$(dirname "$0")/../../tap.sh"

library=$B/libpreclude.so
mkdir -p "$scratch/top/root/dir" "$scratch/top/out" "$scratch/real"
echo inside >"$scratch/top/root/file"
echo outside >"$scratch/top/out/file"
ln -s ../out "$scratch/top/root/link"
ln -s real "$scratch/named"

# confined COMMAND...: from the root, with that one root and a grant by a link's name.
confined()
{
	(cd "$scratch/top/root" && env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$scratch/top/root" \
		"PRECLUDE_READ=$scratch/named" PRECLUDE_CONFINE=all "PRECLUDE_LOG=$scratch/log" "$@" 2>&1)
}
looks() { confined stat -c %F "$@" | sed 's/.*: //'; }
says() { jq -r "select(.event == \"call\" and .path == \"$1\") | \"\(.does) \(.where) \(.effect) \(.by)\"" "$scratch/log" | sort -u; }

is "inside" "$(looks file)" "regular file"
is "a link itself, inside" "$(looks link)" "symbolic link"
is "a look through a link to outside is denied" "$(looks link/file)" "Permission denied"
is "a look through the link is logged as denied" "$(says link/file)" "look outside denied confine"
is "a look at a file outside by its name is denied" "$(looks "$scratch/top/out")" "Permission denied"
is "a missing file outside is denied like one that exists" "$(looks "$scratch/top/out/none")" "Permission denied"
is "a missing file inside is reported as missing" "$(looks none)" "No such file or directory"
is "/" "$(looks /)" "directory"
is "what lies above" "$(looks "$scratch/top" .. "$scratch" | uniq)" "directory"
is "what the base may read" "$(looks /etc/passwd)" "regular file"
is "a grant, and the link it is named by" "$(looks "$scratch/real" "$scratch/named")" "directory
symbolic link"
is "a link that the base is named by" "$(looks /lib)" "$(stat -c %F /lib)"
is "may be entered: what lies above" "$(confined sh -c 'cd .. && pwd')" "$scratch/top"
is "not what lies outside" "$(confined sh -c 'cd ../out; pwd' | tail -n 1)" "$scratch/top/root"
is "access" "$(confined sh -c 'test -e ../out/file && echo there')" ""
is "readlink" "$(ln -s x "$scratch/top/out/l"; confined readlink "$scratch/top/out/l")" ""
is "xattrs" "$(confined getfattr -d link/file | sed 's/.*: //')" "Permission denied"
is "statfs" "$(confined stat -f -c %T link | sed 's/.*: //')" "Permission denied"
is "open with O_PATH" "$(confined find -L link -maxdepth 0 | sed 's/.*: //')" "Permission denied"
is "with metadata alone, looking passes" "$(confined PRECLUDE_CONFINE=metadata stat -c %F link/file)" "regular file"
is "observing, it is said and passes" "$(rm "$scratch/log"; confined PRECLUDE_MODE=observe PRECLUDE_FLAG=looks stat -c %F link/file
	says link/file)" "regular file
look outside would-deny null"
# GLOB_ERR is 1, GLOB_NOCHECK 16; GLOB_ABORTED 2, GLOB_NOMATCH 3. What is given back is freed, whatever was there before.
is "glob: no match, an error where one is asked for, or the pattern itself" "$(confined /usr/bin/python3 -c '
import ctypes
class Found(ctypes.Structure):
    _fields_ = [("count", ctypes.c_size_t), ("path", ctypes.POINTER(ctypes.c_char_p)), ("rest", ctypes.c_size_t * 7)]
libc = ctypes.CDLL(None)
for pattern, flags in (b"link/*", 0), (b"link/*", 1), (b"link/*", 16), (b"fi*", 0):
    found = Found()
    ctypes.memset(ctypes.byref(found), 0x41, ctypes.sizeof(found))
    result = libc.glob(pattern, flags, None, ctypes.byref(found))
    print(result, *[found.path[i].decode() for i in range(found.count)])
    libc.globfree(ctypes.byref(found))')" "3
2
0 link/*
0 file"
is "a glob through the link is logged as denied" "$(says 'link/*')" "look outside denied confine"
cp "$(ldconfig -p | awk '/libm.so.6 .*x86-64/ { print $NF; exit }')" "$scratch/top/out/libm.so"
is "a library through the link, anchored: dlerror says why" "$(confined PRECLUDE_CONFINE=metadata PRECLUDE_ANCHOR=on \
	/usr/bin/python3 -c 'import ctypes; ctypes.CDLL("./link/libm.so")' | grep -o 'OSError.*preclude')" \
	"OSError: /dev/null/refused by preclude"
is "outside, too, an empty path is missing and not forbidden" "$(confined PRECLUDE_CONFINE=metadata /usr/bin/python3 -c '
import os
os.chdir("../out")
os.chmod("", 0o600)' | grep -o 'Error: .*]')" "Error: [Errno 2]"
finish
