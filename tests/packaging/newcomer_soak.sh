#!/bin/bash
# SPDX-License-Identifier: ISC
# A newcomer's first hour: README.md's commands, word for word, on a bare Debian 12 and 13: newcomer_soak.sh [12|13|root|user|odd|quick]...
#
# root and user (who may use sudo) are people; odd is the user with all that is unusual: a path with spaces, the build of an older commit,
# clang, four jobs at once, umask 077, neither LANG nor HOME nor a terminal worth the name. Without arguments all of them come on both systems.
# quick leaves out `make check`. NEWCOMER_TREE is another tree than this one: that of an older commit shows that this notices.
#
# NEWCOMER_TESTS="tests/house/test_hosts.sh ..." has `make check` run these alone.
#
# The systems come by debootstrap from the mirror that this machine uses, and are kept in $OLD_CACHE. Each person gets a copy,
# since programs treat files in an overlay differently. It is the root of a mount namespace of its own, so that no path, not even
# one by "..", leads from what root does there to the files of this machine.

# Nothing that is mounted or started here is seen, or left, elsewhere. Whatever ends this, the copy is removed only after the last
# process in it has ended: killing the first process of a process name space ends all others.
if [ -z "${NEWCOMER_HERE:-}" ]; then
	export NEWCOMER_HERE=/var/tmp/preclude-newcomer.$RANDOM$RANDOM
	unshare -mpf --kill-child --mount-proc --propagation private "$0" "$@" &
	apart=$!
	finished()
	{
		pkill -KILL -P "$apart"
		wait "$apart"
		rm -rf --one-file-system "$NEWCOMER_HERE"
	}
	trap finished EXIT
	trap 'exit 1' HUP INT TERM
	wait "$apart"
	exit
fi

. "$(dirname "$0")/../tap.sh"
. "$top/tests/debian.sh"

tree=${NEWCOMER_TREE:-$top}
chosen=" $* "
# wanted WORD OTHERS...: whether it was chosen, or none of its kind was.
wanted()
{
	local word
	[[ $chosen != *" $1 "* ]] || return 0
	for word in "${@:2}"; do
		[[ $chosen != *" $word "* ]] || return 1
	done
}

# system VERSION SUITE: a bare one, in $pristine.
system()
{
	pristine=${OLD_CACHE:-$B}/debian-$1
	[ -e "$pristine/bootstrapped" ] && return
	rm -rf "$pristine"
	mkdir -p "${OLD_CACHE:-$B}"
	# All that the installer puts on a machine, when nothing is chosen.
	ok "debootstrap $2" debootstrap "$2" "$pristine" "$(debian_mirror "$2")" && touch "$pristine/bootstrapped"
}

# Not in $scratch, which is removed with all that is found in it.
here=$NEWCOMER_HERE
leave()
{
	umount -R -l "$here" 2>/dev/null
	rm -rf --one-file-system "$here"
}
at_exit+=(leave)

# machine SUITE: a copy of the bare system in $here, with what every Debian has: security updates, git and make.
machine()
{
	leave
	cp -a "$pristine" "$here"
	mount --bind "$here" "$here"
	mount -t sysfs sysfs "$here/sys"
	devices
	cp -L /etc/resolv.conf "$here/etc/resolv.conf"
	# How this machine reaches its mirrors.
	apt-config dump | grep -iE '^Acquire::(http|https|ftp|proxy|retries|check)' >"$here/etc/apt/apt.conf.d/99machine"
	echo "deb $(debian_mirror "$1-security") $1-security main" >>"$here/etc/apt/sources.list"
	ok "$who: git and make" on root "" 'apt-get -q update && apt-get -q -y install git make sudo'
}

# A /dev whose names are not this machine's.
devices()
{
	local name
	mount -t tmpfs -o mode=755 dev "$here/dev"
	mkdir -p "$here/dev"/{pts,shm,net}
	for name in null zero full random urandom tty fuse kvm net/tun; do
		[ ! -c "/dev/$name" ] || { : >"$here/dev/$name" && mount --bind "/dev/$name" "$here/dev/$name"; }
	done
	ln -s /proc/self/fd "$here/dev/fd"
	ln -s /proc/self/fd/0 "$here/dev/stdin"
	ln -s /proc/self/fd/1 "$here/dev/stdout"
	ln -s /proc/self/fd/2 "$here/dev/stderr"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$here/dev/pts"
	ln -s pts/ptmx "$here/dev/ptmx"
	mount -t tmpfs -o mode=1777 shm "$here/dev/shm"
}

