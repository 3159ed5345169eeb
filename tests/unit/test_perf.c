/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of perf rings, byte by byte, and what gathers of the faults among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "src/feed/perf_internal.h"
#include "twintop/model/fault.h"

/* A record under way: the header's size is set when it is read. */
struct bytes {
	char at[512];
	size_t n;
};

static struct bytes begin(uint32_t type, uint16_t misc)
{
	const struct perf_event_header head = {.type = type, .misc = misc};
	struct bytes b = {.n = sizeof head};

	memcpy(b.at, &head, sizeof head);
	return b;
}

static void add(struct bytes *b, uint64_t value)
{
	memcpy(b->at + b->n, &value, sizeof value);
	b->n += sizeof value;
}

static void add_ids(struct bytes *b, uint32_t first, uint32_t second)
{
	add(b, (uint64_t)second << 32 | first);
}

static int parse(struct bytes *b, struct perf_record *ret)
{
	const uint16_t size = (uint16_t)b->n;

	memcpy(b->at + offsetof(struct perf_event_header, size), &size, sizeof size);
	return perf_record_parse(b->at, b->n, ret);
}

static struct bytes fault(uint16_t misc, uint64_t ip, uint64_t user_ip)
{
	struct bytes b = begin(PERF_RECORD_SAMPLE, misc);

	add(&b, ip);
	add_ids(&b, 4242, 4243);
	add(&b, 7000);
	add(&b, 0x7f0000001234);
	if (!PERF_REGISTERS)
		return b;
	add(&b, user_ip ? PERF_SAMPLE_REGS_ABI_64 : PERF_SAMPLE_REGS_ABI_NONE);
	if (user_ip)
		add(&b, user_ip);
	return b;
}

static void a_fault_says_who_where_and_when(void **state)
{
	struct bytes b = fault(PERF_RECORD_MISC_USER, 0x401000, 0x401000);
	struct perf_record r;

	(void)state;
	assert_int_equal(parse(&b, &r), 0);
	assert_int_equal(r.kind, PERF_FAULT);
	assert_int_equal(r.pid, 4242);
	assert_int_equal(r.tid, 4243);
	assert_int_equal(r.time_ns, 7000);
	assert_int_equal(r.address, 0x7f0000001234);
	assert_int_equal(r.ip, 0x401000);
	assert_false(r.kernel);
}

static void a_fault_of_the_kernel_says_where_the_program_stood(void **state)
{
	struct bytes b = fault(PERF_RECORD_MISC_KERNEL, 0xffffffff81000000, 0x402000);
	struct perf_record r;

	(void)state;
	assert_int_equal(parse(&b, &r), 0);
	assert_true(r.kernel);
	assert_int_equal(r.ip, PERF_REGISTERS ? 0x402000 : 0);
	b = fault(PERF_RECORD_MISC_KERNEL, 0xffffffff81000000, 0);
	assert_int_equal(parse(&b, &r), 0);
	assert_true(r.kernel);
	assert_int_equal(r.ip, 0);
}

static struct bytes task(uint32_t type)
{
	struct bytes b = begin(type, 0);

	add_ids(&b, 4300, 4242);
	add_ids(&b, 4301, 4243);
	add(&b, 9000);
	add_ids(&b, 4242, 4243);
	add(&b, 9000);
	return b;
}

static void births_and_ends_name_both(void **state)
{
	struct bytes b = task(PERF_RECORD_FORK);
	struct perf_record r;

	(void)state;
	assert_int_equal(parse(&b, &r), 0);
	assert_int_equal(r.kind, PERF_FORK);
	assert_int_equal(r.pid, 4300);
	assert_int_equal(r.tid, 4301);
	assert_int_equal(r.other, 4242);
	assert_int_equal(r.other_tid, 4243);
	b = task(PERF_RECORD_EXIT);
	assert_int_equal(parse(&b, &r), 0);
	assert_int_equal(r.kind, PERF_EXIT);
	assert_int_equal(r.time_ns, 9000);
}

static struct bytes comm(uint16_t misc, const char name[16])
{
	struct bytes b = begin(PERF_RECORD_COMM, misc);

	add_ids(&b, 4242, 4243);
	memcpy(b.at + b.n, name, 16);
	b.n += 16;
	add_ids(&b, 4242, 4243);
	add(&b, 9500);
	return b;
}

static void a_name_is_one_by_exec_or_not(void **state)
{
	struct bytes b = comm(0, "worker\0\0\0\0\0\0\0\0\0");
	struct perf_record r;

	(void)state;
	assert_int_equal(parse(&b, &r), 0);
	assert_int_equal(r.kind, PERF_COMM);
	assert_string_equal(r.name, "worker");
	assert_int_equal(r.time_ns, 9500);
	b = comm(PERF_RECORD_MISC_COMM_EXEC, "fifteen-letters");
	assert_int_equal(parse(&b, &r), 0);
	assert_int_equal(r.kind, PERF_EXEC);
	assert_string_equal(r.name, "fifteen-letters");
}

