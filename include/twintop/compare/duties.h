/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_DUTIES_H
#define TWINTOP_COMPARE_DUTIES_H

#include "twintop/model/snapshot.h"
#include "twintop/record/keep.h"

/* Adds up, moment by moment, what each thread that runs does with its time. */
struct duty_counter;

struct duty_counter *duty_counter_new(void);
void duty_counter_free(struct duty_counter *c); /* NULL is fine */
void duty_counter_reset(struct duty_counter *c);
/* Gives the next moment's sides their duties. */
void duty_counter_see(struct duty_counter *c, struct snapshot *s);
/* Goes on from a moment that has them. */
void duty_counter_seed(struct duty_counter *c, const struct snapshot *s);
void duty_counter_keep(struct duty_counter *c, struct keep *keep);

#endif
