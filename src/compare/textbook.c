/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "textbook_internal.h"
#include "twintop/base/table.h"
#include "twintop/compare/own.h"
#include "twintop/model/names.h"

const struct textbook_row textbook_table[] = {
#define TEXTBOOK(id, title, question, of_process, of_threads, source, demo, view, need)            \
	{#id, title, question, of_process, of_threads, source, demo, view, need, textbook_of_##id},
#include "textbook_rows.h"
#undef TEXTBOOK
};
const size_t textbook_table_n = sizeof textbook_table / sizeof *textbook_table;

const char *textbook_sign(enum textbook_verdict verdict)
{
	static const char *const sign[] = {
		[TEXTBOOK_ONE] = "=",
		[TEXTBOOK_OWN] = "≠",
		[TEXTBOOK_ALIKE] = "~",
		[TEXTBOOK_NONE] = "—",
		[TEXTBOOK_UNKNOWN] = "?",
		[TEXTBOOK_ELSEWHERE] = ">",
	};
	TABLE_ROWS(sign, TEXTBOOK_VERDICTS);

	return verdict < TEXTBOOK_VERDICTS ? sign[verdict] : "?";
}

const char *textbook_meaning(enum textbook_verdict verdict)
{
	static const char *const meaning[] = {
		[TEXTBOOK_ONE] = "one and the same for both",
		[TEXTBOOK_OWN] = "two: each its own",
		[TEXTBOOK_ALIKE] = "two that are equal now, or share pages still",
		[TEXTBOOK_NONE] = "does not apply to the two",
		[TEXTBOOK_UNKNOWN] = "unknown, and why",
		[TEXTBOOK_ELSEWHERE] = "this pair cannot show it; a demo does",
	};
	TABLE_ROWS(meaning, TEXTBOOK_VERDICTS);

	return verdict < TEXTBOOK_VERDICTS ? meaning[verdict] : "";
}

void textbook_cell_text(const struct textbook_cell *cell, const char *reason, struct textbuf *out)
{
	const char *sign = cell->state == VALUE_NONE ? "—" : "?";

	if (cell->text)
		textbuf_adds(out, cell->text);
	if (reason)
		textbuf_addf(out, cell->text ? " (%s %s)" : "%s %s", sign, reason);
}

void textbook_verdict_text(
	const struct textbook_answer *answer, const char *reason, struct textbuf *out)
{
	textbuf_addf(out, "%s ", textbook_sign(answer->verdict));
	if (answer->measured.text)
		textbook_cell_text(&answer->measured, reason, out);
	else if (reason)
		textbuf_adds(out, reason);
}

unsigned textbook_need(void)
{
	unsigned need = 0;

	for (size_t i = 0; i < textbook_table_n; i++)
		need |= textbook_table[i].need;
	return need;
}

static uint64_t latest_of(const struct snapshot *s, unsigned need)
{
	uint64_t most = 0;

	need = need_expand(need);
	for (int kind = 0; kind < PART_KINDS; kind++)
		for (unsigned side = 0; part_table[kind].need & need && side < 2; side++) {
			struct part_age age = part_age(s, (enum part_kind)kind, side);

			if (age.late && age.ns > most)
				most = age.ns;
		}
	return most;
}

void textbook_ask(const struct textbook_row *row, const struct moment *m, struct arena *arena,
	struct textbook_answer *ret)
{
	const struct textbook_env env = {
		.moment = m, .pair = m->pair, .arena = arena, .demo = row->demo};

	*ret = (struct textbook_answer){.verdict = TEXTBOOK_UNKNOWN, .source = row->source};
	if (pair_apart(m->pair)) {
		textbook_unknown(ret, VALUE_NONE, NULL, pair_apart(m->pair));
		return;
	}
	row->measure(&env, ret);
	ret->late_ns = latest_of(m->snapshot, row->need);
}

/* ---- verdicts -------------------------------------------------------------- */

void textbook_say(struct textbook_answer *ret, enum textbook_verdict verdict, const char *text)
{
	ret->verdict = verdict;
	ret->measured = (struct textbook_cell){.text = text};
}

void textbook_unknown(
	struct textbook_answer *ret, enum value_state state, const char *text, const char *reason)
{
	ret->verdict = TEXTBOOK_UNKNOWN;
	ret->measured = (struct textbook_cell){
		state, text, reason ? reason : value_state_reason(VALUE_FAILED)};
}

void textbook_elsewhere(
	const struct textbook_env *env, struct textbook_answer *ret, const char *because)
{
	textbook_say(ret, TEXTBOOK_ELSEWHERE,
		textbook_text(env, "%s: `twintop demo %s` shows it", because, env->demo));
}

bool textbook_alone(const struct textbook_env *env, struct textbook_answer *ret)
{
	if (!env->pair)
		textbook_elsewhere(env, ret, "needs a B");
	return !env->pair;
}

bool textbook_card(const struct textbook_env *env, enum card_item item, const char *one,
	const char *own, struct textbook_answer *ret)
{
	const struct card_line *line;

	if (textbook_alone(env, ret))
		return false;
	line = &env->pair->card.line[item];
	if (line->state == VALUE_NONE)
		textbook_say(ret, TEXTBOOK_NONE, line->reason);
	else if (!value_state_has_value(line->state))
		textbook_unknown(ret, line->state, NULL,
			line->state == VALUE_UNREAD ? value_state_reason(VALUE_UNREAD)
						    : line->reason);
	else
		textbook_say(
			ret, line->shared ? TEXTBOOK_ONE : TEXTBOOK_OWN, line->shared ? one : own);
	return value_state_has_value(line->state);
}

/* ---- figures --------------------------------------------------------------- */

void textbook_figure(struct textbook_answer *ret, unsigned side, const char *text)
{
	ret->side[side] = (struct textbook_cell){.text = text};
}

void textbook_no_figure(
	struct textbook_answer *ret, unsigned side, enum value_state state, const char *reason)
{
	ret->side[side] = (struct textbook_cell){
		state, NULL, reason ? reason : value_state_reason(VALUE_FAILED)};
}

static struct value value_of(
	const struct textbook_env *env, unsigned side, const struct field *f, struct record *ret)
{
	*ret = f->kind == RECORD_THREAD ? own_record(env->moment, side)
					: (struct record){env->moment, f->kind, side, 0};
	return f->get(ret);
}

struct value textbook_value(const struct textbook_env *env, unsigned side, const char *id)
{
	const struct field *f = field_find(id);
	struct record r;

	return f ? value_of(env, side, f, &r)
		 : value_unknown(VALUE_UINT, VALUE_UNSUPPORTED, "there is no such field");
}

/* How much of a side's figure came together. */
struct filling {
	struct textbuf text;
	unsigned known;
	enum value_state state; /* of what is missing */
	const char *reason;
};

#define SIGNALS_NAMED 8 /* of a set; of more, so many and that there are more */

static void add_signals(struct filling *f, uint64_t set)
{
	uint64_t rest = set;
	int n = __builtin_popcountll(set);

	if (n <= SIGNALS_NAMED) {
		signal_set_names(&f->text, set);
		return;
	}
	for (int i = 0; i < SIGNALS_NAMED; i++)
		rest &= rest - 1;
	textbuf_addf(&f->text, "%d signals: ", n);
	signal_set_names(&f->text, set & ~rest);
	textbuf_adds(&f->text, " …");
}

static void add_value(
	struct filling *f, const struct textbook_env *env, unsigned side, const struct field *field)
{
	struct record r;
	struct value v = value_of(env, side, field, &r);
	bool known = value_state_has_value(v.state);

	if (known && field->unit == UNIT_STATE && v.text.len)
		textbuf_adds(&f->text, task_state_name(*v.text.bytes));
	else if (known && field->unit == UNIT_SIGNALS)
		add_signals(f, v.u);
	else
		field_format(field, record_host(&r), &v, &f->text);
	f->known += known;
	/* What does not apply is no lack, as long as there is something else. */
	if (!known && (!f->reason || f->state == VALUE_NONE)) {
		f->state = v.state;
		f->reason = v.reason;
	}
}

/* Adds what stands at "{id}"; returns what is behind it. */
static const char *fill_one(
	struct filling *f, const struct textbook_env *env, unsigned side, const char *at)
{
	size_t len = strcspn(at, "}");
	const struct field *field = NULL;
	char id[48] = "";

	if (at[len] && len - 1 < sizeof id) {
		memcpy(id, at + 1, len - 1);
		field = field_find(id);
	}
	if (field)
		add_value(f, env, side, field);
	else
		textbuf_add(&f->text, at, len + (at[len] != '\0'));
	return at + len + (at[len] != '\0');
}

static void fill(struct filling *f, const struct textbook_env *env, unsigned side, const char *at)
{
	while (*at) {
		size_t n = strcspn(at, "{");

		textbuf_add(&f->text, at, n);
		at += n;
		if (*at)
			at = fill_one(f, env, side, at);
	}
}

void textbook_fields(
	const struct textbook_env *env, struct textbook_answer *ret, const char *format)
{
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		struct filling f = {0};

		fill(&f, env, side, format);
		if (f.known && f.state == VALUE_NONE)
			f.reason = NULL;
		ret->side[side] = (struct textbook_cell){f.reason ? f.state : VALUE_KNOWN,
			f.known ? arena_copy(env->arena, f.text.bytes, f.text.len) : NULL,
			f.reason};
		textbuf_free(&f.text);
	}
}

