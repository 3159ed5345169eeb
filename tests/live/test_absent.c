/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that a process does not have in memory: it has them no more for having been looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live.h"
#include "program.h"
#include "twintop/model/page.h"
#include "twintop/proc/host.h"

#define OWNER_PATH "processes[0].threads[].waiting_on.owner_tid"

static bool has_page(pid_t pid, uint64_t address)
{
	uint64_t entry;
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &entry, sizeof entry,
				 (off_t)(address / host_page_bytes() * sizeof entry)),
		sizeof entry);
	close(fd);
	return entry & (PAGE_PRESENT | PAGE_SWAPPED);
}

/* A sample of the specimen's process, which must leave its page as it was: absent. */
static json_t *look_at(struct specimen *s)
{
	pid_t pid = (pid_t)specimen_number(s, "pid");
	char number[16];
	json_t *sample;

	snprintf(number, sizeof number, "%d", (int)pid);
	assert_false(has_page(pid, specimen_number(s, "at")));
	sample = sample_by((const char *[]){"twintop", "--json", "-s", "none", number, NULL});
	assert_false(has_page(pid, specimen_number(s, "at")));
	return sample;
}

static bool gives_reason(const json_t *sample, const char *path, const char *words)
{
	json_t *gaps = json_object_get(json_object_get(sample, "access"), "unknown");

	for (size_t i = 0; i < json_array_size(gaps); i++) {
		json_t *gap = json_array_get(gaps, i);

		if (!strcmp(json_string_value(json_object_get(gap, "path")), path) &&
			strstr(json_string_value(json_object_get(gap, "reason")), words))
			return true;
	}
	return false;
}

static const char *access_of(const json_t *sample, const char *what)
{
	return json_string_value(json_object_get(json_object_get(sample, "access"), what));
}

/* What a thread waits on is known, who owns it is not: the word is in no page. */
static void a_word_that_is_in_no_page_is_left_so(void **state)
{
	static const char *const modes[] = {"word", "shared"};

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct specimen *s = specimen_start("absent", modes[i], NULL);
		json_t *sample = look_at(s);

		if (strcmp(access_of(sample, "attach"), "available") == 0 &&
			strcmp(access_of(sample, "syscall"), "available") == 0) {
			assert_true(gives_reason(sample, OWNER_PATH, "no page in memory"));
			assert_false(gives_reason(sample, OWNER_PATH, "names no owner"));
		} else {
			print_message("memory of others may not be read here\n");
		}
		json_decref(sample);
		specimen_stop(s);
	}
}

/* By what the program asks for it is told all the same. */
static void a_program_that_is_in_no_page_is_left_so(void **state)
{
	struct specimen *s = specimen_start("absent", "image", NULL);
	json_t *sample = look_at(s), *process;
	bool loaded = false;

	(void)state;
	process = json_array_get(json_object_get(sample, "processes"), 0);
	for (size_t i = 0; i < json_array_size(json_object_get(process, "mappings")); i++) {
		const char *path = json_string_value(json_object_get(
			json_array_get(json_object_get(process, "mappings"), i), "path"));

		loaded |= path && strstr(path, "libstdc++.so");
	}
	if (!loaded)
		print_message("libstdc++.so.6 is not there to be loaded\n");
	if (strcmp(access_of(sample, "attach"), "available") == 0)
		assert_string_equal(json_string_value(json_object_get(process, "runtime")), "c");
	json_decref(sample);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_that_is_in_no_page_is_left_so),
		cmocka_unit_test(a_program_that_is_in_no_page_is_left_so),
	};

	return live_run(tests, NULL, NULL);
}
