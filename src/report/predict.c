/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is predicted of a run: how it is typed, held against what was measured, and told. */
#include "twintop/report/predict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/base/num.h"
#include "twintop/base/table.h"
#include "twintop/model/names.h"

#define EXIT_CODES	255 /* the greatest one */
#define TITLE_W		24
#define AMOUNT_W	16
#define PROCESSES_SHOWN 16u

const struct figure_row figure_table[FIGURES] = {
	[FIGURE_PROCESSES] = {"processes", "processes",
		"How many processes run, the program's own counted?"},
	[FIGURE_THREADS] = {"threads", "threads",
		"How many threads have they in all, each one's main one counted?"},
	[FIGURE_EXITS] = {"exit_codes", "exit codes",
		"With which codes do they end, such as 0 x7, 3, SIGSEGV?"},
	[FIGURE_COPIES] = {"copied_pages", "copied pages",
		"How many pages are copied between it and those that are forked of it?"},
	[FIGURE_LINES] = {"output_lines", "lines of output", "How many lines are written?"},
};

void amounts_free(struct amounts *a)
{
	for (size_t i = 0; i < FIGURES; i++)
		VEC_FREE(&a->of[i].exit);
	VEC_FREE(&a->process);
}

/* ---- as they are typed -------------------------------------------------------- */

const char *figure_wanted(enum figure figure)
{
	return figure == FIGURE_EXITS ? "codes from 0 to 255 and signals, such as 0 x7, 3, SIGSEGV"
				      : "a whole number, such as 8";
}

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* "SIGSEGV"; 0: none of that name. */
static int signal_of(struct text name)
{
	for (int i = 1; signal_name(i); i++)
		if (text_equal(name, text_of(signal_name(i))))
			return i;
	return 0;
}

static struct text take_word(struct scan *s)
{
	struct text word = {s->at, 0};

	while (s->at < s->end && !strchr(" \t,", *s->at))
		s->at++;
	word.len = (size_t)(s->at - word.bytes);
	return word;
}

/* "3", "SIGSEGV"; "x7" is the one that stood before it, seven times in all; one: whether one did.
 */
static int take_exit(struct scan *s, bool *one, struct amount *a)
{
	struct text word = take_word(s);
	struct scan number = scan_of(word.bytes, word.len);
	bool times = *one && scan_char(&number, 'x');
	uint64_t value;

	*one = !times;
	if (!scan_u64(&number, &value) || number.at != number.end) {
		value = (uint64_t)signal_of(word);
		if (times || !value)
			return -EINVAL;
		VEC_PUSH(&a->exit, EXIT_SIGNAL + (int)value);
		return 0;
	}
	if (times ? value < 1 || value > EXIT_MOST - a->exit.n : value > EXIT_CODES)
		return -EINVAL;
	if (!times)
		VEC_PUSH(&a->exit, (int)value);
	for (uint64_t i = 1; times && i < value; i++) {
		int last = a->exit.item[a->exit.n - 1];

		VEC_PUSH(&a->exit, last);
	}
	return a->exit.n < EXIT_MOST ? 0 : -EINVAL;
}

static int parse_exits(struct scan s, struct amount *a)
{
	bool one = false;
	int error = 0;

	while (!error && s.at < s.end) {
		error = take_exit(&s, &one, a);
		while (s.at < s.end && strchr(" \t,", *s.at))
			s.at++;
	}
	if (error || !a->exit.n)
		return -EINVAL;
	qsort(a->exit.item, a->exit.n, sizeof *a->exit.item, compare_ints);
	return 0;
}

int figure_parse(enum figure figure, struct text typed, struct amount *ret)
{
	struct scan s = scan_of(typed.bytes, typed.len);
	struct amount a = {.bound = BOUND_EXACT};
	int error;

	if (memchr(typed.bytes, 0, typed.len))
		return -EINVAL;
	scan_blanks(&s);
	if (figure == FIGURE_EXITS) {
		error = parse_exits(s, &a);
	} else {
		error = scan_u64(&s, &a.number) ? 0 : -EINVAL;
		scan_blanks(&s);
		if (s.at != s.end)
			error = -EINVAL;
	}
	if (error)
		VEC_FREE(&a.exit);
	else
		*ret = a;
	return error;
}

static enum figure figure_find(struct text name)
{
	size_t i = 0;

