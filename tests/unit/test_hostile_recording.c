/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings that nobody recorded: what is no CBOR of ours, what unfolds to too much, frames in
 * places where they cannot be. What came before is read; then each ends with its error.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/fixtures/hour.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/recorder.h"
#include "twintop/record/recording.h"

#define MOMENTS 3u /* that are sound, before what is not */
#define MIB	((size_t)1 << 20)

/* A recording that is being made up. */
struct made {
	struct hour *hour;
	struct textbuf file, frame;
	struct snapshot *next; /* what would come after the sound ones */
	const struct snapshot *last;
};

static int add_bytes(void *context, const char *bytes, size_t n)
{
	textbuf_add(context, bytes, n);
	return 0;
}

/* Sound up to there, without an index. */
static struct made *make(void)
{
	const struct hour_size size = {.threads = 3,
		.pages = 16,
		.active_percent = 50,
		.copied_each = 1,
		.delay_ns = 1000000000};
	struct made *d = mem_alloc(sizeof *d);
	struct recorder *r;
	size_t len;

	d->hour = hour_new(&size);
	assert_int_equal(recorder_new(&(const struct recorder_options){.write = add_bytes,
					      .context = &d->file,
					      .program = "a test",
					      .live = true},
				 &r),
		0);
	for (unsigned i = 0; i < MOMENTS; i++) {
		struct snapshot *s = hour_next(d->hour);
		const struct moment *m = moment_new(s, NULL);

		part_put(d->last);
		d->last = part_get(s);
		assert_int_equal(recorder_add(r, m), 0);
		moment_put(m);
	}
	len = d->file.len;
	assert_int_equal(recorder_end(r), 0);
	d->file.len = len;
	d->next = hour_next(d->hour);
	return d;
}

static void unmake(struct made *d)
{
	part_put(d->last);
	part_put(d->next);
	hour_free(d->hour);
	textbuf_free(&d->file);
	textbuf_free(&d->frame);
	free(d);
}

/* How a frame of moments begins. */
static void begin_frame(struct made *d, bool key)
{
	wire_put_map(&d->frame, 1);
	wire_put_string(&d->frame, "key");
	wire_put_bool(&d->frame, key);
}

static void put_next(struct made *d, bool key)
{
	moment_code_put(
		&(const struct record_out){.wire = &d->frame}, d->next, key ? NULL : d->last);
}

static void raw(struct made *d, const char *bytes, size_t n)
{
	textbuf_add(&d->frame, bytes, n);
}
#define RAW(d, literal) raw(d, literal, sizeof(literal) - 1)

static void end_frame(struct made *d)
{
	size_t most = ZSTD_compressBound(d->frame.len);
	char *packed = mem_alloc(most);
	size_t n = ZSTD_compress(packed, most, d->frame.bytes, d->frame.len, 1);

	assert_false(ZSTD_isError(n));
	textbuf_add(&d->file, packed, n);
	textbuf_clear(&d->frame);
	free(packed);
}

/* How many moments it has, and what ends it. */
static unsigned read_all(const struct made *d, int *ret_error)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct recording *r;
	struct snapshot *s;
	unsigned n = 0;

	assert_int_equal(write(fd, d->file.bytes, d->file.len), d->file.len);
	lseek(fd, 0, SEEK_SET);
	*ret_error = recording_new(fd, &r);
	if (!*ret_error) {
		while (!(*ret_error = recording_next(r, &s))) {
			n++;
			part_put(s);
		}
		/* And so it stays. */
		assert_int_not_equal(recording_next(r, &s), 0);
		recording_free(r);
	}
	close(fd);
	return n;
}

/* ---- values that are none ------------------------------------------------------ */

static void not_a_number(struct made *d, unsigned i)
{
	d->next->own_cpu_percent = (const double[]){NAN, INFINITY, -INFINITY}[i];
	put_next(d, false);
}

static void words_with_controls(struct made *d, unsigned i)
{
	d->next->lifecycle = (const char *const[]){"\x1b[2J", "a\nb", "\xe2\x80\xae"}[i];
	put_next(d, false);
}

