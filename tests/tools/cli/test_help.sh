#!/bin/bash
# SPDX-License-Identifier: ISC
# Help wherever it is asked for, the same and on standard output; and every refusal says where there is more.
# tests/docs/test_docs.sh compares the options in it with the manual.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude

# helps WORD...: on standard output alone, with status 0; prints it.
helps()
{
	"$preclude" "$@" 2>"$scratch/errors" || echo "status $?"
	cat "$scratch/errors"
}

is "help, --help and -h" "$(helps help)
$(helps --help)" "$(helps --help)
$(helps -h)"
commands=$("$preclude" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
is "the commands" "$(sort <<<"$commands" | paste -sd ' ')" "help inspect observe report rsyncd run status suggest"
while read -r option; do
	ok "$option" grep -q . <<<"$(helps "$option")"
done < <("$preclude" help | grep -o -e '--[a-z]*')
for command in $commands; do
	[ "$command" != help ] || continue
	said=$(helps "$command" --help)
	is "help $command" "$(helps help "$command")" "$said"
	usage=$(sed -n '1{s/^Usage: preclude [a-z]* //; s/ \[ARG...\]$//; p}' <<<"$said")
	ok "its usage is that of the list" grep -q "^  $command  *${usage//[/\\[}" <<<"$(helps help)"
	ok "it lists --help" grep -q '^  --help  *print this$' <<<"$said"
	is "in 100 columns" "$(grep -E '.{101}' <<<"$said")" ""
	is "and nothing else may stand there" "$("$preclude" "$command" --frobnicate 2>&1; echo $?)" \
		"preclude: refused: --frobnicate: unknown option; \`preclude $command --help\` lists them; see preclude(1)
125"
done
is "without a command: on standard error" "$("$preclude" 2>&1 >/dev/null; echo $?)" "$(helps help)
125"
ok "help of what is none" grep -qx 'preclude: refused: frobnicate: no such command; .*; see preclude(1)' \
	<<<"$("$preclude" help frobnicate 2>&1)"
ok "help that cannot be written is a failure" not sh -c "'$preclude' help >/dev/full"
ok "that of a command, too" not sh -c "'$preclude' run --help >/dev/full"
is "the library's refusals" "$(LD_PRELOAD=$library PRECLUDE_ROOT=/x /bin/true 2>&1 | grep -o '; see .*')" "; see libpreclude(7)"
finish
