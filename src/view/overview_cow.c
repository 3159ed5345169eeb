/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of the pages that a fork shared: the overview's heading, bar and legend of it. */
#include <inttypes.h>

#include "overview_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/common.h"
#include "twintop/draw/bar.h"

/* The pages that a fork shared or would have: what each became. */
static const struct cow_part {
	enum page_verdict verdict;
	const char *title;
} cow_part[] = {
	{PAGE_VERDICT_COW_SHARED, "shared"},
	{PAGE_VERDICT_COPIED_BY_A, "copied by A"},
	{PAGE_VERDICT_COPIED_BY_B, "copied by B"},
	{PAGE_VERDICT_COPIED, "copied unseen"},
	{PAGE_VERDICT_BORN_APART, "born apart"},
	{PAGE_VERDICT_RELEASED, "released"},
};
#define COW_PARTS (sizeof cow_part / sizeof *cow_part)
/* The same of pages of two moments. */
static const struct cow_part time_part[COW_PARTS] = {
	{PAGE_VERDICT_KEPT, "same frame"},
	{PAGE_VERDICT_FAULTED, "faulted"},
	{PAGE_VERDICT_REPLACED, "replaced"},
	{PAGE_VERDICT_CAME, "new"},
	{PAGE_VERDICT_GONE, "gone"},
	{PAGE_VERDICT_UNTOLD, "there then, too"},
};

static const struct cow_part *parts_of(const struct pair *p)
{
	return pair_apart(p) ? time_part : cow_part;
}

static uint64_t cow_amounts(const struct pair *p, uint64_t out[COW_PARTS])
{
	uint64_t total = 0;

	for (size_t i = 0; i < COW_PARTS; i++)
		total += out[i] =
			(uint64_t)pair_pages_of(&p->verdicts->pages, parts_of(p)[i].verdict);
	return total;
}

/* Why the pages of the pair have no counts. */
static const char *cow_unknown(const struct view_env *env)
{
	const struct pair *p = env->moment->pair;
	enum value_state state = p->verdicts->pages_state;

	if (pair_apart(p))
		return p->verdicts->since_reason;
	if (!value_state_has_value(p->space_state) && state == p->space_state &&
		state != VALUE_UNREAD)
		return PAIR_SPACE_UNKNOWN_SHORT;
	if (state == VALUE_DENIED)
		return panes_hidden(env->moment, 0);
	if (state >= VALUE_UNSUPPORTED)
		return value_state_reason(state);
	if (env->past)
		return "not read at this moment";
	return state == VALUE_GONE ? "not read before one of them ended" : "not read yet";
}

/* The pair whose counts are known and mean something; NULL: text says why not. */
static const struct pair *cow_pair(const struct view_env *env, const char **ret_why)
{
	const struct pair *p = env->moment->pair;

	*ret_why = NULL;
	if (panes_sides(env->moment) < 2)
		*ret_why = env->recorded ? "copy-on-write shows between two processes"
					 : "copy-on-write shows between two processes: P chooses B";
	else if (!p)
		*ret_why = "not compared yet";
	else if (p->one_space)
		*ret_why = "one address space: copy-on-write does not apply";
	else if (!pair_judged(p))
		*ret_why = cow_unknown(env);
	return *ret_why ? NULL : p;
}

/* "  92 private pages, 368K; copied 36K" */
static void add_cow_sums(const struct pair *p, struct textbuf *out)
{
	uint64_t amount[COW_PARTS], total = cow_amounts(p, amount);
	const struct verdicts *v = p->verdicts;
	char all[UNITS_MAX], copied[UNITS_MAX];

	textbuf_adds(out, "  ");
	textbuf_count(out, total, "private page");
	textbuf_addf(out, ", %s; copied %s%s", units_bytes(all, total * v->page_size),
		v->copied_is_upper_bound ? "up to " : "",
		units_bytes(copied, v->pages.copied * v->page_size));
}

/* ", now 160K/s, peak 1.2M/s": in the last second, and the most so far. */
static void add_copy_rate(const struct copy_rate *rate, uint64_t page_size, struct textbuf *out)
{
	char now[UNITS_MAX], peak[UNITS_MAX];

	if (!rate->gap)
		textbuf_addf(out, ", now %s/s, peak %s/s",
			units_bytes(now, (uint64_t)(rate->now * (double)page_size)),
			units_bytes(peak, (uint64_t)(rate->peak * (double)page_size)));
}

