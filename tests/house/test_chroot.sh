#!/bin/bash
# SPDX-License-Identifier: ISC
# In a plain chroot, scripts that need name spaces of their own run, or are skipped with the reason: chroot(2), without
# pivot_root(2), into an overlay of this machine, and into a directory that is no mount point.
. "$(dirname "$0")/../alone.sh"
if [ -z "${INSIDE:-}" ]; then
	alone "for mounts of its own" --mount
	INSIDE=1 exec unshare --mount "$BASH" "$0"
fi
unset INSIDE
. "$(dirname "$0")/../tap.sh"

# tap FILE: it is TAP of tests that passed, or a skip with a reason.
tap()
{
	grep -qE '^1\.\.([1-9]|0 # SKIP .)' "$1" && not grep '^not ok' "$1" && return
	cat "$1"
	return 1
}

machine=$scratch/machine
mkdir "$machine" "$scratch/over"
mount -t tmpfs none "$scratch/over"
mkdir "$scratch/over/upper" "$scratch/over/work"
mount -t overlay -o "lowerdir=/,upperdir=$scratch/over/upper,workdir=$scratch/over/work" none "$machine" || skip_rest "no overlay here"
mount -t proc proc "$machine/proc"
mount --rbind /dev "$machine/dev"
at_exit+=("umount -l $machine" "umount -l $scratch/over")
# What is not on the file system of the root directory.
for directory in "$top" "$B" "${RECEIVERS_CACHE:-$B}" "${PRISTINE_CACHE:-$B}"; do
	[ "$(stat -c %d "$directory")" = "$(stat -c %d /)" ] || mount --bind "$directory" "$machine$directory"
done
for script in receivers/test_units.sh receivers/test_archives.sh tools/events/test_journald.sh; do
	chroot "$machine" env -C "$top" B="$B" "tests/$script" >"$scratch/said" 2>&1 </dev/null
	ok "an overlay: $script runs, or is skipped" tap "$scratch/said"
	sed 's/^/# /' <(grep SKIP "$scratch/said")
done

# Enough for the question itself.
bare=$scratch/bare
mkdir -p "$bare"/{proc,bin}
programs=$(type -P bash id unshare true)
# shellcheck disable=SC2086 # lists of paths
cp -L --parents $programs $(ldd $programs | grep -o '/[^ ]*\.so[^ ]*' | sort -u) "$top/tests/alone.sh" "$bare"
is "a directory that is no mount point: skipped with the reason" \
	"$(chroot "$bare" "$(command -v bash)" -c ". '$top/tests/alone.sh'; alone 'for a test' --mount; echo runs" 2>&1)" \
	"1..0 # SKIP no name spaces for a test: unshare: cannot change root filesystem propagation: Invalid argument"
finish
