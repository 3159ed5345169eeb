/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_CAPS_INTERNAL_H
#define TWINTOP_PROC_CAPS_INTERNAL_H

#include "twintop/proc/caps.h"

/* Each probes its items by a round trip on ourselves and sets their states. */
void caps_probe_memory(const struct proc_root *root, struct access *access);
void caps_probe_sockets(struct access *access);

/* The same, by a child of ours, which is forked to begin with: it takes a while. */
struct caps_child {
	pid_t pid;
	int fd, error;
};
struct caps_child caps_begin_tasks(const struct proc_root *root);
void caps_end_tasks(
	const struct proc_root *root, const struct caps_child *child, struct access *access);

/*
 * Whether the kernel tells of forks: listens, until the end, by when we are to have forked; where
 * we have not, or too much else was told in between, it forks a child for that.
 */
struct caps_ear {
	int fd, error;
};
struct caps_ear caps_begin_events(void);
enum value_state caps_end_events(const struct caps_ear *ear);

/*
 * A program with file capabilities is not dumpable: its own /proc files belong
 * to root, and a probe of "self" would find less than others' processes allow.
 * Makes us dumpable for that long; hand what begin said to end.
 */
bool caps_begin_self(void);
void caps_end_self(bool begun);

/* The state that an error of a probe leaves: what is missing here is missing in this kernel. */
enum value_state caps_state_of_error(int error);

#endif
