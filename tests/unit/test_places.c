/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded files that are gone about in: by their index, and where that is missing, cut off or
 * tells what is not there, by their frames. Any moment is what it is when one is read after the
 * other.
 */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "src/record/places.h"
#include "tests/fixtures/hour.h"
#include "twintop/compare/compare.h"
#include "twintop/record/recorder.h"
#include "twintop/record/replay.h"
#include "twintop/report/json.h"

#define MOMENTS	 260u
#define DELAY_NS 100000000ull
#define JUMPS	 10u
#define BACK	 12u
#define END	 16u /* bytes behind the index */

/* ---- recordings ------------------------------------------------------------ */

static int add_bytes(void *context, const char *bytes, size_t n)
{
	textbuf_add(context, bytes, n);
	return 0;
}

static uint64_t time_of(size_t moment)
{
	return HOUR_BEGIN_NS + (moment + 1) * DELAY_NS;
}

/* Each has a name of its own. */
static const struct event_batch *events_at(unsigned i)
{
	struct event_sink sink = {0};
	char name[16];

	snprintf(name, sizeof name, "event %u", i);
	event_sink_add(&sink,
		(struct event){.kind = EVENT_FORK,
			.pid = 1000,
			.monotonic_ns = time_of(i),
			.realtime_ns = 1},
		text_of(name), text_of(NULL));
	return event_sink_seal(&sink);
}

static struct textbuf record(bool seeded)
{
	const struct hour_size size = {.threads = 6,
		.pages = 64,
		.active_percent = 50,
		.copied_each = 1,
		.delay_ns = DELAY_NS};
	struct textbuf file = {0}, seed = {0};
	const struct recorder_options options = {
		.write = add_bytes, .context = &file, .program = "a test"};
	struct hour *hour = hour_new(&size);
	struct comparer *comparer = comparer_new();
	struct recorder *recorder;

	assert_int_equal(recorder_new(&options, &recorder), 0);
	for (unsigned i = 0; i < MOMENTS; i++) {
		struct snapshot *s = hour_next(hour);
		const struct moment *m;

		if (i % 9 == 4)
			s->events = events_at(i);
		textbuf_clear(&seed);
		comparer_save(comparer, s, &(const struct record_out){.wire = &seed});
		if (seeded && i % 50 == 0)
			recorder_seed(recorder,
				&(const struct recorder_seed){seed.bytes, seed.len, NULL});
		m = moment_new(s, comparer_pair(comparer, s));
		assert_int_equal(recorder_add(recorder, m), 0);
		moment_put(m);
	}
	assert_int_equal(recorder_end(recorder), 0);
	textbuf_free(&seed);
	comparer_free(comparer);
	hour_free(hour);
	return file;
}

