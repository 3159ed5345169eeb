/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings that are written beside what is shown, on threads of their own. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "output.h"
#include "session.h"
#include "twintop/app/tape.h"
#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/leave.h"
#include "twintop/base/spool.h"
#include "twintop/base/thread.h"
#include "twintop/base/units.h"
#include "twintop/record/recorder.h"

#define WAITING_MOST ((size_t)16 << 20) /* bytes that nobody has taken yet */
#define PATIENCE_NS  10000000000u	/* while none of them moves; and moments wait no longer */
#define OPEN_MS	     600		/* the end does not wait longer for a file to open */
#define LEAVING_NS   300000000u		/* nor, once we are leaving, for what history holds */

/* Who writes a recording. What is behind the lock is looked at by others. */
struct taping {
	pthread_t thread;
	int fd;		     /* to write to; -1: not opened yet */
	int stop_fd, end_fd; /* eventfds: to end it, and that it has ended … */
	int open_fd;	     /* … and that it was opened, or could not be */
	char *path;
	bool anew, redact, headless, patient;
	struct source *source;
	unsigned need;	     /* after the first moment, which is of identities alone */
	struct history past; /* what it begins with: its own */
	struct seeds *seeds; /* of the moments that come */
	struct spool *spool;
	struct recorder *recorder;
	uint64_t sequence; /* of the last moment written */
	uint64_t past_ns;  /* when all of the past was */
	pthread_mutex_t lock;
	bool opening, refused, abandoned;
	uint64_t begun_ns; /* when it began to open */
	uint64_t first_ns, last_ns, moments, bytes;
	int error;	 /* what ended it early */
	const char *why; /* the same in words of ours, static; NULL: what the error says */
};

/* ---- the thread ---------------------------------------------------------- */

static void fail_by(struct taping *t, int error, const char *why)
{
	pthread_mutex_lock(&t->lock);
	if (!t->error) {
		t->error = error;
		t->why = why;
	}
	pthread_mutex_unlock(&t->lock);
}

static int spool(void *context, const char *bytes, size_t n)
{
	return spool_write(((const struct taping *)context)->spool, bytes, n);
}

static void note(struct taping *t, const struct snapshot *s)
{
	t->sequence = s->sequence;
	pthread_mutex_lock(&t->lock);
	if (!t->moments++)
		t->first_ns = s->monotonic_ns;
	t->last_ns = s->monotonic_ns;
	t->bytes = spool_written(t->spool);
	pthread_mutex_unlock(&t->lock);
}

/* What was in history may come once more. */
static void write_moment(struct taping *t, const struct moment *m, const struct textbuf *seed)
{
	const struct snapshot *s = m->snapshot;
	int error;

	if (t->error || (t->moments && s->sequence <= t->sequence))
		return;
	error = spool_error(t->spool);
	if (seed->len)
		recorder_seed(t->recorder,
			&(const struct recorder_seed){seed->bytes, seed->len, seeding_write});
	if (!error)
		error = recorder_add(t->recorder, m);
	if (error)
		fail_by(t, error, NULL);
	else
		note(t, s);
}

/* One of the past, which is a keyframe where the last one was long ago. */
static void write_past_one(struct taping *t, size_t i, uint64_t *key_ns)
{
	const struct moment *m = history_get(&t->past, i);
	uint64_t now_ns = m->snapshot->monotonic_ns;
	struct textbuf seed = {0};

	if (!i || now_ns >= *key_ns + RECORDER_KEY_NS || recorder_key_due(t->recorder)) {
		seeding_of_past(&t->past, i, &seed);
		*key_ns = now_ns;
	}
	write_moment(t, m, &seed);
	textbuf_free(&seed);
	moment_put(m);
}

static void write_past(struct taping *t)
{
	uint64_t leaving_ns = 0, key_ns = 0;

	for (size_t i = 0; !t->error && i < t->past.n; i++) {
		uint64_t now = leave_begun() ? clock_monotonic_ns() : 0;

		leaving_ns = leaving_ns ? leaving_ns : now;
		if (now - leaving_ns > LEAVING_NS)
			fail_by(t, -ETIMEDOUT, NULL);
		write_past_one(t, i, &key_ns);
	}
	history_clear(&t->past);
}

