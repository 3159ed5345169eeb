/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "report_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/common.h"

static void write_mechanisms(const struct moment *m, struct textbuf *out)
{
	bool known = value_state_has_value(m->pair->verdicts->pages_state);
	struct report_table t = {0};
	char text[UNITS_MAX];

	report_column(&t, "MECHANISM", true);
	report_column(&t, "MAPS", false);
	report_column(&t, "SIZE", false);
	report_column(&t, "IN COMMON", false);
	report_column(&t, "WHAT IT IS", true);
	for (int i = 0; i < MECHANISMS; i++) {
		const struct mechanism_sum *sum = &m->pair->verdicts->by_mechanism[i];

		if (!sum->rows)
			continue;
		report_cell(&t, mechanism_name((enum mechanism)i));
		report_cellf(&t, "%" PRIu64, sum->rows);
		report_cell(&t, units_bytes(text, sum->size_bytes));
		report_cell(&t,
			known ? units_bytes(text, sum->common_pages * m->pair->verdicts->page_size)
			      : "?");
		report_cell(&t, mechanism_meaning((enum mechanism)i));
	}
	report_write(&t, out);
}

static void write_facts(const struct moment *m, struct textbuf *out)
{
	struct common_fact fact[COMMON_FACTS];
	struct report_table t = {0};
	size_t n = common_facts(m, &t.arena, fact);

	report_column(&t, "", true);
	report_column(&t, "", false);
	report_column(&t, "", true);
	for (size_t i = 0; i < n; i++) {
		report_cell(&t, fact[i].title);
		report_cell(&t, fact[i].value);
		report_cell(&t, fact[i].meaning);
	}
	report_write(&t, out);
}

static void write_shared(const struct moment *m, struct textbuf *out)
{
	struct report_table t = {0};

	report_column(&t, "MECHANISM", true);
	report_column(&t, "IN A", true);
	report_column(&t, "IN B", true);
	report_column(&t, "PAGES OF BOTH", true);
	report_column(&t, "WHICH", true);
	for (size_t i = 0; i < m->pair->verdicts->mappings_n; i++) {
		const struct pair_mapping *row = &m->pair->verdicts->mapping[i];

		if (!common_is_shared(m, row))
			continue;
		report_cell(&t, mechanism_name(row->mechanism));
		report_cellf(&t, "%" PRIx64, common_mapping(m, row, 0)->start);
		report_cellf(&t, "%" PRIx64, common_mapping(m, row, 1)->start);
		report_cell(&t, common_pages(m, row, &t.arena));
		report_cell(&t, common_object(m, row, &t.arena));
	}
	report_write(&t, out);
}

void report_common(const struct moment *m, struct textbuf *out)
{
	const struct pair *p = m->pair;
	bool shared = false;

	if (!p || p->one_space || pair_apart(p) || !p->verdicts->mappings_n)
		return;
	report_section(out, "Memory that A and B have in common",
		!value_state_has_value(p->verdicts->pages_state) ? "hidden: pages could not be read"
		: p->verdicts->pages_exact			 ? "exact: by frame numbers"
					   : "estimated: by inode and offset");
	write_mechanisms(m, out);
	write_facts(m, out);
	for (size_t i = 0; i < p->verdicts->mappings_n; i++)
		shared |= common_is_shared(m, &p->verdicts->mapping[i]);
	if (!shared)
		return;
	textbuf_adds(out, "\n");
	write_shared(m, out);
}