void overview_cow_title(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what)
{
	const char *why;
	const struct pair *p = cow_pair(env, &why);
	struct textbuf b = {0};
	char common[UNITS_MAX];

	(void)o;
	(void)what;
	textbuf_adds(&b, pair_is_past(env->moment->pair) ? "PAGES SINCE THEN" : "COPY ON WRITE");
	if (pair_apart(p))
		p = NULL;
	if (p && env->lecture)
		add_cow_sums(p, &b);
	if (p && !env->lecture) {
		add_cow_sums(p, &b);
		add_copy_rate(&env->moment->snapshot->copies, p->verdicts->page_size, &b);
		textbuf_addf(&b, "; in common %s%s", units_bytes(common, common_bytes(p)),
			p->verdicts->pages_exact ? "" : ", estimated by flags");
	}
	canvas_text(c, line.x, line.y, line.w, STYLE_TITLE, b.bytes);
	textbuf_free(&b);
}

void overview_cow_bar(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what)
{
	const char *why;
	const struct pair *p = cow_pair(env, &why);
	uint64_t amount[COW_PARTS], total;
	int cells[COW_PARTS], x = line.x;

	(void)o;
	if (!p && what)
		return;
	if (!p) {
		const struct pair *unread = env->moment->pair;

		canvas_print(c, line.x, line.y, line.w, STYLE_DIM, "%s%s",
			pair_apart(unread)	       ? "? "
			: unread && !unread->one_space ? "? pages "
						       : "",
			why);
		return;
	}
	total = cow_amounts(p, amount);
	bar_cells(amount, COW_PARTS, total, line.w, cells);
	for (size_t i = 0; i < COW_PARTS; i++) {
		enum page_verdict v = parts_of(p)[i].verdict;

		bar_verdict(c, x, line.y, cells[i], bar_verdict_style(v), v);
		x += cells[i];
	}
	if (!total)
		canvas_text(c, line.x, line.y, line.w, STYLE_DIM,
			"no private page is in both: they never shared one, or each has its own");
}

/* How much is said of each part: of many where there is little room no bytes, and no shares. */
enum legend { LEGEND_WHOLE, LEGEND_SHARES, LEGEND_PAGES };

/* "1660 of 2047 shared 6.5M 81%": the first one says of how many all are. */
static void legend_text(const struct pair *p, const uint64_t amount[COW_PARTS], size_t i,
	enum legend legend, struct textbuf *out)
{
	char percent[UNITS_MAX], bytes[UNITS_MAX];
	uint64_t total = 0;

	for (size_t k = 0; k < COW_PARTS; k++)
		total += amount[k];
	textbuf_clear(out);
	textbuf_addf(out, "%" PRIu64, amount[i]);
	if (!i)
		textbuf_addf(out, " of %" PRIu64, total);
	textbuf_addf(out, " %s", parts_of(p)[i].title);
	if (legend == LEGEND_WHOLE)
		textbuf_addf(out, " %s", units_bytes(bytes, amount[i] * p->verdicts->page_size));
	if (legend != LEGEND_PAGES)
		textbuf_addf(out, " %s",
			units_percent(percent, 100.0 * (double)amount[i] / (double)total));
}

/* Draws it, or finds how many columns all of it takes: c NULL. */
static int put_legend(const struct pair *p, const uint64_t amount[COW_PARTS], enum legend legend,
	struct canvas *c, struct rect line)
{
	int x = line.x, end = line.x + line.w, w = 0;
	struct textbuf b = {0};

	for (size_t i = 0; i < COW_PARTS; i++) {
		enum page_verdict verdict = parts_of(p)[i].verdict;

		if (!amount[i] && i)
			continue;
		legend_text(p, amount, i, legend, &b);
		w += (w ? 3 : 0) + 2 + (int)text_width(b.bytes, b.len);
		if (!c)
			continue;
		if (x > line.x && x + 2 + (int)text_width(b.bytes, b.len) > end)
			break;
		bar_verdict(c, x, line.y, 1, bar_verdict_style(verdict), verdict);
		x += 2 + canvas_text(c, x + 2, line.y, end - x - 2, STYLE_NORMAL, b.bytes) + 3;
	}
	textbuf_free(&b);
	return w;
}

void overview_cow_legend(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what)
{
	const char *why;
	const struct pair *p = cow_pair(env, &why);
	uint64_t amount[COW_PARTS], total = p ? cow_amounts(p, amount) : 0;
	enum legend legend = LEGEND_WHOLE;

	(void)o;
	(void)what;
	if (!total)
		return;
	while (legend < LEGEND_PAGES && put_legend(p, amount, legend, NULL, line) > line.w)
		legend++;
	put_legend(p, amount, legend, c, line);
}
