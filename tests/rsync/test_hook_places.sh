#!/bin/bash
# SPDX-License-Identifier: ISC
# Each kind of hook, in each kind of directory that the policy of `preclude rsyncd` grants for another reason: it runs as it does
# bare. All receivers.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"

# What base gives lies in /etc and /usr: mounts of our own there.
if is_root && [ -z "$MOUNTS" ] && unshare -m true 2>/dev/null; then
	MOUNTS=1 exec unshare -m "$BASH" "$0"
fi

at_exit+=(daemon_stop)
kinds=(early pre post names)

# The directories, by what the policy has for them, and hooks of each kind in each.
world()
{
	local place kind
	mkdir -p "$scratch"/{src,ran,root,ro,pid,log,lock,none,etc,usr}
	declare -gA places=([root]=$scratch/root [ro]=$scratch/ro [pid]=$scratch/pid [log]=$scratch/log [lock]=$scratch/lock [none]=$scratch/none
		[beneath]=$scratch/log/deep/er [both]=$scratch/root/log)
	mkdir -p "$scratch/log/deep/er" "$scratch/root/log"
	if [ "$MOUNTS" ]; then
		mount --bind "$scratch/etc" /etc/opt
		mount --bind "$scratch/usr" /usr/local/sbin
		places+=([etc]=/etc/opt [usr]=/usr/local/sbin)
	else
		skip "hooks in /etc and /usr" "needs root: to mount"
	fi
	for place in "${!places[@]}"; do
		for kind in "${kinds[@]}"; do
			printf '#!/bin/sh\necho >>%s/ran/%s\n%s\n' "$scratch" "$place-$kind" \
				"$([ "$kind" != names ] || echo 'while read -r ask; do echo 4321; done')" >"${places[$place]}/$kind"
			chmod 755 "${places[$place]}/$kind"
		done
	done
	echo text >"$scratch/src/file"
}

# A module for each place, with a hook of each kind.
configure()
{
	local place
	cat <<-EOF
		use chroot = $1
		pid file = $scratch/pid/rsyncd.pid
		log file = $scratch/log/rsyncd.log
		lock file = $scratch/lock/rsyncd.lock
		max connections = 9
		$(is_root && printf 'uid = root\ngid = root')
		[ran]
		path = $scratch/ran
		comment = $scratch
		read only = no
		[root]
		path = $scratch/root
		read only = no
		log file = $scratch/root/log/own
		[ro]
		path = $scratch/ro
	EOF
	for place in "${!places[@]}"; do
		cat <<-EOF
			[$place-hooks]
			path = $scratch/root
			read only = no
			early exec = ${places[$place]}/early
			pre-xfer exec = ${places[$place]}/pre
			post-xfer exec = ${places[$place]}/post
			name converter = ${places[$place]}/names
		EOF
	done
}

# Which hooks ran: a transfer to each module, and what it said.
session()
{
	local place
	rm -f "$scratch"/ran/* "$scratch/root/file"
	for place in "${!places[@]}"; do
		timeout "$(patience 20)" "$1" -og "$scratch/src/file" "$url/$place-hooks/" 2>&1
		echo "$place: $?"
	done | sort
	daemon_idle
	ls "$scratch/ran"
}

# receiver NAME BINARY CHROOT
receiver()
{
	local name="$1, use chroot $3" binary=$2
	configure "$3" >"$scratch/rsyncd.conf"
	daemon_start "$scratch" "$binary"
	session "$binary" >"$scratch/bare"
	daemon_stop
	is "$name: bare, every hook runs" "$(ls "$scratch/ran" | wc -l)" $((${#places[@]} * ${#kinds[@]}))
	rsyncd_sealed "$scratch"
	rm -f "$scratch/preclude.log"
	daemon_start "$scratch" "$binary" "${policy[@]}"
	session "$binary" >"$scratch/sealed"
	daemon_stop
	ok "$name: sealed, each runs and the client is told the same" diff "$scratch/bare" "$scratch/sealed"
	is "$name: nothing was denied" "$(jq -r 'select(.effect == "denied" or .event == "refused" or .event == "warning") |
		[.func, .path, .reason] | map(select(.)) | join(" ")' "$scratch/preclude.log" | head -n 5)" ""
	# rsync's own log: what a connection's end is told there.
	is "$name: nor does the daemon complain" "$(grep -c 'exec returned failure\|exec failed\|error' "$scratch/log/rsyncd.log")" 0
	rm -f "$scratch/log/rsyncd.log"
}

world
for which in rsync-legacy rsync-deb12 rsync-security; do
	obtain binary "$which" "hooks of $which" || continue
	receiver "$which" "$binary" no
	last=$which
done
[ -z "$last" ] || ! is_root || receiver "$last" "$binary" yes
finish
