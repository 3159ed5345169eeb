/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "task_iterator.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/text.h"

#define INITIAL_PID_NAMESPACE "pid:[4026531836]" /* linux/proc_ns.h PROC_PID_INIT_INO */
#define READ_BYTES	      65536
#define MEMBERS_DEEP	      4 /* members of members */
#define FIELDS		      (sizeof(struct task_record) / sizeof(uint64_t))

struct task_iterator {
	int link; /* holds the program, too */
	uint8_t *bytes;
	size_t room;
};

/* ---- where the kernel keeps what --------------------------------------------- */

/* The members of struct task_struct that fill a struct task_record, in its order. */
static const struct {
	const char *member;
	uint8_t size; /* BPF_W or BPF_DW: how wide it is read */
	uint8_t past; /* so many bytes behind the start of the member */
} field[] = {
	{"pid", BPF_W, 0},
	{"start_boottime", BPF_DW, 0},
	{"se.sum_exec_runtime", BPF_DW, 0},
	{"sched_info.run_delay", BPF_DW, 0},
	{"sched_info.pcount", BPF_DW, 0},
	{"__state", BPF_W, 0},
	{"exit_state", BPF_W, 0},
	{"static_prio", BPF_W, 0},
	{"policy", BPF_W, 0},
	{"rt_priority", BPF_W, 0},
	{"pending.signal", BPF_DW, 0},
	{"comm", BPF_DW, 0},
	{"comm", BPF_DW, 8},
};
_Static_assert(sizeof field / sizeof *field == FIELDS, "a field each");

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

/* The offset of a path of members, "se.sum_exec_runtime", in a structure; negative errno: none. */
static int offset_of(const struct btf *btf, const char *structure, const char *path)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? plain_type(btf, (uint32_t)id) : NULL;
	uint32_t offset = 0;

	while (t && *path) {
		size_t len = strcspn(path, ".");

		t = find_member(btf, t, (struct text){path, len}, MEMBERS_DEEP, &offset);
		path += len + (path[len] == '.');
	}
	return t && offset <= INT16_MAX ? (int)offset : -EOPNOTSUPP;
}

/* ---- the program --------------------------------------------------------------- */

#define INSTRUCTIONS_MOST (2 * FIELDS + 16)

struct program {
	struct bpf_insn instruction[INSTRUCTIONS_MOST];
	size_t n;
	int error;
};

static void add(
	struct program *p, uint8_t code, uint8_t to, uint8_t from, int offset, int32_t value)
{
	if (offset < INT16_MIN)
		p->error = -EOPNOTSUPP;
	p->instruction[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = to, .src_reg = from, .off = (int16_t)offset, .imm = value};
}

/* to = the member of what from points to. */
static void load(struct program *p, const struct btf *btf, uint8_t to, uint8_t from,
	const char *structure, const char *member, uint8_t size, int past)
{
	int offset = offset_of(btf, structure, member);

	if (offset < 0)
		p->error = offset;
	add(p, BPF_LDX | BPF_MEM | size, to, from, offset + past, 0);
}

/*
 * Called for each task, and once at the end without one: writes its record to the iterator's file.
 * r6 the context, r7 the task, the record on the stack.
 */
static void assemble(struct program *p, const struct btf *btf)
{
	const int record = -(int)sizeof(struct task_record);
	size_t jump;

	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	load(p, btf, BPF_REG_7, BPF_REG_6, "bpf_iter__task", "task", BPF_DW, 0);
	jump = p->n;
	add(p, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_7, 0, 0, 0);
	for (size_t i = 0; i < FIELDS; i++) {
		load(p, btf, BPF_REG_1, BPF_REG_7, "task_struct", field[i].member, field[i].size,
			field[i].past);
		add(p, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, record + 8 * (int)i, 0);
	}
	load(p, btf, BPF_REG_1, BPF_REG_6, "bpf_iter__task", "meta", BPF_DW, 0);
	load(p, btf, BPF_REG_1, BPF_REG_1, "bpf_iter_meta", "seq", BPF_DW, 0);
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, record);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, -record);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write);
	p->instruction[jump].off = (int16_t)(p->n - jump - 1);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int load_program(const struct btf *btf)
{
	int attach = btf__find_by_name_kind(btf, "bpf_iter_task", BTF_KIND_FUNC);
	struct program p = {0};
	struct bpf_prog_load_opts options = {
		.sz = sizeof options, .expected_attach_type = BPF_TRACE_ITER};

	if (attach < 0)
		return -EOPNOTSUPP;
	options.attach_btf_id = (uint32_t)attach;
	assemble(&p, btf);
	if (p.error)
		return p.error;
	return bpf_prog_load(
		BPF_PROG_TYPE_TRACING, "twintop_threads", "GPL", p.instruction, p.n, &options);
}

