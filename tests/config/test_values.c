/* SPDX-License-Identifier: ISC */
/* Words, numbers and lists of words: each value that counts, and what is said of any other. */
#include "tests/config/reading.h"

static struct policy with(const char *line)
{
	return accepted(&(struct lines){{"PRECLUDE_ROOTS=/a", line}});
}

static void each_value_has_its_meaning(void **state)
{
	static const struct {
		const char *line;
		size_t offset;
		unsigned value;
	} rows[] = {
#define ROW(line, member, value) {line, offsetof(struct policy, member), value}
	    ROW("PRECLUDE_MODE=enforce", mode, MODE_ENFORCE),
	    ROW("PRECLUDE_MODE=observe", mode, MODE_OBSERVE),
	    ROW("PRECLUDE_REQUIRE=landlock", require, REQUIRE_LANDLOCK),
	    ROW("PRECLUDE_REQUIRE=full", require, REQUIRE_FULL),
	    ROW("PRECLUDE_REQUIRE=nothing", require, REQUIRE_NOTHING),
	    ROW("PRECLUDE_REQUIRE=abi:6", require, REQUIRE_ABI),
	    ROW("PRECLUDE_REQUIRE=abi:6", require_abi, 6),
	    ROW("PRECLUDE_CONFINE=off", confine, CONFINE_OFF),
	    ROW("PRECLUDE_CONFINE=metadata", confine, CONFINE_METADATA),
	    ROW("PRECLUDE_CONFINE=all", confine, CONFINE_ALL),
	    ROW("PRECLUDE_SCOPE=abstract-unix", scope, SCOPE_ABSTRACT_UNIX),
	    ROW("PRECLUDE_SCOPE=signal:pathname-unix", scope, SCOPE_SIGNAL | SCOPE_PATHNAME_UNIX),
	    ROW("PRECLUDE_FLAG=outside", flags, FLAG_OUTSIDE),
	    ROW("PRECLUDE_FLAG=looks:unanchored", flags, FLAG_LOOKS | FLAG_UNANCHORED),
	    ROW("PRECLUDE_FLAG=all", flags, FLAG_ALL),
	    ROW("PRECLUDE_MODE=observe", flags, FLAG_OUTSIDE | FLAG_LOOKS),
	    ROW("PRECLUDE_MODE=enforce", flags, FLAG_OUTSIDE),
	    ROW("PRECLUDE_LOG=auto", log, LOG_AUTO),
	    ROW("PRECLUDE_LOG=stderr", log, LOG_STDERR),
	    ROW("PRECLUDE_LOG=syslog", log, LOG_SYSLOG),
	    ROW("PRECLUDE_LOG=journal", log, LOG_JOURNAL),
	    ROW("PRECLUDE_LOG=off", log, LOG_OFF),
	    ROW("PRECLUDE_LOG=fd:0", log, LOG_FD),
	    ROW("PRECLUDE_LOG=fd:73", log_fd, 73),
	    ROW("PRECLUDE_LOG=/log", log, LOG_FILE),
	    ROW("PRECLUDE_LOG=stderr", format, FORMAT_TEXT),
	    ROW("PRECLUDE_LOG=syslog", format, FORMAT_TEXT),
	    ROW("PRECLUDE_LOG=fd:3", format, FORMAT_JSON),
	    ROW("PRECLUDE_LOG=/log", format, FORMAT_JSON),
	    ROW("PRECLUDE_FORMAT=json", format, FORMAT_JSON),
	    ROW("PRECLUDE_FRAMES=1", frames, 1),
	    ROW("PRECLUDE_FRAMES=16", frames, 16),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy policy = with(rows[i].line);
		unsigned value;

		memcpy(&value, (const char *)&policy + rows[i].offset, sizeof(value));
		if (value != rows[i].value)
			fail_msg("%s: %u, not %u", rows[i].line, value, rows[i].value);
	}
	assert_true(with("PRECLUDE_BASE=system").base);
	assert_false(with("PRECLUDE_BASE=none").base);
	assert_true(with("PRECLUDE_NNP=on").nnp_on);
	assert_false(with("PRECLUDE_NNP=auto").nnp_on);
	assert_true(with("PRECLUDE_ANCESTORS=on").ancestors);
	assert_false(with("PRECLUDE_ANCESTORS=off").ancestors);
	assert_true(with("PRECLUDE_RAW=on").raw);
	assert_false(with("PRECLUDE_RAW=off").raw);
	assert_true(with("PRECLUDE_CONFINE_RAW=on").confine_raw);
	assert_false(with("PRECLUDE_CONFINE_RAW=off").confine_raw);
	assert_true(with("PRECLUDE_ANCHOR=on").anchor);
	assert_false(with("PRECLUDE_ANCHOR=off").anchor);
	assert_true(with("PRECLUDE_NARROW=on").narrow);
	assert_false(with("PRECLUDE_NARROW=off").narrow);
}

