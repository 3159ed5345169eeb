/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals as the field table tells them: handlers of the process, masks of each thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "twintop/model/field.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/threads.h"

/* A moment of one side with its process record and its threads. */
static const struct moment *moment_of(pid_t pid)
{
	struct snapshot *s = snapshot_new();
	struct thread_reader *threads;
	struct process_reader *reader;
	struct identity identity;
	struct access access;
	struct proc_root *root;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	denied_probe(root, NULL, &access);
	assert_int_equal(identity_open(root, pid, &identity), 0);
	assert_int_equal(process_reader_new(root, &reader), 0);
	assert_int_equal(thread_reader_new(root, &access, identity.id, 100, &threads), 0);
	assert_int_equal(process_read(reader, pid, pid, NEED_ALL, NULL, &s->side[0].info), 0);
	assert_int_equal(thread_read(threads, NEED_THREADS | NEED_THREAD_STATUS, NULL, NULL,
				 &s->side[0].threads),
		0);
	s->side[0].id = identity.id;
	s->sides = 1;
	thread_reader_free(threads);
	process_reader_free(reader);
	identity_close(&identity);
	proc_root_close(root);
	return moment_new(s, NULL);
}

static struct value value_of(const struct moment *m, const char *field, int signal)
{
	struct record r = {m, RECORD_SIGNAL, 0, (size_t)signal - 1};
	struct value v = field_find(field)->get(&r);

	if (!value_state_has_value(v.state))
		fail_msg("%s of signal %d is unknown: %s", field, signal, v.reason);
	return v;
}

static void expect_disposition(const struct moment *m, int signal, const char *want)
{
	struct value v = value_of(m, "signal.disposition", signal);

	if (!text_equal(v.text, text_of(want)))
		fail_msg("signal %d is %.*s, not %s", signal, (int)v.text.len, v.text.bytes, want);
}

static void handlers_are_the_processs(void **state)
{
	struct specimen *sp = specimen_start("signals", NULL);
	const struct moment *m = moment_of(specimen_pid(sp));

	(void)state;
	expect_disposition(m, 2, "caught");
	expect_disposition(m, 37, "caught");
	expect_disposition(m, 1, "ignored");
	expect_disposition(m, 15, "default");
	assert_true(value_of(m, "signal.pending", 12).yes);
	assert_false(value_of(m, "signal.pending", 15).yes);
	assert_false(value_of(m, "signal.pending", 38).yes);
	moment_put(m);
	specimen_stop(sp);
}

static void masks_are_the_threads(void **state)
{
	struct specimen *sp = specimen_start("signals", NULL);
	const struct moment *m = moment_of(specimen_pid(sp));
	const pid_t *tids;
	struct value v;

	(void)state;
	assert_int_equal(value_of(m, "signal.blocked_threads", 12).u, 3);
	assert_int_equal(value_of(m, "signal.blocked_threads", 10).u, 2);
	assert_int_equal(value_of(m, "signal.blocked_threads", 15).u, 1);
	assert_int_equal(value_of(m, "signal.blocked_threads", 2).u, 0);
	assert_int_equal(value_of(m, "signal.pending_threads", 15).u, 1);
	assert_int_equal(value_of(m, "signal.pending_threads", 12).u, 0);
	assert_int_equal(value_of(m, "signal.pending_threads", 38).u, 1);
	v = value_of(m, "signal.blocked_by", 15);
	tids = v.list.item;
	assert_int_equal(v.list.n, 1);
	assert_int_equal(tids[0], specimen_number(sp, "two"));
	v = value_of(m, "signal.blocked_by", 10);
	tids = v.list.item;
	assert_int_equal(v.list.n, 2);
	assert_int_equal(tids[0], specimen_number(sp, "one"));
	assert_int_equal(tids[1], specimen_number(sp, "two"));
	moment_put(m);
	specimen_stop(sp);
}

static void an_ordinary_user_sees_the_same(void *context)
{
	void *state = context;

	handlers_are_the_processs(&state);
	masks_are_the_threads(&state);
}

static void as_an_ordinary_user(void **state)
{
	(void)state;
	if (geteuid()) {
		print_message("skipped: needs root to become another user\n");
		skip();
	}
	as_nobody(an_ordinary_user_sees_the_same, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers_are_the_processs),
		cmocka_unit_test(masks_are_the_threads),
		cmocka_unit_test(as_an_ordinary_user),
	};

	return live_run(tests, NULL, NULL);
}
