/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_HOUR_TAPE_H
#define TESTS_BENCH_HOUR_TAPE_H

#include "tests/fixtures/hour.h"

/* What recording took, beside the reading and the judging. */
struct tape_cost {
	double cpu_ns, bytes, held; /* held: bytes of memory at its end */
	uint64_t most_ns;	    /* the dearest moment */
	unsigned seeds;
};

/* Records so many moments to fd as the program does, each judged, with seeds. 0 or an error. */
int hour_tape(const struct hour_size *size, unsigned moments, int fd, struct tape_cost *ret);

#endif
