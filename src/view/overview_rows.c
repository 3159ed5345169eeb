/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "overview_internal.h"
#include "past_internal.h"
#include "twintop/base/table.h"
#include "twintop/base/units.h"
#include "twintop/compare/erosion.h"
#include "twintop/draw/bar.h"
#include "twintop/model/names.h"

/* ---- texts of a side ------------------------------------------------------- */

static void say_unknown(
	const struct view_env *env, unsigned side, enum value_state state, struct textbuf *out)
{
	switch (state) {
	case VALUE_DENIED:
		textbuf_addf(out, "? %s", panes_hidden(env->moment, side));
		return;
	case VALUE_GONE:
		textbuf_adds(out, "? it has ended");
		return;
	default:
		textbuf_addf(out, "? %s", panes_unread(env->moment, side, env->past));
	}
}

static void text_state(
	const struct overview *o, const struct view_env *env, unsigned side, struct textbuf *out)
{
	const struct side *s = &env->moment->snapshot->side[side];

	(void)o;
	if (s->ending.ended) {
		if (s->ending.status_known)
			wait_status_text(out, s->ending.status);
		else
			textbuf_adds(out, "ended, status ?");
		return;
	}
	if (!s->info || !value_state_has_value(s->info->source[PROCESS_STAT])) {
		say_unknown(env, side, s->info ? s->info->source[PROCESS_STAT] : VALUE_UNREAD, out);
		return;
	}
	textbuf_adds(out,
		env->lecture ? task_state_words(s->info->state) : task_state_name(s->info->state));
	if (process_lost_main(s->info))
		textbuf_adds(out, ", main thread ended");
	overview_fill(env, side, ", {cpu_percent} cpu, runtime {runtime}", out);
}

/* "1.00 threads on CPU at once, of 8 runnable: the GIL" */
static void text_runtime(
	const struct overview *o, const struct view_env *env, unsigned side, struct textbuf *out)
{
	(void)env;
	if (o->limited[side])
		runtime_limit_print(&o->limit[side], out);
	else
		textbuf_adds(out, "—");
}

static void text_memory(
	const struct overview *o, const struct view_env *env, unsigned side, struct textbuf *out)
{
	const struct record r = {env->moment, RECORD_PROCESS, side, 0};
	const struct field *f = field_find("process.rss_bytes");
	struct value v = f ? f->get(&r) : value_unknown(VALUE_UINT, VALUE_NONE, "no such field");

	(void)o;
	if (v.state == VALUE_NONE)
		textbuf_addf(out, "— %s", v.reason ? v.reason : "none");
	else if (!value_state_has_value(v.state))
		say_unknown(env, side, v.state, out);
	else
		overview_fill(env, side,
			"{rss_bytes} of {vm_bytes}: {rss_anon_bytes} anon, {rss_file_bytes} file, "
			"{rss_shmem_bytes} shm",
			out);
}

/* The thread that was named where it is not the main one: "; A is 4250 worker, sleeping". */
static void add_named_thread(const struct view_env *env, unsigned side, struct textbuf *out)
{
	const struct side *s = &env->moment->snapshot->side[side];
	ptrdiff_t i = s->tid == s->id.pid ? -1 : thread_find(s->threads, s->tid);
	struct thread t;

	if (i < 0)
		return;
	t = thread_at(s->threads, (size_t)i);
	textbuf_addf(out, "; %c is %d ", side ? 'B' : 'A', (int)t.self->tid);
	text_name(out, thread_name(&t));
	textbuf_addf(out, ", %s",
		env->lecture ? task_state_words(t.run->state) : task_state_name(t.run->state));
}

static void text_threads(
	const struct overview *o, const struct view_env *env, unsigned side, struct textbuf *out)
{
	const struct overview_sums *s = &o->sums[side];
	static const char letters[] = "RDSTtZXI";
	const char *between = ": ";

	if (!value_state_has_value(s->threads)) {
		say_unknown(env, side, s->threads, out);
		return;
	}
	textbuf_addf(out, "%zu", s->threads_n);
	for (const char *l = letters; *l; l++)
		if (s->by_state[(unsigned char)*l]) {
			textbuf_addf(out, "%s%zu %s", between, s->by_state[(unsigned char)*l],
				env->lecture ? task_state_words(*l) : task_state_name(*l));
			between = ", ";
		}
	add_named_thread(env, side, out);
}

