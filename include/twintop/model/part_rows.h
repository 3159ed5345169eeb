/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part table, a row a kind of part: SIDE_PART, PAIR_PART or HOST_PART tells whom it is of.
 * Included wherever something is made of each row, so it has no guard; define the ones that are
 * wanted before, they are undefined behind it.
 * (KIND, member, tag, json, need, old_ns, release, bytes)
 *   KIND     PART_KIND is its number
 *   member   its name in the list of its scope, a pointer to a const struct tag
 *   json     where access.stale tells of it: the path below its side; NULL: nowhere
 *   need     enum need bits, of which any asks for it; 0: it comes with another
 *   old_ns   it is late when it is older than this, and than three samples
 *   release  puts back what it holds references to; NULL: it holds none
 *   bytes    what it costs beside the one before it (see struct part_row); NULL: its arena
 */
#ifndef SIDE_PART
#define SIDE_PART(...)
#endif
#ifndef PAIR_PART
#define PAIR_PART(...)
#endif
#ifndef HOST_PART
#define HOST_PART(...)
#endif
SIDE_PART(PROCESS, info, process_info, "", NEED_PROCESS, PART_OLD_NS, NULL, NULL)
SIDE_PART(TASK, task, process_info, NULL, NEED_SHARES, PART_OLD_NS, NULL, NULL)
SIDE_PART(THREADS, threads, thread_list, ".threads", NEED_THREAD_ANY, PART_OLD_NS, NULL, NULL)
SIDE_PART(MAPPINGS, memory, memory_map, ".mappings", NEED_MAPS, PART_OLD_NS, NULL, NULL)
SIDE_PART(FDS, fds, fd_list, ".fds", NEED_FD_ANY, PART_OLD_NS, NULL, NULL)
PAIR_PART(SHARES, shares, shares, NULL, NEED_SHARES, PART_OLD_NS, NULL, NULL)
HOST_PART(IPC, ipc, ipc_state, NULL, NEED_IPC, PART_OLD_NS, NULL, NULL)
#undef SIDE_PART
#undef PAIR_PART
#undef HOST_PART
