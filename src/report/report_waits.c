/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deadlocks, rings of waits that end by themselves, and who has the other end of what is waited
 * for.
 */
#include "report_internal.h"
#include "twintop/model/convoy.h"
#include "twintop/model/symbol.h"
#include "twintop/model/wait_file.h"
#include "twintop/model/wait_graph.h"

#define ENDS_MOST 40u /* lines of them */

struct writing {
	const struct snapshot *s;
	struct textbuf *out;
	bool begun;
};

static const char *verdict_of(const struct wait_cycle *c)
{
	if (c->timed)
		return "until a time-out: each of these waits for what the next one has";
	if (!c->proved)
		return "seen once only: each of these waits for what the next one has";
	return c->n == 1 ? "DEADLOCK: a thread waits for what it has itself"
			 : "DEADLOCK: each of these waits for what the next one has";
}

static bool write_cycle(void *context, const struct wait_cycle *c)
{
	struct writing *w = context;

	if (!w->begun)
		report_section(w->out, "Threads that wait for one another", NULL);
	w->begun = true;
	textbuf_addf(w->out, "  %s\n", verdict_of(c));
	for (unsigned i = 0; i < c->n; i++) {
		textbuf_addf(w->out, "    %c ", c->link[i].side ? 'B' : 'A');
		wait_link_tell(w->s, &c->link[i], w->out);
		textbuf_adds(w->out, "\n");
	}
	return true;
}

/* "A 4243 “reader” waits for something to read (fd 7): its writing end is open …" */
static void write_one(
	unsigned side, const struct thread *t, const char *behind, struct textbuf *out)
{
	const struct wait w = wait_of(t);

	textbuf_addf(out, "  %c %d “", side ? 'B' : 'A', (int)t->self->tid);
	text_name(out, thread_name(t));
	textbuf_addf(out, "” waits for %s", wait_row(w.kind)->words);
	if (w.fd >= 0)
		textbuf_addf(out, " (fd %d)", w.fd);
	textbuf_addf(out, ": %s\n", behind);
}

/* Of the side's threads; n: lines so far. Returns how many there are now. */
static size_t write_side(const struct snapshot *s, unsigned side, size_t n, struct textbuf *out)
{
	const struct thread_list *list = s->side[side].threads;
	struct textbuf behind = {0};

	for (size_t i = 0; list && i < list->n; i++) {
		const struct thread t = thread_at(list, i);

		textbuf_clear(&behind);
		if (!wait_behind_tell(s, side, &t, &behind))
			continue;
		if (!n)
			report_section(out, "Behind descriptors that are waited for", NULL);
		if (n++ < ENDS_MOST)
			write_one(side, &t, behind.bytes, out);
	}
	textbuf_free(&behind);
	return n;
}

static void write_behind(const struct snapshot *s, struct textbuf *out)
{
	size_t n = 0;

	for (unsigned side = 0; side < s->sides; side++)
		if (!side || s->side[0].id.pid != s->side[1].id.pid)
			n = write_side(s, side, n, out);
	if (n > ENDS_MOST)
		textbuf_addf(out, "  and %zu more\n", n - ENDS_MOST);
}

/* "5 now, longest 7 2s ago: threads of A that wait for a mutex (lock_a), last of 4243" */
static void write_convoy(const struct snapshot *s, const struct convoy *c, struct textbuf *out)
{
	unsigned side = s->sides == 2 && s->side[1].id.pid == c->pid;
	const struct symbol *symbol = symbol_list_find(s->side[side].symbols, c->address);

	textbuf_addf(out, "  %c ", side ? 'B' : 'A');
	convoy_print(c, s->monotonic_ns, out);
	textbuf_addf(out, ": threads that wait for %s", wait_row(c->kind)->words);
	if (symbol && !symbol->gap) {
		textbuf_adds(out, " (");
		text_printable(out, symbol->label);
		textbuf_adds(out, ")");
	}
	if (c->owner)
		textbuf_addf(out, ", which %d had last", (int)c->owner);
	textbuf_adds(out, "\n");
}

static void write_convoys(const struct snapshot *s, struct textbuf *out)
{
	const struct convoys *list = s->convoys;

	if (!list || !list->n)
		return;
	report_section(out, "Convoys: many that wait for one lock", NULL);
	for (size_t i = 0; i < list->n; i++)
		write_convoy(s, &list->convoy[i], out);
}

void report_waits(const struct moment *m, struct textbuf *out)
{
	struct writing w = {m->snapshot, out, false};

	wait_cycles_each(m->snapshot, write_cycle, &w);
	write_convoys(m->snapshot, out);
	write_behind(m->snapshot, out);
}
