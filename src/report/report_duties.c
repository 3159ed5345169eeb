/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each thread does with its time, in words; those of one sort that ran least are counted. */
#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/duty.h"

#define THREADS_MOST 40u /* of a side that are named */

static void write_thread(const struct moment *m, unsigned side, size_t i, struct textbuf *out)
{
	const struct thread t = thread_at(m->snapshot->side[side].threads, i);
	struct thread_duty d;
	const char *reason;
	enum duty_span span = duty_of(m->snapshot, side, i, &d, &reason);
	char text[UNITS_MAX];

	textbuf_addf(out, "  %d ", (int)t.self->tid);
	text_name(out, thread_name(&t));
	textbuf_adds(out, "  ");
	if (span == DUTY_UNKNOWN) {
		textbuf_addf(out, "not known: %s\n", reason);
		return;
	}
	duty_say(&d, m->snapshot, side, out);
	textbuf_addf(out, span == DUTY_LATELY ? ", of %s\n" : ", of the %s since it began\n",
		units_time(text, d.ns));
}

void report_duties(const struct moment *m, struct textbuf *out)
{
	for (unsigned side = 0; side < m->snapshot->sides; side++) {
		const struct thread_list *list = m->snapshot->side[side].threads;

		if (!list || !list->n)
			continue;
		report_section(out,
			side ? "What the time of B's threads goes into"
			     : "What the time of A's threads goes into",
			"in what they are blocked is sampled");
		for (size_t i = 0; i < list->n && i < THREADS_MOST; i++)
			write_thread(m, side, i, out);
		if (list->n > THREADS_MOST)
			textbuf_addf(out, "  and %zu more\n", list->n - THREADS_MOST);
	}
}
