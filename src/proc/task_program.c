/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program of the iterator over tasks, made by what the kernel says of its structures. */
#include "task_program.h"

#include <bpf/btf.h>
#include <errno.h>

#include "twintop/proc/kcode.h"

#define WORD	    ((int)sizeof(uint64_t))
#define WORDS(type) (sizeof(type) / sizeof(uint64_t))
/* Where a word of the record stands from the program's stack on. */
#define AT(member) ((int)offsetof(struct task_record, member) - (int)sizeof(struct task_record))

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

/* Words on the stack = members of the task in r7. */
static void keep_fields(struct kcode *c, const struct btf_type *task,
	const struct kcode_field *field, size_t n, int at)
{
	for (size_t i = 0; i < n; i++, at += WORD) {
		kcode_load_field(c, BPF_REG_1, BPF_REG_7, task, &field[i]);
		kcode_keep(c, at);
	}
}

/* Words on the stack = a value. */
static void keep_value(struct kcode *c, int at, size_t n, int32_t value)
{
	for (size_t i = 0; i < n; i++, at += WORD)
		kcode_add(c, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, at, value);
}

/* ---- the program ----------------------------------------------------------------- */

static const struct kcode_field on_cpu = {"on_cpu", BPF_W, 0};

/* r1 = when the task in r7 was last put on a CPU, r2 = when the newest of the read before was. */
static void load_arrivals(struct kcode *c, const struct btf_type *task, int since_map)
{
	static const struct kcode_field arrival = {"sched_info.last_arrival", BPF_DW, 0};

	kcode_load_field(c, BPF_REG_1, BPF_REG_7, task, &arrival);
	kcode_add(c, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_VALUE, 0, since_map);
	kcode_add(c, 0, 0, 0, 0, 0); /* its second half: the value's offset in the map */
	kcode_add(c, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_2, BPF_REG_2, 0, 0);
}

/* What it is blocked in, of a task in r7 that does not run meanwhile: as task/TID/syscall has it.
 */
static void keep_call(struct kcode *c, const struct btf_type *task)
{
	static const struct kcode_field status = {"thread_info.status", BPF_W, 0},
					switches = {"nvcsw", BPF_DW, 0};
	const struct btf_type *regs = kcode_structure(c, "pt_regs");

	kcode_recall(c, BPF_REG_1, AT(signs.state));
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, task, &on_cpu);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
	keep_fields(c, task, &status, 1, AT(call.status));
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_task_pt_regs);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_8, BPF_REG_0, 0, 0);
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
		kcode_load_pointer(c, BPF_REG_1, BPF_REG_8, regs, registers[i]);
		kcode_keep(c, AT(call.number) + WORD * (int)i);
	}
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, AT(call.channel));
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, WORD);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_task_stack);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, task, &on_cpu);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, task, &switches);
	kcode_recall(c, BPF_REG_2, AT(told.voluntary));
	kcode_skip_if(c, BPF_JNE | BPF_X, BPF_REG_2, 0);
	keep_value(c, AT(call.known), 1, 1);
	kcode_skips_end(c);
}

/* So many bytes of the stack from there on go to the iterator's file; r6 is the context. */
static void write_record(struct kcode *c, const struct btf_type *context, int at, int32_t bytes)
{
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_6, context, "meta");
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_1, kcode_structure(c, "bpf_iter_meta"), "seq");
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, at);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, bytes);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write);
}

/* The signs alone of a task that does not run, nor has since the read before; returns the jump from
 * there, whose end is to come. */
static size_t write_the_still(
	struct kcode *c, const struct btf_type *context, const struct btf_type *task, int since_map)
{
	kcode_recall(c, BPF_REG_1, AT(signs.state));
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	load_arrivals(c, task, since_map);
	kcode_skip_if(c, BPF_JGT | BPF_X, BPF_REG_2, 0);
	kcode_load_field(c, BPF_REG_1, BPF_REG_7, task, &on_cpu);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
	kcode_recall(c, BPF_REG_1, AT(signs.tid));
	kcode_add(c, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, 0, 0,
		(int32_t)(TASK_SIGNS_ALONE & UINT32_MAX));
	kcode_add(c, 0, 0, 0, 0, (int32_t)(TASK_SIGNS_ALONE >> 32));
	kcode_add(c, BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
	kcode_keep(c, AT(signs.tid));
	write_record(c, context, AT(signs), sizeof(struct task_signs));
	kcode_add(c, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	return c->n - 1;
}

/* Called for each task, and once at the end without one. */
static void assemble(struct kcode *c, enum task_extent extent, int since_map)
{
	const struct btf_type *context = kcode_structure(c, "bpf_iter__task");
	const struct btf_type *task = kcode_structure(c, "task_struct");
	size_t none, still = 0;

	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	kcode_load_pointer(c, BPF_REG_7, BPF_REG_6, context, "task");
	none = c->n;
	kcode_add(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_7, 0, 0, 0);
	keep_fields(c, task, signs, WORDS(struct task_signs), AT(signs));
	if (extent >= TASK_TOLD) {
		still = write_the_still(c, context, task, since_map);
		kcode_skips_end(c);
		keep_fields(c, task, told, WORDS(struct task_told), AT(told));
	} else {
		keep_value(c, AT(told), WORDS(struct task_told), 0);
	}
	keep_value(c, AT(call), WORDS(struct task_call), 0);
	if (extent >= TASK_CALLS)
		keep_call(c, task);
	write_record(c, context, AT(signs), sizeof(struct task_record));
	kcode_land(c, none);
	if (still)
		kcode_land(c, still);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
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
static void assemble_space(struct kcode *c)
{
	static const struct kcode_field execs = {"self_exec_id", BPF_W, 0},
					sequence = {"mm_lock_seq.sequence", BPF_W, 0};
	const int at = -(int)sizeof(struct space_record);
	const struct btf_type *context = kcode_structure(c, "bpf_iter__task");
	const struct btf_type *task = kcode_structure(c, "task_struct");

	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_6, context, "task");
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_1, 0, 0);
	keep_fields(c, task, &execs, 1, at);
	kcode_load_pointer(c, BPF_REG_1, BPF_REG_7, task, "mm");
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_1, 0, 0);
	kcode_keep(c, at + WORD);
	keep_fields(c, kcode_structure(c, "mm_struct"), &sequence, 1, at + 2 * WORD);
	write_record(c, context, at, sizeof(struct space_record));
	kcode_skips_end(c);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int load_program(const struct kcode *c, const char *name)
{
	return kcode_load(c, name, BTF_KIND_FUNC, "bpf_iter_task", BPF_TRACE_ITER);
}

int task_program_load(enum task_extent extent, int since_map)
{
	struct kcode c;
	int error = is_built_for(extent) ? kcode_open(&c) : -EOPNOTSUPP, program;

	if (error)
		return error;
	assemble(&c, extent, since_map);
	program = load_program(&c, "twintop_threads");
	kcode_close(&c);
	return program;
}

int space_program_load(void)
{
	struct kcode c;
	int error = kcode_open(&c), program;

	if (error)
		return error;
	assemble_space(&c);
	program = load_program(&c, "twintop_space");
	kcode_close(&c);
	return program;
}
