# SPDX-License-Identifier: ISC
# The page of `preclude report --format html`, from its three sources: one string that is linked into the command. What
# may run or style the page is named by its hash in the page's own Content-Security-Policy.

PAGE := $(B)/tools/report/report.page

# sha256 of a file, as a policy wants it: base64 of the 32 bytes, which env's printf makes of the hexadecimal.
hash = sha256-$$(env printf "$$(sha256sum <$(1) | sed 's/ .*//; s/../\\x&/g')" | base64)

# sed reads the two files in where their names stand; the marks are in lines of their own while it does.
$(PAGE): tools/report/report.html tools/report/report.css tools/report/report.js tools/report/page.mk
	@$(into)
	printf %s "$$(cat tools/report/report.css)" >$@.css && printf %s "$$(cat tools/report/report.js)" >$@.js
	awk -v css=$@.css -v js=$@.js -v style="$(call hash,$@.css)" -v script="$(call hash,$@.js)" ' \
		function put(file, line, first) { first = 1; while ((getline line <file) > 0) { printf "%s%s", first ? "" : "\n", line; first = 0 } } \
		{ sub(/@STYLE-HASH@/, style); sub(/@SCRIPT-HASH@/, script) } \
		/@STYLE@/ { printf "<style>"; put(css); print "</style>"; next } \
		/@SCRIPT@/ { printf "<script>"; put(js); print "</script>"; next } \
		{ print }' tools/report/report.html >$@.new && mv $@.new $@

$(B)/tools/report/report_page.o: tools/report/report_page.S $(PAGE) $(B)/made-with
	$(CC) -DREPORT_PAGE='"$(PAGE)"' $(CFLAGS) -c -o $@ $<
