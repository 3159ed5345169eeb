/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/common.h"

#include <inttypes.h>

#include "twintop/base/units.h"

const struct mapping *common_mapping(
	const struct moment *m, const struct pair_mapping *row, unsigned side)
{
	const struct memory_map *map = m->snapshot->side[side].memory;
	int index = side ? row->b : row->a;

	return index >= 0 && map && (size_t)index < map->n ? &map->mapping[index] : NULL;
}

bool common_is_shared(const struct moment *m, const struct pair_mapping *row)
{
	const struct mapping *a = common_mapping(m, row, 0), *b = common_mapping(m, row, 1);

	return a && b && (a->flags & b->flags & MAPPING_SHARED);
}

const char *common_object(
	const struct moment *m, const struct pair_mapping *row, struct arena *arena)
{
	const struct mapping *a = common_mapping(m, row, 0);
	const struct ipc_state *ipc = m->snapshot->ipc;
	const struct ipc_shm *shm = NULL;
	struct textbuf out = {0};
	const char *text;

	if (!a)
		return "";
	if (row->mechanism == MECHANISM_SYSV_SHM && ipc)
		shm = ipc_find_segment(ipc, &m->snapshot->side[0], a);
	if (shm)
		return arena_printf(arena,
			"shmid %" PRId64 ", key 0x%08" PRIx32 ", %" PRIu64 " attached", shm->id,
			(uint32_t)shm->key, shm->attached);
	if (row->mechanism == MECHANISM_SYSV_SHM)
		return arena_printf(arena, "shmid %" PRIu64, a->inode);
	text_printable(
		&out, row->mechanism == MECHANISM_SHARED_ANONYMOUS ? text_of("no name") : a->path);
	text = arena_copy(arena, out.bytes ? out.bytes : "", out.len);
	textbuf_free(&out);
	return text;
}

const char *common_pages(
	const struct moment *m, const struct pair_mapping *row, struct arena *arena)
{
	const struct pair *p = m->pair;
	uint64_t both = pair_pages_common(&row->pages);

	if (!value_state_has_value(p->verdicts->pages_state))
		return "?";
	if (!value_state_has_value(p->verdicts->frames.counts_state))
		return arena_printf(arena, "%" PRIu64, both);
	return arena_printf(arena, "%" PRIu64 ", %" PRIu64 "%s with others", both,
		row->others_pages, row->counted_pages < both ? "+" : "");
}

static bool nobody_read(const struct pair *p)
{
	return p->verdicts->pages_state == VALUE_UNREAD;
}

uint64_t common_bytes(const struct pair *p)
{
	return pair_pages_common(&p->verdicts->pages) * p->verdicts->page_size;
}

static struct common_fact fact_once(const struct pair *p, struct arena *arena)
{
	bool known = value_state_has_value(p->verdicts->pages_state);
	char text[UNITS_MAX];

	units_bytes(text, common_bytes(p));
	return (struct common_fact){"exists once", known ? arena_printf(arena, "%s", text) : "?",
		nobody_read(p) ? "pages were not read"
		: !known       ? "pages could not be read"
		: p->verdicts->pages_exact
			? "resident, used by both: by frames at the rows' addresses"
			: "resident, used by both: estimated, files by inode and offset",
		known};
}

static struct common_fact fact_frames(const struct pair *p, struct arena *arena)
{
	const struct pair_frames *f = &p->verdicts->frames;
	bool known = value_state_has_value(f->state);

	return (struct common_fact){"frames in both",
		known ? arena_printf(arena, "%" PRIu64, f->common) : "?",
		known ? "distinct frames that both map, at whatever addresses" : f->reason, known};
}

static struct common_fact fact_others(const struct pair *p, struct arena *arena)
{
	const struct pair_frames *f = &p->verdicts->frames;
	bool known = value_state_has_value(f->counts_state);
	const char *meaning = f->counts_reason;

	if (known && f->counted < f->common)
		meaning = arena_printf(arena,
			"mapped by a third process too: estimated from %" PRIu64 " of %" PRIu64
			" frames",
			f->counted, f->common);
	else if (known)
		meaning = "of those a third process maps too (kpagecount)";
	return (struct common_fact){"used by others",
		known ? arena_printf(arena, "%" PRIu64, f->others) : "?", meaning, known};
}

static struct common_fact fact_ksm(const struct moment *m, struct arena *arena)
{
	const struct page_map *a = m->snapshot->side[0].pages, *b = m->snapshot->side[1].pages;
	bool known = a && b && a->frames_known && b->frames_known &&
		     value_state_has_value(m->pair->verdicts->pages_state);

	if (!known)
		return (struct common_fact){"merged by KSM", "?",
			nobody_read(m->pair)
				? "pages of equal content made one: pages were not read"
				: "pages of equal content made one: needs frame numbers: "
				  "CAP_SYS_ADMIN",
			false};
	return (struct common_fact){"merged by KSM",
		arena_printf(arena, "A %" PRIu64 ", B %" PRIu64, a->totals.ksm, b->totals.ksm),
		"pages of equal content that the kernel made one", true};
}

size_t common_facts(
	const struct moment *m, struct arena *arena, struct common_fact ret_fact[COMMON_FACTS])
{
	ret_fact[COMMON_ONCE] = fact_once(m->pair, arena);
	ret_fact[COMMON_FRAMES] = fact_frames(m->pair, arena);
	ret_fact[COMMON_OTHERS] = fact_others(m->pair, arena);
	ret_fact[COMMON_MERGED] = fact_ksm(m, arena);
	return COMMON_FACTS;
}