# within COMMAND...: with the copy as root directory, and with processes of its own, all of which end with it.
within()
{
	unshare -mpf --kill-child --propagation private sh -c 'cd "$1" && mount -t proc proc proc && pivot_root . mnt && umount -l mnt &&
		cd / && shift && "$@"; exit' sh "$here" "$@"
}

# on PERSON DIRECTORY COMMAND: as somebody who has just logged in would type it.
on()
{
	local name=$1 home=/home/$1 how=(LANG=C.UTF-8 TERM=xterm SYSTEMD_OFFLINE=1) first=
	case $1 in
	root) home=/root ;;
	odd)
		name=user home=/home/user how=(-u HOME TERM=dumb CC=clang MAKEFLAGS=-j4) first='umask 077;'
		;;
	esac
	within env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" USER="$name" LOGNAME="$name" \
		SHELL=/bin/bash env "${how[@]}" setpriv --reuid "$name" --regid "$name" --init-groups \
		bash -c "$first cd '${2:-/}' && $3" </dev/null
}

# does NAME PERSON DIRECTORY COMMAND: it has exit status 0; all that it said is kept.
does()
{
	local log status
	log=${1//[^A-Za-z0-9.]/-}
	log=$B/tests/packaging/newcomer-${log:0:100}.log
	mkdir -p "${log%/*}"
	# Apart, as for everybody who keeps what a program says: into one file, the log would go to syslog.
	on "$2" "$3" "$4" >"$log" 2>"$log.errors"
	status=$?
	cat "$log" >>"$log.errors" && mv "$log.errors" "$log"
	echo "# $(tail -n 1 "$log")"
	ok "$1" sh -c 'echo "exit status $1: $3"; grep -v "^ok" "$2" | tail -n 60; exit "$1"' does "$status" "$log" "$log"
}

# The last line of what COMMAND says is the one to run; nothing is installed, and the exit status is no success.
declines()
{
	local before said
	before=$(on root "" 'dpkg-query -W')
	said=$(on "$2" "$3" "$4" 2>&1) && said="$said
exit status 0"
	line=$(sed -n 's/^\t\(sudo \)\?\(apt-get .*\)/\2/p' <<<"$said")
	ok "$1: one apt command, which has $5" sh -c 'echo "$1"; [ "$(echo "$2" | grep -c apt-get)" = 1 ] && echo "$2" | grep -qw -- "$3"' declines \
		"$said" "$line" "$5"
	is "$1: nothing is installed" "$(on root "" 'dpkg-query -W')" "$before"
	[[ $said != *"exit status 0"* ]] || ok "$1: it is no success" false
}

# A checkout of what is in the tree now, with its history where there is one.
checkout()
{
	local at=$1
	mkdir -p "$here$at"
	[ ! -e "$tree/.git" ] || git clone -q --no-checkout "$tree" "$here$at" || return
	tar -c -C "$tree" --exclude=./build --exclude=./.git . | tar -x -C "$here$at"
	[ -e "$here$at/.git" ] || git -C "$here$at" init -q
	git -C "$here$at" add -A
	git -C "$here$at" -c user.name=nobody -c user.email=nobody@localhost commit -q --allow-empty -m 'As it is'
}

# The commands of README.md, one a line as PLACE, COMMAND; a block with what it says as "says", FILE, and what the admin of a
# daemon does as "admin", FILE.
commands()
{
	local kind file line remark place
	"$top/tests/docs/blocks.py" "$tree/README.md" "$scratch/blocks" >"$scratch/listed" || return
	while IFS=$'\t' read -r kind file line remark; do
		case $kind,$remark in
		run, | elsewhere,tests/packaging/newcomer_soak.sh) place=preclude ;;
		"run,a program's tree") place=program ;;
		console,)
			printf 'says\t%s\n' "$file"
			continue
			;;
		elsewhere,tests/packaging/stranger_soak.sh)
			printf 'admin\t%s\n' "$file"
			continue
			;;
		*) continue ;;
		esac
		# What follows a "#" is for the reader.
		sed "s/  *#.*//; s/^/$place\t/" "$file"
	done <"$scratch/listed"
}

# says PERSON DIRECTORY FILE: the commands of that block say what it says.
says()
{
	mkdir -p "$here$scratch/blocks"
	chmod 1777 "$here$scratch/blocks"
	on "$1" "$2" "$("$top/tests/docs/blocks.py" --commands "$3")"
	rm -f "$3".*
	cp "$here$3".* "$scratch/blocks/"
	"$top/tests/docs/blocks.py" --compare "$3"
}

