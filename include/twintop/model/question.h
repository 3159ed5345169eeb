/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_QUESTION_H
#define TWINTOP_MODEL_QUESTION_H

#include "twintop/model/records.h"

/* What somebody wants to know now and then: it costs too much to be a part of each moment. */
enum question_kind {
	QUESTION_FRAME_USERS, /* how many mappings there are of the frame at address: kpagecount */
	QUESTION_KINDS
};

struct question {
	enum question_kind kind;
	struct task_id task; /* of whom; pid 0: of nobody */
	uint64_t address;    /* a frame number, an address: as the kind says */
};

struct answer {
	enum value_state state; /* UNREAD: on its way */
	const char *reason;	/* static text where the state has no value */
	uint64_t number;
};

/* The wish that a thread be held for its registers and its stack: see proc/hold.h. */
struct hold_wish {
	struct task_id process;
	pid_t tid;	 /* 0: nobody wishes it any more */
	uint64_t number; /* each is another one; 0: there was none */
};

static inline bool question_equal(const struct question *a, const struct question *b)
{
	return a->kind == b->kind && task_id_equal(a->task, b->task) && a->address == b->address;
}

#endif
