/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_WAITS_FILL_H
#define TWINTOP_WAITS_FILL_H

#include "waits_internal.h"

#define WAITS_WAY_MOST 4u /* functions of a way */

/* The columns of the graph of waits. */
enum waits_column {
	WAITS_THREAD,
	WAITS_OBJECT,
	WAITS_OWNER,
	WAITS_SINCE,
	WAITS_WAY,
	WAITS_COLUMNS
};

/* What is filled in, and from where. */
struct waits_filling {
	struct waits_panel *p;
	struct sheet *sheet;
	const struct snapshot *s;
	const struct sheet_layout *layout;
	struct wait_forest forest;
};

/* What text holds, in the sheet's arena; text is freed. */
const char *waits_keep(struct sheet *s, struct textbuf *text);
/* "4250 left", "B 4251 right" where there are two sides; brief: without its name. */
const char *waits_name(
	const struct waits_filling *f, const struct wait_node *n, const char *before, bool brief);
/* "→ mutex lock", since when, and in which functions, of a thread of a side. */
const char *waits_object(
	const struct waits_filling *f, unsigned side, const struct thread *t, bool brief);
const char *waits_since(const struct waits_filling *f, unsigned side, const struct thread *t);
const char *waits_way(
	const struct waits_filling *f, unsigned side, const struct thread *t, size_t most);

/* What the line that was added last is about. */
void waits_put_place(struct waits_filling *f, struct waits_place place);
void waits_set_place(struct waits_filling *f, unsigned side, pid_t tid);
/* A line that stands for n others. */
void waits_add_more(struct waits_filling *f, size_t n, const char *before);

/* What threads wait for that wait for no thread. */
void waits_add_groups(struct waits_filling *f);

#endif
