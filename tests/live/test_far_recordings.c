/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings on a file server that does not answer: they are waited for, and the wait can be ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "specimen.h"
#include "terminal.h"
#include "tests/fixtures/hour.h"
#include "twintop/record/recorder.h"

static void ends_while_it_waits(struct terminal *t, int number, const char *path)
{
	int status = 0;

	terminal_await(t, "waiting for");
	terminal_await(t, path);
	if (number)
		assert_int_equal(kill(t->run, number), 0);
	else
		terminal_type(t, "q");
	assert_true(terminal_ends(t, true, &status));
	assert_true(number ? WIFSIGNALED(status) && WTERMSIG(status) == number
			   : WIFEXITED(status) && WEXITSTATUS(status) == 0);
	terminal_end(t);
}

/* A pipe that nobody writes to: `q` and signals end us, which say what is waited for. */
static void a_recording_may_not_open(void **state)
{
	char folder[] = "/tmp/twintop-fifo-XXXXXX", path[64];
	static const int number[] = {0, SIGTERM, SIGHUP};
	struct terminal t;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	for (size_t i = 0; i < 3; i++) {
		t = terminal_start(NULL, (const char *[]){"twintop", "replay", path, NULL});
		ends_while_it_waits(&t, number[i], path);
	}
	t = terminal_start(NULL, (const char *[]){"twintop", "replay", path, "--json", NULL});
	ends_while_it_waits(&t, SIGTERM, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* One on a dead file server is waited for beside the screen, and by a report that says so. */
static void a_recording_waits_by_itself(void **state)
{
	struct specimen *s = specimen_start("stuck", "folder", NULL);
	char path[512];
	struct terminal t;
	int status = 0;

	(void)state;
	if (!specimen_number(s, "able")) {
		specimen_stop(s);
		print_message("skipped: needs root and /dev/fuse\n");
		skip();
	}
	snprintf(path, sizeof path, "%s/recording", specimen_text(s, "folder"));
	specimen_say(s, "die");
	t = terminal_start(NULL, (const char *[]){"twintop", "replay", path, NULL});
	ends_while_it_waits(&t, 0, path);
	t = terminal_start(NULL, (const char *[]){"twintop", "-o", path, terminal_own_pid(), NULL});
	terminal_await(&t, TERMINAL_SCREEN);
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	terminal_await(&t, "it does not open");
	terminal_end(&t);
	t = terminal_start(NULL,
		(const char *[]){"twintop", "--headless", "-o", path, terminal_own_pid(), NULL});
	ends_while_it_waits(&t, SIGTERM, path);
	specimen_stop(s);
}

/* What is left of a recording whose file server does not give all of it. */
#define TAPE_THREADS 100u
#define TAPE_MOMENTS 900u
#define TAPE_HEAD    ((off_t)192 << 10) /* bytes: what is read together, and a moment or many */

static off_t make_tape(int fd)
{
	struct hour *hour = hour_new(&(const struct hour_size){
		.threads = TAPE_THREADS, .pages = 64, .active_percent = 80, .delay_ns = 100000000});
	const struct recorder_options options = {
		.write = recorder_to_fd, .context = &fd, .program = "a test"};
	struct recorder *recorder;

	assert_int_equal(recorder_new(&options, &recorder), 0);
	for (unsigned i = 0; i < TAPE_MOMENTS; i++) {
		const struct moment *m = moment_new(hour_next(hour), NULL);

		assert_int_equal(recorder_add(recorder, m), 0);
		moment_put(m);
	}
	assert_int_equal(recorder_end(recorder), 0);
	hour_free(hour);
	return lseek(fd, 0, SEEK_CUR);
}

/* Bytes from there on up to so many before its end are never given. */
static struct specimen *serve_tape(off_t from, off_t rest)
{
	char path[] = "/tmp/twintop-tape-XXXXXX", begin[24], end[24];
	int fd = mkstemp(path);
	struct specimen *s;
	off_t size;

	assert_true(fd >= 0);
	size = make_tape(fd);
	assert_true(size > 4 * TAPE_HEAD);
	snprintf(begin, sizeof begin, "%lld", (long long)from);
	snprintf(end, sizeof end, "%lld", (long long)(rest < size ? size - rest : 0));
	s = specimen_start("stuck", "holed", path, begin, end, NULL);
	assert_int_equal(unlink(path), 0);
	close(fd);
	if (specimen_number(s, "able"))
		return s;
	specimen_stop(s);
	print_message("skipped: needs root and /dev/fuse\n");
	skip();
	return NULL;
}

/* It opens, and then what it begins with does not come. */
static void a_recording_may_not_begin(void **state)
{
	struct specimen *s = serve_tape(0, 0);
	const char *path = specimen_text(s, "file");
	struct terminal t;

	(void)state;
	t = terminal_start(NULL, (const char *[]){"twintop", "replay", path, NULL});
	ends_while_it_waits(&t, 0, path);
	t = terminal_start(NULL, (const char *[]){"twintop", "replay", path, path, NULL});
	ends_while_it_waits(&t, SIGTERM, path);
	specimen_stop(s);
}

/* A report of what came waits for more, and says so. */
static void a_recording_may_not_go_on(void **state)
{
	struct specimen *s = serve_tape(TAPE_HEAD, TAPE_HEAD);
	const char *path = specimen_text(s, "file");
	struct terminal t;

	(void)state;
	t = terminal_start(NULL,
		(const char *[]){"twintop", "replay", path, "--json", "--view", "files", NULL});
	terminal_await(&t, "{\"schema\"");
	ends_while_it_waits(&t, SIGTERM, path);
	specimen_stop(s);
}

/* A screen says that a moment cannot be had, and goes on, and ends. */
static void a_screen_does_not_wait_for_a_recording(bool beside)
{
	struct specimen *s = serve_tape(0, INT64_MAX);
	const char *path = specimen_text(s, "file");
	struct terminal t;
	int status = 0;

	t = terminal_start(
		NULL, (const char *[]){"twintop", "replay", path, beside ? path : NULL, NULL});
	terminal_await(&t, TERMINAL_SCREEN);
	specimen_say(s, "die");
	terminal_type(&t, "\x1b[F");
	terminal_await(&t, "does not answer");
	terminal_type(&t, "2");
	terminal_await(&t, "[2 Threads]");
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	terminal_end(&t);
	specimen_stop(s);
}

static void a_recording_on_screen_may_not_go_on(void **state)
{
	(void)state;
	a_screen_does_not_wait_for_a_recording(false);
	a_screen_does_not_wait_for_a_recording(true);
}

/* What it is written to takes no more. */
static void a_recording_may_not_be_written(void **state)
{
	struct specimen *s = serve_tape(0, 0);
	struct terminal t;
	int status = 0;

	(void)state;
	t = terminal_start(NULL, (const char *[]){"twintop", "-o", specimen_text(s, "file"),
					 terminal_own_pid(), NULL});
	terminal_await(&t, TERMINAL_SCREEN);
	specimen_say(s, "die");
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	terminal_await(&t, "recording ");
	terminal_end(&t);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_may_not_open),
		cmocka_unit_test(a_recording_waits_by_itself),
		cmocka_unit_test(a_recording_may_not_begin),
		cmocka_unit_test(a_recording_may_not_go_on),
		cmocka_unit_test(a_recording_on_screen_may_not_go_on),
		cmocka_unit_test(a_recording_may_not_be_written),
	};

	return live_run(tests, NULL, NULL);
}
