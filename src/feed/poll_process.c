/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One process: its end, its program, its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "poll_internal.h"
#include "twintop/base/clock.h"

#define STATUS_WAIT_NS 1000000000u /* an end is told without its status after that */

/* ---- its memory ---------------------------------------------------------- */

/*
 * pagemap stays bound to the memory that the process had when it was opened, and reads empty once
 * nobody has that any more: after exec, whatever program it was. An offset amid an entry
 * is refused before the memory's lock is asked for, which somebody may hold for good
 * (fs/proc/task_mmu.c pagemap_read).
 */
static bool space_reads(int fd)
{
	uint64_t entry;
	ssize_t got = pread(fd, &entry, sizeof entry, 1);

	return got > 0 || (got < 0 && errno == EINVAL);
}

static void open_space(struct poll *f, struct poll_process *p)
{
	if (p->space_fd >= 0)
		close(p->space_fd);
	p->identity.through =
		identity_through(f->context.root, p->identity.id.pid, p->identity.through);
	p->space_fd = proc_open(f->context.root, O_RDONLY, "%d/pagemap", p->identity.through);
	if (p->space_fd >= 0 && !space_reads(p->space_fd)) {
		close(p->space_fd);
		p->space_fd = -1;
	}
}

/* ---- its end ------------------------------------------------------------- */

static void tell_end(struct poll *f, struct poll_process *p)
{
	const size_t most = sizeof f->ended / sizeof f->ended[0];

	poll_tell(f, p->end, task_name_text(&p->name), text_of(NULL));
	f->ended[f->ended_n++ % most] = p->identity.id;
	p->state = POLL_TOLD;
}

/* Tells its end when the status is known, or will not be. */
static void await_status(struct poll *f, struct poll_process *p)
{
	const char *source;

	if (!p->end.status_known)
		p->end.status_known = identity_exit_status(f->context.root, &p->identity,
					      &p->end.status, &source) == 0;
	if (p->end.status_known || f->now_ns > p->end.monotonic_ns + STATUS_WAIT_NS)
		tell_end(f, p);
}

void poll_process_ended(struct poll *f, struct poll_process *p, const struct ending *ending)
{
	if (p->state == POLL_LIVES) {
		p->end = (struct event){
			.kind = EVENT_EXIT,
			.pid = p->identity.id.pid,
			.realtime_ns = clock_realtime_ns(),
			.monotonic_ns = clock_monotonic_ns(),
		};
		p->state = POLL_ENDED;
		if (p->identity.pidfd >= 0)
			epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, p->identity.pidfd, NULL);
	}
	if (ending->status_known) {
		p->end.status_known = true;
		p->end.status = ending->status;
	}
}

/* ---- its program and its name -------------------------------------------- */

/* What says that it runs another program than at the last look. */
static bool has_execed(
	const struct poll_process *p, const struct identity_stat *now, bool space_gone)
{
	/* The memory of one that is on its way out is gone without that. */
	bool leaves = now->flags & TASK_EXITING;
	bool first = (p->flags & TASK_NO_EXEC) && !(now->flags & TASK_NO_EXEC);
	bool moved = p->start_code > 1 && now->start_code > 1 && p->start_code != now->start_code;

	return !leaves && (p->execing || space_gone || first || moved);
}

static void note(struct poll_process *p, const struct identity_stat *now)
{
	task_name_set(&p->name, now->name);
	p->flags = now->flags;
	if (now->start_code)
		p->start_code = now->start_code;
}

static void look_at_program(
	struct poll *f, struct poll_process *p, const struct identity_stat *now, bool space_gone)
{
	const struct task_name before = p->name;
	const struct event exec = {.kind = EVENT_EXEC, .pid = p->identity.id.pid};
	const struct event comm = {
		.kind = EVENT_COMM, .pid = p->identity.id.pid, .tid = p->identity.id.pid};

	if (has_execed(p, now, space_gone)) {
		/* The new program's code comes last: until then the name may be the old one. */
		p->execing = !now->start_code;
		if (p->execing)
			return;
		note(p, now);
		p->flags &= ~(uint64_t)TASK_NO_EXEC;
		if (p->begun)
			open_space(f, p);
		poll_tell(f, exec, now->name, task_name_text(&before));
		return;
	}
	note(p, now);
	if (before.known && !text_equal(task_name_text(&before), task_name_text(&p->name)))
		poll_tell(f, comm, now->name, task_name_text(&before));
}

/* A main thread that ended before the others stays as a zombie. */
static void look_at_main(struct poll *f, struct poll_process *p, const struct identity_stat *now)
{
	bool ended = now->state == 'Z' || now->state == 'X';
	const struct event e = {
		.kind = EVENT_THREAD_EXIT, .pid = p->identity.id.pid, .tid = p->identity.id.pid};

	if (ended && !p->main_ended)
		poll_tell(f, e, now->name, text_of(NULL));
	p->main_ended = ended;
}

/* ---- all of it ----------------------------------------------------------- */

static int read_stat(struct poll *f, const struct poll_process *p, struct identity_stat *ret)
{
	int fd = p->stat_fd >= 0 ? p->stat_fd
				 : identity_stat_open(f->context.root, p->identity.id.pid);
	int error = fd < 0 ? fd : identity_stat_reread(fd, &f->text, ret);

	if (fd >= 0 && fd != p->stat_fd)
		close(fd);
	return !error && ret->start_ticks != p->identity.id.start_ticks ? -ESRCH : error;
}

void poll_process_begin(struct poll *f, struct poll_process *p)
{
	struct identity_stat now;

	if (read_stat(f, p, &now))
		return;
	note(p, &now);
	p->main_ended = now.state == 'Z' && now.threads > 1;
}

void poll_process_watch(struct poll *f, struct poll_process *p)
{
	p->begun = true;
	p->stat_fd = identity_stat_open(f->context.root, p->identity.id.pid);
	open_space(f, p);
	poll_lists_begin(f, p);
}

void poll_process_leave(struct poll_process *p)
{
	p->begun = false;
	if (p->space_fd >= 0)
		close(p->space_fd);
	if (p->stat_fd >= 0)
		close(p->stat_fd);
	p->space_fd = p->stat_fd = -1;
	poll_lists_end(p);
}

static bool lives(struct poll *f, struct poll_process *p)
{
	struct ending ending;
	bool ask = p->rang || !p->on_call;

	if (p->state == POLL_LIVES && ask &&
		!identity_alive(f->context.root, &p->identity, &ending))
		poll_process_ended(f, p, &ending);
	if (p->state == POLL_ENDED)
		await_status(f, p);
	return p->state == POLL_LIVES;
}

void poll_process_look(struct poll *f, struct poll_process *p)
{
	/* Before stat: who lets go of its memory at the end says so before. */
	bool space_gone = p->space_fd >= 0 && !space_reads(p->space_fd);
	struct identity_stat now;

	if (!lives(f, p) || read_stat(f, p, &now) || (now.flags & TASK_EXITING && now.threads <= 1))
		return;
	look_at_program(f, p, &now, space_gone);
	look_at_main(f, p, &now);
	if (p->begun)
		poll_lists_look(f, p, now.threads);
}

void poll_process_free(struct poll *f, struct poll_process *p)
{
	if (p->identity.pidfd >= 0)
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, p->identity.pidfd, NULL);
	identity_close(&p->identity);
	poll_process_leave(p);
	free(p);
}
