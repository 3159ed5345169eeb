/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_GLOSSARY_H
#define TWINTOP_SRC_GLOSSARY_H

#include "twintop/base/text.h"
#include "twintop/draw/panel.h"
#include "twintop/model/field.h"
/* The glossary: what is searched for, and where it shall begin. A zeroed one shows everything. */
struct glossary {
	struct textbuf filter;
	const struct field *field; /* that the next drawing begins at … */
	struct lesson_ref lesson;  /* … or this */
	bool filled;		   /* the panel holds what passes the filter */
	size_t found;	/* entries that pass it */
};

void glossary_free(struct glossary *g);
/* Shows what holds that text in any case, "" everything: whose name it is first, then who has it in
 * the name. A hyphen is as good as a space. */
void glossary_filter(struct glossary *g, const char *text);
/* Begins anew: everything, from there on (NULL: from the top). */
void glossary_open(struct glossary *g, const struct field *field, struct lesson_ref lesson);
/* Fills p where it does not hold the glossary yet; ascii: signs as they are drawn then. */
void glossary_fill(struct glossary *g, struct panel *p, bool ascii);
/* "glossary: / searches", "glossary: 12 entries with “fork”". */
void glossary_title(const struct glossary *g, struct textbuf *out);

#endif
