/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/model/family.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A table of one kind of record of one side, with the named fields as columns. */
static void write_records(const struct moment *m, enum record_kind kind, unsigned side,
	const char *const ids[], size_t ids_n, struct textbuf *out)
{
	struct record r = {.moment = m, .kind = kind, .side = side};
	size_t n = record_count(m, kind, side);
	struct report_table t = {0};
	const struct field *f[REPORT_COLUMNS_MAX];

	for (size_t i = 0; i < ids_n; i++) {
		f[i] = field_find(ids[i]);
		report_column(&t, f[i]->title, f[i]->left);
	}
	for (r.index = 0; r.index < n; r.index++)
		for (size_t i = 0; i < ids_n; i++)
			report_field(&t, f[i], &r);
	if (n > 0)
		report_write(&t, out);
}

/* ---- both processes, row by row ------------------------------------------ */

#define CELL_MAX 44 /* columns; what is longer stands below the table */

/* One field of both: a row of the table, or lines of their own where a value is long. */
static void process_row(struct report_table *t, const struct moment *m, const struct field *f,
	struct textbuf *below)
{
	struct textbuf text[2] = {{0}};
	unsigned sides = m->snapshot->sides;
	bool wide = false;

	for (unsigned side = 0; side < sides; side++) {
		const struct record r = {m, RECORD_PROCESS, side, 0};
		struct value v = f->get(&r);

		field_format(f, record_host(&r), &v, &text[side]);
		wide |= text_width(text[side].bytes ? text[side].bytes : "", text[side].len) >
			CELL_MAX;
	}
	if (!wide)
		report_cell(t, strchr(f->id, '.') + 1);
	for (unsigned side = 0; side < sides; side++) {
		const char *value = text[side].bytes ? text[side].bytes : "";

		if (wide)
			textbuf_addf(below, "  %s of %c: %s\n", strchr(f->id, '.') + 1, "AB"[side],
				value);
		else
			report_cell(t, value);
		textbuf_free(&text[side]);
	}
}

void report_processes(const struct moment *m, struct textbuf *out)
{
	static const char *const ids[] = {"process.pid", "process.ppid", "process.pgrp",
		"process.session", "process.comm", "process.cmdline", "process.exe",
		"process.runtime", "process.state", "process.read_through", "process.exit.code",
		"process.exit.signal", "process.uid", "process.gid", "process.tty",
		"process.cgroup", "process.thread_count", "process.children", "process.cpu_percent",
		"process.user_ticks", "process.system_ticks", "process.minor_faults",
		"process.major_faults", "process.vm_bytes", "process.rss_bytes",
		"process.rss_anon_bytes", "process.rss_file_bytes", "process.rss_shmem_bytes",
		"process.swap_bytes", "process.page_table_bytes", "process.page_totals.resident",
		"process.page_totals.cow_shared", "process.page_totals.zero",
		"process.page_totals.swapped", "process.page_totals.huge", "process.read_bytes",
		"process.write_bytes", "process.signals.pending", "process.signals.caught",
		"process.signals.ignored"};
	const struct snapshot *s = m->snapshot;
	struct report_table t = {0};
	struct textbuf below = {0};
	char honesty[160];

	if (s->sides == 0)
		return;
	report_section(out, s->sides == 2 ? "Processes A and B" : "Process A",
		report_honesty(honesty, m, RECORD_PROCESS, 0));
	report_column(&t, "", true);
	for (unsigned side = 0; side < s->sides; side++)
		report_column(&t, side ? "B" : "A", true);
	for (size_t i = 0; i < COUNT(ids); i++)
		process_row(&t, m, field_find(ids[i]), &below);
	report_write(&t, out);
	textbuf_add(out, below.bytes ? below.bytes : "", below.len);
	textbuf_free(&below);
}

/* ---- threads and descriptors --------------------------------------------- */

/* A table of one kind of record for each side: "Files of A: 3", without a count where unread. */
static void write_sides(const struct moment *m, enum record_kind kind, const char *what,
	const char *const ids[], size_t ids_n, struct textbuf *out)
{
	char title[40], honesty[160];

	for (unsigned side = 0; side < m->snapshot->sides; side++) {
		const struct part *part = record_part(m, kind, side);
		int n = snprintf(title, sizeof title, "%s of %c", what, side ? 'B' : 'A');

		if (part && value_state_has_value(part->state))
			snprintf(title + n, sizeof title - (size_t)n, ": %zu",
				record_count(m, kind, side));
		report_section(out, title, report_honesty(honesty, m, kind, side));
		write_records(m, kind, side, ids, ids_n, out);
	}
}

