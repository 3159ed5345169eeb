/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/backtraces.h"

#include <inttypes.h>
#include <stdlib.h>

#include "twintop/base/units.h"

const struct thread_backtrace *backtraces_find(const struct backtraces *list, pid_t tid)
{
	size_t low = 0, high = list ? list->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->thread[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return list && low < list->n && list->thread[low].tid == tid ? &list->thread[low] : NULL;
}

/* Why a thread that runs was not sampled. */
static const char *unsampled(enum value_state hidden)
{
	switch (hidden) {
	case VALUE_DENIED:
		return "it runs: a sample of it needs perf_event_open(2) (CAP_PERFMON, or "
		       "perf_event_paranoid <= 2 and ptrace read access)";
	case VALUE_UNSUPPORTED:
		return "it runs: the kernel gives no samples of registers and stacks here";
	case VALUE_NONE:
		return "it runs, and no sample of it came: it was in the kernel, or had no CPU";
	default:
		return "it runs: its registers are not to be had without a stop or a sample";
	}
}

const char *backtraces_gap(const struct thread_backtrace *t)
{
	static const char *const reason[BACKTRACE_GAPS] = {
		[BACKTRACE_VOID] = "void: it ran while its stack was read",
		[BACKTRACE_LEFT] = THREAD_LEFT,
		[BACKTRACE_NONE] = "it has no stack of a program",
		[BACKTRACE_LATER] = "not unwound yet: other threads took the time",
	};

	if (t->gap == BACKTRACE_RUNS)
		return unsampled(t->hidden);
	if (t->gap != BACKTRACE_HIDDEN)
		return reason[t->gap];
	return t->hidden == VALUE_DENIED ? "its registers are hidden: needs ptrace attach access"
					 : value_state_reason(t->hidden);
}

/* Why nothing is known of any thread, or not of that one. */
static const char *unread(const struct backtraces *list)
{
	return value_state_reason(
		list && !value_state_has_value(list->part.state) ? list->part.state : VALUE_UNREAD);
}

static void say(const char **ret_reason, const char *reason)
{
	if (ret_reason)
		*ret_reason = reason;
}

const struct backtrace *backtraces_trace(
	const struct backtraces *list, pid_t tid, const char **ret_reason)
{
	const struct thread_backtrace *t = backtraces_find(list, tid);
	const char *reason = t ? backtraces_gap(t) : unread(list);

	say(ret_reason, reason);
	return reason ? NULL : &list->trace[t->trace];
}

static const char *kernel_reason(enum value_state state)
{
	return state == VALUE_DENIED ? "needs CAP_SYS_ADMIN" : value_state_reason(state);
}

const struct kernel_trace *backtraces_kernel(
	const struct backtraces *list, pid_t tid, const char **ret_reason)
{
	const struct thread_backtrace *t = backtraces_find(list, tid);

	if (!t || !value_state_has_value(t->kernel_state)) {
		say(ret_reason, t ? kernel_reason(t->kernel_state) : unread(list));
		return NULL;
	}
	say(ret_reason, NULL);
	return &list->kernel[t->kernel];
}

/* ---- groups ---------------------------------------------------------------- */

/* One number for those that belong together: gaps come behind all traces. */
static uint64_t group_of(const struct thread_backtrace *t)
{
	return t->gap ? UINT32_MAX + (uint64_t)t->gap * VALUE_STATES + t->hidden : t->trace;
}

static int by_group(const void *a, const void *b)
{
	const struct thread_backtrace *x = *(const struct thread_backtrace *const *)a;
	const struct thread_backtrace *y = *(const struct thread_backtrace *const *)b;
	uint64_t of_x = group_of(x), of_y = group_of(y);

	if (of_x != of_y)
		return of_x < of_y ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static int by_size(const void *a, const void *b)
{
	const struct backtrace_group *x = a, *y = b;

	if (!x->trace != !y->trace)
		return x->trace ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->thread[0]->tid > y->thread[0]->tid) - (x->thread[0]->tid < y->thread[0]->tid);
}

size_t backtraces_groups(
	const struct backtraces *list, struct arena *arena, struct backtrace_group **ret_group)
{
	size_t n = list ? list->n : 0, groups = 0;
	const struct thread_backtrace **thread = arena_array(arena, n, sizeof *thread);
	struct backtrace_group *group = arena_array(arena, n, sizeof *group);

	for (size_t i = 0; i < n; i++)
		thread[i] = &list->thread[i];
	if (n)
		qsort(thread, n, sizeof(*thread), by_group);
	for (size_t i = 0; i < n; i++) {
		if (!i || group_of(thread[i]) != group_of(thread[i - 1]))
			group[groups++] = (struct backtrace_group){
				.trace = thread[i]->gap ? NULL : &list->trace[thread[i]->trace],
				.reason = backtraces_gap(thread[i]),
				.thread = &thread[i]};
		group[groups - 1].n++;
	}
	if (groups)
		qsort(group, groups, sizeof *group, by_size);
	*ret_group = group;
	return groups;
}

/* ---- words ----------------------------------------------------------------- */

const char *backtrace_means_name(enum backtrace_means means)
{
	static const char *const name[BACKTRACE_MEANS] = {[BACKTRACE_STOOD] = "blocked",
		[BACKTRACE_SAMPLED] = "sampled",
		[BACKTRACE_HELD] = "held"};

	return means < BACKTRACE_MEANS ? name[means] : "unknown";
}

void backtrace_means_print(struct textbuf *out, const struct thread_backtrace *t, uint64_t now_ns)
{
	uint64_t ago = now_ns > t->taken_ns ? (now_ns - t->taken_ns) / 100000000u : 0;

	if (t->gap || t->means == BACKTRACE_STOOD)
		return;
	textbuf_adds(out, backtrace_means_name(t->means));
	if (t->means == BACKTRACE_HELD)
		textbuf_addf(out, " for %" PRIu64 " µs at most,", (t->held_ns + 999) / 1000);
	textbuf_addf(out, " %" PRIu64 ".%u s ago", ago / 10, (unsigned)(ago % 10));
}

const char *hold_end_words(enum hold_end end)
{
	static const char *const words[HOLD_ENDS] = {
		[HOLD_DONE] = "it was held, and let go",
		[HOLD_DENIED] = "not held: needs ptrace attach access",
		[HOLD_YAMA] = "not held: Yama forbids it (kernel.yama.ptrace_scope); needs "
			      "CAP_SYS_PTRACE",
		[HOLD_FILTERED] = "not held: ptrace(2) is refused to twintop itself, as by the "
				  "seccomp filter of a container",
		[HOLD_TRACED] = "not held: it is traced already",
		[HOLD_LATE] = "not held: it does not stop, as in a call that nothing interrupts; "
			      "let go after 0.3 s",
		[HOLD_LEFT] = "not held: it has ended",
		[HOLD_ABROAD] = "not held: /proc counts PIDs of another PID namespace than ours",
		[HOLD_FAILED] = "not held: the kernel refused it",
	};

	return end < HOLD_ENDS ? words[end] : words[HOLD_FAILED];
}

void hold_end_print(struct textbuf *out, const struct thread_backtrace *t)
{
	const char *words = hold_end_words(t->hold);

	textbuf_adds(out, words ? words : "");
	if (t->hold != HOLD_TRACED || !t->tracer)
		return;
	textbuf_addf(out, ", by %d ", (int)t->tracer);
	text_name(out, t->tracer_name);
}

void backtrace_way_print(struct textbuf *out, const struct backtrace *b, size_t most)
{
	struct backtrace_line line;
	size_t i = 0;

	for (; i < most && backtrace_line(b, i, &line); i++) {
		textbuf_adds(out, i ? " ← " : "");
		if (line.function.len)
			text_printable(out, line.function);
		else
			backtrace_place_print(out, &line);
	}
	if (backtrace_line(b, i, &line))
		textbuf_adds(out, " ← …");
}
