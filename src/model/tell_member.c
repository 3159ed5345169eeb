/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a family in words. */
#include "tell_internal.h"

#include <inttypes.h>

#include "twintop/base/units.h"
#include "twintop/model/family.h"

static const struct member *member_of(const struct record *r)
{
	return &r->moment->snapshot->family->member[r->index];
}

/* "Forked 12s before this moment." */
static void tell_ago(const struct record *r, const char *what, uint64_t ns, struct textbuf *out)
{
	uint64_t now = r->moment->snapshot->monotonic_ns;
	char text[UNITS_MAX];

	textbuf_addf(
		out, "%s %s before this moment.", what, units_time(text, now > ns ? now - ns : 0));
}

static void tell_start(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_ago(r, "Forked", v->u, out);
}

static void tell_end(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_ago(r, "Seen to have ended", v->u, out);
	textbuf_adds(out, member_of(r)->state == 'Z' ? " Its parent has yet to wait for it."
						     : " Its parent has waited for it.");
}

static void tell_parent(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct member *m = member_of(r);

	textbuf_addf(out, "Process %" PRId64 " is its parent", v->i);
	if (m->parent_id.pid && m->parent_id.pid != v->i)
		textbuf_addf(out, " now: it was born to %d, which has ended; it is an orphan",
			(int)m->parent_id.pid);
	textbuf_adds(out, ".");
}

/* So many of what it has in memory. */
static void tell_part(
	const struct record *r, const struct value *v, const char *what, struct textbuf *out)
{
	const struct family *f = r->moment->snapshot->family;

	tell_bytes(v->u, out);
	textbuf_adds(out, " of ");
	tell_bytes(member_of(r)->pages.resident * f->page_size, out);
	textbuf_addf(out, " in memory %s.", what);
}

static void tell_private(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_part(r, v, "are mapped by nobody else", out);
}

static void tell_shared(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_part(r, v, "are the same pages as the family's first member has there", out);
}

static void tell_copied(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_part(r, v, "stand where the family's first member has another page of its own", out);
}

static void tell_title(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_adds(out, "Of its command line “");
	text_printable(out, v->text);
	textbuf_adds(out, "” is its own.");
}

static void tell_label(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct member *m = member_of(r);

	textbuf_adds(out, "It is called ");
	text_name(out, v->text);
	textbuf_adds(out, ".");
	if (!value_state_has_value(m->title_state) || !m->title.len)
		return;
	textbuf_adds(out, " ");
	tell_title(r, &(struct value){.text = m->title}, out);
}

static void tell_role(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct member *m = member_of(r);

	(void)v;
	if (r->index == 0)
		textbuf_adds(out, "The others descend from it.");
	else if (m->parent_id.pid && m->ppid != m->parent_id.pid)
		textbuf_addf(out, "Its parent %d has ended; process %d is to wait for it.",
			(int)m->parent_id.pid, (int)m->ppid);
	else
		textbuf_addf(out, "Process %d forked it, and it %s.", (int)m->parent_id.pid,
			m->execed ? "has executed a program since" : "runs the same program");
}

static void tell_copied_rate(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	tell_bytes(v->u, out);
	textbuf_adds(out, " more a second stand where the family's first member has another page.");
}

static void tell_efficiency(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct snapshot *s = r->moment->snapshot;
	const struct member_rates *rates = family_rates_of(s->family_rates, s->family, r->index);
	const struct member *m = member_of(r);
	char age[UNITS_MAX];
	bool after;

	textbuf_addf(out, "%.0f %% of the ", v->real);
	if (!rates)
		return;
	after = rates->first_ns > m->start_ns;
	tell_bytes(rates->first_private * s->family->page_size, out);
	textbuf_addf(out, " of private memory that the family's first member had %s %s that fork.",
		units_time(
			age, after ? rates->first_ns - m->start_ns : m->start_ns - rates->first_ns),
		after ? "after" : "before");
}

static void tell_read(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_ago(r, "Read", v->u, out);
}

const struct tell_row tell_member_row[] = {
	{"member.label", tell_label},
	{"member.title", tell_title},
	{"member.role", tell_role},
	{"member.copied_bytes_per_second", tell_copied_rate},
	{"member.efficiency_percent", tell_efficiency},
	{"member.pages_read_ns", tell_read},
	{"member.ppid", tell_parent},
	{"member.start_ns", tell_start},
	{"member.end_ns", tell_end},
	{"member.private_bytes", tell_private},
	{"member.shared_bytes", tell_shared},
	{"member.copied_bytes", tell_copied},
};
const size_t tell_member_rows_n = sizeof tell_member_row / sizeof *tell_member_row;
