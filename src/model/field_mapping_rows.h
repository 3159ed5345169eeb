/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: mappings. Included with FIELD defined, more than once. */
FIELD(mapping_start, "mapping.start", "start", "FROM", UNIT_NONE, 12, false, NEED_MAPS,
	"First address of the mapping. Equal addresses in two processes need not be the same "
	"memory.", "/proc/PID/maps, field 1", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_maps(5)",
	"An address means something only together with the process: the same one in B is another "
	"page, or the same frame, or nothing.")
FIELD(mapping_end, "mapping.end", "end", "TO", UNIT_NONE, 12, false, NEED_MAPS,
	"Address behind the mapping.", "/proc/PID/maps, field 1", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_maps(5)",
	"The next address belongs to another mapping or to none; whoever runs past it gets "
	"SIGSEGV or hits something else.")
FIELD(mapping_permissions, "mapping.permissions", "permissions", "PERM", UNIT_NONE, 4, true,
	NEED_MAPS,
	"May be read, written, executed; p private (writes stay its own: copy-on-write) or s "
	"shared.", "/proc/PID/maps, field 2", FIELD_NEEDS_READ,
	EXACT_NOW, "mprotect(2)",
	"The processor checks each access by them. Never writing and executing at once keeps data "
	"from being run as code.")
FIELD(mapping_offset, "mapping.offset", "offset", "OFFSET", UNIT_BYTES, 8, false, NEED_MAPS,
	"Where in the file the mapping begins.", "/proc/PID/maps, field 3", FIELD_NEEDS_READ,
	EXACT_NOW, "mmap(2)",
	"A program's file is mapped in several pieces with different rights: this says which "
	"piece.")
FIELD(mapping_device, "mapping.device", "device", "DEVICE", UNIT_DEVICE, 6, true, NEED_MAPS,
	"The device that holds the file, as st_dev of stat(2).", "/proc/PID/maps, field 4",
	FIELD_NEEDS_READ,
	EXACT_NOW, "stat(2)",
	"Inode numbers count for each file system anew: only with its device one is unique.")
FIELD(mapping_inode, "mapping.inode", "inode", "INODE", UNIT_NONE, 9, false, NEED_MAPS,
	"Inode of the file; of SysV shared memory its shmid. Device and inode together are the "
	"file, whatever its name.", "/proc/PID/maps, field 5", FIELD_NEEDS_READ,
	EXACT_NOW, "inode(7)",
	"Same device and inode in A and B: the same file, and for unwritten pages the same "
	"memory.")
FIELD(mapping_path, "mapping.path", "path", "PATH", UNIT_NONE, 20, true, NEED_MAPS,
	"The file, or a name of the kernel's in brackets.", "/proc/PID/maps, field 6",
	FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_maps(5)",
	"It says whose memory this is: the program's, a library's, the heap's, nobody's.")
FIELD(mapping_kind, "mapping.kind", "kind", "KIND", UNIT_NONE, 12, true, NEED_MAPS,
	"What the mapping is for: code, data, heap, a stack, a library, shared memory.",
	"judged from /proc/PID/maps", FIELD_NEEDS_READ,
	EXACT_JUDGED, "proc_pid_maps(5)",
	"The picture of a process in every textbook is made of these: code, data, heap, stacks, "
	"and what lies between them.")
FIELD(mapping_size_bytes, "mapping.size_bytes", "size_bytes", "SIZE", UNIT_BYTES, 6, false,
	NEED_MAPS, "Size in addresses; what it costs in memory is what is resident.",
	"/proc/PID/maps, field 1", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_maps(5)",
	"It is a promise of the kernel and not a cost: compare it with what is resident.")
