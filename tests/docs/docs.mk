# SPDX-License-Identifier: ISC
# What the documents show: the picture of the demo, made of what `make demo` really prints.

document-demo: packages $(LIBRARY)
	B="$(BUILD)" tests/obtain rsync-legacy >/dev/null
	B="$(BUILD)" script -qec tests/rsync/demo /dev/null </dev/null >$(B)/demo.said
	tests/docs/terminal_svg.py 'make demo' <$(B)/demo.said >docs/demo.svg.new
	mv docs/demo.svg.new docs/demo.svg

.PHONY: document-demo

SOAK += tests/docs/peers_soak.sh
soak: peers-packages
peers-packages:
	@tests/packages peers

.PHONY: peers-packages