	while (i < FIGURES && !text_equal(name, text_of(figure_table[i].name)))
		i++;
	return (enum figure)i;
}

static int complain_name(struct text name, struct textbuf *complaint)
{
	textbuf_adds(complaint, "no figure is called '");
	text_printable(complaint, name);
	textbuf_adds(complaint, "': ");
	for (size_t i = 0; i < FIGURES; i++)
		textbuf_addf(complaint, "%s%s",
			!i		  ? ""
			: i + 1 < FIGURES ? ", "
					  : " or ",
			figure_table[i].name);
	return -EINVAL;
}

/* One line without its number. */
static int parse_line(struct scan line, struct amounts *ret, struct textbuf *complaint)
{
	const char *comment = memchr(line.at, '#', (size_t)(line.end - line.at));
	struct text name;
	enum figure figure;

	line.end = comment ? comment : line.end;
	scan_blanks(&line);
	while (line.end > line.at && strchr(" \t\r", line.end[-1]))
		line.end--;
	if (line.at == line.end)
		return 0;
	name.bytes = line.at;
	while (line.at < line.end && !strchr(" \t=", *line.at))
		line.at++;
	name.len = (size_t)(line.at - name.bytes);
	figure = figure_find(name);
	if (figure == FIGURES)
		return complain_name(name, complaint);
	scan_blanks(&line);
	if (ret->of[figure].bound)
		textbuf_addf(complaint, "%s is predicted twice", figure_table[figure].name);
	else if (!scan_char(&line, '='))
		textbuf_addf(complaint, "no = behind %s", figure_table[figure].name);
	else if (figure_parse(figure, (struct text){line.at, (size_t)(line.end - line.at)},
			 &ret->of[figure]))
		textbuf_addf(
			complaint, "%s: give %s", figure_table[figure].name, figure_wanted(figure));
	else
		return 0;
	return -EINVAL;
}

int amounts_parse(struct text file, struct amounts *ret, struct textbuf *complaint)
{
	struct scan s = scan_of(file.bytes, file.len), line;
	struct amounts amounts = {0};
	struct textbuf said = {0};
	unsigned number = 0;
	int error = 0;

	while (!error && scan_line(&s, &line)) {
		number++;
		error = parse_line(line, &amounts, &said);
	}
	if (error) {
		textbuf_addf(complaint, "%u: %s", number, said.bytes);
		amounts_free(&amounts);
	} else {
		*ret = amounts;
	}
	textbuf_free(&said);
	return error;
}

/* ---- held against each other ---------------------------------------------------- */

const char *predicted_name(enum predicted verdict)
{
	static const char *const name[] = {
		[PREDICTED_NOTHING] = "",
		[PREDICTED_RIGHT] = "right",
		[PREDICTED_WRONG] = "wrong",
		[PREDICTED_FITS] = "fits",
		[PREDICTED_UNKNOWN] = "unknown",
	};

	return name[verdict];
}

/* Whether each of some is among all, as often as it is there. Both ascend. */
static bool are_among(const struct amount *some, const struct amount *all)
{
	size_t i = 0;

	for (size_t k = 0; k < all->exit.n && i < some->exit.n; k++)
		i += all->exit.item[k] == some->exit.item[i];
	return i == some->exit.n;
}

enum predicted figure_judge(
	enum figure figure, const struct amount *predicted, const struct amount *measured)
{
	bool same, less, more;

	if (!predicted->bound)
		return PREDICTED_NOTHING;
	if (!measured->bound)
		return PREDICTED_UNKNOWN;
	if (figure == FIGURE_EXITS) {
		more = are_among(measured, predicted);
		less = are_among(predicted, measured);
		same = more && less;
	} else {
		same = predicted->number == measured->number;
		more = predicted->number >= measured->number;
		less = predicted->number <= measured->number;
	}
	switch (measured->bound) {
	case BOUND_EXACT:
		return same ? PREDICTED_RIGHT : PREDICTED_WRONG;
	case BOUND_AT_LEAST:
		return more ? PREDICTED_FITS : PREDICTED_WRONG;
	case BOUND_AT_MOST:
		return less ? PREDICTED_FITS : PREDICTED_WRONG;
	default:
		if (predicted->number < measured->least)
			return PREDICTED_WRONG;
		return same ? PREDICTED_FITS : PREDICTED_UNKNOWN;
	}
}

