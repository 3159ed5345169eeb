/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/words.h"

#define FIRST_ROOM 64 /* a power of two */

struct words *words_new(void)
{
	struct words *w = part_new(sizeof *w);

	w->room = FIRST_ROOM;
	w->word = arena_array(&w->part.arena, w->room, sizeof *w->word);
	return w;
}

/* Where the word is, or belongs. */
static const char **place_of(const struct words *w, struct text t)
{
	size_t i = text_hash(t) & (w->room - 1);

	while (w->word[i] && !text_equal(text_of(w->word[i]), t))
		i = (i + 1) & (w->room - 1);
	return &w->word[i];
}

static void grow(struct words *w)
{
	const char **old = w->word;
	size_t n = w->room;

	w->room *= 2;
	w->word = arena_array(&w->part.arena, w->room, sizeof *w->word);
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*place_of(w, text_of(old[i])) = old[i];
}

const char *words_keep(struct words *w, struct text bytes)
{
	const char **at = place_of(w, bytes);

	if (!*at) {
		if (2 * w->n >= w->room) {
			grow(w);
			at = place_of(w, bytes);
		}
		*at = arena_copy(&w->part.arena, bytes.bytes, bytes.len);
		w->n++;
	}
	return *at;
}
