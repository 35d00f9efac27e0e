#!/bin/bash
# SPDX-License-Identifier: ISC
# What becomes of a sealed daemon under load when one thing after another fails around it, as docs/THREAT-MODEL.md has it
# under "When things fail": test_faults.sh [FAULT...]. Each comes once, or again and again for FAULTS_SECONDS, and
# then on either receiver, with chroot and without: `make soak` has all of them so.

# A /dev of its own, where a syslogd comes and goes, and disks that are full.
. "$(dirname "$0")/../alone.sh"
if [ -z "${FAULTS_INSIDE:-}" ]; then
	alone "for a /dev and disks of its own" --mount
	FAULTS_INSIDE=1 exec unshare -m "$0" "$@"
fi
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/load.sh"
. "$(dirname "$0")/faults_log.sh"
. "$(dirname "$0")/faults_daemon.sh"
at_exit+=(faults_end)

seconds=${FAULTS_SECONDS:-0}
receivers
first=${versions[0]}

[ $# -gt 0 ] || set -- kill rotation syslog
control "${!first}"
for fault; do
	if [ "$seconds" -eq 0 ]; then
		under_fault "$fault" "$first" "${!first}" yes
		continue
	fi
	for version in "${versions[@]}"; do
		for chroot in no yes; do under_fault "$fault" "$version" "${!version}" "$chroot"; done
	done
done
finish
