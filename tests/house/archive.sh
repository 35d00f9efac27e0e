# SPDX-License-Identifier: ISC
# Package archives of a test's own, for tests of what is downloaded (bash): source it after tap.sh.

# The suites that sources.tsv names.
suites()
{
	awk -F '\t+' '!/^#/ && $3 != "-" { print $3 }' "$top/tests/sources.tsv" | sort -u
}

# apt_is ADDRESS: from now on apt's configuration has this archive alone, and nothing is cached.
apt_is()
{
	local at=$scratch/apt
	rm -rf "$at"
	mkdir -p "$at"/{sources,parts} "$at/lists/partial" "$at/cache"
	suites | sed "s|.*|deb [trusted=yes] $1 & main|" >"$at/sources.list"
	cat >"$at/apt.conf" <<-EOF
		Dir::Etc::main "-";
		Dir::Etc::parts "$at/parts";
		Dir::Etc::sourcelist "$at/sources.list";
		Dir::Etc::sourceparts "$at/sources";
		Dir::State::lists "$at/lists";
		Acquire::http::Proxy "DIRECT";
		Acquire::http::Timeout "1";
		Acquire::Retries "0";
	EOF
	export APT_CONFIG=$at/apt.conf PRISTINE_CACHE=$at/cache KERNELS_CACHE=$at/cache RECEIVERS_CACHE=$at/cache
}

# silent_ports: sets $closed and $silent to ports where nobody listens, and where nobody ever answers.
silent_ports()
{
	python3 -c 'if True:
		import socket, time
		closed, silent = socket.socket(), socket.socket()
		for each in closed, silent:
			each.bind(("127.0.0.1", 0))
		silent.listen(512)
		print(closed.getsockname()[1], silent.getsockname()[1], flush=True)
		time.sleep(1e6)' >"$scratch/ports" &
	at_exit+=("kill $!")
	wait_until test -s "$scratch/ports"
	read -r closed silent <"$scratch/ports"
}

# binary SUITE PACKAGE VERSION: packs $scratch/files for $scratch/archive.
binary()
{
	local pool=$scratch/archive/pool/$1
	mkdir -p "$pool" "$scratch/files/DEBIAN"
	printf '%s\n' "Package: $2" "Version: $3" "Architecture: $(dpkg --print-architecture)" 'Maintainer: nobody' 'Description: none' \
		>"$scratch/files/DEBIAN/control"
	dpkg-deb -Znone --root-owner-group -b "$scratch/files" "$pool" >/dev/null
	rm -rf "$scratch/files"
}

# source_package SUITE VERSION TREE: packs that tree as the upstream source of an rsync for $scratch/archive.
source_package()
{
	local pool=$scratch/archive/pool/$1 upstream=${2%-*}
	mkdir -p "$pool" "$3/debian/source"
	tar -czf "$pool/rsync_$upstream.orig.tar.gz" --exclude=debian -C "${3%/*}" "${3##*/}"
	echo '3.0 (quilt)' >"$3/debian/source/format"
	printf '%s\n' 'Source: rsync' 'Maintainer: nobody' '' 'Package: rsync' 'Architecture: any' 'Description: none' >"$3/debian/control"
	printf '%s\n' "rsync ($2) unstable; urgency=low" '' '  * None.' '' ' -- nobody <n@localhost>  Thu, 01 Jan 2026 00:00:00 +0000' \
		>"$3/debian/changelog"
	(cd "$pool" && dpkg-source -b "$3") >/dev/null 2>&1
	rm -rf "$3/debian"
}

# publish: writes the lists of $scratch/archive, with every suite of sources.tsv, and has apt use it.
publish()
{
	local suite lists
	cd "$scratch/archive" || return
	for suite in $(suites); do
		lists=dists/$suite/main
		mkdir -p "pool/$suite" "$lists/binary-$(dpkg --print-architecture)" "$lists/source"
		dpkg-scanpackages -m "pool/$suite" >"$lists/binary-$(dpkg --print-architecture)/Packages" 2>/dev/null
		dpkg-scansources "pool/$suite" >"$lists/source/Sources" 2>/dev/null
		{
			printf '%s\n' 'Origin: Debian' "Suite: $suite" "Codename: $suite" 'Components: main' \
				"Architectures: $(dpkg --print-architecture)" 'Date: Thu, 01 Jan 2026 00:00:00 UTC' SHA256:
			(cd "dists/$suite" && find main -type f -printf '%s %p\n' | while read -r size file; do
				echo " $(sha256sum <"$file" | cut -d ' ' -f 1) $size $file"
			done)
		} >"dists/$suite/Release"
	done
	cd "$OLDPWD" || return
	apt_is "file:$scratch/archive"
}
