/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program of the iterator over tasks, made by what the kernel says of its structures. */
#include "task_program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/text.h"

#define MEMBERS_DEEP 4 /* members of members */
#define WORD	     ((int)sizeof(uint64_t))
#define WORDS(type)  (sizeof(type) / sizeof(uint64_t))
/* Where a word of the record stands from the program's stack on. */
#define AT(member) ((int)offsetof(struct task_record, member) - (int)sizeof(struct task_record))

struct field {
	const char *member;
	uint8_t size; /* BPF_W or BPF_DW: how wide it is read */
	uint8_t past; /* so many bytes behind the start of the member */
};

/* The members of struct task_struct that fill a struct task_signs, in its order. */
static const struct field signs[] = {
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
static const struct field told[] = {
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

/* ---- where the kernel keeps what ------------------------------------------------- */

static const struct btf_type *plain_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* A member by its name, also of unnamed members; adds to *offset. Its type, or NULL. */
static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *of,
	struct text name, unsigned deep, uint32_t *offset)
{
	const struct btf_type *found = NULL;

	for (uint32_t i = 0; of && btf_is_composite(of) && i < btf_vlen(of) && !found; i++) {
		const struct btf_member *m = btf_members(of) + i;
		uint32_t inner = *offset + btf_member_bit_offset(of, i) / 8;
		struct text its = text_of(btf__name_by_offset(btf, m->name_off));

		if (text_equal(its, name))
			found = plain_type(btf, m->type);
		else if (!its.len && deep)
			found = find_member(btf, plain_type(btf, m->type), name, deep - 1, &inner);
		if (found)
			*offset = inner;
	}
	return found;
}

/* The offset of a path of members, "se.sum_exec_runtime"; negative errno: there is none. */
static int offset_of(const struct btf *btf, const struct btf_type *t, const char *path)
{
	uint32_t offset = 0;

	while (t && *path) {
		size_t len = strcspn(path, ".");

		t = find_member(btf, t, (struct text){path, len}, MEMBERS_DEEP, &offset);
		path += len + (path[len] == '.');
	}
	return t && offset <= INT16_MAX ? (int)offset : -EOPNOTSUPP;
}

/* ---- instructions ---------------------------------------------------------------- */

#define INSTRUCTIONS_MOST 192
#define SKIPS_MOST	  8

struct program {
	const struct btf *btf;
	struct bpf_insn instruction[INSTRUCTIONS_MOST];
	size_t n;
	size_t skip[SKIPS_MOST], skips; /* jumps whose end is to come */
	int error;
};

static void add(
	struct program *p, uint8_t code, uint8_t to, uint8_t from, int offset, int32_t value)
{
	if (p->n >= INSTRUCTIONS_MOST)
		p->error = -E2BIG;
	if (!p->error)
		p->instruction[p->n++] = (struct bpf_insn){.code = code,
			.dst_reg = to & 15,
			.src_reg = from & 15,
			.off = (int16_t)offset,
			.imm = value};
}

static const struct btf_type *structure(struct program *p, const char *name)
{
	int id = btf__find_by_name_kind(p->btf, name, BTF_KIND_STRUCT);

	if (id <= 0)
		p->error = -EOPNOTSUPP;
	return id > 0 ? plain_type(p->btf, (uint32_t)id) : NULL;
}

/* to = the member of the structure that from points to. */
static void load(struct program *p, uint8_t to, uint8_t from, const struct btf_type *of,
	const struct field *field)
{
	int offset = offset_of(p->btf, of, field->member);

	if (offset < 0)
		p->error = offset;
	add(p, BPF_LDX | BPF_MEM | field->size, to, from, offset + field->past, 0);
}

static void load_pointer(
	struct program *p, uint8_t to, uint8_t from, const struct btf_type *of, const char *member)
{
	load(p, to, from, of, &(struct field){member, BPF_DW, 0});
}

/* A word on the stack = r1. */
static void keep(struct program *p, int at)
{
	add(p, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, at, 0);
}

/* to = a word on the stack. */
static void recall(struct program *p, uint8_t to, int at)
{
	add(p, BPF_LDX | BPF_MEM | BPF_DW, to, BPF_REG_10, at, 0);
}

/* Words on the stack = members of the task in r7. */
static void keep_fields(
	struct program *p, const struct btf_type *task, const struct field *field, size_t n, int at)
{
	for (size_t i = 0; i < n; i++, at += WORD) {
		load(p, BPF_REG_1, BPF_REG_7, task, &field[i]);
		keep(p, at);
	}
}

/* Words on the stack = a value. */
static void keep_value(struct program *p, int at, size_t n, int32_t value)
{
	for (size_t i = 0; i < n; i++, at += WORD)
		add(p, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, at, value);
}

/* A jump to where skips_end() stands, if r1 compares so to another register or a value. */
static void skip_if(struct program *p, uint8_t compare, uint8_t with, int32_t value)
{
	p->skip[p->skips++] = p->n;
	add(p, (uint8_t)(BPF_JMP | compare), BPF_REG_1, with, 0, value);
}

static void skips_end(struct program *p)
{
	for (; p->skips; p->skips--) {
		size_t from = p->skip[p->skips - 1];

		if (!p->error)
			p->instruction[from].off = (int16_t)(p->n - from - 1);
	}
}

/* ---- the program ----------------------------------------------------------------- */

/* Nothing of a task that runs, or has not since the read before. */
static void skip_the_still(struct program *p, const struct btf_type *task, int since_map)
{
	static const struct field on_cpu = {"on_cpu", BPF_W, 0};

	recall(p, BPF_REG_1, AT(signs.state));
	skip_if(p, BPF_JEQ | BPF_K, 0, 0);
	add(p, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_MAP_VALUE, 0, since_map);
	add(p, 0, 0, 0, 0, 0); /* its second half: the value's offset in the map */
	add(p, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_2, BPF_REG_2, 0, 0);
	recall(p, BPF_REG_1, AT(told.arrived_ns));
	skip_if(p, BPF_JLE | BPF_X, BPF_REG_2, 0);
	load(p, BPF_REG_1, BPF_REG_7, task, &on_cpu);
	skip_if(p, BPF_JNE | BPF_K, 0, 0);
}

/* What it is blocked in, of a task in r7 that did not run meanwhile: as task/TID/syscall has it. */
static void keep_call(struct program *p, const struct btf_type *task, int since_map)
{
	static const struct field on_cpu = {"on_cpu", BPF_W, 0},
				  status = {"thread_info.status", BPF_W, 0},
				  switches = {"nvcsw", BPF_DW, 0};
	const struct btf_type *regs = structure(p, "pt_regs");

	skip_the_still(p, task, since_map);
	keep_fields(p, task, &status, 1, AT(call.status));
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_task_pt_regs);
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_8, BPF_REG_0, 0, 0);
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
		load_pointer(p, BPF_REG_1, BPF_REG_8, regs, registers[i]);
		keep(p, AT(call.number) + WORD * (int)i);
	}
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0);
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, AT(call.channel));
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, WORD);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, 0);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_task_stack);
	load(p, BPF_REG_1, BPF_REG_7, task, &on_cpu);
	skip_if(p, BPF_JNE | BPF_K, 0, 0);
	load(p, BPF_REG_1, BPF_REG_7, task, &switches);
	recall(p, BPF_REG_2, AT(told.voluntary));
	skip_if(p, BPF_JNE | BPF_X, BPF_REG_2, 0);
	keep_value(p, AT(call.known), 1, 1);
	skips_end(p);
}

