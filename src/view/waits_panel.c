/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The graph of waits as lines: rings, who holds what others wait for, and what else is waited for.
 */
#include "twintop/base/units.h"
#include "twintop/draw/panes.h"
#include "twintop/model/names.h"
#include "twintop/model/wait_words.h"
#include "waits_fill.h"

#define QUEUE_MOST 12u /* of those who wait for one thread that are named */
#define DEPTH_MOST 12u

/* Thread, what it waits for, who has that, since when, in which functions. */
static const struct sheet_layout narrow = {
	WAITS_COLUMNS, {20, 20, 11, 6, 12}, {0, 0, 1, 2, 3}, {22, 26, 14, 0, 0}};
static const struct sheet_layout middle = {
	WAITS_COLUMNS, {26, 32, 18, 8, 12}, {0, 0, 1, 2, 3}, {26, 34, 24, 8, 0}};
static const struct sheet_layout wide = {
	WAITS_COLUMNS, {34, 46, 26, 9, 20}, {0, 0, 1, 2, 3}, {36, 48, 28, 9, 20}};

/* What a thread does that waits for nobody: "running", "waits for a time to pass". */
static const char *doing_text(const struct waits_filling *f, const struct thread *t)
{
	const struct wait w = wait_of(t);

	if (w.kind != WAIT_NOTHING)
		return sheet_text(f->sheet, "waits for %s", wait_row(w.kind)->words);
	return task_state_words(t->run->state);
}

/* ---- threads that wait for threads -------------------------------------------------------- */

/* " It has done so for at least 12s, since before the first look." */
static void tell_since(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out)
{
	char text[UNITS_MAX];
	uint64_t ns;

	if (wait_seen_for(s, side, t, &ns))
		textbuf_addf(out, " It has done so for %s%s%s.", t->run->first ? "at least " : "",
			units_time(text, ns), t->run->first ? ", since before the first look" : "");
}

static const char *link_meaning(const struct waits_filling *f, const struct wait_node *n)
{
	const struct thread t = thread_at(f->s->side[n->link.side].threads, n->link.index);
	struct textbuf text = {0};

	wait_link_tell(f->s, &n->link, &text);
	textbuf_addf(&text, ".%s%s",
		n->ring ? " It stands in a ring: each waits for the next." : "",
		n->link.wait.timed ? " Its wait ends by itself, at a time-out." : "");
	if (t.self)
		tell_since(f->s, n->link.side, &t, &text);
	return waits_keep(f->sheet, &text);
}

static void add_holder_words(struct waits_filling *f, struct sheet_line *line,
	const struct wait_node *n, const struct thread *t)
{
	if (!t->self) {
		line->text[WAITS_OBJECT] = "a thread of another process";
	} else {
		line->text[WAITS_OBJECT] = doing_text(f, t);
		line->text[WAITS_WAY] = waits_way(f, n->link.side, t, WAITS_WAY_MOST);
		line->brief[WAITS_WAY] = waits_way(f, n->link.side, t, 1);
	}
	line->explain =
		sheet_text(f->sheet, "Thread %d has what %zu %s for; it waits for nobody itself.",
			(int)n->link.tid, n->queue, n->queue == 1 ? "other waits" : "others wait");
}

static void add_waiter_words(struct waits_filling *f, struct sheet_line *line,
	const struct wait_node *n, const struct thread *t)
{
	const struct wait_node *owner = &f->forest.node[n->owner];

	line->text[WAITS_OBJECT] = waits_object(f, n->link.side, t, false);
	line->brief[WAITS_OBJECT] = waits_object(f, n->link.side, t, true);
	line->text[WAITS_OWNER] = waits_name(f, owner, "→ ", false);
	line->brief[WAITS_OWNER] = waits_name(f, owner, "→ ", true);
	line->text[WAITS_SINCE] = waits_since(f, n->link.side, t);
	line->text[WAITS_WAY] = waits_way(f, n->link.side, t, WAITS_WAY_MOST);
	line->brief[WAITS_WAY] = waits_way(f, n->link.side, t, 1);
	line->explain = link_meaning(f, n);
}

static void add_node(
	struct waits_filling *f, const struct wait_node *n, const char *before, enum style style)
{
	const struct thread t =
		thread_at(n->known ? f->s->side[n->link.side].threads : NULL, n->link.index);
	struct sheet_line *line = sheet_add(f->sheet, f->layout);

