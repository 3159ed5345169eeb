/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/term.h"

#define TERM(name, what, where, manual, demo) {name, what, where, manual, demo},

const struct term term_table[] = {
#include "term_rows.h"
};
const size_t term_table_n = sizeof term_table / sizeof *term_table;
