/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When threads were on a CPU of late, summed up; those that were on none are counted. */
#include <inttypes.h>

#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/lanes.h"

#define SPAN_NS	     5000000000u
#define THREADS_MOST 40u /* of a side that are named */

/* The last while of which anything is told. */
struct window {
	const struct lanes *lanes;
	uint64_t from_ns, to_ns;
};

static struct window window_of(const struct snapshot *s)
{
	struct window w = {.lanes = s->lanes, .to_ns = s->monotonic_ns};
	uint64_t begin_ns = lanes_begin_ns(s->lanes);

	w.from_ns = w.to_ns > SPAN_NS ? w.to_ns - SPAN_NS : 0;
	if (begin_ns > w.from_ns)
		w.from_ns = begin_ns;
	return w;
}

/* "exact: 2014 context-switch records, 3 lost, deaf for 1.2s", "sampled: needs …", "not told: …" */
static void say_source(const struct window *w, const struct lane_batch *batch, pid_t pid, bool told,
	struct textbuf *out)
{
	const struct lane_watch *watch = lane_watch_of(batch, pid);
	uint64_t deaf_ns = lanes_deaf_ns(w->lanes, w->from_ns, w->to_ns);
	char text[UNITS_MAX];

	if (!watch || !value_state_has_value(watch->state)) {
		textbuf_addf(out, "%s: %s", told ? "sampled" : "not told",
			watch ? watch->reason : "nobody listens yet");
		return;
	}
	textbuf_adds(out, "exact: ");
	textbuf_count(out, batch->ears.told, "context-switch record");
	if (batch->ears.lost)
		textbuf_addf(out, ", %" PRIu64 " lost", batch->ears.lost);
	if (deaf_ns)
		textbuf_addf(out, ", deaf for %s", units_time(text, deaf_ns));
}

/* "  4250 worker  on a CPU 1.2s, ready 800ms; switches 3 voluntary, 57 involuntary; 2 moves to
 * another CPU"
 */
static void write_thread(const struct thread *t, const struct lane_sum *sum, struct textbuf *out)
{
	char run[UNITS_MAX], queued[UNITS_MAX];

	textbuf_addf(out, "  %d ", (int)t->self->tid);
	text_name(out, thread_name(t));
	textbuf_addf(out, "  on a CPU %s, ready %s", units_time(run, sum->run_ns),
		units_time(queued, sum->queued_ns));
	if (sum->sampled) {
		textbuf_adds(out, ", sampled\n");
		return;
	}
	textbuf_addf(out, "; switches %" PRIu64 " voluntary, %" PRIu64 " involuntary",
		sum->voluntary, sum->involuntary);
	if (sum->migrations) {
		textbuf_adds(out, "; ");
		textbuf_count(out, sum->migrations, "move");
		textbuf_adds(out, " to another CPU");
	}
	textbuf_adds(out, "\n");
}

static void write_threads(
	const struct thread_list *list, const struct window *w, struct textbuf *out)
{
	size_t told = 0, still = 0, more = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct thread t = thread_at(list, i);
		const struct lane_sum sum = lanes_sum(w->lanes, t.self->tid, w->from_ns, w->to_ns);

		if (!sum.run_ns && !sum.queued_ns)
			still++;
		else if (told == THREADS_MOST)
			more++;
		else {
			write_thread(&t, &sum, out);
			told++;
		}
	}
	if (more)
		textbuf_addf(out, "  and %zu more\n", more);
	if (still)
		textbuf_addf(out, "  %zu on none, and not ready for one\n", still);
}

static void write_side(const struct snapshot *s, unsigned side, const struct window *w,
	const struct lane_batch *batch, struct textbuf *out)
{
	bool told = lanes_begin_ns(w->lanes) && w->from_ns < w->to_ns;
	struct textbuf title = {0}, source = {0};
	char span[UNITS_MAX];

	textbuf_addf(&title, "When %c's threads were on a CPU", side ? 'B' : 'A');
	if (told)
		textbuf_addf(&title, ", of the last %s", units_time(span, w->to_ns - w->from_ns));
	say_source(w, batch, s->side[side].id.pid, told, &source);
	report_section(out, title.bytes, source.bytes);
	textbuf_free(&title);
	textbuf_free(&source);
	if (told)
		write_threads(s->side[side].threads, w, out);
}

void report_lanes(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	const struct lane_batch *batch = lanes_newest(s->lanes);
	const struct window w = window_of(s);

	for (unsigned side = 0; batch && side < s->sides; side++)
		if (s->side[side].threads && s->side[side].threads->n &&
			(!side || s->side[0].id.pid != s->side[1].id.pid))
			write_side(s, side, &w, batch, out);
}
