/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "list_internal.h"
#include "twintop/draw/mark.h"

/* Identity of a record to its slot or row: open addressing, 0 in slot1 is free. */
struct id_map {
	struct id_entry {
		uint64_t id;
		uint32_t slot1;
	} * entry;
	size_t mask;
};

static void id_map_init(struct id_map *m, struct arena *arena, size_t n)
{
	size_t room = 16;

	while (room < n * 2)
		room *= 2;
	m->entry = arena_array(arena, room, sizeof *m->entry);
	m->mask = room - 1;
}

static struct id_entry *id_map_at(const struct id_map *m, uint64_t id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ull >> 24) & m->mask;

	while (m->entry[i].slot1 && m->entry[i].id != id)
		i = (i + 1) & m->mask;
	return &m->entry[i];
}

static void id_map_put(struct id_map *m, uint64_t id, size_t slot)
{
	*id_map_at(m, id) = (struct id_entry){id, (uint32_t)slot + 1};
}

/* The slot of id, or -1. */
static ptrdiff_t id_map_find(const struct id_map *m, uint64_t id)
{
	return (ptrdiff_t)id_map_at(m, id)->slot1 - 1;
}

bool list_slot_lives(const struct list_slot *slot)
{
	return slot->row.index[0] >= 0 || slot->row.index[1] >= 0;
}

static void half_free(const struct list *l, char **half)
{
	if (!half)
		return;
	for (size_t i = 0; i < l->ops->columns_n * 2; i++)
		free(half[i]);
	free(half);
}

static void slot_drop_half(const struct list *l, struct list_slot *slot, unsigned side)
{
	half_free(l, slot->dead[side]);
	slot->dead[side] = NULL;
}

static void slot_free(const struct list *l, struct list_slot *slot)
{
	slot_drop_half(l, slot, 0);
	slot_drop_half(l, slot, 1);
	free(slot->mark);
	slot->mark = NULL;
}

void list_forget(struct list *l)
{
	for (size_t i = 0; i < l->slot.n; i++)
		slot_free(l, &l->slot.item[i]);
	l->slot.n = 0;
	l->order.n = l->marked.n = l->dead = 0;
	l->began = false;
	moment_put(l->moment);
	l->moment = NULL;
}

/* Removes the slots that hold nothing, and with all set those that hold only the dead. */
static void list_sweep(struct list *l, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->slot.n; i++) {
		struct list_slot *s = &l->slot.item[i];

		if (list_slot_lives(s) || (!all && (s->dead[0] || s->dead[1])))
			l->slot.item[kept++] = *s;
		else
			slot_free(l, s);
	}
	l->slot.n = kept;
}

/* What is told of all slots without a look at each, after they have moved. */
static void list_survey(struct list *l)
{
	l->marked.n = 0;
	l->dead = 0;
	for (size_t i = 0; i < l->slot.n; i++) {
		const struct list_slot *s = &l->slot.item[i];

		if (s->mark)
			VEC_PUSH(&l->marked, (uint32_t)i);
		l->dead += s->dead[0] || s->dead[1];
	}
}

bool list_dismiss(struct list *l, const struct list_env *env)
{
	size_t dead = l->dead;
	bool any = false;

	for (size_t i = 0; i < l->slot.n; i++) {
		struct list_slot *slot = &l->slot.item[i];

		if (!slot->dismissed && list_slot_life(l, env, slot) == LIST_GONE)
			any = slot->dismissed = true;
	}
	for (size_t i = 0; i < l->slot.n; i++)
		for (unsigned side = 0; side < 2; side++)
			slot_drop_half(l, &l->slot.item[i], side);
	list_sweep(l, true);
	list_survey(l);
	return any || l->dead < dead;
}

/*
 * The record of that side is gone: what it last showed is kept as text, or what shows that. Nothing
 * is kept where the side was not read this time, as then nobody knows; nor of what was not there
 * yet.
 */
