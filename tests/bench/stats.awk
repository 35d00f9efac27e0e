# SPDX-License-Identifier: ISC
# Samples (lib.sh) to medians: awk -f stats.awk tables.tsv SAMPLES... prints, for each variant of a row, in the order in
# which they first came:
#
#   TABLE ROW VARIANT UNIT N MEDIAN P10 P90 RATIO P10 P90 ABOVE
#
# RATIO is the median of the ratios to the reference of the table within each turn, P10 and P90 their spread, ABOVE the
# median of the differences. A variant without a reference has none ("-"); one without any sample has N 0, and the reason
# as UNIT. A quantile is the sample that is nearest.

BEGIN { FS = OFS = "\t" }

FILENAME == ARGV[1] {
	if (!/^#/)
		reference[$1] = $3
	next
}

{
	key = $1 FS $2 FS $3
	if (!(key in seen)) {
		seen[key] = 1
		keys[++many] = key
	}
	if ($5 == "-") {
		reason[key] = $6
		next
	}
	unit[key] = $6
	value[key, $4] = $5
	if ($4 + 1 > turns[key])
		turns[key] = $4 + 1
}

# Insertion sort: mawk has no other, and there are a hundred at most.
function sort(list, n,    i, j, x)
{
	for (i = 2; i <= n; i++) {
		x = list[i]
		for (j = i - 1; j > 0 && list[j] > x; j--)
			list[j + 1] = list[j]
		list[j + 1] = x
	}
}

function quantile(list, n, q)
{
	return list[int(q * (n - 1) + 0.5) + 1]
}

function median(list, n)
{
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function three(list, n)
{
	sort(list, n)
	return median(list, n) OFS quantile(list, n, 0.1) OFS quantile(list, n, 0.9)
}

END {
	for (k = 1; k <= many; k++) {
		key = keys[k]
		split(key, part, FS)
		base = part[1] FS part[2] FS reference[part[1]]
		n = pairs = 0
		for (t = 0; t < turns[key]; t++) {
			if (!((key, t) in value))
				continue
			all[++n] = value[key, t] + 0
			if (((base, t) in value) && value[base, t] > 0) {
				ratio[++pairs] = value[key, t] / value[base, t]
				above[pairs] = value[key, t] - value[base, t]
			}
		}
		if (!n) {
			print key, reason[key], 0, "-", "-", "-", "-", "-", "-", "-"
			continue
		}
		relative = "-" OFS "-" OFS "-" OFS "-"
		if (pairs) {
			relative = three(ratio, pairs)
			sort(above, pairs)
			relative = relative OFS median(above, pairs)
		}
		print key, unit[key], n, three(all, n), relative
	}
}
