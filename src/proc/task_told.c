/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "task_told.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "threads_internal.h"
#include "twintop/base/arena.h"
#include "twintop/base/vec.h"

/* include/linux/sched.h: what __state is of one that sleeps as most do. */
#define STATE_SLEEPS	 0x1u
#define STATE_BLOCKED	 0x2u
#define STATE_WAKES_KILL 0x100u
#define STATE_FREEZES	 0x2000u /* it may be frozen meanwhile: stat does not show it */

#define CHANNELS_MOST 128

#define PROOFS	16 /* threads of whom a file and the record say the same */
#define REFUTED UINT_MAX

struct channel {
	uint64_t address;
	const char *name;
};

struct task_teller {
	uint64_t tick_ns;
	unsigned proofs[TASK_FILES]; /* or REFUTED */
	VEC(struct channel) channel;
};

#define NICE_0	    120	 /* include/linux/sched/prio.h DEFAULT_PRIO */
#define PRIORITY_0  100	 /* MAX_RT_PRIO */
#define CALL_COMPAT 0x2u /* arch/x86/include/asm/thread_info.h TS_COMPAT: of the 32-bit table */

/* The letter of stat; 0: one of the rarer states. */
static char state_letter(const struct task_signs *s)
{
	if (s->exit_state)
		return 0;
	switch (s->state & ~(uint64_t)STATE_FREEZES) {
	case 0:
		return s->state ? 0 : 'R';
	case STATE_SLEEPS:
		return 'S';
	case STATE_BLOCKED:
	case STATE_BLOCKED | STATE_WAKES_KILL:
		return 'D';
	default:
		return 0;
	}
}

/*
 * As kernel/sched/cputime.c cputime_adjust(): what it ran, exactly, parted as its ticks are, and
 * neither part ever less than it was told before: by a file, or by us.
 */
static struct task_times share_out(const struct task_record *r, const struct task_times *times)
{
	const struct task_told *told = &r->told;
	uint64_t run = r->signs.run_ns, system;
	struct task_times was = {told->user_was_ns, told->system_was_ns};

	if (times->user_ns + times->system_ns > was.user_ns + was.system_ns)
		was = *times;
	if (was.user_ns + was.system_ns >= run)
		return was;
	if (!told->system_ns)
		system = 0;
	else if (!told->user_ns)
		system = run;
	else
		system = (uint64_t)((unsigned __int128)told->system_ns * run /
				    (told->system_ns + told->user_ns));
	if (system < was.system_ns)
		system = was.system_ns;
	if (run - system < was.user_ns)
		return (struct task_times){was.user_ns, run - was.user_ns};
	return (struct task_times){run - system, system};
}

static struct text name_of(const struct task_signs *s)
{
	const char *name = (const char *)s->name;

	return (struct text){name, strnlen(name, sizeof s->name)};
}

/* What the signs show of stat. */
static void tell_self(const struct task_signs *s, struct thread_self *self)
{
	self->nice = (int)s->nice - NICE_0;
	self->priority = (int)(int32_t)s->priority - PRIORITY_0;
	thread_set_name(self, name_of(s));
}

static bool tell_stat(const struct task_teller *teller, const struct task_record *r,
	struct task_times *times, struct thread_record *t)
{
	char state = state_letter(&r->signs);

	if (!state || !r->told.arrived_ns)
		return false;
	*times = share_out(r, times);
	t->run.state = state;
	t->run.processor = (int)r->told.processor;
	t->spent.user_ticks = times->user_ns / teller->tick_ns;
	t->spent.system_ticks = times->system_ns / teller->tick_ns;
	t->spent.minor_faults = r->told.minor_faults;
	t->spent.major_faults = r->told.major_faults;
	tell_self(&r->signs, &t->self);
	return true;
}

static bool tell_status(const struct task_teller *teller, const struct task_record *r,
	struct task_times *times, struct thread_record *t)
{
	(void)teller;
	(void)times;
	if (!state_letter(&r->signs) || !r->told.arrived_ns)
		return false;
	t->self.signals_pending = r->signs.pending;
	t->self.signals_blocked = r->told.blocked;
	t->run.voluntary_switches = r->told.voluntary;
	t->run.involuntary_switches = r->told.involuntary;
	return true;
}

static bool tell_syscall(const struct task_teller *teller, const struct task_record *r,
	struct task_times *times, struct thread_record *t)
{
	const struct task_call *call = &r->call;

	(void)teller;
	(void)times;
	if (!state_letter(&r->signs))
		return false;
	if (!r->signs.state) {
		thread_set_running(t);
		return true;
	}
	if (!call->known || call->status & CALL_COMPAT)
		return false;
	thread_set_call(t, (int32_t)call->number, call->argument, call->stack_pointer,
		call->program_counter);
	return true;
}

/* Of one that does not sleep it says nothing. */
static bool tell_wchan(const struct task_teller *teller, const struct task_record *r,
	struct task_times *times, struct thread_record *t)
{
	(void)times;
	if (!state_letter(&r->signs) || (r->signs.state && !r->call.known))
		return false;
	if (!r->signs.state) {
		t->call.wait_channel = NULL;
		return true;
	}
	for (size_t i = 0; i < teller->channel.n; i++) {
		if (teller->channel.item[i].address != r->call.channel)
			continue;
		t->call.wait_channel = teller->channel.item[i].name;
		return true;
	}
	return false;
}

