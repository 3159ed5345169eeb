/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_TURN_H
#define TWINTOP_COMPARE_TURN_H

#include "twintop/model/pair.h"

/*
 * Moments that were judged already, with A and B the other way round: all that was found of the
 * pair stands, who copied and who wrote included, seen from the other side. For what nobody can be
 * asked to read anew. Not for several threads at once.
 */
struct turner;

struct turner *turner_new(void);    /* free with turner_free */
void turner_free(struct turner *t); /* NULL is fine */
/* Why the two of a moment cannot change places: static text; NULL: they can. m may be NULL. */
const char *turn_refusal(const struct moment *m);
/*
 * The moment turned, a reference of the caller's; itself where it cannot be, or is packed away.
 * What successive moments share their turned ones share, too.
 */
const struct moment *turner_turn(struct turner *t, const struct moment *m);

#endif
