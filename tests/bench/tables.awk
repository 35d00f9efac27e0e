# SPDX-License-Identifier: ISC
# The tables of docs/BENCHMARKS.md, from what stats.awk prints:
#	awk -v show=NAME -f tables.awk variants.tsv tables.tsv targets.tsv STATS
# NAME is a table of tables.tsv, or `targets`, or `variants`.

BEGIN { FS = "\t" }

/^#/ { next }

FILENAME == ARGV[1] {
	what[$1] = $2
	order[++variants] = $1
	next
}

FILENAME == ARGV[2] {
	if ($1 == show) {
		shape[++tables] = $2
		title[tables] = $4
		columns[tables] = $5
	}
	reference[$1] = $3
	next
}

FILENAME == ARGV[3] {
	target[++targets] = $0
	next
}

{
	if (!(($1, $2) in row_seen)) {
		row_seen[$1, $2] = 1
		row[$1, ++rows[$1]] = $2
	}
	key = $1 FS $2 FS $3
	unit[key] = $4
	count[key] = $5
	median[key] = $6
	low[key] = $7
	high[key] = $8
	ratio[key] = $9
	ratio_low[key] = $10
	ratio_high[key] = $11
	above[key] = $12
	if (!(($1, $3) in variant_seen)) {
		variant_seen[$1, $3] = 1
		among[$1] = among[$1] " " $3
	}
}

# Three digits that count, and thousands set apart.
function digits(x,    text) {
	if (x < 0)
		return "-" digits(-x)
	if (x < 999.5)
		return x < 9.995 ? sprintf("%.2f", x) : x < 99.95 ? sprintf("%.1f", x) : sprintf("%.0f", x)
	text = sprintf("%.0f", x)
	return substr(text, 1, length(text) - 3) "," substr(text, length(text) - 2)
}

# Several units of what is counted in one: ns, us, ms, s, KiB; or a rate, from the microseconds of one; or as it is.
function scaled(x, unit,    scale, size) {
	if (unit == "rate")
		return digits(1e6 / x) "/s"
	if (unit == "KiB")
		return x * (x < 0 ? -1 : 1) < 1024 ? digits(x) " KiB" : digits(x / 1024) " MiB"
	scale = unit == "ns" ? 1 : unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0
	if (!scale)
		return x == int(x) && x < 1000 ? x "" : digits(x)
	x *= scale
	size = x < 0 ? -x : x
	return size < 1e3 ? digits(x) " ns" : size < 1e6 ? digits(x / 1e3) " µs" : size < 1e9 ? digits(x / 1e6) " ms" : \
		digits(x / 1e9) " s"
}

function cell(key) {
	if (!(key in count))
		return ""
	if (!count[key])
		return unit[key]
	if (ratio[key] == "-")
		return scaled(median[key], unit[key])
	return sprintf("%.2f (%.2f–%.2f)", ratio[key], ratio_low[key], ratio_high[key])
}

function matrix(table, shown,    names, n, i, r, key, line) {
	n = split((shown == "" ? among[table] : shown), names, " ")
	printf reference[table] == "-" ? "| |" : "| | " reference[table] " |"
	for (i = 1; i <= n; i++)
		printf " %s |", names[i]
	printf reference[table] == "-" ? "\n| --- |" : "\n| --- | ---: |"
	for (i = 1; i <= n; i++)
		printf " ---: |"
	for (r = 1; r <= rows[table]; r++) {
		key = table FS row[table, r] FS reference[table]
		printf "\n| %s |", row[table, r]
		if (reference[table] != "-")
			printf " %s |", count[key] ? scaled(median[key], unit[key]) : unit[key]
		for (i = 1; i <= n; i++)
			printf " %s |", cell(table FS row[table, r] FS names[i])
	}
	print ""
}

function list(table,    names, n, i, r, key) {
	n = split(among[table], names, " ")
	for (r = 1; r <= rows[table]; r++) {
		printf "%s| %s | median | 10–90 %% | above %s | ratio |\n| --- | ---: | ---: | ---: | ---: |\n", (r > 1 ? "\n" : ""),
			row[table, r], reference[table]
		for (i = 1; i <= n; i++) {
			key = table FS row[table, r] FS names[i]
			if (!(key in count))
				continue
			if (!count[key])
				printf "| %s | %s | | | |\n", names[i], unit[key]
			else
				printf "| %s | %s | %s – %s | %s | %s |\n", names[i], scaled(median[key], unit[key]),
					scaled(low[key], unit[key]), scaled(high[key], unit[key]),
					above[key] == "-" || names[i] == reference[table] ? "" : scaled(above[key], unit[key]),
					ratio[key] == "-" ? "" : sprintf("%.2f", ratio[key])
		}
	}
}

# The figures of a target: of each row that it is about, for this variant. Sets found, least and most.
function figures(table, rows_of, variant, measure,    r, key, x) {
	found = 0
	for (r = 1; r <= rows[table]; r++) {
		key = table FS row[table, r] FS variant
		if (row[table, r] !~ rows_of || !count[key] || ratio[key] == "-")
			continue
		x = (measure == "above" ? above[key] : measure == "ratio-" ? ratio_low[key] : ratio[key]) + 0
		in_unit = measure == "above" ? unit[key] : ""
		if (!found || x < least)
			least = x
		if (!found || x > most)
			most = x
		found++
	}
}

function figure(x) {
	return in_unit == "" ? sprintf("%.2f", x) : scaled(x, in_unit)
}

function measured() {
	return !found ? "" : found == 1 ? figure(most) : figure(least) " – " figure(most)
}

# The limit in the unit of the samples.
function limit_of(text,    part) {
	split(text, part, " ")
	return part[1] * factor(part[2]) / factor(in_unit)
}

function factor(unit) {
	return unit == "us" || unit == "MiB" ? 1024 ^ (unit == "MiB") * 1000 ^ (unit == "us") : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 1
}

function show_targets(    t, part, verdict, got, floor) {
	print "| | at most | measured | | floor |\n| --- | ---: | ---: | --- | --- |"
	for (t = 1; t <= targets; t++) {
		split(target[t], part, FS)
		figures(part[2], part[3], part[4], part[5])
		got = measured()
		verdict = !found ? "not measured" : most <= limit_of(part[6]) + 0.005 * (in_unit == "") ? "met" : "**missed**"
		floor = part[7]
		if (floor in what) {
			figures(part[2], part[3], floor, part[5])
			floor = found ? floor ": " measured() : ""
		}
		sub(/ us$/, " µs", part[6])
		printf "| %s | %s | %s | %s | %s |\n", part[1], part[6], got, verdict, floor
	}
}

END {
	if (show == "targets")
		show_targets()
	for (v = 1; show == "variants" && v <= variants; v++)
		printf "%s| %s | %s |\n", (v > 1 ? "" : "| | |\n| --- | --- |\n"), order[v], what[order[v]]
	for (t = 1; t <= tables; t++) {
		if (!rows[show]) {
			print "Not measured in this run."
			break
		}
		printf "%s### %s\n\n", (t > 1 ? "\n" : ""), title[t]
		if (shape[t] == "matrix")
			matrix(show, columns[t])
		else
			list(show)
	}
}
