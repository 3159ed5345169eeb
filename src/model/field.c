/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "field_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/model/family.h"
#include "twintop/model/names.h"

#define FIELD(getter, id, json, title, unit, width, left, need, explain, source, requires, exact,  \
	manual, why)                                                                               \
	{id, FIELD_KIND, title, json, unit, width, left, need, explain, source, requires, exact,   \
		manual, why, field_get_##getter},

const struct field field_table[] = {
#define FIELD_KIND RECORD_PROCESS
#include "field_process_rows.h"
#undef FIELD_KIND
#define FIELD_KIND RECORD_THREAD
#include "field_thread_rows.h"
#undef FIELD_KIND
#define FIELD_KIND RECORD_MAPPING
#include "field_mapping_rows.h"
#undef FIELD_KIND
#define FIELD_KIND RECORD_FD
#include "field_fd_rows.h"
#undef FIELD_KIND
#define FIELD_KIND RECORD_SIGNAL
#include "field_signal_rows.h"
#undef FIELD_KIND
#define FIELD_KIND RECORD_MEMBER
#include "field_member_rows.h"
#undef FIELD_KIND
};
const size_t field_table_n = sizeof field_table / sizeof field_table[0];

const struct field *field_find(const char *id)
{
	for (size_t i = 0; i < field_table_n; i++)
		if (strcmp(field_table[i].id, id) == 0)
			return &field_table[i];
	return NULL;
}

const char *record_kind_name(enum record_kind kind)
{
	static const char *const name[] = {
		[RECORD_PROCESS] = "process",
		[RECORD_THREAD] = "thread",
		[RECORD_MAPPING] = "mapping",
		[RECORD_FD] = "fd",
		[RECORD_SIGNAL] = "signal",
		[RECORD_MEMBER] = "member",
	};
	TABLE_ROWS(name, RECORD_KINDS);

	return (unsigned)kind < RECORD_KINDS ? name[kind] : "?";
}

bool record_kind_is_one(enum record_kind kind)
{
	return kind == RECORD_MEMBER;
}

const char *unit_name(enum unit unit)
{
	static const char *const name[] = {
		[UNIT_NONE] = "",
		[UNIT_COUNT] = "count",
		[UNIT_BYTES] = "bytes",
		[UNIT_PAGES] = "pages",
		[UNIT_NS] = "ns",
		[UNIT_TICKS] = "ticks",
		[UNIT_PERCENT] = "percent",
		[UNIT_RATE] = "per second",
		[UNIT_SIGNALS] = "signals",
		[UNIT_STATE] = "state",
		[UNIT_DEVICE] = "device",
		[UNIT_FLAGS] = "flags",
		[UNIT_NAME] = "",
	};
	TABLE_ROWS(name, UNITS);

	return (unsigned)unit < UNITS ? name[unit] : "?";
}

enum part_kind record_part_kind(enum record_kind kind)
{
	static const enum part_kind part_of[] = {
		[RECORD_PROCESS] = PART_PROCESS,
		[RECORD_SIGNAL] = PART_PROCESS,
		[RECORD_THREAD] = PART_THREADS,
		[RECORD_MAPPING] = PART_MAPPINGS,
		[RECORD_FD] = PART_FDS,
		[RECORD_MEMBER] = PART_FAMILY,
	};
	TABLE_ROWS(part_of, RECORD_KINDS);

	return part_of[kind];
}

const struct part *record_part(const struct moment *m, enum record_kind kind, unsigned side)
{
	if (!m || !m->snapshot || kind >= RECORD_KINDS)
		return NULL;
	return snapshot_part(m->snapshot, record_part_kind(kind), side);
}

size_t record_count(const struct moment *m, enum record_kind kind, unsigned side)
{
	const struct record r = {.moment = m, .kind = kind, .side = side};
	const struct side *s = field_side(&r);

	if (!s)
		return 0;
	switch (kind) {
	case RECORD_PROCESS:
		return 1;
	case RECORD_THREAD:
		return s->threads ? s->threads->n : 0;
	case RECORD_MAPPING:
		return s->memory ? s->memory->n : 0;
	case RECORD_FD:
		return s->fds ? s->fds->n : 0;
	case RECORD_SIGNAL:
		return SIGNAL_COUNT;
	case RECORD_MEMBER:
		return side || !m->snapshot->family ? 0 : m->snapshot->family->n;
	case RECORD_KINDS:
		break;
	}
	return 0;
}

/* ---- from a record to what was read of it -------------------------------- */

/* The static sentence that says what a denied read lacked. */
static const char *denial_reason(const char *needs)
{
	if (needs && strcmp(needs, FIELD_NEEDS_READ) == 0)
		return "needs " FIELD_NEEDS_READ;
	if (needs && strcmp(needs, FIELD_NEEDS_ATTACH) == 0)
		return "needs " FIELD_NEEDS_ATTACH;
	return "permission denied";
}

const char *field_reason(enum value_state state, const char *needs)
{
	return state == VALUE_DENIED ? denial_reason(needs) : value_state_reason(state);
}

struct value field_if_not_known(enum value_state state, struct value v, const char *needs)
{
	if (!value_state_has_value(state))
		return value_unknown(v.type, state, field_reason(state, needs));
	return value_if(state, v, NULL);
}

struct value field_none(enum value_type type, const char *reason)
{
	return value_unknown(type, VALUE_NONE, reason);
}

struct value field_part_missing(const struct part *part, enum value_type type)
{
	enum value_state state = part ? part->state : VALUE_UNREAD;

	if (value_state_has_value(state))
		return value_unknown(type, VALUE_GONE, "there is no such record any more");
	return value_unknown(type, state, field_reason(state, FIELD_NEEDS_READ));
}

const struct process_info *field_process(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct side *s = field_side(r);

	if (s && s->info && value_state_has_value(s->info->part.state))
		return s->info;
	*ret_missing = field_part_missing(s && s->info ? &s->info->part : NULL, type);
	return NULL;
}

const struct mapping *field_mapping(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct side *s = field_side(r);

	if (s && s->memory && r->index < s->memory->n)
		return &s->memory->mapping[r->index];
	*ret_missing = field_part_missing(s && s->memory ? &s->memory->part : NULL, type);
	return NULL;
}

const struct fd_entry *field_fd(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct side *s = field_side(r);

	if (s && s->fds && r->index < s->fds->n)
		return &s->fds->fd[r->index];
	*ret_missing = field_part_missing(s && s->fds ? &s->fds->part : NULL, type);
	return NULL;
}

struct value field_if_frames(const struct page_map *p, struct value v)
{
	if (!p->frames_known)
		return value_unknown(v.type, VALUE_DENIED, "needs frame numbers: CAP_SYS_ADMIN");
	return field_if(p->part.state, v, NULL);
}

struct value field_if_scanned(const struct page_map *p, struct value v)
{
	return value_state_has_value(p->scan_state)
		       ? field_if(p->part.state, v, NULL)
		       : value_unknown(v.type, p->scan_state, PAGES_NEED_SCAN);
}

struct value field_if_guards(const struct page_map *p, struct value v)
{
	return value_state_has_value(p->guard_state)
		       ? field_if(p->part.state, v, NULL)
		       : value_unknown(v.type, p->guard_state,
				 "needs PAGEMAP_SCAN that knows guard pages: Linux 6.15");
}

struct value field_if_ksm(const struct page_map *p, struct value v)
{
	if (p->frames_known && !value_state_has_value(p->ksm_state))
		return value_unknown(v.type, p->ksm_state, "needs /proc/kpageflags: CAP_SYS_ADMIN");
	return field_if_frames(p, v);
}

enum value_state field_pair_state(const struct pair *p)
{
	return p->one_space ? VALUE_NONE : p->verdicts->pages_state;
}

const struct page_map *field_pages(
	const struct record *r, enum value_type type, struct value *ret_missing)
{
	const struct side *s = field_side(r);
	enum value_state state = s && s->pages ? s->pages->part.state : VALUE_UNREAD;

	if (value_state_has_value(state))
		return s->pages;
	if (side_without_memory(s))
		*ret_missing = field_none(type, side_without_memory(s));
	else
		*ret_missing = value_unknown(type, state, field_reason(state, FIELD_NEEDS_READ));
	return NULL;
}

const struct page_counts *field_mapping_pages(const struct record *r, struct value *ret_missing)
{
	const struct page_counts *counts;

	if (!field_mapping(r, VALUE_UINT, ret_missing) || !field_pages(r, VALUE_UINT, ret_missing))
		return NULL;
	counts = side_mapping_pages(field_side(r), r->index);
	if (!counts)
		*ret_missing = value_unknown(
			VALUE_UINT, VALUE_UNREAD, "its mappings changed since its pages were read");
	return counts;
}

struct value field_rate(enum rate_gap gap, double rate)
{
	return gap == RATE_KNOWN ? value_real(rate) : field_none(VALUE_REAL, rate_gap_reason(gap));
}

/* ---- a value for people -------------------------------------------------- */

static void format_flags(struct textbuf *out, uint64_t flags)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {{O_APPEND, "append"}, {O_NONBLOCK, "nonblock"}, {O_DSYNC, "dsync"},
		{O_ASYNC, "async"}, {O_DIRECT, "direct"}, {O_DIRECTORY, "directory"},
		{O_NOFOLLOW, "nofollow"}, {O_NOATIME, "noatime"}, {O_PATH, "path"}};
	const char *separator = "";

	/* A file without a name was asked for by a folder's: it is none itself. */
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		textbuf_adds(out, "tmpfile");
		separator = ",";
		flags &= ~(uint64_t)O_TMPFILE;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!(flags & names[i].bit))
			continue;
		textbuf_adds(out, separator);
		textbuf_adds(out, names[i].name);
		separator = ",";
	}
	if (*separator == '\0')
		textbuf_adds(out, "none");
}

