/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads in words. */
#include "tell_internal.h"

#include <inttypes.h>

#include "twintop/base/units.h"
#include "twintop/model/duty.h"
#include "twintop/model/names.h"

static struct thread thread_of(const struct record *r)
{
	return thread_at(field_side(r)->threads, r->index);
}

/* ---- states -------------------------------------------------------------------- */

/* In what it sleeps where its system call is not told. */
static void tell_hidden_sleep(const struct record *r, const struct thread *t, struct textbuf *out)
{
	struct value call = field_get_thread_syscall_name(r);
	struct text channel = thread_channel(t);

	if (channel.len) {
		textbuf_adds(out, " in the kernel's function ");
		text_printable(out, channel);
	}
	if (t->call->running)
		textbuf_adds(out, ". It was woken while it was read");
	else
		textbuf_addf(out, ". In which system call is not known: %s",
			call.reason ? call.reason : "it was not read");
}

static bool is_of_kernel(const struct record *r)
{
	const struct process_info *p = field_side(r)->info;

	return p && value_state_has_value(p->source[PROCESS_STAT]) && p->kernel_thread;
}

void tell_asleep(const struct record *r, struct textbuf *out)
{
	const struct thread t = thread_of(r);
	struct textbuf blocked = {0};

	textbuf_adds(out, t.run->state == 'D' ? "asleep so that no signal wakes it" : "asleep");
	if (is_of_kernel(r)) {
		textbuf_adds(out, ", as a thread of the kernel that waits for work");
		if (thread_channel(&t).len) {
			textbuf_adds(out, " in the function ");
			text_printable(out, thread_channel(&t));
		}
		textbuf_adds(out, ".");
		return;
	}
	if (tell_blocked(r, &t, &blocked))
		textbuf_addf(out, "%s%s", t.run->state == 'D' ? ", " : " ", blocked.bytes);
	else
		tell_hidden_sleep(r, &t, out);
	textbuf_adds(out, ".");
	textbuf_free(&blocked);
}

static void tell_state(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);
	char letter[2] = {v->text.len ? v->text.bytes[0] : '?', 0};

	textbuf_addf(out, "%s: ", letter[0] > ' ' ? letter : "?");
	switch (letter[0]) {
	case 'R':
		textbuf_addf(out,
			"it runs, or is ready and waits for a processor; it was on "
			"processor %d last.",
			t.run->processor);
		return;
	case 'S':
	case 'D':
		tell_asleep(r, out);
		return;
	case 'Z':
		if (t.list->n > 1) {
			textbuf_adds(
				out, "this thread has ended; its process lives on in the others.");
			return;
		}
		break;
	default:
		break;
	}
	textbuf_addf(out, "%s.", task_state_name(letter[0]));
	tell_lesson(LESSON_STATES, letter, out);
}

/* ---- time and switches ----------------------------------------------------------- */

static void tell_cpu(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value waited = field_get_thread_wait_percent(r);
	char text[UNITS_MAX];
	double rest = 100 - v->real;

	textbuf_addf(
		out, "%s of the last second it was on a processor", units_percent(text, v->real));
	if (value_state_has_value(waited.state) && waited.real >= 0.05) {
		textbuf_addf(out, ", for %s it was ready and others ran",
			units_percent(text, waited.real));
		rest -= waited.real;
	}
	if (rest >= 0.5)
		textbuf_addf(out, ", for the other %s it waited for something.",
			units_percent(text, rest));
	else
		textbuf_adds(out, ": it never waits for anything.");
}

static void tell_switches(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value own = field_get_thread_voluntary_switches(r);
	struct value forced = field_get_thread_involuntary_switches(r);
	uint64_t n = own.u, m = forced.u;

	(void)v;
	if (!value_state_has_value(own.state) || !value_state_has_value(forced.state)) {
		textbuf_adds(out, "Only a part of its switches is known.");
		return;
	}
	textbuf_addf(out,
		"%" PRIu64 " times it gave the processor up by itself, because it had to "
		"wait; %" PRIu64 " times the kernel took it away.",
		n, m);
	if (n + m < 10)
		textbuf_adds(out, " Too few to tell what sort of thread it is.");
	else if (n >= 4 * m)
		textbuf_adds(out, " Mostly by itself: it waits more than it computes.");
	else if (m >= 4 * n)
		textbuf_adds(out, " Mostly by force: it computes, and others want the processor.");
	else
		textbuf_adds(out, " Both often: it computes and waits by turns.");
}

