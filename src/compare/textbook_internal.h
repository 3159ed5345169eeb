/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_COMPARE_TEXTBOOK_INTERNAL_H
#define TWINTOP_COMPARE_TEXTBOOK_INTERNAL_H

#include "twintop/compare/textbook.h"
#include "twintop/model/field.h"

/* What a row is measured of. */
struct textbook_env {
	const struct moment *moment;
	const struct pair *pair; /* NULL: there is no B */
	struct arena *arena;
	const char *demo; /* the row's */
};

/* printf into the env's arena. */
#define textbook_text(env, ...) arena_printf((env)->arena, __VA_ARGS__)

/* Sets the verdict with its words; of TEXTBOOK_UNKNOWN with textbook_unknown() alone. */
void textbook_say(struct textbook_answer *ret, enum textbook_verdict verdict, const char *text);
/* The verdict is not known for that reason; text: what of it is, or NULL. */
void textbook_unknown(
	struct textbook_answer *ret, enum value_state state, const char *text, const char *reason);
/* This pair cannot show it, because; "because: `twintop demo NAME` shows it". */
void textbook_elsewhere(
	const struct textbook_env *env, struct textbook_answer *ret, const char *because);
/* The verdict of a line of the card, in those words; false: it is not known, or there is no B. */
bool textbook_card(const struct textbook_env *env, enum card_item item, const char *one,
	const char *own, struct textbook_answer *ret);
/* Says that there is no B to compare with; false: there is one. */
bool textbook_alone(const struct textbook_env *env, struct textbook_answer *ret);

/* A side's figure is that text, or not known. */
void textbook_figure(struct textbook_answer *ret, unsigned side, const char *text);
void textbook_no_figure(
	struct textbook_answer *ret, unsigned side, enum value_state state, const char *reason);
/*
 * Each side's figure from fields, written in braces: "SP {thread.stack.pointer}". An unknown one is
 * "?" there and leaves its reason; where all are, that is all. Of threads: of the named one.
 */
void textbook_fields(
	const struct textbook_env *env, struct textbook_answer *ret, const char *format);
/* A field of a side's process or named thread. */
struct value textbook_value(const struct textbook_env *env, unsigned side, const char *id);
/* The same of both; false, with the verdict unknown, or that there is no B: not both are known. */
bool textbook_both(const struct textbook_env *env, struct textbook_answer *ret, const char *id,
	struct value ret_value[2]);

unsigned textbook_sides(const struct textbook_env *env);
const struct side *textbook_side(const struct textbook_env *env, unsigned side);
/* Whether A and B are threads of one process, and whether they are the same one. */
bool textbook_threads(const struct textbook_env *env);
bool textbook_same_task(const struct textbook_env *env);
/* Why a side has no memory, and had none when it was seen last: static text; NULL: it has. */
const char *textbook_no_memory(const struct side *side);
/*
 * Whether A and B have two address spaces, and both have memory: what each has of its own lies
 * apart then. Else the verdict is set: one, unknown, or none.
 */
bool textbook_two_spaces(
	const struct textbook_env *env, struct textbook_answer *ret, const char *one);

/* Each row of the table has its measure: id is its name. */
#define TEXTBOOK(id, ...)                                                                          \
	void textbook_of_##id(const struct textbook_env *env, struct textbook_answer *ret);
#include "textbook_rows.h"
#undef TEXTBOOK

#endif
