# SPDX-License-Identifier: ISC
# Tests: cmocka programs test_*.c, scripts test_*.sh and helpers prog_*.c, in the folder that mirrors what they test. All
# speak TAP; tests/run counts. A test program links the parts of the library (never its exported wrappers) and cmocka.

tests = $(wildcard tests/*/$(1) tests/*/*/$(1))
TEST_SOURCES := $(call tests,test_*.c)
TEST_PROGRAMS := $(patsubst %.c,$(B)/%,$(TEST_SOURCES))
TEST_HELPERS := $(patsubst %.c,$(B)/%,$(call tests,prog_*.c))
TEST_SCRIPTS := $(call tests,test_*.sh)

# The object by itself, so that a change of the library costs a test no more than linking it again.
TEST_OBJECTS := $(TEST_PROGRAMS:=.o)
$(TEST_OBJECTS): $(B)/%.o: %.c $(B)/made-with
	@$(into)
	$(CC) $(filter-out -fvisibility=hidden,$(BASE_CFLAGS)) $(CFLAGS) -DBUILD_DIR="\"$(BUILD)\"" -c -o $@ $<

$(TEST_PROGRAMS): %: %.o $(B)/libparts.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(TOOL_PARTS) $(B)/libparts.a -lcmocka -ljansson -ldl

$(filter $(B)/tests/tools/%,$(TEST_PROGRAMS)): $(B)/libtools.a
$(filter $(B)/tests/tools/%,$(TEST_PROGRAMS)): TOOL_PARTS := $(B)/libtools.a $(REPORT_LIBS)

# Helpers are the programs that get confined: plain C, nothing of ours in them.
$(TEST_HELPERS): $(B)/tests/%: tests/%.c $(B)/made-with
	@$(into)
	$(CC) -std=gnu11 -O1 -g -D_GNU_SOURCE -Wall -MMD -MP -MF $@.d -o $@ $< -lpthread

# What the goals need beyond a build: packaging/needs.mk. Nothing is compiled before its headers are installed, however
# parallel make is.
packages:
ifneq ($(filter soak,$(MAKECMDGOALS)),)
	@[ "$$(id -u)" -eq 0 ] || { echo "preclude: make soak needs root: it makes whole systems, mounts and boots them" >&2; exit 1; }
endif
	@CC='$(CC)' tests/packages build $(filter check demo kernels,$(subst document-,,$(subst check-,,$(MAKECMDGOALS:soak=check))))

ifneq ($(filter check check-kernels demo document-demo soak packages,$(MAKECMDGOALS)),)
$(B)/needs/library $(TEST_PROGRAMS) $(TEST_HELPERS): | packages
endif

check: packages all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@B="$(BUILD)" tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS)

# Builds of their own, since every object is instrumented.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
asan:
	@tests/packages build check
	@+$(MAKE) --no-print-directory B=$(B)/asan OPTIMISE='-O1 -g -fno-omit-frame-pointer' CFLAGS='$(SANITIZE)' \
		LDFLAGS='$(SANITIZE)' asan-programs

asan-programs: $(TEST_PROGRAMS)
	@B="$(BUILD)" tests/asan $(TEST_PROGRAMS)

# The preloaded library itself, where AddressSanitizer cannot come second: undefined behaviour is a trap, which needs no
# runtime. `make asan` runs it under the scripts that put it into real programs.
TRAP := -fsanitize=undefined -fsanitize-trap=undefined
trap: packages
	@+$(MAKE) --no-print-directory B=$(B)/trap CC=clang CFLAGS='$(TRAP)' LDFLAGS='$(TRAP)' trap-programs

trap-programs: $(LIBRARY) $(TEST_HELPERS)
	@B="$(BUILD)" tests/run $(addprefix tests/shim/,wrap/test_threads.sh test_hostile.sh test_neighbours.sh start/test_programs.sh)

asan: trap

coverage:
	@tests/packages build check
	@+$(MAKE) --no-print-directory B=$(B)/coverage OPTIMISE='-O0 -g' CFLAGS='--coverage -fprofile-update=atomic' \
		LDFLAGS=--coverage coverage-programs

# What fails for being measured (it writes where the policy forbids it) is reached all the same.
coverage-programs: all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@find $(B) -name '*.gcda' -delete
	-@B="$(BUILD)" tests/run $(TEST_PROGRAMS) tests/fuzz/test_corpus.sh >$(B)/tests.log 2>&1
	@tail -n 1 $(B)/tests.log
	@tests/coverage $(B) $(CONFIG) $(SANDBOX) $(SHIM) $(TOOLS)

# Long runs: each *.mk may add a command to SOAK. All are run, with $B set; it fails when one of them does.
soak: packages all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@status=0; for run in $(SOAK); do \
		echo "$$run"; B="$(BUILD)" CMOCKA_MESSAGE_OUTPUT=TAP sh -c "$$run" || status=1; \
	done; exit $$status

.PHONY: packages check asan asan-programs trap trap-programs coverage coverage-programs soak
