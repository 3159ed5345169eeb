/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/lifeline.h"

#include <sys/wait.h>
#define LAST_MARKS 16 /* of a number, beyond which nothing is looked for */

/* ---- its number's events ------------------------------------------------------ */

static uint64_t tick_ns(const struct moment *m)
{
	uint64_t ticks = m->snapshot->host.clock_ticks;

	return ticks ? 1000000000u / ticks : 10000000u;
}

static bool tells_birth(const struct event_mark *mark, pid_t pid)
{
	return mark->event->kind == EVENT_FORK && mark->event->other == pid;
}

/* A start time is cut to a clock tick; who told of the fork within that one knows better. */
static uint64_t born_ns(
	const struct moment *m, const struct member *who, const struct event_marks *marks)
{
	uint64_t until = who->start_ns + 2 * tick_ns(m);

	for (size_t i = marks ? event_marks_from(marks, who->start_ns) : 0;
		marks && i < marks->n && marks->item[i].event->monotonic_ns < until; i++)
		if (tells_birth(&marks->item[i], who->id.pid))
			return marks->item[i].event->monotonic_ns;
	return who->start_ns;
}

/* The next one that got the number of one that has ended begins its own marks. */
static uint64_t marks_until_ns(const struct lifeline *l, pid_t pid)
{
	if (!l->ended_ns || !l->marks)
		return UINT64_MAX;
	for (size_t i = event_marks_from(l->marks, l->ended_ns); i < l->marks->n; i++)
		if (tells_birth(&l->marks->item[i], pid) &&
			l->marks->item[i].event->monotonic_ns > l->born_ns)
			return l->marks->item[i].event->monotonic_ns;
	return UINT64_MAX;
}

/* ---- ends --------------------------------------------------------------------- */

static void set_end(struct lifeline *l, uint64_t ns, bool known, int status)
{
	l->ended_ns = ns > l->born_ns ? ns : l->born_ns;
	l->end = LIFE_ENDED;
	if (known && WIFSIGNALED(status))
		l->end = LIFE_KILLED;
	else if (known && WIFEXITED(status))
		l->end = WEXITSTATUS(status) ? LIFE_FAILED : LIFE_EXITED;
}

static void take_end(struct lifeline *l, const struct member *who)
{
	set_end(l, who->end_ns, value_state_has_value(who->status_state), who->status);
	l->zombie = who->state == 'Z';
}

/*
 * The family is not looked at any more when A and B have ended: then events alone tell of those
 * that were seen alive. An end is among the last marks of a number.
 */
static void take_told_end(struct lifeline *l)
{
	size_t at = l->marks ? event_marks_from(l->marks, l->known_ns + 1) : 0;
	size_t least = at > LAST_MARKS ? at - LAST_MARKS : 0;

	for (; at > least; at--) {
		const struct event_mark *mark = &l->marks->item[at - 1];
		const struct event *e = mark->event;

		if (e->kind == EVENT_EXIT && e->pid == l->pid && mark->moment_ns <= l->known_ns &&
			e->monotonic_ns >= l->born_ns) {
			set_end(l, e->monotonic_ns, e->status_known, e->status);
			return;
		}
	}
}

/* When that first happened to it from a time on; 0: nobody told, or not yet. */
static uint64_t told_ns(const struct lifeline *l, enum event_kind kind, uint64_t from_ns)
{
	for (size_t i = l->marks ? event_marks_from(l->marks, from_ns) : 0;
		l->marks && i < l->marks->n; i++) {
		const struct event_mark *mark = &l->marks->item[i];

		if (mark->event->kind == kind && mark->event->pid == l->pid)
			return mark->moment_ns <= l->known_ns &&
					       mark->event->monotonic_ns < l->marks_until_ns
				       ? mark->event->monotonic_ns
				       : 0;
	}
	return 0;
}

/* Whoever is born to another parent than it has now outlived that one. */
static void take_parent(struct lifeline *l, const struct family *f, const struct member *who)
{
	const struct member *parent =
		who->parent == FAMILY_NO_PARENT ? NULL : &f->member[who->parent];

	l->orphan = who->parent_id.pid && who->ppid != who->parent_id.pid;
	if (!l->orphan)
		return;
	l->orphan_ns = told_ns(l, EVENT_REPARENTED, l->born_ns);
	if (parent && parent->ended && parent->end_ns > l->born_ns)
		l->orphan_ns = parent->end_ns;
}

struct lifeline lifeline_of(const struct moment *m, size_t i, const struct event_log *log)
{
	const struct family *f = m->snapshot->family;
	const struct member *who = &f->member[i];
	struct lifeline l = {.pid = who->id.pid, .known_ns = m->snapshot->monotonic_ns};

	l.marks = log ? event_index_of(&log->index, who->id.pid) : NULL;
	l.born_ns = born_ns(m, who, l.marks);
	if (who->ended)
		take_end(&l, who);
	else
		take_told_end(&l);
	l.marks_until_ns = marks_until_ns(&l, who->id.pid);
	take_parent(&l, f, who);
	if (l.ended_ns && !l.zombie)
		l.gone_ns = told_ns(&l, EVENT_REAPED, l.ended_ns);
	return l;
}

/* ---- all of them -------------------------------------------------------------- */

uint64_t lifelines_begin(const struct moment *m, const struct event_log *log)
{
	const struct family *f = m->snapshot->family;
	uint64_t begin = m->snapshot->monotonic_ns;
	const struct event_marks *marks;

	for (size_t i = 1; f && i < f->n; i++)
		if (f->member[i].start_ns < begin)
			begin = f->member[i].start_ns;
	marks = f && f->n && log ? event_index_of(&log->index, f->member[0].id.pid) : NULL;
	if (marks && marks->n && marks->item[0].event->monotonic_ns < begin)
		begin = marks->item[0].event->monotonic_ns;
	return begin;
}
