/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "figures_internal.h"
#include "honesty_internal.h"
#include "memory_internal.h"
#include "past_internal.h"
#include "rows_internal.h"

static const struct mapping *mapping_at(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	const struct memory_map *m = env->moment->snapshot->side[side].memory;

	return m && row->index[side] >= 0 && (size_t)row->index[side] < m->n
		       ? &m->mapping[row->index[side]]
		       : NULL;
}

static const struct pair_mapping *pair_at(const struct list_env *env, const struct list_row *row)
{
	const struct pair *p = env->moment->pair;

	return p && row->pair >= 0 && (size_t)row->pair < p->verdicts->mappings_n
		       ? &p->verdicts->mapping[row->pair]
		       : NULL;
}

static void print_kind(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	const struct mapping *m = mapping_at(env, row, side);
	const struct side *s = &env->moment->snapshot->side[side];

	textbuf_adds(out,
		m ? mapping_kind_info[side_mapping_kind(s, (size_t)row->index[side])].title : "?");
}

/* "read+run", "read+write": what may be done there. */
static void print_may(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	static const char *const words[] = {"no access", "read only", "write", "read+write", "run",
		"read+run", "write+run", "read+write+run"};
	const struct mapping *m = mapping_at(env, row, side);

	textbuf_adds(out,
		m ? words[(m->flags & MAPPING_READ ? 1 : 0) | (m->flags & MAPPING_WRITE ? 2 : 0) |
			    (m->flags & MAPPING_EXEC ? 4 : 0)]
		  : "?");
}

/* The name of a library or a file without its folder, and of a library's without its version. */
static struct text short_name(const struct mapping *m)
{
	const char *slash = m->path.len ? memrchr(m->path.bytes, '/', m->path.len) : NULL;
	struct text name = {NULL, 0};
	const char *end;

	if (!slash || m->kind < MAPPING_LIBRARY_CODE)
		return name;
	name.bytes = slash + 1;
	name.len = m->path.len - (size_t)(name.bytes - m->path.bytes);
	end = m->kind <= MAPPING_LIBRARY_OTHER ? memmem(name.bytes, name.len, ".so", 3)
					       : memmem(name.bytes, name.len, " (deleted)", 10);
	if (end)
		name.len = (size_t)(end - name.bytes);
	return name;
}

void memory_print_what(const struct side *side, size_t mapping, struct textbuf *out)
{
	const struct mapping *m = &side->memory->mapping[mapping];
	struct text name = short_name(m);

	text_printable(out, name);
	if (name.len && m->kind > MAPPING_LIBRARY_OTHER)
		return;
	textbuf_addf(out, "%s%s", name.len ? " " : "",
		mapping_kind_info[side_mapping_kind(side, mapping)].words);
}

/* "heap", "libc code", "counters.db": what it is, of a library and a mapped file which one. */
static void print_what(
	const struct list_env *env, const struct list_row *row, unsigned side, struct textbuf *out)
{
	if (mapping_at(env, row, side))
		memory_print_what(
			&env->moment->snapshot->side[side], (size_t)row->index[side], out);
	else
		textbuf_adds(out, "?");
}

/* One number of the pair's row; what the row is not about does not apply. */
static struct value pair_count(
	const struct list_env *env, const struct list_row *row, uint64_t count)
{
	const struct pair_mapping *r = pair_at(env, row);
	const struct mapping *m;

	if (!r)
		return value_unknown(VALUE_UINT, VALUE_NONE, "needs a sibling");
	if (pair_apart(env->moment->pair))
		return value_unknown(VALUE_UINT, VALUE_NONE, pair_apart(env->moment->pair));
	if (env->moment->pair->one_space)
		return value_unknown(
			VALUE_UINT, VALUE_NONE, "one address space: copy-on-write does not apply");
	if (r->state == ROW_UNKNOWN)
		return value_unknown(
			VALUE_UINT, VALUE_UNREAD, "whether both have this mapping is not known");
	if (r->a < 0 || r->b < 0)
		return value_unknown(VALUE_UINT, VALUE_NONE, "only one side has this mapping");
	m = mapping_at(env, row, 0);
	if (m && !(m->flags & MAPPING_WRITE) && !r->pages.cow_shared && !r->pages.copied)
		return value_unknown(VALUE_UINT, VALUE_NONE, "read only: nothing to copy");
	if (m && (m->flags & MAPPING_SHARED))
		return value_unknown(VALUE_UINT, VALUE_NONE, "MAP_SHARED: writes do not copy");
	return value_if(env->moment->pair->verdicts->pages_state, value_uint(count),
		"the pages of both could not be read");
}

