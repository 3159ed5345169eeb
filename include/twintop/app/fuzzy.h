/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_APP_FUZZY_H
#define TWINTOP_APP_FUZZY_H

/*
 * How well a text answers to what was typed, whose characters stand in it in that order, in
 * capitals or not: the more of them begin words or follow each other the better, a blank or a
 * hyphen stands for any end of a word. -1: they do not; 0: nothing was typed.
 */
int fuzzy_score(const char *text, const char *typed);

#endif
