/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "report_internal.h"
#include "twintop/base/table.h"
#include "twintop/model/gaps.h"
#include "twintop/model/names.h"

static void cell_end(struct report_table *t, int fd)
{
	if (fd < 0)
		report_cell(t, "");
	else
		report_cellf(t, "%d", fd);
}

static void cell_waiting(struct report_table *t, const struct channel *c, unsigned side)
{
	if (value_state_has_value(c->waiting_state[side]))
		report_cellf(t, "%" PRIu64, c->waiting_bytes[side]);
	else
		report_cell(t, c->waiting_state[side] == VALUE_NONE ? "—" : "?");
}

static void write_channels(const struct pair *p, struct textbuf *out)
{
	static const char *const sign[] = {
		[CHANNEL_A_TO_B] = "A -> B",
		[CHANNEL_B_TO_A] = "A <- B",
		[CHANNEL_BOTH] = "A <-> B",
	};
	TABLE_ROWS(sign, CHANNEL_DIRECTIONS);
	struct report_table t = {0};

	report_section(out,
		p->channels_n ? "Channels between A and B"
		: p->one_space
			? "Channels between A and B: none found but memory, which is all in common"
			: "Channels between A and B: none found",
		NULL);
	if (!p->channels_n)
		return;
	report_column(&t, "KIND", true);
	report_column(&t, "DIRECTION", true);
	report_column(&t, "A FD", false);
	report_column(&t, "B FD", false);
	report_column(&t, "WAITS FOR A", false);
	report_column(&t, "FOR B", false);
	report_column(&t, "WHICH", true);
	for (size_t i = 0; i < p->channels_n; i++) {
		const struct channel *c = &p->channel[i];

		report_cell(&t, c->kind);
		report_cell(&t, sign[c->direction % 3]);
		cell_end(&t, c->a_fd);
		cell_end(&t, c->b_fd);
		cell_waiting(&t, c, 0);
		cell_waiting(&t, c, 1);
		report_cell(&t, c->detail ? c->detail : "");
	}
	report_write(&t, out);
}

/* What could not be looked at: channels may be there that are not shown. */
static void write_gaps(const struct moment *m, struct textbuf *out)
{
	const char *reason[CHANNEL_GAPS];
	size_t n = gaps_of_channels(m, reason);

	for (size_t i = 0; i < n; i++)
		textbuf_addf(out, "  ? %s\n", reason[i]);
}

void report_sharing(const struct moment *m, struct textbuf *out)
{
	if (!m->pair)
		return;
	if (pair_apart(m->pair)) {
		report_section(out, "Memory and channels that A and B have in common",
			pair_apart(m->pair));
		return;
	}
	report_common(m, out);
	write_channels(m->pair, out);
	write_gaps(m, out);
}

/* ---- signals ------------------------------------------------------------- */

/* Whether a side does anything with the signal but leave it at its default. */
static bool is_told(const struct side *side, int i)
{
	const struct process_info *p = side->info;
	const struct thread_signals *masks = side->threads ? side->threads->signals : NULL;

	if (p && value_state_has_value(p->source[PROCESS_SIGNALS]) &&
		((p->signals_caught | p->signals_ignored | p->signals_pending) >> i & 1))
		return true;
	return masks && (masks->blocked_by[i] || masks->pending_in[i]);
}

static const char *const signal_ids[] = {
	"signal.disposition", "signal.pending", "signal.pending_threads", "signal.blocked_threads"};
#define SIGNAL_IDS (sizeof signal_ids / sizeof *signal_ids)

void report_signals(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	struct report_table t = {0};

	report_section(out, "Signals that are caught, ignored, blocked or pending", NULL);
	report_column(&t, "SIGNAL", true);
	for (unsigned side = 0; side < s->sides; side++)
		for (size_t i = 0; i < SIGNAL_IDS; i++)
			report_column(&t, field_find(signal_ids[i])->title, true);
	for (int n = 0; n < SIGNAL_COUNT; n++) {
		if (!is_told(&s->side[0], n) && (s->sides < 2 || !is_told(&s->side[1], n)))
			continue;
		report_cell(&t, signal_name(n + 1));
		for (unsigned side = 0; side < s->sides; side++) {
			struct record r = {m, RECORD_SIGNAL, side, (size_t)n};

			for (size_t i = 0; i < SIGNAL_IDS; i++)
				report_field(&t, field_find(signal_ids[i]), &r);
		}
	}
	report_write(&t, out);
}
