/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/wait.h>

#include "field_internal.h"
#include "twintop/model/family.h"

/* The member of r, or NULL with *ret_missing. */
static const struct member *field_member(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct part *part = record_part(r->moment, RECORD_MEMBER, 0);
	const struct family *f = r->moment ? r->moment->snapshot->family : NULL;

	if (f && r->index < f->n)
		return &f->member[r->index];
	*ret_missing = field_part_missing(part, type);
	return NULL;
}

#define PLAIN(getter, type, make, name)                                                            \
	struct value field_get_member_##getter(const struct record *r)                             \
	{                                                                                          \
		struct value v;                                                                    \
		const struct member *m = field_member(r, type, &v);                                \
                                                                                                   \
		return m ? make(m->name) : v;                                                      \
	}
PLAIN(pid, VALUE_INT, value_int, id.pid)
PLAIN(ppid, VALUE_INT, value_int, ppid)
PLAIN(comm, VALUE_TEXT, value_text, comm)
PLAIN(label, VALUE_TEXT, value_text, comm)
PLAIN(start, VALUE_UINT, value_uint, start_ns)
#undef PLAIN

struct value field_get_member_title(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_TEXT, &v);

	if (!m)
		return v;
	if (m->unseen || m->title_state == VALUE_GONE)
		return value_unknown(VALUE_TEXT, VALUE_GONE, FAMILY_UNSEEN);
	if (value_state_has_value(m->title_state) && !m->title.len)
		return field_none(
			VALUE_TEXT, "its command line has nothing that its parent's has not");
	return field_if(m->title_state, value_text(m->title), FIELD_NEEDS_NOTHING);
}

struct value field_get_member_side(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_TEXT, &v);
	const struct snapshot *s;

	if (!m)
		return v;
	s = r->moment->snapshot;
	for (unsigned side = 0; side < s->sides; side++)
		if (task_id_equal(s->side[side].id, m->id))
			return value_string(side ? "B" : "A");
	return field_none(VALUE_TEXT, "it is neither A nor B");
}

#define OF_THE_LIVING "it has ended"

/* What a member that has ended does not have any more, or what nobody could read. */
static struct value of_the_living(const struct member *m, enum value_type type, const char *why)
{
	return m->unseen ? value_unknown(type, VALUE_GONE, FAMILY_UNSEEN) : field_none(type, why);
}

struct value field_get_member_end(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	if (!m)
		return v;
	return m->ended ? value_uint(m->end_ns) : field_none(VALUE_UINT, "it has not ended");
}

struct value field_get_member_state(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_TEXT, &v);

	return m ? value_text((struct text){&m->state, 1}) : v;
}

struct value field_get_member_threads(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	if (!m)
		return v;
	return m->ended ? of_the_living(m, VALUE_UINT, OF_THE_LIVING) : value_uint(m->threads);
}

struct value field_get_member_fds(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	if (!m)
		return v;
	return m->ended ? of_the_living(m, VALUE_UINT, OF_THE_LIVING)
			: field_if(m->fds_state, value_uint(m->fds), FIELD_NEEDS_READ);
}

struct value field_get_member_role(const struct record *r)
{
	struct value v;

	if (!field_member(r, VALUE_TEXT, &v))
		return v;
	return value_string(member_role(r->moment->snapshot->family, r->index));
}

/* What follows from its figures now and before; seen once, nothing does. */
static const struct member_rates *rates_of(const struct record *r)
{
	static const struct member_rates none = {
		.cpu_gap = RATE_FIRST, .copied_gap = RATE_FIRST, .first_state = VALUE_UNREAD};
	const struct snapshot *s = r->moment->snapshot;
	const struct member_rates *rates = family_rates_of(s->family_rates, s->family, r->index);

	return rates ? rates : &none;
}

struct value field_get_member_cpu_percent(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_REAL, &v);

	if (!m)
		return v;
	return m->ended ? of_the_living(m, VALUE_REAL, OF_THE_LIVING)
			: field_rate(rates_of(r)->cpu_gap, rates_of(r)->cpu_percent);
}

