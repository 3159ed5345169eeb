/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/guess.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "twintop/base/num.h"
#include "twintop/base/table.h"

const char *guess_wanted(enum guess_kind kind)
{
	static const char *const wanted[] = {
		[GUESS_COUNT] = "a whole number, such as 12 or 4K",
		[GUESS_KIB] = "a size in KiB, such as 12, 300K or 2M",
		[GUESS_TRUTH] = "yes or no",
		[GUESS_WORD] = "a word",
	};
	TABLE_ROWS(wanted, GUESS_KINDS);

	return wanted[kind];
}

/* K, M or G behind a number: which power of thousand or 1024; none is 0. */
static int take_power(struct scan *s)
{
	static const char letters[] = "kmg";

	for (int i = 0; letters[i]; i++)
		if (scan_char(s, letters[i]) || scan_char(s, (char)(letters[i] - 'a' + 'A')))
			return i + 1;
	return 0;
}

static int parse_number(enum guess_kind kind, const char *text, int64_t *ret)
{
	struct scan s = scan_of(text, strlen(text));
	int64_t number, base = kind == GUESS_KIB ? 1024 : 1000;
	int power;

	(void)(*text == '+' && scan_char(&s, '+'));
	if (!scan_i64(&s, &number))
		return -EINVAL;
	power = take_power(&s);
	if (kind == GUESS_KIB && power) {
		power--; /* a size is told in KiB */
		(void)(scan_literal(&s, "iB") || scan_char(&s, 'B'));
	}
	if (s.at != s.end)
		return -EINVAL;
	for (; power > 0; power--)
		if (__builtin_mul_overflow(number, base, &number))
			return -ERANGE;
	*ret = number;
	return 0;
}

static int parse_truth(const char *text, int64_t *ret)
{
	static const char *const word[][2] = {
		{"no", "yes"}, {"n", "y"}, {"false", "true"}, {"0", "1"}};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		for (int yes = 0; yes < 2; yes++)
			if (strcasecmp(text, word[i][yes]) == 0) {
				*ret = yes;
				return 0;
			}
	return -EINVAL;
}

/* Without the blanks around it; false: there is nothing else, or too much. */
static bool copy_trimmed(const char *text, char out[MEASURE_TEXT])
{
	size_t len;

	text += strspn(text, " ");
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	if (!len || len >= MEASURE_TEXT)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

int guess_parse(enum guess_kind kind, const char *text, struct guess *ret)
{
	struct guess guess = {.kind = kind};
	int error = 0;

	if (!copy_trimmed(text, guess.text))
		return -EINVAL;
	if (kind == GUESS_COUNT || kind == GUESS_KIB)
		error = parse_number(kind, guess.text, &guess.number);
	else if (kind == GUESS_TRUTH)
		error = parse_truth(guess.text, &guess.number);
	if (!error)
		*ret = guess;
	return error;
}

const char *guess_verdict_name(enum guess_verdict verdict)
{
	static const char *const name[] = {
		[GUESS_RIGHT] = "right",
		[GUESS_NEAR] = "near",
		[GUESS_WRONG] = "wrong",
	};
	TABLE_ROWS(name, GUESS_VERDICTS);

	return name[verdict];
}

static enum guess_verdict judge_number(int64_t guess, int64_t measured)
{
	int64_t away, most = (measured < 0 ? -(measured + 1) : measured) / 10;

	if (guess == measured)
		return GUESS_RIGHT;
	if (__builtin_sub_overflow(guess, measured, &away))
		return GUESS_WRONG;
	return away <= most && away >= -most ? GUESS_NEAR : GUESS_WRONG;
}

static enum guess_verdict judge_word(const char *guess, const char *measured)
{
	const char *equals = strchr(measured, '=');
	bool right =
		strcasecmp(guess, measured) == 0 || (equals && strcasecmp(guess, equals + 1) == 0);

	return right ? GUESS_RIGHT : GUESS_WRONG;
}

enum guess_verdict guess_judge(const struct guess *guess, const struct measure *measured)
{
	switch (guess->kind) {
	case GUESS_TRUTH:
		return judge_word(guess->number ? "true" : "false", measured->text);
	case GUESS_WORD:
		return judge_word(guess->text, measured->text);
	default:
		return measured->kind == MEASURE_NUMBER
			       ? judge_number(guess->number, measured->number)
			       : judge_word(guess->text, measured->text);
	}
}
