/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What A and B share, item by item, each with the interface that said so. */
#include <inttypes.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "past_internal.h"
#include "sharing_internal.h"
#include "twintop/base/table.h"
#include "twintop/compare/own.h"
#include "twintop/model/gaps.h"

static const struct sheet_layout card_layout = {4, {31, 10, 26, 34}, {0, 0, 2, 1}, {24, 10, 0, 40}};
static const struct sheet_layout channel_layout = {
	5, {16, 9, 8, 14, 20}, {0, 0, 0, 2, 1}, {20, 11, 10, 20, 0}};
static const struct sheet_layout own_layout = {
	5, {16, 1, 28, 28, 0}, {0, 0, 0, 0, 0}, {20, 2, 0, 0, 40}};

struct sharing {
	struct sheet sheet;
};

static void *create(void)
{
	return mem_alloc(sizeof(struct sharing));
}

static void destroy(void *view)
{
	struct sharing *v = view;

	if (v)
		sheet_free(&v->sheet);
	free(v);
}

/* ---- the card ------------------------------------------------------------ */

/* What the item means; of what nobody asked, that. */
static const char *card_meaning(
	const struct view_env *env, const struct card_line *item, const struct card_info *info)
{
	if (item->state == VALUE_UNREAD)
		return panes_unread(env->moment, 0, env->past);
	if (!value_state_has_value(item->state))
		return item->reason;
	return item->shared ? info->shared : info->separate;
}

static void add_card(struct sheet *s, const struct view_env *env)
{
	const struct pair *p = env->moment->pair;

	sheet_heading(s, " ");
	sheet_heading(s, "Shared or separate");
	for (int i = 0; i < CARD_ITEMS; i++) {
		const struct card_line *item = &p->card.line[i];
		bool known = value_state_has_value(item->state);
		struct sheet_line *line = sheet_add(s, &card_layout);
		const char *meaning = card_meaning(env, item, &card_info[i]);

		line->text[0] = card_info[i].title;
		line->text[1] = !known	       ? (item->state == VALUE_NONE ? "neither" : "unknown")
				: item->shared ? "= shared"
					       : "≠ separate";
		line->text[2] = card_info[i].source;
		line->text[3] = meaning;
		line->common = item->state == VALUE_NONE || (known && item->shared);
		line->style[1] = !known ? STYLE_DIM : item->shared ? STYLE_SAME : STYLE_DIVERGED;
		line->style[2] = STYLE_DIM;
		line->lesson = (struct lesson_ref){true, LESSON_SHARES, (size_t)i};
		line->explain = sheet_text(s, "%s: %s. %s Said by %s.", card_info[i].title,
			!known	       ? "unknown"
			: item->shared ? "shared"
				       : "separate",
			meaning ? meaning : "", card_info[i].source);
	}
}

/* ---- what two threads have of their own ---------------------------------- */

static const char *own_cell(struct sheet *s, const struct view_env *env, const struct record *r,
	const struct field *f, uint8_t *ret_style)
{
	const char *unread = panes_unread(env->moment, r->side, env->past);
	struct textbuf out = {0};
	const char *text;

	*ret_style = own_text(r, f, unread, &out) ? STYLE_NORMAL : STYLE_DIM;
	text = arena_copy(&s->arena, out.bytes ? out.bytes : "", out.len);
	textbuf_free(&out);
	return text;
}

/* Both sides' in one cell; of addresses that each has its own says it. */
static const char *own_words(struct sheet *s, const struct view_env *env, const struct field *f,
	const struct sheet_line *line)
{
	const struct record r = own_record(env->moment, 0);

	if (f->get(&r).type == VALUE_ADDRESS)
		return line->common ? "the same in both" : "each has its own";
	return sheet_text(s, "A %s, B %s", line->text[2], line->text[3]);
}

