/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TESTS_MAN_PAGE_H
#define TWINTOP_TESTS_MAN_PAGE_H

#include <stddef.h>

/* An entry of a list (.TP) as it is read: words with one blank between. */
struct man_entry {
	const char *section; /* or subsection that it stands in: "KEYS" */
	const char *tag, *body;
};

/* A man page, rendered. */
struct man_page {
	struct man_entry *entry;
	size_t n;
	char *text;	/* that the entries point into: parts that end in NUL */
	size_t len;	/* of them all */
	char *warnings; /* what groff had to say; "": nothing */
};

/* Renders the file. 0, -ENOENT where groff is not installed, or another negative errno. Free with
 * man_page_free. */
int man_page_read(const char *path, struct man_page *ret);
void man_page_free(struct man_page *page);

#endif
