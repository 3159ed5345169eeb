/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_CONNECTOR_FILTER_H
#define TWINTOP_CONNECTOR_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Which of the connector's messages come to a socket: those that tell of processes that are named
 * and of all that descend from them. Where eBPF is allowed the kernel adds a child to them as it is
 * forked, so that nothing of it is missed and nobody else's doings wake us; else each birth, exec,
 * new name and end of anybody's process comes, too, since one that was born just now, and whom that
 * forks at once, is not among ours yet.
 */
struct connector_filter;

/* Lets nothing through yet. classic: does without eBPF. 0 or negative errno. */
int connector_filter_open(int socket, bool classic, struct connector_filter **ret_filter);
void connector_filter_close(struct connector_filter *f); /* NULL is fine */
/* Whether what happens to the process, and whom it forks, is told. */
void connector_filter_set(struct connector_filter *f, pid_t pid, bool told);
/* What was set counts from here on. 0 or negative errno. */
int connector_filter_apply(struct connector_filter *f);

#endif
