/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_HOST_H
#define TWINTOP_PROC_HOST_H

#include "twintop/model/snapshot.h"

/* What the running kernel is: uname(2), sysconf(3). */
void host_read(struct host *ret_host);
/*
 * Bytes of a page of the running kernel, for what reads it. What is drawn or compared may be of
 * another machine: its moment and its parts say theirs.
 */
uint64_t host_page_bytes(void);

#endif
