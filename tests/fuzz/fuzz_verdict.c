/* SPDX-License-Identifier: ISC */
/*
 * What is said from text and from facts alone: roots found in any path, against a model that takes both apart into
 * components; and words that never contradict each other, whatever the facts.
 */
#include <errno.h>

#include "shim/base/context.h"
#include "shim/base/path_text.h"
#include "shim/judge/verdict.h"
#include "shim/locate/roots.h"
#include "tests/fuzz/fuzz.h"

#define ROOTS 8
#define NAMES 4096

struct names {
	struct {
		const char *text;
		size_t length;
	} at[NAMES];
	size_t count;
};

/* Every name but "." of a path. */
static void take_apart(const char *path, struct names *names)
{
	names->count = 0;
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length && !(length == 1 && *path == '.') && names->count < NAMES) {
			names->at[names->count].text = path;
			names->at[names->count++].length = length;
		}
		path += length + (path[length] == '/');
	}
}

static bool begins_with(const struct names *path, const struct names *root)
{
	if (root->count > path->count)
		return false;
	for (size_t i = 0; i < root->count; i++)
		if (path->at[i].length != root->at[i].length ||
		    memcmp(path->at[i].text, root->at[i].text, path->at[i].length) != 0)
			return false;
	return true;
}

static bool is_dotdot(const char *name, size_t length)
{
	return length == 2 && name[0] == '.' && name[1] == '.';
}

/* One spelling, as the policy's parser leaves it; NULL for what it would refuse. */
static char *spelled(struct input *in)
{
	static struct names names;
	char *raw = input_text(in), *path = calloc(1, strlen(raw) + 2), *at = path;

	HOLDS(path);
	take_apart(raw, &names);
	for (size_t i = 0; i < names.count; i++) {
		HOLDS(names.count < NAMES);
		if (is_dotdot(names.at[i].text, names.at[i].length))
			continue;
		*at++ = '/';
		memcpy(at, names.at[i].text, names.at[i].length);
		at += names.at[i].length;
	}
	if (at == path)
		*at = '/';
	free(raw);
	return path;
}

static void the_deepest_root_is_found(struct input *in)
{
	static char memory[1 << 20];
	static struct names path, root;
	struct arena arena = {memory, memory + sizeof(memory)};
	struct grant grants[ROOTS] = {{0}};
	struct place places[ROOTS] = {{.present = false}};
	struct policy policy = {.grants = grants, .grant_count = 1 + input_byte(in) % ROOTS};
	char *copies[2 * ROOTS], *text, *absolute;
	size_t deepest = 0;
	bool any = false;
	uint32_t found;
	const char *rest, *after;

	for (unsigned i = 0; i < policy.grant_count; i++) {
		uint8_t bits = input_byte(in);

		grants[i] =
		    (struct grant){.path = copies[2 * i] = spelled(in), .access = bits & 1 ? ACCESS_READ : ACCESS_ROOT};
		copies[2 * i + 1] = bits & 2 ? spelled(in) : NULL;
		places[i] = (struct place){
		    .id = {1, i, 0}, .present = bits & 4, .directory = true, .canonical = copies[2 * i + 1]};
	}
	HOLDS(roots_init(&policy, places, &arena) == 0);

	text = input_text(in);
	absolute = malloc(strlen(text) + 2);
	HOLDS(absolute);
	absolute[0] = '/';
	stpcpy(absolute + 1, text);
	take_apart(absolute, &path);
	for (size_t i = 0; i < path.count; i++)
		if (is_dotdot(path.at[i].text, path.at[i].length))
			path.count = i;
	for (unsigned i = 0; i < 2 * policy.grant_count; i++) {
		if (!copies[i] || !places[i / 2].present || grants[i / 2].access == ACCESS_READ)
			continue;
		take_apart(copies[i], &root);
		if (begins_with(&path, &root)) {
			any = true;
			deepest = root.count > deepest ? root.count : deepest;
		}
	}

	found = roots_by_text(absolute, &rest);
	HOLDS((found != NO_GRANT) == any);
	HOLDS(!any || (found < policy.grant_count && places[found].present && grants[found].access == ACCESS_ROOT));
	after = deepest ? path.at[deepest - 1].text + path.at[deepest - 1].length : absolute;
	HOLDS(rest >= after && strspn(after, "/.") >= (size_t)(rest - after) && *rest != '/');
	if (any) {
		bool same = false;

		for (unsigned i = 2 * found; i < 2 * found + 2; i++) {
			take_apart(copies[i] ? copies[i] : copies[2 * found], &root);
			same = same || (root.count == deepest && begins_with(&path, &root));
		}
		HOLDS(same);
	}
	/* What is left behind a root has the same names as the path's own end, no fewer and no more. */
	take_apart(rest, &root);
	take_apart(absolute, &path);
	HOLDS(root.count == path.count - deepest);

	for (unsigned i = 0; i < 2 * policy.grant_count; i++)
		free(copies[i]);
	free(absolute);
	free(text);
	memset(memory, 0, (size_t)(arena.at - memory));
}

