/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen told as lines, on whatever standard output is; keys from whatever standard input is.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "screen_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/screen/lines.h"

#define LEAST_W	   80
#define LEAST_H	   40
#define PAUSE_NS   1000000000u	/* between what no key asked for … */
#define FIGURES_NS 10000000000u /* … and rows of it in which only figures are other ones */

static struct {
	struct lines lines;
	struct termios modes; /* as we found them */
	bool terminal;	      /* there are some */
	bool open, asleep, raw;
	char keys[256];
	size_t keys_n;
	bool over;	     /* no key comes any more */
	bool asked;	     /* one came since the last lines */
	uint64_t told_ns;    /* when these were written */
	uint64_t figures_ns; /* and when rows with other figures only were */
} linear;

/* Keys as they are pressed, unseen; of a program's all of them. */
static void set_modes(void)
{
	struct termios modes = linear.modes;

	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	if (linear.raw) {
		modes.c_lflag &= ~(tcflag_t)ISIG;
		modes.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
	}
	if (linear.terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

static void give_back(void)
{
	if (linear.terminal)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &linear.modes);
}

static int open_linear(const struct run_options *options)
{
	memset(&linear, 0, sizeof linear);
	linear.lines.ascii = options->linear_ascii;
	linear.terminal = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &linear.modes);
	linear.open = true;
	if (linear.terminal)
		signals_crash_arm(STDIN_FILENO, "", 0, &linear.modes);
	set_modes();
	return 0;
}

static void close_linear(void)
{
	if (!linear.open)
		return;
	if (!linear.asleep)
		give_back();
	signals_crash_disarm();
	lines_free(&linear.lines);
	linear.open = false;
}

static void size_linear(int *ret_w, int *ret_h)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*ret_w = size.ws_col > LEAST_W ? size.ws_col : LEAST_W;
	*ret_h = size.ws_row > LEAST_H ? size.ws_row : LEAST_H;
}

static void resized_linear(void)
{
}

static void blit_linear(const struct canvas *c)
{
	uint64_t now = clock_monotonic_ns();
	bool figures = linear.asked || now >= linear.figures_ns + FIGURES_NS;
	struct textbuf out = {0};

	if (!linear.asked && now < linear.told_ns + PAUSE_NS)
		return;
	lines_take(&linear.lines, c, figures, &out);
	if (out.len)
		linear.told_ns = now;
	if (figures)
		linear.figures_ns = now;
	linear.asked = false;
	io_write(STDOUT_FILENO, out.bytes, out.len);
	textbuf_free(&out);
}

static void tell_linear(const char *lines)
{
	struct textbuf out = {0};
	uint32_t code;
	size_t n;

	for (; *lines; lines += n) {
		n = text_decode(lines, strlen(lines), &code);
		n = n ? n : 1;
		if (linear.lines.ascii && code >= 0x80)
			textbuf_addf(&out, "%c", (char)canvas_fold(code));
		else
			textbuf_add(&out, lines, n);
	}
	io_write(STDOUT_FILENO, out.bytes, out.len);
	textbuf_free(&out);
	linear.asked = true;
}

static void redraw_linear(void)
{
	lines_forget(&linear.lines);
	linear.asked = true;
}

static void raw_linear(bool on)
{
	if (on == linear.raw)
		return;
	linear.raw = on;
	set_modes();
}

static void unread_linear(const char *bytes, size_t n)
{
	size_t room = sizeof linear.keys - linear.keys_n;

	n = n < room ? n : room;
	memcpy(linear.keys + linear.keys_n, bytes, n);
	linear.keys_n += n;
}

/* What is there; never waits. */
static void read_keys(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t room = sizeof linear.keys - linear.keys_n;
	ssize_t n;

	if (linear.over || !room || poll(&p, 1, 0) != 1)
		return;
	n = read(STDIN_FILENO, linear.keys + linear.keys_n, room);
	if (n > 0)
		linear.keys_n += (size_t)n;
	else if (!n || (errno != EAGAIN && errno != EINTR))
		linear.over = true;
}

static struct tty_input input_linear(void)
{
	struct tty_input input = {.event = TTY_NOTHING};
	size_t used;

	if (!linear.keys_n)
		read_keys();
	if (linear.keys_n) {
		input = (struct tty_input){
			.event = TTY_KEY, .key = lines_key(linear.keys, linear.keys_n, &used)};
		linear.keys_n -= used;
		memmove(linear.keys, linear.keys + used, linear.keys_n);
		linear.asked = true;
	} else if (linear.over) {
		input.event = TTY_END;
	}
	return input;
}

static void stop_linear(void)
{
	struct sigaction ours, stop = {.sa_handler = SIG_DFL};

	give_back();
	linear.asleep = true;
	sigaction(SIGTSTP, &stop, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
}

static bool asleep_linear(void)
{
	return linear.asleep;
}

static void continued_linear(void)
{
	if (!tty_in_foreground()) {
		linear.asleep = true;
		raise(SIGTTOU);
		return;
	}
	linear.asleep = false;
	set_modes();
}

const struct tty_ops tty_linear = {
	.open = open_linear,
	.close = close_linear,
	.size = size_linear,
	.resized = resized_linear,
	.blit = blit_linear,
	.tell = tell_linear,
	.redraw = redraw_linear,
	.raw = raw_linear,
	.input = input_linear,
	.unread = unread_linear,
	.stop = stop_linear,
	.asleep = asleep_linear,
	.continued = continued_linear,
};
