/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings, unfolded: names of members, then moments, each beside the one before, up to the first
 * that is none. What is read can be judged and told.
 */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/compare/compare.h"
#include "twintop/record/moment_code.h"
#include "twintop/report/json.h"

#define MOMENTS_MOST 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int forget(void *context, const char *bytes, size_t len)
{
	(void)context;
	(void)bytes;
	(void)len;
	return 0;
}

/* The next moment, told; its snapshot is the caller's. */
static const struct snapshot *read_next(struct wire_in *in, const struct record_names *names,
	const struct snapshot *before, struct comparer *comparer)
{
	struct json_writer *w;
	struct snapshot *s;
	const struct moment *m;
	const struct snapshot *read;

	if (moment_code_get(in, names, before, &s))
		return NULL;
	m = moment_new(s, comparer_pair(comparer, s));
	w = json_writer_new((struct json_sink){.write = forget});
	json_writer_moment(w, m);
	json_writer_free(w);
	read = part_get(m->snapshot);
	moment_put(m);
	return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_in in = {(const char *)data, size, 0};
	struct comparer *comparer = comparer_new();
	const struct snapshot *before = NULL, *now;
	struct record_names names;

	if (!record_get_names(&in, &names))
		for (unsigned i = 0; i < MOMENTS_MOST; i++) {
			now = read_next(&in, &names, before, comparer);
			part_put(before);
			before = now;
			if (!now)
				break;
		}
	part_put(before);
	record_names_free(&names);
	comparer_free(comparer);
	return 0;
}
