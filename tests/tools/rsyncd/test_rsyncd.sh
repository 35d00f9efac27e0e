#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude rsyncd: its three forms, what it grants, and what it warns of.

. "$(dirname "$0")/../../tap.sh"
. "$top/tests/tools/variables.sh"

preclude=$B/preclude
dir=$scratch
mkdir -p "$dir/up" "$dir/pub" "$dir/up/within" "$dir/run" "$dir/log" "$dir/lock" "$dir/conf.d" "$dir/hooks"

# conf: a configuration from standard input, @ being the directory.
conf()
{
	sed "s|@|$dir|g" >"$dir/rsyncd.conf"
}

# said ARGUMENT...: both outputs, and the exit status on a line of its own.
said()
{
	"$preclude" rsyncd "$@" 2>&1
	echo "status $?"
}

json()
{
	"$preclude" rsyncd --format json "$dir/rsyncd.conf" 2>/dev/null | jq -c "$1"
}

# warns NAME PATTERN: one warning of the configuration on standard input matches.
warns()
{
	conf
	is "warns: $1" "$("$preclude" rsyncd "$dir/rsyncd.conf" 2>&1 >/dev/null | grep -c "^preclude: warning: .*$2")" 1
}

conf <<-'END'
	pid file = @/run/rsyncd.pid
	log file = @/log/rsyncd.log
	lock file = @/lock/rsyncd.lock
	motd file = @/motd
	&include @/conf.d
	[up]
	path = @/up
	read only = no
	auth users = alice
	secrets file = @/it's secret
	max connections = 2
	[pub:lic]
	path = @/pub
	exclude from = @/filters
	filter = - *.o merge @/merged
	pre-xfer exec = @/hooks/pre $RSYNC_MODULE_NAME
	post-xfer exec = /bin/true
	[in]
	path = @/up/within/../../pub
	auth users = bob:RW carol
	include from = @/up/list
	secrets file = /etc/rsyncd.secrets
END

is "env" "$("$preclude" rsyncd "$dir/rsyncd.conf" 2>/dev/null)" \
"PRECLUDE_ROOTS='up=?$dir/up:pub\\:lic=?$dir/pub,ro:in=?$dir/pub'
PRECLUDE_READ='$dir/rsyncd.conf:$dir/conf.d:?$dir/motd:?$dir/it'\"'\"'s secret:?$dir/filters:?$dir/merged:?/etc/rsyncd.secrets'
PRECLUDE_WRITE='?$dir/run:?$dir/log:?$dir/lock'
PRECLUDE_EXEC='?$dir/hooks/pre'
PRECLUDE_NARROW='on'
PRECLUDE_GUARD='rsync'
PRECLUDE_ANCHOR='on'
PRECLUDE_ANCESTORS='on'
PRECLUDE_LOG='syslog'"

"$preclude" rsyncd "$dir/rsyncd.conf" >"$scratch/env" 2>/dev/null
is "env: systemd reads it as a shell does" "$(systemd_reads "$scratch/env" PRECLUDE_READ)" \
	"$(shell_reads "$scratch/env" PRECLUDE_READ)"
is "env is the default" "$(said "$dir/rsyncd.conf")" "$(said --format env "$dir/rsyncd.conf")"
is "a relative name is of the working directory" "$(cd "$dir" && said rsyncd.conf)" "$(said "$dir/rsyncd.conf")"
is "a shell reads it, and the library takes it" "$(
	set -a
	eval "$("$preclude" rsyncd "$dir/rsyncd.conf" 2>/dev/null)"
	PRECLUDE_LOG=off "$preclude" run sh -c "echo x >'$dir/up/x' && cat '$dir/up/x'; echo x >'$dir/y'" 2>&1 |
		sed 's/.*: //')" "x
Permission denied"

is "json: modules" "$(json '[.modules[] | [.name, .path, .read_only, .line]]')" \
	"[[\"up\",\"$dir/up\",false,6],[\"pub:lic\",\"$dir/pub\",true,12],[\"in\",\"$dir/pub\",true,18]]"
is "json: roots" "$(json '[.roots[] | [.name, .path, .ro, .optional]]')" \
	"[[\"up\",\"$dir/up\",false,true],[\"pub:lic\",\"$dir/pub\",true,true],[\"in\",\"$dir/pub\",false,true]]"
is "json: settings" "$(json '[.settings[] | [.variable, .value]]')" \
	'[["PRECLUDE_NARROW","on"],["PRECLUDE_GUARD","rsync"],["PRECLUDE_ANCHOR","on"],["PRECLUDE_ANCESTORS","on"],["PRECLUDE_LOG","syslog"]]'
