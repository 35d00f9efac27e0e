# SPDX-License-Identifier: ISC
# A plot of docs/BENCHMARKS.md, from what stats.awk prints: awk -v show=NAME -f plot.awk variants.tsv plots.tsv STATS
# An SVG of its own colours, for light and for dark pages.

BEGIN { FS = "\t" }

/^#/ { next }

FILENAME == ARGV[1] {
	ours[$1] = $3 ~ /policy|sealed/
	next
}

FILENAME == ARGV[2] {
	if ($1 == show) {
		kind = $2
		table = $3
		measure = $4
		pattern = $5
		variants = split($6, variant, " ")
		title = $7
	}
	next
}

$1 == table && $2 ~ pattern && $5 > 0 && (measure == "median" || $9 != "-") {
	if (!($2 in seen)) {
		seen[$2] = 1
		row[++rows] = $2
	}
	key = $2 FS $3
	unit = $4
	middle[key] = measure == "median" ? $6 : $9
	from[key] = measure == "median" ? $7 : $10
	to[key] = measure == "median" ? $8 : $11
}

function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	return text
}

function text(x, y, class, anchor, words) {
	printf "<text x='%.1f' y='%.1f' class='%s' text-anchor='%s'>%s</text>\n", x, y, class, anchor, escaped(words)
}

function line(x1, y1, x2, y2, class) {
	printf "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' class='%s'/>\n", x1, y1, x2, y2, class
}

function head(width, height) {
	printf "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' role='img'>\n", \
		width, height, width, height
	printf "<title>%s</title>\n", escaped(title)
	print "<style>"
	print "text { font: 12px system-ui, 'DejaVu Sans', sans-serif; fill: #24292f } .title { font-size: 14px; font-weight: 600 }"
	print ".row { font-weight: 600 } .small { font-size: 11px; fill: #57606a } .page { fill: #ffffff } .grid { stroke: #d8dee4 }"
	print ".one { stroke: #8c959f } .ours { fill: #0969da; stroke: #0969da } .other { fill: #bc4c00; stroke: #bc4c00 }"
	print ".bare { fill: #57606a; stroke: #57606a } line { stroke-width: 1 } line.wide { stroke-width: 2 }"
	print "polyline { fill: none !important; stroke-width: 2 }"
	print "@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } .page { fill: #0d1117 }"
	print ".grid { stroke: #30363d } .one { stroke: #6e7681 } .ours { fill: #58a6ff; stroke: #58a6ff }"
	print ".other { fill: #f0883e; stroke: #f0883e } .bare { fill: #9198a1; stroke: #9198a1 } }"
	print "</style>"
	printf "<rect class='page' width='%d' height='%d'/>\n", width, height
	text(12, 22, "title", "start", title)
}

function class_of(name) {
	return name == "bare" ? "bare" : ours[name] ? "ours" : "other"
}

# The samples' unit, in words that suit the size.
function said(x) {
	if (measure == "ratio")
		return sprintf(x < 9.95 ? "%.2f" : "%.0f", x)
	x *= unit == "us" ? 1e3 : unit == "ms" ? 1e6 : 1
	return x < 1e3 ? sprintf("%.0f ns", x) : x < 1e6 ? sprintf("%.3g µs", x / 1e3) : sprintf("%.3g ms", x / 1e6)
}

# The axis: from least to most, as logarithms where they are far apart.
function axis(least, most,    step, x, power, digit) {
	logarithmic = least > 0 && most / least > 4
	ticks = 0
	if (logarithmic) {
		start = log(least / 1.15)
		end = log(most * 1.15)
		for (power = -3; power < 9; power++)
			for (digit = 1; digit <= 5; digit += digit == 1 ? 1 : 3)
				if (log(digit * 10 ^ power) >= start && log(digit * 10 ^ power) <= end)
					tick[++ticks] = digit * 10 ^ power
		return
	}
	for (power = 10 ^ int(log(most) / log(10) - 3); (most - least) / power > 8; power *= digit)
		digit = digit == 2 ? 2.5 : 2
	step = power
	start = int(least / step) * step
	if (start == least && start > 0)
		start -= step / 2
	end = most + (most - start) * 0.05
	for (x = int(start / step) * step; x <= end; x += step)
		if (x >= start)
			tick[++ticks] = x
}

# Where a value lies between 0 and 1.
function place(x) {
	return ((logarithmic ? log(x) : x) - start) / (end - start)
}

