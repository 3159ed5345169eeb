/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has the other end of what a thread waits for. */
#include "twintop/model/wait_ends.h"

#include "twintop/model/fd_lookup.h"

static bool is_read(const struct fd_list *fds)
{
	return fds && value_state_has_value(fds->part.state);
}

/* Puts one of the side's in its place among them, of which the first is at begin. */
static void keep(struct wait_ends *ret, size_t begin, struct wait_end end)
{
	size_t i = ret->n;

	if (ret->n < WAIT_ENDS_MOST)
		ret->n++;
	else if (i == begin || ret->end[--i].fd < end.fd)
		return;
	for (; i > begin && ret->end[i - 1].fd > end.fd; i--)
		ret->end[i] = ret->end[i - 1];
	ret->end[i] = end;
}

static void add_run(
	struct wait_ends *ret, size_t begin, unsigned side, const struct lookup_run *run)
{
	ret->all += run->n;
	ret->compared += run->compared;
	for (size_t i = 0; i < run->n && i < WAIT_ENDS_MOST; i++)
		keep(ret, begin,
			(struct wait_end){side, ((const struct fd_entry *)run->row[i].of)->fd});
}

static void find_ends(
	const struct snapshot *s, unsigned side, const struct fd_entry *own, struct wait_ends *ret)
{
	const struct fd_list *fds = s->side[side].fds;
	const size_t begin = ret->n;
	struct fd_ends found;

	ret->known &= is_read(fds);
	if (!is_read(fds))
		return;
	if (ret->connect) {
		found.n = ret->connect->listener_inode ? 1 : 0;
		found.run[0] = fd_lookup_socket(fds, ret->connect->listener_inode);
	} else {
		fd_lookup_ends(fds, own, ret->reads, &found);
	}
	for (size_t i = 0; i < found.n; i++)
		add_run(ret, begin, side, &found.run[i]);
}

void wait_ends_of_lock(const struct snapshot *s, unsigned side, const struct file_lock *lock,
	struct wait_ends *ret)
{
	const struct lookup_run run = fd_lookup_lock(s->side[side].fds, lock);

	add_run(ret, ret->n, side, &run);
}

bool wait_ends_beside(const struct snapshot *s)
{
	return s->sides == 2 && s->side[0].id.pid != s->side[1].id.pid && !s->side[0].was_ns &&
	       !s->side[1].was_ns && !s->side[0].host && !s->side[1].host;
}

static bool waits_for_another(enum wait_kind kind)
{
	return kind == WAIT_READ || kind == WAIT_RECEIVE || kind == WAIT_WRITE ||
	       kind == WAIT_SEND || kind == WAIT_CONNECT || kind == WAIT_ACCEPT;
}

bool wait_ends_of(
	const struct snapshot *s, unsigned side, const struct wait *w, struct wait_ends *ret)
{
	const struct fd_entry *own = w->fd < 0 ? NULL : fd_list_find(s->side[side].fds, w->fd);
	bool reads = w->kind == WAIT_READ || w->kind == WAIT_RECEIVE;
	size_t before;

	if (!own || !waits_for_another(w->kind) || !(fd_is_flow(own) || fd_is_told_socket(own)))
		return false;
	*ret = (struct wait_ends){.pipe = own->kind != FD_SOCKET,
		.reads = reads,
		.listens = w->kind == WAIT_ACCEPT,
		.known = true,
		.connect = w->kind == WAIT_CONNECT && own->kind == FD_SOCKET
				   ? connects_find(s->side[side].connects, w->fd)
				   : NULL,
		.own_fd = own};
	if (wait_ends_beside(s))
		find_ends(s, !side, own, ret);
	before = ret->all;
	find_ends(s, side, own, ret);
	ret->itself = ret->all > before;
	return true;
}

struct text wait_ends_address(const struct wait_ends *e)
{
	if (e->pipe)
		return text_of(NULL);
	if (e->listens)
		return e->own_fd->local;
	return e->connect ? e->connect->address : e->own_fd->remote;
}

