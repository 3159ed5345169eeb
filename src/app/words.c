/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

struct textbuf *word_add(struct words *w, enum style style, int rank)
{
	struct word *word = &w->word[w->n++];

	*word = (struct word){.style = style, .rank = rank, .until = RANK_ALL};
	return &word->text;
}

void word_add_forms(struct words *w, enum style style, int rank, const struct textbuf *brief,
	const struct textbuf *full)
{
	textbuf_adds(word_add(w, style, 0), brief->bytes ? brief->bytes : "");
	w->word[w->n - 1].until = rank;
	textbuf_adds(word_add(w, style, rank), full->bytes ? full->bytes : "");
}

void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		textbuf_free(&w->word[i].text);
}

bool word_shows(const struct word *word, int rank)
{
	return word->rank <= rank && rank < word->until;
}

int words_width(const struct words *w, const struct canvas *c, int rank)
{
	int width = 0;

	for (size_t i = 0; i < w->n; i++)
		if (word_shows(&w->word[i], rank))
			width += 1 + canvas_width(c, w->word[i].text.bytes);
	return width;
}

void words_draw(const struct words *w, struct canvas *c, struct rect area, int rank)
{
	int x = area.x, end = area.x + area.w;

	for (size_t i = 0; i < w->n; i++) {
		const struct word *word = &w->word[i];

		if (!word_shows(word, rank))
			continue;
		x += 1;
		x += canvas_text(c, x, area.y, end - x, word->style, word->text.bytes);
	}
}
