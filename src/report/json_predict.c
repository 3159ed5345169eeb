/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <jansson.h>

#include "twintop/base/table.h"
#include "twintop/model/names.h"
#include "twintop/report/predict.h"

static json_t *of_exits(const struct amount *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->exit.n; i++) {
		int exit = a->exit.item[i];
		const char *name = exit < EXIT_SIGNAL ? NULL : signal_name(exit - EXIT_SIGNAL);

		json_array_append_new(list, name ? json_string(name) : json_integer(exit));
	}
	return list;
}

static json_t *of_amount(enum figure figure, const struct amount *a)
{
	if (!a->bound)
		return json_null();
	return figure == FIGURE_EXITS ? of_exits(a) : json_integer((json_int_t)a->number);
}

static json_t *of_figure(enum figure figure, const struct amount *p, const struct amount *m)
{
	static const char *const bound[] = {
		[BOUND_UNKNOWN] = "unknown",
		[BOUND_EXACT] = "exact",
		[BOUND_AT_LEAST] = "at_least",
		[BOUND_AT_MOST] = "at_most",
		[BOUND_ABOUT] = "about",
	};
	TABLE_ROWS(bound, BOUNDS);
	enum predicted verdict = figure_judge(figure, p, m);

	return json_pack("{s:s, s:o, s:o, s:s, s:s?, s:s?}", "figure", figure_table[figure].name,
		"predicted", of_amount(figure, p), "measured", of_amount(figure, m), "measured_is",
		bound[m->bound], "reason", m->reason, "verdict",
		verdict == PREDICTED_NOTHING ? NULL : predicted_name(verdict));
}

static int add_bytes(const char *bytes, size_t len, void *out)
{
	textbuf_add(out, bytes, len);
	return 0;
}

void amounts_json(const struct amounts *predicted, const struct amounts *measured,
	char *const *program, struct textbuf *out)
{
	json_t *words = json_array(), *figures = json_array(), *all;

	for (; *program; program++) {
		struct textbuf word = {0};

		textbuf_adds(&word, "");
		text_utf8(&word, text_of(*program));
		json_array_append_new(words, json_string(word.bytes));
		textbuf_free(&word);
	}
	for (enum figure i = 0; i < FIGURES; i++)
		json_array_append_new(figures, of_figure(i, &predicted->of[i], &measured->of[i]));
	all = json_pack("{s:s, s:o, s:o}", "schema", "twintop-predict/1", "program", words,
		"figures", figures);
	json_dump_callback(all, add_bytes, out, JSON_COMPACT);
	textbuf_adds(out, "\n");
	json_decref(all);
}
