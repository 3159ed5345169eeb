/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program of the iterator over tasks, made by what the kernel says of its structures. */
#include "task_program.h"

#include <bpf/btf.h>
#include <errno.h>

#include "twintop/proc/kcode.h"

#define WORD	    ((int)sizeof(uint64_t))
#define WORDS(type) (sizeof(type) / sizeof(uint64_t))
/* Where a word of the record stands from its base on. */
#define AT(member) (a->from + (int)offsetof(struct task_record, member))

/* While a program is put together. */
struct assembly {
	struct kcode *code;
	const struct btf_type *context, *task;
	int map;
	size_t room;  /* words for records in the map; 0: they go to the iterator's file */
	uint8_t base; /* the register that a record is reached from … */
	int from;     /* … so many bytes on */
};
#define SHARED(member) ((int)offsetof(struct task_shared, member))
/* A struct bpf_iter_task on the stack. */
#define LOOP_BYTES	24
#define LOOP_OF_THREADS 2 /* kernel/bpf/task_iter.c BPF_TASK_ITER_PROC_THREADS */

/* The members of struct task_struct that fill a struct task_signs, in its order. */
static const struct kcode_field signs[] = {
	{"pid", BPF_W, 0},
	{"start_boottime", BPF_DW, 0},
	{"se.sum_exec_runtime", BPF_DW, 0},
	{"sched_info.run_delay", BPF_DW, 0},
	{"sched_info.pcount", BPF_DW, 0},
	{"__state", BPF_W, 0},
	{"exit_state", BPF_W, 0},
	{"static_prio", BPF_W, 0},
	{"prio", BPF_W, 0},
	{"policy", BPF_W, 0},
	{"rt_priority", BPF_W, 0},
	{"pending.signal", BPF_DW, 0},
	{"comm", BPF_DW, 0},
	{"comm", BPF_DW, 8},
};
_Static_assert(sizeof signs / sizeof *signs == WORDS(struct task_signs), "a field each");

/* … and a struct task_told. Those that are longs are words only where it is built for such. */
static const struct kcode_field told[] = {
	{"utime", BPF_DW, 0},
	{"stime", BPF_DW, 0},
	{"prev_cputime.utime", BPF_DW, 0},
	{"prev_cputime.stime", BPF_DW, 0},
	{"min_flt", BPF_DW, 0},
	{"maj_flt", BPF_DW, 0},
	{"nvcsw", BPF_DW, 0},
	{"nivcsw", BPF_DW, 0},
	{"blocked", BPF_DW, 0},
	{"thread_info.cpu", BPF_W, 0},
	{"sched_info.last_arrival", BPF_DW, 0},
};
_Static_assert(sizeof told / sizeof *told == WORDS(struct task_told), "a field each");

/* The members of struct pt_regs from task_call.number on. */
static const char *const registers[] = {"orig_ax", "di", "si", "dx", "r10", "r8", "r9", "sp", "ip"};
_Static_assert(sizeof registers / sizeof *registers ==
		       WORDS(struct task_call) - offsetof(struct task_call, number) / WORD,
	"a register each");

/* ---- instructions ---------------------------------------------------------------- */

/* Words = members of the structure in r7. */
static void keep_fields(const struct assembly *a, const struct btf_type *of,
	const struct kcode_field *field, size_t n, int at)
{
	for (size_t i = 0; i < n; i++, at += WORD) {
		kcode_load_field(a->code, BPF_REG_1, BPF_REG_7, of, &field[i]);
		kcode_keep(a->code, a->base, at);
	}
}

/* Words = a value. */
static void keep_value(const struct assembly *a, int at, size_t n, int32_t value)
{
	for (size_t i = 0; i < n; i++, at += WORD)
		kcode_add(a->code, BPF_ST | BPF_MEM | BPF_DW, a->base, 0, at, value);
}

/* ---- the program ----------------------------------------------------------------- */

static const struct kcode_field on_cpu = {"on_cpu", BPF_W, 0};

/* r1 = when the task in r7 was last put on a CPU, r2 = when the newest of the read before was. */
static void load_arrivals(const struct assembly *a)
{
	static const struct kcode_field arrival = {"sched_info.last_arrival", BPF_DW, 0};

	kcode_load_field(a->code, BPF_REG_1, BPF_REG_7, a->task, &arrival);
	kcode_load_map(a->code, BPF_REG_2, a->map);
	kcode_recall(a->code, BPF_REG_2, BPF_REG_2, SHARED(since_ns));
}

/* What it is blocked in, of a task in r7 that does not run meanwhile: as task/TID/syscall has it.
 */
