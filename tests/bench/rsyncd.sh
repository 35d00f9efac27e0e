# SPDX-License-Identifier: ISC
# Daemons of rsync to be compared, one a variant, all with one configuration: source it after lib.sh.

declare -A daemons=() ports=()
daemon_port=8000

# serve BINARY CONF VARIANT...: a daemon of each, in $ports. Fails when one does not start.
serve()
{
	local binary=$1 conf=$2 variant tries
	shift 2
	# Its assignments are quoted for a shell.
	eval "sealed=($("$build/preclude" rsyncd --format env "$conf" 2>/dev/null))"
	for variant in $(only "$@"); do
		before "$variant"
		daemon_port=$((daemon_port + 1))
		env -i PATH=/usr/bin:/bin "${before[@]}" "$binary" --daemon --no-detach --address=127.0.0.1 \
			--port=$daemon_port --config="$conf" >/mnt/said 2>&1 </dev/null &
		daemons[$variant]=$! ports[$variant]=$daemon_port
		for ((tries = 0; tries < 200; tries++)); do
			"$binary" --contimeout=5 rsync://127.0.0.1:$daemon_port/ >/dev/null 2>&1 && continue 2
			sleep 0.05
		done
		say "the daemon $variant does not start: $(tail -n 1 /mnt/said)"
		return 1
	done
}

serve_no_more()
{
	[ ${#daemons[@]} -gt 0 ] || return 0
	# An orderly end takes rsync half a second.
	kill -KILL "${daemons[@]}"
	wait "${daemons[@]}" 2>/dev/null
	daemons=()
}
trap 'serve_no_more' EXIT
