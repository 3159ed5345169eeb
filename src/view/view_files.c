/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "past_internal.h"
#include "rows_internal.h"

#include "twintop/base/table.h"

static const struct fd_entry *entry_of(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	const struct fd_list *l = env->moment->snapshot->side[side].fds;

	return row->index[side] >= 0 && l && (size_t)row->index[side] < l->n
		       ? &l->fd[row->index[side]]
		       : NULL;
}

/* Of "pipe:[4711]" what stands behind the kind, which has a column of its own. */
static struct text without_kind(struct text target)
{
	const char *bracket = memchr(target.bytes, '[', target.len);
	size_t head = bracket ? (size_t)(bracket - target.bytes) : 0;

	if (!head || target.bytes[head - 1] != ':' || target.bytes[0] == '/')
		return target;
	return (struct text){bracket, target.len - head};
}

/* Of a socket its two ends alone, of others their numbers: the row's details tell the rest. */
static void print_target_short(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct fd_entry *e = entry_of(env, row, side);

	if (e && e->local.len) {
		text_printable(out, e->local);
		textbuf_adds(out, e->remote.len ? " -> " : "");
		text_printable(out, e->remote);
	} else if (e && e->target.len) {
		text_printable(out, without_kind(e->target));
	}
}

/* "read", "read+write" */
static void print_access(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	static const struct {
		const char *code, *words;
	} access[] = {{"r", "read"}, {"w", "write"}, {"rw", "read+write"}};
	struct record r = {env->moment, RECORD_FD, side, (size_t)row->index[side]};
	const struct field *f = field_find("fd.access");
	struct value v = f->get(&r);

	for (size_t i = 0; i < sizeof access / sizeof *access; i++)
		if (value_state_has_value(v.state) && text_equal(v.text, text_of(access[i].code))) {
			textbuf_adds(out, access[i].words);
			return;
		}
	field_format(f, record_host(&r), &v, out);
}

/* A path, or the ends of a socket; what has but a number has no name. */
static void print_name(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct fd_entry *e = entry_of(env, row, side);

	if (e && (e->local.len || (e->target.len && e->target.bytes[0] == '/')))
		print_target_short(env, row, side, out);
}

static const struct list_column columns[] = {
	{.field = "fd.fd", .rank = 0, .width = 4, .lecture = {.width = 3}},
	{.field = "fd.kind", .rank = 0, .width = 8, .lecture = {.width = 7}},
	{.field = "fd.access",
		.rank = 2,
		.width = 3,
		.lecture = {.width = 10, .rank = 2, .title = "ACCESS", .print = print_access}},
	{.field = "fd.offset",
		.rank = 1,
		.width = 7,
		.lecture = {.width = 8, .rank = 1, .title = "POSITION"}},
	{.field = "fd.flags", .rank = 4, .width = 8},
	{.field = "fd.close_on_exec", .rank = 5},
	{.field = "fd.description", .rank = 6},
	{.field = "fd.dup_of", .rank = 9},
	{.field = "fd.inode", .rank = 7},
	{.field = "fd.receive_queue_bytes", .rank = 8},
	{.field = "fd.send_queue_bytes", .rank = 8},
	{.field = "fd.target",
		.rank = 1,
		.width = 12,
		.wish = 30,
		.flags = LIST_GROW | LIST_ENDS | LIST_WHOLE,
		.print_short = print_target_short,
		.lecture = {.width = 12,
			.rank = 1,
			.grow = true,
			.title = "NAME",
			.print = print_name}},
};

static uint64_t fd_id(const struct moment *m, unsigned side, size_t index)
{
	return (uint64_t)m->snapshot->side[side].fds->fd[index].fd;
}

static enum row_state fd_state(const struct moment *m, size_t i)
{
	return m->pair->fd[i].state;
}

static size_t rows(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	const struct pair *p = env->moment->pair;
	struct rows_source source = {.kind = RECORD_FD,
		.link = p ? p->fd : NULL,
		.n = p ? p->fds_n : 0,
		.stride = sizeof *p->fd,
		.id = fd_id,
		.state = fd_state};

	return rows_make(env, &source, arena, ret_rows);
}

static const struct pair_fd *pair_at(const struct list_env *env, const struct list_row *row)
{
	const struct pair *p = env->moment->pair;

	return p && row->pair >= 0 && (size_t)row->pair < p->fds_n ? &p->fd[row->pair] : NULL;
}

/* The channel that the row's two descriptors are the ends of; NULL: none. */
static const struct channel *channel_at(const struct list_env *env, const struct list_row *row)
{
	const struct pair *p = env->moment->pair;

	for (size_t i = 0; p && i < p->channels_n; i++)
		if (row->index[0] >= 0 && row->index[1] >= 0 &&
			p->channel[i].a_fd == (int)row->id[0] &&
			p->channel[i].b_fd == (int)row->id[1])
			return &p->channel[i];
	return NULL;
}

static struct list_glyph joined_glyph(const struct channel *channel)
{
	static const struct list_glyph glyph[] = {
		[CHANNEL_A_TO_B] = {"→", "-", STYLE_SHM, "A to B"},
		[CHANNEL_B_TO_A] = {"←", "-", STYLE_SHM, "B to A"},
		[CHANNEL_BOTH] = {"⇄", "~", STYLE_SHM, "joined"},
	};
	TABLE_ROWS(glyph, CHANNEL_DIRECTIONS);

	return glyph[channel ? channel->direction : CHANNEL_BOTH];
}

