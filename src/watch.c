/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "session.h"
#include "twintop/app/app.h"
#include "twintop/base/privilege.h"
#include "twintop/compare/past.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/nursery.h"
#include "twintop/symbols/symbols.h"

#define FIRST_NS	   2000000000u /* the first sample may take so long before we go on without */
#define PAGE_COST_PERMILLE 50
#define PAGE_PAUSE_NS	   50000u
#define CONSOLE_COLUMNS	   80
#define CONSOLE_ROWS	   24

static bool headless(const struct options *o)
{
	return o->once || o->json || o->headless || o->mode == RUN_PREDICT;
}

static int fail_program(const char *name, int error)
{
	static const struct {
		int error;
		const char *way;
	} row[] = {
		{ENOENT, "not found: check its name, or give its path"},
		{EACCES, "not executable: chmod +x, or give its interpreter"},
		{EISDIR, "a folder, not a program: name a program in it"},
		{ENODEV, "not a program: it is no regular file"},
		{ENOEXEC, "no program: give it a #! line or name its interpreter"},
		{EXDEV, "this /proc does not see what is started: it is of another PID namespace"},
	};
	const char *way = strerror(-error);
	struct textbuf shown = {0};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (-error == row[i].error)
			way = row[i].way;

	if (privilege_raised())
		way = "twintop has rights beyond yours and starts no programs with them: "
		      "start it yourself, then `twintop PID`";
	text_printable(&shown, text_of(name));
	fail(STATUS_TARGET, "%s: %s", shown.len ? shown.bytes : "''", way);
	textbuf_free(&shown);
	return STATUS_TARGET;
}

static int fail_pid(pid_t pid, int error)
{
	if (error == -ESRCH)
		return fail(STATUS_TARGET,
			"no process %d: see `ps -e`, or start twintop without arguments to choose "
			"one",
			(int)pid);
	return fail(STATUS_TARGET, "process %d: %s", (int)pid, strerror(-error));
}

static int fail_denied(pid_t pid)
{
	return fail(STATUS_TARGET,
		"process %d: not permitted to read its memory map: %s; see `twintop doctor`",
		(int)pid,
		geteuid() ? "run as its user or with sudo"
			  : "it holds capabilities that this root lacks");
}

/* Whether we may read what is worth watching: maps asks for ptrace read access. */
static bool is_denied(const struct session *s, pid_t pid)
{
	int fd = proc_open(s->root, O_RDONLY, "%d/maps", identity_through(s->root, pid, pid));

	if (fd >= 0)
		close(fd);
	return fd == -EACCES || fd == -EPERM;
}

/* ---- the steps of a run --------------------------------------------------- */

/* What we start must be there before anything else is begun. */
static int find_program(struct session *s)
{
	char *path = NULL;
	int error = s->program ? launch_find(s->program[0], &path) : 0;

	free(path);
	return error ? fail_program(s->program[0], error) : STATUS_OK;
}

static int check_terminal(struct session *s)
{
	return headless(&s->options) ? STATUS_OK : check_screen(&s->options);
}

/* Without numbers that could be wrong, a missing terminal is told at once. */
static int check_terminal_first(struct session *s)
{
	return s->options.pids ? STATUS_OK : check_terminal(s);
}

static int begin_comparing(struct session *s)
{
	s->comparer = comparer_new();
	s->seeding = (struct seeding){s->comparer, seeds_new()};
	return STATUS_OK;
}

static void end_comparing(struct session *s)
{
	if (!s->left_behind) {
		comparer_free(s->comparer);
		seeds_free(s->seeding.seeds);
	}
	s->comparer = NULL;
	s->seeding = (struct seeding){0};
}

static int fail_sampling(int error)
{
	return fail(STATUS_TARGET, "cannot start sampling: %s", strerror(-error));
}

/* One moment is all that is taken, of what runs already. */
static bool brief(const struct session *s)
{
	const struct options *o = &s->options;

	return headless(o) && !s->launch && o->samples == 1 && !o->against_ns;
}

/*
 * What is read of each side may hang, and is left to a helper each; in turn where it is little.
 * Where one moment is all, its backtraces are sure to be asked for: what tells them starts
 * meanwhile.
 */
static int begin_helpers(struct session *s)
{
	helper_begin(s->root, brief(s) ? 1 : 2);
	nursery_begin(s->root);
	if (brief(s))
		symbols_order(s->root);
	return STATUS_OK;
}

static int make_sampler(struct session *s)
{
	bool report = headless(&s->options);
	struct sampler_options o = {
		.root = s->root,
		.access = s->access,
		.pairing = {seeding_pair, &s->seeding},
		.delay_ns = s->options.delay_ns,
		.page_cost_permille = report ? 0 : PAGE_COST_PERMILLE,
		.page_pause_ns = report ? 0 : PAGE_PAUSE_NS,
		.follow = s->options.follow,
		.whole = report,
		.hurried = s->options.json,
		.kin_threads = s->tally != NULL,
		.brief = brief(s),
		.until_end = report,
		.steps_pid = s->launch && (!report || s->tally) ? launch_pid(s->launch) : 0,
		.steps_fd = s->launch ? launch_steps(s->launch) : -1,
	};
	int error = sampler_new(&o, &s->sampler);

	return error ? fail_sampling(error) : STATUS_OK;
}

static void end_sampler(struct session *s)
{
	if (sampler_free(s->sampler) > 0)
		s->left_behind = true;
	s->sampler = NULL;
}

