/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TYPED_TIME_H
#define TWINTOP_TYPED_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* A time as somebody types it, to go there. */
struct typed_time {
	bool by_clock;
	uint64_t ns; /* so long ago; by the clock: since midnight */
};

/* What may be typed: for a complaint. */
#define TYPED_TIME_WANTED "such as -12s, -1m30s or 14:03:22"

/*
 * "-12s", "-1m30s", "-12", "-2:05" (minutes and seconds), "12s": so long ago. "14:03", "14:03:22",
 * "14:03:22.5": by the clock. Blanks around it are fine. -EINVAL: it is neither.
 */
int typed_time_parse(const char *text, struct typed_time *ret);
/*
 * When that is on CLOCK_REALTIME, in local time, where what is kept goes from one time to the other:
 * by the clock the last such time that is kept, else that of today, which is before. -ERANGE: today
 * it has not come yet, or the calendar has none.
 */
int typed_time_find(const struct typed_time *t, uint64_t first_realtime_ns,
	uint64_t last_realtime_ns, uint64_t *ret_realtime_ns);

#endif