function range(    r, v, key) {
	least = most = 0
	for (r = 1; r <= rows; r++)
		for (v = 1; v <= variants; v++) {
			key = row[r] FS variant[v]
			if (!(key in middle))
				continue
			if (!least || from[key] < least)
				least = from[key]
			if (to[key] > most)
				most = to[key]
		}
	if (measure == "ratio" && least > 1)
		least = 1
	if (measure == "ratio" && most < 1)
		most = 1
}

function dots(    r, v, key, left, wide, y, x, lines, count, bottom, i) {
	for (r = 1; r <= rows; r++) {
		lines++
		for (v = 1; v <= variants; v++)
			lines += (row[r] FS variant[v]) in middle
	}
	left = 150
	wide = 560
	bottom = 40 + lines * 17 + rows * 6
	head(left + wide + 70, bottom + 44)
	range()
	axis(least, most)
	for (i = 1; i <= ticks; i++) {
		x = left + wide * place(tick[i])
		line(x, 40, x, bottom, tick[i] == 1 && measure == "ratio" ? "one" : "grid")
		text(x, bottom + 15, "small", "middle", said(tick[i]))
	}
	text(left + wide / 2, bottom + 34, "small", "middle", (measure == "ratio" ? "ratio to bare" : "time") \
		(logarithmic ? ", logarithmic" : "") "; dot: median, line: 10th to 90th percentile")
	y = 38
	for (r = 1; r <= rows; r++) {
		y += 20
		text(12, y, "row", "start", row[r])
		for (v = 1; v <= variants; v++) {
			key = row[r] FS variant[v]
			if (!(key in middle))
				continue
			y += 17
			text(left - 10, y, "small", "end", variant[v])
			line(left + wide * place(from[key]), y - 4, left + wide * place(to[key]), y - 4, "wide " class_of(variant[v]))
			printf "<circle cx='%.1f' cy='%.1f' r='4' class='%s'/>\n", left + wide * place(middle[key]), y - 4,
				class_of(variant[v])
			text(left + wide * place(to[key]) + 8, y, "small", "start", said(middle[key]))
		}
		y += 3
	}
}

# What is before the number at the end, and the number.
function split_row(name) {
	match(name, /[0-9]+$/)
	number = substr(name, RSTART) + 0
	before = substr(name, 1, RSTART - 1)
	sub(/, $/, "", before)
}

function lines(    r, v, p, key, wide, high, left, top, x, y, i, panels, panel, known, far, highest, points, last) {
	for (r = 1; r <= rows; r++) {
		split_row(row[r])
		if (!(before in known)) {
			known[before] = 1
			panel[++panels] = before
		}
		if (number > far)
			far = number
		for (v = 1; v <= variants; v++)
			if (middle[row[r] FS variant[v]] > highest)
				highest = middle[row[r] FS variant[v]]
	}
	wide = 300
	high = 260
	top = 62
	head(60 + panels * (wide + 110), top + high + 54)
	axis(0, highest)
	for (p = 1; p <= panels; p++) {
		left = 70 + (p - 1) * (wide + 110)
		text(left, top - 12, "row", "start", panel[p] ", time of one")
		for (i = 1; i <= ticks; i++) {
			y = top + high * (1 - place(tick[i]))
			line(left, y, left + wide, y, "grid")
			text(left - 8, y + 4, "small", "end", said(tick[i]))
		}
		text(left + wide / 2, top + high + 38, "small", "middle", "names in the path")
		for (v = 1; v <= variants; v++) {
			points = ""
			for (r = 1; r <= rows; r++) {
				split_row(row[r])
				key = row[r] FS variant[v]
				if (before != panel[p] || !(key in middle))
					continue
				x = left + wide * number / far
				if (v == 1)
					text(x, top + high + 18, "small", "middle", number)
				last = top + high * (1 - place(middle[key]))
				points = points sprintf("%.1f,%.1f ", x, last)
			}
			printf "<polyline points='%s' class='%s'/>\n", points, class_of(variant[v])
			name_at[v] = last + 4
		}
		# From the lowest up, none upon another.
		for (i = y = top + high + 20; lowest(variants); i = y) {
			y = name_at[lowest_of] < i - 13 ? name_at[lowest_of] : i - 13
			text(left + wide + 6, y, "small", "start", variant[lowest_of])
			delete name_at[lowest_of]
		}
	}
}

# Whether there is one left: the number of the lowest name.
function lowest(variants,    v) {
	lowest_of = 0
	for (v = 1; v <= variants; v++)
		if ((v in name_at) && (!lowest_of || name_at[v] > name_at[lowest_of]))
			lowest_of = v
	return lowest_of
}

END {
	if (kind == "lines" && rows)
		lines()
	else if (rows)
		dots()
	else
		head(400, 40)
	print "</svg>"
}
