/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_OPENING_H
#define TWINTOP_OPENING_H

#include <signal.h>
#include <stdbool.h>

/* Signals that begin our end, unless whoever started us wanted them ignored. */
#define ENDING_SIGNALS 4
struct ending_signals {
	struct sigaction before[ENDING_SIGNALS];
};
void ending_catch(struct ending_signals *ret);
void ending_release(const struct ending_signals *before);

/*
 * What may wait for ever, as opening a file does on a file server that is gone, or a FIFO that has
 * nobody at its other end: done on a thread of its own. Once it takes long, standard error says
 * what is waited for; our end ends the wait, as does `q` where there are keys.
 */
struct opening {
	int (*work)(void *context); /* its result is that of the wait */
	void *context;
	const char *path; /* of what is waited for: told once it takes long */
	bool keys;	  /* standard input is a terminal that nobody reads yet */
};
/*
 * The work's result; -ECANCELED: it goes on by itself, and what context points to is its own from
 * now on; or negative errno where there is no thread for it.
 */
int opening_wait(const struct opening *o);
/* Says on standard error that it is waited for; keys: and how to end that. */
void opening_say(const char *path, bool keys);

#endif
