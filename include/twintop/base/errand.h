/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_ERRAND_H
#define TWINTOP_BASE_ERRAND_H

#include <sys/types.h>

/*
 * Forks a process of ours for what may hang for good, so that it can be abandoned: under a name of
 * its own (15 bytes), deaf to signals, and with two descriptors of ours open alone, for nobody is to
 * wait for the end of a file that only an abandoned process holds. As fork(2); what it does before
 * _exit(2) is to be async-signal-safe.
 */
pid_t errand_fork(const char *name, int keep, int keep_too);

#endif
