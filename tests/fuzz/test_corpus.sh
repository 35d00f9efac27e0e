#!/bin/bash
# SPDX-License-Identifier: ISC
# The corpus of each fuzz target, and with it whatever a fuzzer ever found, once more: no input may break a property.
. "$(dirname "$0")/../tap.sh"

# Where fuzz_place makes its tree.
export TMPDIR=$scratch

replay()
{
	"$B/tests/fuzz/replay_$1" "$top/tests/fuzz/corpus/$1"/*
}

for source in "$top"/tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	target=${target#fuzz_}
	inputs=("$top/tests/fuzz/corpus/$target"/*)
	ok "$target: ${#inputs[@]} inputs break no property" replay "$target"
done

# An input that is not read is no input that passed.
said=$("$B/tests/fuzz/replay_environment" "$scratch/no-such-input" 2>&1)
is "an input that cannot be read is a failure" "$?" 1
ok "and it is named" grep -q no-such-input <<<"$said"
finish
