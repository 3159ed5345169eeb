/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_LIST_INTERNAL_H
#define TWINTOP_LIST_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/draw/list.h"

#define LIST_DEAD_MAX	 64 /* the oldest dead go first beyond that */
#define LIST_COLUMNS_MAX 24

/* What a cell in sight showed last, and when that last changed (0: never seen to). */
struct list_mark {
	uint64_t hash;
	uint64_t changed_ns;
};

/* A row through time. */
struct list_slot {
	uint64_t serial;	/* unique in the list */
	struct list_row row;	/* of the newest moment; indexes are -1 where the side is gone */
	char **dead[2];		/* two texts a column of a half that is gone: as it is shown, and
				 * in lecture mode; NULL: none */
	uint64_t gone_ns[2];	/* CLOCK_MONOTONIC of the first moment without that half */
	uint64_t died_ns;	/* when the last half went; 0: it lives */
	uint64_t born_ns;	/* when it came; 0: it was there from the beginning */
	struct list_mark *mark; /* two a column while in sight, else NULL */
	uint64_t drawn;		/* number of the drawing that showed it last */
	bool dismissed;		/* though its record is there still: that has ended */
	bool matches, matches_known; /* the filter's verdict */
};

/* Where a row that is shown hangs: below another place of the order; -1: below none. */
struct list_branch {
	ptrdiff_t parent;
	unsigned depth;
	bool last; /* of those that hang there */
};

struct list {
	const struct list_ops *ops;
	void *context;
	const struct field *field[LIST_COLUMNS_MAX];   /* a column each; NULL: not in the table */
	const struct field *field_b[LIST_COLUMNS_MAX]; /* the same of B's cells */
	const struct moment *moment; /* of the last update: what died since is read from it */
	struct arena arena;	     /* rows of the update under way */
	VEC(struct list_slot) slot;  /* natural order, the dead in their old places */
	VEC(uint32_t) order;	     /* slots as shown */
	VEC(uint32_t) marked;	     /* slots that have marks */
	size_t dead;		     /* slots with a half that is gone */
	uint64_t serials;
	bool began; /* an update brought rows since the last reset */
	bool back;  /* the update under way goes back in time: nothing is born or dies in it */

	uint64_t selected; /* serial; 0: none */
	uint64_t selected_id[2];
	size_t at;  /* its place in order */
	size_t top; /* first row in sight */
	int column; /* under the column cursor; -1: none */
	bool tasted; /* what the user left it with was taken up */
	int sort;   /* column; -1: natural order */
	int sorted; /* the one that order was made by */
	bool reverse;
	bool differ;	    /* only rows in which A and B differ */
	char *filter;	    /* NULL: all */
	size_t filter_next; /* where the next look at old verdicts begins */

	VEC(struct list_branch) branch; /* of each place of the order, in natural order; else n 0 */

	uint64_t draws;
	struct rect area, pane[2]; /* of the last drawing */
	int body_y, body_h, row_h; /* row_h: lines from row to row, 1 before the first drawing */
	bool hidden[LIST_COLUMNS_MAX]; /* columns that are left out whatever the room */
	int column_x[LIST_COLUMNS_MAX], column_w[LIST_COLUMNS_MAX]; /* within a pane; w 0: hidden */
};

/* How many panes it has: a side each, but one where its records are of none. */
unsigned list_sides(const struct list *l, const struct list_env *env);
/* The value of a cell; the row must have that side. */
/* The field of a side's cells in that column; NULL: none. */
const struct field *list_field(const struct list *l, unsigned side, size_t column);
struct value list_value(const struct list *l, const struct list_env *env,
	const struct list_row *row, unsigned side, size_t column);
/* The text of a cell as it is shown, printable; appends. */
void list_text(const struct list *l, const struct list_env *env, const struct list_row *row,
	unsigned side, size_t column, struct textbuf *out);
/* The same, but never as in lecture mode. */
void list_text_plain(const struct list *l, const struct list_env *env, const struct list_row *row,
	unsigned side, size_t column, struct textbuf *out);
/* What a cell of a half that is gone showed. */
const char *list_dead_text(
	const struct list_env *env, const struct list_slot *slot, unsigned side, size_t column);

/* The row with its state at env->moment. */
struct list_row list_row_now(
	const struct list *l, const struct list_env *env, const struct list_slot *slot);

/* Whether the row's record tells of what has ended; of a row without one LIST_LIVES. */
enum list_life list_slot_life(
	const struct list *l, const struct list_env *env, const struct list_slot *slot);

/* list_tree.c: branches of what is shown. */
void list_tree_make(struct list *l, const struct list_env *env);
/* Columns that the branches of a place of the order take, of so many. */
int list_tree_width(const struct list *l, size_t at, int w);
/* Draws them at the begin of a cell; returns the rest of it. */
struct rect list_tree_draw(const struct list *l, struct canvas *c, struct rect cell, size_t at);

/* list_draw.c: the mark between the panes, and how a living record's cell looks. */
struct list_glyph list_row_glyph(
	const struct list *l, const struct list_env *env, const struct list_slot *slot);
enum style list_cell_style(const struct list *l, const struct list_env *env,
	const struct list_slot *slot, unsigned side, size_t column);

/* list_changes.c: brings slots up to rows, and the marks of what is in sight. */
void list_merge(struct list *l, const struct list_env *env, const struct list_row *rows, size_t n);
void list_mark(struct list *l, const struct list_env *env);
/* The texts of a row in sight, for the next comparison. */
void list_mark_begin(struct list *l, const struct list_env *env, struct list_slot *slot);
bool list_changed(const struct list *l, const struct list_env *env, const struct list_slot *slot,
	unsigned side, size_t column);
/* Whether anything of the row is marked. */
bool list_row_changed(
	const struct list *l, const struct list_env *env, const struct list_slot *slot);
bool list_slot_lives(const struct list_slot *slot);
/* Whether any row or half of one went. */
bool list_dismiss(struct list *l, const struct list_env *env);
void list_forget(struct list *l);

/* list_taste.c: what the user wants of it. Whether a column is none of those that are to be shown; the
 * order that it was left with; and keeping which it is now. */
bool list_unwanted(const struct list *l, const struct list_env *env, size_t column);
void list_follow_taste(struct list *l, const struct list_env *env);
void list_keep_taste(const struct list *l, const struct list_env *env);

/* list_order.c: filter, sort, search. same: the slots are those of the last time. */
void list_arrange(struct list *l, const struct list_env *env, bool same);
/* Sorts; what is looked for stands on top then, and the selection goes there. */
void list_sort_by(struct list *l, const struct list_env *env, int column);
/* Arranges anew with the first row selected. */
void list_to_top(struct list *l, const struct list_env *env);

#endif
