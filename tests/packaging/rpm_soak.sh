#!/bin/bash
# SPDX-License-Identifier: ISC
# The RPM spec, built with Debian's rpmbuild, and the APKBUILD's functions, run with musl-gcc: what can be said of them
# without a Fedora and an Alpine.

. "$(dirname "$0")/../tap.sh"

version=$(sed -n 's/^VERSION := //p' "$top/Makefile")
source=$scratch/preclude-$version
mkdir -p "$source" "$scratch/home"
tar -c -C "$top" --exclude=./build --exclude=./.git . | tar -x -C "$source"
tar -czf "$scratch/preclude-$version.tar.gz" -C "$scratch" "preclude-$version"

# Debian's rpm has no list of what it has installed, and looks for programs where Fedora has them.
ok "rpmbuild" env -u MAKEFLAGS -u MAKELEVEL HOME="$scratch/home" rpmbuild -bb --nodeps --quiet \
	--define "_sourcedir $scratch" --define "_topdir $scratch/rpm" "$source/packaging/preclude.spec"
is "its files" "$(find "$scratch/rpm/RPMS" -name '*preclude-[0-9]*.rpm' | sort | xargs -n 1 rpm -qlp 2>/dev/null | sed 's/\.gz$//' |
	grep -v -e build-id -e /usr/share/doc/ -e licenses | sort)" \
"/usr/bin/preclude
/usr/lib64/libpreclude.so
/usr/lib64/libpreclude.so.0
/usr/share/bash-completion/completions/preclude
/usr/share/man/man1/preclude.1
/usr/share/man/man7/libpreclude.7
/usr/share/man/man7/preclude-rsync.7
/usr/share/zsh/site-functions/_preclude"
is "the reports are apart" "$(rpm -qlp "$scratch"/rpm/RPMS/*/preclude-report-[0-9]*.rpm 2>/dev/null |
	grep -v -e build-id -e licenses)" /usr/libexec/preclude-report
is "the command asks for the library, of its own word size" "$(rpm -qp --requires \
	"$scratch"/rpm/RPMS/*/preclude-[0-9]*.rpm 2>/dev/null | grep ^libpreclude)" "libpreclude(x86-64) = $version-1"
# A name of Mandriva's, and what no released tarball is there for.
is "rpmlint" "$(rpmlint "$top/packaging/preclude.spec" 2>/dev/null | grep '^preclude.spec: [EW]' |
	grep -v -e mklibname -e no-buildroot-tag -e invalid-url -e no-url-tag)" ""

# As abuild does it: the file is sourced, build and package are called in the source.
alpine()
{
	cd "$source" && pkgdir=$scratch/apk CC='musl-gcc -idirafter /usr/include' sh -euc '
		. packaging/alpine/APKBUILD
		export CC pkgdir
		build && package'
}
ok "APKBUILD: build and package" alpine
is "its files" "$(cd "$scratch/apk" && find . -not -type d | sort)" "./usr/lib/libpreclude.so
./usr/lib/libpreclude.so.0
./usr/share/man/man7/libpreclude.7"
ok "the library asks nothing of glibc" not grep -q GLIBC_ <<<"$(nm -D "$scratch/apk/usr/lib/libpreclude.so")"
musl-gcc -O1 -D_GNU_SOURCE -o "$scratch/prog" "$top/tests/shim/start/prog_children.c"
mkdir "$scratch/root"
is "and confines" "$(LD_PRELOAD=$scratch/apk/usr/lib/libpreclude.so PRECLUDE_ROOTS=$scratch/root PRECLUDE_READ=$scratch/prog PRECLUDE_LOG=off \
	"$scratch/prog" self "$scratch/outside" 2>&1)" EACCES
finish
