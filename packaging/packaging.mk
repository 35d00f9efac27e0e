# What others install: `make deb` (debian/), and a library for old systems.

# Where the old binaries are: needs nothing above glibc 2.17 (2012), so that it is loaded on every system that has not
# reached the end of its life, and some that have. libdl is named, since there it still holds dlsym.
COMPAT_GLIBC := 2.17
COMPAT := $(B)/compat/libpreclude.so

compat:
	@+$(MAKE) --no-print-directory B=$(B)/compat CFLAGS='$(CFLAGS) -include shim/old_glibc.h' \
		LDFLAGS='$(LDFLAGS) -Wl,--no-as-needed -l:libdl.so.2' $(COMPAT)
	@packaging/glibc-needed $(COMPAT) $(COMPAT_GLIBC)

.PHONY: compat

SOAK += tests/packaging/old_soak.sh
