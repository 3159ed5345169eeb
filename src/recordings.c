/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings that are replayed, and what is said of those that are written, too. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "opening.h"
#include "session.h"
#include "twintop/base/leave.h"
#include "twintop/compare/diff.h"
#include "twintop/compare/past.h"
#include "twintop/record/player.h"
#include "twintop/record/replay.h"
#include "twintop/record/stream.h"

#define ANSWER_MS 700 /* for a file to answer beside a screen */

bool recording_is_stream(const char *path)
{
	return strcmp(path, "-") == 0;
}

int recording_fail(const char *path, const char *why)
{
	struct textbuf shown = {0};

	text_printable(&shown, text_of(path));
	fail(STATUS_TARGET, "recording %s: %s", shown.len ? shown.bytes : "''", why);
	textbuf_free(&shown);
	return STATUS_TARGET;
}

static const struct pair *make_pair(void *context, struct snapshot *snapshot)
{
	return comparer_pair(context, snapshot);
}

static void reset(void *context)
{
	comparer_reset(context);
}

static int seed(void *context, const struct snapshot *s, const struct record_names *names,
	const struct text *saved)
{
	return comparer_load(context, s, names, saved);
}

/* A recording that is replayed. */
struct played {
	int fd;
	struct recording *recording; /* the replay's */
	struct comparer *comparer;
	struct source *replay; /* NULL: there is none */
	const char *path;
	bool told; /* that it is waited for */
};

/* One that is being opened; its opener's own once nobody waits for it. */
struct opened {
	char *path;
	int error;
	struct played played;
};

static int play_it(struct played *p)
{
	int error;

	p->comparer = comparer_new();
	error = replay_new(p->recording,
		(struct replay_pairing){make_pair, reset, seed, p->comparer}, &p->replay);
	if (!error)
		return 0;
	recording_free(p->recording);
	comparer_free(p->comparer);
	return error;
}

