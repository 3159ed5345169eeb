/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording as a page of sheets: which of its moments, and what is said of each. */
#include "twintop/screen/sheets.h"

#include <errno.h>

#define KEPT_LEAST 4 /* moments, however large they are */

/* One way through the recording. */
struct sheets {
	struct source *source;
	struct app *app;
	struct page *page;
	struct canvas *canvas;
	struct sheets_bounds bounds;
	size_t moments, kept; /* that went by, of those n */
	size_t n, telling;    /* all there are, and those that tell of main events */
	size_t told;	      /* of these went by */
	size_t left_out;      /* sentences beyond the most of their moments */
	uint64_t first_ns;
	/* Of the moments since the last one that was kept: */
	struct textbuf sentences; /* a line each */
	size_t events;		  /* as many, and those that are left out */
	struct textbuf scratch;
};

static bool tells(const struct event_batch *batch)
{
	for (size_t i = 0; batch && i < batch->n; i++)
		if (event_is_main(batch->event[i].kind))
			return true;
	return false;
}

static size_t count_telling(const struct source *source)
{
	const struct told_events *told = source_events(source);
	size_t n = 0;

	for (size_t i = 0; told && i < told->n; i++)
		n += tells(told->item[i].batch);
	return n;
}

/* Whether the i-th of n is one of `most` at even distances, first and last among them. */
static bool is_one_of(size_t i, size_t n, size_t most)
{
	if (n <= most || i == 0 || i + 1 == n)
		return true;
	return i * (most - 1) / (n - 1) != (i - 1) * (most - 1) / (n - 1);
}

static bool is_kept(struct sheets *s, const struct moment *m)
{
	bool kept = is_one_of(s->moments, s->n, s->bounds.moments);

	if (tells(m->snapshot->events))
		kept |= is_one_of(s->told++, s->telling, s->bounds.moments);
	s->moments++;
	return kept;
}

/* What a step says is its caption. */
static void add_sentence(struct sheets *s, const struct event_batch *batch, const struct event *e)
{
	if (s->events++ >= s->bounds.events)
		return;
	if (e->kind == EVENT_STEP)
		textbuf_addf(
			&s->sentences, "%ld step %llu", (long)e->pid, (unsigned long long)e->count);
	else
		event_sentence(batch, e, &s->sentences);
	textbuf_adds(&s->sentences, "\n");
}

static void gather_events(struct sheets *s, const struct event_batch *batch)
{
	for (size_t i = 0; batch && i < batch->n; i++)
		if (event_is_main(batch->event[i].kind) && batch->event[i].kind != EVENT_STEP_LINE)
			add_sentence(s, batch, &batch->event[i]);
}

static void add_events(struct sheets *s)
{
	for (char *at = s->sentences.bytes, *end; at && *at; at = end + 1) {
		end = at;
		while (*end != '\n')
			end++;
		*end = 0;
		page_event(s->page, at);
	}
	textbuf_clear(&s->sentences);
	if (s->events > s->bounds.events) {
		page_events_more(s->page, s->events - s->bounds.events);
		s->left_out += s->events - s->bounds.events;
	}
	s->events = 0;
}

static void add_moment(struct sheets *s, const struct moment *m)
{
	const struct snapshot *now = m->snapshot;

	if (!s->kept++)
		s->first_ns = now->monotonic_ns;
	page_moment(s->page, now->realtime_ns, now->monotonic_ns - s->first_ns);
	add_events(s);
	textbuf_clear(&s->scratch);
	textbuf_adds(&s->scratch, "");
	app_step_words(s->app, &s->scratch);
	textbuf_chomp(&s->scratch);
	page_caption(s->page, s->scratch.bytes);
	for (size_t i = 0; i < view_table_n; i++) {
		app_sheet(s->app, view_table[i]->id, s->canvas, &s->scratch);
		page_screen(s->page, i, s->canvas, s->scratch.bytes);
	}
}

