/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "threads_internal.h"
#include "twintop/model/names.h"
#include "twintop/proc/threads.h"

/* Fields of proc(5) stat, counted from 1; the name is field 2 and may hold anything. */
enum stat_field {
	STAT_STATE = 3,
	STAT_MINOR_FAULTS = 10,
	STAT_MAJOR_FAULTS = 12,
	STAT_USER_TICKS = 14,
	STAT_SYSTEM_TICKS = 15,
	STAT_PRIORITY = 18,
	STAT_NICE = 19,
	STAT_START_TICKS = 22,
	STAT_PROCESSOR = 39
};

static bool scan_word(struct scan *s)
{
	const char *blank = memchr(s->at, ' ', (size_t)(s->end - s->at));
	const char *stop = blank ? blank : s->end;

	if (stop == s->at)
		return false;
	s->at = stop;
	return true;
}

static bool scan_int(struct scan *s, int *ret)
{
	int64_t v;

	if (!scan_i64(s, &v) || v < INT32_MIN || v > INT32_MAX)
		return false;
	*ret = (int)v;
	return true;
}

static bool scan_stat_field(struct scan *s, enum stat_field field, struct thread_record *t)
{
	switch (field) {
	case STAT_STATE:
		if (s->at == s->end)
			return false;
		t->run.state = *s->at++;
		return true;
	case STAT_MINOR_FAULTS:
		return scan_u64(s, &t->spent.minor_faults);
	case STAT_MAJOR_FAULTS:
		return scan_u64(s, &t->spent.major_faults);
	case STAT_USER_TICKS:
		return scan_u64(s, &t->spent.user_ticks);
	case STAT_SYSTEM_TICKS:
		return scan_u64(s, &t->spent.system_ticks);
	case STAT_PRIORITY:
		return scan_int(s, &t->self.priority);
	case STAT_NICE:
		return scan_int(s, &t->self.nice);
	case STAT_START_TICKS:
		return scan_u64(s, &t->self.start_ticks);
	case STAT_PROCESSOR:
		return scan_int(s, &t->run.processor);
	}
	return scan_word(s);
}

/* The last byte c in the text that is left, or NULL. */
static const char *scan_last(const struct scan *s, char c)
{
	return s->at == s->end ? NULL : memrchr(s->at, c, (size_t)(s->end - s->at));
}

/* "4242 (a name) S 4241 4242 …": the name ends at the last parenthesis of the line. */
int thread_parse_stat(struct scan text, struct thread_record *t)
{
	struct thread_record v = *t;
	const char *close;
	uint64_t tid;

	if (!scan_u64(&text, &tid) || tid > INT32_MAX || !scan_literal(&text, " ("))
		return -EINVAL;
	close = scan_last(&text, ')');
	if (!close)
		return -EINVAL;
	v.self.tid = (pid_t)tid;
	thread_set_name(&v.self, (struct text){text.at, (size_t)(close - text.at)});
	text.at = close + 1;
	for (int field = STAT_STATE; field <= STAT_PROCESSOR; field++)
		if (!scan_char(&text, ' ') || !scan_stat_field(&text, (enum stat_field)field, &v))
			return -EINVAL;
	*t = v;
	return 0;
}

static bool scan_mask(struct scan *s, uint64_t *ret)
{
	scan_blanks(s);
	return scan_hex(s, ret);
}

static bool scan_count(struct scan *s, uint64_t *ret)
{
	scan_blanks(s);
	return scan_u64(s, ret);
}

/* Lines of proc(5) status; the name in its first line has its newlines escaped by the kernel. */
int thread_parse_status(struct scan text, struct thread_record *t)
{
	struct thread_record v = *t;
	struct scan line;
	unsigned seen = 0;

	while (scan_line(&text, &line)) {
		if (line.at == line.end || !strchr("Svn", *line.at))
			continue;
		if (scan_literal(&line, "SigPnd:"))
			seen |= scan_mask(&line, &v.self.signals_pending) ? 1 : 0;
		else if (scan_literal(&line, "SigBlk:"))
			seen |= scan_mask(&line, &v.self.signals_blocked) ? 2 : 0;
		else if (scan_literal(&line, "voluntary_ctxt_switches:"))
			seen |= scan_count(&line, &v.run.voluntary_switches) ? 4 : 0;
		else if (scan_literal(&line, "nonvoluntary_ctxt_switches:"))
			seen |= scan_count(&line, &v.run.involuntary_switches) ? 8 : 0;
	}
	if (seen != 15)
		return -EINVAL;
	*t = v;
	return 0;
}

/* "1129460 116337 2": ns on a CPU, ns waiting for one, times put on one. */
int thread_parse_schedstat(struct scan text, struct thread_record *t)
{
	uint64_t run, wait, slices;

	if (!scan_u64(&text, &run) || !scan_char(&text, ' ') || !scan_u64(&text, &wait) ||
		!scan_char(&text, ' ') || !scan_u64(&text, &slices))
		return -EINVAL;
	t->run.run_ns = run;
	t->run.wait_ns = wait;
	return 0;
}

static bool scan_registers(struct scan *s, uint64_t *ret_sp, uint64_t *ret_pc)
{
	return scan_char(s, ' ') && scan_hex(s, ret_sp) && scan_char(s, ' ') && scan_hex(s, ret_pc);
}

/* The number alone does not say by which table it counts: see proc/abi.h. */
static void forget_name(struct thread_call *call)
{
	call->syscall_name = NULL;
	call->syscall_args_n = 0;
	call->syscall_abi = SYSCALL_ABI_UNKNOWN;
	call->abi_state = VALUE_UNREAD;
}

void thread_set_running(struct thread_record *t)
{
	t->call.running = true;
	t->call.registers_known = false;
	t->call.syscall_number = -1;
	forget_name(&t->call);
}

void thread_set_call(struct thread_record *t, int64_t number, const uint64_t argument[6],
	uint64_t stack_pointer, uint64_t program_counter)
{
	static const uint64_t none[6];

	t->call.running = false;
	t->call.registers_known = stack_pointer || program_counter;
	t->call.stack_pointer = stack_pointer;
	t->call.program_counter = program_counter;
	t->call.syscall_number = t->call.registers_known ? number : -1;
	forget_name(&t->call);
	memcpy(t->call.syscall_arg, number < 0 ? none : argument, sizeof t->call.syscall_arg);
}

/*
 * "running"; "-1 SP PC" when blocked outside a system call; else the number, six
 * arguments, SP and PC. Kernel threads and zombies show both registers as 0:
 * they have none, and the call number 0 beside them means nothing.
 */
int thread_parse_syscall(struct scan text, struct thread_record *t)
{
	uint64_t arg[6] = {0}, sp, pc;
	int64_t number = -1;

	if (scan_literal(&text, "running")) {
		thread_set_running(t);
		return 0;
	}
	if (!scan_i64(&text, &number))
		return -EINVAL;
	for (unsigned i = 0; number >= 0 && i < 6; i++)
		if (!scan_char(&text, ' ') || !scan_hex(&text, &arg[i]))
			return -EINVAL;
	if (!scan_registers(&text, &sp, &pc))
		return -EINVAL;
	thread_set_call(t, number, arg, sp, pc);
	return 0;
}
