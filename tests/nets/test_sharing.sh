#!/bin/bash
# SPDX-License-Identifier: ISC
# Threads and children that share memory, directories or descriptors, one of which changes what the other's calls mean
# (net_sharing.c). SHARING_SETTINGS: the policies, of which none may confine looks; with NETS_SECONDS more of them.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/nets.sh"
needs_root "to make mount namespaces"

net=$B/tests/nets/net_sharing
"$net" bare "$library" >"$scratch/bare" 2>"$scratch/errors"
[ $? -ne 77 ] || skip_rest "no machine of its own: $(head -c 200 "$scratch/errors")"
is "without the library every call of the matrix passes" "$(cut -f 1 "$scratch/bare" | head)" ""

if fresh; then
	: "${SHARING_SETTINGS:=enforce anchor alone raw}"
fi
for setting in ${SHARING_SETTINGS:-enforce}; do
	"$net" "$setting" "$library" >>"$scratch/found" 2>"$scratch/errors"
	[ $? -le 1 ] || printf '%s/-/-/-/-/ended\t%s\n' "$setting" "$(head -c 200 "$scratch/errors")" >>"$scratch/found"
done
repeat() { echo "$net ${1%%/*} $library"; }
judge sharing "$scratch/found"
finish
