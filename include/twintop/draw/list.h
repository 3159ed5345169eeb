/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_DRAW_LIST_H
#define TWINTOP_DRAW_LIST_H

#include "twintop/draw/canvas.h"
#include "twintop/draw/key.h"
#include "twintop/draw/sign.h"
#include "twintop/model/field.h"

/*
 * The one list widget: rows of A and B side by side under equal columns. It keeps the selection and
 * the order by the identity of the records, keeps what is gone (dimmed) until dismissed, marks
 * values that changed for a few seconds, filters, searches and sorts. Views describe their rows and
 * columns. Only rows in sight are formatted: 30,000 rows cost an update a few milliseconds.
 */
struct list_row {
	uint64_t id[2];	      /* identity of each side's record through time */
	ptrdiff_t index[2];   /* record index of each side; -1: none */
	ptrdiff_t pair;	      /* row in the pair's table; -1: not compared */
	enum row_state state; /* ROW_STATES: not compared */
};

/* What a user wants of a list, and leaves it with. */
#define LIST_SORT_ID 48
struct list_taste {
	const char *columns;	 /* names of those that are shown, blanks between; NULL: all */
	char sort[LIST_SORT_ID]; /* name of that which it is sorted by; "": natural order */
	bool reverse;
};

/* What a list sees when it is updated, draws or reacts: of its view's world, what a list needs. */
struct list_env {
	const struct moment *moment; /* NULL before the first */
	uint64_t now_ns;	     /* CLOCK_MONOTONIC, of the moment's clock */
	bool past;		     /* the moment is held or gone by: what it lacks stays so */
	bool lecture;		     /* hide secondary columns */
	unsigned side;		     /* the chosen one: 0 A, 1 B */
	unsigned sort_side;	     /* whose values sorting goes by */
	const void *owner;	     /* whose list it is: for the ops' own use */
	struct list_taste *taste;    /* is followed, and kept; NULL: there is none */
	bool sheet;		     /* of a page: no key goes there, so none is named */
};

/* A mark of one column: the gutter between the panes. */
struct list_glyph {
	const char *utf8, *ascii;
	enum style style;
	const char *word; /* beside it in lecture mode: six columns at most; NULL: none */
};

/* The selected records, and the column under the column cursor; NULL: none. */
struct list_selection {
	bool has[2];
	struct record record[2];
	const struct field *field;
	enum row_state state; /* of the row; ROW_STATES: not compared */
	struct list_glyph glyph;
	enum style style; /* of the cell on the chosen side */
};

#define LIST_GROW  1u  /* takes the columns that are left over */
#define LIST_TAIL  2u  /* too long: its end is shown, as the end of a path says most */
#define LIST_QUIET 4u  /* moves all the time: its changes are not marked */
#define LIST_ENDS  8u  /* too long: cut in the middle, see panes_ends() */
#define LIST_TREE  32u /* where its rows are a tree, their branches stand before its text */
#define LIST_WHOLE                                                                                 \
	16u /* of the selected row it stands below the rows where it was cut or hidden             \
	     */

/* A column in lecture mode. */
struct list_lecture {
	unsigned char width; /* columns, least; 0: it is not shown then */
	unsigned char rank;  /* as out of it */
	bool grow;	     /* takes the columns that are left over */
	const char *title;   /* in place of the field's; NULL: that */
	/* Words in place of codes; NULL: the text as ever. */
	void (*print)(const struct list_env *env, const struct list_row *row, unsigned side,
		struct textbuf *out);
	const char *gone; /* of a record that is gone; NULL: what it last showed */
};

struct list_column {
	const char *field;   /* id in the field table; NULL: own */
	unsigned char rank;  /* 0 always shown; greater ones go first when the pane is narrow */
	unsigned flags;	     /* LIST_* */
	unsigned char width; /* columns, least; 0: the field's */
	unsigned char wish; /* columns that it takes before columns of later ranks come; 0: width */
	/* The id of a column of this list: while that one is hidden, its text stands for one that
	 * does not apply here. NULL: none. */
	const char *instead;
	/* The id of the field of its cells of B, where that is another one. NULL: the same. */
	const char *field_b;
	/* Replaces the field (own) or its getter (get): what the pair knows and no record. */
	const struct field *own;
	struct value (*get)(const struct list_env *env, const struct list_row *row, unsigned side);
	/* The text in place of field_format()'s: printable, "?" for the unknown; NULL: that. */
	void (*print)(const struct list_env *env, const struct list_row *row, unsigned side,
		struct textbuf *out);
	/* A shorter text for a cell that print's does not fit into; NULL: that one is cut. */
	void (*print_short)(const struct list_env *env, const struct list_row *row, unsigned side,
		struct textbuf *out);
	/* Draws the cell of a living record, and the heading, in place of text; NULL: text. */
	void (*draw)(const struct list_env *env, const void *context, const struct record *r,
		struct canvas *c, struct rect cell);
	void (*head)(const struct list_env *env, const void *context, struct canvas *c,
		struct rect cell);
	const char *gone; /* of a record that is gone; NULL: what it last showed */
	struct list_lecture lecture;
};