# administers DIRECTORY FILE: those lines, as root on a machine that serves rsync. systemctl is told that nothing was booted
# here, and ignores what is asked of it: stranger_soak.sh does the same on a machine that was.
administers()
{
	ok "$who: rsync" on root "" 'DEBIAN_FRONTEND=noninteractive apt-get -q -y install rsync'
	printf '%s\n' '[inbox]' 'path = /srv/inbox' 'read only = no' >"$here/etc/rsyncd.conf"
	does "$who: README.md's lines for the admin of a daemon" root "$1" "set -e
$(cat "$2")"
	ok "$who: the drop-in that they leave" grep /srv/inbox "$here/etc/systemd/system/rsync.service.d/preclude.conf"
}

# `make check` with $NEWCOMER_TESTS alone: scripts, or programs as in build/tests/shim/wrap/test_rows.
named()
{
	local word scripts='' programs=''
	for word in $NEWCOMER_TESTS; do
		case $word in
		*.sh) scripts+=" $word" ;;
		*) programs+=" $word" ;;
		esac
	done
	echo "make check \"TEST_SCRIPTS=$scripts\" \"TEST_PROGRAMS=$programs\""
}

# visit VERSION SUITE PERSON
visit()
{
	local home=/home/user at who="Debian $1, $3" place command
	[ "$3" != root ] || home=/root
	at=$home/preclude
	[ "$3" != odd ] || at="$home/my own programs/preclude"
	system "$1" "$2" && machine "$2" || return
	on root "" 'useradd -m -s /bin/bash user'
	checkout "$at" || { ok "$who: a checkout" false; return; }
	mkdir -p "$here$home/program" "$here/srv/inbox"
	cp "$top"/tests/docs/program/* "$here$home/program/"
	[ "$3" = root ] || chown -R 1000:1000 "$here$home"
	chown -R 1000:1000 "$here/srv/inbox"

	# Who cannot install is told what to install.
	if [ "$3" = user ]; then
		declines "$who without sudo's permission: make" user "$at" make uthash-dev
		echo 'user ALL=(ALL) ALL' >"$here/etc/sudoers.d/user"
		declines "$who, sudo wants a password: make check" user "$at" 'make check' libcmocka-dev
		declines "$who: CC=clang make" user "$at" 'CC=clang make' clang
		ok "$who: which needs no gcc" not grep -qw gcc <<<"$line"
	fi
	[ "$3" != root ] || declines "$who, in a package build: make" root "$at" 'DEB_HOST_ARCH=amd64 make' gcc
	echo 'user ALL=(ALL) NOPASSWD: ALL' >"$here/etc/sudoers.d/user"

	if [ "$3" = odd ] && on user "$at" 'git rev-parse -q --verify HEAD~20' >/dev/null; then
		does "$who: make, twenty commits ago" user "$at" 'sudo apt-get -q -y install gcc libc6-dev uthash-dev libelf-dev libdw-dev \
			libjansson-dev zlib1g-dev libcapstone-dev libzydis-dev && git checkout -q HEAD~20 && make && git checkout -q -'
	fi
	while IFS=$'\t' read -r place command; do
		[ "$command" != 'make check' ] || ! [[ $chosen == *' quick '* ]] || continue
		# README.md says so.
		[ "$3" != root ] || command=${command#sudo }
		[ "$place $command" != 'preclude make check' ] || [ -z "${NEWCOMER_TESTS:-}" ] || command=$(named)
		case $place in
		preclude) does "$who: $command" "$3" "$at" "$command" ;;
		says) ok "$who: what README.md's commands say" says "$3" "$at" "$command" ;;
		admin) [ "$3" != root ] || administers "$at" "$command" ;;
		program) does "$who: $command" "$3" "$home/program" "$command" ;;
		esac
	done < <(commands)
	is "$who: what the user may not write to" "$(on root "" "find '$at' ! -user $([ "$3" = root ] && echo root || echo user)" | head -n 3)" ""
}

mkdir "$scratch/blocks"
ok "README.md has a newcomer's commands" grep -q '^preclude	make check$' <(commands)
for release in 12:bookworm 13:trixie; do
	for person in root user odd; do
		wanted "${release%:*}" 12 13 && wanted "$person" root user odd || continue
		visit "${release%:*}" "${release#*:}" "$person"
	done
done
finish
