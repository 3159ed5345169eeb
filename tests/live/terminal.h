/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TESTS_LIVE_TERMINAL_H
#define TWINTOP_TESTS_LIVE_TERMINAL_H

#include <sys/types.h>
#include <termios.h>

#include "twintop/base/text.h"

/* twintop in a terminal of its own, and how it ends there. Any failure here fails the test. */
#define TERMINAL_END_NS	  6000000000u /* promised is a second */
#define TERMINAL_BOUND_NS 60000000000u
#define TERMINAL_SCREEN	  "Overview" /* is drawn when the first moment is there */

struct terminal {
	int master, slave;
	struct termios before;
	struct textbuf said;
	pid_t run;
};

/* With its working directory in folder (NULL: ours). */
struct terminal terminal_start(const char *folder, const char *const argv[]);
/* Takes what is there; false when nothing came for so long. */
bool terminal_take(struct terminal *t, int ms);
/* Until the terminal was told that text. */
void terminal_await(struct terminal *t, const char *text);
void terminal_type(const struct terminal *t, const char *keys);
/* Waits for the end, reading what it says or not; false: it does not come. */
bool terminal_ends(struct terminal *t, bool reads, int *ret_status);
/* Its modes are as they were before twintop. */
void terminal_end(struct terminal *t);
const char *terminal_own_pid(void);

#endif