is "json: warnings are those of standard error" "$(json '.warnings | length')" \
	"$("$preclude" rsyncd "$dir/rsyncd.conf" 2>&1 >/dev/null | wc -l)"

unit="$("$preclude" rsyncd --format unit "$dir/rsyncd.conf" 2>/dev/null)"
is "unit: nothing but the policy and how the daemon is started" \
	"$(grep -v '^#' <<<"$unit" | sed 's/=.*//' | uniq -c | awk '{ print $1 $2 }' | xargs)" \
	"1[Service] 9Environment 2ExecStart"
is "unit: says how it was made" "$(head -n 1 <<<"$unit")" \
	"# /etc/systemd/system/rsync.service.d/preclude.conf: made by \`preclude rsyncd --format unit $dir/rsyncd.conf\`."
is "unit: the daemon" "$(tail -n 2 <<<"$unit")" "ExecStart=
ExecStart=\"$preclude\" run -- /usr/bin/rsync --daemon --no-detach \"--config=$dir/rsyncd.conf\""
printf '[a:"%%h$]\npath=/nowhere\n' >"$dir/odd.conf"
is "unit: what systemd would expand is escaped" \
	"$("$preclude" rsyncd --format unit "$dir/odd.conf" 2>/dev/null | grep ROOTS)" \
	'Environment="PRECLUDE_ROOTS=a\\:\"%%h$=?/nowhere,ro"'
is "unit: variables of this shell are not the service's" \
	"$(printf '[a]\npath=%%HOME%%/x\n' >"$dir/home.conf"
	"$preclude" rsyncd --format unit "$dir/home.conf" 2>/dev/null | grep -o '?/.*"')" '?/%%HOME%%/x,ro"'

# systemd's own opinion, of the unit that Debian ships with the drop-in on top.
verify()
{
	local units=$scratch/units
	mkdir -p "$units/rsync.service.d"
	cp /lib/systemd/system/rsync.service "$units/"
	echo "$unit" >"$units/rsync.service.d/preclude.conf"
	SYSTEMD_UNIT_PATH="$units:/lib/systemd/system" systemd-analyze verify --man=no "$units/rsync.service" 2>&1
	echo "status $?"
}
if command -v systemd-analyze >/dev/null && [ -e /lib/systemd/system/rsync.service ]; then
	is "unit: systemd-analyze verify accepts it" "$(verify)" "status 0"
	ok "unit: and has read it" grep -q 'status [^0]' <<<"$(unit=${unit/ExecStart=\"/ExecStart=\"/no/such} verify)"
else
	skip "unit: systemd-analyze verify accepts it" "no systemd, or no rsync.service"
fi

warns "the whole system" '\[all\]: serves /:' <<<$'[all]\npath = /'
warns "nested" '\[in\]: .*/up/within lies within \[out\]' <<<$'[in]\npath=@/up/within\n[out]\npath=@/up'
warns "links count" '\[in\]: .*/link lies within \[out\]' \
	<<<"$(ln -s up/within "$dir/link"; printf '[in]\npath=@/link\n[out]\npath=@/up\n')"
warns "read only within writable" '\[in\]: read only, but .* is writable by \[out\]' \
	<<<$'[in]\npath=@/up/within\n[out]\npath=@/up\nread only=no'
warns "hooks" '\[a\]: pre-xfer exec runs with the rights of the whole daemon' <<<$'[a]\npath=@/up\npre-xfer exec = x'
warns "hooks that clients replace" "\\[a\\]: early exec: $dir/up/hook lies in \\[a\\], whose clients" \
	<<<$'[a]\npath=@/up\nread only=no\nearly exec = @/up/hook 1'
mkdir -p "$dir/opt" && touch "$dir/opt/quota" "$dir/opt/python"
warns "what hooks name" "\\[a\\]: pre-xfer exec names $dir/opt/quota: " <<<$'[a]\npath=@/up\npre-xfer exec = sh @/opt/quota /bin/true /etc/passwd'
printf '#!/bin/sh\n' >"$dir/run/program"
chmod 755 "$dir/run/program"
warns "a program that a hook names, where programs may not be run" "\\[a\\]: pre-xfer exec names $dir/run/program: " \
	<<<$'pid file=@/run/pid\n[a]\npath=@/up\npre-xfer exec = sh @/run/program @/run/none'
