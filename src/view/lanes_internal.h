/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_LANES_INTERNAL_H
#define TWINTOP_LANES_INTERNAL_H

#include "twintop/draw/time_axis.h"
#include "twintop/model/snapshot.h"
#include "waits_internal.h"

/* ---- lanes on an axis ---------------------------------------------------------------- */

/* What l shows below the threads: nothing, a lane a thread, or a lane a CPU. */
enum lanes_pane { LANES_NONE, LANES_THREADS, LANES_CPUS, LANES_PANES };

#define LANE_COLUMNS 512 /* what is wider is cut */

/* What one thread did in one column. */
struct lane_cell {
	uint64_t run_ns, queued_ns;
	uint64_t deaf_ns; /* nobody listened */
	uint32_t voluntary, involuntary;
	int cpu;      /* of the last stretch in it; -1: none */
	bool moved;   /* that one began here on another CPU than the one before */
	bool sampled; /* some of it */
};
/* Of a thread of pid; of a->w columns, at most LANE_COLUMNS. */
void lane_cells(const struct lanes *lanes, pid_t pid, pid_t tid, const struct time_axis *a,
	struct lane_cell cell[LANE_COLUMNS]);
void lane_draw(const struct lanes *lanes, pid_t pid, pid_t tid, const struct time_axis *a,
	struct canvas *c, int x, int y);
/* Whom a CPU had of a process: the letter of whoever had it longest; selected stands out. */
void lane_draw_cpu(const struct lanes *lanes, const struct thread_list *threads, pid_t pid, int cpu,
	pid_t selected, const struct time_axis *a, struct canvas *c, int x, int y);
/* One more than the greatest number of a CPU that any had. */
int lane_cpus(const struct lanes *lanes, pid_t pid);
/* 'a' … 'z', and again: by the place in the list. */
char lane_letter(size_t i);

/* row index of each side: whose lane is selected; -1: nobody's. */
void lanes_pane_draw(enum lanes_pane pane, const struct view_env *env, const ptrdiff_t selected[2],
	uint64_t span_ns, struct canvas *c, struct rect area);

/* What the lane of thread index of a side shows, and what it stands on, in a sentence or two. */
void lanes_pane_tell(enum lanes_pane pane, const struct view_env *env, unsigned side, size_t index,
	uint64_t span_ns, struct textbuf *out);

/* ---- a list of threads with that below it --------------------------------------------- */

#define ACTION_LANES	     ACTION_OWN_5
#define ACTION_LANES_LONGER  ACTION_OWN_6
#define ACTION_LANES_SHORTER ACTION_OWN_7
/* clang-format off */
#define LANES_KEYS                                                                                 \
	{ ACTION_LANES, SCOPE_VIEW, "lanes", {'l'}, "lanes",                                       \
		"When each thread was on a CPU, and on which; once more, a lane a CPU; then no "   \
		"more." },                                                                         \
	{ ACTION_LANES_SHORTER, SCOPE_VIEW, "lanes-shorter", {'.'}, NULL,                          \
		"Show a shorter time in the lanes." },                                             \
	{ ACTION_LANES_LONGER, SCOPE_VIEW, "lanes-longer", {','}, NULL,                            \
		"Show a longer time in the lanes." }
/* clang-format on */

void *lanes_view_new(const struct list_ops *ops);
void lanes_view_destroy(void *view);
void lanes_view_update(void *view, const struct view_env *env);
bool lanes_view_act(void *view, const struct view_env *env, enum action action);
void lanes_view_click(void *view, const struct view_env *env, int x, int y);
void lanes_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area);
bool lanes_view_selection(void *view, const struct view_env *env, struct view_selection *ret);
void lanes_view_copy(void *view, const struct view_env *env, struct textbuf *out);
void lanes_view_filter(void *view, const struct view_env *env, const char *text);
bool lanes_view_search(void *view, const struct view_env *env, const char *text, bool again);
unsigned lanes_view_wants(const void *view);
#define LANES_VIEW_OPS                                                                             \
	.destroy = lanes_view_destroy, .update = lanes_view_update, .act = lanes_view_act,         \
	.click = lanes_view_click, .draw = lanes_view_draw, .selection = lanes_view_selection,     \
	.filter = lanes_view_filter, .search = lanes_view_search, .wants = lanes_view_wants,       \
	.copy = lanes_view_copy

#endif
