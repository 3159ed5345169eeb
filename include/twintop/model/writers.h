/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_WRITERS_H
#define TWINTOP_MODEL_WRITERS_H

#include <stdatomic.h>

#include "twintop/model/backtrace.h"
#include "twintop/model/fault.h"
#include "twintop/model/symbol.h"

/* Who wrote the pages that A and B no longer share, by page faults and page verdicts joined. */

#define WRITERS_MOST	    1024u /* places in the program; who else writes is counted as untold */
#define WRITER_THREADS_MOST 64u	  /* of one place that are told */
#define WRITER_AREAS_MOST   2048u /* of all places */
#define WRITER_BLOCK_PAGES  64u
#define WRITER_BLOCKS_MOST  4096u /* 1 GiB of pages that lie together */

struct writer_thread {
	pid_t tid;
	char name[16]; /* raw bytes, ends in NUL; empty: not known */
};

/* A place in a program from which pages were copied or touched first. Pages stand for others where
 * one fault in many is told. */
struct writer {
	pid_t pid;
	uint64_t ip;		/* 0: not told */
	bool kernel;		/* the kernel touched them, for a system call made there */
	struct text module;	/* path as its maps show it; empty: none, or not known */
	uint64_t module_offset; /* in that file */
	uint64_t copied;	/* pages that were shared until then */
	uint64_t touched;	/* pages that nobody had shared with it */
	uint64_t recent;	/* of copied, in the last second or so */
	uint64_t last_ns;	/* CLOCK_MONOTONIC */
	uint64_t last_address;	/* of the last page */
	size_t threads_n;
	const struct writer_thread *thread;
	bool more_threads;
	/* One of its faults with registers and stack; NULL: none was told. A reference. */
	const struct fault_example *example;
	bool example_copied; /* by that one; else its page was touched first, or it is not known */
};

/* What one place wrote of one mapping, as that was when it did so last. */
struct writer_area {
	pid_t pid;
	uint32_t writer;    /* index */
	uint64_t low, high; /* of its pages the first one's address, and the last one's */
	uint64_t reach;	    /* the highest of this area and all of that process before it */
	uint64_t copied, touched;
	uint64_t last_ns;
	pid_t last_tid;
};

/* The last that made a page what it is. */
struct writer_page {
	uint32_t writer; /* index + 1; 0: nobody that is known */
	pid_t tid;
	uint64_t time_ns;
};

/* Pages at consecutive addresses; const once it is part of a moment, shared by moments. */
struct writer_block {
	atomic_uint references;
	uint64_t start;
	struct writer_page page[WRITER_BLOCK_PAGES];
};

/* All since the pair was first seen. */
struct writers {
	struct part part;
	enum value_state state;	     /* KNOWN: faults of a side are seen, or were */
	const char *reason;	     /* static text where they are not */
	struct fault_watch watch[2]; /* how each side's are seen; pid 0: nobody asked */
	uint64_t page_size;
	uint64_t since_ns; /* CLOCK_MONOTONIC when the pair was first seen */
	size_t n;
	const struct writer *writer; /* as they came: each keeps its place */
	uint64_t copies; /* pages that were seen to be copied: of all writers, and untold */
	uint64_t untold; /* of those: whose fault nobody saw, or had no place here */
	bool scaled;	 /* some faults stand for others: counts by writer are estimates */
	bool forgetful;	 /* there was no room to note the writer of each page */
	size_t areas_n;
	const struct writer_area *area; /* by process and low */
	bool areas_forgetful;		/* there was no room for each */
	size_t blocks_n;
	const struct writer_block *const *block; /* by address */
};

/* How a thread came to such a place: of one page that it wrote there. */
struct writer_trace {
	pid_t pid, tid;
	uint64_t ip;
	bool kernel;
	uint64_t address, time_ns; /* as struct fault_example */
	struct backtrace backtrace;
};

/* What a place of a writer is called. */
struct writer_name {
	pid_t pid;
	uint64_t ip;
	struct symbol symbol;
	struct text words; /* writer_words() of it */
};
/* A part of the pair: names of its writers' places, as far as they were found. */
struct writer_names {
	struct part part;
	size_t n;
	const struct writer_name *name; /* by pid and ip */
	size_t traces_n;
	const struct writer_trace *trace; /* of the writers' examples, in no order */
};
/* Of the writer's example; NULL: nobody has unwound it yet, or there is none. */
const struct writer_trace *writer_names_trace(
	const struct writer_names *names, const struct writer *w);
/* NULL: nobody has looked for it yet. names may be NULL. */
const struct writer_name *writer_names_name(
	const struct writer_names *names, pid_t pid, uint64_t ip);
const struct symbol *writer_names_find(const struct writer_names *names, pid_t pid, uint64_t ip);

/* The function whose line it is: the innermost that is inlined there. Empty: not known. */
struct text writer_function(const struct symbol *symbol);
/* "fill_row table.c:88", "libc.so.6+0x9f3c0": raw bytes, in the arena; empty: neither is known. */
struct text writer_words(struct arena *arena, const struct symbol *symbol);
/* What the place is called; empty, and why in *ret_gap where that is not known. */
struct text writer_called(
	const struct writer_names *names, const struct writer *w, const char **ret_gap);

/* Who wrote what lies between two addresses of a process. */
struct mapping_writers {
	const struct writer_area *last; /* NULL: nobody was seen to, or why says what is unknown */
	const char *why;		/* static text; NULL: all is known */
	uint64_t copied, touched;	/* pages, by all */
	/* By the greatest: of several places of one name all together. */
	const struct writer_area *greatest;
	uint64_t greatest_copied, greatest_touched;
};
/* w and names may be NULL. */
struct mapping_writers writers_of_mapping(const struct writers *w, const struct writer_names *names,
	pid_t pid, uint64_t start, uint64_t end);

/* How the faults of a process are seen, whichever side it is; pid 0: nobody asked. */
const struct fault_watch *writers_watch(const struct writers *w, pid_t pid);
/* Who made the page at address what it is; NULL: not known. w may be NULL. */
const struct writer_page *writers_page(const struct writers *w, uint64_t address);
const struct writer_block *writer_block_get(const struct writer_block *block);
void writer_block_put(const struct writer_block *block); /* NULL is fine */

/* Rows of the part table. */
void writers_release(void *writers);
size_t writers_bytes(const void *now, const void *before);

#endif
