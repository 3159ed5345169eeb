/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes as houses: rooms, people with backpacks, furniture, doors and pipes. */
#include <stdlib.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "house_internal.h"

static void *create(void)
{
	return mem_alloc(sizeof(struct house_view));
}

static void destroy(void *view)
{
	struct house_view *v = view;

	moment_put(v->moment);
	VEC_FREE(&v->spot);
	textbuf_free(&v->explain);
	free(v);
}

/* Two threads of one process live in one house. */
static unsigned houses_of(const struct moment *m)
{
	return house_is_one(m) ? 1 : panes_sides(m);
}

static void update(void *view, const struct view_env *env)
{
	struct house_view *v = view;

	if (!env->moment)
		return;
	v->houses = houses_of(env->moment);
	for (unsigned side = 0; side < v->houses; side++)
		house_of(env->moment, side, &v->house[side]);
	moment_get(env->moment);
	moment_put(v->moment);
	v->moment = env->moment;
}

/* ---- the cursor -------------------------------------------------------------- */

void house_add_spot(struct house_view *v, struct house_spot spot)
{
	if (spot.at.w > 0 && spot.at.h > 0)
		VEC_PUSH(&v->spot, spot);
}

static bool is_same_spot(const struct house_spot *a, const struct house_spot *b)
{
	return a->kind == b->kind && a->side == b->side && a->which == b->which;
}

/* How far b lies from a that way, where it is that way at all; else -1. */
static int way_to(const struct rect *a, const struct rect *b, int dx, int dy)
{
	int across = b->x - a->x, down = b->y - a->y;

	if (dx) {
		int along = dx * across;

		return along > 0 ? along + 12 * abs(down) : -1;
	}
	return dy * down > 0 ? 4 * dy * down + abs(across) : -1;
}

static const struct house_spot *nearest(const struct house_view *v, int dx, int dy)
{
	const struct house_spot *best = NULL;
	int least = 0;

	for (size_t i = 0; i < v->spot.n; i++) {
		int way = way_to(&v->at.at, &v->spot.item[i].at, dx, dy);

		if (way > 0 && (!best || way < least)) {
			best = &v->spot.item[i];
			least = way;
		}
	}
	return best;
}

/* The selected spot as it was drawn now: the same one, or what stands nearest to where it was. */
static void settle(struct house_view *v, const struct view_env *env)
{
	const struct house_spot *best = NULL;
	int least = 0;

	if (!v->chosen || (v->side != env->side && env->side < v->houses)) {
		v->at.kind = v->chosen ? v->at.kind : SPOT_PERSON;
		v->at.side = env->side < v->houses ? env->side : 0;
		v->at.at = v->plan.hall[v->at.side];
	}
	v->side = env->side;
	for (size_t i = 0; i < v->spot.n; i++) {
		const struct house_spot *s = &v->spot.item[i];
		int way = abs(s->at.x - v->at.at.x) + 2 * abs(s->at.y - v->at.at.y) +
			  (s->kind != v->at.kind || s->side != v->at.side ? 1000 : 0);

		if (is_same_spot(s, &v->at))
			way = -1;
		if (!best || way < least) {
			best = s;
			least = way;
		}
	}
	if (best)
		v->at = *best;
	v->chosen = best;
}

