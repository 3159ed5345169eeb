/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest.h"
#include "program.h"
#include "twintop/base/clock.h"

#define BOUND_NS 120000000000u

static bool is_counted(json_t *sample)
{
	return json_is_integer(
		json_object_get(json_object_get(sample, "family_totals"), "resident_bytes"));
}

json_t *kin_counted(pid_t pid)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	struct textbuf text = {0};
	int out, err;
	char number[16];
	json_t *sample;
	pid_t twintop;

	snprintf(number, sizeof number, "%d", (int)pid);
	twintop = program_start(
		(const char *const[]){"twintop", "--json", "-n", "0", "-d", "0.1", number, NULL},
		&out, &err);
	sample = sample_next(out, &text);
	while (!is_counted(sample)) {
		assert_true(clock_monotonic_ns() < until);
		json_decref(sample);
		sample = sample_next(out, &text);
	}
	program_stop(twintop, out, err);
	textbuf_free(&text);
	return sample;
}

json_t *kin_member(json_t *sample, pid_t pid)
{
	json_t *member;
	size_t i;

	json_array_foreach(json_object_get(sample, "family"), i, member)
	{
		if (json_integer_value(json_object_get(member, "pid")) == pid)
			return member;
	}
	return NULL;
}

int64_t kin_number(json_t *of, const char *name)
{
	json_t *value = json_object_get(of, name);

	if (!json_is_integer(value))
		fail_msg("%s is not known", name);
	return json_integer_value(value);
}

void kin_near(int64_t a, int64_t b, int64_t most)
{
	assert_in_range((uint64_t)(a > b ? a - b : b - a), 0, (uint64_t)most);
}

void kin_private(pid_t pid, int64_t told)
{
	struct guest_private has = guest_private(pid);
	int64_t page = sysconf(_SC_PAGESIZE);

	if (told < has.own - page || told > has.own + has.files + page)
		fail_msg("%d is told to have %lld bytes alone: it has %lld, and %lld of files",
			(int)pid, (long long)told, (long long)has.own, (long long)has.files);
}
