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

/* Where a thread that sleeps has its time; 0: it does not, or is no 64-bit program. */
static uint64_t time_address(const struct thread_kept *k)
{
	const struct thread_call *c = &k->now.call;

	if (!k->ran || c->running || c->syscall_abi != SYSCALL_ABI_NATIVE ||
		!c->syscall_name || sizeof(time_t) != sizeof(uint64_t) ||
		!value_state_has_value((enum value_state)k->now.self.source[THREAD_SYSCALL]))
		return 0;
	if (!strcmp(c->syscall_name, "nanosleep"))
		return c->syscall_arg[0];
	return strcmp(c->syscall_name, "clock_nanosleep") ? 0 : c->syscall_arg[2];
}

/* struct timespec of a 64-bit program. */
struct time_of {
	uint64_t seconds, ns;
};

static void take_time(struct thread_call *c, const struct time_of *time)
{
	if (time->ns < 1000000000u && time->seconds < UINT64_MAX / 2000000000u)
		c->wait_time_ns = time->seconds * 1000000000u + time->ns;
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
			take_time(&of.item[i]->now.call, &time[i]);
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
