#!/bin/bash
# SPDX-License-Identifier: ISC
# Ordinary programs under the library, with nothing but environment variables.

. "$(dirname "$0")/../../tap.sh"

root=$scratch/root log=$scratch/log
outside=$scratch/outside
helper=$B/tests/shim/start/prog_children
mkdir -p "$root" "$outside"

# confined COMMAND...: with one root and what every program has, nothing else.
confined()
{
	env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" "$@"
}

# events FILTER: those of the log that it selects.
events()
{
	[ -s "$log" ] || echo "there is no log"
	jq -c "select($1)" "$log"
}

# quiet NAME COMMAND...: it succeeds, and the log holds no call that somebody would have to look at.
quiet()
{
	local name=$1
	shift
	rm -f "$log"
	ok "$name" confined "$@"
	is "$name: nothing to report" "$(events '.event != "start" and .event != "sandbox"' | head -n 3)" ""
}

# The exact denial that the log must hold for FILE.
denied()
{
	jq -se --arg file "$1" 'any(.[]; .event == "call" and .resolved == $file and .where == "outside" and
		.effect == "denied" and .by == "landlock" and .errno != null)' "$log" >/dev/null || { cat "$log"; false; }
}

acceptance()
{
	local said
	said=$(LD_PRELOAD=$library PRECLUDE_ROOTS=$root PRECLUDE_LOG=$log sh -c "echo hi > $outside/y" 2>&1)
	ok "a write outside fails" test $? -ne 0
	ok "with EACCES" grep -q 'Permission denied' <<<"$said"
	ok "a denied creation leaves no file" not test -e "$outside/y"
	ok "a denied creation is logged as denied, outside" denied "$outside/y"
	ok "a write inside succeeds" confined sh -c "echo hi > $root/x && test -s $root/x"

	LD_PRELOAD=$library PRECLUDE_ROOTS=$root sh -c "echo hi > $outside/y" 2>"$scratch/text" >/dev/null
	ok "without PRECLUDE_LOG the denial is said on standard error, for people" \
		grep -q "denied.*$outside/y\|$outside/y.*denied" "$scratch/text"

	said=$(LD_PRELOAD=$library PRECLUDE_ROOT=/x sh -c "echo ran" 2>&1)
	is "a misspelt variable is refused with 125" $? 125
	ok "in one line that names it and what to write instead" \
		grep -q '^preclude: refused: .*PRECLUDE_ROOT.*PRECLUDE_ROOTS' <<<"$said"
	is "a refused program does not run" "$(wc -l <<<"$said")" 1

	rm -f "$root/x"
	LD_PRELOAD=$library PRECLUDE_ROOTS='' PRECLUDE_LOG=off sh -c "echo hi > $root/x" 2>/dev/null
	ok "an empty list of roots denies every write" not test -e "$root/x"
	is "without any policy the library is inert" \
		"$(LD_PRELOAD=$library sh -c "echo hi > $outside/inert && cat $outside/inert" 2>&1)" hi
	rm -f "$outside/inert"
}

