/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/user_stacks.h"

#include "twintop/model/names.h"

const char *user_stack_kind_name(enum user_stack_kind kind)
{
	static const char *const name[USER_STACK_KINDS] = {[USER_STACK_UNTOLD] = "untold",
		[USER_STACK_OWN] = "own",
		[USER_STACK_OTHER] = "user",
		[USER_STACK_GO] = "goroutine",
		[USER_STACK_PART] = "part"};

	return name[kind];
}

size_t user_stacks_of(const struct user_stacks *list, pid_t tid, const struct user_stack **ret)
{
	size_t low = 0, high = list ? list->n : 0, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->stack[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = list && low < list->n ? &list->stack[low] : NULL;
	while (list && low + n < list->n && list->stack[low + n].tid == tid)
		n++;
	return n;
}

static size_t count(const struct user_stack *s, size_t n, enum user_stack_kind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += s[i].kind == kind;
	return found;
}

size_t user_threads_of(const struct user_stacks *list, pid_t tid)
{
	const struct user_stack *s;
	size_t n = user_stacks_of(list, tid, &s);
	size_t others = count(s, n, USER_STACK_OTHER) + count(s, n, USER_STACK_GO);

	return count(s, n, USER_STACK_GO) || others + count(s, n, USER_STACK_OWN) > 1 ? others : 0;
}

void user_threads_print(const struct user_stacks *list, const struct thread *t, struct textbuf *out)
{
	size_t n = user_threads_of(list, t->self->tid), stacks;
	const struct user_stack *s;

	if (!n)
		return;
	stacks = user_stacks_of(list, t->self->tid, &s);
	if (count(s, stacks, USER_STACK_GO)) {
		textbuf_adds(out, "seen on ");
		textbuf_count(out, n, "goroutine stack");
		return;
	}
	if (t->call->registers_known && t->call->syscall_number >= 0 && t->call->syscall_name &&
		value_state_has_value(thread_source_state(t, THREAD_SYSCALL)))
		textbuf_addf(out, "blocked in %s: stops its ", t->call->syscall_name);
	else
		textbuf_adds(out, "runs ");
	textbuf_count(out, n, "user-level thread");
}
