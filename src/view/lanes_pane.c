/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Below the threads: a lane of time for each, or for each CPU. */
#include "lanes_internal.h"

#include "twintop/base/units.h"
#include "twintop/draw/panes.h"
#include "twintop/draw/sign.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/model/duty.h"

#define HEAD	     2 /* lines above the lanes: what they are, and the axis */
#define LABEL_NARROW 9
#define LABEL_WIDE   20
#define WIDE_FROM    70
#define LEGEND_GAP   2

/* A side's half. */
struct half {
	enum lanes_pane pane;
	const struct view_env *env;
	unsigned side;
	ptrdiff_t selected;
	struct canvas *c;
	struct rect area;
	struct time_axis axis;
	int label;
};

static const struct snapshot *shown(const struct half *p)
{
	return p->env->moment->snapshot;
}

static const struct side *side_of(const struct half *p)
{
	return &shown(p)->side[p->side];
}

/* ---- what they are ------------------------------------------------------------------ */

static void say_count(struct textbuf *out, uint64_t n)
{
	char text[UNITS_MAX];

	textbuf_adds(out, units_count(text, n));
}

/* "deaf for 1.2s of 5s": of what is shown nobody listened to so much. */
static void say_deaf(const struct half *p, struct textbuf *out)
{
	char text[UNITS_MAX], span_text[TIME_TICK_TEXT];
	uint64_t ns = lanes_deaf_ns(shown(p)->lanes, p->axis.from_ns, p->axis.to_ns);

	if (ns)
		textbuf_addf(out, ", deaf for %s of %s", units_time(text, ns),
			time_span_text(span_text, p->axis.to_ns - p->axis.from_ns));
}

/* "exact, 9000 records", "lost 12 of 9000", "sampled: needs …" */
static void say_source(const struct half *p, const struct lane_batch *batch, struct textbuf *out)
{
	const struct lane_watch *watch = lane_watch_of(batch, side_of(p)->id.pid);
	const struct lane_ears *ears = &batch->ears;
	char text[UNITS_MAX];

	if (!watch || !value_state_has_value(watch->state)) {
		textbuf_addf(out, "sampled: %s", watch ? watch->reason : "nobody listens yet");
		return;
	}
	if (ears->lost) {
		textbuf_adds(out, "lost ");
		say_count(out, ears->lost);
		textbuf_adds(out, " of ");
	} else {
		textbuf_adds(out, "exact, ");
	}
	say_count(out, ears->told + ears->lost);
	textbuf_adds(out, " records");
	if (ears->threads < ears->threads_of)
		textbuf_addf(out, ", %llu of %llu threads", (unsigned long long)ears->threads,
			(unsigned long long)ears->threads_of);
	if (ears->merged_ns)
		textbuf_addf(out, ", merged within %s", units_time(text, ears->merged_ns));
	say_deaf(p, out);
}

/* Behind w columns of heading, where there is room; in lecture mode it stands below. */
static void draw_legend(const struct half *p, int w)
{
	const char *legend = p->pane == LANES_CPUS ? "the letter of who had it"
			     : p->c->ascii ? "# on CPU ) gave way ! preempted ~ ready . blocked"
					   : "█ on CPU ▌ gave way ▞ preempted ░ ready · blocked";

	if (w + LEGEND_GAP + canvas_width(p->c, legend) <= p->area.w && !p->env->lecture)
		canvas_right(p->c, p->area.x, p->area.y, p->area.w, STYLE_DIM, legend);
}

static void draw_heading(const struct half *p, const struct lane_batch *batch)
{
	struct textbuf text = {0};

	textbuf_adds(&text, p->pane == LANES_CPUS ? "LANES by CPU: " : "LANES: ");
	if (batch)
		say_source(p, batch, &text);
	else
		textbuf_adds(&text, p->env->recorded ? "not recorded" : "not read yet");
	draw_legend(p, canvas_width(p->c, text.bytes));
	canvas_text(p->c, p->area.x, p->area.y, p->area.w, STYLE_TITLE, text.bytes);
	textbuf_free(&text);
}

static void draw_axis(const struct half *p)
{
	const struct snapshot *s = shown(p);
	const struct time_words words = {.clock_ns = (int64_t)(s->realtime_ns - s->monotonic_ns),
		.end = p->env->past ? NULL : "now"};

	time_axis_draw(&p->axis, &words, p->c,
		(struct rect){p->area.x + p->label, p->area.y + 1, p->axis.w, 1});
}

/* ---- lanes -------------------------------------------------------------------------- */

static void draw_label(const struct half *p, size_t i, const struct thread *t, int y)
{
	enum style style = (ptrdiff_t)i == p->selected ? STYLE_SELECTED : STYLE_NORMAL;
	struct textbuf text = {0};

	textbuf_addf(&text, "%c %-6d", lane_letter(i), (int)t->self->tid);
	if (p->label > LABEL_NARROW) {
		textbuf_adds(&text, " ");
		text_name(&text, thread_name(t));
	}
	canvas_text(p->c, p->area.x, y, p->label - 1, style, text.bytes);
	textbuf_free(&text);
}

static void draw_threads(const struct half *p, int rows)
{
	const struct thread_list *list = side_of(p)->threads;
	size_t first = 0;

	if (p->selected >= rows)
		first = (size_t)(p->selected - rows + 1);
	for (int i = 0; list && i < rows && first + (size_t)i < list->n; i++) {
		const struct thread t = thread_at(list, first + (size_t)i);
		int y = p->area.y + HEAD + i;

		draw_label(p, first + (size_t)i, &t, y);
		lane_draw(shown(p)->lanes, side_of(p)->id.pid, t.self->tid, &p->axis, p->c,
			p->area.x + p->label, y);
	}
}

