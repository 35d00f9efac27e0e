# SPDX-License-Identifier: ISC
# This build beside $BENCH_PEER: awk -f peer.awk STATS. Each row that both have, slowest first: both ratios to bare, the
# difference, the wider spread of the two (10th to 90th percentile), and whether the difference is more than 0.02 and more
# than the spread.

BEGIN { FS = "\t" }

$9 == "-" || !$5 { next }

{
	ratio[$1, $2, $3] = $9
	spread[$1, $2, $3] = $11 - $10
}

$3 ~ /@peer$/ {
	names[++many] = $1 SUBSEP $2 SUBSEP substr($3, 1, length($3) - 5)
}

END {
	printf "%s", "\n| row | variant | peer | this | difference | spread | |\n| --- | --- | ---: | ---: | ---: | ---: | --- |\n"
	fflush()
	for (i = 1; i <= many; i++) {
		key = names[i]
		peer = key "@peer"
		if (!(key in ratio))
			continue
		split(key, part, SUBSEP)
		apart = ratio[key] - ratio[peer]
		wide = spread[key] > spread[peer] ? spread[key] : spread[peer]
		slower = apart > 0.02 && apart > wide ? "slower" : ""
		printf("| %s, %s | %s | %.2f | %.2f | %+.2f | %.2f | %s |\n", part[1], part[2], part[3], ratio[peer], ratio[key],
			apart, wide, slower) | "sort -t'|' -k6,6gr"
	}
}
