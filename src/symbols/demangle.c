/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "demangle.h"

#include "config.h"

#include <string.h>

#ifdef HAVE_LIBIBERTY
#include <setjmp.h>
#ifdef HAVE_LIBIBERTY_DEMANGLE_H
#include <libiberty/demangle.h>
#else
#include <demangle.h>
#endif
#else
#include <dlfcn.h>
#endif

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

#ifdef HAVE_LIBIBERTY

/* ---- libiberty: C++, and both of Rust's ways ------------------------------------------ */

/* What is written of a name of Rust: its references may ask for more than all memory there is. */
struct sheet {
	jmp_buf full;
	size_t len;
	char text[DEMANGLE_MOST + 1];
};

static bool is_ascii(const char *part, size_t len)
{
	while (len && !((unsigned char)*part & 0x80)) {
		part++;
		len--;
	}
	return !len;
}

/* The rest is cut, and its writer left: not where it has memory for a word in other letters. */
static void add(const char *part, size_t len, void *context)
{
	struct sheet *sheet = context;
	size_t left = DEMANGLE_MOST - sheet->len, taken = len < left ? len : left;

	if (!len) /* part may be NULL then */
		return;
	memcpy(sheet->text + sheet->len, part, taken);
	sheet->len += taken;
	if (taken < len && is_ascii(part, len))
		longjmp(sheet->full, 1);
}

/* Whether it is a name of Rust, and well. */
static bool fill(const char *name, struct sheet *sheet)
{
	if (setjmp(sheet->full))
		return true;
	return rust_demangle_callback(name, DMGL_NO_OPTS, add, sheet);
}

static char *write_rust(const char *name)
{
	struct sheet sheet;

	sheet.len = 0;
	return fill(name, &sheet) && sheet.len ? strndup(sheet.text, sheet.len) : NULL;
}

/* Rust's older names are C++'s, with a hash behind them. */
static char *write_out(struct demangler *d, const char *name)
{
	char *written = write_rust(name);

	(void)d;
	if (written || strncmp(name, "_Z", 2) != 0 || !demangle_is_bounded(name))
		return written;
	return cplus_demangle_v3(name, DMGL_PARAMS | DMGL_TYPES);
}

#else

/* ---- the C++ library of this machine, where there is one ------------------------------- */

#define LIBRARY "libstdc++.so.6"
#define CALL	"__cxa_demangle" /* of the C++ ABI: the same in each library of it */

/* It stays loaded: its process ends soon enough. */
static void seek(struct demangler *d)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	d->sought = true;
	if (library)
		*(void **)&d->call = dlsym(library, CALL);
}

static char *write_out(struct demangler *d, const char *name)
{
	int status;

	if (strncmp(name, "_Z", 2) != 0 || !demangle_is_bounded(name))
		return NULL;
	if (!d->sought)
		seek(d);
	return d->call ? d->call(name, NULL, NULL, &status) : NULL;
}

#endif

char *demangle(struct demangler *d, const char *name)
{
	bool mangled = !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2);

	return mangled && strnlen(name, NAME_MOST + 1) <= NAME_MOST ? write_out(d, name) : NULL;
}
