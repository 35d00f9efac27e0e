# SPDX-License-Identifier: ISC
# Compares call sites: awk -f sites_match.awk SITES FS='\t' REPORT. SITES is sites-3.2.7.txt. REPORT has one site of a
# report a line, "FUNCTION<tab>HOW<tab>FRAME<tab>FRAME...", a frame being "function file:line", innermost first.
#
# A site of the report matches one of the list when all frames of the list's are its innermost ones, in this order; one
# in brackets may be absent. Prints a line a finding, "WORD text":
#
#   found      a site of the list that is in the report, and how it was said to be reached
#   missing    one that is not
#   unlisted   a site of the report that matches nothing in the list
#   class      a site that is anchored by the list, and unanchored in the report
#   total      how many sites the report has, and how many of them match

FILENAME == ARGV[1] {
	if (/^#/ || NF < 5)
		next
	reached[++listed] = $1; class[listed] = $2; func_of[listed] = $3
	text = $0
	sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", text)
	frames[listed] = text
	next
}

# Whether the frames of the list's site i are the innermost ones of this line, which begin at field 3.
function matches(i,    wanted, n, k, at, optional) {
	n = split(frames[i], wanted, / < /)
	at = 3
	for (k = 1; k <= n; k++) {
		optional = gsub(/[][]/, "", wanted[k])
		if ($at == wanted[k])
			at++
		else if (!optional)
			return 0
	}
	return 1
}

{
	total++
	for (i = 1; i <= listed; i++)
		if (func_of[i] == $1 && matches(i))
			break
	if (i > listed) {
		print "unlisted", $1, $3 " < " $4 " < " $5 " < " $6
		next
	}
	seen[i]++
	matched++
	if (class[i] == "anchored" && $2 != "anchored")
		print "class", $1, frames[i]
}

END {
	for (i = 1; i <= listed; i++)
		print seen[i] ? "found" : "missing", reached[i], func_of[i], frames[i]
	print "total", total + 0, matched + 0
}
