/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <jansson.h>

#include "twintop/base/table.h"
#include "twintop/model/names.h"
#include "twintop/report/predict.h"

static json_t *of_exit(int exit)
{
	const char *name = exit < EXIT_SIGNAL ? NULL : signal_name(exit - EXIT_SIGNAL);

	if (exit == EXIT_UNKNOWN)
		return json_null();
	return name ? json_string(name) : json_integer(exit);
}

static json_t *of_exits(const struct amount *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->exit.n; i++)
		json_array_append_new(list, of_exit(a->exit.item[i]));
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

static json_t *of_text(const char *raw)
{
	struct textbuf text = {0};
	json_t *string;

	textbuf_adds(&text, "");
	text_utf8(&text, text_of(raw));
	string = json_string(text.bytes);
	textbuf_free(&text);
	return string;
}

static json_t *of_process(const struct run_process *p)
{
	return json_pack("{s:i, s:o, s:o, s:I, s:b, s:o, s:o}", "pid", (int)p->pid, "parent",
		p->parent ? json_integer(p->parent) : json_null(), "name",
		*p->name ? of_text(p->name) : json_null(), "threads", (json_int_t)p->threads,
		"ended", p->ended, "exit_code", of_exit(p->exit), "copied_pages",
		p->copies_known ? json_integer((json_int_t)p->copies) : json_null());
}

void amounts_json(const struct amounts *predicted, const struct amounts *measured,
	char *const *program, struct textbuf *out)
{
	json_t *words = json_array(), *figures = json_array(), *processes = json_array(), *all;

	for (; *program; program++)
		json_array_append_new(words, of_text(*program));
	for (enum figure i = 0; i < FIGURES; i++)
		json_array_append_new(figures, of_figure(i, &predicted->of[i], &measured->of[i]));
	for (size_t i = 0; i < measured->process.n; i++)
		json_array_append_new(processes, of_process(&measured->process.item[i]));
	all = json_pack("{s:s, s:o, s:o, s:o}", "schema", "twintop-predict/1", "program", words,
		"figures", figures, "processes", processes);
	json_dump_callback(all, add_bytes, out, JSON_COMPACT);
	textbuf_adds(out, "\n");
	json_decref(all);
}
