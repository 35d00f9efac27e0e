#!/bin/bash
# SPDX-License-Identifier: ISC
# systemd's journald as the log's reader: a real one, in a mount namespace with a /run, a /dev and a configuration of its
# own. What docs/FLEETS.md says of journalctl is what is run here.
. "$(dirname "$0")/../../alone.sh"
if [ -z "${JOURNALD_INSIDE:-}" ]; then
	alone "for a /run and a /dev of its own" --mount
	JOURNALD_INSIDE=1 exec unshare -m "$0" "$@"
fi
. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
w=$scratch
mkdir -p "$w/root" "$w/outside" "$w/dev"

# Auditing is left as it is (test_audit.sh may have it on just now), and the kernel's log is the machine's.
mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/log/journal /run/conf &&
	printf '[Journal]\nStorage=volatile\nAudit=\nReadKMsg=no\n' >/run/conf/journald.conf &&
	mount --bind /run/conf /etc/systemd &&
	mount -t tmpfs none "$w/dev" && cp -a /dev/null /dev/zero /dev/full /dev/urandom /dev/tty "$w/dev/" &&
	mknod "$w/dev/kmsg" c 1 3 && ln -s /run/systemd/journal/dev-log "$w/dev/log" && mount --move "$w/dev" /dev || exit 1
# journald asks where control groups are, which a container may not show.
findmnt /sys/fs/cgroup >/dev/null || mount -t cgroup2 none /sys/fs/cgroup || skip_rest "no control groups can be seen here"
SYSTEMD_LOG_TARGET=console /usr/lib/systemd/systemd-journald >"$w/out" 2>&1 &
journald=$!
stop()
{
	[ -n "$journald" ] || return 0
	kill $journald
	wait $journald
	journald=
}
at_exit+=(stop)
wait_until test -S /run/systemd/journal/socket
ok 'journald runs' kill -0 $journald

calls=200
PRECLUDE_FLAG=objects PRECLUDE_FORMAT=json "$preclude" run --root "$w/root" --log syslog -- \
	sh -c 'i=0; while [ $i -lt $2 ]; do echo x >"$1/outside/$i"; i=$((i + 1)); done' sh "$w" $calls 2>/dev/null
journalctl --sync

# The commands of the guide, by what they begin with.
documented()
{
	grep -F "journalctl $1" "$top/docs/FLEETS.md" | sed "s|preclude report -|'$preclude' report --format json -|"
}
for form in '-t preclude -o short-iso-precise' '-t preclude -o json'; do
	eval "$(documented "$form")" >"$w/report"
	is "journalctl $form: all calls" \
		"$(jq '[.sites[] | select(.effect == "denied") | .count] | add' "$w/report")" $calls
	is "journalctl $form: the host" "$(jq -r '[.sites[].hosts[]] | unique | join(" ")' "$w/report")" "$(uname -n)"
done
is 'a denial is a warning of the daemon facility' \
	"$(journalctl -t preclude -p warning..warning SYSLOG_FACILITY=3 -o cat | grep -c '"event":"call".*"effect":"denied"')" $calls

# Its own socket: the words are fields, the object is the message.
PRECLUDE_FLAG=objects PRECLUDE_FORMAT=json "$preclude" run --root "mod=$w/root" --log journal -- \
	sh -c 'echo x >"$1/outside/native"; ln -s ../outside "$1/root/link"; cat "$1/root/link/none
PRIORITY=0"' sh "$w" 2>/dev/null
journalctl --sync
is 'journal: a denied call is found by its fields' \
	"$(journalctl PRECLUDE_EVENT=call PRECLUDE_EFFECT=denied PRECLUDE_DOES=create -o cat | jq -r .path)" "$w/outside/native"
is 'journal: so is an escape from a module' \
	"$(journalctl PRECLUDE_ESCAPE=true PRECLUDE_MODULE=mod -o json | jq -r '.MESSAGE | fromjson | .where' | sort -u)" outside
is 'journal: nothing in a path is a field' "$(journalctl PRIORITY=0 -o cat)" ''
is 'journal: the start is there too' "$(journalctl PRECLUDE_EVENT=start PRECLUDE_MODE=enforce -o cat | jq -r .argv0)" sh
is 'journal: it comes by its own way' "$(journalctl PRECLUDE_EVENT=start -o json | jq -r ._TRANSPORT)" journal
PRECLUDE_FORMAT=text "$preclude" run --root "$w/root" --log journal -- true
journalctl --sync
ok 'journal: in text too' grep -q '^start "true"' <<<"$(journalctl PRECLUDE_EVENT=start -o cat)"
stop
rm -f /run/systemd/journal/socket
said=$("$preclude" run --root "$w/root" --log journal -- true 2>&1)
is 'journal: without journald the start is refused' "$? $(grep -c '/run/systemd/journal/socket cannot be reached.*start journald' <<<"$said")" '125 1'
finish
