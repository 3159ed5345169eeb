/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the launched program tells of itself: the lines of its steps, see <twintop/step.h>. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "twintop/base/text.h"
#include "twintop/feed/feed.h"

#define LINE_MOST   4096u  /* bytes; what is longer is cut */
#define DRAIN_BYTES 65536u /* of one drain: who writes for ever does not hold the others up */
#define CAPTION	    "caption "

struct steps {
	struct feed feed;
	int fd;	      /* the launcher's */
	int epoll_fd; /* readable when fd is; silent once the program has ended */
	pid_t pid;
	bool ended, cut; /* cut: the line under way is longer than all that is kept of it */
	uint64_t count;	 /* steps so far */
	struct textbuf line;
};

extern const struct feed_ops feed_steps;

static int open_feed(const struct feed_context *context, struct feed **ret_feed)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct steps *s;

	if (!context->steps_pid)
		return -ENOENT;
	s = mem_alloc(sizeof *s);
	*s = (struct steps){
		.feed = {&feed_steps}, .fd = context->steps_fd, .pid = context->steps_pid};
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0 || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->fd, &e)) {
		int error = -errno;

		if (s->epoll_fd >= 0)
			close(s->epoll_fd);
		free(s);
		return error;
	}
	*ret_feed = &s->feed;
	return 0;
}

static void close_feed(struct feed *feed)
{
	struct steps *s = (struct steps *)feed;

	close(s->epoll_fd);
	textbuf_free(&s->line);
	free(s);
}

static int feed_fd(const struct feed *feed)
{
	return ((const struct steps *)feed)->epoll_fd;
}

/* It tells of the launched program, whoever is watched. */
static bool watch(struct feed *feed, const struct task_id *id, size_t n)
{
	(void)feed;
	(void)id;
	(void)n;
	return true;
}

static void tell_line(struct steps *s, struct event_sink *sink)
{
	const size_t prefix = strlen(CAPTION);
	struct text line = {s->line.bytes, s->line.len};
	struct event e = {.kind = EVENT_STEP_LINE, .pid = s->pid, .source = s->feed.ops->id};

	if (text_has_prefix(line, CAPTION)) {
		line = (struct text){line.bytes + prefix, line.len - prefix};
		e.kind = EVENT_STEP;
		s->count++;
	}
	e.count = s->count;
	if (line.len)
		event_sink_add(sink, e, line, text_of(NULL));
	textbuf_clear(&s->line);
}

static void take_bytes(struct steps *s, const char *bytes, size_t n, struct event_sink *sink)
{
	while (n) {
		const char *newline = memchr(bytes, '\n', n);
		size_t len = newline ? (size_t)(newline - bytes) : n;
		size_t room = LINE_MOST - s->line.len;

		textbuf_add(&s->line, bytes, len < room ? len : room);
		if (newline)
			tell_line(s, sink);
		len += newline != NULL;
		bytes += len;
		n -= len;
	}
}

static void drain(struct feed *feed, bool now, struct event_sink *sink)
{
	struct steps *s = (struct steps *)feed;
	char bytes[4096];
	ssize_t got = 1;

	(void)now;
	for (size_t left = DRAIN_BYTES; !s->ended && left && got > 0; left -= (size_t)got) {
		got = recv(s->fd, bytes, sizeof bytes < left ? sizeof bytes : left, MSG_DONTWAIT);
		if (got > 0)
			take_bytes(s, bytes, (size_t)got, sink);
		if (got <= 0)
			break;
	}
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		s->ended = true;
		epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
	}
}

const struct feed_ops feed_steps = {
	.id = "steps",
	.blind = "Tells what a launched program says of itself on the descriptor that "
		 "$TWINTOP_STEPS names; whether that is so, is measured.",
	.open = open_feed,
	.fd = feed_fd,
	.watch = watch,
	.drain = drain,
	.close = close_feed,
};