printf '#! %s -s\n' "$dir/opt/python" >"$dir/opt/hook"
conf <<<$'[a]\npath=@/up\nearly exec = @/opt/hook x'
is "a hook's interpreter may be executed, too" "$(json '[.exec[].path]')" "[\"$dir/opt/hook\",\"$dir/opt/python\"]"
conf <<<$'pid file=@/run/pid\nlog file=@/log/log\n[a]\npath=@/up\nread only=no\nearly exec = @/run/e\npre-xfer exec = @/log/p\npost-xfer exec = @/up/x\n[b]\npath=@/pub\nname converter = @/pub/n\npre-xfer exec = /etc/h'
is "a hook in what may only be written or read is executable by a grant of its own, and one in a writable module needs none" \
	"$(json '[.exec[].path] - ["'"$dir"'/pub/n"]')" "[\"$dir/run/e\",\"$dir/log/p\",\"/etc/h\"]"
warns "munge symlinks" '\[a\]: munge symlinks = no and use chroot = no' \
	<<<$'[a]\npath=@/up\nuse chroot=no\nmunge symlinks=no'
warns "insecure links" '\[a\]: insecure links' <<<$'[a]\npath=@/up\ninsecure links=yes'
warns "a path that is not absolute: the line, and where rsync finds it" \
	"$dir/rsyncd.conf:3: \\[a\\]: the path is relative: .* started in, here $PWD, and so serves $PWD/up; write an absolute path" \
	<<<$'[a]\ncomment = x\npath = up'
warns "one of the globals, too" "$dir/rsyncd.conf:2: \\[a\\]: the path is relative" <<<$'path = up\n[a]'
warns "no modules" "$dir/rsyncd.conf: has no modules; rsync starts all the same, and serves nothing" <<<'# path = @/up'
is "the daemon of a unit is started in /" "$(conf <<<$'[a]\npath = srv'
	"$preclude" rsyncd --format unit "$dir/rsyncd.conf" 2>&1 >/dev/null | grep -o 'here /, and so serves /srv')" "here /, and so serves /srv"
warns "missing" '\[a\]: .*/gone: No such file' <<<$'[a]\npath=@/gone'
warns "no path" '\[a\]: has no path' <<<'[a]'
warns "shared directories" 'all of /tmp becomes writable' <<<$'pid file=/tmp/rsyncd.pid\n[a]\npath=@/up'
warns "paths that vary" '\[a\]: its path varies' <<<$'[a]\npath=@/up/%RSYNC_USER_NAME%'
warns "unknown parameters" "$dir/rsyncd.conf:2: unknown parameter \"pth\"" <<<$'[a]\npth=@/up\npath=@/up'
chmod 777 "$dir/up"
warns "world-writable" '\[a\]: every local user can write to' <<<$'[a]\npath=@/up'
chmod 755 "$dir/up"
is "munged links are no worry" "$(conf <<<$'[a]\npath=@/up\nuse chroot=no'; said "$dir/rsyncd.conf" | grep -c warning)" 0
warns "many of a kind are counted" 'and 7 more modules without a path' <<<"$(printf '[%s]\n' 1 2 3 4 5 6 7 8 9 10 11 12)"

conf <<<$'[a]\npath = @/up\nread only = no\n[ro]\npath = @/pub\nexclude from = @/up/x\nlog file = @/up/log\n[gone'
is "what rsync gives up is refused" "$(said "$dir/rsyncd.conf")" \
	"preclude: refused: $dir/rsyncd.conf:8: a section's name has no \"]\"; rsync gives up; see preclude(1)
status 125"
conf <<<$'[a]\npath = @/up\nread only = no\n[ro]\npath = @/pub\nexclude from = @/up/x\nlog file = @/up/log'
is "what lies in a writable module needs no grant" "$("$preclude" rsyncd "$dir/rsyncd.conf" 2>&1 | grep -v '^#')" \
"PRECLUDE_ROOTS='a=?$dir/up:ro=?$dir/pub,ro'
PRECLUDE_READ='$dir/rsyncd.conf'
PRECLUDE_NARROW='on'
PRECLUDE_GUARD='rsync'
PRECLUDE_ANCHOR='on'
PRECLUDE_ANCESTORS='on'
PRECLUDE_LOG='syslog'"
mkdir -p "$dir/jail/etc" "$dir/jail/m"
conf <<<$'daemon chroot = @/jail\nmotd file = /motd\n[a]\npath = /m'
is "daemon chroot: modules, files and base are in it" "$(json '[.roots[0].path] + ([.read, .write, .exec] | add | map(.path) |
	map(select(test("/(motd|etc|null|usr)$"))))')" \
	"[\"$dir/jail/m\",\"$dir/jail/motd\",\"$dir/jail/etc\",\"$dir/jail/dev/null\",\"$dir/jail/usr\"]"
