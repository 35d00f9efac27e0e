# Tests: cmocka programs tests/*/test_*.c, scripts tests/*/test_*.sh, helpers tests/*/prog_*.c. All speak TAP;
# tests/run counts. A test program links the parts of the library (never its exported wrappers) and cmocka.

TEST_SOURCES := $(wildcard tests/*/test_*.c)
TEST_PROGRAMS := $(patsubst %.c,$(B)/%,$(TEST_SOURCES))
TEST_HELPERS := $(patsubst %.c,$(B)/%,$(wildcard tests/*/prog_*.c))
TEST_SCRIPTS := $(wildcard tests/*/test_*.sh)

$(B)/tests/%: tests/%.c $(B)/libparts.a
	@mkdir -p $(@D)
	$(CC) $(filter-out -fvisibility=hidden,$(BASE_CFLAGS)) $(CFLAGS) -DBUILD_DIR='"$(abspath $(B))"' \
		$(LDFLAGS) -o $@ $< $(TOOL_PARTS) $(B)/libparts.a -lcmocka -ljansson -ldl

$(filter $(B)/tests/tools/%,$(TEST_PROGRAMS)): $(B)/libtools.a
$(filter $(B)/tests/tools/%,$(TEST_PROGRAMS)): TOOL_PARTS := $(B)/libtools.a $(COMMAND_LIBS)

# Helpers are the programs that get confined: plain C, nothing of ours in them.
$(TEST_HELPERS): $(B)/tests/%: tests/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g -D_GNU_SOURCE -Wall -o $@ $< -lpthread

check: packages all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@B=$(abspath $(B)) tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS)

# Builds of their own, since every object is instrumented.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
asan:
	@tests/packages build check
	@+$(MAKE) --no-print-directory B=$(B)/asan OPTIMISE='-O1 -g -fno-omit-frame-pointer' CFLAGS='$(SANITIZE)' \
		LDFLAGS='$(SANITIZE)' asan-programs

asan-programs: $(TEST_PROGRAMS)
	@B=$(abspath $(B)) tests/asan $(TEST_PROGRAMS)

coverage:
	@tests/packages build check
	@+$(MAKE) --no-print-directory B=$(B)/coverage OPTIMISE='-O0 -g' CFLAGS='--coverage -fprofile-update=atomic' \
		LDFLAGS=--coverage coverage-programs

# What fails for being measured (it writes where the policy forbids it) is reached all the same.
coverage-programs: all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@find $(B) -name '*.gcda' -delete
	-@B=$(abspath $(B)) tests/run $(TEST_PROGRAMS) tests/fuzz/test_corpus.sh >$(B)/tests.log 2>&1
	@tail -n 1 $(B)/tests.log
	@tests/coverage $(B) $(CONFIG) $(SANDBOX) $(SHIM) $(TOOLS)

.PHONY: check packages asan asan-programs coverage coverage-programs
