/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings: written beside what is shown, on a thread of their own, and replayed. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/io.h"
#include "twintop/base/privilege.h"
#include "twintop/base/thread.h"
#include "twintop/record/recorder.h"
#include "twintop/record/replay.h"

#define MAGIC "\x28\xb5\x2f\xfd" /* what a zstd frame begins with */

/* Who writes a recording. */
struct taping {
	pthread_t thread;
	bool started;
	int fd, stop_fd;
	struct source *source;
	struct recorder *recorder;
	unsigned need; /* after the first moment, which is of identities alone */
	const char *path;
	int error; /* what ended it early */
};

static bool is_stream(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* ---- writing ------------------------------------------------------------- */

static void take_all(struct taping *t)
{
	const struct moment *m;

	while ((m = source_next(t->source))) {
		if (!t->error)
			t->error = recorder_add(t->recorder, m);
		source_need(t->source, t->need, NEED_ALL);
		moment_put(m);
	}
}

/* What was published by the time it is stopped is written, too. */
static void *tape(void *context)
{
	struct taping *t = context;
	bool stopped = false;

	while (!stopped && !source_done(t->source)) {
		struct pollfd p[] = {{.fd = source_fd(t->source), .events = POLLIN},
			{.fd = t->stop_fd, .events = POLLIN}};

		poll(p, 2, -1);
		stopped = p[1].revents != 0;
		take_all(t);
	}
	return NULL;
}

/* A file that is there already is written over where it is a recording, or empty. */
static bool is_ours(int fd)
{
	char begin[sizeof MAGIC - 1];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return true;
	n = pread(fd, begin, sizeof begin, 0);
	return n == 0 || (n == sizeof begin && !memcmp(begin, MAGIC, sizeof begin));
}

static int fail_file(const char *path, const char *why)
{
	struct textbuf shown = {0};

	text_printable(&shown, text_of(path));
	fail(STATUS_TARGET, "recording %s: %s", shown.len ? shown.bytes : "''", why);
	textbuf_free(&shown);
	return STATUS_TARGET;
}

/* Opens what is recorded to; *ret_fd is the caller's. */
static int open_output(const char *path, int *ret_fd)
{
	if (is_stream(path)) {
		*ret_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return *ret_fd < 0 ? fail_file(path, strerror(errno)) : STATUS_OK;
	}
	if (privilege_raised())
		return fail_file(path, "twintop has rights beyond yours and writes no files with "
				       "them");
	*ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (*ret_fd < 0)
		return fail_file(path, strerror(errno));
	if (is_ours(*ret_fd) && (!ftruncate(*ret_fd, 0) || errno == EINVAL))
		return STATUS_OK;
	close(*ret_fd);
	return fail_file(path, "that file is there and is no recording: choose another name");
}

static int start(struct session *s, struct taping *t)
{
	int error = sampler_source(s->sampler, true, &t->source);

	if (error)
		return error;
	error = recorder_new(t->fd, PACKAGE_STRING, &t->recorder);
	if (!error)
		error = thread_spawn("recorder", tape, t, &t->thread);
	t->started = !error;
	return error;
}

int recording_begin(struct session *s)
{
	struct taping *t;
	int status, error;

	if (!s->options.record)
		return STATUS_OK;
	t = mem_alloc(sizeof *t);
	*t = (struct taping){.path = s->options.record,
		.fd = -1,
		.stop_fd = -1,
		.need = s->options.headless ? NEED_ALL : 0};
	s->taping = t;
	status = open_output(t->path, &t->fd);
	if (status != STATUS_OK)
		return status;
	t->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = t->stop_fd < 0 ? -errno : start(s, t);
	return error ? fail_file(t->path, strerror(-error)) : STATUS_OK;
}

/* Whoever reads a stream may leave: that is no fault. */
static int tell_end(const struct taping *t, int error)
{
	if (!error || (error == -EPIPE && is_stream(t->path)))
		return STATUS_OK;
	return fail_file(t->path, strerror(-error));
}

void recording_end(struct session *s)
{
	struct taping *t = s->taping;
	int error;

	if (!t)
		return;
	if (t->started) {
		io_announce(t->stop_fd, true);
		pthread_join(t->thread, NULL);
		error = recorder_end(t->recorder);
		s->record_status = tell_end(t, t->error ? t->error : error);
	} else {
		recorder_end(t->recorder);
	}
	source_free(t->source);
	if (t->fd >= 0)
		close(t->fd);
	if (t->stop_fd >= 0)
		close(t->stop_fd);
	free(t);
	s->taping = NULL;
}

/* ---- replaying ----------------------------------------------------------- */

static const struct pair *make_pair(void *context, struct snapshot *snapshot)
{
	return comparer_pair(context, snapshot);
}

/* Why a recording ends where it does; NULL: as its writer ended it. */
static const char *end_words(int error)
{
	switch (error) {
	case -ENODATA:
		return NULL;
	case -EPIPE:
		return "it was cut off: what was recorded up to there is shown";
	case -EBADMSG:
		return "it is damaged: what was recorded before that is shown";
	case -E2BIG:
		return "it would unfold to more than can have been recorded: what came before is "
		       "shown";
	default:
		return strerror(-error);
	}
}

static int open_recording(const char *path, int *ret_fd, struct recording **ret_recording)
{
	int error;

	*ret_fd = is_stream(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*ret_fd < 0)
		return fail_file(path, strerror(errno));
	error = recording_new(*ret_fd, ret_recording);
	if (!error)
		return STATUS_OK;
	close(*ret_fd);
	return fail_file(path, error == -EBADMSG ? "that is no recording of twintop's"
			       : error == -EPROTONOSUPPORT
				       ? "a newer twintop wrote it: use that one"
				       : strerror(-error));
}

int run_replay(struct session *s)
{
	struct recording *recording;
	int status, error, fd;

	status = open_recording(s->options.recording, &fd, &recording);
	if (status != STATUS_OK)
		return status;
	s->comparer = comparer_new();
	error = replay_new(recording, (struct replay_pairing){make_pair, s->comparer}, &s->source);
	if (error) {
		recording_free(recording);
		status = fail_file(s->options.recording, strerror(-error));
	} else {
		status = run_reports(s);
		error = replay_error(s->source);
	}
	if (status == STATUS_OK && error && end_words(error))
		status = fail_file(s->options.recording, end_words(error));
	source_free(s->source);
	comparer_free(s->comparer);
	close(fd);
	return status;
}
