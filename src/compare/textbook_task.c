/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table asks of each task: what even threads have for themselves. */
#include <inttypes.h>
#include <string.h>

#include "textbook_internal.h"
#include "twintop/compare/own.h"
#include "twintop/model/wait_graph.h"

/* The named thread of a side; self is NULL where it is not in the list. */
static struct thread named_thread(const struct textbook_env *env, unsigned side)
{
	return thread_at(textbook_side(env, side)->threads, own_record(env->moment, side).index);
}

void textbook_of_identity(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "parent {process.ppid}");
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct side *s = textbook_side(env, side);
		const struct thread t = named_thread(env, side);
		const char *parent = ret->side[side].text;
		pid_t inner = t.self ? t.self->inner_tid : 0;

		ret->side[side].text = textbook_text(env, "PID %d, TID %d%s%s", (int)s->id.pid,
			(int)s->tid, parent ? ", " : "", parent ? parent : "");
		if (inner && inner != s->tid)
			ret->side[side].text = textbook_text(env, "%s; %d in its PID namespace",
				ret->side[side].text, (int)inner);
	}
	if (textbook_alone(env, ret))
		return;
	if (textbook_same_task(env))
		textbook_say(ret, TEXTBOOK_ONE, "one and the same task");
	else
		textbook_say(ret, TEXTBOOK_OWN,
			textbook_threads(env) ? "one PID, two TIDs" : "two PIDs");
}

/* Says that it is one task, or that there is none to compare with. */
static bool two_tasks(const struct textbook_env *env, struct textbook_answer *ret)
{
	if (textbook_alone(env, ret))
		return false;
	if (textbook_same_task(env))
		textbook_say(ret, TEXTBOOK_ONE, "one and the same task");
	return !textbook_same_task(env);
}

/* Whether both are, or were, in the lists of tasks; else the verdict says why that is not known. */
static bool both_listed(const struct textbook_env *env, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < 2; side++) {
		struct value tid = textbook_value(env, side, "thread.tid");

		if (value_state_has_value(tid.state) || textbook_side(env, side)->ending.ended)
			continue;
		textbook_unknown(ret, tid.state, NULL, tid.reason);
		return false;
	}
	return true;
}

void textbook_of_tasks(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "of {process.thread_count} of its process");
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct side *s = textbook_side(env, side);
		const char *of = s->ending.ended ? "which has ended" : ret->side[side].text;

		if (s->ending.ended)
			ret->side[side] = (struct textbook_cell){0};
		ret->side[side].text = textbook_text(
			env, "task %d%s%s", (int)s->tid, of ? ", " : "", of ? of : "");
	}
	if (two_tasks(env, ret) && both_listed(env, ret))
		textbook_say(ret, TEXTBOOK_OWN,
			textbook_threads(env)
				? "two tasks of one process: the kernel runs each by itself"
				: "two tasks: the kernel runs each by itself");
}

/* ---- stack, registers, thread-local storage -------------------------------- */

/* Of something that lies at an address; two memories make two of it, wherever it lies. */
static void say_place(const struct textbook_env *env, struct textbook_answer *ret, const char *id,
	const char *one, const char *own)
{
	struct value at[2];

	if (!two_tasks(env, ret))
		return;
	if (textbook_two_spaces(env, ret, one)) {
		for (unsigned side = 0; side < 2; side++)
			at[side] = textbook_value(env, side, id);
		textbook_say(ret, TEXTBOOK_OWN,
			value_state_has_value(at[0].state) && value_state_has_value(at[1].state) &&
					at[0].u == at[1].u
				? "two, at the same address of two memories"
				: "two, in two memories");
		return;
	}
	/* In one memory the addresses tell. */
	if (ret->verdict == TEXTBOOK_ONE && textbook_both(env, ret, id, at) && at[0].u != at[1].u)
		textbook_say(ret, TEXTBOOK_OWN, own);
}

void textbook_of_stack(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret,
		"{thread.stack.start} to {thread.stack.end}, {thread.stack.used_bytes} used");
	say_place(env, ret, "thread.stack.end", "one: the two run on one and the same stack",
		"two, in one memory: no wall between them");
}

void textbook_of_thread_local(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "at {thread.tls_base}");
	say_place(env, ret, "thread.tls_base", "one block for both",
		"two blocks in one memory: an errno each");
}

void textbook_of_registers(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct value sp[2], pc[2];

	textbook_fields(env, ret, "SP {thread.stack.pointer}, PC {thread.program_counter}");
	if (!two_tasks(env, ret) || !textbook_both(env, ret, "thread.stack.pointer", sp) ||
		!textbook_both(env, ret, "thread.program_counter", pc))
		return;
	if (sp[0].u == sp[1].u && pc[0].u == pc[1].u)
		textbook_say(ret, TEXTBOOK_ALIKE, "two sets, equal now");
	else
		textbook_say(ret, TEXTBOOK_OWN,
			sp[0].u == sp[1].u   ? "two sets: PC differs"
			: pc[0].u == pc[1].u ? "two sets: SP differs"
					     : "two sets: SP and PC differ");
}

/* ---- signals --------------------------------------------------------------- */

