/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program's run comes to, gathered as moments tell of it. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "twintop/model/family.h"
#include "twintop/report/measure.h"
#include "twintop/report/predict.h"

#define SHORT_LIVED "what lived too shortly may be missing: no feed tells of each birth here"
#define STEP_LOOKS  3 /* that moment's, which may be from before it, and two more */
#define STOPPED	    "it was stopped before it had ended: this is as far as it came"
#define OUTLIVED    "some still ran when the program had ended: what they did then is not counted"
#define STILL_RAN                                                                                  \
	"of those that had not ended with the program, or of which nobody told how, none is known"

/* How the pages were read that a child and the program shared until one wrote. */
enum copies_by { COPIES_UNREAD, COPIES_PAIR, COPIES_PAIR_MOST, COPIES_FAMILY, COPIES_FLAGS };

/* One of the processes. */
struct born {
	pid_t pid, parent;
	char name[RUN_NAME];
	bool ended, known;
	int status;	  /* of wait(2) */
	uint64_t threads; /* told of, the main one counted … */
	uint64_t sampled; /* … and as many as were seen at once */
	bool execed;	  /* a program of its own */
	enum copies_by by;
	uint64_t copies;
	const char *copies_reason; /* why nothing is known of them; NULL: nobody said */
};

struct tally {
	VEC(struct born) born; /* the program first */
	uint64_t lines;
	bool unended; /* the last line has no newline yet */
	bool cut, stopped;
	unsigned looks; /* moments until the step that waits was measured; 0: none waits */
	bool lets_go;
	const char *inexact; /* why births may be missing: static text; NULL: none is */
	bool told;	     /* a feed tells of births */
};

struct tally *tally_new(void)
{
	struct tally *t = mem_alloc(sizeof *t);