static int subscribe(struct session *s)
{
	int error = sampler_source(s->sampler, headless(&s->options), &s->source);

	return error ? fail_sampling(error) : STATUS_OK;
}

static void unsubscribe(struct session *s)
{
	source_free(s->source);
	s->source = NULL;
}

static int start_program(struct session *s)
{
	struct winsize size = {.ws_col = CONSOLE_COLUMNS, .ws_row = CONSOLE_ROWS};
	int error;

	if (!s->program)
		return STATUS_OK;
	if (!headless(&s->options))
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	/* A report passes its output on: that is no terminal to move about on, and nobody is there
	 * to let a step go on. */
	if (s->tally)
		error = launch_start_fed(
			s->program, "dumb", CONSOLE_COLUMNS, CONSOLE_ROWS, &s->launch);
	else if (headless(&s->options))
		error = launch_start(s->program, "dumb", CONSOLE_COLUMNS, CONSOLE_ROWS, &s->launch);
	else
		error = launch_start_stepped(s->program, screen_program_term(),
			size.ws_col ? size.ws_col : CONSOLE_COLUMNS, CONSOLE_ROWS, &s->launch);
	if (!error)
		error = launch_look_up(s->launch, s->root);
	return error ? fail_program(s->program[0], error) : STATUS_OK;
}

static void end_program(struct session *s)
{
	launch_free(s->launch);
	s->launch = NULL;
}

/* What reading does not take is given up while there are no threads, what we start has it already.
 */
static int settle_rights(struct session *s)
{
	int error = privilege_settle(s->launch != NULL);

	return error ? fail(STATUS_TARGET, "cannot give up rights: %s", strerror(-error))
		     : STATUS_OK;
}

static bool has_target(const struct session *s)
{
	return s->launch || s->options.pids;
}

/* Names the targets to the sampler. */
static int watch_targets(struct session *s)
{
	const struct options *o = &s->options;
	pid_t a = s->launch ? launch_pid(s->launch) : o->pid[0];
	pid_t b = o->pids == 2 ? o->pid[1] : o->sibling;
	int which, error;

	if (!has_target(s))
		return STATUS_OK;
	/* What we start has relatives of ours, but children of its own. */
	if (s->launch && !o->sibling_set)
		b = SIBLING_CHILD;
	if (o->against_ns)
		b = SIBLING_NONE;
	error = source_watch(s->source, a, b, &which);
	return error ? fail_pid(which ? b : a, error) : STATUS_OK;
}

/* Which of the processes that were named may not be read: shown is what may be, the exit status of
 * a report says so. */
static int check_pids(struct session *s)
{
	pid_t named[3] = {s->options.pid[0], s->options.pid[1], 0};

	if (s->options.sibling > 0)
		named[2] = s->options.sibling;
	for (unsigned i = 0; i < 3; i++) {
		if (!named[i] || !is_denied(s, named[i]))
			continue;
		if (!s->denied && headless(&s->options))
			fail_denied(named[i]);
		s->denied = true;
	}
	return STATUS_OK;
}

static int start_sampling(struct session *s)
{
	int error = sampler_start(s->sampler);

	return error ? fail_sampling(error) : STATUS_OK;
}

/* The first sample is of identities alone: it shows whether there is something to watch. */
static int first_sample(struct session *s)
{
	const struct moment *m = has_target(s) ? source_wait(s->source, FIRST_NS) : NULL;
	const struct side *a = m ? &m->snapshot->side[0] : NULL;
	bool vanished = a && a->ending.ended && a->info->part.error;
	pid_t pid = a ? a->tid : 0;

	moment_put(m);
	if (vanished)
		return fail(STATUS_TARGET, "process %d ended before it could be read", (int)pid);
	if (headless(&s->options))
		source_need(s->source, s->tally ? TALLY_NEED : NEED_ALL, 0);
	return STATUS_OK;
}

static int release_program(struct session *s)
{
	int error = s->launch ? launch_release(s->launch) : 0;

	return error ? fail_program(s->program[0], error) : STATUS_OK;
}

/* Shows or prints until it is over. */
static int show(struct session *s)
{
	int status;

	if (!headless(&s->options))
		return show_screen(s, (struct app_options){.launched = s->launch != NULL,
					      .choose = !s->launch && !s->options.pids,
					      .tapes = true});
	if (s->options.against_ns)
		s->source = past_source_new(s->source, s->options.against_ns);
	status = run_reports(s);
	return status == STATUS_OK && s->denied ? STATUS_TARGET : status;
}

/* In this order; what a step began is ended, the last first, however far the run came. */
static const struct step {
	int (*begin)(struct session *s); /* an exit status */
	void (*end)(struct session *s);	 /* NULL: nothing to end */
} step_table[] = {
	{find_program, NULL},
	{check_terminal_first, NULL},
	{begin_comparing, end_comparing},
	{start_program, end_program},
	{settle_rights, NULL},
	{begin_helpers, NULL},
	{make_sampler, end_sampler},
	{subscribe, unsubscribe},
	{watch_targets, NULL},
	{check_pids, NULL},
	{recording_begin, recording_end},
	{start_sampling, NULL},
	{check_terminal, NULL},
	{first_sample, NULL},
	{release_program, NULL},
	{show, NULL},
};
#define STEPS (sizeof step_table / sizeof *step_table)

int run_watch(struct session *s)
{
	int status = STATUS_OK;
	size_t done = 0;

	while (status == STATUS_OK && done < STEPS)
		status = step_table[done++].begin(s);
	while (done-- > 0)
		if (step_table[done].end)
			step_table[done].end(s);
	return status ? status : s->record_status;
}
