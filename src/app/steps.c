/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/steps.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/compare/turn.h"
#include "twintop/model/family.h"

#define SETTLE_NS   1000000000u	 /* what is not measured so long after a step is not as expected */
#define PATIENCE_NS 5000000000u	 /* nor what comes late, in turn or with its names */
#define FAMILY_NS   15000000000u /* but large members that are read in turn may take so long */

struct steps {
	struct step now, last;
	pid_t program;		     /* who told of them; 0: nobody yet */
	struct turner *turner;	     /* NULL: it was not needed yet */
	const struct moment *moment; /* a reference; NULL: none yet */
	bool eager;		     /* somebody wants the step to go on */
};

static void clear(struct step *step)
{
	free(step->caption);
	free(step->view);
	free(step->point);
	free(step->question);
	for (size_t i = 0; i < step->expects_n; i++) {
		free(step->expect[i].path);
		free(step->expect[i].wanted);
		free(step->expect[i].name);
	}
	*step = (struct step){0};
}

struct steps *steps_new(void)
{
	struct steps *s = mem_alloc(sizeof *s);

	*s = (struct steps){0};
	return s;
}

void steps_free(struct steps *s)
{
	if (!s)
		return;
	clear(&s->now);
	clear(&s->last);
	moment_put(s->moment);
	turner_free(s->turner);
	free(s);
}

/* ---- what is said -------------------------------------------------------- */

static char *copy_printable(struct text text)
{
	struct textbuf out = {0};

	text_printable(&out, text);
	return out.bytes ? out.bytes : mem_copy("");
}

static void set_text(char **field, struct text text)
{
	free(*field);
	*field = copy_printable(text);
}

/* The text up to the first blank; what is behind that stays in *rest. */
static struct text take_word(struct text *rest)
{
	const char *blank = rest->len ? memchr(rest->bytes, ' ', rest->len) : NULL;
	size_t len = blank ? (size_t)(blank - rest->bytes) : rest->len;
	struct text word = {rest->bytes, len};

	len += blank != NULL;
	rest->bytes += len;
	rest->len -= len;
	return word;
}

static void add_expect(struct step *step, struct text rest)
{
	struct expect *e = &step->expect[step->expects_n];

	if (step->expects_n == STEP_EXPECTS)
		return;
	*e = (struct expect){.state = EXPECT_OPEN};
	e->path = copy_printable(take_word(&rest));
	e->wanted = copy_printable(take_word(&rest));
	e->name = copy_printable(rest.len ? rest : text_of(e->path));
	step->expects_n++;
}

static void end_step(struct step *step, uint64_t at_ns)
{
	if (step->done_ns)
		return;
	step->done_ns = at_ns;
	for (size_t i = 0; i < step->expects_n; i++)
		step->expect[i].state = EXPECT_MEASURING;
}

static void begin_step(struct steps *s, struct text caption, const struct event *e)
{
	if (s->now.number) {
		end_step(&s->now, e->monotonic_ns);
		clear(&s->last);
		s->last = s->now;
	}
	s->now = (struct step){.number = e->count};
	set_text(&s->now.caption, caption);
	set_text(&s->now.view, text_of(""));
	set_text(&s->now.point, text_of(""));
	set_text(&s->now.question, text_of(""));
}

static void begin_waiting(struct step *step, uint64_t at_ns)
{
	if (step->gone_on)
		return;
	step->waits = true;
	step->told_ns = at_ns;
}

static void take_line(struct steps *s, struct text line, uint64_t at_ns)
{
	struct text word = take_word(&line);

	if (!s->now.number)
		return;
	if (text_equal(word, text_of("view")))
		set_text(&s->now.view, line);
	else if (text_equal(word, text_of("point")))
		set_text(&s->now.point, line);
	else if (text_equal(word, text_of("ask")))
		set_text(&s->now.question, line);
	else if (text_equal(word, text_of("expect")))
		add_expect(&s->now, line);
	else if (text_equal(word, text_of("wait")))
		begin_waiting(&s->now, at_ns);
	else if (text_equal(word, text_of("done")))
		end_step(&s->now, at_ns);
}

/* ---- what is measured ---------------------------------------------------- */

static bool tells_of_family(const struct expect *e)
{
	return !strncmp(e->path, "family", strlen("family"));
}

/* Whether any of it expects something of the family, whose members are read in turn. */
static bool is_of_family(const struct step *step)
{
	bool is = false;

	for (size_t i = 0; i < step->expects_n; i++)
		is |= tells_of_family(&step->expect[i]);
	return is;
}

