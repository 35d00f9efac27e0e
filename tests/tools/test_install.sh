#!/bin/bash
# SPDX-License-Identifier: ISC
# make install: what it puts where, and that the command finds its library there.

. "$(dirname "$0")/../tap.sh"

to=$scratch/to root=$scratch/root
mkdir "$root"
ok "make install DESTDIR= PREFIX=" make -s -C "$top" B="$B" install DESTDIR="$to" PREFIX=/opt/preclude
is "the library, the command, the manual" "$(cd "$to" && find . -type f | sort)" "./opt/preclude/bin/preclude
./opt/preclude/lib/libpreclude.so
./opt/preclude/share/man/man1/preclude.1
./opt/preclude/share/man/man7/libpreclude.7
./opt/preclude/share/man/man7/preclude-rsync.7"
is "the command finds its library" \
	"$("$to/opt/preclude/bin/preclude" run --log off --root "$root" printenv LD_PRELOAD)" \
	"$to/opt/preclude/lib/libpreclude.so"
is "and the library enters" "$("$to/opt/preclude/bin/preclude" run --root "$root" --log "$scratch/log" true
	jq -r 'select(.event == "sandbox") | .outcome' "$scratch/log")" enforced
finish