static int file_of(const struct textbuf *bytes)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	assert_int_equal(write(fd, bytes->bytes, bytes->len), bytes->len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* ---- replayed ---------------------------------------------------------------- */

static const struct pair *pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

static void reset(void *context)
{
	comparer_reset(context);
}

static int seed(void *context, const struct snapshot *s, const struct record_names *names,
	const struct text *saved)
{
	return comparer_load(context, s, names, saved);
}

struct replayed {
	int fd;
	struct comparer *comparer;
	struct source *source;
};

static struct replayed open_at(int fd)
{
	struct replayed r = {fd, comparer_new(), NULL};
	struct recording *recording;

	lseek(fd, 0, SEEK_SET);
	assert_int_equal(recording_new(fd, &recording), 0);
	assert_int_equal(replay_new(recording,
				 (struct replay_pairing){pair, reset, seed, r.comparer}, &r.source),
		0);
	return r;
}

static void shut(struct replayed *r)
{
	source_free(r->source);
	comparer_free(r->comparer);
	close(r->fd);
}

static char *told(const struct moment *m)
{
	struct textbuf text = {0};
	struct json_writer *w = json_writer_new((struct json_sink){add_bytes, &text});

	assert_int_equal(json_writer_moment(w, m), 0);
	json_writer_free(w);
	moment_put(m);
	return text.bytes;
}

/* What is told of the moments, one after the other; how many in *ret_n. Through a pipe as well. */
static char **all_told(const struct textbuf *bytes, size_t *ret_n)
{
	struct replayed r = open_at(file_of(bytes));
	char **line = calloc(MOMENTS + 1, sizeof *line);
	const struct moment *m;

	for (*ret_n = 0; (m = source_next(r.source)); ++*ret_n)
		line[*ret_n] = told(m);
	shut(&r);
	return line;
}

static void free_told(char **line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(line[i]);
	free(line);
}

static void go_to(struct source *source, size_t to)
{
	struct position p;
	int error;

	assert_true(source_position(source, &p));
	error = source_seek(source, (struct seek){SEEK_STEPS, (int64_t)to - (int64_t)p.at, 0});
	assert_int_equal(error, to == p.at ? -ENOENT : 0);
}

static void expect_at(struct source *source, char **line, size_t at)
{
	const struct moment *m = source_next(source);
	char *text;

	assert_non_null(m);
	text = told(m);
	assert_string_equal(text, line[at]);
	free(text);
}

/* So many; in an emulator (TEST_SLOWLY in the environment) fewer. */
static unsigned jumps(unsigned n)
{
	return getenv("TEST_SLOWLY") ? n / 3 : n;
}

/* Any of the first n is as it is when they are read one after the other. */
static void check_jumps(const struct textbuf *bytes, char **line, size_t n)
{
	struct replayed r = open_at(file_of(bytes));
	struct position p;

	expect_at(r.source, line, 0);
	for (size_t i = 0, at = 7; i < jumps(JUMPS); i++) {
		size_t next = (at * 37 + 11) % n;

		if (next == at)
			next = (next + 1) % n;
		go_to(r.source, next);
		expect_at(r.source, line, next);
		at = next;
	}
	for (size_t at = n; at-- > n - jumps(BACK) && at;) {
		assert_true(source_position(r.source, &p));
		if (p.at == at)
			continue;
		go_to(r.source, at);
		expect_at(r.source, line, at);
	}
	assert_true(source_position(r.source, &p));
	assert_true(p.n >= n);
	shut(&r);
}

static void check_events(const struct textbuf *bytes, size_t n)
{
	struct replayed r = open_at(file_of(bytes));
	const struct told_events *events = source_events(r.source);
	size_t expected = 0;

	assert_non_null(events);
	for (size_t i = 4; i < n; i += 9)
		expected++;
	assert_int_equal(events->n, expected);
	for (size_t i = 0; i < events->n; i++) {
		const struct event_batch *batch = events->item[i].batch;

		assert_int_equal(events->item[i].moment_ns, time_of(4 + 9 * i));
		assert_int_equal(batch->n, 1);
		assert_true(text_has_prefix(event_name(batch, batch->event[0].name), "event "));
	}
	assert_int_equal(events->all_ns, 0);
	assert_int_equal(events->main_ns, 0);
	shut(&r);
}

/* ---- indexes ------------------------------------------------------------------ */

static uint64_t index_of(const struct textbuf *file)
{
	uint64_t offset;

	memcpy(&offset, file->bytes + file->len - sizeof offset, sizeof offset);
	return le64toh(offset);
}

static struct textbuf cut_at(const struct textbuf *file, size_t n)
{
	struct textbuf cut = {0};

	textbuf_add(&cut, file->bytes, n);
	return cut;
}

static void add_packed(struct textbuf *file, const struct textbuf *plain)
{
	size_t most = ZSTD_compressBound(plain->len), n;
	char *packed = malloc(most);

	n = ZSTD_compress(packed, most, plain->bytes, plain->len, 3);
	assert_false(ZSTD_isError(n));
	textbuf_add(file, packed, n);
	free(packed);
}

static void add_end(struct textbuf *file, uint64_t offset)
{
	struct frame_end end = {htole32(FRAME_END_MAGIC), htole32(8), htole64(offset)};

	assert_int_equal(sizeof end, END);
	textbuf_add(file, (const char *)&end, sizeof end);
}

/* ---- what all tests have ----------------------------------------------------------- */

/* A recording, and what is told of its moments one after the other. */
static struct given {
	struct textbuf file;
	char **line;
	size_t n;
} given;

static int begin(void **state)
{
	(void)state;
	given.file = record(true);
	given.line = all_told(&given.file, &given.n);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free_told(given.line, given.n);
	textbuf_free(&given.file);
	return 0;
}

static struct textbuf copy_of(const struct textbuf *bytes)
{
	return cut_at(bytes, bytes->len);
}

static void all_moments_are_a_jump_away(void **state)
{
	struct textbuf file = copy_of(&given.file), cut;
	size_t n = given.n;
	char **line = given.line;

	(void)state;
	assert_int_equal(n, MOMENTS);
	check_jumps(&file, line, n);
	check_events(&file, n);
	/* Without the place of the index, without the index. */
	cut = cut_at(&file, file.len - END);
	check_jumps(&cut, line, n);
	check_events(&cut, n);
	textbuf_free(&cut);
	cut = cut_at(&file, index_of(&file));
	check_jumps(&cut, line, n);
	check_events(&cut, n);
	textbuf_free(&cut);
	textbuf_free(&file);
}

/* Cut anywhere: what is there can be gone about in. */
static void what_is_cut_off_is_shown_up_to_there(void **state)
{
	struct textbuf file = copy_of(&given.file);
	size_t n = given.n, had = 0;
	char **line = given.line;

	(void)state;
	for (unsigned i = 3; i < 12; i++) {
		struct textbuf cut = cut_at(&file, index_of(&file) * i / 12 + i);
		struct replayed r = open_at(file_of(&cut));
		struct position p;

		assert_true(source_position(r.source, &p));
		assert_true(p.n > had && p.n < n);
		had = p.n;
		shut(&r);
		check_jumps(&cut, line, had);
		textbuf_free(&cut);
	}
	textbuf_free(&file);
}

/* Where no keyframe tells what was known, a jump begins one keyframe earlier: all can be had. */
static void without_seeds_all_can_be_had(void **state)
{
	struct textbuf file = record(false);
	struct replayed r = open_at(file_of(&file));

	(void)state;
	for (size_t at = 0; at < MOMENTS; at += 37) {
		const struct moment *m;

		if (at)
			go_to(r.source, at);
		m = source_next(r.source);
		assert_int_equal(m->snapshot->monotonic_ns, time_of(at));
		moment_put(m);
	}
	shut(&r);
	textbuf_free(&file);
}

/* ---- hostile ones ---------------------------------------------------------------- */

/* One entry of an index, which may lie. */
struct entry {
	uint64_t offset, time_ns, sequence;
	bool key;
	size_t first, moments;
};
VEC_STRUCT(entries, struct entry);

/* The true ones. */
static struct entries entries_of(const struct textbuf *file)
{
	struct entries all = {0};
	struct recording *recording;
	int fd = file_of(file);
	struct places p = {0};

	assert_int_equal(recording_new(fd, &recording), 0);
	places_find(&p, recording);
	assert_int_equal(p.end_error, -ENODATA);
	for (size_t i = 0; i < p.frame.n; i++) {
		const struct placed_frame *f = &p.frame.item[i];
		size_t end = i + 1 < p.frame.n ? f[1].first : p.time.n;

		VEC_PUSH(&all, (struct entry){f->offset, p.time.item[f->first], f->first + 1,
				       f->key, f->first, end - f->first});
	}
	places_free(&p);
	recording_free(recording);
	close(fd);
	return all;
}

/* The file with another index. */
static struct textbuf with_index(const struct textbuf *file, const struct entries *all)
{
	struct textbuf lying = cut_at(file, index_of(file)), plain = {0};
	const struct record_out out = {.wire = &plain};
	uint64_t *time = calloc(MOMENTS * 4, sizeof *time);

	wire_put_map(&plain, 2);
	wire_put_string(&plain, "index");
	wire_put_array(&plain, all->n);
	for (size_t i = 0; i < all->n; i++) {
		const struct entry *e = &all->item[i];

		for (size_t k = 0; k < e->moments && k < MOMENTS * 4; k++)
			time[k] = e->time_ns + k * DELAY_NS;
		frame_head_put(&out,
			&(const struct frame_place){e->offset, e->time_ns, e->sequence, e->key},
			time, e->moments);
	}
	wire_put_string(&plain, "events");
	wire_put_array(&plain, 0);
	add_packed(&lying, &plain);
	add_end(&lying, index_of(file));
	textbuf_free(&plain);
	free(time);
	return lying;
}

static void leave_as_it_is(struct entries *e)
{
	(void)e;
}

static void beyond_the_end(struct entries *e)
{
	e->item[e->n / 2].offset = 1ull << 40;
}

static void far_beyond(struct entries *e)
{
	e->item[e->n - 1].offset = UINT64_MAX - 3;
}

static void in_the_header(struct entries *e)
{
	e->item[0].offset = 2;
}

static void within_a_frame(struct entries *e)
{
	e->item[e->n / 2].offset += 5;
}

static void the_wrong_way_round(struct entries *e)
{
	struct entry first = e->item[1];

	e->item[1] = e->item[2];
	e->item[2] = first;
}

static void all_at_one_place(struct entries *e)
{
	for (size_t i = 1; i < e->n; i++)
		e->item[i].offset = e->item[1].offset;
}

static void back_in_time(struct entries *e)
{
	e->item[e->n / 2].time_ns = 1;
}

static void no_keyframe_first(struct entries *e)
{
	e->item[0].key = false;
}

static void all_keyframes(struct entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		e->item[i].key = true;
}

static void one_left_out(struct entries *e)
{
	size_t at = e->n / 2;

	memmove(e->item + at, e->item + at + 1, (e->n - at - 1) * sizeof *e->item);
	e->n--;
}

static void more_than_there_is(struct entries *e)
{
	e->item[e->n - 1].moments += 100;
}

static void one_moment_less(struct entries *e)
{
	e->item[e->n / 2].moments--;
}

static void no_moments(struct entries *e)
{
	e->item[e->n / 2].moments = 0;
}

static void one_number_for_all(struct entries *e)
{
	for (size_t i = 0; i < e->n; i++)
		e->item[i].sequence = 7;
}

static void a_great_many(struct entries *e)
{
	struct entry last = e->item[e->n - 1];

	while (e->n < 60000)
		VEC_PUSH(e, last);
}

static void none_at_all(struct entries *e)
{
	e->n = 0;
}

/* However it lies: what can be had is what is there. */
static void an_index_that_lies_is_of_no_use(void **state)
{
	static void (*const lie[])(struct entries * e) = {leave_as_it_is, beyond_the_end,
		far_beyond, in_the_header, within_a_frame, the_wrong_way_round, all_at_one_place,
		back_in_time, no_keyframe_first, all_keyframes, more_than_there_is, no_moments,
		one_number_for_all, a_great_many};
	struct textbuf file = copy_of(&given.file);
	size_t n = given.n;
	char **line = given.line;

	(void)state;
	for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
		struct entries all = entries_of(&file);
		struct textbuf lying;

		lie[i](&all);
		lying = with_index(&file, &all);
		check_jumps(&lying, line, n);
		textbuf_free(&lying);
		VEC_FREE(&all);
	}
	textbuf_free(&file);
}

