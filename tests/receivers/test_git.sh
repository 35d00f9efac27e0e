#!/bin/bash
# SPDX-License-Identifier: ISC
# git http-backend under the policy of docs/RECEIVERS.md: fcgiwrap, started by its socket as systemd does it, behind
# an nginx that is not confined.
. "$(dirname "$0")/lib.sh" fcgiwrap

mkdir -p /var/log/nginx
empty /var/lib/nginx
{
	printf '%s\n' 'user root;' 'pid /run/nginx.pid;' 'events { }' 'http { server { listen 127.0.0.1:8080;'
	recipe git.conf
	echo '} }'
} >/etc/nginx/nginx.conf
nginx 2>"$scratch/nginx.log" || exit 1

export GIT_CONFIG_NOSYSTEM=1 HOME=/home GIT_TERMINAL_PROMPT=0
for who in AUTHOR COMMITTER; do
	export GIT_${who}_NAME=T GIT_${who}_EMAIL=t@example.org GIT_${who}_DATE='2001-02-03T04:05:06Z'
done
url=http://127.0.0.1:8080/git

# repository DIRECTORY: with one commit, and pushes allowed
repository()
{
	git init -q --bare -b main "$1"
	git -C "$1" config http.receivepack true
	(
		git init -q -b main /home/seed
		cd /home/seed || exit
		echo "$1" >file
		git add file
		git commit -q -m "$1"
		git push -q "$1" main
		rm -rf /home/seed
	)
}

world()
{
	empty /srv /home
	mkdir -p /srv/git /srv/outside
	repository /srv/git/project.git
	printf '#!/bin/sh\necho "hook: $(pwd)"\ncat >hooked\n' >/srv/git/project.git/hooks/post-receive
	chmod 755 /srv/git/project.git/hooks/post-receive
	repository /srv/outside/private.git
	chown -R www-data:www-data /srv
}

serve()
{
	echo "exec $(exec_start git)" >"$scratch/git.sh"
	rm -f /run/fcgiwrap.socket
	setsid systemd-socket-activate -l /run/fcgiwrap.socket sh -c "chown www-data /run/fcgiwrap.socket; exec setpriv --reuid www-data \
		--regid www-data --clear-groups sh '$scratch/git.sh'" 2>"$scratch/git.$run" &
	daemon=$!
	wait_until test -S /run/fcgiwrap.socket
}

work()
{
	serve
	(
		cd /home || exit
		git clone -q $url/project.git copy
		cd copy || exit
		for number in 1 2 3 4 5; do
			seq $((number * 1000)) >$number
			git add $number
			git commit -q -m "$number"
		done
		git push origin main
		git tag -a -m one v1
		git push -q origin v1 main:branch
		git push origin :branch
		git commit -q --amend -m forced
		git push -q origin main
		git push -q --force origin main
		git clone -q --depth 1 $url/project.git ../shallow
		git ls-remote origin
		git log --format='%H %s'
		git -C ../shallow log --format='%H %s'
		cat /srv/git/project.git/hooked
		git -C /srv/git/project.git -c safe.directory='*' fsck
		git clone $url/absent.git ../absent
		curl -s $url/project.git/HEAD
	) 2>&1
	stops
}

ways()
{
	# A repository elsewhere, and parts of one.
	ln -s ../outside/private.git /srv/git/private.git
	for name in objects borrowed file; do cp -a /srv/git/project.git /srv/git/$name.git; done
	cp -a /srv/git/objects.git/objects /srv/outside/objects
	rm -r /srv/git/objects.git/objects
	ln -s /srv/outside/objects /srv/git/objects.git/objects
	echo /srv/outside/private.git/objects >/srv/git/borrowed.git/objects/info/alternates
	git -c safe.directory='*' -C /srv/outside/private.git rev-parse main >/srv/git/borrowed.git/refs/heads/stolen
	mkdir /srv/git/file.git/objects/00
	ln -s /etc/passwd /srv/git/file.git/objects/00/00000000000000000000000000000000000000
	printf '#!/bin/sh\necho hooked >/srv/outside/hooked\n' >/srv/git/file.git/hooks/post-receive
	chown -hR www-data:www-data /srv
	serve
	(
		cd /home || exit
		curl -s $url/file.git/objects/00/00000000000000000000000000000000000000 >read
		git clone -q $url/private.git private
		git clone -q -b stolen $url/borrowed.git borrowed
		git clone -q $url/project.git more
		cd more || exit
		echo more >more
		git add more
		git commit -q -m more
		before=$(find /srv/outside/objects -type f | wc -l)
		git push -q $url/objects.git main:pushed
		git push -q -f $url/private.git main:pushed
		git push -q $url/file.git main
		[ "$before" = "$(find /srv/outside/objects -type f | wc -l)" ] || echo written >../written
	) >"$scratch/way.out" 2>&1
	stops
	way 'reading /etc/passwd through a link' 'cmp -s /etc/passwd /home/read'
	way 'cloning through a link' 'test -s /home/private/file'
	way 'cloning borrowed objects' 'test -s /home/borrowed/file'
	way 'writing objects through a link' 'test -e /home/written'
	way 'pushing through a link' 'test -e /srv/outside/private.git/refs/heads/pushed'
	way 'writing by a hook' 'test -s /srv/outside/hooked'
}
both world work ways
finish
