# SPDX-License-Identifier: ISC
# What a build needs before its first object: packages, a directory that can be written to, and to know whether what lies
# there was made in the same way.

# Makes the directory of a target. A build as root leaves directories that nobody else can write to.
into = mkdir -p $(@D) 2>/dev/null && [ -w $(@D) ] || { \
	echo "preclude: $(@D) is another user's, who may have run make here: remove $(B) as that user, or choose another: make B=DIRECTORY" >&2; exit 1; }

# What objects are made with, and what is linked: each a file that changes only when its text does, and everything is
# made again then. Warnings and the place of an installed library make no other object. `make install` installs what was
# built: root's environment may lack what the build was told.
$(B)/made-with: export made := $(CC) $(filter-out $(WARNINGS) -DPRECLUDE_LIBDIR=%,$(BASE_CFLAGS)) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) in $(CURDIR)
$(B)/made-of: export made := $(CONFIG) $(RSYNCD) $(SANDBOX) $(SHIM) $(TOOLS)
$(B)/made-with $(B)/made-of: $(if $(filter-out install install-library uninstall,$(or $(MAKECMDGOALS),all)),always)
	@printf '%s\n' "$$made" | cmp -s - $@ 2>/dev/null || { $(into) && rm -f $@ && printf '%s\n' "$$made" >$@; }

# The headers are looked for by the compiler: it knows /usr/local, other architectures, and systems other than Debian. Only
# when it misses one are Debian's packages asked for, all at once.
NEEDS_library := stdio.h uthash.h
NEEDS_report := gelf.h elfutils/libdwfl.h jansson.h Zydis/Zydis.h zlib.h
compiles = printf '\#include <%s>\n' $(NEEDS_$(@F)) | $(CC) $(CPPFLAGS) $(CFLAGS) -fsyntax-only -x c -

$(B)/needs/library $(B)/needs/report: $(B)/made-with
	@$(into)
	@$(compiles) 2>/dev/null || { \
		CC='$(CC)' tests/packages $(if $(filter-out %/libpreclude.so install-library,$(or $(MAKECMDGOALS),all)),build,library) && \
		$(compiles); }
	@touch $@

$(B)/needs/report: $(B)/needs/library
$(call objects,$(CONFIG) $(RSYNCD) $(SANDBOX) $(SHIM)): | $(B)/needs/library
$(call objects,$(TOOLS)) $(B)/tools/report/report_page.o: | $(B)/needs/report

.PHONY: always
