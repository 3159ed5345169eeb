/* SPDX-License-Identifier: GPL-2.0-or-later */
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/base/text.h"
#include "twintop/sample/launch.h"
#include "twintop/sample/limits.h"

#define BOUND_NS 60000000000u

static char shell[] = "sh", dash_c[] = "-c";

static struct launch *start(char *script)
{
	char *argv[] = {shell, dash_c, script, NULL};
	struct launch *l = NULL;

	assert_int_equal(launch_start(argv, "dumb", 80, 24, &l), 0);
	return l;
}

static void read_link(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	n = readlink(path, out, size - 1);
	assert_true(n > 0);
	out[n] = 0;
}

static int wait_end(struct launch *l)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	int status = -1;

	while (!launch_reap(l, &status) && clock_monotonic_ns() < until)
		clock_sleep_ns(1000000);
	return status;
}

/* Appends the output until text is in it, or the program closed its side. */
static void read_until(struct launch *l, const char *text, struct textbuf *out)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	textbuf_adds(out, "");
	while (!strstr(out->bytes, text) && clock_monotonic_ns() < until) {
		struct pollfd p = {.fd = launch_fd(l), .events = POLLIN};
		char bytes[256];
		ssize_t n;

		poll(&p, 1, 100);
		n = read(launch_fd(l), bytes, sizeof bytes);
		if (n > 0)
			textbuf_add(out, bytes, (size_t)n);
		else if (n < 0 && errno == EIO)
			break;
	}
	assert_non_null(strstr(out->bytes, text));
}

/* What it is called, once it has said so. */
static void named(pid_t pid, const char *name)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	char path[64], comm[32] = "";

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	while (strcmp(comm, name) != 0 && clock_monotonic_ns() < until) {
		FILE *f = fopen(path, "r");

		assert_non_null(f);
		if (fgets(comm, sizeof comm, f))
			comm[strcspn(comm, "\n")] = '\0';
		fclose(f);
	}
	assert_string_equal(comm, name);
}

static void held_before_exec(void **state)
{
	char script[] = "read line; exit 7";
	struct launch *l = start(script);
	char ours[256], its[256];
	int status;

	(void)state;
	read_link(getpid(), "exe", ours, sizeof ours);
	read_link(launch_pid(l), "exe", its, sizeof its);
	assert_string_equal(ours, its);
	named(launch_pid(l), "sh");
	assert_false(launch_reap(l, &status));
	assert_int_equal(launch_release(l), 0);
	read_link(launch_pid(l), "exe", its, sizeof its);
	assert_string_not_equal(ours, its);
	assert_int_equal(launch_release(l), -EINVAL);
	assert_int_equal(write(launch_fd(l), "\n", 1), 1);
	status = wait_end(l);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_true(launch_reap(l, &status));
	launch_free(l);
}

static void output_and_terminal(void **state)
{
	char script[] = "test -t 0 && test -t 1 && echo $TERM $(stty size) && echo >/dev/tty mine";
	struct textbuf out = {0};
	struct launch *l = start(script);

	(void)state;
	assert_int_equal(launch_release(l), 0);
	read_until(l, "mine", &out);
	assert_non_null(strstr(out.bytes, "dumb 24 80"));
	assert_int_equal(wait_end(l), 0);
	launch_free(l);
	textbuf_free(&out);
}

static unsigned inheritable(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) == 0;
	return n;
}

