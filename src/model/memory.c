/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/records.h"

const struct mapping_kind_info mapping_kind_info[MAPPING_KINDS] = {
	[MAPPING_CODE] = {"code", "code", "The program's instructions, mapped from its file.", "code"},
	[MAPPING_RODATA] = {"rodata", "rodata", "Constants of the program, read only.", "constants"},
	[MAPPING_DATA] = {"data", "data", "Initialised variables: private, copied when written.", "variables"},
	[MAPPING_BSS] = {"bss", "bss", "Variables that begin as zero; no file behind them.", "zero data"},
	[MAPPING_HEAP] = {"heap", "heap", "Memory grown with brk(2), where small mallocs live.", "heap"},
	[MAPPING_STACK] = {"stack", "stack", "Stack of the main thread; grows down by itself.", "stack"},
	[MAPPING_THREAD_STACK] = {"thread_stack", "tstack", "Stack of another thread.", "stack"},
	[MAPPING_GUARD] = {"guard", "guard", "No access: an overflowing stack crashes here.", "guard"},
	[MAPPING_ANONYMOUS] = {"anonymous", "anon", "Private memory with no file: mmap, malloc.", "anonymous"},
	[MAPPING_LIBRARY_CODE] = {"library_code", "libcode", "Instructions of a shared library.", "code"},
	[MAPPING_LIBRARY_RODATA] = {"library_rodata", "libro", "Constants of a shared library.", "constants"},
	[MAPPING_LIBRARY_DATA] = {"library_data", "libdata", "Variables of a shared library.", "variables"},
	[MAPPING_LIBRARY_OTHER] = {"library_other", "library", "A library's part without access.", "reserved"},
	[MAPPING_SHARED_ANONYMOUS] = {"shared_anonymous", "shanon",
		"MAP_SHARED memory with no name; children of fork share it.", "shared"},
	[MAPPING_POSIX_SHM] = {"posix_shm", "shm", "POSIX shared memory: shm_open(3).", "POSIX shm"},
	[MAPPING_SYSV_SHM] = {"sysv_shm", "sysv", "System V shared memory: shmat(2).", "SysV shm"},
	[MAPPING_MEMFD] = {"memfd", "memfd", "Memory behind a descriptor: memfd_create(2).", "memfd"},
	[MAPPING_FILE] = {"file", "file", "A file mapped into memory.", "file"},
	[MAPPING_DEVICE] = {"device", "device", "A device mapped into memory.", "device"},
	[MAPPING_VDSO] = {"vdso", "vdso", "Code that the kernel lends to every process.", "vdso"},
	[MAPPING_VVAR] = {"vvar", "vvar", "The kernel's data for the vdso.", "vvar"},
	[MAPPING_VSYSCALL] = {"vsyscall", "vsysc", "An old page of the kernel's for system calls.", "vsyscall"},
	[MAPPING_HUGETLB] = {"hugetlb", "huge", "Memory of reserved huge pages.", "huge"},
	[MAPPING_RESERVED] = {"reserved", "reserve", "Address space set aside, with no access.", "reserved"},
	[MAPPING_OTHER] = {"other", "other", "A mapping of another kind.", "other"},
};

ptrdiff_t memory_find(const struct memory_map *m, uint64_t address)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->mapping[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n && m->mapping[low].start <= address ? (ptrdiff_t)low : -1;
}

bool mapping_is_hugetlb(const struct mapping *m)
{
	return m->kind == MAPPING_HUGETLB || m->origin == ORIGIN_HUGETLB ||
	       m->origin == ORIGIN_HUGETLBFS;
}

void mapping_permissions(const struct mapping *m, char out[5])
{
	out[0] = m->flags & MAPPING_READ ? 'r' : '-';
	out[1] = m->flags & MAPPING_WRITE ? 'w' : '-';
	out[2] = m->flags & MAPPING_EXEC ? 'x' : '-';
	out[3] = m->flags & MAPPING_SHARED ? 's' : 'p';
	out[4] = 0;
}

void mapping_marks_release(void *marks)
{
	const struct mapping_marks *m = marks;

	part_put(m->memory);
}

const struct mapping_mark *mapping_marks_find(const struct mapping_marks *m, size_t mapping)
{
	size_t low = 0, high = m->n, guess;

	if (!m->n || mapping < m->mark[0].mapping)
		return NULL;
	/* Stacks and their guards mostly lie side by side. */
	guess = mapping - m->mark[0].mapping;
	if (guess < m->n && m->mark[guess].mapping == mapping)
		return &m->mark[guess];
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->mark[mid].mapping < mapping)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n && m->mark[low].mapping == mapping ? &m->mark[low] : NULL;
}
