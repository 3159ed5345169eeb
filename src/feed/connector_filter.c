/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connector_filter.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/vec.h"

/* From the start of the datagram. A word is loaded as the network has it: swapped. */
#define AT_EVENT   (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define AT(member) ((int32_t)(AT_EVENT + offsetof(struct proc_event, member)))

/* Exec, new name and end say whose they are at one place, where a fork says who forked. */
#define AT_PROCESS AT(event_data.exit.process_tgid)
_Static_assert(offsetof(struct proc_event, event_data.fork.parent_tgid) ==
			       offsetof(struct proc_event, event_data.exit.process_tgid) &&
		       offsetof(struct proc_event, event_data.exec.process_tgid) ==
			       offsetof(struct proc_event, event_data.exit.process_tgid) &&
		       offsetof(struct proc_event, event_data.comm.process_tgid) ==
			       offsetof(struct proc_event, event_data.exit.process_tgid),
	"one place tells of all");

#define MAP_ROOM     16384u
#define CLASSIC_MOST 256u /* processes; a program has 4,096 instructions at most */
#define INSTRUCTIONS 64u

struct connector_filter {
	int socket;
	int map;	    /* has swapped PIDs; -1: classic */
	VEC(pid_t) process; /* classic … */
	bool changed;	    /* … that is to be attached anew */
};

/* ---- eBPF: the map says who is told of, and a fork adds to it --------------- */

struct program {
	struct bpf_insn instruction[INSTRUCTIONS];
	size_t n;
};

static size_t add(
	struct program *p, uint8_t code, uint8_t to, uint8_t from, int offset, int32_t value)
{
	p->instruction[p->n] = (struct bpf_insn){
		.code = code, .dst_reg = to, .src_reg = from, .off = (int16_t)offset, .imm = value};
	return p->n++;
}

/* The jump at `from` goes to what comes next. */
static void land(struct program *p, size_t from)
{
	p->instruction[from].off = (int16_t)(p->n - from - 1);
}

static size_t jump_if(struct program *p, uint8_t test, uint8_t what, uint32_t value)
{
	return add(p, BPF_JMP | test | BPF_K, what, 0, 0, (int32_t)value);
}

static void give_back(struct program *p, int32_t verdict)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, verdict);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* r0: the word at that place of the message, whose context is in r6. */
static void load_word(struct program *p, int32_t at)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, 0, at);
}

static void load_map(struct program *p, int map)
{
	add(p, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
	add(p, 0, 0, 0, 0, 0);
}

static void point_to(struct program *p, uint8_t reg, int32_t slot)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, reg, BPF_REG_10, 0, 0);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, slot);
}

/* r0: where the role of the process at that place of the message is, whose number goes to slot. */
static void look_up(struct program *p, int map, int32_t at, int32_t slot)
{
	load_word(p, at);
	add(p, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_0, slot, 0);
	load_map(p, map);
	point_to(p, BPF_REG_2, slot);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
}

enum slot { SLOT_PROCESS = -4, SLOT_CHILD = -8, SLOT_VALUE = -12 };

/* A fork: of a thread of one of ours, or of its child, which is ours from now on. */
static void assemble_fork(struct program *p, int map)
{
	size_t known, nobody;

	look_up(p, map, AT(event_data.fork.child_tgid), SLOT_CHILD);
	known = jump_if(p, BPF_JNE, BPF_REG_0, 0);
	look_up(p, map, AT_PROCESS, SLOT_PROCESS);
	nobody = jump_if(p, BPF_JEQ, BPF_REG_0, 0);
	add(p, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, SLOT_VALUE, 1);
	load_map(p, map);
	point_to(p, BPF_REG_2, SLOT_CHILD);
	point_to(p, BPF_REG_3, SLOT_VALUE);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_ANY);
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_update_elem);
	land(p, known);
	give_back(p, -1);
	land(p, nobody);
	give_back(p, 0);
}