/* People scroll where they have no room. */
static bool scroll(struct house_view *v, bool down)
{
	unsigned side = v->at.side < v->houses ? v->at.side : 0;
	size_t page = house_plan_fits(&v->plan, v->house[side].persons_n);

	if (down)
		v->first[side] += page;
	else
		v->first[side] -= v->first[side] < page ? v->first[side] : page;
	return true;
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct house_view *v = view;
	const struct house_spot *to = NULL;

	(void)env;
	switch (action) {
	case ACTION_UP:
		to = nearest(v, 0, -1);
		break;
	case ACTION_DOWN:
		to = nearest(v, 0, 1);
		break;
	case ACTION_LEFT:
		to = nearest(v, -1, 0);
		break;
	case ACTION_RIGHT:
		to = nearest(v, 1, 0);
		break;
	case ACTION_PAGE_UP:
	case ACTION_PAGE_DOWN:
		return scroll(v, action == ACTION_PAGE_DOWN);
	case ACTION_HOME:
	case ACTION_END:
		v->first[v->at.side] = action == ACTION_HOME ? 0 : v->house[v->at.side].persons_n;
		return true;
	default:
		return false;
	}
	if (to)
		v->at = *to;
	return true;
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	struct house_view *v = view;

	(void)env;
	for (size_t i = 0; i < v->spot.n; i++) {
		const struct rect *r = &v->spot.item[i].at;

		if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h)
			v->at = v->spot.item[i];
	}
}

/* ---- drawing ------------------------------------------------------------------ */

static void draw_houses(struct house_view *v, const struct view_env *env, struct canvas *c)
{
	for (unsigned side = 0; side < v->houses; side++) {
		house_draw_walls(v, env, c, side);
		house_draw_people(v, env, c, side);
		if (env->moment->snapshot->side[side].ending.ended)
			canvas_restyle(c, v->plan.walls[side], STYLE_DIM);
	}
	if (v->houses > 1)
		house_draw_street(v, env, c);
	settle(v, env);
	house_draw_foot(v, env, c);
	canvas_restyle(c, v->at.at, STYLE_SELECTED);
	canvas_cursor(c, v->at.at.x, v->at.at.y);
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct house_view *v = view;
	struct house_wish wish = {.lecture = env->lecture};

	area = rect_clip(area, c);
	v->spot.n = 0;
	if (!panes_sides(env->moment)) {
		panes_say(c, area, STYLE_DIM, "waiting for the first sample …");
		return;
	}
	if (!moment_same(env->moment, v->moment))
		update(v, env);
	wish.houses = v->houses;
	wish.channels = v->houses > 1 && env->moment->pair ? env->moment->pair->channels_n : 0;
	for (unsigned side = 0; side < v->houses; side++)
		if (v->house[side].persons_n > wish.persons)
			wish.persons = v->house[side].persons_n;
	if (area.w < 24 || area.h < 5) {
		panes_say(c, area, STYLE_DIM, "too small for a house");
		return;
	}
	v->plan = house_plan_of(area, &wish);
	draw_houses(v, env, c);
}

/* ---- what is selected ---------------------------------------------------------- */

static void select_record(struct view_selection *ret, const struct moment *m, enum record_kind kind,
	unsigned side, size_t index)
{
	ret->has[side] = true;
	ret->record[side] = (struct record){m, kind, side, index};
}

/* The largest mapping of the room. */
static void select_room(
	struct view_selection *ret, const struct moment *m, const struct house_spot *at)
{
	const struct memory_map *map = m->snapshot->side[at->side].memory;
	size_t best = 0;
	uint64_t most = 0;

	for (size_t i = 0; map && i < map->n; i++) {
		uint64_t bytes = map->mapping[i].end - map->mapping[i].start;

		if (segment_of(side_mapping_kind(&m->snapshot->side[at->side], i)) == at->which &&
			bytes > most) {
			most = bytes;
			best = i;
		}
	}
	if (!most)
		return;
	select_record(ret, m, RECORD_MAPPING, at->side, best);
	ret->lesson = (struct lesson_ref){
		true, LESSON_MAPPING_KINDS, side_mapping_kind(&m->snapshot->side[at->side], best)};
}

static void select_channel(
	struct view_selection *ret, const struct moment *m, const struct house_spot *at)
{
	const struct channel *ch;
	size_t lesson;