/* One that leaves some out is found out when they come by; until then others have other numbers. */
static void an_index_that_leaves_out_is_found_out(void **state)
{
	static void (*const lie[])(struct entries * e) = {one_left_out, one_moment_less};
	struct textbuf file = copy_of(&given.file);
	size_t n = given.n, lying_n;
	char **line = given.line;

	(void)state;
	for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
		struct entries all = entries_of(&file);
		struct textbuf lying;
		char **other;

		lie[i](&all);
		lying = with_index(&file, &all);
		other = all_told(&lying, &lying_n);
		assert_int_equal(lying_n, n);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(other[k], line[k]);
		free_told(other, n);
		textbuf_free(&lying);
		VEC_FREE(&all);
	}
	textbuf_free(&file);
}

/* One that tells of nothing is not believed, and one that is elsewhere is looked for. */
static void an_index_may_be_empty_or_elsewhere(void **state)
{
	struct textbuf file = copy_of(&given.file), lying;
	struct entries all = entries_of(&file);
	size_t n = given.n;
	char **line = given.line;

	(void)state;
	for (uint64_t at = 0; at < file.len + 40; at += 1 + file.len / 9) {
		lying = cut_at(&file, file.len - END);
		add_end(&lying, at);
		check_jumps(&lying, line, n);
		textbuf_free(&lying);
	}
	none_at_all(&all);
	lying = with_index(&file, &all);
	check_jumps(&lying, line, n);
	textbuf_free(&lying);
	VEC_FREE(&all);
	textbuf_free(&file);
}

