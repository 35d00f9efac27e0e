# SPDX-License-Identifier: ISC
# `make bench`: what a call and a start cost, as ratios to bare, measured in one run, and what a report costs. It
# asserts nothing.

BENCH := $(B)/tests/bench/bench_calls

BENCH_REPORT := $(B)/tests/bench/bench_report
BENCH_LAUNCH := $(B)/tests/bench/launch

$(BENCH) $(BENCH_REPORT) $(BENCH_LAUNCH): $(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -D_GNU_SOURCE $(WARNINGS) -o $@ $<

bench: $(LIBRARY) $(BENCH) $(BENCH_LAUNCH) bench-report
	@tests/bench/run.sh $(abspath $(B))
	@tests/bench/receiver.sh $(abspath $(B))

bench-report: $(COMMAND) $(BENCH_REPORT) $(B)/tests/tools/prog_log
	@$(BENCH_REPORT) $(COMMAND) $(B)/tests/tools/prog_log

.PHONY: bench bench-report
