/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Redis that saves in the background while it is written to: what it copies is what it reports
 * itself, and the functions that do it have their names.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "guest.h"
#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/compare/writer_rows.h"
#include "witness.h"

#define KEEP_ALL "dirty_decay_ms:-1,muzzy_decay_ms:-1" /* of jemalloc(3) */
#define KEYS	 8000
#define MANY	 100u	/* pages that growing a value in place copies, at least */
#define DELAY	 "1000" /* microseconds that saving a key is made to take, at least */

/* A server, a connection to it, and where both are. */
struct redis {
	struct guest guest;
	FILE *line;
	char folder[64];
};

/* ---- talking --------------------------------------------------------------- */

static FILE *reach(const char *folder)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const struct timespec pause = {0, 20000000};

	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", folder);
	for (int i = 0; i < 500; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_true(fd >= 0);
		if (!connect(fd, (const struct sockaddr *)&at, sizeof at))
			return fdopen(fd, "r+");
		close(fd);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Says a command, and reads the first line of the answer. */
static void ask(const struct redis *r, char *answer, size_t size, const char *command)
{
	assert_true(fprintf(r->line, "%s\r\n", command) > 0);
	assert_int_equal(fflush(r->line), 0);
	assert_non_null(fgets(answer, (int)size, r->line));
}

static void order(const struct redis *r, const char *command)
{
	char answer[256];

	ask(r, answer, sizeof answer, command);
	if (*answer == '-')
		fail_msg("%s: %s", command, answer);
}

/* A number of INFO persistence. */
static uint64_t info(const struct redis *r, const char *name)
{
	char line[256];
	uint64_t value = UINT64_MAX;
	size_t left;

	ask(r, line, sizeof line, "INFO persistence");
	assert_true(*line == '$');
	left = strtoul(line + 1, NULL, 10) + 2;
	while (left && fgets(line, sizeof line, r->line)) {
		size_t len = strlen(name);

		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtoull(line + len + 1, NULL, 10);
		left -= strlen(line) < left ? strlen(line) : left;
	}
	if (value == UINT64_MAX)
		fail_msg("redis does not tell of %s", name);
	return value;
}

enum load { MAKE, GROW, WRITE, LOADS };

static void print_order(FILE *line, enum load load, int key)
{
	switch (load) {
	case MAKE:
		fprintf(line, "SETRANGE key:%d 1400 x\r\n", key);
		break;
	case GROW:
		fprintf(line, "SETRANGE key:%d 1700 x\r\n", key);
		break;
	default: /* every other one: so each begins in a page that nobody has written yet */
		fprintf(line, "SETRANGE key:%d 1710 x\r\nSET new:%d 1\r\n", key / 2 * 2, key);
		break;
	}
}

/* A hundred keys at a time. */
static void order_all(const struct redis *r, enum load load)
{
	char answer[256];

	for (int from = 0; from < KEYS; from += 100) {
		for (int i = from; i < from + 100; i++)
			print_order(r->line, load, i);
		assert_int_equal(fflush(r->line), 0);
		for (int n = 0; n < (load == WRITE ? 200 : 100); n++) {
			assert_non_null(fgets(answer, sizeof answer, r->line));
			assert_true(*answer != '-');
		}
	}
}

/* ---- a server --------------------------------------------------------------- */

static void end(struct redis *r)
{
	if (r->line)
		fclose(r->line);
	guest_end(&r->guest, SIGKILL);
	guest_folder_remove(r->folder);
}

/* Values of 1,400 bytes (the child gives back what takes a page or more), which have been made
 * longer once: there is room behind them. */
static struct redis begin(void)
{
	char program[256], socket[128];
	struct redis r = {0};

	if (!guest_find("redis-server", program, sizeof program))
		skip();
	/* What its allocator would give back while the child saves becomes the child's alone: later
	 * than it was last looked at, perhaps. */
	setenv("MALLOC_CONF", KEEP_ALL, 1);
	setenv("JE_MALLOC_CONF", KEEP_ALL, 1);
	guest_folder(r.folder);
	snprintf(socket, sizeof socket, "%s/socket", r.folder);
	r.guest = guest_start((const char *const[]){program, "--port", "0", "--unixsocket", socket,
		"--dir", r.folder, "--save", "", "--rdb-key-save-delay", DELAY, NULL});
	r.line = reach(r.folder);
	if (!r.line) {
		end(&r);
		print_message("redis-server does not serve here\n");
		skip();
	}
	order_all(&r, MAKE);
	order_all(&r, GROW);
	return r;
}

/* ---- what it copies ----------------------------------------------------------- */

/* The next moment whose B is a child that saves. */
static const struct moment *saving(struct sampling *f)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;

	for (;;) {
		const struct moment *m = sampling_next(f);

		if (m->snapshot->writers && m->pair && m->pair->relation == RELATION_CHILD &&
			value_state_has_value(m->pair->verdicts->pages_state))
			return m;
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
}

/* Pages copied in the server by functions that are called so. */
static uint64_t copied_by(const struct moment *m, const char *prefix)
{
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(m->snapshot, &arena, &row);
	uint64_t copied = 0;

	for (size_t i = 0; i < n; i++)
		if (row[i].side == 0 && text_has_prefix(row[i].function, prefix))
			copied += row[i].copied;
	arena_free(&arena);
	return copied;
}

static void expect_names(struct sampling *f)
{
	uint64_t until = clock_monotonic_ns() + 5000000000u, dict, sds;

	do {
		const struct moment *m = saving(f);

		dict = copied_by(m, "dict");
		sds = copied_by(m, "sds");
		moment_put(m);
	} while ((!dict || sds < MANY) && clock_monotonic_ns() < until);
	print_message("pages copied by dict: %llu, by sds: %llu\n", (unsigned long long)dict,
		(unsigned long long)sds);
	assert_true(dict > 0);
	assert_true(sds >= MANY);
}

/* Whether the child is alive and its pages were judged, both sides' having been read after that. */
static bool is_judged(const struct moment *m, uint64_t ns)
{
	const struct snapshot *s = m->snapshot;

	return m->pair && m->pair->relation == RELATION_CHILD && !s->side[1].ending.ended &&
	       value_state_has_value(m->pair->verdicts->pages_state) &&
	       s->side[0].read_ns[PART_PAGES] > ns && s->side[1].read_ns[PART_PAGES] > ns;
}

/*
 * Bytes that both have twice, and what the child has for itself: as it was last seen before it had
 * saved. (The server gives memory back meanwhile, which the child then has alone.) 0: it was not
 * seen any more.
 */
static uint64_t copied_bytes(const struct redis *r, struct sampling *f)
{
	uint64_t now = clock_monotonic_ns(), pages = 0;

	while (info(r, "rdb_bgsave_in_progress")) {
		const struct moment *m = sampling_next(f);

		if (is_judged(m, now))
			pages = m->pair->verdicts->pages.copied + m->pair->verdicts->pages.only_b;
		moment_put(m);
	}
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* False: it had saved before all was written. */
static bool check_sizes(const struct redis *r, struct sampling *f)
{
	uint64_t copied = copied_bytes(r, f), cow = info(r, "rdb_last_cow_size");
	uint64_t apart = cow > copied ? cow - copied : copied - cow;

	if (!copied) {
		print_message("redis had saved before it was written to\n");
		return false;
	}
	print_message("copied %llu bytes, cow_size %llu\n", (unsigned long long)copied,
		(unsigned long long)cow);
	assert_true(cow > (uint64_t)KEYS * 1000);
	assert_true(apart * 50 <= cow);
	return true;
}

static void what_it_copies_while_it_saves_is_its_cow_size(void **state)
{
	struct sampling *f = *state;
	struct redis r;
	bool sees;

	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PERF);
	r = begin();
	sampling_begin(f, r.guest.pid, SIBLING_CHILD);
	moment_put(sampling_next(f));
	order(&r, "BGSAVE");
	moment_put(saving(f));
	sees = witness_sees(f);
	order_all(&r, WRITE);
	if (sees)
		expect_names(f);
	sees = check_sizes(&r, f);
	end(&r);
	if (!sees)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_it_copies_while_it_saves_is_its_cow_size,
			sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
