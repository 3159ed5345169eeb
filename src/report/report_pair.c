/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "report_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/compare/erosion.h"
#include "twintop/compare/own.h"

/* Static, or in out[160]. */
static const char *pages_honesty(char out[160], const struct pair *p)
{
	if (p->one_space)
		return "exact: one address space, copy-on-write does not apply";
	if (pair_pages_reason(p)) {
		snprintf(out, 160, "hidden: %s",
			p->verdicts->pages_state == VALUE_UNREAD ? "not read"
								 : pair_pages_reason(p));
		return out;
	}
	if (!p->verdicts->pages_exact)
		return "estimated: by the exclusive bit, no frame numbers; shared with someone, "
		       "not proven each other";
	if (p->verdicts->copied_is_upper_bound && p->verdicts->copied_uncertain)
		return "exact by frames; copied is an upper bound: pages may have been dropped and "
		       "touched anew";
	return p->verdicts->copied_is_upper_bound
		       ? "exact by frames; copied is an upper bound: we came after the fork"
		       : "exact: by frame numbers";
}

/* ---- what the two share -------------------------------------------------- */

static void write_card(const struct pair *p, struct textbuf *out)
{
	const struct card_line *vm = &p->card.line[CARD_VM];
	bool told = value_state_has_value(vm->state) || vm->state == VALUE_NONE;
	struct report_table t = {0};
	char honesty[160];

	snprintf(honesty, sizeof honesty, "hidden: %s", vm->reason ? vm->reason : "not told");
	report_section(out, "What A and B share", told ? "exact: kcmp(2) and /proc" : honesty);
	report_column(&t, "", true);
	report_column(&t, "SHARED", true);
	report_column(&t, "SOURCE", true);
	report_column(&t, "WHICH MEANS", true);
	for (size_t i = 0; i < CARD_ITEMS; i++) {
		const struct card_line *line = &p->card.line[i];
		bool known = value_state_has_value(line->state);

		report_cell(&t, card_info[i].title);
		report_cell(&t, !known ? "?" : line->shared ? "yes" : "no");
		report_cell(&t, card_info[i].source);
		report_cell(&t, !known	       ? (line->reason ? line->reason : "unknown")
				: line->shared ? card_info[i].shared
					       : card_info[i].separate);
	}
	report_write(&t, out);
}

/* How fast pages are copied, where that was seen. */
static void write_copies(const struct moment *m, struct textbuf *out)
{
	const struct copy_rate *rate = &m->snapshot->copies;
	double size = (double)m->pair->verdicts->page_size;
	char now[UNITS_MAX], peak[UNITS_MAX];

	if (!rate->gap)
		textbuf_addf(out, "  copied %s/s within the last second, %s/s at most\n",
			units_bytes(now, (uint64_t)(rate->now * size)),
			units_bytes(peak, (uint64_t)(rate->peak * size)));
}

static void write_erosion(const struct moment *m, struct textbuf *out)
{
	if (erosion_hidden(m))
		return;
	textbuf_adds(out, "  erosion: ");
	erosion_tell(m, out);
	textbuf_adds(out, "\n");
}

static void write_verdicts(const struct pair *p, struct textbuf *out)
{
	struct report_table t = {0};
	char honesty[160], bytes[UNITS_MAX];

	report_section(out, "Pages of A and B by verdict", pages_honesty(honesty, p));
	if (pair_pages_reason(p))
		return;
	report_column(&t, "PAGES", false);
	report_column(&t, "BYTES", false);
	report_column(&t, "VERDICT", true);
	report_column(&t, "MEANING", true);
	for (int v = 0; v < PAGE_VERDICTS; v++) {
		const struct pair_pages *sum = &p->verdicts->pages;
		const char *hidden = verdicts_hide(p->verdicts, sum, (enum page_verdict)v);
		int64_t pages = pair_pages_of(sum, (enum page_verdict)v);

		if (pages < 0 || !page_verdict_of_pair((enum page_verdict)v))
			continue;
		if (hidden)
			report_cell(&t, "?");
		else
			report_cellf(&t, "%lld", (long long)pages);
		report_cell(
			&t, hidden ? "?"
				   : units_bytes(bytes, (uint64_t)pages * p->verdicts->page_size));
		report_cell(&t, page_verdict_info[v].title);
		report_cell(&t, hidden ? hidden : page_verdict_info[v].meaning);
	}
	report_write(&t, out);
}

/* Where A and B are threads: what neither shares with the other. */
static void write_own(const struct moment *m, struct textbuf *out)
{
	struct report_table t = {0};

	report_section(out, "Each thread's own", NULL);
	report_column(&t, "", true);
	report_column(&t, "A", true);
	report_column(&t, "B", true);
	for (size_t i = 0; i < own_fields_n; i++) {
		const struct field *f = field_find(own_fields[i]);

		report_cell(&t, strchr(f->id, '.') + 1);
		for (unsigned side = 0; side < 2; side++) {
			const struct record r = own_record(m, side);
			struct textbuf text = {0};

			own_text(&r, f, value_state_reason(VALUE_UNREAD), &text);
			report_cell(&t, text.bytes ? text.bytes : "");
			textbuf_free(&text);
		}
	}
	report_write(&t, out);
}

