#!/bin/bash
# SPDX-License-Identifier: ISC
# What the tests download (tests/sources.tsv, tests/obtain): from an archive that does not answer, and from archives that hold
# other versions than today's. What is not available is skipped by name, and never a failure. decay_soak.sh has more.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/wait.sh"
. "$top/tests/debian.sh"
. "$top/tests/house/archive.sh"
if ! command -v apt-get >/dev/null || ! command -v dpkg-scansources >/dev/null; then
	skip_rest "needs apt and dpkg-dev"
fi
readarray -t names < <(awk -F '\t+' '!/^#/ { print $1 }' "$top/tests/sources.tsv" | uniq)

# all_obtained: every name at once; what came of NAME is in $scratch/NAME.status, .path and .said.
all_obtained()
{
	local name started=()
	for name in "${names[@]}"; do
		(
			"$top/tests/obtain" "$name" >"$scratch/$name.path" 2>"$scratch/$name.said"
			echo $? >"$scratch/$name.status"
		) &
		started+=($!)
	done
	wait "${started[@]}"
}

# refused NAME REASON: it ended with 77, no path, and this in its last line; the others are what it had begun.
refused()
{
	same "$(cat "$scratch/$1.status"): $(cat "$scratch/$1.path")" "77: " &&
		tail -n 1 "$scratch/$1.said" | grep "^obtain $1: .*$2" && not grep -v "^obtain $1: " "$scratch/$1.said" && return
	cat "$scratch/$1.said"
	return 1
}

# given NAME: it ended with 0, and the path is there.
given()
{
	same "$(cat "$scratch/$1.status")" 0 && test -e "$(cat "$scratch/$1.path")" && return
	cat "$scratch/$1.said"
	return 1
}

# skipped SCRIPT: it passes, and skips with a reason of tests/obtain's.
skipped()
{
	local status=0
	"$1" >"$scratch/said" 2>&1 </dev/null || status=$?
	[ "$status" -eq 0 ] && grep -q '^1\.\.[0-9]' "$scratch/said" && ! grep -q '^not ok' "$scratch/said" &&
		grep -qE '# SKIP (obtain [a-z0-9.-]*|needs root): ' "$scratch/said" && return
	cat "$scratch/said"
	return 1
}

silent_ports
apt_is "http://127.0.0.1:$closed"
all_obtained
for name in "${names[@]}"; do ok "nobody listens: $name" refused "$name" 'no package list of .*[Cc]onnect'; done
# Scripts that need something in any case; those that go on without it take longer.
readarray -t scripts < <(cd "$top" && grep -lE '^obtain [a-z]+ [^ ]+$|/lib\.sh" [a-z]' tests/*/test_*.sh tests/*/*/test_*.sh)
ok "there are such scripts" test "${#scripts[@]}" -ge 8
for script in "${scripts[@]}"; do ok "nobody listens: $script is skipped" skipped "$top/$script"; done
is "nobody listens: make demo" "$("$top/tests/rsync/demo" 2>&1 | tail -n 1; echo "${PIPESTATUS[0]}")" \
"preclude: the demo needs an rsync of before 2025, which this machine's package sources do not have (see above)
77"

apt_is "http://127.0.0.1:$silent"
all_obtained
for name in "${names[@]}"; do ok "nobody answers: $name" refused "$name" 'no package list of .*Connection'; done

