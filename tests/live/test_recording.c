/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments of living processes written down and read back, whole or as changes to the one before:
 * what another comparer makes of them is, as JSON, what was made of them alive, byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "sampling.h"
#include "twintop/model/family.h"
#include "twintop/record/moment_code.h"
#include "twintop/report/json.h"

#define ROUNDS 12u

/* What was written and what was made of it. */
struct tape {
	struct record_names names;
	struct comparer *comparer;
	const struct moment *live, *read; /* the newest ones, references */
	struct textbuf bytes, alive, replayed;
	size_t whole;				   /* bytes of the first moment, */
	size_t least;				   /* and of the shortest one after it */
	bool copies, faults, threads, family, fds; /* of these there was something */
};

static struct tape *tape_new(void)
{
	struct tape *t = calloc(1, sizeof *t);
	struct textbuf header = {0};
	struct wire_in in;

	record_put_names(&header);
	in = (struct wire_in){header.bytes, header.len, 0};
	assert_int_equal(record_get_names(&in, &t->names), 0);
	textbuf_free(&header);
	t->comparer = comparer_new();
	return t;
}

static void tape_free(struct tape *t)
{
	moment_put(t->live);
	moment_put(t->read);
	comparer_free(t->comparer);
	record_names_free(&t->names);
	textbuf_free(&t->bytes);
	textbuf_free(&t->alive);
	textbuf_free(&t->replayed);
	free(t);
}

static int add(void *context, const char *bytes, size_t n)
{
	textbuf_add(context, bytes, n);
	return 0;
}

static void tell(struct textbuf *out, const struct moment *m)
{
	struct json_writer *w = json_writer_new((struct json_sink){add, out});

	textbuf_clear(out);
	assert_int_equal(json_writer_moment(w, m), 0);
	json_writer_free(w);
}

static const struct moment *read_back(struct tape *t)
{
	struct wire_in in = {t->bytes.bytes, t->bytes.len, 0};
	struct snapshot *s;

	assert_int_equal(
		moment_code_get(&in, &t->names, t->read ? t->read->snapshot : NULL, &s), 0);
	assert_int_equal(in.at, in.n);
	return moment_new(s, comparer_pair(t->comparer, s));
}

/* Where they part, with what stands around. */
static void expect_same(const struct tape *t)
{
	const char *a = t->alive.bytes, *b = t->replayed.bytes;
	size_t at = 0, from;

	while (at < t->alive.len && at < t->replayed.len && a[at] == b[at])
		at++;
	if (at == t->alive.len && at == t->replayed.len)
		return;
	from = at > 200 ? at - 200 : 0;
	fail_msg("live:     %.300s\nreplayed: %.300s", a + from, b + from);
}

static void note(struct tape *t, const struct snapshot *s)
{
	t->threads |= s->side[0].threads && s->side[0].threads->n;
	t->fds |= s->side[0].fds && s->side[0].fds->n;
	t->family |= s->family && s->family->n > 1;
	t->faults |= s->faults && s->faults->n;
	t->copies |= s->verdicts && s->verdicts->pages.copied;
}

/* The moment is written beside the last one, read, and told. Its reference is taken over. */
static void record(struct tape *t, const struct moment *m)
{
	const struct moment *read;

	textbuf_clear(&t->bytes);
	moment_code_put(&t->bytes, m->snapshot, t->live ? t->live->snapshot : NULL);
	if (!t->whole)
		t->whole = t->bytes.len;
	else if (!t->least || t->bytes.len < t->least)
		t->least = t->bytes.len;
	read = read_back(t);
	note(t, m->snapshot);
	tell(&t->alive, m);
	tell(&t->replayed, read);
	expect_same(t);
	moment_put(t->live);
	moment_put(t->read);
	t->live = m;
	t->read = read;
}

static void follow(struct tape *t, struct sampling *f)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		record(t, sampling_next(f));
}

static void a_pair_that_copies(void *unused)
{
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start("writers", "300", "100", "50", NULL);
	struct tape *t = tape_new();

	(void)unused;
	sampling_begin(f, (pid_t)specimen_number(s, "pid"), (pid_t)specimen_number(s, "child"));
	follow(t, f);
	specimen_say(s, "copy");
	follow(t, f);
	specimen_say(s, "fork");
	follow(t, f);
	assert_true(t->threads && t->fds && t->family);
	assert_true(t->least < t->whole / 4);
	if (f->options.access.state[ACCESS_PAGEMAP] == VALUE_KNOWN)
		assert_true(t->copies);
	tape_free(t);
	sampling_unmake(f);
	specimen_stop(s);
}

static void what_is_read_is_what_was_there(void **state)
{
	(void)state;
	a_pair_that_copies(NULL);
}

static void and_as_an_ordinary_user(void **state)
{
	(void)state;
	as_nobody(a_pair_that_copies, NULL);
}

/* With an end, a family, and another B. */
static void a_family_that_changes(void **state)
{
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start("family", NULL);
	struct tape *t = tape_new();
	pid_t a = (pid_t)specimen_number(s, "pid");

	(void)state;
	sampling_begin(f, a, (pid_t)specimen_number(s, "w0"));
	follow(t, f);
	assert_int_equal(source_watch(f->source, a, (pid_t)specimen_number(s, "w1"), NULL), 0);
	follow(t, f);
	assert_int_equal(source_watch(f->source, (pid_t)specimen_number(s, "w2"), a, NULL), 0);
	follow(t, f);
	specimen_stop(s);
	follow(t, f);
	assert_true(t->family);
	tape_free(t);
	sampling_unmake(f);
}

/* Two threads of one process: what is one part of both sides stays one. */
static void two_threads(void **state)
{
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start("threads", NULL);
	struct tape *t = tape_new();
	pid_t pid = (pid_t)specimen_number(s, "pid");

	(void)state;
	sampling_begin(f, pid, (pid_t)specimen_number(s, "epoll"));
	follow(t, f);
	assert_int_equal(t->read->snapshot->sides, 2);
	assert_ptr_equal(t->read->snapshot->side[0].memory, t->read->snapshot->side[1].memory);
	tape_free(t);
	sampling_unmake(f);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_what_was_there),
		cmocka_unit_test(and_as_an_ordinary_user),
		cmocka_unit_test(a_family_that_changes),
		cmocka_unit_test(two_threads),
	};

	return live_run(tests, NULL, NULL);
}
