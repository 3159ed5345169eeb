/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/house.h"

#include <string.h>

#include "twintop/base/table.h"
#include "twintop/model/field.h"

static const struct person_info person_table[] = {
	[PERSON_AWAKE] = {"awake", "awake",
		"The thread runs on a CPU, or is ready and waits for one."},
	[PERSON_ASLEEP] = {"asleep", "asleep",
		"The thread sleeps in the kernel: until a time, or for a disk."},
	[PERSON_AT_DOOR] = {"at_door", "at a locked door",
		"The thread waits for a lock; whoever holds it has the key."},
	[PERSON_AT_BOX] = {"at_box", "at the letter box",
		"The thread waits in a call for a descriptor: for bytes to come, or for room to "
		"send "
		"some."},
	[PERSON_AT_BELL] = {"at_bell", "waits for the bell",
		"The thread waits until another one wakes it: a condition variable, a barrier, the "
		"end of a thread or a child, a signal."},
	[PERSON_BLOCKED] = {"blocked", "waits, for what is not known",
		"The thread does not run, and what it is blocked in was not read."},
	[PERSON_STOPPED] = {"stopped", "stopped",
		"A signal or a tracer holds the thread: it runs when it is told to go on."},
	[PERSON_ENDED] = {"ended", "ended",
		"The thread has ended; its number stays until somebody has asked how."},
};
TABLE_ROWS(person_table, PERSON_STATES);

/* Where one stands who waits for that. */
static const uint8_t place_table[] = {
	[WAIT_NOTHING] = PERSON_ASLEEP,
	[WAIT_FUTEX] = PERSON_AT_BELL,
	[WAIT_MUTEX] = PERSON_AT_DOOR,
	[WAIT_PI_MUTEX] = PERSON_AT_DOOR,
	[WAIT_JOIN] = PERSON_AT_BELL,
	[WAIT_RWLOCK] = PERSON_AT_DOOR,
	[WAIT_CONDITION] = PERSON_AT_BELL,
	[WAIT_SEMAPHORE] = PERSON_AT_DOOR,
	[WAIT_BARRIER] = PERSON_AT_BELL,
	[WAIT_READ] = PERSON_AT_BOX,
	[WAIT_WRITE] = PERSON_AT_BOX,
	[WAIT_RECEIVE] = PERSON_AT_BOX,
	[WAIT_SEND] = PERSON_AT_BOX,
	[WAIT_CONNECT] = PERSON_AT_BOX,
	[WAIT_ACCEPT] = PERSON_AT_BOX,
	[WAIT_EPOLL] = PERSON_AT_BOX,
	[WAIT_POLL] = PERSON_AT_BOX,
	[WAIT_SELECT] = PERSON_AT_BOX,
	[WAIT_FILE_LOCK] = PERSON_AT_DOOR,
	[WAIT_RECORD_LOCK] = PERSON_AT_DOOR,
	[WAIT_CHILD] = PERSON_AT_BELL,
	[WAIT_SLEEP] = PERSON_ASLEEP,
	[WAIT_SIGNAL] = PERSON_AT_BELL,
	[WAIT_OPEN] = PERSON_AT_BOX,
	[WAIT_DISK] = PERSON_ASLEEP,
	[WAIT_MESSAGE] = PERSON_AT_BOX,
	[WAIT_SYSV_SEMAPHORE] = PERSON_AT_DOOR,
};
TABLE_ROWS(place_table, WAIT_KINDS);

static const struct furniture_info furniture_table[] = {
	[FURNITURE_BOTH] = {"both", "BOTH", "one piece in both"},
	[FURNITURE_COPIED_A] = {"copied_by_a", "A WROTE", "two pieces, as A wrote"},
	[FURNITURE_COPIED_B] = {"copied_by_b", "B WROTE", "two pieces, as B wrote"},
	[FURNITURE_COPIED] = {"copied", "TWO", "two pieces, and nobody saw why"},
	[FURNITURE_LENT] = {"lent", "FILE, SHARED", "of a file, or shared for good: one piece"},
	[FURNITURE_OWN] = {"own", "ITS OWN", "in this house alone"},
};
TABLE_ROWS(furniture_table, FURNITURE_KINDS);

