/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A redacted recording beside a plain one of the same moments: nothing private is in it, and what
 * is judged of it is the same, of what stands for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zstd.h>

#include "live.h"
#include "program.h"
#include "sampling.h"
#include "src/seeding.h"
#include "twintop/record/recorder.h"
#include "twintop/record/replay.h"
#include "twintop/report/json.h"

#define ROUNDS 12u

/* ---- what is written ----------------------------------------------------- */

struct tape {
	int file;
	struct recorder *recorder;
};

static void tape_begin(struct tape *t, bool redact)
{
	t->file = memfd_create("recording", MFD_CLOEXEC);
	assert_int_equal(recorder_new(&(const struct recorder_options){.write = recorder_to_fd,
					      .context = &t->file,
					      .program = "a test",
					      .redact = redact},
				 &t->recorder),
		0);
}

/* All that is in it, unfolded. */
static struct textbuf unfold(const struct tape *t)
{
	static char in[65536], out[65536];
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	struct textbuf all = {0};
	ssize_t n;

	lseek(t->file, 0, SEEK_SET);
	while ((n = read(t->file, in, sizeof in)) > 0) {
		ZSTD_inBuffer from = {in, (size_t)n, 0};

		while (from.pos < from.size) {
			ZSTD_outBuffer to = {out, sizeof out, 0};

			assert_false(ZSTD_isError(ZSTD_decompressStream(zstd, &to, &from)));
			textbuf_add(&all, out, to.pos);
		}
	}
	ZSTD_freeDCtx(zstd);
	return all;
}

static bool has(const struct textbuf *text, const char *word)
{
	return memmem(text->bytes, text->len, word, strlen(word)) != NULL;
}

/* What a plain one says of a process and a redacted one must not. */
static void check_secrets(const struct textbuf *plain, const struct textbuf *redacted)
{
	static const char *const word[] = {"/tmp/", "/usr/", "/lib", "/proc/self", "sp_channels.",
		"linux-gnu", "/sp_", "sp_writers.c"};
	char path[PATH_MAX] = "";
	struct utsname host;

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (has(redacted, word[i]))
			fail_msg("%s is told", word[i]);
	assert_true(has(plain, "/sp_") && has(plain, "/lib"));
	assert_non_null(getcwd(path, sizeof path));
	assert_false(has(redacted, path));
	assert_int_equal(uname(&host), 0);
	/* A short one may well be a part of anything. */
	if (strlen(host.nodename) > 4) {
		assert_true(has(plain, host.nodename));
		assert_false(has(redacted, host.nodename));
	}
}

/* ---- what is told -------------------------------------------------------- */

static const struct pair *pair(void *context, struct snapshot *s)
{
	return comparer_pair(context, s);
}

static void reset(void *context)
{
	comparer_reset(context);
}

static int seed(void *context, const struct snapshot *s, const struct record_names *names,
	const struct text *text)
{
	return comparer_load(context, s, names, text);
}

struct reading {
	struct comparer *comparer;
	struct source *source;
	bool redacted;
};

static struct reading reading_of(const struct tape *t)
{
	struct reading r = {.comparer = comparer_new()};
	struct recording *recording;

	lseek(t->file, 0, SEEK_SET);
	assert_int_equal(recording_new(t->file, &recording), 0);
	r.redacted = recording_is_redacted(recording);
	assert_int_equal(replay_new(recording,
				 (struct replay_pairing){pair, reset, seed, r.comparer}, &r.source),
		0);
	return r;
}

static int add(void *context, const char *bytes, size_t n)
{
	textbuf_add(context, bytes, n);
	return 0;
}

static json_t *next_told(struct reading *r)
{
	const struct moment *m = source_next(r->source);
	struct textbuf text = {0};
	struct json_writer *w = json_writer_new((struct json_sink){add, &text});
	json_t *told = NULL;

	if (m) {
		assert_int_equal(json_writer_moment(w, m), 0);
		told = sample_parse(text.bytes, text.len);
	}
	moment_put(m);
	json_writer_free(w);
	textbuf_free(&text);
	return told;
}

static void reading_end(struct reading *r)
{
	source_free(r->source);
	comparer_free(r->comparer);
}

/* ---- both beside each other ---------------------------------------------- */

/* What stands for what: each the same for the same, whatever key has it. */
struct beside {
	json_t *to, *from;
	const char *key;
};