/* Few bytes that would unfold to very many, in the place of the index. */
static void an_index_that_is_a_bomb_is_refused(void **state)
{
	struct textbuf file = copy_of(&given.file), bomb = cut_at(&file, index_of(&file)),
		       zeros = {0};
	size_t n = given.n;
	char **line = given.line;

	(void)state;
	zeros.len = (size_t)80 << 20;
	zeros.bytes = calloc(1, zeros.len);
	add_packed(&bomb, &zeros);
	add_end(&bomb, index_of(&file));
	check_jumps(&bomb, line, n);
	free(zeros.bytes);
	textbuf_free(&bomb);
	textbuf_free(&file);
}

/* A moment in a damaged frame cannot be had; those of other keyframes can. */
static void what_is_behind_damage_can_be_had(void **state)
{
	struct textbuf file = copy_of(&given.file);
	struct entries all = entries_of(&file);
	size_t n = given.n, middle = 0;
	char **line = given.line;
	struct replayed r;

	(void)state;
	while (all.item[middle].first < 120)
		middle++;
	file.bytes[all.item[middle].offset + 20] ^= 0x41;
	r = open_at(file_of(&file));
	go_to(r.source, n - 1);
	expect_at(r.source, line, n - 1);
	assert_true(source_seek(r.source, (struct seek){SEEK_TIME, 0, time_of(125)}) < 0);
	go_to(r.source, 40);
	expect_at(r.source, line, 40);
	shut(&r);
	VEC_FREE(&all);
	textbuf_free(&file);
}

