/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_RATES_H
#define TWINTOP_MODEL_RATES_H

#include "twintop/model/thread.h"

/* Why there is no rate. */
enum rate_gap {
	RATE_KNOWN,
	RATE_FIRST,	/* seen once: needs two samples */
	RATE_BACKWARDS, /* its counter went backwards: another's, or the kernel's fault */
	RATE_COARSE,	/* clock ticks need a longer time than was watched yet */
	RATE_GAPS
};
const char *rate_gap_reason(enum rate_gap gap); /* static text; NULL where it is known */

/* Over how long a rate is taken at least, where samples go so far back. */
#define RATE_WINDOW_NS 1000000000u

struct thread_rates {
	float cpu_percent, wait_percent; /* of the time, 0 to 100; where time_gap is RATE_KNOWN */
	float voluntary, involuntary;	 /* switches a second; where switches_gap is RATE_KNOWN */
	uint8_t time_gap, switches_gap;	 /* enum rate_gap */
};

/* What follows from a side's counters now and before; a part of the moment that it was made for. */
struct rates {
	struct part part;
	const struct thread_seats *seats; /* of the list that it was made of; NULL: of none */
	const struct chunk **thread;	  /* of struct thread_rates */
	double cpu_percent;		  /* of one core, all threads; where gap is RATE_KNOWN */
	enum rate_gap gap;
	bool by_ticks; /* from the process's clock ticks: its threads were not read lately */
};

/* How fast pages that a fork shared were copied, whoever wrote: pages a second. */
struct copy_rate {
	enum rate_gap gap; /* of both */
	double now;	   /* in the last RATE_WINDOW_NS, or between two reads that lie further apart */
	double peak;	   /* the most since the pair was first seen */
};

/* Of thread i of the list; NULL where the rates are not of it. Either may be NULL. */
const struct thread_rates *rates_thread(
	const struct rates *rates, const struct thread_list *list, size_t i);

/* Rows of the part table. */
void rates_release(void *rates);
size_t rates_bytes(const void *now, const void *before);

#endif
