/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_CATCHER_H
#define TWINTOP_CATCHER_H

#include <stdbool.h>

#include "twintop/proc/root.h"

/*
 * Takes a pidfd of each process that others fork, at once: as long as one is held the kernel keeps
 * how the process ended. On a thread of its own, which does nothing else and is called by each
 * birth, which costs whoever forks; where too many are born, by none.
 */
struct catcher;

/* most: so many are held at once. 0 or negative errno. The root outlives it. */
int catcher_open(const struct proc_root *root, size_t most, struct catcher **ret_catcher);
void catcher_close(struct catcher *c); /* NULL is fine; also of what was not taken */
/* Births by that process's threads call from now on. 0 or negative errno. */
int catcher_listen(struct catcher *c, pid_t pid);
/* Those of nobody do. */
void catcher_forget(struct catcher *c);
/*
 * A pidfd of the one of that number that was born last, the caller's from then on; -ESRCH: it was
 * gone by then; -ENOENT: it was not caught. NULL is fine.
 */
int catcher_take(struct catcher *c, pid_t pid);
/* Lets go of those that were born before, whom nobody will ask for. NULL is fine. */
void catcher_drop(struct catcher *c, uint64_t before_ns);

#endif