static void words_that_are_no_utf8(struct made *d, unsigned i)
{
	d->next->alone = (const char *const[]){"\xff", "\xc0\xaf", "a\xe2\x80"}[i];
	put_next(d, false);
}

/* Where a string of the moment stands, of the same length. */
static void words_with_nul(struct made *d, unsigned i)
{
	char *at;

	d->next->lifecycle = "abcdefgh";
	put_next(d, false);
	at = memmem(d->frame.bytes, d->frame.len, "abcdefgh", 8);
	assert_non_null(at);
	at[i * 3] = '\0';
}

static void states_beyond_their_table(struct made *d, unsigned i)
{
	if (i == 0)
		d->next->part.state = VALUE_STATES;
	else if (i == 1)
		d->next->access.state[ACCESS_KCMP] = (enum value_state)200;
	else
		d->next->side[0].pidfd_state = VALUE_STATES + 1;
	put_next(d, false);
}

/* So long that no name is. */
static void long_texts(struct made *d, unsigned i)
{
	size_t n = (const size_t[]){5, 8, 64}[i] * MIB;
	char *long_text = mem_alloc(n + 1);

	memset(long_text, 'x', n);
	if (i) {
		struct process_info *info = (struct process_info *)(uintptr_t)d->next->side[0].info;

		info->exe = (struct text){long_text, n};
	} else {
		d->next->lifecycle = long_text;
	}
	put_next(d, false);
	d->next->lifecycle = NULL;
	if (i)
		((struct process_info *)(uintptr_t)d->next->side[0].info)->exe = text_of("");
	free(long_text);
}

/* ---- CBOR that is none of ours --------------------------------------------------- */

static void open_ended(struct made *d, unsigned i)
{
	static const char map[] = "\xbf\x66moment\x00\xff", text[] = "\xa1\x7f\x66moment\xff\x00",
			  bytes[] = "\xa1\x66moment\x5f\x41x\xff";

	if (i == 0)
		RAW(d, map);
	else if (i == 1)
		RAW(d, text);
	else
		RAW(d, bytes);
}

static void endless_counts(struct made *d, unsigned i)
{
	static const char map[] = "\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
			  parts[] = "\xa1\x61y\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
			  bytes[] = "\xa1\x61y\x5b\x7f\xff\xff\xff\xff\xff\xff\xff";

	if (i == 0)
		RAW(d, map);
	else if (i == 1)
		RAW(d, parts);
	else
		RAW(d, bytes);
}

/* Arrays in arrays, tags of tags, maps in maps. */
static void deep_nesting(struct made *d, unsigned i)
{
	RAW(d, "\xa1\x64"
	       "deep");
	for (unsigned k = 0; k < 100000; k++)
		if (i == 0)
			RAW(d, "\x81");
		else if (i == 1)
			RAW(d, "\xc1");
		else
			RAW(d, "\xa1\x61x");
	RAW(d, "\x00");
}

static void no_moments(struct made *d, unsigned i)
{
	if (i == 0)
		RAW(d, "\x83\x01\x02\x03");
	else if (i == 1)
		RAW(d, "\xa0");
	else
		RAW(d, "\xa1\x65parts\xa0");
}

/* A part that is told twice; B's where B is A's and A has none; changes to what is not there. */
static void parts_that_cannot_be(struct made *d, unsigned i)
{
	static const char *const parts[] = {"\xa2\x65"
					    "a.fds\xf6\x65"
					    "a.fds\xf6",
		"\xa1\x65"
		"a.fds\xf5",
		"\xa1\x66locks\xf4"};
	struct textbuf all = {0};
	const char *at;

	put_next(d, false);
	at = memmem(d->frame.bytes, d->frame.len, "\x65parts", 6);
	assert_non_null(at);
	textbuf_add(&all, d->frame.bytes, (size_t)(at - d->frame.bytes) + 6);
	textbuf_add(&all, parts[i], strlen(parts[i]));
	textbuf_free(&d->frame);
	d->frame = all;
}

static void cut_in_an_item(struct made *d, unsigned i)
{
	put_next(d, false);
	d->frame.len -= 1 + i * d->frame.len / 3;
}

