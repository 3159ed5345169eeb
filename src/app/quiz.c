/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions that are asked of a view. */
#include "quiz.h"

#include <stdio.h>
#include <string.h>

#include "twintop/base/table.h"

#define SAME_DESCRIPTION "pair.fds.#[relation=same_description]"
#define NAMESPACES	 "pair.shares.namespaces.#[=true]"

/* clang-format off */
const struct quiz_row quiz_rows[] = {
	{"overview", QUIZ_PROCESSES, "How many threads does B have?",
		"processes.1.threads.#", QUIZ_COUNT, "thread"},
	{"overview", QUIZ_PROCESSES, "How many descriptors has B open?",
		"processes.1.fds.#", QUIZ_COUNT, "descriptor"},
	{"overview", QUIZ_PROCESSES, "How many KiB of B are in memory?",
		"processes.1.rss_bytes", QUIZ_BYTES, ""},
	{"overview", QUIZ_ANY, "Are A and B one address space?",
		"pair.shares.vm", QUIZ_TRUTH, ""},
	{"threads", QUIZ_PROCESSES, "How many threads does B have?",
		"processes.1.threads.#", QUIZ_COUNT, "thread"},
	{"threads", QUIZ_PROCESSES, "How many of B's threads sleep (state S)?",
		"processes.1.threads.#[state=S]", QUIZ_COUNT, "sleeping thread"},
	{"threads", QUIZ_ANY, "In which state is B's thread: R, S, D, T, Z?",
		"processes.1.threads[tid=@].state", QUIZ_WORD, ""},
	{"threads", QUIZ_ANY, "How often has B's thread given up its CPU by itself?",
		"processes.1.threads[tid=@].voluntary_switches", QUIZ_COUNT, "time"},
	{"stacks", QUIZ_PROCESSES,
		"How many stacks are in B's address space, beside that of its main thread?",
		"processes.1.mappings.#[kind=thread_stack]", QUIZ_COUNT, "stack"},
	{"stacks", QUIZ_ANY, "How many KiB of its stack does B's thread use?",
		"processes.1.threads[tid=@].stack.used_bytes", QUIZ_BYTES, ""},
	{"memory", QUIZ_PROCESSES, "How many KiB does B share with A?",
		"pair.pages.used_by_both", QUIZ_PAGES, ""},
	{"memory", QUIZ_PROCESSES, "How many KiB of B are in memory?",
		"processes.1.page_totals.resident", QUIZ_PAGES, ""},
	{"memory", QUIZ_PROCESSES, "How many mappings does B have?",
		"processes.1.mappings.#", QUIZ_COUNT, "mapping"},
	{"memory", QUIZ_THREADS, "Are A and B one address space?",
		"pair.one_address_space", QUIZ_TRUTH, ""},
	{"pages", QUIZ_KIN, "How many pages has B copied since the fork?",
		"pair.pages.copied_by_b", QUIZ_COUNT, "page"},
	{"pages", QUIZ_KIN, "How many pages were copied since the fork, by both together?",
		"pair.pages.copied", QUIZ_COUNT, "page"},
	{"pages", QUIZ_KIN, "How many pages do A and B share still since the fork?",
		"pair.pages.cow_shared", QUIZ_COUNT, "page"},
	{"pages", QUIZ_PROCESSES, "How many pages do A and B have in common?",
		"pair.pages.used_by_both", QUIZ_COUNT, "page"},
	{"pages", QUIZ_THREADS, "Have A and B one set of pages?",
		"pair.one_address_space", QUIZ_TRUTH, ""},
	{"sharing", QUIZ_ANY, "Are A and B one address space?",
		"pair.shares.vm", QUIZ_TRUTH, ""},
	{"sharing", QUIZ_ANY, "Have A and B one table of descriptors?",
		"pair.shares.files", QUIZ_TRUTH, ""},
	{"sharing", QUIZ_ANY, "Have A and B one table of signal handlers?",
		"pair.shares.sighand", QUIZ_TRUTH, ""},
	{"sharing", QUIZ_ANY, "Of eight kinds of namespaces, how many do A and B share?",
		NAMESPACES, QUIZ_COUNT, "kind"},
	{"sharing", QUIZ_PROCESSES, "By how many channels can A and B talk to each other?",
		"pair.channels.#", QUIZ_COUNT, "channel"},
	{"files", QUIZ_PROCESSES,
		"How many descriptors lead A and B to the same open file description?",
		SAME_DESCRIPTION, QUIZ_COUNT, "descriptor"},
	{"files", QUIZ_PROCESSES, "How many descriptors has B open?",
		"processes.1.fds.#", QUIZ_COUNT, "descriptor"},
	{"files", QUIZ_ANY, "Have A and B one table of descriptors?",
		"pair.one_fd_table", QUIZ_TRUTH, ""},
	{"signals", QUIZ_ANY, "How many signals does B's thread block?",
		"processes.1.threads[tid=@].signals_blocked.#", QUIZ_COUNT, "signal"},
	{"signals", QUIZ_PROCESSES, "For how many signals has B a handler?",
		"processes.1.signals.caught.#", QUIZ_COUNT, "signal"},
	{"signals", QUIZ_ANY, "Have A and B one table of signal handlers?",
		"pair.shares.sighand", QUIZ_TRUTH, ""},
	{"family", QUIZ_ANY, "How many members has the family, the dead included?",
		"family.#", QUIZ_COUNT, "member"},
	{"family", QUIZ_ANY, "How many of the family are zombies?",
		"family.#[state=Z]", QUIZ_COUNT, "zombie"},
	{"family", QUIZ_ANY, "How many KiB has the family in memory, each frame counted once?",
		"family_totals.distinct_bytes", QUIZ_BYTES, ""},
	{"house", QUIZ_PROCESSES, "How many people live in B's house?",
		"processes.1.threads.#", QUIZ_COUNT, "thread"},
	{"house", QUIZ_PROCESSES, "By how many channels can A and B talk to each other?",
		"pair.channels.#", QUIZ_COUNT, "channel"},
	{"house", QUIZ_ANY, "Do A and B live in one house, that is, one address space?",
		"pair.shares.vm", QUIZ_TRUTH, ""},
	{"writers", QUIZ_KIN, "How many pages has B copied since the fork?",
		"pair.pages.copied_by_b", QUIZ_COUNT, "page"},
	{"writers", QUIZ_ANY, "Are A and B one address space?",
		"pair.shares.vm", QUIZ_TRUTH, ""},
};
/* clang-format on */
const size_t quiz_rows_n = sizeof quiz_rows / sizeof *quiz_rows;

