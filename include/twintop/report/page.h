/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_PAGE_H
#define TWINTOP_REPORT_PAGE_H

#include "twintop/draw/canvas.h"

/*
 * One HTML page of many moments, for browsers: a slider goes through them, tabs through the views.
 * It loads nothing. Lines of screens are stored once, and of each screen what differs from the one
 * before, so that what stays costs nothing. Whatever text it is given is text there, never markup
 * or script.
 */
struct page;

#define PAGE_BEGIN "<!DOCTYPE html><!-- written by twintop -->" /* what each begins with */

struct page *page_new(int columns, int rows); /* of its screens */
void page_free(struct page *p);		      /* NULL is fine */
/* A tab, before the first moment. Our own texts. */
void page_view(struct page *p, const char *id, const char *title, const char *help);
/* CLOCK_REALTIME, and the time since the first one, of the moment that what follows is of. */
void page_moment(struct page *p, uint64_t realtime_ns, uint64_t since_ns);
/* What happened since the moment before, the step that is told; printable UTF-8. */
void page_event(struct page *p, const char *sentence);
void page_events_more(struct page *p, size_t n); /* so many more than those that are listed */
void page_caption(struct page *p, const char *lines);
/* The screen of a view, by its number, and how far it can be trusted (printable UTF-8). */
void page_screen(struct page *p, size_t view, const struct canvas *c, const char *honesty);

/* What is said of all of it: printable UTF-8, a paragraph a line. */
struct page_words {
	const char *title, *about;
};
/*
 * All of it, appended. nonce: a word of letters and digits that nobody could know before, by which
 * a browser knows our script from any other; unless it is one, no script runs.
 */
void page_write(const struct page *p, const struct page_words *words, const char *nonce,
	struct textbuf *out);

#endif