# An archive of another day. Its rsync builds in no time.
upstream()
{
	rm -rf "$scratch/rsync-$1"
	mkdir "$scratch/rsync-$1"
	printf '#!/bin/sh\necho "rsync  version %s  protocol version 31"\n' "$1" >"$scratch/rsync-$1/rsync.in"
	printf '#!/bin/sh\nprintf "rsync: rsync.in\\n\\tinstall -m 755 rsync.in rsync\\n" >Makefile\n' >"$scratch/rsync-$1/configure"
	chmod 755 "$scratch/rsync-$1"/*
}
upstream 9.1
source_package bookworm 9.1-1 "$scratch/rsync-9.1"
upstream 3.2.9
source_package bullseye 3.2.9-1 "$scratch/rsync-3.2.9"
upstream 3.4.2
source_package trixie 3.4.2+ds1-1 "$scratch/rsync-3.4.2"
mkdir -p "$scratch/files/usr/bin"
install "$scratch/rsync-9.1/rsync.in" "$scratch/files/usr/bin/rsync"
binary bookworm-security rsync 9.1-0+deb12u1
mkdir -p "$scratch/files/usr/bin"
printf '#!/nowhere/sh\n' >"$scratch/files/usr/bin/rsync"
chmod 755 "$scratch/files/usr/bin/rsync"
binary bookworm rsync 3.2.99-1
for release in 6.1.99 6.1.100 6.2.1; do
	mkdir -p "$scratch/files/boot"
	: >"$scratch/files/boot/vmlinuz-$release"
	binary bookworm "linux-image-$release-cloud-amd64" 1
done
mkdir -p "$scratch/files/boot"
: >"$scratch/files/boot/vmlinuz"
binary trixie-backports linux-binary-7.1.2+deb13-cloud-amd64 1
mkdir -p "$scratch/files/lib/systemd"
: >"$scratch/files/lib/systemd/unit"
binary trixie vsftpd 99.0-1
mkdir -p "$scratch/files/usr/sbin"
(
	cd "$scratch" || exit
	gcc -shared -o libgone.so -Wl,-soname,libgone.so.1 -x c - <<<'int gone;'
	gcc -o files/usr/sbin/in.tftpd -x c - -L. -lgone <<<'extern int gone; int main(void) { return gone; }'
)
binary trixie tftpd-hpa 1.0-1
publish
# A mirror that lost a part of a source package, as they do.
rm "$scratch/archive/pool/bullseye"/*.dsc
all_obtained

# version NAME: what the program calls itself.
version()
{
	"$(cat "$scratch/$1.path")" --version | cut -d ' ' -f 4
}
ok "other versions: an old rsync from another suite" given rsync-legacy
is "other versions: it is built, and" "$(version rsync-legacy)" 3.2.9
is "other versions: another vulnerable one" "$(version rsync-second)" 3.4.2
ok "other versions: a binary that does not run here" refused rsync-deb12 'does not run here'
is "other versions: a newer one from the security updates" "$(version rsync-security)" 9.1
ok "other versions: its source" test -x "$(cat "$scratch/rsync-security-source.path")/rsync"
is "other versions: the newest kernel of a release" "$(cat "$(cat "$scratch/kernel-6.1.path")/release")" 6.1.100-cloud-amd64
is "other versions: where the image has another name" "$(cat "$(cat "$scratch/kernel-7.1.path")/release")" \
	7.1.2+deb13-cloud-amd64
ok "other versions: no such kernel" refused kernel-6.12 'has no kernel 6'
ok "other versions: a newer receiver" test -f "$(cat "$scratch/vsftpd.path")/usr/lib/systemd/unit"
ok "other versions: none" refused proftpd 'has no proftpd-core'
ok "other versions: one whose library is not here" refused tftpd 'needs what is not installed here: libgone.so.1'
for name in "${names[@]}"; do
	ok "other versions: $name is there or refused" eval "given $name || refused $name ''"
done

# Neither what was tampered with nor what is for somebody else is taken.
echo more >>"$scratch/archive/pool/bullseye/rsync_3.2.9.orig.tar.gz"
rm "$scratch/archive/pool/trixie"/*.orig.tar.gz
apt_is "file:$scratch/archive"
all_obtained
ok "a tarball that is not what the list says" refused rsync-legacy 'bullseye: '
ok "one that is gone" refused rsync-second 'trixie: '

# The machine's own configuration, in each of apt's forms.
mirrors()
{
	apt_is "http://one-line.invalid"
	echo 'deb [arch=amd64 signed-by=/key] http://other.invalid nodistro main' >"$scratch/apt/sources/other.list"
	cat >"$scratch/apt/sources.list"
	for suite in bullseye trixie-security; do
		mkdir -p "$scratch/out"
		rm -f "$scratch/out"/*
		debian_sources "$scratch/out" deb-src "$suite" || echo none
		cat "$scratch/out"/*
	done
}
is "one line an archive: options stay" "$(mirrors <<-'EOF'
	# deb http://comment.invalid bookworm main
	deb [ signed-by=/key trusted=yes ] http://main.invalid/debian bookworm main contrib
	deb http://main.invalid/debian-security bookworm-security main
	deb http://third.invalid noble main
EOF
)" "deb-src [ signed-by=/key trusted=yes ] http://main.invalid/debian bullseye main
deb-src http://main.invalid/debian-security trixie-security main"
is "no archive of security updates" "$(mirrors <<<'deb http://main.invalid/debian bookworm main')" \
"deb-src http://main.invalid/debian bullseye main
none"
is "another distribution" "$(mirrors <<<'deb http://main.invalid/ubuntu noble main')" "none
none"
deb822()
{
	cat >"$scratch/apt.sources"
	for suite in bullseye trixie-security; do
		apt_is x
		: >"$scratch/apt/sources.list"
		cp "$scratch/apt.sources" "$scratch/apt/sources/"
		debian_sources "$scratch/out" deb "$suite" || echo none
		cat "$scratch/out"/*
		debian_mirror "$suite"
	done
}
is "stanzas: fields stay, an embedded key too" "$(deb822 <<-'EOF'
	Types: deb deb-src
	# a comment
	URIs: http://main.invalid/debian
	Suites: bookworm
	 bookworm-updates
	Components: main contrib
	Signed-By:
	 -----BEGIN PGP PUBLIC KEY BLOCK-----
	 .
	 abc

	Enabled: no
	Types: deb
	URIs: http://off.invalid
	Suites: bookworm
	Components: main

	Types: deb
	URIs: http://main.invalid/debian-security
	Suites: bookworm-security
	Components: main
	Trusted: yes
EOF
)" "Types: deb
Suites: bullseye
Components: main
URIs: http://main.invalid/debian
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

http://main.invalid/debian
Types: deb
Suites: trixie-security
Components: main
URIs: http://main.invalid/debian-security
Trusted: yes

http://main.invalid/debian-security"
finish
