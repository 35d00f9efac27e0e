#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude run: what it refuses, what it hands on, and what holds where the library cannot enter.

. "$(dirname "$0")/../../tap.sh"

# Where other users may enter: a checkout may lie in somebody's private home.
mkdir "$scratch/bin"
install -m 755 "$B/preclude" "$library" "$B/tests/tools/prog_try" "$scratch/bin"
preclude=$scratch/bin/preclude library=$scratch/bin/libpreclude.so
try=$scratch/bin/prog_try
root=$scratch/root outside=$scratch/outside
mkdir -p "$root/a" "$root/b" "$outside"
chmod 777 "$root" "$root/a" "$root/b" "$outside"
echo secret >"$outside/there"
chmod 666 "$outside/there"
cc=${CC:-cc}

# run OPTION...: with one root. Both outputs, then the exit status on a line of its own.
run()
{
	"$preclude" run --log off --root "$root" "$@" 2>&1
	echo "status $?"
}

# refuses NAME PATTERN OPTION...: status 125, one line that matches, and the command did not run.
refuses()
{
	local name=$1 pattern=$2 said status
	shift 2
	said=$("$preclude" run "$@" 2>&1)
	status=$?
	is "$name: 125" "$status" 125
	ok "$name: one line" test "$(wc -l <<<"$said")" -eq 1
	ok "$name: says what" grep -q "^preclude: refused: $pattern" <<<"$said"
}

statuses()
{
	local said

	is "the command's own status" "$(run sh -c 'exit 7')" "status 7"
	is "the command's signal" "$(run sh -c 'kill -TERM $$')" "status 143"
	is "127: not in PATH" "$(PATH=/usr/bin:/bin run no-such-command)" "preclude: no-such-command: No such file or directory
status 127"
	is "127: no such file" "$(run "$scratch/none" | tail -n 1)" "status 127"
	echo 'echo by a shell, "$@"' >"$root/words"
	is "126: not executable" "$(run "$root/words")" "preclude: $root/words: Permission denied
status 126"
	is "126: a directory" "$(run "$scratch" | tail -n 1)" "status 126"
	chmod +x "$root/words"
	is "neither program nor script: a shell's, as with execvp" "$(run "$root/words" a 'b c')" "by a shell, a b c
status 0"
	printf '#!/no/such/interpreter\n' >"$root/script"
	chmod +x "$root/script"
	is "127: a script without its interpreter" "$(run "$root/script" | tail -n 1)" "status 127"

	mkdir -p "$root/first" "$root/second"
	touch "$root/first/cmd"
	printf '#!/bin/sh\necho second\n' >"$root/second/cmd"
	chmod +x "$root/second/cmd"
	is "PATH: on past what is not executable" "$(PATH=$root/first:$root/second:$PATH run cmd)" "second
status 0"
	is "PATH: 126 when that was all" "$(PATH=$root/first:$PATH run cmd | tail -n 1)" "status 126"
	said=$(cd "$root/second" && PATH=$PATH: run cmd)
	is "PATH: an empty element is the working directory" "$said" "second
status 0"
}

