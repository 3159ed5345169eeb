/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which runtimes a process has. */
#include "twintop/model/runtime.h"

#include <string.h>

#include "twintop/base/num.h"
#include "twintop/model/snapshot.h"

static const struct runtime_row {
	const char *id, *title;
	bool embeds;
} runtime_table[RUNTIMES] = {
#define RUNTIME(KIND, id, title, embeds) [RUNTIME_##KIND] = {id, title, embeds},
#include "twintop/model/runtime_rows.h"
};

const struct runtime_sign_row runtime_sign_table[] = {
#define SIGN(KIND, BY, pattern) {RUNTIME_##KIND, SIGN_##BY, pattern},
#include "twintop/model/runtime_rows.h"
};
#define SIGNS (sizeof runtime_sign_table / sizeof *runtime_sign_table)
const size_t runtime_signs_n = SIGNS;
_Static_assert(SIGNS <= 64, "a bit each");

static const struct {
	enum runtime runtime;
	const char *behind;
} version_table[] = {
#define BEHIND(KIND, behind) {RUNTIME_##KIND, behind},
#include "twintop/model/runtime_rows.h"
};

#define NAMELESS "code made at run time, and its program writes no /tmp/perf-PID.map: "

static const struct {
	enum runtime runtime;
	const char *how, *reason;
} map_table[] = {
#define MAPS(KIND, how) {RUNTIME_##KIND, how, NAMELESS how " would"},
#include "twintop/model/runtime_rows.h"
};

static const struct {
	enum runtime runtime;
	struct runtime_hides hides;
} hides_table[] = {
#define HIDES(KIND, what, told_by) {RUNTIME_##KIND, {what, told_by}},
#include "twintop/model/runtime_rows.h"
};

static const struct {
	const char *id, *words; /* %s is what showed it */
} sign_table[RUNTIME_SIGNS] = {
	[SIGN_EXE] = {"exe", "the program is %s (/proc/PID/exe)"},
	[SIGN_LIBRARY] = {"library", "%s is mapped (/proc/PID/maps)"},
	[SIGN_BROUGHT] = {"brought", "%s is mapped, maybe for another library (/proc/PID/maps)"},
	[SIGN_MAPPING] = {"mapping", "memory is named %s (/proc/PID/maps)"},
	[SIGN_ADDRESS] = {"address", "memory begins at %s (/proc/PID/maps)"},
	[SIGN_SYMBOL] = {"symbol", "the program exports %s (.dynsym in /proc/PID/mem)"},
	[SIGN_NOTE] = {"note", "the program has a note of %s (PT_NOTE in /proc/PID/mem)"},
	[SIGN_NEEDED] = {"needed", "the program asks for %s (DT_NEEDED in /proc/PID/mem)"},
	[SIGN_THREAD] = {"thread", "a thread is named %s (/proc/PID/task/TID/stat)"},
	[SIGN_UNTOLD] = {"untold", "%s, in a way that this twintop does not know"},
};

const char *runtime_id(enum runtime r)
{
	return r < RUNTIMES ? runtime_table[r].id : "unknown";
}

const char *runtime_title(enum runtime r)
{
	return r < RUNTIMES ? runtime_table[r].title : "unknown";
}

const char *runtime_sign_id(enum runtime_sign sign)
{
	return sign_table[sign].id;
}

bool runtime_hides(enum runtime r, size_t i, struct runtime_hides *ret)
{
	for (size_t k = 0; k < sizeof hides_table / sizeof *hides_table; k++)
		if (hides_table[k].runtime == r && !i--) {
			*ret = hides_table[k].hides;
			return true;
		}
	return false;
}

/* ---- signs ------------------------------------------------------------------ */

/* "python3.11t", "php-fpm8.2 (deleted)": its name, with no more than a version behind it. */
static bool is_program(struct text exe, const char *name)
{
	size_t i = strlen(name);

	if (!text_has_prefix(exe, name))
		return false;
	while (i < exe.len && strchr("0123456789.-", exe.bytes[i]))
		i++;
	if (i < exe.len && i > strlen(name) && exe.bytes[i] == 't')
		i++;
	return i == exe.len || exe.bytes[i] == ' ';
}

static bool is_library_part(const struct mapping *v)
{
	return v->kind >= MAPPING_LIBRARY_CODE && v->kind <= MAPPING_LIBRARY_OTHER;
}

static bool begins_at(const struct mapping *v, const char *address)
{
	uint64_t at;
	struct scan scan = scan_of(address, strlen(address));

	return !mapping_has_object(v) && scan_hex(&scan, &at) && v->start == at;
}

/* Whether a mapping shows what the row says; *ret_what then says by what. */
static bool shows(
	const struct runtime_sign_row *row, const struct mapping *v, struct text *ret_what)
{
	switch (row->by) {
	case SIGN_LIBRARY:
	case SIGN_BROUGHT:
		*ret_what = v->path;
		return is_library_part(v) && text_has_prefix(text_basename(v->path), row->pattern);
	case SIGN_MAPPING:
		*ret_what = v->path;
		return !mapping_has_object(v) && text_has_prefix(v->path, row->pattern);
	case SIGN_ADDRESS:
		*ret_what = text_of(row->pattern);
		return begins_at(v, row->pattern);
	default:
		return false;
	}
}

