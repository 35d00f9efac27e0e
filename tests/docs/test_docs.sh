#!/bin/bash
# SPDX-License-Identifier: ISC
# What the documents tell people to do works as it is written: each block of commands in README.md, CONTRIBUTING.md and
# docs/*.md is run, in an order that a reader would keep, on a copy of this machine that nobody misses (an overlay on a
# tmpfs); blocks that say they are run elsewhere are. Files, links, variables, options,
# pages of the manual and make's targets that they name exist.

. "$(dirname "$0")/../tap.sh"

documents=("$top"/{README,C*,S*}.md "$top"/docs/*.md)
machine=$scratch/machine
mkdir "$scratch/blocks"

# on_machine DIRECTORY COMMAND...
on_machine()
{
	chroot "$machine" env -C "$1" -u MAKEFLAGS -u MAKELEVEL PATH="/usr/local/bin:$PATH" B="$B" LC_ALL=C.UTF-8 "${@:2}" </dev/null
}

# The copy, with somebody's program in it whose test suite touches what it should not.
make_machine()
{
	mkdir "$scratch/over" "$machine"
	mount -t tmpfs preclude-docs "$scratch/over" || exit 1
	mkdir "$scratch/over/upper" "$scratch/over/work"
	mount -t overlay -o "lowerdir=/,upperdir=$scratch/over/upper,workdir=$scratch/over/work" preclude-docs "$machine" || exit 1
	mount -t proc proc "$machine/proc"
	mount --rbind /dev "$machine/dev" && mount --make-rslave "$machine/dev"
	at_exit+=("umount $machine/proc" "umount -l $machine/dev" "umount $machine" "umount $scratch/over")
	# What is no part of the root's own file system is not in the overlay; nothing is written there either.
	for directory in "$top" "$B" "$(readlink -f "${PRISTINE_CACHE:-$B}")"; do
		[ "$(stat -c %d "$directory")" = "$(stat -c %d /)" ] || mount --bind "$directory" "$machine$directory"
		at_exit=("umount -q $machine$directory" "${at_exit[@]}")
	done
	ok "make install" on_machine "$top" make -s install || finish
	# "build/" is where this build is, to a reader.
	[ "$B" = "$top/build" ] || { mkdir -p "$machine$top/build" && cp "$B"/preclude "$B"/libpreclude.so "$machine$top/build/"; }

	mkdir -p "$machine/srv/inbox"
	cp -r "$top/tests/docs/program" "$machine/root/"
	git init -q "$machine/root/program"
}

place()
{
	case $1 in
	'') echo "$top" ;;
	"a program's tree") echo /root/program ;;
	*) return 1 ;;
	esac
}

run_block()
{
	on_machine "$(place "$2")" bash -ec "$(cat "$1")"
}

console_block()
{
	mkdir -p "$machine${1%/*}"
	on_machine "$(place "$2")" bash -c "$("$top/tests/docs/blocks.py" --commands "$1")"
	cp "$machine$1".* "${1%/*}/"
	"$top/tests/docs/blocks.py" --compare "$1"
}

# elsewhere TEST DOCUMENT BLOCK: it names the document, since it reads the block out of it, or has each line of the block.
elsewhere()
{
	grep -q "$2" "$top/$1" || not grep -vqF -f "$top/$1" "$3"
}

! is_root || make_machine
skipped=0
for document in "${documents[@]}"; do
	name=${document#"$top/"}
	ok "$name: its blocks can be told apart" "$top/tests/docs/blocks.py" "$document" "$scratch/blocks"
	while IFS=$'\t' read -r kind file line remark; do
		case $kind in
		run | console) root_for "$name:$line" "for a copy of this machine" || continue ;;
		esac
		case $kind in
		run) ok "$name:$line runs" run_block "$file" "$remark" ;;
		console) ok "$name:$line says what it says" console_block "$file" "$remark" ;;
		elsewhere) ok "$name:$line is run by $remark" elsewhere "$remark" "${document##*/}" "$file" ;;
		not)
			skipped=$((skipped + 1))
			echo "# $name:$line is not run: $remark"
			;;
		esac
	done < <("$top/tests/docs/blocks.py" "$document" "$scratch/blocks" 2>/dev/null)
done
if root_for "what comes of the commands" "for a copy of this machine"; then
	# What README.md says of these: the report has source lines and advice, the policy is the program's.
	calls=$machine/root/program/calls.txt
	ok "the calls of the test suite: where they are" grep -q 'myprog\.c:9' "$calls"
	ok "and what to write instead" grep -q 'instead  fchmodat(dirfd, name, mode, AT_SYMLINK_NOFOLLOW)' "$calls"
	ok "the policy that was suggested" grep -q "^PRECLUDE_ROOTS='/srv/inbox'$" "$machine/root/program/policy.env"
fi
ok "few blocks are not run: $skipped" test "$skipped" -le 4

is "no address that somebody has to fill in" "$(grep -nE '(OWNER|//[a-z.]*example[.a-z]*)/' "${documents[@]}")" ""

# Names of other things, and each against the other: what of them is not there.
for check in links files variables options pages targets recipes comparison workflow; do
	is "$check" "$(/usr/bin/python3 -B "$top/tests/docs/names.py" "$check" "$top" "$B/preclude" 2>&1)" ""
done
is "mandoc finds nothing in the manual" "$(mandoc -T lint -W warning "$top"/docs/*.[1-8] 2>&1)" ""
finish
