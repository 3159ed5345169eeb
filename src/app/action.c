/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/action.h"

#include <stdio.h>

#include "twintop/base/text.h"
#include "twintop/view/view.h"

#define CTRL(letter) ((letter)&0x1f)

/* clang-format off */
const struct action_row action_table[] = {
	{ ACTION_STEP_BACK, SCOPE_PAUSED, "step-back", { KEYS_LEFT }, "",
		"Step to the moment before the shown one." },
	{ ACTION_STEP_FORWARD, SCOPE_PAUSED, "step-forward", { KEYS_RIGHT }, "step in time",
		"Step to the moment after the shown one." },
	{ ACTION_OLDEST, SCOPE_PAUSED, "oldest", { KEYS_HOME }, NULL,
		"Go to the oldest moment that is kept." },
	{ ACTION_LIVE, SCOPE_PAUSED, "live", { KEYS_END }, "live",
		"Return to live data; in a recording, go to its last moment." },
	{ ACTION_TIME_BAR, SCOPE_PAUSED, "go-to-time", { 't' }, "time",
		"Go to a time: -12s, -1m30s (so long before the newest moment) or 14:03:22." },
	{ ACTION_STEP_ON, SCOPE_STEP, "step-on", { KEYS_ENTER, '>' }, "next step",
		"Let a demo that waits go on with its step." },
	{ ACTION_SEND_ENTER, SCOPE_LAUNCHED, "send-enter", { '>' }, "send Enter",
		"Send Enter to the launched program." },
	{ ACTION_TYPE, SCOPE_LAUNCHED, "type", { 'i' }, "type",
		"Type into the launched program: every key but Ctrl-] goes to it, Ctrl-C and "
		"Ctrl-Z, too." },
	{ ACTION_MARK, SCOPE_THREAD, "mark", { KEYS_ENTER }, "mark",
		"Mark that thread as A; marking a second one watches the two as A and B." },
	{ ACTION_WATCH_B, SCOPE_MEMBER, "watch-b", { KEYS_ENTER, 'P' }, "as B",
		"Watch the selected process as B, beside A; o shows its details." },
	{ ACTION_WATCH_A, SCOPE_MEMBER, "watch-a", { 'p' }, "as A",
		"Watch the selected process as A." },
	{ ACTION_FOLLOW_EVENT, SCOPE_EVENT, "follow-event", { KEYS_ENTER, 'o' }, "go there",
		"Make the two that the event concerns A and B; else show its moment." },
	{ ACTION_PAST, SCOPE_PAST, "mark-again", { 'm' }, "mark anew",
		"Mark the moment that is shown instead: B is A as it is there." },
	{ ACTION_PRESENT, SCOPE_PAST, "former-b", { 'M' }, "former B",
		"Take the past away again: B is who it was before." },
	{ ACTION_SIDE, SCOPE_ALL, "side", { KEYS_TAB }, "side",
		"Go to the other side: A left, B right." },
	{ ACTION_DETAIL, SCOPE_ALL, "detail", { KEYS_ENTER, 'o' }, "detail",
		"Show every field of the selected row, A and B side by side." },
	{ ACTION_SEARCH, SCOPE_ALL, "search", { '/', KEYS_F3 }, "search",
		"Search for text and go to the first row that holds it." },
	{ ACTION_SEARCH_NEXT, SCOPE_ALL, "search-next", { 'n' }, NULL,
		"Go to the next row that holds the searched text." },
	{ ACTION_FILTER, SCOPE_ALL, "filter", { 'f', KEYS_F4 }, "filter",
		"Show only the rows that hold a text; an empty one shows all." },
	{ ACTION_DIFFER, SCOPE_ALL, "differ", { 'D' }, "differing",
		"Show only the rows in which A and B differ, or all rows again." },
	{ ACTION_PAUSE, SCOPE_ALL, "pause", { ' ', 'Z' }, "pause",
		"Hold the screen still, or go on with live data; reading continues meanwhile. A "
		"recording plays, or stands still." },
	{ ACTION_SORT, SCOPE_ALL, "sort", { 's' }, "sort",
		"Sort by the next column; after the last one, natural order again." },
	{ ACTION_SORT_REVERSE, SCOPE_ALL, "sort-reverse", { 'I' }, NULL,
		"Turn the sorting order round." },
	{ ACTION_EXPLAIN, SCOPE_ALL, "explain", { 'e' }, "explain",
		"Explain the selected cell in plain words: what it is now, why it matters, who says so." },
	{ ACTION_GLOSSARY, SCOPE_ALL, "glossary", { 'G' }, NULL,
		"Open the glossary of terms, fields, signs and colours; / searches in it." },
	{ ACTION_TEXTBOOK, SCOPE_ALL, "textbook", { 'T' }, NULL,
		"The process-versus-thread table of every textbook, measured on A and B." },
	{ ACTION_LECTURE, SCOPE_ALL, "lecture", { 'L' }, "lecture",
		"Lecture mode: key figures in large digits, words for codes, a large legend." },
	{ ACTION_QUESTION, SCOPE_ALL, "question", { 'Q' }, "question",
		"Ask the audience: hide B, or what the next step does, until a guess is typed." },
	{ ACTION_STEP_BACK, SCOPE_ALL, "pause-step-back", { '[' }, NULL,
		"Pause if need be and step back in time." },
	{ ACTION_STEP_FORWARD, SCOPE_ALL, "pause-step-forward", { ']' }, NULL,
		"Pause if need be and step forward in time." },
	{ ACTION_LEAP_BACK, SCOPE_ALL, "pause-leap-back", { '(' }, NULL,
		"Pause if need be and go ten moments back in time." },
	{ ACTION_LEAP_FORWARD, SCOPE_ALL, "pause-leap-forward", { ')' }, NULL,
		"Pause if need be and go ten moments forward in time." },
	{ ACTION_EVENT_BACK, SCOPE_ALL, "previous-event", { '{' }, NULL,
		"Pause if need be and go back to the event before." },
	{ ACTION_EVENT_FORWARD, SCOPE_ALL, "next-event", { '}' }, NULL,
		"Go forward to the next event." },
	{ ACTION_TIME_BAR, SCOPE_ALL, "time-bar", { 't' }, NULL,
		"Show the time bar, and go to a time that is typed; t once more, or Enter, switches "
		"the bar on or off for live data. While paused it is always there." },
	{ ACTION_HELP, SCOPE_ALL, "help", { '?', 'h', KEYS_F1 }, "help",
		"Show all keys." },
	{ ACTION_PALETTE, SCOPE_ALL, "palette", { ':' }, NULL,
		"Open the palette: all actions and views, to be found by a few letters of their names, "
		"with their keys." },
	{ ACTION_QUIT, SCOPE_ALL, "quit", { 'q', KEYS_F10 }, "quit",
		"Leave twintop; the watched processes go on." },
	{ ACTION_CHOOSE_A, SCOPE_ALL, "choose-a", { 'p' }, NULL,
		"Choose the process of side A from the tree of processes." },
	{ ACTION_CHOOSE_B, SCOPE_ALL, "choose-b", { 'P' }, NULL,
		"Choose the process of side B from the tree of processes." },
	{ ACTION_PAST, SCOPE_ALL, "own-past", { 'm' }, NULL,
		"Mark the moment that is shown: from now on B is A as it is there, and what has grown, "
		"changed, come or gone since stands beside it." },
	{ ACTION_SWAP, SCOPE_ALL, "swap", { 'x' }, "swap",
		"Exchange A and B; in a recording at all its moments." },
	{ ACTION_DISMISS, SCOPE_ALL, "dismiss", { 'd' }, NULL,
		"Remove the rows of what has ended." },
	{ ACTION_FASTER, SCOPE_ALL, "faster", { '+', '=' }, NULL,
		"Sample more often; a recording plays faster." },
	{ ACTION_SLOWER, SCOPE_ALL, "slower", { '-', '_' }, NULL,
		"Sample less often; a recording plays more slowly." },
	{ ACTION_SAVE_SVG, SCOPE_ALL, "save-svg", { 'S' }, NULL,
		"Save the view as a picture, twintop-1.svg, in this folder." },
	{ ACTION_COPY, SCOPE_ALL, "copy", { 'y' }, NULL,
		"Copy the selected cell, in details and other panels all their text, to the clipboard of "
		"the terminal (OSC 52). Whether it takes it, a terminal does not say." },
	{ ACTION_RECORD, SCOPE_ALL, "record", { 'r' }, NULL,
		"Record to a file from what history holds on, or end that: twintop replay FILE tells it "
		"again." },
	{ ACTION_VIEW_NEXT, SCOPE_ALL, "next-view", { 'v' }, NULL,
		"Go to the next view." },
	{ ACTION_VIEW_PREVIOUS, SCOPE_ALL, "previous-view", { 'V', KEYS_BACK_TAB }, NULL,
		"Go to the previous view." },
	{ ACTION_UP, SCOPE_ALL, "up", { KEYS_UP, 'k', KEYS_WHEEL_UP }, NULL,
		"Go one row up." },
	{ ACTION_DOWN, SCOPE_ALL, "down", { KEYS_DOWN, 'j', KEYS_WHEEL_DOWN }, NULL,
		"Go one row down." },
	{ ACTION_LEFT, SCOPE_ALL, "left", { KEYS_LEFT }, NULL,
		"Go to the column or cell on the left." },
	{ ACTION_RIGHT, SCOPE_ALL, "right", { KEYS_RIGHT }, NULL,
		"Go to the column or cell on the right." },
	{ ACTION_PAGE_UP, SCOPE_ALL, "page-up", { KEYS_PAGE_UP, CTRL('B') }, NULL,
		"Go one screenful up." },
	{ ACTION_PAGE_DOWN, SCOPE_ALL, "page-down", { KEYS_PAGE_DOWN, CTRL('F') }, NULL,
		"Go one screenful down." },
	{ ACTION_HOME, SCOPE_ALL, "home", { KEYS_HOME, 'g' }, NULL,
		"Go to the first row." },
	{ ACTION_END, SCOPE_ALL, "end", { KEYS_END }, NULL,
		"Go to the last row." },
	{ ACTION_BACK, SCOPE_ALL, "back", { KEYS_ESCAPE }, "close",
		"Close what is open: panel, prompt, help; else clear the filter." },
	{ ACTION_REDRAW, SCOPE_ALL, "redraw", { CTRL('L') }, NULL,
		"Draw the whole screen anew." },
	{ ACTION_UP, SCOPE_CHOOSER, "chooser-up", { KEYS_UP, KEYS_BACK_TAB }, "",
		"Go to the process above." },
	{ ACTION_DOWN, SCOPE_CHOOSER, "chooser-down", { KEYS_DOWN, KEYS_TAB }, "select",
		"Go to the process below." },
	{ ACTION_DETAIL, SCOPE_CHOOSER, "chooser-choose", { KEYS_ENTER }, "choose",
		"Watch the selected process." },
	{ ACTION_FILTER, SCOPE_CHOOSER, "chooser-clear", { CTRL('U') }, "clear",
		"Take away what was typed: all processes." },
	{ ACTION_BACK, SCOPE_CHOOSER, "chooser-close", { KEYS_ESCAPE }, "close",
		"Close the chooser without a choice." },
	{ ACTION_QUIT, SCOPE_CHOOSER, "chooser-quit", { KEYS_F10 }, "quit",
		"Leave twintop; the watched processes go on." },
	{ ACTION_UP, SCOPE_PALETTE, "palette-up", { KEYS_UP, KEYS_BACK_TAB }, "",
		"Go to the row above." },
	{ ACTION_DOWN, SCOPE_PALETTE, "palette-down", { KEYS_DOWN, KEYS_TAB }, "select",
		"Go to the row below." },
	{ ACTION_DETAIL, SCOPE_PALETTE, "palette-do", { KEYS_ENTER }, "do it",
		"Do what is selected, or open that view; of what cannot be done now, say where it can." },
	{ ACTION_FILTER, SCOPE_PALETTE, "palette-clear", { CTRL('U') }, "clear",
		"Take away what was typed: all rows." },
	{ ACTION_BACK, SCOPE_PALETTE, "palette-close", { KEYS_ESCAPE }, "close",
		"Close the palette." },
	{ ACTION_QUIT, SCOPE_PALETTE, "palette-quit", { KEYS_F10 }, "quit",
		"Leave twintop; the watched processes go on." },
	{ ACTION_DETAIL, SCOPE_QUIZ, "question-answer", { KEYS_ENTER }, "answer",
		"Hold the guess against what is measured; without a guess, let a step happen unseen." },
	{ ACTION_QUESTION, SCOPE_QUIZ, "question-next", { KEYS_TAB, 'Q' }, "next question",
		"Ask the next question of this view, or of this step." },
	{ ACTION_BACK, SCOPE_QUIZ, "question-end", { KEYS_ESCAPE }, "show all",
		"Show everything again, and go on where the question had paused." },
	{ ACTION_QUIT, SCOPE_QUIZ, "question-quit", { KEYS_F10 }, "quit",
		"Leave twintop; the watched processes go on." },
	{ ACTION_BACK, SCOPE_TYPING, "type-end", { CTRL(']') }, "end typing",
		"Take the keys back from the launched program; Esc pressed twice does, too." },
};
/* clang-format on */
const size_t action_table_n = sizeof action_table / sizeof *action_table;

