/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TRACE_INTERNAL_H
#define TWINTOP_TRACE_INTERNAL_H

#include "list_view_internal.h"
#include "twintop/model/backtraces.h"

/* ---- the ways of all threads as a tree ------------------------------------------- */

/* A function on the way of so many threads, and what it called. */
struct trace_node {
	struct text name; /* raw bytes; of one without a name, its place */
	size_t threads;
	size_t first, next; /* of the nodes: its first callee, the next one beside it; 0: none */
};
/* The first node stands for all; its callees are where threads began. */
struct trace_tree {
	size_t n;
	struct trace_node *node;
};
/* Callees by the number of their threads; into the arena. */
struct trace_tree trace_tree_of(const struct backtraces *list, struct arena *arena);

/* A line of the tree: functions that call each other, as long as all threads go that way. */
struct trace_line {
	unsigned depth;
	size_t threads;
	struct textbuf text; /* "start_thread → worker_loop → futex_wait", printable */
};
/* All lines, from the tree's begin; free them with trace_lines_free. */
size_t trace_tree_lines(const struct trace_tree *tree, struct trace_line **ret_line);
void trace_lines_free(struct trace_line *line, size_t n);

/* ---- a list of threads with a pane below it ---------------------------------------- */

/* What b shows below the threads: nothing, the selected one's way, or those of all. */
enum trace_pane { TRACE_NONE, TRACE_SELECTED, TRACE_ALL, TRACE_PANES };

/* The thread that is to be held, once that is confirmed. */
struct trace_hold {
	struct task_id process;
	pid_t tid; /* 0: nobody is asked for */
};

struct trace_view {
	struct list *list;
	enum trace_pane pane;
	size_t top;		 /* lines of the pane that are scrolled past */
	int rows;		 /* that the pane had when it was drawn last */
	pid_t of;		 /* whose way top counts in; 0: of all */
	struct trace_hold asked; /* it stands there to be confirmed */
	bool held;		 /* somebody was held: that is shown until the pane closes */
};

void *trace_view_new(const struct list_ops *ops);
void trace_view_destroy(void *view);
void trace_view_update(void *view, const struct view_env *env);
bool trace_view_act(void *view, const struct view_env *env, enum action action);
void trace_view_click(void *view, const struct view_env *env, int x, int y);
void trace_view_draw(void *view, const struct view_env *env, struct canvas *c, struct rect area);
bool trace_view_selection(void *view, const struct view_env *env, struct view_selection *ret);
void trace_view_filter(void *view, const struct view_env *env, const char *text);
bool trace_view_search(void *view, const struct view_env *env, const char *text, bool again);
/* enum need bits of what the pane shows. */
unsigned trace_view_wants(const void *view);
#define TRACE_VIEW_OPS                                                                             \
	.destroy = trace_view_destroy, .update = trace_view_update, .act = trace_view_act,         \
	.click = trace_view_click, .draw = trace_view_draw, .selection = trace_view_selection,     \
	.filter = trace_view_filter, .search = trace_view_search, .wants = trace_view_wants

/*
 * The pane's own keys, where another list has the place above: row is what is selected there, NULL:
 * no thread. False: it is none of them.
 */
bool trace_view_pane_act(struct trace_view *v, const struct view_env *env,
	const struct list_row *row, enum action action);
/* And the pane there. */
void trace_view_pane_draw(struct trace_view *v, const struct view_env *env,
	const struct list_row *row, struct canvas *c, struct rect area);

/* The rows of its keys in the view's keymap. */
#define ACTION_TRACE	  ACTION_OWN_9
#define ACTION_HOLD	  ACTION_OWN_4
#define ACTION_HOLD_IT	  ACTION_OWN_3
#define ACTION_TRACE_DOWN ACTION_OWN_2
#define ACTION_TRACE_UP	  ACTION_OWN_1
/* clang-format off */
#define TRACE_KEYS                                                                                 \
	{ ACTION_TRACE, SCOPE_VIEW, "backtrace", {'b'}, "way",                                     \
		"How the selected thread came to where it stands, without a stop; once more, the " \
		"ways of all threads as a tree; then no more." },                                  \
	{ ACTION_TRACE_DOWN, SCOPE_VIEW, "backtrace-down", {'J'}, NULL,                            \
		"Scroll the backtrace below down." },                                              \
	{ ACTION_TRACE_UP, SCOPE_VIEW, "backtrace-up", {'K'}, NULL,                                \
		"Scroll the backtrace below up." },                                                \
	{ ACTION_HOLD, SCOPE_VIEW, "hold", {'B'}, NULL,                                            \
		"The same by a stop of that thread for some microseconds, which a program may "    \
		"notice: it is asked about before." },                                             \
	{ ACTION_HOLD_IT, SCOPE_VIEW, "hold-confirmed", {'Y'}, NULL,                               \
		"Yes, hold the thread that B asked about." }
/* clang-format on */

/* The stacks that the row's thread was seen on, where it has user-level threads; row NULL: none is
 * selected. How many rows they take of a view of h lines; 0: none are shown. */
int stacks_pane_rows(const struct view_env *env, const struct list_row *row, int h);
void stacks_pane_draw(const struct view_env *env, const struct list_row *row, struct canvas *c,
	struct rect area);

/* How many rows the pane takes of a view of h lines; 0: it is not shown. */
int trace_pane_rows(enum trace_pane pane, const struct view_env *env, int h);
/*
 * row NULL: none is selected. The first top lines are scrolled past; returns how many can be, for
 * the last to be seen.
 */
size_t trace_pane_draw(enum trace_pane pane, const struct view_env *env, const struct list_row *row,
	size_t top, struct canvas *c, struct rect area);
/* In its place: whether that thread shall be held, and what that may do. */
void trace_pane_ask(const struct trace_hold *asked, const struct view_env *env, struct canvas *c,
	struct rect area);
/* Whom B means: the selected row's thread of the chosen side, else of the other. False: none, and
 * *ret_why says so. */
bool trace_hold_of(const struct view_env *env, const struct list_row *row, struct trace_hold *ret,
	const char **ret_why);

#endif
