/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "naming.h"
#include "twintop/proc/nursery.h"

void watched_begin(struct watched *w, const char *name)
{
	w->f = sampling_make();
	w->s = specimen_start(name, NULL);
	w->m = NULL;
	nursery_begin(w->f->root);
	sampling_begin(w->f, specimen_pid(w->s), SIBLING_NONE);
	w->f->need = NEED_BACKTRACES;
	source_need(w->f->source, NEED_BACKTRACES, 0);
}

void watched_end(struct watched *w)
{
	moment_put(w->m);
	sampling_unmake(w->f);
	specimen_stop(w->s);
}

pid_t watched_tid(const struct watched *w, const char *name)
{
	return (pid_t)specimen_number(w->s, name);
}

const struct backtraces *watched_list(const struct watched *w)
{
	return w->m ? w->m->snapshot->side[0].backtraces : NULL;
}

void watched_next(struct watched *w)
{
	moment_put(w->m);
	w->m = sampling_next(w->f);
}

void watched_print(const struct backtrace *b)
{
	struct backtrace_line line;
	struct textbuf text = {0};

	for (size_t i = 0; b && backtrace_line(b, i, &line); i++) {
		textbuf_clear(&text);
		backtrace_line_print(&text, &line);
		print_message("%zu %s\n", i, text.bytes);
	}
	textbuf_clear(&text);
	if (b)
		backtrace_reason(b, &text);
	print_message("%s\n", !b ? "none" : text.len ? text.bytes : "complete");
	textbuf_free(&text);
}

bool watched_whole(const struct backtrace *b)
{
	for (size_t i = 0; b && i < b->n; i++)
		if (b->frame[i].guessed)
			return false;
	return b && b->complete && !b->reason;
}

void watched_needs(void)
{
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
}

FILE *watched_file(const char *name, const char *how)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", naming_folder(), name);
	file = fopen(path, how);
	assert_non_null(file);
	return file;
}
