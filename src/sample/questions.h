/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_QUESTIONS_H
#define TWINTOP_SAMPLE_QUESTIONS_H

#include "lane.h"
#include "twintop/model/question.h"
#include "twintop/proc/reader.h"

/*
 * Questions that somebody asks now and then, each kind answered on a lane of its own: a row of the
 * table in questions.c. Asking never reads anything.
 */
struct question_ops {
	enum access_item access; /* what must be permitted */
	const char *needs;	 /* the reason where it is not; static text */
	int (*open)(const struct reader_context *context, void **ret_reader);
	int (*answer)(void *reader, const struct question *question, uint64_t *ret_number);
	void (*close)(void *reader);
};

struct questions;
/* The hub's lock is held for all of these. */
struct questions *questions_new(struct hub *hub, const struct reader_context *context);
void questions_free(struct questions *q); /* drops the lanes; NULL is fine */
/* The newest answer, or why there is none yet; the question is noted where it must be asked anew. */
void questions_ask(struct questions *q, const struct question *question, struct answer *ret);
/* Begins what was noted, on the caller's thread or a worker: never called by whoever asks. */
void questions_serve(struct questions *q);

#endif
