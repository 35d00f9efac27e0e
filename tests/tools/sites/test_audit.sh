#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude report --audit: the kernel's own records of what it denied, joined to the calls of the log. What the library saw
# is explained by a call; a child that dropped the library is not, and is a blind spot.
. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
w=$scratch/w
mkdir -p "$w/root" "$w/odd name"
echo secret >"$w/secret"
echo secret >"$w/foreign"
echo secret >"$w/blind"
echo secret >"$w/odd name/blind"
cat >"$w/work" <<'EOF'
cat "$1/secret"
cat "$1/secret"
(echo made >"$1/made")
sleep 0.1
(echo made >"$1/made")
mv "$1/root/none" "$1/none"
env -u LD_PRELOAD cat "$1/blind"
env -u LD_PRELOAD cat "$1/odd name/blind"
EOF

# denied LOG RECORDS: the same program with a policy of its own, and one of somebody else's at the same time.
denied()
{
	"$top/tests/tools/sites/audit_records.py" "$2" sh -c '
		LL_FS_RO=/usr:/lib:/lib64:/etc LL_FS_RW=/dev LL_FORCE_LOG=1 PRECLUDE_LOG=off LD_PRELOAD=$2/libpreclude.so \
			sh -c "cat \$1/foreign; true" sh "$1"
		"$2/preclude" run --root "$1/root" --read "$1/work" --log "$1/log" -- sh "$1/work" "$1"' \
		sh "$w" "$B" >"$scratch/out" 2>&1
}

blind()
{
	"$preclude" report --audit "$1" "$w/log" | grep "blind spot:.*on $w" | sed 's/.*denied //; s/ ([0-9]* times.*//' | sort
}

# Other tests are denied so much at times that the kernel loses records: then once more.
for ((tries = 0, status = 75; status == 75 && tries < 20; tries++)); do
	rm -f "$w/log"
	denied "$w/log" "$scratch/records"
	status=$?
	[ $status -ne 75 ] || sleep 1
done
if [ $status -eq 77 ]; then
	# A container may be kept from the kernel's audit, whose records the rest is about.
	skip 'real records' "$(tail -1 "$scratch/out")"
	finish
fi
wanted="fs.read_file on $w/blind to /usr/bin/cat
fs.read_file on $w/odd name/blind to /usr/bin/cat"
is 'a repeat is counted, and not logged' "$(grep -c '"event":"call".*"path":"[^"]*/made"' "$w/log")" 1
ok "the kernel tells of somebody else's too" grep -q "$w/foreign" "$scratch/records"
ok 'the kernel tells of its denials' grep -q 'type=UNKNOWN\[1423\].*blockers=fs.read_file' "$scratch/records"
is 'what no call explains is a blind spot, and nothing else is' "$(blind "$scratch/records")" "$wanted"
sed 's/UNKNOWN\[1423\]/LANDLOCK_ACCESS/; s/UNKNOWN\[1424\]/LANDLOCK_DOMAIN/; s/$/\x1dARCH=x86_64 SYSCALL=openat/' \
	"$scratch/records" >"$scratch/enriched"
is 'also as a later auditd writes them' "$(blind "$scratch/enriched")" "$wanted"
sed 's/UNKNOWN\[\(14..\)\]/\1/; s/SYSCALL/1300/; s/^/[  12.345678] audit: /; s/ msg=/ /' "$scratch/records" >"$scratch/kernel"
is 'and as they stand in the log of the kernel' "$(blind "$scratch/kernel")" "$wanted"
# mv's libselinux has a constructor that runs before the library; from ABI 10 on that is expected, and not recorded.
[ "$("$B/tests/tools/prog_try" landlock | cut -d' ' -f1)" -ge 10 ] ||
	ok 'a constructor that comes before ours is one too' grep -q 'blind spot: .*on /proc/filesystems to /usr/bin/mv' \
	<("$preclude" report --audit "$scratch/records" "$w/log")
ok "the library's own check at each start is none" not grep -q 'blind spot: .*on \(/\|/proc/filesystems to /usr/bin/cat\) ' \
	<("$preclude" report --audit "$scratch/records" "$w/log")
ok 'the sum is told' grep -Eq "[0-9]+ denials in these logs' domains, [0-9]+ of them by no call" \
	<("$preclude" report --audit "$scratch/records" "$w/log")
grep -v '"path":"[^"]*/secret"' "$w/log" >"$w/less"
mv "$w/less" "$w/log"
is 'a call that is not in the log explains nothing' "$(blind "$scratch/records" | grep -c "/secret ")" 1
ok 'a file that is not there is refused' not "$preclude" report --audit "$scratch/none" "$w/log"
finish
