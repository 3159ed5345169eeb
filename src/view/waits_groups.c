/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the graph of waits: what no thread has, by the thing that is waited for. */
#include <stdlib.h>

#include "twintop/model/wait_file.h"
#include "waits_fill.h"

#define GROUPS_MOST 64u

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

static void collect_groups(const struct waits_filling *f, struct groups *out)
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
static const char *behind_text(const struct waits_filling *f, unsigned side, const struct thread *t)
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
	return waits_keep(f->sheet, &text);
}

static const char *group_meaning(
	const struct waits_filling *f, const struct group *g, const struct thread *t)
{
	struct textbuf text = {0}, behind = {0};

	textbuf_count(&text, g->n, "thread");
	textbuf_addf(&text, " %s for %s", g->n == 1 ? "waits" : "wait", wait_row(g->kind)->words);
	if (wait_behind_tell(f->s, g->side, t, &behind))
		textbuf_addf(&text, ": %s", behind.bytes);
	textbuf_adds(&text, ".");
	textbuf_free(&behind);
	return waits_keep(f->sheet, &text);
}

static void add_group(struct waits_filling *f, const struct group *g)
{
	const struct thread t = thread_at(f->s->side[g->side].threads, g->first);
	const struct wait w = wait_of(&t);
	const struct wait_node node = {.link = {g->side, g->first, t.self->tid, w}, .known = true};
	struct sheet_line *line = sheet_add(f->sheet, f->layout);
	const char *name = waits_name(f, &node, "", false);

	line->text[WAITS_THREAD] =
		g->n > 1 ? sheet_text(f->sheet, "%s +%zu", name, g->n - 1) : name;
	line->brief[WAITS_THREAD] =
		g->n > 1 ? sheet_text(f->sheet, "%s +%zu", waits_name(f, &node, "", true), g->n - 1)
			 : NULL;
	line->text[WAITS_OBJECT] = waits_object(f, g->side, &t, false);
	line->brief[WAITS_OBJECT] = waits_object(f, g->side, &t, true);
	line->text[WAITS_OWNER] = behind_text(f, g->side, &t);
	line->text[WAITS_SINCE] = waits_since(f, g->side, &t);
	line->text[WAITS_WAY] = waits_way(f, g->side, &t, WAITS_WAY_MOST);
	line->brief[WAITS_WAY] = waits_way(f, g->side, &t, 1);
	line->explain = group_meaning(f, g, &t);
	waits_set_place(f, g->side, t.self->tid);
}

void waits_add_groups(struct waits_filling *f)
{
	struct groups g = {0};

	collect_groups(f, &g);
	join_groups(&g);
	if (g.n)
		sheet_heading(f->sheet, "what else is waited for");
	for (size_t i = 0; i < g.n && i < GROUPS_MOST; i++)
		add_group(f, &g.item[i]);
	if (g.n > GROUPS_MOST)
		waits_add_more(f, g.n - GROUPS_MOST, "");
	VEC_FREE(&g);
}