/* While a family of more generations than the program's own is shown, its figures are not told. */
static struct measure measure_of(
	const struct measures *ms, const struct moment *m, const struct expect *e)
{
	const struct family *f = m->snapshot->family;

	if (tells_of_family(e) && f && f->lifted)
		return (struct measure){.kind = MEASURE_UNKNOWN, .text = "?"};
	return measure_at(ms, e->path);
}

/* Whether each member's pages were read after that; or found as they were, as A's and B's may be.
 */
static bool is_family_from_after(const struct snapshot *s, uint64_t ns)
{
	const struct family *f = s->family;

	for (size_t i = 0; f && i < f->n; i++) {
		const struct member *m = &f->member[i];
		uint64_t read_ns = m->pages.read_ns;

		for (unsigned k = 0; k < s->sides; k++)
			if (task_id_equal(s->side[k].id, m->id) &&
				s->side[k].read_ns[PART_PAGES] > read_ns)
				read_ns = s->side[k].read_ns[PART_PAGES];
		if (!m->ended && read_ns < ns)
			return false;
	}
	return f && f->totals_ns >= ns && s->monotonic_ns >= ns + part_age(s, PART_FAMILY, 0).ns;
}

/* Where its pages are read at all what is said of them is waited for. */
static uint64_t patience_with(const struct family *f)
{
	return f && f->totals_ns ? FAMILY_NS : PATIENCE_NS;
}

/* Whether all that the moment says of the living, and that is asked for, was read after that. */
static bool is_from_after(const struct step *step, const struct moment *m, uint64_t ns)
{
	const struct snapshot *s = m->snapshot;

	for (unsigned i = 0; i < s->sides; i++) {
		const struct side *side = &s->side[i];

		for (unsigned kind = 0; kind < SIDE_PARTS && !side->ending.ended; kind++)
			if (side->part[kind] && part_table[kind].origin == PART_READ &&
				part_table[kind].need && side->read_ns[kind] < ns)
				return false;
	}
	if (is_of_family(step) && s->monotonic_ns < ns + patience_with(s->family) &&
		!is_family_from_after(s, ns))
		return false;
	return s->monotonic_ns > ns;
}

static bool is_open(const struct step *step)
{
	for (size_t i = 0; i < step->expects_n; i++)
		if (step->done_ns && step->expect[i].state != EXPECT_MET)
			return true;
	return false;
}

/* What is found by and by: the names of who wrote, stacks that a look must fall on, shares of time.
 */
static bool comes_by_and_by(const struct expect *e, const struct measures *ms)
{
	static const char *const word[] = {"pair.writers", ".user_", ".duty.", ".blocked_in."};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (strstr(e->path, word[i]))
			return !measure_reason(ms, i ? e->path : word[i]);
	return false;
}

static bool is_late(const struct step *step, const struct expect *e, const struct measures *ms,
	const struct moment *m)
{
	return m->snapshot->monotonic_ns >
	       step->done_ns + (comes_by_and_by(e, ms) ? PATIENCE_NS : SETTLE_NS);
}

/* Whether what is wanted could not be seen, or how it was before. */
static bool is_unseen(const struct expect *e)
{
	return e->now.kind == MEASURE_UNKNOWN ||
	       (*e->wanted && strchr("+-", *e->wanted) && e->before.kind == MEASURE_UNKNOWN);
}

/* Whether the program, which knows itself as A, is B: they have changed places. */
static bool is_turned(const struct steps *s, const struct moment *m)
{
	const struct side *side = m->snapshot->side;

	return m->snapshot->sides == 2 && side[1].id.pid == s->program &&
	       side[0].id.pid != s->program;
}

/* What is told of the moment from the program's side. */
static struct measures *measures_for(struct steps *s, const struct moment *m)
{
	const struct moment *turned = NULL;
	struct measures *ms;

	if (is_turned(s, m)) {
		if (!s->turner)
			s->turner = turner_new();
		turned = turner_turn(s->turner, m);
	}
	ms = measures_of(turned ? turned : m);
	moment_put(turned);
	return ms;
}

