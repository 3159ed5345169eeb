/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SHARING_INTERNAL_H
#define TWINTOP_SHARING_INTERNAL_H

#include "sheet_internal.h"

/* Memory that A and B have in common; env's moment has a pair. */
void sharing_add_memory(struct sheet *s, const struct view_env *env);

#endif
