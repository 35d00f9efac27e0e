#!/bin/bash
# SPDX-License-Identifier: ISC
# Debian 12's receivers (main suite, security suite) and the legacy one, with `use chroot` yes, no and left out, and a path with
# /./, under exactly the policy that `preclude rsyncd` prints: every transfer ends as it does bare, with the same trees, exit
# status, and messages to the client and in rsync's own log; and the library has nothing to say of it.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)

dir=$scratch/daemon src=$scratch/src
# What each module is: its path beneath $dir, and its use chroot. Only root can chroot.
declare -A modules=([no]="plain no" [inner-no]="outer-no/./inner no")
! is_root || modules+=([yes]="chrooted yes" [unset]="left unset" [inner]="outer/./inner yes" [inner-unset]="outer-left/./in/ner unset")

# Four levels, and all that -aHAX keeps, but device nodes.
make_source()
{
	local here=$1
	mkdir -p "$here/a/b/c/d" "$here/a/closed" "$here/empty"
	head -c 300000 /dev/urandom >"$here/a/b/big"
	echo plain >"$here/plain"
	echo deep >"$here/a/b/c/d/file"
	ln "$here/plain" "$here/a/b/c/hard"
	ln "$here/a/b/c/d/file" "$here/a/hard too"
	ln -s ../../../plain "$here/a/b/c/link"
	ln -s /etc/passwd "$here/a/b/absolute"
	ln -s nowhere "$here/a/b/c/d/dangling"
	! is_root || chown 1234:4321 "$here/plain" "$here/a/b/c"
	setfacl -m u:1234:rw "$here/plain" "$here/a/b/c/d/file"
	setfacl -d -m u::rwx,g::r-x,u:1234:rwx,o::--- "$here/a/b"
	setfattr -n user.note -v hello "$here/a/b/c" "$here/a/b/big"
	chmod 0700 "$here/a/closed"
	chmod 2750 "$here/a/b/c/d"
	find "$here" -depth -exec touch -h -d '2001-02-03 04:05:06.789012345' {} +
}

configure()
{
	local module path chroot
	cat <<-EOF
		pid file = $dir/run/rsyncd.pid
		log file = $dir/log/rsyncd.log
		munge symlinks = no
		read only = no
		$(! is_root || printf 'uid = root\ngid = root')
	EOF
	for module in "${!modules[@]}"; do
		read -r path chroot <<<"${modules[$module]}"
		mkdir -p "$dir/$path/defaults/deep"
		setfacl -d -m u::rwx,g::r--,o::--- "$dir/$path/defaults" "$dir/$path/defaults/deep"
		printf '[%s]\npath = %s\ncomment = %s\n' "$module" "$dir/$path" "$dir"
		[ "$chroot" = unset ] || echo "use chroot = $chroot"
	done
}

# transfer NAME ARGUMENT...: what the client is told. Both ends write to it, in any order; and where the daemon ends first, it may
# see a connection that was reset.
transfer()
{
	echo "== $1"
	timeout "$(patience 60)" "$binary" "${@:2}" >"$scratch/told" 2>&1
	echo "$1: $?"
	grep -v 'Connection reset by peer' "$scratch/told" | sort
}

