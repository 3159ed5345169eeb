/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_SCREEN_SCREEN_INTERNAL_H
#define TWINTOP_SRC_SCREEN_SCREEN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "twintop/screen/run.h"

/* ---- tty.c: what the screen is drawn on ------------------------------------ */

/* Takes the terminal over. 0, -ENOTTY, or -ENODEV where TERM is unknown or cannot move a cursor. */
int tty_open(const struct run_options *options);
void tty_close(void); /* gives it back; fine when not open */
void tty_size(int *ret_w, int *ret_h);
void tty_resized(void); /* after SIGWINCH */
void tty_blit(const struct canvas *c);
/* What happened, in whole lines of printable text, where lines are told: before the next blit. */
void tty_tell(const char *lines);
/* Whether what is written now goes to the terminal, not stopped by Ctrl-S or its reader. */
bool tty_takes_output(void);
void tty_redraw(void); /* the next blit writes every cell */
/*
 * Asks the terminal to put the bytes into its clipboard (OSC 52); it does not say whether it did.
 * 0, -EAGAIN (it takes no output now), -EOPNOTSUPP (one of its name has no clipboard).
 */
int tty_copy(struct text bytes);
/* Whether a terminal of this name may print what it does not know. */
bool tty_prints_unknown(void);
/* In the background: stops this process until it is brought to the foreground. */
void tty_await(void);
/* Gives the terminal back and stops this process as Ctrl-Z does; it is asleep when continued. */
void tty_stop(void);
/* Whether the terminal is not ours: nothing is read from it or drawn until tty_continued. */
bool tty_asleep(void);
/*
 * After SIGCONT: the modes and the whole screen anew. In the background it falls asleep and stops
 * once more; signals that came with the one that continued it have been taken by then.
 */
void tty_continued(void);

/* A button is pressed, moved along while it is held, and let go. */
enum tty_event {
	TTY_NOTHING,
	TTY_KEY,
	TTY_CLICK,
	TTY_DRAG,
	TTY_DROP,
	TTY_END /* no key comes any more */
};
struct tty_input {
	enum tty_event event;
	uint32_t key;
	int x, y;
};
/* Whether all keys come as they are: Ctrl-C, Ctrl-Z, Ctrl-S and the like as well. */
void tty_raw(bool on);
/* The next input that is there, never waiting. */
struct tty_input tty_input(void);
/*
 * Whether a key may be held that turns out to be one when nothing follows it: tty_input() is asked
 * again soon then, though nothing came.
 */
bool tty_holds(void);
/* Bytes that were read of the terminal beside tty_input(): they come from it next. */
void tty_unread(const char *bytes, size_t n);

/* Whether the terminal may be changed: in the background that would stop us (SIGTTOU). */
bool tty_in_foreground(void);

/* One way to draw and to read keys; each function is that of tty_* of its name. */
struct tty_ops {
	int (*open)(const struct run_options *options);
	void (*close)(void);
	void (*size)(int *ret_w, int *ret_h);
	void (*resized)(void);
	void (*blit)(const struct canvas *c);
	void (*tell)(const char *lines); /* NULL: a screen shows it */
	void (*redraw)(void);
	void (*raw)(bool on);
	struct tty_input (*input)(void);
	bool (*holds)(void); /* NULL: never */
	void (*unread)(const char *bytes, size_t n);
	void (*stop)(void);
	bool (*asleep)(void);
	void (*continued)(void);
};
extern const struct tty_ops tty_curses; /* curses.c: with pens.c the only users of curses */
extern const struct tty_ops tty_linear; /* linear.c: lines of text */

/* ---- sync.c ---------------------------------------------------------------- */

#define SYNC_END "\033[?2026l"
/* Asks whether it has synchronized output; the answer comes as input, whenever it does. */
void sync_ask(void);
/* Whether the answer may be on its way still. */
bool sync_awaits(void);
/* Whether it has been asked for and has not come, however long ago. */
bool sync_unanswered(void);
/* The answer: the mode as DECRPM tells it, 0 to 4. */
void sync_answer(unsigned mode);
bool sync_has(void);
/* Around a frame: nothing where the terminal has it not. An end that could not be written is kept.
 */
void sync_begin(void);
void sync_end(void);

/* ---- signals.c ------------------------------------------------------------ */

/* Bits of what came since the last look. */
#define SIGNALS_END    1u /* INT, TERM, HUP, QUIT */
#define SIGNALS_RESIZE 2u
#define SIGNALS_STOP   4u
#define SIGNALS_CONT   8u
#define SIGNALS_CHILD  16u

/* Directs signals into a pipe whose end is readable then. 0 or negative errno. */
int signals_open(void);
void signals_close(void); /* restores what was set before */
int signals_fd(void);
unsigned signals_take(void);
/*
 * What a crash must write to fd to give the terminal back, and the modes it had; copied. Without
 * effect before the call and after signals_crash_disarm.
 */
struct termios;
void signals_crash_arm(int fd, const char *bytes, size_t len, const struct termios *modes);
void signals_crash_disarm(void);
/* Begins our end as leave_begin() does, stopped output or not. Async-signal-safe. */
void signals_leave(int number);
/* Lets the terminal take output that Ctrl-S stopped. Async-signal-safe. */
void signals_start_output(int fd);
/* The same from normal context: restores at once, and waits for nobody. Async-signal-safe. */
void signals_crash_restore(void);

/* ---- stall.c --------------------------------------------------------------- */

/* Until stall_end(), keys are looked at though we wait in a write: `q` ends us where it would. */
void stall_guard(bool q_quits);
void stall_end(void);

#endif