static void tell_faults(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (v->u)
		textbuf_count(out, v->u, "page fault");
	textbuf_adds(out, v->u ? ": so often it touched a page for the first time, or wrote to one "
				 "that it had to copy."
			       : "None: it touched no page first.");
}

static void tell_disk_faults(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (v->u)
		textbuf_count(out, v->u, "page fault");
	textbuf_adds(out, v->u ? " for which it had to wait for a disk."
			       : "None: all that it touched was in memory.");
}

static void tell_wait_time(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value run = field_get_thread_run_ns(r);
	char waited[UNITS_MAX], ran[UNITS_MAX];

	textbuf_addf(out, "%s it was ready to run and had no processor", units_time(waited, v->u));
	if (value_state_has_value(run.state))
		textbuf_addf(out, "; %s it ran", units_time(ran, run.u));
	textbuf_adds(out, ".");
}

static void tell_nice(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_addf(out, "%" PRId64 ": %s.", v->i,
		v->i > 0   ? "it lets others go first"
		: v->i < 0 ? "it goes before ordinary threads"
			   : "as ordinary threads have it");
}

static void tell_processor(const struct record *r, const struct value *v, struct textbuf *out)
{
	textbuf_addf(
		out, "Processor %" PRId64 " of %u, counted from 0.", v->i, record_host(r)->cpus);
}

/* ---- what it is blocked in --------------------------------------------------------- */

static void tell_call(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);

	(void)v;
	textbuf_adds(out, "It is blocked ");
	if (!tell_blocked(r, &t, out))
		textbuf_adds(out, "outside of any system call");
	textbuf_adds(out, ".");
}

static void tell_arguments(const struct record *r, const struct value *v, struct textbuf *out)
{
	const uint64_t *argument = v->list.item;

	for (size_t i = 0; i < v->list.n; i++) {
		textbuf_addf(out, "%s%zu is ", i ? "; " : "Argument ", i + 1);
		if (field_side(r)->memory && argument[i] >= 0x10000 &&
			memory_find(field_side(r)->memory, argument[i]) >= 0)
			tell_address(r, argument[i], out);
		else
			textbuf_addf(out, "%" PRId64, (int64_t)argument[i]);
	}
	textbuf_adds(out, v->list.n ? "." : "The call takes no arguments.");
}

static void tell_waiting(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);

	(void)v;
	if (t.call->wait_kind == WAIT_NOTHING) {
		textbuf_adds(out, "It is ");
		tell_blocked(r, &t, out);
	} else {
		textbuf_adds(out, "It waits ");
		tell_wait(r, &t, out);
	}
	textbuf_adds(out, ".");
}

static void tell_channel(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_adds(out, "The kernel's function ");
	text_printable(out, v->text);
	textbuf_adds(out, "() put it to sleep.");
}

/* ---- its stack ----------------------------------------------------------------------- */

static void tell_stack_used(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);
	struct value guard = field_get_thread_stack_guard(r);
	char used[UNITS_MAX], all[UNITS_MAX], below[UNITS_MAX];
	uint64_t size = t.self->stack_end - t.self->stack_start;

	textbuf_addf(out,
		"%s of %s are in use: a stack grows downwards, from 0x%" PRIx64
		" to the stack pointer at 0x%" PRIx64 ".",
		units_bytes(used, v->u), units_bytes(all, size), t.self->stack_end,
		t.call->stack_pointer);
	if (value_state_has_value(guard.state) && guard.u)
		textbuf_addf(out, " After %s more it meets its guard, and the process crashes.",
			units_bytes(below, size - v->u));
}

/* All of it, whichever of its addresses is asked for. */
static void tell_stack(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);
	struct value used = field_get_thread_stack_used(r);
	struct value deepest = field_get_thread_stack_deepest(r);
	char text[UNITS_MAX];

	(void)v;
	textbuf_addf(out, "The stack is %s: from 0x%" PRIx64 " downwards to 0x%" PRIx64,
		units_bytes(text, t.self->stack_end - t.self->stack_start), t.self->stack_end,
		t.self->stack_start);
	if (value_state_has_value(used.state))
		textbuf_addf(out, ", of which %s are in use", units_bytes(text, used.u));
	if (value_state_has_value(deepest.state))
		textbuf_addf(
			out, ", and it was never deeper than %s", units_bytes(text, deepest.u));
	textbuf_adds(out, ".");
}

