#!/bin/bash
# SPDX-License-Identifier: ISC
# Unmodified rsync daemons under PRECLUDE_NARROW: each connection is sealed in its own module, and works as without.
# Debian's rsync, and pristine 3.2.7 as the legacy receiver.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)

receivers

# narrow_start DIR BINARY [VARIABLE=VALUE...]: a daemon that narrows.
narrow_start()
{
	local dir=$1 binary=$2
	shift 2
	readarray -t policy < <(rsyncd_policy "$dir" "$library")
	daemon_start "$dir" "$binary" "${policy[@]}" PRECLUDE_NARROW=on "$@"
}

# Its children first, which only it reaps at once.
quit()
{
	daemon_idle
	daemon_stop
}

# matches LOG FILTER: how many events of the log it selects.
matches()
{
	jq -c "select($2)" "$1" | wc -l
}

# narrowed LOG: the modules that processes were narrowed to, one a line.
narrowed()
{
	jq -r 'select(.event == "sandbox" and .scope == "module") | .module + " " + .outcome' "$1"
}

make_source()
{
	local dir=$1
	mkdir -p "$dir/deep/er" "$dir/closed"
	head -c 200000 /dev/urandom >"$dir/big"
	echo plain >"$dir/plain"
	ln "$dir/plain" "$dir/deep/er/hard"
	ln -s ../plain "$dir/deep/link"
	! is_root || chown 1234:4321 "$dir/plain" "$dir/deep/er"
	chmod 0700 "$dir/closed"
	setfacl -m u:1234:rw "$dir/plain"
	setfattr -n user.note -v hello "$dir/closed"
	find "$dir" -depth -exec touch -h -d '2001-02-03 04:05:06.789012345' {} +
}

# Push with a password and a lock file, push without, pull: the trees are what was sent.
work()
{
	local name="$1, use chroot $3" binary=$2 dir=$scratch/$1-$3
	rsyncd_setup "$dir" "$3"
	# Two modules that are one directory: what a connection may do there goes by the module that it asked for.
	printf '[pub]\npath = %s/two\nread only = yes\n' "$dir" >>"$dir/rsyncd.conf"
	narrow_start "$dir" "$binary" "PRECLUDE_ROOTS=one=$dir/one:two=$dir/two:pub=$dir/two,ro"
	ok "$name: push with a password" "$binary" -aHAX --numeric-ids "$scratch/src/" "$url/one/"
	ok "$name: push without" "$binary" -aHAX --numeric-ids --delay-updates "$scratch/src/" "$url/two/"
	ok "$name: pull" "$binary" -aHAX --numeric-ids "$url/pub/" "$dir/pulled/"
	quit
	for tree in one two pulled; do
		ok "$name: $tree holds what there was" diff "$scratch/src.list" <(listing "$dir/$tree")
	done
	ok "$name: there was a lock file" test -e "$dir/run/rsyncd.lock"
	is "$name: one line for each connection, and no other" "$(narrowed "$dir/preclude.log")" \
		"$(printf '%s enforced\n' one two pub)"
	is "$name: nothing of that work was refused" \
		"$(jq -c 'select(.event == "call" or .event == "warning")' "$dir/preclude.log" | head -n 3)" ""
}

# What a client planted in module two leads to module one, and the other way round.
across()
{
	local narrow=$1 dir=$scratch/across-$1
	rsyncd_setup "$dir" no
	ln -s "$dir/one" "$dir/two/other"
	echo secret >"$dir/one/secret"
	chmod 644 "$dir/one/secret"
	narrow_start "$dir" "$pristine" "PRECLUDE_NARROW=$narrow"
	"$pristine" -r "$scratch/evil/" "$url/two/other/" >/dev/null 2>&1
	"$pristine" -rL "$url/two/" "$dir/loot/" >/dev/null 2>&1
	"$pristine" -rK --delete "$scratch/empty/" "$url/two/" >/dev/null 2>&1
	quit
	[ ! -e "$dir/one/evil.txt" ] || echo wrote
	[ ! -e "$dir/loot/other/secret" ] || echo read
	[ -e "$dir/one/secret" ] || echo deleted
}

denied()
{
	matches "$scratch/across-on/preclude.log" '.event == "call" and .effect == "denied" and .by == "landlock" and
		.where == "inside" and .module == "one" and .func == "'"$1"'"'
}

crossing()
{
	is "without narrowing a planted link leads from module to module" "$(across off)" "$(printf 'wrote\nread')"
	is "with it, none does" "$(across on)" ""
	ok "the write that was tried is in the log" test "$(denied mkstemp)" -gt 0
}

