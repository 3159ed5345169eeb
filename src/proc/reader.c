/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/reader.h"

#include <stdlib.h>

#include "twintop/base/arena.h"

int reader_open_context(const struct reader_context *context, void **ret_reader)
{
	struct reader_context *c = mem_alloc(sizeof *c);

	*c = *context;
	*ret_reader = c;
	return 0;
}

void reader_close_context(void *reader)
{
	free(reader);
}
