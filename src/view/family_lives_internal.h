/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FAMILY_LIVES_INTERNAL_H
#define TWINTOP_FAMILY_LIVES_INTERNAL_H

#include "twintop/draw/list.h"
#include "twintop/view/view.h"

/* What a list of the members prepares for the column of their lives. */
struct family_lives {
	uint64_t begin_ns; /* since when there is something to see */
};
void family_lives_prepare(const struct list_env *env, void *context);
void family_lives_head(
	const struct list_env *env, const void *context, struct canvas *c, struct rect cell);
void family_lives_draw(const struct list_env *env, const void *context, const struct record *r,
	struct canvas *c, struct rect cell);
/* Lives in place of figures leave out what is none of them; in lecture mode the one or the other is
 * shown. */
bool family_lives_hides(const struct list_env *env, const struct list_column *column);
/* The keys that choose what of the lives is shown; false: another one. */
bool family_lives_act(const struct view_env *env, enum action action);

#endif
