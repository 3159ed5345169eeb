/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/theme_file.h"

#include <ctype.h>
#include <string.h>

#include "twintop/base/setting.h"
#include "twintop/draw/sign_lesson.h"

#define NAME_MOST 64

/* As xterm has them; in the order of their numbers. */
static const struct {
	const char *name;
	int32_t rgb;
} basic_table[] = {
	{"black", 0x000000},
	{"red", 0xcd0000},
	{"green", 0x00cd00},
	{"yellow", 0xcdcd00},
	{"blue", 0x0000ee},
	{"magenta", 0xcd00cd},
	{"cyan", 0x00cdcd},
	{"white", 0xe5e5e5},
	{"bright-black", 0x7f7f7f},
	{"bright-red", 0xff0000},
	{"bright-green", 0x00ff00},
	{"bright-yellow", 0xffff00},
	{"bright-blue", 0x5c5cff},
	{"bright-magenta", 0xff00ff},
	{"bright-cyan", 0x00ffff},
	{"bright-white", 0xffffff},
};
#define BASIC_N ((int)(sizeof basic_table / sizeof *basic_table))

static const struct {
	const char *name;
	uint8_t bit;
} attribute_table[] = {
	{"bold", LOOK_BOLD},
	{"dim", LOOK_DIM},
	{"reverse", LOOK_REVERSE},
	{"underline", LOOK_UNDERLINE},
};

struct colour {
	int32_t rgb;
	int8_t basic;
};

static int apart(int32_t a, int32_t b)
{
	int sum = 0;

	for (int shift = 0; shift <= 16; shift += 8) {
		int d = (a >> shift & 0xff) - (b >> shift & 0xff);

		sum += d * d;
	}
	return sum;
}

static int8_t nearest_basic(int32_t rgb)
{
	int best = 0;

	for (int i = 1; i < BASIC_N; i++)
		if (apart(basic_table[i].rgb, rgb) < apart(basic_table[best].rgb, rgb))
			best = i;
	return (int8_t)best;
}

static bool parse_hex(struct text word, struct colour *ret)
{
	struct scan s = scan_of(word.bytes, word.len);
	uint64_t rgb;

	if (word.len != 7 || !scan_char(&s, '#') || !isxdigit((unsigned char)s.at[1]) ||
		!scan_hex(&s, &rgb) || s.at != s.end)
		return false;
	*ret = (struct colour){(int32_t)rgb, nearest_basic((int32_t)rgb)};
	return true;
}

static bool parse_colour(struct text word, struct colour *ret)
{
	if (text_equal(word, text_of("default"))) {
		*ret = (struct colour){COLOUR_DEFAULT, COLOUR_DEFAULT};
		return true;
	}
	for (int i = 0; i < BASIC_N; i++)
		if (text_equal(word, text_of(basic_table[i].name))) {
			*ret = (struct colour){basic_table[i].rgb, (int8_t)i};
			return true;
		}
	return parse_hex(word, ret);
}

static uint8_t attribute_of(struct text word)
{
	for (size_t i = 0; i < sizeof attribute_table / sizeof *attribute_table; i++)
		if (text_equal(word, text_of(attribute_table[i].name)))
			return attribute_table[i].bit;
	return 0;
}

/* Where there is no colour, a role that is given no attributes keeps those of its base. */
static const char *parse_look(struct text value, struct look *look)
{
	struct scan s = scan_of(value.bytes, value.len);
	struct look made = {COLOUR_DEFAULT, COLOUR_DEFAULT, COLOUR_DEFAULT, COLOUR_DEFAULT, 0, 0};
	bool behind = false;
	struct text word;
	struct colour c;

	while (setting_word(&s, &word)) {
		uint8_t attribute = attribute_of(word);

		if (attribute) {
			made.attributes |= attribute;
		} else if (text_equal(word, text_of("on"))) {
			behind = true;
		} else if (!parse_colour(word, &c)) {
			return "give colours as #rrggbb, default or a name such as bright-red, and "
			       "bold, "
			       "dim, reverse or underline";
		} else if (behind) {
			made.rgb_back = c.rgb;
			made.basic_back = c.basic;
		} else {
			made.rgb = c.rgb;
			made.basic = c.basic;
		}
	}
	made.mono = made.attributes ? made.attributes : look->mono;
	*look = made;
	return NULL;
}

/* "side A" is side-a. */
static bool names_style(struct text key, const char *id)
{
	size_t i;

	for (i = 0; i < key.len && id[i]; i++) {
		char c = id[i] == ' ' ? '-' : (char)tolower((unsigned char)id[i]);

		if (tolower((unsigned char)key.bytes[i]) != c)
			return false;
	}
	return i == key.len && !id[i];
}

static const char *set_base(struct theme *theme, struct text value)
{
	for (size_t i = 0; i < theme_table_n; i++)
		if (text_equal(value, text_of(theme_table[i].name))) {
			*theme = theme_table[i];
			return NULL;
		}
	return "the base is one of dark, light, projector, projector-dark and mono";
}

static const char *set_rgb(int32_t *ret, struct text value)
{
	struct colour c;

	if (!parse_hex(value, &c))
		return "give a colour as #rrggbb";
	*ret = c.rgb;
	return NULL;
}

const char *theme_set(struct theme *theme, struct text key, struct text value)
{
	if (text_equal(key, text_of("base")))
		return set_base(theme, value);
	if (text_equal(key, text_of("paper")))
		return set_rgb(&theme->paper, value);
	if (text_equal(key, text_of("ink")))
		return set_rgb(&theme->ink, value);
	if (text_equal(key, text_of("lecture")))
		return setting_truth(value, &theme->lecture) ? "give yes or no" : NULL;
	for (int style = 0; style < STYLES; style++)
		if (names_style(key, style_info[style].id))
			return parse_look(value, &theme->look[style]);
	return "no role of a theme has that name: the glossary (G) has them all";
}

bool theme_file_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > NAME_MOST || !isalnum((unsigned char)*name))
		return false;
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return false;
	return true;
}
