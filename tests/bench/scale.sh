#!/bin/bash
# SPDX-License-Identifier: ISC
# What grows: connections of a daemon with many modules, storms of processes.
. "$(dirname "$0")/lib.sh"
. "$here/rsyncd.sh"

legacy=$("$top/tests/obtain" rsync-legacy) || exit 1
readable=(/mnt/m "${legacy%/*}")
mkdir -p m

measure()
{
	"$programs/prog_connect" "${ports[$1]}" 1 "$connections"
}

# rsync reads its configuration again for each connection: with 10,000 modules half a second.
for modules in 1 100 10000; do
	connections=$(full 200 5)
	[ $modules -lt 10000 ] || connections=$(full 3 1)
	{
		printf 'use chroot = yes\nlog file = /dev/null\n'
		for ((module = 1; module <= modules; module++)); do
			printf '[%d]\npath = /mnt/m/%d\n' $module $module
		done
	} >m/conf
	seq -f '/mnt/m/%.0f' "$modules" | xargs mkdir -p
	serve "$legacy" /mnt/m/conf bare launcher sealed sealed-logged || exit 1
	by_turns "$(full 5 1)" connections "modules: $modules" rate bare launcher sealed sealed-logged
	serve_no_more
done

storm=()
measure()
{
	before "$1"
	rm -f "$log"
	env "${before[@]}" "$programs/prog_storm" "${storm[@]}"
}
storm=("$(full 2000 50)")
by_turns "$(full 7 1)" storm 'fork' rate bare launcher preclude logged libtrace fakechroot strace-bpf bwrap firejail
storm=("$(full 500 20)" /bin/true)
by_turns "$(full 7 1)" storm 'fork and exec of true' rate bare launcher preclude logged run libtrace fakechroot \
	strace-bpf bwrap firejail
