/* SPDX-License-Identifier: ISC */
/*
 * The report for people: a class after the other, a few lines a place. On a terminal in colour, and as wide as it is;
 * in a file every line is whole.
 *
 * A wrapper like rsync's do_lstat() is a hundred call sites, one a way to get there, and one line of source to fix:
 * those of one line are shown as one spot, with their number and the stack of the most frequent.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shim/base/format.h"
#include "shim/base/names.h"
#include "tools/cli/memory.h"
#include "tools/report/report.h"

#define INDENT    6
#define LABEL     9
#define NO_LIMIT  100000
#define LINE_ROOM 8192

enum style { PLAIN, BOLD, DIM, RED, YELLOW, GREEN };
static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[1;31m", "\033[33m", "\033[32m"};

/* The sites of one class that are one call in the source. */
struct spot {
	const struct site *site; /* the first of them */
	uint64_t sites;
	uint64_t calls;
	bool fresh;
	UT_hash_handle hh;
	char key[];
};

struct page {
	FILE *to;
	unsigned width;
	bool colour;
};

static struct page page_for(FILE *to)
{
	int fd = fileno(to);
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *columns = getenv("COLUMNS");
	struct page page = {.to = to, .width = NO_LIMIT};
	struct winsize size;

	if (fd < 0 || !isatty(fd))
		return page;
	page.colour = !(none && *none) && !(term && !strcmp(term, "dumb"));
	page.width = !ioctl(fd, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
	if (columns && atoi(columns) > 0)
		page.width = (unsigned)atoi(columns);
	if (page.width < 40)
		page.width = 40;
	return page;
}

static void paint(const struct page *page, enum style style, const char *text)
{
	bool painted = page->colour && style != PLAIN;

	fprintf(page->to, "%s%s%s", painted ? codes[style] : "", text, painted ? "\033[0m" : "");
}

/* Characters that `length` bytes of UTF-8 show. */
static size_t columns_of(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += (text[i] & 0xc0) != 0x80;
	return columns;
}

/* A text that begins at `column`; where the line is full it goes on at `indent`. Broken at spaces. */
static void put_wrapped(const struct page *page, size_t column, int indent, const char *text)
{
	for (const char *word = text; *word;) {
		size_t length = strcspn(word, " ");
		size_t wide = columns_of(word, length);

		if (word == text) {
			column += wide;
		} else if (column + 1 + wide > page->width) {
			fprintf(page->to, "\n%*s", indent, "");
			column = (size_t)indent + wide;
		} else {
			fputc(' ', page->to);
			column += 1 + wide;
		}
		fwrite(word, 1, length, page->to);
		word += length + (word[length] == ' ');
	}
}

/* "      label    text" */
__attribute__((format(printf, 4, 5))) static void entry(const struct page *page, enum style style, const char *label,
							const char *format, ...)
{
	char text[LINE_ROOM];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(page->to, "%*s", INDENT, "");
	paint(page, DIM, label);
	fprintf(page->to, "%*s", LABEL - (int)strlen(label), "");
	fputs(page->colour ? codes[style] : "", page->to);
	put_wrapped(page, INDENT + LABEL, INDENT + LABEL, text);
	fputs(page->colour && style != PLAIN ? "\033[0m\n" : "\n", page->to);
}

/* "KIND: text", as wide as the page. */
static void put_note(const struct page *page, const char *kind, const char *text)
{
	fprintf(page->to, "\n  %s: ", kind);
	put_wrapped(page, strlen(kind) + 4, 4, text);
	fputc('\n', page->to);
}

/* What a log brings is never shown raw: no name may move the cursor or end a line. Good for the next three texts. */
static const char *safe(const char *text)
{
	static char rooms[4][LINE_ROOM / 4];
	static unsigned turn;
	char *room = rooms[turn++ % 4];
	struct out out = {.at = room, .end = room + sizeof(rooms[0]) - 1};

	put_escaped(&out, ESCAPE_BARE, text, sizeof(rooms[0]) - 8);
	*out.at = '\0';
	return room;
}

/* Beneath the working directory a file has the name that an editor started here would open. */
static const char *near(const char *path)
{
	static char here[4096];
	size_t length;

	if (!*here && !getcwd(here, sizeof(here)))
		strcpy(here, "/");
	length = strlen(here);
	return length > 1 && !strncmp(path, here, length) && path[length] == '/' ? path + length + 1 : path;
}

static void put_frame(FILE *to, const struct site_frame *frame)
{
	if (frame->function)
		fprintf(to, "%s ", safe(frame->function));
	if (frame->source)
		fprintf(to, "%s:%u", safe(near(frame->source)), frame->line);
	else if (frame->object)
		fprintf(to, "%s+0x%llx", safe(near(frame->object)), (unsigned long long)frame->offset);
	else
		fprintf(to, "0x%llx", (unsigned long long)frame->offset);
	if (frame->inlined)
		fputs(" (inlined)", to);
}

/* The stack down to main: what called that is libc's affair. */
static void put_stack(const struct page *page, const struct site *site)
{
	struct text text;
	FILE *stack = text_begin(&text);

	for (unsigned i = 0; i < site->frame_count; i++) {
		const struct site_frame *frame = &site->frames[i];

		if (i && frame->function && !strncmp(frame->function, "__libc_start", 12))
			break;
		fputs(i ? " < " : "", stack);
		put_frame(stack, frame);
	}
	text_end(&text);
	if (site->frame_count)
		entry(page, PLAIN, "stack", "%s", text.bytes);
	free(text.bytes);
}

static void put_example(const struct page *page, const struct site *site)
{
	const struct site_example *example = site->examples;
	const char *path = example->path ? example->path : "(a descriptor)";
	bool led = example->resolved && strcmp(example->resolved, path) != 0;
	bool below = example->dir && *path != '/';

	if (site->example_count)
		entry(page, PLAIN, "path", "%s%s%s%s%s%s%s", safe(path), below ? " in " : "",
		      below ? safe(example->dir) : "", led ? " -> " : "", led ? safe(example->resolved) : "",
		      example->path2 ? ", and " : "", example->path2 ? safe(example->path2) : "");
}

static void put_count(const struct page *page, const struct spot *spot)
{
	const struct site *site = spot->site;
	struct text text;
	FILE *names = text_begin(&text);

	for (unsigned i = 0; i < site->programs.count; i++)
		fprintf(names, "%s%s", i ? ", " : "", safe(near(site->programs.name[i])));
	fputs(site->programs.more ? ", ..." : "", names);
	for (unsigned i = 0; i < site->hosts.count; i++)
		fprintf(names, "%s%s", i ? ", " : " on ", safe(site->hosts.name[i]));
	fputs(site->hosts.more ? ", ..." : "", names);
	text_end(&text);
	if (spot->sites > 1)
		entry(page, PLAIN, "calls", "%llu from %llu stacks, of %s", (unsigned long long)spot->calls,
		      (unsigned long long)spot->sites, text.bytes);
	else
		entry(page, PLAIN, "calls", "%llu by %llu process%s of %s", (unsigned long long)site->count,
		      (unsigned long long)site->processes, site->processes == 1 ? "" : "es", text.bytes);
	free(text.bytes);
}

static void put_spot(const struct page *page, const struct spot *spot)
{
	const struct site *site = spot->site;
	static const enum style styles[CLASSES] = {RED, YELLOW, YELLOW, BOLD, PLAIN};
	const struct site_frame *at = site->at;

	fputs("\n  ", page->to);
	paint(page, styles[site->class], safe(site->func));
	if (at && at->function)
		fprintf(page->to, " in %s", safe(at->function));
	if (at && at->source)
		fprintf(page->to, ", %s:%u", safe(near(at->source)), at->line);
	else if (site->frame_count && site->frames[0].object)
		fprintf(page->to, "%s %s", at ? "," : " in", safe(near(site->frames[0].object)));
	if (spot->sites > 1)
		fprintf(page->to, "  (%llu call sites)", (unsigned long long)spot->sites);
	if (spot->fresh)
		paint(page, RED, "  new");
	fputc('\n', page->to);

	entry(
	    page, PLAIN, "verdict", "%s %s%s, %s: %s%s%s%s%s%s%s%s", does_name(site->does), where_name(site->where),
	    site->escape ? " (an escape)" : "", how_name(site->how), effect_name(site->effect), site->by ? " by " : "",
	    site->by ? by_name(site->by) : "", site->effect != EFFECT_PASSED && site->error_name ? ", " : "",
	    site->effect != EFFECT_PASSED && site->error_name ? site->error_name : "", site->module ? ", module " : "",
	    site->module ? safe(site->module) : "", site->shared ? "; others may write to the directory" : "");
	put_example(page, site);
	put_count(page, spot);
	put_stack(page, site);
	if (site->advice)
		entry(page, GREEN, "instead", "%s", site->advice);
}

/* In the order of the report: the first site of a place is its worst. */
static struct spot *spots_of(const struct report *report, enum site_class class)
{
	struct spot *spots = NULL, *spot;

	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];
		const struct site_frame *at = site->at ? site->at : site->frame_count ? site->frames : NULL;
		char key[1024];
		int length;

