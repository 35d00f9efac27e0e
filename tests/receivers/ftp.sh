# SPDX-License-Identifier: ISC
# What both FTP servers are put through (bash). The script has serve, a function that starts the daemon, and
# $settime, the command that sets a file's time; and $more, commands that try further ways out.

account alice 4001 /srv/ftp/alice
account bob 4002 /srv/ftp/bob

ftp_world()
{
	local name
	empty /srv /home
	mkdir -p /srv/ftp/{alice/pub,bob} /srv/outside/{dir,empty} /home/client
	seq 20000 >/srv/ftp/alice/pub/big
	echo small >/srv/ftp/alice/pub/small
	ln -s pub/small /srv/ftp/alice/link
	for name in read over mode time gone; do echo secret >/srv/outside/$name; done
	chown -hR alice:alice /srv/ftp/alice /srv/outside
	chown -hR bob:bob /srv/ftp/bob
	chown bob /srv/ftp/alice/pub/small
	chmod 777 /srv/ftp/bob
	seq 30000 >/home/client/new
	head -c 1000 /home/client/new >/home/client/part
	seq 20000 | head -c 5000 >/home/client/big
	find /srv /home/client -depth -exec touch -h -d '2001-02-03 04:05:06' {} +
}

# ftp COMMANDS: as alice
ftp()
{
	local commands
	commands=$(tr '\n' ';' <<<"$*")
	(cd /home/client && HOME=/home lftp -u alice,alice \
		-e "set net:max-retries 1; set net:timeout $(patience 30); $commands bye" 127.0.0.1 2>&1)
}

ftp_work()
{
	serve
	ftp 'pwd; ls; ls pub; cat link; get pub/small; get -c pub/big -o big; mirror pub mirrored
		put new -o up/none; mkdir up; put new -o up/new; put part -o up/resumed; put -c new -o up/resumed
		chmod 640 up/new; quote '$settime' 20020304050607 up/resumed; mv up/new renamed; cd up; pwd; cd ..; cls -1
		rm pub/small; rmdir up; mkdir -p deep/er; rmdir deep/er; get absent; mirror -R mirrored again'
	stops
	tree /srv/ftp/alice
	tree /home/client
}

# alice's links lead where she may do everything, as far as the file system is concerned: to a directory of her own
# outside, and to bob, who has let everybody in.
ftp_ways()
{
	ln -s /srv/outside /srv/ftp/alice/out
	ln -s ../bob /srv/ftp/alice/bob
	ln -s /etc/passwd /srv/ftp/alice/passwd
	serve
	ftp "get out/read -o got; put new -o out/dir/new; put new -o out/over; chmod 600 out/mode
		quote $settime 20020304050607 out/time; rm out/gone; rmdir out/empty; mkdir out/made; mv pub/small out/dir/small
		put new -o bob/new; get /srv/outside/read -o absolute; put new -o /srv/outside/absolute
		get passwd -o linked; get /etc/passwd -o passwd${more:+; $more}" >"$scratch/way.out"
	stops
	way 'reading through a link' 'grep -q secret /home/client/got'
	way 'writing through a link' 'test -s /srv/outside/dir/new'
	way 'overwriting through a link' 'test $(wc -l </srv/outside/over) = 30000'
	way 'changing a mode through a link' 'test $(stat -c %a /srv/outside/mode) = 600'
	way 'changing a time through a link' 'test $(stat -c %Y /srv/outside/time) -gt 1000000000'
	way 'removing through a link' 'test ! -e /srv/outside/gone'
	way 'removing a directory through a link' 'test ! -e /srv/outside/empty'
	way 'making a directory through a link' 'test -e /srv/outside/made'
	way 'moving something out through a link' 'test -e /srv/outside/dir/small'
	way 'writing to another account' 'test -s /srv/ftp/bob/new'
	way 'reading by an absolute path' 'grep -q secret /home/client/absolute'
	way 'writing by an absolute path' 'test -s /srv/outside/absolute'
}
