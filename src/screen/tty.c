/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the screen is drawn on: curses, or lines. */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "screen_internal.h"

static const struct tty_ops *in_use;

bool tty_in_foreground(void)
{
	pid_t group = tcgetpgrp(STDOUT_FILENO);

	return group < 0 || group == getpgrp();
}

void tty_await(void)
{
	/* Where nobody could continue us (an orphaned group) the kernel drops the signal. */
	for (int i = 0; i < 3 && !tty_in_foreground(); i++)
		raise(SIGTTOU);
}

bool tty_takes_output(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) != 0;
}

int tty_open(const struct run_options *options)
{
	in_use = options->linear ? &tty_linear : &tty_curses;
	return in_use->open(options);
}

void tty_close(void)
{
	if (in_use)
		in_use->close();
}

void tty_size(int *ret_w, int *ret_h)
{
	in_use->size(ret_w, ret_h);
}

void tty_resized(void)
{
	in_use->resized();
}

void tty_blit(const struct canvas *c)
{
	in_use->blit(c);
}

void tty_tell(const char *lines)
{
	if (in_use->tell)
		in_use->tell(lines);
}

void tty_redraw(void)
{
	in_use->redraw();
}

void tty_raw(bool on)
{
	in_use->raw(on);
}

struct tty_input tty_input(void)
{
	return in_use->input();
}

bool tty_holds(void)
{
	return in_use->holds && in_use->holds();
}

void tty_unread(const char *bytes, size_t n)
{
	in_use->unread(bytes, n);
}

void tty_stop(void)
{
	in_use->stop();
}

bool tty_asleep(void)
{
	return in_use->asleep();
}

void tty_continued(void)
{
	in_use->continued();
}
