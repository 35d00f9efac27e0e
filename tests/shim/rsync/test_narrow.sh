#!/bin/bash
# SPDX-License-Identifier: ISC
# PRECLUDE_NARROW, one situation after the other: what a program that enters a module root may do before and after, and
# that it never enters without being narrowed. tests/shim/rsync/prog_narrow.c makes the calls.

. "$(dirname "$0")/../../tap.sh"

program=$B/tests/shim/rsync/prog_narrow
modules="one=$scratch/one:two=$scratch/two"
differ=() denials=0

fresh()
{
	rm -rf "$scratch"/*
	mkdir -p "$scratch"/{one/inner,one/beside,two,out/deep,late}
	local dir
	for dir in one one/inner one/beside two out late; do echo "$dir" >"$scratch/$dir/secret"; done
	mkdir "$scratch/usr"
	chmod -R a+rwX "$scratch"
}

# narrow VARIABLE=VALUE... -- STEP...: the steps' lines, without the scratch directory's name. Log in $scratch/log.
narrow()
{
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	(cd "$scratch" && ${kernel:+"$B/tests/kernels/prog_fake_kernel" "$kernel"} env -i LD_PRELOAD="$library" PRECLUDE_NARROW=on PRECLUDE_ROOTS="$modules" \
		PRECLUDE_LOG="$scratch/log" "${variables[@]}" "$program" "$@" 2>&1) | sed "s|$scratch/||g"
}

# case NAME VARIABLE=VALUE... -- STEP... = LINE...: in a fresh tree, exactly these lines.
case_()
{
	local name=$1 call=()
	shift
	while [ "$1" != = ]; do
		call+=("$1")
		shift
	done
	shift
	fresh
	said=$(narrow "${call[@]}") ran=
	[[ "$said" != *chroot*EPERM* ]] || root_for "$name" "to change its root directory" || return
	ran=yes
	is "$name" "$said" "$(printf '%s\n' "$@")"
}

# then_is NAME GOT WANTED: of what the last case left.
then_is()
{
	if [ -n "$ran" ]; then is "$@"; else skip "$1" "needs root: to change its root directory"; fi
}

# log FILTER: the events of the last case that it selects, as lines of its output.
log()
{
	jq -r "$1" "$scratch/log"
}
entries='select(.event == "sandbox" and .scope == "module") | .module + " " + .outcome'

# After each way in: its own tree with its own rights, the narrow base, and nothing else.
for way in chdir rawchdir fchdir; do
	case_ "$way narrows" -- $way one read secret write new make dir rename new dir/new read ../two/secret write ../two/x \
		list .. list ../two read /etc/passwd list /etc read /etc/shadow write /dev/null run /bin/true = \
		"$way one ok" "read secret ok" "write new ok" "make dir ok" "rename new dir/new ok" "read ../two/secret EACCES" \
		"write ../two/x EACCES" "list .. EACCES" "list ../two EACCES" "read /etc/passwd ok" "list /etc EACCES" \
		"read /etc/shadow EACCES" "write /dev/null ok" "run /bin/true ok"
	then_is "$way: one line says so" "$(log "$entries")" "one enforced"
	then_is "$way: and what the other module's file met" "$(log 'select(.func == "open" and .path == "../two/secret") |
		"\(.where) \(.effect) \(.by) \(.module)"')" "inside denied landlock two"
	then_is "$way: with the module that it was called from" "$(log 'select(.func == "open" and .path == "../two/secret") |
		.from_module')" one
	then_is "$way: which a call in its own module leaves out" "$(log 'select(.path == "..") |
		.from_module')" null
	then_is "$way: what was allowed is no event" "$(log 'select(.event == "call" and .effect != "denied")')" ""
done
for way in chroot rawchroot; do
	case_ "$way narrows" -- $way one read /secret write /new read two/secret chdir / list . read ../two/secret = \
		"$way one ok" "read /secret ok" "write /new ok" "read two/secret EACCES" "chdir / ok" "list . ok" \
		"read ../two/secret ENOENT"
	then_is "$way: one line says so" "$(log "$entries")" "one enforced"
done
fresh
is "a person is told that it is another module" "$(narrow PRECLUDE_LOG=stderr -- chdir one read ../two/secret |
	sed -n 's/^preclude: DENIED \(.*\) at .*/\1/p')" 'open("../two/secret") in one -> two/secret (inside another module, from a root; '\
'open, unanchored) EACCES by landlock in module two, from module one'
case_ "a symlink to a root is that root" -- chdir late/../one read secret read ../two/secret = \
	"chdir late/../one ok" "read secret ok" "read ../two/secret EACCES"
case_ "before, every module is open, and so it is without the variable" PRECLUDE_NARROW=off -- chdir one read ../two/secret = \
	"chdir one ok" "read ../two/secret ok"
case_ "what is no root is entered as ever" -- chdir out cwd chdir deep chdir ../.. read two/secret chroot late = \
	"chdir out ok" "out: cwd ok" "chdir deep ok" "chdir ../.. ok" "read two/secret ok" "chroot late ok"
case_ "errors are as without" -- chdir nowhere chdir one/secret chroot nowhere chdir "" read two/secret = \
	"chdir nowhere ENOENT" "chdir one/secret ENOTDIR" "chroot nowhere ENOENT" "chdir  ENOENT" "read two/secret ok"

# A module's own rights.
case_ "a read-only module" "PRECLUDE_ROOTS=one=$scratch/one,ro:two=$scratch/two" -- write two/x chdir one read secret write x = \
	"write two/x ok" "chdir one ok" "read secret ok" "write x EACCES"
case_ "a read-only root beneath a writable one binds after entry" "PRECLUDE_ROOTS=one=$scratch/one:in=$scratch/one/inner,ro" \
	-- write one/inner/x chdir one/inner read secret write y write "$scratch/one/z" = \
	"write one/inner/x ok" "chdir one/inner ok" "read secret ok" "write y EACCES" "write one/z EACCES"
then_is "and no call is unknown for it" "$(log 'select(.where == "unknown")')" ""
case_ "two modules on one directory: the name that rsync gives counts" "PRECLUDE_ROOTS=one=$scratch/one:pub=$scratch/one,ro" \
	-- setenv RSYNC_MODULE_NAME pub fork [ chdir one write x ] setenv RSYNC_MODULE_NAME one chdir one write y = \
	"setenv RSYNC_MODULE_NAME pub ok" "chdir one ok" "write x EACCES" "setenv RSYNC_MODULE_NAME one ok" "chdir one ok" "write y ok"

# At most once a process.
case_ "a process is narrowed once" -- chdir one chdir inner read secret chdir .. read secret chdir ../two chdir "$scratch/one" \
	write new = "chdir one ok" "chdir inner ok" "read secret ok" "chdir .. ok" "read secret ok" "chdir ../two ok" "chdir one ok" \
	"write new ok"
is "also where one module holds another" "$(fresh; narrow "PRECLUDE_ROOTS=one=$scratch/one:in=$scratch/one/inner" -- chdir one \
	chdir inner write ../new | tail -n 1; log "$entries")" "$(printf 'write ../new ok\none enforced')"
case_ "a child of a narrowed process is narrow; a narrowed child's parent is not" -- fork [ chdir one fork [ read \
	"$scratch/two/secret" chdir ../two ] read secret ] read two/secret chdir two read secret read ../one/secret = \
	"chdir one ok" "read two/secret EACCES" "chdir ../two ok" "read secret ok" "read two/secret ok" "chdir two ok" "read secret ok" \
	"read ../one/secret EACCES"
then_is "a line for each" "$(log "$entries")" "$(printf 'one enforced\ntwo enforced')"
case_ "so it is with vfork, whose child runs in its parent's memory" "PRECLUDE_ROOTS=$modules:in=$scratch/one/inner" -- \
	vfork [ chdir one read secret read ../two/secret chdir inner write ../new ] vfork [ chdir two read secret read \
	../one/secret ] read one/secret chdir two write new read ../one/secret = \
	"chdir one ok" "read secret ok" "read ../two/secret EACCES" "chdir inner ok" "write ../new ok" "chdir two ok" "read secret ok" \
	"read ../one/secret EACCES" "read one/secret ok" "chdir two ok" "write new ok" "read ../one/secret EACCES"
then_is "a line for each of these, too" "$(log "$entries")" "$(printf 'one enforced\ntwo enforced\ntwo enforced')"

# After rsync has said that a module comes next.
for how in "setenv RSYNC_MODULE_PATH $scratch/late" "putenv RSYNC_MODULE_PATH=$scratch/late"; do
	case_ "after ${how%% *}: what is no root is not entered" -- $how chdir late chdir out fchdir late chroot late chdir / \
		unsetenv RSYNC_MODULE_PATH chdir late clearenv chdir late read two/secret = \
		"${how//$scratch\//} ok" "chdir late EACCES" "chdir out EACCES" "fchdir late EACCES" "chroot late EACCES" "chdir / EACCES" \
		"unsetenv RSYNC_MODULE_PATH ok" "chdir late EACCES" "clearenv ok" "chdir late EACCES" "read two/secret ok"
	then_is "after ${how%% *}: and the way out is said" "$(log 'select(.event == "warning") | .reason' |
		grep -c 'is refused: module ? is not in the policy .*preclude rsyncd --format unit >')" 7