/* The rest of the lecture's table. */
static void add_own(struct sheet *s, const struct view_env *env)
{
	sheet_heading(s, " ");
	sheet_heading(s, "Each thread's own");
	for (size_t i = 0; i < own_fields_n; i++) {
		const struct field *f = field_find(own_fields[i]);
		struct sheet_line *line;

		if (!f)
			continue;
		line = sheet_add(s, &own_layout);
		line->text[0] = strchr(f->id, '.') + 1;
		for (unsigned side = 0; side < 2; side++) {
			const struct record r = own_record(env->moment, side);

			line->text[side + 2] = own_cell(s, env, &r, f, &line->style[side + 2]);
		}
		line->text[1] = strcmp(line->text[2], line->text[3]) ? "≠" : "=";
		line->style[1] = line->text[1][0] == '=' ? STYLE_SAME : STYLE_DIVERGED;
		line->common = line->text[1][0] == '=';
		line->text[4] = own_words(s, env, f, line);
		line->explain = f->explain;
		line->field = f;
	}
}

/* ---- channels ------------------------------------------------------------ */

static const char *end_text(struct sheet *s, char side, int fd)
{
	return fd >= 0 ? sheet_text(s, "%c fd %d", side, fd) : sheet_text(s, "%c", side);
}

static const char *waiting_text(struct sheet *s, const struct channel *c)
{
	struct textbuf out = {0};
	const char *text;

	for (int side = 0; side < 2; side++)
		if (c->waiting_state[side] == VALUE_KNOWN && c->waiting_bytes[side])
			textbuf_addf(&out, "%s%" PRIu64 " B for %c", out.len ? ", " : "",
				c->waiting_bytes[side], side ? 'B' : 'A');
	text = out.len ? arena_copy(&s->arena, out.bytes, out.len) : NULL;
	textbuf_free(&out);
	return text;
}

/* What could not be looked at: channels may be there that are not shown. */
static void add_gaps(struct sheet *s, const struct moment *m)
{
	static const struct sheet_layout gap_layout = {1, {40}, {0}, {40}};
	const char *reason[CHANNEL_GAPS];
	size_t n = gaps_of_channels(m, reason);

	for (size_t i = 0; i < n; i++) {
		struct sheet_line *line = sheet_add(s, &gap_layout);

		line->text[0] = sheet_text(s, "? %s", reason[i]);
		line->style[0] = STYLE_DIM;
		line->explain = reason[i];
		line->why = "None found is not none where nobody could look.";
	}
}

static struct lesson_ref channel_lesson(const struct channel *c)
{
	size_t at = lesson_find(LESSON_CHANNELS, c->kind);

	return (struct lesson_ref){at < lesson_count(LESSON_CHANNELS), LESSON_CHANNELS, at};
}

/* ", A has descriptor 5"; nothing where the channel is no descriptor of that side's. */
static const char *end_meaning(struct sheet *s, char side, int fd)
{
	return fd >= 0 ? sheet_text(s, ", %c has descriptor %d", side, fd) : "";
}

/* "pipe, from A to B, A has descriptor 5, B has descriptor 4. Which: inode 4711." */
static const char *channel_meaning(struct sheet *s, const struct channel *c)
{
	static const char *const way[] = {[CHANNEL_A_TO_B] = "from A to B",
		[CHANNEL_B_TO_A] = "from B to A",
		[CHANNEL_BOTH] = "both ways"};
	TABLE_ROWS(way, CHANNEL_DIRECTIONS);
	const char *waiting = waiting_text(s, c);

	return sheet_text(s, "%s, %s%s%s.%s%s%s%s%s%s", c->kind, way[c->direction],
		end_meaning(s, 'A', c->a_fd), end_meaning(s, 'B', c->b_fd),
		c->detail ? " Which: " : "", c->detail ? c->detail : "", c->detail ? "." : "",
		waiting ? " Waiting to be read: " : "", waiting ? waiting : "", waiting ? "." : "");
}

static void add_channels(struct sheet *s, const struct pair *p)
{
	static const char *const arrow[] = {
		[CHANNEL_A_TO_B] = "→", [CHANNEL_B_TO_A] = "←", [CHANNEL_BOTH] = "⇄"};
	TABLE_ROWS(arrow, CHANNEL_DIRECTIONS);

	sheet_heading(s, p->channels_n	? "Channels: how A and B can talk"
			 : p->one_space ? "Channels: none found but memory, which is all in common"
					: "Channels: none found");
	for (size_t i = 0; i < p->channels_n; i++) {
		const struct channel *c = &p->channel[i];
		struct sheet_line *line = sheet_add(s, &channel_layout);

		line->text[0] = c->kind;
		line->text[1] =
			sheet_text(s, "%s %s", end_text(s, 'A', c->a_fd), arrow[c->direction]);
		line->text[2] = end_text(s, 'B', c->b_fd);
		line->text[3] = waiting_text(s, c);
		line->text[4] = c->detail;
		line->common = true;
		line->explain = channel_meaning(s, c);
		line->lesson = channel_lesson(c);
		line->style[1] = STYLE_SIDE_A;
		line->style[2] = STYLE_SIDE_B;
		line->style[4] = STYLE_DIM;
	}
}

