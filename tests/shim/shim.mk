# SPDX-License-Identifier: ISC
# Of the tests of shim/, those that can run for as long as one likes.

SOAK += 'PRECLUDE_ORACLE_SEED=fresh PRECLUDE_ORACLE_CASES=1000000 $(B)/tests/shim/locate/test_oracle'
SOAK += 'PRECLUDE_TRANSPARENT=all $(B)/tests/shim/wrap/test_transparent'
SOAK += 'PRECLUDE_SWAPS=20000 tests/shim/judge/test_swaps.sh'
