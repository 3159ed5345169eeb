/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opening.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/io.h"
#include "twintop/base/leave.h"
#include "twintop/base/thread.h"

#define PATIENCE_MS 600 /* what takes longer is told of */

static const int end_signals[ENDING_SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void ending_catch(struct ending_signals *ret)
{
	struct sigaction leave = {.sa_handler = leave_begin}; /* which ends waits, too */

	for (size_t i = 0; i < ENDING_SIGNALS; i++) {
		sigaction(end_signals[i], NULL, &ret->before[i]);
		if (ret->before[i].sa_handler != SIG_IGN)
			sigaction(end_signals[i], &leave, NULL);
	}
}

void ending_release(const struct ending_signals *before)
{
	for (size_t i = 0; i < ENDING_SIGNALS; i++)
		sigaction(end_signals[i], &before->before[i], NULL);
}

/* Shared by who waits and who works: whoever is last frees it. */
struct errand {
	pthread_mutex_t lock;
	bool left; /* one of them is gone */
	int done_fd, result;
	int (*work)(void *context);
	void *context;
};

static void leave_errand(struct errand *e)
{
	bool last;

	pthread_mutex_lock(&e->lock);
	last = e->left;
	e->left = true;
	pthread_mutex_unlock(&e->lock);
	if (!last)
		return;
	close(e->done_fd);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

static void *run(void *context)
{
	struct errand *e = context;

	e->result = e->work(e->context);
	io_announce(e->done_fd, true);
	leave_errand(e);
	return NULL;
}

static struct errand *send_out(const struct opening *o, int *ret_error)
{
	struct errand *e = mem_alloc(sizeof *e);
	pthread_t thread;

	*e = (struct errand){.work = o->work,
		.context = o->context,
		.done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	pthread_mutex_init(&e->lock, NULL);
	*ret_error = e->done_fd < 0 ? -errno : thread_spawn("opening", run, e, &thread);
	if (!*ret_error) {
		pthread_detach(thread);
		return e;
	}
	e->left = true;
	leave_errand(e);
	return NULL;
}

/* Keys come one by one. False: they do not. */
static bool take_keys(struct termios *before)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, before))
		return false;
	raw = *before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	return !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static bool is_end(void)
{
	char key = 0;

	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q';
}

/* Whether it came to an end before we do. */
static bool wait_for(const struct errand *e, bool keys, int wait_ms)
{
	struct pollfd p[] = {{.fd = e->done_fd, .events = POLLIN},
		{.fd = leave_fd(), .events = POLLIN},
		{.fd = keys ? STDIN_FILENO : -1, .events = POLLIN}};
	bool ends = false;
	int n;

	do {
		n = poll(p, 3, wait_ms);
		ends = n > 0 && (p[1].revents || (p[2].revents && is_end()));
	} while ((n < 0 && errno == EINTR) || (n > 0 && !ends && !p[0].revents));
	return n > 0 && p[0].revents;
}

void opening_say(const char *path, bool keys)
{
	struct textbuf shown = {0};

	text_printable(&shown, text_of(recording_is_stream(path) ? "standard input" : path));
	fail(STATUS_OK, "waiting for %s%s", shown.bytes, keys ? " (q ends)" : "");
	textbuf_free(&shown);
}

static bool wait_long(const struct errand *e, const struct opening *o)
{
	struct ending_signals signals;
	struct termios before;
	bool keys, done;

	/* Before the terminal is changed, which is given back in any case. */
	ending_catch(&signals);
	keys = o->keys && take_keys(&before);
	opening_say(o->path, keys);
	done = wait_for(e, keys, -1);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	if (!leave_begun())
		ending_release(&signals);
	return done;
}

int opening_wait(const struct opening *o)
{
	int result;
	struct errand *e = send_out(o, &result);

	if (!e)
		return result;
	result = wait_for(e, false, PATIENCE_MS) || wait_long(e, o) ? e->result : -ECANCELED;
	leave_errand(e);
	return result;
}
