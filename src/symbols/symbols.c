/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks: addresses put in order by module, questions to the process that reads, its answers. */
#include "twintop/symbols/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include "symbols_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/nursery.h"

#define NAME	 "twintop-symbols"
#define AGAIN_NS 10000000000u /* what has hung or broken it is asked again after so long */

void symbols_order(const struct proc_root *root)
{
	nursery_order(root, NAME, worker_main);
}

struct symbols *symbols_new(const struct proc_root *root)
{
	struct symbols *s = mem_alloc(sizeof *s);

	s->root = root;
	s->socket = -1;
	return s;
}

void symbols_end_worker(struct symbols *s)
{
	if (s->socket >= 0)
		nursery_end(s->root, s->socket, s->pid);
	s->socket = -1;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	symbols_end_worker(s);
	VEC_FREE(&s->lost);
	rules_free(&s->rules);
	free(s);
}

/* ---- what is lost ---------------------------------------------------------- */

/* Why it is not asked; no gap: it may be. */
static enum symbol_gap lost_gap(struct symbols *s)
{
	uint64_t now = clock_monotonic_ns();
	enum symbol_gap gap = SYMBOL_NO_GAP;
	size_t kept = 0;

	for (size_t i = 0; i < s->lost.n; i++) {
		struct lost l = s->lost.item[i];

		if (now - l.since_ns > AGAIN_NS)
			continue;
		if (task_id_equal(l.id, s->message.question.id) &&
			l.start == s->message.question.base_start)
			gap = l.gap;
		s->lost.item[kept++] = l;
	}
	s->lost.n = kept;
	return gap;
}

enum symbol_gap symbols_lose(struct symbols *s, enum symbol_gap gap)
{
	symbols_end_worker(s);
	VEC_PUSH(&s->lost, (struct lost){s->message.question.id, s->message.question.base_start,
				   gap, clock_monotonic_ns()});
	return gap;
}

/* One address, and where its answer goes. */
struct wish {
	uint64_t address;
	struct symbol *symbol;
	const struct mapping *mapping;
};

/* ---- one question ---------------------------------------------------------- */

/* Waits for the answer. Its length; -ETIMEDOUT, or -EPIPE: nobody answers any more. */
static ssize_t await(struct symbols *s)
{
	uint64_t until = clock_monotonic_ns() + SYMBOLS_DEADLINE_NS, now;
	struct pollfd p = {.fd = s->socket, .events = POLLIN};

	while ((now = clock_monotonic_ns()) < until) {
		int ready = poll(&p, 1, (int)((until - now) / 1000000u) + 1);
		ssize_t got;

		if (ready <= 0)
			continue;
		got = recv(s->socket, s->answer, sizeof s->answer, 0);
		return got > 0 ? got : -EPIPE;
	}
	return -ETIMEDOUT;
}