static void what_was_lost_is_counted(void **state)
{
	struct bytes b = begin(PERF_RECORD_LOST, 0);
	struct perf_record r;

	(void)state;
	add(&b, 1);
	add(&b, 120);
	add_ids(&b, 4242, 4243);
	add(&b, 1);
	assert_int_equal(parse(&b, &r), 0);
	assert_int_equal(r.kind, PERF_LOST);
	assert_int_equal(r.lost, 120);
}

static void what_is_cut_short_is_no_record(void **state)
{
	struct bytes whole[] = {fault(PERF_RECORD_MISC_USER, 1, 2), task(PERF_RECORD_FORK),
		comm(0, "worker\0\0\0\0\0\0\0\0\0")};
	struct perf_record r;

	(void)state;
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		for (size_t n = 0; n < whole[i].n; n += 4) {
			struct bytes b = whole[i];

			/* A name may be shorter, but its end is not to be missed. */
			if (i == 2 && n >= 8 + 8 + PERF_TRAILER)
				break;
			b.n = n;
			assert_int_equal(parse(&b, &r), -EBADMSG);
		}
}

/* ---- stacks ------------------------------------------------------------------ */

#define REGISTERS (__builtin_popcountll(PERF_REGISTERS_ALL))

/* With registers that are numbered from 100 on, and a stack of so many words, some of them told. */
static struct bytes stacked(uint64_t abi, uint64_t words, uint64_t told)
{
	struct bytes b = begin(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL);

	add(&b, 0xffffffff81000000);
	add_ids(&b, 4242, 4243);
	add(&b, 7000);
	add(&b, 0x7f0000001234);
	add(&b, abi);
	for (int i = 0; abi && i < REGISTERS; i++)
		add(&b, 100 + (uint64_t)i);
	add(&b, words * 8);
	for (uint64_t i = 0; i < words; i++)
		add(&b, i);
	if (words)
		add(&b, told);
	return b;
}

static int parse_stacked(struct bytes *b, struct perf_record *ret, struct perf_user *user)
{
	const uint16_t size = (uint16_t)b->n;

	memcpy(b->at + offsetof(struct perf_event_header, size), &size, sizeof size);
	return perf_record_parse_stacked(b->at, b->n, ret, user);
}

static void a_stack_comes_with_its_registers(void **state)
{
	struct bytes b = stacked(PERF_SAMPLE_REGS_ABI_64, 4, 24);
	struct perf_record r;
	struct perf_user user;

	(void)state;
	if (!perf_knows_registers())
		skip();
	assert_int_equal(parse_stacked(&b, &r, &user), 0);
	assert_ptr_equal(r.user, &user);
	assert_true(r.kernel);
	assert_int_equal(r.ip, user.registers.pc);
	assert_int_equal(user.stack_n, 24);
	assert_int_equal(user.stack[8], 1);
	/* The places of both in the kernel's order of bits: asm/perf_regs.h. */
#if defined __x86_64__
	assert_int_equal(user.registers.pc, 108);
	assert_int_equal(user.registers.value[REGISTER_SP], 107);
	assert_int_equal(user.registers.value[REGISTER_FP], 106);
	assert_int_equal(user.registers.value[3], 101);
	assert_int_equal(user.registers.value[15], 116);
	assert_int_equal(user.registers.known, 0xffff);
#elif defined __aarch64__
	assert_int_equal(user.registers.pc, 132);
	assert_int_equal(user.registers.value[REGISTER_SP], 131);
	assert_int_equal(user.registers.value[REGISTER_FP], 129);
	assert_int_equal(user.registers.known, UINT32_MAX);
#endif
}

static void registers_of_smaller_programs_are_not_known(void **state)
{
	struct bytes b = stacked(PERF_SAMPLE_REGS_ABI_32, 2, 16);
	struct perf_record r;
	struct perf_user user;

	(void)state;
	assert_int_equal(parse_stacked(&b, &r, &user), 0);
	assert_int_equal(user.registers.known, 0);
	b = stacked(PERF_SAMPLE_REGS_ABI_NONE, 0, 0);
	assert_int_equal(parse_stacked(&b, &r, &user), 0);
	assert_int_equal(user.registers.known, 0);
	assert_int_equal(user.stack_n, 0);
}

static void no_more_of_a_stack_is_told_than_there_is(void **state)
{
	struct bytes b = stacked(PERF_SAMPLE_REGS_ABI_64, 2, 4096);
	struct bytes whole = stacked(PERF_SAMPLE_REGS_ABI_64, 2, 16);
	struct perf_record r;
	struct perf_user user;

	(void)state;
	assert_int_equal(parse_stacked(&b, &r, &user), 0);
	assert_int_equal(user.stack_n, 16);
	for (size_t n = 0; n < whole.n; n += 4) {
		b = whole;
		b.n = n;
		assert_int_equal(parse_stacked(&b, &r, &user), -EBADMSG);
	}
}

/* ---- faults ------------------------------------------------------------------ */

static void say(struct fault_sink *sink, uint64_t told)
{
	sink->said = true;
	sink->watches_n = 1;
	sink->watch[0] = (struct fault_watch){.pid = 4242, .period = 1, .told = told};
}

