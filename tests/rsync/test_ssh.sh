#!/bin/bash
# SPDX-License-Identifier: ISC
# rsync over ssh, as preclude-rsync(7) has it: a real sshd, an account that is not root, the page's own lines. With
# secluded arguments and without, through rrsync, and as a daemon; Debian's rsync, and pristine 3.2.7.

# A network and mounts of its own: the system's accounts, /run and rsync stay what they are.
. "$(dirname "$0")/../alone.sh"
if [ -z "${INSIDE:-}" ]; then
	alone "for a network, an sshd and accounts of its own" --mount --net
	# There, nothing can be fetched.
	"$(dirname "$0")/../obtain" rsync-legacy >/dev/null 2>&1
	INSIDE=1 exec unshare --mount --net "$BASH" "$0"
fi

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"

receivers
page=$top/docs/preclude-rsync.7
keys=$scratch/keys
root=$scratch/alice

# recipe NAME: the literal block behind that line of the page, for this place.
recipe()
{
	sed -n '/^\.\\" recipe: '"$1"'$/,/^\.Ed/p' "$page" | sed '/^\./d;s/\\&//g;s/\\e/\\/g' |
		sed "s|/backup/alice|$root|g;s|--log syslog|--log $scratch/log/ssh|g;s|/etc/rsyncd.conf|$scratch/rsyncd.conf|;s|ssh-ed25519 AAAA\.\.\. alice|$(cat "$keys/$1.pub" 2>/dev/null)|"
}