done
case_ "chroot(\"/\") changes nothing" -- setenv RSYNC_MODULE_PATH "$scratch/one" chroot / read two/secret chdir one read \
	../two/secret = "setenv RSYNC_MODULE_PATH one ok" "chroot / ok" "read two/secret ok" "chdir one ok" "read ../two/secret EACCES"
case_ "a module that another one's directory was put in the place of" -- setenv RSYNC_MODULE_PATH "$scratch/one" chdir two \
	chdir one = "setenv RSYNC_MODULE_PATH one ok" "chdir two EACCES" "chdir one ok"
is "which only a restart can accept" "$(log 'select(.event == "warning") | .reason' | grep -c 'if that was intended, restart the daemon$')" 1
case_ "the same, by its name" -- setenv RSYNC_MODULE_NAME one setenv RSYNC_MODULE_PATH /elsewhere chdir two chdir one = \
	"setenv RSYNC_MODULE_NAME one ok" "setenv RSYNC_MODULE_PATH /elsewhere ok" "chdir two EACCES" "chdir one ok"
fresh
is "a hook, executed with the variable, keeps the domain" "$(cd "$scratch" && env -i LD_PRELOAD="$library" PRECLUDE_NARROW=on \
	PRECLUDE_ROOTS="$modules" PRECLUDE_LOG="$scratch/log" PRECLUDE_EXEC="$program" /bin/sh -c \
	'RSYNC_MODULE_PATH=/x exec "$0" "$@"' "$program" chdir one write ../two/x chdir ../out)" \
	"$(printf '%s\n' "chdir one ok" "write ../two/x ok" "chdir ../out ok")"
