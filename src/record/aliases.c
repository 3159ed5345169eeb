/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aliases.h"

#define SLOTS_LEAST 64u

/* Where the text's number stands, or where it would. */
static uint32_t *slot_of(const struct aliases *a, struct text text)
{
	size_t mask = a->slot.n - 1, i = text_hash(text) & mask;

	while (a->slot.item[i] && !text_equal(a->text.item[a->slot.item[i]], text))
		i = (i + 1) & mask;
	return &a->slot.item[i];
}

/* The table is kept half empty. */
static void grow(struct aliases *a)
{
	size_t room = a->slot.n ? a->slot.n * 2 : SLOTS_LEAST;

	VEC_FREE(&a->slot);
	VEC_RESERVE(&a->slot, room);
	for (a->slot.n = 0; a->slot.n < room; a->slot.n++)
		a->slot.item[a->slot.n] = 0;
	for (uint32_t number = 1; number < a->text.n; number++)
		*slot_of(a, a->text.item[number]) = number;
}

uint32_t aliases_find(const struct aliases *a, struct text text)
{
	return a->slot.n ? *slot_of(a, text) : 0;
}

uint32_t aliases_number(struct aliases *a, struct text text)
{
	uint32_t *slot;

	if (!a->text.n)
		VEC_PUSH(&a->text, (struct text){0});
	if (2 * a->text.n >= a->slot.n)
		grow(a);
	slot = slot_of(a, text);
	if (!*slot) {
		*slot = (uint32_t)a->text.n;
		text.bytes = arena_copy(&a->arena, text.bytes, text.len);
		VEC_PUSH(&a->text, text);
	}
	return *slot;
}

void aliases_free(struct aliases *a)
{
	VEC_FREE(&a->text);
	VEC_FREE(&a->slot);
	arena_free(&a->arena);
}
