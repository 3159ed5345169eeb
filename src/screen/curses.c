/* SPDX-License-Identifier: GPL-2.0-or-later */
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "answer.h"
#include "pens.h"
#include "screen_internal.h"
#include "twintop/base/clock.h"

/* Last: it defines words such as columns as macros. */
#include <term.h>

#define ESCAPE_MS  25	  /* so long after Esc a key that begins with it may go on */
#define ANSWER_MS  100	  /* and while an answer of the terminal is awaited */
#define SYNC_KEY   0x7000 /* what curses calls the answers 0 to 4, beyond all that it has */
#define SYNC_MODES 5u

static struct {
	SCREEN *screen;
	struct termios modes; /* as we found them */
	struct pen pen[STYLES];
	struct canvas *shown; /* what curses was given last; NULL: nothing that still holds */
	bool mouse, drags;    /* it is ours; it tells how the mouse moves with a button held */
	bool anew;	      /* the next frame writes every cell */
	bool asleep;	      /* given back: stopped, or not in the foreground yet */
	bool raw;	      /* all keys come as they are: none of them is a signal */
	char queue[16];	      /* bytes of a key that has no name here, to be handed out */
	size_t queue_at, queue_n;
	struct sync_answer answer;	 /* as far as it came among the keys */
	uint32_t code[ANSWER_KEYS_MOST]; /* that turned out to be none of it, to be handed out */
	size_t code_at, code_n;
	struct tty_input then; /* what comes behind these */
} tty;

/* ---- taking and giving back ---------------------------------------------- */

static void add_capability(char *out, size_t room, const char *name)
{
	const char *text = tigetstr(name);

	if (text && text != (char *)-1 && strlen(out) + strlen(text) < room)
		strcat(out, text);
}

/* Bytes for a crash: normal attributes, cursor, palette, keypad, mouse and screen as before. */
static void arm_crash(void)
{
	static const char *const names[] = {"sgr0", "cnorm", "rmkx", "oc", "rmcup"};
	char bytes[200] = "";

	if (sync_has())
		strcat(bytes, SYNC_END);
	if (tty.mouse)
		strcat(bytes, "\033[?1002l\033[?1006l\033[?1000l");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_capability(bytes, sizeof bytes, names[i]);
	signals_crash_arm(STDOUT_FILENO, bytes, strlen(bytes), &tty.modes);
}

static bool says_true_colour(void)
{
	const char *colorterm = getenv("COLORTERM");

	return colorterm && (!strcmp(colorterm, "truecolor") || !strcmp(colorterm, "24bit"));
}

/* Whether that terminal is known and can move its cursor. */
static bool terminal_known(const char *name)
{
	TERMINAL *before = cur_term;
	const char *move;
	bool moves;
	int error = 0;

	if (setupterm(name, STDOUT_FILENO, &error) != OK)
		return false;
	move = tigetstr("cup");
	moves = move && move != (char *)-1;
	del_curterm(set_curterm(before)); /* only asked of: the screen's stays, and opens its own */
	return moves;
}

/*
 * The name to open; asked before anything is changed. Where COLORTERM says true colour and terminfo
 * describes a terminal of direct colour under the same name, that one: "xterm-256color" becomes
 * "xterm-direct". NULL: none that a screen can be drawn on.
 */
static const char *terminal_name(enum colour_depth colour, char *room, size_t size)
{
	const char *term = getenv("TERM");
	size_t base = term ? strcspn(term, "-") : 0;

	if (colour == COLOUR_AUTO && says_true_colour() && base && term[base] &&
		!strcmp(term + base, "-256color") && base + sizeof "-direct" <= size) {
		memcpy(room, term, base);
		strcpy(room + base, "-direct");
		if (terminal_known(room))
			return room;
	}
	return term && *term && terminal_known(term) ? term : NULL;
}

/*
 * What Home and End send in terminals that TERM does not describe as they are, tmux and screen with
 * a TERM of xterm's first: taken apart, they would be the keys [ and 4.
 */
static void name_other_keys(void)
{
	static const struct {
		const char *bytes;
		int key;
	} other[] = {
		{"\033[1~", KEY_HOME},
		{"\033[H", KEY_HOME},
		{"\033OH", KEY_HOME},
		{"\033[4~", KEY_END},
		{"\033[F", KEY_END},
		{"\033OF", KEY_END},
	};

	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (!key_defined(other[i].bytes))
			define_key(other[i].bytes, other[i].key);
}

