#!/bin/bash
# SPDX-License-Identifier: ISC
# PRECLUDE_ANCESTORS: a program that opens every directory above its root for reading, as rsync 3.5.0 does, can work in
# it; nothing else is opened for it, and what it gets cannot be listed.

. "$(dirname "$0")/../../tap.sh"

program=$B/tests/shim/judge/prog_ancestors
name=$(basename "$scratch")
mkdir -p "$scratch"/{one/deep,two,beside,closed/three}
chmod -R a+rwX "$scratch"
chmod 711 "$scratch/closed"

# walk VARIABLE=VALUE... -- ARGUMENT...: the program's lines in one, without the scratch directory's own name. Log in
# $scratch/log.
walk()
{
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	rm -f "$scratch/log"
	(cd "$scratch" && "${as[@]}" env -i LD_PRELOAD="$library" PRECLUDE_ANCESTORS=on PRECLUDE_ROOTS="$scratch/one:$scratch/two" \
		PRECLUDE_LOG="$scratch/log" "${variables[@]}" "$program" "$@" 2>&1) |
		sed "s|$name|SCRATCH|; s|next descriptor |fd |" | tr '\n' ',' | sed 's/,$//; s/,/, /g'
}
as=()

is "without it, not even / opens" "$(walk PRECLUDE_ANCESTORS= -- "$scratch/one" made)" "/ EACCES, fd 3"
is "with it the root is reached, and what is above it cannot be listed" "$(walk -- "$scratch/one" made)" \
	"/ walk, var walk, tmp walk, SCRATCH walk, one read, made ok, fd 5"
ok "what was made is there" test -f "$scratch/one/made"
is "the log says it, and nothing else" "$(jq -r 'select(.event != "start" and .event != "sandbox") |
	.event, .reason' "$scratch/log")" "warning
open of \"/\", a directory above a root or grant: the policy does not allow reading it, so it was opened with O_PATH, and can be \
walked through but not listed (said once for all such directories)"
is "beneath a root nothing changes" "$(walk -- "$scratch/one/deep")" \
	"/ walk, var walk, tmp walk, SCRATCH walk, one read, deep read, fd 3"
is "what is beside a root stays closed" "$(walk -- "$scratch/beside")" \
	"/ walk, var walk, tmp walk, SCRATCH walk, beside EACCES, fd 3"
is "and is logged as denied" "$(jq -r 'select(.event == "call") | "\(.func) \(.path) \(.effect)"' "$scratch/log")" \
	"openat beside denied"
is "what is above nothing, too" "$(walk -- /var/lib)" "/ walk, var walk, lib EACCES, fd 3"
is "a directory is known by what it is" "$(walk -- "$scratch/one/../../../../$scratch/one")" \
	"/ walk, var walk, tmp walk, SCRATCH walk, one read, .. walk, .. walk, .. walk, .. walk, var walk, tmp walk, SCRATCH walk, one read, fd 4"
is "a grant is reached in the same way" "$(walk PRECLUDE_ROOTS= PRECLUDE_READ="$scratch/one" -- "$scratch/one" made)" \
	"/ walk, var walk, tmp walk, SCRATCH walk, one read, made EACCES, fd 4"
is "what every program may read is no reason" "$(walk PRECLUDE_ROOTS= -- /usr)" "/ EACCES, fd 3"
is "a root that is not there has nothing above it" "$(walk PRECLUDE_ROOTS="?$scratch/none/x" -- "$scratch")" \
	"/ EACCES, fd 3"
is "opened as a file, / is as it was" "$(walk -- -p "$scratch/one")" "/ EACCES, fd 3"
is "opened for writing, too" "$(walk -- -w "$scratch/one")" "/ EISDIR, fd 3"
is "observing, nothing needs it" "$(walk PRECLUDE_MODE=observe -- "$scratch/one")" \
	"/ read, var read, tmp read, SCRATCH read, one read, fd 4"
is "many processes say it once" "$(walk -- -f 50 "$scratch/one") $(jq -c 'select(.event == "warning")' \
	"$scratch/log" | wc -l)" "walked 1"
is "with everything flagged, it is a look" "$(walk PRECLUDE_FLAG=all -- "$scratch/one" >/dev/null
	jq -r 'select(.event == "call" and .path == "/") | "\(.func) \(.does) \(.where) \(.effect)"' "$scratch/log")" \
	"open look outside passed"

# Who may not enter the directory that this was built in.
install -m 755 "$program" "$library" "$scratch/beside/"
program=$scratch/beside/prog_ancestors library=$scratch/beside/libpreclude.so
as=("${nobody[@]}")
is "somebody else" "$(walk PRECLUDE_LOG=off -- "$scratch/one")" \
	"/ walk, var walk, tmp walk, SCRATCH walk, one read, fd 4"
if root_for "what file permissions close stays closed" "to own what others may not list"; then
	is "what file permissions close stays closed" \
		"$(walk PRECLUDE_LOG=off PRECLUDE_ROOTS="$scratch/closed/three" -- "$scratch/closed/three")" \
		"/ walk, var walk, tmp walk, SCRATCH walk, closed EACCES, fd 3"
fi
finish