/* How one that ended did: its wait(2) status, or false with *ret_missing. */
static bool status_of(const struct record *r, int *ret_status, struct value *ret_missing)
{
	const struct member *m = field_member(r, VALUE_INT, ret_missing);

	if (!m)
		return false;
	*ret_status = m->status;
	if (!m->ended)
		*ret_missing = field_none(VALUE_INT, "it has not ended");
	else if (m->status_state == VALUE_GONE)
		*ret_missing = value_unknown(VALUE_INT, VALUE_GONE,
			m->unseen ? FAMILY_UNREAD_END
				  : "nobody but its parent was told: it was not seen as a zombie");
	else
		*ret_missing = field_if(m->status_state, value_int(0), FIELD_NEEDS_READ);
	return m->ended && value_state_has_value(m->status_state);
}

struct value field_get_member_exit_code(const struct record *r)
{
	struct value v;
	int status;

	if (!status_of(r, &status, &v))
		return v;
	return WIFEXITED(status) ? value_int(WEXITSTATUS(status))
				 : field_none(VALUE_INT, "a signal ended it");
}

struct value field_get_member_exit_signal(const struct record *r)
{
	struct value v;
	int status;

	if (!status_of(r, &status, &v))
		return v;
	return WIFSIGNALED(status) ? value_int(WTERMSIG(status))
				   : field_none(VALUE_INT, "it ended by itself");
}

/* So many pages as bytes, where the member's pages are known. */
static struct value of_pages(const struct member *m, const struct record *r, uint64_t pages)
{
	if (m->ended)
		return of_the_living(m, VALUE_UINT, "it has ended: it has no memory");
	if (m->pages.state == VALUE_LATE)
		return value_unknown(VALUE_UINT, VALUE_LATE, FAMILY_LATE);
	return field_if(m->pages.state, value_uint(pages * r->moment->snapshot->family->page_size),
		FIELD_NEEDS_READ);
}

struct value field_get_member_resident(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	return m ? of_pages(m, r, m->pages.resident) : v;
}

struct value field_get_member_private(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	return m ? of_pages(m, r, m->pages.own) : v;
}

/* The same of what is held against the first one's pages. */
static struct value beside_first(const struct member *m, const struct record *r, uint64_t pages)
{
	const struct family *f = r->moment->snapshot->family;
	const char *apart = member_apart(f, r->index);
	struct value v = of_pages(m, r, pages);

	if (!value_state_has_value(v.state))
		return v;
	if (apart)
		return field_none(VALUE_UINT, apart);
	if (m->pages.beside_state == VALUE_GONE)
		return value_unknown(VALUE_UINT, VALUE_GONE, "the first of the family has ended");
	return field_if(m->pages.beside_state, v, FIELD_NEEDS_READ);
}

struct value field_get_member_shared(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	return m ? beside_first(m, r, m->pages.shared) : v;
}

struct value field_get_member_copied(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	return m ? beside_first(m, r, m->pages.copied) : v;
}

struct value field_get_member_copied_rate(const struct record *r)
{
	struct value v = field_get_member_copied(r);
	const struct member_rates *rates;

	if (!value_state_has_value(v.state))
		return v;
	rates = rates_of(r);
	if (rates->copied_gap)
		return value_unknown(VALUE_UINT, VALUE_UNREAD, rate_gap_reason(rates->copied_gap));
	return value_uint(
		(uint64_t)(rates->copied * (double)r->moment->snapshot->family->page_size + 0.5));
}

struct value field_get_member_efficiency(const struct record *r)
{
	struct value v = field_get_member_shared(r);
	const struct member_rates *rates;
	const struct member *m;
	double percent;

	v.type = VALUE_REAL;
	if (!value_state_has_value(v.state))
		return v;
	rates = rates_of(r);
	m = &r->moment->snapshot->family->member[r->index];
	if (rates->first_state == VALUE_NONE)
		return value_unknown(VALUE_REAL, VALUE_UNREAD, FAMILY_OLDER);
	if (!value_state_has_value(rates->first_state) || !rates->first_private)
		return value_unknown(VALUE_REAL, VALUE_UNREAD, FAMILY_FIRST_UNREAD);
	percent = 100.0 * (double)m->pages.kept / (double)rates->first_private;
	return value_real(percent < 100 ? percent : 100);
}

struct value field_get_member_read(const struct record *r)
{
	struct value v;
	const struct member *m = field_member(r, VALUE_UINT, &v);

	if (!m)
		return v;
	v = of_pages(m, r, 0);
	return value_state_has_value(v.state) ? value_uint(m->pages.read_ns) : v;
}