enum action action_of_key(uint32_t key, enum action_scope scope)
{
	const struct action_row *row = keymap_find(action_table, action_table_n, key, scope);

	if (row)
		return row->action;
	for (size_t i = 0; key && scope == SCOPE_ALL && i < view_table_n; i++)
		if ((unsigned char)view_table[i]->key == key)
			return ACTION_VIEW(i);
	return ACTION_NONE;
}

const struct action_row *action_find(enum action action)
{
	for (size_t i = 0; i < action_table_n; i++)
		if (action_table[i].action == action)
			return &action_table[i];
	return NULL;
}

const char *action_scope_title(enum action_scope scope)
{
	static const char *const title[SCOPES] = {
		[SCOPE_ALL] = "everywhere",
		[SCOPE_VIEW] = "in a view",
		[SCOPE_PAUSED] = "while paused",
		[SCOPE_LAUNCHED] = "with a launched program",
		[SCOPE_THREAD] = "in a thread's details",
		[SCOPE_MEMBER] = "in the tree of a family",
		[SCOPE_EVENT] = "in the log of events",
		[SCOPE_CHOOSER] = "in the chooser",
		[SCOPE_PALETTE] = "in the palette",
		[SCOPE_QUIZ] = "while a question is asked",
		[SCOPE_TYPING] = "while typing into the program",
		[SCOPE_STEP] = "while a demo's step waits",
		[SCOPE_PAST] = "beside the own past of A",
	};

	return (unsigned)scope < SCOPES ? title[scope] : "";
}

