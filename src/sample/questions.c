/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "questions.h"

#include <stdlib.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/proc/pages.h"

#define FRESH_NS    1000000000u /* an answer is as good as new for so long */
#define DEADLINE_NS 2000000000u
#define LATE	    "it did not answer within 2 s"

/* ---- how many mappings a frame has ---------------------------------------- */

static int open_frames(const struct reader_context *context, void **ret_reader)
{
	struct page_reader *r;
	int error = page_reader_new(context->root, &context->access, 0, &r);

	if (!error)
		*ret_reader = r;
	return error;
}

static int answer_frames(void *reader, const struct question *question, uint64_t *ret_number)
{
	return pages_frame_count(reader, question->address, ret_number);
}

static void close_frames(void *reader)
{
	page_reader_free(reader);
}

static const struct question_ops question_table[QUESTION_KINDS] = {
	[QUESTION_FRAME_USERS] = {ACCESS_PAGE_COUNT, "needs /proc/kpagecount: CAP_SYS_ADMIN",
		open_frames, answer_frames, close_frames},
};

/* ---- asking -------------------------------------------------------------- */

/* The job of one kind's lane. */
struct asking {
	const struct question_ops *ops;
	struct reader_context context;
	void *reader;
	struct question question; /* in */
	uint64_t number;	  /* out */
	int error;		  /* out */
};

static void asking_run(void *context)
{
	struct asking *a = context;

	a->error = a->reader ? 0 : a->ops->open(&a->context, &a->reader);
	if (!a->error)
		a->error = a->ops->answer(a->reader, &a->question, &a->number);
}

static void asking_free(void *context)
{
	struct asking *a = context;

	a->ops->close(a->reader);
	free(a);
}

static const struct lane_ops asking_ops = {asking_run, asking_free};

/* So many of a kind are kept: two sides ask of their frames in turn, on two screens perhaps. */
#define KEPT 4u

struct kept {
	struct question question;
	struct answer answer;
	uint64_t asked_ns;    /* when somebody last did; 0: nobody has */
	uint64_t answered_ns; /* 0: not yet */
	bool wanted;	      /* it is to be asked */
};

struct questions {
	struct reader_context context;
	struct {
		struct lane *lane;
		struct kept kept[KEPT];
	} kind[QUESTION_KINDS];
};

static struct lane *new_lane(struct hub *hub, unsigned kind, const struct reader_context *context)
{
	struct asking *a = mem_alloc(sizeof *a);

	*a = (struct asking){.ops = &question_table[kind], .context = *context};
	return lane_new(hub, &asking_ops, a);
}

struct questions *questions_new(struct hub *hub, const struct reader_context *context)
{
	struct questions *q = mem_alloc(sizeof *q);

	*q = (struct questions){.context = *context};
	for (unsigned kind = 0; kind < QUESTION_KINDS; kind++)
		q->kind[kind].lane = new_lane(hub, kind, context);
	return q;
}

void questions_free(struct questions *q)
{
	if (!q)
		return;
	for (unsigned kind = 0; kind < QUESTION_KINDS; kind++)
		lane_drop(q->kind[kind].lane);
	free(q);
}

static struct answer answer_of(const struct asking *a)
{
	enum value_state state = a->error ? value_state_of_error(a->error) : VALUE_KNOWN;

	return (struct answer){state, value_state_reason(state), a->number};
}

static bool is_kept(const struct kept *k, const struct question *question)
{
	return k->asked_ns && question_equal(&k->question, question);
}

static void take(struct questions *q, unsigned kind)
{
	const struct asking *a = q->kind[kind].lane->job;

	if (!lane_settle(q->kind[kind].lane))
		return;
	for (unsigned i = 0; i < KEPT; i++) {
		struct kept *k = &q->kind[kind].kept[i];

		if (!is_kept(k, &a->question))
			continue;
		k->answer = answer_of(a);
		k->answered_ns = clock_monotonic_ns();
	}
}

/* The question's own place, or that of the one that nobody has asked for longest. */
static struct kept *place_of(struct questions *q, const struct question *question)
{
	struct kept *kept = q->kind[question->kind].kept, *oldest = kept;

	for (unsigned i = 0; i < KEPT; i++) {
		if (is_kept(&kept[i], question))
			return &kept[i];
		if (kept[i].asked_ns < oldest->asked_ns)
			oldest = &kept[i];
	}
	*oldest = (struct kept){.question = *question};
	return oldest;
}

void questions_ask(struct questions *q, const struct question *question, struct answer *ret)
{
	const struct question_ops *ops = &question_table[question->kind];
	enum value_state state = q->context.access.state[ops->access];
	const struct lane *lane = q->kind[question->kind].lane;
	uint64_t now = clock_monotonic_ns();
	struct kept *k;

	*ret = (struct answer){state, ops->needs, 0};
	if (!value_state_has_value(state))
		return;
	take(q, question->kind);
	k = place_of(q, question);
	k->asked_ns = now;
	*ret = (struct answer){VALUE_UNREAD, "on its way", 0};
	if (k->answered_ns)
		*ret = k->answer;
	else if (lane->state == LANE_BUSY && now - lane->began_ns > DEADLINE_NS)
		ret->reason = LATE;
	if (!k->answered_ns || now - k->answered_ns > FRESH_NS)
		k->wanted = true;
}

/* The wanted one that was answered longest ago, if any. */
static struct kept *next_wanted(struct questions *q, unsigned kind)
{
	struct kept *next = NULL;

	for (unsigned i = 0; i < KEPT; i++) {
		struct kept *k = &q->kind[kind].kept[i];

		if (k->wanted && (!next || k->answered_ns < next->answered_ns))
			next = k;
	}
	return next;
}

void questions_serve(struct questions *q)
{
	for (unsigned kind = 0; kind < QUESTION_KINDS; kind++) {
		struct asking *a = q->kind[kind].lane->job;
		struct kept *k;

		take(q, kind);
		k = next_wanted(q, kind);
		if (!k || q->kind[kind].lane->state != LANE_IDLE)
			continue;
		k->wanted = false;
		a->question = k->question;
		if (lane_begin(q->kind[kind].lane))
			hub_wake(q->kind[kind].lane->hub);
	}
}
