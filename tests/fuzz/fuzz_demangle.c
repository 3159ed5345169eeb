/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mangled names of C++ and Rust: whatever a file holds, its writer ends, and within a bound. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/symbols/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANY_MOST (64u << 20) /* of C++'s, "some MiB at most" */

/* Once as it is, and once as a name of that language. */
static void write_out(struct demangler *d, const char *begin, const uint8_t *data, size_t size)
{
	size_t before = strlen(begin);
	char *name = malloc(before + size + 1), *written;

	if (!name)
		abort();
	memcpy(name, begin, before);
	if (size)
		memcpy(name + before, data, size);
	name[before + size] = '\0';
	written = demangle(d, name);
	if (written && strnlen(written, ANY_MOST) > (name[1] == 'R' ? DEMANGLE_MOST : ANY_MOST - 1))
		abort();
	free(written);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct demangler demangler;

	write_out(&demangler, "", data, size);
	write_out(&demangler, "_Z", data, size);
	write_out(&demangler, "_R", data, size);
	return 0;
}
