# Tests: cmocka programs tests/*/test_*.c, scripts tests/*/test_*.sh, helpers tests/*/prog_*.c. All speak TAP;
# tests/run counts. A test program links the parts of the library (never its exported wrappers) and cmocka.

TEST_SOURCES := $(wildcard tests/*/test_*.c)
TEST_PROGRAMS := $(patsubst %.c,$(B)/%,$(TEST_SOURCES))
TEST_HELPERS := $(patsubst %.c,$(B)/%,$(wildcard tests/*/prog_*.c))
TEST_SCRIPTS := $(wildcard tests/*/test_*.sh)

$(B)/tests/%: tests/%.c $(B)/libparts.a
	@mkdir -p $(@D)
	$(CC) $(filter-out -fvisibility=hidden,$(BASE_CFLAGS)) $(CFLAGS) -DBUILD_DIR='"$(abspath $(B))"' \
		$(LDFLAGS) -o $@ $< $(B)/libparts.a -lcmocka -ljansson -ldl

# Helpers are the programs that get confined: plain C, nothing of ours in them.
$(TEST_HELPERS): $(B)/tests/%: tests/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g -D_GNU_SOURCE -Wall -o $@ $< -lpthread

check: packages all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@B=$(abspath $(B)) tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS)

.PHONY: check packages
