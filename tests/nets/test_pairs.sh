#!/bin/bash
# SPDX-License-Identifier: ISC
# Every alias comes out as its original, and every system call by number as its function (net_pairs.c, pairs.def).
# PAIRS_SETTINGS: the policies; with NETS_SECONDS more of them.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/nets.sh"
needs_root "to make mount namespaces"

if fresh; then
	: "${PAIRS_SETTINGS:=enforce all anchor alone raw observe}"
fi
for setting in ${PAIRS_SETTINGS:-enforce anchor}; do
	"$B/tests/nets/net_pairs" "$setting" "$library" >>"$scratch/found" 2>"$scratch/errors"
	case $? in
	0 | 1) ;;
	77) skip_rest "no machine of its own: $(head -c 200 "$scratch/errors")" ;;
	*) printf '%s/-/-/ended\t%s\n' "$setting" "$(head -c 200 "$scratch/errors")" >>"$scratch/found" ;;
	esac
done
repeat() { echo "$B/tests/nets/net_pairs ${1%%/*} $library"; }
judge pairs "$scratch/found"
finish
