/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_INTERNAL_H
#define TWINTOP_FAMILY_INTERNAL_H

#include "twintop/view/view.h"

/*
 * The Family view is of panes, one below the other, each a file that ends in one struct view_ops
 * and has a row in view_family.c's table. Of these create, destroy, update, act, click, draw,
 * selection, filter, search, rows and lacks are the pane's as they would be a view's; what it needs
 * the view must say. Keys go to the pane in focus: Tab goes to the next one, clicks bring it there. What has
 * ended goes in all of them when dismissed, and what the filter leaves out.
 */
extern const struct list_ops family_list_ops; /* the columns of that tree */
extern const struct view_ops family_members; /* the tree, with figures */
extern const struct view_ops family_events;  /* what happened */

/* Keys of the view's own; each goes to the panes one after another until one takes it. */
#define FAMILY_NEXT_KIND ACTION_OWN_1
#define FAMILY_OF_MEMBER ACTION_OWN_2
#define FAMILY_TO_MOMENT ACTION_OWN_3
#define FAMILY_CLOCK	 ACTION_OWN_4
#define FAMILY_LONGER	 ACTION_OWN_5
#define FAMILY_SHORTER	 ACTION_OWN_6
#define FAMILY_LIVES	 ACTION_OWN_7
#define FAMILY_HIGHER	 ACTION_OWN_8
#define FAMILY_LOWER	 ACTION_OWN_9

#endif