/* Reads what it begins with, and where what is, too: what opens may bring nothing. */
static int open_it(void *context)
{
	struct opened *o = context;
	struct played *p = &o->played;
	int error;

	p->fd = recording_is_stream(o->path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
					     : open(o->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	o->error = p->fd < 0 ? -errno : 0;
	error = p->fd < 0 ? 0 : recording_new(p->fd, &p->recording);
	return p->fd < 0 || error ? error : play_it(p);
}

static const char *words_of(int error)
{
	return error == -EBADMSG	   ? "that is no recording of twintop's"
	       : error == -EPROTONOSUPPORT ? "a newer twintop wrote it: use that one"
					   : strerror(-error);
}

/* keys: those of standard input may end it. -ECANCELED: they, or our end, did. */
static int open_recording(const char *path, bool keys, struct played *ret)
{
	struct opened *o = mem_alloc(sizeof *o);
	int error;

	o->path = mem_copy(path);
	o->played.fd = -1;
	error = opening_wait(&(const struct opening){open_it, o, path, keys});
	if (error == -ECANCELED)
		return error;
	*ret = o->played;
	ret->path = path;
	if (o->error)
		error = recording_fail(path, strerror(-o->error));
	else if (error) {
		if (ret->fd >= 0)
			close(ret->fd);
		error = recording_fail(path, words_of(error));
	}
	free(o->path);
	free(o);
	return error;
}

/* After the source that took its replay over has ended. hangs: its file does not answer. */
static void close_recording(const struct played *p, bool hangs)
{
	if (!p->replay)
		return;
	comparer_free(p->comparer);
	if (!hangs)
		close(p->fd);
}

static bool hangs(const struct played *p)
{
	return p->replay && recording_hangs(p->recording);
}

/* ---- on the screen --------------------------------------------------------- */

/* Where the recording comes through standard input keys come from the terminal itself. */
static int find_keys(const struct options *o, const char *path, int *ret_fd)
{
	*ret_fd = -1;
	if (!recording_is_stream(path))
		return check_screen(o);
	if (isatty(STDIN_FILENO))
		return fail(STATUS_USAGE, "standard input is a terminal: pipe a recording into it");
	if (!isatty(STDOUT_FILENO))
		return check_screen(o);
	*ret_fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (*ret_fd >= 0)
		return STATUS_OK;
	return fail(STATUS_USAGE, "no terminal to read keys from: %s: use --once or --json",
		strerror(errno));
}

static int take_keys(int fd)
{
	int taken = fd < 0 ? 0 : dup2(fd, STDIN_FILENO);

	if (fd >= 0)
		close(fd);
	return taken < 0 ? fail(STATUS_USAGE, "no terminal to read keys from: %s", strerror(errno))
			 : STATUS_OK;
}

/* What is replayed: the recording, and the one that stands beside it, if there is one. */
struct replayed {
	struct played a, b;
	bool left; /* that one is A's: the other comes through standard input, and says when */
};

/* The source's moments are beside those of the other recording from now on. */
static void put_beside(struct session *s, const struct replayed *r)
{
	if (r->b.replay)
		s->source =
			diff_source_new(s->source, r->b.replay, (enum diff_align)s->options.align);
}

/* Says of a recording why it ends before its writer ended it, if it does. */
static int tell_end(const char *path, const struct source *replay)
{
	const char *why = replay_end_words(replay_error(replay));

	return why ? recording_fail(path, why) : STATUS_OK;
}

/* A screen does not wait for what does not answer. */
static void wait_briefly(const struct played *p)
{
	if (p->replay)
		recording_wait_by(p->recording, ANSWER_MS, NULL, NULL);
}

/* What is a file plays, what comes through a pipe is shown as it comes. */
static int replay_on_screen(struct session *s, const struct replayed *r)
{
	const struct recording *recording = r->a.recording;
	const struct app_options app = {.recorded = true,
		.redacted = recording_is_redacted(recording),
		.turned = r->left,
		.host = recording_host(recording),
		.host_beside = r->b.replay ? recording_host(r->b.recording) : NULL};
	int error;

	wait_briefly(&r->a);
	wait_briefly(&r->b);
	error = recording_is_file(recording) ? player_new(s->source, &s->source)
					     : stream_new(s->source, &s->source);
	put_beside(s, r);
	if (error)
		return recording_fail(s->options.recording, strerror(-error));
	return show_screen(s, app);
}

static void say_waiting(void *context)
{
	struct played *p = context;

	if (!p->told)
		opening_say(p->path, false);
	p->told = true;
}

/* A report waits as long as nobody ends it. */
static void wait_for_answers(struct played *p)
{
	if (!p->replay)
		return;
	recording_wait_by(p->recording, 0, say_waiting, p);
	replay_stop_by(p->replay, leave_fd());
}

static int replay_as_report(struct session *s, struct replayed *r)
{
	struct source *replay = s->source;
	int status;

	wait_for_answers(&r->a);
	wait_for_answers(&r->b);
	put_beside(s, r);
	if (r->left)
		diff_source_turn(s->source);
	if (s->options.against_ns)
		s->source = past_source_new(replay, s->options.against_ns);
	status = run_reports(s);
	if (status == STATUS_OK)
		status = tell_end(s->options.recording, replay);
	return status == STATUS_OK && r->b.replay ? tell_end(s->options.beside, r->b.replay)
						  : status;
}

static int replay_as_page(struct session *s, struct replayed *r)
{
	struct source *replay = s->source;
	int error, status;

	wait_for_answers(&r->a);
	error = player_new(replay, &s->source);
	if (error)
		return recording_fail(s->options.recording, strerror(-error));
	status = run_export(s, r->a.recording);
	return status == STATUS_OK ? tell_end(s->options.recording, replay) : status;
}

/* What is not for a screen. */
static int replay_to_be_read(struct session *s, struct replayed *r)
{
	return s->options.exports ? replay_as_page(s, r) : replay_as_report(s, r);
}

/* Whether nobody waits any more; what was left behind holds standard input, and no more. */
static bool is_ended(struct session *s, int status)
{
	if (status != -ECANCELED)
		return false;
	s->left_behind = true;
	s->signal = leave_signal();
	return true;
}

/* What comes through standard input comes when it comes: it leads, wherever it stands. */
static bool let_stream_lead(struct session *s)
{
	const char *path = s->options.recording;

	if (!s->options.beside || !recording_is_stream(s->options.beside))
		return false;
	s->options.recording = s->options.beside;
	s->options.beside = path;
	return true;
}

/* Both of them, before anything is shown. */
static int open_both(struct session *s, bool keys, struct replayed *ret)
{
	int status = open_recording(s->options.recording, keys, &ret->a);

	if (status == STATUS_OK && s->options.beside) {
		status = open_recording(s->options.beside, keys, &ret->b);
		if (status != STATUS_OK) {
			source_free(ret->a.replay);
			close_recording(&ret->a, false);
		}
	}
	return status;
}

int run_replay(struct session *s)
{
	bool screen = !s->options.once && !s->options.json && !s->options.exports, hang_a, hang_b;
	struct replayed r = {.left = let_stream_lead(s)};
	int status, keys = -1;

	status = screen ? find_keys(&s->options, s->options.recording, &keys) : STATUS_OK;
	if (status == STATUS_OK)
		status = open_both(s, screen && keys < 0, &r);
	if (status != STATUS_OK)
		return is_ended(s, status) ? STATUS_OK : status;
	s->source = r.a.replay;
	status = take_keys(keys);
	if (status == STATUS_OK)
		status = screen ? replay_on_screen(s, &r) : replay_to_be_read(s, &r);
	else
		put_beside(s, &r);
	hang_a = hangs(&r.a);
	hang_b = hangs(&r.b);
	source_free(s->source);
	close_recording(&r.a, hang_a);
	close_recording(&r.b, hang_b);
	s->left_behind |= hang_a || hang_b;
	return status;
}
