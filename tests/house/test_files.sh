#!/bin/bash
# SPDX-License-Identifier: ISC
# Each source, table, script and makefile says in its first lines whose it is and what it is for, and lies on the floor that
# docs/ARCHITECTURE.md says; what that document and its picture name is there.
. "$(dirname "$0")/../tap.sh"
cd "$top" || exit 1

# What was built or fetched aside, as `make clean` and git have it.
files()
{
	find . \( -path ./build -o -path ./.git -o -path './debian/*/usr' \) -prune -o -type f -print |
		sed 's|^\./||' | grep -v '^tests/fuzz/corpus/\|^debian/\(changelog\|control\|files\)$' | sort
}

# In C a comment, on the line behind the licence.
c_files()
{
	files | grep -E '\.(c|h|S|def)$'
}

# Elsewhere the same, behind the line that names an interpreter; in Python it may be the module's own.
scripts()
{
	{
		files | grep -E '(^|/)(Makefile|APKBUILD|rules)$|\.(mk|sh|py|awk|spec|bash)$'
		files | grep -vE '\.(c|h|S|def|md|svg|png|[1-8])$' | xargs -d '\n' awk '/^#!/ { print FILENAME } { nextfile }'
	} | sort -u
}

# without PATTERN LINE: those of the files on standard input whose line of that number, "#!" not counted, has no PATTERN.
without()
{
	xargs -d '\n' env LC_ALL=C awk -v pattern="$1" -v line="$2" '
		FNR == 1 { if (NR > 1 && !good) print before; good = at = 0; before = FILENAME }
		/^#!|^#compdef/ && !at { next }
		++at == line { good = $0 ~ pattern; nextfile }
		END { if (!good) print before }'
}

is "sources and tables have a licence" "$(c_files | without '^/[*] SPDX-License-Identifier: ISC [*]/$' 1)" ""
is "sources and tables say what they are for" "$(c_files | without '^/[*]( ............|$)' 2)" ""
is "scripts and makefiles have a licence" "$(scripts | without '^# SPDX-License-Identifier: ISC$' 1)" ""
is "scripts and makefiles say what they are for" "$(scripts | without '^# ............|^"""(............|$)' 2)" ""
ok "there are files to look at" [ "$(c_files | wc -l)" -gt 200 -a "$(scripts | wc -l)" -gt 50 ]

# A header is included once, under a name that tells where it lies.
is "headers are guarded by their own names" "$(files | grep -E '^(config|sandbox|shim|tools)/.*\.h$' | xargs -d '\n' awk '
	FNR == 1 { name = "PRECLUDE_" toupper(FILENAME); gsub(/[\/.-]/, "_", name); asked = 0 }
	$1 == "#ifndef" && !asked++ { if ($2 != name) print FILENAME; getline; if ($1 != "#define" || $2 != name) print FILENAME }
	FNR > 40 && !asked { print FILENAME; nextfile }')" ""

# Which floors may be included from one: those below it.
above()
{
	grep -rHoE "^#include \"($2)/[^\"]*\"" "$1" --include='*.[ch]'
}
is "config includes no other floor" "$(above config 'sandbox|shim|tools|tests')" ""
is "sandbox none above it" "$(above sandbox 'shim|tools|tests')" ""
is "shim none above it" "$(above shim 'tools|tests')" ""
is "tools none above it" "$(above tools tests)" ""

# The rooms of a floor, the lowest first: a file includes nothing that stands in a room above its own.
rooms()
{
	local floor=$1 higher
	shift
	while [ $# -gt 1 ]; do
		higher=$(printf '|%s' "${@:2}")
		above "$floor/$1" "$floor/(${higher#|})"
		shift
	done
}
shim='base stack libc locate log judge rsync syscall start wrap'
tools='cli program rsyncd run status events sites report suggest inspect observe'
# shellcheck disable=SC2086 # lists of words
{
	is "no room of shim includes one above it" "$(rooms shim $shim)" ""
	is "no room of tools includes one above it" "$(rooms tools $tools)" ""
	is "shim has these rooms" "$(cd shim && printf '%s\n' */ | tr -d / | sort)" "$(printf '%s\n' $shim | sort)"
	is "tools has these rooms" "$(cd tools && printf '%s\n' */ | tr -d / | grep -v '^completion$' | sort)" \
		"$(printf '%s\n' $tools | sort)"
}
is "no folder holds more than 20 sources" "$(files | grep -E '^(config|sandbox|shim|tools)/.*\.c$' |
	xargs -n 1 dirname | sort | uniq -c | awk '$1 > 20 { print $2, $1 }')" ""

# Sources without a test of their own name, in the folder of tests/ that mirrors theirs.
untested()
{
	files | grep -E '^(config|sandbox|shim|tools)/.*\.c$' | while read -r file; do
		compgen -G "tests/$(dirname "$file")/test_$(basename "$file" .c).*" >/dev/null || echo "$file"
	done
}

# uncovered: those of them that no row of covered.tsv names. unused: the rows that name none of them, or a test that is gone.
coverage_of()
{
	awk -F '\t' 'function matches(file, pattern) {
			gsub(/[.]/, "[.]", pattern)
			gsub(/[*]/, "[^/]*", pattern)
			return file ~ "^" pattern "$"
		}
		FILENAME == "-" { sources[$0]; next }
		/^#/ { next }
		{ used = 0; for (file in sources) if (matches(file, $1)) covered[file] = used = 1 }
		!used || system("test -e " $2) { unused[$0] }
		END {
			if (what == "unused") for (row in unused) print row
			else for (file in sources) if (!(file in covered)) print file
		}' what="$1" - tests/house/covered.tsv <<<"$(untested)" | sort
}
is "every source has a test of its name, or a row in tests/house/covered.tsv" "$(coverage_of uncovered)" ""
is "every row of covered.tsv names sources that need it, and a test that is there" "$(coverage_of unused)" ""

# Words that the glossary has replaced, and figures of speech that a reader would have to guess.
is "comments and messages use the words of docs/GLOSSARY.md" "$(files | grep -E '^(config|sandbox|shim|tools)/|^Makefile$|^docs/.*[.]md$' |
	xargs -d '\n' grep -nwE 'seats?|trails?|mend(s|ed)?|to be had|as ever')" ""

# Of "shim/log/event.c, log.c" the second lies beside the first.
named()
{
	grep -ohE '(config|sandbox|shim|tools|tests)(/[a-z]+)*/[a-z_*]+\.[a-z]+(, [a-z_]+\.[a-z]+)*' docs/ARCHITECTURE.md docs/call.svg |
		while IFS=', ' read -r first rest; do
			printf '%s\n' "$first" ${rest:+$(printf "${first%/*}/%s\n" ${rest//,/})}
		done
}
is "what the picture of the house names is there" \
	"$(named | sort -u | while read -r file; do compgen -G "$file" >/dev/null || echo "$file"; done)" ""
ok "docs/ARCHITECTURE.md names more than 50 files" [ "$(named | sort -u | wc -l)" -gt 50 ]
ok "docs/ARCHITECTURE.md has at most 150 lines" [ "$(wc -l <docs/ARCHITECTURE.md)" -le 150 ]
finish
