/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote a mapping: as page faults and verdicts tell. */
#include "field_internal.h"
#include "twintop/model/writers.h"

/* Why nothing is known of who writes; NULL where it is. */
static const char *hidden(const struct moment *m, enum value_state *ret_state)
{
	const struct writers *w = m->snapshot->writers;
	const char *reason;

	if (!m->pair) {
		*ret_state = VALUE_NONE;
		return "needs a sibling";
	}
	reason = pair_pages_reason(m->pair);
	*ret_state = reason ? field_pair_state(m->pair) : w ? w->state : VALUE_UNREAD;
	if (reason || (w && value_state_has_value(w->state)))
		return reason;
	return w && w->reason ? w->reason : value_state_reason(*ret_state);
}

/* NULL with *ret_missing; the rest of it in *ret. */
static const struct mapping *look(
	const struct record *r, struct mapping_writers *ret, struct value *ret_missing)
{
	const struct mapping *m = field_mapping(r, VALUE_TEXT, ret_missing);
	enum value_state state;
	const char *why;

	if (!m)
		return NULL;
	why = hidden(r->moment, &state);
	if (why) {
		*ret_missing = value_unknown(VALUE_TEXT, state, why);
		return NULL;
	}
	*ret = writers_of_mapping(r->moment->snapshot->writers, r->moment->snapshot->names,
		field_side(r)->id.pid, m->start, m->end);
	if (ret->last)
		return m;
	*ret_missing = ret->why ? value_unknown(VALUE_TEXT, VALUE_UNREAD, ret->why)
				: field_none(VALUE_TEXT, "nobody was seen to write to it since the "
							 "pair was first seen");
	return NULL;
}

static struct value name_value(const struct record *r, const struct writer_area *area)
{
	const struct snapshot *s = r->moment->snapshot;
	const char *gap;
	struct text words = writer_called(s->names, &s->writers->writer[area->writer], &gap);

	return words.len ? value_text(words) : value_unknown(VALUE_TEXT, VALUE_UNREAD, gap);
}

struct value field_get_mapping_last_writer(const struct record *r)
{
	struct mapping_writers w;
	struct value missing;

	return look(r, &w, &missing) ? name_value(r, w.last) : missing;
}

struct value field_get_mapping_greatest_writer(const struct record *r)
{
	struct mapping_writers w;
	struct value missing;

	return look(r, &w, &missing) ? name_value(r, w.greatest) : missing;
}