case_ "the first program with the variable is none" RSYNC_MODULE_PATH=/x -- chdir out chdir ../one read ../two/secret = \
	"chdir out ok" "chdir ../one ok" "read ../two/secret EACCES"
case_ "a root that was away at the start" "PRECLUDE_ROOTS=one=$scratch/one:gone=?$scratch/gone" -- setenv RSYNC_MODULE_NAME gone \
	setenv RSYNC_MODULE_PATH "$scratch/gone" chdir one chdir gone = "setenv RSYNC_MODULE_NAME gone ok" \
	"setenv RSYNC_MODULE_PATH gone ok" "chdir one EACCES" "chdir gone ENOENT"
case_ "/ as a module: rsync's probe enters it and is not narrowed to it" "PRECLUDE_ROOTS=all=/:one=$scratch/one" -- \
	setenv RSYNC_MODULE_NAME one chroot / chdir / setenv RSYNC_MODULE_PATH "$scratch/one" chdir "$scratch/one" read ../two/secret = \
	"setenv RSYNC_MODULE_NAME one ok" "chroot / ok" "chdir / ok" "setenv RSYNC_MODULE_PATH one ok" "chdir one ok" \
	"read ../two/secret EACCES"

# outer/./inner
for outer in "" "one=$scratch/one:"; do
	case_ "outer/./inner${outer:+, the outer a module}: the inner counts" "PRECLUDE_ROOTS=${outer}in=$scratch/one/inner" -- \
		setenv RSYNC_MODULE_PATH "$scratch/one/inner" chroot one chdir /inner read secret read /beside/secret = \
		"setenv RSYNC_MODULE_PATH one/inner ok" "chroot one ok" "chdir /inner ok" "read secret ok" "read /beside/secret EACCES"
	then_is "outer/./inner${outer:+, the outer a module}: it alone" "$(log "$entries")" "in enforced"