static void draw_cpus(const struct half *p, int rows)
{
	const struct side *side = side_of(p);
	const struct thread t =
		thread_at(p->selected < 0 ? NULL : side->threads, (size_t)p->selected);
	int cpus = lane_cpus(shown(p)->lanes, side->id.pid);

	for (int i = 0; i < rows && i < cpus; i++) {
		int y = p->area.y + HEAD + i;

		canvas_print(p->c, p->area.x, y, p->label - 1, STYLE_NORMAL, "CPU %d", i);
		lane_draw_cpu(shown(p)->lanes, side->threads, side->id.pid, i,
			t.self ? t.self->tid : 0, &p->axis, p->c, p->area.x + p->label, y);
	}
}

/* "c 4243 I/O-bound: 8% on CPU, 92% in read on fd 5 (pipe from 4250)" */
static void draw_words(const struct half *p)
{
	const struct thread t =
		thread_at(p->selected < 0 ? NULL : side_of(p)->threads, (size_t)p->selected);
	struct textbuf text = {0};
	struct thread_duty d;
	const char *reason;

	if (!t.self)
		return;
	textbuf_addf(&text, "%d ", (int)t.self->tid);
	if (duty_of(shown(p), p->side, (size_t)p->selected, &d, &reason) == DUTY_UNKNOWN)
		textbuf_adds(&text, reason);
	else
		duty_say(&d, shown(p), p->side, &text);
	canvas_text(
		p->c, p->area.x, p->area.y + p->area.h - 1, p->area.w, STYLE_STRONG, text.bytes);
	textbuf_free(&text);
}

/* "1.2s on a CPU and 30ms ready for one, of 5s" */
static void say_sum(const struct half *p, pid_t tid, struct textbuf *out)
{
	const struct lane_sum sum = lanes_sum(shown(p)->lanes, tid, p->axis.from_ns, p->axis.to_ns);
	char run[UNITS_MAX], queued[UNITS_MAX], span[TIME_TICK_TEXT];

	textbuf_addf(out, "%s on a CPU and %s ready for one, of %s", units_time(run, sum.run_ns),
		units_time(queued, sum.queued_ns),
		time_span_text(span, p->axis.to_ns - p->axis.from_ns));
}

void lanes_pane_tell(enum lanes_pane pane, const struct view_env *env, unsigned side, size_t index,
	uint64_t span_ns, struct textbuf *out)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct lane_batch *batch = lanes_newest(s->lanes);
	const struct thread t = thread_at(s->side[side].threads, index);
	struct half p = {.env = env, .side = side};
	uint64_t now = s->monotonic_ns;

	if (!t.self)
		return;
	textbuf_addf(out, "lane %c: ", lane_letter(index));
	if (!batch) {
		textbuf_addf(out, "%s.", env->recorded ? "not recorded" : "not read yet");
		return;
	}
	p.axis = (struct time_axis){now > span_ns ? now - span_ns : 0, now, 1};
	say_sum(&p, t.self->tid, out);
	textbuf_adds(out, " (");
	say_source(&p, batch, out);
	textbuf_adds(out, "). Exact are context-switch records of perf_event_open(2), sampled is "
			  "what /proc/PID/task/TID/schedstat grew by from look to look.");
	if (pane == LANES_CPUS)
		textbuf_adds(out, " In the lane of a CPU stands the letter of whoever had it "
				  "longest.");
}

static void draw_half(struct half *p, uint64_t span_ns)
{
	const struct lane_batch *batch = lanes_newest(shown(p)->lanes);
	uint64_t now = shown(p)->monotonic_ns;
	int rows = p->area.h - HEAD - 1;

	p->label = p->area.w >= WIDE_FROM ? LABEL_WIDE : LABEL_NARROW;
	p->axis = (struct time_axis){now > span_ns ? now - span_ns : 0, now, p->area.w - p->label};
	if (p->axis.w < 1)
		return;
	if (p->axis.w > LANE_COLUMNS)
		p->axis.w = LANE_COLUMNS;
	draw_heading(p, batch);
	draw_words(p);
	if (!batch)
		return;
	draw_axis(p);
	if (p->pane == LANES_CPUS)
		draw_cpus(p, rows);
	else
		draw_threads(p, rows);
}

void lanes_pane_draw(enum lanes_pane pane, const struct view_env *env, const ptrdiff_t selected[2],
	uint64_t span_ns, struct canvas *c, struct rect area)
{
	static const char *const signs[] = {SIGN_LANES, NULL};
	const struct rect legend = {area.x, area.y + area.h - 1, area.w, 1};
	unsigned sides = panes_sides(env->moment);
	struct panes panes;

	area.h -= env->lecture;
	panes = panes_split(area, sides, 0, 0);
	for (unsigned side = 0; side < sides; side++) {
		struct half p = {.pane = pane,
			.env = env,
			.side = side,
			.selected = selected[side],
			.c = c,
			.area = panes.side[side]};

		draw_half(&p, span_ns);
	}
	if (env->lecture)
		sign_legend(signs, c,
			(struct rect){area.x, area.y + HEAD, area.w, area.h - HEAD - 1}, legend);
}
