/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When threads were on a CPU since the line before, and what each does with its time. */
#include "json_internal.h"
#include "twintop/model/duty.h"

/* ---- duties ----------------------------------------------------------------- */

static void put_wait(struct json_writer *w, const struct thread_duty *d, const struct duty_wait *of)
{
	json_open(w, NULL, '{');
	json_put_word(w, "kind", wait_kind_name(of->kind));
	json_put_real(w, "percent", duty_percent(d, of->ns));
	if (of->fd >= 0)
		json_put_i64(w, "fd", of->fd);
	if (of->address)
		json_put_address(w, "address", of->address);
	if (of->owner)
		json_put_i64(w, "owner_tid", of->owner);
	json_close(w, '}');
}

void json_put_duty(struct json_writer *w, const struct record *r)
{
	const struct snapshot *s = r->moment->snapshot;
	struct thread_duty d;
	const char *reason;
	enum duty_span span = duty_of(s, r->side, r->index, &d, &reason);

	if (span == DUTY_UNKNOWN) {
		json_gap(w, reason, "processes[%u].threads[].blocked_in", r->side);
		json_put_null(w, "blocked_in");
		return;
	}
	json_open(w, "blocked_in", '[');
	for (size_t i = 0; i < d.waits_n; i++)
		put_wait(w, &d, &d.wait[i]);
	json_close(w, ']');
}

/* ---- lanes ------------------------------------------------------------------ */

static void put_watch(struct json_writer *w, const struct lane_watch *watch)
{
	bool told = value_state_has_value(watch->state);

	json_open(w, NULL, '{');
	json_put_i64(w, "pid", watch->pid);
	json_put_word(w, "source", told ? "exact" : "sampled");
	if (!told)
		json_put_word(w, "reason", watch->reason);
	json_close(w, '}');
}

/* What is said of listening is so where somebody is listened to; else *ret_reason says why not. */
static bool listens(const struct lane_ears *ears, const char **ret_reason)
{
	*ret_reason = value_state_reason(VALUE_UNREAD);
	for (size_t i = 0; i < ears->watches_n; i++) {
		if (value_state_has_value(ears->watch[i].state))
			return true;
		*ret_reason = ears->watch[i].reason;
	}
	return false;
}

static void put_ears(struct json_writer *w, const struct lane_ears *ears)
{
	const struct {
		const char *name;
		uint64_t value;
	} figures[] = {
		{"records", ears->told},
		{"lost", ears->lost},
		{"threads", ears->threads},
		{"threads_of", ears->threads_of},
		{"merged_ns", ears->merged_ns},
		{"deaf_ns", ears->deaf_ns},
	};
	const char *reason;
	bool told = listens(ears, &reason);

	json_open(w, "processes", '[');
	for (size_t i = 0; i < ears->watches_n; i++)
		put_watch(w, &ears->watch[i]);
	json_close(w, ']');
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
		if (told) {
			json_put_u64(w, figures[i].name, figures[i].value);
		} else {
			json_gap(w, reason, "lanes.%s", figures[i].name);
			json_put_null(w, figures[i].name);
		}
	}
}

static void put_switches(struct json_writer *w, const struct lane_span *span)
{
	if (value_state_has_value(span->switches)) {
		json_put_u64(w, "voluntary", span->voluntary);
		json_put_u64(w, "involuntary", span->involuntary);
	} else {
		json_gap(w, value_state_reason(span->switches), "lanes.spans[].voluntary");
		json_gap(w, value_state_reason(span->switches), "lanes.spans[].involuntary");
		json_put_null(w, "voluntary");
		json_put_null(w, "involuntary");
	}
}

static void put_span(struct json_writer *w, const struct lane_span *span)
{
	json_open(w, NULL, '{');
	json_put_i64(w, "pid", span->pid);
	json_put_i64(w, "tid", span->tid);
	json_put_i64(w, "cpu", span->cpu);
	json_put_u64(w, "begin_ns", span->begin_ns);
	json_put_u64(w, "end_ns", span->end_ns);
	json_put_u64(w, "on_cpu_ns", span->run_ns);
	json_put_u64(w, "queued_ns", span->queued_ns);
	json_put_u64(w, "queued_before_ns", span->before_ns);
	put_switches(w, span);
	json_put_word(w, "end", lane_end_name(span->end));
	json_close(w, '}');
}

static void put_batch(struct json_writer *w, const struct lane_batch *batch)
{
	json_open(w, "lanes", '{');
	json_put_u64(w, "from_ns", batch->from_ns);
	json_put_u64(w, "until_ns", batch->until_ns);
	put_ears(w, &batch->ears);
	json_open(w, "deaf", '[');
	for (size_t i = 0; i < batch->gaps_n; i++) {
		json_open(w, NULL, '{');
		json_put_u64(w, "begin_ns", batch->gap[i].begin_ns);
		json_put_u64(w, "end_ns", batch->gap[i].end_ns);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_open(w, "spans", '[');
	for (size_t i = 0; i < batch->n && !w->error; i++)
		put_span(w, &batch->span[i]);
	json_close(w, ']');
	json_close(w, '}');
}

void json_put_lanes(struct json_writer *w, const struct snapshot *s)
{
	const struct lane_batch *batch = lanes_newest(s->lanes);

	if (!batch) {
		json_gap(w, value_state_reason(VALUE_UNREAD), "lanes");
		json_put_null(w, "lanes");
	} else {
		put_batch(w, batch);
	}
}
