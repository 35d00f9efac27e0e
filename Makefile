# SPDX-License-Identifier: ISC
# preclude: `make`, `make demo`, `make check`, `make install`. docs/HACKING.md explains the rest.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/preclude
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
DESTDIR ?=

CC ?= cc
B ?= build
# A space ends a name for make: what lies in this tree is named from its top, whatever the path to that is.
override B := $(subst $(CURDIR)/,,$(B))
ifneq ($(words $(B)),1)
$(error B=$(B): write the name of one directory, without spaces)
endif
# The same directory for a program that runs elsewhere; in double quotes in a recipe.
BUILD := $(if $(filter /%,$(B)),$(B),$$PWD/$(B))

# What preloads the library, where its own path would not do: tests/elsewhere.
PRELOADING := asan bench check check-kernels coverage fuzz soak trap
ifneq ($(word 2,$(CURDIR))$(findstring :,$(CURDIR)),)
ELSEWHERE := $(filter $(PRELOADING),$(MAKECMDGOALS))
endif
ifneq ($(ELSEWHERE),)
$(MAKECMDGOALS)&:
	@+tests/elsewhere $(MAKE) --no-print-directory $(MAKECMDGOALS)
else

VERSION := 0.1.0
SONAME := libpreclude.so.0

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
	-Wvla -Wformat=2 -Wundef -Wcast-qual $(if $(CI),-Werror)
FLOW ?= -fcf-protection
HARDENING := -fstack-protector-strong -fstack-clash-protection $(FLOW)
OPTIMISE ?= -O2 -g
BASE_CFLAGS := -std=gnu11 $(OPTIMISE) $(WARNINGS) $(HARDENING) -fPIC -fvisibility=hidden -fno-plt -fexceptions \
	-I. -D_GNU_SOURCE -DPRECLUDE_VERSION='"$(VERSION)"' -DPRECLUDE_LIBDIR='"$(LIBDIR)"' -MMD -MP
BASE_LDFLAGS := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

