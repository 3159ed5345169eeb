/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "textbook_pairs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/base/clock.h"

/* A part of m's side, to be changed: its texts are the first one's, which outlives it. */
static struct process_info *copy_info(const struct process_info *from)
{
	struct process_info *p = part_make(PART_PROCESS);
	struct part own = p->part;

	*p = *from;
	p->part = own;
	return p;
}

static void take_side(struct made *m, unsigned to, unsigned from)
{
	struct side *side = &m->snapshot->side[to];

	*side = m->from->snapshot->side[from];
	for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
		if (part_table[kind].origin == PART_DERIVED)
			side->part[kind] = NULL; /* the comparer's to make */
		else
			part_get(side->part[kind]);
	part_put(side->info);
	side->info = m->info[to] = copy_info(m->from->snapshot->side[from].info);
}

/* Sides of those sides of the scene, that share what kcmp(2) tells, or nothing of it. */
void pairs_begin(struct made *m, const struct scene *scene, unsigned a, unsigned b, bool share)
{
	*m = (struct made){.from = scene_moment(scene), .comparer = comparer_new()};
	m->snapshot = snapshot_new();
	m->snapshot->host = m->from->snapshot->host;
	m->snapshot->access = m->from->snapshot->access;
	m->snapshot->monotonic_ns = m->from->snapshot->monotonic_ns;
	m->snapshot->sides = 2;
	take_side(m, 0, a);
	take_side(m, 1, b);
	m->snapshot->ipc = part_get(m->from->snapshot->ipc);
	m->snapshot->locks = part_get(m->from->snapshot->locks);
	m->snapshot->shares = m->shares = part_make(PART_SHARES);
	for (int i = 0; i < SHARE_ITEMS; i++)
		m->shares->shared[i] = share;
}

static void drop(const struct part **part)
{
	part_put(*part);
	*part = NULL;
}

void pairs_see(struct made *m)
{
	part_put(comparer_pair(m->comparer, m->snapshot));
	for (unsigned kind = 0; kind < PART_KINDS; kind++) {
		if (part_table[kind].origin != PART_DERIVED)
			continue;
		if (part_table[kind].scope == PART_OF_PAIR)
			drop(&m->snapshot->pair_part[kind - SIDE_PARTS]);
		for (unsigned side = 0; kind < SIDE_PARTS && side < 2; side++)
			drop(&m->snapshot->side[side].part[kind]);
	}
}

const struct moment *pairs_end(struct made *m)
{
	const struct pair *pair = comparer_pair(m->comparer, m->snapshot);

	part_seal(&m->snapshot->part, clock_thread_cpu_ns(), 0);
	m->moment = moment_new(m->snapshot, pair);
	return m->moment;
}

void pairs_free(struct made *m)
{
	moment_put(m->moment);
	moment_put(m->from);
	comparer_free(m->comparer);
}

/* A part of the side's that could not be read. */
static void deny(struct side *side, enum part_kind kind)
{
	struct part *part = part_make(kind);

	part_seal(part, clock_thread_cpu_ns(), -EACCES);
	part_put(side->part[kind]);
	side->part[kind] = part;
}

/* What another user's process refuses: all that needs ptrace access. */
static void deny_side(struct made *m, unsigned index)
{
	static const enum thread_source of_thread[] = {
		THREAD_SYSCALL, THREAD_WCHAN, THREAD_STACK, THREAD_TLS, THREAD_LOCKS};
	static const enum process_source of_process[] = {
		PROCESS_EXE, PROCESS_CMDLINE, PROCESS_IO, PROCESS_NAMESPACES};
	struct side *side = &m->snapshot->side[index];
	struct thread_list *list = (struct thread_list *)(uintptr_t)side->threads;

	deny(side, PART_MAPPINGS);
	deny(side, PART_PAGES);
	deny(side, PART_FDS);
	for (size_t i = 0; i < sizeof of_thread / sizeof *of_thread; i++)
		list->source[of_thread[i]] = VALUE_DENIED;
	for (size_t i = 0; i < sizeof of_process / sizeof *of_process; i++)
		m->info[index]->source[of_process[i]] = VALUE_DENIED;
}

static void drop_all(struct made *m)
{
	for (unsigned side = 0; side < 2; side++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
			part_put(m->snapshot->side[side].part[kind]);
			m->snapshot->side[side].part[kind] = NULL;
		}
	for (unsigned kind = 0; kind < PAIR_PARTS; kind++) {
		part_put(m->snapshot->pair_part[kind]);
		m->snapshot->pair_part[kind] = NULL;
	}
	part_put(m->snapshot->ipc);
	m->snapshot->ipc = NULL;
}

/* What tells the pair apart from parent and child. */
static void change(struct made *m, enum pair_of kind)
{
	switch (kind) {
	case THREADS:
		m->snapshot->side[1].tid = 4250;
		m->snapshot->side[1].task = part_get(m->info[1]);
		return;
	case STRANGERS:
		m->info[1]->ppid = 1;
		m->info[0]->children_n = 0;
		m->info[0]->execed = m->info[1]->execed = true;
		return;
	case LENT:
		m->shares->shared[SHARE_VM] = true;
		return;
	case DENIED:
		deny_side(m, 0);
		deny_side(m, 1);
		for (int i = 0; i < SHARE_ITEMS; i++)
			m->shares->state[i] = VALUE_DENIED;
		return;
	case UNASKED:
		drop_all(m);
		return;
	default:
		return;
	}
}

/* Of parent and child the scene makes the pair, of others the comparer. */
void pairs_make(struct made *m, enum pair_of kind)
{
	const struct scene scene = {.step = 2,
		.estimated = kind == STRANGERS, /* equal frames would make relatives of them */
		.alone = kind == ALONE,
		.b_killed = kind == ENDED};

	if (kind == TWINS || kind == ALONE || kind == ENDED) {
		*m = (struct made){.moment = scene_moment(&scene)};
		return;
	}
	pairs_begin(m, &scene, 0, kind != THREADS, kind == THREADS);
	change(m, kind);
	pairs_end(m);
}

static const struct textbook_row *row_of(const char *id)
{
	for (size_t i = 0; i < textbook_table_n; i++)
		if (!strcmp(textbook_table[i].id, id))
			return &textbook_table[i];
	fail_msg("no row %s", id);
	return NULL;
}

struct textbook_answer pairs_ask(const struct moment *m, const char *id, struct arena *arena)
{
	struct textbook_answer answer;

	textbook_ask(row_of(id), m, arena, &answer);
	return answer;
}

void pairs_expect(const struct moment *m, const char *id, const char *text)
{
	struct arena arena = {0};
	struct textbook_answer a = pairs_ask(m, id, &arena);
	struct textbuf all = {0};

	for (unsigned side = 0; side < 2; side++) {
		textbook_cell_text(&a.side[side], a.side[side].reason, &all);
		textbuf_adds(&all, " | ");
	}
	textbook_verdict_text(&a, a.measured.reason, &all);
	if (!strstr(all.bytes, text))
		fail_msg("%s does not say \"%s\": %s", id, text, all.bytes);
	textbuf_free(&all);
	arena_free(&arena);
}
