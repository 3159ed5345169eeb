/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages and verdicts of moments of the history: what differs from one to the next, and back. */
#include "history_pack.h"

#include <stdlib.h>

#include "told_pack.h"

_Static_assert(TOLD_SLOTS == HISTORY_TOLD, "of each there is a place");

/* Where so much differs since a part that is whole, in its sizes, the next one stays so, too. */
#define WAY_MOST 4

/* Images where they were last wanted, and the last moment that was made of them. */
struct history_unpacked {
	struct {
		struct pack_image image;
		bool valid;
		uint64_t number; /* of the moment that it is of, among all that were added */
	} at[PACK_SLOTS][PACK_IMAGES];
	const struct moment *last; /* a reference; NULL: none */
	uint64_t last_number;
	const struct pack *last_pack[PACK_SLOTS]; /* its own: references */
	struct told_packer *packer;
};

static const struct pack *pack_at(const struct history *h, size_t i, unsigned slot)
{
	return history_slot(h, i)->pack[slot];
}

void history_pack_put(struct kept_moment *kept)
{
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++) {
		part_put(kept->pack[slot]);
		kept->pack[slot] = NULL;
	}
	for (unsigned slot = 0; slot < TOLD_SLOTS; slot++) {
		part_put(kept->told[slot]);
		kept->told[slot] = NULL;
	}
}

size_t history_pack_bytes(const struct history *h, size_t i)
{
	const struct kept_moment *now = history_slot(h, i);
	size_t sum = 0;

	for (unsigned slot = 0; slot < PACK_SLOTS; slot++)
		if (slot != PACK_B || now->pack[PACK_B] != now->pack[PACK_A])
			sum += pack_bytes(now->pack[slot], i ? pack_at(h, i - 1, slot) : NULL);
	for (unsigned slot = 0; slot < TOLD_SLOTS; slot++)
		if (now->told[slot] &&
			(!i || history_slot(h, i - 1)->told[slot] != now->told[slot]))
			sum += now->told[slot]->part.arena.held_bytes + sizeof(struct told_pack);
	return sum;
}

/* ---- what is kept ---------------------------------------------------------- */

/* The moment without what is packed of it. */
static void make_lean(struct kept_moment *kept)
{
	const struct moment *m = kept->moment;
	struct snapshot *s;

	if (kept->lean)
		return;
	s = snapshot_copy(m->snapshot);
	for (unsigned side = 0; side < s->sides; side++) {
		part_put(s->side[side].pages);
		s->side[side].pages = NULL;
	}
	kept->judged = m->pair && s->verdicts == m->pair->verdicts;
	if (kept->judged) {
		part_put(s->verdicts);
		s->verdicts = NULL;
	}
	kept->moment = moment_new(s, m->pair ? pair_copy(m->pair, NULL) : NULL);
	kept->lean = true;
	moment_put(m);
}

/* The pack of the newest moment: that of the one before, or of A, where it is the same part. */
static const struct pack *pack_of(const struct history *h, unsigned slot)
{
	struct kept_moment *now = history_slot(h, h->n - 1);
	const struct part *part = pack_part(now->moment, (enum pack_slot)slot);
	const struct pack *before = h->n > 1 ? pack_at(h, h->n - 2, slot) : NULL;

	if (!part)
		return NULL;
	if (slot == PACK_B && now->pack[PACK_A] && now->pack[PACK_A]->whole == part)
		return part_get(now->pack[PACK_A]);
	return before && before->whole == part ? part_get(before)
					       : pack_whole((enum pack_slot)slot, part);
}

static bool is_one(const struct kept_moment *kept)
{
	return kept->pack[PACK_A] && kept->pack[PACK_A] == kept->pack[PACK_B];
}

/* Whether what the moment before holds goes over into what the newest one holds. */
static bool goes_on(const struct history *h, unsigned slot)
{
	const struct kept_moment *now = history_slot(h, h->n - 1);
	const struct kept_moment *before = h->n > 1 ? history_slot(h, h->n - 2) : NULL;

	return before && before->pack[slot] && now->pack[slot] &&
	       before->pack[slot] != now->pack[slot] && before->pack[slot]->whole &&
	       (slot == PACK_VERDICTS || (!is_one(before) && !is_one(now)));
}

/* All moments with the pack before the newest moment's hold another one instead: from which on. */
static size_t replace(struct history *h, unsigned slot, const struct pack *by)
{
	const struct pack *old = pack_at(h, h->n - 2, slot);
	size_t i = h->n - 1;

	for (; i && pack_at(h, i - 1, slot) == old; i--) {
		struct kept_moment *kept = history_slot(h, i - 1);

		make_lean(kept);
		kept->pack[slot] = part_get(by);
	}
	for (size_t k = i; k + 1 < h->n; k++)
		part_put(old);
	part_put(by);
	return i;
}

