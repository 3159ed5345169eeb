/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "twintop/proc/maps.h"

/* Where Go's heap begins on 64-bit machines. */
#define GO_HEAP 0xc000000000u

/*
 * A runtime by the executable's name, with an optional version behind it
 * ("python3.11"), or by a library that only it loads. The first row that fits
 * counts; an executable says more than a library, which may be embedded.
 */
static const struct runtime_sign {
	const char *name, *exe, *library;
} signs[] = {
	{"java", "java", "libjvm.so"},
	{"node", "node", "libnode.so"},
	{"node", "nodejs", NULL},
	{"dotnet", "dotnet", "libcoreclr.so"},
	{"python", "python", "libpython"},
	{"ruby", "ruby", "libruby"},
	{"perl", "perl", "libperl.so"},
	{"php", "php", "libphp"},
	{"php", "php-fpm", NULL},
	{"php", "php-cgi", NULL},
	{"lua", "lua", "liblua"},
	{"lua", "luajit", NULL},
	{"go", NULL, "libgo.so"},
	{RUNTIME_CXX, NULL, "libstdc++.so"},
	{RUNTIME_CXX, NULL, "libc++.so"},
	{RUNTIME_C, NULL, "libc.so"},
	{RUNTIME_C, NULL, "libc-2."},
	{RUNTIME_C, NULL, "libc.musl-"},
	{RUNTIME_C, NULL, "ld-musl-"},
};
#define SIGNS (sizeof signs / sizeof *signs)

static bool is_program(struct text exe, const char *name)
{
	if (!name || !text_has_prefix(exe, name))
		return false;
	for (size_t i = strlen(name); i < exe.len; i++)
		if (!strchr("0123456789.-", exe.bytes[i]))
			return exe.bytes[i] == ' '; /* " (deleted)" */
	return true;
}

static bool is_library_part(const struct mapping *v)
{
	return v->kind >= MAPPING_LIBRARY_CODE && v->kind <= MAPPING_LIBRARY_OTHER;
}

/* The first row whose library is mapped, or best as it is. */
static size_t sign_by_library(struct text path, size_t best)
{
	struct text name = text_basename(path);

	for (size_t i = 0; i < best; i++)
		if (signs[i].library && text_has_prefix(name, signs[i].library))
			return i;
	return best;
}

static bool is_go_heap(const struct mapping *v)
{
	return (v->start == GO_HEAP && !v->inode) || text_has_prefix(v->path, "[anon: Go: ");
}

const char *maps_runtime(const struct memory_map *m, struct text exe)
{
	struct text program = text_basename(exe);
	const char *path = NULL;
	size_t best = SIGNS;
	bool go = false;

	for (size_t i = 0; i < SIGNS; i++)
		if (is_program(program, signs[i].exe))
			return signs[i].name;
	for (size_t i = 0; i < m->n; i++) {
		const struct mapping *v = &m->mapping[i];

		go = go || is_go_heap(v);
		if (!is_library_part(v) || v->path.bytes == path)
			continue;
		path = v->path.bytes;
		best = sign_by_library(v->path, best);
	}
	if (go && (best == SIGNS || signs[best].name[0] == 'c'))
		return "go";
	return best < SIGNS ? signs[best].name : NULL;
}