const char *key_title(uint32_t key, char out[8])
{
	static const char *const special[] = {
		[KEYS_UP - KEYS_UP] = "↑",
		[KEYS_DOWN - KEYS_UP] = "↓",
		[KEYS_LEFT - KEYS_UP] = "←",
		[KEYS_RIGHT - KEYS_UP] = "→",
		[KEYS_PAGE_UP - KEYS_UP] = "PgUp",
		[KEYS_PAGE_DOWN - KEYS_UP] = "PgDn",
		[KEYS_HOME - KEYS_UP] = "Home",
		[KEYS_END - KEYS_UP] = "End",
		[KEYS_ENTER - KEYS_UP] = "Enter",
		[KEYS_ESCAPE - KEYS_UP] = "Esc",
		[KEYS_TAB - KEYS_UP] = "Tab",
		[KEYS_BACK_TAB - KEYS_UP] = "S-Tab",
		[KEYS_BACKSPACE - KEYS_UP] = "BkSp",
		[KEYS_DELETE - KEYS_UP] = "Del",
		[KEYS_WHEEL_UP - KEYS_UP] = "wheel↑",
		[KEYS_WHEEL_DOWN - KEYS_UP] = "wheel↓",
	};

	if (key >= KEYS_F1 && key <= KEYS_F10) {
		snprintf(out, 8, "F%u", (unsigned)(key - KEYS_F1 + 1));
		return out;
	}
	if (key >= KEYS_UP && key - KEYS_UP < sizeof special / sizeof *special)
		return special[key - KEYS_UP] ? special[key - KEYS_UP] : "";
	if (key == ' ')
		return "Space";
	if (key < 0x20)
		snprintf(out, 8, "^%c", (char)(key + 0x40));
	else
		out[text_encode(key, out)] = '\0';
	return out;
}