static const struct pack *older_of(const struct history *h, unsigned slot)
{
	const struct pack *now = pack_at(h, h->n - 2, slot);
	size_t i = h->n - 2;

	while (i && pack_at(h, i, slot) == now)
		i--;
	return pack_at(h, i, slot) == now ? NULL : pack_at(h, i, slot);
}

static size_t shrink(struct history *h, unsigned slot)
{
	const struct pack *old = pack_at(h, h->n - 2, slot);
	const struct pack *by = pack_differ(old, pack_at(h, h->n - 1, slot), older_of(h, slot));
	size_t way = by ? h->way[slot] + pack_differ_bytes(by) : 0;

	if (by && way > WAY_MOST * part_bytes(old->kind, old->whole, NULL)) {
		part_put(by);
		by = NULL;
	}
	h->way[slot] = by ? way : 0;
	return by ? replace(h, slot, by) : h->n - 1;
}

/* ---- what each has for itself ------------------------------------------------ */

static const struct part *told_at(const struct history *h, size_t i, unsigned slot)
{
	return told_part(history_slot(h, i)->moment->snapshot, (enum told_slot)slot);
}

/* The moment without a part that is packed. */
static void take_told(struct kept_moment *kept, unsigned slot, const struct told_pack *pack)
{
	const struct moment *m;
	struct snapshot *s;

	make_lean(kept);
	m = kept->moment;
	s = snapshot_copy(m->snapshot);
	told_set(s, (enum told_slot)slot, NULL);
	kept->moment = moment_new(s, part_get(m->pair));
	kept->told[slot] = part_get(pack);
	moment_put(m);
}

/* Packs what the moment before the newest has and that one has not; from which moment on. */
static size_t pack_told(struct history *h, unsigned slot)
{
	size_t i = h->n - 1;
	const struct part *part = i ? part_get(told_at(h, i - 1, slot)) : NULL;
	const struct told_pack *pack = NULL;

	if (part && part != told_at(h, i, slot))
		pack = told_pack(h->unpacked->packer, (enum told_slot)slot, part);
	for (; pack && i && told_at(h, i - 1, slot) == part; i--)
		take_told(history_slot(h, i - 1), slot, pack);
	part_put(part);
	part_put(pack);
	return i;
}

static struct history_unpacked *unpacked_new(void)
{
	struct history_unpacked *u = mem_alloc(sizeof *u);

	u->packer = told_packer_new();
	return u;
}

size_t history_pack_newest(struct history *h)
{
	struct kept_moment *now = history_slot(h, h->n - 1);
	size_t first = h->n - 1, i;

	if (!h->unpacked)
		h->unpacked = unpacked_new();
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++)
		now->pack[slot] = pack_of(h, slot);
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++) {
		i = goes_on(h, slot) ? shrink(h, slot) : h->n - 1;
		first = i < first ? i : first;
	}
	for (unsigned slot = 0; slot < TOLD_SLOTS; slot++) {
		i = pack_told(h, slot);
		first = i < first ? i : first;
	}
	return first;
}

/* ---- what is given --------------------------------------------------------- */

static void forget_last(struct history_unpacked *u)
{
	moment_put(u->last);
	u->last = NULL;
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++) {
		part_put(u->last_pack[slot]);
		u->last_pack[slot] = NULL;
	}
}

void history_pack_clear(struct history *h)
{
	struct history_unpacked *u = h->unpacked;

	for (unsigned slot = 0; u && slot < PACK_SLOTS; slot++)
		for (unsigned k = 0; k < PACK_IMAGES; k++)
			pack_image_free(&u->at[slot][k].image);
	if (u) {
		forget_last(u);
		told_packer_free(u->packer);
	}
	free(u);
	h->unpacked = NULL;
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++)
		h->way[slot] = 0;
}

/* One step of an image, from the pack of a moment to that of its neighbour. */
static void step(const struct history *h, struct pack_image *image, unsigned slot, unsigned index,
	size_t from, size_t to)
{
	const struct pack *a = pack_at(h, from, slot), *b = pack_at(h, to, slot);
	const struct pack *earlier = from < to ? a : b;

	if (a == b)
		return;
	if (b->whole)
		pack_image_load(image, b, index);
	else
		pack_image_turn(image, b->places[index], earlier->differ[index]);
}

/* Whether steps lead from one moment to another: what is whole does not say what differs. */
static bool leads(const struct history *h, unsigned slot, size_t from, size_t to)
{
	for (; from < to; from++)
		if (!pack_at(h, from, slot) || pack_at(h, from, slot)->whole)
			return false;
	return true;
}