# Who logs in. What runs for it must be readable to it, wherever the build is.
account()
{
	mkdir -p "$scratch"/{etc,bin,log,home,old} "$keys"
	chmod 777 "$scratch/log"
	cp "$B/preclude" "$library" "$scratch/bin/"
	cp /usr/bin/rsync "$scratch/bin/debian"
	[ -z "$pristine" ] || {
		cp "$pristine" "$scratch/bin/pristine"
		cp "${pristine%/*}/support/rrsync" "$scratch/bin/rrsync-pristine"
	}
	cp /usr/bin/rrsync "$scratch/bin/rrsync-debian"
	chmod -R a+rX "$scratch/bin"
	chmod 755 "$scratch"/bin/*
	cp /etc/{passwd,group,shadow} "$scratch/etc/"
	echo "alice:x:4001:4001::$scratch/home:/bin/sh" >>"$scratch/etc/passwd"
	echo "alice:x:4001:" >>"$scratch/etc/group"
	echo "alice:*:19000::::::" >>"$scratch/etc/shadow"
	mount --bind "$scratch/etc/passwd" /etc/passwd
	mount --bind "$scratch/etc/group" /etc/group
	mount --bind "$scratch/etc/shadow" /etc/shadow
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir /run/sshd
	ip link set lo up
}

server()
{
	local name
	for name in host rrsync keys daemon bare; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$keys/$name"; done
	recipe script >"$scratch/bin/preclude-rsync"
	touch "$scratch/bin/preclude-daemon"
	chmod 755 "$scratch"/bin/preclude-*
	{
		recipe rrsync | tr -s '\n ' ' '
		echo
		recipe keys
		echo "restrict,command=\"preclude-daemon\" $(cat "$keys/daemon.pub")"
		cat "$keys/bare.pub"
	} >"$keys/authorized"
	cat >"$scratch/sshd_config" <<-EOF
		ListenAddress 127.0.0.1:22
		HostKey $keys/host
		AuthorizedKeysFile $keys/authorized
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PidFile none
		SetEnv PATH=$scratch/bin:/usr/local/bin:/usr/bin:/bin
	EOF
	chmod -R a+rX "$keys"
	chmod 600 "$keys"/{host,rrsync,keys,daemon,bare}
	/usr/sbin/sshd -D -e -f "$scratch/sshd_config" 2>"$scratch/sshd.log" &
	sshd=$!
	at_exit+=("kill $sshd")
	wait_until bash -c ': </dev/tcp/127.0.0.1/22' 2>/dev/null && return
	sed 's/^/# /' "$scratch/sshd.log"
	exit 1
}

# One connection a key carries all of its sessions; each session runs the key's command.
shell()
{
	echo "ssh -F none -i $keys/$1 -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=$scratch/known -o LogLevel=ERROR" \
		"-o StrictHostKeyChecking=no -o ControlMaster=auto -o ControlPath=$scratch/mux-$1 -o ControlPersist=60"
}

# As which rsync the account finds, by any name.
use()
{
	umount /usr/bin/rsync /usr/bin/rrsync 2>/dev/null
	mount --bind "$scratch/bin/$1" /usr/bin/rsync
	mount --bind "$scratch/bin/rrsync-$1" /usr/bin/rrsync
}

# client KEY ARGUMENT...: what it says that matters, and its status
client()
{
	local key=$1 said
	shift
	said=$("$scratch/bin/$binary" -e "$(shell "$key")" "$@" 2>&1)
	echo "$?" "$(grep 'rejected by\|rrsync error\|disabled\|unsafe\|only rsync\|Permission' <<<"$said" | sed 's/^rsync: on remote machine: /rsync: /' | head -n 1)"
}

tree()
{
	rm -rf "$root" "$scratch/pulled" "$scratch/outside"
	mkdir -p "$root/prev" "$scratch/outside"
	cp -p "$scratch/src/plain" "$root/prev/"
	echo secret >"$scratch/outside/secret"
	ln -s "$scratch/outside" "$root/out"
	chown -hR alice:alice "$root" "$scratch/outside"
}

# What an account that is not root can keep: no owners.
same_tree()
{
	diff <(listing "$1" | sed 's/ [0-9]*:[0-9]* / /') <(listing "$2" | sed 's/ [0-9]*:[0-9]* / /')
}

to=alice@127.0.0.1

# work NAME KEY BASE OPTION...: push and pull, BASE being how the command calls the root.
work()
{
	local name=$1 key=$2 base=$3
	shift 3
	tree
	is "$name: push" "$(client "$key" -aHAX --no-o --no-g "$@" "$scratch/src/" "$to:$base/tree/")" "0 "
	ok "$name: it is there" same_tree "$scratch/src" "$root/tree"
	is "$name: pull" "$(client "$key" -aHAX --no-o --no-g "$@" "$to:$base/tree/" "$scratch/pulled/")" "0 "
	ok "$name: it is here" same_tree "$scratch/src" "$scratch/pulled"
	is "$name: --link-dest in the root" "$(client "$key" -a --no-o --no-g "$@" --link-dest="${link:-../prev}" \
		"$scratch/src/plain" "$to:$base/linked/")" "0 "
	ok "$name: and it linked" test "$root/prev/plain" -ef "$root/linked/plain"
	is "$name: not through a planted link" "$(client "$key" -r "$@" "$scratch/src/" "$to:$base/out/" | cut -d ' ' -f 1)" \
		"${through:-23}"
	client "$key" -rL "$@" "$to:$base/" "$scratch/loot/" >/dev/null
	is "$name: nothing came or went" "$(ls "$scratch/outside"; ls "$scratch/loot/out" 2>/dev/null)" secret
	rm -rf "$scratch/loot"
}

# The account itself may write there: what stops the others is preclude.
bare()
{
	tree
	is "$binary, bare: through a planted link" "$(client bare -r "$scratch/src/" "$to:$root/out/"; ls "$scratch/outside/plain")" \
		"0 
$scratch/outside/plain"
	is "$binary, bare: --temp-dir=/tmp" "$(client bare -r --temp-dir=/tmp "$scratch/src/" "$to:$root/x/")" "0 "
}

outside()
{
	local name=$1 key=$2 option value
	shift 2
	for option in temp-dir=/tmp backup-dir=/etc link-dest="$scratch/outside" compare-dest="$root/out" \
		partial-dir=../../outside; do
		value=${option#*=}
		is "$name: --$option is rejected" "$(client "$key" -rb "$@" "--$option" "$scratch/src/" "$to:$root/sub/" |
			sed 's/^[0-9]* //')" \
			"rsync: --${option%%=*}: rejected by preclude, it leads out of the module: $value"
	done
	is "$name: a push outside fails" "$(client "$key" -r "$@" "$scratch/src/plain" "$to:$scratch/outside/new" |
		cut -d ' ' -f 1)" 23
	is "$name: a pull from outside fails" "$(client "$key" -r "$@" "$to:$scratch/outside/" "$scratch/loot/" |
		cut -d ' ' -f 1)" 23
	is "$name: nothing came or went" "$(ls "$scratch/outside"; ls "$scratch/loot" 2>/dev/null)" secret
}

# Words that are not rsync's: the script passes none on, and the shell makes nothing of them.
words()
{
	local command
	for command in "sh -c 'touch $root/made'" "rsync --server \$(touch $root/made) . x" "rsync --server ; touch $root/made" \
		"rsync --server \`touch $root/made\` . *" "rsync -e /bin/sh x:y ." "" \
		"rsync --server --daemon --config=$root/evil.conf ." "rsync --daemon --server --config=$root/evil.conf ."; do
		ok "$binary: refused: $command" not timeout "$(patience 30)" $(shell keys) -T $to "$command" </dev/null
	done
	ok "$binary: and nothing was made of them" not test -e "$root/made"
	is "$binary: no daemon" "$(client keys -a -M--daemon "$scratch/src/" "$to:$root/")" \
		"12 $scratch/bin/preclude-rsync: only rsync is served here"
	is "$binary: nor in secluded arguments" "$(client keys -as -M--daemon -M--config="$root/evil.conf" \
		"$scratch/src/" "$to:$root/" | sed 's/^[0-9]* //')" \
		"rsync: --daemon: rejected by preclude, a client does not turn the server into a daemon"
}

restricted()
{
	local option
	link=/prev through=12 work "$binary, rrsync" rrsync ""
	for option in backup-dir=/out temp-dir=/out partial-dir=/out link-dest=/out link-dest=../../outside; do
		ok "$binary, rrsync: --$option fails" grep -q '^12 .*rrsync error: ' \
			<<<"$(client rrsync -rb "--$option" "$scratch/src/" "$to:sub/")"
	done
	ok "$binary, rrsync: secluded arguments fail" grep -q '^12 .*rrsync error: ' <<<"$(client rrsync -rs "$to:" "$scratch/loot/")"
}

# A configuration that the account cannot write, with two modules.
over_daemon()
{
	local dir=$scratch/$binary.d
	mkdir -p "$dir"/{one,two}
	chown alice "$dir"/{one,two}
	printf 'use chroot = no\nread only = no\nmunge symlinks = no\n[one]\npath = %s\n[two]\npath = %s\n' \
		"$dir/one" "$dir/two" >"$scratch/rsyncd.conf"
	ln -s ../two "$dir/one/out"
	recipe daemon | sed "s|$scratch/log/ssh|$scratch/log/$binary.daemon|" >"$scratch/bin/preclude-daemon"
	is "$binary, daemon over ssh: push" "$(client daemon -aHAX --no-o --no-g "$scratch/src/" "$to::one/tree/")" "0 "
	ok "$binary, daemon over ssh: it is there" same_tree "$scratch/src" "$dir/one/tree"
	client daemon -r "$scratch/src/" "$to::one/out/" >/dev/null
	is "$binary, daemon over ssh: not in another module" "$(ls "$dir/two")" ""
	is "$binary, daemon over ssh: --temp-dir=/out" "$(client daemon -r --temp-dir=/out "$scratch/src/" "$to::one/")" \
		"4 rsync: --temp-dir: rejected by preclude, it leads out of the module: /out"
	is "$binary, daemon over ssh: each was sealed" "$(jq -r 'select(.scope == "module") | .module + " " + .outcome' \
		"$scratch/log/$binary.daemon")" "$(printf 'one enforced\n%.0s' 1 2 3)"
}

both()
{
	binary=$1
	use "$binary"
	work "$binary" keys "$root"
	work "$binary, secluded" keys "$root" -s
	outside "$binary" keys
	outside "$binary, secluded" keys -s
	words
	restricted
	over_daemon
	bare
}

mkdir -p "$scratch/src/deep"
head -c 100000 /dev/urandom >"$scratch/src/big"
echo plain >"$scratch/src/plain"
ln "$scratch/src/plain" "$scratch/src/deep/hard"
ln -s ../plain "$scratch/src/deep/link"
find "$scratch/src" -depth -exec touch -h -d '2001-02-03 04:05:06.7' {} +
account
server
for version in "${versions[@]}"; do both "$version"; done
is "every connection was restricted" "$(jq -r 'select(.event == "sandbox") | .outcome' "$scratch/log/ssh" | sort -u)" enforced
finish
