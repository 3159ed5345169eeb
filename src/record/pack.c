/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

/* Of verdicts. */
enum { IMAGE_VERDICTS, IMAGE_ROWS, IMAGE_SUMS };
/* Of pages. */
enum { IMAGE_ENTRIES, IMAGE_COUNTS, IMAGE_FRAMES, IMAGE_OTHERS };

#define WORTH	    2 /* what differs has this share of the part at most */
#define WORD	    sizeof(uint64_t)
#define ROW_WORDS   (sizeof(struct pair_mapping) / WORD)
#define COUNT_WORDS (sizeof(struct page_counts) / WORD)
_Static_assert(sizeof(struct pair_mapping) % WORD == 0, "rows are words");
_Static_assert(sizeof(struct page_counts) % WORD == 0, "counts are words");

/* ---- a part as images ------------------------------------------------------ */

static unsigned char *bytes_of(const void *p)
{
	return (unsigned char *)(uintptr_t)p;
}

static struct image image_of(struct arena *arena, size_t bytes, size_t spans)
{
	return (struct image){bytes, 0, arena_array(arena, spans, sizeof(struct image_span))};
}

static void add_span(struct image *image, uint64_t start, size_t n, const void *at)
{
	if (n && at)
		image->span[image->n++] = (struct image_span){start, n, bytes_of(at)};
}

static void view_array(struct image *ret, struct arena *arena, const void *at, size_t n)
{
	*ret = image_of(arena, WORD, 1);
	add_span(ret, 0, n, at);
}

static void view_pages(const struct page_map *p, struct arena *arena, struct image *ret)
{
	const struct frame_counts *c = p->counts;

	ret[IMAGE_ENTRIES] = image_of(arena, WORD, p->runs_n);
	for (size_t i = 0; i < p->runs_n; i++)
		add_span(&ret[IMAGE_ENTRIES], p->run[i].start / p->page_size, p->run[i].n,
			p->run[i].entry);
	view_array(
		&ret[IMAGE_COUNTS], arena, p->mapping, p->memory ? p->memory->n * COUNT_WORDS : 0);
	view_array(&ret[IMAGE_FRAMES], arena, c ? c->frame : NULL, c ? c->n : 0);
	view_array(&ret[IMAGE_OTHERS], arena, c ? c->others : NULL, c ? c->n : 0);
}

/* The sums of both sides stand behind each other, far enough apart. */
static uint64_t sums_start(unsigned side, bool copied)
{
	return (uint64_t)(2 * side + copied) << 32;
}

static void view_verdicts(const struct verdicts *v, struct arena *arena, struct image *ret)
{
	ret[IMAGE_VERDICTS] = image_of(arena, 1, v->verdict_runs_n);
	for (size_t i = 0; i < v->verdict_runs_n; i++)
		add_span(&ret[IMAGE_VERDICTS], v->verdict_run[i].start / v->page_size,
			v->verdict_run[i].n, v->verdict_run[i].verdict);
	view_array(&ret[IMAGE_ROWS], arena, v->mapping, v->mappings_n * ROW_WORDS);
	ret[IMAGE_SUMS] = image_of(arena, WORD, 4);
	for (unsigned side = 0; side < 2; side++) {
		size_t n = verdicts_mappings(v, side);

		add_span(&ret[IMAGE_SUMS], sums_start(side, false), n, v->cow_shared[side]);
		add_span(&ret[IMAGE_SUMS], sums_start(side, true), n, v->copied[side]);
	}
}

static void view(const struct pack *p, struct arena *arena, struct image *ret)
{
	if (p->kind == PART_PAGES)
		view_pages((const struct page_map *)p->whole, arena, ret);
	else
		view_verdicts((const struct verdicts *)p->whole, arena, ret);
}

unsigned pack_images(const struct pack *p)
{
	return p->kind == PART_PAGES ? IMAGE_OTHERS + 1 : IMAGE_SUMS + 1;
}

bool pack_image_is_of_pages(const struct pack *p, unsigned index)
{
	return p->kind == PART_PAGES || index == IMAGE_VERDICTS;
}

/* ---- what the images do not hold ------------------------------------------- */

/* All but the part itself, whose references and memory are each one's own, is as it was. */
static void copy_part(enum part_kind kind, struct part *to, const struct part *from)
{
	memcpy((char *)to + sizeof *to, (const char *)from + sizeof *from,
		part_table[kind].size - sizeof *to);
	part_same_times(to, from);
}

static void *copy(struct arena *arena, const void *from, size_t n, size_t size)
{
	return from ? memcpy(arena_raw(arena, n * size), from, n * size) : NULL;
}

static void head_of_pages(struct page_map *to)
{
	struct arena *arena = &to->part.arena;
	struct frame_counts *counts = copy(arena, to->counts, 1, sizeof *counts);
	struct page_parted *parted = copy(arena, to->parted, 1, sizeof *parted);

	if (counts)
		counts->frame = counts->others = NULL;
	if (parted)
		parted->address = copy(arena, parted->address, parted->n, WORD);
	to->counts = counts;
	to->parted = parted;
	to->memory = part_get(to->memory);
	to->lent = NULL;
	to->run = NULL;
	to->mapping = NULL;
}

