#!/bin/bash
# SPDX-License-Identifier: ISC
# After chroot to a directory above its module, where no /proc can be seen, a process reads and changes the attributes of
# what lies in the module as it does bare, and of nothing else: by name and by number, before and since Linux 6.13. So it is with
# other calls that know nothing but a path.

. "$(dirname "$0")/../../tap.sh"
needs_root "to chroot"

fresh()
{
	rm -rf "$scratch/outer"
	mkdir -p "$scratch/outer/inner/a/b"
	echo text | tee "$scratch/outer/inner/a/b/file" >"$scratch/outer/secret"
	ln -s b/file "$scratch/outer/inner/a/link"
	ln -s ../../secret "$scratch/outer/inner/a/out"
	mkfifo "$scratch/outer/inner/a/fifo"
	setfattr -n user.note -v secret "$scratch/outer/secret"
	setfacl -d -m u::rw-,g::r--,o::--- "$scratch/outer/inner" "$scratch/outer/inner/a/b"
}

# What each call says, in the order of the kernel's numbers, and of libc's names.
cat >"$scratch/calls.py" <<'EOF'
import ctypes, errno, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
os.chroot(sys.argv[1]); os.chdir("/inner")
if sys.argv[2] == "thread":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
def said(what, result, room):
    print(what, errno.errorcode[ctypes.get_errno()] if result < 0 else (result, bytes(room)[:result]))
paths = [b".", b"a", b"a/b", b"a/b/file", b"/inner/a/b/file", b"a/link", b"a/fifo", b"a/missing", b"a/b/" + b"x" * 256, b"a/b/file/x"]
outside = [b"a/out", b"../secret", b"..", b"a/../../secret"]
names = [(b"setxattr", 188), (b"lsetxattr", 189), (b"getxattr", 191), (b"lgetxattr", 192), (b"listxattr", 194), (b"llistxattr", 195),
         (b"removexattr", 197), (b"lremovexattr", 198)]
for path in outside if sys.argv[3] == "outside" else paths:
    for key in b"user.note", b"trusted.note", b"system.posix_acl_default":
        for name, number in names:
            if path == b"a/out" and name[:2] in (b"ls", b"lg", b"ll", b"lr"):
                continue # of the link itself, which lies inside
            room = ctypes.create_string_buffer(b"value", 256)
            size = ctypes.c_long(5 if b"set" in name else 256)
            middle = [] if b"list" in name else [key]
            arguments = [path] + middle + ([] if b"remove" in name else [room, size]) + ([ctypes.c_long(0)] if b"set" in name else [])
            for way in sys.argv[4].split(","):
                ctypes.set_errno(0)
                result = getattr(libc, name.decode())(*arguments) if way == "name" else libc.syscall(ctypes.c_long(number), *arguments)
                said((way, name, path[:20], key), result, room if b"get" in name or b"list" in name else b"")
    print(os.getcwd())
EOF

cat >"$scratch/others.py" <<'EOF'
import ctypes, errno, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
os.chroot(sys.argv[1]); os.chdir("/inner")
if sys.argv[2] == "thread":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
room = ctypes.create_string_buffer(4096)
libc.realpath.restype = libc.canonicalize_file_name.restype = ctypes.c_char_p
def call(name, path, *more):
    ctypes.set_errno(0)
    result = getattr(libc, name)(path, *more)
    print(name, path[:20], errno.errorcode[ctypes.get_errno()] if result in (-1, None) else result)
def number(*arguments): # x86_64: statfs truncate chmod chown lchown utime
    for call in (137, 76, 90, 92, 94, 132) if "number" in sys.argv[4] else ():
        ctypes.set_errno(0)
        last = room if call == 137 else ctypes.c_long(0 if call == 132 else 7)
        result = libc.syscall(ctypes.c_long(call), *arguments, last, ctypes.c_long(8))
        print(call, arguments[0][:20], errno.errorcode[ctypes.get_errno()] if result == -1 else result)
paths = [b".", b"a", b"a/b", b"a/b/file", b"/inner/a/b/file", b"a/link", b"a/missing", b"a/b/" + b"x" * 256, b"a/b/file/x", b""]
outside = [b"../secret", b"a/../../secret", b"a/out"]
for path in outside if sys.argv[3] == "outside" else paths:
    call("statfs", path, room); call("statvfs", path, room); call("pathconf", path, 3)
    call("realpath", path, None); call("canonicalize_file_name", path)
    call("truncate", path, ctypes.c_long(3)); call("truncate64", path, ctypes.c_int64(2))
    path == b"a/out" or number(path)
    print(os.getcwd())
