/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "specimen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "reach.h"

#define NOBODY	    65534
#define ANSWER_MS   60000
#define LINE_LENGTH 65536

struct specimen {
	struct specimen *next; /* of those that were not stopped yet */
	pid_t pid, starter;
	int in, out;
	char line[LINE_LENGTH];
};

static struct specimen *running;

static void become_nobody(void)
{
	if (geteuid())
		return;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		setresuid(NOBODY, NOBODY, NOBODY))
		_exit(98);
	/* A change of credentials leaves a process undumpable, which hides its /proc files. */
	prctl(PR_SET_DUMPABLE, 1);
}

static void run(char **argv, const int in[2], const int out[2], bool nobody)
{
	dup2(in[0], 0);
	dup2(out[1], 1);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
	if (nobody)
		become_nobody();
	/* Last: a change of credentials forgets it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	reach_exec(REACH_SPECIMENS, argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(99);
}

/* The state letter behind the name in a stat file; 0 where it cannot be read. */
static char state_of(const char *path)
{
	char text[512], *end = NULL;
	FILE *f = fopen(path, "re");

	if (f) {
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		end = strrchr(text, ')');
		fclose(f);
	}
	return end && end[1] ? end[2] : 0;
}

bool specimen_runs(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	return state_of(path) == 'R';
}

static bool any_runs(pid_t pid)
{
	char path[320];
	struct dirent *e;
	bool runs = false;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d && !runs && (e = readdir(d))) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)pid, e->d_name);
		runs = state_of(path) == 'R';
	}
	if (d)
		closedir(d);
	return runs;
}

/*
 * It has answered; a moment later it waits for the next line, and tests may look at it waiting. Its
 * other threads may be about to sleep as well, or be meant to run: they are waited for less long.
 */
static void settle(pid_t pid)
{
	struct timespec pause = {0, 1000000};

	for (int i = 0; i < 1000 && specimen_runs(pid); i++)
		nanosleep(&pause, NULL);
	for (int i = 0; i < 100 && any_runs(pid); i++)
		nanosleep(&pause, NULL);
}

static void read_line(struct specimen *s)
{
	size_t have = 0;
	struct pollfd p = {s->out, POLLIN, 0};

	while (have < sizeof s->line - 1) {
		if (poll(&p, 1, ANSWER_MS) != 1)
			fail_msg("specimen %d gave no answer", (int)s->pid);
		if (read(s->out, s->line + have, 1) != 1)
			fail_msg("specimen %d ended before it answered", (int)s->pid);
		if (s->line[have] == '\n')
			break;
		have++;
	}
	s->line[have] = 0;
	settle(s->pid);
}

static struct specimen *start(const char *name, va_list ap, bool nobody)
{
	struct specimen *s = calloc(1, sizeof *s);
	char file[64], *argv[32] = {file};
	int in[2], out[2], n = 1;

	snprintf(file, sizeof file, "%s%s", strncmp(name, "sp_", 3) ? "sp_" : "", name);
	reach_open();
	while (n < 31 && (argv[n] = va_arg(ap, char *)))
		n++;
	assert_non_null(s);
	assert_int_equal(pipe2(in, 0), 0);
	assert_int_equal(pipe2(out, 0), 0);
	fcntl(in[1], F_SETFD, FD_CLOEXEC);
	fcntl(out[0], F_SETFD, FD_CLOEXEC);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (!s->pid)
		run(argv, in, out, nobody);
	close(in[0]);
	close(out[1]);
	s->in = in[1];
	s->out = out[0];
	s->starter = getpid();
	s->next = running;
	running = s;
	read_line(s);
	return s;
}

struct specimen *specimen_start(const char *name, ...)
{
	struct specimen *s;
	va_list ap;

	va_start(ap, name);
	s = start(name, ap, false);
	va_end(ap);
	return s;
}

struct specimen *specimen_start_as_nobody(const char *name, ...)
{
	struct specimen *s;
	va_list ap;

	va_start(ap, name);
	s = start(name, ap, true);
	va_end(ap);
	return s;
}

pid_t specimen_pid(const struct specimen *s)
{
	return s->pid;
}

/* The value behind "key=" at the start of a word of the line, into out. */
static bool find(const struct specimen *s, const char *key, char *out, size_t size)
{
	size_t len = strlen(key), n;
	const char *p = s->line;

	while (*p) {
		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (n > len && !strncmp(p, key, len) && p[len] == '=') {
			snprintf(out, size, "%.*s", (int)(n - len - 1), p + len + 1);
			return true;
		}
		p += n;
	}
	return false;
}

const char *specimen_text(const struct specimen *s, const char *key)
{
	static char value[8][4096];
	static unsigned next;
	char *out = value[next++ % 8];

	if (!find(s, key, out, sizeof value[0]))
		fail_msg("no %s in \"%s\"", key, s->line);
	return out;
}

bool specimen_has(const struct specimen *s, const char *key)
{
	char value[4096];

	return find(s, key, value, sizeof value);
}

uint64_t specimen_number(const struct specimen *s, const char *key)
{
	const char *text = specimen_text(s, key);
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (end == text || *end)
		fail_msg("%s=%s is no number", key, text);
	return v;
}

void specimen_tell(struct specimen *s, const char *line)
{
	if (dprintf(s->in, "%s\n", line) < 0)
		fail_msg("specimen %d does not listen", (int)s->pid);
}

void specimen_heed(struct specimen *s)
{
	read_line(s);
}

void specimen_say(struct specimen *s, const char *line)
{
	specimen_tell(s, line);
	specimen_heed(s);
}

static void forget(const struct specimen *s)
{
	struct specimen **at = &running;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
}

int specimen_stop(struct specimen *s)
{
	struct timespec pause = {0, 5000000};
	int status = 0;

	forget(s);
	close(s->in);
	for (int i = 0; i < 2000 && waitpid(s->pid, &status, WNOHANG) == 0; i++) {
		if (i == 1999) {
			kill(s->pid, SIGKILL);
			waitpid(s->pid, &status, 0);
		}
		nanosleep(&pause, NULL);
	}
	close(s->out);
	free(s);
	return status;
}

void specimens_stop(void)
{
	struct specimen *s = running, *next;

	for (; s; s = next) {
		next = s->next;
		if (s->starter == getpid())
			specimen_stop(s);
	}
}

/*
 * A child that is forked while another thread ends has the allocator's lock as that one held it: so
 * those that end by themselves have their time.
 */
static void await_alone(void)
{
	struct stat st;

	for (unsigned i = 0; i < 200; i++) {
		if (stat("/proc/self/task", &st) || st.st_nlink <= 3)
			return;
		usleep(10000);
	}
}

static void run_apart(bool nobody, void (*body)(void *), void *context)
{
	int status;
	pid_t pid;

	fflush(NULL);
	reach_open();
	await_alone();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (nobody)
			become_nobody();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(context);
		fflush(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == AS_NOBODY_SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

void as_nobody(void (*body)(void *), void *context)
{
	run_apart(true, body, context);
}

void as_ourselves(void (*body)(void *), void *context)
{
	run_apart(false, body, context);
}
