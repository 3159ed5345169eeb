/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include "demos.h"
#include "session.h"

const struct demo demo_table[] = {
	{"fork-cow", "pages", "fork copies lazily: who copies which page, and when"},
	{"writers", "pages", "who broke the sharing, at which line of code; then the cure"},
	{"prefork", "family", "a server and its workers: what they share, and who erodes it"},
	{"fork-exec", "memory", "a twin by fork, another program by exec"},
	{"fork-count", "overview", "how many processes do three forks make?"},
	{"stdio-dup", "files", "printed once before fork, and in the file twice"},
	{"zombie-orphan", "overview", "ended before its parent looks, or without a parent"},
	{"vfork", "threads", "a child in its parent's memory, and the parent waits"},
	{"threads-share", "threads", "what threads have in common, and what each has for itself"},
	{"stack-growth", "stacks", "a stack grows by use, stays grown, and ends at its guard"},
	{"race", "threads", "two threads count, and updates are lost; mutex, atomic"},
	{"deadlock", "threads", "each waits for what the other holds, and the cure"},
	{"philosophers", "threads", "five in a ring; an order of the forks, or a waiter"},
	{"producer-consumer", "threads", "a full buffer, an empty one: who waits on what"},
	{"cond-lost", "threads", "a wakeup that is lost, and if against while"},
	{"user-threads", "threads", "one blocking call stops them all; a kernel thread each"},
	{"cpu-io", "threads", "who computes beside who waits, and both on one CPU"},
	{"false-sharing", "threads", "two counters on one line of the cache, and apart"},
	{"clone-spectrum", "sharing", "from a process to a thread, a flag of clone at a time"},
	{"switch-cost", "threads", "what switching and making cost, measured on this machine"},
	{"fork-with-threads", "threads", "only the caller survives, and locks stay locked"},
	{"signals", "signals", "handlers are the process's, masks a thread's own"},
	{"shared-memory", "memory", "anonymous, POSIX, System V, memfd: one memory for both"},
	{"mapped-file", "memory", "a file as memory: shared is the file, private a copy"},
	{"libraries", "memory", "one libc for two programs, in the same frames"},
	{"fd-offset", "files", "one position for parent and child, or one for each"},
	{"pipe", "files", "bytes go one way, and whoever is too fast waits"},
	{"pipe-eof", "threads", "the end of the data does not come while anybody may write"},
	{"socketpair", "files", "two ends, both ways, and what waits at each"},
	{"cloexec-leak", "files", "what exec leaves open, and who waits for it in vain"},
	{"crash", "threads", "a thread takes its process along, a process not its parent"},
};
const size_t demo_table_n = sizeof demo_table / sizeof demo_table[0];

static const struct demo *demo_find(const char *name)
{
	for (size_t i = 0; i < demo_table_n; i++)
		if (strcmp(demo_table[i].name, name) == 0)
			return &demo_table[i];
	return NULL;
}

static int list_demos(void)
{
	struct textbuf text = {0};
	int error;

	for (size_t i = 0; i < demo_table_n; i++)
		textbuf_addf(&text, "%-17s %s\n", demo_table[i].name, demo_table[i].title);
	textbuf_adds(&text, "Start one with: twintop demo NAME\n");
	error = write_out(&text);
	textbuf_free(&text);
	return error ? write_status(error) : STATUS_OK;
}

/* "/usr/bin" becomes "/usr"; nothing stays nothing. */
static void cut_name(struct textbuf *path)
{
	while (path->len && path->bytes[--path->len] != '/')
		;
}

/*
 * Where the demos lie seen from the executable: the way from BINDIR to PKGLIBEXECDIR, so that an
 * installation that was staged or moved as a whole finds its own. Cuts path, the executable's.
 */
static void demo_folder(struct textbuf *path)
{
	const char *bin = BINDIR, *to = PKGLIBEXECDIR;
	size_t same = 0;

	for (size_t i = 0; bin[i] && bin[i] == to[i]; i++)
		if (bin[i] == '/')
			same = i;
	for (const char *at = bin + same; *at; at++)
		if (*at == '/')
			cut_name(path);
	textbuf_adds(path, to + same);
}

/* Beside our own executable (the build tree), else where it is installed. */
static void demo_path(const struct session *s, const struct demo *demo, struct textbuf *path)
{
	size_t folder;

	if (proc_readlink(s->root, path, "self/exe") == 0) {
		cut_name(path);
		folder = path->len;
		textbuf_addf(path, "/demo/%s", demo->name);
		if (access(path->bytes, X_OK) == 0)
			return;
		path->len = folder;
		demo_folder(path);
		textbuf_addf(path, "/%s", demo->name);
		if (access(path->bytes, X_OK) == 0)
			return;
	}
	textbuf_clear(path);
	textbuf_addf(path, "%s/%s", PKGLIBEXECDIR, demo->name);
}

int run_demo(struct session *s)
{
	struct textbuf path = {0};
	const struct demo *demo;
	char *program[2] = {0};
	int status;

	if (!s->options.demo)
		return list_demos();
	demo = demo_find(s->options.demo);
	if (!demo) {
		text_printable(&path, text_of(s->options.demo));
		fail(STATUS_USAGE, "no demo '%s': `twintop demo` lists them", path.bytes);
		textbuf_free(&path);
		return STATUS_USAGE;
	}
	demo_path(s, demo, &path);
	program[0] = path.bytes;
	s->program = program;
	if (!s->options.view)
		s->options.view = demo->view;
	status = run_watch(s);
	s->program = NULL;
	textbuf_free(&path);
	return status;
}
