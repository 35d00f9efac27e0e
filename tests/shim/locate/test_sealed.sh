#!/bin/bash
# SPDX-License-Identifier: ISC
# A process whose root lies in a module is judged by text alone, since no path leads out of it: while that is so. Not after a
# second chroot, which leaves its working directory above its root, nor where a /proc is mounted beneath, whose links lead
# anywhere, seen by the process or put there in another mount namespace.
. "$(dirname "$0")/../../tap.sh"
needs_root "to change its root directory"

root=$scratch/root
mkdir -p "$root/sub/deep" "$root/proc" "$scratch/out/deep" "$root/out/deep"
for place in "$root" "$root/sub" "$root/out" "$scratch/out"; do
	touch "$place/file" "$place/deep/file" 2>/dev/null || touch "$place/file"
done

# sealed LINE...: a Python program under the library, from a directory outside; what it could do, one word a try, and which
# files outside have another mode afterwards. Descriptor 8 is a directory outside, 9 another process's mount namespace.
sealed()
{
	chmod 644 "$scratch/out/file" "$scratch/out/deep/file"
	(cd / && exec env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$scratch/log" /usr/bin/python3 -c "
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def change(path, **how):
    try:
        os.chmod(path, 0o606, **how)
        print('changed', end=' ')
    except OSError as error:
        print(error.strerror.split()[0], end=' ')
def must(result):
    if result < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
$1
" 8<"$scratch/out" 2>&1)
	find "$scratch/out" -type f ! -perm 644 -printf '%P '
}

is "in its root, it changes what is there" "$(sealed "
os.chroot('$root'); os.chdir('/')
change('file'); change('/sub/file'); change('../../../../sub/deep/../file'); change('/../out/file')")" \
	"changed changed changed changed "
is "a second chroot leaves it above its root: nothing outside is changed" "$(sealed "
os.chroot('$root'); os.chdir('/'); change('file')
os.chroot('sub')
change('../out/file'); change('../out/deep/../file'); change('./../out/deep/file')")" \
	"changed Permission Permission Permission "
is "but what lies in the module is, from above and from within" "$(sealed "
os.chroot('$root'); os.chdir('/'); change('file')
os.chroot('sub')
change('file'); change('sub/file'); change('/file'); change('/deep/../file')
os.chdir('/'); change('file'); change('../../file')")" "changed changed changed changed changed changed changed "
is "by a directory that was held" "$(sealed "
os.chroot('$root'); os.chdir('/')
held = os.open('.', os.O_RDONLY | os.O_DIRECTORY); change('file', dir_fd=held)
os.chroot('sub'); os.chdir('/')
change('file', dir_fd=held); change('../out/file', dir_fd=held); change('../out/deep/../file', dir_fd=held)")" \
	"changed changed Permission Permission "
is "a directory outside that was open all the time" "$(sealed "
os.chroot('$root'); os.chdir('/')
change('file', dir_fd=8); change('deep/file', dir_fd=8); change('deep/../file', dir_fd=8)")" \
	"Permission Permission Permission "

# taken OUT: somebody who is not confined moves /sub there, once /ready was made.
taken()
{
	rm -rf "$root/ready"
	wait_until test -e "$root/ready"
	chmod 644 "$root/sub/file"
	mv "$root/sub" "$1"
}
gone="
os.mkdir('/ready')
while os.path.exists('/sub'): pass"
mkdir "$scratch/out/taken"
touch "$scratch/out/taken/file"
taken "$scratch/out/taken/sub" &
is "the working directory, and one that is held, are moved out of the root: nothing there is changed, nor above" "$(sealed "
os.chroot('$root'); os.chdir('/sub'); change('../file')
held = os.open('.', os.O_RDONLY | os.O_DIRECTORY); change('../file', dir_fd=held)
$gone
change('../file'); change('./../../file'); change('file'); change('deep/file'); change('file', follow_symlinks=False)
change('file', dir_fd=held); change('../file', dir_fd=held); change('deep/../../file', dir_fd=held)")" \
	"changed changed $(printf 'Permission %.0s' {1..8})"
wait
mv "$scratch/out/taken/sub" "$root/sub"

# Of /proc, only links are of interest.
proc="change('/proc/self/fd/8/file'); change('/proc/self/fd/8/deep/file')"
mount -t proc proc "$root/proc"
at_exit+=("umount $root/proc")
is "a /proc in the root" "$(sealed "os.chroot('$root'); os.chdir('/'); $proc")" "Permission Permission "
umount "$root/proc"

# Another mount namespace in which there is one, too.
unshare -m sh -c "mount -t proc proc '$root/proc' && echo && exec sleep 100" >"$scratch/mounted" &
other=$!
at_exit=("kill $other")
wait_until test -s "$scratch/mounted"
exec 9<"/proc/$other/ns/mnt"
# To enter a mount namespace is to take its root, which in a plain chroot is another than this one.
nsenter -t "$other" -m test -e "$root" || skip_rest "this is a chroot: other mount namespaces have another root"
is "one that another mount namespace has, entered by setns" "$(sealed "
must(libc.setns(9, 0x20000)); os.chroot('$root'); os.chdir('/'); $proc")" "Permission Permission "

# The process's own, into which somebody mounts it from outside.
mkfifo "$scratch/go"
(
	read -r pid <"$scratch/go"
	nsenter -t "$pid" -m mount -t proc proc "$root/proc"
	echo >"$scratch/go"
) &
is "one that came after unshare" "$(PRECLUDE_WRITE=$scratch/go sealed "
must(libc.unshare(0x20000))
with open('$scratch/go', 'w') as go: print(os.getpid(), file=go)
open('$scratch/go').read(); os.chroot('$root'); os.chdir('/'); $proc")" "Permission Permission "
finish
