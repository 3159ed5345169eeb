/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text piece by piece: what one value looks like, where pieces end, and a sink that fails. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/report/json_internal.h"
#include "tests/fixtures/hostile.h"
#include "tests/fixtures/json_text.h"
#include "tests/fixtures/scene.h"

#define FLAGS (JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15))

/* A sink that keeps what it gets, but fails at the call of that number. */
struct keeper {
	struct textbuf text;
	size_t calls, fails_at; /* 0: never */
	int error;
};

static int keep(void *context, const char *bytes, size_t len)
{
	struct keeper *k = context;

	assert_true(len > 0 && len <= JSON_PIECE);
	if (++k->calls == k->fails_at)
		return k->error;
	textbuf_add(&k->text, bytes, len);
	return 0;
}

static struct json_writer *writer_to(struct keeper *k)
{
	return json_writer_new((struct json_sink){keep, k});
}

/* ---- values ---------------------------------------------------------------- */

/* The value as it is written and as jansson writes the tree, whose reference it takes. */
static void check_value(struct value v, json_t *tree)
{
	struct keeper k = {0};
	struct json_writer *w = writer_to(&k);
	char *expected = json_dumps(tree, FLAGS);

	json_put_value(w, NULL, &v, UNIT_NONE);
	json_flush(w);
	assert_non_null(expected);
	assert_string_equal(k.text.bytes, expected);
	free(expected);
	json_decref(tree);
	json_writer_free(w);
	textbuf_free(&k.text);
}

static void test_whole_numbers(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 63; bit++)
		for (uint64_t u = (1ull << bit) - 1; u <= (1ull << bit) + 1; u++) {
			check_value(value_uint(u), json_integer((json_int_t)u));
			check_value(value_int(-(int64_t)u), json_integer(-(json_int_t)u));
		}
	check_value(value_uint(INT64_MAX), json_integer(INT64_MAX));
	check_value(value_int(INT64_MIN), json_integer(INT64_MIN));
	check_value(value_uint(1ull << 63), json_string("9223372036854775808"));
	check_value(value_uint(UINT64_MAX), json_string("18446744073709551615"));
}

static void test_addresses(void **state)
{
	(void)state;
	check_value(value_address(0), json_string("0x0"));
	check_value(value_address(0x7f2c40000000), json_string("0x7f2c40000000"));
	check_value(value_address(UINT64_MAX), json_string("0xffffffffffffffff"));
}