/* An image of moment i, from where it was last wanted or from the next part that is whole. */
static const struct pack_image *image_at(
	const struct history *h, unsigned slot, unsigned index, size_t i)
{
	struct history_unpacked *u = h->unpacked;
	struct pack_image *image = &u->at[slot][index].image;
	uint64_t number = u->at[slot][index].number;
	size_t whole = i, from;

	while (!pack_at(h, whole, slot)->whole)
		whole++;
	from = number >= h->gone && number - h->gone < h->n ? (size_t)(number - h->gone) : h->n;
	if (!u->at[slot][index].valid || from > whole || (from < i && i - from > whole - i) ||
		!leads(h, slot, from, i)) {
		pack_image_load(image, pack_at(h, whole, slot), index);
		from = whole;
	}
	for (; from > i; from--)
		step(h, image, slot, index, from, from - 1);
	for (; from < i; from++)
		step(h, image, slot, index, from, from + 1);
	u->at[slot][index].number = h->gone + i;
	u->at[slot][index].valid = true;
	return image;
}

/* The part of a moment again, with one reference; NULL: it has none. */
static const struct part *part_at(const struct history *h, unsigned slot, size_t i, bool pages)
{
	const struct pack_image *image[PACK_IMAGES] = {NULL};
	const struct pack *p = pack_at(h, i, slot);

	if (!p || (!pages && p->kind == PART_PAGES))
		return NULL;
	if (p->whole)
		return part_get(p->whole);
	for (unsigned index = 0; index < pack_images(p); index++)
		if (pages || !pack_image_is_of_pages(p, index))
			image[index] = image_at(h, slot, index, i);
	return pack_unpack(p, image);
}

/* Takes over the references to the parts. */
static const struct moment *fill(const struct history *h, const struct kept_moment *kept,
	const struct part *const part[PACK_SLOTS])
{
	const struct moment *m = kept->moment;
	struct snapshot *s = snapshot_copy(m->snapshot);
	const struct verdicts *verdicts = (const struct verdicts *)part[PACK_VERDICTS];

	for (unsigned side = 0; side < s->sides; side++)
		s->side[side].pages = (const struct page_map *)part[side];
	if (kept->judged)
		s->verdicts = part_get(verdicts);
	for (unsigned slot = 0; slot < TOLD_SLOTS; slot++)
		if (kept->told[slot])
			told_set(s, (enum told_slot)slot,
				told_unpack(h->unpacked->packer, kept->told[slot]));
	return moment_new(s, m->pair ? pair_copy(m->pair, verdicts) : NULL);
}

static void remember(
	struct history_unpacked *u, const struct history *h, size_t i, const struct moment *m)
{
	const struct kept_moment *kept = history_slot(h, i);

	forget_last(u);
	u->last = moment_get(m);
	u->last_number = h->gone + i;
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++)
		u->last_pack[slot] = part_get(kept->pack[slot]);
}

const struct moment *history_get(const struct history *h, size_t i)
{
	const struct kept_moment *kept = history_slot(h, i);
	struct history_unpacked *u = h->unpacked;
	const struct part *part[PACK_SLOTS];
	const struct moment *m;

	if (!kept->lean)
		return moment_get(kept->moment);
	if (u->last && u->last_number == h->gone + i)
		return moment_get(u->last);
	for (unsigned slot = 0; slot < PACK_SLOTS; slot++)
		part[slot] = u->last && kept->pack[slot] && u->last_pack[slot] == kept->pack[slot]
				     ? part_get(pack_part(u->last, (enum pack_slot)slot))
				     : part_at(h, slot, i, true);
	m = fill(h, kept, part);
	remember(u, h, i, m);
	return m;
}

const struct moment *history_get_rows(const struct history *h, size_t i)
{
	const struct kept_moment *kept = history_slot(h, i);
	const struct part *part[PACK_SLOTS] = {NULL};

	if (!kept->lean)
		return moment_get(kept->moment);
	part[PACK_VERDICTS] = part_at(h, PACK_VERDICTS, i, false);
	return fill(h, kept, part);
}

const struct moment *history_get_told(const struct history *h, size_t i)
{
	static const struct part *const none[PACK_SLOTS];
	const struct kept_moment *kept = history_slot(h, i);

	return kept->lean ? fill(h, kept, none) : moment_get(kept->moment);
}

void history_copy(struct history *to, const struct history *from)
{
	*to = (struct history){.most = from->most,
		.packs = from->packs,
		.room = from->room,
		.first = from->first,
		.n = from->n,
		.bytes = from->bytes,
		.gone = from->gone};
	to->kept = mem_resize(NULL, to->room, sizeof *to->kept);
	if (to->packs)
		to->unpacked = unpacked_new();
	for (size_t i = 0; i < to->n; i++) {
		struct kept_moment *kept = history_slot(to, i);

		*kept = *history_slot(from, i);
		moment_get(kept->moment);
		for (unsigned slot = 0; slot < PACK_SLOTS; slot++)
			part_get(kept->pack[slot]);
		for (unsigned slot = 0; slot < TOLD_SLOTS; slot++)
			part_get(kept->told[slot]);
	}
}
