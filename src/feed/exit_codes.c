/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exit_codes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/proc/kcode.h"

#define NOTES	   16384u /* a power of two; PIDs are handed out in their order */
#define DEEP	   8	  /* PID namespaces that may lie above ours */
#define WORD	   ((int)sizeof(uint64_t))
#define UPID_BYTES 16 /* linux/pid.h, struct upid: a number, then whose it is */

#define SIGNAL_GROUP_EXIT 4 /* linux/sched/signal.h: all end with one status */

/* Of the process whose number is that, modulo NOTES. */
struct note {
	uint64_t end_ns; /* CLOCK_MONOTONIC */
	uint32_t status, pid;
};

struct exit_codes {
	int link;	   /* holds the program, too */
	struct note *note; /* of the map; MAP_FAILED: none */
};

/* ---- the program ----------------------------------------------------------------- */

/*
 * Ends here for a task in r7 unless it is the last of its process and perf events listen to it; its
 * signal structure goes to r8.
 */
static void skip_others(struct kcode *c, const struct btf_type *task, const struct btf_type *signal)
{
	static const struct kcode_field live = {"live.counter", BPF_W, 0};

	kcode_load_pointer(c, BPF_REG_1, BPF_REG_7, task, "perf_event_ctxp");
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_load_pointer(c, BPF_REG_8, BPF_REG_7, task, "signal");
	kcode_load_field(c, BPF_REG_1, BPF_REG_8, signal, &live);
	kcode_skip_if(c, BPF_JNE | BPF_K, 0, 0);
}

/* r9: what wait(2) will say (kernel/exit.c, wait_task_zombie()); r7: the main thread. */
static void load_status(struct kcode *c, const struct btf_type *task, const struct btf_type *signal)
{
	static const struct kcode_field flags = {"flags", BPF_W, 0}, own = {"exit_code", BPF_W, 0},
					group = {"group_exit_code", BPF_W, 0};
	size_t all;

	kcode_load_pointer(c, BPF_REG_7, BPF_REG_7, task, "group_leader");
	kcode_load_field(c, BPF_REG_9, BPF_REG_8, signal, &group);
	kcode_load_field(c, BPF_REG_1, BPF_REG_8, signal, &flags);
	all = c->n;
	kcode_add(c, BPF_JMP | BPF_JSET | BPF_K, BPF_REG_1, 0, 0, SIGNAL_GROUP_EXIT);
	kcode_load_field(c, BPF_REG_9, BPF_REG_7, task, &own);
	kcode_land(c, all);
}

/* r8: the number of the main thread in r7, as the PID namespace of that inode counts it. */
static void load_number(struct kcode *c, const struct btf_type *task, uint32_t inode)
{
	static const struct kcode_field level = {"level", BPF_W, 0}, inum = {"ns.inum", BPF_W, 0};
	const struct btf_type *pid = kcode_structure(c, "pid");
	const struct btf_type *namespace = kcode_structure(c, "pid_namespace");
	size_t found[DEEP - 1];

	kcode_load_pointer(c, BPF_REG_7, BPF_REG_7, task, "thread_pid");
	for (int i = 0; i < DEEP; i++) {
		const struct kcode_field number = {"numbers", BPF_W, (uint8_t)(i * UPID_BYTES)};
		const struct kcode_field above = {
			"numbers", BPF_DW, (uint8_t)(i * UPID_BYTES + WORD)};

		kcode_load_field(c, BPF_REG_1, BPF_REG_7, pid, &level);
		kcode_skip_if(c, BPF_JLT | BPF_K, 0, i);
		kcode_load_field(c, BPF_REG_8, BPF_REG_7, pid, &number);
		kcode_load_field(c, BPF_REG_1, BPF_REG_7, pid, &above);
		kcode_load_field(c, BPF_REG_1, BPF_REG_1, namespace, &inum);
		kcode_add(c, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, (int32_t)inode);
		if (i == DEEP - 1)
			break;
		found[i] = c->n;
		kcode_add(c, BPF_JMP | BPF_JEQ | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
	}
	kcode_skip_if(c, BPF_JNE | BPF_X, BPF_REG_2, 0);
	for (int i = 0; i < DEEP - 1; i++)
		kcode_land(c, found[i]);
}

/* The note of the number in r8 with the status in r9; the number is written last. */
static void write_note(struct kcode *c, int map)
{
	kcode_add(c, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_8, 0, 0);
	kcode_add(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, NOTES - 1);
	kcode_add(c, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_1, -WORD, 0);
	kcode_add(c, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	kcode_add(c, 0, 0, 0, 0, 0); /* its second half */
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -WORD);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_0, 0, 0);
	kcode_skip_if(c, BPF_JEQ | BPF_K, 0, 0);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns);
	kcode_add(c, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_0,
		(int)offsetof(struct note, end_ns), 0);
	kcode_add(c, BPF_STX | BPF_MEM | BPF_W, BPF_REG_7, BPF_REG_9,
		(int)offsetof(struct note, status), 0);
	kcode_add(c, BPF_STX | BPF_MEM | BPF_W, BPF_REG_7, BPF_REG_8,
		(int)offsetof(struct note, pid), 0);
}

