# SPDX-License-Identifier: ISC
# An rsync daemon under continuous load, for the faults (bash): source it after lib.sh.
#
# Each client pushes a tree of its own, now into one module and now into the other, compares what arrived, pulls it
# back, compares again, and between that leads the daemon to links that lead out of its module. Every connection is
# probed from inside (probe.c). What came of all that is a line in $w/results and $w/probes, and what must never
# change lies in $w/outside and in the directory `held` of each module.

# load_setup BINARY CHROOT: a daemon's configuration in $dir, and the clients' trees.
load_setup()
{
	rsync=$1 chroot=$2
	w=$scratch/$tests dir=$w/daemon log=$w/preclude.log canary=canary-$$
	mkdir -p "$w/evil/full/out" "$w/evil/full/next" "$w/evil/empty/out" "$w/evil/empty/next" "$w/outside"
	rsyncd_setup "$dir" "$2"
	# As many at once as there are clients, and a hook: a program that finds the log by itself.
	sed -i 's/max connections = .*/pre-xfer exec = true/' "$dir/rsyncd.conf"
	local held
	for held in "$w/outside" "$dir/one/held" "$dir/two/held"; do
		mkdir -p "$held"
		chmod 755 "$held"
		echo "$canary" >"$held/secret"
	done
	echo evil | tee "$w/evil/file" "$w/evil/full/out/file" "$w/evil/full/next/file" >/dev/null
	mkdir -p "$w/tree/a" "$w/tree/b/c"
	local i
	for ((i = 0; i < 40; i++)); do head -c $((i * 300)) /dev/urandom >"$w/tree/a/$i"; done
	head -c 1000000 /dev/urandom >"$w/tree/b/big"
	ln -s ../a/1 "$w/tree/b/link"
	chmod 4751 "$w/tree/a/7"
	find "$w/tree" -depth -exec touch -h -d '2001-02-03 04:05:06.789' {} +
	never_changes >"$w/never"
	results=$w/results
	: >"$results"
	# The modules by descriptor: a directory that is moved while it is served stays the one that is compared.
	exec 7<"$dir/one" 8<"$dir/two" 9>>"$w/probes"
}

# load_daemon [VARIABLE=VALUE...]: the daemon, sealed; its log is $log.
load_daemon()
{
	rsyncd_sealed "$dir"
	policy+=("LD_PRELOAD=$library:$B/tests/rsync/probe.so" "PRECLUDE_LOG=$log" PROBE_FD=9
		"PROBE_AT=outside=$w/outside:one=$dir/one/held:two=$dir/two/held")
	daemon_start "$dir" "$rsync" "${policy[@]}" "$@" 7<&- 8<&- && echo "$url" >"$w/url"
}

never_changes()
{
	(
		cd "$w" || exit 1
		find outside daemon/{one,two}/held \( -type d -printf '%p %m %U:%G\n' \) -o -printf '%p %y %m %U:%G %T@ %l\n' | sort
		find outside daemon/{one,two}/held -type f -exec sha256sum {} +
	)
}

# What a transfer has to bring: names, types, modes, times, link targets and contents. Left out: the time of the top, which
# rsync forgets when it makes it.
same_tree()
{
	diff <(cd "$1" && find . -mindepth 1 -printf '%p %y %m %T@ %l\n' | sort) <(cd "$2" && find . -mindepth 1 -printf '%p %y %m %T@ %l\n' | sort) &&
		diff -r --no-dereference "$1" "$2"
}

# came MODULE WHAT STATUS HERE THERE: a transfer's result. Who was told of success has the same tree on both sides.
came()
{
	if [ "$3" -ne 0 ]; then
		echo "$1 $2 failed $3" >>"$results"
		sleep 0.05
	elif same_tree "$4" "$5" >>"$w/c$i/differs" 2>&1; then
		echo "$1 $2 done" >>"$results"
	else
		echo "$1 $2 CORRUPT" >>"$results"
	fi
}

ask()
{
	timeout "$(patience 60)" "$rsync" --timeout="$(patience 30)" --contimeout="$(patience 10)" "$@" >>"$w/c$i/said" 2>&1 </dev/null
}