static void format_uint(struct textbuf *out, enum unit unit, uint64_t hertz, uint64_t u)
{
	char text[UNITS_MAX];

	if (u == 0 && (unit == UNIT_NS || unit == UNIT_TICKS))
		unit = UNIT_NONE;
	switch (unit) {
	case UNIT_COUNT:
	case UNIT_PAGES:
		textbuf_adds(out, units_count(text, u));
		return;
	case UNIT_BYTES:
		textbuf_adds(out, units_bytes(text, u));
		return;
	case UNIT_NS:
		textbuf_adds(out, units_time(text, u));
		return;
	case UNIT_TICKS:
		textbuf_adds(out, hertz ? units_time(text, u * (1000000000u / hertz)) : "?");
		return;
	case UNIT_SIGNALS:
		signal_set_names(out, u);
		return;
	case UNIT_DEVICE:
		textbuf_addf(out, "%u:%u", major(u), minor(u));
		return;
	case UNIT_FLAGS:
		format_flags(out, u);
		return;
	default:
		textbuf_addf(out, "%" PRIu64, u);
	}
}

static void format_real(struct textbuf *out, enum unit unit, double real)
{
	char text[UNITS_MAX];

	if (unit == UNIT_PERCENT)
		textbuf_adds(out, units_percent(text, real));
	else
		textbuf_addf(out, real < 9.95 ? "%.1f" : "%.0f", real);
	if (unit == UNIT_RATE)
		textbuf_adds(out, "/s");
}