static bool (*const tell[TASK_FILES])(const struct task_teller *teller, const struct task_record *r,
	struct task_times *times, struct thread_record *t) = {
	[TASK_STAT] = tell_stat,
	[TASK_STATUS] = tell_status,
	[TASK_SYSCALL] = tell_syscall,
	[TASK_WCHAN] = tell_wchan,
};

struct task_teller *task_teller_new(enum task_extent extent)
{
	struct task_teller *t = mem_alloc(sizeof *t);
	long ticks = sysconf(_SC_CLK_TCK);

	*t = (struct task_teller){.tick_ns = 1000000000u / (uint64_t)(ticks > 0 ? ticks : 100)};
	if (extent < TASK_TOLD)
		t->proofs[TASK_STAT] = t->proofs[TASK_STATUS] = REFUTED;
	if (extent < TASK_CALLS)
		t->proofs[TASK_SYSCALL] = t->proofs[TASK_WCHAN] = REFUTED;
	else
		t->proofs[TASK_WCHAN] = PROOFS; /* each name is learnt by itself */
	return t;
}

void task_teller_free(struct task_teller *t)
{
	if (t)
		VEC_FREE(&t->channel);
	free(t);
}

bool task_teller_is_of(
	const struct task_teller *t, const struct task_record *r, const struct thread_record *now)
{
	return now->self.source[THREAD_STAT] == VALUE_KNOWN &&
	       now->self.start_ticks == r->signs.born_ns / t->tick_ns;
}

static bool is_self_same(const struct thread_self *a, const struct thread_self *b)
{
	return a->nice == b->nice && a->priority == b->priority &&
	       text_equal((struct text){a->name, a->name_len}, (struct text){b->name, b->name_len});
}

bool task_teller_stood(const struct task_record *r, const struct thread_record *now)
{
	const struct task_signs *s = &r->signs;
	const uint8_t *source = now->self.source;
	struct thread_self self = now->self;

	tell_self(s, &self);
	return source[THREAD_SCHEDSTAT] == VALUE_KNOWN && source[THREAD_STAT] == VALUE_KNOWN &&
	       s->run_ns && now->run.run_ns == s->run_ns && now->run.wait_ns == s->wait_ns &&
	       state_letter(s) == now->run.state && is_self_same(&self, &now->self) &&
	       (source[THREAD_STATUS] != VALUE_KNOWN || now->self.signals_pending == s->pending);
}

/* All that files say but for the processor, which may be another without the thread's doing. */
static bool is_same(const struct thread_record *a, const struct thread_record *b)
{
	return a->run.state == b->run.state &&
	       a->run.voluntary_switches == b->run.voluntary_switches &&
	       a->run.involuntary_switches == b->run.involuntary_switches &&
	       memcmp(&a->spent, &b->spent, sizeof a->spent) == 0 &&
	       a->call.syscall_number == b->call.syscall_number &&
	       memcmp(a->call.syscall_arg, b->call.syscall_arg, sizeof a->call.syscall_arg) == 0 &&
	       a->call.stack_pointer == b->call.stack_pointer &&
	       a->call.program_counter == b->call.program_counter &&
	       a->self.signals_pending == b->self.signals_pending &&
	       a->self.signals_blocked == b->self.signals_blocked &&
	       is_self_same(&a->self, &b->self);
}

void task_teller_prove(struct task_teller *t, enum task_file file, const struct task_record *r,
	const struct task_times *times, const struct thread_record *now)
{
	struct thread_record told = *now;
	struct task_times last = *times;

	/* One that was woken meanwhile has not run yet, and shows it all the same. */
	if (t->proofs[file] >= PROOFS || !r->signs.state || !tell[file](t, r, &last, &told))
		return;
	t->proofs[file] = is_same(&told, now) ? t->proofs[file] + 1 : REFUTED;
}

bool task_teller_doubts(const struct task_teller *t)
{
	for (unsigned i = 0; i < TASK_FILES; i++)
		if (t->proofs[i] < PROOFS)
			return true;
	return false;
}

bool task_teller_tell(struct task_teller *t, enum task_file file, const struct task_record *r,
	struct task_times *times, struct thread_record *now)
{
	return t->proofs[file] >= PROOFS && t->proofs[file] != REFUTED &&
	       tell[file](t, r, times, now);
}

bool task_teller_knows(const struct task_teller *t, const struct task_record *r)
{
	if (!r->call.known || !r->call.channel)
		return true;
	for (size_t i = 0; i < t->channel.n; i++)
		if (t->channel.item[i].address == r->call.channel)
			return true;
	return false;
}

void task_teller_learn(struct task_teller *t, const struct task_record *r, const char *channel)
{
	if (t->channel.n < CHANNELS_MOST && !task_teller_knows(t, r))
		VEC_PUSH(&t->channel, ((struct channel){r->call.channel, channel}));
}