/* Whether moments wait for so long that they would never be written. */
static bool is_late(const struct taping *t, const struct moment *m)
{
	uint64_t since_ns = m->snapshot->monotonic_ns;

	if (since_ns < t->past_ns)
		since_ns = t->past_ns;
	return !t->patient && clock_monotonic_ns() > since_ns + PATIENCE_NS;
}

static void take_all(struct taping *t)
{
	const struct moment *m;
	struct textbuf seed = {0};

	while ((m = source_next(t->source))) {
		if (is_late(t, m) && t->moments)
			fail_by(t, -ETIMEDOUT, NULL);
		seeds_take(t->seeds, m->snapshot->sequence, &seed);
		write_moment(t, m, &seed);
		textbuf_free(&seed);
		if (!t->error && recorder_key_due(t->recorder))
			seeds_hurry(t->seeds);
		source_need(t->source, t->need, NEED_ALL);
		moment_put(m);
	}
}

/* What was published by the time it is stopped is written, too. */
static void follow(struct taping *t)
{
	bool stopped = false;

	while (!stopped && !t->error && !source_done(t->source)) {
		struct pollfd p[] = {{.fd = source_fd(t->source), .events = POLLIN},
			{.fd = t->stop_fd, .events = POLLIN}};

		poll(p, 2, -1);
		stopped = p[1].revents != 0;
		take_all(t);
	}
}

static int begin_writing(struct taping *t)
{
	const struct recorder_options options = {
		.write = spool,
		.context = t,
		.program = PACKAGE_STRING,
		.live = !output_is_file(t->fd),
		.redact = t->redact,
	};
	int error = spool_new(t->fd, WAITING_MOST, t->patient ? 0 : PATIENCE_NS, &t->spool);

	t->fd = -1;
	return error ? error : recorder_new(&options, &t->recorder);
}

/* False: nobody waits for it any more. */
static bool open_it(struct taping *t)
{
	const char *why = NULL;
	int fd = output_open(t->path, t->anew, &why);
	bool abandoned;

	if (fd < 0)
		fail_by(t, fd, why);
	pthread_mutex_lock(&t->lock);
	t->opening = false;
	t->refused = fd < 0;
	t->fd = fd;
	t->patient = fd >= 0 && t->headless && !output_is_file(fd);
	abandoned = t->abandoned;
	pthread_mutex_unlock(&t->lock);
	io_announce(t->open_fd, true);
	return !abandoned;
}

/* How it went, with all that was left to be written. */
static void end_writing(struct taping *t)
{
	uint64_t bytes = 0;
	int error = recorder_end(t->recorder);

	t->recorder = NULL;
	if (error)
		fail_by(t, error, NULL);
	error = t->spool ? spool_end(t->spool, &bytes) : 0;
	if (error)
		fail_by(t, error, NULL);
	pthread_mutex_lock(&t->lock);
	t->bytes = bytes;
	pthread_mutex_unlock(&t->lock);
}

static void taping_free(struct taping *t);

static void *tape(void *context)
{
	struct taping *t = context;
	int error;

	if (!open_it(t)) {
		taping_free(t);
		return NULL;
	}
	error = t->error ? t->error : begin_writing(t);
	if (error)
		fail_by(t, error, NULL);
	write_past(t);
	t->past_ns = clock_monotonic_ns();
	if (!t->error)
		follow(t);
	end_writing(t);
	/* What nobody takes must not gather. */
	source_free(t->source);
	t->source = NULL;
	io_announce(t->end_fd, true);
	return NULL;
}

/* ---- one recording ------------------------------------------------------- */

static void taping_free(struct taping *t)
{
	if (!t)
		return;
	history_clear(&t->past);
	source_free(t->source);
	if (t->seeds)
		seeds_want(t->seeds, false);
	if (t->stop_fd >= 0)
		close(t->stop_fd);
	if (t->end_fd >= 0)
		close(t->end_fd);
	if (t->open_fd >= 0)
		close(t->open_fd);
	if (t->fd >= 0)
		close(t->fd);
	pthread_mutex_destroy(&t->lock);
	free(t->path);
	free(t);
}

