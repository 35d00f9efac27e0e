#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude inspect over everything in /usr/bin: each file gets a verdict; those about preloading are compared with what
# happens when a sample is really started under the library.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
: "${SAMPLE:=40}" # programs started

mapfile -t files < <(find -L /usr/bin -maxdepth 1 -type f -perm -u+x 2>/dev/null | sort)
"$preclude" inspect --json "${files[@]}" >"$scratch/all.json" 2>"$scratch/said"
is "all of /usr/bin is inspected" $? 0
is "nothing is said against any file" "$(cat "$scratch/said")" ""
is "each file has a verdict" "$(jq '.programs | length' "$scratch/all.json")" "${#files[@]}"
"$preclude" inspect "${files[@]:0:100}" >"$scratch/text" 2>&1
is "in the text too" "$(grep -c '^/usr/bin/[^ ]*\(, run by [^ ]*\)\?: \(can\|cannot\|is\|may\)' "$scratch/text")" 100

# Which programs the loader leaves alone is known otherwise too: readelf tells which loader a file asks for. A file that
# is setuid, or has capabilities (ping on Debian), is left alone for ordinary users as well.
endowed=$(getcap "${files[@]}" 2>/dev/null)
unmarked()
{
	while read -r preload file; do
		[ -u "$file" ] || [ -g "$file" ] || [[ $endowed == *"$(readlink -f "$file") "* || $endowed == *"$file "* ]] || echo "$preload $file"
	done
}
jq -r '.programs[] | select(.object == .program) | "\(.preload) \(.program)"' "$scratch/all.json" | unmarked >"$scratch/own"
loaded()
{
	cut -d' ' -f2 "$scratch/own" | xargs readelf -lW /dev/null 2>/dev/null | awk '
		/^File: / { file = $2 }
		/program interpreter: \/lib64\/ld-linux-x86-64/ { has[file] }
		END { while ((getline line <own) > 0) { split(line, word); print (word[2] in has) ? "true" : "false", word[2] } }
	' own="$scratch/own"
}
if [ "$(uname -m)" = x86_64 ]; then
	is "what has the loader of this libc can be preloaded, the rest cannot" "$(loaded | comm -3 - "$scratch/own")" ""
fi

# starts FILE: whether the library was entered, told by its start event. --version and --help are safe with what is here:
# nothing in the sample is interactive, and it gets an empty root and no input.
mkdir "$scratch/root"
starts()
{
	rm -f "$scratch/log"
	(cd "$scratch/root" && timeout "$(patience 10)" env PRECLUDE_ROOTS="$scratch/root" PRECLUDE_MODE=observe PRECLUDE_LOG="$scratch/log" \
		LD_PRELOAD="$library" "$1" --version </dev/null >/dev/null 2>&1)
	if head -n 1 "$scratch/log" 2>/dev/null | grep -qF "\"exe\":\"$(readlink -f "$1")\""; then
		echo true
	else
		echo false
	fi
}

# Every n-th of those that GNU and kin made, which take --version; and all that are said to be out of reach.
jq -r '.programs[] | select(.preload and .object == .program) | .program' "$scratch/all.json" |
	grep -E '/(\[|b2sum|basename|cat|chmod|comm|cp|cut|date|dd|df|diff|du|echo|env|expand|expr|file|find|fold|gawk|gcc|git|grep|gzip|head|id|jq|join|ld|ls|make|mkdir|mv|nm|objdump|od|paste|patch|perl|pr|ptx|readelf|rm|rsync|sed|seq|sort|split|stat|strace|strip|sum|tail|tar|tee|touch|tr|uniq|wc|xargs|xz)$' |
	head -n "$SAMPLE" >"$scratch/yes"
jq -r '.programs[] | select((.preload | not) and .object == .program and (.setid | not)) | .program' "$scratch/all.json" |
	head -n 5 >"$scratch/no"
ok "there are programs to start" test "$(wc -l <"$scratch/yes")" -ge 20
wrong=$(while read -r file; do [ "$(starts "$file")" = true ] || echo "$file"; done <"$scratch/yes")
is "what can be preloaded is entered, each of $(wc -l <"$scratch/yes")" "$wrong" ""
wrong=$(while read -r file; do [ "$(starts "$file")" = false ] || echo "$file"; done <"$scratch/no")
is "what cannot is not, each of $(wc -l <"$scratch/no")" "$wrong" ""

jq -r '.programs[].verdict | sub(":.*"; "") | sub(",.*"; "")' "$scratch/all.json" | sort | uniq -c | sort -rn | sed 's/^/# /'
jq -r '[.programs[] | select(.object == .program)] | "# \(length) programs of their own: \(map(select(.functions | any(.at))) | length) use *at forms, \(map(select(.dlopen)) | length) call dlopen, \(map(select(.own_entry and .preload)) | length) have an entry of their own"' "$scratch/all.json"
finish
