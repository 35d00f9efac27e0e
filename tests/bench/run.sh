#!/bin/sh
# SPDX-License-Identifier: ISC
# What the library costs: `make bench`. LIBRARY= (empty) measures the measurement: every ratio is then about 1.00.
#
# 10,000 roots must fit into one variable (128 KiB, execve(2)), so their names must be short: a private tmpfs is mounted
# on /mnt, where nobody else sees it.
set -eu
build=$1
LIBRARY=${LIBRARY-$build/libpreclude.so}

if [ "${PRIVATE-}" ]; then
	mount -t tmpfs -o size=256m,mode=755,nr_inodes=0 preclude-bench /mnt
	exec env -u PRIVATE "$build/tests/bench/bench_calls" /mnt "$LIBRARY"
fi
if [ "$(id -u)" = 0 ]; then
	exec env PRIVATE=1 LIBRARY="$LIBRARY" unshare --mount -- "$0" "$build"
fi
exec env PRIVATE=1 LIBRARY="$LIBRARY" unshare --user --map-root-user --mount -- "$0" "$build"
