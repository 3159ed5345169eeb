/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How lifelines look. Included with LIFE or LIFE_EVENT defined, or both; neither is after it.
 * (NAME, utf8, ascii, style, title, words, meaning)
 *   NAME           LIFE_SIGN_NAME is its number
 *   utf8, ascii    its sign, one column
 *   title, words   under a list and in lecture mode; NULL: not there
 * (KIND, utf8, ascii, on_line)
 *   KIND           of the event table; what has no row here is a dot
 *   on_line        it stands on the lifeline of who it happened to
 */
#ifdef LIFE
LIFE(BORN, "┣", '[', STYLE_STRONG, "born", "born", "Here the process was forked.")
LIFE(LIVES, "━", '=', STYLE_NORMAL, NULL, "lives", "The process lives.")
LIFE(ORPHAN, "╍", '-', STYLE_WARN, "orphan", "lives as an orphan",
	"The process lives, and the one that it was born to does not: it is an orphan.")
LIFE(EXITED, "┫", ']', STYLE_GOOD, "exit 0", "ended by itself, with 0",
	"Here the process ended by itself, with code 0.")
LIFE(FAILED, "◆", '#', STYLE_BAD, "other code", "ended with another code",
	"Here the process ended by itself, with another code than 0.")
LIFE(KILLED, "✗", 'X', STYLE_BAD, "killed", "killed by a signal",
	"Here a signal ended the process.")
LIFE(ENDED, "┤", ')', STYLE_WARN, "ended", "ended, how is not known",
	"Here the process ended; nobody but its parent was told how.")
LIFE(ZOMBIE, "░", 'z', STYLE_WARN, "zombie", "a zombie: its parent has not waited",
	"The process has ended and its parent has not waited for it: a zombie.")
LIFE(BEFORE, "◂", '<', STYLE_DIM, NULL, NULL, "The process was there before what is shown.")
LIFE(SOME, "2", '2', STYLE_STRONG, NULL, NULL,
	"So many things happened in the time of this column, up to 9.")
LIFE(MANY, "+", '+', STYLE_STRONG, NULL, NULL,
	"Ten things or more happened in the time of this column.")
#undef LIFE
#endif
#ifdef LIFE_EVENT
LIFE_EVENT(FORK, "┳", 'F', true)
LIFE_EVENT(EXEC, "E", 'E', true)
LIFE_EVENT(EXIT, "x", 'x', false)
LIFE_EVENT(NEW_SIBLING, "b", 'b', false)
LIFE_EVENT(THREAD, "t", 't', true)
LIFE_EVENT(THREAD_EXIT, "u", 'u', true)
LIFE_EVENT(COMM, "N", 'N', true)
LIFE_EVENT(ZOMBIE, "Z", 'Z', false)
LIFE_EVENT(REAPED, "r", 'r', false)
LIFE_EVENT(REPARENTED, "P", 'P', true)
LIFE_EVENT(STOPPED, "S", 'S', true)
LIFE_EVENT(CONTINUED, "C", 'C', true)
LIFE_EVENT(TRACED, "T", 'T', true)
LIFE_EVENT(UNTRACED, "U", 'U', true)
LIFE_EVENT(FIRST_COPY, "W", 'W', true)
LIFE_EVENT(COPYING, "k", 'k', true)
LIFE_EVENT(COPIES, "w", 'w', true)
LIFE_EVENT(MAPPED, "m", 'm', false)
LIFE_EVENT(UNMAPPED, "n", 'n', false)
LIFE_EVENT(OPENED, "o", 'o', false)
LIFE_EVENT(CLOSED, "c", 'c', false)
LIFE_EVENT(SIGNAL_ACTION, "g", 'g', false)
LIFE_EVENT(STEP, "s", 's', true)
LIFE_EVENT(LOST, "!", '!', false)
#undef LIFE_EVENT
#endif