static struct value get_cow(const struct list_env *env, const struct list_row *row, unsigned side)
{
	const struct pair_mapping *r = pair_at(env, row);

	(void)side;
	return pair_count(env, row, r ? r->pages.cow_shared : 0);
}

static struct value get_copied(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	const struct pair_mapping *r = pair_at(env, row);

	(void)side;
	return pair_count(env, row, r ? r->pages.copied : 0);
}

/* Pages of the pair's row as bytes. */
static struct value as_bytes(const struct list_env *env, struct value pages)
{
	if (value_state_has_value(pages.state))
		pages.u *= env->moment->pair->verdicts->page_size;
	return pages;
}

static struct value get_cow_bytes(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	return as_bytes(env, get_cow(env, row, side));
}

static struct value get_copied_bytes(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	return as_bytes(env, get_copied(env, row, side));
}

/* What became of the row's pages since the moment that A stands beside. */
static struct value since(
	const struct list_env *env, const struct list_row *row, enum page_verdict which)
{
	static const struct pair_pages none;
	const struct pair_mapping *r = pair_at(env, row);

	if (r && r->state == ROW_UNKNOWN)
		return value_unknown(
			VALUE_UINT, VALUE_UNREAD, "whether it was there then is not known");
	return pair_since(env->moment->pair, r ? &r->pages : &none, which);
}

static struct value get_kept(const struct list_env *env, const struct list_row *row, unsigned side)
{
	(void)side;
	return since(env, row, PAGE_VERDICT_KEPT);
}

static struct value get_replaced(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	(void)side;
	return since(env, row, PAGE_VERDICT_REPLACED);
}

/* Pages that are there at the side's moment alone: new now, gone since then. */
static struct value get_alone(const struct list_env *env, const struct list_row *row, unsigned side)
{
	return since(env, row, side ? PAGE_VERDICT_GONE : PAGE_VERDICT_CAME);
}

static struct value get_faulted(
	const struct list_env *env, const struct list_row *row, unsigned side)
{
	(void)side;
	return since(env, row, PAGE_VERDICT_FAULTED);
}

static const struct list_column columns[] = {
	{.field = "mapping.start", .rank = 2},
	{.field = "mapping.kind",
		.rank = 0,
		.width = 7,
		.print = print_kind,
		.lecture = {.width = 10, .grow = true, .title = "WHAT", .print = print_what}},
	{.field = "mapping.permissions",
		.rank = 5,
		.lecture = {.width = 10, .rank = 2, .title = "ACCESS", .print = print_may}},
	{.field = "mapping.resident_bytes",
		.rank = 3,
		.width = 5,
		.lecture = {.width = 8, .rank = 3, .title = "RESIDENT"}},
	{.field = "mapping.size_bytes", .rank = 6, .width = 5},
	{.field = "mapping.pages.cow_shared",
		.rank = 1,
		.width = 5,
		.get = get_cow,
		.lecture = {.width = 6, .rank = 1, .title = "SHARED"}},
	{.field = "mapping.cow_shared_bytes", .rank = 4, .width = 5, .get = get_cow_bytes},
	{.field = "mapping.pages.copied",
		.rank = 1,
		.width = 5,
		.get = get_copied,
		.lecture = {.width = 6, .rank = 1, .title = "COPIED"}},
	{.field = "mapping.copied_bytes", .rank = 4, .width = 5, .get = get_copied_bytes},
	{.field = "mapping.since.same_frame",
		.rank = 1,
		.width = 5,
		.get = get_kept,
		.lecture = {.width = 6, .rank = 1}},
	{.field = "mapping.since.replaced",
		.rank = 1,
		.width = 5,
		.get = get_replaced,
		.lecture = {.width = 8, .rank = 1, .title = "REPLACED"}},
	{.field = "mapping.since.new",
		.field_b = "mapping.since.gone",
		.rank = 1,
		.width = 5,
		.get = get_alone,
		.lecture = {.width = 6, .rank = 1}},
	{.field = "mapping.since.faulted", .rank = 4, .width = 5, .get = get_faulted},
	{.field = "mapping.pages.anonymous", .rank = 7, .width = 5},
	{.field = "mapping.pages.file", .rank = 7, .width = 5},
	{.field = "mapping.pages.zero", .rank = 8, .width = 5},
	{.field = "mapping.pages.swapped", .rank = 8, .width = 5},
	{.field = "mapping.pages.huge", .rank = 9, .width = 5},
	{.field = "mapping.owner_tid", .rank = 9},
	{.field = "mapping.path",
		.rank = 1,
		.width = 10,
		.wish = 16,
		.instead = "mapping.start",
		.flags = LIST_GROW | LIST_TAIL | LIST_WHOLE},
};