static void slot_half_died(
	struct list *l, const struct list_env *env, struct list_slot *slot, unsigned side)
{
	const struct part *now = record_part(env->moment, l->ops->kind, side);
	struct list_env then = *env;
	char **text;

	if (l->back || !now || !value_state_has_value(now->state) || !l->moment)
		return;
	then.moment = l->moment;
	text = mem_alloc(sizeof *text * l->ops->columns_n * 2);
	for (size_t k = 0; k < l->ops->columns_n * 2; k++) {
		const struct list_column *column = &l->ops->columns[k / 2];
		const char *gone = k & 1 ? column->lecture.gone : column->gone;
		struct textbuf b = {0};

		then.lecture = k & 1;
		if (gone)
			textbuf_adds(&b, gone);
		else
			list_text(l, &then, &slot->row, side, k / 2, &b);
		text[k] = mem_copy(b.bytes ? b.bytes : "");
		textbuf_free(&b);
	}
	slot_drop_half(l, slot, side);
	slot->dead[side] = text;
	slot->gone_ns[side] = env->moment->snapshot->monotonic_ns;
}

/* When the last half that is still remembered went. */
static uint64_t slot_gone_ns(const struct list_slot *slot)
{
	uint64_t ns = 0;

	for (unsigned side = 0; side < 2; side++)
		if (slot->dead[side] && slot->gone_ns[side] > ns)
			ns = slot->gone_ns[side];
	return ns;
}

/* Halves that went after env's moment are no dead of it. */
static void drop_later_dead(struct list *l, const struct list_env *env)
{
	for (size_t i = 0; i < l->slot.n; i++)
		for (unsigned side = 0; side < 2; side++)
			if (l->slot.item[i].gone_ns[side] > env->moment->snapshot->monotonic_ns)
				slot_drop_half(l, &l->slot.item[i], side);
}

/* The slot goes on with a row of the new moment. */
static void slot_renew(struct list *l, const struct list_env *env, struct list_slot *slot,
	const struct list_row *row)
{
	for (unsigned side = 0; side < 2; side++) {
		if (row->index[side] >= 0)
			slot_drop_half(l, slot, side);
		else if (slot->row.index[side] >= 0)
			slot_half_died(l, env, slot, side);
	}
	for (unsigned side = 0; side < 2; side++) {
		slot->row.index[side] = row->index[side];
		if (row->index[side] >= 0)
			slot->row.id[side] = row->id[side];
	}
	slot->row.pair = row->pair;
	slot->row.state = row->state;
	slot->died_ns = 0;
}

static void slot_end(struct list *l, const struct list_env *env, struct list_slot *slot)
{
	for (unsigned side = 0; side < 2; side++)
		if (slot->row.index[side] >= 0)
			slot_half_died(l, env, slot, side);
	if (list_slot_lives(slot))
		slot->died_ns = l->back ? slot_gone_ns(slot) : env->now_ns;
	slot->row.index[0] = slot->row.index[1] = -1;
	slot->row.pair = -1;
	free(slot->mark);
	slot->mark = NULL;
}

/* The old slot that a row goes on in, by A's identity, else B's; -1: it is new. */
static ptrdiff_t slot_of_row(const struct list *l, const struct id_map map[2],
	const uint32_t *claimed, const struct list_row *row)
{
	for (unsigned side = 0; side < 2; side++) {
		ptrdiff_t at;

		if (row->index[side] < 0)
			continue;
		at = id_map_find(&map[side], row->id[side]);
		if (at >= 0 && (size_t)at < l->slot.n && !claimed[at])
			return at;
	}
	return -1;
}

/* Old slots by the identities that they hold, living or dead; the living win. */
static void map_slots(struct list *l, struct id_map map[2])
{
	for (unsigned side = 0; side < 2; side++) {
		id_map_init(&map[side], &l->arena, l->slot.n);
		for (size_t i = 0; i < l->slot.n; i++)
			if (l->slot.item[i].dead[side])
				id_map_put(&map[side], l->slot.item[i].row.id[side], i);
		for (size_t i = 0; i < l->slot.n; i++)
			if (l->slot.item[i].row.index[side] >= 0)
				id_map_put(&map[side], l->slot.item[i].row.id[side], i);
	}
}