static const struct house_likeness likeness_table[] = {
	[HOUSE_PROCESS] = {"House", "process",
		"A process has walls: its own page tables. Nobody inside can reach what is in "
		"another house.",
		"Houses cost ground; a forked one costs nearly nothing until somebody writes, and "
		"a "
		"debugger walks through its walls.",
		"A forked house costs no ground until somebody writes."},
	[HOUSE_ROOM] = {"Room", "memory",
		"Code, data, heap and what else is mapped belong to all threads of the process.",
		"Rooms have no doors: any thread reads and writes any of them, at any time, unless "
		"the program locks.",
		"It has no door: each thread is in all rooms at once."},
	[HOUSE_PERSON] = {"Person", "thread",
		"A thread is who does the work: it has registers and a stack of its own, and "
		"all else in common with who lives with it.",
		"When one of them dies by a signal such as SIGSEGV, the whole house goes.",
		"But if one dies of SIGSEGV, the whole house goes."},
	[HOUSE_PACK] = {"Backpack", "stack",
		"Each thread carries its own stack; it fills with each call and empties with each "
		"return.",
		"A backpack is no safe: it lies in the memory of all, and every thread of the "
		"house "
		"can reach into it. Its size is drawn on a scale that doubles.",
		"But all who live here can reach into it: it is no safe."},
	[HOUSE_FURNITURE] = {"Furniture", "pages",
		"After a fork each piece stands in both houses, and is one; it turns into two when "
		"somebody writes to it.",
		"Nobody carries anything: both page tables show the same frame, and the kernel "
		"copies it when one side writes.",
		"The kernel copies it when one writes; nobody moves it."},
	[HOUSE_CHANNEL] = {"Pipe, door", "channel",
		"Separate houses talk through what the kernel gives them: pipes, sockets, signals, "
		"shared memory.",
		"A pipe has no length and keeps bytes, in the kernel, until they are read; shared "
		"memory is no pipe but a room that is in both.",
		"The kernel keeps what is in it; it has no length."},
	[HOUSE_DOOR] = {"Locked door", "lock",
		"Who finds a lock taken waits at it until whoever has it, and so the key, lets go.",
		"Behind it is no room: a lock keeps out only who asks for it.",
		"It keeps out only who asks for the key."},
};
TABLE_ROWS(likeness_table, HOUSE_THINGS);

const struct person_info *person_info(enum person_state state)
{
	return &person_table[state < PERSON_STATES ? state : PERSON_BLOCKED];
}

const struct furniture_info *furniture_info(enum furniture kind)
{
	return &furniture_table[kind < FURNITURE_KINDS ? kind : FURNITURE_OWN];
}

const struct house_likeness *house_likeness(enum house_thing thing)
{
	return &likeness_table[thing < HOUSE_THINGS ? thing : HOUSE_PROCESS];
}

const char *house_room_name(enum segment segment)
{
	static const char *const name[] = {
		[SEGMENT_CODE] = "code",
		[SEGMENT_DATA] = "data",
		[SEGMENT_HEAP] = "heap",
		[SEGMENT_STACKS] = "stacks",
		[SEGMENT_ANONYMOUS] = "anon",
		[SEGMENT_SHARED] = "shared",
		[SEGMENT_LIBRARIES] = "libs",
		[SEGMENT_FILES] = "files",
	};
	TABLE_ROWS(name, SEGMENTS);

	return segment < SEGMENTS ? name[segment] : "";
}

bool house_is_one(const struct moment *m)
{
	return m->pair && m->pair->relation == RELATION_THREADS;
}

/* ---- people ------------------------------------------------------------------ */

/* Whether it is known what one that does not run is blocked in. */
static bool knows_call(const struct thread *t)
{
	return value_state_has_value(thread_source_state(t, THREAD_SYSCALL));
}

enum person_state person_state_of(const struct thread *t)
{
	enum wait_kind kind;