static const struct spoilt {
	const char *what;
	void (*put)(struct made *d, unsigned i);
	int error;
} spoilt[] = {
	{"not a number", not_a_number, -EBADMSG},
	{"words with controls", words_with_controls, -EBADMSG},
	{"words that are no UTF-8", words_that_are_no_utf8, -EBADMSG},
	{"words with NUL", words_with_nul, -EBADMSG},
	{"states beyond their table", states_beyond_their_table, -EBADMSG},
	{"long texts", long_texts, -E2BIG},
	{"open-ended items", open_ended, -EBADMSG},
	{"endless counts", endless_counts, -EBADMSG},
	{"deep nesting", deep_nesting, -EBADMSG},
	{"no moments", no_moments, -EBADMSG},
	{"parts that cannot be", parts_that_cannot_be, -EBADMSG},
	{"cut in an item", cut_in_an_item, -EBADMSG},
};

static void what_was_before_is_read(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof spoilt / sizeof *spoilt; k++)
		for (unsigned i = 0; i < 3; i++) {
			struct made *d = make();
			unsigned n;
			int error;

			begin_frame(d, false);
			spoilt[k].put(d, i);
			end_frame(d);
			n = read_all(d, &error);
			if (n != MOMENTS || error != spoilt[k].error)
				fail_msg("%s, %u: %u moments, error %d", spoilt[k].what, i, n,
					error);
			unmake(d);
		}
}

/* ---- what a later twintop may add is borne ---------------------------------------- */

static void unknown_names(struct made *d, unsigned i)
{
	struct textbuf moment = {0};

	moment_code_put(&(const struct record_out){.wire = &moment}, d->next, d->last);
	/* The map of two has another key, in front or behind. */
	RAW(d, "\xa3");
	if (i == 0)
		RAW(d, "\x65later\xc1\x82\xa1\x01\x9f\x01\xff\xf6");
	textbuf_add(&d->frame, moment.bytes + 1, moment.len - 1);
	if (i == 1)
		RAW(d, "\x65later\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00");
	if (i == 2)
		RAW(d, "\x66moment\x00"); /* the first one counts */
	textbuf_free(&moment);
}

static void later_names_are_passed_over(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct made *d = make();
		int error;

		begin_frame(d, false);
		unknown_names(d, i);
		end_frame(d);
		assert_int_equal(read_all(d, &error), MOMENTS + 1);
		assert_int_equal(error, -EPIPE);
		unmake(d);
	}
}

/* ---- frames -------------------------------------------------------------------------- */

static void skippable(struct made *d, uint32_t n)
{
	char head[] = {0x50, 0x2a, 0x4d, 0x18, (char)n, (char)(n >> 8), (char)(n >> 16), 0};
	char *bytes = mem_alloc(n + 1);

	textbuf_add(&d->file, head, sizeof head);
	textbuf_add(&d->file, bytes, n);
	free(bytes);
}

static void frames_with_nothing_are_passed_over(void **state)
{
	struct made *d = make();
	int error;

	(void)state;
	skippable(d, 0);
	for (unsigned i = 0; i < 1000; i++)
		skippable(d, 7);
	skippable(d, 1 << 20);
	end_frame(d); /* of nothing */
	begin_frame(d, false);
	end_frame(d); /* of no moments */
	begin_frame(d, true);
	put_next(d, true);
	end_frame(d);
	assert_int_equal(read_all(d, &error), MOMENTS + 1);
	assert_int_equal(error, -EPIPE);
	unmake(d);
}

static void rubbish_behind_it_is_damage(void **state)
{
	static const char *const rubbish[] = {"\0\0\0\0\0\0\0\0", "no frame", "\x28\xb5\x2f\xfd"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct made *d = make();
		int error;

		textbuf_add(&d->file, rubbish[i], i ? strlen(rubbish[i]) : 8);
		assert_int_equal(read_all(d, &error), MOMENTS);
		assert_int_equal(error, i == 2 ? -EPIPE : -EBADMSG);
		unmake(d);
	}
}

/* It wants a dictionary that nobody has. */
static void a_frame_by_a_dictionary_is_damage(void **state)
{
	struct made *d = make();
	/* Magic, a header with a dictionary's number in one byte, a window, that number. */
	static const char frame[] = "\x28\xb5\x2f\xfd\x01\x58\x07\x01\x00\x00";
	int error;

	(void)state;
	textbuf_add(&d->file, frame, sizeof frame - 1);
	assert_int_equal(read_all(d, &error), MOMENTS);
	assert_int_equal(error, -EBADMSG);
	unmake(d);
}

