/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_PROC_IMAGE_H
#define TWINTOP_SRC_PROC_IMAGE_H

#include "twintop/model/records.h"
#include "twintop/proc/helper.h"

/*
 * A program as it lies in the memory of a process: 64 bits, as the loader left it. Reading it needs
 * attach access; where pages of its first mapping are not there, it is had from the file that
 * /proc/PID/exe is.
 */
#define IMAGE_NEEDED_MOST 64u /* libraries */
#define IMAGE_NOTES_MOST  4u

struct image {
	uint64_t start, end;		 /* of the mapping of its file's first bytes */
	uint64_t bias;			 /* what is added to the addresses in it */
	uint64_t dynamic, dynamic_bytes; /* 0: it is linked statically */
	uint64_t strings, strings_bytes;
	uint64_t symbols, symbol_hash;	    /* .dynsym and .gnu.hash; 0: none */
	uint64_t needed[IMAGE_NEEDED_MOST]; /* offsets in the strings */
	size_t needed_n;
	struct image_note {
		uint64_t address, bytes;
	} note[IMAGE_NOTES_MOST];
	size_t notes_n;
};

/* Its headers. 0, -ENOENT where its image is not mapped, -ENOEXEC where it is none that we know, or
 * what reading its memory ended in. */
int image_open(const struct proc_root *root, pid_t pid, const struct memory_map *m, struct text exe,
	struct image *ret_image);
/* Its dynamic section. The same; -ENOEXEC where it has none. */
int image_read_dynamic(const struct proc_root *root, pid_t pid, struct image *image);
/* Ranges of its memory, all of which must be there. */
int image_read(const struct proc_root *root, pid_t pid, const struct image *image,
	struct helper_range *range, size_t n);

#endif