# session RESULT [VARIABLE=VALUE...]: all transfers of a fresh daemon.
session()
{
	local result=$1 module path list
	shift
	rm -rf "$dir"
	mkdir -p "$dir"/{run,log} "$result"
	configure >"$dir/rsyncd.conf"
	if [ "$1" = sealed ]; then
		rsyncd_sealed "$dir"
		daemon_start "$dir" "$binary" "${policy[@]}"
	else
		daemon_start "$dir" "$binary"
	fi
	for module in "${!modules[@]}"; do
		local keep=(-aHAXi --no-D --numeric-ids)
		{
			transfer push "${keep[@]}" "$src/one/" "$url/$module/tree/"
			transfer change "${keep[@]}" --delete --backup --backup-dir=old/er "$src/two/" "$url/$module/tree/"
			transfer pull "${keep[@]}" "$url/$module/tree/" "$dir/pulled/"
			transfer within "${keep[@]}" "$url/$module/tree/a/b/c" "$url/$module/tree/a/b/c/link" "$dir/part/"
			transfer inherit -ri --chmod=ugo=rwX "$src/one/" "$url/$module/defaults/"
			transfer deeper -ri "$src/one/a/b/" "$url/$module/defaults/deep/er/"
			transfer missing -ri "$url/$module/tree/none/at/all" "$dir/none/"
		} >"$result/$module.said"
		read -r path _ <<<"${modules[$module]}"
		listing "$dir/$path" >"$result/$module.tree"
		listing "$dir/pulled" >"$result/$module.pulled"
		listing "$dir/part" >"$result/$module.part"
		rm -rf "$dir"/{pulled,part}
	done
	daemon_idle
	daemon_stop
	# Times, processes, ports and how many bytes the protocol took differ from run to run.
	sed -E 's/^[^ ]+ [^ ]+ \[[0-9]+\] //; s/(sent|received) [0-9]+ bytes/\1/g; s/port [0-9]+//' "$dir/log/rsyncd.log" |
		grep -v 'signal SIG\|TERM' | sort >"$result/log"
}

# Times of directories that were made or changed here are of here.
settled()
{
	sed -E '/: d [0-7]+ /s/ [0-9]+\.[0-9]+ *$//; /^\.\/defaults|^\.\/tree\/old/s/ [0-9]+\.[0-9]+ /  /' "$1" | sed -E 's/^same as .* \(root\).*//'
}

receiver()
{
	local module version
	binary=$2
	version=$("$binary" --version | awk '{ print $3; exit }')
	session "$scratch/bare"
	session "$scratch/sealed" sealed
	for module in "${!modules[@]}"; do
		name="$1 ($version), ${modules[$module]}"
		is "$name: bare, what must succeed does" "$(grep -c '^\(push\|change\|pull\|within\|inherit\|deeper\): 0$' "$scratch/bare/$module.said")" 6
		ok "$name: the client is told the same" diff "$scratch/bare/$module.said" "$scratch/sealed/$module.said"
		ok "$name: the module holds the same" diff <(settled "$scratch/bare/$module.tree") <(settled "$scratch/sealed/$module.tree")
		ok "$name: and so does what was pulled" diff <(settled "$scratch/bare/$module.pulled") <(settled "$scratch/sealed/$module.pulled")
		ok "$name: in part, too" diff <(settled "$scratch/bare/$module.part") <(settled "$scratch/sealed/$module.part")
		is "$name: new files have the mode of the default ACL" \
			"$(sed -n 's/^\.\/defaults\/plain: f \([0-7]*\) .*/\1/p;s/^\.\/defaults\/deep\/er\/big: f \([0-7]*\) .*/\1/p' "$scratch/sealed/$module.tree" | xargs)" "640 640"
	done
	ok "$1: rsync's log says the same" diff "$scratch/bare/log" "$scratch/sealed/log"
	is "$1: each connection was sealed" "$(jq -r 'select(.event == "sandbox" and .scope == "module") | .outcome' "$dir/preclude.log" | sort | uniq -c | xargs)" \
		"$((${#modules[@]} * 7)) enforced"
	is "$1: and nothing else is to be said" "$(jq -c 'select(.event != "sandbox" and .event != "start")' "$dir/preclude.log" | head -n 3)" ""
}

make_source "$src/one"
cp -a "$src/one" "$src/two"
echo changed >>"$src/two/a/b/c/d/file"
rm -r "$src/two/empty" "$src/two/a/b/absolute"
mkdir -p "$src/two/x/y/z"
mv "$src/two/a/b/big" "$src/two/x/y/z/"
for which in rsync-legacy rsync-deb12 rsync-security; do
	! obtain found "$which" "$which" || receiver "$which" "$found"
done
finish
