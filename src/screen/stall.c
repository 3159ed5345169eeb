/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that come while a write to the terminal waits: stopped by Ctrl-S, or its reader hangs. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "screen_internal.h"
#include "twintop/base/leave.h"

#define KEYS_MOST 64

static char keys[KEYS_MOST];
static volatile sig_atomic_t keys_n, quits_by_q;

/* On SIGALRM, within the write. */
static void look_at_keys(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	int saved = errno;

	while (keys_n < KEYS_MOST && poll(&p, 1, 0) == 1) {
		ssize_t n = read(STDIN_FILENO, keys + keys_n, (size_t)(KEYS_MOST - keys_n));

		if (n <= 0)
			break;
		if (quits_by_q && memchr(keys + keys_n, 'q', (size_t)n))
			signals_leave(0);
		keys_n += (sig_atomic_t)n;
	}
	errno = saved;
}

void stall_guard(bool q_quits)
{
	quits_by_q = q_quits;
	keys_n = 0;
	leave_guard(look_at_keys);
}

void stall_end(void)
{
	leave_guard(NULL);
	if (keys_n)
		tty_unread(keys, (size_t)keys_n);
}
