/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"
#include "twintop/base/clock.h"
#include "twintop/base/leave.h"
#include "twintop/base/log.h"
#include "twintop/base/privilege.h"
#include "twintop/draw/canvas.h"
#include "twintop/feed/feeds.h"
#include "twintop/proc/caps.h"
#include "twintop/sample/limits.h"

#define DOCTOR_COLUMNS 78
#define FEEDS_NS       1000000000u /* for who tells to begin */

static int print_text(struct textbuf *text)
{
	int error = write_out(text);

	textbuf_free(text);
	return error ? write_status(error) : STATUS_OK;
}

static int run_help(void)
{
	struct textbuf text = {0};

	options_help(&text);
	return print_text(&text);
}

static int run_version(void)
{
	struct textbuf text = {0};

	textbuf_adds(&text, PACKAGE_STRING "\n");
	return print_text(&text);
}

/* The feed that tells of births and ends here; NULL: none. */
static const struct feed_ops *find_lifecycle(const struct session *s)
{
	const struct feed_context context = {.root = s->root, .access = s->access};
	const struct feed_ops *speaks;
	struct feeds *feeds;

	if (feeds_new(&context, feed_table, feed_table_n, &feeds))
		return NULL;
	feeds_flush(feeds, clock_monotonic_ns() + FEEDS_NS);
	speaks = feeds_lifecycle(feeds);
	feeds_free(feeds);
	return speaks;
}

/* Who tells what happens between samples, and what that one cannot see. */
static void add_feed(
	struct textbuf *out, const struct feed_ops *feed, const struct feed_ops *speaks)
{
	const struct canvas line = {0};

	textbuf_addf(out,
		!feed->lifecycle || feed == speaks
			? "\nWhat happens between samples is told by %s:\n"
			: "\nNot needed here, or not to be had: %s:\n",
		feed->id);
	for (const char *at = feed->blind; *at;) {
		size_t n = canvas_wrap(&line, at, DOCTOR_COLUMNS);

		textbuf_addf(out, "  %.*s\n", (int)(at[n] ? n - 1 : n), at);
		at += n;
	}
}

static const char raised[] =
	"This twintop has rights beyond yours, by its file's capabilities or set-id bits: it\n"
	"starts no programs, writes no files, and of the environment minds the terminal's\n"
	"name, the locale and the wish for no colours alone.\n\n";

static int run_doctor(struct session *s)
{
	struct textbuf path = {0}, text = {0};
	const struct feed_ops *speaks;
	struct caps_program program = {.root = geteuid() == 0};
	int fd = proc_open(s->root, O_PATH, "self/exe");
	struct stat st;

	if (proc_readlink(s->root, &path, "self/exe"))
		textbuf_adds(&path, "twintop");
	program.path = path.bytes;
	if (fd >= 0 && fstat(fd, &st) == 0) {
		program.mode = st.st_mode;
		program.owner = st.st_uid;
		program.group = st.st_gid;
	}
	if (fd >= 0)
		close(fd);
	if (privilege_raised())
		textbuf_adds(&text, raised);
	caps_report(&s->access, &program, &text);
	speaks = find_lifecycle(s);
	for (size_t i = 0; i < feed_table_n; i++)
		add_feed(&text, feed_table[i], speaks);
	textbuf_free(&path);
	return print_text(&text);
}

/* Closed standard descriptors must not come back as files of ours: what is written there fails. */
static void hold_standard_fds(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(STATUS_USAGE);
}

/* A log is a file that our caller names: with rights that he has not, it is none of ours. */
static int open_log(const char *path)
{
	int error = log_open(path);

	if (!error)
		return STATUS_OK;
	if (privilege_raised())
		return fail(STATUS_USAGE, "--log: twintop has rights beyond yours and writes no "
					  "files with them");
	return fail(STATUS_USAGE, "--log: cannot write that file: %s", strerror(-error));
}

static int open_access(struct session *s)
{
	const char *deny = getenv("TWINTOP_DENY");
	int error = proc_root_open(NULL, &s->root);

	if (error)
		return fail(
			STATUS_TARGET, "/proc cannot be opened: %s: mount it", strerror(-error));
	error = caps_probe(s->root, deny, &s->access);
	if (error)
		return fail(STATUS_USAGE, "TWINTOP_DENY: give names that `twintop doctor` lists, "
					  "joined by commas");
	return STATUS_OK;
}

static int run(struct session *s)
{
	int status;

	switch (s->options.mode) {
	case RUN_HELP:
		return run_help();
	case RUN_VERSION:
		return run_version();
	case RUN_REPLAY:
		return run_replay(s);
	case RUN_DOCTOR:
	case RUN_DEMO:
	case RUN_PREDICT:
	case RUN_WATCH:
		break;
	}
	status = open_access(s);
	if (status != STATUS_OK)
		return status;
	if (s->options.mode == RUN_DOCTOR)
		return run_doctor(s);
	if (s->options.mode == RUN_PREDICT)
		return run_predict(s);
	return s->options.mode == RUN_DEMO ? run_demo(s) : run_watch(s);
}

/* Settings are for who looks: what others read is as the command line says. */
static bool shows_screen(const struct options *o)
{
	return (o->mode == RUN_WATCH || o->mode == RUN_DEMO || o->mode == RUN_REPLAY) && !o->once &&
	       !o->json && !o->headless;
}

int main(int argc, char **argv)
{
	/* Static: a worker that was left behind may read through it to the end. */
	static struct session s;
	struct textbuf complaint = {0};
	int status, error;

	hold_standard_fds();
	error = privilege_begin();
	if (error)
		return fail(STATUS_USAGE,
			"the rights that this file was given cannot be given up: "
			"%s: take them from it (setcap -r, chmod ug-s)",
			strerror(-error));
	leave_open();
	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow fails as a full disk does */
	limits_raise();
	if (options_parse(argc, argv, &s.options, &complaint)) {
		fail(STATUS_USAGE, "%s", complaint.bytes);
		textbuf_free(&complaint);
		return STATUS_USAGE;
	}
	s.program = s.options.program;
	s.ascii = s.options.ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	status = s.options.log ? open_log(s.options.log) : STATUS_OK;
	if (status != STATUS_OK)
		return status;
	if (shows_screen(&s.options))
		preferences_load(&s.preferences, &s.options);
	s.ascii |= s.options.ascii;
	status = run(&s);
	preferences_end(&s.preferences);
	/* Where a worker hangs in a read, /proc stays open for it. */
	if (!s.left_behind)
		proc_root_close(s.root);
	log_close();
	if (s.signal) {
		signal(s.signal, SIG_DFL);
		raise(s.signal);
	}
	/* Nor may anything that it uses be torn down at exit(3). */
	if (s.left_behind)
		_exit(status);
	return status;
}
