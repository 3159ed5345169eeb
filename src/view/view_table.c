/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/view/view.h"

/* In the order of the tabs. */
const struct view_ops *const view_table[] = {
	&view_overview,
	&view_threads,
	&view_stacks,
	&view_memory,
	&view_pages,
	&view_sharing,
	&view_files,
	&view_signals,
};
const size_t view_table_n = sizeof view_table / sizeof *view_table;
