/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_SHARE_H
#define TWINTOP_COMPARE_SHARE_H

#include "twintop/model/pair.h"

/*
 * Fills the card of a snapshot with two sides: kcmp(2)'s verdicts as they were
 * measured, namespaces, control group, credentials, terminal, session and group
 * from both process records. What either side could not say is unknown.
 */
void share_card(const struct snapshot *s, struct card *ret_card);
/* Adds up the rows that both have by mechanism; v's mapping rows must be judged. */
void share_mechanisms(struct verdicts *v);

#endif