# Modules that are not what they were when the daemon started.
changes()
{
	local dir=$scratch/changes
	rsyncd_setup "$dir" "$1"
	printf '[gone]\npath = %s/gone\n[late]\npath = %s/late\n' "$dir" "$dir" >>"$dir/rsyncd.conf"
	mkdir -p "$dir/late"
	echo late >"$dir/late/file"
	narrow_start "$dir" "$pristine" "PRECLUDE_ROOTS=one=$dir/one:two=$dir/two:gone=?$dir/gone"
	is "$1: a module that is missing at the start is a warning" \
		"$(matches "$dir/preclude.log" '.event == "warning" and (.reason | contains("gone"))')" 1
	ok "$1: the others serve" "$pristine" -r "$scratch/src/" "$url/two/"
	ok "$1: it does not" not "$pristine" -r "$url/gone/" "$dir/loot/"
	mkdir "$dir/gone"
	echo gone >"$dir/gone/file"
	ok "$1: nor when it is there again" not "$pristine" -r "$url/gone/" "$dir/loot/"
	ok "$1: nor does one that is no root" not "$pristine" -r "$url/late/" "$dir/loot/"
	# And what somebody put in the place of a module: a link to nobody's directory, to another module, a new one.
	mv "$dir/one" "$dir/one.away"
	ln -s "$dir/late" "$dir/one"
	ok "$1: nor one that became a link out" not "$pristine" -r "$url/one/" "$dir/loot/"
	ln -sfn "$dir/two" "$dir/one"
	ok "$1: nor one that became a link to another" not "$pristine" -r "$url/one/" "$dir/loot/"
	rm "$dir/one"
	mkdir "$dir/one"
	ok "$1: nor one that was made anew" not "$pristine" -r "$url/one/" "$dir/loot/"
	ok "$1: and the rest serves on" "$pristine" -r "$url/two/" "$dir/served/"
	quit
	is "$1: nothing was had from any of them" "$(ls "$dir/loot" 2>/dev/null)" ""
	is "$1: where the policy has the module, a restart is the way out" "$(jq -r '.reason // "" |
		select(test("is refused: .* restart the daemon$")) | sub(".*(?<m>module [a-z]+) .*"; .m)' "$dir/preclude.log")" \
		"$(printf 'module %s\n' gone one one one)"
	is "$1: where it does not, the policy has to be made again, by the command of the manual" "$(jq -r '.reason // "" |
		select(test("is refused: .* preclude rsyncd --format unit >")) | sub(".*(?<m>module [a-z]+) .*again: (?<c>.*) \\(with.*"; .m + ": " + .c)' \
		"$dir/preclude.log")" "module late: $(sed -n '/recipe: systemd/,/^\.Ed/s/^# //p; /recipe: systemd/,/^\.Ed/s/^    //p' "$top/docs/preclude-rsync.7" |
		sed 's/ *\\e$//' | paste -sd ' ')"
	rm -rf "$dir"
}

# path = outer/./inner: the connection is sealed in the inner directory, also where the outer one is a module itself.
inner()
{
	local dir=$scratch/inner binary=$2
	rsyncd_setup "$dir" yes
	mkdir -p "$dir/one/in" "$dir/one/beside"
	echo secret >"$dir/one/beside/secret"
	ln -s /beside "$dir/one/in/link"
	printf '[in]\npath = %s/one/./in\n' "$dir" >>"$dir/rsyncd.conf"
	narrow_start "$dir" "$binary" "PRECLUDE_ROOTS=$3in=$dir/one/in"
	ok "outer/./inner, $1: push" "$binary" -r "$scratch/evil/" "$url/in/"
	"$binary" -rL "$url/in/" "$dir/loot/" >/dev/null 2>&1
	quit
	ok "outer/./inner, $1: it arrived" test -e "$dir/one/in/evil.txt"
	ok "outer/./inner, $1: what lies beside it cannot be read" not test -e "$dir/loot/link/secret"
	is "outer/./inner, $1: narrowed to the inner" "$(narrowed "$dir/preclude.log")" "$(printf 'in enforced\nin enforced')"
	rm -rf "$dir"
}

# Hooks do what the daemon may, also when they enter the module; the connection does not.
hooks()
{
	local dir=$scratch/hooks
	rsyncd_setup "$dir" no
	cat >>"$dir/rsyncd.conf" <<-EOF
		[hooked]
		path = $dir/one
		pre-xfer exec = cd "\$RSYNC_MODULE_PATH" && echo pre >$dir/run/pre
		post-xfer exec = cd "\$RSYNC_MODULE_PATH" && cd ../two && echo post >hook
	EOF
	ln -s "$dir/run" "$dir/one/run"
	narrow_start "$dir" "$2" "PRECLUDE_ROOTS=hooked=$dir/one:two=$dir/two"
	ok "hooks, $1: a push" "$2" -r "$scratch/evil/" "$url/hooked/"
	"$2" -r "$scratch/evil/" "$url/hooked/run/" >/dev/null 2>&1
	quit
	is "hooks, $1: before it" "$(cat "$dir/run/pre")" pre
	is "hooks, $1: after it, in another module" "$(cat "$dir/two/hook")" post
	ok "hooks, $1: the connection may not write where they may" not test -e "$dir/run/evil.txt"
	is "hooks, $1: only connections are narrowed" "$(narrowed "$dir/preclude.log")" \
		"$(printf 'hooked enforced\nhooked enforced')"
	rm -rf "$dir"
}