/* ---- what is asked of many rows -------------------------------------------- */

unsigned textbook_sides(const struct textbook_env *env)
{
	return env->moment->snapshot->sides;
}

const struct side *textbook_side(const struct textbook_env *env, unsigned side)
{
	return &env->moment->snapshot->side[side];
}

bool textbook_threads(const struct textbook_env *env)
{
	return env->pair && env->pair->relation == RELATION_THREADS;
}

bool textbook_same_task(const struct textbook_env *env)
{
	const struct side *a = textbook_side(env, 0), *b = textbook_side(env, 1);

	return task_id_equal(a->id, b->id) && a->tid == b->tid;
}

const char *textbook_no_memory(const struct side *side)
{
	const struct memory_map *memory = side->memory;

	/* Of the ended the last state stays. */
	if (memory && value_state_has_value(memory->part.state) && memory->n)
		return NULL;
	return side_without_memory(side);
}

bool textbook_two_spaces(
	const struct textbook_env *env, struct textbook_answer *ret, const char *one)
{
	if (textbook_alone(env, ret))
		return false;
	for (unsigned side = 0; side < 2; side++) {
		const char *why = textbook_no_memory(textbook_side(env, side));

		if (!why)
			continue;
		textbook_say(ret, TEXTBOOK_NONE, textbook_text(env, "%c: %s", "AB"[side], why));
		return false;
	}
	if (!value_state_has_value(env->pair->space_state))
		textbook_unknown(ret, env->pair->space_state, NULL,
			env->pair->space_state == VALUE_UNREAD ? value_state_reason(VALUE_UNREAD)
							       : env->pair->space_reason);
	else if (env->pair->one_space)
		textbook_say(ret, TEXTBOOK_ONE, one);
	else
		return true;
	return false;
}

bool textbook_both(const struct textbook_env *env, struct textbook_answer *ret, const char *id,
	struct value ret_value[2])
{
	if (textbook_alone(env, ret))
		return false;
	for (unsigned side = 0; side < 2; side++) {
		ret_value[side] = textbook_value(env, side, id);
		if (value_state_has_value(ret_value[side].state))
			continue;
		textbook_unknown(ret, ret_value[side].state, NULL, ret_value[side].reason);
		return false;
	}
	return true;
}