void report_threads(const struct moment *m, struct textbuf *out)
{
	static const char *const ids[] = {"thread.tid", "thread.name", "thread.role",
		"thread.state", "thread.processor", "thread.cpu_percent", "thread.voluntary_switches",
		"thread.involuntary_switches", "thread.syscall.name", "thread.wait_channel",
		"thread.waiting_on.kind", "thread.waiting_on.symbol", "thread.waiting_on.owner_tid",
		"thread.waiting_on.left_by_tid", "thread.waiting_on.fd",
		"thread.waiting_on.for_ns", "thread.waiting_on.left_ns",
		"thread.stack.pointer", "thread.stack.used_bytes", "thread.stack.deepest_bytes",
		"thread.stack.reserved_bytes"};

	write_sides(m, RECORD_THREAD, "Threads", ids, COUNT(ids), out);
}

/* What the pair says of descriptors, one line each relation. */
static void write_fd_pairs(const struct moment *m, struct textbuf *out)
{
	const struct pair *p = m->pair;
	const struct fd_list *a = m->snapshot->side[0].fds, *b = m->snapshot->side[1].fds;

	for (size_t i = 0; a && b && i < p->fds_n; i++) {
		const struct pair_fd *row = &p->fd[i];

		if (row->relation != FD_UNRELATED && row->a >= 0 && row->b >= 0)
			textbuf_addf(out, "  A %d and B %d: %s\n", a->fd[row->a].fd,
				b->fd[row->b].fd, fd_relation_name(row->relation));
	}
}

void report_files(const struct moment *m, struct textbuf *out)
{
	static const char *const ids[] = {"fd.fd", "fd.kind", "fd.access", "fd.flags",
		"fd.close_on_exec", "fd.offset", "fd.description", "fd.dup_of", "fd.inode",
		"fd.target"};

	write_sides(m, RECORD_FD, "Files", ids, COUNT(ids), out);
	if (!m->pair || m->pair->fds_n == 0)
		return;
	if (pair_is_past(m->pair)) {
		report_past_fds(m, out);
		return;
	}
	report_section(out, "Files that A and B have in common", NULL);
	if (m->pair->one_fd_table)
		textbuf_adds(out, "  one table of descriptors (CLONE_FILES): what one opens or "
				  "closes, the other has or has not\n");
	write_fd_pairs(m, out);
}

/* ---- the family ---------------------------------------------------------- */

/* What the members' memory is together, or why that is not known. */
static void write_totals(const struct family *f, struct textbuf *out)
{
	const char *uncounted = family_uncounted(f), *indistinct = family_indistinct(f);
	char sum[UNITS_MAX], distinct[UNITS_MAX];

	if (uncounted)
		textbuf_addf(out, "  together: ? (%s)\n", uncounted);
	else if (indistinct)
		textbuf_addf(out,
			"  together: ? (%s); %s by adding, which counts a frame for each "
			"that maps it\n",
			indistinct, units_bytes(sum, f->resident * f->page_size));
	else
		textbuf_addf(out,
			"  together: %s in frames of their own; %s by adding, which counts "
			"a frame for each that maps it\n",
			units_bytes(distinct, f->distinct * f->page_size),
			units_bytes(sum, f->resident * f->page_size));
}

/* As the part was read, and where that is known: what is lacking in some members' rows. */
static const char *family_honesty(char out[160], const struct moment *m)
{
	const struct family *f = m->snapshot->family;
	const char *read = report_honesty(out, m, RECORD_MEMBER, 0), *gap = family_indistinct(f);

	if (!read || strcmp(read, "exact") != 0)
		return read;
	if (family_estimated(f))
		return "what is shared and copied is estimated: by flags, no frames";
	if (gap)
		snprintf(out, 160, "partly: %s", gap);
	return gap ? out : read;
}

void report_family(const struct moment *m, struct textbuf *out)
{
	static const char *const ids[] = {"member.pid", "member.ppid", "member.comm",
		"member.title", "member.role", "member.state", "member.exit.code",
		"member.exit.signal", "member.threads", "member.fds", "member.cpu_percent",
		"member.resident_bytes", "member.private_bytes", "member.shared_bytes",
		"member.copied_bytes", "member.copied_bytes_per_second",
		"member.efficiency_percent"};
	const struct family *f = m->snapshot->family;
	char honesty[160];

	if (!f || f->n < 2)
		return;
	report_section(out, "Family", family_honesty(honesty, m));
	write_records(m, RECORD_MEMBER, 0, ids, COUNT(ids), out);
	write_totals(f, out);
	textbuf_adds(out,
		"  KEPT: still shared of the private memory that the first one had at that fork\n");
	if (m->snapshot->lifecycle_lacks)
		textbuf_addf(out, "  %s\n", m->snapshot->lifecycle_lacks);
	if (m->snapshot->ends_lack)
		textbuf_addf(out, "  %s\n", m->snapshot->ends_lack);
}