/* What showed each row. */
struct shown {
	uint64_t rows; /* a bit each */
	struct text what[SIGNS];
};

static void look_at(const struct mapping *v, struct shown *ret)
{
	struct text what;

	for (size_t i = 0; i < SIGNS; i++)
		if (!(ret->rows >> i & 1) && shows(&runtime_sign_table[i], v, &what)) {
			ret->rows |= UINT64_C(1) << i;
			ret->what[i] = what;
		}
}

static void look_at_mappings(const struct memory_map *m, struct shown *ret)
{
	const char *path = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const struct mapping *v = &m->mapping[i];

		/* The parts of one file stand beside each other and have one text. */
		if (v->path.len && v->path.bytes == path)
			continue;
		path = v->path.bytes;
		if (v->path.len ? v->path.bytes[0] == '[' || is_library_part(v)
				: !mapping_has_object(v))
			look_at(v, ret);
	}
}

static void look_at_program(struct text exe, const struct program_signs *program, struct shown *ret)
{
	for (size_t i = 0; i < SIGNS; i++) {
		const struct runtime_sign_row *row = &runtime_sign_table[i];
		bool named = row->by == SIGN_EXE && is_program(text_basename(exe), row->pattern);

		if (!named && !(program && program->shown >> i & 1))
			continue;
		ret->rows |= UINT64_C(1) << i;
		ret->what[i] = named ? exe : text_of(row->pattern);
	}
}

/* ---- one runtime -------------------------------------------------------------- */

static bool is_hint(enum runtime_sign by)
{
	return by == SIGN_EXE || by == SIGN_ADDRESS || by == SIGN_BROUGHT;
}

/* "3.11" behind the last place in the path that says of what. */
static struct text version_in(enum runtime r, struct text path)
{
	for (size_t i = 0; i < sizeof version_table / sizeof *version_table; i++) {
		const char *behind = version_table[i].behind;
		size_t len = strlen(behind);

		if (version_table[i].runtime != r)
			continue;
		for (size_t at = path.len; at-- > 0;) {
			struct text rest = {path.bytes + at, path.len - at}, v;

			if (!text_has_prefix(rest, behind))
				continue;
			v = (struct text){rest.bytes + len, 0};
			while (v.len < rest.len - len && strchr("0123456789.", v.bytes[v.len]) &&
				v.bytes[v.len])
				v.len++;
			while (v.len && v.bytes[v.len - 1] == '.')
				v.len--;
			if (v.len)
				return v;
		}
	}
	return (struct text){0};
}

/* Whether all that would prove it was looked for, in vain: then a hint is none. */
static bool is_refuted(enum runtime r, const struct program_signs *program)
{
	for (size_t i = 0; i < SIGNS; i++) {
		enum runtime_sign by = runtime_sign_table[i].by;

		if (runtime_sign_table[i].runtime != r || is_hint(by) || by == SIGN_LIBRARY ||
			by == SIGN_MAPPING)
			continue;
		if (!program || !(program->known >> i & 1))
			return false;
	}
	return true;
}

/*
 * By what proves it, before what hints at it; false: nothing does. A program's name is more to
 * people than a symbol that proves it.
 */
static bool find_one(enum runtime r, const struct shown *shown, const struct program_signs *program,
	struct runtime_found *ret)
{
	bool hinted = false, proven = false, named = false;
	struct text version = {0};

	for (size_t i = 0; i < SIGNS; i++) {
		const struct runtime_sign_row *row = &runtime_sign_table[i];

		if (row->runtime != r || !(shown->rows >> i & 1))
			continue;
		named |= row->by == SIGN_EXE;
		if (!version.len && (row->by == SIGN_EXE || row->by == SIGN_LIBRARY))
			version = version_in(r, shown->what[i]);
		if (is_hint(row->by) ? !hinted && !proven : !proven)
			*ret = (struct runtime_found){
				.runtime = r, .sign = row->by, .what = shown->what[i]};
		hinted |= is_hint(row->by);
		proven |= !is_hint(row->by);
	}
	if (!proven && (!hinted || is_refuted(r, program)))
		return false;
	ret->unproven = !proven;
	ret->embedded = runtime_table[r].embeds && !named;
	ret->version = version;
	return true;
}

static size_t remove_at(struct runtime_found *found, size_t n, size_t i)
{
	memmove(&found[i], &found[i + 1], (n - i - 1) * sizeof *found);
	return n - 1;
}

static ptrdiff_t index_of(const struct runtime_found *found, size_t n, enum runtime r)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].runtime == r)
			return (ptrdiff_t)i;
	return -1;
}

/* Whether its program may be written in plain C or C++. */
static bool is_native(const struct runtime_found *found, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].runtime < RUNTIME_CXX && !found[i].embedded)
			return false;
	return true;
}

