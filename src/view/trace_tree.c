/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways of all threads put together, from where they began. */
#include <stdlib.h>

#include "trace_internal.h"

/* ---- the tree -------------------------------------------------------------------- */

VEC_STRUCT(nodes, struct trace_node);

/* What a line of a backtrace is called. */
static struct text name_of(struct arena *arena, const struct backtrace_line *line)
{
	struct textbuf text = {0};
	struct text name = line->function;

	if (name.len)
		return name;
	backtrace_place_print(&text, line);
	name = (struct text){arena_copy(arena, text.bytes ? text.bytes : "", text.len), text.len};
	textbuf_free(&text);
	return name;
}

/* The callee of that name, which is made where there is none. */
static size_t callee(struct nodes *all, size_t caller, struct text name)
{
	size_t at = all->item[caller].first;

	for (; at; at = all->item[at].next)
		if (text_equal(all->item[at].name, name))
			return at;
	VEC_PUSH(all, (struct trace_node){.name = name, .next = all->item[caller].first});
	all->item[caller].first = all->n - 1;
	return all->n - 1;
}

/* From the outermost function in; where it is not known that a thread began there, behind a mark.
 */
static void add_way(
	struct nodes *all, struct arena *arena, const struct backtrace *b, size_t threads)
{
	struct backtrace_line line;
	size_t at = b->complete ? 0 : callee(all, 0, text_of("\xe2\x80\xa6"));

	all->item[at].threads += at ? threads : 0;
	for (size_t i = backtrace_lines(b); i-- > 0;) {
		backtrace_line(b, i, &line);
		at = callee(all, at, name_of(arena, &line));
		all->item[at].threads += threads;
	}
}

/* Puts the callees of each in order: few have many. */
static void sort_callees(struct trace_node *node, size_t caller)
{
	size_t sorted = 0;

	for (size_t at = node[caller].first, next; at; at = next) {
		size_t *place = &sorted;

		next = node[at].next;
		while (*place && node[*place].threads > node[at].threads)
			place = &node[*place].next;
		node[at].next = *place;
		*place = at;
	}
	node[caller].first = sorted;
}

struct trace_tree trace_tree_of(const struct backtraces *list, struct arena *arena)
{
	struct nodes all = {0};
	struct backtrace_group *group;
	size_t groups = backtraces_groups(list, arena, &group);
	struct trace_tree tree;

	VEC_PUSH(&all, (struct trace_node){0});
	for (size_t i = 0; i < groups; i++) {
		if (!group[i].trace)
			continue;
		all.item[0].threads += group[i].n;
		add_way(&all, arena, group[i].trace, group[i].n);
	}
	for (size_t i = 0; i < all.n; i++)
		sort_callees(all.item, i);
	VEC_MOVE(arena, &all, &tree.node, &tree.n);
	return tree;
}

/* ---- its lines -------------------------------------------------------------------- */

VEC_STRUCT(lines, struct trace_line);

/* The only one that all its threads go on to; 0: there is none. */
static size_t sole_callee(const struct trace_tree *t, size_t at)
{
	size_t next = t->node[at].first;

	return next && !t->node[next].next && t->node[next].threads == t->node[at].threads ? next
											   : 0;
}

/* A function that calls itself stands once: "fact ×20". */
static size_t add_name(const struct trace_tree *t, size_t at, struct textbuf *out)
{
	size_t times = 1, next;

	text_printable(out, t->node[at].name);
	while ((next = sole_callee(t, at)) && text_equal(t->node[next].name, t->node[at].name)) {
		at = next;
		times++;
	}
	if (times > 1)
		textbuf_addf(out, " ×%zu", times);
	return at;
}

static size_t add_line(const struct trace_tree *t, size_t at, unsigned depth, struct lines *out)
{
	struct trace_line line = {.depth = depth, .threads = t->node[at].threads};
	size_t next = at;

	while (next) {
		textbuf_adds(&line.text, line.text.len ? " → " : "");
		at = add_name(t, next, &line.text);
		next = sole_callee(t, at);
	}
	VEC_PUSH(out, line);
	return at;
}

struct place {
	size_t at;
	unsigned depth;
};

size_t trace_tree_lines(const struct trace_tree *tree, struct trace_line **ret_line)
{
	struct lines out = {0};
	VEC(struct place) waiting = {0};

	if (tree->n && tree->node[0].first)
		VEC_PUSH(&waiting, (struct place){tree->node[0].first, 0});
	while (waiting.n) {
		struct place p = waiting.item[--waiting.n];
		size_t end = add_line(tree, p.at, p.depth, &out);

		if (tree->node[p.at].next)
			VEC_PUSH(&waiting, (struct place){tree->node[p.at].next, p.depth});
		if (tree->node[end].first)
			VEC_PUSH(&waiting, (struct place){tree->node[end].first, p.depth + 1});
	}
	VEC_FREE(&waiting);
	*ret_line = out.item;
	return out.n;
}

void trace_lines_free(struct trace_line *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		textbuf_free(&line[i].text);
	free(line);
}
