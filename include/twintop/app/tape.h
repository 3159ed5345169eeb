/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_TAPE_H
#define TWINTOP_APP_TAPE_H

#include "twintop/record/history.h"

/* What becomes of a recording that is made of what is watched. */
enum tape_state {
	TAPE_OFF,
	TAPE_ON,
	TAPE_FAILED /* the last one; said until another one begins */
};
struct tape_look {
	enum tape_state state;
	uint64_t span_ns; /* from its first moment to its last */
	uint64_t moments, bytes;
};

/* Who makes them, for the screen; nothing of it waits for a file. */
struct tape_ops {
	void *context;
	/* From now on no moment is missed by the one that begins next. 0 or negative errno. */
	int (*ready)(void *context);
	/*
	 * Begins it with what history holds, and goes on with what came since. 0 or negative errno;
	 * what else is wrong is told later.
	 */
	int (*begin)(void *context, const char *path, const struct history *history);
	void (*stop)(void *context); /* what came by now is written yet */
	/* How it stands; appends what is to be said of it, once. */
	void (*look)(void *context, struct tape_look *ret, struct textbuf *said);
	/* Readable (poll(2)) when one has ended of which nothing was said; -1: none runs. */
	int (*fd)(void *context);
};

#endif
