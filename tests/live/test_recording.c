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
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "live.h"
#include "sampling.h"
#include "twintop/model/family.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/recorder.h"
#include "twintop/record/replay.h"
#include "twintop/report/json.h"

#define ROUNDS	  30u
#define HAND_OVER 3u
#define KEY	  (4 * HAND_OVER)

/* What was written and what was made of it. */
struct tape {
	struct record_names names;
	struct comparer *comparer;
	const struct moment *live, *read; /* the newest ones, references */
	struct textbuf bytes, alive, replayed, seed;
	size_t whole;				   /* bytes of the first moment, */
	size_t least;				   /* and of the shortest one after it */
	bool copies, faults, threads, family, fds; /* of these there was something */
	int file;
	struct recorder *recorder;
	VEC(char *) told; /* what was made of each moment alive */
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
	t->file = memfd_create("recording", MFD_CLOEXEC);
	assert_true(t->file >= 0);
	assert_int_equal(recorder_new(&(const struct recorder_options){.write = recorder_to_fd,
					      .context = &t->file,
					      .program = "a test"},
				 &t->recorder),
		0);
	return t;
}

static void tape_free(struct tape *t)
{
	for (size_t i = 0; i < t->told.n; i++)
		free(t->told.item[i]);
	VEC_FREE(&t->told);
	recorder_end(t->recorder);
	close(t->file);
	moment_put(t->live);
	moment_put(t->read);
	comparer_free(t->comparer);
	record_names_free(&t->names);
	textbuf_free(&t->bytes);
	textbuf_free(&t->alive);
	textbuf_free(&t->replayed);
	textbuf_free(&t->seed);
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

/* Whoever judges writes down what it remembers; another one that reads that goes on. */
static void hand_over(struct tape *t, const struct snapshot *s)
{
	struct comparer *next = comparer_new();

	textbuf_clear(&t->seed);
	comparer_save(t->comparer, s, &(const struct record_out){.wire = &t->seed});
	assert_int_equal(
		comparer_load(next, s, &t->names, &(const struct text){t->seed.bytes, t->seed.len}),
		0);
	comparer_free(t->comparer);
	t->comparer = next;
}

static const struct moment *read_back(struct tape *t)
{
	struct wire_in in = {t->bytes.bytes, t->bytes.len, 0};
	struct snapshot *s;

	assert_int_equal(
		moment_code_get(&in, &t->names, t->read ? t->read->snapshot : NULL, &s), 0);
	assert_int_equal(in.at, in.n);
	if (t->told.n % HAND_OVER == 0)
		hand_over(t, s);
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
	moment_code_put(&(const struct record_out){.wire = &t->bytes}, m->snapshot,
		t->live ? t->live->snapshot : NULL);
	if (!t->whole)
		t->whole = t->bytes.len;
	else if (!t->least || t->bytes.len < t->least)
		t->least = t->bytes.len;
	read = read_back(t);
	note(t, m->snapshot);
	tell(&t->alive, m);
	tell(&t->replayed, read);
	expect_same(t);
	if (t->told.n % KEY == 0)
		recorder_seed(t->recorder,
			&(const struct recorder_seed){t->seed.bytes, t->seed.len, NULL});
	assert_int_equal(recorder_add(t->recorder, m), 0);
	VEC_PUSH(&t->told, mem_copy(t->alive.bytes));
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

/* ---- recordings ---------------------------------------------------------- */

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

/* Reads a recording to its end, and how many of its moments are what was told; returns its error.
 */
static int replay(const struct tape *t, int fd, size_t *ret_moments)
{
	struct comparer *comparer = comparer_new();
	struct textbuf text = {0};
	struct recording *recording;
	struct source *source;
	const struct moment *m;
	int error = recording_new(fd, &recording);

	*ret_moments = 0;
	if (!error) {
		assert_int_equal(
			replay_new(recording, (struct replay_pairing){pair, reset, seed, comparer},
				&source),
			0);
		while ((m = source_next(source))) {
			assert_true(*ret_moments < t->told.n);
			tell(&text, m);
			assert_string_equal(text.bytes, t->told.item[(*ret_moments)++]);
			moment_put(m);
		}
		assert_true(source_done(source));
		error = replay_error(source);
		source_free(source);
	}
	textbuf_free(&text);
	comparer_free(comparer);
	return error;
}

/* The moment there is what was told of it. */
static void expect_told(const struct tape *t, struct source *source, size_t at)
{
	struct textbuf text = {0};
	struct position p;
	const struct moment *m = source_next(source);

	assert_non_null(m);
	tell(&text, m);
	assert_string_equal(text.bytes, t->told.item[at]);
	assert_true(source_position(source, &p));
	assert_int_equal(p.at, at);
	assert_int_equal(p.shown_ns, m->snapshot->monotonic_ns);
	moment_put(m);
	textbuf_free(&text);
}

static size_t where(const struct source *source)
{
	struct position p;

	assert_true(source_position(source, &p));
	return p.at;
}

static void go_to(const struct tape *t, struct source *source, size_t at)
{
	int64_t steps = (int64_t)at - (int64_t)where(source);

	assert_int_equal(
		source_seek(source, (struct seek){SEEK_STEPS, steps, 0}), steps ? 0 : -ENOENT);
	if (steps)
		expect_told(t, source, at);
}

/* Forwards, backwards, by leaps, and on from there. */
static void check_seeks(const struct tape *t, struct source *source)
{
	size_t n = t->told.n;
	struct position p;

	assert_true(source_position(source, &p));
	assert_int_equal(p.n, n);
	expect_told(t, source, 0);
	for (size_t at = 0; at < n; at += 7)
		go_to(t, source, at);
	for (size_t at = n; at-- > 0;)
		go_to(t, source, at);
	for (size_t i = 0, at = 1; i < 24; i++, at = (at * 31 + 17) % n)
		go_to(t, source, at);
	assert_int_equal(source_seek(source, (struct seek){SEEK_LAST, 0, 0}), 0);
	expect_told(t, source, n - 1);
	assert_null(source_next(source));
	assert_true(source_done(source));
	assert_int_equal(replay_error(source), -ENODATA);
	assert_int_equal(source_seek(source, (struct seek){SEEK_FIRST, 0, 0}), 0);
	assert_false(source_done(source));
	for (size_t at = 0; at < 3; at++)
		expect_told(t, source, at);
	assert_int_equal(source_seek(source, (struct seek){SEEK_TIME, 0, p.last_ns - 1}), 0);
	expect_told(t, source, n - 2);
	assert_int_equal(source_seek(source, (struct seek){SEEK_TIME, 0, 1}), 0);
	expect_told(t, source, 0);
}

static void check_jumps(const struct tape *t, int fd)
{
	struct comparer *comparer = comparer_new();
	struct recording *recording;
	struct source *source;

	lseek(fd, 0, SEEK_SET);
	assert_int_equal(recording_new(fd, &recording), 0);
	assert_int_equal(replay_new(recording, (struct replay_pairing){pair, reset, seed, comparer},
				 &source),
		0);
	check_seeks(t, source);
	assert_non_null(source_events(source));
	source_free(source);
	comparer_free(comparer);
}

static int file_of(const char *bytes, size_t n)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);

	assert_int_equal(write(fd, bytes, n), n);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Ended at any byte it is read up to there, and said to be cut; the last second may be missing. */
static void check_cut(const struct tape *t, const char *bytes, size_t n)
{
	size_t whole = 0, moments;

	for (unsigned i = 0; i <= 40; i++) {
		size_t len = n * i / 41;
		int fd = file_of(bytes, len), error = replay(t, fd, &moments);

		assert_true(error == -EPIPE || (error == -EBADMSG && !moments));
		assert_true(moments >= whole);
		whole = moments;
		close(fd);
	}
	assert_true(whole > 0);
}

/* With any byte changed it is damaged, and what comes before that is what it was. */
static void check_damaged(const struct tape *t, char *bytes, size_t n)
{
	size_t moments;

	for (unsigned i = 0; i < 60; i++) {
		size_t at = n * i / 60;
		int fd, error;

		bytes[at] ^= 0x41;
		fd = file_of(bytes, n);
		error = replay(t, fd, &moments);
		assert_true(error == -EBADMSG || error == -EPIPE || error == -E2BIG);
		assert_true(moments < t->told.n || at > n / 2);
		close(fd);
		bytes[at] ^= 0x41;
	}
}

/* Few bytes that unfold to very many. */
static void check_bomb(const struct tape *t, const char *bytes, size_t header)
{
	size_t n = (size_t)256 << 20, most = ZSTD_compressBound(n), moments;
	char *zeros = calloc(1, n), *packed = malloc(header + most);
	int fd;

	memcpy(packed, bytes, header);
	n = ZSTD_compress(packed + header, most, zeros, n, 1);
	assert_false(ZSTD_isError(n));
	fd = file_of(packed, header + n);
	assert_int_equal(replay(t, fd, &moments), -E2BIG);
	assert_int_equal(moments, 0);
	close(fd);
	free(zeros);
	free(packed);
}

static void check_file(struct tape *t)
{
	size_t moments, n, header;
	char *bytes;

	assert_int_equal(recorder_end(t->recorder), 0);
	t->recorder = NULL;
	lseek(t->file, 0, SEEK_SET);
	assert_int_equal(replay(t, t->file, &moments), -ENODATA);
	assert_int_equal(moments, t->told.n);
	check_jumps(t, t->file);
	n = (size_t)lseek(t->file, 0, SEEK_END);
	bytes = malloc(n);
	assert_int_equal(pread(t->file, bytes, n, 0), n);
	header = ZSTD_findFrameCompressedSize(bytes, n);
	assert_false(ZSTD_isError(header));
	check_cut(t, bytes, n);
	check_damaged(t, bytes, n);
	check_bomb(t, bytes, header);
	free(bytes);
}

static void a_pair_that_copies(void *unused)
{
	struct sampling *f = sampling_make();
	struct specimen *s = specimen_start("writers", "300", "100", "50", NULL);
	struct tape *t = tape_new();

	(void)unused;
	f->need = NEED_ALL;
	sampling_begin(f, (pid_t)specimen_number(s, "pid"), (pid_t)specimen_number(s, "child"));
	follow(t, f);
	specimen_say(s, "copy");
	follow(t, f);
	specimen_say(s, "fork");
	follow(t, f);
	assert_true(t->threads && t->fds && t->family);
	assert_true(t->least < t->whole / 4);
	if (f->options.access.state[ACCESS_PAGEMAP] == VALUE_KNOWN &&
		f->options.access.state[ACCESS_KCMP] == VALUE_KNOWN)
		assert_true(t->copies);
	check_file(t);
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
	f->need = NEED_ALL;
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
	f->need = NEED_ALL;
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
