#!/bin/bash
# SPDX-License-Identifier: ISC
# The house stays as small as it is: what tests/house/measure measures is within its limits, a tags file knows each wrapped
# name, and so does the library's own symbol table.
. "$(dirname "$0")/../tap.sh"
cd "$top" || exit 1

"$top/tests/house/measure" >"$scratch/measured" 2>"$scratch/errors"
is "nothing is above its limit" "$(grep '!$' "$scratch/measured")" ""
is "what lstat passes is there" "$(cat "$scratch/errors")" ""
ok "it measures much" [ "$(wc -l <"$scratch/measured")" -gt 50 ]
echo "# $(grep -c . "$scratch/measured") measures; $(grep 'longest\|between\|percent' "$scratch/measured" | tr '\t\n' ' ;')"

if command -v ctags >/dev/null && ctags --version | grep -q Universal; then
	ctags -R -f "$scratch/tags" shim
	is "universal-ctags finds wrappers, by name and by number" \
		"$(cut -f1 "$scratch/tags" | grep -xE 'lstat|open|__open_2|chdir|execl|SYS_fchmodat2' | sort -u | paste -sd ' ')" \
		"$(printf '%s\n' lstat open __open_2 chdir execl SYS_fchmodat2 | sort | paste -sd ' ')"
else
	skip "universal-ctags finds wrappers" "it is not installed"
fi
is "a debugger can break on lstat" "$(nm "$library" | awk '$3 == "lstat" { print $2 }')" "T"
finish