# The preloaded library knows the environment alone; rsyncd.conf is the command's.
RSYNCD := $(wildcard config/rsyncd*.c)
CONFIG := $(filter-out $(RSYNCD),$(wildcard config/*.c))
SANDBOX := $(wildcard sandbox/*.c)
SHIM := $(wildcard shim/*/*.c)
TOOLS := $(wildcard tools/*.c tools/*/*.c)
# preclude starts daemons and links libc alone; preclude-report, which it executes, links the libraries. Some rooms are in both.
rooms = $(wildcard $(addprefix tools/,$(addsuffix /*.c,$(1))))
START := tools/main.c $(call rooms,cli program rsyncd run status)
REPORT := tools/report_main.c $(call rooms,cli program rsyncd run events sites report suggest inspect observe)
# The log's words, which the command speaks too, and its sink, which is refused in the words of options.
WORDS := shim/base/names.c shim/base/format.c $(addprefix shim/,log/sink.c log/deliver.c base/private_fd.c base/process.c)
# Which calls change metadata: the command's outer layer has the filter too.
GATE := shim/syscall/gate_numbers.c
# What defines an exported symbol, and so cannot be linked into a unit test.
EXPORTING := shim/start/entry.c shim/syscall/by_number.c $(wildcard shim/wrap/*.c shim/syscall/dispatch*.c)

objects = $(patsubst %.c,$(B)/%.o,$(1))
LIBRARY := $(B)/libpreclude.so
COMMAND := $(B)/preclude
REPORTER := $(B)/preclude-report

REPORT_LIBS := -lelf -ldw -ljansson -lZydis -lz

all: $(LIBRARY) $(COMMAND) $(REPORTER)

$(B)/%.o: %.c $(B)/made-with
	@$(into)
	$(CC) $(BASE_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIBRARY): $(call objects,$(CONFIG) $(SANDBOX) $(SHIM)) $(B)/made-of
	$(CC) -shared $(BASE_LDFLAGS) $(LDFLAGS) -Wl,-soname,$(SONAME) -Wl,-z,nodelete -Wl,--sort-section=name \
		-o $@ $(filter %.o,$^) -ldl

$(COMMAND): $(call objects,$(START) $(WORDS) $(GATE) $(CONFIG) $(RSYNCD) $(SANDBOX)) $(B)/made-of
	$(CC) -pie $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^)

$(REPORTER): $(call objects,$(REPORT) $(WORDS) $(GATE) $(CONFIG) $(RSYNCD) $(SANDBOX)) $(B)/tools/report/report_page.o $(B)/made-of
	$(CC) -pie $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(REPORT_LIBS)

# Everything but the exported wrappers, for unit tests.
$(B)/libparts.a: $(call objects,$(CONFIG) $(RSYNCD) $(SANDBOX) $(filter-out $(EXPORTING),$(SHIM))) $(B)/made-of
	rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# The commands without their main(), for the unit tests of tools/.
$(B)/libtools.a: $(call objects,$(filter-out tools/main.c tools/report_main.c,$(TOOLS))) $(B)/tools/report/report_page.o $(B)/made-of
	rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

include packaging/needs.mk
include tools/report/page.mk
include tests/tests.mk
include $(wildcard tests/*/*.mk)
include builds.mk
include packaging/packaging.mk

# What is installed, and where: MODE:FILE:TO.
INSTALLED := \
	755:$(COMMAND):$(BINDIR)/preclude \
	755:$(REPORTER):$(LIBEXECDIR)/preclude-report \
	$(foreach page,$(wildcard docs/*.[1-8]),644:$(page):$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	644:tools/completion/preclude.bash:$(BASHDIR)/preclude \
	644:tools/completion/_preclude:$(ZSHDIR)/_preclude \
	$(foreach file,rsyncd.conf rsync.service.d/preclude.conf,644:docs/examples/$(file):$(DOCDIR)/examples/$(file))

install: all install-library
	for file in $(INSTALLED); do \
		to=$${file##*:} from=$${file#*:}; \
		install -D -m $${file%%:*} $${from%:*} "$(DESTDIR)$$to" || exit 1; \
	done

install-library: $(LIBRARY)
	@to="$(DESTDIR)$(LIBDIR)"; until [ -e "$$to" ]; do to=$$(dirname "$$to"); done; [ -w "$$to" ] || { \
		echo "preclude: you cannot write to $$to: run make install as root, or with another PREFIX or DESTDIR" >&2; exit 1; }
	install -D -m 0644 $(LIBRARY) "$(DESTDIR)$(LIBDIR)/$(SONAME)"
	ln -sf $(SONAME) "$(DESTDIR)$(LIBDIR)/libpreclude.so"

uninstall:
	rm -f $(foreach file,$(INSTALLED),"$(DESTDIR)$(lastword $(subst :, ,$(file)))") \
		"$(DESTDIR)$(LIBDIR)/$(SONAME)" "$(DESTDIR)$(LIBDIR)/libpreclude.so"
	rmdir -p --ignore-fail-on-non-empty "$(DESTDIR)$(DOCDIR)"/examples/rsync.service.d 2>/dev/null || true

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# cppcheck takes the first branch of every _Generic, and so -1 for the failure of a function that returns a pointer; and it
# does not know _Noreturn.
lint:
	@tests/packages build lint
	mandoc -T lint -W warning docs/*.[1-8]
	clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h')
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=AssignmentIntegerToAddress -I. -D__x86_64__ -D_GNU_SOURCE \
		'-D_Noreturn=__attribute__((noreturn))' '-DElfW(type)=type' config sandbox shim tools
	clang-tidy --quiet --warnings-as-errors='*' $(CONFIG) $(RSYNCD) $(SANDBOX) $(SHIM) $(TOOLS) -- \
		-std=gnu11 -I. -D_GNU_SOURCE -DPRECLUDE_VERSION='""' -DPRECLUDE_LIBDIR='""'

clean:
	rm -rf build

# Not all of it: whole systems may lie there (`make soak`), and they have files of that name, too.
-include $(shell find $(addprefix $(B)/,config sandbox shim tools tests) -name '*.d' -type f 2>/dev/null)

.PHONY: all install install-library uninstall format lint clean

endif