static void format_item(struct textbuf *out, const struct value *v, size_t i)
{
	switch (v->type) {
	case VALUE_TEXTS:
		text_printable(out, ((const struct text *)v->list.item)[i]);
		return;
	case VALUE_INTS:
		textbuf_addf(out, "%" PRId64, ((const int64_t *)v->list.item)[i]);
		return;
	case VALUE_ADDRESSES:
		textbuf_addf(out, "0x%" PRIx64, ((const uint64_t *)v->list.item)[i]);
		return;
	case VALUE_PIDS:
		textbuf_addf(out, "%d", (int)((const pid_t *)v->list.item)[i]);
		return;
	default:
		return;
	}
}

static void format_list(struct textbuf *out, const struct value *v)
{
	for (size_t i = 0; i < v->list.n; i++) {
		if (i > 0)
			textbuf_adds(out, v->type == VALUE_TEXTS ? " " : ", ");
		format_item(out, v, i);
	}
	if (v->list.n == 0)
		textbuf_adds(out, "none");
}

/* Members of a family are of nobody's side. */
const struct host *record_host(const struct record *r)
{
	if (!r->moment)
		return NULL;
	return r->kind == RECORD_MEMBER || r->side > 1 ? &r->moment->snapshot->host
						       : side_host(r->moment->snapshot, r->side);
}

void field_format(
	const struct field *f, const struct host *host, const struct value *v, struct textbuf *out)
{
	if (!value_state_has_value(v->state)) {
		textbuf_adds(out, v->state == VALUE_NONE ? "—" : "?");
		return;
	}
	switch (v->type) {
	case VALUE_UINT:
		format_uint(out, f->unit, host->clock_ticks, v->u);
		return;
	case VALUE_INT:
		textbuf_addf(out, "%" PRId64, v->i);
		return;
	case VALUE_REAL:
		format_real(out, f->unit, v->real);
		return;
	case VALUE_BOOL:
		textbuf_adds(out, v->yes ? "yes" : "no");
		return;
	case VALUE_TEXT:
		if (f->unit == UNIT_NAME)
			text_name(out, v->text);
		else
			text_printable(out, v->text);
		return;
	case VALUE_ADDRESS:
		textbuf_addf(out, "%" PRIx64, v->u);
		return;
	case VALUE_TEXTS:
	case VALUE_INTS:
	case VALUE_ADDRESSES:
	case VALUE_PIDS:
		format_list(out, v);
		return;
	}
}
