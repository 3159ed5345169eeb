/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_RUNTIME_H
#define TWINTOP_MODEL_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/base/text.h"
#include "twintop/model/symbol.h"

/*
 * What languages and thread libraries need while programs run: which ones a process has and what
 * shows it, what its threads are for, and what they hide or limit, with the figure that shows it.
 */
enum runtime {
#define RUNTIME(KIND, ...) RUNTIME_##KIND,
#include "twintop/model/runtime_rows.h"
	RUNTIMES
};
const char *runtime_id(enum runtime r);	   /* "python": JSON */
const char *runtime_title(enum runtime r); /* "Python" */

/* What shows a runtime. */
enum runtime_sign {
	SIGN_EXE,     /* the program's name, maybe with a version behind it: a hint alone */
	SIGN_LIBRARY, /* a library whose name begins so is mapped */
	SIGN_BROUGHT, /* the same, which others may have brought along: a hint alone */
	SIGN_MAPPING, /* memory whose name begins so */
	SIGN_ADDRESS, /* memory without a file that begins there: a hint alone */
	SIGN_SYMBOL,  /* the program defines it for others: its dynamic symbol table */
	SIGN_NOTE,    /* the program has a note of that name (PT_NOTE) */
	SIGN_NEEDED,  /* the program itself asks for a library whose name begins so (DT_NEEDED) */
	SIGN_THREAD,  /* a thread's name begins so */
	SIGN_UNTOLD,  /* a later twintop recorded one that we do not know */
	RUNTIME_SIGNS
};
const char *runtime_sign_id(enum runtime_sign sign); /* "exe", "library", … */

struct runtime_sign_row {
	enum runtime runtime;
	enum runtime_sign by;
	const char *pattern;
};
extern const struct runtime_sign_row runtime_sign_table[];
extern const size_t runtime_signs_n; /* at most 64 */

/* What a program's image says; bits are those of the table's rows. */
struct program_signs {
	uint64_t known; /* rows whose answer is known … */
	uint64_t shown; /* … and those that hold */
};

/* A runtime of a process. */
struct runtime_found {
	enum runtime runtime;
	enum runtime_sign sign; /* what shows it … */
	struct text what;	/* … by name, raw bytes: a path, a symbol, a thread's name */
	struct text version;	/* as that path says; empty: it does not */
	bool embedded;		/* the program is called otherwise: it has it inside */
	bool unproven;		/* by a hint alone: nothing else could be looked at */
};

struct memory_map;
/*
 * The runtimes that mappings, the program's name (readlink of exe) and its image show, the
 * program's own one first. program NULL: its image could not be read. How many; their texts live as
 * long as the mappings and exe.
 */
size_t runtimes_find(const struct memory_map *m, struct text exe,
	const struct program_signs *program, struct runtime_found ret[RUNTIMES]);

struct side;
/* Those of a side, with what names of its threads show. */
size_t side_runtimes(const struct side *s, struct runtime_found ret[RUNTIMES]);
/*
 * Why an address of the side, which may be NULL, has no name: symbol_gap_reason(), and of code made
 * at run time that nobody writes names of what has its runtime write them. Static text.
 */
const char *side_map_how(const struct side *s); /* that alone; NULL: nothing that is known */
const char *side_gap_reason(const struct side *s, enum symbol_gap gap);
/* "libpython3.11.so.1.0 is mapped (/proc/PID/maps)": printable. */
void runtime_evidence(const struct runtime_found *found, struct textbuf *out);
/* "Python 3.11", "Python 3.11, embedded": printable. */
void runtime_print(const struct runtime_found *found, struct textbuf *out);

/* ---- roles ---------------------------------------------------------------- */

/* What says what a thread is for. */
enum role_sign {
	ROLE_BY_MAIN,	   /* it is the first thread */
	ROLE_BY_NAME,	   /* its name, which it gave itself */
	ROLE_BY_ENTRY,	   /* the function that it began with */
	ROLE_BY_BACKTRACE, /* a function on its way to where it stands */
	ROLE_SIGNS
};
/* "its name (/proc/PID/task/TID/stat)" … */
const char *role_sign_words(enum role_sign by);

struct thread_role {
	const char *id; /* "gc", "pool": static; NULL: no runtime's, its function's name is all */
	struct text title;    /* "libuv pool"; of no runtime's the function's name: raw bytes */
	const char *meaning;  /* what such threads do: static; NULL: not told */
	enum runtime runtime; /* RUNTIMES: none's */
	enum role_sign by;
};
/* What thread i of a side is for; false: nothing says it, *ret_reason (static text) why. */
bool side_role(const struct side *s, size_t i, struct thread_role *ret, const char **ret_reason);

/* ---- what it hides or limits ------------------------------------------------ */

/* What neither the kernel nor a look at memory tells of such programs, and what does: static. */
struct runtime_hides {
	const char *what, *told_by;
};
/* The i-th thing that a runtime hides; false: there are no more. */
bool runtime_hides(enum runtime r, size_t i, struct runtime_hides *ret);

struct snapshot;
/* Threads on a CPU at once, over the last second, beside how many there are of the kind. */
struct runtime_limit {
	enum runtime runtime;
	const char *id;	    /* "gil": what it is about */
	const char *reason; /* why there is no figure now: static; NULL: there is */
	double on_cpu;	    /* of the threads that it is about … */
	double all;	    /* … and of all of the process */
	size_t threads;	    /* how many want to run, or are there for it … */
	size_t waiting;	    /* … of which so many wait for its lock, or for work */
	size_t untold;	    /* of these it is not known whether they wait */
	size_t maybe;	    /* … and so many more may be of the kind */
	bool least;	    /* … on_cpu, too, is no more than the least */
	unsigned need;	    /* what must be read to tell that: NEED_ bits */
	bool kept;	    /* threads do wait for its lock */
};
/* What there is to tell of a side's runtimes. How many. */
size_t side_limits(const struct snapshot *s, unsigned side, struct runtime_limit ret[RUNTIMES]);
/* "1.00 threads on CPU at once, of 8 runnable: the GIL"; the reason where there is no figure. */
void runtime_limit_print(const struct runtime_limit *limit, struct textbuf *out);

#endif
