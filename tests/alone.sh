# SPDX-License-Identifier: ISC
# For scripts that start again in name spaces of their own: source it before that.
#
# alone PURPOSE OPTION...: skips the script where unshare(1) with these options is not permitted: without root, in many a
# container, and in a chroot whose root directory is no mount point, where mounts would not stay private.
alone()
{
	local said
	[ "$(id -u)" -eq 0 ] || { echo "1..0 # SKIP needs root: $1"; exit 0; }
	said=$(unshare "${@:2}" true 2>&1) || { echo "1..0 # SKIP no name spaces $1: ${said##*$'\n'}"; exit 0; }
}
