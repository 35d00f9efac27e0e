# SPDX-License-Identifier: ISC
# A machine of one's own for a receiver, tests/tap.sh with it (bash): source it first, with the names of what tests/obtain has
# to unpack for it. Where that is not available the script is skipped.
#
# The script starts again in a network, processes and mounts of its own, that end with it. There the receivers
# and preclude are installed; /etc can be written, /srv, /home, /run and /var/log are empty, and nothing of
# it stays. So a policy runs there as docs/RECEIVERS.md has it, word for word.

. "$(dirname "${BASH_SOURCE[0]}")/../alone.sh"
if [ -z "${MACHINE:-}" ]; then
	alone "for a network, processes and mounts of its own" --mount --net --pid --fork --kill-child --mount-proc
	MACHINE=:
	for name; do
		status=0
		said=$("$(dirname "$0")/../obtain" "$name" 2>&1) || status=$?
		if [ "$status" -ne 0 ]; then
			echo "$said" | sed 's/^/# /'
			[ "$status" -ne 77 ] || echo "1..0 # SKIP ${said##*$'\n'}"
			exit $((status != 77))
		fi
		MACHINE=$MACHINE${said##*$'\n'}:
	done
	export MACHINE
	exec unshare --mount --net --pid --fork --kill-child --mount-proc "$BASH" "$0"
fi

. "$(dirname "$0")/../tap.sh"
unpacked=$MACHINE
unset MACHINE
messages=/var/log/syslog
# What is used of the sources, since they may lie in what is hidden.
receivers=$scratch/receivers
page=$scratch/RECEIVERS.md

# empty DIRECTORY...: in this machine. Nothing is removed, ever: what is there is hidden, or the test ends.
empty()
{
	local dir
	for dir; do mount -t tmpfs -o mode=755 tmpfs "$dir" || exit 1; done
}

# layers NAME: that directory of each package, for overlayfs, between colons.
layers()
{
	local package
	tr ':' '\n' <<<"$unpacked" | while read -r package; do
		[ -z "$package" ] || [ ! -d "$package/$1" ] || printf ':%s/%s' "$package" "$1"
	done
	echo :
}

machine()
{
	umask 022 # accounts are to read what is made here, whatever the caller's is
	cp -r "$top/tests/receivers" "$receivers"
	cp "$top/docs/RECEIVERS.md" "$page"
	cd / || exit 1
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
	empty /mnt
	mkdir -p /mnt/usr/bin /mnt/usr/lib /mnt/usr/libexec /mnt/etc /mnt/work
	cp "$B/preclude" /mnt/usr/bin/
	cp "$B/preclude-report" /mnt/usr/libexec/
	cp "$library" /mnt/usr/lib/libpreclude.so.0
	chmod 755 /mnt/usr/bin/preclude /mnt/usr/libexec/preclude-report /mnt/usr/lib/libpreclude.so.0
	ln -s libpreclude.so.0 /mnt/usr/lib/libpreclude.so
	# mount(8) since 2.39 hands the kernel options of 256 bytes at most, unless it is told to use mount(2).
	export LIBMOUNT_FORCE_MOUNT2=always
	mount -t overlay -o "lowerdir=/mnt/usr$(layers usr)/usr" overlay /usr || exit 1
	mount -t overlay -o "lowerdir=$(layers etc | cut -c 2-)/etc,upperdir=/mnt/etc,workdir=/mnt/work" overlay /etc || exit 1
	empty /srv /home /run /var/log
	devices
	ip link set lo up
	# proftpd does not start under a name that has no address, as a machine made by debootstrap has.
	getent hosts "$(uname -n)" >/dev/null || echo "127.0.1.1 $(uname -n)" >>/etc/hosts
	# What a policy's line is in the bare run.
	printf '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n' >/mnt/bare
	chmod 755 /mnt/bare
	: >"$messages"
	python3 "$receivers/listens.py" "$messages" &
	wait_until test -S /dev/log && return
	echo "# nothing listens on /dev/log"
	exit 1
}

# A /dev with a place for a syslogd's socket.
devices()
{
	local name
	mkdir -p /mnt/dev/shm /mnt/dev/pts
	for name in null zero full random urandom tty; do
		: >"/mnt/dev/$name"
		mount --bind "/dev/$name" "/mnt/dev/$name"
	done
	ln -s /proc/self/fd /mnt/dev/fd
	mount -t devpts -o newinstance,ptmxmode=0666 devpts /mnt/dev/pts
	ln -s pts/ptmx /mnt/dev/ptmx
	mount --rbind /mnt/dev /dev || exit 1
}

# account NAME UID [HOME]: its password is its name.
account()
{
	echo "$1:x:$2:$2::${3:-/home/$1}:/bin/sh" >>/etc/passwd
	echo "$1:x:$2:" >>/etc/group
	echo "$1:$(openssl passwd -6 "$1"):19000::::::" >>/etc/shadow
}

# recipe NAME: the code block behind that line of the page.
recipe()
{
	awk -v line="<!-- recipe: $1 -->" '$0 == line { found = 1 } found && /^```/ { if (inside) exit; inside = 1; next } inside' "$page"
}

# exec_start NAME: the command of a unit's drop-in, for a shell.
exec_start()
{
	recipe "$1" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta' | sed -n 's/^ExecStart=\(..*\)/\1/p'
}

# answers PORT: waits until $! listens there.
answers()
{
	wait_until listens_or_ended "$1" $! && kill -0 $! 2>/dev/null
}

# listens_or_ended PORT PROCESS
listens_or_ended()
{
	bash -c ": </dev/tcp/127.0.0.1/$1" 2>/dev/null || ! kill -0 "$2" 2>/dev/null
}

# starts NAME PORT: what the page has for that daemon, until it answers.
starts()
{
	echo "exec $(exec_start "$1")" >"$scratch/$1.sh"
	setsid sh "$scratch/$1.sh" >"$scratch/$1.$run" 2>&1 </dev/null &
	daemon=$!
	answers "$2" && return
	echo "# $1 does not start:"
	sed 's/^/#   /' "$scratch/$1.$run"
	return 1
}

# Everything of the daemon's session, and what it forked.
stops()
{
	pkill -TERM -s "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	pkill -KILL -s "$daemon" 2>/dev/null
}

# What is beneath a directory, in a form that two runs can be compared in: a time before 2020 is one that was set.
tree()
{
	(cd "$1" && find . -printf '%P %y %m %U:%G %s %l %TY-%Tm-%Td %TH:%TM:%TS\n' | sed 's/ 20[2-9][0-9]-[-0-9]* [0-9:.]*$/ now/' |
		sed '/ d [0-7]* [0-9:]* /s/^\([^ ]* d [0-7]* [0-9:]*\) [0-9]*/\1/' | LC_ALL=C sort
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum)
}

# way NAME EVIDENCE: an attack that was made, what was said in way.out. In the bare run the evidence, a command
# line, is there; under preclude it is not.
way()
{
	if [ "$run" = bare ]; then
		ok "bare: $1" eval "$2" || tail -n 40 "$scratch/way.out" | sed 's/^/#   /'
	else
		ok "sealed: no $1" not eval "$2"
	fi
}

# heard: all that was logged until now is in $messages; what listens takes one message after the other.
heard()
{
	heard=$((${heard:-0} + 1))
	logger "heard up to $heard"
	wait_until grep -q "heard up to $heard\$" $messages
}

# both WORLD WORK [WAYS [WHAT]]: functions. Work is done the same bare and under preclude, and prints what came of
# it; then the ways out are tried. The world is made anew before each. In the log of the work nothing is refused but
# what matches $expected.
both()
{
	local what=${4:-work}
	for run in bare sealed; do
		[ "$run" = sealed ] || mount --bind /mnt/bare /usr/bin/preclude
		"$1"
		: >$messages
		"$2" >"$scratch/work.$run" 2>&1
		heard
		cp $messages "$scratch/messages.$run"
		"$1"
		${3:+"$3"}
		heard
		[ "$run" = sealed ] || umount /usr/bin/preclude
	done
	ok "$what: much is done" test "$(wc -l <"$scratch/work.bare")" -gt 20
	is "$what: the same under preclude" "$(diff "$scratch"/work.{bare,sealed})" ""
	ok "$what: it is in force" grep -q 'preclude.*sandbox enforced, full' "$scratch/messages.sealed"
	is "$what: nothing is denied" "$(grep 'preclude.*DENIED\|preclude.*WORST\|preclude.*warning' "$scratch/messages.sealed" |
		grep -v "${expected:-^$}" | cut -c 1-300)" ""
	[ -z "$3" ] || ok "$what: what was stopped is in the log" grep -q 'preclude.*DENIED.*from a root: escape' $messages
}

machine
