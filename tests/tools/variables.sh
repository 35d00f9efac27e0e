# SPDX-License-Identifier: ISC
# Lines of NAME='value', as both their readers take them: FILE NAME.

# What systemd makes of it, by the one program that reads such a file without a running manager; what it prints is for a
# shell.
systemd_reads()
{
	mkdir -p "$scratch/environment.d"
	cp "$1" "$scratch/environment.d/a.conf"
	(eval "$(XDG_CONFIG_HOME=$scratch /usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator |
		grep "^$2=")" && echo "${!2}")
}

shell_reads()
{
	(. "$1" && echo "${!2}")
}