	line->text[WAITS_THREAD] = waits_name(f, n, before, false);
	line->style[WAITS_THREAD] = style;
	if (n->link.wait.owner)
		add_waiter_words(f, line, n, &t);
	else
		add_holder_words(f, line, n, &t);
	if (n->known)
		waits_set_place(f, n->link.side, n->link.tid);
}

/* Those who wait for node i, outside of rings, each with those who wait for it. */
static void add_queue(struct waits_filling *f, size_t i, const char *before, unsigned depth)
{
	const struct wait_node *node = f->forest.node;
	size_t told = 0, rest = 0, next;

	for (size_t k = node[i].first; k != WAIT_NO_NODE; k = node[k].next)
		rest += !node[k].ring;
	for (size_t k = node[i].first; k != WAIT_NO_NODE; k = next) {
		bool last = rest == 1;

		next = node[k].next;
		if (node[k].ring)
			continue;
		if (told == QUEUE_MOST && rest > 1) {
			waits_add_more(f, rest, sheet_text(f->sheet, "%s└ ", before));
			return;
		}
		add_node(f, &node[k], sheet_text(f->sheet, "%s%s ", before, last ? "└" : "├"),
			STYLE_NORMAL);
		if (depth < DEPTH_MOST)
			add_queue(f, k, sheet_text(f->sheet, "%s%s ", before, last ? " " : "│"),
				depth + 1);
		told++;
		rest--;
	}
}

/* ---- rings ---------------------------------------------------------------------------------- */

static const char *ring_title(struct waits_filling *f, const struct wait_cycle *c)
{
	const char *what = c->timed	? "until a time-out"
			   : !c->proved ? "seen once only"
					: "DEADLOCK";

	if (c->n == 1)
		return sheet_text(f->sheet, "%s: a thread waits for what it has itself", what);
	return sheet_text(
		f->sheet, "%s: %u threads, each waits for what the next one has", what, c->n);
}

static const char *ring_edge(unsigned i, unsigned n)
{
	if (n == 1)
		return "↻ ";
	return !i ? "┌→" : i + 1 == n ? "└─" : "│ ";
}

static bool add_ring(void *context, const struct wait_cycle *c)
{
	struct waits_filling *f = context;
	enum style style = wait_cycle_is_dead(c) ? STYLE_BAD : STYLE_WARN;
	size_t at[WAIT_CYCLE_MOST];

	sheet_heading(f->sheet, "%s", ring_title(f, c));
	f->sheet->line.item[f->sheet->line.n - 1].style[0] = style;
	for (unsigned i = 0; i < c->n; i++) {
		at[i] = wait_forest_find(&f->forest, c->link[i].side, c->link[i].index);
		add_node(f, &f->forest.node[at[i]], sheet_text(f->sheet, "%s ", ring_edge(i, c->n)),
			style);
	}
	for (unsigned i = 0; i < c->n; i++)
		add_queue(f, at[i], "   ", 1);
	return true;
}

/* ---- holders ----------------------------------------------------------------------------------
 */

static bool is_root(const struct wait_node *n)
{
	return n->queue && n->owner == WAIT_NO_NODE;
}

static void add_holder(struct waits_filling *f, size_t i)
{
	const struct wait_node *n = &f->forest.node[i];

	sheet_heading(f->sheet, "%s%zu %s for %s", n->queue >= CONVOY_LEAST ? "CONVOY: " : "",
		n->queue, n->queue == 1 ? "thread waits" : "threads wait",
		waits_name(f, n, "", false));
	add_node(f, n, "", STYLE_STRONG);
	add_queue(f, i, "", 1);
}

/* Locks that many waited for lately, whoever had them: how many did, over time. */
static void add_convoys(struct waits_filling *f)
{
	const struct convoys *list = f->s->convoys;

	if (!list || !list->n)
		return;
	sheet_heading(f->sheet, "how many waited for one lock, over time");
	for (size_t i = 0; i < list->n; i++) {
		const struct convoy *c = &list->convoy[i];

		waits_convoy_add(f->sheet, f->s, c);
		waits_put_place(
			f, (struct waits_place){
				   .of = WAITS_OF_CONVOY, .id = c->pid, .address = c->address});
	}
}

