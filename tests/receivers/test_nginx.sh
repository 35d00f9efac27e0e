#!/bin/bash
# SPDX-License-Identifier: ISC
# nginx with WebDAV under the policy of docs/RECEIVERS.md, by cadaver and curl.
. "$(dirname "$0")/lib.sh" nginx-dav

mkdir -p /run/nginx /var/log/nginx
recipe nginx.conf >/etc/nginx/nginx.conf

world()
{
	local name
	empty /srv /home /var/lib/nginx
	mkdir -p /srv/dav/{tmp,files/pub} /srv/outside/{dir,gone} /home/client
	seq 20000 >/srv/dav/files/pub/big
	echo small >/srv/dav/files/pub/small
	ln -s pub/small /srv/dav/files/link
	for name in read over; do echo secret >/srv/outside/$name; done
	seq 30000 >/home/client/new
	chown -hR www-data:www-data /srv/dav /srv/outside
	find /srv /home/client -depth -exec touch -h -d '2001-02-03 04:05:06' {} +
}

# Each request, and what came of it, a line.
request()
{
	local name=$1
	shift
	echo "$name $(cd /home/client && curl -s -m 10 -o "$name" -w '%{http_code} %{size_download}' "$@")"
}

files=http://127.0.0.1:8080

# Less the dates of what is new, and the bars that grow.
cadaver_does()
{
	(cd /home/client && sed 's/^\t*//' <<<"$1" | HOME=/home TERM=dumb cadaver "$files/" 2>&1) |
		sed 's/ *[A-Z][a-z][a-z] [ 0-9]*[ :][0-9 ][0-9:]*$//;s/: \[.*\(succeeded\|failed\)/: \1/'
}

work()
{
	starts nginx 8080
	request get "$files/pub/big"
	request through "$files/link"
	request range -r 100-199 "$files/pub/big"
	request put -T new "$files/deep/er/put"
	request again -T new "$files/deep/er/put"
	request dated -T new -H 'Date: Sat, 03 Feb 2001 04:05:06 GMT' "$files/dated"
	request chunked -T - "$files/chunked" </home/client/new
	request mkcol -X MKCOL "$files/made/"
	request copy -X COPY -H 'Destination: /made/copy' "$files/pub/small"
	request tree -X COPY -H 'Destination: /copied/' "$files/pub/"
	request move -X MOVE -H 'Destination: /made/moved' "$files/deep/er/put"
	request moves -X MOVE -H 'Destination: /renamed/' "$files/deep/"
	request over -X MOVE -H 'Overwrite: F' -H 'Destination: /made/copy' "$files/pub/small"
	request delete -X DELETE "$files/made/copy"
	request all -X DELETE "$files/copied/"
	request absent "$files/absent"
	cadaver_does 'ls
		put new sent
		copy sent twice
		move twice once
		mkcol cadaver
		cd cadaver
		put new
		ls
		cd ..
		lock sent
		unlock sent
		get once fetched
		delete sent
		rmcol cadaver'
	stops
	tree /srv/dav/files
	tree /home/client
}

ways()
{
	starts nginx 8080
	ln -s /srv/outside /srv/dav/files/out
	ln -s /srv/outside/read /srv/dav/files/read
	ln -s /etc/passwd /srv/dav/files/passwd
	{
		request read "$files/read"
		request passwd "$files/passwd"
		request deeper "$files/out/read"
		request range -r 0-9 "$files/out/read"
		request put -T new "$files/out/dir/new"
		request over -T new "$files/out/over"
		request mkcol -X MKCOL "$files/out/made/"
		request delete -X DELETE "$files/out/gone/"
		request copy -X COPY -H 'Destination: /out/copied' "$files/pub/small"
		request move -X MOVE -H 'Destination: /out/moved' "$files/pub/small"
		request list -X PROPFIND -H 'Depth: 1' "$files/out/"
	} >"$scratch/way.out"
	stops
	way 'reading through a link' 'grep -q secret /home/client/read'
	way 'reading /etc/passwd through a link' 'cmp -s /etc/passwd /home/client/passwd'
	way 'reading beneath a link' 'grep -q secret /home/client/deeper'
	way 'writing through a link' 'test -s /srv/outside/dir/new'
	way 'replacing through a link' 'test $(wc -l </srv/outside/over) = 30000'
	way 'making a collection through a link' 'test -d /srv/outside/made'
	way 'removing a collection through a link' 'test ! -e /srv/outside/gone'
	way 'copying something out through a link' 'test -e /srv/outside/copied'
	way 'moving something out through a link' 'test -e /srv/outside/moved'
	way 'listing through a link' 'grep -q /out/over /home/client/list'
}
both world work ways
finish