/* Two moments have nothing that a write would copy, and two processes none that is then and now. */
static bool hides(const struct list_env *env, const struct list_column *column)
{
	const struct pair *p = env->moment ? env->moment->pair : NULL;

	if (column->get == get_cow || column->get == get_copied || column->get == get_cow_bytes ||
		column->get == get_copied_bytes)
		return pair_apart(p) != NULL;
	return !pair_is_past(p) && (column->get == get_kept || column->get == get_replaced ||
					   column->get == get_alone || column->get == get_faulted);
}

/*
 * A mapping through time: what grows downwards (stacks, mmap areas that merge with a new one below)
 * keeps its end, all else its start. The low bit tells the two apart, as addresses are of pages.
 */
static uint64_t mapping_id(const struct moment *m, unsigned side, size_t index)
{
	const struct mapping *r = &m->snapshot->side[side].memory->mapping[index];

	switch (r->kind) {
	case MAPPING_STACK:
	case MAPPING_THREAD_STACK:
	case MAPPING_ANONYMOUS:
		return r->end | 1;
	default:
		return r->start;
	}
}

static enum row_state mapping_state(const struct moment *m, size_t i)
{
	return m->pair->verdicts->mapping[i].state;
}

static size_t rows(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	const struct pair *p = env->moment->pair;
	struct rows_source source = {.kind = RECORD_MAPPING,
		.link = p ? p->verdicts->mapping : NULL,
		.n = p ? p->verdicts->mappings_n : 0,
		.stride = sizeof *p->verdicts->mapping,
		.id = mapping_id,
		.state = mapping_state};

	return rows_make(env, &source, arena, ret_rows);
}

/* "shared memory, ", "memfd, ": how a mapping is shared; PATH says which one. */
static void note_mechanism(enum mechanism mechanism, struct textbuf *out)
{
	static const char *const title[MECHANISMS] = {
		[MECHANISM_SHARED_ANONYMOUS] = "shared memory",
		[MECHANISM_POSIX_SHM] = "shm",
		[MECHANISM_SYSV_SHM] = "SysV shm",
		[MECHANISM_MEMFD] = "memfd",
		[MECHANISM_FILE] = "file"};

	if ((unsigned)mechanism < MECHANISMS && title[mechanism])
		textbuf_addf(out, "%s, ", title[mechanism]);
}

/* "A wrote 2 pages, B 1, ? 3" */
static void note_writers(const struct pair_pages *p, struct textbuf *out)
{
	uint64_t seen = p->copied_by_a + p->copied_by_b;
	const struct {
		const char *who, *wrote;
		uint64_t n;
	} part[] = {{"A", "A wrote ", p->copied_by_a}, {"B", "B wrote ", p->copied_by_b},
		{"?", "somebody wrote ", p->copied > seen ? p->copied - seen : 0}};
	bool first = true;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		if (!part[i].n)
			continue;
		if (first) {
			textbuf_adds(out, part[i].wrote);
			textbuf_count(out, part[i].n, "page");
		} else {
			textbuf_addf(out, ", %s %" PRIu64, part[i].who, part[i].n);
		}
		first = false;
	}
}

/* Pages that one of them has not touched. */
static void note_alone(const struct pair_pages *p, struct textbuf *out)
{
	if (p->only_a)
		textbuf_addf(out, "%" PRIu64 " only in A%s", p->only_a, p->only_b ? ", " : "");
	if (p->only_b)
		textbuf_addf(out, "%" PRIu64 " only in B", p->only_b);
}