/* ---- the view ------------------------------------------------------------ */

static void update(void *view, const struct view_env *env)
{
	struct sharing *v = view;
	const struct pair *p = env->moment ? env->moment->pair : NULL;

	sheet_begin(&v->sheet);
	if (p && pair_apart(p)) {
		past_add_sheet(&v->sheet, env->moment);
	} else if (p) {
		add_channels(&v->sheet, p);
		add_gaps(&v->sheet, env->moment);
		sharing_add_memory(&v->sheet, env);
		add_card(&v->sheet, env);
		if (own_applies(env->moment))
			add_own(&v->sheet, env);
	}
	sheet_end(&v->sheet);
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	struct sharing *v = view;

	(void)env;
	return sheet_act(&v->sheet, action);
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	struct sharing *v = view;

	(void)env;
	(void)x;
	sheet_click(&v->sheet, y);
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct sharing *v = view;

	if (!env->moment || !env->moment->pair) {
		panes_say(c, area, STYLE_DIM,
			env->recorded ? "Nothing to compare: there is no second process here."
				      : "Nothing to compare: choose a second process with P.");
		return;
	}
	sheet_draw(&v->sheet, c, area, env->lecture);
}

/* A field of the two named threads: as in a list of threads. */
static void select_own(
	const struct moment *m, const struct field *field, struct view_selection *ret)
{
	ret->field = field;
	ret->explain = NULL;
	for (unsigned side = 0; side < 2; side++) {
		ret->record[side] = own_record(m, side);
		ret->has[side] = ret->record[side].index < record_count(m, RECORD_THREAD, side);
	}
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	const struct sharing *v = view;
	const struct sheet_line *line = sheet_selected(&v->sheet);

	if (!line || !line->explain)
		return false;
	*ret = (struct view_selection){.explain = line->explain,
		.why = line->why,
		.lesson = line->lesson,
		.style = line->style[1]};
	if (line->field && env->moment)
		select_own(env->moment, line->field, ret);
	return true;
}

static void copy(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)env;
	sheet_copy(&((struct sharing *)view)->sheet, out);
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	struct sharing *v = view;

	(void)env;
	sheet_filter(&v->sheet, text);
}

static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	struct sharing *v = view;

	(void)env;
	return sheet_search(&v->sheet, text, again);
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	honesty_pages(env, out);
}

static const struct view_figure figures[] = {
	{.label = "shared",
		.of_pair = true,
		.style = STYLE_SAME,
		.unit = UNIT_COUNT,
		.get = figure_shared_items,
		.of = figure_known_items},
	{.label = "channels",
		.of_pair = true,
		.style = STYLE_SHM,
		.unit = UNIT_COUNT,
		.get = figure_channels},
};

static const char *const signs[] = {SIGN_TEXTBOOK, NULL};

const struct view_ops view_sharing = {
	.id = "sharing",
	.title = "Sharing",
	.brief = "Shr",
	.key = '6',
	.help = "Sharing: what A and B have in common, item by item, and how they can talk.",
	.tab = "",
	.offers = VIEW_FILTERS | VIEW_DIFFERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.of_pair = true,
	.need = NEED_PROCESS | NEED_SURROUNDINGS | NEED_SHARES | NEED_MAPS | NEED_PAGES | NEED_FDS |
		NEED_SOCKETS | NEED_DESCRIPTIONS | NEED_THREADS | NEED_THREAD_SYSCALL |
		NEED_THREAD_STATUS | NEED_STACKS | NEED_IPC | NEED_LOCKS | NEED_PAGE_COUNTS,
	.create = create,
	.destroy = destroy,
	.update = update,
	.act = act,
	.click = click,
	.draw = draw,
	.selection = selection,
	.copy = copy,
	.filter = filter,
	.search = search,
	.honesty = honesty,
};