/* So many bytes of the stack from there on go to the iterator's file; r6 is the context. */
static void write_record(struct program *p, const struct btf_type *context, int at, int32_t bytes)
{
	load_pointer(p, BPF_REG_1, BPF_REG_6, context, "meta");
	load_pointer(p, BPF_REG_1, BPF_REG_1, structure(p, "bpf_iter_meta"), "seq");
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, at);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, bytes);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write);
}

/* Called for each task, and once at the end without one. */
static void assemble(struct program *p, enum task_extent extent, int since_map)
{
	const struct btf_type *context = structure(p, "bpf_iter__task");
	const struct btf_type *task = structure(p, "task_struct");
	size_t end;

	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	load_pointer(p, BPF_REG_7, BPF_REG_6, context, "task");
	end = p->n;
	add(p, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_7, 0, 0, 0);
	keep_fields(p, task, signs, WORDS(struct task_signs), AT(signs));
	if (extent >= TASK_TOLD)
		keep_fields(p, task, told, WORDS(struct task_told), AT(told));
	else
		keep_value(p, AT(told), WORDS(struct task_told), 0);
	keep_value(p, AT(call), WORDS(struct task_call), 0);
	if (extent >= TASK_CALLS)
		keep_call(p, task, since_map);
	write_record(p, context, AT(signs), sizeof(struct task_record));
	if (!p->error)
		p->instruction[end].off = (int16_t)(p->n - end - 1);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
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
static void assemble_space(struct program *p)
{
	static const struct field execs = {"self_exec_id", BPF_W, 0},
				  sequence = {"mm_lock_seq.sequence", BPF_W, 0};
	const int at = -(int)sizeof(struct space_record);
	const struct btf_type *context = structure(p, "bpf_iter__task");
	const struct btf_type *task = structure(p, "task_struct");

	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	load_pointer(p, BPF_REG_1, BPF_REG_6, context, "task");
	skip_if(p, BPF_JEQ | BPF_K, 0, 0);
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_1, 0, 0);
	keep_fields(p, task, &execs, 1, at);
	load_pointer(p, BPF_REG_1, BPF_REG_7, task, "mm");
	skip_if(p, BPF_JEQ | BPF_K, 0, 0);
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_1, 0, 0);
	keep(p, at + WORD);
	keep_fields(p, structure(p, "mm_struct"), &sequence, 1, at + 2 * WORD);
	write_record(p, context, at, sizeof(struct space_record));
	skips_end(p);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* What the kernel says of its structures, silently; NULL: nothing. */
static struct btf *load_btf(void)
{
	libbpf_set_print(NULL);
	return btf__load_vmlinux_btf();
}

/* Loads what was assembled. Its descriptor or negative errno. */
static int load_program(const struct program *p, const char *name)
{
	struct bpf_prog_load_opts options = {
		.sz = sizeof options, .expected_attach_type = BPF_TRACE_ITER};
	int attach = btf__find_by_name_kind(p->btf, "bpf_iter_task", BTF_KIND_FUNC);

	if (p->error || attach < 0)
		return p->error ? p->error : -EOPNOTSUPP;
	options.attach_btf_id = (uint32_t)attach;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, name, "GPL", p->instruction, p->n, &options);
}

int task_program_load(enum task_extent extent, int since_map)
{
	struct btf *btf = load_btf();
	struct program p = {.btf = btf};
	int program;

	if (!btf)
		return -errno;
	if (!is_built_for(extent))
		p.error = -EOPNOTSUPP;
	else
		assemble(&p, extent, since_map);
	program = load_program(&p, "twintop_threads");
	btf__free(btf);
	return program;
}

int space_program_load(void)
{
	struct btf *btf = load_btf();
	struct program p = {.btf = btf};
	int program;

	if (!btf)
		return -errno;
	assemble_space(&p);
	program = load_program(&p, "twintop_space");
	btf__free(btf);
	return program;
}