		if (site->class != class)
			continue;
		length = snprintf(key, sizeof(key), "%s %d %d %u %s %s", site->func, site->effect, site->where,
				  at ? at->line : 0, at && at->function ? at->function : "",
				  !at          ? ""
				  : at->source ? at->source
				  : at->object ? at->object
					       : "");
		length = length < (int)sizeof(key) ? length : (int)sizeof(key) - 1;
		HASH_FIND(hh, spots, key, (size_t)length, spot);
		if (!spot) {
			spot = zeroed(sizeof(*spot) + (size_t)length + 1);
			memcpy(spot->key, key, (size_t)length);
			spot->site = site;
			HASH_ADD(hh, spots, key, (size_t)length, spot);
		}
		spot->sites++;
		spot->calls += site->count;
		spot->fresh |= site->fresh;
	}
	return spots;
}

static void put_class(const struct page *page, const struct report *report, enum site_class class)
{
	struct spot *first = spots_of(report, class), *next;
	unsigned shown = 0;
	uint64_t left = report->class_sites[class];
	struct spot *table = first;

	if (!first)
		return;
	HASH_CLEAR(hh, table); /* what is left is their order */
	fputc('\n', page->to);
	paint(page, BOLD, class_name(class));
	fputs(": ", page->to);
	put_wrapped(page, strlen(class_name(class)) + 2, 2, classes[class].meaning);
	fputc('\n', page->to);
	for (struct spot *spot = first; spot; spot = next) {
		if (!report->top || shown++ < report->top) {
			put_spot(page, spot);
			left -= spot->sites;
		}
		next = spot->hh.next;
		free(spot);
	}
	if (left)
		fprintf(page->to, "\n  ... and %llu more call site%s of the %llu; --top 0 shows all\n",
			(unsigned long long)left, left == 1 ? "" : "s", (unsigned long long)report->class_sites[class]);
}

