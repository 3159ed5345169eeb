/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seeding.h"

#include "twintop/model/rates.h"

#define BEFORE_NS (2 * (uint64_t)RATE_WINDOW_NS) /* rates go no further back */

void seeding_sow(const struct seeding *seeding, const struct snapshot *s)
{
	struct textbuf bytes = {0};

	if (!seeds_due(seeding->seeds, s->monotonic_ns))
		return;
	comparer_save(seeding->comparer, s, &(const struct record_out){.wire = &bytes});
	seeds_put(seeding->seeds, s->sequence, &bytes);
}

const struct pair *seeding_pair(void *context, struct snapshot *s)
{
	const struct seeding *seeding = context;

	seeding_sow(seeding, s);
	return comparer_pair(seeding->comparer, s);
}

int seeding_write(
	const char *bytes, size_t n, const struct snapshot *s, const struct record_out *out)
{
	struct comparer *comparer = comparer_new();
	struct record_names names;
	struct textbuf header = {0};
	struct wire_in in;
	int error;

	record_put_names(&header);
	in = (struct wire_in){header.bytes, header.len, 0};
	error = record_get_names(&in, &names);
	if (!error)
		error = comparer_load(comparer, s, &names, &(const struct text){bytes, n});
	if (!error)
		comparer_save(comparer, s, out);
	record_names_free(&names);
	textbuf_free(&header);
	comparer_free(comparer);
	return error;
}

static uint64_t time_at(const struct history *h, size_t i)
{
	return history_at(h, i)->snapshot->monotonic_ns;
}

void seeding_of_past(const struct history *past, size_t i, struct textbuf *out)
{
	struct comparer *comparer = comparer_new();
	const struct moment *m;
	size_t from = i;

	while (from && time_at(past, from - 1) + BEFORE_NS > time_at(past, i))
		from--;
	for (; from <= i; from++) {
		m = history_get(past, from);
		if (from < i)
			comparer_seed(comparer, m);
		else
			comparer_save(
				comparer, m->snapshot, &(const struct record_out){.wire = out});
		moment_put(m);
	}
	comparer_free(comparer);
}
