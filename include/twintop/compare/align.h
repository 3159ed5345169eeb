/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_ALIGN_H
#define TWINTOP_COMPARE_ALIGN_H

#include "twintop/model/pair.h"

/* Relation of B to A from their process records, and from what is known of their family. */
enum relation align_relation(const struct snapshot *s);
/*
 * Why two that are related by nothing that is known may be all the same: the younger runs what it
 * was forked with, which is the other's program, and its parent may have ended. Static; NULL: they
 * are not.
 */
const char *align_unknown_kin(const struct snapshot *s);
/*
 * Which mapping stands beside which, by address: equal backing at overlapping
 * addresses first, else the same file and offset, else alone. One that the other
 * side has split gets a row for each part. Private anonymous memory stands
 * together only when v->fork_related; where p->card_known tells of two IPC namespaces, System V
 * segments do not. What maps shows as one file may be several: where nothing tells whether it is, each
 * stands alone and its row is unknown. Fills v->mapping (pages still to be judged
 * by cow); either map may be NULL.
 */
struct align_sides {
	const struct memory_map *memory[2];
	const struct page_map *pages[2]; /* NULL: not known */
};
void align_mappings(const struct align_sides *sides, const struct pair *p, struct verdicts *v);
/*
 * Fills v->shared from v's rows: few are of shared memory, and whoever looks for what goes over it
 * looks at no others. align_mappings does it.
 */
void align_shared(const struct memory_map *a, const struct memory_map *b, struct verdicts *v);
/* Whether the two are known to be in two IPC namespaces, where one shmid is two segments. */
bool align_other_ipc(const struct pair *p);
/* Whether the two are known to be in one mount namespace, where one path is one file. */
bool align_one_mount_namespace(const struct pair *p);
/* How far B's pages of a row lie above A's: 0 except for a file mapped elsewhere. */
uint64_t align_shift(const struct mapping *a, const struct mapping *b);
/*
 * The named threads stand in the first row; beside each other stand the main threads, then those of
 * one name by order of birth, in one process each with itself (the named two once more, exchanged);
 * A's order, then what only B has. A part with one reference.
 */
const struct pair_threads *align_threads(const struct snapshot *s, bool one_process);
/* The rows of the last moment, and what they were made of; zeroed is empty. References. */
struct aligned_threads {
	bool one_process;
	pid_t named[2];
	const struct thread_list *list[2];
	const struct pair_threads *rows;
};
/* As align_threads(): the last rows once more where the same threads bear the same names. */
const struct pair_threads *aligned_threads(
	struct aligned_threads *a, const struct snapshot *s, bool one_process);
void aligned_clear(struct aligned_threads *a);
/*
 * How the two threads of a row compare: the same when they are one thread, or bear one name and do
 * the same (state, wait channel). ROW_STATES: the moment does not tell.
 */
enum row_state align_row_state(const struct moment *m, size_t row);
/*
 * One table of two threads: each with itself. Descriptors by description, else pipe, socket or file
 * in common, else number; by A's number.
 */
void align_fds(const struct snapshot *s, struct pair *p);
/* By what mechanism the row's pages are or could be shared; either may be NULL. */
enum mechanism align_mechanism(const struct mapping *a, const struct mapping *b);

#endif