static unsigned pairs_of(const struct pair *p)
{
	switch (p->relation) {
	case RELATION_THREADS:
		return QUIZ_THREADS;
	case RELATION_PARENT:
	case RELATION_CHILD:
		return QUIZ_PROCESSES | (p->verdicts->fork_related ? QUIZ_KIN : 0);
	default:
		return QUIZ_PROCESSES;
	}
}

bool quiz_fits(const struct quiz_row *row, const char *view, const struct moment *m)
{
	return m->pair && strcmp(row->view, view) == 0 && row->pairs & pairs_of(m->pair);
}

size_t quiz_next(size_t at, const char *view, const struct moment *m)
{
	for (size_t i = 1; i <= quiz_rows_n; i++) {
		size_t next = (at + i) % quiz_rows_n;

		if (quiz_fits(&quiz_rows[next], view, m))
			return next;
	}
	return SIZE_MAX;
}

enum guess_kind quiz_guess(const struct quiz_row *row)
{
	static const enum guess_kind kind[] = {[QUIZ_COUNT] = GUESS_COUNT,
		[QUIZ_BYTES] = GUESS_KIB,
		[QUIZ_PAGES] = GUESS_KIB,
		[QUIZ_TRUTH] = GUESS_TRUTH,
		[QUIZ_WORD] = GUESS_WORD};
	TABLE_ROWS(kind, QUIZ_UNITS);

	return kind[row->unit];
}

void quiz_path(const struct quiz_row *row, const struct moment *m, struct textbuf *out)
{
	const struct side *b = &m->snapshot->side[1];
	size_t before = strcspn(row->path, "@");

	textbuf_add(out, row->path, before);
	if (row->path[before])
		textbuf_addf(
			out, "%d%s", (int)(b->tid ? b->tid : b->id.pid), row->path + before + 1);
}

static bool is_of_b(const struct quiz_row *row)
{
	return !strncmp(row->path, "processes.1.", strlen("processes.1."));
}

struct measure quiz_measure(
	const struct quiz_row *row, const struct moment *m, const struct measures *ms)
{
	struct textbuf path = {0};
	struct measure measure;

	quiz_path(row, m, &path);
	measure = measure_at(ms, path.bytes);
	textbuf_free(&path);
	if (measure.kind != MEASURE_NUMBER || quiz_guess(row) != GUESS_KIB)
		return measure;
	if (row->unit == QUIZ_PAGES)
		measure.number *= (int64_t)side_host(m->snapshot, is_of_b(row))->page_size;
	measure.number /= 1024;
	snprintf(measure.text, sizeof measure.text, "%lld", (long long)measure.number);
	return measure;
}
