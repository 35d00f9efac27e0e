#!/bin/bash
# SPDX-License-Identifier: ISC
# One version everywhere, and packages that name every file that is installed.

. "$(dirname "$0")/../tap.sh"

version=$(sed -n 's/^VERSION := //p' "$top/Makefile")
is "preclude --version" "$("$B/preclude" --version)" "preclude $version"
is "make version" "$(make -s -C "$top" version)" "$version"
is "the library's note" "$(readelf -p .note.preclude "$library" | sed -n 's/^  \[.*\]  //p' | paste -sd ' ')" "preclude $version"
objcopy --strip-all "$library" "$scratch/stripped"
is "a stripped library's" "$(readelf -n "$scratch/stripped" | grep -c '^  preclude ')" 1
for page in "$top"/docs/*.[1-8]; do
	is "${page##*/}" "$(sed -n 's/^\.Os preclude //p' "$page")" "$version"
done
is "debian/changelog" "$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)" "$version"
is "preclude.spec" "$(rpmspec -q --qf '%{VERSION}\n' "$top/packaging/preclude.spec" | sort -u)" "$version"
is "APKBUILD" "$(. "$top/packaging/alpine/APKBUILD" && echo "$pkgver")" "$version"
is "CHANGELOG.md" "$(sed -n 's/^## \([0-9.]*\).*/\1/p' "$top/CHANGELOG.md" | head -n 1)" "$version"
is "the soname has its first number" "$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')" "libpreclude.so.${version%%.*}"
# A release's source, from what is committed; in such a source there is nothing of that.
if [ -e "$top/.git" ]; then
	dist()
	{
		make -s -C "$top" B="$scratch/$1" dist && sha256sum <"$scratch/$1/preclude-$version.tar.gz"
	}
	ok "make dist" dist one
	is "is the same again" "$(dist two)" "$(dist one)"
	is "all of it, below its name and version" "$(tar -tf "$scratch/one/preclude-$version.tar.gz" | grep -v '/$' | sort)" \
		"$(git -C "$top" ls-tree -r --name-only HEAD | sed "s|^|preclude-$version/|" | sort)"
fi

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
