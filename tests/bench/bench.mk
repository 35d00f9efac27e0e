# SPDX-License-Identifier: ISC
# `make bench`: what preclude costs, side by side with bare and with what one would use instead. It asserts nothing.
#
#   make bench PARTS="calls start"    some of calls, start, rsync, programs, scale, report
#   make bench BENCH_QUICK=1          whether it works: little of everything
#   make bench BENCH_PEER=/elsewhere/build    each row also with another build, and the two side by side
#   make document-bench               what the last run wrote, into docs/

BENCH_PARTS := calls start rsync programs scale report
PARTS ?= $(BENCH_PARTS)

bench: all $(filter $(B)/tests/bench/%,$(TEST_HELPERS)) $(B)/tests/tools/events/prog_log
	@tests/packages build demo bench
	@B="$(BUILD)" BENCH_QUICK=$(BENCH_QUICK) BENCH_PEER="$(BENCH_PEER)" tests/bench/run.sh $(PARTS)

document-bench:
	@test -s $(B)/bench/BENCHMARKS.md || { echo "make bench comes first" >&2; exit 1; }
	@! grep ', quick |' $(B)/bench/BENCHMARKS.md >&2 || { echo "what was run quickly is no figure" >&2; exit 1; }
	mkdir -p docs/benchmarks
	cp $(B)/bench/*.svg docs/benchmarks/
	cp $(B)/bench/BENCHMARKS.md docs/BENCHMARKS.md

$(addprefix $(B)/tests/bench/prog_,calls turns): tests/bench/groups.h

.PHONY: bench document-bench