printf '[a]\npath = /' >"$dir/long.conf"
head -c 5000 /dev/zero | tr '\0' x >>"$dir/long.conf"
is "a path that is too long is no root" "$("$preclude" rsyncd "$dir/long.conf" 2>/dev/null | head -n 1)" "PRECLUDE_ROOTS=''"

# More modules than one variable holds.
seq 1 9000 | sed "s|.*|[module:&]\npath=$dir/long/and/longer|" >"$dir/many.conf"
"$preclude" rsyncd "$dir/many.conf" 2>/dev/null | grep ROOTS >"$dir/many.env"
is "a list that is too long goes on" "$(sed 's/=.*//' "$dir/many.env")" \
	"$(echo PRECLUDE_ROOTS; seq -f PRECLUDE_ROOTS_%g 2 "$(wc -l <"$dir/many.env")")"
ok "in more than one variable" test "$(wc -l <"$dir/many.env")" -gt 3
is "each as long as the kernel passes it" "$(tr -d "'" <"$dir/many.env" | awk 'length >= 131072 || (length < 130000 && NR < 4)')" ""
is "and no element is lost" "$(sed "s/^[^']*'//; s/'$//" "$dir/many.env" | sed 's/[^\\]:/&\n/g' | sed 's/=.*//' | sort -V)" \
	"$(seq -f 'module\:%g' 1 9000)"
is "unit: the same variables" "$("$preclude" rsyncd --format unit "$dir/many.conf" 2>/dev/null | sed -n 's/^Environment="\(.*\)"$/\1/p' |
	grep ROOTS | sed 's/\\\\/\\/g')" "$(tr -d "'" <"$dir/many.env")"
{ printf '['; head -c 140000 /dev/zero | tr '\0' x; printf ']\npath=/srv\n'; } >"$dir/many.conf"
ok "an element that is too long is refused" \
	grep -q '^preclude: refused: PRECLUDE_ROOTS: 140009 bytes do not fit' <<<"$(said "$dir/many.conf")"

# run OPTION... -- COMMAND: preclude run --rsyncd of the last configuration, and the exit status on a line of its own.
run()
{
	"$preclude" run --rsyncd="$dir/rsyncd.conf" --log off "$@" 2>&1
	echo "status $?"
}

# variables OPTION...: those of the policy that the command finds, without PRECLUDE_APPLIED.
variables()
{
	run "$@" -- env | sed -n '/^PRECLUDE_APPLIED/d; s/^PRECLUDE_//p' | sort
}

chmod 755 "$dir/up"
conf <<<$'pid file = @/run/rsyncd.pid\n[a]\npath = @/up\nread only = no\n[ro]\npath = @/pub\n[gone]\npath = @/gone'
policy="ANCESTORS=on
ANCHOR=on
GUARD=rsync
LOG=off
NARROW=on
READ=$dir/rsyncd.conf
ROOTS=a=?$dir/up:ro=?$dir/pub,ro:gone=?$dir/gone,ro
WRITE=?$dir/run"
is "run: the policy and what it implies" "$(variables)" "$policy"
mkdir "$dir/etc"
printf '[default]\npath = %s/up\n' "$dir" >"$dir/etc/rsyncd.conf"
if root_for "run: /etc/rsyncd.conf, when no other is named" "for an /etc of its own"; then
	is "run: /etc/rsyncd.conf, when no other is named" "$(unshare -m sh -c "mount --bind '$dir/etc' /etc &&
		'$preclude' run --rsyncd --log off printenv PRECLUDE_ROOTS")" "default=?$dir/up,ro"
fi
is "run: before other options or behind them" "$(variables --guard temp-dir --narrow=off --read /etc --root "b=$dir/log")" \
	"$(sed "s|^GUARD=.*|GUARD=temp-dir|; s|^NARROW=.*|NARROW=off|; s|^READ=.*|&:/etc|; s|^ROOTS=.*|&:b=$dir/log|" <<<"$policy")"
is "run: it wins over the environment, also where it grants nothing" "$(PRECLUDE_NARROW=off PRECLUDE_GUARD=strict \
	PRECLUDE_READ=/srv PRECLUDE_EXEC=/opt PRECLUDE_ROOTS=/x PRECLUDE_ROOTS_2=/y PRECLUDE_WRITE_2=/z variables)" "$policy"
is "run: as do options" "$(PRECLUDE_ROOTS=/x PRECLUDE_ROOTS_2=/y "$preclude" run --log off --root "$dir/up" env | grep ^PRECLUDE_ROOTS)" \
	"PRECLUDE_ROOTS=$dir/up"
