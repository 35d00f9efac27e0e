#!/bin/bash
# SPDX-License-Identifier: ISC
# A daemon's hooks, and its rules by host name, under the policy that `preclude rsyncd` makes of its configuration: what
# hooks may do and what not, and that names resolve as they do bare, through files and through a real name server.
# Started by the lines of preclude-rsync(7). Debian's rsync, and pristine 3.2.7.

# Processes, network and mounts of its own: names, accounts and the rsync that is found are what the test says.
. "$(dirname "$0")/../alone.sh"
if [ -z "${INSIDE:-}" ]; then
	alone "for a network, processes and accounts of its own" --pid --fork --kill-child --mount-proc --mount --net
	# There, nothing can be fetched.
	"$(dirname "$0")/../obtain" rsync-legacy >/dev/null 2>&1
	INSIDE=1 exec unshare --pid --fork --kill-child --mount-proc --mount --net "$BASH" "$0"
fi

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"

receivers
dir=$scratch/daemon
url=rsync://127.0.0.1

# A name server that knows friend and foe both ways, and an alias of foe's; /etc/hosts knows filed. Where resolv.conf is a link, as with
# systemd-resolved, and no server listens where a resolver without one would ask.
world()
{
	mkdir -p "$scratch/bin"
	cp -a /etc "$scratch/etc"
	mount --bind "$scratch/etc" /etc
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /run/systemd/resolve
	echo "nameserver 127.0.0.53" >/run/systemd/resolve/stub-resolv.conf
	echo "options timeout:1 attempts:1" >>/run/systemd/resolve/stub-resolv.conf
	ln -sfn ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
	printf '%s\n' "127.0.0.1 localhost" "127.0.0.4 filed.example" >/etc/hosts
	echo "hosts: files dns" >/etc/nsswitch.conf
	echo "carol:x:4242:4242::/:/bin/sh" >>/etc/passwd
	ip link set lo up
	dnsmasq --no-daemon --user=root --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --listen-address=127.0.0.53 \
		--host-record=friend.example,127.0.0.2 --host-record=foe.example,127.0.0.3 --address=/alias.example/127.0.0.3 >"$scratch/dns.log" 2>&1 &
	wait_until getent hosts friend.example >/dev/null
	cp /usr/bin/rsync "$scratch/bin/debian"
	[ -z "$pristine" ] || cp "$pristine" "$scratch/bin/pristine"
}

use()
{
	binary=$1
	umount /usr/bin/rsync 2>/dev/null
	mount --bind "$scratch/bin/$1" /usr/bin/rsync
}

# recipe NAME: the literal block behind that line of the page, for this place.
recipe()
{
	sed -n '/^\.\\" recipe: '"$1"'$/,/^\.Ed/p' "$top/docs/preclude-rsync.7" | sed '/^\./d;s/\\&//g;s/\\e/\\/g' |
		sed "s|/etc/rsyncd.conf|$dir/rsyncd.conf|g;s|--log syslog|--log $dir/log|"
}