refusals()
{
	local said

	refuses "no command" 'no command; write preclude run ' --root "$root"
	refuses "misspelt option" '--rooot: unknown option; did you mean --root?' --rooot "$root" echo ran
	refuses "misspelt option with a value" '--frmaes=3: unknown option; did you mean --frames?' --frmaes=3 echo ran
	refuses "an option that is near to none" '--unveil: unknown option; `preclude run --help` lists them' --unveil "$root" echo ran
	refuses "an option that is cut too short" '--re: may be --read or --require' --re "$root" echo ran
	refuses "short option" '-x: unknown option' -x echo ran
	refuses "missing value" '--root: a value is missing' --root
	refuses "no policy" 'no policy' echo ran
	refuses "unknown value" '--require fulll: unknown; write landlock|full' --root "$root" --require fulll echo ran
	refuses "relative root" '--root here: write an absolute path' --root here echo ran
	refuses "second of two roots" '--root here (element 2): write' --root "$root" --root here echo ran
	refuses "a root with a space" '--root "h ere": write' --root 'h ere' echo ran
	refuses "a root with a colon" '--root h:ere: write' --root h:ere echo ran
	refuses "missing root" "--root $scratch/gone: does not exist; create it" --root "$scratch/gone" echo ran
	refuses "missing root, observing" "--root $scratch/gone: does not exist" --mode observe --root "$scratch/gone" echo ran
	refuses "relative log" '--log ../x: write an absolute path' --root "$root" --log ../x echo ran
	refuses "lone backslash" '--read "\?/a\\"\?: ends in a lone' --root "$root" --read '/a\' --read /b echo ran
	refuses "guarding no option" '--guard tempdir: not an option of rsync.*such as temp-dir' --root "$root" --guard tempdir echo ran
	refuses "confining something else" '--confine on: unknown; write off' --root "$root" --confine on echo ran
	refuses "a switch with another value" '--raw=x: unknown; write on|off' --root "$root" --raw=x echo ran
	refuses "a switch without its =" '--narrow on: write --narrow=on' --root "$root" --narrow on echo ran
	refuses "a configuration without its =" "--rsyncd etc/rsyncd.conf: write --rsyncd=etc/rsyncd.conf" --rsyncd etc/rsyncd.conf echo ran
	refuses "what another option needs" '--narrow-read is given, but --narrow is not on; write --narrow=on' \
		--root "$root" --narrow-read /etc echo ran
	refuses "one option against another" "--read $root/a: read-only, but lies within the writable --root \"$root\"" \
		--root "$root" --read "$root/a" echo ran
	PRECLUDE_ROOTS=$root refuses "an option against a variable" \
		"--read $root/a: read-only, but lies within the writable PRECLUDE_ROOTS, element 1" --read "$root/a" echo ran
	PRECLUDE_READ=$root/a refuses "a variable against an option" \
		"PRECLUDE_READ, element 1, \"$root/a\": read-only, but lies within the writable --root" --root "$root" echo ran
	refuses "a log that is no descriptor" '--log fd:9: descriptor 9 is not open.*or write --log stderr or --log /FILE' \
		--root "$root" --log fd:9 echo ran
	refuses "what no kernel has" '.*--require is abi:99, which no kernel has yet' --root "$root" --require abi:99 echo ran
	if [ "$("$preclude" status --json | jq .abi)" -lt 10 ]; then
		refuses "what this kernel lacks" '.*lacks BIND_UDP.*--require is full' --root "$root" --net none --require full echo ran
	fi
	PRECLUDE_ROOT=/x refuses "misspelt variable" 'PRECLUDE_ROOT: no such variable; did you mean PRECLUDE_ROOTS?' --root "$root" echo ran
	PRECLUDE_FRAMES=99 refuses "a variable's fault is no option's" 'PRECLUDE_FRAMES, "99": ' --root "$root" echo ran
	LL_FS_RW=/ refuses "both kinds" '.*LL_FS_RW' --root "$root" echo ran

	said=$(env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" PRECLUDE_LOG=stderr PRECLUDE_REQUIRE=abi:99 true 2>&1)
	is "a domain that cannot be put in force, by the library alone: one line" "$(cut -d , -f 1 <<<"$said")" \
		"preclude: refused: this kernel has Landlock ABI $("$preclude" status --json | jq .abi)"
	env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$scratch/failed" PRECLUDE_REQUIRE=abi:99 true 2>/dev/null
	is "a domain that cannot be put in force leaves two events in the log" "$(jq -r .event "$scratch/failed" | paste -sd ' ')" "sandbox refused"
	ok "every option is in the help" test "$("$preclude" help run | grep -c '^  --')" -ge 18
	is "no such command" "$("$preclude" frobnicate 2>&1 >&-; echo $?)" \
		"preclude: refused: frobnicate: no such command; \`preclude help\` lists them; see preclude(1)
125"
	is "misspelt command" "$("$preclude" rnu 2>&1)" \
		"preclude: refused: rnu: no such command; did you mean \`preclude run\`?; see preclude(1)"
	ok "--version" grep -qx 'preclude [0-9.]*' <<<"$("$preclude" --version)"
	ok "--help and help are the same" test "$("$preclude" --help)" = "$("$preclude" help)"
}

# A policy written with options, and what the program finds in its environment.
options()
{
	local said

	is "the command's options are its own" "$(run echo --root x -- -y)" "--root x -- -y
status 0"
	is "-- ends the options" "$(run -- printenv -- PRECLUDE_ROOTS)" "$root
status 0"
	is "= and the next word are the same" "$(run --frames=3 printenv PRECLUDE_FRAMES)" "3
status 0"
	is "the last of two counts" "$(run --frames 3 --frames 12 printenv PRECLUDE_FRAMES)" "12
status 0"
	is "an option wins over its variable" "$(PRECLUDE_FRAMES=99 run --frames 4 printenv PRECLUDE_FRAMES)" "4
status 0"
	is "a list of an option replaces that of its variable" \
		"$(PRECLUDE_ROOTS=$outside run printenv PRECLUDE_ROOTS)" "$root
status 0"
	# bash takes the last of two, getenv(3) the first: one must be left.
	is "a variable that is there twice is replaced twice" "$(PRECLUDE_FRAMES=2 "$try" append PRECLUDE_FRAMES=3 \
		"$preclude" run --log off --root "$root" --frames 5 env | grep ^PRECLUDE_FRAMES)" "PRECLUDE_FRAMES=5"
	is "a list is appended to" "$(run --root "out=$outside,ro" printenv PRECLUDE_ROOTS)" "$root:out=$outside,ro
status 0"
	mkdir -p "$scratch/with:colon"
	is "a colon in a path is part of it" "$(run --read "$scratch/with:colon" printenv PRECLUDE_READ)" \
		"$scratch/with\\:colon
status 0"
	is "escaped or not" "$(run --read "$scratch/with\\:colon" printenv PRECLUDE_READ)" "$scratch/with\\:colon
status 0"
	is "words may be given in one list" "$(run --flag looks:outside --flag unanchored printenv PRECLUDE_FLAG)" \
		"looks:outside:unanchored
status 0"
	is "an empty root is no root" \
		"$("$preclude" run --log off --root '' "$try" write "$root/x" 2>&1)" "Permission denied"
	is "the same process" "$(sh -c 'echo $$; exec "$@"' sh "$preclude" run --log off --root "$root" \
		sh -c 'echo $$' | uniq | wc -l)" 1
	is "argv[0] is as it was typed" "$(run sh -c 'echo $0')" "sh
status 0"
}

preloading()
{
	local other=$scratch/other.so said

	echo 'int nothing_much;' | $cc -shared -fPIC -xc -o "$other" - || return
	cp "$other" "$scratch/third.so"
	is "the library is preloaded" "$(run printenv LD_PRELOAD)" "$library
status 0"
	is "in front of what is there, space or colon" \
		"$(LD_PRELOAD="$other $scratch/third.so:$other" run printenv LD_PRELOAD)" \
		"$library:$other:$scratch/third.so:$other
status 0"
	is "a library that is already preloaded is named once" "$(LD_PRELOAD="$other:$library" run printenv LD_PRELOAD)" "$library:$other
status 0"
	is "twice nested, too" "$(run "$preclude" run --log off --root "$root" printenv LD_PRELOAD)" "$library
status 0"
	PRECLUDE_MODE=off refuses "mode off in the environment, and an option that asks for a policy" \
		"PRECLUDE_MODE is off in the environment, and --root asks for a policy" --root "$root" echo ran
	is "mode off: nothing at all" "$(run --mode off sh -c 'echo "${LD_PRELOAD-none}"; : >"$1"' sh "$outside/off")" \
		"none
status 0"

	mkdir -p "$scratch/moved"
	cp "$preclude" "$scratch/moved/"
	if [ ! -e /usr/local/lib/libpreclude.so ]; then
		said=$("$scratch/moved/preclude" run --root "$root" echo ran 2>&1)
		ok "no library, no run" grep -q '^preclude: refused: libpreclude.so cannot be read beside' <<<"$said"
	fi
	echo "no library" >"$scratch/moved/libpreclude.so"
	said=$("$scratch/moved/preclude" run --root "$root" echo ran 2>&1)
	is "what is no library is no library: 125" "$?" 125
	ok "a file that is not a library is named" grep -q "^preclude: refused: $scratch/moved/libpreclude.so" <<<"$said"
}

the_log()
{
	local log=$scratch/log

	(umask 0; "$preclude" run --root "$root" --log "$log" true)
	is "the log is created for its owner alone" "$(stat -c %a "$log")" 600
	echo before >"$log"
	"$preclude" run --root "$root" --log "$log" true
	is "an existing log is appended to" "$(head -n 1 "$log")" before
	ln -s "$scratch/elsewhere" "$scratch/link"
	refuses "a log through a symlink" "--log $scratch/link: .*symbolic link" --root "$root" --log "$scratch/link" echo ran
	ok "whose target stays as it is" not test -e "$scratch/elsewhere"
	refuses "a log without its directory" "--log $scratch/no/log: cannot be opened (ENOENT): its directory is not there" --root "$root" --log "$scratch/no/log" echo ran
	ok "no log for a command that is not found" not test -e "$scratch/unused" -o -n "$("$preclude" run \
		--root "$root" --log "$scratch/unused" no-such-command 2>/dev/null)"
}

# A child with another environment: what becomes of it is said, whichever part is missing.
dropped()
{
	ok "a child without LD_PRELOAD drops the library" grep -q 'warning: execv[a-z]* of /.*true drops the library, since LD_PRELOAD ' <<<"$(
		"$preclude" run --log stderr --root "$root" env -u LD_PRELOAD true 2>&1)"
	ok "so does one with another library of that name" grep -q 'drops the library, since LD_PRELOAD ' <<<"$(
		"$preclude" run --log stderr --root "$root" env LD_PRELOAD=/none/libpreclude.so true 2>&1)"
	ok "and one with it as a part of another name" grep -q 'drops the library, since LD_PRELOAD ' <<<"$(
		"$preclude" run --log stderr --root "$root" sh -c 'LD_PRELOAD=$LD_PRELOAD.old exec true' 2>&1)"
	is "one that finds it as this process did does not" "$(cd "$scratch" && PRECLUDE_ROOTS="$root" PRECLUDE_LOG=stderr \
		LD_LIBRARY_PATH="${library%/*}" LD_PRELOAD=libpreclude.so env LD_PRELOAD="/none.so libpreclude.so" true 2>&1 | grep drops)" ""
	is "nor does one that names another beside it" "$("$preclude" run --log stderr --root "$root" \
		sh -c 'LD_PRELOAD="/none.so $LD_PRELOAD" exec true' 2>&1 | grep drops)" ""
	ok "one with other grants changes the policy" grep -q 'warning: execv[a-z]* of /.*true changes the policy, since PRECLUDE_READ ' <<<"$(
		"$preclude" run --log stderr --root "$root" --read /srv env PRECLUDE_READ=/opt true 2>&1)"
	ok "and so does one with a variable more" grep -q 'warning: execv[a-z]* of /.*true changes the policy, since PRECLUDE_MODE ' <<<"$(
		"$preclude" run --log stderr --root "$root" env PRECLUDE_MODE=off true 2>&1)"
	for call in "system(b'true')" "popen(b'true', b'r')"; do
		ok "and so does a shell that libc executes: $call" grep -q 'warning: .* of /bin/sh changes the policy, since PRECLUDE_MODE ' <<<"$(
			"$preclude" run --log stderr --root "$root" /usr/bin/python3 -c "
import ctypes
libc = ctypes.CDLL(None)
libc.setenv(b'PRECLUDE_MODE', b'off', 1)
libc.$call" 2>&1)"
	done
	is "one with the same environment changes nothing" "$("$preclude" run --log stderr --root "$root" env true 2>&1 | grep changes)" ""
}

# What holds where the library does not get in: the outer layer, and a line that says so.
static_programs()
{
	local static=$scratch/static warned

	if ! $cc -static -D_GNU_SOURCE -o "$static" "$top/tests/tools/prog_try.c" 2>/dev/null; then
		skip "static programs" "no static libc"
		return
	fi
	warned="preclude: warning: $static is static: the library cannot enter it; only the outer layer (no writes outside the policy) holds, nothing is logged"
	is "static: warned, and writes inside" "$(run "$static" write "$root/x")" "$warned
done
status 0"
	is "static: no write outside" "$(run "$static" write "$outside/there" | tail -n 2)" "Permission denied
status 1"
	is "static: no directory outside" "$(run "$static" mkdir "$outside/d" | tail -n 2)" "Permission denied
status 1"
	is "static: no removal outside" "$(run "$static" unlink "$outside/there" | tail -n 2)" "Permission denied
status 1"
	is "static: reads anywhere" "$(run "$static" read "$outside/there" | tail -n 2)" "done
status 0"
	is "static: renames between directories inside" \
		"$(: >"$root/a/f"; run "$static" rename "$root/a/f" "$root/b/f" | tail -n 2)" "done
status 0"
	is "static: a read-only root is read-only" \
		"$("$preclude" run --log off --root "$root,ro" "$static" write "$root/x" 2>/dev/null)" "Permission denied"
	is "static: base lets it write to /dev/null" "$(run "$static" write /dev/null | tail -n 2)" "done
status 0"
	is "static: without base it does not" "$(run --base none "$static" write /dev/null | tail -n 2)" "Permission denied
status 1"
	is "no descriptor is handed on" "$("$preclude" run --root "$root" --log "$scratch/log" "$static" descriptors \
		2>/dev/null)" "$("$static" descriptors)"
	is "static: observe restricts nothing, and says that it sees nothing" \
		"$(run --mode observe "$static" write "$outside/there")" \
		"preclude: warning: $static is static: the library cannot enter it; nothing is logged
done
status 0"
	refuses "static, require full" '--require full: .*is static, and the library cannot enter it' --log off --root "$root" --require full \
		"$static" write "$root/no"
	refuses "static, require abi:1" '--require abi:1: .*is static' --log off --root "$root" --require abi:1 \
		"$static" write "$root/no"
	ok "a refused static program did not run" not test -e "$root/no"
	printf '#!%s write\n' "$static" >"$root/script"
	chmod +x "$root/script"
	is "a script is as good as its interpreter" "$(run "$root/script")" \
		"preclude: warning: $root/script is run by $static, which ${warned#*"$static "}
done
status 0"
	is "children of a static program are in the layer too" \
		"$(printf '#!%s write\n' "$static" >"$outside/script"; chmod +x "$outside/script"
			run "$outside/script" | tail -n 2)" "Permission denied
status 1"
	is "the terminal can be written to" \
		"$(script -qec "$preclude run --log off --root $root $static write \$(tty 2>/dev/null || echo /dev/tty)" \
			/dev/null </dev/null | tail -n 1 | tr -d '\r')" "done"
}

# Without Landlock there is no outer layer, and no pretence of one.
no_landlock()
{
	local fake=$B/tests/kernels/prog_fake_kernel static=$scratch/static

	if [ ! -x "$static" ]; then
		skip "no Landlock" "no static libc"
		return
	fi
	is "no Landlock: 125, and nothing ran" \
		"$("$fake" enosys "$preclude" run --log off --root "$root" "$static" write "$root/no" 2>/dev/null; echo $?)" 125
	is "no Landlock, require nothing: runs, and nothing is promised" \
		"$("$fake" enosys "$preclude" run --log off --root "$root" --require nothing "$static" write \
			"$outside/there" 2>&1 | tail -n 2)" \
		"preclude: warning: $static is static: the library cannot enter it; nothing restricts it, nothing is logged
done"
	ok "running unconfined is warned of" grep -q '^preclude: warning: running unconfined' <<<"$("$fake" enosys "$preclude" run \
		--log off --root "$root" --require nothing "$static" write "$outside/there" 2>&1)"
	is "ABI 1: the outer layer holds" "$("$fake" abi:1 "$preclude" run --log off --root "$root" "$static" write \
		"$outside/there" 2>/dev/null)" "Permission denied"
}

other_formats()
{
	local program=$scratch/other

	if musl-gcc -D_GNU_SOURCE -o "$program" "$top/tests/tools/prog_try.c" 2>/dev/null; then
		is "another libc: runs, under the outer layer alone" "$(run "$program" write "$outside/there")" \
			"preclude: warning: $program is linked to another libc: the library cannot enter it; only the outer layer (no writes outside the policy) holds, nothing is logged
Permission denied
status 1"
		is "another libc: not preloaded" "$(LD_PRELOAD=$library run "$program" value LD_PRELOAD | tail -n 2)" "
status 0"
	else
		skip "another libc" "no musl-gcc"
	fi
	if i686-linux-gnu-gcc -D_GNU_SOURCE -o "$program" "$top/tests/tools/prog_try.c" 2>/dev/null; then
		is "32 bits: runs, under the outer layer alone" "$(run "$program" write "$outside/there" | grep -v ld.so)" \
			"preclude: warning: $program is a 32-bit program: the library cannot enter it; only the outer layer (no writes outside the policy) holds, nothing is logged
Permission denied
status 1"
	else
		skip "32 bits" "no 32-bit compiler"
	fi
}

# as_user OPTION...: run, as somebody who is not root.
as_user()
{
	"${nobody[@]}" "$preclude" run --log off --root "$root" "$@" 2>&1
}

privileged_programs()
{
	local setuid=$scratch/setuid capable=$scratch/capable

	root_for "setuid programs" "to make them" || return
	if findmnt -n -o OPTIONS -T "$scratch" | grep -q nosuid; then
		skip "setuid programs" "$scratch is mounted nosuid"
		return
	fi
	install -m 4755 "$try" "$setuid"
	is "setuid, observed: the library is not let in, and that is said" "$(as_user --mode observe "$setuid" secure)" \
		"preclude: warning: $setuid is setuid or setgid: the library cannot enter it; nothing is logged
1"
	is "setuid, enforced: the bit has no effect, and that is said" "$(as_user "$setuid" secure)" \
		"preclude: warning: $setuid is setuid or setgid, which has no effect under no_new_privs: it runs with your own ids
0"
	is "setuid to oneself is nothing special" "$(run "$setuid" secure)" "0
status 0"
	chown 65534 "$setuid"
	chmod 4755 "$setuid"
	is "setuid to another, by root: the outer layer alone" "$(run "$setuid" write "$outside/there")" \
		"preclude: warning: $setuid is setuid or setgid: the library cannot enter it; only the outer layer (no writes outside the policy) holds, nothing is logged
Permission denied
status 1"
	refuses "setuid, require full" '--require full: .*setuid' --log off --root "$root" --require full "$setuid" secure

	install -m 755 "$try" "$capable"
	# cap_net_raw=ep, as setcap(8) would write it
	if setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$capable" 2>/dev/null; then
		is "file capabilities: no_new_privs does not let the library in" "$(as_user "$capable" secure)" \
			"preclude: warning: $capable has file capabilities: the library cannot enter it; only the outer layer (no writes outside the policy) holds, nothing is logged
1"
		is "which are nothing special to root" "$(run "$capable" secure)" "0
status 0"
	else
		skip "file capabilities" "cannot be set here"
	fi
	install -m 711 "$try" "$scratch/unreadable"
	ok "what cannot be read is not judged" grep -q "unreadable cannot be read: whether the library can enter it is not known; if not, only the outer layer" \
		<<<"$(as_user "$scratch/unreadable" secure)"
}

# no_syslogd COMMAND...: where none listens, whatever this machine has, and with no terminal.
no_syslogd()
{
	unshare -m setsid -w sh -c '[ ! -e /dev/log ] || mount --bind /dev/null /dev/log; exec "$@"' - "$@"
}

# Without a syslogd, output that is thrown away or goes to one file.
nowhere_to_log()
{
	local said=$scratch/said

	root_for "no syslogd" "to hide /dev/log" || return
	no_syslogd sh -c '"$@" >/dev/null 2>&1' - "$preclude" run --root "$root" "$try" mkdir "$outside/denied"
	is "all output to /dev/null: the command's own status" $? 1
	no_syslogd sh -c '"$@" >/dev/null 2>&-' - "$preclude" run --root "$root" sh -c 'exit 7'
	is "standard error is closed: the command's own status" $? 7
	no_syslogd sh -c '"$@" >/dev/null 2>&1' - env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" sh -c 'exit 7'
	is "the library alone: the same" $? 7
	no_syslogd "$preclude" run --root "$root" echo ran >"$said" 2>&1
	is "all output to one file: 125" $? 125
	is "all output to one file is refused in one line that says what to add" "$(cat "$said")" "preclude: refused: nowhere to log: standard error is standard \
output too, and no syslogd is at /dev/log (ENOENT); add --log stderr or --log /FILE; see preclude(1)"
	no_syslogd "$preclude" run --log stderr --root "$root" echo ran >"$said" 2>&1
	ok "all output to one file is accepted with the option that was named" grep -qx ran "$said"
	no_syslogd env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" sh -c : >"$said" 2>&1
	is "the library alone: 125" $? 125
	ok "in words of its own" grep -q '^preclude: refused: nowhere to log: .*; add PRECLUDE_LOG=stderr or PRECLUDE_LOG=/FILE;' "$said"
	is "a refusal that is thrown away reaches the terminal" "$(unshare -m sh -c '[ ! -e /dev/log ] || mount --bind /dev/null /dev/log
		exec script -qec "$0 run --root here true >/dev/null 2>&1" /dev/null </dev/null' "$preclude" | tr -d '\r')" \
		"preclude: refused: --root here: write an absolute path, or NAME=/path; see preclude(1)"
}

statuses
refusals
nowhere_to_log
options
preloading
the_log
dropped
static_programs
no_landlock
other_formats
privileged_programs
finish