/* Many times what it takes, whatever it is, and of a window that no frame of ours has. */
static void bombs_are_refused(void **state)
{
	struct made *d = make();
	int error;

	(void)state;
	begin_frame(d, false);
	for (size_t i = 0; i < 200; i++) {
		static const char zeros[1 << 20];

		raw(d, zeros, sizeof zeros);
	}
	end_frame(d);
	assert_int_equal(read_all(d, &error), MOMENTS);
	assert_int_equal(error, -E2BIG);
	unmake(d);
	d = make();
	/* A window of 2 TiB. */
	textbuf_add(&d->file, "\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00", 9);
	assert_int_equal(read_all(d, &error), MOMENTS);
	assert_int_equal(error, -EBADMSG);
	unmake(d);
}

/* Pages of an ordinary user's, whose frames are hidden: gigabytes of one word. */
static void what_is_honest_is_none(void **state)
{
	struct made *d = make();
	struct page_map *p = (struct page_map *)(uintptr_t)d->next->side[0].pages;
	size_t n = MIB, runs = 9;
	uint64_t *entry = mem_resize(NULL, n, sizeof *entry);
	const struct moment *m;
	struct recorder *r;
	int error;

	(void)state;
	for (size_t i = 0; i < n; i++)
		entry[i] = PAGE_PRESENT | PAGE_EXCLUSIVE;
	p->run = arena_array(&p->part.arena, runs, sizeof *p->run);
	for (p->runs_n = 0; p->runs_n < runs; p->runs_n++)
		p->run[p->runs_n] = (struct page_run){(p->runs_n + 1) * n * p->page_size, n, entry};
	textbuf_clear(&d->file);
	assert_int_equal(recorder_new(&(const struct recorder_options){.write = add_bytes,
					      .context = &d->file,
					      .program = "a test"},
				 &r),
		0);
	m = moment_new(d->next, NULL);
	d->next = NULL;
	assert_int_equal(recorder_add(r, m), 0);
	assert_int_equal(recorder_end(r), 0);
	moment_put(m);
	free(entry);
	assert_true(d->file.len < n);
	assert_int_equal(read_all(d, &error), 1);
	assert_int_equal(error, -ENODATA);
	unmake(d);
}

/* The first moment refers to nothing, nor does one that a frame says refers to nothing. */
static void keyframes_stand_by_themselves(void **state)
{
	struct made *d = make();
	struct textbuf header = {0};
	int error;
	size_t n;

	(void)state;
	n = ZSTD_findFrameCompressedSize(d->file.bytes, d->file.len);
	assert_false(ZSTD_isError(n));
	textbuf_add(&header, d->file.bytes, n);
	begin_frame(d, true);
	put_next(d, false); /* it does refer */
	end_frame(d);
	assert_int_equal(read_all(d, &error), MOMENTS);
	assert_int_equal(error, -EBADMSG);
	textbuf_free(&d->file);
	d->file = header;
	begin_frame(d, false);
	put_next(d, false);
	end_frame(d);
	assert_int_equal(read_all(d, &error), 0);
	assert_int_equal(error, -EBADMSG);
	unmake(d);
}

/* ---- headers ---------------------------------------------------------------------------- */

static void headers_that_are_none(void **state)
{
	static const char *const header[] = {"\x83\x01\x02\x03", "\xa1\x61x\x01",
		"\xa1\x67twintop\x61x", "\xa1\x67twintop\x01",
		"\xa2\x67twintop\x01\x67members\x81\x01",
		"\xa2\x67twintop\x01\x67members\xa2\x64side\x81\x62id\x64side\x81\x62id",
		"\xa2\x67twintop\x01\x67members\xa1\x64side\x82\x62id\x62id",
		"\xa2\x67twintop\x01\x67members\xbf\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof header / sizeof *header; i++) {
		struct made *d = make();
		int error;

		d->file.len = 0;
		raw(d, header[i], strlen(header[i]));
		end_frame(d);
		assert_int_equal(read_all(d, &error), 0);
		assert_int_equal(error, -EBADMSG);
		unmake(d);
	}
}

