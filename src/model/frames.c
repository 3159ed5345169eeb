/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/frames.h"

#include <stdlib.h>
#include <string.h>

#define PART_FRAMES  (1u << 12)
#define PART_WORDS   (PART_FRAMES / 64)
#define PIECE_PARTS  64u
#define PIECE_FRAMES (PIECE_PARTS * PART_FRAMES)
/* Physical addresses have at most 52 bits, frames of 4 KiB hence 40. */
#define PIECES_MOST ((size_t)1 << (40 - 18))

struct frame_piece {
	uint64_t *part[PIECE_PARTS];
};

static void piece_free(struct frame_piece *piece)
{
	for (unsigned i = 0; piece && i < PIECE_PARTS; i++)
		free(piece->part[i]);
	free(piece);
}

void frame_set_free(struct frame_set *s)
{
	for (size_t i = 0; i < s->pieces_n; i++)
		piece_free(s->piece[i]);
	free(s->piece);
	*s = (struct frame_set){0};
}

/* The word that holds the frame's bit; NULL where no frame is near. */
static uint64_t *word_of(const struct frame_set *s, uint64_t frame)
{
	uint64_t i = frame / PIECE_FRAMES;
	uint64_t *part;

	if (i >= s->pieces_n || !s->piece[i])
		return NULL;
	part = s->piece[i]->part[frame % PIECE_FRAMES / PART_FRAMES];
	return part ? &part[frame % PART_FRAMES / 64] : NULL;
}

static bool make_room(struct frame_set *s, uint64_t frame)
{
	uint64_t i = frame / PIECE_FRAMES;
	size_t n = s->pieces_n ? s->pieces_n : 16;

	if (i >= PIECES_MOST)
		return false;
	if (i >= s->pieces_n) {
		while (n <= i)
			n *= 2;
		s->piece = mem_resize(s->piece, n, sizeof *s->piece);
		memset(s->piece + s->pieces_n, 0, (n - s->pieces_n) * sizeof *s->piece);
		s->pieces_n = n;
	}
	if (!s->piece[i])
		s->piece[i] = mem_alloc(sizeof *s->piece[i]);
	s->piece[i]->part[frame % PIECE_FRAMES / PART_FRAMES] =
		mem_alloc(PART_WORDS * sizeof(uint64_t));
	return true;
}

bool frame_set_add(struct frame_set *s, uint64_t frame)
{
	uint64_t *word = word_of(s, frame), bit = 1ull << frame % 64;

	if (!word) {
		if (!make_room(s, frame))
			return false;
		word = word_of(s, frame);
	}
	if (*word & bit)
		return false;
	*word |= bit;
	s->n++;
	return true;
}

bool frame_set_take(struct frame_set *s, uint64_t frame)
{
	uint64_t *word = word_of(s, frame), bit = 1ull << frame % 64;

	if (!word || !(*word & bit))
		return false;
	*word &= ~bit;
	s->n--;
	return true;
}

bool frame_set_has(const struct frame_set *s, uint64_t frame)
{
	const uint64_t *word = word_of(s, frame);

	return word && *word >> frame % 64 & 1;
}

bool frame_set_next(const struct frame_set *s, uint64_t *frame)
{
	uint64_t at = *frame;

	while (at / PIECE_FRAMES < s->pieces_n) {
		bool any = s->piece[at / PIECE_FRAMES] != NULL;
		const uint64_t *word = word_of(s, at);
		uint64_t bits = word ? *word >> at % 64 : 0;

		if (bits) {
			*frame = at + (uint64_t)__builtin_ctzll(bits);
			return true;
		}
		at = word  ? (at / 64 + 1) * 64
		     : any ? (at / PART_FRAMES + 1) * PART_FRAMES
			   : (at / PIECE_FRAMES + 1) * PIECE_FRAMES;
	}
	return false;
}

void frame_set_add_pages(struct frame_set *s, const struct page_map *m)
{
	for (size_t i = 0; i < m->runs_n; i++) {
		for (size_t k = 0; k < m->run[i].n; k++) {
			uint64_t frame = frame_of_entry(m->run[i].entry[k]);

			if (frame)
				frame_set_add(s, frame);
		}
	}
}

uint64_t frame_set_take_common(
	struct frame_set *s, const struct page_map *m, struct frame_set *common)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->runs_n; i++) {
		for (size_t k = 0; k < m->run[i].n; k++) {
			uint64_t frame = frame_of_entry(m->run[i].entry[k]);

			if (!frame || !frame_set_take(s, frame))
				continue;
			n++;
			if (common)
				frame_set_add(common, frame);
		}
	}
	return n;
}

ptrdiff_t frame_counts_find(const struct frame_counts *counts, uint64_t frame, size_t *near)
{
	size_t low = 0, high = counts->n;

	if (*near + 1 < high && counts->frame[*near + 1] == frame)
		return (ptrdiff_t)++ * near;
	if (*near > 0 && *near <= high && counts->frame[*near - 1] == frame)
		return (ptrdiff_t)-- * near;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (counts->frame[mid] < frame)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == counts->n || counts->frame[low] != frame)
		return -1;
	*near = low;
	return (ptrdiff_t)low;
}

const struct frame_counts *frame_counts_of(const struct page_map *a, const struct page_map *b)
{
	if (!a || !b || a->part.begin_ns != b->part.begin_ns)
		return NULL;
	return a->counts ? a->counts : b->counts;
}

uint64_t frame_mappings(const struct page_map *m, uint64_t frame)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->runs_n; i++)
		for (size_t k = 0; k < m->run[i].n; k++)
			n += frame_of_entry(m->run[i].entry[k]) == frame;
	return n;
}