static void tell_stack_deepest(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);
	uint64_t size = t.self->stack_end - t.self->stack_start;
	char deepest[UNITS_MAX], all[UNITS_MAX], percent[UNITS_MAX];

	(void)r;
	textbuf_addf(out, "It was never deeper than %s of %s (%s): below that no page was touched.",
		units_bytes(deepest, v->u), units_bytes(all, size),
		units_percent(percent, size ? 100.0 * (double)v->u / (double)size : 0));
}

static void tell_stack_guard(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (!v->u) {
		textbuf_adds(out, "No guard: an overflow goes unnoticed into what lies below.");
		return;
	}
	tell_bytes(v->u, out);
	textbuf_adds(out, " that nobody may touch: an overflow ends the process here.");
}

static void tell_stack_resident(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct thread t = thread_of(r);
	uint64_t page = record_host(r)->page_size;
	char all[UNITS_MAX];

	tell_pages(r, page ? v->u / page : 0, out);
	textbuf_addf(out, " of a stack of %s in addresses.",
		units_bytes(all, t.self->stack_end - t.self->stack_start));
}

/* ---- signals ----------------------------------------------------------------------------- */

static void tell_mask(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (!v->u) {
		textbuf_adds(out, "It blocks no signal: any of them may interrupt it.");
		return;
	}
	textbuf_adds(out, "While it blocks them these wait: ");
	signal_set_names(out, v->u);
	textbuf_adds(out, ".");
}

static void tell_pending(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (!v->u) {
		textbuf_adds(out, "No signal waits for this thread.");
		return;
	}
	textbuf_adds(out, "Sent to it and not yet taken: ");
	signal_set_names(out, v->u);
	textbuf_adds(out, ".");
}

static void tell_tid(const struct record *r, const struct value *v, struct textbuf *out)
{
	bool is_main = v->i == field_side(r)->id.pid;

	tell_task(r, (pid_t)v->i, out);
	textbuf_adds(out, is_main ? ": the main thread, whose number is the process's." : ".");
}

/* "I/O-bound: 8% on CPU, 92% in read on fd 5 (pipe), of the last 7s." */
static void tell_duty(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct snapshot *s = r->moment->snapshot;
	struct thread_duty d;
	const char *reason;
	enum duty_span span = duty_of(s, r->side, r->index, &d, &reason);
	char text[UNITS_MAX];

	(void)v;
	if (span == DUTY_UNKNOWN)
		return;
	duty_say(&d, s, r->side, out);
	textbuf_addf(out, span == DUTY_LATELY ? ", of the last %s." : ", of the %s since it began.",
		units_time(text, d.ns));
	if (d.waits_n)
		textbuf_adds(out, " In what it is blocked is sampled.");
}

const struct tell_row tell_thread_row[] = {
	{"thread.tid", tell_tid},
	{"thread.role", tell_thread_role},
	{"thread.user_threads", tell_user_threads},
	{"thread.state", tell_state},
	{"thread.start_ticks", tell_since_boot},
	{"thread.processor", tell_processor},
	{"thread.cpu_percent", tell_cpu},
	{"thread.wait_ns", tell_wait_time},
	{"thread.duty.sort", tell_duty},
	{"thread.duty.on_cpu_percent", tell_duty},
	{"thread.duty.run_queue_percent", tell_duty},
	{"thread.duty.blocked_percent", tell_duty},
	{"thread.minor_faults", tell_faults},
	{"thread.major_faults", tell_disk_faults},
	{"thread.voluntary_switches", tell_switches},
	{"thread.involuntary_switches", tell_switches},
	{"thread.wait_channel", tell_channel},
	{"thread.syscall.name", tell_call},
	{"thread.syscall.number", tell_call},
	{"thread.syscall.args", tell_arguments},
	{"thread.waiting_on.kind", tell_waiting},
	{"thread.waiting_on.address", tell_waiting},
	{"thread.waiting_on.owner_tid", tell_waiting},
	{"thread.waiting_on.left_by_tid", tell_waiting},
	{"thread.waiting_on.fd", tell_waiting},
	{"thread.stack.start", tell_stack},
	{"thread.stack.end", tell_stack},
	{"thread.stack.reserved_bytes", tell_stack},
	{"thread.stack.used_bytes", tell_stack_used},
	{"thread.stack.deepest_bytes", tell_stack_deepest},
	{"thread.stack.resident_bytes", tell_stack_resident},
	{"thread.stack.guard_bytes", tell_stack_guard},
	{"thread.signals_blocked", tell_mask},
	{"thread.signals_pending", tell_pending},
	{"thread.nice", tell_nice},
};
const size_t tell_thread_rows_n = sizeof tell_thread_row / sizeof *tell_thread_row;