is "run: what the environment alone says stays" "$(PRECLUDE_FRAMES=3 variables | grep FRAMES)" "FRAMES=3"
is "run: nothing is guarded where nothing shall be" "$(variables --guard= | grep GUARD)" "GUARD="
is "run: warnings are said" "$(run true | sed 's/skipped.*/skipped/')" \
	"preclude: warning: $dir/rsyncd.conf:7: [gone]: $dir/gone: No such file or directory; the module stays closed until \
it is there and the daemon started again
status 0"
is "run: it is in force" "$(run sh -c "echo x >'$dir/up/y' && cat '$dir/up/y'; echo x >'$dir/pub/y'" | tail -n 3 | sed 's/.*: //')" \
	"x
Permission denied
status 2"
is "run: its faults are its own" "$(run --root a=/etc true | cut -d : -f 1-4 | cut -d , -f 1)" \
	"preclude: refused: --root a: this name was already given to PRECLUDE_ROOTS
status 125"
is "run: and so are the configuration's" "$(conf <<<$'[a]\npath=@/up\nread only=no\n[b]\npath=@/up/within'
	run --narrow=off true | cut -d , -f 1-2)" \
	"preclude: refused: --rsyncd: PRECLUDE_ROOTS, element 2
status 125"
is "observe: the same policy, with a log that can be read" "$("$preclude" observe --rsyncd="$dir/rsyncd.conf" \
	sh -c 'echo "$PRECLUDE_ROOTS $PRECLUDE_NARROW"' 2>/dev/null | head -n 1)" "a=?$dir/up:b=?$dir/up/within,ro on"
is "run: without a configuration" "$("$preclude" run --rsyncd="$dir/none" true 2>&1; echo $?)" \
	"preclude: refused: $dir/none: cannot be read: No such file or directory; name the file that the daemon reads; see preclude(1)
125"
seq 1 9000 | sed "s|.*|[module:&]\npath=$dir/long/and/longer|" >"$dir/rsyncd.conf"
is "run: many modules keep their names" "$(variables | grep ROOTS | wc -l) $(run --mode observe -- env |
	sed -n 's/^PRECLUDE_ROOTS.*module[^:]*:\([0-9]*\)=.*/\1/p' | sort -n | tail -n 1)" "5 9000"


# long BYTES: a list of two elements, NAME=?/m,ro, that is so long; and in how many variables it reaches the command.
long()
{
	printf '[%s]\npath=/m\n' "$(head -c $(($1 - 65001 - 7)) /dev/zero | tr '\0' x)" \
		"$(head -c $((65000 - 7)) /dev/zero | tr '\0' y)" >"$dir/rsyncd.conf"
	variables --mode observe | cut -d = -f 1 | grep -c ROOTS
}
full=$((32 * 4096 - $(printf 'PRECLUDE_ROOTS=' | wc -c) - 1))
is "run: a variable is filled to the last byte" "$(long $full)" 1
is "run: and no further" "$(long $((full + 1)))" 2

is "unknown form" "$(said --format xml)" "preclude: refused: --format xml: unknown; write env, json or unit; see preclude(1)
status 125"
is "two files" "$(said a b)" "preclude: refused: b: only one configuration can be read at a time; see preclude(1)
status 125"
is "no file" "$(said "$dir/none")" \
	"preclude: refused: $dir/none: cannot be read: No such file or directory; name the file that the daemon reads; see preclude(1)
status 125"
is "a directory" "$(said "$dir/up")" "preclude: refused: $dir/up: is a directory; name the file that the daemon reads; see preclude(1)
status 125"
printf '&include %s\n' "$dir/none" >"$dir/includes.conf"
is "an included file that is missing: the line, and why" "$(said "$dir/includes.conf")" "preclude: refused: $dir/includes.conf:1: \
&include $dir/none: cannot be read: No such file or directory; rsync gives up; see preclude(1)
status 125"
if root_for "a file that may not be read" "to be somebody else"; then
	printf '[a]\npath = /srv\n' >"$dir/secret.conf"
	chmod 600 "$dir/secret.conf"
	cp "$preclude" "$dir/up/preclude"
	is "a file that may not be read" "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/up/preclude" rsyncd "$dir/secret.conf" 2>&1)" \
		"preclude: refused: $dir/secret.conf: cannot be read: Permission denied; name the file that the daemon reads; see preclude(1)"
fi
ok "help lists it" grep -q '^  rsyncd ' <<<"$("$preclude" help)"
ok "and its option" grep -q -- '--format env|json|unit' <<<"$("$preclude" help rsyncd)"
finish
