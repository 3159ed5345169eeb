/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stretches on CPUs as cells of a lane. */
#include "lanes_internal.h"

#include <string.h>

char lane_letter(size_t i)
{
	return (char)('a' + i % 26);
}

static uint64_t overlap(uint64_t from, uint64_t to, uint64_t begin, uint64_t end)
{
	uint64_t a = from > begin ? from : begin, b = to < end ? to : end;

	return b > a ? b - a : 0;
}

static uint64_t share(uint64_t figure, uint64_t part, uint64_t of)
{
	return part == of ? figure : (uint64_t)((double)figure * (double)part / (double)of);
}

static int columns(const struct time_axis *a)
{
	return a->w < LANE_COLUMNS ? a->w : LANE_COLUMNS;
}

/* The first and the last column that hold any of it; false: none does. */
static bool reach(
	const struct time_axis *a, uint64_t from, uint64_t to, int *ret_first, int *ret_last)
{
	*ret_first = time_axis_column(a, from);
	*ret_last = time_axis_column(a, to);
	if (*ret_first < 0)
		*ret_first = 0;
	if (*ret_last >= columns(a))
		*ret_last = columns(a) - 1;
	return to > a->from_ns && from < a->to_ns;
}

/* Time that a thread was ready, or that nobody listened. */
static void add_time(
	struct lane_cell *cell, const struct time_axis *a, uint64_t from, uint64_t to, bool deaf)
{
	int first, last;

	if (from == to || !reach(a, from, to, &first, &last))
		return;
	for (int i = first; i <= last; i++) {
		uint64_t ns = overlap(from, to, time_axis_begin(a, i), time_axis_begin(a, i + 1));

		*(deaf ? &cell[i].deaf_ns : &cell[i].queued_ns) += ns;
	}
}

/* Of a process that is listened to else. */
static void add_gaps(
	struct lane_cell *cell, const struct time_axis *a, const struct lane_batch *b, pid_t pid)
{
	const struct lane_watch *watch = lane_watch_of(b, pid);

	if (!watch || !value_state_has_value(watch->state))
		return;
	for (size_t i = 0; i < b->gaps_n; i++)
		add_time(cell, a, b->gap[i].begin_ns, b->gap[i].end_ns, true);
}

static void add_span(
	struct lane_cell *cell, const struct time_axis *a, const struct lane_span *s, int *last_cpu)
{
	uint64_t length = s->end_ns - s->begin_ns;
	int first, last;

	add_time(cell, a, s->begin_ns - s->before_ns, s->begin_ns, false);
	if (length && reach(a, s->begin_ns, s->end_ns, &first, &last)) {
		for (int i = first; i <= last; i++) {
			uint64_t part = overlap(s->begin_ns, s->end_ns, time_axis_begin(a, i),
				time_axis_begin(a, i + 1));

			cell[i].run_ns += share(s->run_ns, part, length);
			cell[i].queued_ns += share(s->queued_ns, part, length);
			cell[i].cpu = s->cpu;
			cell[i].moved = i == first && *last_cpu != s->cpu;
			cell[i].sampled |= s->end == LANE_SAMPLED;
		}
		if (s->end_ns < a->to_ns) {
			cell[last].voluntary += s->voluntary;
			cell[last].involuntary += s->involuntary;
		}
	}
	*last_cpu = s->cpu;
}

void lane_cells(const struct lanes *lanes, pid_t pid, pid_t tid, const struct time_axis *a,
	struct lane_cell cell[LANE_COLUMNS])
{
	int cpu = -1;

	memset(cell, 0, (size_t)columns(a) * sizeof *cell);
	for (int i = 0; i < columns(a); i++)
		cell[i].cpu = -1;
	for (size_t i = 0; lanes && i < lanes->n; i++) {
		size_t n;
		const struct lane_span *s = lane_batch_of(lanes->batch[i], tid, &n);

		for (size_t k = 0; k < n; k++)
			add_span(cell, a, &s[k], &cpu);
		add_gaps(cell, a, lanes->batch[i], pid);
	}
}

/* ---- drawing ------------------------------------------------------------------------ */

struct lane_sign {
	const char *utf8, *ascii;
	enum style style;
};