static void text_files(
	const struct overview *o, const struct view_env *env, unsigned side, struct textbuf *out)
{
	const struct overview_sums *s = &o->sums[side];
	const char *between = ": ";

	(void)env;
	if (!value_state_has_value(s->fds)) {
		say_unknown(env, side, s->fds, out);
		return;
	}
	textbuf_addf(out, "%zu", s->fds_n);
	for (unsigned k = 0; k < FD_KINDS; k++)
		if (s->by_kind[k]) {
			textbuf_addf(out, "%s%zu %s", between, s->by_kind[k],
				fd_kind_name((enum fd_kind)k));
			between = ", ";
		}
}

/* ---- segments --------------------------------------------------------------- */

#define SEGMENT_TEXT 12 /* "131072K/64M" */

/* "16K/132K" and a bar of what is resident and what is only addresses. */
static void bar_segment(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect cell, unsigned side, int what)
{
	const struct overview_sums *s = &o->sums[side];
	const struct segment_sum *g = &s->segment[what];
	char resident[UNITS_MAX] = "?", size[UNITS_MAX];
	struct textbuf why = {0};
	struct bar_part part[] = {
		{g->resident_bytes, side ? STYLE_SIDE_B : STYLE_SIDE_A, "█", "#"},
		{g->size_bytes - g->resident_bytes, STYLE_DIM, "░", "."},
	};

	if (!value_state_has_value(s->memory)) {
		if (!what)
			say_unknown(env, side, s->memory, &why);
		canvas_text(c, cell.x, cell.y, cell.w, STYLE_DIM, what ? "?" : why.bytes);
		textbuf_free(&why);
		return;
	}
	if (g->resident_bytes > g->size_bytes)
		part[1].amount = 0;
	if (value_state_has_value(s->pages))
		units_bytes(resident, g->resident_bytes);
	canvas_print(c, cell.x, cell.y, SEGMENT_TEXT < cell.w ? SEGMENT_TEXT : cell.w,
		g->size_bytes ? STYLE_NORMAL : STYLE_DIM, "%5s/%s", resident,
		units_bytes(size, g->size_bytes));
	if (cell.w > SEGMENT_TEXT + 2)
		bar_draw(c, cell.x + SEGMENT_TEXT, cell.y, cell.w - SEGMENT_TEXT, part, 2,
			o->full_bytes);
}

static void wide_memory_title(const struct overview *o, const struct view_env *env,
	struct canvas *c, struct rect line, int what)
{
	char full[UNITS_MAX];

	(void)what;
	canvas_print(c, line.x, line.y, line.w, STYLE_TITLE,
		env->lecture ? "MEMORY  in memory / addresses, bars up to %s"
			     : "MEMORY  resident/size, bars up to %s",
		units_bytes(full, o->full_bytes));
}

/* ---- what they share ------------------------------------------------------------ */

static struct list_glyph share_glyph(const struct snapshot *s, unsigned item)
{
	bool shared;
	enum value_state state = snapshot_shares(s, (enum share_item)item, &shared);

	if (state == VALUE_NONE)
		return (struct list_glyph){"—", "-", STYLE_DIM, NULL};
	if (!value_state_has_value(state))
		return (struct list_glyph){"?", "?", STYLE_DIM, NULL};
	return panes_state_glyph(shared ? ROW_SAME : ROW_DIVERGED);
}

/* With the past nothing is shared: what came and went stands there. */
static void wide_since(const struct view_env *env, struct canvas *c, struct rect line)
{
	struct textbuf b = {0};

	past_add_rows(env->moment, &b);
	canvas_print(c, line.x, line.y, line.w, STYLE_NORMAL, "%s", b.bytes);
	textbuf_free(&b);
}

static void wide_shares(const struct overview *o, const struct view_env *env, struct canvas *c,
	struct rect line, int what)
{
	static const char *const title[] = {
		[SHARE_VM] = "memory",
		[SHARE_FILES] = "fd table",
		[SHARE_FS] = "cwd+umask",
		[SHARE_SIGHAND] = "handlers",
		[SHARE_IO] = "I/O",
		[SHARE_SYSVSEM] = "SysV undo",
	};
	TABLE_ROWS(title, SHARE_ITEMS);
	const struct snapshot *s = env->moment->snapshot;
	int x = line.x, end = line.x + line.w;

