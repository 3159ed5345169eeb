/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/thread_source.h"

/* src/proc/thread_source_rows.h is made from THREAD_SOURCES in Makemodule.am when building. */

#define THREAD_SOURCE(name) extern const struct thread_source_ops name;
#include "src/proc/thread_source_rows.h"
#undef THREAD_SOURCE

const struct thread_source_ops *const thread_sources[] = {
#define THREAD_SOURCE(name) &name,
#include "src/proc/thread_source_rows.h"
#undef THREAD_SOURCE
	NULL,
};
