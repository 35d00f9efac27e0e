# Long runs: each *.mk may add a command to SOAK, which `make soak` runs one after the other with $B set; it fails when
# one of them does.

SOAK += 'PRECLUDE_ORACLE_CASES=1000000 $(B)/tests/shim/test_oracle'
SOAK += 'PRECLUDE_TRANSPARENT=all $(B)/tests/shim/test_transparent'
SOAK += 'PRECLUDE_SWAPS=20000 tests/shim/test_swaps.sh'

soak: packages all $(TEST_PROGRAMS) $(TEST_HELPERS)
	@status=0; for run in $(SOAK); do \
		echo "$$run"; B=$(abspath $(B)) CMOCKA_MESSAGE_OUTPUT=TAP sh -c "$$run" || status=1; \
	done; exit $$status

# Their headers, which the rule for helpers does not know.
$(B)/tests/shim/prog_oracle: $(wildcard tests/shim/oracle*) tests/shim/unseen.h
$(B)/tests/shim/prog_swaps: tests/shim/unseen.h tests/shim/tree.h tests/shim/prog_rows.c tests/shim/rows.def shim/paths.def

.PHONY: soak
