#!/bin/bash
# SPDX-License-Identifier: ISC
# What the library costs a real receiver: a pristine rsync daemon stores FILES small files on tmpfs, bare and under
# preclude with narrowing, confinement, anchoring and the guard, by turns. The sender is never confined.
set -eu
build=$1 files=${FILES:-20000} turns=${TURNS:-9}
here=$(cd "$(dirname "$0")/../.." && pwd)
rsync=${RSYNC:-$("$here/tests/rsync/pristine")}

if [ -z "${PRIVATE-}" ]; then
	export PRIVATE=1
	exec unshare --mount --net -- "$0" "$build"
fi
ip link set lo up
mount -t tmpfs -o size=2g,mode=755,nr_inodes=0 preclude-bench /mnt
cd /mnt
mkdir source
for ((i = 0; i < files; i++)); do
	((i % 200)) || mkdir -p "source/$((i / 2000))/$((i / 200))"
	head -c 1024 /dev/zero >"source/$((i / 2000))/$((i / 200))/$i"
done 2>/dev/null

serve()
{
	local name=$1 port=$2 chroot=$3
	shift 3
	mkdir -p "$name"
	printf 'use chroot = %s\nuid = 0\ngid = 0\nlog file = /dev/null\npid file = /mnt/%s.pid\nport = %s\n[m]\npath = /mnt/%s\nread only = no\n' \
		"$chroot" "$name" "$port" "$name" >"$name.conf"
	env "$@" ${launch:-} "$rsync" --daemon --no-detach "--config=/mnt/$name.conf" &
	for _ in $(seq 100); do
		"$rsync" "rsync://127.0.0.1:$port/" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "receiver: the daemon $name does not start" >&2
	exit 1
}

policy=(LD_PRELOAD="$build/libpreclude.so" PRECLUDE_WRITE=/mnt PRECLUDE_NARROW=on
	PRECLUDE_GUARD=rsync PRECLUDE_CONFINE=metadata PRECLUDE_ANCHOR=on)
trap 'kill $(jobs -p) 2>/dev/null' EXIT
for chroot in no yes; do
	serve "bare-$chroot" $((8730 + ${#chroot})) $chroot PRECLUDE_MODE=off
	serve "all-$chroot" $((8740 + ${#chroot})) $chroot "${policy[@]}" "PRECLUDE_ROOTS=m=/mnt/all-$chroot" \
		"PRECLUDE_LOG=/mnt/all-$chroot.log"
	launch="$build/tests/bench/launch /mnt /dev --" serve "launch-$chroot" $((8770 + ${#chroot})) $chroot PRECLUDE_MODE=off
	serve "kernel-$chroot" $((8760 + ${#chroot})) $chroot LD_PRELOAD="$build/libpreclude.so" PRECLUDE_WRITE=/mnt \
		PRECLUDE_NARROW=on PRECLUDE_CONFINE=off "PRECLUDE_ROOTS=m=/mnt/kernel-$chroot" "PRECLUDE_LOG=/mnt/kernel-$chroot.log"
	serve "flag-$chroot" $((8750 + ${#chroot})) $chroot "${policy[@]}" "PRECLUDE_ROOTS=m=/mnt/flag-$chroot" \
		"PRECLUDE_LOG=/mnt/flag-$chroot.log" PRECLUDE_FLAG=all
done

# Milliseconds of one push into an empty module.
push()
{
	rm -rf "/mnt/$1"/*
	local start=$EPOCHREALTIME
	"$rsync" -a source/ "rsync://127.0.0.1:$2/m/"
	local end=$EPOCHREALTIME
	echo $(((${end/./} - ${start/./}) / 1000))
}
ratio() { awk -v column="$1" '{ printf "%.3f\n", $column / $1 }' took | median; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for chroot in no yes; do
	: >took
	for ((turn = 0; turn < turns; turn++)); do
		echo "$(push "bare-$chroot" $((8730 + ${#chroot}))) $(push "all-$chroot" $((8740 + ${#chroot})))" \
			"$(push "kernel-$chroot" $((8760 + ${#chroot})))" "$(push "flag-$chroot" $((8750 + ${#chroot})))" \
			"$(push "launch-$chroot" $((8770 + ${#chroot})))" >>took
	done
	printf 'rsync receiver, %s x 1 KiB, use chroot = %-3s bare %s ms; ratio: a plain Landlock launcher %s, narrowed %s, everything on %s, every call logged %s\n' \
		"$files" "$chroot" "$(cut -d' ' -f1 took | median)" "$(ratio 5)" "$(ratio 3)" "$(ratio 2)" "$(ratio 4)"
done
