/* SPDX-License-Identifier: ISC */
/*
 * The vocabulary that every floor speaks: what a user asked for, as plain data.
 *
 * Nothing here knows a kernel or a process. Strings live in the arena that the policy was parsed into and are
 * immutable after parsing, so a policy may be read from any thread and any signal handler.
 */
#ifndef PRECLUDE_CONFIG_POLICY_H
#define PRECLUDE_CONFIG_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit status of a refused or failed start, as env(1) and chroot(1) use it. */
#define PRECLUDE_EXIT_REFUSED 125

enum mode { MODE_ENFORCE, MODE_OBSERVE, MODE_OFF };

enum confine { CONFINE_OFF, CONFINE_METADATA, CONFINE_ALL };

enum require { REQUIRE_NOTHING, REQUIRE_LANDLOCK, REQUIRE_FULL, REQUIRE_ABI };

/* What a root or grant allows beneath it. The rights of each are in sandbox/rights.c, and nowhere else. */
enum access {
	ACCESS_ROOT,     /* a module root: everything but device nodes and device ioctls */
	ACCESS_ROOT_DEV, /* a module root with ",dev", or LL_FS_RW */
	ACCESS_ROOT_RO,  /* a module root with ",ro" */
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_EXEC,   /* also LL_FS_RO */
	ACCESS_DEVICE, /* base: /dev/null and its kin, the terminal */
	ACCESS_LOG,    /* the log file: write only */
	ACCESS_COUNT
};

/* One root or grant, in the order of the user's text. */
struct grant {
	/*
	 * Absolute, escapes undone, in one spelling: no "..", no "." component, no slash too many. From LL_*: as
	 * written, so that it may be relative to the working directory at entry.
	 */
	const char *path;
	const char *name;     /* a root's NAME, or NULL */
	const char *variable; /* the variable (or option) it came from, for messages; "PRECLUDE_BASE" for base */
	uint32_t position;    /* 1-based element number in that variable */
	uint8_t access;       /* enum access */
	bool optional;        /* "?": may be missing, with a warning. Base grants are optional and silent */
};

static inline bool access_is_root(unsigned access)
{
	return access <= ACCESS_ROOT_RO;
}

/* PRECLUDE_SCOPE */
#define SCOPE_ABSTRACT_UNIX 1u
#define SCOPE_SIGNAL        2u
#define SCOPE_PATHNAME_UNIX 4u

/* PRECLUDE_FLAG */
#define FLAG_OUTSIDE    1u
#define FLAG_LOOKS      2u
#define FLAG_UNANCHORED 4u
#define FLAG_ALL        8u
#define FLAG_OBJECTS    16u

enum log_sink { LOG_AUTO, LOG_STDERR, LOG_SYSLOG, LOG_FD, LOG_OFF, LOG_FILE, LOG_JOURNAL };
enum log_format { FORMAT_TEXT, FORMAT_JSON };

struct policy {
	/* Roots first (root_count of them, in the user's order), then READ, WRITE, EXEC, then base. */
	struct grant *grants;
	size_t grant_count;
	size_t root_count;

	enum confine confine;
	bool anchor;      /* PRECLUDE_ANCHOR=on */
	bool confine_raw; /* PRECLUDE_CONFINE_RAW=on */

	bool narrow; /* PRECLUDE_NARROW=on */
	/* What stays within reach after narrowing: PRECLUDE_NARROW_READ, or the rows of base.def for it. */
	struct grant *narrow_grants;
	size_t narrow_count;

	uint32_t guard; /* PRECLUDE_GUARD: bits of config/guard.h */

	enum mode mode;
	bool base;         /* PRECLUDE_BASE=system */
	bool from_ll;      /* the kernel sample's LL_* variables count */
	bool ll_force_log; /* LL_FORCE_LOG=1 */
	enum require require;
	int require_abi; /* with REQUIRE_ABI */

	bool net_restricted; /* PRECLUDE_NET given; with "none" both lists are empty */
	bool net_bind;       /* binding is restricted (LL_TCP_BIND alone restricts only binding) */
	bool net_connect;
	const uint16_t *bind_ports;
	size_t bind_count;
	const uint16_t *connect_ports;
	size_t connect_count;
	unsigned scope; /* SCOPE_* */

	unsigned flags; /* FLAG_* */
	enum log_sink log;
	int log_fd;             /* with LOG_FD */
	const char *log_path;   /* with LOG_FILE */
	enum log_format format; /* already defaulted from the sink: json for a file or fd */
	unsigned frames;        /* 1..16 */
	bool nnp_on;            /* PRECLUDE_NNP=on */
	bool raw;               /* PRECLUDE_RAW=on */
	bool ancestors;         /* PRECLUDE_ANCESTORS=on */
};

/*
 * Why a policy is refused, in words for the person who can fix it: one line, control bytes escaped. Where one value is
 * at fault, the text begins with it, PRECLUDE_ROOTS, element 1, "tmp": and then the advice. A command whose options
 * stand for variables says the same of its option.
 */
struct refusal {
	char text[1024];
	const char *variable; /* NULL where no single value is at fault */
	uint32_t position;    /* 1-based element number, 0 when the value is no list */
	uint16_t quote;       /* offsets in `text`: of the value, */
	uint16_t quote_end;   /* of the quotation mark behind it, */
	uint16_t advice;      /* and of what is to be said about it */
};

/* Formats the reason; escapes control bytes, truncates at the buffer. Returns -1, so that callers can return it. */
int refuse(struct refusal *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, about one value of a variable; a long value is clipped, so that the advice is not. */
int refuse_value(struct refusal *why, const char *variable, uint32_t position, const char *value, const char *format,
		 ...) __attribute__((format(printf, 5, 6)));

#endif