/* Of two lists that go together the header calls one by a name that is none. */
static void a_list_whose_other_is_missing(void **state)
{
	static const char *const name[] = {"others", "frame"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct made *d = make();
		struct page_map *p = (struct page_map *)(uintptr_t)d->next->side[0].pages;
		struct frame_counts *counts = arena_alloc(&p->part.arena, sizeof *counts);
		char packed[1 << 16], *at;
		size_t n;
		int error;

		counts->n = 2;
		counts->frame = arena_array(&p->part.arena, 2, sizeof *counts->frame);
		counts->others = arena_array(&p->part.arena, 2, sizeof *counts->others);
		counts->frame[1] = 1;
		p->counts = counts;
		n = ZSTD_decompress(packed, sizeof packed, d->file.bytes,
			ZSTD_findFrameCompressedSize(d->file.bytes, d->file.len));
		assert_false(ZSTD_isError(n));
		at = memmem(packed, n, "frame_counts", 12);
		assert_non_null(at);
		at = memmem(at + 12, n - (size_t)(at + 12 - packed), name[i], strlen(name[i]));
		assert_non_null(at);
		*at = '?';
		d->file.len = 0;
		raw(d, packed, n);
		end_frame(d);
		begin_frame(d, true);
		put_next(d, true);
		end_frame(d);
		assert_int_equal(read_all(d, &error), 0);
		assert_int_equal(error, -EBADMSG);
		unmake(d);
	}
}

/* ---- what a keyframe tells ------------------------------------------------------------- */

static struct snapshot *read_tenth(const struct textbuf *file)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct snapshot *s = NULL;
	struct recording *r;

	assert_int_equal(write(fd, file->bytes, file->len), file->len);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(recording_new(fd, &r), 0);
	for (unsigned i = 0; i < 11; i++) {
		part_put(s);
		assert_int_equal(recording_next(r, &s), 0);
	}
	recording_free(r);
	close(fd);
	return s;
}

/* What is not there any more when one comes is not there: events are told once. */
static void a_keyframe_has_nothing_of_the_moment_before(void **state)
{
	const struct hour_size size = {.threads = 3, .pages = 4, .delay_ns = 1000000000};
	struct hour *hour = hour_new(&size);
	struct textbuf file = {0};
	struct recorder *r;
	struct snapshot *s;

	(void)state;
	assert_int_equal(recorder_new(
				 &(const struct recorder_options){
					 .write = add_bytes, .context = &file, .program = "a test"},
				 &r),
		0);
	for (unsigned i = 0; i < 12; i++) { /* ten seconds on, the eleventh is a keyframe */
		struct event_sink sink = {0};
		const struct moment *m;

		s = hour_next(hour);
		if (i == 9) {
			event_sink_add(&sink, (struct event){.kind = EVENT_EXIT, .pid = 7},
				text_of("x"), text_of(NULL));
			s->events = event_sink_seal(&sink);
			s->ipc = part_make(PART_IPC);
		}
		m = moment_new(s, NULL);
		assert_int_equal(recorder_add(r, m), 0);
		moment_put(m);
	}
	assert_int_equal(recorder_end(r), 0);
	s = read_tenth(&file);
	assert_null(s->events);
	assert_null(s->ipc);
	assert_non_null(s->side[1].threads);
	part_put(s);
	textbuf_free(&file);
	hour_free(hour);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_before_is_read),
		cmocka_unit_test(later_names_are_passed_over),
		cmocka_unit_test(frames_with_nothing_are_passed_over),
		cmocka_unit_test(rubbish_behind_it_is_damage),
		cmocka_unit_test(a_frame_by_a_dictionary_is_damage),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(what_is_honest_is_none),
		cmocka_unit_test(keyframes_stand_by_themselves),
		cmocka_unit_test(headers_that_are_none),
		cmocka_unit_test(a_list_whose_other_is_missing),
		cmocka_unit_test(a_keyframe_has_nothing_of_the_moment_before),
	};

	return cmocka_run_group_tests_name("hostile_recording", tests, NULL, NULL);
}
