/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SCREEN_SHEETS_H
#define TWINTOP_SCREEN_SHEETS_H

#include "twintop/app/app.h"
#include "twintop/report/page.h"

#define SHEET_COLUMNS 120
#define SHEET_ROWS    36

/* What a page of a recording is bounded by. */
struct sheets_bounds {
	size_t moments; /* at even distances, and as many again that told of events */
	size_t bytes;	/* of all of it; where it is more it is made anew with fewer moments */
	size_t events;	/* that one of its moments lists; those beyond are counted there */
};
#define SHEETS_BOUNDS ((struct sheets_bounds){300, 2u << 20, 100})

/* What is said of a recording beside what it holds. */
struct sheets_about {
	const char *name, *host; /* of its file and its machine; may be hostile; host "": unknown */
	bool redacted, ascii;
};

/*
 * The page of all views at the moments of a recording that plays (see source_play), from its first
 * one to where it ends; appended. nonce: see page_write. 0, or negative errno: it could not be
 * read to any moment.
 */
int sheets_write(struct source *source, const struct sheets_about *about,
	struct sheets_bounds bounds, const char *nonce, struct textbuf *out);

#endif