/* What a record tells of may have ended while the record is there still. */
enum list_life {
	LIST_LIVES,
	LIST_ENDED, /* it is dim */
	LIST_GONE   /* the same, and it goes when dismissed */
};

struct list_ops {
	enum record_kind kind;
	bool one; /* its records are of no side: one pane, as side 0 has them */
	const struct list_column *columns;
	size_t columns_n;
	/* The rows of env->moment in their natural order, into rows (arena-owned). Returns how
	 * many. */
	size_t (*rows)(const struct list_env *env, struct arena *arena, struct list_row **ret_rows);
	/*
	 * Whether rows() of the one moment tells what it told of the one before, but for the
	 * states; then it is not asked, and an update costs what is in sight. NULL: that is not
	 * known.
	 */
	bool (*same)(const struct moment *now, const struct moment *before);
	/* The state of a row at env->moment; NULL: as rows() told it. */
	enum row_state (*state)(const struct list_env *env, const struct list_row *row);
	/*
	 * The record of side 0 that a row's hangs below, or -1: the rows are a tree, each behind
	 * the one that it hangs below. NULL: they are none.
	 */
	ptrdiff_t (*parent)(const struct list_env *env, const struct list_row *row);
	/* Whether a row's record tells of what has ended. NULL: none does. */
	enum list_life (*life)(const struct list_env *env, const struct list_row *row);
	/* Whether the moments' records have nothing to do with each other. NULL: those of other
	 * processes. */
	bool (*other)(const struct moment *now, const struct moment *before);
	/* Whether a column is left out now. NULL: none is but for want of room. */
	bool (*hides)(const struct list_env *env, const struct list_column *column);
	/* Appends what stands behind the pair: "B wrote 3 pages". NULL: nothing. */
	void (*note)(const struct list_env *env, const struct list_row *row, struct textbuf *out);
	unsigned char note_width; /* what the notes would like; 0: 40 */
	unsigned char note_from;  /* columns of the list from which on it has notes; 0: always */
	/* The mark between the panes; NULL: by state. */
	struct list_glyph (*glyph)(const struct list_env *env, const struct list_row *row);
	/* Places of the signs in the legend, ends with NULL; NULL: that of the row states. */
	const char *const *legend;
	/* A person selected the row. NULL: nothing to do. */
	void (*selected)(const struct list_env *env, const struct list_row *row);
	const char *ended; /* what became of a record that is gone: "ended", "closed" */
	/* What draw and head get: as many zeroed bytes, prepared at each update. 0: nothing. */
	size_t context_size;
	void (*prepare)(const struct list_env *env, void *context);
};

/*
 * What a setting calls a column: its field's id without the kind before it; "" where it has none.
 */
const char *list_column_name(const struct list_column *column);

struct list;
/* ops must outlive it. Free with list_free. */
struct list *list_new(const struct list_ops *ops);
void list_free(struct list *l); /* NULL is fine */
void list_update(struct list *l, const struct list_env *env);
bool list_act(struct list *l, const struct list_env *env, enum action action);
void list_click(struct list *l, const struct list_env *env, int x, int y);
void list_draw(struct list *l, const struct list_env *env, struct canvas *c, struct rect area);
bool list_selection(struct list *l, const struct list_env *env, struct list_selection *ret);
void list_filter(struct list *l, const struct list_env *env, const char *text);
bool list_search(struct list *l, const struct list_env *env, const char *text, bool again);
/* The selected row (its indexes are -1 when it is gone); false when the list is empty. */
bool list_selected(const struct list *l, struct list_row *ret_row);
/* Rows that are shown: all that pass the filter, the dead included. */
size_t list_shown(const struct list *l);

#endif