static void assemble(struct program *p, int map)
{
	static const uint32_t own[] = {PROC_EVENT_EXEC, PROC_EVENT_COMM, PROC_EVENT_EXIT};
	size_t fork, is_own[sizeof own / sizeof *own], nobody;

	add(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	load_word(p, AT(what));
	fork = jump_if(p, BPF_JEQ, BPF_REG_0, htonl(PROC_EVENT_FORK));
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		is_own[i] = jump_if(p, BPF_JEQ, BPF_REG_0, htonl(own[i]));
	give_back(p, 0);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		land(p, is_own[i]);
	look_up(p, map, AT_PROCESS, SLOT_PROCESS);
	nobody = jump_if(p, BPF_JEQ, BPF_REG_0, 0);
	give_back(p, -1);
	land(p, nobody);
	give_back(p, 0);
	land(p, fork);
	assemble_fork(p, map);
}

static int attach_ebpf(struct connector_filter *f)
{
	struct program p = {0};
	int error, program;

	f->map = bpf_map_create(BPF_MAP_TYPE_HASH, "twintop_told", sizeof(uint32_t),
		sizeof(uint32_t), MAP_ROOM, NULL);
	if (f->map < 0)
		return f->map;
	assemble(&p, f->map);
	program = bpf_prog_load(
		BPF_PROG_TYPE_SOCKET_FILTER, "twintop_told", "GPL", p.instruction, p.n, NULL);
	error = program < 0 ? program : 0;
	if (!error && setsockopt(f->socket, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program))
		error = -errno;
	if (program >= 0)
		close(program);
	if (error) {
		close(f->map);
		f->map = -1;
	}
	return error;
}

/* ---- classic BPF: a program that names all ---------------------------------- */

VEC_STRUCT(codes, struct sock_filter);

static void add_code(struct codes *to, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	VEC_PUSH(to, (struct sock_filter){code, if_true, if_false, k});
}

/* Takes the message where the loaded word is the number; goes on where it is not. */
static void take_if(struct codes *to, uint32_t number)
{
	add_code(to, BPF_JMP | BPF_JEQ | BPF_K, htonl(number), 0, 1);
	add_code(to, BPF_RET | BPF_K, UINT32_MAX, 0, 0);
}

static void take_if_ours(struct codes *to, const struct connector_filter *f, int32_t at)
{
	add_code(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
	for (size_t i = 0; i < f->process.n && i < CLASSIC_MOST; i++)
		take_if(to, (uint32_t)f->process.item[i]);
}

/* Takes a message of that kind where two places of it say the same: of a process, not a thread. */
static void take_if_alike(struct codes *to, uint32_t kind, int32_t at, int32_t other)
{
	add_code(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)AT(what), 0, 0);
	add_code(to, BPF_JMP | BPF_JEQ | BPF_K, htonl(kind), 0, 5);
	add_code(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
	add_code(to, BPF_MISC | BPF_TAX, 0, 0, 0);
	add_code(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)other, 0, 0);
	add_code(to, BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1);
	add_code(to, BPF_RET | BPF_K, UINT32_MAX, 0, 0);
}

/*
 * By whose parent forked or who ended, then by whose child ended or who was born: where that is not
 * asked, what stands there is no number of ours, or only lets too much through.
 */
static void write_codes(struct codes *to, const struct connector_filter *f)
{
	if (f->process.n) {
		add_code(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)AT(what), 0, 0);
		take_if(to, PROC_EVENT_EXEC);
		take_if(to, PROC_EVENT_COMM);
		take_if_alike(to, PROC_EVENT_FORK, AT(event_data.fork.child_pid),
			AT(event_data.fork.child_tgid));
		take_if_alike(to, PROC_EVENT_EXIT, AT(event_data.exit.process_pid),
			AT(event_data.exit.process_tgid));
		add_code(to, BPF_LD | BPF_W | BPF_ABS, (uint32_t)AT(what), 0, 0);
		add_code(to, BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 2, 0);
		add_code(to, BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXIT), 1, 0);
		add_code(to, BPF_RET | BPF_K, 0, 0, 0);
		take_if_ours(to, f, AT_PROCESS);
		take_if_ours(to, f, AT(event_data.fork.child_tgid));
		take_if_ours(to, f, AT(event_data.exit.parent_tgid));
	}
	add_code(to, BPF_RET | BPF_K, 0, 0, 0);
}

static int attach_classic(const struct connector_filter *f)
{
	struct sock_fprog program;
	struct codes codes = {0};
	int error;

	write_codes(&codes, f);
	program = (struct sock_fprog){(unsigned short)codes.n, codes.item};
	error = setsockopt(f->socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)
			? -errno
			: 0;
	VEC_FREE(&codes);
	return error;
}

static void set_classic(struct connector_filter *f, pid_t pid, bool told)
{
	size_t i = 0;

	while (i < f->process.n && f->process.item[i] != pid)
		i++;
	if (told == (i < f->process.n))
		return;
	if (told)
		VEC_PUSH(&f->process, pid);
	else
		f->process.item[i] = f->process.item[--f->process.n];
	f->changed = true;
}

/* ---- both ------------------------------------------------------------------ */

int connector_filter_open(int socket, bool classic, struct connector_filter **ret_filter)
{
	struct connector_filter *f = mem_alloc(sizeof *f);
	int error;

	*f = (struct connector_filter){.socket = socket, .map = -1};
	error = classic || attach_ebpf(f) ? attach_classic(f) : 0;
	if (error)
		connector_filter_close(f);
	else
		*ret_filter = f;
	return error;
}

void connector_filter_close(struct connector_filter *f)
{
	if (!f)
		return;
	if (f->map >= 0)
		close(f->map);
	VEC_FREE(&f->process);
	free(f);
}

void connector_filter_set(struct connector_filter *f, pid_t pid, bool told)
{
	uint32_t key = htonl((uint32_t)pid), value = 1;

	if (f->map < 0)
		set_classic(f, pid, told);
	else if (told)
		bpf_map_update_elem(f->map, &key, &value, BPF_ANY);
	else
		bpf_map_delete_elem(f->map, &key);
}

int connector_filter_apply(struct connector_filter *f)
{
	bool changed = f->changed;

	f->changed = false;
	return changed ? attach_classic(f) : 0;
}
