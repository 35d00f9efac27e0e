#!/bin/bash
# SPDX-License-Identifier: ISC
# What preclude costs programs that people run all day, beside what one would run them under instead: git status of a
# large tree, tar x, a parallel build, nginx.
. "$(dirname "$0")/lib.sh"

files=$(full 20000 400)
mapfile -t variants < <(only bare launcher preclude logged libtrace fakechroot strace-bpf bwrap firejail)
export HOME=$root TMPDIR=$root/tmp
mkdir -p in/tree in/tmp in/source in/nginx
for ((directory = 0; directory * 100 < files; directory++)); do
	mkdir -p in/tree/$((directory / 20))/$directory
	head -c 100K /dev/zero | split -b 1K -a 2 -d - in/tree/$((directory / 20))/$directory/
done
tar -cf in/tree.tar -C in tree
git -C in/tree init -q -b main && git -C in/tree add . &&
	git -C in/tree -c user.name=bench -c user.email=bench@localhost commit -qm tree || exit 1

# Headers enough that reading them counts, as in any build.
units=$(full 40 4)
for ((unit = 0; unit < units; unit++)); do
	printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/socket.h>\n#include <pthread.h>\n'
	printf 'int f%d(int x) { return printf("%%d", x + %d); }\n' $unit $unit
done >in/source/all.c
split -l 6 -a 3 -d --additional-suffix=.c in/source/all.c in/source/u
rm in/source/all.c
printf 'all: $(patsubst %%.c,%%.o,$(wildcard *.c))\n%%.o: %%.c\n\t$(CC) -c -o $@ $<\n' >in/source/Makefile

# measure VARIANT, as $program says.
measure()
{
	before "$1"
	rm -rf "$log" in/x
	case $program in
	git) clock env "${before[@]}" git -C "$root/tree" status ;;
	tar) mkdir in/x && clock env "${before[@]}" tar -xf "$root/tree.tar" -C "$root/x" ;;
	make) rm -f in/source/*.o && clock env "${before[@]}" make -C "$root/source" -j "$(nproc)" ;;
	esac
}

program=git
by_turns "$(full 9 2)" programs "git status, $files files" ms "${variants[@]}"
program=tar
by_turns "$(full 5 2)" programs "tar x, $files files" ms "${variants[@]}"
program=make
by_turns "$(full 5 2)" programs "make -j$(nproc), $units files of C" ms "${variants[@]}"

# A server of each, on a port of its own; one worker, since wrk needs a processor, too.
declare -A ports
head -c 1K /dev/zero >in/nginx/file
port=8100
servers=()
for variant in "${variants[@]}"; do
	port=$((port + 1))
	ports[$variant]=$port
	cat >in/nginx/$port.conf <<-EOF
		user root;
		daemon off;
		worker_processes 1;
		pid $root/nginx/$port.pid;
		error_log $root/nginx/$port.log;
		events { worker_connections 256; }
		http {
			access_log off;
			client_body_temp_path $root/nginx/body; proxy_temp_path $root/nginx/proxy;
			fastcgi_temp_path $root/nginx/fastcgi; uwsgi_temp_path $root/nginx/uwsgi;
			scgi_temp_path $root/nginx/scgi;
			server { listen 127.0.0.1:$port; root $root/nginx; }
		}
	EOF
	before "$variant"
	setsid env "${before[@]}" nginx -e "$root/nginx/$port.log" -c "$root/nginx/$port.conf" >/dev/null 2>&1 </dev/null &
	servers+=("-$!")
done
trap 'kill -KILL -- "${servers[@]}" 2>/dev/null' EXIT
sleep 2

# Microseconds of a request.
measure()
{
	wrk -t 1 -c 8 -d 1s "http://127.0.0.1:${ports[$1]}/file" 2>&1 | awk '
		/Non-2xx|unable to connect/ { bad = 1 }
		$1 == "Requests/sec:" && $2 > 0 { printf "%.3f", 1e6 / $2; found = 1 }
		END { exit bad || !found }'
}
by_turns "$(full 7 1)" programs "nginx, requests of 1 KiB" rate "${variants[@]}"
