/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_JSON_PAGE_H
#define TWINTOP_REPORT_JSON_PAGE_H

#include "twintop/report/page.h"

#define PAGE_SOLID 64 /* added to the style of cells that are drawn in their paper on their ink */
_Static_assert(STYLES <= PAGE_SOLID, "styles and their solid likes");

/* Whether blanks in that style can be seen. */
bool page_style_shows(enum style style);
/* The page's data as JSON in which nothing can be taken for markup; appended. */
void page_data(const struct page *p, struct textbuf *out);

#endif
