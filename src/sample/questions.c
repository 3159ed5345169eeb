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

struct questions {
	struct reader_context context;
	struct {
		struct lane *lane;
		bool wanted; /* want is to be asked */
		struct question want, answered;
		struct answer answer;
		uint64_t answered_ns; /* 0: none yet */
	} kind[QUESTION_KINDS];
};

static struct lane *new_lane(struct hub *hub, unsigned kind, const struct reader_context *context)
{
	struct asking *a = mem_alloc(sizeof *a);

	*a = (struct asking){.ops = &question_table[kind], .context = *context};
	return lane_new(hub, "question", &asking_ops, a);
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

static void take(struct questions *q, unsigned kind)
{
	const struct asking *a = q->kind[kind].lane->job;

	if (!lane_settle(q->kind[kind].lane))
		return;
	q->kind[kind].answered = a->question;
	q->kind[kind].answer = answer_of(a);
	q->kind[kind].answered_ns = clock_monotonic_ns();
}

void questions_ask(struct questions *q, const struct question *question, struct answer *ret)
{
	const struct question_ops *ops = &question_table[question->kind];
	enum value_state state = q->context.access.state[ops->access];
	const struct lane *lane = q->kind[question->kind].lane;
	uint64_t now = clock_monotonic_ns(), answered_ns;
	bool mine;

	*ret = (struct answer){state, ops->needs, 0};
	if (!value_state_has_value(state))
		return;
	take(q, question->kind);
	answered_ns = q->kind[question->kind].answered_ns;
	mine = answered_ns && question_equal(question, &q->kind[question->kind].answered);
	*ret = (struct answer){VALUE_UNREAD, "on its way", 0};
	if (mine)
		*ret = q->kind[question->kind].answer;
	else if (lane->state == LANE_BUSY && now - lane->began_ns > DEADLINE_NS)
		ret->reason = LATE;
	if (!mine || now - answered_ns > FRESH_NS) {
		q->kind[question->kind].want = *question;
		q->kind[question->kind].wanted = true;
	}
}

void questions_serve(struct questions *q)
{
	for (unsigned kind = 0; kind < QUESTION_KINDS; kind++) {
		struct asking *a = q->kind[kind].lane->job;

		take(q, kind);
		if (!q->kind[kind].wanted || q->kind[kind].lane->state != LANE_IDLE)
			continue;
		q->kind[kind].wanted = false;
		a->question = q->kind[kind].want;
		lane_begin(q->kind[kind].lane);
	}
}
