/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program's run comes to, gathered as moments tell of it. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "twintop/report/measure.h"
#include "twintop/report/predict.h"

#define SHORT_LIVED "what lived too shortly may be missing: no feed tells of each birth here"
#define STEP_LOOKS  3 /* that moment's, which may be from before it, and two more */
#define STILL_RAN                                                                                  \
	"of those that had not ended with the program, or of which nobody told how, none is known"

/* One of the processes. */
struct born {
	pid_t pid;
	bool ended, known;
	int status; /* of wait(2) */
};

struct tally {
	VEC(struct born) born; /* the program first */
	uint64_t threads;      /* of the program */
	uint64_t lines;
	bool unended; /* the last line has no newline yet */
	bool cut;
	unsigned looks; /* moments until the step that waits was measured; 0: none waits */
	bool lets_go;
	const char *inexact; /* why births may be missing: static text; NULL: none is */
	bool told;	     /* a feed tells of births */
	struct measure copies;
	bool copies_most;	   /* they are an upper bound */
	const char *copies_reason; /* why they are not known */
};

struct tally *tally_new(void)
{
	struct tally *t = mem_alloc(sizeof *t);

	*t = (struct tally){.threads = 1};
	VEC_PUSH(&t->born, (struct born){0});
	return t;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	VEC_FREE(&t->born);
	free(t);
}

/* The one that has the number now; the last one that had it otherwise; NULL: none of ours. */
static struct born *find(const struct tally *t, pid_t pid)
{
	for (size_t i = t->born.n; i-- > 0;)
		if (t->born.item[i].pid == pid)
			return &t->born.item[i];
	return NULL;
}

/* See <twintop/step.h>: the word, and what may stand behind it. */
static bool is_wait(struct text line)
{
	return text_has_prefix(line, "wait") && (line.len == 4 || line.bytes[4] == ' ');
}

static void take_event(struct tally *t, const struct event_batch *batch, const struct event *e)
{
	struct born *who = find(t, e->pid), *child;

	if (e->kind == EVENT_STEP_LINE && is_wait(event_name(batch, e->name)))
		t->looks = STEP_LOOKS;

	if (e->kind == EVENT_LOST)
		t->inexact = "events were lost: there was no room to tell them all";
	if (!who)
		return;
	if (e->kind == EVENT_FORK) {
		child = find(t, e->other);
		if (!child || child->ended)
			VEC_PUSH(&t->born, (struct born){.pid = e->other});
	} else if (e->kind == EVENT_THREAD && who == t->born.item) {
		t->threads++;
	} else if (e->kind == EVENT_EXIT && !who->ended) {
		who->ended = true;
		who->known = e->status_known;
		who->status = e->status;
	}
}

static void take_lifecycle(struct tally *t, const struct snapshot *s)
{
	if (!s->lifecycle)
		return;
	t->told = true;
	if (!s->lifecycle_exact)
		t->inexact = s->lifecycle_lacks ? s->lifecycle_lacks : SHORT_LIVED;
}

static void take_copies(struct tally *t, const struct moment *m)
{
	struct measures *all;
	struct measure now;

	if (!m->pair || m->snapshot->sides < 2)
		return;
	all = measures_of(m);
	now = measure_at(all, "pair.pages.copied");
	if (now.kind == MEASURE_NUMBER &&
		(t->copies.kind != MEASURE_NUMBER || now.number >= t->copies.number)) {
		t->copies = now;
		t->copies_most = m->pair->verdicts->copied_is_upper_bound;
	} else if (now.kind != MEASURE_NUMBER) {
		t->copies_reason = pair_pages_reason(m->pair);
	}
	measures_free(all);
}

void tally_moment(struct tally *t, const struct moment *m)
{
	const struct event_batch *events = m->snapshot->events;

	if (!t->born.item[0].pid)
		t->born.item[0].pid = m->snapshot->side[0].id.pid;
	take_lifecycle(t, m->snapshot);
	for (size_t i = 0; events && i < events->n; i++)
		take_event(t, events, &events->event[i]);
	take_copies(t, m);
	t->lets_go |= t->looks == 1;
	t->looks -= t->looks > 0;
}

bool tally_lets_go(struct tally *t)
{
	bool lets = t->lets_go;

	t->lets_go = false;
	return lets;
}

void tally_output(struct tally *t, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		t->unended = bytes[i] != '\n';
		t->lines += bytes[i] == '\n';
	}
}

void tally_cut(struct tally *t)
{
	t->cut = true;
}

void tally_reaped(struct tally *t, int status)
{
	t->born.item[0].ended = t->born.item[0].known = true;
	t->born.item[0].status = status;
}

/* ---- what it comes to ------------------------------------------------------------- */

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void tell_exits(const struct tally *t, struct amount *ret)
{
	ret->bound = t->inexact || !t->told ? BOUND_AT_LEAST : BOUND_EXACT;
	ret->reason = t->inexact ? t->inexact : t->told ? NULL : SHORT_LIVED;
	for (size_t i = 0; i < t->born.n; i++) {
		const struct born *b = &t->born.item[i];

		if (b->ended && b->known && WIFSIGNALED(b->status))
			VEC_PUSH(&ret->exit, EXIT_SIGNAL + WTERMSIG(b->status));
		else if (b->ended && b->known)
			VEC_PUSH(&ret->exit, WEXITSTATUS(b->status));
		else
			ret->bound = BOUND_AT_LEAST, ret->reason = STILL_RAN;
	}
	if (ret->exit.n)
		qsort(ret->exit.item, ret->exit.n, sizeof *ret->exit.item, compare_ints);
	else
		ret->bound = BOUND_UNKNOWN;
}

/* Pages are looked at again and again: what was copied behind the last look is not among them. */
static void tell_copies(const struct tally *t, struct amount *ret)
{
	if (t->copies.kind == MEASURE_NUMBER) {
		ret->number = (uint64_t)t->copies.number;
		ret->bound = t->copies_most || t->copies.estimated ? BOUND_ABOUT : BOUND_AT_LEAST;
		ret->reason =
			t->copies.estimated ? "estimated by flags: frames are hidden from this user"
			: t->copies_most
				? "pages were not read before the fork, nor behind the last look"
				: "pages are not read behind the last look at both";
	} else if (t->born.n == 1 && t->told && !t->inexact) {
		ret->bound = BOUND_EXACT;
	} else {
		ret->reason = t->born.n == 1	 ? "no child was seen"
			      : t->copies_reason ? t->copies_reason
						 : "it ended before the pages of both were read";
	}
}

void tally_amounts(const struct tally *t, struct amounts *ret)
{
	const char *inexact = t->inexact ? t->inexact : t->told ? NULL : SHORT_LIVED;
	enum bound births = inexact ? BOUND_AT_LEAST : BOUND_EXACT;

	*ret = (struct amounts){0};
	ret->of[FIGURE_PROCESSES] =
		(struct amount){.bound = births, .number = t->born.n, .reason = inexact};
	ret->of[FIGURE_THREADS] =
		(struct amount){.bound = births, .number = t->threads, .reason = inexact};
	tell_exits(t, &ret->of[FIGURE_EXITS]);
	tell_copies(t, &ret->of[FIGURE_COPIES]);
	ret->of[FIGURE_LINES] = (struct amount){.bound = t->cut ? BOUND_AT_LEAST : BOUND_EXACT,
		.number = t->lines + t->unended,
		.reason = t->cut ? "somebody could still write when the program had ended" : NULL};
}