# attack MODULE PATH OTHER: one of the ways out of it, by turns. $here is the module's directory, $there the other's.
attack()
{
	local m=$1 here=$2 there=$3 loot=$w/c$i/loot status
	rm -rf "$here/e$i" "$loot"
	mkdir "$here/e$i" "$loot" || return
	ln -s "$w/outside" "$here/e$i/out"
	ln -s "$there/held" "$here/e$i/next"
	case $((n % 5)) in
	0) ask "$w/evil/file" "$url/$m/e$i/out/" ;;
	1) ask -rK "$w/evil/full/" "$url/$m/e$i/" ;;
	2) ask -rpK --chmod=D700 "$w/evil/empty/" "$url/$m/e$i/" ;;
	3) ask -rL "$url/$m/e$i/" "$loot/" ;;
	4) ask -rK --delete "$w/evil/empty/" "$url/$m/e$i/" ;;
	esac
	status=$?
	if grep -rqF "$canary" "$loot"; then
		echo "$m attack ESCAPED $((n % 5))" >>"$results"
	else
		echo "$m attack held $status" >>"$results"
	fi
}

round()
{
	local m path other pushed status
	read -r url <"$w/url"
	if (((n + i) % 2)); then m=one path=$one other=$two; else m=two path=$two other=$one; fi
	head -c $((1000 + n)) /dev/urandom >"$src/changes"
	ask -a --delete "$src/" "$url/$m/c$i/"
	pushed=$?
	came "$m" push $pushed "$src" "$path/c$i"
	ask -a --delete "$url/$m/c$i/" "$w/c$i/back/"
	status=$?
	# The server's side of a push that failed may be at work for a moment still: then the tree changed behind the pull.
	if [ $pushed -ne 0 ] && [ $status -eq 0 ] && ! same_tree "$path/c$i" "$w/c$i/back" >/dev/null 2>&1; then
		sleep 1
		ask -a --delete "$url/$m/c$i/" "$w/c$i/back/"
		status=$?
	fi
	came "$m" pull $status "$path/c$i" "$w/c$i/back"
	attack "$m" "$path" "$other"
}

client()
{
	local i=$1 n=0 src=$w/c$1/src one two
	trap - EXIT
	mkdir -p "$w/c$i/back"
	cp -a "$w/tree" "$src"
	one=/proc/$BASHPID/fd/7 two=/proc/$BASHPID/fd/8
	while [ ! -e "$w/stop" ]; do
		n=$((n + 1))
		round
	done
}

# probed COUNT: whether so many connections have been.
probed()
{
	[ "$(cat "$w/probes" 2>/dev/null | wc -l)" -ge "$1" ]
}

# load_start CLIENTS: until the load is there.
load_start()
{
	local i before
	before=$(cat "$w/probes" 2>/dev/null | wc -l)
	clients=()
	rm -rf "$w/stop" "$w"/c[0-9]*
	for ((i = 0; i < $1; i++)); do
		client "$i" &
		clients+=($!)
	done
	wait_until probed $((before + 1))
}

