/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `q` and signals end us whatever takes no more of what we write, or does not end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "live.h"
#include "program.h"
#include "reach.h"
#include "terminal.h"
#include "twintop/base/clock.h"

#define CTRL_S	   "\x13"
#define CTRL_L	   "\x0c"
#define ENDINGS	   (sizeof endings / sizeof *endings)
#define STALLED_MS 300

static const int endings[] = {SIGTERM, SIGINT, SIGHUP};

/* ---- standard output ------------------------------------------------------- */

/* Until nothing more goes into the pipe. */
static void await_full(int fd)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_BOUND_NS;
	int before = -1, now = 0;

	while (now != before || now == 0) {
		assert_true(clock_monotonic_ns() < until);
		before = now;
		clock_sleep_ns(STALLED_MS * 1000000u);
		assert_int_equal(ioctl(fd, FIONREAD, &now), 0);
	}
}

static bool run_ends(pid_t run, int *ret_status)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_END_NS;
	pid_t reaped;

	while ((reaped = waitpid(run, ret_status, WNOHANG)) == 0 && clock_monotonic_ns() < until)
		clock_sleep_ns(5000000);
	if (reaped != run)
		kill(run, SIGKILL);
	return reaped == run;
}

static void signals_end_reports_that_nobody_reads(void **state)
{
	static const char *const mode[] = {"--json", "--once"};

	(void)state;
	for (size_t i = 0; i < 2 * ENDINGS; i++) {
		int out, err, status = 0, number = endings[i % ENDINGS];
		pid_t run = program_start((const char *[]){"twintop", mode[i / ENDINGS], "-n", "0",
						  terminal_own_pid(), NULL},
			&out, &err);

		await_full(out);
		assert_int_equal(kill(run, number), 0);
		assert_true(run_ends(run, &status));
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == number);
		close(out);
		close(err);
	}
}

/* Who reads gets whole lines to the last. */
static void a_report_that_is_read_ends_with_its_line(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct textbuf said = {0};
		int out, err, status = 0;
		pid_t run = program_start((const char *[]){"twintop", "--json", "-n", "0", "-d",
						  "0.02", terminal_own_pid(), NULL},
			&out, &err);

		while (said.len < 100000 + 3000 * (size_t)i && program_read(out, &said))
			;
		assert_int_equal(kill(run, SIGINT), 0);
		while (program_read(out, &said))
			;
		assert_true(run_ends(run, &status));
		assert_int_equal(said.bytes[said.len - 1], '\n');
		textbuf_free(&said);
		close(out);
		close(err);
	}
}

/* ---- the screen ------------------------------------------------------------ */

static void signals_and_q_end_a_screen_that_is_stopped(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ENDINGS; i++) {
		struct terminal t = terminal_start(
			NULL, (const char *[]){"twintop", "-d", "0.02", terminal_own_pid(), NULL});
		int status = 0;

		terminal_await(&t, TERMINAL_SCREEN);
		terminal_type(&t, CTRL_S);
		while (terminal_take(&t, STALLED_MS))
			;
		if (i < ENDINGS)
			assert_int_equal(kill(t.run, endings[i]), 0);
		else
			terminal_type(&t, "q");
		assert_true(terminal_ends(&t, true, &status));
		terminal_end(&t);
	}
}

static void signals_and_q_end_a_screen_that_nobody_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ENDINGS; i++) {
		struct terminal t = terminal_start(
			NULL, (const char *[]){"twintop", "-d", "0.02", terminal_own_pid(), NULL});
		int status = 0;

		terminal_await(&t, TERMINAL_SCREEN);
		/* Each draws the whole screen: more than the terminal holds. */
		for (int k = 0; k < 40; k++) {
			terminal_type(&t, CTRL_L);
			clock_sleep_ns(40000000);
		}
		if (i < ENDINGS)
			assert_int_equal(kill(t.run, endings[i]), 0);
		else
			terminal_type(&t, "q");
		assert_true(terminal_ends(&t, false, &status));
		terminal_end(&t);
	}
}

/* ---- synchronized output --------------------------------------------------- */

#define SYNC_ASK     "\033[?2026$p"
#define SYNC_BEGIN   "\033[?2026h"
#define SYNC_END     "\033[?2026l"
#define ENTER_SCREEN "\033[?1049h"
#define LEAVE_SCREEN "\033[?1049l"

/* Begins that stand in what was said, and whether an end follows each before the next, and before
 * the terminal is given back. */
static unsigned frames(const struct textbuf *said)
{
	const char *at = said->bytes;
	unsigned n = 0;

	while ((at = strstr(at, SYNC_BEGIN))) {
		const char *end = strstr(at, SYNC_END), *next = strstr(at + 1, SYNC_BEGIN);
		const char *back = strstr(at, LEAVE_SCREEN);

		assert_non_null(end);
		assert_true(!next || end < next);
		assert_true(!back || end < back);
		at++;
		n++;
	}
	return n;
}

