# SPDX-License-Identifier: ISC
# Packages of any suite of Debian's archive (bash): source it.
#
# The mirrors are those of the machine's own apt configuration, with only the suite replaced, so its proxies, keyrings and
# timeouts hold. Package lists and downloads lie in a directory of the caller's: the machine's own stay as they are.

# The suites that tell a mirror of Debian from other archives, as an extended regular expression: names that Debian
# itself uses, this machine's release, and those of sources.tsv.
debian_suites()
{
	{
		printf '%s\n' stable oldstable testing unstable
		(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-}")
		awk -F '\t' '!/^#/ { print $3 }' "${BASH_SOURCE[0]%/*}/sources.tsv"
	} 2>/dev/null | sed -n 's/^\([a-z][a-z]*\)\([-/].*\)*$/\1/p' | sort -u | paste -sd '|'
}

# debian_sources DIRECTORY TYPE SUITE: writes machine.sources and machine.list, the machine's entries of Debian's mirrors
# with type and suite replaced. Fails when there are none. Suites of security updates lie on mirrors of their own.
debian_sources()
{
	local list parts
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d 2>/dev/null)"
	cat /dev/null "$parts"/*.sources 2>/dev/null | awk -v suites="$(debian_suites)" -v type="$2" -v suite="$3" '
		function flush(   i, n, words) {
			n = split(named, words, /[ \t]+/)
			for (i = 1; i <= n; i++)
				if (enabled && words[i] ~ "^(" suites ")([-/].*)?$" &&
				    (words[i] ~ /(-security|\/updates)$/) == (suite ~ /-security$/)) {
					printf "Types: %s\nSuites: %s\nComponents: main\n%s\n", type, suite, kept
					break
				}
			named = kept = field = ""
			enabled = 1
		}
		BEGIN { enabled = 1 }
		/^[ \t]*$/ { flush(); next }
		/^#/ { next }
		/^[^ \t]/ { field = tolower($0); sub(/:.*/, "", field) }
		field == "suites" { text = $0; sub(/^[^ \t][^:]*:/, "", text); named = named " " text; next }
		field == "enabled" { enabled = tolower($2) !~ /^(no|false|0|off|without|disable)$/; next }
		field == "types" || field == "components" { next }
		{ kept = kept $0 "\n" }
		END { flush() }' >"$1/machine.sources"
	cat /dev/null "$list" "$parts"/*.list 2>/dev/null | awk -v suites="$(debian_suites)" -v type="$2" -v suite="$3" '
		$1 == "deb" || $1 == "deb-src" {
			options = ""
			if (match($0, /\[[^]]*\]/)) {
				options = substr($0, RSTART, RLENGTH) " "
				sub(/\[[^]]*\]/, "")
			}
			if ($3 ~ "^(" suites ")([-/].*)?$" && ($3 ~ /(-security|\/updates)$/) == (suite ~ /-security$/))
				print type, options $2, suite, "main"
		}' | sort -u >"$1/machine.list"
	[ -s "$1/machine.sources" ] || [ -s "$1/machine.list" ]
}

# debian_mirror SUITE: the address of the first mirror that ought to have it.
debian_mirror()
{
	local at
	at=$(mktemp -d) || return 1
	! debian_sources "$at" deb "$1" || {
		sed -n 's/^URIs:[ \t]*\([^ \t]*\).*/\1/Ip' "$at/machine.sources"
		sed 's/\[[^]]*\] *//; s/^deb \([^ ]*\) .*/\1/' "$at/machine.list"
	} | head -n 1
	rm -rf "$at"
}

# debian_suite DIRECTORY deb|deb-src SUITE: reads the package lists of that suite, or of all that this machine installs
# from, when it is "-". Sets $debian, the options for apt-get and apt-cache; fails with the reason in $why.
#
# apt's sandbox user could not write to a directory below /root or a private checkout. Suites that are no longer
# maintained are no longer signed afresh. Lists of files, which apt-file adds, are not needed.
debian_suite()
{
	local at=$1/apt retries=
	if ! command -v apt-get >/dev/null; then
		why='this machine has no apt'
		return 1
	fi
	rm -rf "$at"
	mkdir -p "$at"/{sources,lists/partial,cache/archives/partial} || return 1
	debian=(-q -o "Dir::State::lists=$at/lists" -o "Dir::Cache=$at/cache" -o APT::Sandbox::User=root
		-o Acquire::Check-Valid-Until=false -o Acquire::Languages=none
		-o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false)
	# Where there is no network, apt's own three retries take ten seconds a suite.
	eval "$(apt-config shell retries Acquire::Retries 2>/dev/null)"
	[ -n "$retries" ] || debian+=(-o Acquire::Retries=1)
	if [ "$3" != - ]; then
		debian_sources "$at/sources" "$2" "$3" || {
			why="apt's configuration has no mirror of Debian for $3"
			return 1
		}
		debian+=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$at/sources" -o Dir::State::status=/dev/null)
	fi
	apt-get "${debian[@]}" update >"$at/update" 2>&1
	find "$at/lists" -name '*_Packages*' -o -name '*_Sources*' | grep -q . && return
	why="no package list of ${3/#-/"the machine"}: $(debian_said "$at/update")"
	return 1
}

# debian_said FILE: the first complaint in what apt said, in one line.
debian_said()
{
	sed -n '/^Err:/{n;s/^ *//p;q;}' "$1" | grep . || grep -m 1 '^[EW]:' "$1" || tail -n 1 "$1"
}

# debian_newest PACKAGE PATTERN [showsrc]: the newest version of a package whose upstream part matches.
debian_newest()
{
	local version upstream
	apt-cache "${debian[@]}" "${3:-show}" "$1" 2>/dev/null | awk '$1 == "Version:" { print $2 }' | sort -Vru |
		while read -r version; do
			upstream=${version#*:}
			upstream=${upstream%-*}
			# shellcheck disable=SC2053 # a pattern
			[[ ${upstream%%[+~]*} == $2 ]] && echo "$version" && break
		done
}
