/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_WAITS_INTERNAL_H
#define TWINTOP_WAITS_INTERNAL_H

#include "sheet_internal.h"
#include "trace_internal.h"
#include "twintop/model/convoy.h"
#include "twintop/model/wait_forest.h"

/* ---- the graph of waits, in place of the list of threads -------------------------- */

enum waits_of { WAITS_OF_NOTHING, WAITS_OF_THREAD, WAITS_OF_CONVOY };
/* What a line of the sheet is about: a thread, or a lock that many waited for. */
struct waits_place {
	enum waits_of of;
	unsigned side;
	pid_t id;	  /* its TID; of a lock the process's */
	uint64_t address; /* of a lock */
};

struct waits_panel {
	struct sheet sheet;
	VEC(struct waits_place) place;	   /* of each line */
	const struct sheet_layout *layout; /* of the width that it was drawn in; NULL: not yet */
};

/* Fills it from env's moment; it has one. */
void waits_panel_update(struct waits_panel *p, const struct view_env *env);
void waits_panel_draw(
	struct waits_panel *p, const struct view_env *env, struct canvas *c, struct rect area);
/* The thread of the selected line as it stands in the moment; false: it is none, or has gone. */
bool waits_panel_thread(const struct waits_panel *p, const struct snapshot *s, unsigned *ret_side,
	size_t *ret_index);
/* Whose source and why are those of the selected line. */
const struct field *waits_panel_field(const struct waits_panel *p, const struct snapshot *s);
void waits_panel_free(struct waits_panel *p);

/* The functions that a thread waits in, from the innermost of the program's own: "take_two ← main"
 * of so many; or why that is not known. Appended. */
void waits_way_print(const struct snapshot *s, unsigned side, const struct thread *t, size_t most,
	struct textbuf *out);

/* A line of a lock that many waited for. */
void waits_convoy_add(struct sheet *sheet, const struct snapshot *s, const struct convoy *c);
/* That of the process and the address; NULL: the moment has none. */
const struct convoy *waits_convoy_find(const struct snapshot *s, pid_t pid, uint64_t address);
/* Rows of so many that its plot takes; 0: there is no room. */
int waits_convoy_rows(int h);
/* How many waited for it, over time. */
void waits_convoy_draw(const struct view_env *env, const struct convoy *c, struct canvas *canvas,
	struct rect area);

/* ---- a list of threads with both ------------------------------------------------------ */

/* The row of W in the view's keymap. */
#define ACTION_WAITS ACTION_OWN_8
#define WAITS_KEY                                                                                  \
	{                                                                                          \
		ACTION_WAITS, SCOPE_VIEW, "waits", {'W'}, "waits",                                 \
			"Who waits for whom: rings of threads (a deadlock), who holds what many "  \
			"wait for, and what all others wait for; once more, the threads."          \
	}

void *waits_view_new(const struct list_ops *ops);
void waits_view_destroy(void *view);
void waits_view_update(void *view, const struct view_env *env);
bool waits_view_act(void *view, const struct view_env *env, enum action action);
void waits_view_click(void *view, const struct view_env *env, int x, int y);
void waits_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area);
bool waits_view_selection(void *view, const struct view_env *env, struct view_selection *ret);
void waits_view_copy(void *view, const struct view_env *env, struct textbuf *out);
void waits_view_filter(void *view, const struct view_env *env, const char *text);
bool waits_view_search(void *view, const struct view_env *env, const char *text, bool again);
unsigned waits_view_wants(const void *view);
#define WAITS_VIEW_OPS                                                                             \
	.destroy = waits_view_destroy, .update = waits_view_update, .act = waits_view_act,         \
	.click = waits_view_click, .draw = waits_view_draw, .selection = waits_view_selection,     \
	.filter = waits_view_filter, .search = waits_view_search, .wants = waits_view_wants,       \
	.copy = waits_view_copy

#endif