# A copy without a daemon: each side enters its own root.
local_copy()
{
	local dir=$scratch/local-$1
	mkdir -p "$dir/in" "$dir/out"
	cp -a "$scratch/src/." "$dir/in/"
	ok "a local copy, $1" env LD_PRELOAD="$library" PRECLUDE_ROOTS="in=$dir/in,ro:out=$dir/out" PRECLUDE_NARROW=on \
		PRECLUDE_LOG="$dir/log" PRECLUDE_EXEC="$2" "$2" -aHAX --numeric-ids "$dir/in/" "$dir/out/"
	ok "a local copy, $1: it is whole" diff "$scratch/src.list" <(listing "$dir/out")
	is "a local copy, $1: each side in its root" "$(narrowed "$dir/log" | sort)" "$(printf 'in enforced\nout enforced')"
}

# Twenty modules, two hundred connections at once, each with a link to the next module in its tree.
crowd()
{
	local dir=$scratch/crowd roots='' i failed=0 clients=()
	rsyncd_setup "$dir" no
	mkdir "$dir/m" "$dir/out"
	for ((i = 0; i < 20; i++)); do
		mkdir "$dir/m/$i"
		echo "secret $i" >"$dir/m/$i/secret"
		ln -s "$dir/m/$(((i + 1) % 20))" "$dir/m/$i/next"
		printf '[m%d]\npath = %s/m/%d\n' $i "$dir" $i >>"$dir/rsyncd.conf"
		roots+="${roots:+:}m$i=$dir/m/$i"
	done
	narrow_start "$dir" "$pristine" "PRECLUDE_ROOTS=$roots"
	for ((i = 0; i < 180; i++)); do
		"$pristine" -aHAX --timeout="$(patience 120)" "$scratch/src/" "$url/m$((i % 20))/tree$i/" >/dev/null 2>&1 &
		clients+=($!)
	done
	for ((i = 0; i < 20; i++)); do
		# What follows the link is what must fail: a partial transfer, and the rest arrives.
		("$pristine" -rL --timeout="$(patience 120)" "$url/m$i/next" "$url/m$i/secret" "$dir/out/$i/" >/dev/null 2>&1; [ $? -eq 23 ]) &
		clients+=($!)
	done
	for i in "${clients[@]}"; do wait "$i" || failed=$((failed + 1)); done
	quit
	is "200 connections at once: each ends as it should" "$failed" 0
	failed=0
	for ((i = 0; i < 180; i++)); do
		diff -q "$scratch/src.list" <(listing "$dir/m/$((i % 20))/tree$i") >/dev/null || failed=$((failed + 1))
	done
	is "200 connections at once: the trees are what was sent" "$failed" 0
	is "200 connections at once: everybody got the own module" "$(cat "$dir"/out/*/secret | wc -l)" 20
	is "200 connections at once: nobody the next" "$(find "$dir/out" -path '*/next/secret')" ""
	is "200 connections at once: one line for the start" \
		"$(matches "$dir/preclude.log" '.event == "sandbox" and .scope == "process"')" 1
	is "200 connections at once: and one for each" "$(narrowed "$dir/preclude.log" | grep -c enforced)" 200
}

make_source "$scratch/src"
listing "$scratch/src" >"$scratch/src.list"
mkdir -p "$scratch/evil" "$scratch/empty"
echo evil >"$scratch/evil/evil.txt"

for chroot in yes no unset; do
	[ $chroot != yes ] || root_for "use chroot yes" "to change its root directory" || continue
	for version in "${versions[@]}"; do work "$version" "${!version}" "$chroot"; done
done
! root_for "outer/./inner, Debian's" "to change its root directory" || inner "Debian's" "$debian" "one=$scratch/inner/one:"
for version in "${versions[@]}"; do
	hooks "$version" "${!version}"
	local_copy "$version" "${!version}"
done
[ -n "$pristine" ] || finish
crossing
if root_for "changes with use chroot, and outer/./inner" "to change its root directory"; then
	changes yes
	inner "the outer no root" "$pristine" ''
	inner "the outer a root" "$pristine" "one=$scratch/inner/one:"
fi
changes no
crowd
finish
