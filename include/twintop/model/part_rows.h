/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part table, a row a kind of part: SIDE_PART, PAIR_PART or HOST_PART tells whom it is of; and
 * what can be asked of its readers.
 * Included wherever something is made of each row, so it has no guard; define the ones that are
 * wanted before, they are undefined behind it.
 * Recordings hold times of parts in this order: in each scope new ones go to the end.
 * (KIND, member, tag, origin, json, need, old_ns, release, bytes)
 *   KIND     PART_KIND is its number
 *   member   its name in the list of its scope, a pointer to a const struct tag
 *   origin   who brings it: a reader, or compare/ makes it of others, or it was told as events
 *   json     where access.stale tells of it: the path (below its side where it has one); NULL:
 *            nowhere
 *   need     enum need bits, of which any asks for it; 0: it comes with others
 *   old_ns   it is late when it is older than this, and than three samples
 *   release  puts back what it holds references to; NULL: it holds none
 *   bytes    what it costs beside the one before it (see struct part_row); NULL: its arena
 */
#ifndef NEED
#define NEED(...)
#endif
#ifndef SIDE_PART
#define SIDE_PART(...)
#endif
#ifndef PAIR_PART
#define PAIR_PART(...)
#endif
#ifndef HOST_PART
#define HOST_PART(...)
#endif
/* (NAME, implies): NEED_NAME is a bit that asks for something, and what it brings along. */
NEED(PROCESS, 0)		   /* identity, credentials, totals, signals: always */
NEED(COMMAND, NEED_PROCESS)	   /* its arguments: each read takes its mmap lock */
NEED(SURROUNDINGS, NEED_PROCESS)   /* its I/O counts, namespaces and cgroup */
NEED(THREADS, 0)		   /* stat and schedstat of each thread */
NEED(THREAD_STATUS, NEED_THREADS)  /* switches, signal masks */
NEED(THREAD_SYSCALL, NEED_THREADS) /* number, arguments, SP, PC */
NEED(THREAD_WCHAN, NEED_THREADS)
NEED(STACKS, NEED_THREADS | NEED_THREAD_SYSCALL | NEED_MAPS) /* the stack of each thread */
NEED(MAPS, 0)
NEED(PAGES, NEED_MAPS | NEED_SHARES) /* of one address space no page is copied */
NEED(PAGE_COUNTS, NEED_MAPS | NEED_PAGES | NEED_SHARES) /* who else maps the frames that both have */
NEED(FDS, 0)				  /* link, stat and fdinfo of each */
NEED(SOCKETS, NEED_FDS)			  /* sock_diag */
NEED(DESCRIPTIONS, NEED_FDS)		  /* kcmp(2) of descriptors */
NEED(SHARES, 0)				  /* kcmp(2) of A and B */
NEED(SYMBOLS, NEED_THREADS | NEED_THREAD_SYSCALL | NEED_MAPS) /* of what its threads wait on */
NEED(IPC, NEED_PROCESS | NEED_SURROUNDINGS) /* System V IPC of A's namespace */
NEED(LOCKS, NEED_FDS)			  /* file locks of both */
NEED(LISTEN, 0)	  /* page faults are told: who wrote what was copied, as far as pages are read */
NEED(FAULTS, NEED_LISTEN | NEED_PAGES | NEED_THREADS) /* the same, with pages as often as can be */
NEED(FAMILY, NEED_PROCESS)		  /* A and all that descend from it, their pages in turn */
/* threads that are found on several stacks */
NEED(USER_STACKS, NEED_THREADS | NEED_THREAD_SYSCALL | NEED_MAPS | NEED_STACKS)
/* how each thread came to where it stands */
NEED(BACKTRACES, NEED_THREADS | NEED_THREAD_SYSCALL | NEED_MAPS)
/* when each was on a CPU */
NEED(SWITCHES, NEED_THREADS | NEED_THREAD_STATUS | NEED_THREAD_SYSCALL)

SIDE_PART(PROCESS, info, process_info, PART_READ, "", NEED_PROCESS_ANY, PART_OLD_NS, NULL, NULL)
SIDE_PART(TASK, task, process_info, PART_READ, NULL, 0, PART_OLD_NS, NULL, NULL)
SIDE_PART(THREADS, threads, thread_list, PART_READ, ".threads", NEED_THREAD_ANY, PART_OLD_NS,
	thread_list_release, thread_list_bytes)