static struct list_glyph fd_glyph(const struct list_env *env, const struct list_row *row)
{
	const struct pair_fd *r = pair_at(env, row);

	if (!r || r->a < 0 || r->b < 0)
		return panes_state_glyph(row->state);
	switch (r->relation) {
	case FD_SAME_DESCRIPTION:
		return (struct list_glyph){"═", "=", STYLE_SAME, "shared"};
	case FD_SAME_FILE:
		return (struct list_glyph){"─", "-", STYLE_FILE, "file"};
	case FD_SAME_OBJECT:
	case FD_SAME_KIND:
	case FD_SAME_NAME:
		return (struct list_glyph){"─", "-", STYLE_SAME, "as then"};
	case FD_PIPE_END:
	case FD_SOCKET_PEER:
		return joined_glyph(channel_at(env, row));
	default:
		return panes_state_glyph(row->state);
	}
}

/* ", dup of 3"; where the sides differ, whose it is. */
static void note_dups(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	const struct fd_entry *a = entry_of(env, row, 0), *b = entry_of(env, row, 1);
	const char *comma = out->len ? ", " : "";

	if (a && !a->is_dup)
		a = NULL;
	if (b && !b->is_dup)
		b = NULL;
	if (a && b && a->dup_of == b->dup_of) {
		textbuf_addf(out, "%sdup of %d", comma, a->dup_of);
		return;
	}
	if (a)
		textbuf_addf(out, "%s%sdup of %d", comma, row->pair >= 0 ? "A " : "", a->dup_of);
	if (b)
		textbuf_addf(out, "%sB dup of %d", a ? ", " : comma, b->dup_of);
}

/* Whether it is known which descriptors are one description. */
static bool compared(const struct list_env *env)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct fd_list *l = env->moment->snapshot->side[side].fds;

		if (!l || !value_state_has_value(l->descriptions))
			return false;
	}
	return true;
}

static void note_relation(
	const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	static const char *const flow[] = {
		[CHANNEL_A_TO_B] = "A → B", [CHANNEL_B_TO_A] = "B → A", [CHANNEL_BOTH] = "A ⇄ B"};
	TABLE_ROWS(flow, CHANNEL_DIRECTIONS);
	const struct pair_fd *r = pair_at(env, row);
	const struct channel *channel = r ? channel_at(env, row) : NULL;

	if (!r)
		return;
	if (r->a < 0 || r->b < 0) {
		if (pair_is_past(env->moment->pair))
			past_note_one(r->a >= 0, r->state, out);
		else
			panes_note_one(r->a >= 0, r->state, out);
		return;
	}
	switch (r->relation) {
	case FD_SAME_DESCRIPTION:
		textbuf_adds(
			out, env->moment->pair->one_fd_table ? "same table" : "same description");
		break;
	case FD_SAME_FILE:
		textbuf_adds(out, compared(env) ? "same file, opened twice" : "same file");
		break;
	case FD_SAME_OBJECT:
		textbuf_adds(out, "same number and object");
		break;
	case FD_SAME_KIND:
		textbuf_adds(out, "same number and kind");
		break;
	case FD_SAME_NAME:
		textbuf_adds(out, "same number and name");
		break;
	case FD_PIPE_END:
	case FD_SOCKET_PEER:
		textbuf_addf(out, "%s %s",
			channel && channel->kind     ? channel->kind
			: r->relation == FD_PIPE_END ? "pipe"
						     : "socket",
			flow[channel ? channel->direction : CHANNEL_BOTH]);
		break;
	default:
		textbuf_adds(out, "nothing in common");
	}
}

static void fd_note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	note_relation(env, row, out);
	note_dups(env, row, out);
}

static const char *const signs[] = {SIGN_FILES, SIGN_BETWEEN, NULL};

static const struct list_ops list_ops = {
	.kind = RECORD_FD,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows,
	.note = fd_note,
	.note_width = 26,
	.glyph = fd_glyph,
	.ended = "closed",
	.legend = signs,
};

static void *create(void)
{
	return list_new(&list_ops);
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	if (!honesty_records(env, RECORD_FD, out))
		return;
	if (env->moment->pair && env->moment->pair->one_fd_table)
		textbuf_adds(out, ": one table of both (CLONE_FILES)");
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		enum value_state s = env->moment->snapshot->side[side].fds->descriptions;

		if (panes_sides(env->moment) == 2 && !value_state_has_value(s) && s != VALUE_NONE) {
			textbuf_clear(out);
			textbuf_addf(out, "descriptions unknown: kcmp %s; the rest exact",
				value_state_name(s));
			return;
		}
	}
}

static const struct view_figure figures[] = {
	{.label = "open", .unit = UNIT_COUNT, .get = figure_fds},
	{.label = "in common",
		.of_pair = true,
		.style = STYLE_SAME,
		.unit = UNIT_COUNT,
		.get = figure_same_descriptions},
	{.label = "channels",
		.of_pair = true,
		.style = STYLE_SHM,
		.unit = UNIT_COUNT,
		.get = figure_channels},
};

const struct view_ops view_files = {
	.id = "files",
	.list = &list_ops,
	.title = "Files",
	.brief = "Fil",
	.key = '7',
	.help = "Files: open descriptors, and which are one description.",
	.offers = VIEW_SORTS | VIEW_FILTERS | VIEW_DIFFERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_FDS | NEED_SOCKETS | NEED_DESCRIPTIONS | NEED_SHARES,
	.create = create,
	.honesty = honesty,
	LIST_VIEW_OPS,
};