/* A name or an address hints at nothing where the program is proven to be of another language. */
static size_t drop_hints(struct runtime_found *found, size_t n)
{
	bool proven = false;

	for (size_t i = 0; i < n; i++)
		proven |=
			found[i].runtime < RUNTIME_CXX && !found[i].unproven && !found[i].embedded;
	for (size_t i = n; i-- > 0 && proven;)
		if (found[i].runtime < RUNTIME_CXX && found[i].unproven)
			n = remove_at(found, n, i);
	return n;
}

/* What a language is made of itself is nothing to tell beside it. */
static size_t drop_native(struct runtime_found *found, size_t n)
{
	static const enum runtime native[] = {RUNTIME_C, RUNTIME_CXX};
	bool plain = is_native(found, n);
	ptrdiff_t at;

	if (plain && index_of(found, n, RUNTIME_CXX) >= 0 &&
		(at = index_of(found, n, RUNTIME_C)) >= 0)
		return remove_at(found, n, (size_t)at);
	for (size_t i = 0; i < 2 && !plain; i++)
		if ((at = index_of(found, n, native[i])) >= 0)
			n = remove_at(found, n, (size_t)at);
	return n;
}

size_t runtimes_find(const struct memory_map *m, struct text exe,
	const struct program_signs *program, struct runtime_found ret[RUNTIMES])
{
	struct shown shown = {0};
	size_t n = 0;

	look_at_mappings(m, &shown);
	look_at_program(exe, program, &shown);
	for (unsigned r = 0; r < RUNTIMES; r++)
		if (find_one((enum runtime)r, &shown, program, &ret[n]))
			n++;
	return drop_native(ret, drop_hints(ret, n));
}

/* ---- of a side ------------------------------------------------------------------ */

#define THREADS_LOOKED_AT 64u

/* A thread library of native programs that shows by no more than its threads' names. */
static void add_by_threads(const struct side *s, size_t sign, struct runtime_found *ret, size_t *n)
{
	const struct runtime_sign_row *row = &runtime_sign_table[sign];

	for (size_t i = 0; s->threads && i < s->threads->n && i < THREADS_LOOKED_AT; i++) {
		struct thread t = thread_at(s->threads, i);

		if (!text_has_prefix(thread_name(&t), row->pattern))
			continue;
		ret[(*n)++] = (struct runtime_found){
			.runtime = row->runtime, .sign = SIGN_THREAD, .what = thread_name(&t)};
		return;
	}
}

/* What Rust is made of itself is nothing to tell beside it: it needs the library of C. */
static size_t drop_libc(struct runtime_found *found, size_t n)
{
	ptrdiff_t c = index_of(found, n, RUNTIME_C);

	return c >= 0 && index_of(found, n, RUNTIME_TOKIO) >= 0 ? remove_at(found, n, (size_t)c)
								: n;
}

size_t side_runtimes(const struct side *s, struct runtime_found ret[RUNTIMES])
{
	const struct memory_map *m = s->memory;
	size_t n = 0;

	for (; m && n < m->runtimes_n && n < RUNTIMES; n++)
		ret[n] = m->found[n];
	for (size_t i = 0; i < SIGNS && is_native(ret, n); i++)
		if (runtime_sign_table[i].by == SIGN_THREAD && n < RUNTIMES &&
			index_of(ret, n, runtime_sign_table[i].runtime) < 0)
			add_by_threads(s, i, ret, &n);
	return drop_libc(ret, n);
}

/* Of the first of its runtimes that can; MAP_ROWS: none. */
#define MAP_ROWS (sizeof map_table / sizeof *map_table)
static size_t map_of(const struct side *s)
{
	struct runtime_found found[RUNTIMES];
	size_t n = s ? side_runtimes(s, found) : 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < MAP_ROWS; k++)
			if (map_table[k].runtime == found[i].runtime)
				return k;
	return MAP_ROWS;
}

const char *side_map_how(const struct side *s)
{
	size_t k = map_of(s);

	return k < MAP_ROWS ? map_table[k].how : NULL;
}

const char *side_gap_reason(const struct side *s, enum symbol_gap gap)
{
	size_t k = gap == SYMBOL_PERF_MAP ? map_of(s) : MAP_ROWS;

	return k < MAP_ROWS ? map_table[k].reason : symbol_gap_reason(gap);
}

/* ---- for people ------------------------------------------------------------------ */

void runtime_evidence(const struct runtime_found *found, struct textbuf *out)
{
	const char *words = sign_table[found->sign].words, *place = strstr(words, "%s");

	textbuf_add(out, words, (size_t)(place - words));
	text_printable(out, found->sign == SIGN_LIBRARY || found->sign == SIGN_BROUGHT
				    ? text_basename(found->what)
				    : found->what);
	textbuf_adds(out, place + 2);
	if (found->unproven)
		textbuf_adds(out, ", which is all that is known");
}

void runtime_print(const struct runtime_found *found, struct textbuf *out)
{
	textbuf_adds(out, runtime_title(found->runtime));
	if (found->version.len) {
		textbuf_adds(out, " ");
		text_printable(out, found->version);
	}
	if (found->embedded)
		textbuf_adds(out, ", embedded");
}