/* Halves whose identity lives again, maybe in another row, are no dead. */
static void drop_revived(struct list *l, const struct list_row *rows, size_t n)
{
	for (unsigned side = 0; side < 2; side++) {
		struct id_map living;

		id_map_init(&living, &l->arena, n);
		for (size_t i = 0; i < n; i++)
			if (rows[i].index[side] >= 0)
				id_map_put(&living, rows[i].id[side], i);
		for (size_t i = 0; i < l->slot.n; i++)
			if (l->slot.item[i].dead[side] &&
				id_map_find(&living, l->slot.item[i].row.id[side]) >= 0)
				slot_drop_half(l, &l->slot.item[i], side);
	}
}

/* Keeps the newest LIST_DEAD_MAX of those that are dead on both sides. */
static void bound_dead(struct list *l)
{
	size_t dead = 0;

	for (size_t i = 0; i < l->slot.n; i++)
		dead += !list_slot_lives(&l->slot.item[i]);
	for (; dead > LIST_DEAD_MAX; dead--) {
		struct list_slot *oldest = NULL;

		for (size_t i = 0; i < l->slot.n; i++) {
			struct list_slot *s = &l->slot.item[i];

			if (!list_slot_lives(s) && (s->dead[0] || s->dead[1]) &&
				(!oldest || s->died_ns < oldest->died_ns))
				oldest = s;
		}
		if (!oldest)
			break;
		slot_drop_half(l, oldest, 0);
		slot_drop_half(l, oldest, 1);
	}
}

/*
 * New slots in the order of rows; each dead one behind the living one that it stood behind before
 * (anchor: that one's new place plus 1).
 */
static void interleave(struct list *l, struct list_slot *living, size_t n, const uint32_t *claimed)
{
	VEC(struct list_slot) out = {0};
	uint32_t *head = arena_array(&l->arena, n + 1, sizeof *head); /* old slot + 1 */
	uint32_t *next = arena_array(&l->arena, l->slot.n + 1, sizeof *next);
	uint32_t *tail = arena_array(&l->arena, n + 1, sizeof *tail);
	size_t anchor = 0;

	for (size_t i = 0; i < l->slot.n; i++) {
		if (claimed[i]) {
			anchor = claimed[i];
			continue;
		}
		if (tail[anchor])
			next[tail[anchor] - 1] = (uint32_t)i + 1;
		else
			head[anchor] = (uint32_t)i + 1;
		tail[anchor] = (uint32_t)i + 1;
	}
	VEC_RESERVE(&out, n + l->slot.n);
	for (size_t i = 0; i <= n; i++) {
		if (i)
			VEC_PUSH(&out, living[i - 1]);
		for (uint32_t d = head[i]; d; d = next[d - 1])
			VEC_PUSH(&out, l->slot.item[d - 1]);
	}
	VEC_FREE(&l->slot);
	l->slot.item = out.item;
	l->slot.n = out.n;
	l->slot.room = out.room;
}

void list_merge(struct list *l, const struct list_env *env, const struct list_row *rows, size_t n)
{
	struct list_slot *living = arena_array(&l->arena, n, sizeof *living);
	/* For each old slot the new place + 1 of the row that goes on in it. */
	uint32_t *claimed = arena_array(&l->arena, l->slot.n, sizeof *claimed);
	struct id_map map[2];
	bool died = false;

	l->back = l->moment &&
		  env->moment->snapshot->monotonic_ns < l->moment->snapshot->monotonic_ns;
	map_slots(l, map);
	for (size_t i = 0; i < n; i++) {
		ptrdiff_t at = slot_of_row(l, map, claimed, &rows[i]);

		if (at >= 0) {
			claimed[at] = (uint32_t)i + 1;
			living[i] = l->slot.item[at];
			slot_renew(l, env, &living[i], &rows[i]);
		} else {
			living[i].serial = ++l->serials;
			living[i].row = rows[i];
			living[i].born_ns = l->began && !l->back ? env->now_ns : 0;
		}
	}
	for (size_t i = 0; i < l->slot.n; i++)
		if (!claimed[i])
			slot_end(l, env, &l->slot.item[i]);
	interleave(l, living, n, claimed);
	if (l->back)
		drop_later_dead(l, env);
	for (size_t i = 0; i < l->slot.n && !died; i++)
		died = l->slot.item[i].dead[0] || l->slot.item[i].dead[1];
	if (died)
		drop_revived(l, rows, n);
	bound_dead(l);
	list_sweep(l, false);
	list_survey(l);
	l->began |= n > 0;
}

