/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to say of pages, mappings and memory in common. */
#include "lesson_internal.h"

#include "twintop/model/pair.h"

#define VERDICT(text)                                                                              \
	{                                                                                          \
		.why = text, .source = LESSON_PAGEMAP ", frame numbers",                           \
		.manual = "proc_pid_pagemap(5)", .exact = EXACT_FRAMES                             \
	}

const struct lesson lesson_verdict[PAGE_VERDICTS] = {
	[PAGE_VERDICT_ABSENT] = VERDICT("An address without a page costs nothing: the first touch "
					"makes one."),
	[PAGE_VERDICT_COW_SHARED] = VERDICT("This is why fork is cheap: the page exists once, and "
					    "both may read it as their own."),
	[PAGE_VERDICT_FILE_SHARED] = VERDICT("No fork is needed for it: any two programs that map "
					     "one library share these pages."),
	[PAGE_VERDICT_COPIED] = VERDICT("The copy is there, and with it the cost; only who wrote "
					"first was missed, as between two looks."),
	[PAGE_VERDICT_COPIED_BY_A] =
		VERDICT("A's write was stopped by the processor, the kernel copied the page and "
			"let the write go on: B noticed nothing."),
	[PAGE_VERDICT_COPIED_BY_B] =
		VERDICT("B's write cost a page fault and a copy of 4 KiB, even for one byte; A "
			"still has what was there before."),
	[PAGE_VERDICT_BORN_APART] =
		VERDICT("Different frames alone prove no copy: here nothing was "
			"ever copied, each made its own page."),
	[PAGE_VERDICT_ONLY_A] = VERDICT("A touched it and B did not: after a fork, memory that A "
					"began to use since."),
	[PAGE_VERDICT_ONLY_B] = VERDICT("B touched it and A did not: what a child builds up for "
					"itself looks like this."),
	[PAGE_VERDICT_ZERO] = {.why = "Both may read the same page of zeroes and yet share nothing "
				      "that ever was written.",
		.source = "PAGEMAP_SCAN, PAGE_IS_PFNZERO",
		.manual = "ioctl_pagemap_scan(2)",
		.exact = EXACT_PAGES},
	[PAGE_VERDICT_SWAPPED] = VERDICT("It is not in memory; the same place in the swap for both "
					 "means that it still is one page."),
	[PAGE_VERDICT_SHARED_MEMORY] = VERDICT(
		"The opposite of copy-on-write: writes are seen by the other at once, which "
		"is what it was mapped for."),
	[PAGE_VERDICT_CHANGED] = VERDICT("Two processes cannot be read at one instant: rather no "
					 "verdict than a wrong one."),
	[PAGE_VERDICT_ONE_SPACE] = {.why = "It is what makes threads different from processes: "
					   "nothing needs to be copied, and nothing is protected.",
		.source = "kcmp(2) KCMP_VM",
		.manual = "kcmp(2)",
		.exact = EXACT_NOW},
	[PAGE_VERDICT_RELEASED] =
		VERDICT("When one of two owners ends, the other need not copy any "
			"more: the page simply is its own."),
	[PAGE_VERDICT_KEPT] = VERDICT(
		"A process writes its own pages again and again in one frame: only what is copied, "
		"moved or made anew shows."),
	[PAGE_VERDICT_FAULTED] = {.why = "The first write after a fork stops at the page; where "
					 "nobody else has it any more it keeps its frame.",
		.source = LESSON_PAGEMAP " then and now; page faults told by perf_event_open(2)",
		.manual = "perf_event_open(2)",
		.exact = EXACT_FRAMES},
	[PAGE_VERDICT_REPLACED] = VERDICT(
		"After a fork the first write gives a page another frame; so does the kernel when it "
		"moves pages, or merges them into a huge one."),
	[PAGE_VERDICT_CAME] = VERDICT("Memory that grows looks like this, and so does what was "
				      "mapped long ago and is used only now."),
	[PAGE_VERDICT_GONE] = VERDICT("What was freed to the kernel, or unmapped, or dropped for "
				      "want of memory."),
	[PAGE_VERDICT_UNTOLD] = VERDICT("Without frame numbers two pages of one address look "
					"alike, and those of two machines always do."),
};

#define KIND(text, page)                                                                           \
	{                                                                                          \
		.why = text, .source = "judged from " LESSON_MAPS, .manual = page,                 \
		.exact = EXACT_JUDGED                                                              \
	}

