/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells a family's members apart: of each the part of its command line that is its own. */
#include "family_titles.h"

#include <string.h>

#include "family_internal.h"
#include "twintop/base/clock.h"
#include "twintop/proc/helper.h"

#define WORDS_MOST 512u
#define TITLE_MOST 64u /* bytes … */
#define HEAD_MOST  32u /* … of which the first word has so many where not all is told */
#define LINE_MOST  65536u
#define READS_MOST 64u /* lines that one read of the family reads */
/* A line is read anew where its process has run since, or else so seldom. */
#define STIRRED_NS 1000000000u
#define CALM_NS	   10000000000u
#define LOCK_NS	   200000000u /* its memory is waited for so long */

struct words {
	size_t n;
	struct text word[WORDS_MOST];
};

/* ---- a line ------------------------------------------------------------------ */

static void add_word(struct words *w, const char *bytes, size_t len)
{
	while (len && bytes[len - 1] == ' ')
		len--;
	if (w->n < WORDS_MOST)
		w->word[w->n++] = (struct text){bytes, len};
}

/* Arguments; or words of one argument, which some write in place of all. */
static void split(struct text line, char end, struct words *ret)
{
	ret->n = 0;
	for (size_t at = 0; at < line.len;) {
		const char *begin = line.bytes + at;
		const char *stop = memchr(begin, end, line.len - at);
		size_t len = stop ? (size_t)(stop - begin) : line.len - at;

		add_word(ret, begin, len);
		at += len + 1;
	}
	while (ret->n && !ret->word[ret->n - 1].len)
		ret->n--;
}

static bool is_path(struct text word)
{
	return word.len && word.bytes[0] == '/';
}

static void split_line(struct text line, struct words *ret)
{
	split(line, '\0', ret);
	if (ret->n == 1 && is_path(ret->word[0]))
		split(ret->word[0], ' ', ret);
}

static bool has_word(const struct words *w, struct text word)
{
	for (size_t i = 0; i < w->n; i++)
		if (text_equal(w->word[i], word))
			return true;
	return false;
}

/* The program itself, whose name stands beside; a title is none. */
static bool is_name(const struct words *w, size_t i, struct text comm)
{
	struct text word = w->word[i];

	if (text_equal(text_basename(word), comm))
		return true;
	return !i && (is_path(word) || !memchr(word.bytes, ' ', word.len));
}

/* So many bytes at most, no character of UTF-8 cut in two. */
static struct text cut(struct text word, size_t most)
{
	if (word.len <= most)
		return word;
	while (most && ((unsigned char)word.bytes[most] & 0xc0) == 0x80)
		most--;
	return (struct text){word.bytes, most};
}

static struct text end_of(struct text word, size_t most)
{
	size_t at = word.len > most ? word.len - most : 0;

	while (at && at < word.len && ((unsigned char)word.bytes[at] & 0xc0) == 0x80)
		at++;
	return (struct text){word.bytes + at, word.len - at};
}

static void join(const struct words *w, size_t from, struct textbuf *out)
{
	for (size_t i = from; i < w->n; i++) {
		if (i > from)
			textbuf_adds(out, " ");
		textbuf_add(out, w->word[i].bytes, w->word[i].len);
	}
}

/* The first word and as many of the last ones as there is room for. */
static void join_ends(const struct words *w, struct textbuf *out)
{
	struct text head = cut(w->word[0], w->n > 1 ? HEAD_MOST : TITLE_MOST);
	size_t room = TITLE_MOST - head.len, from = w->n;

	while (from > 1 && w->word[from - 1].len < room)
		room -= w->word[--from].len + 1;
	textbuf_add(out, head.bytes, head.len);
	if (from > 1 || head.len < w->word[0].len)
		textbuf_adds(out, "…");
	if (from < w->n) {
		textbuf_adds(out, " ");
		join(w, from, out);
	} else if (w->n > 1) {
		struct text tail = end_of(w->word[w->n - 1], room);

		textbuf_add(out, tail.bytes, tail.len);
	}
}

