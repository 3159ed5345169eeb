/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How threads came to where they stood, frame by frame. */
#include "json_internal.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/runtime.h"

/* Where the frames are, and whose: NULL where that is not told. */
struct place {
	const char *path;
	const struct side *side;
};

static void put_text(struct json_writer *w, const struct place *at, const char *name,
	struct text text, enum symbol_gap gap)
{
	if (text.len) {
		json_put_text(w, name, text);
		return;
	}
	json_gap(w, gap ? side_gap_reason(at->side, gap) : "not told", "%s.frames[].%s", at->path,
		name);
	json_put_null(w, name);
}

static void put_offset(
	struct json_writer *w, const struct place *at, const struct backtrace_line *line)
{
	const struct symbol *s = &line->frame->symbol;

	if (!s->gap && !line->inlined) {
		json_put_u64(w, "offset", s->offset + line->frame->returns);
		return;
	}
	json_gap(w,
		s->gap ? side_gap_reason(at->side, s->gap)
		       : "what is inlined has no begin of its own",
		"%s.frames[].offset", at->path);
	json_put_null(w, "offset");
}

static void put_frame(
	struct json_writer *w, const struct place *at, const struct backtrace_line *line)
{
	const struct symbol *s = &line->frame->symbol;

	json_open(w, NULL, '{');
	json_put_address(w, "pc", line->frame->pc);
	put_text(w, at, "function", line->function, s->gap);
	put_offset(w, at, line);
	put_text(w, at, "module", s->module, s->gap);
	put_text(w, at, "file", line->file, s->gap ? s->gap : s->line_gap);
	if (line->line) {
		json_put_u64(w, "line", line->line);
	} else {
		json_gap(w, s->line_gap ? side_gap_reason(at->side, s->line_gap) : "not told",
			"%s.frames[].line", at->path);
		json_put_null(w, "line");
	}
	json_put_bool(w, "inlined", line->inlined);
	json_put_bool(w, "guessed", line->frame->guessed);
	json_close(w, '}');
}

static void put_reason(struct json_writer *w, const char *path, const struct backtrace *b)
{
	struct textbuf reason = {0};

	backtrace_reason(b, &reason);
	if (reason.len)
		json_put_text(w, "reason", (struct text){reason.bytes, reason.len});
	else
		json_gap(w, "it is complete", "%s.reason", path);
	if (!reason.len)
		json_put_null(w, "reason");
	textbuf_free(&reason);
}

void json_put_backtrace(
	struct json_writer *w, const char *path, const struct side *side, const struct backtrace *b)
{
	const struct place at = {path, side};
	struct backtrace_line line;

	json_open(w, "frames", '[');
	for (size_t i = 0; !w->error && backtrace_line(b, i, &line); i++)
		put_frame(w, &at, &line);
	json_close(w, ']');
	json_put_bool(w, "complete", b->complete);
	put_reason(w, path, b);
}

/* ---- of threads: what many have in common is written once ------------------------ */

static void put_kernel(struct json_writer *w, const struct kernel_trace *k)
{
	json_open(w, "kernel_frames", '[');
	for (size_t i = 0; i < k->n; i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "function", k->frame[i].function);
		json_put_u64(w, "offset", k->frame[i].offset);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static int keep_text(void *context, const char *bytes, size_t len)
{
	textbuf_add(context, bytes, len);
	return 0;
}

/* One writer for all: each has room for a large piece. */
static struct json_writer *members_of(struct json_backtraces *b)
{
	if (!b->members)
		b->members = json_writer_new((struct json_sink){keep_text, &b->written});
	b->members->due = false;
	return b->members;
}

/* What was written, moved into the arena. */
static struct text take_written(struct json_backtraces *b)
{
	struct text ret;

	json_flush(b->members);
	ret = (struct text){
		arena_copy(&b->arena, b->written.len ? b->written.bytes : "", b->written.len),
		b->written.len};
	b->written.len = 0;
	return ret;
}

static struct text written_trace(struct json_backtraces *b, const struct backtrace *trace)
{
	json_put_backtrace(members_of(b), "", NULL, trace);
	return take_written(b);
}

static struct text written_kernel(struct json_backtraces *b, const struct kernel_trace *kernel)
{
	put_kernel(members_of(b), kernel);
	return take_written(b);
}

struct json_backtraces json_backtraces_begin(
	struct json_writer *w, const struct side *side, unsigned number)
{
	const struct backtraces *list = side ? side->backtraces : NULL;
	struct json_backtraces b = {.list = list};

	snprintf(b.path, sizeof b.path, "processes[%u].threads[].backtrace", number);
	if (!list)
		return b;
	b.trace = arena_array(&b.arena, list->traces_n, sizeof *b.trace);
	b.kernel = arena_array(&b.arena, list->kernels_n, sizeof *b.kernel);
	for (size_t i = 0; w->noting && i < list->traces_n; i++)
		json_put_backtrace(w, b.path, side, &list->trace[i]);
	return b;
}

void json_backtraces_end(struct json_backtraces *b)
{
	json_writer_free(b->members);
	textbuf_free(&b->written);
	arena_free(&b->arena);
}

static void put_written(struct json_writer *w, struct text text)
{
	json_key(w, ",", 1);
	json_put(w, text.bytes, text.len);
	w->due = true;
}

static void put_kernel_of(
	struct json_writer *w, struct json_backtraces *b, const struct thread_backtrace *t)
{
	const char *reason = NULL;
	const struct kernel_trace *kernel = backtraces_kernel(b->list, t->tid, &reason);

	if (!kernel) {
		json_gap(w, reason, "%s.kernel_frames", b->path);
		json_put_null(w, "kernel_frames");
		return;
	}
	if (!b->kernel[t->kernel].len && !w->noting)
		b->kernel[t->kernel] = written_kernel(b, kernel);
	if (!w->noting)
		put_written(w, b->kernel[t->kernel]);
}

static void put_held(
	struct json_writer *w, const struct json_backtraces *b, const struct thread_backtrace *t)
{
	if (t->means == BACKTRACE_HELD) {
		json_put_u64(w, "held_ns", t->held_ns);
		return;
	}
	json_gap(w, "nobody held it", "%s.held_ns", b->path);
	json_put_null(w, "held_ns");
}

void json_put_thread_backtrace(struct json_writer *w, struct json_backtraces *b, pid_t tid)
{
	const struct thread_backtrace *t = backtraces_find(b->list, tid);
	const char *reason = NULL;

	backtraces_trace(b->list, tid, &reason);
	if (reason) {
		json_gap(w, reason, "%s", b->path);
		json_put_null(w, "backtrace");
		return;
	}
	json_open(w, "backtrace", '{');
	if (!w->noting) {
		if (!b->trace[t->trace].len)
			b->trace[t->trace] = written_trace(b, &b->list->trace[t->trace]);
		put_written(w, b->trace[t->trace]);
	}
	put_kernel_of(w, b, t);
	json_put_u64(w, "time_ns", t->taken_ns);
	json_put_text(w, "means", text_of(backtrace_means_name(t->means)));
	put_held(w, b, t);
	json_close(w, '}');
}
