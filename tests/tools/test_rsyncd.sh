#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude rsyncd: its three forms, what it grants, and what it warns of.

. "$(dirname "$0")/../tap.sh"

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
PRECLUDE_READ='$dir/rsyncd.conf:$dir/conf.d:?$dir/motd:?$dir/it'\\''s secret:?$dir/filters:?$dir/merged:?/etc/rsyncd.secrets'
PRECLUDE_WRITE='?$dir/run:?$dir/log:?$dir/lock'
PRECLUDE_EXEC='?$dir/hooks/pre'
PRECLUDE_NARROW='on'
PRECLUDE_GUARD='rsync'
PRECLUDE_LOG='syslog'"
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
	'[["PRECLUDE_NARROW","on"],["PRECLUDE_GUARD","rsync"],["PRECLUDE_LOG","syslog"]]'
is "json: warnings are those of standard error" "$(json '.warnings | length')" \
	"$("$preclude" rsyncd "$dir/rsyncd.conf" 2>&1 >/dev/null | wc -l)"

unit="$("$preclude" rsyncd --format unit "$dir/rsyncd.conf" 2>/dev/null)"
is "unit: nothing but the policy and how the daemon is started" \
	"$(grep -v '^#' <<<"$unit" | sed 's/=.*//' | uniq -c | awk '{ print $1 $2 }' | xargs)" \
	"1[Service] 7Environment 2ExecStart"
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
warns "munge symlinks" '\[a\]: munge symlinks = no and use chroot = no' \
	<<<$'[a]\npath=@/up\nuse chroot=no\nmunge symlinks=no'
warns "insecure links" '\[a\]: insecure links' <<<$'[a]\npath=@/up\ninsecure links=yes'
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
	"preclude: refused: $dir/rsyncd.conf:8: a section's name has no \"]\"; rsync gives up
status 125"
conf <<<$'[a]\npath = @/up\nread only = no\n[ro]\npath = @/pub\nexclude from = @/up/x\nlog file = @/up/log'
is "what lies in a writable module needs no grant" "$("$preclude" rsyncd "$dir/rsyncd.conf" 2>&1 | grep -v '^#')" \
"PRECLUDE_ROOTS='a=?$dir/up:ro=?$dir/pub,ro'
PRECLUDE_READ='$dir/rsyncd.conf'
PRECLUDE_NARROW='on'
PRECLUDE_GUARD='rsync'
PRECLUDE_LOG='syslog'"
mkdir -p "$dir/jail/etc" "$dir/jail/m"
conf <<<$'daemon chroot = @/jail\nmotd file = /motd\n[a]\npath = /m'
is "daemon chroot: modules, files and base are in it" "$(json '[.roots[0].path] + ([.read, .write, .exec] | add | map(.path) |
	map(select(test("/(motd|etc|null|usr)$"))))')" \
	"[\"$dir/jail/m\",\"$dir/jail/motd\",\"$dir/jail/etc\",\"$dir/jail/dev/null\",\"$dir/jail/usr\"]"
printf '[a]\npath = /' >"$dir/long.conf"
head -c 5000 /dev/zero | tr '\0' x >>"$dir/long.conf"
is "a path that is too long is no root" "$("$preclude" rsyncd "$dir/long.conf" 2>/dev/null | head -n 1)" "PRECLUDE_ROOTS=''"
seq 1 2000 | sed "s|.*|[a-very-long-name-for-a-module-&]\npath=$dir/long/and/longer|" >"$dir/many.conf"
is "names give way where a variable would be too long" \
	"$("$preclude" rsyncd "$dir/many.conf" 2>/dev/null | sed -n "s/^PRECLUDE_ROOTS='\(.\).*/\1/p")" '?'
seq 1 9000 | sed "s|.*|[&]\npath=$dir/long/and/longer|" >"$dir/many.conf"
ok "and what still is refused" grep -q '^preclude: refused: PRECLUDE_ROOTS would have' <<<"$(said "$dir/many.conf")"

is "unknown form" "$(said --format xml)" "preclude: refused: --format: \"xml\": unknown; write env, json or unit
status 125"
is "two files" "$(said a b)" "preclude: refused: b: one configuration is enough
status 125"
is "no file" "$(said "$dir/none")" "preclude: refused: $dir/none: cannot be read
status 125"
ok "help lists it" grep -q '^  rsyncd ' <<<"$("$preclude" help)"
ok "and its option" grep -q -- '--format env|json|unit' <<<"$("$preclude" help rsyncd)"
finish
