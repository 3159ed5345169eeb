/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app_internal.h"

#define PERIOD_NS     1000000000u
#define READ_LEAST_NS 500000.0 /* what is less of a difference than this … */
#define OWN_LEAST     1.0      /* … or than so many percent of a core, nobody needs to know */

/* Takes a figure over unless it moved by a quarter at most: it would flicker. */
static bool settle(double now, double least, double *shown)
{
	double by = now > *shown ? now - *shown : *shown - now;

	if (by <= *shown / 4 || by <= least)
		return false;
	*shown = now;
	return true;
}

bool costs_add(struct app_costs *c, const struct snapshot *s)
{
	bool first = !c->since_ns, read, own;

	if (first)
		c->since_ns = s->monotonic_ns;
	c->read_ns += s->read_cpu_ns;
	c->n++;
	if (!first && s->monotonic_ns - c->since_ns < PERIOD_NS)
		return false;
	if (first) {
		c->shown_read_ns = (double)s->read_cpu_ns;
		c->shown_own_percent = s->own_cpu_percent;
	}
	read = settle((double)c->read_ns / (double)c->n, READ_LEAST_NS, &c->shown_read_ns);
	own = settle(s->own_cpu_percent, OWN_LEAST, &c->shown_own_percent);
	c->since_ns = s->monotonic_ns;
	c->read_ns = c->n = 0;
	return first || read || own;
}
