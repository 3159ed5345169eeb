/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/connection.h"

#include <string.h>

bool connection_end(const struct fd_entry *e)
{
	return e->kind == FD_SOCKET && e->inode &&
	       value_state_has_value(e->source[FD_SOCKET_INFO]) &&
	       (e->peer_inode || (e->local.len && e->remote.len));
}

static bool names_cross(const struct fd_entry *a, const struct fd_entry *b)
{
	return a->net_inode == b->net_inode && a->protocol && b->protocol &&
	       !strcmp(a->protocol, b->protocol) && strncmp(a->protocol, "unix", 4) != 0 &&
	       text_equal(a->local, b->remote) && text_equal(a->remote, b->local);
}

bool connection_joins(const struct fd_entry *a, const struct fd_entry *b)
{
	if (!connection_end(a) || !connection_end(b))
		return false;
	if (!a->peer_inode && !b->peer_inode)
		return names_cross(a, b);
	return (!a->peer_inode || a->peer_inode == b->inode) &&
	       (!b->peer_inode || b->peer_inode == a->inode);
}