# A hook that says of each thing whether it could: into another module, which only the daemon's own rights reach.
make_hook()
{
	sed "s|DIR|$dir|g" >"$dir/hooks/$1" <<-'EOF'
		#!/bin/sh
		me=${0##*/}
		can() {
			what=$1
			shift
			if ("$@") >/dev/null 2>&1; then echo "$what: yes"; else echo "$what: no"; fi
		}
		{
			can "write its module" sh -c "echo >$RSYNC_MODULE_PATH/by-$me"
			can "read /etc" cat /etc/hostname /etc/passwd
			can "read the secrets" cat DIR/rsyncd.secrets
			can "run /bin/sh" /bin/sh -c 'exit 0'
			can "run /usr/bin" /usr/bin/env true
			can "write /dev/null" sh -c 'echo >/dev/null'
			can "write a module that is read only" sh -c "echo >DIR/ro/by-$me"
			can "write outside" sh -c "echo >DIR/outside/by-$me"
			can "rename outside" sh -c "cd DIR/outside && mv $me moved-$me && mv moved-$me $me"
			can "read outside" cat DIR/outside/secret
			can "run outside" DIR/outside/program
		} >DIR/other/$me
	EOF
	cat >>"$dir/hooks/$1"
	chmod 755 "$dir/hooks/$1"
}

setup()
{
	rm -rf "$dir"
	mkdir -p "$dir"/{hooked,other,ro,run,hooks,outside}
	rsyncd_setup "$dir" "$1"
	echo secret >"$dir/outside/secret"
	printf '#!/bin/sh\nexit 0\n' >"$dir/outside/program"
	chmod 755 "$dir/outside/program"
	touch "$dir"/outside/{early,pre,post,names}
	make_hook early </dev/null
	make_hook pre <<<'echo "$RSYNC_REQUEST $1" >>'"$dir/other/request"
	make_hook post <<<'echo "$RSYNC_EXIT_STATUS" >>'"$dir/other/status"
	# Carol is somebody else here than in /etc/passwd.
	make_hook names <<<'while read -r ask what; do [ "$ask $what" = "usr carol" ] && echo 5555 || echo; done'
	printf '#!/bin/sh\necho quota exceeded\nexit 3\n' >"$dir/hooks/never"
	printf '#!/bin/sh\nread -r quota <%s/outside/secret\n' "$dir" >"$dir/hooks/quota"
	chmod 755 "$dir/hooks"/{never,quota}
	cat >>"$dir/rsyncd.conf" <<-EOF
		[hooked]
		path = $dir/hooked
		numeric ids = no
		early exec = $dir/hooks/early
		pre-xfer exec = $dir/hooks/pre word
		post-xfer exec = $dir/hooks/post
		name converter = $dir/hooks/names
		[other]
		path = $dir/other
		[ro]
		path = $dir/ro
		read only = yes
		[never]
		path = $dir/other
		pre-xfer exec = $dir/hooks/never
		[quota]
		path = $dir/other
		pre-xfer exec = $dir/hooks/quota
		[friends]
		path = $dir/ro
		read only = yes
		hosts allow = friend.example
		[nofoes]
		path = $dir/ro
		read only = yes
		hosts deny = foe.example
		[local]
		path = $dir/ro
		read only = yes
		hosts allow = localhost filed.example
		[forward]
		path = $dir/ro
		read only = yes
		hosts deny = alias.example
		[unlooked]
		path = $dir/ro
		read only = yes
		hosts deny = alias.example
		forward lookup = no
	EOF
}

# start POLICY...: the page's script, with more options
start()
{
	recipe start | sed "s| run | run $* |" >"$scratch/start"
	launch env -u HOME "PATH=$B:$PATH" sh "$scratch/start"
}

launch()
{
	"$@" >"$dir/start.out" 2>&1 </dev/null
	wait_until rsync "$url/" >/dev/null 2>&1 && return
	sed 's/^/# /' "$dir/start.out"
}

stop()
{
	daemon=$(cat "$dir/run/rsyncd.pid")
	daemon_idle
	kill "$daemon"
	wait_until not test -e "/proc/$daemon"
}

# Everything a client sees, and what is left: session RESULT-DIRECTORY
session()
{
	mkdir -p "$1"
	{
		rsync -a "$scratch/src/" "$url/hooked/tree/" 2>&1
		echo "push: $?"
		rsync -a "$url/hooked/tree/" "$scratch/pulled/" 2>&1
		echo "pull: $?"
		rsync "$url/never/" 2>&1 | grep 'pre-xfer\|quota'
		echo "never: ${PIPESTATUS[0]}"
	} | sed 's/\[[0-9]*\]/[]/' >"$1/said"
	stop
	listing "$dir/hooked/tree" >"$1/tree"
	listing "$scratch/pulled" >"$1/pulled"
	cp "$dir"/other/{early,pre,post,names,request,status} "$1/"
	rm -rf "$scratch/pulled"
}

may="write its module: yes
read /etc: yes
read the secrets: yes
run /bin/sh: yes
run /usr/bin: yes
write /dev/null: yes"
may_not="write a module that is read only: no
write outside: no
rename outside: no
read outside: no
run outside: no"

hooks()
{
	local name="$1, use chroot $2" bare=$scratch/$1-$2/bare shim=$scratch/$1-$2/shim hook
	use "$1"
	setup "$2"
	launch rsync --daemon --config="$dir/rsyncd.conf"
	session "$bare"
	setup "$2"
	start
	session "$shim"
	is "$name: push and pull" "$(grep -c '^pu.*: 0$' "$shim/said")" 2
	is "$name: refused as the hook says" "$(sed -n '/^never: [1-9]/s/ .*//p;/^quota/p' "$shim/said" | xargs)" "quota exceeded never:"
	ok "$name: the client sees what it sees bare" diff "$bare/said" "$shim/said"
	ok "$name: the trees are the same" diff -r "$bare/tree" "$shim/tree"
	ok "$name: pulled ones, too" diff "$bare/pulled" "$shim/pulled"
	is "$name: the name converter was asked" "$(stat -c %u "$dir/hooked/tree/carols")" 5555
	ok "$name: so are the hooks' arguments" diff "$bare/request" "$shim/request"
	ok "$name: and the status that they are told" diff "$bare/status" "$shim/status"
	for hook in early pre post names; do
		is "$name: $hook does what it may, and not what it may not" "$(<"$shim/$hook")" "$may
$may_not"
		is "$name: $hook, bare, does it all" "$(sort -u "$bare/$hook" | grep -vc ': yes$')" 0
	done
	is "$name: nothing was left outside" "$(ls "$dir/outside" | xargs)" "early names post pre program secret"
	is "$name: hooks have the daemon's domain: connections alone are narrowed" \
		"$(jq -r 'select(.event == "sandbox") | .scope + " " + (.module // "") + " " + .outcome' "$dir/log" | sort | uniq -c | sed 's/ *//')" \
		"2 module hooked enforced
1 module never enforced
1 process  enforced"
	ok "$name: what a hook was denied is logged" jq -se 'any(.[]; .effect == "denied" and (.path // "" | endswith("/outside/secret")))' "$dir/log"
}

# A hook that needs more than the policy, and gets it.
needs()
{
	setup no
	start
	ok "a hook that cannot read its file refuses the connection" grep -q 'pre-xfer exec returned failure' \
		<<<"$(rsync "$url/quota/" 2>&1)"
	stop
	setup no
	start --read "$dir/outside/secret"
	ok "with a grant it does not" rsync "$url/quota/"
	stop
}

# Which of the cells, a module and the last number of a client's address, are served.
access()
{
	local cell
	for cell; do
		rsync --address="127.0.0.${cell#*@}" "$url/${cell%@*}/" >/dev/null 2>&1 && echo "$cell"
	done | xargs
}

cells="friends@2 friends@3 nofoes@1 nofoes@2 nofoes@3 local@1 local@4 local@2 forward@2 forward@3 unlooked@3"
by_name="friends@2 nofoes@1 nofoes@2 local@1 local@4 forward@2 unlooked@3"

dropped=$("$B/preclude" status --json | jq -r '.rights[] | select(.offered | not) | .name')

names()
{
	use "$1"
	setup no
	launch rsync --daemon --config="$dir/rsyncd.conf"
	is "$1, bare: rules by name" "$(access $cells)" "$by_name"
	stop
	setup no
	start
	# As systemd-resolved does it.
	cp /run/systemd/resolve/stub-resolv.conf /run/systemd/resolve/new
	mv /run/systemd/resolve/new /run/systemd/resolve/stub-resolv.conf
	is "$1: rules by name" "$(access $cells)" "$by_name"
	stop
	is "$1: nothing is said of names" "$(grep -c 'found nothing' "$dir/log")" 0
	setup no
	start --net bind=873
	# UDP is free on a kernel that cannot restrict it.
	is "$1, --net: as bare, or it is said" "$(access friends@2 nofoes@3)$(grep -o 'no connect=53' "$dir/log")" \
		"$(if grep -q CONNECT_SEND_UDP <<<"$dropped"; then echo friends@2; else echo "nofoes@3no connect=53"; fi)"
	stop
	setup no
	start --base none --exec /usr --exec /bin --exec /lib --exec /lib64 --write /dev/null --read /etc/passwd --read /etc/group
	is "$1, --base none: who has no name is ${2:+not }denied" "$(access friends@2 nofoes@3)" "$2"
	stop
	is "$1, --base none: which is said, once for each file, with the way out" \
		"$(jq -r 'select(.event == "warning") | .reason' "$dir/log" | sed -n 's/.*the policy hides \(.*\): .*denies by name.*\(PRECLUDE_READ=.*\) shows it/\1 \2/p' |
			grep 'nsswitch\|hosts\|resolv' | sort -u)" \
		"/etc/hosts PRECLUDE_READ=/etc/hosts
/etc/nsswitch.conf PRECLUDE_READ=/etc/nsswitch.conf
/etc/resolv.conf PRECLUDE_READ=/run/systemd/resolve/stub-resolv.conf"
}

