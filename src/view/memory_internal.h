/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MEMORY_INTERNAL_H
#define TWINTOP_MEMORY_INTERNAL_H

#include "erosion_internal.h"
#include "list_view_internal.h"
#include "twintop/compare/erosion.h"

/* How one mapping of the pair eroded, of the moments that are kept up to the one shown. */
struct memory_trace {
	const struct erosion *erosion;	 /* of the last moment that it followed to; */
	const struct verdicts *verdicts; /* references */
	uint64_t anchor;   /* an address of the mapping that stays, however it grows */
	uint64_t since_ns; /* of the pair's erosion: what lies before is another's */
	uint64_t next;	   /* of the moments ever kept, the first that was not looked at */
	uint64_t seen_ns;  /* of the last one that was */
	struct erosion_track track;
};

/* Follows the mapping of a row to the moment of env, whose pair has erosion; anew where it is
 * another mapping, another pair, or back in time. */
void memory_trace_follow(
	struct memory_trace *t, const struct view_env *env, const struct list_row *row);
void memory_trace_clear(struct memory_trace *t);

/* The pane below the list: what becomes of the selected mapping. */
struct memory_pane {
	struct memory_trace trace;
	struct erosion_plot plot;
};

/* How many rows it takes of a view of h lines; 0: it is not shown. */
int memory_pane_rows(const struct view_env *env, int h);
/* row NULL: none is selected. */
void memory_pane_draw(struct memory_pane *p, const struct view_env *env, const struct list_row *row,
	struct canvas *c, struct rect area);

/* What a mapping is in words: "heap", "libc code". Appended. */
void memory_print_what(const struct side *side, size_t mapping, struct textbuf *out);

#endif