done
case_ "outer/./inner, only the outer a module: the outer counts" -- setenv RSYNC_MODULE_PATH "$scratch/one/inner" chroot one \
	chdir /inner read /beside/secret = "setenv RSYNC_MODULE_PATH one/inner ok" "chroot one ok" "chdir /inner ok" \
	"read /beside/secret ok"
then_is "and it is narrowed to" "$(log "$entries")" "one enforced"
case_ "chroot to what only happens to hold a root passes for nobody else's module" "PRECLUDE_ROOTS=in=$scratch/one/inner" -- \
	setenv RSYNC_MODULE_PATH "$scratch/late" chroot one chdir one = "setenv RSYNC_MODULE_PATH late ok" "chroot one EACCES" \
	"chdir one EACCES"

# What cannot be narrowed does not enter.
case_ "no descriptor left" -- fill chdir one chroot one leave 60 read one/secret chdir one read ../two/secret = \
	"fill ok" "chdir one EACCES" "chroot one EACCES" "leave 60 ok" "read one/secret ok" "chdir one ok" "read ../two/secret EACCES"
for count in 1 2 3 4; do
	fresh
	said=$(narrow -- fill leave $count chdir one read ../two/secret)
	ok "$count descriptors left: narrowed, or not entered" grep -qx 'chdir one EACCES\|read ../two/secret EACCES' <<<"$said"
done
if [ "$("$B/preclude" status --json | jq .abi)" -lt 8 ]; then
	case_ "a program with threads, where the kernel cannot narrow them" -- thread chdir one chroot one read two/secret = \
		"thread ok" "chdir one EACCES" "chroot one EACCES" "read two/secret ok"
	then_is "it is said" "$(log 'select(.event == "warning") | .reason' | grep -c 'has threads')" 2
	then_is "and the outcome is an error" "$(log "$entries" | sort -u)" "one error"
fi
case_ "one layer after the other, up to what the kernel has" -- vfork [ chdir one ] vfork [ chdir one ] chdir one = \
	"chdir one ok" "chdir one ok" "chdir one ok"
fresh
mkdir "$scratch/l"
ln -s one "$scratch/l/p"
ok "a path that is swapped between two modules: in one of them, and narrowed to that one" test \
	"$(narrow PRECLUDE_WRITE="$scratch/l" -- race "$scratch/l/p" "$scratch/one" "$scratch/two" 400 2>&1 | tail -n 1)" = "race l/p one two 400 ok"

kernel=enosys
case_ "no Landlock, and nothing required: entered, and said" PRECLUDE_REQUIRE=nothing -- chdir one read ../two/secret \
	setenv RSYNC_MODULE_PATH /x = "chdir one ok" "read ../two/secret ok" "setenv RSYNC_MODULE_PATH /x ok"
then_is "no Landlock: the outcome" "$(log "$entries")" "one unavailable"
kernel=abi:1
case_ "an old kernel" -- chdir one read secret read ../two/secret write x make d rename x d/x = "chdir one ok" "read secret ok" \
	"read ../two/secret EACCES" "write x ok" "make d ok" "rename x d/x EXDEV"
then_is "an old kernel: what it lacks is said" "$(log 'select(.scope == "module") | .status + " " + (.dropped | join(" "))')" \
	"partial REFER TRUNCATE IOCTL_DEV"
kernel=

# What stays.
case_ "PRECLUDE_NARROW_READ says what stays" PRECLUDE_NARROW_READ=/etc/shells:/usr/lib:"?$scratch/none" -- read /usr/bin/env \
	chdir one read /etc/shells read /etc/passwd read /usr/lib/os-release read /usr/bin/env = "read /usr/bin/env ok" \
	"chdir one ok" "read /etc/shells ok" "read /etc/passwd EACCES" "read /usr/lib/os-release ok" "read /usr/bin/env EACCES"
