"use strict";
/*
 * What a log says is data, and an attacker may have named the files in it: every text goes into the page as a text node
 * (there is no innerHTML here), and what could reorder or hide text on the screen is spelt out first.
 */
(() => {
	const report = JSON.parse(document.getElementById("data").textContent);
	const sites = report.sites;
	const PAGE = 100; // rows made at a time
	const BARS = 12;
	const ORDER = Object.keys(report.classes); // worst first
	const $ = (id) => document.getElementById(id);
	const number = new Intl.NumberFormat("en");

	// Control characters, and what changes the direction of text or has no width.
	const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
	const visible = (text) => String(text).replace(hidden, (c) => {
		const code = c.codePointAt(0).toString(16);
		return code.length > 2 ? "\\u" + code.padStart(4, "0") : "\\x" + code.padStart(2, "0");
	});

	function element(name, className, ...children) {
		const made = document.createElement(name);
		if (className)
			made.className = className;
		for (const child of children)
			if (child !== null && child !== undefined)
				made.append(child instanceof Node ? child : visible(child));
		return made;
	}

	const plural = (count, one, many) => number.format(count) + " " + (count === 1 ? one : many);
	const base = (path) => path.slice(path.lastIndexOf("/") + 1);
	const source = (at) => at.source ? at.source + (at.line ? ":" + at.line : "") : "";
	const when = (time) => time ? time.replace("T", " ").replace(/\.\d+Z$/, " UTC").replace(/Z$/, " UTC") : "";

	// What is shown and searched of a site, once.
	sites.forEach((site, i) => {
		const example = site.examples[0] || {};
		site.index = i;
		site.rank = ORDER.indexOf(site.class);
		site.place = site.source ? base(site.source) + (site.line ? ":" + site.line : "") : "";
		// The function that called, and who called it: the innermost is often one wrapper for all.
		const at = site.frames.findIndex((f) => f.function === site.function && f.line === site.line);
		const next = at >= 0 && site.frames[at + 1] ? site.frames[at + 1].function : null;
		const caller = next && !next.startsWith("__libc_start") && next !== "_start" ? next : null;
		site.via = site.function ? site.function + (caller ? " ‹ " + caller : "") : null;
		site.leads = example.resolved || example.path || "";
		site.outcome = site.effect + (site.error && site.effect === "failed" ? " " + site.error : "");
		site.text = [site.func, site.function, source(site), site.class, site.where, site.does, site.how,
			site.effect, site.error, site.module, site.fingerprint, ...site.programs, ...site.hosts,
			...site.examples.flatMap((e) => [e.path, e.path2, e.resolved]),
			...site.frames.flatMap((f) => [f.function, source(f)])].join("\n").toLowerCase();
	});

	const COLUMNS = [
		["class", "Class", (s) => s.rank],
		["func", "Function", (s) => s.func],
		["source", "Source", (s) => (s.place ? "0" : "1") + s.place.replace(/\d+$/, (n) => n.padStart(8, "0"))],
		["path", "Leads to", (s) => s.leads],
		["effect", "Outcome", (s) => s.outcome],
		["count", "Calls", (s) => -s.count],
		["processes", "Processes", (s) => -s.processes],
	];
	const state = {order: "class", down: false, classes: new Set(), func: null, words: [], fresh: false, limit: PAGE, by: "sites"};
	let listed = [];

	function matches(site) {
		return (!state.classes.size || state.classes.has(site.class)) && (!state.func || state.func.has(site.func)) &&
			(!state.fresh || site.new) && state.words.every((word) => site.text.includes(word));
	}

	/* Header */
	function head() {
		const times = sites.flatMap((s) => [s.first, s.last]).filter(Boolean).sort();
		const parts = [plural(report.calls, "call", "calls"), plural(report.processes, "process", "processes")];
		if (report.hosts > 1)
			parts.push(plural(report.hosts, "host", "hosts"));
		if (times.length)
			parts.push(when(times[0]) + (when(times[0]) === when(times.at(-1)) ? "" : " to " + when(times.at(-1))));
		if (report.torn)
			parts.push(plural(report.torn, "line was", "lines were") + " torn");
		$("headline").textContent = visible(report.headline);
		$("summary").textContent = parts.map(visible).join(" · ");
	}

	function tiles() {
		for (const name of ORDER) {
			const {sites: count, calls} = report.classes[name];
			const button = element("button", name, element("span", "name", element("span", "dot"), name),
				element("b", "", number.format(count)), element("small", "", plural(calls, "call", "calls")),
				element("small", "", report.classes[name].meaning));
			button.type = "button";
			button.disabled = !count;
			button.setAttribute("aria-pressed", "false");
			button.dataset.class = name;
			button.addEventListener("click", () => {
				if (!state.classes.delete(name))
					state.classes.add(name);
				refresh();
			});
			$("classes").append(element("li", "", button));
		}
	}

	/* Chart: a bar a function, one part a class */
	function bar(totals, widest) {
		const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
		let x = 0;
		svg.setAttribute("viewBox", "0 0 1000 10");
		svg.setAttribute("preserveAspectRatio", "none");
		svg.setAttribute("aria-hidden", "true");
		for (const name of ORDER) {
			const width = (totals[name] || 0) / widest * 1000;
			if (!width)
				continue;
			const part = document.createElementNS("http://www.w3.org/2000/svg", "rect");
			for (const [key, value] of [["class", name], ["x", x], ["y", 0], ["width", Math.max(width, 3)], ["height", 10]])
				part.setAttribute(key, value);
			svg.append(part);
			x += Math.max(width, 3);
		}
		return svg;
	}

	function chart() {
		const functions = new Map();
		for (const site of sites) {
			if (state.classes.size && !state.classes.has(site.class))
				continue;
			const one = functions.get(site.func) || {names: [site.func], total: 0};
			const value = state.by === "sites" ? 1 : site.count;
			one[site.class] = (one[site.class] || 0) + value;
			one.total += value;
			functions.set(site.func, one);
		}
		let all = [...functions.values()].sort((a, b) => b.total - a.total || (a.names[0] < b.names[0] ? -1 : 1));
		const others = all.slice(BARS).reduce((sum, one) => {
			for (const key of [...ORDER, "total"])
				sum[key] = (sum[key] || 0) + (one[key] || 0);
			sum.names.push(...one.names);
			return sum;
		}, {names: [], total: 0});
		all = all.slice(0, BARS);
		const widest = Math.max(1, ...all.map((one) => one.total));
		$("chart").replaceChildren(...[...all, ...(others.names.length ? [others] : [])].map((one) => {
			const label = one === others ? plural(one.names.length, "other", "others") : one.names[0];
			const button = element("button", "", element("span", one === others ? "muted" : "code", label),
				bar(one, Math.max(widest, one.total)), element("span", "figure", number.format(one.total)));
			button.type = "button";
			button.title = ORDER.filter((name) => one[name]).map((name) => name + ": " + number.format(one[name])).join("\n");
			button.setAttribute("aria-pressed", state.func !== null && one.names.every((name) => state.func.has(name)) ? "true" : "false");
			button.addEventListener("click", () => {
				state.func = button.getAttribute("aria-pressed") === "true" ? null : new Set(one.names);
				refresh();
			});
			return element("li", "", button);
		}));
		$("chart-section").hidden = !sites.length;
		$("by-sites").setAttribute("aria-pressed", state.by === "sites");
		$("by-calls").setAttribute("aria-pressed", state.by === "calls");
	}

	/* Table */
	function sortBy(column) {
		state.down = state.order === column && !state.down;
		state.order = column;
		refresh();
	}

	function columns() {
		for (const [name, label] of COLUMNS) {
			const button = element("button", "", label);
			button.type = "button";
			button.addEventListener("click", () => sortBy(name));
			const cell = element("th", "c-" + name + (name === "count" || name === "processes" ? " number" : ""), button);
			cell.scope = "col";
			cell.dataset.column = name;
			$("columns").append(cell);
			const option = element("option", "", label);
			option.value = name;
			$("order").append(option);
		}
	}

	function facts(pairs) {
		const list = element("dl", "facts");
		for (const [term, value] of pairs)
			if (value !== null && value !== undefined && value !== "")
				list.append(element("dt", "", term), element("dd", "", value));
		return list;
	}

	const code = (text) => text ? element("span", "code", text) : null;

	function stack(site) {
		let marked = false;
		return element("ol", "stack", ...site.frames.map((frame) => {
			const place = source(frame) || (frame.object ? frame.object + " +0x" + frame.offset.toString(16) : "");
			const line = element("li", site.class, code(frame.function || frame.symbol || "?"),
				frame.inlined ? element("span", "tag", "inlined") : null, element("br"), element("span", "where code", place));
			if (!marked && site.source && frame.source === site.source && frame.line === site.line) {
				line.classList.add("at");
				marked = true;
			}
			return line;
		}));
	}

	function example(one) {
		return facts([
			["Path", code(one.path)], ["To", code(one.path2)], ["Leads to", one.resolved === one.path ? null : code(one.resolved)],
			["From", code(one.dir)],
			["When", [when(one.time), one.host, one.exe && base(one.exe) + " (" + one.pid + ")"].filter(Boolean).join(" · ")],
		]);
	}

	function detail(site) {
		const judged = [site.where, site.from === "root" ? "from a root" : "from elsewhere", site.escape && "an escape", site.does,
			site.how].filter(Boolean).join(", ");
		const grid = element("div", "grid " + site.class);
		if (site.advice)
			grid.append(element("div", "advice", element("h3", "", "What to write instead"),
				element("p", "code", document.createTextNode(site.advice.split("\n").map(visible).join("\n")))));
		grid.append(
			element("div", "", element("h3", "", "Stack"), site.frames.length ? stack(site) : element("p", "muted", "not known")),
			element("div", "", element("h3", "", site.examples.length > 1 ? "Examples" : "Example"),
				...(site.examples.length ? site.examples.map(example) : [element("p", "muted", "only counted")])),
			element("div", "", element("h3", "", "Verdict"), facts([
				["Judged", judged], ["Effect", site.effect + (site.by ? " by " + site.by : "") + (site.error ? ", " + site.error : "")],
				["Module", code(site.module)], ["Others write", code(site.shared)], ["New caller", code(site.new_caller)]])),
			element("div", "", element("h3", "", "Seen"), facts([
				["Calls", plural(site.count, "call", "calls") + " in " + plural(site.processes, "process", "processes")],
				["First", when(site.first)], ["Last", when(site.last) === when(site.first) ? "" : when(site.last)],
				["Programs", code(site.programs.join(", "))], ["Hosts", code(site.hosts.join(", "))],
				["Fingerprint", code(site.fingerprint)]])));
		const cell = element("td", "", grid);
		cell.colSpan = COLUMNS.length;
		const row = element("tr", "detail", cell);
		row.id = "detail-" + site.index;
		return row;
	}

	function toggle(row, site) {
		const button = row.querySelector("button");
		const open = row.classList.toggle("open");
		button.setAttribute("aria-expanded", open);
		if (open)
			row.after(detail(site));
		else
			row.nextElementSibling.remove();
	}

	function makeRow(site) {
		const button = element("button", "", site.func);
		const cell = (name, className, ...content) => element("td", "c-" + name + className, ...content);
		const path = cell("path", " code", site.leads);
		const count = cell("count", " number", number.format(site.count));
		const place = cell("source", "", code(site.place), site.via ? element("span", "tag", site.via) : null);
		button.type = "button";
		button.setAttribute("aria-expanded", "false");
		button.setAttribute("aria-controls", "detail-" + site.index);
		path.title = visible(site.leads);
		count.dataset.unit = site.count === 1 ? "call" : "calls";
		place.title = visible(source(site));
		const row = element("tr", "site",
			cell("class", " " + site.class, element("span", "name", element("span", "dot"), site.class)),
			cell("func", "", button, site.new ? element("span", "badge", "new") : null), place, path,
			cell("effect", "", site.effect, site.outcome === site.effect ? null : element("span", "tag", site.error)), count,
			cell("processes", " number", number.format(site.processes)));
		row.addEventListener("click", () => {
			// Selecting text is no click.
			if (!String(getSelection()))
				toggle(row, site);
		});
		return row;
	}

	function fill() {
		const from = $("rows").querySelectorAll("tr.site").length;
		$("rows").append(...listed.slice(from, state.limit).map(makeRow));
		const left = listed.length - state.limit;
		$("more").hidden = left <= 0;
		$("more").textContent = "Show " + number.format(Math.min(left, PAGE)) + " more of " + number.format(left);
	}

	function refresh() {
		const key = COLUMNS.find(([name]) => name === state.order)[2];
		const filtered = state.classes.size || state.func || state.words.length || state.fresh;
		const keys = new Map(sites.map((site) => [site, key(site)]));
		listed = sites.filter(matches).sort((a, b) => {
			const x = keys.get(a), y = keys.get(b);
			const order = x < y ? -1 : x > y ? 1 : 0;
			return (state.down ? -order : order) || a.index - b.index;
		});
		state.limit = PAGE;
		$("rows").replaceChildren();
		fill();
		for (const cell of $("columns").children) {
			// Counts begin with the largest.
			const down = (cell.dataset.column === "count" || cell.dataset.column === "processes") !== state.down;
			if (cell.dataset.column === state.order)
				cell.setAttribute("aria-sort", down ? "descending" : "ascending");
			else
				cell.removeAttribute("aria-sort");
		}
		for (const button of $("classes").querySelectorAll("button"))
			button.setAttribute("aria-pressed", state.classes.has(button.dataset.class));
		$("order").value = state.order;
		$("shown").textContent = filtered ? number.format(listed.length) + " of " + number.format(sites.length) : number.format(sites.length);
		$("clear").hidden = !filtered;
		$("tools").hidden = !sites.length;
		$("sites").hidden = !listed.length;
		$("nothing").hidden = listed.length > 0;
		$("nothing").textContent = sites.length ? "No call site matches these filters." : "No call sites in these logs.";
		chart();
	}

	function lines(id, entries) {
		$(id + "-section").hidden = !entries.length;
		$(id).append(...entries.map(([text, aside]) => element("li", "", element("span", "", text), aside ? element("span", "muted", aside) : null)));
	}

	// The arrows move from site to site.
	function arrows(event) {
		const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
		if (!step || !event.target.matches("tr.site button"))
			return;
		const buttons = [...$("rows").querySelectorAll("tr.site button")];
		const next = buttons[buttons.indexOf(event.target) + step];
		if (next) {
			next.focus();
			event.preventDefault();
		}
	}

	function theme() {
		const dark = matchMedia("(prefers-color-scheme: dark)");
		const shown = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
		const name = () => {
			$("theme").textContent = shown() === "dark" ? "Light" : "Dark";
			$("theme").setAttribute("aria-label", "Switch to " + (shown() === "dark" ? "light" : "dark") + " colours");
		};
		$("theme").addEventListener("click", () => {
			document.documentElement.dataset.theme = shown() === "dark" ? "light" : "dark";
			name();
		});
		dark.addEventListener("change", name);
		name();
	}

	theme();
	head();
	tiles();
	columns();
	lines("said", report.said.map((one) => [one.text, one.count > 1 ? "× " + number.format(one.count) : one.event]));
	lines("notes", report.notes.map((note) => [note, null]));
	lines("gone", (report.gone || []).map((one) => [one.words, one.fingerprint.slice(0, 12)]));
	$("fresh-label").hidden = report.baseline === undefined;
	$("search").addEventListener("input", () => {
		state.words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
		refresh();
	});
	$("fresh").addEventListener("change", () => {
		state.fresh = $("fresh").checked;
		refresh();
	});
	$("order").addEventListener("change", () => {
		state.down = false;
		state.order = $("order").value;
		refresh();
	});
	$("clear").addEventListener("click", () => {
		Object.assign(state, {func: null, words: [], fresh: false});
		state.classes.clear();
		$("search").value = "";
		$("fresh").checked = false;
		refresh();
		$("search").focus();
	});
	$("more").addEventListener("click", () => {
		state.limit += PAGE;
		fill();
	});
	for (const by of ["sites", "calls"])
		$("by-" + by).addEventListener("click", () => {
			state.by = by;
			chart();
		});
	document.addEventListener("keydown", arrows);
	refresh();
})();
