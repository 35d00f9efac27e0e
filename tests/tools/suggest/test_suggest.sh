#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude suggest: a program is run under observation, and then under what is suggested. It does the same as before, and
# nothing is denied. Without any one of the grants something is.
. "$(dirname "$0")/../../tap.sh"
. "$top/tests/rsync/lib.sh"
. "$top/tests/tools/variables.sh"

preclude=$B/preclude
export LC_ALL=C
# The programs' own; what the caller has there would be read too.
export GIT_CONFIG_NOSYSTEM=1
at_exit+=(daemon_stop nginx_stop)
nginx_stop()
{
	[ ! -s "$scratch/w/var/pid" ] || kill "$(cat "$scratch/w/var/pid")" 2>/dev/null
}

# What is observed, and how; the rest of the environment is the policy's.
watched=(PRECLUDE_MODE=observe PRECLUDE_FLAG=objects)

bare()
{
	exec "$@"
}

# under POLICY LOG COMMAND...: in this very process. POLICY is a file of lines, as suggested.
under()
{
	local policy=$1 log=$2
	shift 2
	set -a
	. "$policy"
	exec "$preclude" run --log "$log" -- "$@"
}

# observed ROOTS LOG COMMAND...: in this very process.
observed()
{
	local roots=$1 log=$2
	shift 2
	exec env "${watched[@]}" PRECLUDE_ROOTS="$roots" "$preclude" run --log "$log" -- "$@"
}

suggested()
{
	"$preclude" suggest "$1" >"$2"
}

denials()
{
	grep '"effect":"denied"' "$1" | sed 's/.*"func":"\([^"]*\)","path":"\([^"]*\)".*/\1 \2/'
}

# The grants of a policy, one a line: VARIABLE PATH.
grants()
{
	local variable value
	for variable in PRECLUDE_READ PRECLUDE_WRITE PRECLUDE_EXEC; do
		value=$(sed -n "s/^$variable='\(.*\)'$/\1/p" "$1")
		[ -z "$value" ] || tr ':' '\n' <<<"$value" | sed "s/^/$variable /"
	done
}

# without POLICY VARIABLE PATH
without()
{
	local rest
	rest=$(grants "$1" | grep "^$2 " | cut -d ' ' -f 2- | grep -vxF -- "$3" | paste -sd :)
	sed "s|^$2='.*'$|$2='$rest'|" "$1"
}

# proven NAME ROOTS SAYS PREPARE WORK RESULT: functions, each with the directory as its argument. WORK runs its program by
# "${run[@]}". One tree each time, always the same path. The bare program's result holds SAYS.
proven()
{
	local name=$1 roots=$2 prepare=$4 work=$5 result=$6 w=$scratch/w kept=$scratch/$1 variable path checked=0
	local bare got denied
	mkdir -p "$kept"
	fresh() { rm -rf "$w"; mkdir -p "$w"; chmod 755 "$w"; "$prepare" "$w"; }

	fresh
	run=(bare)
	"$work" "$w" >"$kept/bare.out" 2>&1
	bare=$("$result" "$w" 2>&1)
	ok "$name: it does something" grep -q -- "$3" <<<"$bare" || sed 's/^/# /' "$kept/bare.out"
	fresh
	run=(observed "${roots//@/$w}" "$kept/observed.log")
	"$work" "$w" >"$kept/observed.out" 2>&1
	is "$name: observed, it does what it does" "$("$result" "$w" 2>&1)" "$bare"
	fresh
	ok "$name: a policy is suggested" suggested "$kept/observed.log" "$kept/policy"
	run=(under "$kept/policy" "$kept/enforced.log")
	"$work" "$w" >"$kept/enforced.out" 2>&1
	is "$name: so it does under the suggested policy" "$("$result" "$w" 2>&1)" "$bare" ||
		sed 's/^/# /' "$kept/policy" "$kept/enforced.out"
	is "$name: and nothing is denied" "$(denials "$kept/enforced.log")" ""
	ok "$name: something is granted" test "$(grants "$kept/policy" | wc -l)" -gt 0

	while read -r variable path; do
		[ "$checked" -lt "${needed:-4}" ] || break
		checked=$((checked + 1))
		fresh
		without "$kept/policy" "$variable" "$path" >"$kept/less"
		rm -f "$kept/less.log"
		run=(under "$kept/less" "$kept/less.log")
		"$work" "$w" >"$kept/less.out" 2>&1
		got=$("$result" "$w" 2>&1)
		denied=$(denials "$kept/less.log")
		ok "$name: ${variable#PRECLUDE_} ${path#"$w"} is needed" test "$got$denied" != "$bare"
	done < <(grants "$kept/policy" | shuf --random-source=<(yes))
}

