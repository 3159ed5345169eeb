/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_WRITERS_VIEW_INTERNAL_H
#define TWINTOP_WRITERS_VIEW_INTERNAL_H

#include "sheet_internal.h"
#include "twintop/compare/writer_rows.h"

/* One writer alone: how a thread came there, and all pages that it wrote last. */
struct writers_panel {
	bool open;
	pid_t pid; /* the first of its places */
	uint64_t ip;
	bool kernel;
	struct sheet sheet;
	VEC(uint64_t) address; /* of each line of the sheet: the page that it is about; 0: none */
	/* What the sheet was filled from, with references, and when. */
	const struct writers *writers;
	const struct writer_names *names;
	uint64_t second;
};

void writers_panel_open(struct writers_panel *p, const struct writer *w);
void writers_panel_close(struct writers_panel *p); /* frees what it holds, too */
void writers_panel_update(struct writers_panel *p, const struct view_env *env,
	const struct writer_row *row, size_t n);
/* The page of the selected line; 0: none. */
uint64_t writers_panel_page(const struct writers_panel *p);

#endif