static void memory_note(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	const struct pair_mapping *r = pair_at(env, row);
	const struct pair *p = env->moment->pair;
	const struct pair_pages *n = r ? &r->pages : NULL;

	if (!r)
		return;
	if (r->a < 0 || r->b < 0) {
		if (pair_is_past(p))
			past_note_one(r->a >= 0, r->state, out);
		else
			panes_note_one(r->a >= 0, r->state, out);
		return;
	}
	if (pair_is_past(p)) {
		past_note_mapping(env->moment, r, out);
		return;
	}
	if (p->one_space) {
		textbuf_adds(out, "one address space");
		return;
	}
	if (pair_apart(p)) {
		past_note_difference(env->moment, r, out);
		return;
	}
	note_mechanism(r->mechanism, out);
	if (!value_state_has_value(p->verdicts->pages_state))
		textbuf_adds(out, "pages not known");
	else if (n->copied)
		note_writers(n, out);
	else if (n->born_apart)
		textbuf_addf(out, "%" PRIu64 " born apart", n->born_apart);
	else if (n->released)
		textbuf_addf(out, "%" PRIu64 " released", n->released);
	else if (n->only_a + n->only_b)
		note_alone(n, out);
	else if (n->cow_shared + n->file_shared + n->shared_memory)
		textbuf_adds(
			out, p->verdicts->pages_exact ? "same frames" : "shared, by flags alone");
	else if (out->len >= 2)
		out->bytes[out->len -= 2] = '\0';
}

/* The Pages view goes where this one looked last. */
static void memory_selected(const struct list_env *env, const struct list_row *row)
{
	const struct mapping *m = mapping_at(env, row, row->index[0] < 0);
	struct view_focus *focus = list_view_env(env)->focus;

	if (focus && m)
		focus->address = m->start;
}

static const struct list_ops list_ops = {
	.kind = RECORD_MAPPING,
	.columns = columns,
	.columns_n = sizeof columns / sizeof *columns,
	.rows = rows,
	.hides = hides,
	.note = memory_note,
	.note_width = 30,
	.selected = memory_selected,
	.ended = "unmapped",
};

/* The list and what stands below it. */
struct memory {
	struct list *list;
	struct memory_pane pane;
};

static void *create(void)
{
	struct memory *m = mem_alloc(sizeof *m);

	memset(m, 0, sizeof *m);
	m->list = list_new(&list_ops);
	return m;
}

static void destroy(void *view)
{
	struct memory *m = view;

	list_view_destroy(m->list);
	memory_trace_clear(&m->pane.trace);
	free(m);
}

static void update(void *view, const struct view_env *env)
{
	list_view_update(((struct memory *)view)->list, env);
}

static bool act(void *view, const struct view_env *env, enum action action)
{
	return list_view_act(((struct memory *)view)->list, env, action);
}

static void click(void *view, const struct view_env *env, int x, int y)
{
	list_view_click(((struct memory *)view)->list, env, x, y);
}

static void draw(void *view, const struct view_env *env, struct canvas *c, struct rect area)
{
	struct memory *m = view;
	int rows = memory_pane_rows(env, area.h);
	struct list_row row;
	bool some;

	list_view_draw(m->list, env, c, (struct rect){area.x, area.y, area.w, area.h - rows});
	some = list_selected(m->list, &row);
	if (rows)
		memory_pane_draw(&m->pane, env, some ? &row : NULL, c,
			(struct rect){area.x, area.y + area.h - rows, area.w, rows});
}

static bool selection(void *view, const struct view_env *env, struct view_selection *ret)
{
	return list_view_selection(((struct memory *)view)->list, env, ret);
}

static void filter(void *view, const struct view_env *env, const char *text)
{
	list_view_filter(((struct memory *)view)->list, env, text);
}

static bool search(void *view, const struct view_env *env, const char *text, bool again)
{
	return list_view_search(((struct memory *)view)->list, env, text, again);
}

static void honesty(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	if (honesty_records(env, RECORD_MAPPING, out)) {
		textbuf_clear(out);
		honesty_pages(env, out);
	}
}

static const struct view_figure figures[] = {
	{.label = "shared",
		.of_pair = true,
		.style = STYLE_COW,
		.unit = UNIT_BYTES,
		.get = figure_cow_bytes},
	{.label = "copied",
		.of_pair = true,
		.style = STYLE_COPIED,
		.unit = UNIT_BYTES,
		.get = figure_copied_bytes},
	{.label = "resident", .unit = UNIT_BYTES, .field = "process.rss_bytes"},
};

static const char *const signs[] = {SIGN_BETWEEN, SIGN_PLOT, NULL};

const struct view_ops view_memory = {
	.id = "memory",
	.list = &list_ops,
	.title = "Memory",
	.brief = "Mem",
	.key = '4',
	.help = "Memory: both address spaces, mapping beside mapping.",
	.offers = VIEW_SORTS | VIEW_FILTERS | VIEW_DIFFERS,
	.figures = figures,
	.figures_n = sizeof figures / sizeof *figures,
	.signs = signs,
	.need = NEED_PROCESS | NEED_MAPS | NEED_PAGES | NEED_FAULTS | NEED_THREADS |
		NEED_THREAD_SYSCALL | NEED_STACKS,
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