	*t = (struct tally){0};
	VEC_PUSH(&t->born, (struct born){.threads = 1});
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

static struct born *add(struct tally *t, pid_t pid, pid_t parent)
{
	VEC_PUSH(&t->born, (struct born){.pid = pid, .parent = parent, .threads = 1});
	return &t->born.item[t->born.n - 1];
}

/* bytes NULL: unknown, it stays. */
static void set_name(struct born *b, struct text name)
{
	size_t len = name.len < sizeof b->name ? name.len : sizeof b->name - 1;

	if (!name.bytes)
		return;
	memcpy(b->name, name.bytes, len);
	b->name[len] = '\0';
}

/* ---- what is told --------------------------------------------------------------- */

/* See <twintop/step.h>: the word, and what may stand behind it. */
static bool is_wait(struct text line)
{
	return text_has_prefix(line, "wait") && (line.len == 4 || line.bytes[4] == ' ');
}

static void take_event(struct tally *t, const struct event_batch *batch, const struct event *e)
{
	struct born *who = find(t, e->pid), *child;
	struct text name = event_name(batch, e->name);

	if (e->kind == EVENT_STEP_LINE && is_wait(name))
		t->looks = STEP_LOOKS;

	if (e->kind == EVENT_LOST)
		t->inexact = "events were lost: there was no room to tell them all";
	if (!who)
		return;
	if (e->kind == EVENT_FORK) {
		child = find(t, e->other);
		if (!child || child->ended)
			set_name(add(t, e->other, e->pid), name);
	} else if (e->kind == EVENT_EXEC) {
		who->execed = true;
		set_name(who, name);
	} else if (e->kind == EVENT_THREAD) {
		who->threads++;
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

/* ---- what is read ----------------------------------------------------------------- */

/* What is copied stays so until it is given back: the most is taken. */
static void set_copies(struct born *b, enum copies_by by, uint64_t n)
{
	if (b->by == by && b->copies >= n)
		return;
	b->by = by;
	b->copies = n;
}

/* Between A and B, where all that is known of both is held against each other. */
static void take_pair(struct tally *t, const struct moment *m)
{
	struct born *b =
		m->pair && m->snapshot->sides == 2 ? find(t, m->snapshot->side[1].id.pid) : NULL;
	struct measures *all;
	struct measure now;

	if (!b || b == t->born.item)
		return;
	all = measures_of(m);
	now = measure_at(all, "pair.pages.copied");
	if (now.kind == MEASURE_NUMBER)
		set_copies(b,
			now.estimated				   ? COPIES_FLAGS
			: m->pair->verdicts->copied_is_upper_bound ? COPIES_PAIR_MOST
								   : COPIES_PAIR,
			(uint64_t)now.number);
	else
		b->copies_reason = pair_pages_reason(m->pair);
	measures_free(all);
}

static bool is_below(const struct family *f, size_t i, size_t above)
{
	while (i != FAMILY_NO_PARENT && i != above)
		i = f->member[i].parent;
	return i == above;
}

/* A member's; of B more is known than that, and of nobody where A is not who they are held against.
 */
static void take_member(const struct family *f, size_t i, size_t a, struct born *b)
{
	const struct member *m = &f->member[i];

	if (m->threads > b->sampled)
		b->sampled = m->threads;
	if (!b->name[0] || m->execed)
		set_name(b, m->comm);
	if (i == a || a || member_apart(f, i) || !value_state_has_value(m->pages.state) ||
		!value_state_has_value(m->pages.beside_state) ||
		(b->by != COPIES_UNREAD && b->by != COPIES_FAMILY))
		return;
	set_copies(b, COPIES_FAMILY, m->pages.copied);
}

static void take_family(struct tally *t, const struct family *f)
{
	size_t a = 0;

	while (f && a < f->n && f->member[a].id.pid != t->born.item[0].pid)
		a++;
	if (!f || a == f->n)
		return;
	for (size_t i = a; i < f->n; i++) {
		const struct member *m = &f->member[i];
		struct born *b = find(t, m->id.pid);

		/* Of the dead events tell; a number may be another one's by now. */
		if (m->ended || (b && b->ended) || !is_below(f, i, a))
			continue;
		take_member(f, i, a, b ? b : add(t, m->id.pid, m->ppid));
	}
}

void tally_moment(struct tally *t, const struct moment *m)
{
	const struct event_batch *events = m->snapshot->events;

	if (!t->born.item[0].pid)
		t->born.item[0].pid = m->snapshot->side[0].id.pid;
	take_lifecycle(t, m->snapshot);
	for (size_t i = 0; events && i < events->n; i++)
		take_event(t, events, &events->event[i]);
	take_pair(t, m);
	take_family(t, m->snapshot->family);
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

bool tally_unended(const struct tally *t)
{
	return t->unended;
}

void tally_cut(struct tally *t)
{
	t->cut = true;
}

void tally_stopped(struct tally *t)
{
	t->stopped = t->cut = true;
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

static int exit_of(const struct born *b)
{
	if (!b->ended || !b->known)
		return EXIT_UNKNOWN;
	return WIFSIGNALED(b->status) ? EXIT_SIGNAL + WTERMSIG(b->status) : WEXITSTATUS(b->status);
}

static uint64_t threads_of(const struct born *b)
{
	return b->threads > b->sampled ? b->threads : b->sampled;
}

/* Why there may be more of what lives than was counted; NULL: there is not. */
static const char *may_be_more(const struct tally *t)
{
	if (t->stopped)
		return STOPPED;
	if (t->inexact || !t->told)
		return t->inexact ? t->inexact : SHORT_LIVED;
	for (size_t i = 1; i < t->born.n; i++)
		if (!t->born.item[i].ended)
			return OUTLIVED;
	return NULL;
}

static void tell_exits(const struct tally *t, const char *more, struct amount *ret)
{
	ret->bound = more ? BOUND_AT_LEAST : BOUND_EXACT;
	ret->reason = more;
	for (size_t i = 0; i < t->born.n; i++) {
		int exit = exit_of(&t->born.item[i]);

		if (exit != EXIT_UNKNOWN) {
			VEC_PUSH(&ret->exit, exit);
			continue;
		}
		ret->bound = BOUND_AT_LEAST;
		ret->reason = t->stopped ? STOPPED : STILL_RAN;
	}
	if (ret->exit.n)
		qsort(ret->exit.item, ret->exit.n, sizeof *ret->exit.item, compare_ints);
	else
		ret->bound = BOUND_UNKNOWN;
}

/* What is told of copies that were read so; the strongest word that holds of all is the last row's
 * that one of them is of. */
static const struct {
	enum bound bound;
	const char *reason;
} copies_row[] = {
	[COPIES_UNREAD] = {BOUND_UNKNOWN, "it ended before the pages of both were read"},
	[COPIES_PAIR] = {BOUND_AT_LEAST, "pages are not read behind the last look at both"},
	[COPIES_PAIR_MOST] = {BOUND_ABOUT,
		"pages were not read before the fork, nor behind the last look"},
	[COPIES_FLAGS] = {BOUND_ABOUT, "estimated by flags: frames are hidden from this user"},
	[COPIES_FAMILY] = {BOUND_ABOUT,
		"of all but the first child: what both touched first after the fork counts, too"},
};

/* Pages are looked at again and again: what was copied behind the last look is not among them. */
static void tell_copies(const struct tally *t, const char *more, struct amount *ret)
{
	enum copies_by by = COPIES_UNREAD;
	bool unread = false;
	const char *why = NULL;

	for (size_t i = 1; i < t->born.n; i++) {
		const struct born *b = &t->born.item[i];

		by = b->by > by ? b->by : by;
		ret->number += b->copies;
		ret->least += b->by == COPIES_PAIR ? b->copies : 0;
		unread |= b->by == COPIES_UNREAD;
		why = why ? why : b->copies_reason;
	}
	ret->bound = copies_row[by].bound;
	ret->reason = copies_row[by].reason;
	if (t->born.n == 1) {
		ret->bound = more ? BOUND_UNKNOWN : BOUND_EXACT;
		ret->reason = t->stopped ? STOPPED : more ? "no child was seen" : NULL;
	} else if (by == COPIES_UNREAD) {
		ret->reason = why ? why : ret->reason;
	} else if (unread) {
		ret->reason = "pages of some ended, or were replaced, before they were read";
	}
}

static void tell_process(const struct born *b, struct amounts *ret)
{
	struct run_process p = {.pid = b->pid,
		.parent = b->parent,
		.threads = threads_of(b),
		.ended = b->ended,
		.exit = exit_of(b),
		.copies_known = b->by != COPIES_UNREAD,
		.copies = b->copies};

	memcpy(p.name, b->name, sizeof p.name);
	VEC_PUSH(&ret->process, p);
}

void tally_amounts(const struct tally *t, struct amounts *ret)
{
	const char *more = may_be_more(t);
	enum bound births = more ? BOUND_AT_LEAST : BOUND_EXACT;

	*ret = (struct amounts){0};
	ret->of[FIGURE_PROCESSES] =
		(struct amount){.bound = births, .number = t->born.n, .reason = more};
	ret->of[FIGURE_THREADS] = (struct amount){.bound = births, .reason = more};
	for (size_t i = 0; i < t->born.n; i++) {
		ret->of[FIGURE_THREADS].number += threads_of(&t->born.item[i]);
		tell_process(&t->born.item[i], ret);
	}
	tell_exits(t, more, &ret->of[FIGURE_EXITS]);
	tell_copies(t, more, &ret->of[FIGURE_COPIES]);
	ret->of[FIGURE_LINES] = (struct amount){.bound = t->cut ? BOUND_AT_LEAST : BOUND_EXACT,
		.number = t->lines + t->unended,
		.reason = t->stopped ? STOPPED
			  : t->cut   ? "somebody could still write when the program had ended"
				     : NULL};
}
