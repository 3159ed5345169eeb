/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote the pages that A and B do not share any more. */
#include "json_internal.h"
#include "twintop/compare/writer_rows.h"

static void put_name(struct json_writer *w, const char *name, struct text text, const char *reason)
{
	if (text.len) {
		json_put_text(w, name, text);
		return;
	}
	json_gap(w, reason ? reason : "not told", "pair.writers[].%s", name);
	json_put_null(w, name);
}

static void put_numbers(struct json_writer *w, const struct writer_row *row)
{
	static const char no_module[] = "nothing that a file names is mapped there";

	if (row->line) {
		json_put_u64(w, "line", row->line);
	} else {
		json_gap(w, row->line_gap ? row->line_gap : "not told", "pair.writers[].line");
		json_put_null(w, "line");
	}
	put_name(w, "module", row->module, no_module);
	if (row->has_offset) {
		json_put_address(w, "offset", row->offset);
	} else {
		json_gap(w, no_module, "pair.writers[].offset");
		json_put_null(w, "offset");
	}
}

/* ---- how it came there ------------------------------------------------------- */

static void put_backtrace(struct json_writer *w, const struct writer_row *row)
{
	const struct writer_trace *trace = row->trace;

	if (!trace) {
		json_gap(w, row->no_trace, "pair.writers[].backtrace");
		json_put_null(w, "backtrace");
		return;
	}
	json_open(w, "backtrace", '{');
	json_put_backtrace(w, "pair.writers[].backtrace", NULL, &trace->backtrace);
	json_put_i64(w, "tid", trace->tid);
	json_put_address(w, "address", trace->address);
	json_put_bool(w, "copied", row->trace_copied);
	json_put_u64(w, "time_ns", trace->time_ns);
	json_close(w, '}');
}

static void put_row(struct json_writer *w, const struct writer_row *row, uint64_t page_size)
{
	json_open(w, NULL, '{');
	json_put_word(w, "side", row->side ? "b" : "a");
	put_name(w, "function", row->function, row->gap);
	put_name(w, "file", row->file, row->line_gap);
	put_numbers(w, row);
	json_put_bool(w, "kernel", row->kernel);
	json_open(w, "threads", '[');
	for (size_t i = 0; i < row->threads_n; i++)
		json_put_i64(w, NULL, row->thread[i].tid);
	json_close(w, ']');
	json_put_bool(w, "more_threads", row->more_threads);
	json_put_u64(w, "pages", row->copied);
	json_put_u64(w, "bytes", row->copied * page_size);
	json_put_u64(w, "new_pages", row->touched);
	json_put_u64(w, "last_ns", row->last_ns);
	put_backtrace(w, row);
	json_close(w, '}');
}

static void put_rows(struct json_writer *w, const struct snapshot *s)
{
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(s, &arena, &row);

	json_open(w, "writers", '[');
	for (size_t i = 0; i < n && !w->error; i++)
		put_row(w, &row[i], s->writers->page_size);
	json_close(w, ']');
	arena_free(&arena);
}

/* How one side's faults are seen. */
static void put_watch(struct json_writer *w, const char *name, const struct fault_watch *watch)
{
	if (!watch->pid || !value_state_has_value(watch->state)) {
		json_gap(w, watch->pid ? watch->reason : value_state_reason(VALUE_UNREAD),
			"pair.faults.%s", name);
		json_put_null(w, name);
		return;
	}
	json_open(w, name, '{');
	json_put_u64(w, "period", watch->period);
	json_put_u64(w, "told", watch->told);
	json_put_u64(w, "lost", watch->lost);
	json_put_bool(w, "kernel", watch->kernel);
	json_put_u64(w, "ring_bytes", watch->ring_bytes);
	json_put_u64(w, "threads", watch->threads);
	json_put_u64(w, "threads_of", watch->threads_of);
	json_close(w, '}');
}

static void put_faults(struct json_writer *w, const struct snapshot *s)
{
	const struct writers *writers = s->writers;

	json_open(w, "faults", '{');
	json_put_u64(w, "copied_pages", writers->copies);
	json_put_u64(w, "untold_pages", writers->untold);
	put_watch(w, "a", writers_watch(writers, s->side[0].id.pid));
	put_watch(w, "b", writers_watch(writers, s->side[1].id.pid));
	json_close(w, '}');
}

void json_put_writers(struct json_writer *w, const struct moment *m)
{
	static const char *const name[] = {"writers", "writers_are", "faults"};
	const char *hidden = writers_hidden(m->snapshot, m->pair);

	if (!hidden) {
		put_rows(w, m->snapshot);
		json_put_word(w, name[1], m->snapshot->writers->scaled ? "estimated" : "exact");
		put_faults(w, m->snapshot);
		return;
	}
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		json_gap(w, hidden, "pair.%s", name[i]);
		json_put_null(w, name[i]);
	}
}

/* The worst of what is said of the sides; NULL: nobody listens. */
const char *json_faults_word(const struct snapshot *s)
{
	const char *word = NULL;

	for (size_t i = 0; s->faults && i < s->faults->watches_n; i++) {
		const struct fault_watch *watch = &s->faults->watch[i];

		if (watch->state == VALUE_GONE)
			continue;
		if (watch->state == VALUE_UNSUPPORTED || watch->state == VALUE_FAILED_FOREIGN)
			return "unsupported";
		if (!value_state_has_value(watch->state))
			return "denied";
		if (watch->period > 1)
			word = "sampled";
		else if (!watch->kernel && !word)
			word = "user";
		else if (!word)
			word = "exact";
	}
	return word;
}