static void faults_stand_by_time_and_once(void **state)
{
	struct fault_sink from = {0}, sink = {0};
	const struct fault_batch *first, *second, *third;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		fault_sink_add(
			&from, &(struct fault){.pid = 4242, .time_ns = 100 - i, .weight = 1});
	say(&from, 10);
	fault_sink_move(&sink, &from);
	assert_int_equal(from.fault.n, 0);
	first = fault_sink_seal(&sink, NULL);
	assert_int_equal(first->n, 10);
	for (size_t i = 1; i < first->n; i++)
		assert_true(first->fault[i - 1].time_ns < first->fault[i].time_ns);
	second = fault_sink_seal(&sink, first);
	assert_int_equal(second->n, 0);
	assert_int_equal(fault_watch_of(second, 4242)->told, 10);
	assert_null(fault_watch_of(second, 1));
	third = fault_sink_seal(&sink, second);
	assert_ptr_equal(third, second);
	part_put(first);
	part_put(second);
	part_put(third);
	fault_sink_free(&sink);
}

static void examples_go_on_once_and_are_bounded(void **state)
{
	const struct fault_example head = {.pid = 4242};
	struct fault_sink from = {0}, sink = {0};
	const struct fault_batch *first, *second;

	(void)state;
	for (unsigned i = 0; i < EXAMPLES_MOST + 3; i++)
		fault_sink_add_example(&from, fault_example_new(&head, "ab", 2));
	say(&from, 0);
	fault_sink_move(&sink, &from);
	first = fault_sink_seal(&sink, NULL);
	assert_int_equal(first->examples_n, EXAMPLES_MOST);
	assert_int_equal(first->example[0]->stack_n, 2);
	assert_true(fault_batch_bytes(first, NULL) > EXAMPLES_MOST * sizeof head);
	second = fault_sink_seal(&sink, first);
	assert_ptr_not_equal(second, first);
	assert_int_equal(second->examples_n, 0);
	part_put(first);
	part_put(second);
	fault_sink_free(&sink);
}

static void too_many_faults_are_counted_as_lost(void **state)
{
	struct fault_sink sink = {0};

	(void)state;
	say(&sink, 0);
	for (unsigned i = 0; i < FAULTS_MOST + 7; i++)
		fault_sink_add(&sink, &(struct fault){.pid = 4242, .weight = 1});
	assert_int_equal(sink.fault.n, FAULTS_MOST);
	assert_int_equal(sink.watch[0].lost, 7);
	fault_sink_free(&sink);
}

static struct bytes a_switch(uint16_t misc)
{
	struct bytes b = begin(PERF_RECORD_SWITCH, misc);

	add_ids(&b, 4242, 4243);
	add(&b, 9000);
	return b;
}

static void a_switch_says_who_got_or_lost_a_cpu(void **state)
{
	static const struct {
		uint16_t misc;
		enum perf_kind kind;
		bool preempted;
	} form[] = {
		{0, PERF_ON, false},
		{PERF_RECORD_MISC_SWITCH_OUT, PERF_OFF, false},
		{PERF_RECORD_MISC_SWITCH_OUT | PERF_RECORD_MISC_SWITCH_OUT_PREEMPT, PERF_OFF, true},
		{PERF_RECORD_MISC_SWITCH_OUT_PREEMPT, PERF_ON, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
		struct bytes b = a_switch(form[i].misc);
		struct perf_record r;

		assert_int_equal(parse(&b, &r), 0);
		assert_int_equal(r.kind, form[i].kind);
		assert_int_equal(r.preempted, form[i].preempted);
		assert_int_equal(r.pid, 4242);
		assert_int_equal(r.tid, 4243);
		assert_int_equal(r.time_ns, 9000);
	}
}

static void a_switch_of_another_form_is_none(void **state)
{
	struct bytes b = a_switch(PERF_RECORD_MISC_SWITCH_OUT);
	struct perf_record r;

	(void)state;
	add(&b, 0);
	assert_int_equal(parse(&b, &r), -EBADMSG);
	b = begin(PERF_RECORD_SWITCH, 0);
	add_ids(&b, 4242, 4243);
	assert_int_equal(parse(&b, &r), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_says_who_got_or_lost_a_cpu),
		cmocka_unit_test(a_switch_of_another_form_is_none),
		cmocka_unit_test(a_fault_says_who_where_and_when),
		cmocka_unit_test(a_fault_of_the_kernel_says_where_the_program_stood),
		cmocka_unit_test(births_and_ends_name_both),
		cmocka_unit_test(a_name_is_one_by_exec_or_not),
		cmocka_unit_test(what_was_lost_is_counted),
		cmocka_unit_test(what_is_cut_short_is_no_record),
		cmocka_unit_test(a_stack_comes_with_its_registers),
		cmocka_unit_test(registers_of_smaller_programs_are_not_known),
		cmocka_unit_test(no_more_of_a_stack_is_told_than_there_is),
		cmocka_unit_test(faults_stand_by_time_and_once),
		cmocka_unit_test(examples_go_on_once_and_are_bounded),
		cmocka_unit_test(too_many_faults_are_counted_as_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