/* Called with the task that ends, and what later kernels say besides. */
static void assemble(struct kcode *c, uint32_t inode, int map)
{
	const struct btf_type *task = kcode_structure(c, "task_struct");
	const struct btf_type *signal = kcode_structure(c, "signal_struct");

	kcode_add(c, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_1, 0, 0);
	skip_others(c, task, signal);
	load_status(c, task, signal);
	load_number(c, task, inode);
	write_note(c, map);
	kcode_skips_end(c);
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	kcode_add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Its descriptor or negative errno. */
static int load_program(uint32_t inode, int map)
{
	struct kcode code;
	int error = kcode_open(&code), program;

	if (error)
		return error;
	assemble(&code, inode, map);
	program = kcode_load(&code, "twintop_exits", BTF_KIND_TYPEDEF,
		"btf_trace_sched_process_exit", BPF_TRACE_RAW_TP);
	kcode_close(&code);
	return program;
}

/* ---- from the first to the last -------------------------------------------------- */

/* 0 or negative errno. */
static int read_inode(const struct proc_root *root, uint32_t *ret_inode)
{
	int fd = proc_open(root, O_RDONLY, "self/ns/pid");
	struct stat st;
	int error = fd < 0 ? fd : fstat(fd, &st) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (!error)
		*ret_inode = (uint32_t)st.st_ino;
	return error;
}

static int attach(struct exit_codes *c, uint32_t inode, int map)
{
	int program;

	c->note = mmap(NULL, NOTES * sizeof *c->note, PROT_READ, MAP_SHARED, map, 0);
	if (c->note == MAP_FAILED)
		return -errno;
	program = load_program(inode, map);
	if (program < 0)
		return program;
	c->link = bpf_raw_tracepoint_open(NULL, program);
	close(program);
	return c->link < 0 ? c->link : 0;
}

int exit_codes_open(const struct proc_root *root, struct exit_codes **ret_codes)
{
	struct bpf_map_create_opts options = {.sz = sizeof options, .map_flags = BPF_F_MMAPABLE};
	struct exit_codes *c;
	uint32_t inode;
	int error = read_inode(root, &inode), map;

	if (error)
		return error;
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "twintop_exits", sizeof(uint32_t), sizeof *c->note,
		NOTES, &options);
	if (map < 0)
		return map;
	c = mem_alloc(sizeof *c);
	*c = (struct exit_codes){.link = -1, .note = MAP_FAILED};
	error = attach(c, inode, map);
	close(map);
	if (error)
		exit_codes_close(c);
	else
		*ret_codes = c;
	return error;
}

void exit_codes_close(struct exit_codes *c)
{
	if (!c)
		return;
	if (c->link >= 0)
		close(c->link);
	if (c->note != MAP_FAILED)
		munmap(c->note, NOTES * sizeof *c->note);
	free(c);
}

int64_t exit_codes_find(const struct exit_codes *c, pid_t pid, uint64_t since_ns)
{
	const struct note *n = c ? &c->note[(uint32_t)pid % NOTES] : NULL;

	if (!n || __atomic_load_n(&n->pid, __ATOMIC_ACQUIRE) != (uint32_t)pid ||
		__atomic_load_n(&n->end_ns, __ATOMIC_RELAXED) < since_ns)
		return -1;
	return (int64_t)(__atomic_load_n(&n->status, __ATOMIC_RELAXED) & 0xffff);
}
