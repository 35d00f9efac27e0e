/* SPDX-License-Identifier: ISC */
/* The expansions of rights.def, and what each class of grant allows. */
#include "sandbox/rights.h"

enum group { FS, NET, SCOPE };

static const struct right {
	const char *name;
	uint8_t group;
	uint8_t bit;
	uint8_t abi;
	bool on_file;
} table[] = {
#define RIGHT(group, bit, name, abi, on_file) {#name, group, bit, abi, on_file},
#include "sandbox/rights.def"
#undef RIGHT
};
#define TABLE_LENGTH (sizeof(table) / sizeof(*table))

/* For messages: index 0 is ABI 1. */
static const char *const linux_of_abi[] = {
#define ABI(abi, linux_release, brought) linux_release,
#include "sandbox/abi.def"
#undef ABI
};

static struct rights only(const struct right *right)
{
	const uint64_t mask = UINT64_C(1) << right->bit;

	return (struct rights){
	    .fs = right->group == FS ? mask : 0,
	    .net = right->group == NET ? mask : 0,
	    .scope = right->group == SCOPE ? mask : 0,
	};
}

static struct rights both(struct rights a, struct rights b)
{
	return (struct rights){a.fs | b.fs, a.net | b.net, a.scope | b.scope};
}

static bool overlap(struct rights a, struct rights b)
{
	return (a.fs & b.fs) | (a.net & b.net) | (a.scope & b.scope);
}

struct rights rights_of_abi(int abi)
{
	struct rights set = {0};

	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (table[i].abi <= abi)
			set = both(set, only(&table[i]));
	return set;
}

int rights_abi(struct rights set)
{
	int abi = 0;

	for (size_t i = 0; i < TABLE_LENGTH; i++)
		if (overlap(set, only(&table[i])) && table[i].abi > abi)
			abi = table[i].abi;
	return abi;
}

const char *abi_linux(int abi)
{
	const int last = sizeof(linux_of_abi) / sizeof(*linux_of_abi);

	return abi >= 1 && abi <= last ? linux_of_abi[abi - 1] : "a later release";
}

/* The next row of the set at or after the cursor, which moves behind it; NULL at the end. */
static const struct right *next_of(struct rights set, unsigned *cursor)
{
	while (*cursor < TABLE_LENGTH) {
		const struct right *right = &table[(*cursor)++];

		if (overlap(set, only(right)))
			return right;
	}
	return NULL;
}

const char *rights_next(struct rights set, unsigned *cursor)
{
	const struct right *right = next_of(set, cursor);

	return right ? right->name : NULL;
}

struct rights rights_take(struct rights set, unsigned *cursor)
{
	const struct right *right = next_of(set, cursor);

	return right ? only(right) : (struct rights){0};
}

size_t rights_names(struct rights set, char *text, size_t size)
{
	size_t length = 0;
	unsigned cursor = 0;
	const char *name;

	while ((name = rights_next(set, &cursor)) != NULL) {
		if (length && length + 1 < size)
			text[length++] = ' ';
		while (*name && length + 1 < size)
			text[length++] = *name++;
	}
	if (size)
		text[length] = '\0';
	return length;
}

#define F(name) RIGHT_MASK(FS, name)
#define LOOK    (F(READ_FILE) | F(READ_DIR))
#define RUN     (LOOK | F(EXECUTE))
#define CHANGE                                                                                                         \
	(F(WRITE_FILE) | F(TRUNCATE) | F(REMOVE_DIR) | F(REMOVE_FILE) | F(MAKE_REG) | F(MAKE_DIR) | F(MAKE_SYM) |      \
	 F(MAKE_FIFO) | F(MAKE_SOCK) | F(REFER))
#define DEVICES (F(MAKE_CHAR) | F(MAKE_BLOCK) | F(IOCTL_DEV))

/* RESOLVE_UNIX goes with writing: a socket that is connected to is written to. It counts only when a scope asks. */
static const uint64_t allows[ACCESS_COUNT] = {
    [ACCESS_ROOT] = RUN | CHANGE | F(RESOLVE_UNIX),
    [ACCESS_ROOT_DEV] = RUN | CHANGE | F(RESOLVE_UNIX) | DEVICES,
    [ACCESS_ROOT_RO] = RUN,
    [ACCESS_READ] = LOOK,
    [ACCESS_WRITE] = LOOK | CHANGE | F(RESOLVE_UNIX),
    [ACCESS_EXEC] = RUN,
    [ACCESS_DEVICE] = F(READ_FILE) | F(WRITE_FILE) | F(IOCTL_DEV),
    [ACCESS_LOG] = F(WRITE_FILE),
};

/* What a rule on something that is no directory may carry; the kernel answers EINVAL to more. */
static const uint64_t file_rights = 0
#define RIGHT(group, bit, name, abi, on_file) | ((group) == FS && (on_file) ? UINT64_C(1) << (bit) : 0)
#include "sandbox/rights.def"
#undef RIGHT
    ;

uint64_t access_rights(enum access access, bool directory)
{
	return directory ? allows[access] : allows[access] & file_rights;
}

bool access_writes(enum access access)
{
	return allows[access] & F(MAKE_REG);
}

struct rights rights_wanted(const struct policy *policy)
{
	struct rights wanted = {.fs = rights_of_abi(5).fs};

	/* The kernel sample's variables speak of TCP alone. */
	if (policy->net_bind)
		wanted.net |= RIGHT_MASK(NET, BIND_TCP) | (policy->from_ll ? 0 : RIGHT_MASK(NET, BIND_UDP));
	if (policy->net_connect)
		wanted.net |= RIGHT_MASK(NET, CONNECT_TCP) | (policy->from_ll ? 0 : RIGHT_MASK(NET, CONNECT_SEND_UDP));
	if (policy->scope & SCOPE_ABSTRACT_UNIX)
		wanted.scope |= RIGHT_MASK(SCOPE, ABSTRACT_UNIX_SOCKET);
	if (policy->scope & SCOPE_SIGNAL)
		wanted.scope |= RIGHT_MASK(SCOPE, SIGNAL);
	if (policy->scope & SCOPE_PATHNAME_UNIX)
		wanted.fs |= F(RESOLVE_UNIX);
	return wanted;
}

struct rights rights_wanted_outer(void)
{
	return (struct rights){.fs = CHANGE | F(MAKE_CHAR) | F(MAKE_BLOCK)};
}
