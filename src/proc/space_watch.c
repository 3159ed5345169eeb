/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space_watch.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "twintop/base/arena.h"

struct space_watch {
	int program, link;
};

/* Takes over the program. */
static int open_link(int program, pid_t tid, struct space_watch **ret_watch)
{
	union bpf_iter_link_info info = {.task.tid = (uint32_t)tid};
	struct bpf_link_create_opts options = {
		.sz = sizeof options, .iter_info = &info, .iter_info_len = sizeof info};
	int link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	struct space_watch *w;

	if (link < 0) {
		close(program);
		return link;
	}
	w = mem_alloc(sizeof *w);
	*w = (struct space_watch){program, link};
	*ret_watch = w;
	return 0;
}

/*
 * arch/x86/include/asm/tlbflush.h inc_mm_tlb_gen(): counted before any CPU is told, and only there.
 */
static int load_program(void)
{
	int program = -EOPNOTSUPP;

#ifdef __x86_64__
	program = space_program_load(true);
#endif
	return program >= 0 || program == -EPERM ? program : space_program_load(false);
}

int space_watch_open(const struct proc_root *root, pid_t tid, struct space_watch **ret_watch)
{
	int program = task_numbers_are_ours(root) ? load_program() : -EOPNOTSUPP;

	return program < 0 ? program : open_link(program, tid, ret_watch);
}

int space_watch_open_beside(
	const struct space_watch *other, pid_t tid, struct space_watch **ret_watch)
{
	int program = fcntl(other->program, F_DUPFD_CLOEXEC, 0);

	return program < 0 ? -errno : open_link(program, tid, ret_watch);
}

void space_watch_close(struct space_watch *w)
{
	if (!w)
		return;
	close(w->link);
	close(w->program);
	free(w);
}

bool space_watch_read(const struct space_watch *w, struct space_record *ret_now)
{
	int fd = bpf_iter_create(w->link);
	ssize_t got = fd < 0 ? -1 : read(fd, ret_now, sizeof *ret_now);

	if (fd >= 0)
		close(fd);
	return got == (ssize_t)sizeof *ret_now && ret_now->sequence % 2 == 0;
}

bool space_is_same(const struct space_record *a, const struct space_record *b)
{
	return a->execs == b->execs && a->space == b->space && a->sequence == b->sequence;
}
