#!/bin/bash
# SPDX-License-Identifier: ISC
# make install and make uninstall: what they put where and take away again, and that the command finds its library there.

. "$(dirname "$0")/../tap.sh"

to=$scratch/to root=$scratch/root
mkdir "$root"
ok "make install DESTDIR= PREFIX=" make -s -C "$top" B="$B" install DESTDIR="$to" PREFIX=/opt/preclude
is "the library, the command, the manual, completions, examples" "$(cd "$to/opt/preclude" && find . -not -type d | sort)" \
"./bin/preclude
./lib/libpreclude.so
./lib/libpreclude.so.0
./libexec/preclude-report
./share/bash-completion/completions/preclude
./share/doc/preclude/examples/rsync.service.d/preclude.conf
./share/doc/preclude/examples/rsyncd.conf
./share/man/man1/preclude.1
./share/man/man7/libpreclude.7
./share/man/man7/preclude-rsync.7
./share/zsh/site-functions/_preclude"
is "the command finds its library" \
	"$("$to/opt/preclude/bin/preclude" run --log off --root "$root" printenv LD_PRELOAD)" \
	"$to/opt/preclude/lib/libpreclude.so.0"
is "which links the C library alone, since it starts daemons" \
	"$(readelf -d "$to/opt/preclude/bin/preclude" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')" libc.so.6
is "and finds the program behind it" "$("$to/opt/preclude/bin/preclude" report --help | head -n 1)" \
	"Usage: preclude report [OPTION...] LOG..."
mv "$to/opt/preclude/libexec" "$to/opt/preclude/aside"
is "without that one" "$("$to/opt/preclude/bin/preclude" report "$scratch/log" 2>&1; echo $?)" \
	"preclude: refused: report: this command is in preclude-report, which is not installed; see preclude(1)
125"
is "there is help all the same" "$("$to/opt/preclude/bin/preclude" help | grep -c '^  report ')" 1
mv "$to/opt/preclude/aside" "$to/opt/preclude/libexec"
is "and the library enters" "$("$to/opt/preclude/bin/preclude" run --root "$root" --log "$scratch/log" true
	jq -r 'select(.event == "sandbox") | .outcome' "$scratch/log")" enforced
# The link, by the name that people write.
is "under its other name, too" "$(env "LD_PRELOAD=$to/opt/preclude/lib/libpreclude.so" "PRECLUDE_ROOTS=$root" PRECLUDE_LOG=off \
	sh -c ": >'$root/x' && : >'$scratch/y'" 2>&1 | sed 's/.*: //'; ls "$root")" "Permission denied
x"
touch "$to/opt/preclude/share/doc/other"
ok "make uninstall" make -s -C "$top" B="$B" uninstall DESTDIR="$to" PREFIX=/opt/preclude
is "leaves what is somebody else's" "$(cd "$to" && find . -not -type d)" ./opt/preclude/share/doc/other

# The drop-in that is installed is what the command makes of the configuration beside it.
mkdir "$scratch/etc"
cp "$top/docs/examples/rsyncd.conf" "$scratch/etc"
if root_for "the example is what preclude rsyncd prints" "for an /etc of its own"; then
	is "the example is what preclude rsyncd prints" "$(unshare -m sh -c "mount --bind '$scratch/etc' /etc &&
		'$B/preclude' rsyncd --format unit" 2>/dev/null | sed "s|$B/preclude|/usr/bin/preclude|")" \
		"$(cat "$top/docs/examples/rsync.service.d/preclude.conf")"
fi
finish
