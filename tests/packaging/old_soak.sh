#!/bin/bash
# SPDX-License-Identifier: ISC
# The library for old systems (make compat) in Debian 11, glibc 2.31: in its own programs, and in an rsync daemon of its
# own, 3.2.3. The suite comes by debootstrap from the mirror that the machine uses, and is kept in $OLD_CACHE.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/debian.sh"

old=${OLD_CACHE:-$B}/bullseye compat=$B/compat/libpreclude.so
mkdir -p "${OLD_CACHE:-$B}"
ok "make compat" env -u MAKEFLAGS -u MAKELEVEL make -s -C "$top" B="$B" compat || finish
ok "what is built for this system needs more" not "$top/packaging/glibc-needed" "$library" 2.17

mirror=$(debian_mirror bullseye)
[ -n "$mirror" ] || skip_rest "apt's configuration has no mirror of Debian"
[ -e "$old/bootstrapped" ] || {
	rm -rf "$old"
	ok "debootstrap bullseye" debootstrap --variant=minbase --include=rsync bullseye "$old" "$mirror" || finish
	touch "$old/bootstrapped"
}

# A copy of nothing: the tree is bound into a place of this run's own, and what is written lies in a tmpfs.
here=$scratch/old
mkdir "$here" "$scratch/upper" "$scratch/work"
mount -t overlay -o "lowerdir=$old,upperdir=$scratch/upper,workdir=$scratch/work" preclude-old "$here" || exit 1
mount -t proc proc "$here/proc"
at_exit+=("umount $here/proc" "umount $here")
mkdir -p "$here/opt/root" "$here/opt/outside"
cp "$compat" "$here/opt/compat.so"
cp "$library" "$here/opt/new.so"

# confined LIBRARY COMMAND...: in the old system, with one root.
confined()
{
	local so=$1
	shift
	chroot "$here" env "LD_PRELOAD=/opt/$so.so" PRECLUDE_ROOTS=/opt/root PRECLUDE_LOG=/opt/log \
		PRECLUDE_REQUIRE=full "$@"
}

said()
{
	jq -es "any(.[]; $1)" "$here/opt/log" >/dev/null || { cat "$here/opt/log"; false; }
}

both='echo x >/opt/root/file && echo inside; echo x >/opt/outside/file'
is "its glibc" "$(chroot "$here" ldd --version | sed -n '1s/.* //p')" 2.31
ok "the other library is not loaded there" grep -q "version .GLIBC_2.3[24]' not found" <<<"$(confined new sh -c true 2>&1)"
is "a shell: in its root, and not outside" "$(confined compat sh -c "$both" 2>&1 | sed 's/.*: //')" "inside
Permission denied"
ok "the domain is whole" said '.event == "sandbox" and .outcome == "enforced" and .status == "full"'
ok "the call is logged, with where it was made" said '.event == "call" and .resolved == "/opt/outside/file" and
	.effect == "denied" and .by == "landlock" and (.frames | length) >= 2'
ln -s /opt/outside/kept "$here/opt/root/link"
touch "$here/opt/outside/kept"
is "confinement: chmod through a link" "$(confined compat chmod 600 /opt/root/link 2>&1 | sed 's/.*: //')" "Permission denied"
is "and the mode is as it was" "$(stat -c %a "$here/opt/outside/kept")" 644

# Its rsync as a daemon, behind the client of this machine.
cat >"$here/opt/rsyncd.conf" <<-END
	use chroot = no
	read only = no
	uid = root
	gid = root
	[m]
	path = /opt/root
	munge symlinks = no
END
ln -s /opt/outside "$here/opt/root/way-out"
cat >"$scratch/rsh" <<-END
	#!/bin/sh
	exec chroot $here env LD_PRELOAD=/opt/compat.so PRECLUDE_ROOTS=m=/opt/root PRECLUDE_READ=/opt/rsyncd.conf \
		PRECLUDE_NARROW=on PRECLUDE_GUARD=rsync PRECLUDE_LOG=/opt/log rsync --config=/opt/rsyncd.conf --server --daemon .
END
chmod +x "$scratch/rsh"
mkdir "$scratch/push"
echo pushed >"$scratch/push/new"
rm -f "$here/opt/log"
is "rsync $(chroot "$here" rsync --version | sed -n '1s/.*version \([0-9.]*\) .*/\1/p'): a push arrives" \
	"$(rsync -r --rsh="$scratch/rsh" "$scratch/push/" here::m/ 2>&1; cat "$here/opt/root/new")" pushed
ok "in its module" said '.event == "sandbox" and .scope == "module" and .outcome == "enforced"'
way_out()
{
	rsync -r --rsh="$1" "$scratch/push/" here::m/way-out/ >/dev/null 2>&1
	ls "$here/opt/outside" | grep new
}
is "a planted link leads nowhere" "$(way_out "$scratch/rsh")" ""
ok "and is logged" said '.event == "call" and .where == "outside" and .does == "create" and .effect == "denied"'
sed 's/LD_PRELOAD=[^ ]*//' "$scratch/rsh" >"$scratch/bare"
chmod +x "$scratch/bare"
is "without the library it leads out" "$(way_out "$scratch/bare")" new
finish