load_stop()
{
	: >"$w/stop"
	[ ${#clients[@]} -eq 0 ] || wait "${clients[@]}"
	clients=()
	daemon_idle
}

# results REGEX: how often such a line came.
results()
{
	grep -cE "$1" "$results"
}

# What the log is, with what was rotated away from it.
lost_lines()
{
	jq -rR 'try fromjson catch empty | select(.event == "warning") | .reason' "$log"* |
		awk '/lines? of the log w(as|ere) lost/ { sum += $1 } END { print sum + 0 }'
}

# Lines that are no whole event. Who is killed in the middle of one leaves half a line, on a line of its own.
torn_lines()
{
	jq -cR --arg halves "$halves" '. as $line | try (fromjson | select(.v != 1 or .event == null)) catch ($line |
		select($halves == "" or (test("^.\"v\":1,\"event\"") | not) or test(".[{]\"v\":1,\"event\"")))' "$log"* | wc -l
}

# missing_lines [FROM]: connections that were narrow, from the FROMth on, and whose line is not in the log.
missing_lines()
{
	tail -n "+${1:-1}" "$w/probes" | cut -d' ' -f 1 | sort | comm -23 - <(jq -rR 'try fromjson catch empty |
		select(.event == "sandbox" and .scope == "module" and .outcome == "enforced") | .pid' "$log"* | sort) | wc -l
}

# Processes that rsync says were not let into a module, and of which the log says nothing.
unexplained()
{
	sed -n 's/.*\[\([0-9]*\)\] .*ch\(dir\|root\).*Permission denied.*/\1/p' "$dir/run/rsyncd.log" | sort -u |
		comm -23 - <(jq -rR 'try (fromjson | select(.event != "count") | .pid) catch empty' "$log"* | sort -u) | wc -l
}

unnarrowed()
{
	awk '{ for (i = 3; i <= NF; i++) { split($i, is, "="); if (is[1] != $2 && is[2] != 13) { print; next } } }' "$w/probes"
}

# figures NAME: what happened, for people.
figures()
{
	echo "# $1: $(results done) transfers done and compared, $(results failed) failed$(
		sed -n 's/.* failed //p' "$results" | sort -n | uniq -c |
			awk '{ printf "%s %d of status %d", (NR > 1 ? "," : ":"), $1, $2 }'
	), $(results attack) attacks; $(wc -l <"$w/probes") connections probed, $(unnarrowed | wc -l) not narrow; log: $(
		cat "$log"* | wc -l) lines, $(lost_lines) told as lost, $(missing_lines) entries missing, $(
		unexplained) refusals unsaid, $(torn_lines) torn${extra:+; $extra}"
}

# sound NAME: whatever the fault was.
sound()
{
	is "$1: no transfer that was told of success is corrupted" "$(grep CORRUPT "$results" && cat "$w"/c*/differs)" ""
	is "$1: no attack brought anything out" "$(grep ESCAPED "$results")" ""
	ok "$1: connections were probed" test -s "$w/probes"
	is "$1: none was in its module without being narrow" "$(unnarrowed)" ""
	is "$1: each could write in its own" "$(awk '{ for (i = 3; i <= NF; i++) if ($i == $2 "=0") next; print }' "$w/probes")" ""
	ok "$1: what lies outside is as it was" diff "$w/never" <(never_changes)
	is "$1: no line of the log is torn" "$(torn_lines)" 0
	[ -n "$unaccounted" ] || ok "$1: what the log lacks is told" \
		test $(($(missing_lines) + $(unexplained))) -le "$(lost_lines)"
}

all_there()
{
	[ "$(missing_lines "$1")" -eq 0 ]
}

# recovered NAME: afterwards everything works as ever, for each module.
recovered()
{
	local i=99 n src=$w/c99/src one=$dir/one two=$dir/two results=$w/recovered from
	from=$(($(wc -l <"$w/probes") + 1))
	rm -rf "$w/c99"
	mkdir -p "$w/c99/back"
	cp -a "$w/tree" "$src"
	for n in 1 2; do round; done
	daemon_idle
	is "$1: afterwards transfers are as ever" "$(grep -v attack "$results" | sort | tr '\n' ' ')" \
		"one pull done one push done two pull done two push done "
	# syslogd writes when it likes.
	wait_until all_there "$from"
	is "$1: and are in the log" "$(missing_lines "$from")" 0
}

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
	version="$2, chroot $4" extra='' unaccounted='' halves=''
	load_setup "$3" "$4"
	"fault_$1"
	daemon_stop KILL
}

# during NAME STEP [fails]: puts the fault in, under load; with "fails" until a transfer failed, at least.
during()
{
	local end
	name="$version, $1"
	load_start 3
	end=$((SECONDS + seconds))
	while [ $SECONDS -le $end ] ||
		{ [ "${3:-}" = fails ] && [ "$(results failed)" -eq 0 ] && [ $SECONDS -le $((end + $(patience 60))) ]; }; do "$2"; done
}

# mended: and it is over.
mended()
{
	load_stop
	figures "$name"
	sound "$name"
	recovered "$name"
}
