#!/bin/bash
# SPDX-License-Identifier: ISC
# What docs/COMPARISON.md says of others: the same deeds under each of them, restricted to one directory as its manual
# says. bubblewrap, firejail and rrsync are those of this Debian, setpriv that of Debian 13, with its own libc.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/debian.sh"

# Not beneath /tmp or /var/tmp, which firejail replaces.
world=$(mktemp -d /srv/preclude-peers.XXXXXX) || exit 1
at_exit+=("rm -rf $world")
chmod 755 "$world"
mkdir "$world/module" "$world/outside"
ln -s ../outside "$world/module/link"
chmod 777 "$world/module" "$world/outside"
cat >"$scratch/static.c" <<'END'
#include <fcntl.h>
int main(int argc, char **argv)
{
	return argc == 2 && open(argv[1], O_WRONLY | O_CREAT, 0600) >= 0 ? 0 : 1;
}
END
gcc -static -o "$world/static" "$scratch/static.c"

debian_suite "$scratch/apt" deb trixie 2>/dev/null
# shellcheck disable=SC2086 # a list of words
(cd "$scratch/apt" && apt-get $debian download util-linux libc6 libcap-ng0) >/dev/null 2>&1
for package in "$scratch"/apt/*.deb; do dpkg-deb -x "$package" "$world/trixie"; done

under()
{
	case $1 in
	nothing) "${@:2}" ;;
	preclude) "$B/preclude" run --log off --root "$world/module" --exec "$world/static" -- "${@:2}" ;;
	setpriv)
		"$world"/trixie/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path \
			"$world/trixie/usr/lib/x86_64-linux-gnu" "$world/trixie/usr/bin/setpriv" --landlock-access fs \
			--landlock-rule path-beneath:read-file,read-dir,execute:/ \
			--landlock-rule path-beneath:write-file:/dev \
			--landlock-rule "path-beneath:read-file,read-dir,write-file,truncate,make-reg,make-dir:$world/module" \
			"${@:2}"
		;;
	bubblewrap) bwrap --ro-bind / / --dev /dev --proc /proc --bind "$world/module" "$world/module" "${@:2}" ;;
	firejail) firejail --noprofile --quiet --read-only=/ --read-write="$world/module" "${@:2}" ;;
	hidden-bubblewrap)
		bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
			--bind "$world/module" "$world/module" "${@:2}"
		;;
	hidden-firejail) firejail --noprofile --quiet --blacklist="$world/outside" "${@:2}" ;;
	hidden-preclude) "$B/preclude" run --confine all --log off --root "$world/module" -- "${@:2}" ;;
	esac
}

# What of each deed is to be seen afterwards, or what it says.
deed()
{
	local with=$1
	rm -f "$world/outside/"* "$world/module/new"
	echo secret >"$world/outside/secret"
	chmod 666 "$world/outside/secret"
	case $2 in
	inside) under "$with" sh -c "echo x >$world/module/new" 2>/dev/null; ls "$world/module" | grep new ;;
	write) under "$with" sh -c "echo x >$world/module/link/new" 2>/dev/null; ls "$world/outside" | grep new ;;
	chmod) under "$with" chmod 600 "$world/module/link/secret" 2>/dev/null; stat -c %a "$world/outside/secret" ;;
	static) under "$with" "$world/static" "$world/outside/new" 2>/dev/null; ls "$world/outside" | grep new ;;
	see) under "$with" stat -c %n "$world/module/link/secret" 2>/dev/null ;;
	esac
}

secret=$world/module/link/secret
while read -r with inside write chmod static see; do
	[ -n "$with" ] || continue
	for what in inside write chmod static see; do
		case $what:${!what} in
		inside:- | static:- | write:- | chmod:- | see:-) continue ;;
		chmod:yes) wanted=600 ;;
		chmod:no) wanted=666 ;;
		see:yes) wanted=$secret ;;
		*:yes) wanted=new ;;
		*) wanted= ;;
		esac
		is "$with: $what: ${!what}" "$(deed "$with" "$what")" "$wanted"
	done
done <<-END
	nothing            yes  yes  yes  yes  yes
	preclude           yes  no   no   no   yes
	setpriv            yes  no   yes  no   yes
	bubblewrap         yes  no   no   no   yes
	firejail           yes  no   no   no   yes
	hidden-bubblewrap  yes  no   no   -    no
	hidden-firejail    yes  no   no   -    no
	hidden-preclude    yes  no   no   -    no
END

ok "firejail is setuid" test -u "$(command -v firejail)"
ok "bubblewrap is not" not test -u "$(command -v bwrap)"
ok "this Debian's setpriv knows no Landlock" not grep -q landlock <<<"$(setpriv --help)"
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
ok "bubblewrap needs no root, where namespaces are allowed" as_nobody bwrap --ro-bind / / true
chmod 755 "$scratch"
cp "$B/preclude" "$B/libpreclude.so" "$scratch/"
ok "preclude needs no root" as_nobody "$scratch/preclude" run --log off --root "$world/module" -- true
ok "preclude runs in bubblewrap" bwrap --dev-bind / / "$B/preclude" run --require landlock --log off --root "$world/module" -- true

# rrsync lets no client ask for what follows a link.
rrsync()
{
	SSH_ORIGINAL_COMMAND="rsync --server $1 . $2" command rrsync "$world/module" 2>&1 </dev/null
}
ok "rrsync: a destination behind a link" grep -q 'unsafe arg' <<<"$(rrsync -re.LsfxCIvu link/)"
ok "rrsync: -K" grep -q 'has been disabled' <<<"$(rrsync -rKe.LsfxCIvu .)"
ok "rrsync: --temp-dir" grep -q 'do not use .. in --temp-dir' <<<"$(rrsync '-re.LsfxCIvu --temp-dir=../outside' .)"
finish