/*
 * Whether movements with a button held are told, which curses knows no word for: xterm's, and so
 * everybody's. Asked for behind what asks for clicks, taken back before that is.
 */
static void tell_drags(bool on)
{
	if (!tty.drags)
		return;
	putp(on ? "\033[?1002h" : "\033[?1002l");
	fflush(stdout);
}

static void take_input(void)
{
	const char *reports = tigetstr("kmous");

	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	name_other_keys();
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	if (!tty.mouse)
		return;
	mousemask(BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED |
			  REPORT_MOUSE_POSITION,
		NULL);
	mouseinterval(0);
	tty.drags = reports && reports != (char *)-1 && !strncmp(reports, "\033[", 2);
	tell_drags(true);
}

const char *screen_program_term(void)
{
	return terminal_known("xterm-mono") ? "xterm-mono" : "xterm";
}

/*
 * Asks for synchronized output. An answer is one key to curses where its bytes come at once, for
 * which Esc waits longer meanwhile; where they come in pieces, answer.h knows them among the keys.
 */
static void ask_sync(void)
{
	char bytes[] = "\033[?2026;0$y";

	for (unsigned mode = 0; mode < SYNC_MODES; mode++) {
		bytes[sizeof bytes - 4] = (char)('0' + mode);
		define_key(bytes, SYNC_KEY + (int)mode);
	}
	set_escdelay(ANSWER_MS);
	sync_ask();
}

static void take_answer(unsigned mode)
{
	sync_answer(mode);
	set_escdelay(ESCAPE_MS);
	signals_crash_disarm();
	arm_crash();
}

static int curses_open(const struct run_options *options)
{
	const char *name;
	char room[64];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
		tcgetattr(STDOUT_FILENO, &tty.modes) < 0)
		return -ENOTTY;
	name = terminal_name(options->colour, room, sizeof room);
	if (!name)
		return -ENODEV;
	tty.screen = newterm(name, stdout, stdin);
	if (!tty.screen)
		return -ENODEV;
	set_term(tty.screen);
	tty.mouse = options->mouse;
	arm_crash();
	take_input();
	pens_make(tty.pen, options->theme, options->colour);
	if (!options->no_sync && !tty_prints_unknown())
		ask_sync();
	return 0;
}

/* Forgets what curses was given: the next blit hands it every cell. */
static void forget_shown(void)
{
	canvas_free(tty.shown);
	tty.shown = NULL;
}

/* Where no second screen is left, what comes next shall not stand in our last line. */
static void give_back(void)
{
	sync_end();
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	tell_drags(false);
	endwin();
}

static void curses_unread(const char *bytes, size_t n)
{
	while (n-- > 0)
		ungetch((unsigned char)bytes[n]);
}

