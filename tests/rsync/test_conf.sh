#!/bin/bash
# SPDX-License-Identifier: ISC
# What `preclude rsyncd` reads in a configuration is what rsync reads in it: the modules, the directory that each
# serves, and who may read and write there, as a running daemon shows them. Debian's rsync and pristine 3.2.7.
#
# Every case is one configuration. In each directory that it could mean lies a file `marker` that names the directory.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"

preclude=$B/preclude
receivers
# What %VAR% finds, and nothing else of ours.
variables=(HERE=one YES=yes AND=/)

# One side's directory: lay_out DIR. The configuration comes on standard input, other files behind lines `--- NAME`;
# @ is DIR, ^M a carriage return, ^0 a NUL, and a line that ends in ^$ has no newline.
lay_out()
{
	local dir=$1 file=rsyncd.conf line name
	for name in one two three sub 'two ' 'three\read only = yes' 'one # hash' 'with  blank' '"one"' outer/inner outer/outer one/deeper run \
		jail/one jail/outer/inner jail"$1"/one '%NONE%' '%here%' 127.0.0.1 mod.d 'odd:,=\name' conf.d/sub.conf inc.d; do
		mkdir -p "$dir/$name"
	done
	find "$dir" -type d ! -path '*.d*' -printf '%p\n' | while IFS= read -r name; do printf %s "$name" >"$name/marker"; done
	while IFS= read -r line; do
		case $line in
		"--- "*) file=${line#--- } ;;
		*'^$') printf %s "${line%^$}" >>"$dir/$file" ;;
		*) printf '%s\n' "$line" >>"$dir/$file" ;;
		esac
	done
	for file in "$dir"/rsyncd.conf "$dir"/*.d/* "$dir"/*.d/.conf; do
		[ ! -f "$file" ] || sed -i "s|@|$dir|g; s/\\^M\$/\\r/; s/\\^0/\\x00/g" "$file"
	done
}

listens_or_ended()
{
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null || ! kill -0 "$daemon" 2>/dev/null
}

# start DIR BINARY: sets $daemon and $url. The daemon is there when it answers a connection, if only by closing it.
start()
{
	local dir=$1 binary=$2 port try
	for try in 1 2 3 4 5; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		url=rsync://127.0.0.1:$port
		setsid env -i -C "$dir" PATH="$PATH" "${variables[@]}" "${@:3}" "$binary" --daemon --no-detach \
			--address=127.0.0.1 --port="$port" --config="$dir/rsyncd.conf" >"$dir/daemon.out" 2>&1 </dev/null &
		daemon=$!
		wait_until listens_or_ended "$port" && kill -0 "$daemon" 2>/dev/null && return 0
		daemon_stop
	done
	return 1
}

# The modules as preclude has them: name, directory, varies, may be read, may be written, listed. Empty: refused.
modules()
{
	(cd "$1" && env -i PATH="$PATH" "${variables[@]}" "$preclude" rsyncd --format json "$1/rsyncd.conf" 2>"$1/said") |
		tee "$1/json" | jq -r '.modules[] | select(.shadowed | not) |
			[.name, .path // "-", .varies, (.path and (.write_only | not)),
				(.path and (.read_only | not)), .list] | join("|")'
}

# The same lines as the daemon has them, for the modules of standard input.
served()
{
	local dir=$1 binary=$2 name path varies list pull push list_names
	list_names=$("$debian" --contimeout="$(patience 30)" "$url/" 2>/dev/null | sed 's/ *\t$//')
	while IFS='|' read -r name path varies _ _ _; do
		rm -f "$dir/got"
		"$debian" -q "$url/$name/marker" "$dir/got" >/dev/null 2>&1
		pull=$(cat "$dir/got" 2>/dev/null)
		printf pushed >"$dir/pushed"
		"$debian" -q "$dir/pushed" "$url/$name/pushed-here" >/dev/null 2>&1
		push=$(find "$dir" -name pushed-here -printf '%h\n' -delete)
		list=false
		! grep -qxF -- "$name" <<<"$list_names" || list=true
		[ -z "$pull" ] || [ -z "$push" ] || [ "$pull" = "$push" ] || echo "$name: reads $pull, writes $push"
		[ "$varies" != true ] || case "${pull:-$push}" in "$path"/*) varies=true ;; *) varies=never ;; esac
		[ "$varies" = true ] || path=${pull:-${push:--}}
		echo "$name|$path|$varies|$([ -n "$pull" ] && echo true || echo false)|$(
			[ -n "$push" ] && echo true || echo false)|$list"
	done
	# A module that we have not heard of.
	diff <(cut -d '|' -f 1 "$dir/ours" | sort -u) \
		<({ cut -d '|' -f 1 "$dir/ours"; sed '/^$/d' <<<"$list_names"; } | sort -u) | sed -n 's/^> /unknown: /p'
}

# One side of a case. In $dir/ours and $dir/theirs: what each makes of it.
side()
{
	local dir=$1 binary=$2
	trap daemon_stop EXIT
	modules "$dir" >"$dir/ours"
	start "$dir" "$binary" || { echo "does not start" >"$dir/theirs"; return; }
	if "$debian" --contimeout="$(patience 30)" "$url/" >/dev/null 2>&1; then
		served "$dir" "$binary" <"$dir/ours" >"$dir/theirs"
	else
		echo "gives up" >"$dir/theirs"
	fi
}

# reads NAME MODULE: both daemons and preclude agree about the configuration on standard input, and have this module in
# it, a line of modules(). MODULE is `fails` where rsync gives the configuration up, and so must we. The daemons work in
# the background; verdicts comes last.
names=() wanted=()
reads()
{
	local text version dir
	text=$(! is_root || printf 'uid = 0\ngid = 0\n.')
	text=${text%.}$'read only = no\nmunge symlinks = no\n'$(cat; echo .)
	for version in "${versions[@]}"; do
		dir=$scratch/${#names[@]}-$version
		mkdir "$dir"
		lay_out "$dir" <<<"${text%$'\n'.}"
		[ "$(jobs -r | wc -l)" -lt 8 ] || wait -n
		(side "$dir" "${!version}") &
	done
	names+=("$1")
	wanted+=("$2")
}

verdicts()
{
	local i version dir name
	wait
	for ((i = 0; i < ${#names[@]}; i++)); do
		for version in "${versions[@]}"; do
			dir=$scratch/$i-$version
			name="$version: ${names[i]}"
			if [ "${wanted[i]}" = fails ]; then
				is "$name: rsync gives up" "$(cat "$dir/theirs")" "gives up"
				ok "$name: and so do we, with file and line" \
					grep -Eq "^preclude: refused: $dir/[a-z./]+:[0-9]+: " "$dir/said"
			else
				is "$name" "$(cat "$dir/ours")" "$(cat "$dir/theirs")"
				ok "$name: it is what was meant" grep -qxF -- "${wanted[i]//@/$dir}" "$dir/ours"
			fi
		done
	done
}

grammar()
{
	reads "comments begin lines, and nothing else" 'one|@/one # hash|false|true|true|true' <<-'EOF'
		# path = @/two
		   ; path = @/two
		[one] ; what follows a section is nothing
		path = @/one # hash
		# [two] \
		[three]
		  path=@/three
	EOF
	reads "nothing is quoted" 'one|@/"one"|false|true|true|true' <<-'EOF'
		[one]
		path = "one"
	EOF
	reads "a line goes on behind a backslash, blanks and all" 'blank|@/with  blank|false|true|true|true' <<-'EOF'
		[one]
		path = @/o\
		ne
		[bla\
		nk]
		pa\
		th = @/with \
		 blank
		[two]
		path = @/two \

		list = yes
		[three]
		path = @/three\\
		read only = yes
	EOF
	reads "names have neither case nor blanks" 'one|@/one|false|true|false|true' <<-'EOF'
		[one]
		P aTh = @/one
		REad  oN ly = y E s
	EOF
	reads "blanks in a section's name are one blank" 'my module|@/one|false|true|true|true' <<-'EOF'
		[  my 	  module  ]
		path = @/one
	EOF
	reads "a section goes on where it comes again" 'my one|@/two|false|true|false|true' <<-'EOF'
		[my one]
		path = @/one
		read only = yes
		[other]
		path = @/three
		[MYONE]
		path = @/two
	EOF
	reads "lines that end in CR LF" 'one|@/one|false|true|false|true' <<-'EOF'
		[one]^M
		path = @/one^M
		read only = yes^M
	EOF
	reads "a file that ends without a newline" 'one|@/one|false|true|true|true' <<-'EOF'
		[one]
		path = @/one^$
	EOF
	reads "a NUL ends a value, and a file" 'one|@/two|false|true|true|true' <<-'EOF'
		[one]
		path = @/one^0path = @/two
		list = yes
		^0
		[two]
		path = @/two
	EOF
	reads "what has no =, or is unknown" 'one|@/one|false|true|true|true' <<-'EOF'
		[one]
		path = @/one
		nonsense
		unknown = 1
		-path = @/two
		path = = @/two
		path = @/one
		\ path = @/one
	EOF
	reads "no yes and no no changes nothing" 'one|@/one|false|true|false|true' <<-'EOF'
		[one]
		path = @/one
		read only = true
		read only = maybe
		list = nope
	EOF
	reads "a parameter of the whole daemon in a module" 'one|@/one|false|true|true|true' <<-'EOF'
		[one]
		daemon chroot = @/jail
		path = @/one
	EOF
}

inheritance()
{
	reads "[global] comes again: what was not set before is set then" 'one|@/two|false|true|true|true' <<-'EOF'
		[one]
		[two]
		path = @/one
		[GLOB AL]
		path = @/two
		read only = yes
		[three]
	EOF
	reads "defaults are those that stand above" 'two|@/two|false|true|false|false' <<-'EOF'
		path = @/one
		[one]
		[global]
		read only = yes
		list = no
		[two]
		path = @/two
		[one]
		read only = 1
	EOF
	reads "an empty path is none, and no default fills it" 'one|-|false|false|false|true' <<-'EOF'
		path = @/two
		[one]
		path =
		[two]
		[nothing]
		path = @/sub
	EOF
	reads "a module is renamed" 'new|@/one|false|true|true|true' <<-'EOF'
		[one]
		name = new
		path = @/one
		[NEW]
		list = yes
		[two]
		path = @/two
		[three]
		name = two
		path = @/three
	EOF
}

files()
{
	reads "&include has its own defaults, and ends the section" 'three|@/three|false|true|true|true' <<-'EOF'
		&include @/conf.d/first
		[three]
		path = @/three
		&include @/conf.d/first
		read only = yes
		[sub]
		path = @/sub
		--- conf.d/first
		read only = yes
		[one]
		path = @/one
		[two]
		path = @/two
		read only = no
	EOF
	reads "&include of a directory: *.conf, in order" 'two|@/two|false|true|true|true' <<-'EOF'
		&INCLUDE = @/conf.d/
		[three]
		path = @/three
		--- conf.d/b.conf
		[two]
		path = @/two
		[one]
		path = @/sub
		--- conf.d/a.conf
		read only = yes
		[one]
		path = @/one
		--- conf.d/c.inc
		[never]
		path = @/one
		--- conf.d/.conf
		[hidden]
		path = @/one
	EOF
	reads "&merge goes on in the section" 'one|@/one|false|true|false|true' <<-'EOF'
		[one]
		&merge @/inc.d
		path = @/one
		--- inc.d/b.inc
		path = @/two
		--- inc.d/a.inc
		read only = yes
		--- inc.d/c.conf
		list = no
	EOF
	reads "&merge changes the defaults, &include within it does not" 'two|@/two|false|true|false|true' <<-'EOF'
		&merge @/inc.d/all
		[one]
		path = @/one
		--- inc.d/all
		read only = yes
		&include @/conf.d/x
		[two]
		path = @/two
		--- conf.d/x
		read only = no
		list = no
		[three]
		path = @/three
	EOF
	reads "an empty directory ends no section" 'one|@/one|false|true|true|true' <<-'EOF'
		[one]
		&include @/mod.d
		path = @/one
	EOF
	reads "a file that is not there" fails <<-'EOF'
		[one]
		path = @/one
		&include @/gone
	EOF
	reads "an unknown directive" fails <<-'EOF'
		[one]
		path = @/one
		&require @/mod.d
	EOF
	reads "a slash in a section's name" fails <<-'EOF'
		[a/b]
		path = @/one
	EOF
	reads "a section without a name" fails <<-'EOF'
		[one]
		path = @/one
		[ ]
	EOF
	reads "a section's name without an end" fails <<-'EOF'
		[one]
		path = @/one
		[two
		path = @/two
	EOF
	reads "a parameter without a name" fails <<-'EOF'
		[one]
		path = @/one
		= @/two
	EOF
}

# Where the root directory changes.
chroots()
{
	reads "outer/./inner" 'one|@/outer/inner|false|true|true|true' <<-'EOF'
		[one]
		path = @/outer/./inner
		[two]
		path = @/outer/./../inner/
		use chroot = yes
		[three]
		path = @/outer/./../outer
		use chroot = 0
		[four]
		path = @/outer/./
	EOF
	reads "relative paths" 'one|@/one|false|true|true|true' <<-'EOF'
		[one]
		path = one
		[two]
		path = ./two
		use chroot = no
		[three]
		path = /./three
		[four]
		path = outer/./inner
	EOF
	reads "daemon chroot" 'one|@/jail/one|false|true|true|true' <<-'EOF'
		daemon chroot = @/jail/
		[one]
		path = /one
		[two]
		path = /outer/./inner
		[three]
		path = one
		use chroot = no
	EOF
}

paths()
{
	reads "variables" 'one|@/one|false|true|false|true' <<-'EOF'
		[one]
		path = @/%HERE%
		read only = %YES%
		[two]
		path = @/%NONE%
		[three]
		path = @/%here%
		[%HERE% more]
		path = @%AND%two%AND%
		[sub]
		path = @/%RSYNC_MODULE_NAME%
	EOF
	reads "variables in what &include reads are none" fails <<-'EOF'
		[one]
		path = @/one
		&include @/conf.d/%HERE%
		--- conf.d/one
	EOF
	reads "a path that only the connection knows" 'one|@|true|true|true|true' <<-'EOF'
		[one]
		path = @/%RSYNC_HOST_ADDR%
		[two]
		path = @/one/deep%RSYNC_USER_NAME%er
	EOF
	reads "slashes, dots, dots dots" 'one|@/one|false|true|true|true' <<-'EOF'
		[one]
		path = @//one///
		[two]
		path = @/one/./deeper/../../two/.
		use chroot = no
		[three]
		path = @/gone/../three/
	EOF
	! root_for "outer/./inner, relative paths, daemon chroot" "to change its root directory" || chroots
	reads "who reads, who writes, who is listed" 'two|@/two|false|false|true|true' <<-'EOF'
		[one]
		path = @/one
		read only = on
		read only = 1
		[two]
		path = @/two
		write only = true
		[three]
		path = @/three
		list = false
	EOF
	reads "names that lists must escape" 'a:b,c=d'\''\e|@/one|false|true|true|true' <<-'EOF'
		[a:b,c=d'\e]
		path = @/one
		[?q]
		path = @/two
		[three]
		path = @/odd:,=\name
	EOF
}

# What the daemon does before it accepts: the pid file of each place, seen while it runs.
startup()
{
	local version dir=$scratch/startup
	for version in "${versions[@]}"; do
		rm -rf "$dir"
		mkdir "$dir"
		lay_out "$dir" <<-'EOF'
			&include @/conf.d/x
			pid file = @/one/never
			--- conf.d/x
			pid file = @/run/pid
			[one]
			path = @/one
		EOF
		modules "$dir" >"$dir/ours"
		start "$dir" "${!version}"
		ok "$version: the pid file is that above the first section, where included, too" test -s "$dir/run/pid"
		is "$version: and is granted" "$(jq -c '[.write[].path]' "$dir/json")" "[\"$dir/run\"]"
		daemon_stop
	done
}

# The policy is enough, and it is in force: a working day under it, as without.
confined()
{
	local version=$1 binary=${!1} dir=$scratch/confined-$1 bare=$scratch/bare-$1 side
	rsyncd_setup "$dir" "$2"
	rsyncd_setup "$bare" "$2"
	for side in "$bare" "$dir"; do
		echo "read only = yes" >>"$side/rsyncd.conf"
		echo "- *.no" >"$side/filter"
		mkdir -p "$side/pulled"
		cat >>"$side/rsyncd.conf" <<-EOF
			filter = merge_$side/filter
			[up]
			path = $side/./up
			exclude from = $side/filter
		EOF
		mkdir "$side/up"
	done
	(daemon_start "$bare" "$binary" && day "$bare"; daemon_stop)
	(
		set -a
		eval "$("$preclude" rsyncd "$dir/rsyncd.conf" 2>"$dir/said")"
		set +a
		daemon_start "$dir" "$binary" LD_PRELOAD="$library" PRECLUDE_LOG="$dir/preclude.log" && day "$dir"
		daemon_stop
	)
	ok "$version, use chroot $2: the same trees" diff -r "$bare/lists" "$dir/lists"
	ok "$version, use chroot $2: what was pushed has arrived" cmp "$source/deep/hard" "$dir/one/deep/hard"
	ok "$version, use chroot $2: what is filtered has not" not test -e "$dir/up/x.no"
	is "$version, use chroot $2: it was in force" \
		"$(jq -r 'select(.event == "sandbox") | .scope + " " + .outcome' "$dir/preclude.log" | sort -u)" \
		"module enforced
process enforced"
	is "$version, use chroot $2: nothing was denied" \
		"$(jq -c 'select(.effect == "denied" or .event == "warning")' "$dir/preclude.log")" ""
}

day()
{
	local dir=$1
	mkdir "$dir/lists"
	"$debian" -aH "$source/" "$url/one/" >"$dir/client" 2>&1; echo "one: $?" >"$dir/lists/status"
	"$debian" -aH "$source/" "$url/up/" >>"$dir/client" 2>&1; echo "up: $?" >>"$dir/lists/status"
	"$debian" -aH "$source/" "$url/two/" >>"$dir/client" 2>&1; echo "two is read only: $?" >>"$dir/lists/status"
	"$debian" -aH "$url/one/" "$dir/pulled/" >>"$dir/client" 2>&1; echo "pull: $?" >>"$dir/lists/status"
	daemon_idle
	for tree in one two up pulled; do listing "$dir/$tree" | grep -v '^\.: ' >"$dir/lists/$tree"; done
}

# As many modules as anybody has, with their names: more than one variable holds.
many()
{
	local count=10000 dir=$scratch/many began read ready served
	mkdir -p "$dir/run" "$dir/modules"
	(cd "$dir/modules" && seq -f 'customer-%05g' "$count" | xargs mkdir)
	{
		! is_root || printf 'uid = 0\ngid = 0\n'
		printf 'read only = no\npid file = %s/run/pid\n' "$dir"
		seq -f 'customer-%05g' "$count" | sed "s|.*|[&]\npath = $dir/modules/&|"
		# What a child of a connection finds of the policy.
		echo "pre-xfer exec = printenv | grep -ao 'customer-[0-9]*=' | sort -u | wc -l >$dir/run/hook"
	} >"$dir/rsyncd.conf"
	began=$(date +%s%N)
	"$preclude" rsyncd "$dir/rsyncd.conf" >"$dir/policy" 2>"$dir/said"
	read=$(date +%s%N)
	is "10,000 modules: each is a root with its name" "$(grep -o 'customer-[0-9]*=?' "$dir/policy" | sort -u | wc -l)" "$count"
	start "$dir" "$debian" "$preclude" run --rsyncd="$dir/rsyncd.conf" --log "$dir/run/log" --
	ready=$(date +%s%N)
	echo served >"$scratch/served"
	ok "10,000 modules: a connection to the last is served" "$debian" -q "$scratch/served" "$url/customer-10000/"
	served=$(date +%s%N)
	ok "10,000 modules: in it" cmp "$scratch/served" "$dir/modules/customer-10000/served"
	is "10,000 modules: one layer for the daemon and its hook, one for the connection" \
		"$(jq -r 'select(.event == "sandbox") | "\(.scope) \(.outcome) \(.module)"' "$dir/run/log")" \
		"process enforced null
module enforced customer-10000"
	is "10,000 modules: the hook knows them all" "$(cat "$dir/run/hook")" "$count"
	echo "# $count modules: policy $(((read - began) / 1000000)) ms, daemon there after" \
		"$(((ready - read) / 1000000)) ms, a push $(((served - ready) / 1000000)) ms"
	daemon_stop
}

source=$scratch/source
mkdir -p "$source/deep"
head -c 200000 /dev/urandom >"$source/deep/hard"
ln "$source/deep/hard" "$source/hard2"
ln -s deep "$source/link"
echo no >"$source/x.no"
at_exit+=(daemon_stop)

grammar
inheritance
files
paths
verdicts
startup
[ -z "$pristine" ] || ! root_for "use chroot yes" "to change its root directory" || confined pristine yes
confined debian no
many
finish
