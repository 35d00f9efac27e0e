#!/bin/bash
# SPDX-License-Identifier: ISC
# What else lives in a process: other preload libraries, another malloc, sanitizers, libraries that look for their
# symbols elsewhere.

. "$(dirname "$0")/../tap.sh"

source=$top/tests/shim/prog_neighbours.c
root=$scratch/root outside=$scratch/outside log=$scratch/log
mkdir "$root" "$outside"

build()
{
	local output=$1
	shift
	"$@" -std=gnu11 -O1 -g -D_GNU_SOURCE -w -o "$root/$output" "$source" || exit 1
}

# under LD_PRELOAD COMMAND...
under()
{
	local preload=$1
	shift
	rm -f "$log"
	env "LD_PRELOAD=$preload" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" "$@" 2>&1
}

denied()
{
	jq -es --arg file "$outside/x" 'any(.[]; .event == "call" and .resolved == $file and .effect == "denied" and
		.where == "outside")' "$log" >/dev/null
}

# neighbour NAME LD_PRELOAD PROGRAM WHAT...: denied outside, with a line in the log; created inside.
neighbour()
{
	local name=$1 preload=$2
	shift 2
	is "$name: denied outside" "$(under "$preload" "$@" "$outside/x")" EACCES
	ok "$name: and logged" denied
	is "$name: created inside" "$(under "$preload" "$@" "$root/x")" created
	rm -f "$root/x"
}

allocators()
{
	local name so
	for name in jemalloc.so.2 tcmalloc_minimal.so.4; do
		so=$(ldconfig -p | sed -n "s/.*x86-64.*=> \(.*lib$name\)$/\1/p" | head -n 1)
		if [ ! -e "$so" ]; then
			skip "$name" "not installed"
			continue
		fi
		neighbour "$name after ours" "$library $so" "$root/plain" plain
		neighbour "$name before ours" "$so $library" "$root/plain" plain
		neighbour "$name, in a child" "$so $library" "$root/plain" fork
		ok "$name really is there" grep -q "$name" <<<"$(under "$library $so" cat /proc/self/maps)"
		ok "$name: git and sh run" under "$library $so" env "HOME=$root" sh -c "cd $root && git init -q repo && rm -r repo"
	done
	build own cc -DOWN_MALLOC
	neighbour "a malloc of its own" "$library" "$root/own" plain
	is "which the library calls no more often before main than no library" "$(under "$library" "$root/own" malloc x)" \
		"$("$root/own" malloc x)"
	neighbour "and that aborts before main" "$library" env ABORT_BEFORE_MAIN=1 "$root/own" plain
}

sanitizers()
{
	local said
	if command -v clang >/dev/null && build asan clang -fsanitize=address 2>/dev/null; then
		neighbour "clang's AddressSanitizer" "$library" env ASAN_OPTIONS=detect_leaks=0 "$root/asan" plain
	else
		skip "clang's AddressSanitizer" "no clang with its runtime here"
	fi
	if build gcc-asan gcc -fsanitize=address 2>/dev/null; then
		said=$(under "$library" env ASAN_OPTIONS=detect_leaks=0 "$root/gcc-asan" plain "$outside/x")
		ok "gcc's AddressSanitizer refuses to come second, by its own words" \
			grep -q 'runtime does not come first' <<<"$said"
		said=$(gcc -print-file-name=libasan.so)
		neighbour "first, it is content" "$(readlink -f "$said") $library" env ASAN_OPTIONS=detect_leaks=0 \
			"$root/gcc-asan" plain
	else
		skip "gcc's AddressSanitizer" "no runtime here"
	fi
}

# Blind spots: the kernel denies all the same, the log says nothing.
unseen()
{
	is "$1: denied by the kernel" "$(shift; under "$library" "$@" "$outside/x")" EACCES
	ok "$1: unseen by the library" not denied
}

libraries()
{
	build plugin.so cc -shared -fPIC -DPLUGIN
	neighbour "a plugin's call" "$library" "$root/plain" plugin "$root/plugin.so"
	unseen "RTLD_DEEPBIND: a plugin that finds libc before us" "$root/plain" deepbind "$root/plugin.so"
	unseen "a system call of the program's own" "$root/plain" raw
}

