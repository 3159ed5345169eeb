/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors that were not there, or led to something else, and those that are gone. */
#include "changes.h"

struct lot {
	size_t n;
	const struct fd_entry *each[CHANGE_EACH];
};

static void add(struct lot *l, const struct fd_entry *f)
{
	if (l->n < CHANGE_EACH)
		l->each[l->n] = f;
	l->n++;
}

static bool both_know(const struct fd_entry *a, const struct fd_entry *b, enum fd_source source)
{
	return value_state_has_value((enum value_state)a->source[source]) &&
	       value_state_has_value((enum value_state)b->source[source]);
}

/*
 * Whether a number leads where it led. A file may have another name by now, and what the link of a
 * socket says moves with its state: device and inode tell, where they are known.
 */
static bool same_file(const struct fd_entry *a, const struct fd_entry *b)
{
	if (both_know(a, b, FD_STAT))
		return a->kind == b->kind && a->device == b->device && a->inode == b->inode;
	return !both_know(a, b, FD_LINK) || text_equal(a->target, b->target);
}

static void tell_one(const struct change *c, struct event e, const struct fd_entry *f)
{
	bool named = value_state_has_value((enum value_state)f->source[FD_LINK]) && f->target.len;

	e.fd = f->fd;
	event_sink_add(
		c->sink, e, named ? f->target : text_of(fd_kind_name(f->kind)), text_of(NULL));
}

static void tell(const struct change *c, enum event_kind kind, const struct lot *l)
{
	struct event e = c->event;
	bool many = l->n > CHANGE_EACH;

	e.kind = kind;
	e.count = many ? l->n : 1;
	for (size_t i = 0; i < (many ? 1 : l->n); i++)
		tell_one(c, e, l->each[i]);
}

void change_fds(const struct change *c)
{
	const struct fd_list *before = c->before, *now = c->now;
	struct lot opened = {0}, closed = {0};
	size_t i = 0, k = 0;

	while (i < before->n || k < now->n) {
		const struct fd_entry *b = i < before->n ? &before->fd[i] : NULL;
		const struct fd_entry *n = k < now->n ? &now->fd[k] : NULL;
		bool is_before = b && (!n || b->fd <= n->fd), is_now = n && (!b || n->fd <= b->fd);

		if (!(is_before && is_now && same_file(b, n))) {
			if (is_before)
				add(&closed, b);
			if (is_now)
				add(&opened, n);
		}
		i += is_before;
		k += is_now;
	}
	tell(c, EVENT_CLOSED, &closed);
	tell(c, EVENT_OPENED, &opened);
}
