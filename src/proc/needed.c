/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "needed.h"

#include <errno.h>
#include <string.h>

#define NAME_BYTES 24 /* of each library: more than what is compared */

static bool begins_like(const char *name, const char *const names[])
{
	for (; *names; names++)
		if (!strncmp(name, *names, strlen(*names)))
			return true;
	return false;
}

int needed_of(const struct proc_root *root, pid_t pid, const struct image *image,
	const char *const names[], bool *ret_needed)
{
	char name[IMAGE_NEEDED_MOST][NAME_BYTES] = {{0}};
	struct helper_range range[IMAGE_NEEDED_MOST];
	bool needed = false;
	int error;

	for (size_t i = 0; i < image->needed_n; i++) {
		uint64_t at = image->needed[i], left = image->strings_bytes - at;

		if (at >= image->strings_bytes)
			return -ENOEXEC;
		range[i] = (struct helper_range){.address = image->strings + at,
			.here = name[i],
			.bytes = left < NAME_BYTES - 1 ? left : NAME_BYTES - 1};
	}
	error = image_read(root, pid, image, range, image->needed_n);
	for (size_t i = 0; i < image->needed_n && !error; i++)
		needed |= begins_like(name[i], names);
	if (!error)
		*ret_needed = needed;
	return error;
}

int needed_find(const struct proc_root *root, pid_t pid, const struct memory_map *m,
	struct text exe, const char *const names[], bool *ret_needed)
{
	struct image image;
	int error = image_open(root, pid, m, exe, &image);

	if (!error)
		error = image_read_dynamic(root, pid, &image);
	return error ? error : needed_of(root, pid, &image, names, ret_needed);
}
