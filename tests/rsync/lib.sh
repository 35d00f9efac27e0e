# SPDX-License-Identifier: ISC
# An rsync daemon of one's own, for tests and the demo (bash): source it.
#
# The daemon listens on a free loopback port, as the caller, in a process group of its own; daemon_stop leaves no process and
# no file behind. Everything that belongs to it lies in one directory:
#   one/ (asks for a password, and takes a lock), two/ (anonymous): the modules
#   rsyncd.conf, rsyncd.secrets, motd: what it reads; run/: pid, log and lock file, what it writes

# receivers: sets $pristine to the legacy rsync, $debian to this machine's own, and $versions to the names of these two variables.
# The legacy one is left out, and skipped by name, where it is not available.
receivers()
{
	debian=/usr/bin/rsync versions=(debian) pristine=
	! obtain pristine rsync-legacy "the legacy receiver" || versions=(pristine debian)
}

. "$(dirname "${BASH_SOURCE[0]}")/../wait.sh"

# rsyncd_setup DIR CHROOT: modules and configuration; CHROOT is yes, no or unset.
rsyncd_setup()
{
	local dir=$1 chroot="use chroot = $2" user='uid = root' group='gid = root'
	[ "$2" != unset ] || chroot='# use chroot is left to rsync'
	# Anybody else serves as who he is, and rsync gives up when it is told to become another.
	[ "$(id -u)" -eq 0 ] || user='' group=''
	mkdir -p "$dir/one" "$dir/two" "$dir/run"
	cat >"$dir/rsyncd.conf" <<-EOF
		$chroot
		munge symlinks = no
		read only = no
		$user
		$group
		numeric ids = yes
		motd file = $dir/motd
		pid file = $dir/run/rsyncd.pid
		log file = $dir/run/rsyncd.log
		lock file = $dir/run/rsyncd.lock
		[one]
		path = $dir/one
		comment = $dir
		auth users = tester
		secrets file = $dir/rsyncd.secrets
		max connections = 4
		[two]
		path = $dir/two
		comment = $dir
	EOF
	echo "tester:secret" >"$dir/rsyncd.secrets"
	chmod 600 "$dir/rsyncd.secrets"
	echo "Welcome to $dir" >"$dir/motd"
}

# The environment that confines such a daemon, one assignment a line: the two modules, and what it needs besides.
rsyncd_policy()
{
	local dir=$1 library=$2
	cat <<-EOF
		LD_PRELOAD=$library
		PRECLUDE_ROOTS=one=$dir/one:two=$dir/two
		PRECLUDE_READ=$dir/rsyncd.conf:$dir/rsyncd.secrets:$dir/motd
		PRECLUDE_WRITE=$dir/run
		PRECLUDE_LOG=$dir/preclude.log
	EOF
}

# The environment that `preclude rsyncd` finds for it, narrowing and guard included, into the array $policy.
rsyncd_sealed()
{
	local dir=$1
	# Its assignments are quoted for a shell.
	eval "policy=($("$B/preclude" rsyncd --format env "$dir/rsyncd.conf" 2>/dev/null))"
	policy+=("LD_PRELOAD=$library" "PRECLUDE_LOG=$dir/preclude.log")
}

# protection LEVEL: what of the library's own is turned off, one assignment a line. What is left:
#   kernel    the domain, narrowing and the guard: what holds against a process that was taken over, but for the guard
#   metadata  and PRECLUDE_CONFINE
#   whole     everything: PRECLUDE_ANCHOR too
protection()
{
	case $1 in
	kernel) printf '%s\n' PRECLUDE_CONFINE=off PRECLUDE_ANCHOR=off ;;
	metadata) printf '%s\n' PRECLUDE_ANCHOR=off ;;
	esac
}

# suffices LEVEL BY: whether what stops an attack is there at this level.
suffices()
{
	case $2 in
	landlock | guard | narrow) true ;;
	confine) [ "$1" != kernel ] ;;
	anchor) [ "$1" = whole ] ;;
	*) false ;;
	esac
}

# Whether it answers, or never will. Somebody else's daemon would answer too, but not with our comment.
daemon_settled()
{
	! kill -0 "$daemon" 2>/dev/null || daemon_answers "$@"
}

# daemon_answers DIR BINARY
daemon_answers()
{
	"$2" --contimeout="$(patience 10)" "$url/" 2>/dev/null | grep -qF "$1"
}

# daemon_start DIR BINARY [VARIABLE=VALUE...]: sets $daemon (its process), $url and RSYNC_PASSWORD.
daemon_start()
{
	local dir=$1 binary=$2 port try
	shift 2
	for try in 1 2 3 4 5 6 7 8 9 10; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		url=rsync://tester@127.0.0.1:$port
		# As a service manager would start it: no HOME to look for .popt in.
		setsid env -u HOME "$@" "$binary" --daemon --no-detach --address=127.0.0.1 --port="$port" \
			--config="$dir/rsyncd.conf" >"$dir/daemon.out" 2>&1 </dev/null &
		daemon=$!
		if wait_until daemon_settled "$dir" "$binary" && kill -0 "$daemon" 2>/dev/null; then
			export RSYNC_PASSWORD=secret
			return 0
		fi
		daemon_stop
		# Only a port that was taken is worth another try.
		grep -qs 'bind() failed' "$dir/daemon.out" "$dir/run/rsyncd.log" || break
	done
	echo "# the daemon does not start (try $try):"
	sed 's/^/#   /' "$dir/daemon.out"
	return 1
}

# daemon_stop [SIGNAL]: an orderly end takes rsync half a second.
daemon_stop()
{
	[ -n "${daemon:-}" ] || return 0
	kill -"${1:-TERM}" -- "-$daemon" 2>/dev/null || kill "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	# Children serve on while their client does; none outlives the test.
	local end=$((SECONDS + $(patience 2)))
	while [ "$SECONDS" -le "$end" ] && kill -0 -- "-$daemon" 2>/dev/null; do sleep 0.05; done
	kill -KILL -- "-$daemon" 2>/dev/null
	daemon=
	return 0
}

# Waits until the children of past connections are gone, so that their files and log lines are complete.
daemon_idle()
{
	wait_until daemon_alone
}

daemon_alone()
{
	[ -z "$(cat "/proc/$daemon/task/$daemon/children" 2>/dev/null)" ]
}

# Everything that a transfer must preserve, in a form that can be compared: type, mode, owner, link target, time, which
# names are one file, ACLs and other extended attributes, content. Left out: the time of directories that only the
# receiver knows (.tmp, .old).
listing()
{
	(
		cd "$1" || exit 1
		find . -printf '%i %p\n' | LC_ALL=C sort -k 2 | awk '{
			inode = $1; sub(/^[0-9]+ /, "")
			if (!(inode in first)) first[inode] = $0
			print "same as", first[inode] ":", $0 }'
		find . ! \( -type d -path './.*' \) -printf '%p: %y %m %U:%G %T@ %l\n' | LC_ALL=C sort
		find . -type d -path './.*' -printf '%p: %y %m %U:%G\n' | LC_ALL=C sort
		find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - -e hex
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	)
}