static void defaults(void **state)
{
	struct policy policy = with(NULL);

	(void)state;
	assert_int_equal(policy.mode, MODE_ENFORCE);
	assert_true(policy.base);
	assert_false(policy.from_ll);
	assert_int_equal(policy.require, REQUIRE_LANDLOCK);
	assert_false(policy.net_restricted || policy.net_bind || policy.net_connect);
	assert_int_equal(policy.scope, 0);
	assert_int_equal(policy.confine, CONFINE_METADATA);
	assert_false(policy.anchor);
	assert_int_equal(policy.flags, FLAG_OUTSIDE);
	assert_int_equal(policy.log, LOG_AUTO);
	assert_int_equal(policy.format, FORMAT_TEXT);
	assert_int_equal(policy.frames, 6);
	assert_false(policy.nnp_on);
	assert_false(policy.raw);
}

static void log_file_is_taken_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(with("PRECLUDE_LOG=/var/log/a\\b:c,d").log_path, "/var/log/a\\b:c,d");
	assert_int_equal(
	    accepted(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_FORMAT=text", "PRECLUDE_LOG=/l"}}).format,
	    FORMAT_TEXT);
}

static void refuses_everything_else(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_BASE=all"}}, {"PRECLUDE_BASE, \"all\"", "unknown; write system|none"}},
	    {{{"PRECLUDE_MODE=enforced"}}, {"PRECLUDE_MODE, \"enforced\"", "write enforce|observe|off"}},
	    {{{"PRECLUDE_MODE= off"}}, {"PRECLUDE_MODE, \" off\"", "write enforce|observe|off"}},
	    {{{"PRECLUDE_MODE=OFF"}}, {"PRECLUDE_MODE, \"OFF\""}},
	    {{{"PRECLUDE_REQUIRE=abi"}}, {"PRECLUDE_REQUIRE, \"abi\"", "write landlock|full|abi:N|nothing"}},
	    {{{"PRECLUDE_REQUIRE=abi:0"}}, {"\"abi:0\""}},
	    {{{"PRECLUDE_REQUIRE=abi:07"}}, {"\"abi:07\""}},
	    {{{"PRECLUDE_REQUIRE=abi:4294967297"}}, {"\"abi:4294967297\""}},
	    {{{"PRECLUDE_REQUIRE=full:landlock"}}, {"\"full:landlock\""}},
	    {{{"PRECLUDE_SCOPE=signal:pipes"}}, {"PRECLUDE_SCOPE, element 2, \"pipes\"", "abstract-unix|signal|"}},
	    {{{"PRECLUDE_SCOPE=signal:"}}, {"PRECLUDE_SCOPE, element 2", "empty"}},
	    {{{"PRECLUDE_FLAG=outside,looks"}},
	     {"PRECLUDE_FLAG, element 1, \"outside,looks\"", "write outside|looks|"}},
	    {{{"PRECLUDE_LOG=../x"}}, {"PRECLUDE_LOG, \"../x\"", "write an absolute path, or auto|"}},
	    {{{"PRECLUDE_LOG=preclude.log"}},
	     {"PRECLUDE_LOG, \"preclude.log\"", "auto|stderr|syslog|journal|fd:N|off|/FILE"}},
	    {{{"PRECLUDE_LOG=fd:"}}, {"\"fd:\""}},
	    {{{"PRECLUDE_LOG=fd:-1"}}, {"\"fd:-1\""}},
	    {{{"PRECLUDE_LOG=fd:2x"}}, {"\"fd:2x\""}},
	    {{{"PRECLUDE_LOG=fd:2147483648"}}, {"\"fd:2147483648\""}},
	    {{{"PRECLUDE_FORMAT=xml"}}, {"PRECLUDE_FORMAT, \"xml\"", "write text|json"}},
	    {{{"PRECLUDE_FRAMES=0"}}, {"PRECLUDE_FRAMES, \"0\"", "write 1..16"}},
	    {{{"PRECLUDE_FRAMES=17"}}, {"\"17\""}},
	    {{{"PRECLUDE_FRAMES=6 "}}, {"\"6 \""}},
	    {{{"PRECLUDE_NNP=off"}}, {"PRECLUDE_NNP, \"off\"", "write auto|on"}},
	    {{{"PRECLUDE_CONFINE=on"}}, {"PRECLUDE_CONFINE, \"on\"", "write off|metadata|all"}},
	    {{{"PRECLUDE_ANCHOR=yes"}}, {"PRECLUDE_ANCHOR, \"yes\"", "write on|off"}},
	    {{{"PRECLUDE_CONFINE_RAW=1"}}, {"PRECLUDE_CONFINE_RAW, \"1\"", "write on|off"}},
	    {{{"PRECLUDE_ROOTS=/r", "PRECLUDE_CONFINE_RAW=on", "PRECLUDE_CONFINE=off"}},
	     {"PRECLUDE_CONFINE_RAW is on", "write PRECLUDE_CONFINE=metadata or PRECLUDE_CONFINE_RAW=off"}},
	    {{{"PRECLUDE_NARROW=yes"}}, {"PRECLUDE_NARROW, \"yes\"", "write on|off"}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_value_has_its_meaning),
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(log_file_is_taken_as_it_is),
	    cmocka_unit_test(refuses_everything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
