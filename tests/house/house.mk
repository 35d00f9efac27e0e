# SPDX-License-Identifier: ISC
# The tests of the tree itself that take long.

SOAK += tests/house/decay_soak.sh
