/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The graph of waits as lines: rings, who holds what others wait for, and what else is waited for.
 */
#include <inttypes.h>
#include <string.h>

#include "twintop/base/units.h"
#include "twintop/draw/panes.h"
#include "twintop/model/names.h"
#include "twintop/model/wait_file.h"
#include "twintop/model/wait_words.h"
#include "waits_internal.h"

#define QUEUE_MOST  12u /* of those who wait for one thread that are named */
#define DEPTH_MOST  12u
#define GROUPS_MOST 64u
#define WAY_MOST    4u

enum column { OF_THREAD, OF_OBJECT, OF_OWNER, OF_SINCE, OF_WAY, COLUMNS };

/* Thread, what it waits for, who has that, since when, in which functions. */
static const struct sheet_layout narrow = {
	COLUMNS, {20, 20, 11, 6, 12}, {0, 0, 1, 2, 3}, {22, 26, 14, 0, 0}};
static const struct sheet_layout middle = {
	COLUMNS, {26, 32, 18, 8, 12}, {0, 0, 1, 2, 3}, {26, 34, 24, 8, 0}};
static const struct sheet_layout wide = {
	COLUMNS, {34, 46, 26, 9, 20}, {0, 0, 1, 2, 3}, {36, 48, 28, 9, 20}};

/* What is filled in, and from where. */
struct filling {
	struct waits_panel *p;
	struct sheet *sheet;
	const struct snapshot *s;
	const struct sheet_layout *layout;
	struct wait_forest forest;
};

static const char *keep(struct sheet *s, struct textbuf *text)
{
	const char *kept = arena_copy(&s->arena, text->len ? text->bytes : "", text->len);

	textbuf_free(text);
	return kept;
}

/* ---- texts -------------------------------------------------------------------------------- */

/* "4250 left", "B 4251 right" where there are two sides. */
static void add_name(const struct snapshot *s, const struct wait_link *link, bool known, bool brief,
	struct textbuf *out)
{
	const struct thread t = thread_at(known ? s->side[link->side].threads : NULL, link->index);

	if (s->sides == 2 && known)
		textbuf_addf(out, "%c ", link->side ? 'B' : 'A');
	textbuf_addf(out, "%d", (int)link->tid);
	if (!t.self || brief)
		return;
	textbuf_adds(out, " ");
	text_name(out, thread_name(&t));
}

static const char *name_text(
	const struct filling *f, const struct wait_node *n, const char *before, bool brief)
{
	struct textbuf text = {0};

	textbuf_adds(&text, before);
	add_name(f->s, &n->link, n->known, brief, &text);
	return keep(f->sheet, &text);
}

static const char *object_text(
	const struct filling *f, unsigned side, const struct thread *t, bool brief)
{
	struct textbuf text = {0};

	textbuf_adds(&text, "→ ");
	wait_words_object(f->s, side, t, brief, &text);
	return keep(f->sheet, &text);
}

static const char *since_text(const struct filling *f, unsigned side, const struct thread *t)
{
	struct textbuf text = {0};

	wait_words_since(f->s, side, t, &text);
	return keep(f->sheet, &text);
}

static const char *way_text(
	const struct filling *f, unsigned side, const struct thread *t, size_t most)
{
	struct textbuf text = {0};

	waits_way_print(f->s, side, t, most, &text);
	return keep(f->sheet, &text);
}

/* What a thread does that waits for nobody: "running", "waits for a time to pass". */
static const char *doing_text(const struct filling *f, const struct thread *t)
{
	const struct wait w = wait_of(t);

	if (w.kind != WAIT_NOTHING)
		return sheet_text(f->sheet, "waits for %s", wait_row(w.kind)->words);
	return task_state_words(t->run->state);
}

/* Of the line that was added last. */
static void put_place(struct filling *f, struct waits_place place)
{
	while (f->p->place.n + 1 < f->sheet->line.n)
		VEC_PUSH(&f->p->place, (struct waits_place){.of = WAITS_OF_NOTHING});
	VEC_PUSH(&f->p->place, place);
}