/* ---- in words ---------------------------------------------------------------------- */

void wait_ends_tell(const struct wait_ends *e, unsigned side, struct textbuf *out)
{
	for (size_t i = 0; i < e->n; i++) {
		bool begins = !i || e->end[i].side != e->end[i - 1].side;
		bool more = i + 1 < e->n && e->end[i + 1].side == e->end[i].side;

		if (!begins)
			textbuf_adds(out, ", ");
		else if (e->end[i].side == side)
			textbuf_addf(out, "%sin itself as descriptor%s ", i ? " and " : "",
				more ? "s" : "");
		else
			textbuf_addf(out, "in %c as descriptor%s ", e->end[i].side ? 'B' : 'A',
				more ? "s" : "");
		textbuf_addf(out, "%d", e->end[i].fd);
	}
	if (e->all > e->n)
		textbuf_addf(out, " and %zu more", e->all - e->n);
}

void wait_ends_brief(
	const struct wait_ends *e, const struct snapshot *s, unsigned side, struct textbuf *out)
{
	const char *to = !e->pipe ? e->listens ? " at " : " with " : e->reads ? " from " : " to ";
	const struct text address = wait_ends_address(e);
	bool other = e->n && e->end[0].side != side;

	if (!e->n && !address.len && (!e->known || e->listens))
		return;
	textbuf_adds(out, to);
	if (other)
		textbuf_addf(out, "%d", (int)s->side[!side].id.pid);
	if (e->itself)
		textbuf_adds(out, other ? " and itself" : "itself");
	if (!e->n && address.len)
		text_printable(out, address);
	else if (!e->n)
		textbuf_adds(out, "elsewhere");
}

/* "who listens at /run/x.sock has not accepted 6 connections, of a backlog of 5" */
static void tell_queue(const struct connect_wait *c, struct textbuf *out)
{
	textbuf_adds(out, "who listens at ");
	text_printable(out, c->address);
	if (!c->listener_inode) {
		textbuf_adds(out, " is not known");
		return;
	}
	textbuf_addf(out, " has not accepted %u connection%s, of a backlog of %u", c->pending,
		c->pending == 1 ? "" : "s", c->backlog);
}

/* "it listens at 127.0.0.1:80", "its peer is 127.0.0.1:4242; ": of a socket; nothing where it has
 * no address. */
static void tell_peer(const struct wait_ends *e, struct textbuf *out)
{
	if (e->listens) {
		textbuf_adds(out, "it listens at ");
		text_printable(
			out, e->own_fd->local.len ? e->own_fd->local : text_of("no address"));
	} else if (e->connect) {
		tell_queue(e->connect, out);
		textbuf_adds(out, e->n ? "; " : "");
	} else if (e->own_fd->remote.len) {
		textbuf_adds(out, "its peer is ");
		text_printable(out, e->own_fd->remote);
		textbuf_adds(out, e->n ? "; " : "");
	}
}

static void tell_elsewhere(const struct wait_ends *e, struct textbuf *out)
{
	if (!e->pipe && e->own_fd->peer_closed)
		textbuf_adds(out, "closed");
	else
		textbuf_adds(
			out, e->known ? "open elsewhere, in none of the watched" : "not known");
}

void wait_ends_sentence(const struct wait_ends *e, unsigned side, struct textbuf *out)
{
	if (!e->pipe)
		tell_peer(e, out);
	if (e->listens || (!e->n && (e->connect || wait_ends_address(e).len)))
		return;
	textbuf_addf(out, e->connect ? "%s is " : "its %s end is ",
		e->connect ? "that socket"
		: !e->pipe ? "other"
		: e->reads ? "writing"
			   : "reading");
	if (!e->n) {
		tell_elsewhere(e, out);
		return;
	}
	textbuf_adds(out, "open ");
	wait_ends_tell(e, side, out);
	if (e->pipe && e->reads && e->itself)
		textbuf_adds(
			out, ": as long as it has that open itself, it never sees end of file");
}
