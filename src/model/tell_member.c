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
	if (member_of(r)->state == 'Z')
		textbuf_adds(out, " Its parent has yet to wait for it.");
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

const struct tell_row tell_member_row[] = {
	{"member.ppid", tell_parent},
	{"member.start_ns", tell_start},
	{"member.end_ns", tell_end},
	{"member.private_bytes", tell_private},
	{"member.shared_bytes", tell_shared},
	{"member.copied_bytes", tell_copied},
};
const size_t tell_member_rows_n = sizeof tell_member_row / sizeof *tell_member_row;