# A compiler, with its children: more headers than the 16 objects that a call site is logged with, three a directory.
prepare_gcc()
{
	local dir
	mkdir -p "$1/src" "$1/out" "$1/tmp" "$1/merged"
	for dir in 1 2 3 4 5 6 7; do
		mkdir -p "$1/deep$dir/include"
		for file in a b c; do
			echo "#define ${file^^}$dir $dir" >"$1/deep$dir/include/$file$dir.h"
			echo "#include <$file$dir.h>" >>"$1/src/all.h"
		done
	done
	for file in 1 2 3 4 unused; do
		echo "#define M$file 100" >"$1/merged/m$file.h"
	done
	printf '#include <m1.h>\n#include <m2.h>\n#include <m3.h>\n#include <m4.h>\n' >>"$1/src/all.h"
	printf '#include "all.h"\n#include <stdio.h>\nint f(void);\nint main(void) { return printf("%%d\\n", f()) < 0; }\n' >"$1/src/main.c"
	printf '#include "all.h"\nint f(void) { return A1 + B2 + C3 + A4 + B5 + C6 + A7 + M1 + M4; }\n' >"$1/src/f.c"
}
work_gcc()
{
	(cd "$1" && TMPDIR=$1/tmp "${run[@]}" gcc -Ideep{1,2,3,4,5,6,7}/include -Imerged -o out/prog src/main.c src/f.c)
}
result_gcc()
{
	"$1/out/prog" 2>&1
}
needed=6 proven gcc @/out "^2[0-9]*$" prepare_gcc work_gcc result_gcc
merged=$(sed -n '/merged, for/,/beyond/p' "$scratch/gcc/policy")
ok 'gcc: four siblings are merged into their directory' grep -q 'merged, for 4 in it' <<<"$merged"
ok 'gcc: what that allows beyond the run is said' grep -q 'beyond.*munused.h' <<<"$merged"
is 'gcc: three are not merged' "$(grants "$scratch/gcc/policy" | grep -c 'deep./include/')" 21
ok 'gcc: reading and writing are told apart' grep -q "^PRECLUDE_WRITE='$scratch/w/tmp'$" "$scratch/gcc/policy"
ok 'gcc: each grant has the call that needs it' \
	grep -q "^#    READ_FILE: open(deep7/include/c7.h) by .*/cc1 at cc1+0x" "$scratch/gcc/policy"
ok 'gcc: what base grants is not granted again' not grep -q "^PRECLUDE_[A-Z]*='.*[':]/usr" "$scratch/gcc/policy"

# Without the flag a log lacks objects, and what is made of it says so.
prepare_gcc "$scratch/w"
watched=(PRECLUDE_MODE=observe PRECLUDE_FLAG=all) run=(observed "$scratch/w/out" "$scratch/some.log")
work_gcc "$scratch/w"
ok 'a log that may lack objects is told of' grep -q 'NOT ALL IS KNOWN.*' <("$preclude" suggest "$scratch/some.log")
watched=(PRECLUDE_MODE=observe PRECLUDE_FLAG=objects)

# git: a clone that makes hard links into its root, a commit, garbage collection.
prepare_git()
{
	mkdir -p "$1/home" "$1/work"
	printf '[user]\n\tname = T\n\temail = t@example.org\n[gc]\n\tautoDetach = false\n' >"$1/home/.gitconfig"
	(
		export HOME=$1/home GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
		git init -q "$1/origin"
		cd "$1/origin" || exit
		for file in 1 2 3 4 5 6; do
			echo $file >$file
			git add $file
			git commit -q -m $file
		done
	)
}
script_git='cd "$1/work" && git clone -q "$1/origin" copy && find copy -type f -links +1 | wc -l && cd copy && echo more >7 && git add 7 && git commit -q -m 7 &&
	git gc -q && git log --date=format:%Y "--format=%ad %s" && git status --porcelain && ls .git/objects/pack | wc -l'
work_git()
{
	export HOME=$1/home GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z'
	(cd "$1/work" && "${run[@]}" sh -c "$script_git" sh "$1" >"$1/result" 2>"$1/errors")
}
result_git()
{
	cat "$1/result" "$1/errors" 2>&1
}
proven git @/work "^2001 7$" prepare_git work_git result_git

# OpenSSH's sftp-server, by the client that starts it.
prepare_sftp()
{
	mkdir -p "$1/up" "$1/pub"
	echo public >"$1/pub/file"
	echo other >"$1/pub/other"
	echo mine >"$1/local"
	printf 'put %s/local %s/up/new\nget %s/pub/file %s/got\nrename %s/up/new %s/up/newer\nls -1 %s/up\n' \
		"$1" "$1" "$1" "$1" "$1" "$1" "$1" >"$1/batch"
}
work_sftp()
{
	# The client takes a command line: what is to be run before the server goes through the environment.
	declare -f bare under observed >"$1/functions"
	declare -p preclude run watched >>"$1/functions"
	printf '. %s/functions\n"${run[@]}" /usr/lib/openssh/sftp-server\n' "$1" >"$1/server"
	sftp -q -b "$1/batch" -D "/bin/bash $1/server"
}
result_sftp()
{
	cat "$1/got" "$1/up/newer" 2>&1
}
proven sftp-server @/up mine prepare_sftp work_sftp result_sftp