/* "    1 call site" */
static void put_figure(const struct page *page, int width, uint64_t count, const char *one)
{
	fprintf(page->to, " %*llu %s%s", width, (unsigned long long)count, one, count == 1 ? " " : "s");
}

static void put_summary(const struct page *page, const struct report *report)
{
	fputs(page->colour ? codes[BOLD] : "", page->to);
	put_wrapped(page, 0, 0, report->headline);
	fprintf(page->to, "%s\n\n%llu call%s by %llu process%s", page->colour ? "\033[0m" : "",
		(unsigned long long)report->calls, report->calls == 1 ? "" : "s", (unsigned long long)report->processes,
		report->processes == 1 ? "" : "es");
	if (report->host_count > 1)
		fprintf(page->to, " on %zu hosts", report->host_count);
	fprintf(page->to, ", from %zu call site%s\n%s", report->site_count, report->site_count == 1 ? "" : "s",
		report->site_count ? "\n" : "");
	for (unsigned i = 0; i < CLASSES && report->site_count; i++) {
		fprintf(page->to, "  %-11s", class_name(i));
		put_figure(page, 6, report->class_sites[i], "call site");
		put_figure(page, 12, report->class_calls[i], "call");
		fputc('\n', page->to);
	}
	if (report->baseline)
		fprintf(page->to, "\n  new %llu, gone %zu, since %s\n", (unsigned long long)report->fresh,
			report->gone_count, safe(report->baseline));
	for (size_t i = 0; i < report->note_count; i++)
		put_note(page, "note", safe(report->notes[i]));
}

static void put_said(const struct page *page, const struct report *report)
{
	for (size_t i = 0; i < report->said_count; i++) {
		const struct report_said *said = report->said[i];

		if (!i)
			fputc('\n', page->to);
		fprintf(page->to, "  %s: %s", logged_kind_name(said->kind), safe(said->text));
		fprintf(page->to, said->count > 1 ? " (%llu times)\n" : "\n", (unsigned long long)said->count);
	}
}

void report_text(const struct report *report, FILE *to)
{
	struct page page = page_for(to);

	put_summary(&page, report);
	put_said(&page, report);
	for (unsigned i = 0; i < CLASS_ANCHORED; i++)
		put_class(&page, report, i);
}
