# SPDX-License-Identifier: ISC
# Packages of any suite of Debian's archive, for sh scripts: source it. A sources.list and state directories of its own
# keep the machine's package lists and configuration as they are.
#
# Sets $debian, options for apt-get and apt-cache, after debian_suite DIRECTORY deb|deb-src SUITE.

# One "[signed-by=KEYRING] URI" a line, from deb822 files and from one-line files, of Debian's archive only.
debian_mirrors()
{
	for list in /etc/apt/sources.list.d/*.sources; do
		[ -r "$list" ] || continue
		awk '
			function flush() {
				if (uri ~ /debian/ && uri !~ /backports/)
					print (key == "" ? "" : "[signed-by=" key "] ") uri
				uri = key = ""
			}
			/^[ \t]*$/ { flush() }
			tolower($1) == "uris:" { uri = $2 }
			tolower($1) == "signed-by:" { key = $2 }
			END { flush() }' "$list"
	done
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '
		$1 == "deb" || $1 == "deb-src" {
			key = ""
			i = 2
			if ($2 ~ /^\[/)
				for (;; i++) {
					word = $i
					gsub(/[][]/, "", word)
					if (word ~ /^signed-by=/)
						key = "[" word "] "
					if ($i ~ /\]$/ || i >= NF) {
						i++
						break
					}
				}
			if ($i ~ /debian/ && $i !~ /backports/)
				print key $i
		}'
}

# The line of a sources.list: from the mirror that the machine uses, else from Debian's own.
debian_source()
{
	case $2 in
	*-security) debian_select='grep security' debian_own=debian-security ;;
	*) debian_select='grep -v security' debian_own=debian ;;
	esac
	{
		debian_mirrors | $debian_select | while read -r mirror; do echo "$1 $mirror $2 main"; done
		echo "$1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/$debian_own $2 main"
	} | head -n 1
}

# The sandbox user _apt could not write to a directory below /root or a private checkout; suites that are no longer
# maintained are no longer signed afresh either; and lists of files, which apt-file adds, nobody asked for.
debian_suite()
{
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	debian_source "$2" "$3" >"$1/sources.list"
	debian="-q -o Dir::Etc::sourcelist=$1/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$1/lists \
		-o Dir::Cache=$1/cache -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false \
		-o Acquire::Languages=none -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false"
	echo "fetching from $(cat "$1/sources.list")" >&2
	# shellcheck disable=SC2086 # a list of words
	apt-get $debian update >&2
}
