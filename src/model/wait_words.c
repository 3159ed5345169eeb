/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/wait_words.h"

#include <inttypes.h>

#include "twintop/base/units.h"
#include "twintop/model/wait_graph.h"

/* The low bits of glibc's kinds of mutexes, and whether they are robust. */
#define MUTEX_TYPE   3u
#define MUTEX_ROBUST 16u

const char *wait_mutex_type(uint8_t type)
{
	static const char *const words[2][MUTEX_TYPE + 1] = {
		{"", "recursive ", "errorcheck ", "adaptive "},
		{"robust ", "robust recursive ", "robust errorcheck ", "robust adaptive "}};

	return words[!!(type & MUTEX_ROBUST)][type & MUTEX_TYPE];
}

/* The variable that the lock is, or lies in; else its address. */
static void add_lock(const struct symbol *symbol, uint64_t address, struct textbuf *out)
{
	if (symbol)
		text_printable(out, symbol->label);
	else
		textbuf_addf(out, "0x%" PRIx64, address);
}

static void add_fd(const struct snapshot *s, unsigned side, int fd, bool brief, struct textbuf *out)
{
	const struct fd_entry *e = fd_list_find(s->side[side].fds, fd);

	textbuf_addf(out, " fd %d", fd);
	if (!brief && e && e->kind != FD_UNKNOWN)
		textbuf_addf(out, " %s", e->protocol ? e->protocol : fd_kind_name(e->kind));
}

static void add_left(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out)
{
	uint64_t left;
	char text[UNITS_MAX];

	if (wait_left(t, side_moment_ns(s, side), s->realtime_ns, &left))
		textbuf_addf(out, ", %s%s left", t->run->first ? "≤" : "", units_time(text, left));
}

static const char *kind_words(const struct wait *w)
{
	return w->kind == WAIT_PI_MUTEX ? "PI mutex" : wait_kind_name(w->kind);
}

/* Of a lock its name alone is its brief form, where it has one. */
static void add_futex(const struct snapshot *s, unsigned side, const struct thread *t, bool brief,
	struct textbuf *out)
{
	const struct wait w = wait_of(t);
	const struct symbol *symbol = symbol_list_find(s->side[side].symbols, w.object);
	bool named = w.address && w.kind != WAIT_JOIN;

	if (symbol && symbol->gap)
		symbol = NULL;
	if (!brief && w.kind == WAIT_MUTEX)
		textbuf_adds(out, wait_mutex_type(t->call->wait_type));
	if (!brief || !named)
		textbuf_adds(out, kind_words(&w));
	textbuf_adds(out, named && !brief ? " " : "");
	if (named)
		add_lock(symbol, w.object, out);
}

void wait_words_object(const struct snapshot *s, unsigned side, const struct thread *t, bool brief,
	struct textbuf *out)
{
	const struct wait w = wait_of(t);

	if (wait_row(w.kind)->has & WAIT_HAS_ADDRESS) {
		add_futex(s, side, t, brief, out);
		return;
	}
	textbuf_adds(out, kind_words(&w));
	if (w.fd >= 0)
		add_fd(s, side, w.fd, brief, out);
	if (w.kind == WAIT_CHILD && w.owner)
		textbuf_addf(out, " %d", (int)w.owner);
	if (!brief)
		add_left(s, side, t, out);
}

void wait_words_since(
	const struct snapshot *s, unsigned side, const struct thread *t, struct textbuf *out)
{
	char text[UNITS_MAX];
	uint64_t ns;

	if (wait_seen_for(s, side, t, &ns))
		textbuf_addf(out, "%s%s", t->run->first ? "≥" : "", units_time(text, ns));
}
