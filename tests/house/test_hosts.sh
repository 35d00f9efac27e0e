#!/bin/bash
# SPDX-License-Identifier: ISC
# The tree names no host that anything is fetched from: packages come from the machine's own apt configuration, and the addresses that
# are left name a format or are an example's. And every shell script can be parsed as a whole, which running a part does not show.

. "$(dirname "$0")/../tap.sh"
cd "$top" || exit 1

files()
{
	find . \( -path ./build -o -path ./.git -o -path './debian/*/usr' -o -path ./tests/fuzz/corpus \) -prune -o -type f -print
}

# What no program ever asks, one a line: the host, and why it is there.
allowed()
{
	cut -f 1 <<-'EOF'
		www.w3.org	the name space of SVG
		json-schema.org	the version of a JSON schema
		docs.oasis-open.org	the schema of SARIF, by the name that its standard gives it
		www.debian.org	the format of debian/copyright, as the policy asks for it
		semver.org	a link for the reader of docs/RELEASING.md
	EOF
}

# addresses: FILE:HOST, of every URL whose host is neither this machine, nor reserved for examples (RFC 2606), nor a variable.
addresses()
{
	files | grep -v '^./tests/house/test_hosts.sh$' | xargs -d '\n' grep -HoIE '(https?|ftp|rsync|git|ssh)://[A-Za-z0-9._@\\:-]*[A-Za-z0-9-]' |
		sed -E 's,^\./,,; s,:[a-z]+://([^/]*@)?,:,; s,\\,,g; s,:([^:]*):[0-9]*$,:\1,' |
		grep -vE ':([^:]*\.)?(localhost|server|(example|invalid)(\.(org|com|net))?)$|:127\.[0-9.]*$' | sort -u
}

# hosts: FILE:HOST, of the archives that packages and sources are fetched from, named without an address in what is run.
hosts()
{
	files | grep -E '^\./(tests|packaging|debian|\.ci|\.github|Makefile|[a-z]*\.mk)' | grep -v '^./tests/house/test_hosts.sh$\|/copyright$' |
		xargs -d '\n' grep -HoIE '\b([a-z0-9-]+\.)+(debian|ubuntu|kernel|samba|github|gitlab|fedoraproject|alpinelinux)\.(org|com|net)\b' |
		sort -u
}

is "no address of another machine" "$(addresses | grep -vE ":($(allowed | sed 's/\./[.]/g' | paste -sd '|'))$")" ""
is "the addresses that may be here are" "$(addresses | cut -d : -f 2 | sort -u)" "$(allowed | sort)"
is "no host that anything is fetched from" "$(hosts)" ""

# parsed: what each shell says of the scripts that ask for it.
parsed()
{
	local file shell
	files | while read -r file; do
		case $(head -c 20 "$file" | tr -d '\0' | head -n 1) in
		'#!/bin/bash'*) shell=bash ;;
		'#!/bin/sh'*) shell=sh ;;
		*) [[ $file == *.sh ]] && shell=bash || continue ;;
		esac
		"$shell" -n "$file" 2>&1
	done
}
is "every shell script can be parsed" "$(parsed)" ""
finish
