# SPDX-License-Identifier: ISC
# What befalls a sealed daemon's processes, its roots, its configuration, and what it needs of the machine (bash): source it
# after load.sh. Each fault_NAME puts one fault in again and again under load, mends it, and says what only this fault can do.

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
	killed=0 halves=1
	load_daemon || exit 1
	during "children are killed" kill_some
	extra="$killed killed"
	mended
	ok "$name: children were killed" test "$killed" -gt 0
	[ "$rsync $chroot" != "${!first} no" ] || new_site
}

# What the processes share of call sites still tells old from new.
new_site()
{
	local i=99
	ln -sfn "$w/outside" "$dir/one/c99/out"
	ask --inplace "$w/evil/file" "$url/one/c99/out/new"
	daemon_idle
	ok "$name: a call from a new place is still logged" grep -q '"call".*/new".*"effect":"denied"' "$log"
}

serves()
{
	[ -n "$(descendants "$daemon")" ]
}

kill_some()
{
	local all some
	for ((some = 0; some < 8; some++)); do
		sleep "0.0$((RANDOM % 9 + 1))"
		wait_until serves
		readarray -t all < <(descendants "$daemon")
		[ ${#all[@]} -eq 0 ] || kill -KILL "${all[RANDOM % ${#all[@]}]}" 2>/dev/null && killed=$((killed + 1))
	done
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
	replaced_configuration
}

# Outside /etc the file is granted, and no other of its name.
replaced_configuration()
{
	local i=99
	replace_configuration
	ok "$name: a rsyncd.conf that was replaced is not read" not ask -r "$w/evil/" "$url/one/c99/"
	ok "$name: and that is logged" grep -q '/rsyncd.conf".*"effect":"denied","by":"landlock"' "$log"
	daemon_stop KILL
	rm -f "$dir/run/rsyncd.pid"
	load_daemon PRECLUDE_READ="$dir"
	replace_configuration
	ok "$name: where its directory is granted, it is" ask -r "$w/evil/" "$url/one/c99/"
}

replace_configuration()
{
	cp "$dir/rsyncd.conf" "$dir/new" && mv "$dir/new" "$dir/rsyncd.conf"
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
	during "descriptors run out" limit_descriptors fails
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
	local one
	for one in "${group[@]}"; do wait_until rmdir "$one" 2>/dev/null; done
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
	revived=0 halves=1
	load_daemon || exit 1
	group_begin
	during "memory runs out" limit_memory fails
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
	during "there are no more processes" limit_processes fails
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