static bool is_private(const char *key)
{
	static const char *const keys[] = {"cmdline", "exe", "cgroup", "path", "target", "local",
		"remote", "peer", "detail", "module", "file", "name", "title", "last", "greatest",
		"evidence", "role_evidence"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void expect_pair(json_t *map, const char *key, const char *a, const char *b)
{
	const char *had = json_string_value(json_object_get(map, a));

	if (had && strcmp(had, b) != 0)
		fail_msg("%s of %s is %s, and was %s", key, a, b, had);
	json_object_set_new(map, a, json_string(b));
}

/* "no unwind table in libfoo.so": of why a backtrace ends the module is private, and no more. */
static bool is_reason_within(const struct beside *x, const char *a, const char *b)
{
	static const char in[] = " in ";
	const char *module = strstr(a, in);

	return !strcmp(x->key, "reason") && module &&
	       !strncmp(a, b, (size_t)(module - a) + sizeof in - 1);
}

static void hold_strings(struct beside *x, const char *a, const char *b)
{
	if (!is_private(x->key) && !is_reason_within(x, a, b)) {
		if (strcmp(a, b) != 0)
			fail_msg("%s is %s, and %s redacted", x->key, a, b);
		return;
	}
	/* What stays, such as a program's name, may be an argument as well; so may a sentence's
	 * words. */
	if (!strcmp(a, b) || !strncmp(b, "words-", strlen("words-")))
		return;
	expect_pair(x->to, x->key, a, b);
	expect_pair(x->from, x->key, b, a);
}

static void expect_same(struct beside *x, json_t *a, json_t *b)
{
	const char *key, *above = x->key;
	json_t *value;
	size_t i;

	if (json_typeof(a) != json_typeof(b))
		fail_msg("%s is of another type", x->key);
	if (json_is_object(a)) {
		assert_int_equal(json_object_size(a), json_object_size(b));
		json_object_foreach(a, key, value)
		{
			x->key = key;
			assert_non_null(json_object_get(b, key));
			expect_same(x, value, json_object_get(b, key));
		}
		x->key = above;
	} else if (json_is_array(a)) {
		assert_int_equal(json_array_size(a), json_array_size(b));
		json_array_foreach(a, i, value) expect_same(x, value, json_array_get(b, i));
	} else if (json_is_string(a)) {
		hold_strings(x, json_string_value(a), json_string_value(b));
	} else if (!json_equal(a, b)) {
		fail_msg("%s is another figure", x->key);
	}
}

static void compare(const struct tape *plain, const struct tape *redacted)
{
	struct reading a = reading_of(plain), b = reading_of(redacted);
	struct beside x = {json_object(), json_object(), ""};
	json_t *told, *other;
	size_t moments = 0;

	assert_true(!a.redacted && b.redacted);
	for (; (told = next_told(&a)); moments++) {
		other = next_told(&b);
		assert_non_null(other);
		expect_same(&x, told, other);
		json_decref(told);
		json_decref(other);
	}
	assert_null(next_told(&b));
	/* And by what is kept beside the last keyframe. */
	for (unsigned i = 0; i < 2; i++) {
		enum seek_kind kind = i ? SEEK_LAST : SEEK_FIRST;

		assert_int_equal(source_seek(a.source, (struct seek){.kind = kind}), 0);
		assert_int_equal(source_seek(b.source, (struct seek){.kind = kind}), 0);
	}
	told = next_told(&a);
	other = next_told(&b);
	expect_same(&x, told, other);
	json_decref(told);
	json_decref(other);
	assert_true(moments >= ROUNDS - 1);
	assert_true(json_object_size(x.to) > 3);
	json_decref(x.to);
	json_decref(x.from);
	reading_end(&a);
	reading_end(&b);
}

/* A keyframe comes next, with what was known before it. */
static void sow(struct comparer *seen, const struct moment *m, struct tape tape[2])
{
	struct textbuf known = {0};

	comparer_save(seen, m->snapshot, &(const struct record_out){.wire = &known});
	for (unsigned i = 0; i < 2; i++) {
		recorder_seed(tape[i].recorder,
			&(const struct recorder_seed){known.bytes, known.len, seeding_write});
		assert_int_equal(recorder_add(tape[i].recorder, m), 0);
	}
	textbuf_free(&known);
}

static void follow(struct sampling *f, struct comparer *seen, struct tape tape[2])
{
	const struct moment *last;

	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct moment *m = sampling_next(f);

		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(recorder_add(tape[i].recorder, m), 0);
		comparer_seed(seen, m);
		moment_put(m);
	}
	last = sampling_next(f);
	sow(seen, last, tape);
	comparer_seed(seen, last);
	moment_put(last);
}

/* What is recorded of the specimen, before and after it is told to do something. */
static void check(struct specimen *s, const char *say)
{
	struct sampling *f = sampling_make();
	struct comparer *seen = comparer_new();
	struct textbuf text[2];
	struct tape tape[2];

	for (unsigned i = 0; i < 2; i++)
		tape_begin(&tape[i], i);
	f->need = NEED_ALL;
	sampling_begin(f, (pid_t)specimen_number(s, "pid"), (pid_t)specimen_number(s, "child"));
	follow(f, seen, tape);
	if (say) {
		specimen_say(s, say);
		follow(f, seen, tape);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(recorder_end(tape[i].recorder), 0);
		text[i] = unfold(&tape[i]);
	}
	check_secrets(&text[0], &text[1]);
	compare(&tape[0], &tape[1]);
	for (unsigned i = 0; i < 2; i++) {
		textbuf_free(&text[i]);
		close(tape[i].file);
	}
	comparer_free(seen);
	sampling_unmake(f);
	specimen_stop(s);
}

/* With descriptors of all kinds that lead from one to the other. */
static void channels(void *unused)
{
	(void)unused;
	check(specimen_start("channels", NULL), NULL);
}

/* With functions that copied pages, and lines of their source. */
static void writers(void *unused)
{
	(void)unused;
	check(specimen_start("writers", "300", "100", "50", NULL), "copy");
}

static void channels_stay_and_names_go(void **state)
{
	(void)state;
	channels(NULL);
}

static void channels_of_an_ordinary_user(void **state)
{
	(void)state;
	as_nobody(channels, NULL);
}

static void writers_stay_and_their_files_go(void **state)
{
	(void)state;
	writers(NULL);
}

static void writers_of_an_ordinary_user(void **state)
{
	(void)state;
	as_nobody(writers, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channels_stay_and_names_go),
		cmocka_unit_test(channels_of_an_ordinary_user),
		cmocka_unit_test(writers_stay_and_their_files_go),
		cmocka_unit_test(writers_of_an_ordinary_user),
	};

	return live_run(tests, NULL, NULL);
}