static void test_real_numbers(void **state)
{
	static const struct {
		double real, rounded;
	} cases[] = {{0, 0}, {-0.0, 0}, {-0.0004, 0}, {0.0005, 0.001}, {-0.0005, -0.001},
		{0.1, 0.1}, {-12.34, -12.34}, {99.9994, 99.999}, {99.9996, 100}, {104.905, 104.905},
		{1e9 / 3, 333333333.333}, {1e12, 1e12}, {-1e12, -1e12}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_value(value_real(cases[i].real), json_real(cases[i].rounded));
	for (int i = -2500; i <= 2500; i++)
		check_value(value_real(i / 1000.0), json_real(i / 1000.0));
	check_value(value_real(NAN), json_null());
	check_value(value_real(-INFINITY), json_null());
	check_value(value_real(DBL_MAX), json_null());
}

static void test_lists_and_the_rest(void **state)
{
	static const int64_t number[] = {-1, 0, 7};
	static const uint64_t address[] = {0x10, 0};
	static const pid_t pid[] = {4242};
	static const struct text text[] = {{"a", 1}, {NULL, 0}, {"\n", 1}};

	(void)state;
	check_value(value_bool(true), json_true());
	check_value(value_bool(false), json_false());
	check_value(value_unknown(VALUE_UINT, VALUE_DENIED, "a reason"), json_null());
	check_value(value_ints(number, 3), json_pack("[i,i,i]", -1, 0, 7));
	check_value(value_ints(NULL, 0), json_array());
	check_value(value_addresses(address, 2), json_pack("[s,s]", "0x10", "0x0"));
	check_value(value_pids(pid, 1), json_pack("[i]", 4242));
	check_value(value_texts(text, 3), json_pack("[s,s,s]", "a", "", "\n"));
}

static void test_texts(void **state)
{
	char bytes[3];

	(void)state;
	check_value(value_string(""), json_string(""));
	check_value(value_string("futex_wait_queue /a~b"), json_string("futex_wait_queue /a~b"));
	check_value(value_string("\xe4\xbd\xa0 e\xcc\x81"), json_string("\xe4\xbd\xa0 e\xcc\x81"));
	for (int c = 0; c < 256; c++) {
		const struct text t = {bytes, sizeof bytes};

		if (c == 0x7f) /* escaped: hidden_codes_are_escaped() */
			continue;
		memcpy(bytes, (char[]){'x', (char)c, 'y'}, sizeof bytes);
		check_value(value_text(t), json_of_text(t));
	}
}

/* Texts longer than a piece, and such whose escapes fall on the end of one. */
static void test_long_texts(void **state)
{
	struct textbuf long_text = {0};

	(void)state;
	while (long_text.len < JSON_PIECE - 8)
		textbuf_adds(&long_text, "abcdefgh");
	for (int i = 0; i < 12; i++) {
		const struct text t = {long_text.bytes, long_text.len};

		check_value(value_text(t), json_of_text(t));
		textbuf_adds(&long_text, i % 2 ? "\xff\"" : "p");
	}
	while (long_text.len < 3 * JSON_PIECE)
		textbuf_adds(&long_text, "\\x41");
	check_value(value_text((struct text){long_text.bytes, long_text.len}),
		json_of_text((struct text){long_text.bytes, long_text.len}));
	textbuf_free(&long_text);
}

/* ---- pieces and errors ----------------------------------------------------- */

static const struct moment *large_moment(void)
{
	return scene_moment(&(struct scene){.step = 5, .rows = 500});
}

/* One writer tells the same as a new one each time: nothing of a moment is left in it. */
static void test_writer_serves_again(void **state)
{
	const struct moment *m[] = {
		large_moment(), hostile_moment(2, true), hostile_moment(1, false), large_moment()};
	struct textbuf expected = {0};
	struct keeper k = {0};
	struct json_writer *w = writer_to(&k);

	(void)state;
	for (size_t i = 0; i < sizeof m / sizeof *m; i++) {
		assert_int_equal(json_writer_moment(w, m[i]), 0);
		json_text(m[i], &expected);
		moment_put(m[i]);
	}
	assert_int_equal(k.text.len, expected.len);
	assert_memory_equal(k.text.bytes, expected.bytes, expected.len);
	assert_true(k.calls > k.text.len / JSON_PIECE && k.text.len > 4 * JSON_PIECE);
	json_writer_free(w);
	json_writer_free(NULL);
	textbuf_free(&expected);
	textbuf_free(&k.text);
}

/* What came before the error is the beginning of the line; nothing comes after it. */
static void check_failure(const struct moment *m, const struct textbuf *line, size_t at, int error)
{
	struct keeper k = {.fails_at = at, .error = error};
	struct json_writer *w = writer_to(&k);

	assert_int_equal(json_writer_moment(w, m), error);
	assert_int_equal(k.calls, at);
	assert_int_equal(k.text.len, (at - 1) * JSON_PIECE);
	assert_memory_equal(k.text.len ? k.text.bytes : "", line->bytes, k.text.len);
	assert_int_equal(json_writer_moment(w, m), error);
	assert_int_equal(k.calls, at);
	json_writer_free(w);
	textbuf_free(&k.text);
}

static void test_sink_fails(void **state)
{
	const struct moment *m = large_moment();
	struct textbuf line = {0};
	size_t pieces;

	(void)state;
	json_text(m, &line);
	pieces = (line.len + JSON_PIECE - 1) / JSON_PIECE;
	assert_true(pieces > 4);
	for (size_t at = 1; at <= pieces; at++)
		check_failure(m, &line, at, at % 2 ? -EPIPE : -ENOSPC);
	textbuf_free(&line);
	moment_put(m);
}

/* ---- what must not reach a terminal or a reader of lines ---------------------- */

/* The text as it is written, by both ways that texts take: as a value and in a small tree. */
static void write_text(struct keeper *k, struct text t, bool tree)
{
	struct json_writer *w = writer_to(k);

	if (tree)
		json_put_tree(w, NULL, json_of_text(t));
	else
		json_put_text(w, NULL, t);
	json_flush(w);
	json_writer_free(w);
}

static void check_hidden(uint32_t code)
{
	char utf8[8] = "a";
	size_t len = 1 + text_encode(code, utf8 + 1);

	utf8[len++] = 'z';
	for (int tree = 0; tree < 2; tree++) {
		struct keeper k = {0};
		json_t *back;

		write_text(&k, (struct text){utf8, len}, tree);
		for (size_t i = 0; i < k.text.len; i++)
			assert_true(k.text.bytes[i] >= ' ' && k.text.bytes[i] < 0x7f);
		assert_non_null(strstr(k.text.bytes, "\\u"));
		back = json_loadb(k.text.bytes, k.text.len, JSON_DECODE_ANY, NULL);
		assert_int_equal(json_string_length(back), len);
		assert_memory_equal(json_string_value(back), utf8, len);
		json_decref(back);
		textbuf_free(&k.text);
	}
}

static void hidden_codes_are_escaped(void **state)
{
	static const uint32_t codes[] = {0x1, 0x1b, 0x7f, 0xad, 0x34f, 0x61c, 0x180e, 0x200b,
		0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069,
		0x3164, 0xe000, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0x1d173, 0xe0001, 0xe0020,
		0x10fffd};

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		check_hidden(codes[i]);
	for (uint32_t c1 = 0x80; c1 < 0xa0; c1++)
		check_hidden(c1);
}

/* Letters of all languages stay what they are. */
static void letters_are_not_escaped(void **state)
{
	static const char letters[] = "\"\xc3\xa4\xce\xb1\xd7\x90\xe4\xb8\xad\xf0\x9f\x98\x80\"";

	(void)state;
	for (int tree = 0; tree < 2; tree++) {
		struct keeper k = {0};

		write_text(&k, (struct text){letters + 1, sizeof letters - 3}, tree);
		assert_string_equal(k.text.bytes, letters);
		textbuf_free(&k.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_codes_are_escaped),
		cmocka_unit_test(letters_are_not_escaped),
		cmocka_unit_test(test_whole_numbers),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_real_numbers),
		cmocka_unit_test(test_lists_and_the_rest),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_writer_serves_again),
		cmocka_unit_test(test_sink_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
