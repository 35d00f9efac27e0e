#!/bin/bash
# SPDX-License-Identifier: ISC
# functions.def is complete: every function that the headers of libc and libacl declare with a parameter that could carry a
# path is wrapped or stands in unwrapped.def with its reason, and so are all names that such a function goes by.

. "$(dirname "$0")/../../tap.sh"

cd "$scratch" || exit 1
libc=$(ldconfig -p | sed -n 's/.*libc\.so\.6 (libc6,x86-64.*=> //p;s/.*libc\.so\.6 (libc6,AArch64.*=> //p' | head -n 1)
libacl=$(ldconfig -p | sed -n 's/.*libacl\.so\.1 (libc6,.*64.*=> //p' | head -n 1)
libc32=$(ls /lib32/libc.so.6 /lib/i386-linux-gnu/libc.so.6 2>/dev/null | head -n 1)
: "${CC:=cc}"

# Exported functions of a library, "ADDRESS NAME". GLIBC_PRIVATE is between libc and its own libraries.
exported()
{
	nm -D --defined-only "$1" | awk '$2 ~ /^[TWi]$/ && $3 !~ /@GLIBC_PRIVATE/ { sub(/@.*/, "", $3); print $1, $3 }' |
		sort -u
}

# Names of the rows that apply on a machine: rows CC-OPTION...
rows()
{
	printf '%s\n' '#define FUNCTION(r, name, ...) @name' '#define BY_HAND FUNCTION' '#define HAND FUNCTION' \
		'#define OTHER_CALL FUNCTION' '#include "shim/libc/functions.def"' '#include "shim/libc/others.def"' |
		$CC -E -P "-I$top" -D__GLIBC__=2 "$@" - | tr -d ' ' | sed -n 's/^@//p' | sort -u
}

# "FUNCTION PARAMETER" for every declared parameter that could carry a path: characters, or a socket's address.
declared()
{
	$CC -E -P -D_GNU_SOURCE '-D__attribute__(x)=' '-D__asm__(x)=' - 2>/dev/null | awk '
	BEGIN { RS = "[;{}]" }
	/typedef/ || !match($0, /[A-Za-z_0-9]+[ \n]*\(/) { next }
	{
		name = substr($0, RSTART, RLENGTH)
		sub(/[ \n]*\($/, "", name)
		count = split(substr($0, RSTART + RLENGTH), parameters, ",")
		for (i = 1; i <= count; i++) {
			p = parameters[i]
			gsub(/\n/, " ", p)
			if (p !~ /(^|[^a-z_])char[^a-z_].*[*[]|char *[*[]/ && p !~ /__CONST_SOCKADDR_ARG|struct m?msghdr/)
				continue
			if (p ~ /unsigned char/)
				continue
			gsub(/const|__restrict|\[[^]]*\]/, "", p)
			gsub(/[^A-Za-z_0-9]+/, " ", p)
			words = split(p, word, " ")
			print name, word[words] ~ /^(char|__CONST_SOCKADDR_ARG)$/ ? "unnamed" : word[words]
		}
	}' | sort -u
}

# Headers of the C library and libacl; those left out are not for programs, or for other machines.
headers()
{
	{ dpkg -L libc6-dev libacl1-dev 2>/dev/null || find /usr/include -name '*.h'; } |
		sed -n 's,^/usr/include/\([a-z0-9_]*-linux-gnu[a-z0-9]*/\)\?\(.*\.h\)$,#include <\2>,p' |
		grep -v '<bits/\|<gnu/\|<asm\|<linux/\|<scsi/\|<regexp.h>\|<sys/elf.h>\|<sys/vm86.h>' | sort -u
}

# table KIND: the names in the rows of unwrapped.def
table()
{
	sed -n "s/^$1(\([^,]*\),.*/\1/p" "$top/tests/shim/wrap/unwrapped.def" | tr ' ' '\n' | sort
}

# Reads "NAME" lines and "ADDRESS NAME" of file $1: all that are the same function, or its fortified, 64-bit, time64 or
# underscored sibling. (_nocancel, _IO_ and libc_ are how glibc calls some of them.)
kin()
{
	awk -v names="$1" '
	function root(name) {
		sub(/^_IO_/, "", name); sub(/^_+/, "", name); sub(/^libc_/, "", name)
		while (sub(/(_chk|_2|_nocancel|_time64|64)$/, "", name))
			;
		return name
	}
	BEGIN { while ((getline line <names) > 0) { wrapped[line]; kind[root(line)] } }
	{ address[$2] = $1; if ($2 in wrapped) same[$1] }
	END { for (name in address) if ((address[name] in same || root(name) in kind) && name !~ /^(.*@.*)$/) print name }' | sort -u
}

rows >rows
rows -m32 >rows32
sort -u rows rows32 >wrapped
table UNWRAPPED >unwrapped
table TEXT >text
exported "$libc" >libc.exported
[ -z "$libacl" ] || exported "$libacl" >>libc.exported
sort -u -o libc.exported libc.exported
cut -d' ' -f2 libc.exported | sort -u >libc.names
headers | declared >declared

ok "the headers were read" test "$(wc -l <declared)" -gt 500
is "no name stands twice in a table" "$(uniq -d unwrapped; uniq -d text)" ""
is "no name is both wrapped and excepted" "$(comm -12 wrapped unwrapped)" ""

# Declared with something like a path, and exported.
join declared libc.names >candidates
awk 'NR == FNR { text[$1]; next } !($2 in text) { print $1 }' text candidates | sort -u >takers
is "every function that could take a path is wrapped or excepted" "$(sort -u wrapped unwrapped | comm -23 takers -)" ""

kin wrapped <libc.exported >kin
is "so is every sibling and alias of one that is wrapped" "$(sort -u wrapped unwrapped | comm -23 kin -)" ""
if [ -n "$libc32" ]; then
	exported "$libc32" >libc32.exported
	kin rows32 <libc32.exported >kin32
	is "also in the 32-bit libc, with its time64 names" "$(sort -u rows32 unwrapped | comm -23 kin32 -)" ""
else
	: >kin32
	skip "also in the 32-bit libc" "none is installed"
fi

sort -u takers kin kin32 >needed
is "no exception is needless" "$(comm -23 unwrapped needed)" ""
awk 'NR == FNR { wrapped[$1]; next } !($1 in wrapped) { print $2 }' wrapped candidates | sort -u >parameters
is "nor is any name of a parameter" "$(comm -23 text parameters)" ""

# The library.
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort -u >exports
is "the library exports its rows and the way in, nothing else" "$(comm -3 exports <(sort -u rows <(echo __libc_start_main)))" ""
is "it depends on libc alone" "$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v '^libc\.so\.6$\|^ld-linux')" ""

echo "# $(wc -l <rows) names wrapped ($(comm -12 rows libc.names | wc -l) that this libc or libacl exports," \
	"$(comm -13 rows rows32 | wc -l) more on 32 bits), $(wc -l <unwrapped) excepted of $(wc -l <needed)"
finish
