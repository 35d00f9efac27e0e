#!/bin/bash
# SPDX-License-Identifier: ISC
# PRECLUDE_CONFINE_RAW=on: metadata is changed by the library's gate alone. What prog_gate.c does inside is as without the
# library, by whatever way; outside it is refused; without the library, and by ways that nobody judges, it is EPERM.

. "$(dirname "$0")/../../tap.sh"

if [ "$(uname -m)" != x86_64 ]; then
	skip "the gate" "it is for x86_64"
	finish
fi

program=$B/tests/shim/syscall/prog_gate
root=$scratch/root outside=$scratch/outside log=$scratch/log
mkdir "$root" "$outside"
policy=("PRECLUDE_ROOTS=$root" "PRECLUDE_EXEC=$B" "PRECLUDE_READ=$scratch" "PRECLUDE_LOG=$log")

# with [VARIABLE=VALUE...] COMMAND...: under the gate
with()
{
	rm -f "$log"
	env "LD_PRELOAD=$library" "${policy[@]}" PRECLUDE_CONFINE_RAW=on "$@" 2>&1
}

# A file and a link to it, as new, in DIRECTORY.
fresh()
{
	mkdir -p "$1"
	rm -f "$1/file" "$1/link"
	echo text >"$1/file"
	ln -s file "$1/link"
	! is_root || chown 1:1 "$1/file"
	touch -d @1 "$1/file"
	touch -h -d @1 "$1/link"
}

# All that is metadata, but what a call that was made changes by itself.
state()
{
	(cd "$1" && stat -c '%n %a %u %g %y' file link && getfattr -h -d -m - -e text file link; lsattr file)
}

# changed WAY COMMAND...: what a way says, and what it makes of a fresh file. With "env -C", by one name.
changed()
{
	local way=$1 in=$root/
	shift
	fresh "$root"
	[[ "$*" != *env\ -C* ]] || in=
	"$@" "$program" "$way" "${in}file" "${in}link"
	echo "status $?"
	state "$root"
}

refused()
{
	local way=$1 error=$2 but=$3 before
	shift 3
	before=$(state "$(dirname "$file")")
	said=$("$@" "$program" "$way" "$file" "$(dirname "$file")/link")
	is "$way, $what: each is $error" "$(grep -v " $error\$" <<<"$said" | grep -Ev "$but")" ""
	ok "$way, $what: there were some" [ "$(grep -c " $error\$" <<<"$said")" -ge 20 ]
	is "$way, $what: nothing is changed" "$(state "$(dirname "$file")")" "$before"
}

# events FILTER: whether some event of the log is so.
events()
{
	jq -es "any(.[]; $1)" "$log" >/dev/null
}

for way in raw numbers functions; do
	is "$way, inside: as without the library" "$(changed $way with)" "$(changed $way env)"
	# One name is not held, but left to the call.
	is "$way, by one name: as without the library" "$(changed $way with env -C "$root")" "$(changed $way env -C "$root")"
done
old() { rm -f "$log"; "$program" old env "LD_PRELOAD=$library" "${policy[@]}" PRECLUDE_CONFINE_RAW=on "$@"; }
if root_for "functions, before Linux 6.6" "to make such a kernel without no_new_privs"; then
	is "functions, before Linux 6.6: as without the library" "$(changed functions old)" "$(changed functions "$program" old env)"
	is "functions, by one name, too" "$(changed functions old env -C "$root")" "$(changed functions "$program" old env -C "$root")"
fi
is "from threads and children, inside: as without the library" "$(changed places with)" "$(changed places env)"
is "handlers between calls" "$(changed interrupted with)" "$(changed interrupted env)"
is "handlers between instructions" "$(changed stepped with PRECLUDE_FLAG=all PRECLUDE_FRAMES=1)" "$(changed stepped env)"
ok "and no call of the library's own is taken for the program's" not events '.func == "raw(fchmodat2)"'
is "other calls through other doors" "$(changed open-doors with)" "$(changed open-doors env)"

# What libc, or the kernel before it looks at the file, refuses by itself.
own='EINVAL$|EBADF$|"missing".* ENOENT$|EOPNOTSUPP$'
# It asks for no change, which the kernel finds to be so before it looks at the path.
nothing='^mount_setattr .* 0$'
# What the kernel keeps from others than root, whatever the policy is.
for_root='^$' raised=false
is_root || nothing='^mount_setattr .* EPERM$' for_root='^[lf]*\(chown\|mount_setattr\).* EPERM$' raised=true
file=$outside/file what=outside
fresh "$outside"
refused raw EACCES "$nothing" with
ok "raw, outside: confinement said so, at each" events '[.[]?] | length > 0'
for name in chmod fchmod fchmodat2 lchown utimensat fsetxattr setxattrat file_setattr ioctl; do
	ok "raw, outside: $name is in the log" \
		events ".func == \"raw($name)\" and .by == \"confine\" and .where == \"granted\""
done
refused numbers EACCES "$nothing" with
refused functions EACCES "$own" with

