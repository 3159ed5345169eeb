/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "demangle.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libstdc++.so.6"
#define CALL	"__cxa_demangle" /* of the C++ ABI: the same in each library of it */

/* Bytes of a name, and how often it refers to an earlier part: each time that may double. */
#define NAME_MOST	1000u
#define REFERENCES_MOST 40u

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Behind an identifier with its length in front, which it may lie about. */
static const char *skip_identifier(const char *at)
{
	size_t len = 0;

	while (is_digit(*at) && len < NAME_MOST)
		len = len * 10 + (size_t)(*at++ - '0');
	return at + strnlen(at, len);
}

/* "S_", "S1_", "T_", "T0_": an earlier part once more; "St", "Sa" … are fixed words. */
static bool is_reference(const char *at)
{
	return (*at == 'S' || *at == 'T') && (at[1] == '_' || is_digit(at[1]) || is_capital(at[1]));
}

bool demangle_is_bounded(const char *name)
{
	unsigned references = 0;

	if (strnlen(name, NAME_MOST + 1) > NAME_MOST)
		return false;
	while (*name) {
		references += is_reference(name);
		name = is_digit(*name) ? skip_identifier(name) : name + 1;
	}
	return references <= REFERENCES_MOST;
}

/* It stays loaded: its process ends soon enough. */
static void seek(struct demangler *d)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	d->sought = true;
	if (library)
		*(void **)&d->call = dlsym(library, CALL);
}

char *demangle(struct demangler *d, const char *name)
{
	int status;

	if (strncmp(name, "_Z", 2) != 0 || !demangle_is_bounded(name))
		return NULL;
	if (!d->sought)
		seek(d);
	return d->call ? d->call(name, NULL, NULL, &status) : NULL;
}
