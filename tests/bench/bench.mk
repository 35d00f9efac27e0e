# `make bench`: what a call and a start cost, as ratios to bare, measured in one run. It asserts nothing.

BENCH := $(B)/tests/bench/bench_calls

$(BENCH): tests/bench/bench_calls.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -D_GNU_SOURCE $(WARNINGS) -o $@ $<

bench: $(LIBRARY) $(BENCH)
	@tests/bench/run.sh $(abspath $(B))

.PHONY: bench
