# SPDX-License-Identifier: ISC
# The library for programs of other kinds. A preload library serves one libc on one architecture: one that is loaded into
# the wrong kind is skipped by the loader with a warning, or, musl's into a glibc program, kills it. Hence directories of
# their own: `make musl i386 aarch64` builds $(B)/musl/libpreclude.so and so on.

musl_CC := musl-gcc -idirafter /usr/include
i386_CC := i686-linux-gnu-gcc -Wno-psabi
aarch64_CC := aarch64-linux-gnu-gcc

# What protects control flow is another option on each architecture.
musl_FLOW := -fcf-protection
i386_FLOW := -fcf-protection
aarch64_FLOW := -mbranch-protection=standard

BUILDS := musl i386 aarch64

$(BUILDS):
	@+$(MAKE) --no-print-directory B=$(B)/$@ CC='$($@_CC)' FLOW=$($@_FLOW) $(B)/$@/libpreclude.so

.PHONY: $(BUILDS)