	(void)o;
	(void)what;
	if (panes_sides(env->moment) < 2) {
		canvas_text(c, x, line.y, line.w, STYLE_DIM, "—");
		return;
	}
	if (pair_apart(env->moment->pair)) {
		wide_since(env, c, line);
		return;
	}
	for (unsigned i = 0; i < SHARE_ITEMS; i++) {
		struct list_glyph g = share_glyph(s, i);

		if (x + 2 + (int)strlen(title[i]) > end)
			break;
		panes_glyph(c, x, line.y, g);
		x += 2 + canvas_text(c, x + 2, line.y, end - x - 2, g.style, title[i]) + 2;
	}
	if (x + 26 < end)
		canvas_text(c, x + 1, line.y, end - x - 1, STYLE_DIM, "═ shared  ╪ separate");
}

/* ---- the rows --------------------------------------------------------------------- */

#define SEGMENT_ROW(title, which, kind, meaning)                                                   \
	{                                                                                          \
		.label = title, .bar = bar_segment, .what = which, .explain = meaning, .lesson = { \
			true,                                                                      \
			LESSON_MAPPING_KINDS,                                                      \
			kind                                                                       \
		}                                                                                  \
	}

#define SINCE_MEANING                                                                              \
	"Pages of A that were there then, are there now, or both. The same frame says that a "     \
	"page "                                                                                    \
	"is in its place, not that nobody has written into it; another frame that it was "         \
	"replaced. Where a page fault was seen since then it was mostly written."
#define EROSION_MEANING                                                                            \
	"Of what was once shared, which is the private pages of both that are still one and "      \
	"those "                                                                                   \
	"that were copied: how many are left, as time goes by, since the pair was first seen. "    \
	"How fast they are copied and when half of them will be is told by "                       \
	"the last four seconds, where those are alike. Columns that are missing over a ? were "    \
	"seen by nobody."
#define PLOT_ROW(row)                                                                              \
	{                                                                                          \
		.label = "", .wide = overview_erosion_plot, .what = row, .erosion = true,          \
		.plot = true, .explain = EROSION_MEANING, .lesson = {                              \
			true,                                                                      \
			LESSON_VERDICTS,                                                           \
			PAGE_VERDICT_COW_SHARED                                                    \
		}                                                                                  \
	}