void report_card(const struct moment *m, struct textbuf *out)
{
	if (!m->pair)
		return;
	if (pair_apart(m->pair))
		report_past(m, out);
	else
		write_card(m->pair, out);
	if (own_applies(m))
		write_own(m, out);
}

void report_verdicts(const struct moment *m, struct textbuf *out)
{
	if (!m->pair)
		return;
	if (pair_apart(m->pair)) {
		report_past_pages(m, out);
		return;
	}
	write_verdicts(m->pair, out);
	write_copies(m, out);
	write_erosion(m, out);
}

/* ---- the memory map ------------------------------------------------------ */

static const char *const mapping_ids[] = {"mapping.start", "mapping.end", "mapping.permissions",
	"mapping.kind", "mapping.size_bytes", "mapping.resident_bytes"};
#define MAPPING_IDS (sizeof mapping_ids / sizeof mapping_ids[0])

static void mapping_columns(struct report_table *t)
{
	for (size_t i = 0; i < MAPPING_IDS; i++) {
		const struct field *f = field_find(mapping_ids[i]);

		report_column(t, f->title, f->left);
	}
}

static void mapping_cells(struct report_table *t, const struct record *r)
{
	for (size_t i = 0; i < MAPPING_IDS; i++)
		report_field(t, field_find(mapping_ids[i]), r);
}

static void write_one_map(const struct moment *m, unsigned side, struct textbuf *out)
{
	struct record r = {.moment = m, .kind = RECORD_MAPPING, .side = side};
	struct report_table t = {0};
	size_t n = record_count(m, RECORD_MAPPING, side);

	mapping_columns(&t);
	report_column(&t, "PATH", true);
	for (r.index = 0; r.index < n; r.index++) {
		mapping_cells(&t, &r);
		report_field(&t, field_find("mapping.path"), &r);
	}
	report_write(&t, out);
}

/* A count of a row's pages; of a row that is not judged none is known. */
static void pages_cell(struct report_table *t, const struct pair *p, const struct pair_mapping *row,
	uint64_t pages)
{
	if (row->state == ROW_UNKNOWN)
		report_cell(t, "?");
	else if (!pair_pages_reason(p))
		report_cellf(t, "%llu", (unsigned long long)pages);
	else
		report_cell(t, p->one_space ? "—" : "?");
}

/* A row of the pair: as in diff(1), < stands in A only, > in B only, ! diverged. */
static void pair_row(struct report_table *t, const struct moment *m, const struct pair_mapping *row)
{
	static const char *const sign[] = {
		[ROW_SAME] = "=",
		[ROW_ONLY_A] = "<",
		[ROW_ONLY_B] = ">",
		[ROW_DIVERGED] = "!",
		[ROW_UNKNOWN] = "?",
	};
	TABLE_ROWS(sign, ROW_STATES);
	const unsigned side = row->a >= 0 ? 0 : 1;
	const struct record r = {m, RECORD_MAPPING, side, (size_t)(side ? row->b : row->a)};
	const struct record b = {m, RECORD_MAPPING, 1, (size_t)row->b};

	report_cell(t, sign[row->state % ROW_STATES]);
	mapping_cells(t, &r);
	if (row->a >= 0 && row->b >= 0)
		report_field(t, field_find("mapping.resident_bytes"), &b);
	else
		report_cell(t, "—");
	pages_cell(t, m->pair, row, row->pages.cow_shared);
	pages_cell(t, m->pair, row, row->pages.copied);
	pages_cell(t, m->pair, row, row->pages.file_shared + row->pages.shared_memory);
	pages_cell(t, m->pair, row, row->pages.only_a);
	pages_cell(t, m->pair, row, row->pages.only_b);
	report_cell(t, mechanism_name(row->mechanism));
	report_field(t, field_find("mapping.path"), &r);
}

static void write_pair_map(const struct moment *m, struct textbuf *out)
{
	static const struct {
		const char *heading;
		bool left;
	} more[] = {{"IN B", false}, {"COW", false}, {"COPIED", false}, {"COMMON", false},
		{"ONLY A", false}, {"ONLY B", false}, {"SHARED BY", true}, {"PATH", true}};
	struct report_table t = {0};

	textbuf_adds(out,
		"  = same in both   ! diverged   < only in A   > only in B   ? the other's are not "
		"known; pages by verdict\n");
	report_column(&t, "", true);
	mapping_columns(&t);
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		report_column(&t, more[i].heading, more[i].left);
	for (size_t i = 0; i < m->pair->verdicts->mappings_n; i++)
		pair_row(&t, m, &m->pair->verdicts->mapping[i]);
	report_write(&t, out);
}

void report_memory(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	char honesty[160];

	if (m->pair && m->pair->verdicts->mappings_n > 0 && pair_is_past(m->pair)) {
		report_past_memory(m, out);
		return;
	}
	if (m->pair && m->pair->verdicts->mappings_n > 0) {
		report_section(out, "Memory of A and B", pages_honesty(honesty, m->pair));
		write_pair_map(m, out);
		return;
	}
	for (unsigned side = 0; side < s->sides; side++) {
		const struct memory_map *map = s->side[side].memory;
		const char *none = side_without_memory(&s->side[side]);

		report_section(out, side ? "Memory of B" : "Memory of A",
			none ? none : report_honesty(honesty, m, RECORD_MAPPING, side));
		if (map && map->n > 0)
			write_one_map(m, side, out);
	}
}
