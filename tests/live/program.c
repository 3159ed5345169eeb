/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "reach.h"
#include "twintop/base/clock.h"

#define ANSWER_MS 60000
#define LINE_NS	  60000000000u

static void child_of_test(const char *const argv[], int out, int err)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(nothing, 0);
	dup2(out, 1);
	dup2(err, 2);
	reach_exec(REACH_PROGRAM, reach_program(), (char *const *)argv);
	perror(reach_program());
	_exit(99);
}

pid_t program_start(const char *const argv[], int *ret_out, int *ret_err)
{
	int out[2], err[2];
	pid_t pid;

	reach_open();
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_of_test(argv, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	*ret_out = out[0];
	*ret_err = err[0];
	return pid;
}

bool program_read(int fd, struct textbuf *to)
{
	struct pollfd p = {fd, POLLIN, 0};
	char bytes[65536];
	ssize_t n;

	if (poll(&p, 1, ANSWER_MS) != 1)
		fail_msg("twintop says nothing");
	n = read(fd, bytes, sizeof bytes);
	if (n > 0)
		textbuf_add(to, bytes, (size_t)n);
	return n > 0;
}

void program_stop(pid_t pid, int out, int err)
{
	struct textbuf rest = {0};

	kill(pid, SIGTERM);
	while (program_read(out, &rest))
		;
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(out);
	close(err);
	textbuf_free(&rest);
}

struct run program_run(const char *const argv[])
{
	struct run r = {0};
	int out, err;
	pid_t pid = program_start(argv, &out, &err);

	while (program_read(out, &r.out))
		;
	while (program_read(err, &r.err))
		;
	close(out);
	close(err);
	assert_int_equal(waitpid(pid, &r.status, 0), pid);
	textbuf_adds(&r.out, "");
	textbuf_adds(&r.err, "");
	return r;
}

void program_run_free(struct run *r)
{
	textbuf_free(&r->out);
	textbuf_free(&r->err);
}

void program_expect(const struct run *r, int status)
{
	if (!WIFEXITED(r->status) || WEXITSTATUS(r->status) != status)
		print_error("status 0x%x, not %d: %s\n", (unsigned)r->status, status, r->err.bytes);
	assert_true(WIFEXITED(r->status));
	assert_int_equal(WEXITSTATUS(r->status), status);
}

json_t *sample_parse(const char *line, size_t len)
{
	json_error_t error;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);

	if (!object)
		print_error("%s: %.200s\n", error.text, line);
	assert_non_null(object);
	return object;
}

json_t *sample_next(int out, struct textbuf *text)
{
	uint64_t deadline = clock_monotonic_ns() + LINE_NS;
	char *end;
	json_t *sample;

	while (!(end = text->len ? memchr(text->bytes, '\n', text->len) : NULL)) {
		assert_true(clock_monotonic_ns() < deadline);
		assert_true(program_read(out, text));
	}
	sample = sample_parse(text->bytes, (size_t)(end - text->bytes));
	text->len -= (size_t)(end + 1 - text->bytes);
	memmove(text->bytes, end + 1, text->len);
	return sample;
}

json_t *sample_by(const char *const argv[])
{
	struct run r = program_run(argv);
	json_t *object;

	program_expect(&r, 0);
	object = sample_parse(r.out.bytes, r.out.len);
	program_run_free(&r);
	return object;
}

json_t *sample_of(pid_t a, pid_t b)
{
	char pid_a[16], pid_b[16];
	json_t *object;

	snprintf(pid_a, sizeof pid_a, "%d", (int)a);
	snprintf(pid_b, sizeof pid_b, "%d", (int)b);
	object = sample_by((const char *[]){"twintop", "--json", pid_a, pid_b, NULL});
	assert_true(json_is_object(json_object_get(object, "pair")));
	return object;
}
