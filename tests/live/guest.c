/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/model/page.h"

#define ANSWER_MS 60000

bool guest_find(const char *name, char *ret_path, size_t size)
{
	const char *path = getenv("PATH");
	char *all, *folder, *rest;
	bool found = false;

	if (asprintf(&all, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin") < 0)
		return false;
	rest = all;
	while (!found && (folder = strsep(&rest, ":"))) {
		snprintf(ret_path, size, "%s/%s", folder, name);
		found = access(ret_path, X_OK) == 0;
	}
	free(all);
	if (!found)
		print_message("there is no %s here\n", name);
	return found;
}

struct guest guest_start(const char *const argv[])
{
	int in[2], out[2];
	struct guest g;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	g.pid = fork();
	assert_true(g.pid >= 0);
	if (!g.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(open("/dev/null", O_WRONLY), 2);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	g.in = in[1];
	g.out = out[0];
	return g;
}

void guest_hear(const struct guest *g, char *line, size_t size)
{
	struct pollfd p = {g->out, POLLIN, 0};
	size_t len = 0;

	while (len + 1 < size) {
		if (poll(&p, 1, ANSWER_MS) != 1 || read(g->out, line + len, 1) != 1)
			fail_msg("program %d gave no answer", (int)g->pid);
		if (line[len] == '\n')
			break;
		len++;
	}
	line[len] = 0;
}

void guest_say(const struct guest *g, const char *line)
{
	assert_int_equal(write(g->in, line, strlen(line)), strlen(line));
}

void guest_end(struct guest *g, int signal)
{
	const struct timespec pause = {0, 10000000};
	bool ended = false;

	kill(g->pid, signal);
	for (int i = 0; i < 1000 && !ended; i++) {
		ended = waitpid(g->pid, NULL, WNOHANG) != 0;
		nanosleep(&pause, NULL);
	}
	if (!ended) {
		kill(g->pid, SIGKILL);
		waitpid(g->pid, NULL, 0);
	}
	close(g->in);
	close(g->out);
}

void guest_folder(char ret_path[64])
{
	snprintf(ret_path, 64, "/tmp/twintop-guest-XXXXXX");
	assert_non_null(mkdtemp(ret_path));
	assert_int_equal(chmod(ret_path, 0755), 0);
}

void guest_folder_remove(const char *path)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

size_t guest_children(pid_t pid, pid_t *child, size_t most)
{
	char path[64];
	size_t n = 0;
	int number;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (n < most && fscanf(f, "%d", &number) == 1)
		child[n++] = number;
	fclose(f);
	return n;
}

/* ---- their memory ---------------------------------------------------------- */

int64_t guest_rollup(pid_t pid, const char *name)
{
	char path[64], line[128];
	int64_t sum = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (!strncmp(line, name, strlen(name)) && strchr(line, ':'))
			sum += strtoll(strchr(line, ':') + 1, NULL, 10) * 1024;
	fclose(f);
	return sum;
}

/* What is known of one mapping so far, in KiB. */
struct stretch {
	bool of_file; /* that has a name: others may map it */
	long rss, private, anonymous;
};

/* Where a file is private and written in parts, those are told with the rest. */
static void add_mapping(struct guest_private *all, const struct stretch *s)
{
	long of_file = s->of_file ? s->rss - s->anonymous : 0;

	all->own += (s->private > of_file ? s->private - of_file : 0) * 1024;
	all->files += of_file * 1024;
}

/* The line that a mapping begins with. */
static bool is_head(const char *line, struct stretch *ret_stretch)
{
	unsigned long inode;

	if (sscanf(line, "%*x-%*x %*s %*s %*s %lu", &inode) != 1)
		return false;
	*ret_stretch = (struct stretch){
		.of_file = (inode && !strstr(line, " (deleted)")) || strstr(line, "[v")};
	return true;
}

struct guest_private guest_private(pid_t pid)
{
	struct guest_private all = {0};
	struct stretch at = {0};
	char path[64], line[4096];
	long kib;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		struct stretch next;

		if (is_head(line, &next)) {
			add_mapping(&all, &at);
			at = next;
		} else if (sscanf(line, "Rss: %ld", &kib) == 1) {
			at.rss = kib;
		} else if (sscanf(line, "Anonymous: %ld", &kib) == 1) {
			at.anonymous = kib;
		} else if (sscanf(line, "Private_%*[^:]: %ld", &kib) == 1) {
			at.private += kib;
		}
	}
	add_mapping(&all, &at);
	fclose(f);
	return all;
}

/* ---- its pages --------------------------------------------------------------- */

/* What is to be done with the entry of each page that is in memory. */
struct walk {
	void (*each)(void *context, uint64_t entry);
	void *context;
};

static void walk_stretch(const struct walk *w, int pagemap, uint64_t start, uint64_t end)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), entry[512];

	for (uint64_t at = start / page; at < end / page;) {
		uint64_t n = end / page - at < 512 ? end / page - at : 512;
		ssize_t got = pread(pagemap, entry, n * 8, (off_t)(at * 8));

		if (got <= 0)
			return;
		for (ssize_t i = 0; i < got / 8; i++)
			if (entry[i] & PAGE_PRESENT)
				w->each(w->context, entry[i]);
		at += (uint64_t)got / 8;
	}
}

static void walk_process(const struct walk *w, pid_t pid)
{
	char path[64], line[4096];
	uint64_t start, end;
	int pagemap;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	assert_true(pagemap >= 0 && maps);
	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && !(start >> 63))
			walk_stretch(w, pagemap, start, end);
	fclose(maps);
	close(pagemap);
}

static void count_written(void *context, uint64_t entry)
{
	*(uint64_t *)context += entry & PAGE_EXCLUSIVE && !(entry & PAGE_FILE);
}

uint64_t guest_written(pid_t pid)
{
	uint64_t n = 0;

	walk_process(&(struct walk){count_written, &n}, pid);
	return n;
}

struct frames {
	uint64_t *frame;
	size_t n, room;
};

static void add_frame(void *context, uint64_t entry)
{
	struct frames *f = context;

	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 1u << 16;
		f->frame = realloc(f->frame, f->room * sizeof *f->frame);
		assert_non_null(f->frame);
	}
	f->frame[f->n++] = entry & PAGE_FRAME;
}

static int compare_frames(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void guest_frames(const pid_t *pid, size_t n, uint64_t *ret_frames, uint64_t *ret_pages)
{
	struct frames f = {0};

	for (size_t i = 0; i < n; i++)
		walk_process(&(struct walk){add_frame, &f}, pid[i]);
	qsort(f.frame, f.n, sizeof *f.frame, compare_frames);
	*ret_frames = f.n != 0;
	for (size_t i = 1; i < f.n; i++)
		*ret_frames += f.frame[i] != f.frame[i - 1];
	*ret_pages = f.n;
	free(f.frame);
}
