/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_FRAMES_H
#define TWINTOP_COMPARE_FRAMES_H

#include "twintop/model/pair.h"

/*
 * Fills v->frames and the rows' counts from both sides' pages. The frames that
 * both map are counted by a set (two passes over all pages) where no fork
 * relates the two, else only where the page reader has done so; equal
 * addresses answer for the rest. Needs v's rows and fork_related.
 */
void frames_compare(const struct snapshot *s, const struct pair *p, struct verdicts *v);

#endif
