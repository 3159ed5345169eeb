/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The themes: text can be read, and colours that mean different things stay apart for all eyes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/draw/theme.h"

#define TEXT_CONTRAST	   4.5 /* WCAG 2.2, AA */
#define PROJECTOR_CONTRAST 7.0 /* AAA */
#define APART		   8.0 /* CIE76; about 2.3 can just be told from another beside it */
#define PROJECTOR_APART	   15.0

struct linear {
	double c[3]; /* red, green, blue: light, 0 to 1 */
};

static struct linear linear_of(int32_t rgb)
{
	struct linear l;

	for (int i = 0; i < 3; i++) {
		double c = (rgb >> (16 - 8 * i) & 255) / 255.0;

		l.c[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
	}
	return l;
}

static double luminance(int32_t rgb)
{
	struct linear l = linear_of(rgb);

	return 0.2126 * l.c[0] + 0.7152 * l.c[1] + 0.0722 * l.c[2];
}

static double contrast(int32_t a, int32_t b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static void text_stands_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < theme_table_n; i++)
		for (int style = 0; style < STYLES; style++) {
			const struct theme *t = &theme_table[i];
			const struct look *look = &t->look[style];
			int32_t ink = look->rgb == COLOUR_DEFAULT ? t->ink : look->rgb;
			int32_t paper =
				look->rgb_back == COLOUR_DEFAULT ? t->paper : look->rgb_back;
			double least = t->lecture ? PROJECTOR_CONTRAST : TEXT_CONTRAST;

			if (contrast(ink, paper) < least)
				fail_msg("%s, style %d: contrast %.2f", t->name, style,
					contrast(ink, paper));
		}
}

/* How eyes without long, or without middle cones see: Machado, Oliveira, Fernandes (2009). */
static const struct {
	const char *name;
	double m[3][3];
} eyes[] = {
	{"all cones", {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	{"protanopia", {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216},
			       {-0.003882, -0.048116, 1.051998}}},
	{"deuteranopia", {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413},
				 {-0.011820, 0.042940, 0.968881}}},
};
#define EYES (sizeof eyes / sizeof *eyes)

static double lab_root(double t)
{
	return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

/* CIE L*a*b* of a colour as those eyes see it, white being D65. */
static void lab_of(int32_t rgb, size_t eye, double ret[3])
{
	struct linear l = linear_of(rgb), s;
	double x, y, z;

	for (int i = 0; i < 3; i++) {
		s.c[i] = 0;
		for (int k = 0; k < 3; k++)
			s.c[i] += eyes[eye].m[i][k] * l.c[k];
		s.c[i] = s.c[i] < 0 ? 0 : s.c[i] > 1 ? 1 : s.c[i];
	}
	x = lab_root((0.4124564 * s.c[0] + 0.3575761 * s.c[1] + 0.1804375 * s.c[2]) / 0.95047);
	y = lab_root(0.2126729 * s.c[0] + 0.7151522 * s.c[1] + 0.0721750 * s.c[2]);
	z = lab_root((0.0193339 * s.c[0] + 0.1191920 * s.c[1] + 0.9503041 * s.c[2]) / 1.08883);
	ret[0] = 116 * y - 16;
	ret[1] = 500 * (x - y);
	ret[2] = 200 * (y - z);
}

static double distance(int32_t a, int32_t b, size_t eye)
{
	double p[3], q[3];

	lab_of(a, eye, p);
	lab_of(b, eye, q);
	return sqrt(pow(p[0] - q[0], 2) + pow(p[1] - q[1], 2) + pow(p[2] - q[2], 2));
}

static void verdicts_stay_apart(void **state)
{
	static const enum style style[] = {
		STYLE_COW, STYLE_COPIED, STYLE_COPIED_A, STYLE_COPIED_B, STYLE_FILE, STYLE_SHM};
	const size_t n = sizeof style / sizeof *style;

	(void)state;
	for (size_t t = 0; t < theme_table_n; t++)
		for (size_t i = 0; i < n * n * EYES; i++) {
			const struct look *look = theme_table[t].look;
			int32_t a = look[style[i % n]].rgb, b = look[style[i / n % n]].rgb;
			double far = distance(a, b, i / n / n);

			/* A theme without colours tells them by signs and words alone. */
			if (i % n >= i / n % n || a == COLOUR_DEFAULT)
				continue;
			if (far < (theme_table[t].lecture ? PROJECTOR_APART : APART))
				fail_msg("%s, %s: %06x and %06x are %.1f apart",
					theme_table[t].name, eyes[i / n / n].name, (unsigned)a,
					(unsigned)b, far);
		}
}

static void projectors_begin_in_lecture_mode(void **state)
{
	(void)state;
	assert_true(theme_find("projector")->lecture);
	assert_true(theme_find("projector-dark")->lecture);
	assert_true(luminance(theme_find("projector-dark")->paper) <
		    luminance(theme_find("projector")->paper));
	assert_false(theme_find("dark")->lecture);
	assert_false(theme_find("light")->lecture);
	assert_false(theme_find("mono")->lecture);
	assert_null(theme_find("beamer"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stands_out),
		cmocka_unit_test(verdicts_stay_apart),
		cmocka_unit_test(projectors_begin_in_lecture_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
