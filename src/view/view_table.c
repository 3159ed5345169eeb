/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/view/view.h"

const struct view_ops *const view_table[] = {
	&view_threads,
	&view_memory,
	&view_pages,
	&view_files,
	&view_signals,
};
const size_t view_table_n = sizeof view_table / sizeof *view_table;
