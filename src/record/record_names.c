/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording's header calls members and values. */
#include <errno.h>
#include <string.h>

#include "twintop/record/codec.h"

#define VALUES_MOST  UINT8_MAX /* of an enumeration */
#define MEMBERS_MOST 256u      /* of a recorded structure */

/* ---- names --------------------------------------------------------------- */

static bool is_named(const struct wire_item *item, const char *name)
{
	return text_equal((struct text){item->bytes, item->number}, text_of(name));
}

static int16_t find_member(const struct shape *shape, const struct wire_item *name)
{
	for (size_t i = 0; i < shape->n; i++)
		if (is_named(name, shape->row[i].name))
			return (int16_t)i;
	return -1;
}

static const struct shape *find_shape(const struct wire_item *name)
{
	for (unsigned i = 0; i < SHAPES; i++)
		if (is_named(name, shape_table[i]->id))
			return shape_table[i];
	return NULL;
}

/* Each of ours may be recorded once. */
static bool is_twice(const int16_t *member, size_t n, int16_t one)
{
	for (size_t i = 0; i < n; i++)
		if (one >= 0 && member[i] == one)
			return true;
	return false;
}

static int get_members(struct wire_in *in, const struct shape *shape, struct record_names *ret)
{
	struct wire_item array = wire_next(in);
	int16_t *member;

	if (array.kind != WIRE_ARRAY || !array.number || array.number > MEMBERS_MOST ||
		ret->shape[shape->number].n)
		return -EBADMSG;
	member = arena_array(&ret->arena, array.number, sizeof *member);
	for (size_t i = 0; i < array.number; i++) {
		struct wire_item name = wire_next(in);

		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		member[i] = find_member(shape, &name);
		if (is_twice(member, i, member[i]))
			return -EBADMSG;
	}
	ret->shape[shape->number].n = array.number;
	ret->shape[shape->number].member = member;
	return 0;
}

int record_get_names(struct wire_in *in, struct record_names *ret)
{
	struct wire_item map = wire_next(in);

	*ret = (struct record_names){0};
	if (map.kind != WIRE_MAP)
		return -EBADMSG;
	for (uint64_t i = 0; i < map.number; i++) {
		struct wire_item name = wire_next(in);
		const struct shape *shape = name.kind == WIRE_STRING ? find_shape(&name) : NULL;
		int error;

		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		error = shape ? get_members(in, shape, ret) : wire_skip(in) ? 0 : -EBADMSG;
		if (error)
			return error;
	}
	return 0;
}

/* ---- names of values ------------------------------------------------------- */

static unsigned find_value(const struct choices *c, struct text name)
{
	unsigned i = 0;

	while (i < c->n && !text_equal(name, text_of(c->name(i))))
		i++;
	return i;
}

/* Of one enumeration: its values are told one by one. */
struct naming {
	const struct choices *choices;
	uint8_t *ours;
	size_t n;
	bool taken[VALUES_MOST]; /* values of ours */
};

/* Each of ours may be named once. */
static bool add_name(struct naming *g, struct text name, struct record_names *ret)
{
	unsigned value = find_value(g->choices, name);
	bool known = value < g->choices->n;

	if (g->n >= VALUES_MOST || (known && g->taken[value]))
		return false;
	g->taken[value] |= known;
	ret->other |= value != g->n;
	g->ours[g->n++] = (uint8_t)(known ? value : RECORD_UNKNOWN);
	return true;
}

static struct naming begin_naming(const struct choices *choices, struct record_names *ret)
{
	return (struct naming){
		.choices = choices, .ours = arena_array(&ret->arena, VALUES_MOST, 1)};
}

static void end_naming(const struct naming *g, struct record_names *ret)
{
	size_t number = (size_t)(g->choices - choice_table);

	ret->choice[number].n = g->n;
	ret->choice[number].ours = g->ours;
}

static void name_as_then(const struct choices *choices, struct record_names *ret)
{
	struct naming g = begin_naming(choices, ret);

	for (const char *name = choices->then, *end; *name; name = *end ? end + 1 : end) {
		end = name + strcspn(name, " ");
		add_name(&g, (struct text){name, (size_t)(end - name)}, ret);
	}
	end_naming(&g, ret);
}

static int get_values(struct wire_in *in, const struct choices *choices, struct record_names *ret)
{
	struct naming g = begin_naming(choices, ret);
	struct wire_item array = wire_next(in);

	if (array.kind != WIRE_ARRAY || !array.number || array.number > VALUES_MOST ||
		ret->choice[choices - choice_table].n)
		return -EBADMSG;
	for (uint64_t i = 0; i < array.number; i++) {
		struct wire_item name = wire_next(in);

		if (name.kind != WIRE_STRING ||
			!add_name(&g, (struct text){name.bytes, name.number}, ret))
			return -EBADMSG;
	}
	end_naming(&g, ret);
	return 0;
}

static const struct choices *find_choices(const struct wire_item *name)
{
	for (unsigned i = CHOICES_NONE + 1; i < CHOICE_TABLES; i++)
		if (is_named(name, choice_table[i].id))
			return &choice_table[i];
	return NULL;
}

static int get_choices(struct wire_in *in, struct record_names *ret)
{
	struct wire_item map = wire_next(in);

	if (map.kind != WIRE_MAP)
		return -EBADMSG;
	for (uint64_t i = 0; i < map.number; i++) {
		struct wire_item name = wire_next(in);
		const struct choices *choices;
		int error;

		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		choices = find_choices(&name);
		error = choices ? get_values(in, choices, ret) : wire_skip(in) ? 0 : -EBADMSG;
		if (error)
			return error;
	}
	return 0;
}

int record_get_choices(struct wire_in *in, struct record_names *ret)
{
	int error = in ? get_choices(in, ret) : 0;

	for (unsigned i = CHOICES_NONE + 1; !error && i < CHOICE_TABLES; i++)
		if (!ret->choice[i].n)
			name_as_then(&choice_table[i], ret);
	return error;
}

void record_names_free(struct record_names *names)
{
	arena_free(&names->arena);
	*names = (struct record_names){0};
}
