/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts and lines of which the graph of waits is made. */
#include "waits_fill.h"

#include "twintop/draw/panes.h"
#include "twintop/model/names.h"
#include "twintop/model/wait_words.h"

const char *waits_keep(struct sheet *s, struct textbuf *text)
{
	const char *kept = arena_copy(&s->arena, text->len ? text->bytes : "", text->len);

	textbuf_free(text);
	return kept;
}

/* "4250 left", "B 4251 right" where there are two sides. */
static void add_name(const struct snapshot *s, const struct wait_link *link, bool known, bool brief,
	struct textbuf *out)
{
	const struct thread t = thread_at(known ? s->side[link->side].threads : NULL, link->index);

	if (s->sides == 2 && known)
		textbuf_addf(out, "%c ", link->side ? 'B' : 'A');
	textbuf_addf(out, "%d", (int)link->tid);
	if (!t.self || brief)
		return;
	textbuf_adds(out, " ");
	text_name(out, thread_name(&t));
}

const char *waits_name(
	const struct waits_filling *f, const struct wait_node *n, const char *before, bool brief)
{
	struct textbuf text = {0};

	textbuf_adds(&text, before);
	add_name(f->s, &n->link, n->known, brief, &text);
	return waits_keep(f->sheet, &text);
}

const char *waits_object(
	const struct waits_filling *f, unsigned side, const struct thread *t, bool brief)
{
	struct textbuf text = {0};

	textbuf_adds(&text, "→ ");
	wait_words_object(f->s, side, t, brief, &text);
	return waits_keep(f->sheet, &text);
}

const char *waits_since(const struct waits_filling *f, unsigned side, const struct thread *t)
{
	struct textbuf text = {0};

	wait_words_since(f->s, side, t, &text);
	return waits_keep(f->sheet, &text);
}

const char *waits_way(
	const struct waits_filling *f, unsigned side, const struct thread *t, size_t most)
{
	struct textbuf text = {0};

	waits_way_print(f->s, side, t, most, &text);
	return waits_keep(f->sheet, &text);
}

/* Of the line that was added last. */
void waits_put_place(struct waits_filling *f, struct waits_place place)
{
	while (f->p->place.n + 1 < f->sheet->line.n)
		VEC_PUSH(&f->p->place, (struct waits_place){.of = WAITS_OF_NOTHING});
	VEC_PUSH(&f->p->place, place);
}

void waits_set_place(struct waits_filling *f, unsigned side, pid_t tid)
{
	waits_put_place(f, (struct waits_place){.of = WAITS_OF_THREAD, .side = side, .id = tid});
}

void waits_add_more(struct waits_filling *f, size_t n, const char *before)
{
	struct sheet_line *line = sheet_add(f->sheet, f->layout);

	line->text[WAITS_THREAD] = sheet_text(f->sheet, "%s… %zu more", before, n);
	line->style[WAITS_THREAD] = STYLE_DIM;
	line->explain = "Others that wait for the same thread.";
}
