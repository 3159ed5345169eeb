/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What threads of a program wait for that was built with musl: its locks look otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "denied.h"
#include "live.h"
#include "naming.h"
#include "program.h"

static void build(void)
{
	if (naming_run("musl-gcc -D_GNU_SOURCE -O1 -idirafter /usr/include "
		       "-idirafter /usr/include/$(cc -dumpmachine) -pthread -o sp_musl $source"))
		return;
	print_message("nothing can be built with musl here: no musl-gcc\n");
	skip();
}

static const struct sort {
	const char *key, *kind;
	const char *owner; /* that it has; NULL: none is written down */
	const char *type;
} sorts[] = {
	{"plain", "mutex", NULL, "normal"},
	{"recursive", "mutex", "keeper", "recursive"},
	{"errorcheck", "mutex", "keeper", "errorcheck"},
	{"robust", "mutex", "keeper", "robust"},
	{"inheriting", "pi_mutex", "keeper", NULL},
	{"shared", "mutex", NULL, "normal"},
	{"join", "join", "keeper", NULL},
	{"reads_lock", "rwlock", NULL, NULL},
	{"writes_lock", "rwlock", NULL, NULL},
	{"semaphore", "semaphore", NULL, NULL},
	{"word", "futex", NULL, NULL},
	{"read", "read", NULL, NULL},
	{"sleep", "sleep", NULL, NULL},
};

static const json_t *waiting_of(const json_t *sample, json_int_t tid)
{
	const json_t *process = json_array_get(json_object_get(sample, "processes"), 0);
	const json_t *threads = json_object_get(process, "threads"), *t;
	size_t i;

	json_array_foreach(threads, i, t)
	{
		if (json_integer_value(json_object_get(t, "tid")) == tid)
			return json_object_get(t, "waiting_on");
	}
	return NULL;
}

static void expect_sort(const struct specimen *s, const json_t *sample, const struct sort *sort)
{
	const json_t *w = waiting_of(sample, (json_int_t)specimen_number(s, sort->key));
	const char *kind = json_string_value(json_object_get(w, "kind"));
	const char *type = json_string_value(json_object_get(w, "type"));
	json_int_t owner = json_integer_value(json_object_get(w, "owner_tid")),
		   wanted = sort->owner ? (json_int_t)specimen_number(s, sort->owner) : 0;

	if (!kind || strcmp(kind, sort->kind) != 0)
		fail_msg("%s waits for %s, not %s", sort->key, kind ? kind : "?", sort->kind);
	if (owner != wanted)
		fail_msg("of %s the owner is %d, not %d", sort->key, (int)owner, (int)wanted);
	if (sort->type && (!type || strcmp(type, sort->type) != 0))
		fail_msg("%s is of type %s, not %s", sort->key, type ? type : "?", sort->type);
}

static void its_locks_are_told_apart(void **state)
{
	struct specimen *s;
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	build();
	s = specimen_start("musl", NULL);
	sample = sample_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
		if (specimen_number(s, sorts[i].key))
			expect_sort(s, sample, &sorts[i]);
	json_decref(sample);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_locks_are_told_apart),
	};

	naming_source("sp_every_wait.c");
	return cmocka_run_group_tests(tests, naming_begin_all, naming_end_all);
}
