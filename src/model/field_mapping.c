/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/sysmacros.h>

#include "field_internal.h"

#define ANONYMOUS_REASON "anonymous memory: no file backs it"

/* A getter of one member of the mapping's line in maps. */
#define MAPPING_GETTER(name, type, expression)                                                     \
	struct value field_get_mapping_##name(const struct record *r)                              \
	{                                                                                          \
		struct value v;                                                                    \
		const struct mapping *m = field_mapping(r, type, &v);                              \
                                                                                                   \
		return m ? mapping_value(r, expression) : v;                                       \
	}

/* v under the state of the memory part: stale where the part is. */
static struct value mapping_value(const struct record *r, struct value v)
{
	const struct side *s = field_side(r);

	return s->memory->part.state == VALUE_STALE ? field_if(VALUE_STALE, v, NULL) : v;
}

/* Static texts of all sixteen sets of flags, as maps writes them. */
static const char *permissions(unsigned flags)
{
	static const char text[16][5] = {"---p", "r--p", "-w-p", "rw-p", "--xp", "r-xp", "-wxp",
		"rwxp", "---s", "r--s", "-w-s", "rw-s", "--xs", "r-xs", "-wxs", "rwxs"};

	return text[flags & 15];
}

/* Why " (deleted)" may be the kernel's mark or the end of a name. */
static const char *deleted_reason(enum value_state state)
{
	switch (state) {
	case VALUE_DENIED:
		return "its name ends in (deleted): to tell a mark from a name needs "
		       "CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN";
	case VALUE_UNSUPPORTED:
		return "its name ends in (deleted), but the file has a name: this one or another";
	default:
		return value_state_reason(state);
	}
}

MAPPING_GETTER(start, VALUE_ADDRESS, value_address(m->start))
MAPPING_GETTER(end, VALUE_ADDRESS, value_address(m->end))
MAPPING_GETTER(permissions, VALUE_TEXT, value_string(permissions(m->flags)))
MAPPING_GETTER(size_bytes, VALUE_UINT, value_uint(m->end - m->start))
MAPPING_GETTER(kind, VALUE_TEXT,
	value_string(mapping_kind_info[side_mapping_kind(field_side(r), r->index)].id))
MAPPING_GETTER(offset, VALUE_UINT,
	mapping_has_object(m) ? value_uint(m->offset) : field_none(VALUE_UINT, ANONYMOUS_REASON))
MAPPING_GETTER(device, VALUE_UINT,
	mapping_has_object(m) ? value_uint(makedev(m->device_major, m->device_minor))
			      : field_none(VALUE_UINT, ANONYMOUS_REASON))
MAPPING_GETTER(inode, VALUE_UINT,
	mapping_has_object(m) ? value_uint(m->inode) : field_none(VALUE_UINT, ANONYMOUS_REASON))
MAPPING_GETTER(path, VALUE_TEXT,
	m->path.len ? value_text(m->path) : field_none(VALUE_TEXT, ANONYMOUS_REASON))
MAPPING_GETTER(deleted, VALUE_BOOL,
	value_if(m->deleted_state, value_bool(m->deleted), deleted_reason(m->deleted_state)))
MAPPING_GETTER(owner_tid, VALUE_INT,
	side_mapping_owner(field_side(r), r->index)
		? value_int(side_mapping_owner(field_side(r), r->index))
		: field_none(VALUE_INT, "it is no thread's stack"))

/* ---- pages --------------------------------------------------------------- */

#define PAGES_GETTER(name)                                                                         \
	struct value field_get_mapping_pages_##name(const struct record *r)                        \
	{                                                                                          \
		struct value v;                                                                    \
		const struct page_counts *n = field_mapping_pages(r, &v);                          \
                                                                                                   \
		return n ? field_if(field_side(r)->pages->part.state, value_uint(n->name), NULL)   \
			 : v;                                                                      \
	}

PAGES_GETTER(resident)
PAGES_GETTER(anonymous)
PAGES_GETTER(file)
PAGES_GETTER(shared)
PAGES_GETTER(swapped)

/* A getter of what `told` (a field_if_) says whether it could be told apart. */
#define MARKS_GETTER(name, told)                                                                   \
	struct value field_get_mapping_pages_##name(const struct record *r)                        \
	{                                                                                          \
		struct value v;                                                                    \
		const struct page_counts *n = field_mapping_pages(r, &v);                          \
                                                                                                   \
		return n ? told(field_side(r)->pages, value_uint(n->name)) : v;                    \
	}

MARKS_GETTER(zero, field_if_scanned)
MARKS_GETTER(huge, field_if_scanned)
MARKS_GETTER(guard, field_if_guards)
MARKS_GETTER(ksm, field_if_ksm)

/* Pages as bytes. */
static struct value in_bytes(const struct record *r, struct value pages)
{
	if (value_state_has_value(pages.state))
		pages.u *= field_side(r)->pages->page_size;
	return pages;
}

struct value field_get_mapping_resident_bytes(const struct record *r)
{
	return in_bytes(r, field_get_mapping_pages_resident(r));
}

/* The verdicts that speak of r's mapping, or NULL with the reason. */
static const struct verdicts *verdicts_of(const struct record *r, struct value *ret_missing)
{
	const struct pair *p = r->moment ? r->moment->pair : NULL;

	if (!field_mapping_pages(r, ret_missing))
		return NULL;
	if (!p)
		*ret_missing = field_none(VALUE_UINT, "needs a sibling");
	else if (pair_pages_reason(p))
		*ret_missing = value_unknown(VALUE_UINT, field_pair_state(p), pair_pages_reason(p));
	else
		return p->verdicts;
	return NULL;
}

/* One of the verdicts' counts by mapping. */
static struct value of_mapping(
	const struct verdicts *v, const uint64_t *count, const struct record *r)
{
	if (!count)
		return value_unknown(VALUE_UINT, VALUE_UNREAD, "the sibling's pages were not read");
	if (count[r->index] == PAGES_UNKNOWN)
		return value_unknown(VALUE_UINT, VALUE_UNREAD,
			"whether the other side has this mapping is not known");
	return field_if(v->pages_state, value_uint(count[r->index]), FIELD_NEEDS_READ);
}

struct value field_get_mapping_pages_cow_shared(const struct record *r)
{
	struct value v;
	const struct verdicts *verdicts = verdicts_of(r, &v);

	return verdicts ? of_mapping(verdicts, verdicts->cow_shared[r->side], r) : v;
}

struct value field_get_mapping_pages_copied(const struct record *r)
{
	struct value v;
	const struct verdicts *verdicts = verdicts_of(r, &v);

	return verdicts ? of_mapping(verdicts, verdicts->copied[r->side], r) : v;
}

struct value field_get_mapping_cow_shared_bytes(const struct record *r)
{
	return in_bytes(r, field_get_mapping_pages_cow_shared(r));
}

struct value field_get_mapping_copied_bytes(const struct record *r)
{
	return in_bytes(r, field_get_mapping_pages_copied(r));
}