what="inside" file=$root/file
fresh "$root"
refused raw-thread EPERM '^$' with
refused doors EPERM '^$' with
what="without the library"
bare() { with sh -c 'exec env -i "$@"' sh "$@"; }
refused raw EPERM '^$' bare
refused numbers EPERM '^$' bare
refused functions EPERM "$own" bare
refused doors EPERM '^$' bare
with sh -c "env -i true"
ok "the exec that drops the library says what that means" \
	events '.event == "warning" and (.reason | test("drops the library.*can change no metadata .EPERM."))'

# The event, and one filter however many programs are run.
with PRECLUDE_READ=/proc sh -c "sh -c 'sh -c \"grep Seccomp_filters: /proc/self/status; true\"'" >"$scratch/said"
is "a filter is installed once" "$(cat "$scratch/said")" "Seccomp_filters:	$(($(sed -n 's/^Seccomp_filters:\t//p' /proc/self/status) + 1))"
is "the sandbox event says so, once" \
	"$(jq -c 'select(.event == "sandbox") | [.scope, .confine_raw, .no_new_privs]' "$log")" '["process",true,'$raised']'
with PRECLUDE_FORMAT=text true
ok "in words too" grep -q 'layers 1,.* metadata by the library alone' "$log"
with PRECLUDE_CONFINE_RAW=off true
ok "off: it says that" events '.event == "sandbox" and .confine_raw == false'
is "off: and there is no filter" "$(with PRECLUDE_CONFINE_RAW=off grep -c '^Seccomp:	0' /proc/self/status)" \
	"$(grep -c '^Seccomp:	0' /proc/self/status)"
fresh "$outside"
is "observe: nothing is refused" "$(with PRECLUDE_MODE=observe "$program" raw "$outside/file" "$outside/link" | grep -v ' 0$' | grep -v "$for_root")" ""
is "observe: without the library neither" "$(with PRECLUDE_MODE=observe sh -c 'env -i "$@"' sh "$program" raw "$outside/file" | grep -v ' 0$' | grep -v "$for_root")" ""
ok "observe: the event knows" events '.event == "sandbox" and .confine_raw == false'
with PRECLUDE_MODE=observe "$program" raw "$outside/file" "$outside/link" >/dev/null
ok "observe: raw calls are seen" events '.func == "raw(fchmod)" and .effect == "would-deny"'

with PRECLUDE_CONFINE_RAW=off env PRECLUDE_CONFINE_RAW=on true
is "a child that is the first to ask for it says so" "$(jq -c 'select(.event == "sandbox") | .confine_raw' "$log")" "false
true"
with PRECLUDE_NARROW=on sh -c "cd $root"
ok "narrow: the event of the module knows" events '.scope == "module" and .confine_raw'

# Not root: the filter needs no_new_privs, as the domain does. Nobody may not read where this was built, perhaps. Who is not root
# has been that all along.
chmod 755 "$scratch"
install -m 755 "$library" "$B/tests/kernels/prog_fake_kernel" "$scratch/"
library=$scratch/libpreclude.so
policy=("${policy[@]/#PRECLUDE_EXEC=*/PRECLUDE_EXEC=/usr}")
! is_root || chown 65534 "$root"
fresh "$root"
! is_root || chown 65534 "$root/file"
is "not root: as well" "$(with PRECLUDE_LOG=off "${nobody[@]}" chmod 604 "$root/file")$(stat -c %a "$root/file")" 604
kernels=(env)
! root_for "not root, a kernel without Landlock" "to make such a kernel without no_new_privs" || kernels+=("$scratch/prog_fake_kernel enosys")
for kernel in "${kernels[@]}"; do
	is "not root, ${kernel##*/}: no_new_privs is set for it" \
		"$($kernel "${nobody[@]}" env "LD_PRELOAD=$library" "${policy[@]}" \
			PRECLUDE_LOG=stderr PRECLUDE_FORMAT=json PRECLUDE_REQUIRE=nothing PRECLUDE_CONFINE_RAW=on true 2>&1 |
			jq -c 'select(.event == "sandbox") | [.no_new_privs, .confine_raw]')" '[true,true]'
done
! is_root || chown 0 "$root"

# What it cannot do.
is "without confinement it is refused" "$(with PRECLUDE_CONFINE=off true; echo $?)" \
	"preclude: refused: PRECLUDE_CONFINE_RAW is on, and PRECLUDE_CONFINE, which it completes, is off; write PRECLUDE_CONFINE=metadata or PRECLUDE_CONFINE_RAW=off; see libpreclude(7)
125"
cc -no-pie -Wl,-Ttext-segment=0x70636000 -o "$root/there" -xc - <<<'int main(void) { return 0; }' || exit 1
ok "a program that lies where the gate is" grep -q "^preclude: refused: PRECLUDE_CONFINE_RAW: the gate's page, at 0x70636000," \
	<<<"$(with "$root/there"; [ $? = 125 ] || echo ran)"
