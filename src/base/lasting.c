/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <pthread.h>
#include <string.h>

#include "twintop/base/text.h"
#include "twintop/base/vec.h"

#define LASTING_MOST ((size_t)1 << 20) /* bytes of all */
#define ROWS	     256u

VEC_STRUCT(lasting_row, const char *);

/* All of them, by their hash. */
static struct {
	pthread_mutex_t lock;
	struct lasting_row row[ROWS];
	size_t bytes;
} lasting = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char *find(const struct lasting_row *row, struct text t)
{
	for (size_t i = 0; i < row->n; i++)
		if (text_equal(text_of(row->item[i]), t))
			return row->item[i];
	return NULL;
}

static const char *add(struct lasting_row *row, struct text t)
{
	char *copy;

	if (t.len >= LASTING_MOST - lasting.bytes)
		return NULL;
	lasting.bytes += t.len + 1;
	copy = mem_alloc(t.len + 1);
	if (t.len)
		memcpy(copy, t.bytes, t.len);
	VEC_PUSH(row, copy);
	return copy;
}

const char *text_lasting(struct text t)
{
	struct lasting_row *row = &lasting.row[text_hash(t) % ROWS];
	const char *found;

	pthread_mutex_lock(&lasting.lock);
	found = find(row, t);
	if (!found)
		found = add(row, t);
	pthread_mutex_unlock(&lasting.lock);
	return found;
}