FIELD(mapping_resident_bytes, "mapping.resident_bytes", NULL, "RESIDENT", UNIT_BYTES, 8, false,
	NEED_PAGES, "What of it is in memory and in this process's page table.",
	"/proc/PID/pagemap, bit 63", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Size says what may be used, this what was.")
FIELD(mapping_pages_resident, "mapping.pages.resident", "pages.resident", "PAGES", UNIT_PAGES, 6,
	false, NEED_PAGES,
	"Pages that are in memory and in this process's page table; unlike Rss of smaps with the "
	"kernel's page of zeroes.",
	"/proc/PID/pagemap, bit 63", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"One touch brings one page: a sparse array stays small.")
FIELD(mapping_pages_anonymous, "mapping.pages.anonymous", "pages.anonymous", "ANON", UNIT_PAGES, 6,
	false, NEED_PAGES,
	"Resident pages that no file backs; in a private file mapping these are the written ones.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"In a private file mapping each of these was written: until then it was the file's own "
	"page.")
FIELD(mapping_pages_file, "mapping.pages.file", "pages.file", "FILE", UNIT_PAGES, 6, false,
	NEED_PAGES, "Resident pages of a file's cache or of shared memory.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"They are not its own: whoever maps the same part of the file has the same frames.")
FIELD(mapping_pages_cow_shared, "mapping.pages.cow_shared", "pages.cow_shared", "COW", UNIT_PAGES,
	6, false, NEED_PAGES,
	"Pages that both processes still share since the fork: the same frame at the same "
	"address. The next write to one copies it.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"Watch it fall while the child writes: every page that leaves this column was copied by a "
	"page fault.")
FIELD(mapping_pages_copied, "mapping.pages.copied", NULL, "COPIED", UNIT_PAGES, 6, false,
	NEED_PAGES,
	"Pages that are in both but in different frames: somebody wrote since the fork.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"It is the price of writing after a fork, paid a page at a time, even for a single byte.")
FIELD(mapping_cow_shared_bytes, "mapping.cow_shared_bytes", "cow_shared_bytes", "COW-B", UNIT_BYTES,
	6, false, NEED_PAGES,
	"What of it both processes still share since the fork: memory that fork did not copy, and "
	"that exists once.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"In bytes the same as in pages: what both use and what is paid for once.")
FIELD(mapping_copied_bytes, "mapping.copied_bytes", "copied_bytes", "CPY-B", UNIT_BYTES, 6, false,
	NEED_PAGES, "What of it was copied since the fork, page by page, as somebody wrote.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"So many bytes more memory than right after the fork, in this mapping alone.")
FIELD(mapping_pages_zero, "mapping.pages.zero", "pages.zero", "ZERO", UNIT_PAGES, 6, false,
	NEED_PAGES,
	"Pages that were read but never written: all of them are the kernel's one page of zeroes.",
	"PAGEMAP_SCAN, PAGE_IS_PFNZERO", FIELD_NEEDS_READ,
	EXACT_PAGES, "ioctl_pagemap_scan(2)",
	"calloc of a large array gives these: it is zero because it is the page of zeroes, until "
	"somebody writes.")
FIELD(mapping_pages_swapped, "mapping.pages.swapped", "pages.swapped", "SWAP", UNIT_PAGES, 6, false,
	NEED_PAGES, "Pages that were swapped out.", "/proc/PID/pagemap, bit 62", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Which mapping was swapped out tells what the program had not used for long.")
FIELD(mapping_pages_huge, "mapping.pages.huge", "pages.huge", "HUGE", UNIT_PAGES, 6, false,
	NEED_PAGES, "Resident pages that are parts of huge ones, counted in base pages.",
	"PAGEMAP_SCAN, PAGE_IS_HUGE", FIELD_NEEDS_READ,
	EXACT_PAGES, "madvise(2)",
	"One entry of the page table stands for 2 MiB: faults are fewer, and one copy is dearer.")
FIELD(mapping_pages_shared, "mapping.pages.not_exclusive", "pages.not_exclusive", "SHARED",
	UNIT_PAGES, 6, false, NEED_PAGES,
	"Anonymous pages that some other address space maps as well; it does not say whose.",
	"/proc/PID/pagemap, bit 56", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"After a fork all written pages are this at first; a write makes one exclusive again.")
FIELD(mapping_pages_guard, "mapping.pages.guard", "pages.guard", "GUARD", UNIT_PAGES, 6, false,
	NEED_PAGES, "Guard pages inside the mapping: a touch ends the process.",
	"/proc/PID/pagemap, bit 58 (Linux 6.15)", FIELD_NEEDS_READ,
	EXACT_PAGES, "madvise(2)",
	"A guard inside the mapping saves a mapping of its own for every stack.")
FIELD(mapping_pages_ksm, "mapping.pages.ksm", "pages.ksm", "KSM", UNIT_PAGES, 6, false, NEED_PAGES,
	"Pages that the kernel merged because their content is the same.",
	"/proc/kpageflags, KPF_KSM", "CAP_SYS_ADMIN",
	EXACT_PAGES, "madvise(2)",
	"Two virtual machines with the same system share memory by it; finding equal pages costs "
	"CPU time.")
FIELD(mapping_owner_tid, "mapping.owner_tid", "owner_tid", "OF TID", UNIT_NONE, 7, false,
	NEED_STACKS, "The thread whose stack (or stack's guard) it is.",
	"the thread's stack pointer", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "proc_pid_maps(5)",
	"All stacks lie in one address space: nothing but custom keeps a thread from writing into "
	"another's.")
FIELD(mapping_deleted, "mapping.deleted", "deleted", "DELETED", UNIT_NONE, 7, true, NEED_MAPS,
	"Whether the file has lost its name since it was mapped; the mapping keeps it alive.",
	"/proc/PID/maps, field 6", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_maps(5)",
	"After an update a process runs on with the old library until it is started anew.")
FIELD(mapping_last_writer, "mapping.writers.last", "writers.last", "LAST BY", UNIT_NONE, 12, true,
	NEED_FAULTS,
	"Where in the program its newest page came to be: the function and line that copied it, or "
	"touched it first, since the pair was first seen.",
	"page faults (perf_event_open(2)) and the verdicts on the pages", FIELD_NEEDS_FAULTS,
	EXACT_JUDGED, "perf_event_open(2)",
	"It tells what still goes on in it now, whoever wrote most of it before.")
FIELD(mapping_greatest_writer, "mapping.writers.greatest", "writers.greatest", "MOST BY", UNIT_NONE,
	12, true, NEED_FAULTS,
	"Where in the program most of its pages were copied since the pair was first seen; where "
	"none was, most were touched first.",
	"page faults (perf_event_open(2)) and the verdicts on the pages", FIELD_NEEDS_FAULTS,
	EXACT_JUDGED, "perf_event_open(2)",
	"Which part of the program breaks the sharing of this memory: the place to begin when it "
	"is to stay shared.")
FIELD(mapping_since_same_frame, "mapping.since.same_frame", NULL, "SAME", UNIT_PAGES, 5, false,
	NEED_PAGES,
	"Beside the own past: pages that are in the frame of then, with no page fault seen since.",
	"/proc/PID/pagemap then and now, frame numbers", "CAP_SYS_ADMIN",
	EXACT_FRAMES, "proc_pid_pagemap(5)",
	"What has not been copied, moved or made anew; its content may have changed all the same.")
FIELD(mapping_since_replaced, "mapping.since.replaced", NULL, "REPL", UNIT_PAGES, 5, false,
	NEED_PAGES,
	"Beside the own past: pages that are in another frame than then: copied, moved, or dropped "
	"and touched anew.",
	"/proc/PID/pagemap then and now, frame numbers", "CAP_SYS_ADMIN",
	EXACT_FRAMES, "proc_pid_pagemap(5)",
	"After a fork the first write to a page replaces it: what was written since stands here.")
FIELD(mapping_since_new, "mapping.since.new", NULL, "NEW", UNIT_PAGES, 5, false, NEED_PAGES,
	"Beside the own past: pages that are there now and were not then.",
	"/proc/PID/pagemap then and now", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Memory that grows is seen here first, and in which mapping.")
FIELD(mapping_since_gone, "mapping.since.gone", NULL, "GONE", UNIT_PAGES, 5, false, NEED_PAGES,
	"Beside the own past: pages that were there then and are not now.",
	"/proc/PID/pagemap then and now", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"What was given back to the kernel, unmapped, or dropped for want of memory.")
FIELD(mapping_since_faulted, "mapping.since.faulted", NULL, "FAULT", UNIT_PAGES, 5, false,
	NEED_PAGES,
	"Beside the own past: pages in the frame of then at which a page fault was seen since.",
	"/proc/PID/pagemap then and now; page faults told by perf_event_open(2)", FIELD_NEEDS_FAULTS,
	EXACT_FRAMES, "perf_event_open(2)",
	"Mostly they were written: it is the one sign of that which leaves the frame as it is.")
