#!/bin/bash
# SPDX-License-Identifier: ISC
# Ways out that need more than calls and sharing: what others send or remove, calls without a path, environments, domains and
# filters that were there before (net_faults.c).
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/nets.sh"
needs_root "to make mount namespaces"

mkdir "$scratch/disk"
"$B/tests/nets/net_faults" "$library" "$scratch/disk" >"$scratch/found" 2>"$scratch/errors"
[ $? -ne 77 ] || skip_rest "no machine of its own: $(head -c 200 "$scratch/errors")"

# An option that asks for confinement wins over the environment, or both together are refused.
mkdir "$scratch/in"
: >"$scratch/outside"
chmod 600 "$scratch/outside"
PRECLUDE_MODE=off "$B/preclude" run --root "$scratch/in" --log "$scratch/log" -- chmod 777 "$scratch/outside" >/dev/null 2>&1
[ "$(stat -c %a "$scratch/outside")" = 600 ] || printf 'PRECLUDE_MODE=off and an option\tnot confined\n' >>"$scratch/found"
repeat() { echo "mkdir -p /var/tmp/disk && $B/tests/nets/net_faults $library /var/tmp/disk '${1%/*}'"; }
judge faults "$scratch/found"
finish
