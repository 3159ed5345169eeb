/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of machines with other pages and clocks than this one's: bytes are theirs wherever
 * they are told, counts of pages and rates are the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fixtures/hour.h"
#include "twintop/compare/compare.h"
#include "twintop/compare/diff.h"
#include "twintop/model/field.h"
#include "twintop/model/tell.h"
#include "twintop/record/recorder.h"
#include "twintop/record/recording.h"
#include "twintop/report/json.h"
#include "twintop/report/report.h"

#define MOMENTS	  25u
#define PAGE_HERE 4096u

/* ---- recorded there, told here ----------------------------------------------- */

static int record(uint64_t page_size, uint64_t clock_ticks)
{
	const struct hour_size size = {.threads = 4,
		.pages = 64,
		.active_percent = 50,
		.copied_each = 1,
		.delay_ns = 100000000,
		.page_size = page_size,
		.clock_ticks = clock_ticks};
	struct hour *hour = hour_new(&size);
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct recorder *r;

	assert_int_equal(recorder_new(&(const struct recorder_options){.write = recorder_to_fd,
					      .context = &fd,
					      .program = "a test"},
				 &r),
		0);
	for (unsigned i = 0; i < MOMENTS; i++) {
		const struct moment *m = moment_new(hour_next(hour), NULL);

		assert_int_equal(recorder_add(r, m), 0);
		moment_put(m);
	}
	assert_int_equal(recorder_end(r), 0);
	hour_free(hour);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The last of the moments, judged beside those before. */
static const struct moment *replay(int fd)
{
	struct comparer *comparer = comparer_new();
	const struct moment *m = NULL;
	struct recording *r;
	struct snapshot *s;

	assert_int_equal(recording_new(fd, &r), 0);
	while (!recording_next(r, &s)) {
		moment_put(m);
		m = moment_new(s, comparer_pair(comparer, s));
	}
	recording_free(r);
	comparer_free(comparer);
	close(fd);
	assert_int_equal(m->snapshot->sequence, MOMENTS);
	return m;
}

static int add(void *context, const char *bytes, size_t n)
{
	textbuf_add(context, bytes, n);
	return 0;
}

/* What is told of the last moment of such a machine. */
static json_t *told(uint64_t page_size, uint64_t clock_ticks, struct textbuf *ret_report)
{
	const struct moment *m = replay(record(page_size, clock_ticks));
	struct textbuf text = {0};
	struct json_writer *w = json_writer_new((struct json_sink){add, &text});
	json_t *json;

	assert_int_equal(json_writer_moment(w, m), 0);
	json_writer_free(w);
	json = json_loadb(text.bytes, text.len, 0, NULL);
	assert_non_null(json);
	textbuf_clear(ret_report);
	report_moment(m, NULL, true, ret_report);
	textbuf_free(&text);
	moment_put(m);
	return json;
}

/* ---- beside what is told of one like ours -------------------------------------- */

/* Numbers of bytes that have nothing to do with pages. */
static bool is_bytes(const char *key)
{
	size_t n = strlen(key);

	return n > 6 && !strcmp(key + n - 6, "_bytes") && strcmp(key, "ring_bytes") != 0;
}

/* Of the host itself, and what is counted in its ticks. */
static bool is_of_host(const char *key)
{
	return !strcmp(key, "page_size") || !strcmp(key, "clock_ticks") ||
	       !strcmp(key, "user_ticks") || !strcmp(key, "system_ticks");
}

struct beside {
	uint64_t times; /* a page of theirs is so many of ours */
	unsigned bytes; /* figures of bytes that were looked at */
};

static void compare(const char *key, const json_t *ours, const json_t *theirs, struct beside *b);

static void compare_all(const char *key, const json_t *ours, const json_t *theirs, struct beside *b)
{
	const char *name;
	json_t *value;
	size_t i;

	if (json_is_array(ours)) {
		assert_int_equal(json_array_size(ours), json_array_size(theirs));
		json_array_foreach(ours, i, value)
			compare(key, value, json_array_get(theirs, i), b);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)ours, name, value)
		compare(name, value, json_object_get(theirs, name), b);
}

static void compare(const char *key, const json_t *ours, const json_t *theirs, struct beside *b)
{
	json_int_t want = json_integer_value(ours), got = json_integer_value(theirs);

	if (json_typeof(ours) != json_typeof(theirs))
		fail_msg("%s is told of one machine and not of the other", key);
	if (json_is_array(ours) || json_is_object(ours)) {
		compare_all(key, ours, theirs, b);
	} else if (json_is_integer(ours) && !is_of_host(key)) {
		if (is_bytes(key)) {
			want *= (json_int_t)b->times;
			b->bytes += want != 0;
		}
		if (want != got)
			fail_msg("%s: %lld, not %lld", key, (long long)got, (long long)want);
	} else if (json_is_real(ours) && json_real_value(ours) - json_real_value(theirs) > 0.0001) {
		fail_msg("%s: %g, not %g", key, json_real_value(theirs), json_real_value(ours));
	}
}