/* All moments go by the app, for what it remembers of them; 0 or why the first is not to be had. */
static int go_through(struct sheets *s)
{
	struct seek seek = {.kind = SEEK_FIRST};
	const struct moment *m;
	int error;

	for (;;) {
		error = source_seek(s->source, seek);
		m = source_next(s->source);
		if (!m)
			break;
		source_play(s->source, 0); /* from here on it goes where we go */
		app_moment(s->app, m);
		gather_events(s, m->snapshot->events);
		if (is_kept(s, m))
			add_moment(s, m);
		moment_put(m);
		seek = (struct seek){.kind = SEEK_STEPS, .steps = 1};
	}
	/* What is behind the last moment tells why it was that. */
	source_play(s->source, SOURCE_PACE);
	moment_put(source_next(s->source));
	return s->kept ? 0 : error ? error : -ENODATA;
}

/* ---- what is said of it ------------------------------------------------------------ */

static void add_name(struct textbuf *out, const char *raw)
{
	text_printable(out, text_of(raw));
}

static void add_about(const struct sheets *s, const struct sheets_about *about, struct textbuf *out)
{
	const char *over = source_over(s->source);

	textbuf_adds(out, "What twintop recorded");
	if (*about->host) {
		textbuf_adds(out, " on ");
		add_name(out, about->host);
	}
	textbuf_adds(out, ": a process, beside a second one, moment by moment. It is as much "
			  "as was read then; what was not is marked unknown.\n");
	if (about->redacted)
		textbuf_adds(out, "Arguments, paths and addresses were private: what stands in "
				  "their place is made up, equal where they were equal.\n");
	if (s->kept < s->moments)
		textbuf_addf(out,
			"Of %zu moments %zu are shown: some at even distances, and of those "
			"at which something happened %s. What happened between two of them is told "
			"with the later one.\n",
			s->moments, s->kept, s->telling <= s->bounds.moments ? "all" : "some");
	if (s->left_out)
		textbuf_addf(out,
			"Of each moment %zu events are listed; %zu beyond these are counted where "
			"they happened.\n",
			s->bounds.events, s->left_out);
	if (s->moments < s->n)
		textbuf_addf(out, "%zu moments at its end could not be read.\n", s->n - s->moments);
	if (over)
		textbuf_addf(out, "At its last moment: %s.\n", over);
}

static void write_page(const struct sheets *s, const struct sheets_about *about, const char *nonce,
	struct textbuf *out)
{
	struct textbuf title = {0}, words = {0};

	textbuf_adds(&title, "twintop: ");
	add_name(&title, about->name);
	add_about(s, about, &words);
	page_write(s->page, &(struct page_words){title.bytes, words.bytes}, nonce, out);
	textbuf_free(&title);
	textbuf_free(&words);
}

/* ---- all of it --------------------------------------------------------------------- */

static void begin(struct sheets *s, const struct sheets_about *about)
{
	struct position position = {.n = 0};

	s->app = app_new(&(struct app_options){.live = s->source,
		.recorded = true,
		.ascii = about->ascii,
		.redacted = about->redacted});
	s->canvas = canvas_new(SHEET_COLUMNS, SHEET_ROWS, about->ascii);
	s->page = page_new(SHEET_COLUMNS, SHEET_ROWS - SHEET_LESS);
	for (size_t i = 0; i < view_table_n; i++)
		page_view(s->page, view_table[i]->id, view_table[i]->title, view_table[i]->help);
	if (source_position(s->source, &position))
		s->n = position.n;
	s->telling = count_telling(s->source);
}

static void end(struct sheets *s)
{
	page_free(s->page);
	canvas_free(s->canvas);
	app_free(s->app);
	textbuf_free(&s->sentences);
	textbuf_free(&s->scratch);
}

int sheets_write(struct source *source, const struct sheets_about *about,
	struct sheets_bounds bounds, const char *nonce, struct textbuf *out)
{
	size_t before = out->len, kept;
	int error;

	for (;; bounds.moments /= 2) {
		struct sheets s = {.source = source, .bounds = bounds};

		begin(&s, about);
		error = go_through(&s);
		if (!error)
			write_page(&s, about, nonce, out);
		kept = s.kept;
		end(&s);
		if (error || out->len - before <= bounds.bytes || kept <= KEPT_LEAST)
			return error;
		out->len = before;
		out->bytes[before] = 0;
	}
}