static void head_of_verdicts(struct verdicts *to)
{
	to->shared = NULL;
	to->mapping = NULL;
	to->verdict_run = NULL;
	for (unsigned side = 0; side < 2; side++)
		to->cow_shared[side] = to->copied[side] = NULL;
}

static const struct part *make_head(enum part_kind kind, const struct part *whole)
{
	struct part *head = part_make(kind);

	copy_part(kind, head, whole);
	if (kind == PART_PAGES)
		head_of_pages((struct page_map *)head);
	else
		head_of_verdicts((struct verdicts *)head);
	return head;
}

/* Rows that are pointed at are known by their numbers. */
static const uint32_t *number_shared(struct arena *arena, const struct part *whole)
{
	const struct verdicts *v = (const struct verdicts *)whole;
	uint32_t *number = arena_array(arena, v->shared_n, sizeof *number);

	for (size_t i = 0; i < v->shared_n; i++)
		number[i] = (uint32_t)(v->shared[i] - v->mapping);
	return number;
}

/* ---- packs ----------------------------------------------------------------- */

const struct part *pack_part(const struct moment *m, enum pack_slot slot)
{
	const struct snapshot *s = m->snapshot;

	if (slot == PACK_VERDICTS)
		return m->pair && m->pair->verdicts ? &m->pair->verdicts->part : NULL;
	return slot < s->sides && s->side[slot].pages ? &s->side[slot].pages->part : NULL;
}

static void release(void *part)
{
	struct pack *p = part;

	part_put(p->whole);
	part_put(p->head);
	for (unsigned i = 0; i < PACK_IMAGES; i++)
		part_put(p->places[i]);
}

static struct pack *make(enum part_kind kind)
{
	struct pack *p = part_new(sizeof *p);

	p->part.release = release;
	p->kind = kind;
	return p;
}

const struct pack *pack_whole(enum pack_slot slot, const struct part *part)
{
	struct pack *p = make(slot == PACK_VERDICTS ? PART_VERDICTS : PART_PAGES);

	p->whole = part_get(part);
	return p;
}

static const struct pack_places *make_places(const struct image *of)
{
	struct pack_places *p = part_new(sizeof *p);

	p->image = image_of(&p->part.arena, of->bytes, of->n);
	p->image.n = of->n;
	for (size_t i = 0; i < of->n; i++)
		p->image.span[i] = (struct image_span){of->span[i].start, of->span[i].n, NULL};
	return p;
}

static const struct pack_places *share_places(
	const struct image *of, const struct pack *older, unsigned i)
{
	const struct pack_places *known = older ? older->places[i] : NULL;

	return known && image_same_places(&known->image, of) ? part_get(known) : make_places(of);
}

const struct pack *pack_differ(
	const struct pack *now, const struct pack *next, const struct pack *older)
{
	struct image a[PACK_IMAGES], b[PACK_IMAGES];
	struct pack *p = make(now->kind);
	struct arena scratch = {0};
	struct textbuf out = {0};
	size_t most = part_bytes(now->kind, now->whole, NULL) / WORTH;

	view(now, &scratch, a);
	view(next, &scratch, b);
	for (unsigned i = 0; i < pack_images(now); i++) {
		textbuf_clear(&out);
		image_differ(&a[i], &b[i], &out);
		p->differ[i].bytes = copy(&p->part.arena, out.bytes, out.len, 1);
		p->differ[i].n = out.len;
		p->places[i] = share_places(&a[i], older, i);
	}
	p->head = make_head(now->kind, now->whole);
	if (p->kind == PART_VERDICTS)
		p->shared = number_shared(&p->part.arena, now->whole);
	arena_free(&scratch);
	textbuf_free(&out);
	if (pack_bytes(p, older) < most)
		return p;
	part_put(p);
	return NULL;
}

size_t pack_differ_bytes(const struct pack *p)
{
	size_t sum = 0;

	for (unsigned i = 0; i < PACK_IMAGES; i++)
		sum += p->differ[i].n;
	return sum;
}

size_t pack_bytes(const struct pack *p, const struct pack *before)
{
	size_t sum;

	if (!p || p == before)
		return 0;
	sum = p->part.arena.held_bytes +
	      part_bytes(p->kind, p->whole, before ? before->whole : NULL) +
	      (p->head ? p->head->arena.held_bytes : 0);
	for (unsigned i = 0; i < PACK_IMAGES; i++)
		if (p->places[i] && (!before || p->places[i] != before->places[i]))
			sum += p->places[i]->part.arena.held_bytes;
	return sum;
}

/* ---- images that move ------------------------------------------------------ */

void pack_image_free(struct pack_image *i)
{
	part_put(i->places);
	free(i->span);
	free(i->numbers);
	*i = (struct pack_image){0};
}

