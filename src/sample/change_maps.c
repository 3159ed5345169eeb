/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that led nowhere, and do now; and the other way round. */
#include "changes.h"

/* Addresses of one mapping; bytes may be fewer than up to its end. */
struct area {
	size_t mapping; /* its index */
	uint64_t start, bytes;
};

/* What one map has and the other has not. */
struct surplus {
	size_t n;
	uint64_t bytes;
	struct area each[CHANGE_EACH], largest;
};

/* Whether what both have where they overlap is one thing. */
static bool same_object(const struct mapping *a, const struct mapping *b)
{
	if (!mapping_has_object(a) || !mapping_has_object(b))
		return mapping_has_object(a) == mapping_has_object(b);
	return a->device_major == b->device_major && a->device_minor == b->device_minor &&
	       a->inode == b->inode && a->start - a->offset == b->start - b->offset;
}

static bool has_kind(const struct memory_map *m, enum mapping_kind kind)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->mapping[i].kind == kind)
			return true;
	return false;
}

/* Heap and stack grow and shrink by themselves. */
static bool is_growth(const struct mapping *m, const struct memory_map *other)
{
	return (m->kind == MAPPING_HEAP || m->kind == MAPPING_STACK) && has_kind(other, m->kind);
}

static void add_gap(struct area *a, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (!a->bytes)
		a->start = start;
	a->bytes += end - start;
}

/*
 * What of a mapping other does not have. *at: other's first mapping that does not end before it; it
 * goes on with each that is asked for by address.
 */
static struct area lacking(
	const struct memory_map *of, size_t mapping, const struct memory_map *other, size_t *at)
{
	const struct mapping *m = &of->mapping[mapping];
	struct area lacks = {.mapping = mapping};
	uint64_t here = m->start;

	while (*at < other->n && other->mapping[*at].end <= m->start)
		++*at;
	for (size_t i = *at; i < other->n && other->mapping[i].start < m->end; i++) {
		const struct mapping *o = &other->mapping[i];

		if (!same_object(m, o))
			continue;
		add_gap(&lacks, here, o->start);
		here = o->end > here ? o->end : here;
	}
	add_gap(&lacks, here, m->end);
	return lacks;
}

static struct surplus surplus_of(const struct memory_map *of, const struct memory_map *other)
{
	struct surplus s = {0};
	size_t at = 0;

	for (size_t i = 0; i < of->n; i++) {
		struct area lacks = lacking(of, i, other, &at);

		if (!lacks.bytes || is_growth(&of->mapping[i], other))
			continue;
		if (s.n < CHANGE_EACH)
			s.each[s.n] = lacks;
		if (lacks.bytes > s.largest.bytes)
			s.largest = lacks;
		s.n++;
		s.bytes += lacks.bytes;
	}
	return s;
}

/* Its path, or what it is. */
static struct text name_of(const struct change *c, const struct memory_map *map, size_t mapping)
{
	const struct mapping *m = &map->mapping[mapping];
	enum mapping_kind kind = m->kind;

	if (m->path.len)
		return m->path;
	if (map == c->side->memory)
		kind = side_mapping_kind(c->side, mapping);
	return text_of(mapping_kind_info[kind].id);
}

static void tell(const struct change *c, enum event_kind kind, const struct memory_map *map,
	const struct surplus *s)
{
	struct event e = c->event;

	e.kind = kind;
	if (s->n > CHANGE_EACH) {
		e.count = s->n;
		e.bytes = s->bytes;
		event_sink_add(c->sink, e, name_of(c, map, s->largest.mapping), text_of(NULL));
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		e.count = 1;
		e.address = s->each[i].start;
		e.bytes = s->each[i].bytes;
		event_sink_add(c->sink, e, name_of(c, map, s->each[i].mapping), text_of(NULL));
	}
}

static const struct mapping *first_of(const struct memory_map *m, enum mapping_kind kind)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->mapping[i].kind == kind)
			return &m->mapping[i];
	return NULL;
}

/* Whether exec came between: then nothing is left of what was, which is told by itself. */
static bool other_program(const struct memory_map *a, const struct memory_map *b)
{
	const struct mapping *vdso_a = first_of(a, MAPPING_VDSO);
	const struct mapping *vdso_b = first_of(b, MAPPING_VDSO);
	const struct mapping *code_a = first_of(a, MAPPING_CODE);
	const struct mapping *code_b = first_of(b, MAPPING_CODE);

	if (vdso_a && vdso_b && vdso_a->start != vdso_b->start)
		return true;
	return code_a && code_b && !same_object(code_a, code_b);
}

void change_mappings(const struct change *c)
{
	const struct memory_map *before = c->before, *now = c->now;
	struct surplus came, gone;

	/* One that lets go of all is about to end, or amid an exec. */
	if (!before->n || !now->n || other_program(before, now))
		return;
	gone = surplus_of(before, now);
	came = surplus_of(now, before);
	tell(c, EVENT_UNMAPPED, before, &gone);
	tell(c, EVENT_MAPPED, now, &came);
}
