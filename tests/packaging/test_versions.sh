#!/bin/bash
# SPDX-License-Identifier: ISC
# One version everywhere, and packages that name every file that is installed.

. "$(dirname "$0")/../tap.sh"

version=$(sed -n 's/^VERSION := //p' "$top/Makefile")
is "preclude --version" "$("$B/preclude" --version)" "preclude $version"
is "debian/changelog" "$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)" "$version"
is "preclude.spec" "$(rpmspec -q --qf '%{VERSION}\n' "$top/packaging/preclude.spec" | sort -u)" "$version"
is "APKBUILD" "$(. "$top/packaging/alpine/APKBUILD" && echo "$pkgver")" "$version"
is "CHANGELOG.md" "$(sed -n 's/^## \([0-9.]*\).*/\1/p' "$top/CHANGELOG.md" | head -n 1)" "$version"
is "the soname" "$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')" libpreclude.so.0

# What make install installs, in the words of each package's list: nothing that the lists do not name.
make -s -C "$top" B="$B" install DESTDIR="$scratch/to" PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu \
	ZSHDIR=/usr/share/zsh/vendor-completions
while read -r file; do
	found=$(cat "$top"/debian/*.install | while read -r pattern; do
		# shellcheck disable=SC2254 # a pattern
		case $file in $pattern | $pattern/*) echo "$pattern" ;; esac
	done)
	ok "debian/*.install: $file" test -n "$found"
done < <(cd "$scratch/to" && find . -not -type d | sed 's|^\./||')
finish
