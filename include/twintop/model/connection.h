/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_CONNECTION_H
#define TWINTOP_MODEL_CONNECTION_H

#include "twintop/model/records.h"

/* Whether a socket's other end can be told: the kernel names it, or both addresses are known. */
bool connection_end(const struct fd_entry *e);
/*
 * Whether two ends are those of one connection, whichever comes first. The kernel's word goes
 * first: what it names for either must be the other. Where it names neither's peer, each one's own
 * address is the other's remote one, of one protocol and network namespace; unix sockets' names
 * tell nothing.
 */
bool connection_joins(const struct fd_entry *a, const struct fd_entry *b);

#endif