static void the_last_name_is_found(struct input *in)
{
	char *text = input_text(in);
	size_t all = strlen(text), end = all, length;
	const char *last = text_last(text, &length);

	while (end && text[end - 1] == '/')
		end--;
	HOLDS(last >= text && last + length <= text + all);
	HOLDS(length == 0 ? end == 0 : last + length == text + end && !memchr(last, '/', length));
	HOLDS(!length || last == text || last[-1] == '/');
	HOLDS(text_one_name(text) == (all && !strchr(text, '/') && strcmp(text, "..") != 0));
	HOLDS(text_is_dots(last, length) == ((length == 1 && *last == '.') || is_dotdot(last, length)));
	free(text);
}

static bool says_outside(const struct verdict *verdict, enum does does, unsigned flags, enum how how)
{
	struct call_event event = {.where = verdict->where,
				   .does = does,
				   .how = how,
				   .effect = verdict->effect,
				   .by = verdict->by,
				   .escape = verdict->escape};

	return verdict_flagged(&event, flags);
}

static void words_do_not_contradict(struct input *in)
{
	static const int errors[] = {0, EACCES, EXDEV, EPERM, ENOENT, ENOMEM, EINVAL, ENOTDIR};
	uint8_t bits = input_byte(in), more = input_byte(in);
	struct verdict verdict = {.where = (enum where)(bits & 3),
				  .rights = input_word(in) & RIGHTS_MASK,
				  .directory = bits & 4,
				  .exists = bits & 8,
				  .from_root = bits & 16,
				  .two = bits & 32,
				  .confined = (bits & 128) && (more >> 2 & 7),
				  .against = more & 32};
	const struct verdict facts = verdict;
	uint64_t right = (input_word(in) & RIGHTS_MASK) | (more & 1 ? RIGHT_NEVER : 0) | (more & 2 ? RIGHT_HIDDEN : 0);
	int error = errors[more >> 2 & 7];
	enum does does = (enum does)(input_byte(in) % 9);
	enum how how = (enum how)(input_byte(in) & 1);
	bool looks = does == DOES_LOOK || does == DOES_ENTER;
	unsigned flags = input_byte(in) & 15;

	verdict.in_force = input_word(in) & RIGHTS_MASK;
	verdict.enforced = bits & 64;
	verdict_judge(&verdict, right, error);

	HOLDS(verdict.where == facts.where || verdict.where == WHERE_UNKNOWN);
	HOLDS(verdict.escape == (verdict.from_root && verdict.where != WHERE_INSIDE));
	HOLDS((verdict.by != BY_NONE) == (verdict.effect == EFFECT_DENIED));
	HOLDS((verdict.by == BY_CONFINE) == facts.confined);
	HOLDS(verdict.by != BY_LANDLOCK || (verdict.enforced && (error || (right & RIGHT_HIDDEN))));
	HOLDS(verdict.effect != EFFECT_WOULD_DENY || (!verdict.enforced && !error));
	HOLDS(verdict.effect != EFFECT_PASSED || !error);
	HOLDS(verdict.effect != EFFECT_FAILED || error);
	/* What the policy allows in full is neither denied nor doubted where the kernel let it pass. */
	if (!(right & (RIGHT_NEVER | RIGHT_HIDDEN)) && verdict.rights == RIGHTS_MASK && !facts.confined &&
	    !facts.against) {
		HOLDS(verdict.effect == (error ? EFFECT_FAILED : EFFECT_PASSED) && verdict.where == facts.where);
		HOLDS(!verdict.doubtful || error == EACCES);
	}
	HOLDS(!verdict.doubtful || (verdict.enforced && error == EACCES));

	/* Flags add up; what is flagged by default is what libpreclude(7) names, and nothing inside that passed. */
	HOLDS(says_outside(&verdict, does, FLAG_ALL | flags, how));
	HOLDS(!says_outside(&verdict, does, flags & ~FLAG_ALL, how) ||
	      says_outside(&verdict, does, (flags & ~FLAG_ALL) | FLAG_OUTSIDE, how));
	HOLDS(!says_outside(&verdict, does, 0, how));
	HOLDS(says_outside(&verdict, does, FLAG_OUTSIDE, how) ==
	      (verdict.effect == EFFECT_DENIED || verdict.effect == EFFECT_WOULD_DENY ||
	       ((verdict.escape || verdict.where >= WHERE_OUTSIDE) && !looks)));

	verdict_doubt(&verdict);
	HOLDS(verdict.where == WHERE_UNKNOWN && verdict.escape == verdict.from_root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);

	words_do_not_contradict(&in);
	the_deepest_root_is_found(&in);
	the_last_name_is_found(&in);
	return 0;
}
