/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Synchronized output: between its begin and its end a terminal shows nothing, then all at once
 * (private mode 2026 of DEC's set and reset). Whether it has that it says itself (DECRQM, DECRPM).
 */
#include <unistd.h>

#include "screen_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"

#define ASK	  "\033[?2026$p"
#define BEGIN	  "\033[?2026h"
#define END	  SYNC_END
#define ANSWER_NS 1000000000u /* an answer that takes longer is heard, but not waited for */

static struct {
	bool has, awaits, unanswered;
	bool open; /* a begin stands without its end */
	uint64_t asked_ns;
} sync_state;

static int say(const char *bytes, size_t n)
{
	return io_write(STDOUT_FILENO, bytes, n);
}

void sync_ask(void)
{
	sync_state.has = false;
	sync_state.awaits = sync_state.unanswered = true;
	sync_state.asked_ns = clock_monotonic_ns();
	say(ASK, sizeof ASK - 1);
}

bool sync_awaits(void)
{
	if (sync_state.awaits && clock_monotonic_ns() - sync_state.asked_ns > ANSWER_NS)
		sync_state.awaits = false;
	return sync_state.awaits;
}

/* What is set or reset can be changed; 3 and 4 are so for good, 0 is not known there. */
void sync_answer(unsigned mode)
{
	sync_state.has = mode == 1 || mode == 2;
	sync_state.awaits = sync_state.unanswered = false;
}

bool sync_unanswered(void)
{
	return sync_state.unanswered;
}

bool sync_has(void)
{
	return sync_state.has;
}

void sync_begin(void)
{
	if (!sync_state.has)
		return;
	sync_state.open = true;
	say(BEGIN, sizeof BEGIN - 1);
}

void sync_end(void)
{
	if (sync_state.open && !say(END, sizeof END - 1))
		sync_state.open = false;
}