	if (!m->pair || at->which >= m->pair->channels_n)
		return;
	ch = &m->pair->channel[at->which];
	lesson = lesson_find(LESSON_CHANNELS, ch->kind);
	ret->lesson = (struct lesson_ref){
		lesson < lesson_count(LESSON_CHANNELS), LESSON_CHANNELS, lesson};
	for (unsigned side = 0; side < 2; side++) {
		const struct fd_list *fds = m->snapshot->side[side].fds;
		const struct fd_entry *e = fd_list_find(fds, side ? ch->b_fd : ch->a_fd);

		if (e)
			select_record(ret, m, RECORD_FD, side, (size_t)(e - fds->fd));
	}
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	struct house_view *v = view;
	const struct moment *m = env->moment;
	ptrdiff_t i;

	if (!m || !v->chosen || v->at.side >= panes_sides(m))
		return false;
	house_explain(v, env, &v->at);
	*ret = (struct view_selection){.explain = v->explain.bytes, .style = STYLE_SELECTED};
	switch (v->at.kind) {
	case SPOT_ROOM:
		select_room(ret, m, &v->at);
		break;
	case SPOT_PERSON:
		i = thread_find(m->snapshot->side[v->at.side].threads, (pid_t)v->at.which);
		if (i >= 0)
			select_record(ret, m, RECORD_THREAD, v->at.side, (size_t)i);
		break;
	case SPOT_CHANNEL:
		select_channel(ret, m, &v->at);
		break;
	default:
		for (unsigned side = 0; side < panes_sides(m); side++)
			select_record(ret, m, RECORD_PROCESS, side, 0);
	}
	return true;
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	(void)view;
	(void)env;
	(void)text;
}

/* Goes to the next person whose number or name holds the text. */
static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct house_view *v = view;
	unsigned side = v->at.side < v->houses ? v->at.side : 0;
	const struct thread_list *list =
		env->moment ? env->moment->snapshot->side[side].threads : NULL;
	ptrdiff_t at = thread_find(list, (pid_t)v->at.which);
	bool found = false;

	for (size_t i = 0; list && text && *text && i < list->n && !found; i++) {
		size_t n = ((size_t)(at > 0 ? at : 0) + i + (again ? 1 : 0)) % list->n;
		const struct thread t = thread_at(list, n);
		struct textbuf b = {0};

		textbuf_addf(&b, "%d ", (int)t.self->tid);
		text_name(&b, thread_name(&t));
		found = strcasestr(b.bytes, text);
		textbuf_free(&b);
		if (!found)
			continue;
		v->at = (struct house_spot){
			SPOT_PERSON, side, (size_t)t.self->tid, v->plan.hall[side]};
		v->chosen = true;
		v->first[side] = n;
	}
	return found;
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	honesty_threads(view, env, out);
	if (!text_equal(text_of(out->bytes), text_of("exact")))
		return;
	textbuf_clear(out);
	honesty_pages(env, out);
}

static const struct view_figure figures[] = {
	{.label = "people", .unit = UNIT_COUNT, .field = "process.thread_count"},
	{.label = "in both",
		.of_pair = true,
		.style = STYLE_COW,
		.unit = UNIT_COUNT,
		.get = figure_cow_pages},
	{.label = "now two",
		.of_pair = true,
		.style = STYLE_COPIED,
		.unit = UNIT_COUNT,
		.get = figure_copied_pages},
};

static const char *const signs[] = {SIGN_HOUSE, NULL};

const struct view_ops view_house = {
	.id = "house",
	.title = "House",
	.brief = "Hou",
	.key = '0',
	.help = "House: each process a house; rooms, threads as people with backpacks, furniture, "
		"doors and pipes.",
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_SURROUNDINGS | NEED_THREADS | NEED_THREAD_SYSCALL |
		NEED_STACKS | NEED_SYMBOLS | NEED_MAPS | NEED_PAGES | NEED_FAULTS | NEED_SHARES |
		NEED_FDS | NEED_SOCKETS | NEED_DESCRIPTIONS | NEED_IPC | NEED_LOCKS,
	.create = create,
	.destroy = destroy,
	.update = update,
	.act = act,
	.click = click,
	.draw = draw,
	.selection = selection,
	.filter = filter,
	.search = search,
	.honesty = honesty,
};