static void keep_call(const struct assembly *a)
{
	static const struct kcode_field status = {"thread_info.status", BPF_W, 0},
					switches = {"nvcsw", BPF_DW, 0};
	struct kcode *c = a->code;
	const struct btf_type *regs = kcode_structure(c, "pt_regs");

	kcode_recall(c, BPF_REG_1, a->base, AT(signs.state));
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, a->task, &on_cpu);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
	keep_fields(a, a->task, &status, 1, AT(call.status));
	kcode_copy(c, BPF_REG_1, BPF_REG_7);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_task_pt_regs);
	kcode_copy(c, BPF_REG_8, BPF_REG_0);
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
		kcode_load_pointer(c, BPF_REG_1, BPF_REG_8, regs, registers[i]);
		kcode_keep(c, a->base, AT(call.number) + WORD * (int)i);
	}
	kcode_copy(c, BPF_REG_1, BPF_REG_7);
	kcode_copy(c, BPF_REG_2, a->base);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, AT(call.channel));
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, WORD);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_task_stack);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, a->task, &on_cpu);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, a->task, &switches);
	kcode_recall(c, BPF_REG_2, a->base, AT(told.voluntary));
	kcode_skip_if(c, BPF_JNE | BPF_X, BPF_REG_2, 0);
	keep_value(a, AT(call.known), 1, 1);
	kcode_skips_end(c);
}

/* So many bytes of the stack from there on go to the iterator's file; r6 is the context. */
static void write_file(const struct assembly *a, int at, int32_t bytes)
{
	struct kcode *c = a->code;

	kcode_load_pointer(c, BPF_REG_1, BPF_REG_6, a->context, "meta");
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_1, kcode_structure(c, "bpf_iter_meta"), "seq");
	kcode_copy(c, BPF_REG_2, BPF_REG_10);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, at);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, bytes);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write);
}

/* The first bytes of a record are all of it. */
static void write_record(const struct assembly *a, int32_t bytes)
{
	if (!a->room) {
		write_file(a, a->from, bytes);
		return;
	}
	kcode_recall(a->code, BPF_REG_1, BPF_REG_6, SHARED(words));
	kcode_add(a->code, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, bytes / WORD);
	kcode_keep(a->code, BPF_REG_6, SHARED(words));
}

/* The signs alone of a task that does not run, nor has since the read before; returns the jump from
 * there, whose end is to come. */
static size_t write_the_still(const struct assembly *a)
{
	struct kcode *c = a->code;

	kcode_recall(c, BPF_REG_1, a->base, AT(signs.state));
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	load_arrivals(a);
	kcode_skip_if(c, BPF_JGT | BPF_X, BPF_REG_2, 0);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, a->task, &on_cpu);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
	kcode_recall(c, BPF_REG_1, a->base, AT(signs.tid));
	kcode_add(c, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, 0, 0,
		(int32_t)(TASK_SIGNS_ALONE & UINT32_MAX));
	kcode_add(c, 0, 0, 0, 0, (int32_t)(TASK_SIGNS_ALONE >> 32));
	kcode_add(c, BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
	kcode_keep(c, a->base, AT(signs.tid));
	write_record(a, sizeof(struct task_signs));
	kcode_add(c, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	return c->n - 1;
}

/* The record of the task in r7. */
static void assemble_record(const struct assembly *a, enum task_extent extent)
{
	struct kcode *c = a->code;
	size_t still = 0;

	keep_fields(a, a->task, signs, WORDS(struct task_signs), AT(signs));
	if (extent >= TASK_TOLD) {
		still = write_the_still(a);
		kcode_skips_end(c);
		keep_fields(a, a->task, told, WORDS(struct task_told), AT(told));
	} else {
		keep_value(a, AT(told), WORDS(struct task_told), 0);
	}
	keep_value(a, AT(call), WORDS(struct task_call), 0);
	if (extent >= TASK_CALLS)
		keep_call(a);
	write_record(a, sizeof(struct task_record));
	if (still)
		kcode_land(c, still);
}

static void assemble_end(struct kcode *c)
{
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Called for each task, and once at the end without one. */
static void assemble_each(struct assembly *a, enum task_extent extent)
{
	struct kcode *c = a->code;
	size_t none;

	a->base = BPF_REG_10;
	a->from = -(int)sizeof(struct task_record);
	kcode_copy(c, BPF_REG_6, BPF_REG_1);
	kcode_load_pointer(c, BPF_REG_7, BPF_REG_6, a->context, "task");
	none = c->n;
	kcode_add(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_7, 0, 0, 0);
	assemble_record(a, extent);
	kcode_land(c, none);
	assemble_end(c);
}

/* r1 = the loop's own structure. */
static void load_loop(struct kcode *c)
{
	kcode_copy(c, BPF_REG_1, BPF_REG_10);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -LOOP_BYTES);
}

/* r9 = where the next record goes in the map, whose value is in r6; returns the jump from there
 * where it is full. */
static size_t assemble_place(const struct assembly *a)
{
	struct kcode *c = a->code;
	size_t full;

	kcode_recall(c, BPF_REG_1, BPF_REG_6, SHARED(tasks));
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, 1);
	kcode_keep(c, BPF_REG_6, SHARED(tasks));
	kcode_recall(c, BPF_REG_1, BPF_REG_6, SHARED(words));
	full = c->n;
	kcode_add(c, BPF_JMP | BPF_JGT | BPF_K, BPF_REG_1, 0, 0,
		(int32_t)(a->room - WORDS(struct task_record)));
	kcode_add(c, BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_1, 0, 0, 3);
	kcode_copy(c, BPF_REG_9, BPF_REG_6);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_9, BPF_REG_1, 0, 0);
	return full;
}

