# What make check and make demo need beyond a compiler, and the demo itself.

packages:
	@tests/packages build $(filter check demo kernels,$(patsubst check-%,%,$(MAKECMDGOALS:soak=check)))
	@$(if $(filter check,$(MAKECMDGOALS)),tests/packages others || echo "going on without other architectures" >&2)

# Nothing is compiled before its headers are installed, however parallel make is.
ifneq ($(filter check check-kernels demo soak packages,$(MAKECMDGOALS)),)
$(call objects,$(CONFIG) $(SANDBOX) $(SHIM) $(TOOLS)) $(TEST_PROGRAMS) $(TEST_HELPERS): | packages
endif

demo: packages $(LIBRARY)
	@B=$(abspath $(B)) tests/rsync/demo

# The other legacy receiver, the same way.
SOAK += 'tests/rsync/test_escapes.sh 3.4.1'

.PHONY: packages demo

SOAK += tests/rsync/suite_soak.sh