cc -shared -fPIC -o "$root/chmod.so" -xc - <<<'int chmod(const char *path, unsigned mode) { return 0; }' || exit 1
ok "a library that stands in for chmod" grep -q "another library stands in for libc's chmod()" \
	<<<"$(rm -f "$log"; env "LD_PRELOAD=$library $root/chmod.so" "${policy[@]}" PRECLUDE_CONFINE_RAW=on true 2>&1)"

# A thread that began before the library.
cc -shared -fPIC -o "$root/early.so" -lpthread -xc - <<'END' || exit 1
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void *late(void *file)
{
	long result = -1, mode = 0600;

	/* No call of libc's, which would enter the library. */
	while (result) {
		usleep(10000);
		__asm__ volatile("syscall" : "=a"(result) : "a"(21L), "D"(getenv("STARTED")), "S"(0L) : "rcx", "r11", "memory");
	}
	__asm__ volatile("syscall" : "=a"(result) : "a"(90L), "D"(file), "S"(mode) : "rcx", "r11", "memory");
	dprintf(1, "%ld\n", result);
	_exit(0);
}
__attribute__((constructor)) static void early(void)
{
	pthread_t thread;

	if (getenv("EARLY"))
		pthread_create(&thread, NULL, late, getenv("EARLY"));
}
END
is "a thread that was there before: EPERM" "$(with "LD_PRELOAD=$library $root/early.so" PRECLUDE_REQUIRE=nothing \
	"EARLY=$root/file" "STARTED=$root/started" sh -c 'unset EARLY; : >"$STARTED"; while :; do sleep 0.1; done' 2>/dev/null)" -1

# Of preclude run, the outer layer has the filter.
cc -static -O1 -D_GNU_SOURCE -w -o "$root/static" "$top/tests/shim/syscall/prog_gate.c" -lpthread || exit 1
fresh "$root/sub"
said=$("$B/preclude" run --root "$root" --log off --confine-raw -- "$root/static" raw "$root/sub/file" "$root/sub/link" 2>&1)
is "a static program by preclude run" "$(grep -v ' EPERM$' <<<"$said" | grep -v '^preclude: warning')" ""
ok "and says so" grep -q 'no metadata' <<<"$said"
is "a program that the library enters, by preclude run" \
	"$("$B/preclude" run --root "$root" --read "$scratch" --log off --confine-raw -- "$program" raw "$root/sub/file" | grep -v ' 0$' | grep -v "$for_root")" ""

# Real programs, on two trees. The second time all of it is a child's child, of a shell under the gate.
cat >"$scratch/work" <<'END'
set -e
umask 022
mkdir a b
for i in 1 2 3 4 5; do echo "$i" >"a/$i"; done
ln -s 1 a/link
mkdir -m 750 a/dir
chmod u=rw,go= a/1
chmod -R g+w a/dir
if [ "$(id -u)" -eq 0 ]; then
	chown 7:8 a/2
	chown -h 9:9 a/link
	chgrp 10 a/3
	install -o 13 -g 14 a/1 b/given
fi
touch -d '2001-02-03 04:05:06.789' a/4
touch -h -d '2002-02-03' a/link
touch -r a/4 a/5
setfattr -n user.name -v value a/1
setfattr -n user.gone -v value a/1
setfattr -x user.gone a/1
setfacl -m u:11:rw a/2
setfacl -d -m g:12:rx a/dir
chattr +A a/3
install -m 641 a/1 b/installed
cp -a a b/copied
mv a/5 b/moved
tar -C a --xattrs --acls -cf tar .
mkdir untarred
tar -C untarred --xattrs --acls -xpf tar
rsync -aXA a/ synced/
rsync -aXA --chmod=Fu+x a/ changed/
[ "$(id -u)" -ne 0 ] || rsync -aXA --chown=15:16 a/ given/
tar -cf - a | (mkdir piped; cd piped; tar -xpf -)
/usr/bin/python3 -c 'import os, shutil; shutil.copystat("a/4", "b/installed"); os.chmod("b/moved", 0o612); os.utime("b/moved", (5, 6))'
rm tar
END
tree()
{
	(cd "$1" && find . -printf '%p %y %m %U %G %l ' -type f -printf '%T@ ' , -type f -path '*/[45]' -printf '%T+' , -printf '\n' |
		sed 's/ [0-9]\{10\}\.[0-9]* / /' | sort
	getfattr -R -h -d -m - . | grep -v '^$'
	getfacl -R -p .
	lsattr -R . | sort)
}
mkdir "$root/real" "$scratch/plain"
is "real programs run" "$(cd "$root/real" && with PRECLUDE_READ="$scratch" sh "$scratch/work")" ""
(cd "$scratch/plain" && sh "$scratch/work") || exit 1
is "and leave what they leave without" "$(tree "$root/real")" "$(tree "$scratch/plain")"
ok "which is something" grep -q '^\./synced/4 .*2001-02-03' <<<"$(tree "$root/real")"

finish
