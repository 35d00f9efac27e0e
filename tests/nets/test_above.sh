#!/bin/bash
# SPDX-License-Identifier: ISC
# Programs that change random files as root never run where a path leads to the machine's: in a chroot whose root directory
# is a mount point, pivot_root(2) succeeds, yet ".." leads on to what lies above. There they make no call, and say why.
#
# The chroot lies in a machine of this script's own, where an escape does no harm.
. "$(dirname "$0")/../alone.sh"
if [ -z "${INSIDE:-}" ]; then
	alone "for a machine in which a chroot lies" --mount --pid --fork --mount-proc
	INSIDE=1 exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$BASH" "$0"
fi
unset INSIDE
. "$(dirname "$0")/../tap.sh"

# root DIRECTORY: a mount point with what programs need.
root()
{
	local name
	mkdir -p "$1$B"
	for name in bin lib lib64 sbin; do
		[ ! -L "/$name" ] || cp -P "/$name" "$1"
		[ -L "/$name" ] || [ ! -d "/$name" ] || mkdir "$1/$name"
	done
	for name in bin lib lib64 sbin usr etc; do
		[ -L "$1/$name" ] || [ ! -d "/$name" ] || { mkdir -p "$1/$name" && mount --bind -o ro "/$name" "$1/$name"; } || return
	done
	mount --bind "$B" "$1$B" && mkdir -p "$1"/{proc,dev,mnt,tmp,var/tmp} && mount -t proc proc "$1/proc" &&
		mount --bind /dev "$1/dev"
}

top_of_it=$scratch/machine
mkdir "$top_of_it" "$top_of_it.said"
mount -t tmpfs -o mode=755 none "$top_of_it" && root "$top_of_it" || skip_rest "no tmpfs can be mounted here"
at_exit+=("umount -R -l $top_of_it")
tree=$top_of_it/var/tmp/tree
mkdir "$tree" && mount --bind "$tree" "$tree" && root "$tree" || skip_rest "no tmpfs can be mounted here"

# What lies above the chroot: all that a call can change.
above()
{
	local place
	for place in "$top_of_it" "$top_of_it/var" "$top_of_it/var/tmp"; do
		stat -c '%n %a %u:%g %h %Y' "$place"
		getfattr -d --absolute-names "$place" 2>&1
		lsattr -d "$place" 2>&1
		ls -A "$place"
	done
}

# in_chroot PROGRAM...: in a mount namespace of its own, whose root the machine is. It is killed in the middle, if it gets so far.
in_chroot()
{
	timeout -s KILL "$(patience 3)" unshare --mount --propagation private sh -c 'cd "$1" && pivot_root . mnt && umount -l mnt &&
		cd / && shift && exec chroot "$@"' sh "$top_of_it" /var/tmp/tree "$@"
}

above >"$scratch/before"
while read -r name arguments; do
	for seed in 1 2 3; do
		# shellcheck disable=SC2086 # words
		in_chroot "$B/tests/"$(printf "$arguments" "$seed") >"$scratch/said" 2>&1
		is "$name, seed $seed: no call is made" "$?" 77
		is "$name, seed $seed: nothing above has changed" "$(above | diff "$scratch/before" - | head -n 20)" ""
	done
done <<END
race nets/net_race bare %s 1000 $library
fuzz nets/net_fuzz run everything %s 300 $library
oracle shim/locate/prog_oracle %s 2000 observe $library
END
ok "the nets say why" grep -q . <(in_chroot "$B/tests/nets/net_race" bare 1 1000 "$library" 2>&1 | grep chroot)
finish
