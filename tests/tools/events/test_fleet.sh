#!/bin/bash
# SPDX-License-Identifier: ISC
# Many hosts, one report: 50 daemons under preclude log to two rsyslogds, as two hosts, which forward to a third. None of
# their lines is lost or torn. The rsyslogds and /dev/log are this test's own; no service of the machine is touched.
. "$(dirname "$0")/../../alone.sh"
if [ -z "${FLEET_INSIDE:-}" ]; then
	alone "for a /dev of its own" --mount
	FLEET_INSIDE=1 exec unshare -m "$0" "$@"
fi
. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
daemons=25 # a host
calls=40   # a daemon
w=$scratch
mkdir -p "$w/root" "$w/outside" "$w/centre"
started=()

stop()
{
	[ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null
	wait
}
at_exit+=(stop)

# The configurations of docs/FLEETS.md, with names of our own.
documented()
{
	awk -v name="$1" '$0 == "<!-- " name " -->" { found = 1 } found && /^```/ { if (inside) exit; inside = 1; next } inside' \
		"$top/docs/FLEETS.md" | sed "s|collector.example.org|127.0.0.1|; s|6514|$port|; s|/var/log|$w|"
}

listens_or_ended()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || ! kill -0 "${started[0]}" 2>/dev/null
}

port=
for try in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 12000))
	mkdir -p "$w/centre/work"
	{
		echo "global(workDirectory=\"$w/centre/work\" net.enableDNS=\"off\")"
		documented collector
	} >"$w/centre/conf"
	rsyslogd -n -f "$w/centre/conf" -i "$w/centre/pid" >"$w/centre/out" 2>&1 &
	started=($!)
	wait_until listens_or_ended && kill -0 "${started[0]}" 2>/dev/null && break
	kill "${started[@]}"
	wait
done
ok 'the collector of docs/FLEETS.md runs' kill -0 "${started[0]}"

host_start()
{
	mkdir -p "$w/$1/work"
	{
		echo "global(workDirectory=\"$w/$1/work\" localHostname=\"$1\" net.enableDNS=\"off\")"
		echo "module(load=\"imuxsock\" SysSock.Name=\"$w/$1/log\")"
		documented host
	} >"$w/$1/conf"
	rsyslogd -n -f "$w/$1/conf" -i "$w/$1/pid" >"$w/$1/out" 2>&1 &
	started+=($!)
	wait_until test -S "$w/$1/log"
}

# A /dev of its own, whose log leads to that host's rsyslogd.
on_host()
{
	local dev=$w/$1/dev
	shift
	mkdir -p "$dev"
	unshare -m sh -c 'mount -t tmpfs none "$1" && cp -a /dev/null /dev/zero /dev/full /dev/urandom /dev/tty "$1/" &&
		ln -s "${1%/dev}/log" "$1/log" && mount --move "$1" /dev && shift && exec "$@"' sh "$dev" "$@"
}

# What a confined daemon does that is denied, each time another file.
cat >"$w/daemon" <<'EOF'
i=0
while [ $i -lt "$3" ]; do
	echo x >"$1/outside/$2-$i"
	i=$((i + 1))
done
EOF
cat >"$w/start" <<'EOF'
host=$1 w=$2 preclude=$3 daemons=$4 calls=$5
for ((n = 0; n < daemons; n++)); do
	PRECLUDE_LOG=syslog PRECLUDE_FORMAT=json PRECLUDE_FLAG=objects \
		"$preclude" run --root "$w/root" --read "$w/daemon" -- sh "$w/daemon" "$w" "$host-$n" "$calls" 2>/dev/null &
done
wait
EOF

for host in web1 web2; do
	ok "the rsyslogd of $host runs" host_start $host
done
for host in web1 web2; do
	on_host $host bash "$w/start" $host "$w" "$preclude" $daemons $calls &
	running+=($!)
done
wait "${running[@]}"

log=$w/preclude/all.log
total=$((2 * daemons * calls))
arrived()
{
	grep -o '"path":"[^"]*/outside/[^"]*"' "$log" | grep -v '"count"'
}
all_arrived()
{
	[ "$(arrived | wc -l)" -ge $total ]
}
wait_until all_arrived
is 'each call of each daemon arrived once' "$(arrived | sort -u | wc -l) $(arrived | wc -l)" "$total $total"
is 'and so did each start' "$(grep -c '"event":"start"' "$log")" $((2 * daemons))
ok 'no line is torn' eval 'sed "s/^[^{]*//" "$log" | jq -e . >/dev/null'
is 'none says that others were lost' "$(grep -c 'of the log w[a-z]* lost' "$log")" 0
"$preclude" report --format json "$log" >"$w/report"
is 'the report knows the hosts' "$(jq -r '[.sites[].hosts[]] | unique | join(" ")' "$w/report")" 'web1 web2'
is 'and has all calls' "$(jq '[.sites[] | select(.effect == "denied") | .count] | add' "$w/report")" $total
"$preclude" suggest "$log" >"$w/policy"
is 'a policy can be suggested from it' "$(sed -n "s/^PRECLUDE_WRITE=//p" "$w/policy")" "'$w/outside'"
ok 'fields can be selected where it is collected' test -s "$w/preclude/denied.log"
is 'which takes those that were denied' "$(grep -c '"effect":"denied"' "$w/preclude/denied.log")" $total
finish