/* ---- told ------------------------------------------------------------------------ */

static void add_exit(int exit, struct textbuf *out)
{
	const char *name = exit < EXIT_SIGNAL ? NULL : signal_name(exit - EXIT_SIGNAL);

	if (exit < EXIT_SIGNAL)
		textbuf_addf(out, "%d", exit);
	else
		textbuf_adds(out, name ? name : "a signal");
}

static void add_exits(const struct amount *a, struct textbuf *out)
{
	for (size_t i = 0, n; i < a->exit.n; i += n) {
		int exit = a->exit.item[i];

		for (n = 1; i + n < a->exit.n && a->exit.item[i + n] == exit; n++)
			;
		textbuf_adds(out, i ? ", " : "");
		add_exit(exit, out);
		if (n > 1)
			textbuf_addf(out, " x%zu", n);
	}
}

static void add_amount(enum figure figure, const struct amount *a, const char *otherwise,
	size_t width, struct textbuf *out)
{
	static const char *const before[] = {
		[BOUND_UNKNOWN] = "",
		[BOUND_EXACT] = "",
		[BOUND_AT_LEAST] = "at least ",
		[BOUND_AT_MOST] = "at most ",
		[BOUND_ABOUT] = "about ",
	};
	TABLE_ROWS(before, BOUNDS);
	size_t from = out->len;

	textbuf_adds(out, before[a->bound]);
	if (!a->bound)
		textbuf_adds(out, otherwise);
	else if (figure == FIGURE_EXITS)
		add_exits(a, out);
	else
		textbuf_addf(out, "%llu", (unsigned long long)a->number);
	if (out->len - from < width)
		textbuf_addf(out, "%*s", (int)(width - (out->len - from)), "");
}

/* Each process in a line, where there is more than one, up to so many. */
static void add_processes(const struct amounts *measured, struct textbuf *out)
{
	size_t n = measured->process.n, shown = n > PROCESSES_SHOWN ? PROCESSES_SHOWN : n;

	if (n < 2)
		return;
	textbuf_addf(out, "\n%9s %9s  %7s  %-9s %12s  NAME\n", "PROCESS", "PARENT", "THREADS",
		"EXIT", "COPIED PAGES");
	for (size_t i = 0; i < shown; i++) {
		const struct run_process *p = &measured->process.item[i];
		struct textbuf exit = {0}, copies = {0};

		textbuf_adds(&exit, p->ended ? "?" : "runs");
		textbuf_adds(&copies, i ? "?" : "-");
		if (p->exit != EXIT_UNKNOWN) {
			textbuf_clear(&exit);
			add_exit(p->exit, &exit);
		}
		if (p->copies_known) {
			textbuf_clear(&copies);
			textbuf_addf(&copies, "%llu", (unsigned long long)p->copies);
		}
		textbuf_addf(out, "%9d %9d  %7llu  %-9s %12s  ", (int)p->pid, (int)p->parent,
			(unsigned long long)p->threads, exit.bytes, copies.bytes);
		text_name(out, text_of(p->name));
		textbuf_adds(out, "\n");
		textbuf_free(&exit);
		textbuf_free(&copies);
	}
	if (shown < n)
		textbuf_addf(out, "%9s and %zu more, which --json tells\n", "", n - shown);
}

void amounts_text(
	const struct amounts *predicted, const struct amounts *measured, struct textbuf *out)
{
	textbuf_addf(out, "%-*s  %-*s  %-*s\n", TITLE_W, "PREDICTED AND MEASURED", AMOUNT_W,
		"predicted", AMOUNT_W, "measured");
	for (enum figure i = 0; i < FIGURES; i++) {
		const struct amount *p = &predicted->of[i], *m = &measured->of[i];

		textbuf_addf(out, "%-*s  ", TITLE_W, figure_table[i].title);
		add_amount(i, p, "-", AMOUNT_W, out);
		textbuf_adds(out, "  ");
		add_amount(i, m, "unknown", AMOUNT_W, out);
		textbuf_addf(out, "  %s", predicted_name(figure_judge(i, p, m)));
		while (out->bytes[out->len - 1] == ' ')
			out->bytes[--out->len] = 0;
		textbuf_adds(out, "\n");
		if (m->reason)
			textbuf_addf(out, "%*s  %s\n", TITLE_W, "", m->reason);
	}
	add_processes(measured, out);
}
