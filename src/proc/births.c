/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/births.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTLE_NS 20000000u /* from the number of a task to its place in a list */

/* loadavg tells of our PID namespace, whosever /proc it stands in. */
void births_open(struct births *b, const struct proc_root *root)
{
	char self[24];

	*b = (struct births){0};
	snprintf(self, sizeof self, "%d", (int)getpid());
	b->told = !proc_readlink(root, &b->text, "self") && !strcmp(b->text.bytes, self);
}

void births_close(struct births *b)
{
	textbuf_free(&b->last);
	textbuf_free(&b->text);
}

/* "0.20 0.18 0.12 1/80 11206" */
uint64_t births_look(struct births *b, const struct proc_root *root, uint64_t now_ns)
{
	const char *last;

	textbuf_clear(&b->text);
	if (!b->told || proc_read(root, &b->text, "loadavg") || !b->text.len)
		return ++b->count;
	last = strrchr(b->text.bytes, ' ');
	last = last ? last : b->text.bytes;
	if (!b->last.len || strcmp(last, b->last.bytes) != 0) {
		textbuf_clear(&b->last);
		textbuf_adds(&b->last, last);
		b->count++;
		b->settle_ns = now_ns + SETTLE_NS;
	} else if (b->settle_ns && now_ns >= b->settle_ns) {
		b->count++;
		b->settle_ns = 0;
	}
	return b->count;
}