build plain cc
# fakeroot answers one stat function by another, which comes back through our wrappers with what they hold.
fakeroots()
{
	echo data >"$root/data"
	fake()
	{
		rm -f "$log"
		fakeroot sh -c "cd /; LD_PRELOAD='$library':\$LD_PRELOAD PRECLUDE_ROOTS='$root' PRECLUDE_LOG='$log' $1" 2>&1
	}
	is "fakeroot: a file inside is found, whatever directory was looked at before" \
		"$(fake "PRECLUDE_CONFINE=all bash -c '[ -d / ]; [ -d /var ]; [ -e $root/data ] && echo found'")" found
	is "fakeroot: a file inside is given away, as it seems" \
		"$(fake "PRECLUDE_CONFINE=all sh -c 'chown 1234 $root/data && ls -ln $root/data'" | cut -d ' ' -f 3)" 1234
	ok "fakeroot: one outside is not" not fake "chown 1234 $outside"
}

# What a script in the root does under a library that pretends: said by it, and seen from outside.
pretended()
{
	local preload=$1
	shift
	rm -rf "$root/pretend" && mkdir -m 777 "$root/pretend"
	(cd "$root/pretend" && PRECLUDE_ROOTS=$root PRECLUDE_LOG=off preload=$preload timeout "$(patience 60)" "$@" 2>&1)
	find "$root/pretend" -printf '%P %u %m %l\n' | sort
}

# shellcheck disable=SC2016
pretenders()
{
	local said anchor
	local enter='eval "LD_PRELOAD=\"$preload\""; export LD_PRELOAD; exec /bin/sh -c "$1"'
	local fake='echo x >f; mkdir d; ln -s f l; chown 12:34 f; chmod 4751 f; chown 5:6 d/; chown -h 7:8 l; mknod n b 8 0
		install -o 3 -g 4 -m 640 f d/g; stat -c "%n %u:%g %a %F" f d l n d/g; touch -d @1000 f; stat -c "%a %Y" f'
	local jail='cd /; echo x >f; mkdir d; ln -s /f l; chmod 4751 /f; chmod 700 d; mkdir /d/e; mv /f /d/g; touch -d @1000 /d/g
		setfattr -n user.a -v b /d/g; stat -c "%n %u:%g %a %F" /d/g d /l; stat -c %Y /d/g'
	local faked=("${nobody[@]}" fakeroot sh -c "$enter" sh "$fake")
	local jailed=(env "FAKECHROOT_EXCLUDE_PATH=/usr:/bin:/lib:/lib64:/proc:/dev:/etc:$B" fakechroot /usr/sbin/chroot
		"$root/pretend" /bin/sh -c "$enter" sh "$jail")

	chmod 755 "$root"
	install -m 755 "$library" "$scratch/" # where nobody may read it, wherever this was built
	local library=$scratch/libpreclude.so
	said=$(pretended '$LD_PRELOAD' "${faked[@]}")
	ok "fakeroot pretends" grep -qx 'f 12:34 4751 regular file' <<<"$said"
	for anchor in off on; do
		is "fakeroot before ours, anchor $anchor: it pretends the same" \
			"$(PRECLUDE_ANCHOR=$anchor pretended "\$LD_PRELOAD $library" "${faked[@]}")" "$said"
		is "fakeroot behind ours, anchor $anchor: it pretends the same" \
			"$(PRECLUDE_ANCHOR=$anchor pretended "$library \$LD_PRELOAD" "${faked[@]}")" "$said"
	done
	said=$(pretended '$LD_PRELOAD' "${jailed[@]}")
	ok "fakechroot pretends" grep -qx "/d/g $(id -u):$(id -g) 4751 regular file" <<<"$said"
	for anchor in off on; do
		is "fakechroot before ours, anchor $anchor: it pretends the same" \
			"$(PRECLUDE_ANCHOR=$anchor pretended "\$LD_PRELOAD $library" "${jailed[@]}")" "$said"
	done
	ok "fakechroot behind ours: what it will make of a path, nobody can judge" \
		not grep -qx "/d/g $(id -u):$(id -g) 4751 regular file" <<<"$(pretended "$library \$LD_PRELOAD" "${jailed[@]}")"
}

allocators
fakeroots
pretenders
sanitizers
libraries
finish
