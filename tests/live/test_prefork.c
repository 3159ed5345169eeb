/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers and their workers: each worker is a row of the family, with the figures that smaps_rollup
 * has for it, and the true sum is that of the frames that they have.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "guest.h"
#include "kin.h"
#include "live.h"
#include "program.h"
#include "twintop/base/clock.h"

#define MEMBERS_MOST 64
#define TRIP_NS	     3000000000u /* a sample of a large family, from start to end */
#define SLOW	     20u	 /* so many times that, on a machine that does other things */

/* A server and its workers. */
struct crew {
	pid_t pid[MEMBERS_MOST]; /* the server's first */
	size_t n;
};

static void send_all(const struct crew *c, int signal)
{
	for (size_t i = 0; i < c->n; i++)
		kill(c->pid[i], signal);
}

/* Rss leaves out what is of the pool of huge pages. */
static int64_t in_frames(pid_t pid)
{
	return guest_rollup(pid, "Rss:") + guest_rollup(pid, "Shared_Hugetlb:") +
	       guest_rollup(pid, "Private_Hugetlb:");
}

static void check_members(const struct crew *c, json_t *sample)
{
	int64_t page = sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < c->n; i++) {
		json_t *m = kin_member(sample, c->pid[i]);

		assert_non_null(m);
		kin_near(kin_number(m, "resident_bytes"), in_frames(c->pid[i]), page);
		if (i)
			assert_true(kin_number(m, "shared_bytes") > 0);
	}
	assert_int_equal(json_array_size(json_object_get(sample, "family")), c->n);
}

static void check_private(const struct crew *c, json_t *sample)
{
	for (size_t i = 0; i < c->n; i++)
		kin_private(c->pid[i], kin_number(kin_member(sample, c->pid[i]), "private_bytes"));
}

/* Where frames are hidden the true sum is not known, and says so. */
static void check_sums(const struct crew *c, json_t *sample)
{
	json_t *totals = json_object_get(sample, "family_totals");
	int64_t page = sysconf(_SC_PAGESIZE), rss = 0;
	uint64_t frames, pages;

	for (size_t i = 0; i < c->n; i++)
		rss += in_frames(c->pid[i]);
	kin_near(kin_number(totals, "resident_bytes"), rss, page * (int64_t)c->n);
	if (geteuid() || denied(ACCESS_FRAMES)) {
		assert_true(json_is_null(json_object_get(totals, "distinct_bytes")));
		return;
	}
	guest_frames(c->pid, c->n, &frames, &pages);
	kin_near(kin_number(totals, "distinct_bytes"), (int64_t)frames * page, 2 * page);
	kin_near(kin_number(totals, "resident_bytes"), (int64_t)pages * page, 2 * page);
	assert_true(kin_number(totals, "distinct_bytes") <= kin_number(totals, "resident_bytes"));
}

/* ---- many ------------------------------------------------------------------ */

#define WORKERS 48

/* Each has written 16 pages more than the one before. */
static void check_steps(const struct crew *c, json_t *sample)
{
	int64_t page = sysconf(_SC_PAGESIZE);
	int64_t first = kin_number(kin_member(sample, c->pid[1]), "copied_bytes");

	for (size_t i = 2; i < c->n; i++)
		kin_near(kin_number(kin_member(sample, c->pid[i]), "copied_bytes"),
			first + (int64_t)(i - 1) * 16 * page, page);
}

static struct crew crew_of(const struct specimen *s)
{
	struct crew c = {
		.pid = {(pid_t)specimen_number(s, "pid")}, .n = specimen_number(s, "workers") + 1};
	char key[24];

	for (size_t i = 1; i < c.n; i++) {
		snprintf(key, sizeof key, "w%zu", i - 1);
		c.pid[i] = (pid_t)specimen_number(s, key);
	}
	return c;
}

static void check_many(void *context)
{
	struct specimen *s = specimen_start("workers", "48", "64", NULL);
	struct crew c = crew_of(s);
	uint64_t begin, took;
	json_t *sample;

	(void)context;
	send_all(&c, SIGSTOP);
	begin = clock_monotonic_ns();
	sample = kin_counted(c.pid[0]);
	took = clock_monotonic_ns() - begin;
	print_message("%d workers of 64 MiB: %.2f s\n", WORKERS, (double)took / 1e9);
	check_members(&c, sample);
	check_steps(&c, sample);
	check_private(&c, sample);
	check_sums(&c, sample);
	assert_true(took < SLOW * (uint64_t)TRIP_NS);
	json_decref(sample);
	send_all(&c, SIGCONT);
	specimen_stop(s);
}

