/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/chooser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twintop/app/prompt.h"
#include "twintop/base/units.h"
#include "twintop/base/vec.h"
#include "twintop/draw/key.h"

#define NONE SIZE_MAX

/* A shown line of the tree. */
struct node {
	size_t entry; /* index into the list */
	unsigned depth;
	bool match; /* else shown only as an ancestor */
};

struct chooser {
	const struct process_list *list;
	VEC(struct node) tree;	/* all, in tree order */
	VEC(struct node) shown; /* what the query leaves */
	struct prompt query;
	struct task_id selected;
	int top;
	struct rect rows; /* as last drawn */
};

struct chooser *chooser_new(void)
{
	struct chooser *c = mem_alloc(sizeof *c);

	*c = (struct chooser){0};
	prompt_begin(&c->query, "");
	return c;
}

void chooser_free(struct chooser *c)
{
	if (!c)
		return;
	part_put(c->list);
	VEC_FREE(&c->tree);
	VEC_FREE(&c->shown);
	prompt_free(&c->query);
	free(c);
}

static size_t find_pid(const struct process_list *list, pid_t pid)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (list->entry[mid].id.pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < list->n && list->entry[low].id.pid == pid ? low : NONE;
}

/* The links of the tree, by list index: first child and next sibling, both in order of PID. */
struct links {
	size_t *child, *sibling, *parent;
	bool *seen;
};

static void link_up(const struct process_list *list, struct links *l)
{
	for (size_t i = 0; i < list->n; i++)
		l->child[i] = l->sibling[i] = l->parent[i] = NONE;
	for (size_t i = list->n; i-- > 0;) {
		size_t parent = find_pid(list, list->entry[i].ppid);

		if (parent == NONE || parent == i)
			continue;
		l->parent[i] = parent;
		l->sibling[i] = l->child[parent];
		l->child[parent] = i;
	}
}

/* Everything below root, depth first and without recursion: trees may be as deep as there are PIDs.
 */
static void walk(struct chooser *c, struct links *l, size_t root)
{
	size_t at = root;
	unsigned depth = 0;

	while (at != NONE) {
		l->seen[at] = true;
		VEC_PUSH(&c->tree, (struct node){.entry = at, .depth = depth});
		if (l->child[at] != NONE && !l->seen[l->child[at]]) {
			at = l->child[at];
			depth++;
			continue;
		}
		while (at != root && l->sibling[at] == NONE) {
			at = l->parent[at];
			depth--;
		}
		at = at == root ? NONE : l->sibling[at];
	}
}