/* It takes moments from now on. 0 or negative errno. */
static int taping_new(struct session *s, struct taping **ret_taping)
{
	struct taping *t = mem_alloc(sizeof *t);
	int error;

	*t = (struct taping){.fd = -1,
		.redact = s->options.redact,
		.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.open_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	pthread_mutex_init(&t->lock, NULL);
	t->seeds = s->seeding.seeds;
	seeds_want(t->seeds, true);
	error = t->stop_fd < 0 || t->end_fd < 0 || t->open_fd < 0
			? -EMFILE
			: sampler_source(s->sampler, true, &t->source);
	if (error)
		taping_free(t);
	else
		*ret_taping = t;
	return error;
}

static int taping_start(struct taping *t)
{
	t->opening = true;
	t->begun_ns = clock_monotonic_ns();
	return thread_spawn("recorder", tape, t, &t->thread);
}

static const char *words_of(const struct taping *t)
{
	if (t->why)
		return t->why;
	switch (t->error) {
	case -EPIPE:
		return "whoever read it has left";
	case -ETIMEDOUT:
		return leave_begun() ? "not all of it could be written in time"
				     : "what it goes to takes no more";
	default:
		return strerror(-t->error);
	}
}

/* What became of it; the thread has ended. */
static void say_end(const struct taping *t, struct textbuf *out)
{
	char bytes[UNITS_MAX], span[UNITS_MAX];

	textbuf_adds(out, t->error ? "recording " : "recorded ");
	text_printable(out, text_of(t->path));
	if (t->error)
		textbuf_addf(out, ": %s", words_of(t));
	if (t->error && !t->moments)
		return;
	textbuf_adds(out, t->error ? " after " : ": ");
	textbuf_count(out, t->moments, "moment");
	textbuf_addf(out, ", %s, %s", units_time(span, t->last_ns - t->first_ns),
		units_bytes(bytes, t->bytes));
}

/* Whoever reads a stream may leave: that is no fault. Nor is a name that was refused. */
static bool is_fault(const struct taping *t)
{
	return t->error && t->spool && !(t->error == -EPIPE && recording_is_stream(t->path));
}

/* Takes it off the session, with what became of it in *said; its thread has ended. */
static void finish(struct session *s, struct textbuf *said)
{
	struct taping *t = s->taping;

	pthread_join(t->thread, NULL);
	say_end(t, said);
	s->tape_failed = t->error != 0;
	if (is_fault(t)) {
		s->record_status = STATUS_TARGET;
		textbuf_clear(&s->record_fault);
		textbuf_adds(&s->record_fault, said->bytes);
	}
	taping_free(t);
	s->taping = NULL;
}

/* ---- of the screen ------------------------------------------------------- */

static int tape_ready(void *context)
{
	struct session *s = context;

	return s->taping ? -EBUSY : taping_new(s, &s->next_taping);
}

static int tape_begin(void *context, const char *path, const struct history *history)
{
	struct session *s = context;
	struct taping *t = s->next_taping;
	int error;

	s->next_taping = NULL;
	t->path = mem_copy(path);
	t->anew = true;
	history_copy(&t->past, history);
	error = taping_start(t);
	if (error)
		taping_free(t);
	else
		s->taping = t;
	return error;
}

static void tape_stop(void *context)
{
	const struct session *s = context;

	if (s->taping)
		io_announce(s->taping->stop_fd, true);
}

int recording_fd(const struct session *s)
{
	return s->taping ? s->taping->end_fd : -1;
}

static int tape_fd(void *context)
{
	return recording_fd(context);
}

static bool has_ended(const struct taping *t, int wait_ms)
{
	struct pollfd p = {.fd = t->end_fd, .events = POLLIN};

	return poll(&p, 1, wait_ms) == 1;
}

/* A file that does not open keeps its thread: what that would use is taken from it. */
static bool abandon(struct taping *t)
{
	bool opening;

	pthread_mutex_lock(&t->lock);
	opening = t->opening;
	t->abandoned = opening;
	if (opening) {
		source_free(t->source);
		t->source = NULL;
		seeds_want(t->seeds, false);
		t->seeds = NULL;
		pthread_detach(t->thread);
	}
	pthread_mutex_unlock(&t->lock);
	return opening;
}

/* It is left to its thread, where it has not opened yet. */
static bool give_up(struct session *s, struct textbuf *said)
{
	struct textbuf path = {0};
	bool opening;

	text_printable(&path, text_of(s->taping->path));
	opening = abandon(s->taping);
	if (opening) {
		textbuf_addf(
			said, "recording %s: it does not open: nothing was written", path.bytes);
		textbuf_adds(&s->record_fault, said->bytes);
		s->record_status = STATUS_TARGET;
		s->tape_failed = true;
		s->left_behind = true;
		s->taping = NULL;
	}
	textbuf_free(&path);
	return opening;
}

/* What nobody takes must not gather. */
static bool opens_too_late(struct taping *t)
{
	bool opening;

	pthread_mutex_lock(&t->lock);
	opening = t->opening;
	pthread_mutex_unlock(&t->lock);
	return opening && clock_monotonic_ns() > t->begun_ns + PATIENCE_NS;
}

static void tape_look(void *context, struct tape_look *ret, struct textbuf *said)
{
	struct session *s = context;
	struct taping *t = s->taping;

	if (t && has_ended(t, 0))
		finish(s, said);
	else if (t && opens_too_late(t))
		give_up(s, said);
	*ret = (struct tape_look){.state = s->taping	    ? TAPE_ON
					   : s->tape_failed ? TAPE_FAILED
							    : TAPE_OFF};
	t = s->taping;
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	ret->span_ns = t->last_ns - t->first_ns;
	ret->moments = t->moments;
	ret->bytes = t->bytes;
	pthread_mutex_unlock(&t->lock);
}

struct tape_ops recording_ops(struct session *s)
{
	return (struct tape_ops){s, tape_ready, tape_begin, tape_stop, tape_look, tape_fd};
}

/* ---- of the run ---------------------------------------------------------- */

static bool is_refused(struct taping *t)
{
	bool refused;

	pthread_mutex_lock(&t->lock);
	refused = t->refused;
	pthread_mutex_unlock(&t->lock);
	return refused;
}

/* What cannot be opened is an end before anything began. */
static int refuse(struct session *s)
{
	struct taping *t = s->taping;
	int status;

	pthread_join(t->thread, NULL);
	status = recording_fail(t->path, words_of(t));
	taping_free(t);
	s->taping = NULL;
	return status;
}

/* Whether it opens soon; else it goes on by itself, and somebody is told who has no screen. */
static bool opens_soon(const struct taping *t)
{
	struct pollfd p[] = {
		{.fd = t->open_fd, .events = POLLIN}, {.fd = leave_fd(), .events = POLLIN}};
	struct textbuf shown = {0};

	poll(p, 2, OPEN_MS);
	if (p[0].revents)
		return true;
	text_printable(&shown, text_of(t->path));
	if (t->headless && !p[1].revents)
		fail(STATUS_OK, "recording %s: waiting for it to open", shown.bytes);
	textbuf_free(&shown);
	return false;
}

int recording_begin(struct session *s)
{
	const char *path = s->options.record;
	struct taping *t;
	int error;

	if (!path)
		return STATUS_OK;
	error = taping_new(s, &t);
	if (error)
		return recording_fail(path, strerror(-error));
	t->path = mem_copy(path);
	t->headless = s->options.headless;
	t->need = t->headless ? NEED_ALL : 0;
	error = taping_start(t);
	if (error) {
		taping_free(t);
		return recording_fail(path, strerror(-error));
	}
	s->taping = t;
	return opens_soon(t) && is_refused(t) ? refuse(s) : STATUS_OK;
}

void recording_end(struct session *s)
{
	struct textbuf said = {0};
	struct taping *t = s->taping;

	taping_free(s->next_taping);
	s->next_taping = NULL;
	if (t) {
		io_announce(t->stop_fd, true);
		if (has_ended(t, OPEN_MS) || !give_up(s, &said))
			finish(s, &said);
	}
	if (s->record_fault.len)
		fail(STATUS_TARGET, "%s", s->record_fault.bytes);
	textbuf_free(&s->record_fault);
	textbuf_free(&said);
}