static void curses_close(void)
{
	sigset_t output, before;

	if (!tty.screen)
		return;
	/* From the background, too: whoever ends us there does not wait for `fg`. */
	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &output, &before);
	if (!tty.asleep) {
		signals_start_output(STDOUT_FILENO);
		give_back();
	}
	signals_crash_disarm();
	forget_shown();
	delscreen(tty.screen);
	tty.screen = NULL;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void curses_stop(void)
{
	struct sigaction ours, stop = {.sa_handler = SIG_DFL};

	give_back();
	tty.asleep = true;
	sigaction(SIGTSTP, &stop, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
}

static bool curses_asleep(void)
{
	return tty.asleep;
}

static void curses_size(int *ret_w, int *ret_h)
{
	*ret_w = COLS > 0 ? COLS : 1;
	*ret_h = LINES > 0 ? LINES : 1;
}

static void curses_resized(void)
{
	struct winsize size;

	forget_shown();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

/* ---- drawing ------------------------------------------------------------- */

static void curses_redraw(void)
{
	tty.anew = true;
	clearok(stdscr, TRUE);
}

static void curses_continued(void)
{
	if (!tty_in_foreground()) {
		tty.asleep = true;
		raise(SIGTTOU);
		return;
	}
	tty.asleep = false;
	reset_prog_mode();
	curses_resized();
	curses_redraw();
	refresh();
	tell_drags(true);
}

static void blit_cell(const struct cell *cell, int x, int y)
{
	const struct pen *pen = &tty.pen[cell->style < STYLES ? cell->style : STYLE_NORMAL];
	wchar_t text[CELL_CODES + 1] = {0};
	cchar_t out;

	for (int i = 0; i < CELL_CODES && cell->code[i]; i++)
		text[i] = (wchar_t)cell->code[i];
	if (setcchar(&out, text, pen->attributes ^ (cell->solid ? A_REVERSE : 0), pen->pair,
		    NULL) == OK)
		mvadd_wch(y, x, &out);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return !memcmp(a->code, b->code, sizeof a->code) && a->width == b->width &&
	       a->style == b->style && a->solid == b->solid;
}

/* Gives curses a cell that is not as it was given before; a wide one's right half goes with it.
 * Whether it did. */
static bool give_cell(const struct canvas *c, struct cell *shown, bool all, int x, int y)
{
	const struct cell *cell = canvas_at(c, x, y);

	if (!all && same_cell(cell, shown))
		return false;
	*shown = *cell;
	if (cell->width)
		blit_cell(cell, x, y);
	return true;
}

/* Whether the frame is another one than the last. */
static bool give_cells(const struct canvas *c)
{
	bool all = !tty.shown || tty.shown->w != c->w || tty.shown->h != c->h,
	     any = all || tty.anew;

	if (all) {
		forget_shown();
		tty.shown = canvas_new(c->w, c->h, c->ascii);
	}
	for (int y = 0; y < c->h && y < LINES; y++)
		for (int x = 0; x < c->w && x < COLS; x++)
			any |= give_cell(c, &tty.shown->cell[y * c->w + x], all, x, y);
	any |= c->cursor_x != tty.shown->cursor_x || c->cursor_y != tty.shown->cursor_y;
	tty.shown->cursor_x = c->cursor_x;
	tty.shown->cursor_y = c->cursor_y;
	tty.anew = false;
	return any;
}

static void curses_blit(const struct canvas *c)
{
	bool any = give_cells(c);

	if (!sync_awaits())
		set_escdelay(ESCAPE_MS);
	if (c->cursor_x >= 0)
		move(c->cursor_y, c->cursor_x);
	if (any)
		sync_begin();
	curs_set(c->cursor_x >= 0);
	refresh();
	sync_end();
}

/* ---- input --------------------------------------------------------------- */

static const struct {
	int curses;
	uint32_t key;
} key_table[] = {
	{KEY_UP, KEYS_UP},
	{KEY_DOWN, KEYS_DOWN},
	{KEY_LEFT, KEYS_LEFT},
	{KEY_RIGHT, KEYS_RIGHT},
	{KEY_PPAGE, KEYS_PAGE_UP},
	{KEY_NPAGE, KEYS_PAGE_DOWN},
	{KEY_HOME, KEYS_HOME},
	{KEY_FIND, KEYS_HOME},
	{KEY_END, KEYS_END},
	{KEY_SELECT, KEYS_END},
	{KEY_ENTER, KEYS_ENTER},
	{KEY_BTAB, KEYS_BACK_TAB},
	{KEY_BACKSPACE, KEYS_BACKSPACE},
	{KEY_DC, KEYS_DELETE},
};

static uint32_t function_key(int curses)
{
	if (curses >= KEY_F(1) && curses <= KEY_F(10))
		return KEYS_F1 + (uint32_t)(curses - KEY_F(1));
	for (size_t i = 0; i < sizeof key_table / sizeof *key_table; i++)
		if (key_table[i].curses == curses)
			return key_table[i].key;
	return KEY_NONE;
}

static uint32_t character_key(wint_t code)
{
	switch (code) {
	case '\r':
	case '\n':
		return KEYS_ENTER;
	case '\t':
		return KEYS_TAB;
	case 0x1b:
		return KEYS_ESCAPE;
	case 0x7f:
	case '\b':
		return KEYS_BACKSPACE;
	default:
		return code < KEY_TWINTOP_FIRST ? (uint32_t)code : KEY_NONE;
	}
}

static struct tty_input mouse_input(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return (struct tty_input){.event = TTY_KEY};
	if (event.bstate & BUTTON4_PRESSED)
		return (struct tty_input){TTY_KEY, KEYS_WHEEL_UP, event.x, event.y};
	if (event.bstate & BUTTON5_PRESSED)
		return (struct tty_input){TTY_KEY, KEYS_WHEEL_DOWN, event.x, event.y};
	if (event.bstate & BUTTON1_PRESSED)
		return (struct tty_input){TTY_CLICK, KEY_NONE, event.x, event.y};
	if (event.bstate & BUTTON1_RELEASED)
		return (struct tty_input){TTY_DROP, KEY_NONE, event.x, event.y};
	return (struct tty_input){TTY_DRAG, KEY_NONE, event.x, event.y};
}

static void curses_raw(bool on)
{
	if (on == tty.raw)
		return;
	tty.raw = on;
	tty.queue_n = 0;
	if (on) {
		raw();
	} else {
		noraw();
		cbreak();
	}
}

/* As character_key, but Ctrl-J is not Enter, Ctrl-H not the erase key, and Ctrl-Space something. */
static uint32_t raw_key(wint_t code)
{
	if (!code)
		return KEYS_NUL;
	return code == '\n' || code == '\b' ? (uint32_t)code : character_key(code);
}

/* A key that curses knows and we do not goes on byte by byte, as the terminal sent it. */
static uint32_t queue_key(int curses)
{
	char *bytes = keybound(curses, 0);

	tty.queue_at = tty.queue_n = 0;
	if (bytes && strlen(bytes) <= sizeof tty.queue)
		memcpy(tty.queue, bytes, tty.queue_n = strlen(bytes));
	free(bytes);
	return tty.queue_n ? raw_key((unsigned char)tty.queue[tty.queue_at++]) : KEY_NONE;
}

static uint32_t named_key(int curses)
{
	uint32_t key = function_key(curses);

	return key || !tty.raw ? key : queue_key(curses);
}

static struct tty_input key_of_code(wint_t code)
{
	return (struct tty_input){
		.event = TTY_KEY, .key = tty.raw ? raw_key(code) : character_key(code)};
}

/* What was let go, one after the other, and what came behind it. */
static bool take_let_go(struct tty_input *ret)
{
	if (tty.code_at < tty.code_n)
		*ret = key_of_code(tty.code[tty.code_at++]);
	else if (tty.then.event != TTY_NOTHING) {
		*ret = tty.then;
		tty.then.event = TTY_NOTHING;
	} else
		return false;
	return true;
}

static void let_go(size_t n)
{
	tty.code_at = 0;
	tty.code_n = n;
}

/* What follows a key that is held, and is no part of an answer, comes behind it. */
static struct tty_input behind(struct tty_input input)
{
	let_go(answer_break(&tty.answer, tty.code));
	tty.then = input;
	return take_let_go(&input) ? input : (struct tty_input){.event = TTY_KEY};
}

/* While the answer may still come, a code of it is no key; one that is held is none yet. */
static struct tty_input code_input(wint_t code)
{
	struct tty_input input = {.event = TTY_KEY};
	bool answered;

	if (!sync_unanswered())
		return key_of_code(code);
	let_go(answer_take(&tty.answer, code, clock_monotonic_ns(), tty.code, &answered));
	if (answered)
		take_answer(tty.answer.mode);
	take_let_go(&input);
	return input;
}

static struct tty_input named_input(wint_t code)
{
	if (code == KEY_MOUSE)
		return behind(mouse_input());
	if (code < SYNC_KEY || code >= SYNC_KEY + SYNC_MODES)
		return behind((struct tty_input){.event = TTY_KEY, .key = named_key((int)code)});
	take_answer(code - SYNC_KEY);
	return behind((struct tty_input){.event = TTY_KEY});
}

/* An Esc alone is a key at once as soon as no answer is awaited. */
static struct tty_input nothing_more(void)
{
	struct tty_input input = {.event = TTY_NOTHING};

	let_go(answer_wait(&tty.answer, clock_monotonic_ns(),
		sync_awaits() ? ANSWER_PAUSE_NS : ANSWER_MS * 1000000u, tty.code));
	take_let_go(&input);
	return input;
}

static struct tty_input curses_input(void)
{
	struct tty_input input;
	wint_t code;

	if (take_let_go(&input))
		return input;
	if (tty.queue_at < tty.queue_n)
		return (struct tty_input){
			.event = TTY_KEY, .key = raw_key((unsigned char)tty.queue[tty.queue_at++])};
	switch (get_wch(&code)) {
	case OK:
		return code_input(code);
	case KEY_CODE_YES:
		return named_input(code);
	default:
		return nothing_more();
	}
}

static bool curses_holds(void)
{
	return answer_holds(&tty.answer);
}

const struct tty_ops tty_curses = {
	.open = curses_open,
	.close = curses_close,
	.size = curses_size,
	.resized = curses_resized,
	.blit = curses_blit,
	.redraw = curses_redraw,
	.raw = curses_raw,
	.input = curses_input,
	.holds = curses_holds,
	.unread = curses_unread,
	.stop = curses_stop,
	.asleep = curses_asleep,
	.continued = curses_continued,
};
