#!/bin/bash
# SPDX-License-Identifier: ISC
# What a report of a million events costs, in time and memory.
. "$(dirname "$0")/lib.sh"

"$build/tests/tools/events/prog_log" "$(full 1000000 10000)" >events || exit 1
command=(/mnt/events)
groups report
"$programs/prog_turns" "m$(full 3 1)" report "$(full 1,000,000 10,000) events, $(du -m events | cut -f 1) MB" "${groups[@]}"