/* How much of the column it was on a CPU. */
static struct lane_sign level(double share)
{
	static const char *const bar[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	int eighths = (int)(share * 8);

	return (struct lane_sign){bar[eighths < 7 ? eighths : 7],
		share >= 0.875 ? "#"
		: share >= 0.5 ? "="
			       : "-",
		STYLE_GOOD};
}

/* Whether a stretch that filled the column before ends in this one. */
static bool ends_here(const struct lane_cell *cell, int i, uint64_t ns)
{
	return i > 0 && cell[i - 1].run_ns >= ns - ns / 8 &&
	       cell[i].voluntary + cell[i].involuntary == 1;
}

/* Where it got to another CPU, with room for its number: it went on there in the next column. */
static bool shows_cpu(const struct lane_cell *cell, int i, int columns_n, uint64_t ns)
{
	return cell[i].moved && i + 1 < columns_n && !cell[i + 1].moved &&
	       cell[i + 1].run_ns >= ns - ns / 8;
}

/* Where nobody listened nothing is known of the column: half of it is enough. */
static bool is_unheard(const struct lane_cell *cell, uint64_t ns)
{
	return cell->deaf_ns >= ns - ns / 2;
}

static struct lane_sign sign_of(const struct lane_cell *cell, int i, uint64_t ns)
{
	static const struct lane_sign queued = {"░", "~", STYLE_WARN},
				      blocked = {"·", ".", STYLE_DIM},
				      gave = {"▌", ")", STYLE_GOOD},
				      preempted = {"▞", "!", STYLE_WARN},
				      unheard = {"?", "?", STYLE_WARN};
	double run, wait;

	if (is_unheard(&cell[i], ns))
		return unheard;
	ns -= cell[i].deaf_ns;
	run = (double)cell[i].run_ns / (double)ns;
	wait = (double)cell[i].queued_ns / (double)ns;
	if (ends_here(cell, i, ns))
		return cell[i].involuntary ? preempted : gave;
	if (wait > run && wait >= 0.125)
		return queued;
	return cell[i].run_ns ? level(run) : blocked;
}

void lane_draw(const struct lanes *lanes, pid_t pid, pid_t tid, const struct time_axis *a,
	struct canvas *c, int x, int y)
{
	uint64_t begin_ns = lanes_begin_ns(lanes);
	struct lane_cell cell[LANE_COLUMNS];

	lane_cells(lanes, pid, tid, a, cell);
	for (int i = 0; i < columns(a); i++) {
		uint64_t from = time_axis_begin(a, i), ns = time_axis_begin(a, i + 1) - from;
		struct lane_sign sign = sign_of(cell, i, ns ? ns : 1);

		if (cell[i].cpu < 0 && !cell[i].queued_ns && from < begin_ns)
			continue;
		if (!is_unheard(&cell[i], ns) && shows_cpu(cell, i, columns(a), ns))
			canvas_print(c, x + i, y, 1, STYLE_STRONG, "%d", cell[i].cpu % 10);
		else
			canvas_text(c, x + i, y, 1, sign.style, c->ascii ? sign.ascii : sign.utf8);
	}
}

int lane_cpus(const struct lanes *lanes, pid_t pid)
{
	int cpus = 0;

	for (size_t i = 0; lanes && i < lanes->n; i++)
		for (size_t k = 0; k < lanes->batch[i]->n; k++) {
			const struct lane_span *s = &lanes->batch[i]->span[k];

			if (s->pid == pid && s->cpu >= cpus && s->cpu < 4096)
				cpus = s->cpu + 1;
		}
	return cpus;
}

/* Who had a CPU longest in one go in a column. */
struct had {
	uint64_t ns;
	pid_t tid;
};

static void add_had(struct had *had, const struct time_axis *a, const struct lane_span *s)
{
	uint64_t length = s->end_ns - s->begin_ns;
	int first, last;

	if (!length || !reach(a, s->begin_ns, s->end_ns, &first, &last))
		return;
	for (int i = first; i <= last; i++) {
		uint64_t ns = share(s->run_ns,
			overlap(s->begin_ns, s->end_ns, time_axis_begin(a, i),
				time_axis_begin(a, i + 1)),
			length);

		if (ns > had[i].ns)
			had[i] = (struct had){ns, s->tid};
	}
}

void lane_draw_cpu(const struct lanes *lanes, const struct thread_list *threads, pid_t pid, int cpu,
	pid_t selected, const struct time_axis *a, struct canvas *c, int x, int y)
{
	struct had had[LANE_COLUMNS] = {{0, 0}};
	struct lane_cell heard[LANE_COLUMNS];

	lane_cells(lanes, pid, 0, a, heard);
	for (size_t i = 0; lanes && i < lanes->n; i++)
		for (size_t k = 0; k < lanes->batch[i]->n; k++) {
			const struct lane_span *s = &lanes->batch[i]->span[k];

			if (s->pid == pid && s->cpu == cpu)
				add_had(had, a, s);
		}
	for (int i = 0; i < columns(a); i++) {
		ptrdiff_t at = had[i].tid ? thread_find(threads, had[i].tid) : -1;
		char text[2] = {at >= 0 ? lane_letter((size_t)at) : '*', 0};

		if (is_unheard(&heard[i], time_axis_begin(a, i + 1) - time_axis_begin(a, i)))
			canvas_text(c, x + i, y, 1, STYLE_WARN, "?");
		else if (had[i].tid)
			canvas_text(c, x + i, y, 1,
				had[i].tid == selected ? STYLE_STRONG : STYLE_GOOD, text);
		else if (time_axis_begin(a, i) >= lanes_begin_ns(lanes))
			canvas_text(c, x + i, y, 1, STYLE_DIM, c->ascii ? "." : "·");
	}
}