static void build_tree(struct chooser *c)
{
	const struct process_list *list = c->list;
	struct arena arena = {0};
	struct links l = {
		.child = arena_array(&arena, list->n, sizeof(size_t)),
		.sibling = arena_array(&arena, list->n, sizeof(size_t)),
		.parent = arena_array(&arena, list->n, sizeof(size_t)),
		.seen = arena_array(&arena, list->n, sizeof(bool)),
	};

	c->tree.n = 0;
	link_up(list, &l);
	for (size_t i = 0; i < list->n; i++)
		if (l.parent[i] == NONE)
			walk(c, &l, i);
	/* A loop of parents, as a list read while PIDs were reused may hold: shown flat. */
	for (size_t i = 0; i < list->n; i++)
		if (!l.seen[i])
			VEC_PUSH(&c->tree, (struct node){.entry = i});
	arena_free(&arena);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool holds(struct text t, const char *query)
{
	size_t n = strlen(query);

	for (size_t i = 0; i + n <= t.len; i++) {
		size_t k = 0;

		while (k < n && lower(t.bytes[i + k]) == lower(query[k]))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool entry_matches(const struct process_entry *e, const char *query)
{
	char pid[24];

	snprintf(pid, sizeof pid, "%ld", (long)e->id.pid);
	return !*query || strstr(pid, query) || holds(e->comm, query) || holds(e->command, query);
}

/* What the query leaves: matching nodes and all that stand above one. */
static void narrow(struct chooser *c)
{
	const char *query = prompt_text(&c->query);
	unsigned wanted = 0; /* depth of the ancestor that a later match still needs, plus one */

	c->shown.n = 0;
	for (size_t i = c->tree.n; i-- > 0;) {
		struct node node = c->tree.item[i];

		node.match = entry_matches(&c->list->entry[node.entry], query);
		if (!node.match && node.depth + 1 != wanted)
			continue;
		wanted = node.depth;
		VEC_PUSH(&c->shown, node);
	}
	for (size_t i = 0; i < c->shown.n / 2; i++) {
		struct node swap = c->shown.item[i];

		c->shown.item[i] = c->shown.item[c->shown.n - 1 - i];
		c->shown.item[c->shown.n - 1 - i] = swap;
	}
}

void chooser_list(struct chooser *c, const struct process_list *list)
{
	const struct process_list *old = c->list;

	c->list = part_get(list);
	part_put(old);
	build_tree(c);
	narrow(c);
}

void chooser_begin(struct chooser *c, pid_t selected)
{
	c->selected = (struct task_id){.pid = selected};
	prompt_begin(&c->query, "");
	c->top = 0;
	if (c->list)
		narrow(c);
}

static const struct process_entry *shown_entry(const struct chooser *c, size_t i)
{
	return &c->list->entry[c->shown.item[i].entry];
}

/* Index of the selected line: the same process, else the first match. */
static size_t selected_index(const struct chooser *c)
{
	for (size_t i = 0; i < c->shown.n; i++) {
		const struct task_id *id = &shown_entry(c, i)->id;

		if (id->pid == c->selected.pid && c->shown.item[i].match &&
			(!c->selected.start_ticks || id->start_ticks == c->selected.start_ticks))
			return i;
	}
	for (size_t i = 0; i < c->shown.n; i++)
		if (c->shown.item[i].match)
			return i;
	return NONE;
}

/* Moves by lines; what is shown only as an ancestor is passed over. */
static void move(struct chooser *c, int by)
{
	size_t at = selected_index(c), last = at;
	int left = abs(by);

	if (at == NONE)
		return;
	while (left > 0 && (by < 0 ? at > 0 : at + 1 < c->shown.n)) {
		at = by < 0 ? at - 1 : at + 1;
		if (c->shown.item[at].match) {
			last = at;
			left--;
		}
	}
	c->selected = shown_entry(c, last)->id;
}

static enum chooser_answer choose(struct chooser *c, pid_t *ret_pid)
{
	size_t at = c->list ? selected_index(c) : NONE;

	if (at == NONE)
		return CHOOSER_OPEN;
	*ret_pid = shown_entry(c, at)->id.pid;
	return CHOOSER_CHOSEN;
}

/* Lines that a key moves by; 0: it is no movement. */
static int key_lines(const struct chooser *c, uint32_t key)
{
	int page = c->rows.h > 1 ? c->rows.h - 1 : 1, all = (int)c->shown.n;

	switch (key) {
	case KEYS_UP:
	case KEYS_WHEEL_UP:
	case KEYS_BACK_TAB:
		return -1;
	case KEYS_DOWN:
	case KEYS_WHEEL_DOWN:
	case KEYS_TAB:
		return 1;
	case KEYS_PAGE_UP:
		return -page;
	case KEYS_PAGE_DOWN:
		return page;
	case KEYS_HOME:
		return -all;
	case KEYS_END:
		return all;
	default:
		return 0;
	}
}

enum chooser_answer chooser_key(struct chooser *c, uint32_t key, pid_t *ret_pid)
{
	int lines = key_lines(c, key);

	if (lines) {
		if (c->list)
			move(c, lines);
		return CHOOSER_OPEN;
	}
	switch (prompt_key(&c->query, key)) {
	case PROMPT_ACCEPTED:
		return choose(c, ret_pid);
	case PROMPT_CANCELLED:
		return CHOOSER_CANCELLED;
	default:
		break;
	}
	if (c->list)
		narrow(c);
	return CHOOSER_OPEN;
}

enum chooser_answer chooser_click(struct chooser *c, int x, int y, pid_t *ret_pid)
{
	size_t at = (size_t)(c->top + y - c->rows.y);

	if (!c->list || x < c->rows.x || x >= c->rows.x + c->rows.w || y < c->rows.y ||
		y >= c->rows.y + c->rows.h || at >= c->shown.n || !c->shown.item[at].match)
		return CHOOSER_OPEN;
	if (at == selected_index(c))
		return choose(c, ret_pid);
	c->selected = shown_entry(c, at)->id;
	return CHOOSER_OPEN;
}

/* PID, user, state, threads and resident memory where there is room, then the name in its tree. */

static void draw_row(const struct chooser *c, struct canvas *canvas, struct rect line, size_t at)
{
	const struct node *node = &c->shown.item[at];
	const struct process_entry *e = shown_entry(c, at);
	enum style style = node->match ? STYLE_NORMAL : STYLE_DIM;
	char memory[UNITS_MAX];
	int x = line.x, indent = (int)node->depth * 2, end = line.x + line.w;

	units_bytes(memory, e->rss_bytes);
	if (line.w >= 60)
		x += canvas_print(canvas, x, line.y, line.w, style, "%8ld %5lu %c %4llu %6s ",
			(long)e->id.pid, (unsigned long)e->uid, e->state > ' ' ? e->state : '?',
			(unsigned long long)e->threads, memory);
	else
		x += canvas_print(canvas, x, line.y, line.w, style, "%8ld ", (long)e->id.pid);
	indent = indent > line.w / 3 ? line.w / 3 : indent;
	if (indent)
		canvas_text(canvas, x + indent - 2, line.y, end - x, STYLE_DIM, "└ ");
	x += indent;
	x += canvas_name(canvas, x, line.y, end - x, node->match ? STYLE_STRONG : style,
		text_named(e->comm));
	if (end - x <= 8)
		return;
	if (e->command_state == VALUE_LATE)
		canvas_text(canvas, x + 2, line.y, end - x - 2, STYLE_DIM,
			"(its arguments: no answer)");
	else if (e->command.len)
		canvas_name(canvas, x + 2, line.y, end - x - 2, STYLE_DIM, e->command);
}

static void draw_rows(struct chooser *c, struct canvas *canvas)
{
	size_t selected = selected_index(c);
	int h = c->rows.h;

	if (selected != NONE && (int)selected < c->top)
		c->top = (int)selected;
	if (selected != NONE && (int)selected >= c->top + h)
		c->top = (int)selected - h + 1;
	if (c->top > (int)c->shown.n - h)
		c->top = (int)c->shown.n > h ? (int)c->shown.n - h : 0;
	for (int i = 0; i < h; i++) {
		struct rect line = {c->rows.x, c->rows.y + i, c->rows.w, 1};
		size_t row = (size_t)c->top + (size_t)i;

		if (row >= c->shown.n)
			break;
		draw_row(c, canvas, line, row);
		if (row == selected) {
			canvas_restyle(canvas, line, STYLE_SELECTED);
			canvas_repeat(canvas, line.x, line.y, 1, STYLE_SELECTED, ">");
			canvas_cursor(canvas, line.x, line.y);
		}
	}
}

void chooser_draw(struct chooser *c, struct canvas *canvas, struct rect area, const char *title)
{
	struct rect inside = canvas_box(canvas, area, STYLE_DIM, title);
	struct rect query = {inside.x, inside.y, inside.w, 1};

	c->rows = (struct rect){inside.x, inside.y + 2, inside.w, inside.h - 2};
	if (inside.h < 3)
		return;
	prompt_draw(&c->query, canvas, query, "search: ");
	canvas_text(canvas, inside.x, inside.y + 1, inside.w, STYLE_TITLE,
		inside.w >= 60 ? "     PID  USER S  THR    RES COMMAND" : "     PID COMMAND");
	if (!c->list)
		canvas_text(canvas, c->rows.x, c->rows.y, c->rows.w, STYLE_DIM,
			"reading the list of processes …");
	else if (!c->shown.n)
		canvas_text(canvas, c->rows.x, c->rows.y, c->rows.w, STYLE_DIM,
			"no process matches; Backspace widens, Esc closes");
	else
		draw_rows(c, canvas);
}