static void set_place(struct filling *f, unsigned side, pid_t tid)
{
	put_place(f, (struct waits_place){.of = WAITS_OF_THREAD, .side = side, .id = tid});
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

static const char *link_meaning(const struct filling *f, const struct wait_node *n)
{
	const struct thread t = thread_at(f->s->side[n->link.side].threads, n->link.index);
	struct textbuf text = {0};

	wait_link_tell(f->s, &n->link, &text);
	textbuf_addf(&text, ".%s%s",
		n->ring ? " It stands in a ring: each waits for the next." : "",
		n->link.wait.timed ? " Its wait ends by itself, at a time-out." : "");
	if (t.self)
		tell_since(f->s, n->link.side, &t, &text);
	return keep(f->sheet, &text);
}

static void add_holder_words(struct filling *f, struct sheet_line *line, const struct wait_node *n,
	const struct thread *t)
{
	if (!t->self) {
		line->text[OF_OBJECT] = "a thread of another process";
	} else {
		line->text[OF_OBJECT] = doing_text(f, t);
		line->text[OF_WAY] = way_text(f, n->link.side, t, WAY_MOST);
		line->brief[OF_WAY] = way_text(f, n->link.side, t, 1);
	}
	line->explain =
		sheet_text(f->sheet, "Thread %d has what %zu %s for; it waits for nobody itself.",
			(int)n->link.tid, n->queue, n->queue == 1 ? "other waits" : "others wait");
}

static void add_waiter_words(struct filling *f, struct sheet_line *line, const struct wait_node *n,
	const struct thread *t)
{
	const struct wait_node *owner = &f->forest.node[n->owner];

	line->text[OF_OBJECT] = object_text(f, n->link.side, t, false);
	line->brief[OF_OBJECT] = object_text(f, n->link.side, t, true);
	line->text[OF_OWNER] = name_text(f, owner, "→ ", false);
	line->brief[OF_OWNER] = name_text(f, owner, "→ ", true);
	line->text[OF_SINCE] = since_text(f, n->link.side, t);
	line->text[OF_WAY] = way_text(f, n->link.side, t, WAY_MOST);
	line->brief[OF_WAY] = way_text(f, n->link.side, t, 1);
	line->explain = link_meaning(f, n);
}

static void add_node(
	struct filling *f, const struct wait_node *n, const char *before, enum style style)
{
	const struct thread t =
		thread_at(n->known ? f->s->side[n->link.side].threads : NULL, n->link.index);
	struct sheet_line *line = sheet_add(f->sheet, f->layout);

	line->text[OF_THREAD] = name_text(f, n, before, false);
	line->style[OF_THREAD] = style;
	if (n->link.wait.owner)
		add_waiter_words(f, line, n, &t);
	else
		add_holder_words(f, line, n, &t);
	if (n->known)
		set_place(f, n->link.side, n->link.tid);
}

static void add_more(struct filling *f, size_t n, const char *before)
{
	struct sheet_line *line = sheet_add(f->sheet, f->layout);

	line->text[OF_THREAD] = sheet_text(f->sheet, "%s… %zu more", before, n);
	line->style[OF_THREAD] = STYLE_DIM;
	line->explain = "Others that wait for the same thread.";
}

/* Those who wait for node i, outside of rings, each with those who wait for it. */
static void add_queue(struct filling *f, size_t i, const char *before, unsigned depth)
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
			add_more(f, rest, sheet_text(f->sheet, "%s└ ", before));
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

static const char *ring_title(struct filling *f, const struct wait_cycle *c)
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
	struct filling *f = context;
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

static void add_holder(struct filling *f, size_t i)
{
	const struct wait_node *n = &f->forest.node[i];

	sheet_heading(f->sheet, "%s%zu %s for %s", n->queue >= CONVOY_LEAST ? "CONVOY: " : "",
		n->queue, n->queue == 1 ? "thread waits" : "threads wait",
		name_text(f, n, "", false));
	add_node(f, n, "", STYLE_STRONG);
	add_queue(f, i, "", 1);
}

/* Locks that many waited for lately, whoever had them: how many did, over time. */
static void add_convoys(struct filling *f)
{
	const struct convoys *list = f->s->convoys;

	if (!list || !list->n)
		return;
	sheet_heading(f->sheet, "how many waited for one lock, over time");
	for (size_t i = 0; i < list->n; i++) {
		const struct convoy *c = &list->convoy[i];

		waits_convoy_add(f->sheet, f->s, c);
		put_place(f, (struct waits_place){
				     .of = WAITS_OF_CONVOY, .id = c->pid, .address = c->address});
	}
}

/* The longest queues first. */
static void add_holders(struct filling *f)
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

/* ---- what no thread has -----------------------------------------------------------------------
 */

/* Threads of a side that wait for one thing. */
struct group {
	unsigned side;
	enum wait_kind kind;
	uint64_t key; /* its descriptor, address, or whose end it is */
	size_t n, first;
};
VEC_STRUCT(groups, struct group);

static int compare_thing(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static int compare_size(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n ? 1 : -1) : compare_thing(a, b);
}

static uint64_t key_of(const struct wait *w)
{
	return w->fd >= 0 ? (uint64_t)w->fd : w->object ? w->object : (uint64_t)w->owner;
}

static void collect_groups(const struct filling *f, struct groups *out)
{
	for (unsigned side = 0; side < f->s->sides; side++) {
		const struct thread_list *list = f->s->side[side].threads;

		if (side && f->s->side[0].id.pid == f->s->side[1].id.pid)
			break;
		for (size_t i = 0; list && i < list->n; i++) {
			const struct thread t = thread_at(list, i);
			const struct wait w = wait_of(&t);

			if (w.kind != WAIT_NOTHING &&
				wait_forest_find(&f->forest, side, i) == WAIT_NO_NODE)
				VEC_PUSH(out, (struct group){side, w.kind, key_of(&w), 1, i});
		}
	}
}

static bool is_same_thing(const struct group *a, const struct group *b)
{
	return a->side == b->side && a->kind == b->kind && a->key == b->key;
}

static void join_groups(struct groups *g)
{
	size_t n = 0;

	if (!g->n)
		return;
	qsort(g->item, g->n, sizeof *g->item, compare_thing);
	for (size_t i = 0; i < g->n; i++)
		if (n && is_same_thing(&g->item[n - 1], &g->item[i]))
			g->item[n - 1].n++;
		else
			g->item[n++] = g->item[i];
	g->n = n;
	qsort(g->item, n, sizeof *g->item, compare_size);
}

/* "B fd 4, itself fd 8". */
static void add_ends(unsigned side, const struct wait_ends *ends, struct textbuf *out)
{
	for (size_t i = 0; i < ends->n; i++) {
		textbuf_adds(out, i ? ", " : "");
		if (ends->end[i].side == side)
			textbuf_addf(out, "itself fd %d", ends->end[i].fd);
		else
			textbuf_addf(
				out, "%c fd %d", ends->end[i].side ? 'B' : 'A', ends->end[i].fd);
	}
}

/* "→ B fd 4, itself fd 8", "→ 127.0.0.1:80", "→ elsewhere": who has the other end. */
static void add_other_end(unsigned side, const struct wait_ends *ends, struct textbuf *out)
{
	const struct text peer = wait_ends_address(ends);

	textbuf_adds(out, ends->listens ? "at " : "→ ");
	if (ends->n)
		add_ends(side, ends, out);
	else if (peer.len)
		text_printable(out, peer);
	else
		textbuf_adds(out, ends->listens ? "no address" : ends->known ? "elsewhere" : "?");
	if (ends->connect && ends->connect->listener_inode)
		textbuf_addf(out, ", %u wait", ends->connect->pending);
}

static void add_holder_of(unsigned side, const struct wait_holder *h, struct textbuf *out)
{
	textbuf_adds(out, "→ ");
	if (h->held.n)
		add_ends(side, &h->held, out);
	else if (h->pid)
		textbuf_addf(out, "%d", (int)h->pid);
	else
		textbuf_adds(out, "?");
}

/* Whose it is, or what stands behind it; "" where that is nobody's. */
static const char *behind_text(const struct filling *f, unsigned side, const struct thread *t)
{
	const struct wait w = wait_of(t);
	struct textbuf text = {0};
	struct wait_ends ends;
	struct wait_set set;
	struct wait_holder holder;

	if (wait_ends_of(f->s, side, &w, &ends)) {
		add_other_end(side, &ends, &text);
	} else if (wait_set_of(f->s, side, t, &set)) {
		textbuf_adds(&text, set.all ? "→ fd " : "→ ");
		wait_set_tell(&set, &text);
	} else if (wait_holder_of(f->s, side, &w, &holder)) {
		add_holder_of(side, &holder, &text);
	} else if (t->call->wait_left) {
		textbuf_adds(&text, "→ left by fork");
	}
	return keep(f->sheet, &text);
}

static const char *group_meaning(
	const struct filling *f, const struct group *g, const struct thread *t)
{
	struct textbuf text = {0}, behind = {0};

	textbuf_count(&text, g->n, "thread");
	textbuf_addf(&text, " %s for %s", g->n == 1 ? "waits" : "wait", wait_row(g->kind)->words);
	if (wait_behind_tell(f->s, g->side, t, &behind))
		textbuf_addf(&text, ": %s", behind.bytes);
	textbuf_adds(&text, ".");
	textbuf_free(&behind);
	return keep(f->sheet, &text);
}

static void add_group(struct filling *f, const struct group *g)
{
	const struct thread t = thread_at(f->s->side[g->side].threads, g->first);
	const struct wait w = wait_of(&t);
	const struct wait_node node = {.link = {g->side, g->first, t.self->tid, w}, .known = true};
	struct sheet_line *line = sheet_add(f->sheet, f->layout);
	const char *name = name_text(f, &node, "", false);

	line->text[OF_THREAD] = g->n > 1 ? sheet_text(f->sheet, "%s +%zu", name, g->n - 1) : name;
	line->brief[OF_THREAD] =
		g->n > 1 ? sheet_text(f->sheet, "%s +%zu", name_text(f, &node, "", true), g->n - 1)
			 : NULL;
	line->text[OF_OBJECT] = object_text(f, g->side, &t, false);
	line->brief[OF_OBJECT] = object_text(f, g->side, &t, true);
	line->text[OF_OWNER] = behind_text(f, g->side, &t);
	line->text[OF_SINCE] = since_text(f, g->side, &t);
	line->text[OF_WAY] = way_text(f, g->side, &t, WAY_MOST);
	line->brief[OF_WAY] = way_text(f, g->side, &t, 1);
	line->explain = group_meaning(f, g, &t);
	set_place(f, g->side, t.self->tid);
}

static void add_groups(struct filling *f)
{
	struct groups g = {0};

	collect_groups(f, &g);
	join_groups(&g);
	if (g.n)
		sheet_heading(f->sheet, "what else is waited for");
	for (size_t i = 0; i < g.n && i < GROUPS_MOST; i++)
		add_group(f, &g.item[i]);
	if (g.n > GROUPS_MOST)
		add_more(f, g.n - GROUPS_MOST, "");
	VEC_FREE(&g);
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static void add_hidden(struct filling *f)
{
	for (unsigned side = 0; side < f->s->sides; side++) {
		const char *reason = wait_cycles_hidden(f->s, side);

		if (reason && !f->s->side[side].ending.ended)
			sheet_heading(f->sheet, "%c hidden: %s", side ? 'B' : 'A', reason);
	}
}

static void fill(struct filling *f)
{
	sheet_begin(f->sheet);
	f->p->place.n = 0;
	wait_cycles_each(f->s, add_ring, f);
	add_holders(f);
	add_convoys(f);
	add_groups(f);
	add_hidden(f);
	if (!f->sheet->line.n)
		sheet_heading(f->sheet, "nobody waits");
	sheet_end(f->sheet);
}

void waits_panel_update(struct waits_panel *p, const struct view_env *env)
{
	struct arena arena = {0};
	const struct snapshot *s = env->moment->snapshot;
	struct filling f = {
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

void waits_panel_free(struct waits_panel *p)
{
	sheet_free(&p->sheet);
	VEC_FREE(&p->place);
}