everyday()
{
	mkdir -p "$root/tree/sub"
	echo one >"$root/tree/a"
	ln "$root/tree/a" "$root/tree/sub/b"
	ln -s ../a "$root/tree/sub/link"

	quiet "sh" sh -c "cd $root && mkdir d && echo hi >d/f && cat d/f && mv d e && rm -r e"
	quiet "sh with a pipe and a here-document" sh -c 'cat <<-END | sort >/dev/null
		b
		a
		END'
	quiet "ls" ls -l "$root" /usr/bin
	quiet "tar" sh -c "cd $root && tar cf t.tar tree && mkdir untarred && tar xf t.tar -C untarred"
	ok "tar: the tree is whole" diff -r "$root/tree" "$root/untarred/tree"
	quiet "cp -a" cp -a "$root/tree" "$root/copied"
	ok "cp -a: the tree is whole" diff -r "$root/tree" "$root/copied"
	is "cp -a: links are links" "$(stat -c %h "$root/copied/a")" 2
	quiet "git" env HOME="$root" GIT_CONFIG_NOSYSTEM= sh -c "
		mkdir $root/repo && cd $root/repo && git init -q . &&
		git config user.email t@example.org && git config user.name t &&
		echo hi >f && git add f && git commit -q -m first && git log --oneline && git status --short"
	quiet "/dev/null and its kin" sh -c 'echo >/dev/null && head -c 1 /dev/zero >/dev/null &&
		head -c 8 /dev/urandom >/dev/null'
	quiet "/proc/self/fd" ls /proc/self/fd
	quiet "a file in a root by its name there" sh -c 'cat /proc/self/fd/3 3<'"$root/tree/a"
	quiet "/dev/fd, a pipe by name" bash -c 'test "$(cat <(echo piped))" = piped'
	quiet "/dev/stdout, a pipe" sh -c 'test "$(echo through >/dev/stdout)" = through'
	quiet "user and group names" id root
	quiet "a locale and a time zone" env LC_ALL=C.UTF-8 TZ=Europe/Berlin date
}

# on_terminal COMMAND: a shell command line, confined, on a terminal of its own; its output.
on_terminal()
{
	rm -f "$log"
	script -qec "env LD_PRELOAD='$library' PRECLUDE_ROOTS='$root' PRECLUDE_LOG='$log' $1" /dev/null </dev/null |
		tr -d '\r'
}

terminal()
{
	ok "stty on a terminal" grep -q speed <<<"$(on_terminal 'stty -a')"
	is "stty that opens the terminal" "$(on_terminal "sh -c 'stty -F /dev/tty rows 33 && stty -F /dev/tty size'")" '33 0'
	is "echo > /dev/stderr on a terminal" "$(on_terminal "sh -c 'echo to-stderr >/dev/stderr'")" to-stderr
	is "echo > /dev/tty" "$(on_terminal "sh -c 'echo to-tty >/dev/tty'")" to-tty
	is "on a terminal: nothing to report" "$(events '.event == "call"' | head -n 3)" ""
}

children()
{
	local how
	for how in self thread fork vfork exec execlp posix_spawn system popen; do
		rm -f "$log"
		is "$how: a child is in the domain" \
			"$(confined "PRECLUDE_EXEC=$B" "$helper" "$how" "$outside/$how")" EACCES
		ok "$how: its call is logged" denied "$outside/$how"
		is "$how: inside it may write" "$(confined "PRECLUDE_EXEC=$B" "$helper" "$how" "$root/$how")" created
	done
	rm -f "$log"
	confined sh -c "sh -c 'sh -c \"echo hi >$outside/deep\"'" 2>/dev/null
	ok "a shell's grandchild's call is logged" denied "$outside/deep"
	is "one start and one sandbox for them all" "$(events '.event == "start" or .event == "sandbox"' | wc -l)" 2

	rm -f "$log"
	confined env -i /bin/sh -c "echo hi >$outside/bare" 2>/dev/null
	ok "a child without the environment keeps the domain" not test -e "$outside/bare"
	ok "an exec that drops the environment is logged" test -n "$(events '.event == "warning"')"
}

chain()
{
	cat >"$root/chain" <<-'EOF'
		#!/bin/sh
		[ "$1" -eq 0 ] || exec "$0" $(($1 - 1)) "$2" "$3"
		echo in >"$2"
		echo out >"$3"
	EOF
	chmod 755 "$root/chain"
	rm -f "$log"
	confined "$root/chain" 40 "$root/end" "$outside/end" >"$scratch/said" 2>&1
	ok "after 40 execs the program runs" test -s "$root/end"
	ok "after 40 execs the program is still in the domain" not test -e "$outside/end"
	is "which was put in force once" "$(events '.event == "sandbox" and .layers == 1' | wc -l)" 1
	is "a chain of execs logs its start once" "$(events '.event == "sandbox" or .event == "start"' | wc -l)" 2
}

