/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/abi.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"
#include "twintop/base/vec.h"
#include "twintop/proc/helper.h"

/*
 * In programs of 32 bits the vdso's quicker ways into the kernel, too, come back behind an int 0x80
 * (arch/x86/entry/vdso/vdso32/system_call.S).
 */
static const struct {
	uint8_t len, code[ABI_CODE_MOST];
	enum syscall_abi abi;
} instructions[] = {
#if defined __x86_64__
	{2, {0x0f, 0x05}, SYSCALL_ABI_NATIVE}, /* syscall */
	{2, {0xcd, 0x80}, SYSCALL_ABI_I386},   /* int 0x80 */
#elif defined __i386__
	{2, {0xcd, 0x80}, SYSCALL_ABI_NATIVE},
#elif defined __aarch64__
	{4, {0x01, 0x00, 0x00, 0xd4}, SYSCALL_ABI_NATIVE}, /* svc #0; those of 32 bits differ */
#else
	{0, {0}, SYSCALL_ABI_NATIVE},
#endif
};
#define INSTRUCTIONS (sizeof instructions / sizeof *instructions)
#ifdef __x86_64__
#define HAS_X32 true
#else
#define HAS_X32 false
#endif
#ifdef __aarch64__
#define CODE_BYTES 4u
#else
#define CODE_BYTES 2u
#endif

enum syscall_abi abi_of_code(const uint8_t *code, size_t n, int64_t number)
{
	for (size_t i = 0; i < INSTRUCTIONS; i++) {
		size_t len = instructions[i].len;

		if (len > n || memcmp(code + n - len, instructions[i].code, len) != 0)
			continue;
		if (HAS_X32 && instructions[i].abi == SYSCALL_ABI_NATIVE &&
			number >= SYSCALL_X32_NUMBERS)
			return SYSCALL_ABI_X32;
		return instructions[i].abi;
	}
	return SYSCALL_ABI_UNKNOWN;
}

/* Where threads made their calls: mostly at few places. */
struct place {
	uint64_t pc;
	uint8_t code[ABI_CODE_MOST];
	bool read, absent;
};
VEC_STRUCT(places, struct place);

/* Whether it is in a call that is to be named: a new one, or one whose code did not come in time.
 */
static bool has_call(const struct thread_kept *k)
{
	const struct thread_call *call = &k->now.call;

	return (k->touched & 1u << THREAD_GROUP_CALL || call->abi_state == VALUE_LATE) &&
	       call->syscall_number >= 0 && !call->running;
}

static int compare_places(const void *left, const void *right)
{
	uint64_t a = ((const struct place *)left)->pc, b = ((const struct place *)right)->pc;

	return a < b ? -1 : a > b;
}

/* The places of all calls, each once, ascending. */
static void find_places(const struct thread_kepts *threads, struct places *places)
{
	size_t n = 0;

	for (size_t i = 0; i < threads->n; i++) {
		uint64_t pc = threads->item[i]->now.call.program_counter;

		if (has_call(threads->item[i]) && pc >= CODE_BYTES &&
			(!places->n || places->item[places->n - 1].pc != pc))
			VEC_PUSH(places, (struct place){.pc = pc});
	}
	if (places->n)
		qsort(places->item, places->n, sizeof *places->item, compare_places);
	for (size_t i = 0; i < places->n; i++)
		if (!i || places->item[i].pc != places->item[n - 1].pc)
			places->item[n++] = places->item[i];
	places->n = n;
}

/* Returns why what was not read was not. */
static enum value_state read_places(const struct proc_root *root, pid_t pid, struct places *places)
{
	int error;

	struct helper_range *range = mem_alloc((places->n + 1) * sizeof *range);

	for (size_t i = 0; i < places->n; i++)
		range[i] = (struct helper_range){places->item[i].pc - CODE_BYTES,
			places->item[i].code, CODE_BYTES, false, false};
	error = helper_read_memory(root, pid, range, places->n);
	for (size_t i = 0; i < places->n; i++) {
		places->item[i].read = range[i].read;
		places->item[i].absent = range[i].absent;
	}
	free(range);
	return error ? value_state_of_error(error) : VALUE_UNSUPPORTED;
}

/* unread: why a place that was not read was not. */
static void name_call(
	struct thread_call *call, const struct places *places, enum value_state unread)
{
	const struct place none = {.pc = call->program_counter}, *p = NULL;
	unsigned args = 0;

	if (places->n)
		p = bsearch(&none, places->item, places->n, sizeof none, compare_places);
	if (!p)
		p = &none;
	call->syscall_abi =
		(uint8_t)abi_of_code(p->code, p->read ? CODE_BYTES : 0, call->syscall_number);
	call->abi_state = call->syscall_abi != SYSCALL_ABI_UNKNOWN ? VALUE_KNOWN
			  : p->read				   ? VALUE_UNSUPPORTED
			  : p->absent				   ? VALUE_FAILED_ABSENT
								   : (uint8_t)unread;
	call->syscall_name =
		syscall_name((enum syscall_abi)call->syscall_abi, call->syscall_number, &args);
	call->syscall_args_n = (uint8_t)args;
}

void abi_name_calls(const struct proc_root *root, const struct thread_kepts *threads, pid_t pid,
	enum value_state attach)
{
	enum value_state unread = attach;
	struct places places = {0};

	if (attach == VALUE_KNOWN)
		find_places(threads, &places);
	if (places.n)
		unread = read_places(root, pid, &places);
	for (size_t i = 0; i < threads->n; i++) {
		struct thread_kept *k = threads->item[i];

		if (!has_call(k))
			continue;
		name_call(&k->now.call, &places, unread);
		k->touched |= 1u << THREAD_GROUP_CALL;
	}
	VEC_FREE(&places);
}
