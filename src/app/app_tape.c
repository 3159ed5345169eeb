/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings that begin and end while one watches. */
#include <string.h>
#include <time.h>

#include "app_internal.h"
#include "twintop/base/privilege.h"
#include "twintop/base/units.h"

#define PROMPT_LABEL " record to: "
#define PROMPT_HINT  "  Enter: begins with what history holds, Esc: not"

/* What a name may hold that no shell and no reader of a list minds. */
static bool is_harmless(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '.' || c == '_' || c == '-';
}

/* "twintop-fork-cow-4242-20261127-140322.twin": one that hardly is there already. */
static void suggest(const struct app *a, struct textbuf *out)
{
	const struct snapshot *s = a->latest->snapshot;
	const struct side *side = &s->side[0];
	time_t seconds = (time_t)(s->realtime_ns / SECOND_NS);
	struct text name = s->sides && side->info ? side->info->comm : text_of("nobody");
	char text[32];
	struct tm parts;

	textbuf_adds(out, "twintop-");
	for (size_t i = 0; i < name.len; i++)
		textbuf_add(out, is_harmless(name.bytes[i]) ? &name.bytes[i] : "_", 1);
	textbuf_addf(out, "-%ld", s->sides ? (long)side->id.pid : 0);
	if (localtime_r(&seconds, &parts) && strftime(text, sizeof text, "-%Y%m%d-%H%M%S", &parts))
		textbuf_adds(out, text);
	textbuf_adds(out, ".twin");
}

void app_tape_toggle(struct app *a)
{
	struct textbuf name = {0};

	if (!a->options.tapes) {
		app_message(a, "nothing is recorded here: that is done where it is watched");
	} else if (a->tape.state == TAPE_ON) {
		app_ask(a, (struct app_request){.kind = REQUEST_RECORD, .on = false});
	} else if (privilege_raised()) {
		app_message(a, "not recorded: twintop has rights beyond yours and writes no files "
			       "with them");
	} else if (a->latest) {
		suggest(a, &name);
		a->typing = TYPING_RECORD;
		prompt_begin(&a->prompt, name.bytes);
	}
	textbuf_free(&name);
}

void app_tape_key(struct app *a, uint32_t key)
{
	enum prompt_answer answer = prompt_key(&a->prompt, key);

	if (answer == PROMPT_TYPING)
		return;
	a->typing = TYPING_NONE;
	if (answer == PROMPT_CANCELLED)
		return;
	if (a->prompt.text.len)
		app_ask(a, (struct app_request){.kind = REQUEST_RECORD, .on = true});
	else
		app_message(a, "not recorded: give the name of a file");
}

void app_draw_tape_prompt(const struct app *a, struct canvas *c, struct rect line)
{
	int x;

	prompt_draw(&a->prompt, c, line, PROMPT_LABEL);
	x = c->cursor_x + 1;
	if (x + canvas_width(c, PROMPT_HINT) < line.x + line.w)
		canvas_text(c, x, line.y, line.x + line.w - x, STYLE_DIM, PROMPT_HINT);
}

const char *app_tape_path(const struct app *a)
{
	return prompt_text(&a->prompt);
}

const struct history *app_history(const struct app *a)
{
	return &a->history;
}

void app_tape_words(const struct tape_look *tape, struct textbuf *out)
{
	char units[UNITS_MAX];
	uint64_t seconds = tape->span_ns / SECOND_NS;

	textbuf_clear(out);
	if (tape->state == TAPE_FAILED)
		textbuf_adds(out, "rec failed");
	if (tape->state != TAPE_ON)
		return;
	if (seconds < 60)
		textbuf_addf(out, "rec %us", (unsigned)seconds);
	else
		textbuf_addf(out, "rec %s", units_time(units, seconds * SECOND_NS));
	textbuf_addf(out, " %s", units_bytes(units, tape->bytes));
}

bool app_tape(struct app *a, const struct tape_look *tape)
{
	struct textbuf before = {0}, now = {0};
	bool anew;

	app_tape_words(&a->tape, &before);
	app_tape_words(tape, &now);
	anew = before.len != now.len || (now.len && strcmp(before.bytes, now.bytes) != 0);
	a->tape = *tape;
	textbuf_free(&before);
	textbuf_free(&now);
	return anew;
}