EOF

# calls THREADS WHERE WAY [COMMAND...]
calls()
{
	local threads=$1 where=$2 way=$3
	shift 3
	fresh
	# And what is left.
	(cd /usr && "$@" /usr/bin/python3 -c "$(cat "$scratch/${script:-calls}.py")" "$scratch/outer" "$threads" "$where" "$way" 2>&1)
	getfattr -hR -d -m - -e hex "$scratch/outer" 2>/dev/null | sed 's/^# file: .*\/outer/outer/'
}

# The calls of the log, but for what Python's own allocator reads when it starts.
events()
{
	jq -c 'select(.event == "call" and .path != "/proc/sys/vm/overcommit_memory")' "$scratch/log"
}

ways=name
[ "$(uname -m)" != x86_64 ] || ways=name,number
sealed=(env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=m=$scratch/outer/inner" PRECLUDE_ANCHOR=on "PRECLUDE_LOG=$scratch/log")
old=("$B/tests/kernels/prog_fake_kernel" lacks:xattrat)
calls alone inside "$ways" >"$scratch/bare"
untouched=$(calls alone outside "" true)
ok "bare, attributes are set, read, listed and removed" test "$(grep -c "name', b'.*(" "$scratch/bare")" -gt 40
for kernel in "" "${old[*]}"; do
	rm -f "$scratch/log"
	# shellcheck disable=SC2086 # a list of words
	calls alone inside "$ways" $kernel "${sealed[@]}" >"$scratch/sealed"
	ok "sealed, the same${kernel:+, before 6.13}" diff "$scratch/bare" "$scratch/sealed"
	is "and nothing is logged of it" "$(events | head -n 3)" ""
	rm -f "$scratch/log"
	# shellcheck disable=SC2086
	said=$(calls alone outside "$ways" $kernel "${sealed[@]}")
	is "what lies above the module is refused${kernel:+, before 6.13}" "$(grep -v "^outer\|^user\|^$\|^system" <<<"$said" | grep -v "EACCES\|^/inner" | head -n 3)" ""
	is "and left as it was" "$(grep -A99 ^outer <<<"$said")" "$(grep -A99 ^outer <<<"$untouched")"
	ok "and logged" jq -se 'any(.[]; .effect == "denied" and .by == "confine")' "$scratch/log"
done
if [ "$ways" = name,number ]; then
	calls alone inside "$ways" "${sealed[@]}" PRECLUDE_CONFINE_RAW=on >"$scratch/sealed"
	ok "through the gate, the same" diff "$scratch/bare" "$scratch/sealed"
else
	skip "through the gate" "the gate is for x86_64"
fi
calls thread inside name >"$scratch/bare"
for kernel in "" "${old[*]}"; do
	# shellcheck disable=SC2086
	ok "with another thread, the same${kernel:+, before 6.13}" diff "$scratch/bare" <(calls thread inside name $kernel "${sealed[@]}")
done

script=others
calls alone inside "$ways" >"$scratch/bare"
untouched=$(calls alone outside "" true)
calls alone inside "$ways" "${sealed[@]}" >"$scratch/sealed"
ok "other calls, sealed: the same" diff "$scratch/bare" "$scratch/sealed"
if [ "$ways" = name,number ]; then
	ok "through the gate, the same" diff "$scratch/bare" <(calls alone inside "$ways" "${sealed[@]}" PRECLUDE_CONFINE_RAW=on)
else
	skip "other calls, through the gate" "the gate is for x86_64"
fi
said=$(calls alone outside "$ways" "${sealed[@]}")
is "what lies above the module is refused" "$(grep "^[a-z0-9]* b'" <<<"$said" | grep -v EACCES)" ""
is "and left as it was" "$(grep -A99 ^outer <<<"$said")" "$(grep -A99 ^outer <<<"$untouched")"
calls thread inside "$ways" >"$scratch/bare"
ok "with another thread, the same" diff "$scratch/bare" <(calls thread inside "$ways" "${sealed[@]}")
finish
