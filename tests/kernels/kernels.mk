# SPDX-License-Identifier: ISC
# The kernel matrix: Debian's kernels in an emulator.

$(addprefix $(B)/tests/kernels/prog_,matrix document fake_kernel): $(wildcard tests/kernels/*.def tests/kernels/*.h sandbox/*.def)

check-kernels: packages all $(TEST_HELPERS) $(filter $(B)/tests/sandbox/%,$(TEST_PROGRAMS))
	@B="$(BUILD)" TEST_TIMEOUT=1800 tests/kernels/test_matrix.sh tests/kernels/ran.txt

document-kernels: $(B)/tests/kernels/prog_document
	B="$(BUILD)" tests/kernels/document >docs/KERNELS.md.new
	mv docs/KERNELS.md.new docs/KERNELS.md

SOAK += tests/kernels/test_matrix.sh $(B)/tests/kernels/ran.txt

.PHONY: check-kernels document-kernels
