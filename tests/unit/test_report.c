/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/hostile.h"
#include "twintop/report/report.h"

static struct textbuf written(unsigned sides, bool partly, bool ascii)
{
	const struct moment *m = hostile_moment(sides, partly);
	struct textbuf out = {0};

	report_moment(m, NULL, ascii, &out);
	moment_put(m);
	return out;
}

/* No byte of a name may reach a terminal raw; lines have no blanks at their end. */
static void check_clean(const struct textbuf *t, bool ascii)
{
	uint32_t code;
	size_t n;

	for (size_t i = 0; i < t->len; i += n) {
		n = text_decode(t->bytes + i, t->len - i, &code);
		assert_true(n > 0);
		assert_true(code == '\n' || text_code_width(code) >= 0);
		assert_true(!ascii || code < 0x7f);
		assert_false(code == '\n' && i > 0 && t->bytes[i - 1] == ' ');
	}
}

static void test_no_raw_byte(void **state)
{
	(void)state;
	for (unsigned sides = 0; sides <= 2; sides++)
		for (unsigned way = 0; way < 4; way++) {
			struct textbuf t = written(sides, way & 1, way & 2);

			check_clean(&t, way & 2);
			textbuf_free(&t);
		}
}

static void check_has(const struct textbuf *t, const char *part)
{
	if (!strstr(t->bytes, part))
		print_error("\"%s\" is missing in:\n%s\n", part, t->bytes);
	assert_non_null(strstr(t->bytes, part));
}

static void test_sections(void **state)
{
	static const char *const parts[] = {"A 4242 \\e]0;x", "B 4243", ", child of A",
		"Processes A and B", "What A and B share",
		"Pages of A and B by verdict   [exact: by frame numbers]", "Memory of A and B",
		"55d0a3f10000", "Threads of A: 3   [exact]", "Threads of B: 3", "futex",
		"Files of A: 3", "A 0 and B 0: same_description", "Channels between A and B",
		"pipe  A <-> B", "Unknown here"};
	struct textbuf t = written(2, false, false);

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		check_has(&t, parts[i]);
	textbuf_free(&t);
}

static void test_alone_and_denied(void **state)
{
	struct textbuf alone = written(1, false, false), denied = written(2, true, false);

	(void)state;
	check_has(&alone, "Memory of A   [exact]");
	assert_null(strstr(alone.bytes, "Threads of B"));
	/* How many there are is not known: no number stands there. */
	check_has(&denied, "Files of B   [hidden: not read");
	check_has(&denied, "hidden: needs ptrace read access");
	check_has(&denied, "B 4243 \\e]0;x\\a\\n\\xff\\xc0\\xaf\\xe2\\x80\\xae\"\\x41, ended: "
			   "killed by SIGSEGV");
	textbuf_free(&alone);
	textbuf_free(&denied);
}

/* What is not known of a house has its reason; of two threads there is one house. */
static void test_houses(void **state)
{
	const struct moment *m = hostile_moment(2, true);
	struct pair *pair = (struct pair *)(uintptr_t)m->pair;
	struct textbuf out = {0};

	(void)state;
	report_moment(m, "house", false, &out);
	check_has(&out, "The house of A: rooms");
	check_has(&out, "The house of B: rooms");
	check_has(&out, "  It has ended: so it was when it was read last.");
	check_has(&out, " is not known: ");
	assert_null(strstr(out.bytes, "of A and B: "));
	textbuf_clear(&out);
	pair->relation = RELATION_THREADS;
	report_moment(m, "house", false, &out);
	check_has(&out, "The house of A and B: rooms");
	check_has(&out, "The house of A and B: people");
	check_has(&out, "  AB  PERSON  ");
	assert_null(strstr(out.bytes, "The house of B"));
	textbuf_free(&out);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_raw_byte),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_alone_and_denied),
		cmocka_unit_test(test_houses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