/* What we ignore, block and raised is ours alone. */
static void child_starts_clean(void **state)
{
	char script[] =
		"grep -E 'Sig(Blk|Ign)' /proc/self/status; ulimit -n; ls /proc/self/fd | wc -l;"
		"echo end";
	struct textbuf out = {0};
	char limit[40], usual[32];
	FILE *ask = popen("ulimit -n", "r");
	struct launch *l;
	sigset_t some, before;

	(void)state;
	assert_non_null(ask);
	assert_non_null(fgets(usual, sizeof usual, ask));
	pclose(ask);
	usual[strcspn(usual, "\n")] = 0;
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_BLOCK, &some, &before);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	limits_raise();
	l = start(script);
	assert_int_equal(launch_release(l), 0);
	read_until(l, "end", &out);
	assert_non_null(strstr(out.bytes, "SigBlk:\t0000000000000000"));
	assert_non_null(strstr(out.bytes, "SigIgn:\t0000000000000000"));
	snprintf(limit, sizeof limit, "\n%s\r", usual);
	assert_non_null(strstr(out.bytes, limit));
	/* What we had inherited ourselves, and the directory: none of our own came along. */
	snprintf(limit, sizeof limit, "\n%u\r", inheritable() + 1);
	assert_non_null(strstr(out.bytes, limit));
	launch_free(l);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGINT, SIG_DFL);
	textbuf_free(&out);
}

static void not_found(void **state)
{
	char nowhere[] = "/nowhere/at-all", word[] = "no-such-program-here", empty[] = "";
	char directory[] = "/tmp", below[] = "/etc/passwd/x", plain[] = "/etc/passwd";
	char here[] = ".", device[] = "/dev/null";
	char *names[] = {nowhere, word, empty, below, directory, here, device, plain};
	int errors[] = {-ENOENT, -ENOENT, -ENOENT, -ENOENT, -EISDIR, -EISDIR, -ENODEV, -EACCES};
	struct launch *l = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *argv[] = {names[i], NULL};

		assert_int_equal(launch_start(argv, "dumb", 80, 24, &l), errors[i]);
		assert_null(l);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void exec_fails(void **state)
{
	char path[] = "/tmp/twintop-test-XXXXXX";
	char *argv[] = {path, NULL};
	struct launch *l = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "no program\n", 11), 11);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	assert_int_equal(launch_start(argv, "dumb", 80, 24, &l), 0);
	assert_int_equal(launch_release(l), -ENOEXEC);
	launch_free(l);
	unlink(path);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Freed while held: it never execs, and no zombie stays. */
static void freed_while_held(void **state)
{
	char script[] = "touch /tmp/twintop-never";
	struct launch *l = start(script);

	(void)state;
	launch_free(l);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(access("/tmp/twintop-never", F_OK), -1);
	launch_free(NULL);
}

/* A program that ignores SIGHUP and its child end with us all the same. */
static void freed_while_stubborn(void **state)
{
	char script[] = "trap '' HUP; sleep 100 & echo child=$!; wait; wait; sleep 100";
	struct textbuf out = {0};
	struct launch *l = start(script);
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	pid_t child;

	(void)state;
	assert_int_equal(launch_release(l), 0);
	read_until(l, "\n", &out);
	assert_non_null(strstr(out.bytes, "child="));
	child = atoi(strstr(out.bytes, "child=") + 6);
	assert_int_equal(kill(child, 0), 0);
	launch_free(l);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	while (kill(child, 0) == 0 && clock_monotonic_ns() < until) {
		char path[64], stat[256] = "";
		FILE *f;

		/* Reparented: its new parent may be slow to reap it. */
		snprintf(path, sizeof path, "/proc/%d/stat", child);
		f = fopen(path, "r");
		if (f && fgets(stat, sizeof stat, f) && strstr(stat, ") Z "))
			until = 0;
		if (f)
			fclose(f);
		clock_sleep_ns(1000000);
	}
	assert_true(until == 0 || kill(child, 0) < 0);
	textbuf_free(&out);
}

static void killed_while_held(void **state)
{
	char script[] = "true";
	struct launch *l = start(script);
	int status;

	(void)state;
	kill(launch_pid(l), SIGKILL);
	status = wait_end(l);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(launch_release(l), -ECHILD);
	launch_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_before_exec),
		cmocka_unit_test(output_and_terminal),
		cmocka_unit_test(child_starts_clean),
		cmocka_unit_test(not_found),
		cmocka_unit_test(exec_fails),
		cmocka_unit_test(freed_while_held),
		cmocka_unit_test(freed_while_stubborn),
		cmocka_unit_test(killed_while_held),
	};

	return live_run(tests, NULL, NULL);
}
