/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a mapping's pages since the moment that A stands beside. */
#include "field_internal.h"

struct value pair_since(
	const struct pair *p, const struct pair_pages *pages, enum page_verdict which)
{
	const char *hidden;

	if (!pair_is_past(p))
		return field_none(VALUE_UINT, "B is not A's own past: m marks a moment");
	if (!value_state_has_value(p->verdicts->since_state))
		return value_unknown(
			VALUE_UINT, p->verdicts->since_state, p->verdicts->since_reason);
	hidden = verdicts_hide(p->verdicts, pages, which);
	return hidden ? value_unknown(VALUE_UINT, VALUE_DENIED, hidden)
		      : value_uint((uint64_t)pair_pages_of(pages, which));
}

/* The pages of all rows that the mapping is in: one that was split is in several. */
static struct pair_pages sum_rows(const struct verdicts *v, const struct record *r)
{
	struct pair_pages sum = {0};

	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];

		if ((r->side ? row->b : row->a) != (int)r->index)
			continue;
		for (unsigned k = 0; k < PAGE_VERDICTS; k++)
			if (pair_pages_of(&row->pages, k) > 0)
				pair_pages_add(&sum, k, (uint64_t)pair_pages_of(&row->pages, k));
	}
	return sum;
}

static struct value since(const struct record *r, enum page_verdict which)
{
	const struct pair *p = r->moment ? r->moment->pair : NULL;
	struct pair_pages pages = {0};
	struct value v;

	if (!field_mapping(r, VALUE_UINT, &v))
		return v;
	if (pair_is_past(p))
		pages = sum_rows(p->verdicts, r);
	return pair_since(p, &pages, which);
}

#define SINCE_GETTER(name, which)                                                                  \
	struct value field_get_mapping_since_##name(const struct record *r)                        \
	{                                                                                          \
		return since(r, which);                                                            \
	}

SINCE_GETTER(same_frame, PAGE_VERDICT_KEPT)
SINCE_GETTER(replaced, PAGE_VERDICT_REPLACED)
SINCE_GETTER(new, PAGE_VERDICT_CAME)
SINCE_GETTER(gone, PAGE_VERDICT_GONE)
SINCE_GETTER(faulted, PAGE_VERDICT_FAULTED)