/* While it is read the file loses its end. */
static void a_file_may_shrink(void **state)
{
	struct textbuf file = copy_of(&given.file);
	struct replayed r = open_at(file_of(&file));
	char **line = given.line;

	(void)state;
	expect_at(r.source, line, 0);
	assert_int_equal(ftruncate(r.fd, (off_t)(file.len / 3)), 0);
	assert_true(source_seek(r.source, (struct seek){SEEK_LAST, 0, 0}) < 0);
	go_to(r.source, 20);
	expect_at(r.source, line, 20);
	shut(&r);
	textbuf_free(&file);
}

/* Through a pipe moments come one after the other, and lead nowhere else. */
static void a_pipe_goes_on(void **state)
{
	struct textbuf file = copy_of(&given.file);
	size_t n = given.n, i = 0;
	char **line = given.line, *text;
	struct replayed r = {.comparer = comparer_new()};
	struct recording *recording;
	struct position p;
	const struct moment *m;
	int end[2];

	(void)state;
	assert_int_equal(pipe(end), 0);
	if (!fork())
		_exit(write(end[1], file.bytes, file.len) != (ssize_t)file.len);
	close(end[1]);
	r.fd = end[0];
	assert_int_equal(recording_new(r.fd, &recording), 0);
	assert_int_equal(replay_new(recording,
				 (struct replay_pairing){pair, reset, seed, r.comparer}, &r.source),
		0);
	assert_false(source_position(r.source, &p));
	assert_null(source_events(r.source));
	assert_int_equal(source_seek(r.source, (struct seek){SEEK_LAST, 0, 0}), -EOPNOTSUPP);
	for (; (m = source_next(r.source)); i++) {
		text = told(m);
		assert_string_equal(text, line[i]);
		free(text);
	}
	assert_int_equal(i, n);
	wait(NULL);
	shut(&r);
	textbuf_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_moments_are_a_jump_away),
		cmocka_unit_test(what_is_cut_off_is_shown_up_to_there),
		cmocka_unit_test(without_seeds_all_can_be_had),
		cmocka_unit_test(an_index_that_lies_is_of_no_use),
		cmocka_unit_test(an_index_that_leaves_out_is_found_out),
		cmocka_unit_test(an_index_may_be_empty_or_elsewhere),
		cmocka_unit_test(an_index_that_is_a_bomb_is_refused),
		cmocka_unit_test(what_is_behind_damage_can_be_had),
		cmocka_unit_test(a_file_may_shrink),
		cmocka_unit_test(a_pipe_goes_on),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
