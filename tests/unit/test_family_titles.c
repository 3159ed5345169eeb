/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a command line tells a member of a family from its like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/proc/family_titles.h"

/* Lines of up to so many bytes, as cmdline has them. */
#define LINE(bytes)                                                                                \
	(const struct text)                                                                        \
	{                                                                                          \
		bytes, sizeof bytes - 1                                                            \
	}
#define NOTHING                                                                                    \
	(const struct text)                                                                        \
	{                                                                                          \
		NULL, 0                                                                            \
	}

static void expect(const char *comm, struct text line, struct text parents, const char *title)
{
	struct textbuf b = {0};

	textbuf_adds(&b, "");
	family_title_make(text_of(comm), line, parents, &b);
	assert_string_equal(b.bytes, title);
	textbuf_free(&b);
}

static void who_writes_a_title_is_told_by_it(void **state)
{
	const struct text server = LINE("/usr/lib/postgresql/17/bin/postgres\0-D\0/var/lib/pg\0");

	(void)state;
	expect("postgres", LINE("postgres: checkpointer \0\0\0\0"), server,
		"postgres: checkpointer");
	expect("postgres", LINE("postgres: joe shop [local] idle"), server,
		"postgres: joe shop [local] idle");
	expect("nginx", LINE("nginx: worker process\0"),
		LINE("nginx: master process /usr/sbin/nginx\0"), "nginx: worker process");
	expect("nginx", LINE("nginx: worker process\0"), LINE("nginx: worker process\0"), "");
	expect("gunicorn", LINE("gunicorn: worker [shop]\0"), LINE("gunicorn: master [shop]\0"),
		"gunicorn: worker [shop]");
}

static void who_was_started_with_arguments_is_told_by_its_own(void **state)
{
	const struct text zygote = LINE("/usr/lib/chromium/chromium --type=zygote --lang=de\0");

	(void)state;
	/* All in one argument, as browsers write it, and in many. */
	expect("chromium",
		LINE("/usr/lib/chromium/chromium --type=renderer --lang=de "
		     "--renderer-client-id=7\0"),
		zygote, "--type=renderer --renderer-client-id=7");
	expect("chromium", LINE("/usr/lib/chromium/chromium\0--type=gpu-process\0--lang=de\0"),
		zygote, "--type=gpu-process");
	expect("cc1", LINE("/usr/lib/gcc/cc1\0-quiet\0main.c\0"), LINE("gcc\0-c\0main.c\0"),
		"-quiet");
	expect("run.sh", LINE("/bin/sh\0./run.sh\0--fast\0"), LINE("-bash\0"), "--fast");
}

static void who_says_nothing_else_has_no_title(void **state)
{
	const struct text line = LINE("python3\0serve.py\0--workers=4\0");

	(void)state;
	expect("python3", line, line, ""); /* a worker */
	expect("bash", LINE("-bash\0"), NOTHING, "");
	expect("sleep", LINE("/bin/sleep\0"), NOTHING, "");
	expect("kthreadd", NOTHING, NOTHING, "");
	expect("", LINE("\0\0\0\0"), NOTHING, "");
	expect("x", LINE(" "), NOTHING, "");
}

static void long_ones_show_their_ends(void **state)
{
	static char many[20000], one[20000];

	(void)state;
	memset(many, 'x', sizeof many);
	memcpy(many, "cc\0-Wall\0", 9);
	memcpy(many + sizeof many - 12, "\0-o\0a.o\0a.c\0", 12);
	expect("cc", (struct text){many, sizeof many}, NOTHING, "-Wall… -o a.o a.c");
	memset(one, 'y', sizeof one);
	memcpy(one, "cc\0", 3);
	expect("cc", (struct text){one, sizeof one}, NOTHING,
		"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…");
	/* The end of the last one where it is too long; nothing is cut within a character. */
	expect("cc",
		LINE("cc\0-c\0/a/very/long/path/that/leads/to/some/where/ä/and/then/to/the/file.c"),
		NOTHING, "-c…y/long/path/that/leads/to/some/where/ä/and/then/to/the/file.c");
	for (size_t i = 3; i + 1 < sizeof one; i += 2)
		memcpy(one + i, "\xc3\xa4", 2);
	expect("cc", (struct text){one, sizeof one - 1}, NOTHING,
		"ääääääääääääääääääääääääääääääää…");
}

/* More words than are looked at, words of nothing, bytes that are no text. */
static void anything_may_be_written_there(void **state)
{
	static char zeros[70000], words[70000];
	struct textbuf b = {0};

	(void)state;
	expect("x", (struct text){zeros, sizeof zeros}, NOTHING, "");
	for (size_t i = 0; i < sizeof words; i++)
		words[i] = i % 2 ? '\0' : (char)('a' + i / 2 % 26);
	family_title_make(text_of("q"), (struct text){words, sizeof words}, NOTHING, &b);
	assert_in_range(b.len, 1, 80);
	textbuf_free(&b);
	expect("x", LINE("\xff\xfe\x1b[31m y\0\x80"), NOTHING, "\xff\xfe\x1b[31m y \x80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_writes_a_title_is_told_by_it),
		cmocka_unit_test(who_was_started_with_arguments_is_told_by_its_own),
		cmocka_unit_test(who_says_nothing_else_has_no_title),
		cmocka_unit_test(long_ones_show_their_ends),
		cmocka_unit_test(anything_may_be_written_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