	switch (t->run->state) {
	case 'R':
		return PERSON_AWAKE;
	case 'T':
	case 't':
		return PERSON_STOPPED;
	case 'Z':
	case 'X':
		return PERSON_ENDED;
	default:
		break;
	}
	kind = wait_of(t).kind;
	if (kind == WAIT_NOTHING && !knows_call(t))
		return PERSON_BLOCKED;
	return (enum person_state)place_table[kind < WAIT_KINDS ? kind : WAIT_NOTHING];
}

struct person_pack person_pack_of(const struct moment *m, unsigned side, size_t i)
{
	const struct field *used = field_find("thread.stack.used_bytes");
	const struct field *size = field_find("thread.stack.reserved_bytes");
	const struct record r = {m, RECORD_THREAD, side, i};

	return (struct person_pack){used->get(&r), size->get(&r)};
}

/* ---- furniture --------------------------------------------------------------- */

uint64_t house_room_pieces(const struct house_room *room)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < FURNITURE_KINDS; k++)
		n += room->pieces[k];
	return n;
}

static void add_pieces(struct house_room *room, const struct pair_pages *p)
{
	room->pieces[FURNITURE_BOTH] += p->cow_shared;
	room->pieces[FURNITURE_COPIED_A] += p->copied_by_a;
	room->pieces[FURNITURE_COPIED_B] += p->copied_by_b;
	room->pieces[FURNITURE_COPIED] +=
		p->copied - p->copied_by_a - p->copied_by_b + p->born_apart;
	room->pieces[FURNITURE_LENT] += p->file_shared + p->shared_memory;
	room->fresh += p->fresh;
}

/* Of the pair's rows, those that the side has. */
static void add_compared(const struct moment *m, unsigned side, struct house *h)
{
	const struct verdicts *v = m->pair->verdicts;

	for (size_t i = 0; i < v->mappings_n; i++) {
		int at = side ? v->mapping[i].b : v->mapping[i].a;
		unsigned segment;

		if (at < 0)
			continue;
		segment = segment_of(side_mapping_kind(&m->snapshot->side[side], (size_t)at));
		if (segment < SEGMENTS)
			add_pieces(&h->room[segment], &v->mapping[i].pages);
	}
}

/* What is there beside that is the side's own. */
static void add_own(struct house_room *room, uint64_t page_size)
{
	uint64_t resident = page_size ? room->sum.resident_bytes / page_size : 0;
	uint64_t told = house_room_pieces(room);

	if (resident > told)
		room->pieces[FURNITURE_OWN] = resident - told;
}

/* Why what is in one house is not told from what is in the other: static; NULL: it is. */
static const char *not_compared(const struct pair *p)
{
	if (pair_apart(p))
		return pair_apart(p);
	if (p->one_space)
		return "A and B are one address space: all is in common";
	return pair_pages_reason(p);
}

static void furnish(const struct moment *m, unsigned side, struct house *h)
{
	const struct page_map *pages = m->snapshot->side[side].pages;

	h->pages = pages ? pages->part.state : VALUE_UNREAD;
	if (!page_map_known(pages) || pages->memory != m->snapshot->side[side].memory)
		return;
	h->why = m->pair ? not_compared(m->pair) : NULL;
	h->compared = m->pair && !h->why;
	if (h->compared)
		add_compared(m, side, h);
	for (unsigned k = 0; k < SEGMENTS; k++)
		add_own(&h->room[k], pages->page_size);
}

void house_of(const struct moment *m, unsigned side, struct house *ret)
{
	const struct side *s = &m->snapshot->side[side];
	struct segment_sum sum[SEGMENTS] = {{0}};

	memset(ret, 0, sizeof *ret);
	ret->memory = s->memory ? s->memory->part.state : VALUE_UNREAD;
	segments_add(s, sum);
	for (unsigned k = 0; k < SEGMENTS; k++)
		ret->room[k].sum = sum[k];
	furnish(m, side, ret);
	ret->threads = s->threads ? s->threads->part.state : VALUE_UNREAD;
	ret->persons_n = s->threads ? s->threads->n : 0;
	for (size_t i = 0; i < ret->persons_n; i++) {
		const struct thread t = thread_at(s->threads, i);

		ret->by_state[person_state_of(&t)]++;
	}
}
