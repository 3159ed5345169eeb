/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors in words. */
#include "tell_internal.h"

#include <fcntl.h>
#include <inttypes.h>

#include "twintop/base/units.h"

static const struct fd_entry *entry_of(const struct record *r)
{
	return &field_side(r)->fds->fd[r->index];
}

/* "the reading end of the pipe pipe:[4711]", "the terminal /dev/pts/3". */
static void tell_target(const struct fd_entry *e, struct textbuf *out)
{
	struct lesson kind = lesson_at(LESSON_FD_KINDS, e->kind);
	bool flow = e->kind == FD_PIPE || e->kind == FD_FIFO;

	if (flow && value_state_has_value((enum value_state)e->source[FD_INFO]))
		textbuf_adds(out, (e->flags & O_ACCMODE) == O_RDONLY   ? "the reading end of "
				  : (e->flags & O_ACCMODE) == O_WRONLY ? "the writing end of "
								       : "both ends of ");
	textbuf_addf(out, "the %s", kind.title);
	if (!e->target.len)
		return;
	textbuf_adds(out, " ");
	text_printable(out, e->target);
}

/* The channel whose end on the record's side is that descriptor; NULL: none is known. */
static const struct channel *channel_of(const struct record *r, int fd)
{
	const struct pair *p = r->moment->pair;

	for (size_t i = 0; p && i < p->channels_n; i++)
		if ((r->side ? p->channel[i].b_fd : p->channel[i].a_fd) == fd)
			return &p->channel[i];
	return NULL;
}

static void tell_other_end(const struct record *r, int fd, const char *begin, struct textbuf *out)
{
	const struct channel *c = channel_of(r, fd);
	int other = !c ? -1 : r->side ? c->a_fd : c->b_fd;

	if (other >= 0)
		textbuf_addf(out, "%s %c has as descriptor %d", begin, r->side ? 'A' : 'B', other);
}

void tell_descriptor(const struct record *r, int fd, struct textbuf *out)
{
	const struct fd_entry *e = fd_list_find(field_side(r)->fds, fd);

	textbuf_addf(out, "descriptor %d", fd);
	if (!e)
		return;
	textbuf_adds(out, ", ");
	tell_target(e, out);
	tell_other_end(r, fd, ", whose other end", out);
}

/* ---- fields --------------------------------------------------------------------- */

static void tell_number(const struct record *r, const struct value *v, struct textbuf *out)
{
	static const char *const custom[] = {"standard input", "standard output", "standard error"};

	textbuf_addf(out, "Number %" PRId64, v->i);
	if (v->i >= 0 && v->i < 3)
		textbuf_addf(out, ", by custom %s", custom[v->i]);
	textbuf_adds(out, ": ");
	tell_target(entry_of(r), out);
	tell_other_end(r, (int)v->i, "; the other end", out);
	textbuf_adds(out, ".");
}

static void tell_kind(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	text_printable(out, v->text);
	textbuf_adds(out, ".");
	tell_lesson(LESSON_FD_KINDS, v->text.bytes, out);
}

static void tell_where(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)v;
	textbuf_adds(out, "It leads to ");
	tell_target(entry_of(r), out);
	tell_other_end(r, entry_of(r)->fd, "; the other end", out);
	textbuf_adds(out, ".");
}

static void tell_access(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	text_printable(out, v->text);
	textbuf_adds(out, ".");
	tell_lesson(LESSON_ACCESS, v->text.bytes, out);
}

static const struct pair_fd *pair_row(const struct record *r)
{
	return pair_find_fd(r->moment->pair, r->side, r->index);
}

static void tell_offset(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct pair_fd *row = pair_row(r);

	textbuf_addf(out, "The next read or write is at byte %" PRIu64 ", counted from 0.", v->u);
	if (row && row->a >= 0 && row->b >= 0 && row->relation == FD_SAME_DESCRIPTION)
		textbuf_adds(out, " A and B have one open file description: whoever reads moves it "
				  "for both.");
	else if (row && row->a >= 0 && row->b >= 0 && row->relation == FD_SAME_FILE)
		textbuf_adds(out, " The other side has opened the file by itself, with a position "
				  "of its own.");
}

static void tell_cloexec(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_adds(out, v->yes ? "Yes: a program that is executed does not get it."
				 : "No: a program that is executed gets it, wanted or not.");
}

static void tell_description(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct side *s = field_side(r);
	const struct pair_fd *row = pair_row(r);
	size_t n = 0;

	for (size_t i = 0; i < s->fds->n; i++)
		n += s->fds->fd[i].description == v->u;
	textbuf_addf(out, "Description %" PRIu64 ": ", v->u);
	textbuf_count(out, n, "descriptor");
	textbuf_addf(out, " of %c %s to it", r->side ? 'B' : 'A', n == 1 ? "leads" : "lead");
	textbuf_adds(out, row && row->relation == FD_SAME_DESCRIPTION
				  ? ", and the other side has it as well."
				  : ".");
}

static void tell_dup(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_addf(out,
		"It is a second number for what descriptor %" PRId64
		" is: one position, one set of flags.",
		v->i);
}

static void tell_received(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	tell_bytes(v->u, out);
	textbuf_adds(out, v->u ? " wait to be read." : " wait: it has read all that came.");
}

static void tell_sent(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	tell_bytes(v->u, out);
	textbuf_adds(out, v->u ? " are on their way: the other end has not taken them."
			       : " are on their way: the other end has taken everything.");
}

static void tell_pidfd(const struct record *r, const struct value *v, struct textbuf *out)
{
	textbuf_adds(out, "It stands for process ");
	tell_task(r, (pid_t)v->i, out);
	textbuf_adds(out, ".");
}

static void tell_count(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_addf(out, "%" PRIu64 ": %s.", v->u,
		v->u ? "the next read gets it at once" : "whoever reads it waits");
}

const struct tell_row tell_fd_row[] = {
	{"fd.fd", tell_number},
	{"fd.kind", tell_kind},
	{"fd.target", tell_where},
	{"fd.access", tell_access},
	{"fd.offset", tell_offset},
	{"fd.close_on_exec", tell_cloexec},
	{"fd.description", tell_description},
	{"fd.dup_of", tell_dup},
	{"fd.receive_queue_bytes", tell_received},
	{"fd.send_queue_bytes", tell_sent},
	{"fd.pidfd_pid", tell_pidfd},
	{"fd.eventfd_count", tell_count},
};
const size_t tell_fd_rows_n = sizeof tell_fd_row / sizeof *tell_fd_row;
