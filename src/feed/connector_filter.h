/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_CONNECTOR_FILTER_H
#define TWINTOP_CONNECTOR_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Which of the connector's messages come to a socket: those that tell of watched processes and of
 * the children that these fork. Where eBPF is allowed the kernel adds a child to them as it is
 * forked, so that nothing of it is missed and nobody else's doings wake us; else each exec and each
 * new name of anybody comes, too, since one that was born just now is not among ours yet.
 */
struct connector_filter;

enum connector_role {
	CONNECTOR_NOBODY,
	CONNECTOR_WATCHED, /* its children are told of, too */
	CONNECTOR_CHILD
};

/* Lets nothing through yet. classic: does without eBPF. 0 or negative errno. */
int connector_filter_open(int socket, bool classic, struct connector_filter **ret_filter);
void connector_filter_close(struct connector_filter *f); /* NULL is fine */
void connector_filter_set(struct connector_filter *f, pid_t pid, enum connector_role role);
/* What was set counts from here on. 0 or negative errno. */
int connector_filter_apply(struct connector_filter *f);

#endif