/* Each frame between its begin and its end, where the terminal answers so, whatever ends us. */
static void frames_are_whole_whatever_ends_us(void **state)
{
	static const int ways[] = {0, SIGTERM, SIGSEGV};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct terminal t = terminal_start(
			NULL, (const char *[]){"twintop", "-d", "0.02", terminal_own_pid(), NULL});
		int status = 0;

		terminal_await(&t, SYNC_ASK);
		terminal_await(&t, TERMINAL_SCREEN); /* drawn with no answer */
		assert_null(strstr(t.said.bytes, SYNC_BEGIN));
		terminal_type(&t, i ? "\033[?2026;2$y2" : "\033[?2026;2$y?"); /* and a key */
		terminal_await(&t, i ? "[2 Threads]" : "Keys everywhere");
		terminal_type(&t, CTRL_L);
		terminal_await(&t, SYNC_BEGIN);
		if (i == 1) { /* stopped within a frame, perhaps */
			terminal_type(&t, CTRL_L);
			terminal_type(&t, CTRL_S);
		}
		if (ways[i])
			assert_int_equal(kill(t.run, ways[i]), 0);
		else
			terminal_type(&t, "\033q");
		assert_true(terminal_ends(&t, true, &status));
		while (terminal_take(&t, 0))
			;
		assert_true(frames(&t.said) >= 1);
		terminal_end(&t);
	}
}

/*
 * Until the screen is there again behind the one that was left. Nobody is stopped whose group is an
 * orphan (setpgid(2)), as one on a terminal of ours is: it may be there before we say SIGCONT.
 */
static void await_again(struct terminal *t)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_BOUND_NS;

	while (!strstr(strstr(t->said.bytes, LEAVE_SCREEN), ENTER_SCREEN)) {
		assert_true(clock_monotonic_ns() < until);
		terminal_take(t, 50);
	}
}

/* The answer comes in pieces, and late: no byte of it is a key. Stopped and continued within a
 * frame, perhaps, the terminal was given back with no begin left open. */
static void a_late_answer_is_heard_and_a_stop_leaves_no_begin(void **state)
{
	struct terminal t = terminal_start(
		NULL, (const char *[]){"twintop", "-d", "0.02", terminal_own_pid(), NULL});
	int status = 0;

	(void)state;
	terminal_await(&t, TERMINAL_SCREEN);
	terminal_type(&t, "\033[?20");
	clock_sleep_ns(STALLED_MS * 1000000u);
	terminal_type(&t, "26;2$y");
	terminal_type(&t, CTRL_L);
	terminal_await(&t, SYNC_BEGIN);
	assert_null(strstr(t.said.bytes, "[2 Threads]"));
	terminal_type(&t, CTRL_L);
	assert_int_equal(kill(t.run, SIGTSTP), 0);
	terminal_await(&t, LEAVE_SCREEN);
	frames(&t.said);
	assert_int_equal(kill(t.run, SIGCONT), 0);
	await_again(&t);
	terminal_type(&t, "2");
	terminal_await(&t, "[2 Threads]");
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status));
	while (terminal_take(&t, 0))
		;
	assert_true(frames(&t.said) >= 2);
	terminal_end(&t);
}

/* Ctrl-S, then Ctrl-Z: whoever stops us need not know that Ctrl-Q comes first. */
static void a_stop_waits_for_no_output(void **state)
{
	struct terminal t = terminal_start(
		NULL, (const char *[]){"twintop", "-d", "0.02", terminal_own_pid(), NULL});
	int status = 0;

	(void)state;
	terminal_await(&t, TERMINAL_SCREEN);
	terminal_type(&t, CTRL_S);
	while (terminal_take(&t, STALLED_MS))
		;
	assert_int_equal(kill(t.run, SIGTSTP), 0);
	terminal_await(&t, LEAVE_SCREEN);
	assert_int_equal(kill(t.run, SIGCONT), 0);
	await_again(&t);
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status));
	terminal_end(&t);
}

/* A terminal that does not know the mode, or has it for good, is told nothing of it; nor is asked
 * one that nobody wants asked. */
static void nobody_is_told_what_he_did_not_say_he_has(void **state)
{
	static const char *const answer[] = {"\033[?2026;0$y?", "\033[?2026;4$y?", "?"};

	(void)state;
	for (size_t i = 0; i < sizeof answer / sizeof *answer; i++) {
		bool never = i == 2;
		struct terminal t = terminal_start(
			NULL, (const char *[]){"twintop", "--sync", never ? "never" : "auto",
				      terminal_own_pid(), NULL});
		int status = 0;

		terminal_await(&t, TERMINAL_SCREEN);
		terminal_type(&t, answer[i]);
		terminal_await(&t, "Keys everywhere");
		assert_int_equal(!strstr(t.said.bytes, SYNC_ASK), never);
		terminal_type(&t, "\033q");
		assert_true(terminal_ends(&t, true, &status));
		assert_null(strstr(t.said.bytes, SYNC_BEGIN));
		terminal_end(&t);
	}
}

/* ---- the launched program -------------------------------------------------- */

static void q_ends_us_though_the_program_is_stopped(void **state)
{
	struct terminal t = terminal_start(NULL,
		(const char *[]){"twintop", "--", "sh", "-c", "echo re''ady; kill -STOP $$", NULL});
	int status = 0;

	(void)state;
	terminal_await(&t, "ready");
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status));
	terminal_end(&t);
}

