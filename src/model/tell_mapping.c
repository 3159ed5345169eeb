/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings in words. */
#include "tell_internal.h"

#include <inttypes.h>

#include "twintop/base/units.h"
#include "twintop/model/writers.h"

#define SECOND_NS 1000000000u

static const struct mapping *mapping_of(const struct record *r)
{
	return &field_side(r)->memory->mapping[r->index];
}

/* "may be read and written, not executed" */
static void tell_rights(unsigned flags, struct textbuf *out)
{
	static const struct {
		unsigned bit;
		const char *word;
	} right[] = {
		{MAPPING_READ, "read"}, {MAPPING_WRITE, "written"}, {MAPPING_EXEC, "executed"}};
	const char *between = "may be ";

	if (!(flags & (MAPPING_READ | MAPPING_WRITE | MAPPING_EXEC))) {
		textbuf_adds(out, "may not be touched at all");
		return;
	}
	for (size_t i = 0; i < 3; i++)
		if (flags & right[i].bit) {
			textbuf_addf(out, "%s%s", between, right[i].word);
			between = " and ";
		}
	between = ", not ";
	for (size_t i = 0; i < 3; i++)
		if (!(flags & right[i].bit)) {
			textbuf_addf(out, "%s%s", between, right[i].word);
			between = " or ";
		}
}

static void tell_permissions(const struct record *r, const struct value *v, struct textbuf *out)
{
	unsigned flags = mapping_of(r)->flags;

	text_printable(out, v->text);
	textbuf_adds(out, ": ");
	tell_rights(flags, out);
	if (flags & MAPPING_SHARED)
		textbuf_adds(out, "; shared (s): who else maps it sees every write.");
	else if (flags & MAPPING_WRITE)
		textbuf_adds(out, "; private (p): a write goes to a copy of the page, which nobody "
				  "else sees.");
	else
		textbuf_adds(
			out, "; private (p): were it made writable, a write would copy the page.");
}

static void tell_kind(const struct record *r, const struct value *v, struct textbuf *out)
{
	enum mapping_kind kind = side_mapping_kind(field_side(r), r->index);
	pid_t owner = side_mapping_owner(field_side(r), r->index);
	char text[UNITS_MAX];

	(void)v;
	textbuf_addf(out, "%s, %s of addresses. %s", mapping_kind_info[kind].title,
		units_bytes(text, mapping_of(r)->end - mapping_of(r)->start),
		mapping_kind_info[kind].meaning);
	if (owner) {
		textbuf_adds(out, " It is that of ");
		tell_task(r, owner, out);
		textbuf_adds(out, ".");
	}
}

static void tell_start(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct mapping *m = mapping_of(r);
	char text[UNITS_MAX];

	(void)v;
	textbuf_addf(out, "From 0x%" PRIx64 " to just below 0x%" PRIx64 ": %s, ", m->start, m->end,
		units_bytes(text, m->end - m->start));
	textbuf_count(out, (m->end - m->start) / record_host(r)->page_size, "page");
	textbuf_adds(out, ".");
}

static void tell_size(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value resident = field_get_mapping_resident_bytes(r);

	tell_bytes(v->u, out);
	textbuf_adds(out, " of addresses");
	if (value_state_has_value(resident.state)) {
		textbuf_adds(out, ", of which ");
		tell_bytes(resident.u, out);
		textbuf_adds(out, " are in memory");
	}
	textbuf_adds(out, ".");
}

static void tell_resident_pages(const struct record *r, uint64_t pages, struct textbuf *out)
{
	const struct mapping *m = mapping_of(r);
	uint64_t all = (m->end - m->start) / record_host(r)->page_size;

	textbuf_addf(out, "%" PRIu64 " of ", pages);
	tell_pages(r, all, out);
	textbuf_adds(out, all == pages ? ": all of it was touched."
			  : pages      ? ": the others were never touched, or were given back."
				  : ": nothing of it was ever touched, or all was given back.");
}

static void tell_resident(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_resident_pages(r, v->u, out);
}

static void tell_resident_bytes(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_resident_pages(r, v->u / record_host(r)->page_size, out);
}

/* "12 of 33 resident pages …" with what follows from it. */
static void tell_part(const struct record *r, uint64_t pages, const char *one, const char *more,
	const char *then, struct textbuf *out)
{
	struct value all = field_get_mapping_pages_resident(r);
	uint64_t page = record_host(r)->page_size;

	textbuf_addf(out, "%" PRIu64 " of ", pages);
	if (value_state_has_value(all.state))
		textbuf_count(out, all.u, "resident page");
	else
		textbuf_adds(out, "its pages");
	textbuf_addf(out, " %s: ", pages == 1 ? one : more);
	tell_bytes(pages * page, out);
	textbuf_adds(out, then);
}

/* Why nothing of it is ever copied; false: it may be. */
static bool tell_never_copied(const struct record *r, struct textbuf *out)
{
	unsigned flags = mapping_of(r)->flags;

	if (flags & MAPPING_SHARED)
		textbuf_adds(out, "None: it is shared memory, in which a write copies nothing.");
	else if (!(flags & MAPPING_WRITE))
		textbuf_adds(out, "None: it cannot be written, so there is nothing to copy.");
	return flags & MAPPING_SHARED || !(flags & MAPPING_WRITE);
}

