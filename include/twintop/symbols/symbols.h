/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_SYMBOLS_H
#define TWINTOP_SYMBOLS_SYMBOLS_H

#include "twintop/model/backtrace.h"
#include "twintop/model/example.h"
#include "twintop/model/records.h"
#include "twintop/model/symbol.h"
#include "twintop/proc/root.h"

/*
 * Names of addresses: module, function and offset, file and line, inlined frames; of data, the
 * object. From .symtab, .dynsym, .gnu_debugdata and DWARF of the mapped file, from its separate
 * debug file (by build-id, by debuglink) in the target's root or, by build-id, in our own
 * /usr/lib/debug; of code made at run time, from /tmp/perf-PID.map of the target's root.
 *
 * A process of ours reads them (see proc/nursery.h), for a file of the target may hang, and may
 * be made to break what reads it: then the address is unknown, with the reason. It is started by
 * the first question, is asked one at a time, keeps what it has read within a bound, and ends with
 * the struct symbols or with us. Nothing is fetched from a network. Modules are opened through
 * /proc/PID/map_files, /proc/PID/exe or the target's root, and are proved to be what is mapped.
 */
struct symbols;

/* Has the process started that the first struct symbols is to ask: see nursery_order(). */
void symbols_order(const struct proc_root *root);
/* Opens nothing yet. The root outlives it; free with symbols_free. Used by one thread at a time. */
struct symbols *symbols_new(const struct proc_root *root);
void symbols_free(struct symbols *s); /* NULL is fine */

/* Whose addresses they are, at which moment; and how long their lines may take. */
struct symbols_target {
	struct task_id id;
	pid_t through; /* see identity_through(); id.pid will do while its main thread lives */
	const struct memory_map *memory; /* its mappings, as of when the addresses were seen */
	/* Lines are told only where that takes no long reading: else they are SYMBOL_PACKED, and so
	 * are names that nothing but debug information has. */
	bool hurried;
};

#define SYMBOLS_DEADLINE_NS                                                                        \
	5000000000u /* of one module's question; a large file's first takes long */

/*
 * Names n addresses into ret; their texts go into the arena. Each gets an answer: a name, or the
 * gap that says why there is none. Blocks, at most SYMBOLS_DEADLINE_NS for each module that they
 * are of: never called on a thread that somebody waits for. What has hung or broken down is not
 * asked again for a while.
 */
void symbols_ask(struct symbols *s, const struct symbols_target *target, const uint64_t *address,
	size_t n, struct arena *arena, struct symbol *ret);

/*
 * How the thread of that example came to where it was: its frames, which nobody has named yet, in
 * the arena. By the unwind tables of the modules in its stack, and where one has none by the frame
 * pointer, or by what code that does no more than call leaves on the stack: a guess, and so is what
 * comes behind. Blocks, at most twice SYMBOLS_DEADLINE_NS. other (may be NULL) is asked where the
 * target has ended and it has the same mapped.
 */
void symbols_unwind(struct symbols *s, const struct symbols_target *target,
	const struct symbols_target *other, const struct fault_example *example,
	struct arena *arena, struct backtrace *ret);

/* The memory of a thread that stands: so many bytes from start on went to here (end - start is
 * SYMBOLS_PIECE at most), 0: none is there, or negative errno. */
#define SYMBOLS_PIECE (64u << 10)
struct symbols_memory {
	ssize_t (*read)(void *context, uint64_t start, uint64_t end, char *here);
	void *context;
};
/*
 * The same of a thread that nobody stopped, or of any other stack of its process, as a user-level
 * thread's: of its registers the stack pointer and the program counter are enough (a saved context
 * that has more of them, by DWARF's numbers, needs fewer guesses). returns: pc is where it will
 * return to, behind a call, as in a context that a function had saved. Its memory is read as it is
 * needed; whether it stood meanwhile is for the caller to find out.
 */
void symbols_unwind_live(struct symbols *s, const struct symbols_target *target,
	const struct registers *registers, bool returns, const struct symbols_memory *memory,
	struct arena *arena, struct backtrace *ret);
/* Whether both have the same thing mapped there, as a fork leaves it. */
bool symbols_same_there(
	const struct symbols_target *a, const struct symbols_target *b, uint64_t address);
/*
 * Whether both have code there that is of no file and, by where it begins or ends, may be the same:
 * what either made since a fork may lie beside it.
 */
bool symbols_made_there(
	const struct symbols_target *a, const struct symbols_target *b, uint64_t address);

#endif
