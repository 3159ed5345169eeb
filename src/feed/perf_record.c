/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "perf_internal.h"

/* What is left of a record; fields are taken from its front. */
struct rest {
	const char *at;
	size_t n;
};

static bool take(struct rest *r, void *ret, size_t n)
{
	if (r->n < n)
		return false;
	memcpy(ret, r->at, n);
	r->at += n;
	r->n -= n;
	return true;
}

static bool take_ids(struct rest *r, pid_t *ret_pid, pid_t *ret_tid)
{
	uint32_t id[2];

	if (!take(r, id, sizeof id))
		return false;
	/* -1 stands for one that has left. */
	*ret_pid = (int32_t)id[0] > 0 ? (pid_t)id[0] : 0;
	*ret_tid = (int32_t)id[1] > 0 ? (pid_t)id[1] : 0;
	return true;
}

/* What stands at the end of all but samples: who and when. */
static bool take_trailer(struct rest *r, struct perf_record *ret)
{
	pid_t pid, tid;

	if (r->n < PERF_TRAILER)
		return false;
	r->at += r->n - PERF_TRAILER;
	r->n = PERF_TRAILER;
	return take_ids(r, &pid, &tid) && take(r, &ret->time_ns, sizeof ret->time_ns);
}

/* DWARF's number of each register that is told, in the order of its bits: asm/perf_regs.h. */
#define PC 0xffu
static const unsigned char register_table[] = {
#if defined __x86_64__
	0, 3, 2, 1, 4, 5, 6, 7, PC, 8, 9, 10, 11, 12, 13, 14, 15
#elif defined __aarch64__
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
	25, 26, 27, 28, 29, 30, 31, PC
#else
	PC
#endif
};
#define REGISTERS_TOLD (PERF_REGISTERS_ALL ? sizeof register_table : 0)

bool perf_knows_registers(void)
{
	return PERF_REGISTERS_ALL != 0;
}

static bool take_registers(struct rest *r, struct registers *ret)
{
	uint64_t abi, value;

	if (!take(r, &abi, sizeof abi))
		return false;
	for (size_t i = 0; abi != PERF_SAMPLE_REGS_ABI_NONE && i < REGISTERS_TOLD; i++) {
		unsigned number = register_table[i];

		if (!take(r, &value, sizeof value))
			return false;
		if (number == PC) {
			ret->pc = value;
			continue;
		}
		ret->value[number] = value;
		ret->known |= 1u << number;
	}
	/* Those of a smaller machine's programs have other numbers. */
	if (abi != PERF_SAMPLE_REGS_ABI_64)
		ret->known = 0;
	return true;
}

static bool take_user(struct rest *r, struct perf_user *ret)
{
	uint64_t room, told = 0;

	*ret = (struct perf_user){0};
	if (!take_registers(r, &ret->registers) || !take(r, &room, sizeof room) || r->n < room)
		return false;
	ret->stack = r->at;
	r->at += room;
	r->n -= room;
	if (room && !take(r, &told, sizeof told))
		return false;
	ret->stack_n = told < room ? told : room;
	return r->n == 0;
}

/* The user's instruction pointer alone. */
static bool take_user_ip(struct rest *r, uint64_t *ret_ip)
{
	uint64_t abi;

	if (!PERF_REGISTERS)
		return true;
	return take(r, &abi, sizeof abi) &&
	       (abi == PERF_SAMPLE_REGS_ABI_NONE || take(r, ret_ip, sizeof *ret_ip));
}

/* The fields come in the order of the sample type's bits: include/uapi/linux/perf_event.h. */
static bool take_fault(
	struct rest *r, unsigned mode, struct perf_user *user, struct perf_record *ret)
{
	uint64_t ip, user_ip = 0;