void textbook_of_signal_mask(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct value mask[2];

	textbook_fields(env, ret, "holds back: {thread.signals_blocked}");
	if (!two_tasks(env, ret) || !textbook_both(env, ret, "thread.signals_blocked", mask))
		return;
	if (mask[0].u == mask[1].u)
		textbook_say(ret, TEXTBOOK_ALIKE, "two masks, equal now");
	else
		textbook_say(ret, TEXTBOOK_OWN, "two masks, which differ");
}

void textbook_of_pending(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct value of_task[2], of_process[2];

	textbook_fields(env, ret,
		"for it alone: {thread.signals_pending}; for its process: "
		"{process.signals.pending}");
	if (!two_tasks(env, ret) || !textbook_both(env, ret, "thread.signals_pending", of_task) ||
		!textbook_both(env, ret, "process.signals.pending", of_process))
		return;
	textbook_say(ret, TEXTBOOK_OWN,
		textbook_threads(env) ? "a queue each, and one of the process, for either"
				      : "two queues, and one more for each thread");
}

/* ---- running and waiting --------------------------------------------------- */

void textbook_of_scheduling(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct value state[2];

	textbook_fields(
		env, ret, "{thread.state}, last on CPU {thread.processor}, nice {thread.nice}");
	if (two_tasks(env, ret) && textbook_both(env, ret, "thread.state", state))
		textbook_say(ret, TEXTBOOK_OWN, "each by itself");
}

void textbook_of_cpu_time(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct value run[2];

	textbook_fields(env, ret,
		"ran {thread.run_ns}; switches: {thread.voluntary_switches} gave way, "
		"{thread.involuntary_switches} forced");
	if (two_tasks(env, ret) && textbook_both(env, ret, "thread.run_ns", run))
		textbook_say(ret, TEXTBOOK_OWN, "each has counts of its own");
}

/* What a side waits for, or why that is not known. */
static void figure_wait(const struct textbook_env *env, struct textbook_answer *ret, unsigned side)
{
	const struct thread t = named_thread(env, side);
	struct value call = textbook_value(env, side, "thread.syscall.name");
	struct value kind = textbook_value(env, side, "thread.waiting_on.kind");
	struct value owner = textbook_value(env, side, "thread.waiting_on.owner_tid");
	struct value lock = textbook_value(env, side, "thread.waiting_on.address");

	if (value_state_has_value(owner.state) && value_state_has_value(lock.state))
		textbook_figure(ret, side,
			textbook_text(env, "waits in %.*s: a %.*s of %d", (int)call.text.len,
				call.text.bytes, (int)kind.text.len, kind.text.bytes,
				(int)owner.i));
	else if (value_state_has_value(call.state))
		textbook_figure(ret, side,
			textbook_text(env, "waits in %.*s", (int)call.text.len, call.text.bytes));
	else if (call.state == VALUE_NONE && t.self && t.call->running)
		textbook_figure(ret, side, "runs, or is ready to");
	else
		textbook_no_figure(ret, side, call.state, call.reason);
}

/* Whether a side waits for what the other holds, as far as that is told. */
struct wait_for {
	bool other;
	enum value_state state; /* without a value: it is not, for that reason */
	const char *reason;
};

static struct wait_for wait_for_other(const struct textbook_env *env, unsigned side)
{
	struct value owner = textbook_value(env, side, "thread.waiting_on.owner_tid");
	struct value lock = textbook_value(env, side, "thread.waiting_on.address");

	/* Somebody may hold what names no owner; else it runs, or waits for no lock. */
	if (owner.state == VALUE_NONE && value_state_has_value(lock.state))
		return (struct wait_for){.state = VALUE_UNSUPPORTED, .reason = owner.reason};
	if (owner.state == VALUE_NONE || lock.state == VALUE_NONE)
		return (struct wait_for){.state = VALUE_KNOWN};
	return (struct wait_for){
		value_state_has_value(owner.state) && owner.i == textbook_side(env, !side)->tid,
		owner.state, owner.reason};
}

/* Whether both wait for ever: proved, and without a time-out. */
static bool in_deadlock(const struct textbook_env *env)
{
	const struct snapshot *s = env->moment->snapshot;
	ptrdiff_t at = thread_find(s->side[0].threads, s->side[0].tid);

	return at >= 0 && wait_is_dead(s, 0, (size_t)at);
}

void textbook_of_waiting(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct wait_for a, b;

	for (unsigned side = 0; side < textbook_sides(env); side++)
		figure_wait(env, ret, side);
	if (!two_tasks(env, ret))
		return;
	a = wait_for_other(env, 0);
	b = wait_for_other(env, 1);
	if (a.other && b.other)
		textbook_say(ret, TEXTBOOK_OWN,
			in_deadlock(env) ? "a deadlock: each waits for what the other holds"
					 : "each waits for what the other holds");
	else if (a.other || b.other)
		textbook_say(ret, TEXTBOOK_OWN,
			a.other ? "A waits for what B holds" : "B waits for what A holds");
	else if (!value_state_has_value(a.state))
		textbook_unknown(ret, a.state, NULL, a.reason);
	else if (!value_state_has_value(b.state))
		textbook_unknown(ret, b.state, NULL, b.reason);
	else
		textbook_say(ret, TEXTBOOK_OWN, "neither waits for a lock of the other's");
}

void textbook_of_switching(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret,
		"switches: {thread.voluntary_rate} gave way, {thread.involuntary_rate} forced");
	if (!textbook_alone(env, ret))
		textbook_elsewhere(env, ret, "a count tells no time");
}