# nginx: a master that is root, a worker that is not.
prepare_nginx()
{
	mkdir -p "$1/www" "$1/etc" "$1/var"
	echo 'hello from nginx' >"$1/www/index.html"
	echo 'types { text/html html; }' >"$1/etc/types"
	cat >"$1/etc/nginx.conf" <<-EOF
		daemon off; pid $1/var/pid; error_log $1/var/error.log;
		events { worker_connections 64; }
		http { include $1/etc/types; access_log $1/var/access.log;
			client_body_temp_path $1/var/body; proxy_temp_path $1/var/proxy;
			fastcgi_temp_path $1/var/fastcgi; scgi_temp_path $1/var/scgi; uwsgi_temp_path $1/var/uwsgi;
			server { listen unix:$1/var/socket; root $1/www; } }
	EOF
}
work_nginx()
{
	"${run[@]}" /usr/sbin/nginx -c "$1/etc/nginx.conf" -e "$1/var/error.log" &
	wait_until eval "[ -S '$1/var/socket' ] || ! kill -0 $!" 2>/dev/null
	curl -s --max-time "$(patience 10)" --unix-socket "$1/var/socket" http://localhost/index.html >"$1/got"
	curl -s --max-time "$(patience 10)" --unix-socket "$1/var/socket" -o /dev/null -w '%{http_code}\n' http://localhost/none >>"$1/got"
	kill -QUIT $! 2>/dev/null
	wait $!
}
result_nginx()
{
	cat "$1/got"
	grep -c GET "$1/var/access.log" 2>&1
}
needed=2 proven nginx @/www "hello from nginx" prepare_nginx work_nginx result_nginx

# rsync's daemon, as it was built years ago: both modules are roots.
prepare_rsync()
{
	rsyncd_setup "$1" "$(is_root && echo yes || echo no)"
	mkdir -p "$1/from/sub"
	echo one >"$1/from/file"
	ln -s file "$1/from/sub/link"
	chmod 640 "$1/from/file"
}
work_rsync()
{
	# daemon_start wants a program.
	declare -f bare under observed >"$1/functions"
	declare -p preclude run watched pristine >>"$1/functions"
	printf '#!/bin/bash\n. %s/functions\n"${run[@]}" "$pristine" "$@"\n' "$1" >"$1/rsyncd"
	chmod 755 "$1/rsyncd"
	daemon_start "$1" "$1/rsyncd" || return
	"$pristine" -a "$1/from/" "$url/one/"
	"$pristine" -a "$1/from/" "$url/two/"
	"$pristine" -a "$url/two/" "$1/back"
	daemon_idle
	daemon_stop
}
result_rsync()
{
	for dir in one two back; do
		(cd "$1/$dir" && find . -printf '%P %M %l\n' | sort)
	done
}
obtain pristine rsync-legacy "the policy of an old rsync daemon" &&
	needed=2 proven rsync one=@/one:two=@/two "sub/link lrwxrwxrwx file" prepare_rsync work_rsync result_rsync

