# SPDX-License-Identifier: ISC
# Of the tests of shim/, those that can run for as long as one likes, and headers of helpers.

SOAK += 'PRECLUDE_ORACLE_SEED=fresh PRECLUDE_ORACLE_CASES=1000000 $(B)/tests/shim/test_oracle'
SOAK += 'PRECLUDE_TRANSPARENT=all $(B)/tests/shim/test_transparent'
SOAK += 'PRECLUDE_SWAPS=20000 tests/shim/test_swaps.sh'

# Their headers, which the rule for helpers does not know.
$(B)/tests/shim/prog_oracle: $(wildcard tests/shim/oracle*) tests/shim/unseen.h
$(B)/tests/shim/prog_swaps: tests/shim/unseen.h tests/shim/tree.h tests/shim/prog_rows.c tests/shim/rows.def shim/libc/functions.def
$(addprefix $(B)/tests/shim/prog_,hostile threads gate raw): tests/shim/confined.h
