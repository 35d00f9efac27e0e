#!/bin/bash
# SPDX-License-Identifier: ISC
# The units and drop-ins of docs/RECEIVERS.md are what systemd takes, together with the units of Debian's packages;
# each starts its daemon by preclude and by nothing else.
. "$(dirname "$0")/lib.sh" vsftpd proftpd tftpd fcgiwrap nginx-dav

verified=0
while read -r name; do
	file=$(recipe "$name" | sed -n '1s|^# \(/etc/systemd/system/[^ ,]*\).*|\1|p')
	[ -n "$file" ] || continue
	unit=${file#/etc/systemd/system/}
	unit=${unit%%.service*}.service
	mkdir -p "$(dirname "$file")"
	recipe "$name" >"$file"
	ok "$unit is valid" systemd-analyze verify --man=no --generators=no --recursive-errors=no "$unit"
	is "$unit: nothing is said" "$(systemd-analyze verify --man=no --generators=no --recursive-errors=no "$unit" 2>&1)" ""
	verified=$((verified + 1))
done < <(sed -n 's/^<!-- recipe: \(.*\) -->$/\1/p' "$page")
is "all of them" "$verified" 5
finish