static void measure(struct step *step, const struct measures *ms, const struct moment *m)
{
	bool after = is_from_after(step, m, step->done_ns);

	for (size_t i = 0; i < step->expects_n; i++) {
		struct expect *e = &step->expect[i];

		if (e->state == EXPECT_MET || !after)
			continue;
		e->now = measure_of(ms, m, e);
		if (measure_meets(&e->now, &e->before, e->wanted))
			e->state = EXPECT_MET;
		else if (is_late(step, e, ms, m))
			e->state = is_unseen(e) ? EXPECT_UNKNOWN : EXPECT_UNMET;
	}
}

static void measure_before(struct steps *s, struct step *step, const struct moment *m)
{
	struct measures *ms = measures_for(s, m);

	for (size_t i = 0; i < step->expects_n; i++)
		step->expect[i].before = measure_of(ms, m, &step->expect[i]);
	measures_free(ms);
}

/* Whether that comes when the step is over. */
static bool ends(const struct step *step, const struct event_batch *batch, const struct event *e)
{
	if (e->kind == EVENT_STEP)
		return e->count == step->number + 1;
	return e->kind == EVENT_STEP_LINE && e->count == step->number &&
	       text_equal(event_name(batch, e->name), text_of("done"));
}

/* In a recording nobody lets a step go on: before is when it was seen to wait last. */
static void look_back(struct steps *s, const struct event_batch *batch)
{
	bool over = false;

	for (size_t i = 0; batch && i < batch->n; i++)
		over |= ends(&s->now, batch, &batch->event[i]);
	if (over && s->now.waits && !s->now.done_ns && s->now.expects_n)
		measure_before(s, &s->now, s->moment);
}

bool steps_moment(struct steps *s, const struct moment *m)
{
	const struct event_batch *batch = m->snapshot->events;
	bool waited = s->now.waits;
	uint64_t number = s->now.number;
	struct measures *ms;

	look_back(s, batch);
	for (size_t i = 0; batch && i < batch->n; i++) {
		const struct event *e = &batch->event[i];

		if (e->kind == EVENT_STEP || e->kind == EVENT_STEP_LINE)
			s->program = e->pid;
		if (e->kind == EVENT_STEP)
			begin_step(s, event_name(batch, e->name), e);
		else if (e->kind == EVENT_STEP_LINE)
			take_line(s, event_name(batch, e->name), e->monotonic_ns);
	}
	moment_put(s->moment);
	s->moment = moment_get(m);
	if (is_open(&s->now) || is_open(&s->last)) {
		ms = measures_for(s, m);
		measure(&s->last, ms, m);
		if (s->now.done_ns)
			measure(&s->now, ms, m);
		measures_free(ms);
	}
	return s->now.waits && !(waited && s->now.number == number);
}

void steps_go(struct steps *s)
{
	s->eager = s->now.waits;
}

/* Whether something that has happened is still to be measured. */
static bool is_measuring(const struct step *step)
{
	for (size_t i = 0; i < step->expects_n; i++)
		if (step->expect[i].state == EXPECT_MEASURING)
			return true;
	return false;
}

bool steps_take_go(struct steps *s)
{
	if (!s->eager || !s->now.waits || !s->moment || is_measuring(&s->last) ||
		!is_from_after(&s->now, s->moment, s->now.told_ns))
		return false;
	s->eager = s->now.waits = false;
	s->now.gone_on = true;
	if (s->now.expects_n)
		measure_before(s, &s->now, s->moment);
	return true;
}

bool expect_is_change(const struct expect *e)
{
	return *e->wanted && strchr("+-", *e->wanted) && e->now.kind == MEASURE_NUMBER &&
	       e->before.kind == MEASURE_NUMBER;
}

const struct step *steps_now(const struct steps *s)
{
	return &s->now;
}

const struct step *steps_last(const struct steps *s)
{
	return &s->last;
}

/* Whether a word of it is B, or A where that is no article. */
static bool names_sides(const char *text)
{
	for (const char *at = text; *at; at++) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]);

		if (begins && (*at == 'B' || (*at == 'A' && at[1] != ' ')) &&
			!isalnum((unsigned char)at[1]))
			return true;
	}
	return false;
}

static bool step_names_sides(const struct step *step)
{
	bool names = step->number && (names_sides(step->caption) || names_sides(step->question));

	for (size_t i = 0; step->number && i < step->expects_n; i++)
		names |= names_sides(step->expect[i].name);
	return names;
}

bool steps_misname(const struct steps *s, const struct moment *m)
{
	return m && is_turned(s, m) && (step_names_sides(&s->now) || step_names_sides(&s->last));
}

bool steps_measuring(const struct steps *s)
{
	return s->now.expects_n || is_open(&s->last);
}