static bool ask_worker(struct symbols *s)
{
	size_t len = sizeof s->message.question;

	if (s->message.question.unwinds)
		len = offsetof(struct wire_message, unwind.stack) + s->message.unwind.stack_n;
	return send(s->socket, &s->message, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Puts the question to a process that is there, or is started. 0 or negative errno. */
static int put_question(struct symbols *s)
{
	int error;

	/* One that somebody ended meanwhile does not take it. */
	if (s->socket >= 0 && ask_worker(s))
		return 0;
	symbols_end_worker(s);
	error = nursery_start(s->root, NAME, worker_main, &s->socket, &s->pid);
	if (error)
		s->socket = -1;
	return error ? error : ask_worker(s) ? 0 : -EPIPE;
}

enum symbol_gap symbols_exchange(struct symbols *s, size_t *ret_len)
{
	enum symbol_gap gap = lost_gap(s);
	ssize_t got;

	if (gap)
		return gap;
	if (put_question(s))
		return symbols_lose(s, SYMBOL_FORK);
	got = await(s);
	if (got < 0)
		return symbols_lose(s, got == -ETIMEDOUT ? SYMBOL_LATE : SYMBOL_BROKE);
	*ret_len = (size_t)got;
	return SYMBOL_NO_GAP;
}

/* ---- its answer, which may say anything ------------------------------------- */

struct reading {
	const char *at, *end;
	struct arena *arena;
};

static bool take(struct reading *r, void *out, size_t size)
{
	if ((size_t)(r->end - r->at) < size)
		return false;
	memcpy(out, r->at, size);
	r->at += size;
	return true;
}

static bool take_text(struct reading *r, size_t len, struct text *ret)
{
	if ((size_t)(r->end - r->at) < len)
		return false;
	*ret = (struct text){arena_copy(r->arena, r->at, len), len};
	r->at += len;
	return true;
}

static bool take_frames(struct reading *r, const struct wire_symbol *wire, struct symbol *ret)
{
	struct symbol_frame *frame;

	if (wire->frames > sizeof wire->frame / sizeof *wire->frame)
		return false;
	frame = arena_array(r->arena, wire->frames, sizeof *frame);
	for (uint32_t i = 0; i < wire->frames; i++) {
		if (!take_text(r, wire->frame[i].function_len, &frame[i].function) ||
			!take_text(r, wire->frame[i].file_len, &frame[i].file))
			return false;
		frame[i].line = wire->frame[i].line;
	}
	ret->frame = frame;
	ret->frames = wire->frames;
	return true;
}

static void set_label(struct arena *arena, struct symbol *s)
{
	struct textbuf label = {0};

	textbuf_add(&label, s->name.bytes, s->name.len);
	if (s->offset)
		textbuf_addf(&label, "+0x%" PRIx64, s->offset);
	s->label = (struct text){arena_copy(arena, label.bytes, label.len), label.len};
	textbuf_free(&label);
}

static bool take_symbol(struct reading *r, struct symbol *ret)
{
	struct wire_symbol wire = {0};

	if (!take(r, &wire, sizeof wire) || wire.gap >= SYMBOL_GAPS ||
		wire.line_gap >= SYMBOL_GAPS || (!wire.gap && !wire.name_len) ||
		!take_text(r, wire.name_len, &ret->name))
		return false;
	ret->gap = (enum symbol_gap)wire.gap;
	ret->line_gap = (enum symbol_gap)wire.line_gap;
	ret->is_data = wire.is_data;
	ret->has_module_address = wire.has_module_address;
	ret->module_address = wire.module_address;
	ret->offset = wire.offset;
	set_label(r->arena, ret);
	return take_frames(r, &wire, ret);
}

/* Takes what was answered of the n; how many, 0: it is no answer. */
static size_t take_answer(
	struct symbols *s, size_t len, struct arena *arena, const struct wish *wish, size_t n)
{
	struct reading r = {s->answer, s->answer + len, arena};
	struct text id, module = {0};
	struct wire_answer head = {0};

	if (!take(&r, &head, sizeof head) || head.n > n || !take_text(&r, head.id_len, &id) ||
		!take_text(&r, head.module_len, &module))
		return 0;
	for (uint32_t i = 0; i < head.n; i++) {
		if (!take_symbol(&r, wish[i].symbol))
			return 0;
		wish[i].symbol->build_id = id;
		if (module.len)
			wish[i].symbol->module = module;
	}
	if (head.leaves)
		symbols_end_worker(s);
	return head.n;
}

/* ---- mappings -------------------------------------------------------------- */

static bool is_of_file(const struct mapping *m)
{
	return mapping_has_object(m) && m->path.len && m->path.bytes[0] == '/' &&
	       m->kind != MAPPING_DEVICE && m->origin != ORIGIN_DEVICE;
}

static bool is_same_file(const struct mapping *a, const struct mapping *b)
{
	return a->inode == b->inode && a->device_major == b->device_major &&
	       a->device_minor == b->device_minor && text_equal(a->path, b->path);
}

/* The mapping of a file that an address without one continues: a module's zeroed data. */
static const struct mapping *module_before(const struct memory_map *memory, const struct mapping *m)
{
	uint64_t start = m->start;

	while (m > memory->mapping && !mapping_has_object(m) && !(m->flags & MAPPING_SHARED)) {
		m--;
		if (m->end != start)
			return NULL;
		if (is_of_file(m))
			return m;
		start = m->start;
	}
	return NULL;
}

/* The first mapping of the loading that m is of: those of one follow each other, offsets rising. */
static const struct mapping *first_of(const struct memory_map *memory, const struct mapping *m)
{
	const struct mapping *first = m;

	for (const struct mapping *at = m; at-- > memory->mapping && first->offset;) {
		if (!mapping_has_object(at))
			continue;
		if (!is_same_file(at, m) || at->offset > first->offset)
			break;
		first = at;
	}
	return first;
}

static void set_file(
	struct wire_question *q, const struct memory_map *memory, const struct mapping *m)
{
	const struct mapping *first = first_of(memory, m);

	q->what = WIRE_FILE;
	q->start = m->start;
	q->end = m->end;
	q->base_start = first->start;
	q->base_offset = first->offset;
	q->deleted = m->deleted && value_state_has_value(m->deleted_state);
	q->object_is = m->object.is;
	q->device = m->object.is == MAPPING_OBJECT_STATED
			    ? m->object.device
			    : makedev(m->device_major, m->device_minor);
	q->inode = m->object.is == MAPPING_OBJECT_STATED ? m->object.inode : m->inode;
	q->path_len = m->path.len < sizeof q->path ? m->path.len : 0;
	memcpy(q->path, m->path.bytes, q->path_len);
}

enum symbol_gap symbols_question(
	struct symbols *s, const struct symbols_target *target, const struct mapping *m)
{
	struct wire_question *q = &s->message.question;
	const struct mapping *module;

	*q = (struct wire_question){.id = target->id,
		.through = target->through,
		.start = m->start,
		.end = m->end,
		.base_start = m->start,
		.hurried = target->hurried,
		.executable = m->flags & MAPPING_EXEC};
	module = is_of_file(m) ? m : module_before(target->memory, m);
	if (m->kind == MAPPING_VDSO)
		q->what = WIRE_VDSO;
	else if (m->flags & MAPPING_EXEC && module != m)
		q->what = WIRE_CODE_MADE;
	else if (module)
		set_file(q, target->memory, module);
	else
		return SYMBOL_ANONYMOUS;
	return SYMBOL_NO_GAP;
}

/* ---- all of them ----------------------------------------------------------- */

VEC_STRUCT(wishes, struct wish);

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static void fail_all(const struct wish *wish, size_t n, enum symbol_gap gap)
{
	for (size_t i = 0; i < n; i++)
		wish[i].symbol->gap = wish[i].symbol->line_gap = gap;
}

/* Asks of the first n wishes, all of one mapping; how many were answered, with a name or without.
 */
static size_t ask_some(struct symbols *s, const struct wish *wish, size_t n, struct arena *arena)
{
	size_t len = 0, done;
	enum symbol_gap gap;

	s->message.question.n = n < WIRE_ADDRESSES ? n : WIRE_ADDRESSES;
	for (size_t i = 0; i < s->message.question.n; i++)
		s->message.question.address[i] = wish[i].address;
	gap = symbols_exchange(s, &len);
	done = gap ? 0 : take_answer(s, len, arena, wish, s->message.question.n);
	if (done)
		return done;
	if (!gap)
		gap = symbols_lose(s, SYMBOL_BROKE);
	fail_all(wish, n, gap);
	return n;
}

/*
 * Code of a file that is no module may still have names, where it was made at run time; else it
 * stays unnamed as it is.
 */
static void try_code(struct symbols *s, const struct wish *wish, size_t n, struct arena *arena)
{
	s->message.question.what = WIRE_CODE_MADE;
	for (size_t done = 0; done < n;)
		done += ask_some(s, wish + done, n - done, arena);
	if (wish->symbol->gap == SYMBOL_PERF_MAP)
		fail_all(wish, n, SYMBOL_NO_ELF);
}

static void ask_mapping(struct symbols *s, const struct symbols_target *target,
	const struct wish *wish, size_t n, struct arena *arena)
{
	enum symbol_gap gap = symbols_question(s, target, wish->mapping);

	if (gap) {
		fail_all(wish, n, gap);
		return;
	}
	for (size_t done = 0; done < n;)
		done += ask_some(s, wish + done, n - done, arena);
	if (wish->symbol->gap != SYMBOL_NO_ELF)
		return;
	if (!is_of_file(wish->mapping)) /* it lies behind the file, and is no module's data */
		fail_all(wish, n, SYMBOL_ANONYMOUS);
	else if (s->message.question.executable)
		try_code(s, wish, n, arena);
}

static void begin_symbol(
	struct wish *wish, const struct symbols_target *target, struct arena *arena)
{
	ptrdiff_t at = memory_find(target->memory, wish->address);
	const struct mapping *m = at < 0 ? NULL : &target->memory->mapping[at], *module;

	*wish->symbol = (struct symbol){
		.address = wish->address, .gap = SYMBOL_UNMAPPED, .line_gap = SYMBOL_UNMAPPED};
	wish->mapping = m;
	if (!m)
		return;
	/* Code made at run time is nobody's, whatever lies before it. */
	module = m->path.len		   ? m
		 : m->flags & MAPPING_EXEC ? NULL
					   : module_before(target->memory, m);
	if (module)
		wish->symbol->module = (struct text){
			arena_copy(arena, module->path.bytes, module->path.len), module->path.len};
}

void symbols_ask(struct symbols *s, const struct symbols_target *target, const uint64_t *address,
	size_t n, struct arena *arena, struct symbol *ret)
{
	struct wishes wishes = {0};
	size_t at = 0, end;

	for (size_t i = 0; i < n; i++) {
		struct wish wish = {address[i], &ret[i], NULL};

		begin_symbol(&wish, target, arena);
		if (wish.mapping)
			VEC_PUSH(&wishes, wish);
	}
	if (wishes.n)
		qsort(wishes.item, wishes.n, sizeof *wishes.item, compare_wishes);
	for (; at < wishes.n; at = end) {
		for (end = at + 1;
			end < wishes.n && wishes.item[end].mapping == wishes.item[at].mapping;)
			end++;
		ask_mapping(s, target, wishes.item + at, end - at, arena);
	}
	VEC_FREE(&wishes);
}
