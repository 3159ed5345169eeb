/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_CHOICES_H
#define TWINTOP_MODEL_CHOICES_H

/* The enumerations whose values are recorded: see choice_rows.h. */
enum choice_number {
	CHOICES_NONE, /* no enumeration: a number */
#define ENUMERATION(COUNT, ...) CHOICES_OF_##COUNT,
#include "twintop/model/choice_rows.h"
	CHOICE_TABLES
};

struct choices {
	const char *id;
	unsigned n;			 /* values are below */
	const char *(*name)(unsigned i); /* of each: static text */
	unsigned unknown;		 /* see choice_rows.h */
	const char *then;
};
/* By number; of CHOICES_NONE nothing is there. */
extern const struct choices choice_table[CHOICE_TABLES];

#endif