const struct lesson lesson_mapping_kind[MAPPING_KINDS] = {
	[MAPPING_CODE] = KIND("Read only, so it is never copied: in memory once for all who run "
			      "the program.",
		"elf(5)"),
	[MAPPING_RODATA] = KIND("String literals live here: writing to one is a segmentation "
				"fault.",
		"elf(5)"),
	[MAPPING_DATA] = KIND("Global variables with a value: one set a process, common to all of "
			      "its threads.",
		"elf(5)"),
	[MAPPING_BSS] = KIND("Big global arrays take no room in the program's file: they are "
			     "zeroes until written.",
		"end(3)"),
	[MAPPING_HEAP] = KIND("After a fork both have it at the same addresses: pointers stay "
			      "valid, contents part ways.",
		"brk(2)"),
	[MAPPING_STACK] = KIND("Local variables and return addresses: it grows by itself up to a "
			       "limit, then the process crashes.",
		"setrlimit(2)"),
	[MAPPING_THREAD_STACK] = KIND("Every thread has one of its own, and yet any other thread "
				      "could write into it.",
		"pthreads(7)"),
	[MAPPING_GUARD] = KIND("An overflow hits it at once, which is better than silently "
			       "writing into a neighbour.",
		"pthread_attr_setguardsize(3)"),
	[MAPPING_ANONYMOUS] = KIND("Large mallocs and further heaps of threads are here: not all "
				   "of malloc is in the heap.",
		"mmap(2)"),
	[MAPPING_LIBRARY_CODE] =
		KIND("The C library's code exists once in memory, whoever runs.", "ld.so(8)"),
	[MAPPING_LIBRARY_RODATA] =
		KIND("Tables and texts of a library: common like its code.", "ld.so(8)"),
	[MAPPING_LIBRARY_DATA] = KIND("Each process has its own copy, as soon as it is written: a "
				      "library keeps no secrets between processes.",
		"dlopen(3)"),
	[MAPPING_LIBRARY_OTHER] = KIND("It only keeps the addresses between a library's parts "
				       "free.",
		"mprotect(2)"),
	[MAPPING_SHARED_ANONYMOUS] = KIND("The simplest memory in common: map it before the fork, "
					  "and both have it.",
		"mmap(2)"),
	[MAPPING_POSIX_SHM] = KIND("It has a name in /dev/shm, so strangers can meet there without "
				   "a fork.",
		"shm_overview(7)"),
	[MAPPING_SYSV_SHM] = KIND("It outlives its processes until somebody removes it: ipcs lists "
				  "what was forgotten.",
		"sysvipc(7)"),
	[MAPPING_MEMFD] = KIND("Shared memory without a name: whoever gets the descriptor gets the "
			       "memory.",
		"memfd_create(2)"),
	[MAPPING_FILE] =
		KIND("Reading it is reading the file, without a single read call.", "mmap(2)"),
	[MAPPING_DEVICE] = KIND("What is written goes to hardware: such pages are not memory in "
				"the common sense.",
		"mem(4)"),
	[MAPPING_VDSO] = KIND("The time is asked for millions of times a second: this code answers "
			      "without entering the kernel.",
		"vdso(7)"),
	[MAPPING_VVAR] = KIND("The kernel writes the time here, everybody reads it: shared memory "
			      "in one direction.",
		"vdso(7)"),
	[MAPPING_VSYSCALL] =
		KIND("Kept for very old programs, at one address everywhere.", "vdso(7)"),
	[MAPPING_HUGETLB] = KIND("Pages of 2 MiB and more, set aside in advance: copied whole when "
				 "written after a fork.",
		"mmap(2)"),
	[MAPPING_RESERVED] = KIND("A runtime sets addresses aside and asks for memory in them "
				  "later: large, and free of cost.",
		"mmap(2)"),
	[MAPPING_OTHER] = KIND("What twintop has no name for it shows as it is, rather than "
			       "guessing.",
		"proc_pid_maps(5)"),
};