/* ---- what happened ------------------------------------------------------- */

void report_events(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	const struct event_batch *batch = s->events;
	char age[UNITS_MAX];

	if (!batch)
		return;
	report_section(out, "Events", s->lifecycle_lacks);
	for (size_t i = 0; i < batch->n; i++) {
		const struct event *e = &batch->event[i];
		uint64_t ns =
			s->monotonic_ns > e->monotonic_ns ? s->monotonic_ns - e->monotonic_ns : 0;

		textbuf_addf(out, "  %s ago  ", units_time(age, ns));
		event_sentence(batch, e, out);
		textbuf_addf(out, " (told by: %s)\n", e->source);
	}
}

/* ---- what is unknown ----------------------------------------------------- */

/* Fields that lack a value for one reason in as many records of one side. */
struct gap {
	enum record_kind kind;
	unsigned side;
	const char *reason;
	size_t records;
	struct textbuf fields;
};

struct gaps {
	VEC(struct gap) list;
};

/* Adds a field to the gap of that reason and number of records, or opens one. */
static void add_gap(
	struct gaps *g, const struct field *f, unsigned side, const char *reason, size_t records)
{
	struct gap *gap = NULL;

	for (size_t i = 0; i < g->list.n && !gap; i++) {
		struct gap *at = &g->list.item[i];

		if (at->kind == f->kind && at->side == side && at->records == records &&
			strcmp(at->reason, reason) == 0)
			gap = at;
	}
	if (!gap) {
		VEC_PUSH(&g->list, (struct gap){.kind = f->kind,
					   .side = side,
					   .reason = reason,
					   .records = records});
		gap = &g->list.item[g->list.n - 1];
	}
	textbuf_addf(&gap->fields, "%s%s", gap->fields.len ? ", " : "", strchr(f->id, '.') + 1);
}

/* Why a record lacks f; NULL where it has it, or where it does not apply. */
static const char *gap_reason(const struct field *f, const struct record *r)
{
	struct value v = f->get(r);

	return value_state_has_value(v.state) || v.state == VALUE_NONE ? NULL : v.reason;
}

static void find_gaps(const struct moment *m, const struct field *f, unsigned side, struct gaps *g)
{
	struct record r = {.moment = m, .kind = f->kind, .side = side};
	struct {
		const char *reason;
		size_t records;
	} seen[8] = {0};
	size_t n = record_count(m, f->kind, side), seen_n = 0, k;

	for (r.index = 0; r.index < n; r.index++) {
		const char *reason = gap_reason(f, &r);

		if (!reason)
			continue;
		for (k = 0; k < seen_n && strcmp(seen[k].reason, reason) != 0; k++)
			;
		if (k == COUNT(seen))
			continue;
		if (k == seen_n)
			seen[seen_n++].reason = reason;
		seen[k].records++;
	}
	for (k = 0; k < seen_n; k++)
		add_gap(g, f, side, seen[k].reason, seen[k].records);
}

static void write_gap(const struct moment *m, struct gap *gap, struct textbuf *out)
{
	size_t all = record_count(m, gap->kind, gap->side);

	textbuf_addf(out, "  %c, %s", gap->side ? 'B' : 'A', record_kind_name(gap->kind));
	if (all > 1)
		textbuf_addf(out, " (%zu of %zu)", gap->records, all);
	textbuf_addf(out, ": %s\n      %s\n", gap->reason, gap->fields.bytes);
	textbuf_free(&gap->fields);
}

void report_unknown(const struct moment *m, unsigned kinds, struct textbuf *out)
{
	struct gaps g = {0};

	for (size_t i = 0; i < field_table_n; i++)
		for (unsigned side = 0; side < m->snapshot->sides; side++)
			if (kinds >> field_table[i].kind & 1)
				find_gaps(m, &field_table[i], side, &g);
	if (g.list.n > 0)
		report_section(out, "Unknown here, shown as \"?\"", NULL);
	for (size_t i = 0; i < g.list.n; i++)
		write_gap(m, &g.list.item[i], out);
	VEC_FREE(&g.list);
}
