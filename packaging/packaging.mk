# SPDX-License-Identifier: ISC
# What others install: `make deb` (debian/), and a library for old systems. docs/PACKAGING.md

# The tree as it is, without what was built, in a directory of its own: dpkg-buildpackage writes all around it. The
# packages lie in $(B)/deb afterwards. lintian looks at them where it is installed, as it is for `make soak`.
DEB := $(B)/deb
deb:
	@tests/packages build deb
	rm -rf $(DEB) && mkdir -p $(DEB)/preclude-$(VERSION)
	tar -c --exclude=./build --exclude=./.git . | tar -x -C $(DEB)/preclude-$(VERSION)
	cd $(DEB)/preclude-$(VERSION) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc $(DEB_FLAGS)
	@! command -v lintian >/dev/null || lintian --fail-on error,warning $(DEB)/*.changes

.PHONY: deb

# The source of a release, the same for the same commit.
dist:
	@mkdir -p $(B)
	git archive --format=tar --prefix=preclude-$(VERSION)/ HEAD | gzip -n9 >$(B)/preclude-$(VERSION).tar.gz

version:
	@echo $(VERSION)

.PHONY: dist version

# Where the old binaries are: needs nothing above glibc 2.17 (2012), so that it is loaded on every system that has not
# reached the end of its life, and some that have. libdl is named, since there it still holds dlsym.
COMPAT_GLIBC := 2.17
COMPAT := $(B)/compat/libpreclude.so

compat:
	@+$(MAKE) --no-print-directory B=$(B)/compat CFLAGS='$(CFLAGS) -include shim/base/old_glibc.h' \
		LDFLAGS='$(LDFLAGS) -Wl,--no-as-needed -l:libdl.so.2' $(COMPAT)
	@packaging/glibc-needed $(COMPAT) $(COMPAT_GLIBC)

.PHONY: compat

soak: packaging-packages
packaging-packages:
	@tests/packages packaging

.PHONY: packaging-packages

SOAK += tests/packaging/newcomer_soak.sh tests/packaging/stranger_soak.sh tests/packaging/old_soak.sh tests/packaging/deb_soak.sh tests/packaging/rpm_soak.sh