static void q_ends_us_though_the_program_does_not_die(void **state)
{
	char program[4096];
	struct terminal t;
	int status = 0;

	(void)state;
	snprintf(program, sizeof program, "%s/sp_undying", getenv("SPECIMENS"));
	t = terminal_start(NULL, (const char *[]){"twintop", "--", program, NULL});
	terminal_await(&t, "ready");
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status));
	terminal_end(&t);
}

/* ---- who is stuck ---------------------------------------------------------- */

/* A process whose memory is locked, with a healthy one beside it; skips where it may not be. */
static struct specimen *stuck_specimen(void)
{
	struct specimen *s = specimen_start("stuck", "lock", NULL);

	if (specimen_number(s, "able"))
		return s;
	specimen_stop(s);
	print_message("skipped: needs root and /dev/fuse\n");
	skip();
	return NULL;
}

static void q_ends_a_screen_of_who_is_stuck(void **state)
{
	struct specimen *s = stuck_specimen();
	char pid[16];
	struct terminal t;
	int status = 0;

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)specimen_number(s, "stuck"));
	t = terminal_start(NULL, (const char *[]){"twintop", pid, NULL});
	terminal_await(&t, TERMINAL_SCREEN);
	for (int i = 0; i < 10; i++)
		terminal_take(&t, STALLED_MS);
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status));
	terminal_end(&t);
	specimen_stop(s);
}

/* The list is there, command lines come, and one is told to be missing. */
static void the_chooser_lists_who_is_stuck(void **state)
{
	struct specimen *s = stuck_specimen();
	struct terminal t;
	int status = 0;

	(void)state;
	t = terminal_start(NULL, (const char *[]){"twintop", NULL});
	terminal_await(&t, "search");
	terminal_type(&t, "sp_stuck");
	terminal_await(&t, "no answer");
	assert_int_equal(kill(t.run, SIGTERM), 0);
	assert_true(terminal_ends(&t, true, &status));
	terminal_end(&t);
	specimen_stop(s);
}

/* ---- pictures -------------------------------------------------------------- */

/* The screen goes on while a picture waits for a dead file server, and ends. */
static void a_picture_waits_by_itself(void **state)
{
	struct specimen *s = specimen_start("stuck", "folder", NULL);
	struct terminal t;
	int status = 0;

	(void)state;
	if (!specimen_number(s, "able")) {
		specimen_stop(s);
		print_message("skipped: needs root and /dev/fuse\n");
		skip();
	}
	t = terminal_start(
		specimen_text(s, "folder"), (const char *[]){"twintop", terminal_own_pid(), NULL});
	terminal_await(&t, TERMINAL_SCREEN);
	specimen_say(s, "die");
	terminal_type(&t, "S");
	/* Told by a screen that goes on. */
	terminal_await(&t, "does not answer");
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	assert_true(WIFEXITED(status));
	terminal_end(&t);
	specimen_stop(s);
}

static void await_file(struct terminal *t, const char *path)
{
	uint64_t until = clock_monotonic_ns() + TERMINAL_BOUND_NS;

	while (access(path, R_OK)) {
		assert_true(clock_monotonic_ns() < until);
		terminal_take(t, 50);
	}
}

static void a_picture_is_saved(void **state)
{
	char folder[] = "/tmp/twintop-save-XXXXXX", path[64];
	struct terminal t;
	int status = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/twintop-1.svg", folder);
	t = terminal_start(folder, (const char *[]){"twintop", terminal_own_pid(), NULL});
	terminal_await(&t, TERMINAL_SCREEN);
	terminal_type(&t, "S");
	terminal_await(&t, "saved");
	await_file(&t, path);
	terminal_type(&t, "S");
	path[strlen(path) - 5] = '2';
	await_file(&t, path);
	terminal_type(&t, "q");
	assert_true(terminal_ends(&t, true, &status));
	terminal_end(&t);
	assert_int_equal(unlink(path), 0);
	path[strlen(path) - 5] = '1';
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_end_reports_that_nobody_reads),
		cmocka_unit_test(a_report_that_is_read_ends_with_its_line),
		cmocka_unit_test(signals_and_q_end_a_screen_that_is_stopped),
		cmocka_unit_test(signals_and_q_end_a_screen_that_nobody_reads),
		cmocka_unit_test(frames_are_whole_whatever_ends_us),
		cmocka_unit_test(a_late_answer_is_heard_and_a_stop_leaves_no_begin),
		cmocka_unit_test(a_stop_waits_for_no_output),
		cmocka_unit_test(nobody_is_told_what_he_did_not_say_he_has),
		cmocka_unit_test(q_ends_us_though_the_program_is_stopped),
		cmocka_unit_test(q_ends_us_though_the_program_does_not_die),
		cmocka_unit_test(q_ends_a_screen_of_who_is_stuck),
		cmocka_unit_test(the_chooser_lists_who_is_stuck),
		cmocka_unit_test(a_picture_waits_by_itself),
		cmocka_unit_test(a_picture_is_saved),
	};

	return live_run(tests, NULL, NULL);
}