/* The longest queues first. */
static void add_holders(struct waits_filling *f)
{
	size_t longest = 0;

	for (size_t i = 0; i < f->forest.n; i++)
		if (is_root(&f->forest.node[i]) && f->forest.node[i].queue > longest)
			longest = f->forest.node[i].queue;
	for (size_t below; longest; longest = below) {
		below = 0;
		for (size_t i = 0; i < f->forest.n; i++) {
			const struct wait_node *n = &f->forest.node[i];

			if (is_root(n) && n->queue == longest)
				add_holder(f, i);
			else if (is_root(n) && n->queue < longest && n->queue > below)
				below = n->queue;
		}
	}
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static void add_hidden(struct waits_filling *f)
{
	for (unsigned side = 0; side < f->s->sides; side++) {
		const char *reason = wait_cycles_hidden(f->s, side);

		if (reason && !f->s->side[side].ending.ended)
			sheet_heading(f->sheet, "%c hidden: %s", side ? 'B' : 'A', reason);
	}
}

static void fill(struct waits_filling *f)
{
	sheet_begin(f->sheet);
	f->p->place.n = 0;
	wait_cycles_each(f->s, add_ring, f);
	add_holders(f);
	add_convoys(f);
	waits_add_groups(f);
	add_hidden(f);
	if (!f->sheet->line.n)
		sheet_heading(f->sheet, "nobody waits");
	sheet_end(f->sheet);
}

void waits_panel_update(struct waits_panel *p, const struct view_env *env)
{
	struct arena arena = {0};
	const struct snapshot *s = env->moment->snapshot;
	struct waits_filling f = {
		p, &p->sheet, s, p->layout ? p->layout : &narrow, wait_forest_of(s, &arena)};

	fill(&f);
	arena_free(&arena);
}

/* What the selected line is about. */
static struct waits_place selected_place(const struct waits_panel *p)
{
	const struct sheet *sheet = &p->sheet;
	size_t line =
		sheet->selected < sheet->shown.n ? sheet->shown.item[sheet->selected] : p->place.n;

	return line < p->place.n ? p->place.item[line]
				 : (struct waits_place){.of = WAITS_OF_NOTHING};
}

void waits_panel_draw(
	struct waits_panel *p, const struct view_env *env, struct canvas *c, struct rect area)
{
	const struct sheet_layout *fits = area.w >= 160 ? &wide : area.w >= 110 ? &middle : &narrow;
	const struct convoy *convoy = NULL;
	struct waits_place at;
	int rows;

	if (p->layout != fits) {
		p->layout = fits;
		waits_panel_update(p, env);
	}
	at = selected_place(p);
	if (at.of == WAITS_OF_CONVOY)
		convoy = waits_convoy_find(env->moment->snapshot, at.id, at.address);
	rows = convoy ? waits_convoy_rows(area.h) : 0;
	sheet_draw(
		&p->sheet, c, (struct rect){area.x, area.y, area.w, area.h - rows}, env->lecture);
	if (rows)
		waits_convoy_draw(env, convoy, c,
			(struct rect){area.x, area.y + area.h - rows, area.w, rows});
}

bool waits_panel_thread(const struct waits_panel *p, const struct snapshot *s, unsigned *ret_side,
	size_t *ret_index)
{
	const struct waits_place at = selected_place(p);
	ptrdiff_t index = at.of == WAITS_OF_THREAD && at.side < s->sides
				  ? thread_find(s->side[at.side].threads, at.id)
				  : -1;

	if (index < 0)
		return false;
	*ret_side = at.side;
	*ret_index = (size_t)index;
	return true;
}

/* By what the thread waits for: whose that is, which descriptor, or what else. */
static const char *field_of(const struct snapshot *s, const struct waits_place *at)
{
	const struct thread_list *list = at->side < s->sides ? s->side[at->side].threads : NULL;
	const ptrdiff_t i = list ? thread_find(list, at->id) : -1;
	const struct thread t = thread_at(i < 0 ? NULL : list, (size_t)i);
	const struct wait w = t.self ? wait_of(&t) : (struct wait){.fd = -1};

	if (w.owner || w.kind == WAIT_NOTHING)
		return "thread.waiting_on.owner_tid";
	return w.fd >= 0 ? "thread.waiting_on.fd" : "thread.waiting_on.kind";
}

const struct field *waits_panel_field(const struct waits_panel *p, const struct snapshot *s)
{
	const struct waits_place at = selected_place(p);

	if (at.of == WAITS_OF_CONVOY)
		return field_find("thread.waiting_on.address");
	return field_find(
		at.of == WAITS_OF_THREAD ? field_of(s, &at) : "thread.waiting_on.owner_tid");
}

void waits_panel_free(struct waits_panel *p)
{
	sheet_free(&p->sheet);
	VEC_FREE(&p->place);
}
