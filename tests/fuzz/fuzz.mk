# SPDX-License-Identifier: ISC
# `make fuzz`: each target for FUZZ_SECONDS under libFuzzer, two at a time, from the corpus in the tree. `make check`
# replays the corpus, and with it whatever was ever found, through the same targets in seconds.

FUZZ_SECONDS ?= 600
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_REPLAYS := $(FUZZ_TARGETS:%=$(B)/tests/fuzz/replay_%)
FUZZERS := $(FUZZ_TARGETS:%=$(B)/tests/fuzz/fuzz_%)

# What reads a log is the command's; with what the library is made of it is one group to the linker.
$(B)/tests/fuzz/replay_events $(B)/tests/fuzz/fuzz_events: $(B)/tools/events/events_parse.o $(B)/tools/events/json_scan.o

$(FUZZ_REPLAYS): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libparts.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group -ljansson -ldl

$(FUZZERS): %: %.o $(B)/libparts.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group -ljansson -ldl

check coverage-programs: $(FUZZ_REPLAYS)

SANITIZE_FUZZ := address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# A build of its own: every object is instrumented.
fuzzers:
	@tests/packages build check
	@+$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang OPTIMISE='-O1 -g' \
		CFLAGS='-fsanitize=fuzzer-no-link,$(SANITIZE_FUZZ)' LDFLAGS='-fsanitize=fuzzer,$(SANITIZE_FUZZ)' \
		$(FUZZ_TARGETS:%=$(B)/fuzz/tests/fuzz/fuzz_%)

fuzz: fuzzers
	@printf '%s\n' $(FUZZ_TARGETS) | xargs -P 2 -I TARGET tests/fuzz/run TARGET $(B)/fuzz $(FUZZ_SECONDS)

.PHONY: fuzz fuzzers