static void bytes_are_those_of_its_pages(void **state)
{
	static const uint64_t page_sizes[] = {16384, 65536, 8192};
	struct textbuf report = {0};
	json_t *ours = told(PAGE_HERE, 100, &report);

	(void)state;
	assert_non_null(strstr(report.bytes, "rss_bytes               256K"));
	for (size_t i = 0; i < sizeof page_sizes / sizeof *page_sizes; i++) {
		struct beside b = {.times = page_sizes[i] / PAGE_HERE};
		json_t *theirs = told(page_sizes[i], 100, &report);

		compare("", ours, theirs, &b);
		assert_true(b.bytes > 20);
		json_decref(theirs);
		if (page_sizes[i] == 65536)
			assert_non_null(strstr(report.bytes, "rss_bytes               4M"));
	}
	json_decref(ours);
	textbuf_free(&report);
}

/* A process that runs a twentieth of the time does so by any clock. */
static void shares_of_time_are_those_of_its_clock(void **state)
{
	static const uint64_t ticks[] = {250, 1000, 1024};
	struct textbuf report = {0};
	json_t *ours = told(PAGE_HERE, 100, &report);

	(void)state;
	for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
		struct beside b = {.times = 1};
		json_t *theirs = told(PAGE_HERE, ticks[i], &report);

		compare("", ours, theirs, &b);
		json_decref(theirs);
		/* A twentieth of 25 moments of 100 ms: 1.25 s, or a tick less. */
		assert_non_null(strstr(report.bytes, "user_ticks              1.2"));
	}
	json_decref(ours);
	textbuf_free(&report);
}

/* ---- beside one like ours ------------------------------------------------------ */

/* Whether a machine's pages or clock are needed to say it. */
static bool takes_host(const struct field *f)
{
	return f->kind != RECORD_MEMBER &&
	       (f->unit == UNIT_TICKS || f->unit == UNIT_BYTES || f->unit == UNIT_PAGES ||
		       strstr(f->id, "processor") || strstr(f->id, "start_ticks"));
}

/* What is shown and explained of a record; empty: it is not known. */
static void say(const struct field *f, const struct moment *m, unsigned side, struct textbuf *out)
{
	const struct record r = {m, f->kind, side, 0};
	const struct value v = f->get(&r);

	textbuf_clear(out);
	if (!value_state_has_value(v.state))
		return;
	field_format(f, record_host(&r), &v, out);
	textbuf_adds(out, ": ");
	field_tell(f, &r, true, out);
}

/* A side of two recordings is told as where it is alone; returns of how many fields. */
static unsigned as_alone(const struct moment *both, unsigned side, const struct moment *alone)
{
	struct textbuf x = {0}, y = {0};
	unsigned n = 0;

	for (size_t i = 0; i < field_table_n; i++) {
		if (!takes_host(&field_table[i]))
			continue;
		say(&field_table[i], both, side, &x);
		say(&field_table[i], alone, 0, &y);
		if (!x.len || !y.len)
			continue;
		assert_string_equal(x.bytes, y.bytes);
		n++;
	}
	textbuf_free(&x);
	textbuf_free(&y);
	return n;
}

static void each_side_goes_by_its_own_machine(void **state)
{
	static const struct {
		uint64_t page_size, clock_ticks;
	} theirs[] = {{16384, 250}, {65536, 1000}, {8192, 1024}};
	const struct moment *ours = replay(record(PAGE_HERE, 100));

	(void)state;
	for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
		const struct moment *other =
			replay(record(theirs[i].page_size, theirs[i].clock_ticks));
		const struct moment *right = diff_beside(ours, other),
				    *left = diff_beside(other, ours);

		assert_true(as_alone(right, 1, other) > 10);
		assert_true(as_alone(right, 0, ours) > 10);
		assert_true(as_alone(left, 1, ours) > 10);
		moment_put(right);
		moment_put(left);
		moment_put(other);
	}
	moment_put(ours);
}

/* Times of two machines have nothing to do with each other. */
static void when_it_was_read_is_told_by_its_own_clock(void **state)
{
	const struct moment *m = replay(record(PAGE_HERE, 100));
	const struct moment *both = diff_beside(m, m);
	struct side *b = &((struct snapshot *)(uintptr_t)both->snapshot)->side[1];
	struct textbuf out = {0};

	(void)state;
	field_tell_when(both, RECORD_THREAD, &out);
	assert_non_null(strstr(out.bytes, "B is of another recording, read just before"));
	/* Nothing of A's: what is left is B's alone. */
	textbuf_clear(&out);
	part_put(both->snapshot->side[0].threads);
	((struct snapshot *)(uintptr_t)both->snapshot)->side[0].threads = NULL;
	b->was_ns += 1000 * 1000000000ull;
	for (unsigned i = 0; i < SIDE_PARTS; i++)
		b->read_ns[i] = b->was_ns - 2000000000u;
	field_tell_when(both, RECORD_THREAD, &out);
	assert_string_equal(out.bytes, "Read 2s before this moment.");
	textbuf_free(&out);
	moment_put(both);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_those_of_its_pages),
		cmocka_unit_test(shares_of_time_are_those_of_its_clock),
		cmocka_unit_test(each_side_goes_by_its_own_machine),
		cmocka_unit_test(when_it_was_read_is_told_by_its_own_clock),
	};

	return cmocka_run_group_tests_name("other_host", tests, NULL, NULL);
}