	if (!take(r, &ip, sizeof ip) || !take_ids(r, &ret->pid, &ret->tid) ||
		!take(r, &ret->time_ns, sizeof ret->time_ns) ||
		!take(r, &ret->address, sizeof ret->address))
		return false;
	if (user ? !take_user(r, user) : !take_user_ip(r, &user_ip))
		return false;
	ret->user = user;
	user_ip = user ? user->registers.pc : user_ip;
	ret->kind = PERF_FAULT;
	ret->kernel = mode == PERF_RECORD_MISC_KERNEL;
	ret->ip = ret->kernel ? user_ip : ip;
	return r->n == 0;
}

static bool take_task(struct rest *r, enum perf_kind kind, struct perf_record *ret)
{
	uint32_t id[4];

	if (!take(r, id, sizeof id) || !take(r, &ret->time_ns, sizeof ret->time_ns))
		return false;
	ret->kind = kind;
	ret->pid = (pid_t)id[0];
	ret->other = (pid_t)id[1];
	ret->tid = (pid_t)id[2];
	ret->other_tid = (pid_t)id[3];
	return r->n >= PERF_TRAILER;
}

static bool take_comm(struct rest *r, unsigned misc, struct perf_record *ret)
{
	size_t len;

	if (!take_ids(r, &ret->pid, &ret->tid) || r->n < PERF_TRAILER)
		return false;
	ret->kind = misc & PERF_RECORD_MISC_COMM_EXEC ? PERF_EXEC : PERF_COMM;
	len = strnlen(r->at, r->n - PERF_TRAILER);
	memcpy(ret->name, r->at, len < sizeof ret->name ? len : sizeof ret->name - 1);
	return take_trailer(r, ret);
}

static bool take_lost(struct rest *r, struct perf_record *ret)
{
	uint64_t id;

	if (!take(r, &id, sizeof id) || !take(r, &ret->lost, sizeof ret->lost))
		return false;
	ret->kind = PERF_LOST;
	return take_trailer(r, ret);
}

/* Nothing but whose and when: PERF_RECORD_SWITCH. */
static bool take_switch(struct rest *r, unsigned misc, struct perf_record *ret)
{
	if (r->n != PERF_TRAILER || !take_ids(r, &ret->pid, &ret->tid) ||
		!take(r, &ret->time_ns, sizeof ret->time_ns))
		return false;
	ret->kind = misc & PERF_RECORD_MISC_SWITCH_OUT ? PERF_OFF : PERF_ON;
	ret->preempted = ret->kind == PERF_OFF && misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT;
	return true;
}

static int parse(
	const void *bytes, size_t len, struct perf_record *ret_record, struct perf_user *ret_user)
{
	struct rest r = {bytes, len};
	struct perf_record record = {.kind = PERF_OTHER};
	struct perf_event_header head;
	bool whole = true;

	if (!take(&r, &head, sizeof head) || head.size != len)
		return -EBADMSG;
	switch (head.type) {
	case PERF_RECORD_SAMPLE:
		whole = take_fault(
			&r, head.misc & PERF_RECORD_MISC_CPUMODE_MASK, ret_user, &record);
		break;
	case PERF_RECORD_FORK:
		whole = take_task(&r, PERF_FORK, &record);
		break;
	case PERF_RECORD_EXIT:
		whole = take_task(&r, PERF_EXIT, &record);
		break;
	case PERF_RECORD_COMM:
		whole = take_comm(&r, head.misc, &record);
		break;
	case PERF_RECORD_SWITCH:
		whole = take_switch(&r, head.misc, &record);
		break;
	case PERF_RECORD_LOST:
		whole = take_lost(&r, &record);
		break;
	default:
		break;
	}
	if (!whole)
		return -EBADMSG;
	*ret_record = record;
	return 0;
}

int perf_record_parse(const void *bytes, size_t len, struct perf_record *ret_record)
{
	return parse(bytes, len, ret_record, NULL);
}

int perf_record_parse_stacked(
	const void *bytes, size_t len, struct perf_record *ret_record, struct perf_user *ret_user)
{
	return parse(bytes, len, ret_record, ret_user);
}
