/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_LIMITS_H
#define TWINTOP_SAMPLE_LIMITS_H

#include <stddef.h>

/* Raises our soft RLIMIT_NOFILE to the hard one: kept descriptors make reading threads cheap. */
void limits_raise(void);
/* Sets RLIMIT_NOFILE back to what it was before limits_raise(); async-signal-safe. */
void limits_restore(void);
/* How many descriptors a reader of threads may keep open: an eighth of what we may have. */
size_t limits_fd_share(void);

#endif