# tried ROOTS COMMAND...: what is suggested for a command of the shell.
tried()
{
	local roots=$1
	shift
	rm -f "$scratch/tried.log"
	(observed "$roots" "$scratch/tried.log" sh -c "$@") >"$scratch/tried.out" 2>&1
	suggested "$scratch/tried.log" "$scratch/tried"
}
w=$scratch/small
mkdir -p "$w/one" "$w/two" "$w/many" "$w/it's: a, \\ name"
touch "$w/it's: a, \\ name/file"
tried "a=$w/one,ro:$w/two" 'echo x >"$1/one/x"' sh "$w"
is 'a read-only root that was written is writable' "$(grep ^PRECLUDE_ROOTS "$scratch/tried")" "PRECLUDE_ROOTS='a=$w/one:$w/two'"
PRECLUDE_ROOTS_2=$w/two tried "$w/one" 'echo x >"$1/two/x"' sh "$w"
is 'roots in further variables are roots' "$(grep ^PRECLUDE_ROOTS "$scratch/tried")" "PRECLUDE_ROOTS='$w/one:$w/two'"
tried "$w/one" 'cat "$1"/file' sh "$w/it's: a, \\ name"
ok 'any name can be granted' eval '(under "$scratch/tried" "$scratch/tried.log" cat "$w"/it*/file)'
is 'and systemd reads it so' "$(systemd_reads "$scratch/tried" PRECLUDE_READ)" "$(shell_reads "$scratch/tried" PRECLUDE_READ)"
tried "$w/one" 'mknod "$1/device" c 1 3' sh "$w"
ok 'what no grant gives is told' grep -q "^# NOT GRANTED.*$w$" "$scratch/tried"
tried "$w/one" 'echo x >"$1/many/new" && cat "$1/many/new" && rm "$1/many/new"' sh "$w"
is 'what was made in the run is granted by its directory, once' "$(grants "$scratch/tried")" "PRECLUDE_WRITE $w/many"
tried "$w/one" 'mkdir "$1/many/dir" && cp /bin/true "$1/many/dir/" && "$1/many/dir/true"; rm -r "$1/many/dir"' sh "$w"
is 'also to be executed' "$(grants "$scratch/tried")" "PRECLUDE_WRITE $w/many
PRECLUDE_EXEC $w/many"
tried "$w/one" 'touch "$1/many/1"; chmod 600 "$1/many/1"' sh "$w"
touch "$w/many/1"
tried "$w/one" 'chmod 644 "$1/many/1"' sh "$w"
is 'changing metadata asks for a grant of its own' "$(grants "$scratch/tried")" "PRECLUDE_WRITE $w/many/1"
ok 'and is called so' grep -q '^#    metadata: .*chmod' "$scratch/tried"
ok 'under it that passes' eval '(under "$scratch/tried" "$scratch/tried.log" chmod 600 "$w/many/1")'

# More objects than a call site tells of by default.
mkdir "$w/more"
for i in $(seq 40); do mkdir "$w/more/$i" && echo "$i" >"$w/more/$i/file"; done
"$preclude" observe --root "$w/one" --log "$scratch/observed.log" --output "$scratch/observed.out" sh -c 'cat "$1"/more/*/file >"$1/one/all"' sh "$w"
suggested "$scratch/observed.log" "$scratch/tried"
is 'what preclude observe logs is all that suggest needs' "$(grep -c '^# NOT' "$scratch/tried") $(grants "$scratch/tried")" \
	"0 PRECLUDE_READ $w/more"
# What the log cannot tell is in the policy, for whoever reads it later.
printf 'int main(void) { return 0; }' >"$w/static.c"
${CC:-cc} -static -o "$w/static" "$w/static.c"
shell=$(realpath /bin/sh)
not_seen()
{
	grep '^# not seen' "$scratch/tried"
}
tried "$w/one" '"$1/static"; cat "$1/static.c" >/dev/null' sh "$w"
is 'a static program was not seen' "$(not_seen)" "# not seen: $w/static, run by $shell: it is static"
tried "$w/one" 'env -u LD_PRELOAD cat "$1/static.c" >/dev/null' sh "$w"
is 'nor a child without the library' "$(not_seen)" "# not seen: $(command -v cat), run by $(realpath "$(command -v env)") without LD_PRELOAD"
tried "$w/one" 'env -u PRECLUDE_ROOTS cat "$1/static.c" >/dev/null' sh "$w"
is 'nor one without the policy' "$(not_seen)" "# not seen: $(command -v cat), run by $(realpath "$(command -v env)") without PRECLUDE_ROOTS"
if root_for 'nor a program that is setuid' 'to make one of another user'; then
	cp /bin/true "$w/setuid" && chown nobody "$w/setuid" && chmod u+s "$w/setuid"
	tried "$w/one" '"$1/setuid"; cat "$1/static.c" >/dev/null' sh "$w"
	is 'nor a program that is setuid' "$(not_seen)" "# not seen: $w/setuid, run by $shell: it is setuid or setgid"
fi
tried "$w/one" 'cat "$1/static.c" >/dev/null' sh "$w"
is 'of a run that was seen whole nothing is said' "$(not_seen)" ""
{ cat "$scratch/tried.log"; echo '{"v":1,"event":"call","ti'; } >"$scratch/cut.log"
suggested "$scratch/cut.log" "$scratch/tried"
is 'a line that was cut is' "$(not_seen)" "# not seen: what 1 line of the log had, which was cut off or damaged"
{ cat "$scratch/tried.log"; echo '{"v":1,"event":"warning","time":"2026-01-02T03:04:05.000000Z","pid":1,"exe":"/x/y","reason":"3 lines of the log were lost\nLD_PRELOAD=x"}'; } >"$scratch/lost.log"
suggested "$scratch/lost.log" "$scratch/tried"
is 'so are lines that the library lost, in a comment of one line' "$(not_seen)" \
	'# not seen, or warned of, in /x/y: 3 lines of the log were lost\x0aLD_PRELOAD=x'
ok 'the policy with these comments is one' eval '(under "$scratch/tried" "$scratch/tried.log" cat "$w/static.c")'
ok 'no log is refused' not "$preclude" suggest /dev/null

finish
