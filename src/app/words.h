/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_APP_WORDS_H
#define TWINTOP_SRC_APP_WORDS_H

#include "twintop/draw/canvas.h"

/* A word of a line; those of the highest rank go first where it is narrow. */
struct word {
	struct textbuf text;
	enum style style;
	int rank;  /* 0: stays */
	int until; /* a short form, which goes where there is room for this rank's */
};
#define RANK_ALL  9
#define WORDS_MAX 16
struct words {
	struct word word[WORDS_MAX];
	size_t n;
};

/* The next word; its text is to be filled in. */
struct textbuf *word_add(struct words *w, enum style style, int rank);
/* A word in two forms: the short one stands where there is no room for the long one's rank. */
void word_add_forms(struct words *w, enum style style, int rank, const struct textbuf *brief,
	const struct textbuf *full);
void words_free(struct words *w);
bool word_shows(const struct word *word, int rank);
/* Columns of the words up to that rank, a blank before each. */
int words_width(const struct words *w, const struct canvas *c, int rank);
void words_draw(const struct words *w, struct canvas *c, struct rect area, int rank);

#endif
