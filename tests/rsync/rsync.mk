# SPDX-License-Identifier: ISC
# `make demo`, and what else is only done with a real rsync.

demo: packages $(LIBRARY)
	@B="$(BUILD)" tests/rsync/demo

# The other legacy receiver, the same way.
SOAK += 'tests/rsync/test_escapes.sh rsync-second'

SOAK += tests/rsync/suite_soak.sh tests/rsync/suite_security_soak.sh

# What asks from inside whether a connection is narrow.
PROBE := $(B)/tests/rsync/probe.so
$(PROBE): tests/rsync/probe.c
	@$(into)
	$(CC) -std=gnu11 -O1 -g -D_GNU_SOURCE -Wall -shared -fPIC -o $@ $<
check soak: $(PROBE)

SOAK += 'FAULTS_SECONDS=7 tests/rsync/test_faults.sh disk rotation removal syslog kill restart roots configuration descriptors memory processes'

.PHONY: demo
