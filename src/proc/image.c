/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#define HEADER_BYTES 4096 /* of the image: its headers lie in its first page */
#define DYNAMIC_MOST 256  /* entries */

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

int image_read(const struct proc_root *root, pid_t pid, const struct image *image,
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

	return image_read(root, pid, image, &range, 1);
}

static void take_part(const Elf64_Phdr *part, struct image *image)
{
	if (part->p_type == PT_DYNAMIC) {
		image->dynamic = part->p_vaddr;
		image->dynamic_bytes = part->p_memsz;
	} else if (part->p_type == PT_NOTE && image->notes_n < IMAGE_NOTES_MOST) {
		image->note[image->notes_n++] = (struct image_note){part->p_vaddr, part->p_memsz};
	}
}

/* What the program headers lead to; they must lie in the first page. */
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
		}
		take_part(&part, image);
	}
	image->dynamic += image->bias;
	for (size_t i = 0; i < image->notes_n; i++)
		image->note[i].address += image->bias;
	return loaded ? 0 : -ENOEXEC;
}

int image_open(const struct proc_root *root, pid_t pid, const struct memory_map *m, struct text exe,
	struct image *ret_image)
{
	char header[HEADER_BYTES];
	int error = find_image(m, exe, ret_image);

	if (!error)
		error = read_range(root, pid, ret_image, ret_image->start, header, sizeof header);
	return error ? error : parse_headers(header, ret_image);
}

/* glibc writes the address itself there as it loads the program, other loaders do not. */
static void relocate(const struct image *image, uint64_t *address)
{
	if (*address && *address < image->start)
		*address += image->bias;
}

static int parse_dynamic(const Elf64_Dyn *entry, size_t n, struct image *image)
{
	for (size_t i = 0; i < n && entry[i].d_tag != DT_NULL; i++) {
		if (entry[i].d_tag == DT_NEEDED && image->needed_n < IMAGE_NEEDED_MOST)
			image->needed[image->needed_n++] = entry[i].d_un.d_val;
		else if (entry[i].d_tag == DT_STRTAB)
			image->strings = entry[i].d_un.d_ptr;
		else if (entry[i].d_tag == DT_STRSZ)
			image->strings_bytes = entry[i].d_un.d_val;
		else if (entry[i].d_tag == DT_SYMTAB)
			image->symbols = entry[i].d_un.d_ptr;
		else if (entry[i].d_tag == DT_GNU_HASH)
			image->symbol_hash = entry[i].d_un.d_ptr;
	}
	relocate(image, &image->strings);
	relocate(image, &image->symbols);
	relocate(image, &image->symbol_hash);
	return image->strings && image->strings_bytes ? 0 : -ENOEXEC;
}

int image_read_dynamic(const struct proc_root *root, pid_t pid, struct image *image)
{
	Elf64_Dyn dynamic[DYNAMIC_MOST] = {{0}};
	uint64_t bytes =
		image->dynamic_bytes < sizeof dynamic ? image->dynamic_bytes : sizeof dynamic;
	int error = bytes ? read_range(root, pid, image, image->dynamic, dynamic, bytes) : -ENOEXEC;

	return error ? error : parse_dynamic(dynamic, bytes / sizeof *dynamic, image);
}
