/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_APP_PALETTE_H
#define TWINTOP_SRC_APP_PALETTE_H

#include "twintop/app/action.h"
#include "twintop/app/prompt.h"
#include "twintop/base/vec.h"
#include "twintop/view/view.h"

/* All that can be done, to be found by a few letters: the rows of the tables of actions and views.
 */
struct palette_item {
	enum action action;
	const struct action_row *row; /* NULL: it opens the view */
	size_t view;		      /* place in the table of views; view_table_n: of none */
	bool holds;		      /* it can be done now */
	int score;
};
struct palette {
	const struct habits *habits; /* NULL: none */
	struct prompt query;
	VEC(struct palette_item) all, shown;
	size_t at; /* the selected one of those shown */
	int top;
	struct rect rows; /* as drawn last */
};

enum palette_answer { PALETTE_OPEN, PALETTE_CLOSED, PALETTE_CHOSEN };
/* Empty, with an empty query. */
void palette_begin(struct palette *p);
void palette_add(struct palette *p, struct palette_item item);
/* All are there: shows them. */
void palette_ready(struct palette *p);
void palette_free(struct palette *p);
enum palette_answer palette_key(struct palette *p, uint32_t key, struct palette_item *ret);
/* A click selects, one on the selected row chooses. */
enum palette_answer palette_click(struct palette *p, int x, int y, struct palette_item *ret);
void palette_draw(struct palette *p, struct canvas *c, struct rect area);
/* "step back", "Threads", "Threads: waits"; appended. */
void palette_name(const struct palette_item *item, struct textbuf *out);

#endif