static void forty_eight_workers_are_counted_right_and_soon(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	check_many(NULL);
}

static void so_they_are_for_an_ordinary_user(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	as_nobody(check_many, NULL);
}

/* ---- memory that is shared on purpose -------------------------------------- */

static void check_shared(void *context)
{
	struct specimen *s = specimen_start("workers", "4", "4", context, NULL);
	struct crew c = crew_of(s);
	json_t *sample;

	send_all(&c, SIGSTOP);
	sample = kin_counted(c.pid[0]);
	check_members(&c, sample);
	check_private(&c, sample);
	check_sums(&c, sample);
	json_decref(sample);
	send_all(&c, SIGCONT);
	specimen_stop(s);
}

/* As database servers have it: each member maps as much of it as it has touched. */
static void shared_memory_is_counted_once(void **state)
{
	static char kind[][16] = {"anonymous", "sysv", "memfd"};

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
		check_shared(kind[i]);
	as_nobody(check_shared, kind[1]);
}

/* How many huge pages of 2 MiB nobody has. */
static unsigned free_huge_pages(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned n = 0;

	if (f && fscanf(f, "%u", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

static void so_are_huge_pages(void **state)
{
	static char kind[] = "huge";

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	if (free_huge_pages() < 2) {
		print_message("there is no pool of huge pages: vm.nr_hugepages\n");
		skip();
	}
	check_shared(kind);
}

/* ---- nginx ------------------------------------------------------------------ */

static void configure(const char *folder)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/conf", folder);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f,
		"daemon off;\n"
		"master_process on;\n"
		"worker_processes 4;\n"
		"pid %s/pid;\n"
		"error_log %s/log;\n"
		"events { worker_connections 64; }\n"
		"http {\n"
		"	access_log off;\n"
		"	client_body_temp_path %s/body;\n"
		"	proxy_temp_path %s/proxy;\n"
		"	fastcgi_temp_path %s/fastcgi;\n"
		"	uwsgi_temp_path %s/uwsgi;\n"
		"	scgi_temp_path %s/scgi;\n"
		"	server { listen unix:%s/socket; }\n"
		"}\n",
		folder, folder, folder, folder, folder, folder, folder, folder);
	assert_int_equal(fclose(f), 0);
}

/* Its workers are there, and have come to rest. */
static bool await_workers(struct crew *c, size_t n)
{
	const struct timespec pause = {0, 100000000};

	for (int i = 0; i < 100; i++) {
		nanosleep(&pause, NULL);
		c->n = 1 + guest_children(c->pid[0], c->pid + 1, MEMBERS_MOST - 1);
		if (c->n == n + 1) {
			nanosleep(&(struct timespec){1, 0}, NULL);
			return true;
		}
	}
	return false;
}

static void nginx_and_its_workers_are_counted_right(void **state)
{
	char program[256], folder[64], conf[128];
	struct crew c = {0};
	struct guest g;
	json_t *sample;
	bool serves;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	if (!guest_find("nginx", program, sizeof program))
		skip();
	guest_folder(folder);
	configure(folder);
	snprintf(conf, sizeof conf, "%s/conf", folder);
	g = guest_start((const char *const[]){program, "-c", conf, "-p", folder, NULL});
	c.pid[0] = g.pid;
	serves = await_workers(&c, 4);
	if (serves) {
		send_all(&c, SIGSTOP);
		sample = kin_counted(g.pid);
		check_members(&c, sample);
		check_sums(&c, sample);
		check_private(&c, sample);
		json_decref(sample);
		send_all(&c, SIGCONT);
	}
	guest_end(&g, SIGTERM);
	guest_folder_remove(folder);
	if (!serves) {
		print_message("nginx does not serve here\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forty_eight_workers_are_counted_right_and_soon),
		cmocka_unit_test(so_they_are_for_an_ordinary_user),
		cmocka_unit_test(shared_memory_is_counted_once),
		cmocka_unit_test(so_are_huge_pages),
		cmocka_unit_test(nginx_and_its_workers_are_counted_right),
	};

	return live_run(tests, NULL, NULL);
}
