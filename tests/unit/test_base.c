/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/base/arena.h"
#include "twintop/base/log.h"
#include "twintop/base/num.h"
#include "twintop/base/text.h"
#include "twintop/base/units.h"
#include "twintop/base/vec.h"

static void arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena a = {0};
	char *first = arena_alloc(&a, 3), *large = arena_alloc(&a, 3 << 20),
	     *none = arena_alloc(&a, 0);

	(void)state;
	assert_int_equal((uintptr_t)first % sizeof(void *), 0);
	assert_int_equal((uintptr_t)large % sizeof(void *), 0);
	for (size_t i = 0; i < 3u << 20; i++)
		assert_int_equal(large[i], 0);
	assert_ptr_not_equal(none, first);
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	assert_true(a.held_bytes >= 3u << 20);
	arena_free(&a);
	assert_int_equal(a.held_bytes, 0);
}

/* A name in a log line must not be able to forge another line. */
static void the_log_has_a_line_a_call(void **state)
{
	char path[] = "/tmp/twintop-log-XXXXXX", text[256] = "";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	log_line("nowhere to go");
	assert_int_equal(log_open("/nonexistent/log"), -ENOENT);
	assert_int_equal(log_open(path), 0);
	log_line("pid %d", 7);
	log_line("name %s", "a\n0.0 forged\x1b[2J");
	log_close();
	log_line("nowhere again");
	assert_true(read(fd, text, sizeof text - 1) > 0);
	close(fd);
	unlink(path);
	assert_non_null(strstr(text, " pid 7\n"));
	assert_non_null(strstr(text, " name a\\n0.0 forged\\e[2J\n"));
	assert_ptr_equal(strrchr(text, '\n'), text + strlen(text) - 1);
	assert_null(strstr(text, "nowhere"));
}

static void vec_grows(void **state)
{
	VEC(int) v = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		VEC_PUSH(&v, i * i);
	assert_int_equal(v.n, 1000);
	assert_int_equal(v.item[999], 998001);
	VEC_FREE(&v);
	assert_null(v.item);
}

static void numbers_are_checked(void **state)
{
	struct scan s =
		scan_of("18446744073709551615 18446744073709551616 -9223372036854775808", 62);
	uint64_t u = 5;
	int64_t i;

	(void)state;
	assert_true(scan_u64(&s, &u));
	assert_true(u == UINT64_MAX);
	scan_blanks(&s);
	assert_false(scan_u64(&s, &u));
	assert_true(scan_literal(&s, "18446744073709551616 "));
	assert_true(scan_i64(&s, &i));
	assert_true(i == INT64_MIN);
	assert_false(scan_u64(&s, &u));
	s = scan_of("0x7fff-0g", 9);
	assert_true(scan_hex(&s, &u) && u == 0x7fff && scan_char(&s, '-'));
	assert_true(scan_hex(&s, &u) && u == 0 && *s.at == 'g');
}

static void lines_end_with_or_without_newline(void **state)
{
	struct scan s = scan_of("a\n\nb", 4), line;

	(void)state;
	assert_true(scan_line(&s, &line) && line.end - line.at == 1);
	assert_true(scan_line(&s, &line) && line.end == line.at);
	assert_true(scan_line(&s, &line) && *line.at == 'b');
	assert_false(scan_line(&s, &line));
}

