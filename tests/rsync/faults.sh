# SPDX-License-Identifier: ISC
# The faults (bash): source it after load.sh. Each is a function fault_NAME, which begins, puts the fault in again and
# again while the load goes on, mends it, and says what only this fault can do.

clients=() group=() orphans=() listeners=()

faults_end()
{
	[ -z "${w:-}" ] || : >"$w/stop"
	[ ${#clients[@]} -eq 0 ] || kill "${clients[@]}" 2>/dev/null
	daemon_stop KILL
	[ -z "${syslogd:-}" ] || kill "$syslogd"
	[ ${#listeners[@]} -eq 0 ] || kill "${listeners[@]}"
	[ -z "${w:-}" ] || ! mountpoint -q "$w/disk" || umount -l "$w/disk"
	group_end
}

# The probe finds out a connection that is not narrow, and one that is not confined at all.
control()
{
	load_setup "$1" no
	load_daemon PRECLUDE_NARROW=off && "$rsync" -qr "$w/evil/" "$url/one/c0/"
	daemon_stop KILL
	load_daemon LD_PRELOAD="$B/tests/rsync/probe.so" && "$rsync" -qr "$w/evil/" "$url/two/c0/"
	daemon_stop KILL
	is "the probe finds out who is not narrow, and who is free" "$(cut -d' ' -f 2- "$w/probes" | tr '\n' ' ')" \
		"one outside=13 one=0 two=0 two outside=0 one=0 two=0 "
}

# under_fault FAULT VERSION BINARY CHROOT
under_fault()
{
	version="$2, chroot $4" extra='' unaccounted=''
	load_setup "$3" "$4"
	"fault_$1"
	daemon_stop KILL
}

# during NAME STEP: puts the fault in, under load.
during()
{
	local end=$((SECONDS + seconds))
	name="$version, $1"
	load_start 3
	while [ $SECONDS -le $end ]; do "$2"; done
}

# mended: and it is over.
mended()
{
	load_stop
	figures "$name"
	sound "$name"
	recovered "$name"
}

# One file system reserves what is to be written at once, the other one would find out late.
fault_disk()
{
	mkdir "$w/disk"
	if [ "$chroot" = yes ]; then
		mount -t tmpfs -o size=8m none "$w/disk"
	else
		truncate -s 8M "$w/image"
		mkfs.ext4 -q -m 0 "$w/image"
		mount -o loop "$w/image" "$w/disk"
	fi
	log=$w/disk/preclude.log
	load_daemon PRECLUDE_FLAG=all || exit 1
	during "the log's disk is full" fill_and_free
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	is "$name: nobody hears of it" "$(grep -h 'No space left' "$w"/c*/said "$dir/run/rsyncd.log")" ""
	ok "$name: lines were lost, and that is said" test "$(lost_lines)" -gt 0
	umount -l "$w/disk"
}

fill_and_free()
{
	cat /dev/zero >"$w/disk/fill" 2>/dev/null
	truncate -s "-$((RANDOM % 3 * 4096))" "$w/disk/fill"
	sleep 0.7
	rm "$w/disk/fill"
	sleep 0.4
}

# The configuration of preclude-rsync(7), with a place of our own, by logrotate itself.
fault_rotation()
{
	sed -n '/^\.\\" recipe: logrotate$/,/^\.Ed/p' "$top/docs/preclude-rsync.7" | sed '/^\./d' |
		sed "s|/var/log/preclude.json|$log|" >"$w/logrotate.conf"
	turns=0
	load_daemon || exit 1
	during "the log is rotated by copying" rotate
	# What was written between the copy and the cut.
	extra="$turns rotations" unaccounted=1
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	ok "$name: there are copies" test -s "$log.1"
}

rotate()
{
	sleep 0.6
	logrotate -f -s "$w/logrotate.state" "$w/logrotate.conf" && turns=$((turns + 1))
}

# Rotated by its name, as by logrotate without copytruncate, and then compressed: what is left of it here is descriptor 6.
fault_removal()
{
	syslog_begin "$log.syslog"
	removed=
	load_daemon PRECLUDE_FLAG=all || exit 1
	during "the log is renamed, then removed" rename_and_remove
	load_stop
	cat <&6 >"$log.removed"
	exec 6<&-
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	ok "$name: until it is removed, lines go where it is" test -s "$log.removed"
	is "$name: never into another file of its name" "$(cat "$log")" ""
	is "$name: then to syslog, and one says why" "$(grep -c 'the file of the log was removed' "$log.syslog")" 1
	ok "$name: also those of a connection" grep -q '"scope":"module"' "$log.syslog"
	daemon_stop KILL
	syslog_end
}

rename_and_remove()
{
	sleep 0.5
	[ -z "$removed" ] || return
	mv "$log" "$log.1"
	: >"$log"
	sleep 0.5
	exec 6<"$log.1"
	rm "$log.1"
	removed=1
}

descendants()
{
	local child
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		echo "$child"
		descendants "$child"
	done
}

fault_kill()
{
	killed=0
	load_daemon || exit 1
	during "children are killed" kill_some
	extra="$killed killed"
	mended
	ok "$name: children were killed" test "$killed" -gt 0
}

kill_some()
{
	local all some
	for ((some = 0; some < 8; some++)); do
		sleep "0.0$((RANDOM % 9 + 1))"
		readarray -t all < <(descendants "$daemon")
		[ ${#all[@]} -eq 0 ] || kill -KILL "${all[RANDOM % ${#all[@]}]}" 2>/dev/null && killed=$((killed + 1))
	done
}

# A root is another directory for a while, and then itself again.
fault_roots()
{
	swaps=0 taken=0
	load_daemon || exit 1
	during "roots are replaced" swap_root
	extra="$swaps times replaced"
	mended
	is "$name: nothing was served from what stood in its place" "$taken" 0
	is "$name: the other module never failed" "$(results 'two.* failed')" 0
	ok "$name: the log says so" test "$(entries_refused)" -ge "$swaps"
}

swap_root()
{
	mv "$dir/one" "$dir/one.away"
	mkdir "$dir/one"
	"$rsync" -r "$w/evil/" "$url/one/" >/dev/null 2>&1 && taken=$((taken + 1))
	sleep 0.3
	rmdir "$dir/one" || { taken=$((taken + 1)); mv "$dir/one" "$dir/taken.$swaps"; }
	mv "$dir/one.away" "$dir/one"
	swaps=$((swaps + 1))
	sleep 0.5
}

entries_refused()
{
	jq -c 'select(.event == "warning" and (.reason | test("^entering .* is refused")))' "$log" | wc -l
}

# rsync reads its configuration again for each connection.
fault_configuration()
{
	swaps=0 taken=0
	mkdir "$dir/conf.d"
	sed -n '/^\[one\]/,/^\[two\]/p' "$dir/rsyncd.conf" | sed '$d' >"$dir/conf.d/one.conf"
	sed -n '/^\[two\]/,$p' "$dir/rsyncd.conf" | tee "$w/two.conf" >"$dir/conf.d/two.conf"
	sed -i '/^\[one\]/,$d' "$dir/rsyncd.conf"
	echo "&include $dir/conf.d" >>"$dir/rsyncd.conf"
	sed "s|^path = .*|path = $w/outside|" "$w/two.conf" >"$w/led.conf"
	sed "s|two|late|" "$w/led.conf" >"$w/late.conf"
	load_daemon || exit 1
	during "its configuration changes" change_configuration
	extra="$swaps times changed"
	mended
	is "$name: nothing outside the policy is served" "$taken" 0
	is "$name: the module that stayed never failed" "$(results 'one.* failed')" 0
	ok "$name: the log says so" test "$(entries_refused)" -ge $((2 * swaps))
}

serve_as()
{
	cp "$w/$1.conf" "$dir/new" && mv "$dir/new" "$dir/conf.d/$2.conf"
	"$rsync" -r "$w/evil/" "$url/$2/" >/dev/null 2>&1 && taken=$((taken + 1))
	sleep 0.3
}

change_configuration()
{
	serve_as late late
	serve_as led two
	rm "$dir/conf.d/late.conf" "$dir/conf.d/two.conf"
	sleep 0.3
	cp "$w/two.conf" "$dir/new" && mv "$dir/new" "$dir/conf.d/two.conf"
	swaps=$((swaps + 1))
	sleep 0.5
}

fault_descriptors()
{
	load_daemon || exit 1
	during "descriptors run out" limit_descriptors
	mended
	ok "$name: transfers failed" test "$(results failed)" -gt 0
}

limit_descriptors()
{
	prlimit --pid "$daemon" --nofile=$((RANDOM % 16 + 4)):1024
	sleep 0.4
	prlimit --pid "$daemon" --nofile=1024:1024
	sleep 0.2
}

# A group of control groups for the daemon, of version 1 or 2, as far as the machine has them.
group_begin()
{
	local parent
	for parent in /sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup; do
		[ "$parent" != /sys/fs/cgroup ] || { echo '+memory +pids' >"$parent/cgroup.subtree_control"; } 2>/dev/null || continue
		mkdir "$parent/preclude-faults-$$" 2>/dev/null && group+=("$parent/preclude-faults-$$")
	done
	group_join
}

group_join()
{
	local one
	for one in "${group[@]}"; do echo "$daemon" >"$one/cgroup.procs"; done
}

group_end()
{
	local one try
	for one in "${group[@]}"; do
		for ((try = 0; try < 50; try++)); do
			rmdir "$one" 2>/dev/null && break
			sleep 0.1
		done
	done
	group=()
}

# limit NAME VALUE: the limit of that name, in whichever control group has it.
limit()
{
	local one
	for one in "${group[@]}"; do
		[ ! -e "$one/$1" ] || { echo "$2" >"$one/$1"; } 2>/dev/null
	done
}

# number NAME [KEY]: what a control group says of that.
number()
{
	cat "${group[@]/%//$1}" 2>/dev/null | awk -v key="${2:-}" 'key == "" || $1 == key { print $NF; exit }'
}

# The daemon may be what the kernel ends.
revive()
{
	kill -0 "$daemon" 2>/dev/null && return
	revived=$((revived + 1))
	daemon_stop KILL
	rm -f "$dir/run/rsyncd.pid"
	load_daemon
	group_join
}

fault_memory()
{
	revived=0
	load_daemon || exit 1
	group_begin
	during "memory runs out" limit_memory
	extra="$(number memory.oom_control oom_kill)$(number memory.events oom_kill) killed by the kernel, the daemon $revived times"
	mended
	ok "$name: transfers failed" test "$(results failed)" -gt 0
}

limit_memory()
{
	local size
	size=$(awk '/^VmSize/ { print $2 * 1024 }' "/proc/$daemon/status")
	limit memory.limit_in_bytes $((1500000 + RANDOM * 32))
	limit memory.max $((1500000 + RANDOM * 32))
	[ $((RANDOM % 2)) -eq 0 ] || prlimit --pid "$daemon" --as=$((size + RANDOM * 64)):unlimited
	sleep 0.5
	limit memory.limit_in_bytes -1
	limit memory.max max
	prlimit --pid "$daemon" --as=unlimited:unlimited
	revive
	sleep 0.2
}

fault_processes()
{
	revived=0
	load_daemon || exit 1
	group_begin
	[ -n "$(number pids.current)" ] || skip "$version: no more processes" "no control group for it"
	during "there are no more processes" limit_processes
	extra="$(number pids.events max) forks refused"
	mended
	ok "$name: transfers failed" test "$(results failed)" -gt 0
}

limit_processes()
{
	limit pids.max $((1 + RANDOM % 4))
	sleep 0.4
	limit pids.max max
	sleep 0.3
}

# The daemon alone is killed, which its children survive, and started again.
fault_restart()
{
	local old
	revived=0
	load_daemon || exit 1
	during "the daemon is killed and started again" restart
	for old in "${orphans[@]}"; do while kill -0 -- "-$old" 2>/dev/null; do sleep 0.1; done; done
	extra="$revived times"
	mended
	is "$name: each start is in the log" "$(jq -c 'select(.event == "start")' "$log" | wc -l)" $((revived + 1))
}

restart()
{
	sleep 0.6
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	orphans+=("$daemon")
	rm -f "$dir/run/rsyncd.pid"
	load_daemon
	revived=$((revived + 1))
}

# A /dev of its own, with a syslogd that writes to $1.
syslog_begin()
{
	mkdir "$w/dev"
	mount -t tmpfs none "$w/dev"
	cp -a /dev/null /dev/zero /dev/full /dev/urandom /dev/random /dev/tty /dev/loop* "$w/dev/"
	ln -s /proc/self/fd "$w/dev/fd"
	mount --move "$w/dev" /dev
	cat >"$w/syslogd.conf" <<-EOF
		global(workDirectory="$w" net.enableDNS="off" maxMessageSize="64k")
		module(load="imuxsock")
		template(name="bare" type="string" string="%msg:2:\$%\n")
		if \$programname == 'preclude' then action(type="omfile" file="$1" template="bare")
	EOF
	syslog_start
}

syslog_start()
{
	local try
	rsyslogd -n -f "$w/syslogd.conf" -i "$w/syslogd.pid" 2>/dev/null &
	syslogd=$!
	for ((try = 0; try < 100; try++)); do
		[ ! -S /dev/log ] || break
		sleep 0.05
	done
}

syslog_stop()
{
	kill "$syslogd"
	wait "$syslogd"
	syslogd=
}

syslog_end()
{
	[ -z "$syslogd" ] || syslog_stop
	umount -l /dev
}

# Somebody with access to a module listens there, in case that a connection looks for syslogd from inside.
fault_syslog()
{
	local module
	syslog_begin "$log"
	mkdir "$dir/one/dev" "$dir/two/dev"
	: >"$w/heard"
	for module in one two; do
		(cd "$dir/$module/dev" && exec timeout 600 python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("log")
while True: print(s.recv(65536), flush=True)' >>"$w/heard") &
		listeners+=($!)
	done
	load_daemon PRECLUDE_LOG=syslog PRECLUDE_FORMAT=json || exit 1
	during "syslogd goes away and comes back" miss_syslog
	# What was on its way when it ended.
	unaccounted=1
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	kill "${listeners[@]}"
	wait "${listeners[@]}" 2>/dev/null
	listeners=()
	is "$name: nobody listens in a module" "$(cat "$w/heard")" ""
	daemon_stop KILL
	syslog_end
}

miss_syslog()
{
	syslog_stop
	rm -f /dev/log
	sleep 0.4
	syslog_start
	sleep 0.4
}
