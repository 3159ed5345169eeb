/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: mappings. Included with FIELD defined, more than once. */
FIELD(mapping_start, "mapping.start", "start", "FROM", UNIT_NONE, 12, false, NEED_MAPS,
	"First address of the mapping. Equal addresses in two processes need not be the same "
	"memory.", "/proc/PID/maps, field 1", FIELD_NEEDS_READ)
FIELD(mapping_end, "mapping.end", "end", "TO", UNIT_NONE, 12, false, NEED_MAPS,
	"Address behind the mapping.", "/proc/PID/maps, field 1", FIELD_NEEDS_READ)
FIELD(mapping_permissions, "mapping.permissions", "permissions", "PERM", UNIT_NONE, 4, true,
	NEED_MAPS,
	"May be read, written, executed; p private (writes stay its own: copy-on-write) or s "
	"shared.", "/proc/PID/maps, field 2", FIELD_NEEDS_READ)
FIELD(mapping_offset, "mapping.offset", "offset", "OFFSET", UNIT_BYTES, 8, false, NEED_MAPS,
	"Where in the file the mapping begins.", "/proc/PID/maps, field 3", FIELD_NEEDS_READ)
FIELD(mapping_device, "mapping.device", "device", "DEVICE", UNIT_DEVICE, 6, true, NEED_MAPS,
	"The device that holds the file, as st_dev of stat(2).", "/proc/PID/maps, field 4",
	FIELD_NEEDS_READ)
FIELD(mapping_inode, "mapping.inode", "inode", "INODE", UNIT_NONE, 9, false, NEED_MAPS,
	"Inode of the file; of SysV shared memory its shmid. Device and inode together are the "
	"file, whatever its name.", "/proc/PID/maps, field 5", FIELD_NEEDS_READ)
FIELD(mapping_path, "mapping.path", "path", "PATH", UNIT_NONE, 20, true, NEED_MAPS,
	"The file, or a name of the kernel's in brackets.", "/proc/PID/maps, field 6",
	FIELD_NEEDS_READ)
FIELD(mapping_kind, "mapping.kind", "kind", "KIND", UNIT_NONE, 12, true, NEED_MAPS,
	"What the mapping is for: code, data, heap, a stack, a library, shared memory.",
	"judged from /proc/PID/maps", FIELD_NEEDS_READ)
FIELD(mapping_size_bytes, "mapping.size_bytes", "size_bytes", "SIZE", UNIT_BYTES, 6, false,
	NEED_MAPS, "Size in addresses; what it costs in memory is what is resident.",
	"/proc/PID/maps, field 1", FIELD_NEEDS_READ)
FIELD(mapping_resident_bytes, "mapping.resident_bytes", NULL, "RESIDENT", UNIT_BYTES, 8, false,
	NEED_PAGES, "What of it is in memory and in this process's page table.",
	"/proc/PID/pagemap, bit 63", FIELD_NEEDS_READ)
FIELD(mapping_pages_resident, "mapping.pages.resident", "pages.resident", "PAGES", UNIT_PAGES, 6,
	false, NEED_PAGES,
	"Pages that are in memory and in this process's page table; unlike Rss of smaps with the "
	"kernel's page of zeroes.",
	"/proc/PID/pagemap, bit 63", FIELD_NEEDS_READ)
FIELD(mapping_pages_anonymous, "mapping.pages.anonymous", "pages.anonymous", "ANON", UNIT_PAGES, 6,
	false, NEED_PAGES,
	"Resident pages that no file backs; in a private file mapping these are the written ones.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ)
FIELD(mapping_pages_file, "mapping.pages.file", "pages.file", "FILE", UNIT_PAGES, 6, false,
	NEED_PAGES, "Resident pages of a file's cache or of shared memory.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ)
FIELD(mapping_pages_cow_shared, "mapping.pages.cow_shared", "pages.cow_shared", "COW", UNIT_PAGES,
	6, false, NEED_PAGES,
	"Pages that both processes still share since the fork: the same frame at the same "
	"address. The next write to one copies it.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ)
FIELD(mapping_pages_copied, "mapping.pages.copied", NULL, "COPIED", UNIT_PAGES, 6, false,
	NEED_PAGES,
	"Pages that are in both but in different frames: somebody wrote since the fork.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ)
FIELD(mapping_cow_shared_bytes, "mapping.cow_shared_bytes", "cow_shared_bytes", "COW-B", UNIT_BYTES,
	6, false, NEED_PAGES,
	"What of it both processes still share since the fork: memory that fork did not copy, and "
	"that exists once.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ)
FIELD(mapping_copied_bytes, "mapping.copied_bytes", "copied_bytes", "CPY-B", UNIT_BYTES, 6, false,
	NEED_PAGES, "What of it was copied since the fork, page by page, as somebody wrote.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ)
FIELD(mapping_pages_zero, "mapping.pages.zero", "pages.zero", "ZERO", UNIT_PAGES, 6, false,
	NEED_PAGES,
	"Pages that were read but never written: all of them are the kernel's one page of zeroes.",
	"PAGEMAP_SCAN, PAGE_IS_PFNZERO", FIELD_NEEDS_READ)
FIELD(mapping_pages_swapped, "mapping.pages.swapped", "pages.swapped", "SWAP", UNIT_PAGES, 6, false,
	NEED_PAGES, "Pages that were swapped out.", "/proc/PID/pagemap, bit 62", FIELD_NEEDS_READ)
FIELD(mapping_pages_huge, "mapping.pages.huge", "pages.huge", "HUGE", UNIT_PAGES, 6, false,
	NEED_PAGES, "Resident pages that are parts of huge ones, counted in base pages.",
	"PAGEMAP_SCAN, PAGE_IS_HUGE", FIELD_NEEDS_READ)
FIELD(mapping_pages_shared, "mapping.pages.not_exclusive", "pages.not_exclusive", "SHARED",
	UNIT_PAGES, 6, false, NEED_PAGES,
	"Anonymous pages that some other address space maps as well; it does not say whose.",
	"/proc/PID/pagemap, bit 56", FIELD_NEEDS_READ)
FIELD(mapping_pages_guard, "mapping.pages.guard", "pages.guard", "GUARD", UNIT_PAGES, 6, false,
	NEED_PAGES, "Guard pages inside the mapping: a touch ends the process.",
	"/proc/PID/pagemap, bit 58 (Linux 6.15)", FIELD_NEEDS_READ)
FIELD(mapping_pages_ksm, "mapping.pages.ksm", "pages.ksm", "KSM", UNIT_PAGES, 6, false, NEED_PAGES,
	"Pages that the kernel merged because their content is the same.",
	"/proc/kpageflags, KPF_KSM", "CAP_SYS_ADMIN")
FIELD(mapping_owner_tid, "mapping.owner_tid", "owner_tid", "OF TID", UNIT_NONE, 7, false,
	NEED_STACKS, "The thread whose stack (or stack's guard) it is.",
	"the thread's stack pointer", FIELD_NEEDS_ATTACH)
FIELD(mapping_deleted, "mapping.deleted", "deleted", "DELETED", UNIT_NONE, 7, true, NEED_MAPS,
	"Whether the file has lost its name since it was mapped; the mapping keeps it alive.",
	"/proc/PID/maps, field 6", FIELD_NEEDS_READ)