static void whole_numbers_from_the_command_line(void **state)
{
	uint64_t v = 3;

	(void)state;
	assert_int_equal(num_parse("42", 1, 100, &v), 0);
	assert_int_equal(v, 42);
	assert_int_equal(num_parse("", 0, 9, &v), -EINVAL);
	assert_int_equal(num_parse("4x", 0, 9, &v), -EINVAL);
	assert_int_equal(num_parse("-4", 0, 9, &v), -EINVAL);
	assert_int_equal(num_parse("101", 1, 100, &v), -ERANGE);
	assert_int_equal(num_parse("99999999999999999999", 1, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(v, 42);
}

static void seconds_from_the_command_line(void **state)
{
	uint64_t ns = 0;

	(void)state;
	assert_int_equal(num_parse_seconds("0.1", 1, UINT64_MAX, &ns), 0);
	assert_int_equal(ns, 100000000);
	assert_int_equal(num_parse_seconds("2", 1, UINT64_MAX, &ns), 0);
	assert_int_equal(ns, 2000000000);
	assert_int_equal(num_parse_seconds(".5", 1, UINT64_MAX, &ns), 0);
	assert_int_equal(ns, 500000000);
	assert_int_equal(num_parse_seconds("0", 1, UINT64_MAX, &ns), -ERANGE);
	assert_int_equal(num_parse_seconds(".", 0, UINT64_MAX, &ns), -EINVAL);
	assert_int_equal(num_parse_seconds("1e3", 0, UINT64_MAX, &ns), -EINVAL);
	assert_int_equal(num_parse_seconds("99999999999999999999", 0, UINT64_MAX, &ns), -ERANGE);
	assert_int_equal(num_parse_seconds("18446744073", 0, UINT64_MAX, &ns), -ERANGE);
}

static void expect_printable(const char *bytes, size_t len, const char *want)
{
	struct textbuf out = {0};

	text_printable(&out, (struct text){bytes, len});
	assert_string_equal(out.bytes, want);
	textbuf_free(&out);
}

static void names_are_made_printable(void **state)
{
	(void)state;
	expect_printable("plain name", 10, "plain name");
	expect_printable("\033[2Jx\n", 6, "\\e[2Jx\\n");
	expect_printable("a\0b", 3, "a\\x00b");
	expect_printable("e\xcc\x81\xcc\x82", 5, "e\xcc\x81\xcc\x82");
	expect_printable("\xcc\x81z", 3, "\\xcc\\x81z"); /* marks that nothing bears */
	expect_printable("a\n\xcc\x81\xcc\x82", 6, "a\\n\\xcc\\x81\\xcc\\x82");
	expect_printable("\xff\xc3\xa4\x7f", 4, "\\xff\xc3\xa4\\x7f");
	expect_printable("\xc2\x9b", 2, "\\xc2\\x9b"); /* C1: CSI */
	expect_printable("\xe2\x80\xae"
			 "x",
		4, "\\xe2\\x80\\xaex"); /* bidi override */
	expect_printable("", 0, "");
}

static void expect_utf8(const char *bytes, size_t len, const char *want)
{
	struct textbuf out = {0};

	text_utf8(&out, (struct text){bytes, len});
	assert_string_equal(out.bytes, want);
	textbuf_free(&out);
}

static void names_keep_every_byte_in_json(void **state)
{
	(void)state;
	expect_utf8("a\xff"
		    "b",
		3, "a\\xffb");
	expect_utf8("a\\xffb", 6, "a\\x5cxffb");
	expect_utf8("C:\\temp", 7, "C:\\temp");
	expect_utf8("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
	expect_utf8("\\x4", 3, "\\x4");
}

static void widths_do_not_hang_on_the_locale(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc", 3), 3);
	assert_int_equal(text_width("\xe2\x95\x90", 3), 1);		/* box drawing */
	assert_int_equal(text_width("\xe4\xbd\xa0\xe5\xa5\xbd", 6), 4); /* two wide ones */
	assert_int_equal(text_width("e\xcc\x81", 3), 1);		/* combining accent */
	assert_int_equal(text_code_width(0x1b), -1);
	assert_int_equal(text_code_width(0x202e), -1);
}

static void units_are_short(void **state)
{
	char out[UNITS_MAX];

	(void)state;
	assert_string_equal(units_bytes(out, 0), "0");
	assert_string_equal(units_bytes(out, 512), "512");
	assert_string_equal(units_bytes(out, 20480), "20K");
	assert_string_equal(units_bytes(out, 1536), "1.5K");
	assert_string_equal(units_bytes(out, 64ull << 30), "64G");
	assert_string_equal(units_count(out, 99999), "99999");
	assert_string_equal(units_count(out, 1234567), "1.2M");
	assert_string_equal(units_time(out, 850), "850ns");
	assert_string_equal(units_time(out, 1200000), "1.2ms");
	assert_string_equal(units_time(out, 125000000000ull), "2:05");
	assert_string_equal(units_time(out, 3723000000000ull), "1:02:03");
	assert_string_equal(units_percent(out, 0.34), "0.3%");
	assert_string_equal(units_percent(out, 100), "100%");
}

static void text_pieces(void **state)
{
	struct textbuf b = {0};

	(void)state;
	assert_true(text_equal(text_basename(text_of("/usr/bin/x")), text_of("x")));
	assert_true(text_equal(text_basename(text_of("x")), text_of("x")));
	assert_true(text_has_suffix(text_of("a (deleted)"), " (deleted)"));
	assert_false(text_has_prefix(text_of("a"), "ab"));
	assert_true(text_compare(text_of("a"), text_of("ab")) < 0);
	assert_true(text_compare(text_of("b"), text_of("ab")) > 0);
	for (int i = 0; i < 100; i++)
		textbuf_addf(&b, "%d,", i);
	assert_int_equal(b.len, 290);
	assert_int_equal(strlen(b.bytes), 290);
	textbuf_free(&b);
}

/* An empty one reads as something; one that is not known does not. */
static void a_name_is_never_nothing(void **state)
{
	static const struct {
		struct text name;
		const char *said;
	} cases[] = {{{"", 0}, "(no name)"}, {{NULL, 0}, ""}, {{" ", 1}, " "},
		{{"\x1b[1m", 4}, "\\e[1m"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct textbuf b = {0};

		textbuf_adds(&b, "");
		text_name(&b, cases[i].name);
		assert_string_equal(b.bytes, cases[i].said);
		textbuf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_never_nothing),
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(the_log_has_a_line_a_call),
		cmocka_unit_test(vec_grows),
		cmocka_unit_test(numbers_are_checked),
		cmocka_unit_test(lines_end_with_or_without_newline),
		cmocka_unit_test(whole_numbers_from_the_command_line),
		cmocka_unit_test(seconds_from_the_command_line),
		cmocka_unit_test(names_are_made_printable),
		cmocka_unit_test(names_keep_every_byte_in_json),
		cmocka_unit_test(widths_do_not_hang_on_the_locale),
		cmocka_unit_test(units_are_short),
		cmocka_unit_test(text_pieces),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