static const struct overview_row rows[] = {
	{.where = OVERVIEW_PLAIN,
		.label = "program",
		.template = "{exe}",
		.field = "process.exe",
		.compared = true},
	{.where = OVERVIEW_LECTURE,
		.label = "program",
		.template = "{comm}",
		.field = "process.comm",
		.compared = true},
	{.where = OVERVIEW_PLAIN,
		.label = "command",
		.template = "{cmdline}",
		.field = "process.cmdline",
		.compared = true},
	{.where = OVERVIEW_PLAIN,
		.label = "ids",
		.template = "uid {uid} parent {ppid} group {pgrp} session {session} gid {gid}",
		.field = "process.uid"},
	{.label = "state", .text = text_state, .field = "process.state"},
	{.label = "runtime", .text = text_runtime, .field = "process.runtime", .limits = true},
	{.where = OVERVIEW_PLAIN,
		.label = "time",
		.template = "{user_ticks} user {system_ticks} system, faults: {minor_faults}",
		.field = "process.minor_faults"},
	{.where = OVERVIEW_PLAIN,
		.label = "memory",
		.text = text_memory,
		.field = "process.rss_bytes"},
	{.wide = overview_cow_title,
		.lesson = {true, LESSON_VERDICTS, PAGE_VERDICT_COW_SHARED},
		.explain =
			"Private pages that both have. A fork shares them all; the first write to "
			"one copies it. How fast: in the last second, and the most since the pair "
			"was first seen.",
		.since = SINCE_MEANING},
	{.label = "",
		.wide = overview_cow_bar,
		.lesson = {true, LESSON_VERDICTS, PAGE_VERDICT_COPIED},
		.explain = "How many of the pages are still shared, and who copied the others: by "
			   "comparing the frames of both page tables.",
		.since = SINCE_MEANING},
	{.where = OVERVIEW_LECTURE,
		.label = "",
		.wide = overview_cow_bar,
		.what = 1,
		.explain = "The same bar: it is to be seen from afar."},
	{.label = "",
		.wide = overview_cow_legend,
		.lesson = {true, LESSON_VERDICTS, PAGE_VERDICT_BORN_APART},
		.explain = "The counts behind the bar, and their shares of all private pages that "
			   "both "
			   "have: of so many as the first one says.",
		.since = SINCE_MEANING},
	{.label = "erosion",
		.wide = overview_erosion_line,
		.erosion = true,
		.lesson = {true, LESSON_VERDICTS, PAGE_VERDICT_COPIED},
		.explain = EROSION_MEANING},
	PLOT_ROW(0),
	PLOT_ROW(1),
	PLOT_ROW(2),
	PLOT_ROW(3),
	PLOT_ROW(4),
	PLOT_ROW(5),
	PLOT_ROW(6),
	PLOT_ROW(7),
	{.wide = wide_memory_title,
		.lesson = {true, LESSON_MAPPING_KINDS, MAPPING_RESERVED},
		.explain =
			"Mappings added up by what they are for. Resident pages cost memory; the "
			"rest are addresses only."},
	SEGMENT_ROW(
		"code", SEGMENT_CODE, MAPPING_CODE, "The program's instructions and constants."),
	SEGMENT_ROW("data", SEGMENT_DATA, MAPPING_DATA,
		"The program's variables, initialised (data) or zero (bss)."),
	SEGMENT_ROW("heap", SEGMENT_HEAP, MAPPING_HEAP,
		"Memory grown with brk(2), where small mallocs live."),
	SEGMENT_ROW("stacks", SEGMENT_STACKS, MAPPING_STACK, "The stacks of all threads."),
	SEGMENT_ROW("anon", SEGMENT_ANONYMOUS, MAPPING_ANONYMOUS,
		"Private memory without a file: mmap, large mallocs."),
	SEGMENT_ROW("shared", SEGMENT_SHARED, MAPPING_SHARED_ANONYMOUS,
		"Memory that others may map as well: shm, memfd, "
		"MAP_SHARED."),
	SEGMENT_ROW("libs", SEGMENT_LIBRARIES, MAPPING_LIBRARY_CODE,
		"Shared libraries: their code exists once in memory."),
	SEGMENT_ROW("files", SEGMENT_FILES, MAPPING_FILE, "Files mapped into memory."),
	{.label = "threads", .text = text_threads, .field = "process.thread_count"},
	{.label = "fds",
		.text = text_files,
		.lesson = {true, LESSON_FD_KINDS, FD_FILE},
		.explain = "Open file descriptors by what they stand for."},
	{.label = "shares",
		.wide = wide_shares,
		.lesson = {true, LESSON_SHARES, CARD_VM},
		.explain = "What the kernel says the two share: kcmp(2), item by item.",
		.since = "How many threads and descriptors have come since then, and how many have "
			 "gone. A thread is itself by its number and start; a descriptor by its "
			 "number and what that stands for."},
};
#define ROWS (sizeof rows / sizeof *rows)

static bool stands(
	const struct overview *o, const struct overview_row *row, const struct view_env *env)
{
	if (row->limits && !o->limited[0] && !o->limited[1])
		return false;
	if (row->erosion && (!env->moment || !erosion_begun(env->moment)))
		return false;
	if (row->plot && row->what >= o->plot_h)
		return false;
	return row->where != (env->lecture ? OVERVIEW_PLAIN : OVERVIEW_LECTURE);
}

size_t overview_rows_n(const struct overview *o, const struct view_env *env)
{
	size_t n = 0;

	for (size_t i = 0; i < ROWS; i++)
		n += stands(o, &rows[i], env);
	return n;
}

const struct overview_row *overview_row_at(
	const struct overview *o, const struct view_env *env, size_t i)
{
	const struct overview_row *row = rows;

	while (!stands(o, row, env) || i-- > 0)
		row++;
	return row;
}