# Every way to ask, one line an answer.
ask()
{
	"$@" /usr/bin/python3 -c '
import grp, os, pwd, socket
def say(function, *arguments):
    try:
        print(function.__name__, arguments, function(*arguments))
    except (OSError, KeyError) as error:
        print(function.__name__, arguments, error)
for name in "localhost", "filed.example", "friend.example", "alias.example", "nobody.example", "127.0.0.1", "::1":
    say(socket.gethostbyname, name)
    say(socket.gethostbyname_ex, name)
    say(socket.getaddrinfo, name, 80)
for address in "127.0.0.2", "127.0.0.4", "127.0.0.9":
    say(socket.gethostbyaddr, address)
    say(socket.getnameinfo, (address, 80), socket.NI_NAMEREQD)
    say(socket.getnameinfo, (address, 80), 0)
for name in "carol", "root", "no one":
    say(pwd.getpwnam, name)
    say(grp.getgrnam, name)
    say(os.getgrouplist, name, 7)
    say(os.initgroups, name, 7)
    print(os.getgroups())
for number in 0, 4242, 4243:
    say(pwd.getpwuid, number)
    say(grp.getgrgid, number)
'
}

answers()
{
	ask >"$scratch/asked"
	ask "$B/preclude" run --root= --log "$scratch/asked.log" -- >"$scratch/asked.shim"
	ok "every way to look up a name answers as bare" diff "$scratch/asked" "$scratch/asked.shim"
	is "nothing is said of those answers" "$(grep -c 'found nothing' "$scratch/asked.log")" 0
}