devices()
{
	root_for "a block device" "to make it" || return
	mknod "$scratch/try" b 7 0 2>/dev/null || {
		skip "a block device" "device nodes cannot be made here"
		return
	}
	rm -f "$log"
	ok "a block device cannot be made in a root" not confined mknod "$root/disk" b 7 0
	ok "a character device cannot be made in a root" not confined mknod "$root/char" c 1 3
	is "both are logged as denied" "$(events '.event == "call" and .effect == "denied" and .does == "create" and
		.where == "inside"' | wc -l)" 2
	quiet "a fifo can" mkfifo "$root/fifo"
	ok "with ,dev a device can" env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root,dev" PRECLUDE_LOG=off \
		mknod "$root/disk" b 7 0
}

# Linked against the library, so that the loader brings it even where LD_PRELOAD is ignored.
secure()
{
	root_for "a setuid program" "to make it" || return
	local program=$scratch/setuid
	mkdir "$scratch/lib"
	cp "$library" "$scratch/lib/libpreclude.so"
	ln -s libpreclude.so "$scratch/lib/libpreclude.so.0"
	${CC:-cc} -o "$program" "$top/tests/shim/start/prog_children.c" -Wl,--no-as-needed "$scratch/lib/libpreclude.so" \
		"-Wl,-rpath,$scratch/lib" -lpthread || exit 1
	chown 0:0 "$program"
	chmod 755 "$scratch" "$scratch/lib" "$scratch/lib/libpreclude.so" "$program"
	chmod 777 "$outside"
	rm -f "$log"
	is "linked to it, a program obeys the environment" "$(env "PRECLUDE_ROOTS=$root" PRECLUDE_LOG=off \
		"${nobody[@]}" "$program" self "$outside/plain" 2>&1)" EACCES
	chmod 4755 "$program"
	if [ "$("${nobody[@]}" "$program" self "$root/as-root" 2>&1)" != created ]; then
		skip "a setuid program" "set-user-ID is not honoured here"
		return
	fi
	is "a setuid program reads no policy" "$("${nobody[@]}" env "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" \
		"$program" self "$outside/setuid" 2>&1)" created
	is "a setuid program does not refuse a malformed policy" "$("${nobody[@]}" env PRECLUDE_ROOT=/x "$program" self "$outside/setuid2" 2>&1)" created
	ok "a setuid program writes no log" not test -e "$log"
}

starts()
{
	if [ "$(uname -m)" != x86_64 ]; then
		skip "unusual starts" "written for x86-64"
		return
	fi
	local kind
	${CC:-cc} -O1 -w -nostartfiles -DOLD_GLIBC -o "$root/old" "$top/tests/shim/start/start.c" || exit 1
	${CC:-cc} -O1 -w -nostartfiles -o "$root/own" "$top/tests/shim/start/start.c" || exit 1
	ok "the old one really is" grep -q '__libc_start_main@GLIBC_2.2.5' <<<"$(nm -D "$root/old")"
	for kind in old own; do
		"$root/$kind" "$outside/$kind"
		is "$kind start: runs bare" $? 0
		rm -f "$outside/$kind" "$log"
		confined "$root/$kind" "$outside/$kind"
		is "$kind start: is in the domain" $? 13
		ok "$kind start: its call is logged" denied "$outside/$kind"
		confined "$root/$kind" "$root/$kind.file"
		is "$kind start: may write inside" $? 0
	done
}

# As in many a chroot: the program's own name is unknown there.
no_proc()
{
	root_for "without /proc" "to mount over it" || return
	echo x >"$outside/secret"
	is "without /proc: denied" "$(unshare -m sh -c "mount -t tmpfs none /proc &&
		LD_PRELOAD='$library' PRECLUDE_ROOTS='$root' cat '$outside/secret' 2>'$scratch/said'; echo \$?")" 1
	ok "without /proc: logged for people, too" grep -q 'DENIED open.*/secret") .* at ?+0x' "$scratch/said"
}

acceptance
everyday
terminal
children
chain
devices
secure
starts
no_proc
finish
