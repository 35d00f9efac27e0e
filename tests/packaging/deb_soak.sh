#!/bin/bash
# SPDX-License-Identifier: ISC
# make deb: lintian finds nothing, two builds in different directories are the same to the byte, and in a fresh Debian 12
# the packages install, pass their own tests (debian/tests), serve programs of both word sizes, and go away again.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/debian.sh"

ok "make deb" env -u MAKEFLAGS -u MAKELEVEL make -s -C "$top" B="$B" deb || finish
is "lintian has nothing to say, hints included" "$(lintian -EI "$B"/deb/*.changes 2>/dev/null |
	grep -v -e 'spelling-error-in-binary' -e very-long-line-length)" ""

# Elsewhere, later, with other umask, locale and time zone.
mkdir "$scratch/longer-name"
(cd "$B/deb" && find "preclude-"* -maxdepth 0 -exec cp -r {} "$scratch/longer-name/" \;)
ok "built again" sh -c "umask 027; cd $scratch/longer-name/preclude-* && TZ=Pacific/Auckland LC_ALL=C.UTF-8 dpkg-buildpackage -us -uc"
for package in "$B"/deb/*.deb "$B"/deb/*.tar.xz; do
	is "the same again: $(basename "$package")" "$(sha256sum <"$scratch/longer-name/$(basename "$package")")" \
		"$(sha256sum <"$package")"
done

# The library for 32-bit programs, which needs nothing of the command's.
ok "the library for i386" sh -c "cd $scratch/longer-name/preclude-* && dpkg-buildpackage -us -uc -b -d -ai386 -Ppkg.preclude.library"

# A fresh system, in an overlay, which goes away with everything that is done to it.
fresh=${OLD_CACHE:-$B}/bookworm here=$scratch/fresh
mirror=$(debian_mirror bookworm)
[ -n "$mirror" ] || skip_rest "apt's configuration has no mirror of Debian"
[ -e "$fresh/bootstrapped" ] || {
	rm -rf "$fresh"
	ok "debootstrap bookworm" debootstrap --variant=minbase bookworm "$fresh" "$mirror" || finish
	ok "what the packages need" chroot "$fresh" sh -c "dpkg --add-architecture i386 && apt-get -q update &&
		DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install rsync jq libc6:i386" || finish
	touch "$fresh/bootstrapped"
}
mkdir "$here" "$scratch/upper" "$scratch/work"
mount -t overlay -o "lowerdir=$fresh,upperdir=$scratch/upper,workdir=$scratch/work" preclude-fresh "$here" || exit 1
mount -t proc proc "$here/proc"
mount --bind /dev "$here/dev"
at_exit+=("umount $here/dev" "umount $here/proc" "umount $here")

mkdir "$here/packages"
cp "$B"/deb/*_amd64.deb "$scratch"/longer-name/libpreclude0_*_i386.deb "$here/packages/"
rm "$here"/packages/*dbgsym*
cp -r "$top/debian/tests" "$here/packages/"
ok "they install" chroot "$here" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
	/packages/*_amd64.deb'
# Built by a cross compiler, it depends on the libc that came with that.
ok "the library installs for both word sizes" chroot "$here" sh -c 'dpkg --force-depends -i /packages/*_i386.deb'
ok "debian/tests/command" chroot "$here" /packages/tests/command
ok "debian/tests/command, as nobody" chroot --userspec=nobody:nogroup "$here" /packages/tests/command
ok "debian/tests/rsync-daemon" chroot "$here" /packages/tests/rsync-daemon

# A program of each word size, and the one name that suits both.
mkdir "$here/opt/root" "$here/opt/outside"
i686-linux-gnu-gcc -O1 -D_GNU_SOURCE -o "$here/opt/root/32" "$top/tests/shim/start/prog_children.c" -lpthread
cc -O1 -D_GNU_SOURCE -o "$here/opt/root/64" "$top/tests/shim/start/prog_children.c" -lpthread
for name in libpreclude.so libpreclude.so.0 '/usr/$LIB/libpreclude.so'; do
	for size in 32 64; do
		is "LD_PRELOAD=$name, $size bits: inside" "$(chroot "$here" env "LD_PRELOAD=$name" PRECLUDE_ROOTS=/opt/root \
			PRECLUDE_LOG=off "/opt/root/$size" self /opt/root/new 2>&1)" created
		is "LD_PRELOAD=$name, $size bits: outside" "$(chroot "$here" env "LD_PRELOAD=$name" PRECLUDE_ROOTS=/opt/root \
			PRECLUDE_LOG=off "/opt/root/$size" self /opt/outside/new 2>&1)" EACCES
		rm -f "$here/opt/root/new"
	done
done
ok "they are removed" chroot "$here" sh -c 'DEBIAN_FRONTEND=noninteractive dpkg --purge preclude-report preclude libpreclude0:amd64 libpreclude0:i386'
is "and nothing stays" "$(find "$here" -xdev -name '*preclude*' -not -path '*/packages/*' -not -path '*/var/log/*' \
	-not -path '*/var/cache/*')" ""
finish