void family_title_make(struct text comm, struct text line, struct text parents, struct textbuf *out)
{
	struct words words, above, own = {0};
	size_t len = 0;

	split_line(line, &words);
	split_line(parents, &above);
	for (size_t i = 0; i < words.n; i++) {
		if (!words.word[i].len || has_word(&above, words.word[i]) ||
			is_name(&words, i, comm))
			continue;
		own.word[own.n++] = words.word[i];
		len += words.word[i].len + 1;
	}
	if (!own.n)
		return;
	if (len <= TITLE_MOST + 1)
		join(&own, 0, out);
	else
		join_ends(&own, out);
}

/* ---- the members' ----------------------------------------------------------------- */

static void free_title(struct family_title *t)
{
	textbuf_free(&t->line);
	textbuf_free(&t->title);
}

void family_titles_free(struct family_titles *t)
{
	for (size_t i = 0; i < t->n; i++)
		free_title(&t->item[i]);
	VEC_FREE(t);
}

/* That of an identity, near the place where it was, taken out; zeroed: it is new. */
static struct family_title take(struct family_titles *t, struct task_id id, size_t *near)
{
	struct family_title found = {.id = id, .state = VALUE_UNREAD};

	for (size_t n = 0; n < t->n; n++) {
		size_t i = (*near + n) % t->n;

		if (!task_id_equal(t->item[i].id, id))
			continue;
		*near = i + 1;
		found = t->item[i];
		t->item[i] = (struct family_title){0};
		break;
	}
	return found;
}

/* Whether it may have another line than when it was read last. */
static bool is_due(const struct family_title *t, const struct member *m, uint64_t now)
{
	bool moved = t->moves.cpu_ticks != m->moves.cpu_ticks ||
		     t->moves.faults != m->moves.faults || t->execed != m->execed;

	return !t->read_ns || now - t->read_ns >= (moved ? STIRRED_NS : CALM_NS);
}

static void read_line(const struct family_reader *r, const struct member *m, struct family_title *t)
{
	int error;

	textbuf_clear(&t->line);
	error = helper_read_file(r->context.root, LOCK_NS, &t->line, m->id.pid, "cmdline");
	if (t->line.len > LINE_MOST)
		t->line.len = LINE_MOST;
	t->state = value_state_of_error(error);
	t->moves = m->moves;
	t->execed = m->execed;
	t->read_ns = clock_monotonic_ns();
	t->anew = true;
}

static const struct family_title *find(const struct family_titles *t, struct task_id id)
{
	for (size_t i = 0; i < t->n; i++)
		if (task_id_equal(t->item[i].id, id))
			return &t->item[i];
	return NULL;
}

static void make_title(
	const struct family_titles *all, const struct member *m, struct family_title *t)
{
	const struct family_title *above = find(all, m->parent_id);
	struct text parents =
		above ? (struct text){above->line.bytes, above->line.len} : text_of(NULL);

	t->anew = false;
	textbuf_clear(&t->title);
	family_title_make(m->comm, (struct text){t->line.bytes, t->line.len}, parents, &t->title);
}

static void hand_title(struct family *f, const struct family_title *t, struct member *m)
{
	m->title_state = t->state;
	m->title = (struct text){
		arena_copy(&f->part.arena, t->title.len ? t->title.bytes : "", t->title.len),
		t->title.len};
}

void family_read_titles(struct family_reader *r, struct family *f, struct family_members *list)
{
	uint64_t now = clock_monotonic_ns();
	struct family_titles titles = {0};
	size_t near = 0, reads = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct member *m = &list->item[i];
		struct family_title t = take(&r->titles, m->id, &near);

		if (!m->ended && is_due(&t, m, now) && reads++ < READS_MOST)
			read_line(r, m, &t);
		else if (m->ended && !t.read_ns)
			t.state = VALUE_GONE;
		VEC_PUSH(&titles, t);
	}
	for (size_t i = 0; i < list->n; i++) {
		if (titles.item[i].anew)
			make_title(&titles, &list->item[i], &titles.item[i]);
		hand_title(f, &titles.item[i], &list->item[i]);
	}
	family_titles_free(&r->titles);
	r->titles = titles;
}