/* Room for numbers at the places of an image; what i had stays in *ret_before. */
static void make_room(struct pack_image *i, const struct image *places)
{
	size_t n = image_numbers(places), at = 0;

	i->image = (struct image){places->bytes, places->n, NULL};
	i->image.span = i->span = mem_resize(NULL, places->n, sizeof *i->span);
	i->numbers = mem_resize(NULL, n, places->bytes);
	for (size_t k = 0; k < places->n; k++) {
		i->span[k] = places->span[k];
		i->span[k].at = i->numbers + at * places->bytes;
		at += places->span[k].n;
	}
}

void pack_image_load(struct pack_image *i, const struct pack *p, unsigned index)
{
	struct image all[PACK_IMAGES];
	struct arena scratch = {0};

	pack_image_free(i);
	view(p, &scratch, all);
	make_room(i, &all[index]);
	for (size_t k = 0; k < all[index].n; k++)
		memcpy(i->span[k].at, all[index].span[k].at,
			all[index].span[k].n * all[index].bytes);
	arena_free(&scratch);
}

void pack_image_turn(struct pack_image *i, const struct pack_places *to, struct pack_differ by)
{
	struct pack_image before = *i;

	if (i->places != to && !image_same_places(&i->image, &to->image)) {
		make_room(i, &to->image);
		image_turn(&before.image, &i->image, by.bytes, by.n);
		i->places = NULL;
		pack_image_free(&before);
	} else {
		image_turn(&i->image, &i->image, by.bytes, by.n);
		part_put(i->places);
	}
	i->places = part_get(to);
}

/* ---- a part of its images -------------------------------------------------- */

/* All numbers of an image in the arena; NULL: there are none. */
static void *numbers_of(struct arena *arena, const struct pack_image *i)
{
	size_t n = i ? image_numbers(&i->image) : 0;

	return n ? copy(arena, i->numbers, n, i->image.bytes) : NULL;
}

static void unpack_runs(struct page_map *p, const struct pack_image *i)
{
	uint64_t *entry = numbers_of(&p->part.arena, i);

	p->runs_n = i->image.n;
	p->run = arena_array(&p->part.arena, p->runs_n, sizeof *p->run);
	for (size_t k = 0; k < p->runs_n; k++) {
		const struct image_span *s = &i->image.span[k];

		p->run[k] = (struct page_run){s->start * p->page_size, s->n, entry};
		entry += s->n;
	}
}

static void unpack_pages(struct page_map *p, const struct pack_image *const image[])
{
	struct arena *arena = &p->part.arena;

	head_of_pages(p);
	unpack_runs(p, image[IMAGE_ENTRIES]);
	p->mapping = numbers_of(arena, image[IMAGE_COUNTS]);
	if (p->counts) {
		struct frame_counts *counts = copy(arena, p->counts, 1, sizeof *counts);

		counts->frame = numbers_of(arena, image[IMAGE_FRAMES]);
		counts->others = numbers_of(arena, image[IMAGE_OTHERS]);
		p->counts = counts;
	}
}

static void unpack_verdict_runs(struct verdicts *v, const struct pack_image *i)
{
	uint8_t *verdict = numbers_of(&v->part.arena, i);

	v->verdict_runs_n = i ? i->image.n : 0;
	v->verdict_run = arena_array(&v->part.arena, v->verdict_runs_n, sizeof *v->verdict_run);
	for (size_t k = 0; k < v->verdict_runs_n; k++) {
		const struct image_span *s = &i->image.span[k];

		v->verdict_run[k] = (struct verdict_run){s->start * v->page_size, s->n, verdict};
		verdict += s->n;
	}
}

static void unpack_sums(struct verdicts *v, const struct pack_image *i)
{
	uint64_t *sum = numbers_of(&v->part.arena, i);

	for (size_t k = 0; k < i->image.n; k++) {
		unsigned which = (unsigned)(i->image.span[k].start >> 32);
		uint64_t **to = which % 2 ? v->copied : v->cow_shared;

		to[which / 2] = sum;
		sum += i->image.span[k].n;
	}
}

static void unpack_verdicts(
	struct verdicts *v, const uint32_t *shared, const struct pack_image *const image[])
{
	unpack_verdict_runs(v, image[IMAGE_VERDICTS]);
	v->mapping = numbers_of(&v->part.arena, image[IMAGE_ROWS]);
	unpack_sums(v, image[IMAGE_SUMS]);
	v->shared = arena_array(&v->part.arena, v->shared_n, sizeof *v->shared);
	for (size_t i = 0; i < v->shared_n; i++)
		v->shared[i] = &v->mapping[shared[i]];
}

const struct part *pack_unpack(const struct pack *p, const struct pack_image *const image[])
{
	struct part *part = part_make(p->kind);

	copy_part(p->kind, part, p->head);
	if (p->kind == PART_PAGES)
		unpack_pages((struct page_map *)part, image);
	else
		unpack_verdicts((struct verdicts *)part, p->shared, image);
	return part;
}