/* 0 for what is unknown or absent: becoming known is no change. */
static uint64_t cell_hash(const struct list *l, const struct list_env *env,
	const struct list_row *row, unsigned side, size_t column, struct textbuf *b)
{
	if (row->index[side] < 0)
		return 0;
	textbuf_clear(b);
	list_text_plain(l, env, row, side, column, b);
	if (!b->len || !strcmp(b->bytes, "?") || !strcmp(b->bytes, "—"))
		return 0;
	return text_hash((struct text){b->bytes, b->len});
}

void list_mark_begin(struct list *l, const struct list_env *env, struct list_slot *slot)
{
	size_t n = l->ops->columns_n;
	struct textbuf b = {0};

	slot->drawn = l->draws;
	if (slot->mark || !list_slot_lives(slot))
		return;
	VEC_PUSH(&l->marked, (uint32_t)(slot - l->slot.item));
	slot->mark = mem_alloc(sizeof *slot->mark * n * 2);
	for (size_t i = 0; i < n * 2; i++)
		slot->mark[i] =
			(struct list_mark){cell_hash(l, env, &slot->row, i >= n, i % n, &b), 0};
	textbuf_free(&b);
}

static void slot_mark(
	struct list *l, const struct list_env *env, struct list_slot *slot, struct textbuf *b)
{
	size_t n = l->ops->columns_n;

	for (size_t i = 0; i < n * 2; i++) {
		uint64_t hash = cell_hash(l, env, &slot->row, i >= n, i % n, b);
		bool quiet = l->ops->columns[i % n].flags & LIST_QUIET;

		if (hash != slot->mark[i].hash && hash && slot->mark[i].hash && !quiet)
			slot->mark[i].changed_ns = env->now_ns;
		slot->mark[i].hash = hash;
	}
}

void list_mark(struct list *l, const struct list_env *env)
{
	struct textbuf b = {0};
	size_t kept = 0;

	for (size_t i = 0; i < l->marked.n; i++) {
		struct list_slot *s = &l->slot.item[l->marked.item[i]];

		if (s->drawn == l->draws) {
			slot_mark(l, env, s, &b);
			l->marked.item[kept++] = l->marked.item[i];
		} else {
			free(s->mark);
			s->mark = NULL;
		}
	}
	l->marked.n = kept;
	textbuf_free(&b);
}

static bool recent(const struct list_env *env, uint64_t when_ns)
{
	return when_ns && env->now_ns >= when_ns && env->now_ns - when_ns < mark_ns(env->lecture);
}

bool list_changed(const struct list *l, const struct list_env *env, const struct list_slot *slot,
	unsigned side, size_t column)
{
	size_t n = l->ops->columns_n;

	return slot->mark && recent(env, slot->mark[side * n + column].changed_ns);
}

bool list_row_changed(
	const struct list *l, const struct list_env *env, const struct list_slot *slot)
{
	if (recent(env, slot->born_ns) || recent(env, slot->died_ns))
		return true;
	for (unsigned side = 0; side < 2; side++)
		for (size_t k = 0; k < l->ops->columns_n; k++)
			if (l->column_w[k] && list_changed(l, env, slot, side, k))
				return true;
	return false;
}
