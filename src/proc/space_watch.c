/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space_watch.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "twintop/base/arena.h"

struct space_watch {
	int link; /* holds the program, too */
};

int space_watch_open(const struct proc_root *root, pid_t tid, struct space_watch **ret_watch)
{
	union bpf_iter_link_info info = {.task.tid = (uint32_t)tid};
	struct bpf_link_create_opts options = {
		.sz = sizeof options, .iter_info = &info, .iter_info_len = sizeof info};
	struct space_watch *w;
	int program, link;

	if (!task_numbers_are_ours(root))
		return -EOPNOTSUPP;
	program = space_program_load();
	if (program < 0)
		return program;
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	close(program);
	if (link < 0)
		return link;
	w = mem_alloc(sizeof *w);
	*w = (struct space_watch){link};
	*ret_watch = w;
	return 0;
}

void space_watch_close(struct space_watch *w)
{
	if (w)
		close(w->link);
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
