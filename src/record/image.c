/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <string.h>

#define ALIKE 64u /* numbers that are compared together */

/* What differs is told by numbers of seven bits a byte, the lowest first. */
static void put_number(struct textbuf *out, uint64_t number)
{
	char bytes[10];
	size_t n = 0;

	for (; number >= 0x80; number >>= 7)
		bytes[n++] = (char)(number | 0x80);
	bytes[n++] = (char)number;
	textbuf_add(out, bytes, n);
}

static uint64_t get_number(const unsigned char *bytes, size_t n, size_t *at)
{
	uint64_t number = 0;

	for (unsigned shift = 0; *at < n; shift += 7) {
		unsigned char byte = bytes[(*at)++];

		number |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return number;
}

/* The flags of a page are its upper bits, and those of its frame's number that move the lowest. */
#define FLAG_BITS 9

static uint64_t fold(uint64_t v)
{
	return v << FLAG_BITS | v >> (64 - FLAG_BITS);
}

static uint64_t unfold(uint64_t v)
{
	return v >> FLAG_BITS | v << (64 - FLAG_BITS);
}

static uint64_t number_at(const unsigned char *p, size_t bytes, size_t i)
{
	uint64_t word;

	if (bytes == 1)
		return p[i];
	memcpy(&word, p + i * sizeof word, sizeof word);
	return word;
}

/* ---- two side by side ------------------------------------------------------ */

struct pieces {
	const struct image *image[2];
	size_t span[2];
	uint64_t at;
};

/* Places that each has or lacks. */
struct piece {
	size_t n;
	unsigned char *at[2]; /* NULL: it lacks them, or their numbers are not known */
	bool has[2];
};

/* The next span that reaches beyond at: from where, and its end; UINT64_MAX: there is none. */
static void next_span(struct pieces *w, int i, uint64_t ret[2])
{
	const struct image *image = w->image[i];
	const struct image_span *s;

	while (w->span[i] < image->n &&
		image->span[w->span[i]].start + image->span[w->span[i]].n <= w->at)
		w->span[i]++;
	ret[0] = ret[1] = UINT64_MAX;
	if (w->span[i] == image->n)
		return;
	s = &image->span[w->span[i]];
	ret[0] = s->start > w->at ? s->start : w->at;
	ret[1] = s->start + s->n;
}

static bool next_piece(struct pieces *w, struct piece *ret)
{
	uint64_t reach[2][2], from, to = UINT64_MAX;

	next_span(w, 0, reach[0]);
	next_span(w, 1, reach[1]);
	from = reach[0][0] < reach[1][0] ? reach[0][0] : reach[1][0];
	if (from == UINT64_MAX)
		return false;
	for (int i = 0; i < 2; i++) {
		const struct image_span *s = &w->image[i]->span[w->span[i]];
		uint64_t border = reach[i][0] > from ? reach[i][0] : reach[i][1];

		to = border < to ? border : to;
		ret->has[i] = reach[i][0] == from;
		ret->at[i] = ret->has[i] && s->at ? s->at + (from - s->start) * w->image[i]->bytes
						  : NULL;
	}
	ret->n = to - from;
	w->at = to;
	return true;
}

/* ---- what differs ---------------------------------------------------------- */

struct telling {
	struct textbuf *out;
	size_t bytes, from; /* from: the place behind the last one that was told */
};

static void tell(struct telling *t, size_t place, uint64_t differs)
{
	put_number(t->out, place - t->from);
	put_number(t->out, t->bytes == 1 ? differs : fold(differs));
	t->from = place + 1;
}

static void tell_piece(struct telling *t, const struct piece *p, size_t place)
{
	const unsigned char *a = p->at[0], *b = p->at[1];

	for (size_t i = 0; i < p->n; i++) {
		uint64_t differs;

		if (a && b && p->n - i >= ALIKE &&
			!memcmp(a + i * t->bytes, b + i * t->bytes, ALIKE * t->bytes)) {
			i += ALIKE - 1;
			continue;
		}
		differs = (a ? number_at(a, t->bytes, i) : 0) ^ (b ? number_at(b, t->bytes, i) : 0);
		if (differs)
			tell(t, place + i, differs);
	}
}

void image_differ(const struct image *a, const struct image *b, struct textbuf *out)
{
	struct pieces w = {.image = {a, b}};
	struct telling t = {out, a->bytes, 0};
	struct piece p;
	size_t place = 0;

	for (; next_piece(&w, &p); place += p.n)
		tell_piece(&t, &p, place);
}

/* ---- and back -------------------------------------------------------------- */

struct listening {
	const unsigned char *differ;
	size_t n, at;
	size_t place; /* of the next one; SIZE_MAX: there is none */
	size_t from;
	uint64_t value;
};

static void hear(struct listening *l, size_t bytes)
{
	if (l->at >= l->n) {
		l->place = SIZE_MAX;
		return;
	}
	l->place = l->from + get_number(l->differ, l->n, &l->at);
	l->from = l->place + 1;
	l->value = get_number(l->differ, l->n, &l->at);
	if (bytes != 1)
		l->value = unfold(l->value);
}

static void turn_number(unsigned char *p, size_t bytes, size_t i, uint64_t differs)
{
	uint64_t word = number_at(p, bytes, i) ^ differs;

	if (bytes == 1)
		p[i] = (unsigned char)word;
	else
		memcpy(p + i * sizeof word, &word, sizeof word);
}

void image_turn(
	const struct image *from, const struct image *to, const unsigned char *differ, size_t n)
{
	struct pieces w = {.image = {from, to}};
	struct listening l = {.differ = differ, .n = n};
	struct piece p;
	size_t place = 0;

	hear(&l, to->bytes);
	for (; next_piece(&w, &p); place += p.n) {
		if (p.at[1] && !p.has[0])
			memset(p.at[1], 0, p.n * to->bytes);
		else if (p.at[1] && p.at[1] != p.at[0])
			memcpy(p.at[1], p.at[0], p.n * to->bytes);
		for (; l.place < place + p.n; hear(&l, to->bytes))
			if (p.at[1])
				turn_number(p.at[1], to->bytes, l.place - place, l.value);
	}
}

size_t image_numbers(const struct image *image)
{
	size_t n = 0;

	for (size_t i = 0; i < image->n; i++)
		n += image->span[i].n;
	return n;
}

bool image_same_places(const struct image *a, const struct image *b)
{
	if (a->n != b->n || a->bytes != b->bytes)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->span[i].start != b->span[i].start || a->span[i].n != b->span[i].n)
			return false;
	return true;
}
