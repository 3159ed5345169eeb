/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

void json_gap(struct json_writer *w, const char *reason, const char *format, ...)
{
	char path[160];
	va_list ap;

	if (!w->noting)
		return;
	va_start(ap, format);
	vsnprintf(path, sizeof path, format, ap);
	va_end(ap);
	for (size_t i = 0; i < w->gaps.n; i++)
		if (strcmp(w->gaps.item[i].path, path) == 0 &&
			strcmp(w->gaps.item[i].reason, reason) == 0)
			return;
	VEC_PUSH(&w->gaps, (struct json_gap){.path = mem_copy(path), .reason = reason});
}

void json_put_gaps(struct json_writer *w, const char *name)
{
	json_open(w, name, '[');
	for (size_t i = 0; i < w->gaps.n && !w->noting; i++) {
		const struct json_gap *gap = &w->gaps.item[i];

		json_put_tree(
			w, NULL, json_pack("{s:s, s:s}", "path", gap->path, "reason", gap->reason));
	}
	json_close(w, ']');
}

void json_gaps_clear(struct json_writer *w)
{
	for (size_t i = 0; i < w->gaps.n; i++)
		free(w->gaps.item[i].path);
	VEC_FREE(&w->gaps);
}