/* Called once, for the first task: it looks at all threads itself. */
static void assemble_loop(struct assembly *a, enum task_extent extent)
{
	struct kcode *c = a->code;
	size_t none, next, over, full;

	a->base = BPF_REG_9;
	a->from = SHARED(record);
	kcode_load_pointer(c, BPF_REG_2, BPF_REG_1, a->context, "task");
	none = c->n;
	kcode_add(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_2, 0, 0, 0);
	load_loop(c);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, LOOP_OF_THREADS);
	kcode_call_kernel(c, "bpf_iter_task_new");
	kcode_load_map(c, BPF_REG_6, a->map);
	kcode_add(c, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_6, 0, SHARED(words), 0);
	kcode_add(c, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_6, 0, SHARED(tasks), 0);
	next = c->n;
	load_loop(c);
	kcode_call_kernel(c, "bpf_iter_task_next");
	over = c->n;
	kcode_add(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 0);
	kcode_copy(c, BPF_REG_7, BPF_REG_0);
	full = assemble_place(a);
	assemble_record(a, extent);
	kcode_land(c, full);
	kcode_jump_back(c, next);
	kcode_land(c, over);
	load_loop(c);
	kcode_call_kernel(c, "bpf_iter_task_destroy");
	kcode_land(c, none);
	assemble_end(c);
}

/* Where longs are of 64 bits, and where the registers above are a call's. */
static bool is_built_for(enum task_extent extent)
{
#ifdef __x86_64__
	return extent == TASK_SIGNS || sizeof(long) == sizeof(uint64_t);
#else
	return extent == TASK_SIGNS || (extent == TASK_TOLD && sizeof(long) == sizeof(uint64_t));
#endif
}

/* Of a task without an address space nothing. */
static void assemble_space(struct kcode *c, bool flushes)
{
	static const struct kcode_field execs = {"self_exec_id", BPF_W, 0},
					sequence = {"mm_lock_seq.sequence", BPF_W, 0},
					generation = {"context.tlb_gen.counter", BPF_DW, 0};
	const int at = -(int)sizeof(struct space_record);
	const struct assembly stack = {.code = c,
		.context = kcode_structure(c, "bpf_iter__task"),
		.task = kcode_structure(c, "task_struct"),
		.base = BPF_REG_10};
	const struct btf_type *space = kcode_structure(c, "mm_struct");

	kcode_copy(c, BPF_REG_6, BPF_REG_1);
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_6, stack.context, "task");
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_copy(c, BPF_REG_7, BPF_REG_1);
	keep_fields(&stack, stack.task, &execs, 1, at);
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_7, stack.task, "mm");
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_copy(c, BPF_REG_7, BPF_REG_1);
	kcode_keep(c, BPF_REG_10, at + WORD);
	keep_fields(&stack, space, &sequence, 1, at + 2 * WORD);
	if (flushes)
		keep_fields(&stack, space, &generation, 1, at + 3 * WORD);
	else
		keep_value(&stack, at + 3 * WORD, 1, 0);
	write_file(&stack, at, sizeof(struct space_record));
	kcode_skips_end(c);
	assemble_end(c);
}

static int load_program(const struct kcode *c, const char *name)
{
	return kcode_load(c, name, BTF_KIND_FUNC, "bpf_iter_task", BPF_TRACE_ITER);
}

int task_program_load(enum task_extent extent, int map, size_t room)
{
	struct kcode c;
	struct assembly a = {.code = &c, .map = map, .room = room};
	int error = is_built_for(extent) ? kcode_open(&c) : -EOPNOTSUPP, program;

	if (error)
		return error;
	a.context = kcode_structure(&c, "bpf_iter__task");
	a.task = kcode_structure(&c, "task_struct");
	if (room)
		assemble_loop(&a, extent);
	else
		assemble_each(&a, extent);
	program = load_program(&c, "twintop_threads");
	kcode_close(&c);
	return program;
}

int space_program_load(bool flushes)
{
	struct kcode c;
	int error = kcode_open(&c), program;

	if (error)
		return error;
	assemble_space(&c, flushes);
	program = load_program(&c, "twintop_space");
	kcode_close(&c);
	return program;
}