void tell_estimate(const struct record *r, struct textbuf *out)
{
	if (r->moment->pair && !r->moment->pair->verdicts->pages_exact)
		textbuf_adds(out, " Estimated: frame numbers are hidden.");
}

static void tell_cow_pages(const struct record *r, uint64_t pages, struct textbuf *out)
{
	if (!pages && tell_never_copied(r, out))
		return;
	if (!pages)
		textbuf_adds(out, "No page of it is one with the other side's since a fork.");
	else
		tell_part(r, pages, "is still one with the other side's",
			"are still one with the other side's",
			" that exist once in place of twice.", out);
	tell_estimate(r, out);
}

static void tell_cow(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_cow_pages(r, v->u, out);
}

static void tell_cow_bytes(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_cow_pages(r, v->u / record_host(r)->page_size, out);
}

static void tell_copied_pages(const struct record *r, uint64_t pages, struct textbuf *out)
{
	const struct pair *p = r->moment->pair;

	if (!pages && tell_never_copied(r, out))
		return;
	if (!pages)
		textbuf_adds(out, p && !p->verdicts->fork_related
					  ? "No page was copied: no fork made these two."
					  : "No page of it was copied since the fork.");
	else
		tell_part(r, pages, "was copied when somebody wrote",
			"were copied as somebody wrote", " more than right after the fork.", out);
	if (pages && p && p->verdicts->copied_is_upper_bound)
		textbuf_adds(out, " At most: some may never have been one.");
	tell_estimate(r, out);
}

static void tell_copied(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_copied_pages(r, v->u, out);
}

static void tell_copied_bytes(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_copied_pages(r, v->u / record_host(r)->page_size, out);
}

static void tell_owner(const struct record *r, const struct value *v, struct textbuf *out)
{
	bool guard = side_mapping_kind(field_side(r), r->index) == MAPPING_GUARD;

	textbuf_adds(out, guard ? "The guard below the stack of " : "The stack of ");
	tell_task(r, (pid_t)v->i, out);
	textbuf_adds(out, ".");
}

static void tell_deleted(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_adds(out, v->yes ? "Yes: no name leads to it any more, and it is kept only as long "
				   "as somebody maps it or has it open."
				 : "No: its name still leads to it.");
}

/* The mapping's writers, of which some are known. */
static struct mapping_writers writers_of(const struct record *r)
{
	const struct mapping *m = mapping_of(r);
	const struct snapshot *s = r->moment->snapshot;

	return writers_of_mapping(s->writers, s->names, field_side(r)->id.pid, m->start, m->end);
}

static void tell_kernel(const struct record *r, const struct writer_area *area, struct textbuf *out)
{
	if (r->moment->snapshot->writers->writer[area->writer].kernel)
		textbuf_adds(out, ", by the kernel for a system call made there");
}

static void tell_last_writer(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct mapping_writers w = writers_of(r);
	uint64_t now_ns = r->moment->snapshot->monotonic_ns;
	uint64_t ns = now_ns > w.last->last_ns ? now_ns - w.last->last_ns : 0;
	char age[UNITS_MAX];

	text_printable(out, v->text);
	tell_kernel(r, w.last, out);
	textbuf_adds(out, ", in thread ");
	tell_task(r, w.last->last_tid, out);
	if (ns < SECOND_NS)
		textbuf_adds(out, ", just now.");
	else
		textbuf_addf(out, ", %s ago.", units_time(age, ns / SECOND_NS * SECOND_NS));
}

static void tell_greatest_writer(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct mapping_writers w = writers_of(r);
	bool copies = w.greatest_copied > 0;

	text_printable(out, v->text);
	tell_kernel(r, w.greatest, out);
	textbuf_addf(out, ": %s %" PRIu64 " of the ", copies ? "it copied" : "it touched first",
		copies ? w.greatest_copied : w.greatest_touched);
	textbuf_count(out, copies ? w.copied : w.touched, "page");
	textbuf_addf(out, " that %s was seen to %s here.", r->side ? "B" : "A",
		copies ? "copy" : "touch first");
	if (r->moment->snapshot->writers->scaled)
		textbuf_adds(out, " Estimated: some page faults stood for others.");
}

const struct tell_row tell_mapping_row[] = {
	{"mapping.start", tell_start},
	{"mapping.end", tell_start},
	{"mapping.permissions", tell_permissions},
	{"mapping.kind", tell_kind},
	{"mapping.size_bytes", tell_size},
	{"mapping.resident_bytes", tell_resident_bytes},
	{"mapping.pages.resident", tell_resident},
	{"mapping.pages.cow_shared", tell_cow},
	{"mapping.cow_shared_bytes", tell_cow_bytes},
	{"mapping.pages.copied", tell_copied},
	{"mapping.copied_bytes", tell_copied_bytes},
	{"mapping.owner_tid", tell_owner},
	{"mapping.deleted", tell_deleted},
	{"mapping.writers.last", tell_last_writer},
	{"mapping.writers.greatest", tell_greatest_writer},
};
const size_t tell_mapping_rows_n = sizeof tell_mapping_row / sizeof *tell_mapping_row;
