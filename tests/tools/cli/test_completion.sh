#!/bin/bash
# SPDX-License-Identifier: ISC
# Completion, by keys typed into a real bash and a real zsh.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
mkdir "$scratch/sandbox"
touch "$scratch/run.log"

# The options of a command, as its help has them.
options()
{
	"$preclude" help "$1" | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort | paste -sd " "
}

# What is typed, and what it becomes. Both shells make the same of these.
typed=() wanted=()
becomes()
{
	typed+=("preclude $1")
	wanted+=("preclude $2")
}

becomes 'sugg' 'suggest'
becomes 'help rs' 'help rsyncd'
becomes 'run --confine me' 'run --confine metadata'
becomes 'run --confine *' 'run --confine all metadata off'
becomes 'run --confine=me' 'run --confine=metadata'
becomes 'run --ancest' 'run --ancestors'
becomes 'run --narrow=of' 'run --narrow=off'
becomes 'run --log sysl' 'run --log syslog'
becomes 'run --log sandb' 'run --log sandbox/'
becomes 'run --root sandb' 'run --root sandbox/'
becomes 'run --root x=sandb' 'run --root x=sandbox/'
becomes 'run --root x=/srv --narrow=on sha256su' 'run --root x=/srv --narrow=on sha256sum'
becomes 'run --root /srv -- sha256su' 'run --root /srv -- sha256sum'
becomes 'run --root /srv -- cat --conf run.l' 'run --root /srv -- cat --conf run.log'
becomes 'run --narrow cat --show-n' 'run --narrow cat --show-nonprinting'
becomes 'run --rsyncd=run.l' 'run --rsyncd=run.log'
becomes 'observe --fail-on unanch' 'observe --fail-on unanchored'
becomes 'report run.l' 'report run.log'
becomes 'rsyncd --format u' 'rsyncd --format unit'
becomes 'rsyncd run.l' 'rsyncd run.log'
becomes 'inspect sha256su' 'inspect sha256sum'
commands=$("$preclude" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
for command in $commands; do
	[ "$command" = help ] || becomes "$command --*" "$command $(options "$command")"
done

for shell in bash zsh; do
	mapfile -t got < <(python3 "$top/tests/tools/cli/complete.py" "$shell" "$scratch" "$B" "${typed[@]}" 'preclude *' 2>&1)
	for i in "${!typed[@]}"; do
		# zsh puts a "=" behind the last of several that takes a value.
		is "$shell: ${typed[i]}" "$(sed 's/=$//' <<<"${got[i]}" | tr ' ' '\n' | uniq | paste -sd " ")" "${wanted[i]}"
	done
	is "$shell: the commands" "$(tr ' ' '\n' <<<"${got[-1]}" | grep -v -e -- -e preclude | sort | paste -sd " ")" \
		"$(sort <<<"$commands" | paste -sd " ")"
done
finish