case_ "but never more than before" PRECLUDE_NARROW_READ="$scratch/late" -- read late/secret chdir one read ../late/secret = \
	"read late/secret EACCES" "chdir one ok" "read ../late/secret EACCES"
case_ "what stays is not led to another module by a symlink that somebody made in this one" \
	PRECLUDE_NARROW_READ="$scratch/one/beside" -- rename one/beside one/b link "$scratch/two" one/beside chdir one read \
	"$scratch/two/secret" = "rename one/beside one/b ok" "link two one/beside ok" "chdir one ok" "read two/secret EACCES"
fresh
is "what is missing is a refusal" "$(narrow PRECLUDE_NARROW_READ=/none -- cwd | grep -c 'refused: PRECLUDE_NARROW_READ, element 1, "/none"')" 1
case_ "observing restricts nothing" PRECLUDE_MODE=observe -- chdir one read ../two/secret setenv RSYNC_MODULE_PATH /x chdir ../late = \
	"chdir one ok" "read ../two/secret ok" "setenv RSYNC_MODULE_PATH /x ok" "chdir ../late ok"
then_is "observing says it" "$(log "$entries")" "one observed"
then_is "and what would be denied" "$(log 'select(.path == "../two/secret") | .effect')" "would-deny"
case_ "observing refuses no entry" PRECLUDE_MODE=observe -- setenv RSYNC_MODULE_PATH /x chdir late chroot late = \
	"setenv RSYNC_MODULE_PATH /x ok" "chdir late ok" "chroot late ENOENT"
then_is "but says that it would" "$(log 'select(.event == "warning") | .reason' | grep -c 'would be refused')" 1

# Whatever enforcing denies after an entry, observing says of it that it would be denied: by each way and from each place.
judged()
{
	fresh
	narrow PRECLUDE_FLAG=outside "$@" >/dev/null
	log 'select(.effect == "denied" or .effect == "would-deny") | "\(.func) \(.path) \(.path2)"'
}
for way in "fchdir one" "chdir one/inner/.. chdir inner"; do
	for to in ../two "$scratch/two" "$scratch/one/../two" ../out .; do
		for step in "read $to/secret" "list $to" "write $to/secret" "write $to/new" "make $to/dir" "link x $to/link" \
			"rename $to/secret $to/moved" "rename secret $to/away" "rename $to/secret mine" "chdir $to write new"; do
			# shellcheck disable=SC2086 # words
			enforced=$(judged -- $way $step)
			# shellcheck disable=SC2086
			observed=$(judged PRECLUDE_MODE=observe -- $way $step)
			[ "$enforced" = "$observed" ] || differ+=("$way, $step: ${observed:-nothing}, not ${enforced:-nothing}")
			[ -z "$enforced" ] || denials=$((denials + 1))
		done
	done
done
is "what enforcing denies, observing would deny" "$(printf '%s\n' "${differ[@]}")" ""
ok "much is denied" test "$denials" -gt 30

fresh
is "by the command" "$(cd "$scratch" && "$B/preclude" run --narrow --root one="$scratch/one" --root two="$scratch/two" --log \
	"$scratch/log" --exec "$program" "$program" read two/secret chdir one write x read ../two/secret)" \
	"$(printf '%s\n' "read two/secret ok" "chdir one ok" "write x ok" "read ../two/secret EACCES")"

# Without root no_new_privs is set, by the process domain if not here. Copies, since B may lie where only root comes.
if command -v setpriv >/dev/null; then
	install -m 755 "$library" "$program" "$scratch/out/" && mkdir "$scratch/.copies" && mv "$scratch"/out/{libpreclude.so,prog_narrow} "$scratch/.copies"
	fresh
	is "without root" "$(cd "$scratch" && "${nobody[@]}" env -i \
		LD_PRELOAD="$scratch/.copies/libpreclude.so" PRECLUDE_NARROW=on PRECLUDE_ROOTS="$modules" PRECLUDE_LOG=off \
		"$scratch/.copies/prog_narrow" chdir one read secret read ../two/secret)" \
		"$(printf '%s\n' "chdir one ok" "read secret ok" "read ../two/secret EACCES")"
fi
finish
