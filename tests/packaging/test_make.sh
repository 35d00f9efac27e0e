#!/bin/bash
# SPDX-License-Identifier: ISC
# `make` as people run it: in a checkout whose path has spaces, with a strict umask and an empty environment, several jobs at once,
# another compiler, on top of what another state of the tree or another user built; and where packages are missing and nobody may install any.

. "$(dirname "$0")/../tap.sh"

tree="$scratch/a check out"
mkdir "$tree"
tar -c -C "$top" --exclude=./build --exclude=./.git . | tar -x -C "$tree"

# An ordinary user, whoever runs the tests.
as_user=()
[ "$(id -u)" -ne 0 ] || {
	chown -R nobody:nogroup "$tree"
	as_user=(setpriv --reuid nobody --regid nogroup --clear-groups)
}

# makes [VARIABLE=VALUE|GOAL]...: in that checkout, without optimisation, since nobody waits for the result.
makes()
{
	(cd "$tree" && umask 077 && env -i PATH=/usr/bin:/bin TERM=dumb "${as_user[@]}" \
		make -s -j4 OPTIMISE='-O0 -g' "$@" </dev/null 2>&1)
}

is "make: no warning" "$(makes; echo $?)" 0
is "the command is there" "$(cd "$tree" && "${as_user[@]}" build/preclude --version | cut -d ' ' -f 1)" preclude
is "and nothing is left to do" "$(cd "$tree" && makes --no-silent)" ""
ok "make install" makes install DESTDIR="$tree/to"
is "everybody can read what it installs" "$(find "$tree/to/usr" ! -perm -444)" ""
ok "make uninstall" makes uninstall DESTDIR="$tree/to"
is "takes away all of it" "$(find "$tree/to" ! -type d)" ""
is "make install, where only root may: who must do what" "$(makes install DESTDIR=/proc/self | head -n 1)" \
	"preclude: you cannot write to /proc/self: run make install as root, or with another PREFIX or DESTDIR"

# A header and a source that a later state of the tree does not have, as after a pull.
: >"$tree/config/gone.h"
printf 'void gone(void);\n__attribute__((visibility("default"))) void gone(void)\n{\n}\n' >"$tree/config/gone.c"
sed -i '1i #include "config/gone.h"' "$tree/config/arena.c"
is "make, with two files more" "$(makes; echo $?)" 0
ok "the library has them" grep -qw gone <<<"$(nm "$tree/build/libpreclude.so")"
rm "$tree/config/gone.h"
cp "$top/config/arena.c" "$tree/config/"
is "make, without the header" "$(makes; echo $?)" 0
rm "$tree/config/gone.c"
is "and without the source" "$(makes; echo $?)" 0
ok "of which the library has nothing" not grep -qw gone <<<"$(nm "$tree/build/libpreclude.so")"

compilers()
{
	(cd "$tree/build" && readelf -p .comment shim/*/*.o tools/*.o | grep -o 'clang\|GCC' | sort -u)
}
if command -v clang >/dev/null; then
	is "make CC=clang, on top of gcc's" "$(makes CC=clang; echo $?)" 0
	is "leaves nothing of gcc's" "$(compilers)" clang
else
	skip "make CC=clang, on top of gcc's" "there is no clang"
fi
# A test that preloads the library, which no name with a space can do.
copy=/var/tmp/preclude-$("${as_user[@]}" id -un)-$(cksum <<<"$tree" | cut -d ' ' -f 1)
at_exit+=("rm -rf $copy")
is "make check passes in spite of the spaces" "$(makes check TEST_PROGRAMS= TEST_HELPERS= TEST_SCRIPTS=tests/shim/start/test_start.sh \
	>"$scratch/said"; echo $?; grep -c '^FAIL' "$scratch/said")" "0
0" || cat "$scratch/said"
is "a directory with a space is refused in words" "$(makes B='an other')" \
	"Makefile:$(grep -n 'error B=' "$tree/Makefile" | cut -d : -f 1): *** B=an other: write the name of one directory, without spaces.  Stop."

is "make soak, which needs root, says so" "$(cd "$tree" && "${as_user[@]}" make -s soak 2>&1 | grep root)" \
	"preclude: make soak needs root: it makes whole systems, mounts and boots them"
if [ "$(id -u)" -ne 0 ]; then
	skip "what another user built" "only root can be two users"
	skip "missing packages" "only root can hide what is installed"
	finish
fi
mkdir -p "$tree/roots/config"
is "what another user built: who must do what" "$(makes B=roots CC=cc | sed -n 1p)" \
	"preclude: roots is another user's, who may have run make here: remove roots as that user, or choose another: make B=DIRECTORY"
is "and where downloads would go" "$(cd "$tree" && "${as_user[@]}" env -u PRISTINE_CACHE B=roots tests/obtain rsync-legacy 2>&1)" \
	"obtain: roots is another user's: remove it as that user, or choose another: make B=DIRECTORY"

# A machine without uthash-dev, as far as dpkg and compilers know.
bare()
{
	unshare -m bash -c 'mount -t tmpfs hidden "$1" && mkdir "$1"/{upper,work} &&
		mount -t overlay -o "lowerdir=/usr/include,upperdir=$1/upper,workdir=$1/work" hidden /usr/include &&
		rm /usr/include/uthash.h &&
		sed "/^Package: uthash-dev$/,/^$/s/^Status: .*/Status: deinstall ok config-files/" /var/lib/dpkg/status >"$1/status" &&
		mount --bind "$1/status" /var/lib/dpkg/status && cd "$2" && umask 022 && shift 2 && exec "$@" </dev/null 2>&1' \
		bare "$scratch/hidden" "$tree" "$@"
	echo "$?"
	dpkg-query -W -f='${db:Status-Status}\n' uthash-dev
}
if [ "$(dpkg-query -W -f='${db:Status-Status}' uthash-dev 2>/dev/null)" = installed ]; then
	mkdir "$scratch/hidden"
	# asked NAME BY WHY COMMAND...: the one command is printed, and nothing installed.
	asked()
	{
		is "$1" "$(bare env -u MAKEFLAGS -u MAKELEVEL "${@:4}" | grep -v '^make: \*\*\*')" "preclude: packages are missing, and $3
	$2apt-get install --no-install-recommends uthash-dev
2
installed"
	}
	by='' run='Run as root:'
	! command -v sudo >/dev/null || by='sudo ' run='Run:'
	said="you are not root, and there is no sudo. $run"
	[ -z "$by" ] || said="sudo cannot ask for a password here. $run"
	asked "missing packages: make as an ordinary user" "$by" "$said" "${as_user[@]}" make -s B=fresh
	asked "make demo" "$by" "$said" "${as_user[@]}" make -s B=fresh demo
	asked "as root, who said no" "" "APT=no says to install nothing. Run:" make -s B=fresh APT=no
	for sign in DEB_HOST_ARCH DH_INTERNAL_OPTIONS RPM_PACKAGE_NAME FAKEROOTKEY; do
		asked "in a package build: $sign" "" "a package build installs nothing ($sign is set). Run:" env $sign=x make -s B=fresh
	done
else
	skip "missing packages" "uthash-dev is not installed as a package"
fi
finish
