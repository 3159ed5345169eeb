/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person of a house does, in words. */
#include <string.h>

#include "twintop/model/house.h"
#include "twintop/model/wait_ends.h"
#include "twintop/model/wait_words.h"

/* " in B": whence the post comes, or whither it goes; nothing where nobody watched has that end. */
static void add_ends(
	const struct snapshot *s, unsigned side, const struct wait *w, struct textbuf *out)
{
	struct wait_ends ends;

	if (!wait_ends_of(s, side, w, &ends) || !ends.n || ends.end[0].side == side)
		return;
	textbuf_addf(out, ", %s %c", ends.reads ? "from" : "to", ends.end[0].side ? 'B' : 'A');
}

/* Without the offset of an address behind a name: "queue+0x8". */
static void add_cut(const struct textbuf *text, struct textbuf *out)
{
	const char *offset = strstr(text->bytes, "+0x");

	textbuf_add(out, text->bytes, offset ? (size_t)(offset - text->bytes) : text->len);
}

/* What it waits for; in a lecture a lock without a name is a lock. */
static void add_object(const struct snapshot *s, unsigned side, const struct thread *t,
	enum person_words words, struct textbuf *out)
{
	const struct wait w = wait_of(t);
	struct textbuf text = {0};
	const struct symbol *symbol = symbol_list_find(s->side[side].symbols, w.address);

	if (words == PERSON_LECTURE && w.address && (!symbol || symbol->gap))
		textbuf_adds(out, wait_row(w.kind)->brief);
	else
		wait_words_object(s, side, t, words != PERSON_FULL, &text);
	if (text.len && words == PERSON_LECTURE)
		add_cut(&text, out);
	else
		textbuf_add(out, text.len ? text.bytes : "", text.len);
	textbuf_free(&text);
}

static void tell_door(const struct snapshot *s, unsigned side, const struct thread *t,
	enum person_words words, struct textbuf *out)
{
	const struct wait w = wait_of(t);

	textbuf_adds(out, words != PERSON_FULL ? "door " : "at the locked door of ");
	add_object(s, side, t, words, out);
	if (w.owner && w.owner == t->self->tid)
		textbuf_adds(
			out, words != PERSON_FULL ? ", key: itself" : ", and has the key itself");
	else if (w.owner && words != PERSON_FULL)
		textbuf_addf(out, ", key %d", (int)w.owner);
	else if (w.owner)
		textbuf_addf(out, ": thread %d has the key", (int)w.owner);
	else if (words == PERSON_FULL && wait_row(w.kind)->has & WAIT_HAS_HOLDER)
		textbuf_adds(out, ": who has the key is not known");
}

static void tell_awake(const struct thread *t, enum person_words words, struct textbuf *out)
{
	textbuf_addf(out, "awake, %s %d", words != PERSON_FULL ? "CPU" : "on CPU, or ready for CPU",
		t->run->processor);
}

static void tell_blocked(const struct thread *t, enum person_words words, struct textbuf *out)
{
	enum value_state state = thread_source_state(t, THREAD_SYSCALL);
	const char *reason = value_state_reason(state);

	if (words != PERSON_FULL)
		textbuf_addf(out, "waits, for ?: %s",
			state == VALUE_DENIED ? "hidden" : value_state_name(state));
	else
		textbuf_addf(out, "%s%s%s", person_info(PERSON_BLOCKED)->words, reason ? ": " : "",
			reason ? reason : "");
}

void person_tell(const struct snapshot *s, unsigned side, size_t i, enum person_words words,
	struct textbuf *out)
{
	const struct thread t = thread_at(s->side[side].threads, i);
	enum person_state state;
	struct wait w;

	if (!t.self)
		return;
	state = person_state_of(&t);
	w = wait_of(&t);
	switch (state) {
	case PERSON_AWAKE:
		tell_awake(&t, words, out);
		return;
	case PERSON_AT_DOOR:
		tell_door(s, side, &t, words, out);
		return;
	case PERSON_AT_BOX:
		textbuf_adds(out, words != PERSON_FULL ? "letter box: " : "at the letter box: ");
		add_object(s, side, &t, words, out);
		add_ends(s, side, &w, out);
		return;
	case PERSON_AT_BELL:
		textbuf_adds(out, words != PERSON_FULL ? "bell: " : "waits for the bell: ");
		add_object(s, side, &t, words, out);
		if (w.kind == WAIT_JOIN && w.owner)
			textbuf_addf(out, " of %d", (int)w.owner);
		return;
	case PERSON_ASLEEP:
		textbuf_adds(out, "asleep");
		if (w.kind != WAIT_NOTHING) {
			textbuf_adds(out, ": ");
			add_object(s, side, &t, PERSON_FULL, out);
		}
		return;
	case PERSON_BLOCKED:
		tell_blocked(&t, words, out);
		return;
	default:
		textbuf_adds(out, person_info(state)->words);
	}
}
