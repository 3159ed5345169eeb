/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_TASK_NAME_H
#define TWINTOP_TASK_NAME_H

#include <string.h>

#include "twintop/base/text.h"

/* A task's name as it was last. */
struct task_name {
	bool known;
	unsigned char len;
	char bytes[64]; /* "kworker/u8:1-events_unbound" is the longest sort */
};

static inline struct text task_name_text(const struct task_name *name)
{
	return name->known ? (struct text){name->bytes, name->len} : text_of(NULL);
}

/* Bytes NULL: unknown; what is too long is cut. */
static inline void task_name_set(struct task_name *name, struct text text)
{
	name->known = text.bytes != NULL;
	name->len = (unsigned char)(text.len < sizeof name->bytes ? text.len : sizeof name->bytes);
	if (text.bytes && name->len)
		memcpy(name->bytes, text.bytes, name->len);
}

#endif
