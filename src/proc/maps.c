/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/proc/identity.h"
#include "twintop/proc/map_origins.h"

static const char deleted_mark[] = " (deleted)";

static bool scan_flag(struct scan *s, char letter, char otherwise, unsigned flag, unsigned *flags)
{
	if (scan_char(s, letter))
		*flags |= flag;
	else if (!scan_char(s, otherwise))
		return false;
	return true;
}

/* "rw-p" */
static bool scan_permissions(struct scan *s, unsigned *ret)
{
	unsigned flags = 0;

	if (!scan_flag(s, 'r', '-', MAPPING_READ, &flags) ||
		!scan_flag(s, 'w', '-', MAPPING_WRITE, &flags) ||
		!scan_flag(s, 'x', '-', MAPPING_EXEC, &flags) ||
		!scan_flag(s, 's', 'p', MAPPING_SHARED, &flags))
		return false;
	*ret = flags;
	return true;
}

/* "fe:00": major and minor in hexadecimal */
static bool scan_device(struct scan *s, struct mapping *v)
{
	uint64_t major, minor;

	if (!scan_hex(s, &major) || !scan_char(s, ':') || !scan_hex(s, &minor) ||
		major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	v->device_major = (uint32_t)major;
	v->device_minor = (uint32_t)minor;
	return true;
}

/*
 * "7f3b22c85000-7f3b22c87000 rw-p 001d3000 fe:00 332835      /usr/lib/libc.so.6",
 * where all behind the padding is the path. Leaves the path in *ret_path.
 */
static bool scan_mapping(struct scan *s, struct mapping *v, struct text *ret_path)
{
	if (!scan_hex(s, &v->start) || !scan_char(s, '-') || !scan_hex(s, &v->end) ||
		v->start >= v->end || !scan_char(s, ' ') || !scan_permissions(s, &v->flags) ||
		!scan_char(s, ' ') || !scan_hex(s, &v->offset) || !scan_char(s, ' ') ||
		!scan_device(s, v) || !scan_char(s, ' ') || !scan_u64(s, &v->inode))
		return false;
	if (s->at < s->end && *s->at != ' ')
		return false;
	scan_blanks(s);
	*ret_path = (struct text){s->at, (size_t)(s->end - s->at)};
	return true;
}

/* The kernel writes a newline in a path as \012 and escapes nothing else. */
static struct text path_copy(struct arena *arena, struct text raw)
{
	char *copy = arena_copy(arena, raw.bytes, raw.len), *to = copy;
	const char *from = copy, *end = copy + raw.len;

	if (!memchr(raw.bytes, '\\', raw.len))
		return (struct text){copy, raw.len};
	while (from < end) {
		if (end - from >= 4 && !memcmp(from, "\\012", 4)) {
			*to++ = '\n';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	return (struct text){copy, (size_t)(to - copy)};
}

static size_t count_lines(struct scan s)
{
	size_t n = 0;

	while (s.at < s.end) {
		const char *newline = memchr(s.at, '\n', (size_t)(s.end - s.at));

		n++;
		if (!newline)
			break;
		s.at = newline + 1;
	}
	return n;
}

/* Parses each line into mapping[]; neighbours of one file share their path's copy. */
static int parse_lines(struct scan text, struct arena *arena, struct mapping *mapping, size_t *n)
{
	struct text raw_before = {0}, path_before = {0}, raw;
	struct scan line;

	for (*n = 0; scan_line(&text, &line); ++*n) {
		struct mapping *v = &mapping[*n];

		if (!scan_mapping(&line, v, &raw))
			return -EINVAL;
		if (!raw.len)
			continue;
		if (!text_equal(raw, raw_before)) {
			raw_before = raw;
			path_before = path_copy(arena, raw);
		}
		v->path = path_before;
		v->deleted = mapping_has_object(v) && text_has_suffix(v->path, deleted_mark);
	}
	return 0;
}

static int compare_starts(const void *left, const void *right)
{
	const struct mapping *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->end < b->end ? -1 : a->end > b->end;
}

static bool is_ordered(const struct mapping *mapping, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (mapping[i].start < mapping[i - 1].end)
			return false;
	return true;
}

/*
 * The file comes in pieces of about 4 KiB, and between two of them mappings may
 * split or merge: what a later line says again of addresses that were seen is cut off.
 */
static size_t cut_overlaps(struct mapping *mapping, size_t n)
{
	size_t kept = 0;

	qsort(mapping, n, sizeof *mapping, compare_starts);
	for (size_t i = 0; i < n; i++) {
		struct mapping v = mapping[i];
		uint64_t seen = kept ? mapping[kept - 1].end : 0;

		if (v.end <= seen)
			continue;
		if (v.start < seen) {
			v.offset += mapping_has_object(&v) ? seen - v.start : 0;
			v.start = seen;
		}
		mapping[kept++] = v;
	}
	return kept;
}

int maps_parse(struct scan text, struct memory_map *m, size_t *ret_bad_line)
{
	struct mapping *mapping = arena_array(&m->part.arena, count_lines(text), sizeof *mapping);
	size_t n;

	if (parse_lines(text, &m->part.arena, mapping, &n) < 0) {
		if (ret_bad_line)
			*ret_bad_line = n + 1;
		return -EINVAL;
	}
	m->mapping = mapping;
	m->n = is_ordered(mapping, n) ? n : cut_overlaps(mapping, n);
	return 0;
}

/* The file that the program's code lies in: exe is only its name, which may be another's, too. */
static const struct mapping *find_program(
	const struct proc_root *root, pid_t pid, const struct memory_map *m)
{
	struct identity_stat stat;
	ptrdiff_t i;

	if (identity_stat_read(root, pid, &stat))
		return NULL;
	i = memory_find(m, stat.start_code);
	return i >= 0 && m->mapping[i].inode ? &m->mapping[i] : NULL;
}

int maps_take(const struct proc_root *root, pid_t pid, struct text text, struct text exe,
	struct memory_map *m)
{
	int error = text.len ? maps_parse(scan_of(text.bytes, text.len), m, NULL) : -ESRCH;
	const bool ask = root && proc_root_is_kernel(root);
	const struct mapping *program = NULL;

	if (error)
		return error;
	if (ask) {
		maps_correct_names(root, pid, m);
		maps_find_origins(root, pid, m);
		program = find_program(root, pid, m);
	}
	maps_classify(m, program ? program->path : exe, program);
	if (ask || !root)
		maps_check_deleted(root, pid, m);
	if (ask)
		maps_tell_objects(root, pid, m);
	return 0;
}

int maps_read(
	const struct proc_root *root, pid_t pid, int fd, struct text exe, struct memory_map *m)
{
	struct textbuf text = {0};
	int error = proc_read_fd(fd, &text);

	if (!error)
		error = maps_take(root, pid, (struct text){text.bytes, text.len}, exe, m);
	textbuf_free(&text);
	return error;
}
