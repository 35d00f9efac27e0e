# SPDX-License-Identifier: ISC
# `make demo`, and what else is only done with a real rsync.

demo: packages $(LIBRARY)
	@B=$(abspath $(B)) tests/rsync/demo

# The other legacy receiver, the same way.
SOAK += 'tests/rsync/test_escapes.sh 3.4.1'

SOAK += tests/rsync/suite_soak.sh

.PHONY: demo
