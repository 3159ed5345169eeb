/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Below the mappings: how the selected one eroded, and who wrote it. */
#include <inttypes.h>
#include <string.h>

#include "memory_internal.h"
#include "twintop/compare/writer_rows.h"

#define SMALL_FROM 26 /* lines of a view with a pane */
#define SMALL_ROWS 6
#define LARGE_FROM 40
#define LARGE_ROWS 9
#define SECOND_NS  1000000000u

int memory_pane_rows(const struct view_env *env, int h)
{
	if (!env->moment || !erosion_begun(env->moment))
		return 0;
	return h >= LARGE_FROM ? LARGE_ROWS : h >= SMALL_FROM ? SMALL_ROWS : 0;
}

static const struct pair_mapping *pair_row(const struct moment *m, const struct list_row *row)
{
	const struct verdicts *v = m->pair->verdicts;

	return row && row->pair >= 0 && (size_t)row->pair < v->mappings_n ? &v->mapping[row->pair]
									  : NULL;
}

/* Why there is nothing to be seen of it; NULL where there is. */
static const char *nothing(
	const struct moment *m, const struct pair_mapping *r, const struct erosion_track *t)
{
	const char *hidden = erosion_hidden(m);

	if (!r || r->a < 0 || r->b < 0)
		return "A and B do not both have it: nothing of it is shared";
	if (hidden)
		return hidden;
	if (r->state == ROW_UNKNOWN)
		return "not known whether both have this mapping";
	if (!t->series.n)
		return "its pages are not known";
	return t->state.shared + t->state.copied ? NULL
						 : "it has no page that a fork shared and a write "
						   "copies";
}

/* "heap 55d0a3f10000: ", and in lecture mode no address. */
static void say_name(const struct view_env *env, const struct list_row *row, struct textbuf *out)
{
	unsigned side = row->index[0] < 0;
	const struct side *s = &env->moment->snapshot->side[side];
	size_t i = (size_t)row->index[side];

	textbuf_adds(out, "EROSION of ");
	memory_print_what(s, i, out);
	if (!env->lecture)
		textbuf_addf(out, " %" PRIx64, s->memory->mapping[i].start);
	textbuf_adds(out, ": ");
}

static void say_erosion(struct memory_pane *p, const struct view_env *env,
	const struct list_row *row, struct textbuf *out)
{
	const struct moment *m = env->moment;
	const char *why;

	if (!row || (row->index[0] < 0 && row->index[1] < 0)) {
		textbuf_adds(out, "EROSION");
		return;
	}
	say_name(env, row, out);
	memory_trace_follow(&p->trace, env, row);
	why = nothing(m, pair_row(m, row), &p->trace.track);
	if (why) {
		textbuf_adds(out, why);
		return;
	}
	erosion_say(&p->trace.track.state, m->pair->verdicts->page_size, m->snapshot->monotonic_ns,
		out);
}

/* In whole seconds, so that what stands still is drawn so. */
static uint64_t until_ns(const struct series *s)
{
	uint64_t first = s->point[0].from_ns, last = s->point[s->n - 1].to_ns;
	uint64_t until = first + (last - first) / SECOND_NS * SECOND_NS;

	return until > s->point[s->n - 1].from_ns ? until : s->point[s->n - 1].from_ns;
}

/* ---- who wrote it ----------------------------------------------------------------- */

/* Of both sides. */
struct both {
	struct mapping_writers of[2];
	const char *why; /* static text: what is not known */
};

static struct both look(const struct snapshot *s, const struct list_row *row)
{
	struct both b = {0};

	for (unsigned side = 0; side < 2; side++) {
		const struct memory_map *memory = s->side[side].memory;
		ptrdiff_t i = row->index[side];

		if (i < 0 || !memory || (size_t)i >= memory->n)
			continue;
		b.of[side] = writers_of_mapping(s->writers, s->names, s->side[side].id.pid,
			memory->mapping[i].start, memory->mapping[i].end);
		b.why = b.of[side].why ? b.of[side].why : b.why;
	}
	return b;
}

static void say_place(const struct snapshot *s, unsigned side, const struct writer_area *area,
	struct textbuf *out)
{
	const char *gap;
	struct text words = writer_called(s->names, &s->writers->writer[area->writer], &gap);

	textbuf_addf(out, "%c ", side ? 'B' : 'A');
	if (words.len)
		text_printable(out, words);
	else
		textbuf_addf(out, "(%s)", gap);
}

static bool is_greater(const struct mapping_writers *a, const struct mapping_writers *b)
{
	if (a->greatest_copied != b->greatest_copied)
		return a->greatest_copied > b->greatest_copied;
	return a->greatest_touched > b->greatest_touched;
}

/* "written last by B fill_row table.c:88, 3s ago; most by A gc_collect, 12 of 14 copies" */
static void say_known(const struct snapshot *s, const struct both *b, struct textbuf *out)
{
	const struct mapping_writers *w = b->of;
	unsigned last = w[1].last && (!w[0].last || w[1].last->last_ns > w[0].last->last_ns);
	unsigned most = w[1].greatest && (!w[0].greatest || is_greater(&w[1], &w[0]));
	bool copies = w[most].greatest_copied > 0;

	textbuf_adds(out, "written last by ");
	say_place(s, last, w[last].last, out);
	textbuf_adds(out, ", ");
	writer_age_print(out, s, w[last].last->last_ns);
	textbuf_adds(out, "; most by ");
	say_place(s, most, w[most].greatest, out);
	textbuf_addf(out, ", %" PRIu64 " of %" PRIu64 " pages %s",
		copies ? w[most].greatest_copied : w[most].greatest_touched,
		copies ? w[0].copied + w[1].copied : w[0].touched + w[1].touched,
		copies ? "copied" : "touched first");
}

static void say_writers(const struct view_env *env, const struct list_row *row, struct textbuf *out)
{
	const struct snapshot *s = env->moment->snapshot;
	const char *hidden = writers_hidden(s, env->moment->pair);
	struct both b = {0};

	if (!row)
		return;
	if (!hidden)
		b = look(s, row);
	if (hidden || b.why)
		textbuf_addf(out, "writers not known: %s", hidden ? hidden : b.why);
	else if (!b.of[0].last && !b.of[1].last)
		textbuf_addf(out, "nobody was seen to write it %s", writers_since(s));
	else
		say_known(s, &b, out);
}

void memory_pane_draw(struct memory_pane *p, const struct view_env *env, const struct list_row *row,
	struct canvas *c, struct rect area)
{
	const struct series *series = &p->trace.track.series;
	struct textbuf text = {0};

	say_erosion(p, env, row, &text);
	canvas_text(c, area.x, area.y, area.w, STYLE_TITLE, text.bytes);
	textbuf_clear(&text);
	say_writers(env, row, &text);
	canvas_text(c, area.x, area.y + 1, area.w, STYLE_NORMAL, text.len ? text.bytes : "");
	textbuf_free(&text);
	if (!row || !series->n || !pair_row(env->moment, row))
		return;
	erosion_plot_set(&p->plot, env, series->point, series->n, until_ns(series));
	plot_draw(&p->plot.plot, c, (struct rect){area.x, area.y + 2, area.w, area.h - 2});
}
