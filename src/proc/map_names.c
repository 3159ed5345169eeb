/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that maps writes in one way and that are two: a newline, and a backslash with 012. */
#include <string.h>

#include "twintop/base/arena.h"
#include "twintop/proc/maps.h"

/* Whether maps would write both in the same way. */
static bool are_written_alike(struct text a, struct text b)
{
	struct scan x = scan_of(a.bytes, a.len), y = scan_of(b.bytes, b.len);

	while (x.at < x.end && y.at < y.end) {
		bool newline = scan_char(&x, '\n') || scan_literal(&x, "\\012");

		if (newline != (scan_char(&y, '\n') || scan_literal(&y, "\\012")))
			return false;
		if (!newline && *x.at++ != *y.at++)
			return false;
	}
	return x.at == x.end && y.at == y.end;
}

static void correct_name(const struct proc_root *root, pid_t pid, struct memory_map *m, size_t i)
{
	struct mapping *v = &m->mapping[i];
	struct textbuf link = {0};
	struct text text;

	if (!proc_readlink(root, &link, "%d/map_files/%llx-%llx", (int)pid,
		    (unsigned long long)v->start, (unsigned long long)v->end)) {
		text = (struct text){link.bytes, link.len};
		if (are_written_alike(text, v->path) && !text_equal(text, v->path))
			v->path = (struct text){
				arena_copy(&m->part.arena, text.bytes, text.len), text.len};
	}
	textbuf_free(&link);
}

void maps_correct_names(const struct proc_root *root, pid_t pid, struct memory_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->mapping[i].path.len &&
			memchr(m->mapping[i].path.bytes, '\n', m->mapping[i].path.len))
			correct_name(root, pid, m, i);
}
