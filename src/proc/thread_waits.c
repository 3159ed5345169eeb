/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of waits beside what is waited for: whether it goes on, its time, who is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/model/names.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/nspid.h"

uint64_t thread_ran(const struct thread_record *t, uint64_t round)
{
	const uint8_t *source = t->self.source;

	if (source[THREAD_SCHEDSTAT] == VALUE_KNOWN)
		return t->run.run_ns + t->run.wait_ns;
	if (source[THREAD_STATUS] == VALUE_KNOWN)
		return t->run.voluntary_switches + t->run.involuntary_switches;
	return round;
}

/* ---- times ------------------------------------------------------------------- */

/* Calls that sleep, which argument points to their time, and what its second member counts. */
static const struct sleep_row {
	const char *name;
	unsigned argument, unit_ns;
} sleep_table[] = {
	{"clock_nanosleep", 2, 1},
	{"nanosleep", 0, 1},
	{"ppoll", 2, 1},
	{"pselect6", 4, 1},
	{"select", 4, 1000},
};

/* The row of a thread that sleeps; NULL: it does not, or is no 64-bit program. */
static const struct sleep_row *sleep_of(const struct thread_kept *k)
{
	const struct thread_call *c = &k->now.call;

	if (!k->ran || c->running || c->syscall_abi != SYSCALL_ABI_NATIVE || !c->syscall_name ||
		sizeof(time_t) != sizeof(uint64_t) ||
		!value_state_has_value((enum value_state)k->now.self.source[THREAD_SYSCALL]) ||
		wait_call_kind(c) != WAIT_SLEEP)
		return NULL;
	for (size_t i = 0; i < sizeof sleep_table / sizeof *sleep_table; i++)
		if (!strcmp(c->syscall_name, sleep_table[i].name))
			return &sleep_table[i];
	return NULL;
}

static uint64_t time_address(const struct thread_kept *k)
{
	const struct sleep_row *row = sleep_of(k);

	return row ? k->now.call.syscall_arg[row->argument] : 0;
}

/* struct timespec or struct timeval of a 64-bit program. */
struct time_of {
	uint64_t seconds, parts;
};

static void take_time(struct thread_kept *k, const struct time_of *time)
{
	unsigned unit_ns = sleep_of(k)->unit_ns;

	if (time->parts < 1000000000u / unit_ns && time->seconds < UINT64_MAX / 2000000000u)
		k->now.call.wait_time_ns = time->seconds * 1000000000u + time->parts * unit_ns;
}

void thread_times_read(const struct thread_kepts *threads, const struct proc_root *root, pid_t pid)
{
	VEC(struct thread_kept *) of = {0};
	struct helper_range *range;
	struct time_of *time;

	for (size_t i = 0; i < threads->n; i++)
		if (time_address(threads->item[i]))
			VEC_PUSH(&of, threads->item[i]);
	if (!of.n)
		return;
	range = mem_alloc(of.n * sizeof *range);
	time = mem_alloc(of.n * sizeof *time);
	for (size_t i = 0; i < of.n; i++)
		range[i] = (struct helper_range){
			time_address(of.item[i]), &time[i], sizeof *time, false, false};
	helper_read_memory(root, pid, range, of.n);
	for (size_t i = 0; i < of.n; i++)
		if (range[i].read)
			take_time(of.item[i], &time[i]);
	free(time);
	free(range);
	VEC_FREE(&of);
}

/* ---- whom fork left behind ------------------------------------------------------ */

pid_t thread_left_by_fork(const struct proc_root *root, pid_t pid, bool apart, pid_t number)
{
	struct identity_stat stat;
	struct nspid_set threads = {0};
	pid_t found = 0;

	if (identity_stat_read(root, pid, &stat) || stat.ppid <= 0)
		return 0;
	if (!apart)
		return identity_stat_read_thread(root, stat.ppid, number, &stat) ? 0 : number;
	if (!nspid_set_read(root, stat.ppid, &threads))
		found = nspid_set_find(&threads, number);
	nspid_set_free(&threads);
	return found;
}