/* ---- the iterator ---------------------------------------------------------------- */

/* The kernel's own numbers are those of this /proc only in the first PID namespace. */
static bool numbers_are_ours(const struct proc_root *root)
{
	struct textbuf text = {0};
	bool ours = proc_root_is_ours(root) && !proc_readlink(root, &text, "self/ns/pid") &&
		    !strcmp(text.bytes, INITIAL_PID_NAMESPACE);

	textbuf_free(&text);
	return ours;
}

static int open_link(struct task_iterator *it, pid_t pid)
{
	union bpf_iter_link_info info = {.task.pid = (uint32_t)pid};
	struct bpf_link_create_opts options = {
		.sz = sizeof options, .iter_info = &info, .iter_info_len = sizeof info};
	struct btf *btf = btf__load_vmlinux_btf();
	int program;

	if (!btf)
		return -errno;
	program = load_program(btf);
	btf__free(btf);
	if (program < 0)
		return program;
	it->link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	close(program);
	return it->link < 0 ? it->link : 0;
}

int task_iterator_open(const struct proc_root *root, pid_t pid, struct task_iterator **ret_iterator)
{
	struct task_iterator *it;
	int error;

	if (!numbers_are_ours(root))
		return -EOPNOTSUPP;
	libbpf_set_print(NULL);
	it = mem_alloc(sizeof *it);
	*it = (struct task_iterator){.link = -1};
	error = open_link(it, pid);
	if (error)
		task_iterator_close(it);
	else
		*ret_iterator = it;
	return error;
}

void task_iterator_close(struct task_iterator *it)
{
	if (!it)
		return;
	if (it->link >= 0)
		close(it->link);
	free(it->bytes);
	free(it);
}

/* The whole of it; 0 or negative errno. */
static int read_bytes(struct task_iterator *it, int fd, size_t *ret_len)
{
	size_t len = 0;
	ssize_t got;

	do {
		if (it->room - len < READ_BYTES) {
			it->room = 2 * it->room + READ_BYTES;
			it->bytes = mem_resize(it->bytes, it->room, 1);
		}
		got = read(fd, it->bytes + len, it->room - len);
		if (got > 0)
			len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	*ret_len = len;
	return got < 0 ? -errno : 0;
}

static int compare_records(const void *a, const void *b)
{
	const struct task_record *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

int task_iterator_read(
	struct task_iterator *it, const struct task_record **ret_record, size_t *ret_n)
{
	int fd = bpf_iter_create(it->link), error;
	struct task_record *record;
	size_t len = 0, n;

	if (fd < 0)
		return fd;
	error = read_bytes(it, fd, &len);
	close(fd);
	if (error)
		return error;
	record = (void *)it->bytes;
	n = len / sizeof *record;
	/* The kernel's order is that of birth, which PIDs follow until they start anew. */
	for (size_t i = 1; i < n; i++) {
		if (record[i - 1].tid > record[i].tid) {
			qsort(record, n, sizeof *record, compare_records);
			break;
		}
	}
	*ret_record = record;
	*ret_n = n;
	return 0;
}

const struct task_record *task_record_find(
	const struct task_record *record, size_t n, size_t *at, pid_t tid)
{
	struct task_record want = {.tid = (uint64_t)tid};
	const struct task_record *found;

	for (size_t next = *at; next < n && next <= *at + 1; next++) {
		if (record[next].tid == want.tid) {
			*at = next;
			return &record[next];
		}
	}
	if (!n)
		return NULL;
	found = bsearch(&want, record, n, sizeof *record, compare_records);
	if (found)
		*at = (size_t)(found - record);
	return found;
}
