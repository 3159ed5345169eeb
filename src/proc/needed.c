/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "needed.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "twintop/proc/helper.h"

#define HEADER_BYTES 4096 /* of the image: its headers lie in its first page */
#define DYNAMIC_MOST 256  /* entries */
#define NEEDED_MOST  64	  /* libraries */
#define NAME_BYTES   24	  /* of each: more than what is compared */

/* What an image says of itself, as it lies in memory. */
struct image {
	uint64_t start, end; /* of the mapping of its file's first bytes */
	uint64_t bias;	     /* what is added to the addresses in it */
	uint64_t dynamic, dynamic_bytes;
	uint64_t strings, strings_bytes;
	uint64_t needed[NEEDED_MOST]; /* offsets in the strings */
	size_t needed_n;
};

/* Where the program's file is mapped from its first byte on. 0 or -ENOENT. */
static int find_image(const struct memory_map *m, struct text exe, struct image *ret_image)
{
	for (size_t i = 0; i < m->n; i++)
		if (!m->mapping[i].offset && text_equal(m->mapping[i].path, exe)) {
			*ret_image = (struct image){
				.start = m->mapping[i].start, .end = m->mapping[i].end};
			return 0;
		}
	return -ENOENT;
}

/*
 * A child of a fork has no page of its program's first bytes until it touches them: they are had
 * from the file that /proc/PID/exe is, whatever its name means by now.
 */
static int read_absent(const struct proc_root *root, pid_t pid, const struct image *image,
	const struct helper_range *range)
{
	if (range->address < image->start || range->address >= image->end ||
		image->end - range->address < range->bytes)
		return -EFAULT;
	return helper_read_piece(
		root, range->address - image->start, range->here, range->bytes, pid, "exe");
}

static int read_ranges(const struct proc_root *root, pid_t pid, const struct image *image,
	struct helper_range *range, size_t n)
{
	int error = n ? helper_read_memory(root, pid, range, n) : 0;

	for (size_t i = 0; i < n && !error; i++)
		if (!range[i].read)
			error = range[i].absent ? read_absent(root, pid, image, &range[i])
						: -EFAULT;
	return error;
}

static int read_range(const struct proc_root *root, pid_t pid, const struct image *image,
	uint64_t address, void *here, size_t bytes)
{
	struct helper_range range = {.address = address, .here = here, .bytes = bytes};

	return read_ranges(root, pid, image, &range, 1);
}

/* The dynamic section by the program headers, which must lie in the first page. */
static int parse_headers(const char bytes[HEADER_BYTES], struct image *image)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;
	bool loaded = false;

	memcpy(&head, bytes, sizeof head);
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
		head.e_phentsize != sizeof part || head.e_phoff > HEADER_BYTES ||
		head.e_phnum > (HEADER_BYTES - head.e_phoff) / sizeof part)
		return -ENOEXEC;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		memcpy(&part, bytes + head.e_phoff + i * sizeof part, sizeof part);
		if (part.p_type == PT_LOAD && !part.p_offset) {
			image->bias = image->start - part.p_vaddr;
			loaded = true;
		} else if (part.p_type == PT_DYNAMIC) {
			image->dynamic = part.p_vaddr;
			image->dynamic_bytes = part.p_memsz;
		}
	}
	image->dynamic += image->bias;
	return loaded && image->dynamic_bytes ? 0 : -ENOEXEC;
}

static int parse_dynamic(const Elf64_Dyn *entry, size_t n, struct image *image)
{
	for (size_t i = 0; i < n && entry[i].d_tag != DT_NULL; i++) {
		if (entry[i].d_tag == DT_NEEDED && image->needed_n < NEEDED_MOST)
			image->needed[image->needed_n++] = entry[i].d_un.d_val;
		else if (entry[i].d_tag == DT_STRTAB)
			image->strings = entry[i].d_un.d_ptr;
		else if (entry[i].d_tag == DT_STRSZ)
			image->strings_bytes = entry[i].d_un.d_val;
	}
	/* glibc writes the address itself there as it loads the program, other loaders do not. */
	if (image->strings < image->start)
		image->strings += image->bias;
	return image->strings && image->strings_bytes ? 0 : -ENOEXEC;
}

static bool begins_like(const char *name, const char *const names[])
{
	for (; *names; names++)
		if (!strncmp(name, *names, strlen(*names)))
			return true;
	return false;
}

static int compare_names(const struct proc_root *root, pid_t pid, const struct image *image,
	const char *const names[], bool *ret_needed)
{
	char name[NEEDED_MOST][NAME_BYTES] = {{0}};
	struct helper_range range[NEEDED_MOST];
	size_t n = 0;
	int error;

	for (size_t i = 0; i < image->needed_n; i++) {
		uint64_t at = image->needed[i], left = image->strings_bytes - at;

		if (at >= image->strings_bytes)
			return -ENOEXEC;
		range[n] = (struct helper_range){.address = image->strings + at,
			.here = name[n],
			.bytes = left < NAME_BYTES - 1 ? left : NAME_BYTES - 1};
		n++;
	}
	error = read_ranges(root, pid, image, range, n);
	for (size_t i = 0; i < n && !error; i++)
		*ret_needed |= begins_like(name[i], names);
	return error;
}

int needed_find(const struct proc_root *root, pid_t pid, const struct memory_map *m,
	struct text exe, const char *const names[], bool *ret_needed)
{
	struct image image;
	Elf64_Dyn dynamic[DYNAMIC_MOST] = {{0}};
	char header[HEADER_BYTES];
	bool needed = false;
	int error = find_image(m, exe, &image);

	if (!error)
		error = read_range(root, pid, &image, image.start, header, sizeof header);
	if (!error)
		error = parse_headers(header, &image);
	if (!error && image.dynamic_bytes > sizeof dynamic)
		image.dynamic_bytes = sizeof dynamic;
	if (!error)
		error = read_range(root, pid, &image, image.dynamic, dynamic, image.dynamic_bytes);
	if (!error)
		error = parse_dynamic(dynamic, image.dynamic_bytes / sizeof *dynamic, &image);
	if (!error)
		error = compare_names(root, pid, &image, names, &needed);
	if (!error)
		*ret_needed = needed;
	return error;
}
