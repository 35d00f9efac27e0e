# SPDX-License-Identifier: ISC
# The nets: programs that look for what no test was written for. In `make check` they run for a minute, with seeds that are
# fixed, so that a run that fails does so again; `make soak` has them run for NETS_SECONDS each with fresh ones. Each seed is
# printed. What they are known to find is listed in tests/nets/known.tsv.

NETS := $(patsubst tests/nets/%.c,$(B)/tests/nets/%,$(wildcard tests/nets/net_*.c))
NETS_SECONDS ?= 600

$(NETS): $(B)/tests/nets/%: tests/nets/%.c $(B)/made-with
	@$(into)
	$(CC) -std=gnu11 -O1 -g -D_GNU_SOURCE -Wall -MMD -MP -MF $@.d -o $@ $< -lpthread

check soak coverage-programs: $(NETS)

SOAK += 'NETS_SECONDS=$(NETS_SECONDS) tests/nets/test_fuzz.sh'
SOAK += 'NETS_SECONDS=$(NETS_SECONDS) tests/nets/test_pairs.sh'
SOAK += 'NETS_SECONDS=$(NETS_SECONDS) tests/nets/test_sharing.sh'
SOAK += 'NETS_SECONDS=$(NETS_SECONDS) tests/nets/test_race.sh'

# Mutants of the files that decide, MUTANTS of them, chosen by SEED. It takes hours.
MUTANTS ?= 100
SEED ?= 1
mutate: all $(NETS) $(TEST_PROGRAMS) $(TEST_HELPERS) $(FUZZ_REPLAYS)
	tests/nets/mutate $(MUTANTS) $(SEED)

.PHONY: mutate