const struct lesson lesson_mechanism[MECHANISMS] = {
	[MECHANISM_NONE] = {.title = "nothing in common",
		.what = "Both have memory at these addresses, of which nothing is one.",
		.why = "Equal addresses are no proof of sharing: each process has a map of its "
		       "own.",
		.source = LESSON_PAGEMAP,
		.manual = "proc_pid_maps(5)",
		.exact = EXACT_FRAMES},
	[MECHANISM_TEXT] = {.title = "the program's code",
		.what = "Both run the same file, whose instructions are in memory once.",
		.why = "A hundred processes of one program cost its code once.",
		.source = LESSON_MAPS " of both: device, inode and offset",
		.manual = "execve(2)",
		.exact = EXACT_FRAMES},
	[MECHANISM_RODATA] = {.title = "the program's constants",
		.what = "Read-only data of the same program file, mapped by both.",
		.why = "What cannot be written need never be copied.",
		.source = LESSON_MAPS " of both: device, inode, offset and rights",
		.manual = "elf(5)",
		.exact = EXACT_FRAMES},
	[MECHANISM_LIBRARY] = {.title = "shared libraries",
		.what = "Both map the same library, whatever programs they are.",
		.why = "It is common to processes that are no relatives: that is why libraries are "
		       "called shared.",
		.source = LESSON_MAPS " of both, libraries by their ELF headers",
		.manual = "ld.so(8)",
		.exact = EXACT_FRAMES},
	[MECHANISM_COW] = {.title = "copy-on-write",
		.what = "Private memory that fork gave to both; a page stays one until either "
			"writes to it.",
		.why = "Each sees its own values although the memory is common: a write ends it "
		       "for "
		       "that page.",
		.source = LESSON_PAGEMAP ", frames of private pages",
		.manual = "fork(2)",
		.exact = EXACT_FRAMES},
	[MECHANISM_FILE] = {.title = "a mapped file",
		.what = "A file that both mapped with MAP_SHARED: its cached pages are the memory.",
		.why = "What one writes the other reads, and in time it is on the disk as well.",
		.source = LESSON_MAPS " of both, flag s",
		.manual = "mmap(2)",
		.exact = EXACT_FRAMES},
	[MECHANISM_SHARED_ANONYMOUS] = {.title = "shared anonymous memory",
		.what = "Made by mmap with MAP_SHARED and MAP_ANONYMOUS, and inherited by fork.",
		.why = "Only relatives can have it: it has no name by which others could find it.",
		.source = LESSON_MAPS " of both, /dev/zero (deleted)",
		.manual = "mmap(2)",
		.exact = EXACT_FRAMES},
	[MECHANISM_POSIX_SHM] = {.title = "POSIX shared memory",
		.what = "Made by shm_open under a name, and mapped by both.",
		.why = "Two strangers that agree on a name have memory in common.",
		.source = LESSON_MAPS " of both, /dev/shm",
		.manual = "shm_open(3)",
		.exact = EXACT_FRAMES},
	[MECHANISM_SYSV_SHM] = {.title = "System V shared memory",
		.what = "A segment that both attached by its key or id.",
		.why = "Older than POSIX's, still used by databases; it stays when all have left.",
		.source = LESSON_MAPS " of both and /proc/sysvipc/shm",
		.manual = "shmget(2)",
		.exact = EXACT_FRAMES},
	[MECHANISM_MEMFD] = {.title = "memory behind a descriptor",
		.what = "Made by memfd_create, then mapped by whoever has its descriptor.",
		.why = "It is handed over like any open file, by fork or through a unix socket.",
		.source = LESSON_MAPS " of both, /memfd:",
		.manual = "memfd_create(2)",
		.exact = EXACT_FRAMES},
	[MECHANISM_VDSO] = {.title = "the kernel's pages",
		.what = "Code and data that the kernel lends to every process.",
		.why = "Even two processes that share nothing else have these.",
		.source = LESSON_MAPS " of both, [vdso] and [vvar]",
		.manual = "vdso(7)",
		.exact = EXACT_FRAMES},
};

const struct lesson lesson_row_state[ROW_STATES] = {
	[ROW_SAME] = {.title = "same",
		.what = "A and B have this, and it is the same in both.",
		.why = "What is the same is what they may share; whether it is one thing or two "
		       "equal ones is told beside it.",
		.source = "comparing both sides",
		.manual = "proc(5)",
		.exact = EXACT_JUDGED},
	[ROW_ONLY_A] = {.title = "only in A",
		.what = "A has this and B has nothing that corresponds to it.",
		.why = "After a fork it is what A made, or B gave up, since.",
		.source = "both sides were read, and B's list lacks it",
		.manual = "proc(5)",
		.exact = EXACT_JUDGED},
	[ROW_ONLY_B] = {.title = "only in B",
		.what = "B has this and A has nothing that corresponds to it.",
		.why = "After a fork it is what B made, or A gave up, since.",
		.source = "both sides were read, and A's list lacks it",
		.manual = "proc(5)",
		.exact = EXACT_JUDGED},
	[ROW_DIVERGED] = {.title = "diverged",
		.what = "Both have it, and it is not the same any more.",
		.why = "Twins begin equal: these rows tell what became different.",
		.source = "comparing the two, value by value and page by page",
		.manual = "proc(5)",
		.exact = EXACT_JUDGED},
	[ROW_UNKNOWN] = {.title = "not known of the other",
		.what = "One side has it; whether the other has it could not be read.",
		.why = "Not to be seen is not the same as not to be there: it is not called only "
		       "in "
		       "one.",
		.source = "one side was read, the other could not be",
		.manual = "ptrace(2)",
		.exact = EXACT_JUDGED},
};