SIDE_PART(MAPPINGS, memory, memory_map, PART_READ, ".mappings", NEED_MAPS, PART_OLD_NS, NULL, NULL)
SIDE_PART(PAGES, pages, page_map, PART_READ, ".page_totals", NEED_PAGES, PART_OLD_NS,
	page_map_release, NULL)
SIDE_PART(FDS, fds, fd_list, PART_READ, ".fds", NEED_FD_ANY, PART_OLD_NS, fd_list_release, NULL)
SIDE_PART(SYMBOLS, symbols, symbol_list, PART_READ, NULL, NEED_SYMBOLS, PART_OLD_NS, NULL, NULL)
SIDE_PART(MARKS, marks, mapping_marks, PART_DERIVED, NULL, 0, PART_OLD_NS, mapping_marks_release,
	NULL)
SIDE_PART(RATES, rates, rates, PART_DERIVED, NULL, 0, PART_OLD_NS, rates_release, rates_bytes)
SIDE_PART(BACKTRACES, backtraces, backtraces, PART_READ, NULL, NEED_BACKTRACES, PART_OLD_NS, NULL,
	NULL)
SIDE_PART(DUTIES, duties, duties, PART_DERIVED, NULL, 0, PART_OLD_NS, NULL, NULL)
SIDE_PART(USER_STACKS, user_stacks, user_stacks, PART_READ, NULL, NEED_USER_STACKS, PART_OLD_NS,
	NULL, NULL)
SIDE_PART(CONNECTS, connects, connects, PART_READ, NULL, NEED_SOCKETS, PART_OLD_NS, NULL, NULL)
PAIR_PART(SHARES, shares, shares, PART_READ, "pair.shares", NEED_SHARES, PART_OLD_NS, NULL, NULL)
PAIR_PART(LOCKS, locks, lock_table, PART_READ, "pair.channels", NEED_LOCKS, PART_OLD_NS,
	lock_table_release, NULL)
PAIR_PART(VERDICTS, verdicts, verdicts, PART_DERIVED, NULL, 0, PART_OLD_NS, NULL, NULL)
PAIR_PART(PAIR_THREADS, pair_threads, pair_threads, PART_DERIVED, NULL, 0, PART_OLD_NS, NULL, NULL)
PAIR_PART(NAMES, names, writer_names, PART_READ, NULL, 0, PART_OLD_NS, NULL, NULL)
PAIR_PART(WRITERS, writers, writers, PART_DERIVED, NULL, 0, PART_OLD_NS, writers_release,
	writers_bytes)
PAIR_PART(EROSION, erosion, erosion, PART_DERIVED, NULL, 0, PART_OLD_NS, NULL, NULL)
HOST_PART(IPC, ipc, ipc_state, PART_READ, "pair.channels", NEED_IPC, PART_OLD_NS, NULL, NULL)
HOST_PART(FAMILY, family, family, PART_READ, "family", NEED_FAMILY, PART_OLD_NS, NULL, NULL)
HOST_PART(FAMILY_RATES, family_rates, family_rates, PART_DERIVED, NULL, 0, PART_OLD_NS, NULL, NULL)
HOST_PART(EVENTS, events, event_batch, PART_TOLD, NULL, 0, PART_OLD_NS, NULL, NULL)
HOST_PART(FAULTS, faults, fault_batch, PART_TOLD, NULL, NEED_LISTEN | NEED_FAULTS,
	PART_OLD_NS,
	fault_batch_release, fault_batch_bytes)
HOST_PART(CONVOYS, convoys, convoys, PART_READ, NULL, 0, PART_OLD_NS, NULL, NULL)
HOST_PART(SWITCHES, switches, lane_batch, PART_TOLD, NULL, NEED_SWITCHES, PART_OLD_NS, NULL, NULL)
HOST_PART(LANES, lanes, lanes, PART_DERIVED, NULL, 0, PART_OLD_NS, lanes_release, lanes_bytes)
#undef NEED
#undef SIDE_PART
#undef PAIR_PART
#undef HOST_PART