# Behind inetd: the same script, a process a connection.
inetd()
{
	use "$1"
	setup yes
	recipe start >"$scratch/start"
	PATH=$B:$PATH systemd-socket-activate --accept --inetd --listen=127.0.0.1:874 -E PATH sh "$scratch/start" >"$dir/inetd" 2>&1 &
	listener=$!
	wait_until rsync --port=874 "$url/" >/dev/null 2>&1
	ok "$1, inetd: push" rsync -a --port=874 "$scratch/src/" "$url/other/tree/"
	ok "$1, inetd: it is there" diff <(listing "$scratch/src") <(listing "$dir/other/tree")
	ok "$1, inetd: an option that leads out" grep -q 'temp-dir: rejected by preclude' \
		<<<"$(ln -s "$dir/outside" "$dir/other/out"
		sed -i 's/^use chroot.*/use chroot = no/' "$dir/rsyncd.conf"
		rsync -a --port=874 --temp-dir=/out "$scratch/src/" "$url/other/" 2>&1)"
	kill "$listener"
}

mkdir -p "$scratch/src/deep"
head -c 100000 /dev/urandom >"$scratch/src/big"
echo carol >"$scratch/src/carols"
chown 4242 "$scratch/src/carols"
ln -s ../big "$scratch/src/deep/link"
find "$scratch/src" -depth -exec touch -h -d '2001-02-03 04:05:06.7' {} +
world
for version in "${versions[@]}"; do
	hooks "$version" yes
	hooks "$version" no
	# From 3.5.0 on rsync denies whom it cannot name.
	case $("${!version}" --version | awk 'NR == 1 { print $3 }') in
	[0-2].* | 3.[0-4].*) names "$version" nofoes@3 ;;
	*) names "$version" "" ;;
	esac
done
needs
answers
inetd debian
finish
