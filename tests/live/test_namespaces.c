/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and names are equal only within one namespace: channels inside the namespaces of others,
 * two containers that look alike, and what twintop itself, inside a namespace, cannot tell apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "reach.h"

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: needs root\n");
	skip();
}

/* Starts a specimen; where the kernel or our rights refuse it, the test is skipped. */
static struct specimen *start(const char *name, const char *how)
{
	struct specimen *s = specimen_start(name, how, NULL);
	char why[64];

	if (!specimen_has(s, "error"))
		return s;
	snprintf(why, sizeof why, "%s", specimen_text(s, "error"));
	specimen_stop(s);
	print_message("skipped: %s is refused here, %s\n", name, why);
	skip();
	return NULL;
}

static int number(const struct specimen *s, const char *key)
{
	return (int)specimen_number(s, key);
}

static const json_t *pair_of(const json_t *sample)
{
	return json_object_get(sample, "pair");
}

static size_t count_channels(const json_t *sample, const char *kind)
{
	const json_t *c;
	size_t i, n = 0;

	json_array_foreach(json_object_get(pair_of(sample), "channels"), i, c)
	{
		n += !strcmp(json_string_value(json_object_get(c, "kind")), kind);
	}
	return n;
}

/* Whether a reason under that path speaks of what. */
static bool tells(const json_t *sample, const char *path, const char *what)
{
	const json_t *u;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i, u)
	{
		if (!strcmp(json_string_value(json_object_get(u, "path")), path) &&
			strstr(json_string_value(json_object_get(u, "reason")), what))
			return true;
	}
	return false;
}

static const json_t *shares(const json_t *sample, const char *item)
{
	return json_object_get(json_object_get(pair_of(sample), "shares"), item);
}

/* The segment of the one row of System V memory that a side has, which may be null. */
static const json_t *segment_of(const json_t *sample, const char *side)
{
	const json_t *row, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(pair_of(sample), "mappings"), i, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "mechanism")), "sysv_shm") ||
			json_is_null(json_object_get(row, side)))
			continue;
		assert_null(found);
		found = json_object_get(row, "sysv");
	}
	assert_non_null(found);
	return found;
}

static void expect_segment(
	const json_t *segment, json_int_t id, json_int_t key, json_int_t attached)
{
	assert_int_equal(json_integer_value(json_object_get(segment, "shmid")), id);
	assert_int_equal(json_integer_value(json_object_get(segment, "key")), key);
	assert_int_equal(json_integer_value(json_object_get(segment, "attached")), attached);
}

/* ---- channels inside the namespaces of others ------------------------------ */

static const char *const namespaced[] = {
	"unix", "tcp", "udp", "mqueue", "sysv_shm", "sysv_queue", "sysv_semaphores"};
#define NAMESPACED (sizeof namespaced / sizeof *namespaced)

static void expect_all(const json_t *sample)
{
	for (size_t i = 0; i < NAMESPACED; i++)
		if (!count_channels(sample, namespaced[i]))
			fail_msg("no channel %s", namespaced[i]);
	assert_int_equal(count_channels(sample, "unix"), 2);
	assert_false(tells(sample, "pair.channels", "namespace"));
}

static void look_inside(const char *how)
{
	struct specimen *s = start("channels", how);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));

	expect_all(sample);
	expect_segment(segment_of(sample, "a"), number(s, "shm"), 0, 2);
	json_decref(sample);
	specimen_stop(s);
}

static void root_enters_every_namespace(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SOCK_DIAG);
	need_root();
	look_inside("apart");
	look_inside("owned");
}

/* A socket stays in the namespace in which it was made, whoever leaves it. */
static void sockets_stay_where_they_were_made(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SOCK_DIAG);
	need_root();
	look_inside("left");
	look_inside("both");
}

static void look_at_own(void *context)
{
	(void)context;
	look_inside("owned");
}

/* Whoever made a user namespace may enter what is below it. */
static void an_owner_enters_too(void **state)
{
	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	needs_allowed(ACCESS_SOCK_DIAG);
	as_nobody(look_at_own, NULL);
}

static void look_where_entering_is_refused(void *context)
{
	const pid_t *pid = context;
	json_t *sample = sample_of(pid[0], pid[1]);

	assert_int_equal(count_channels(sample, "unix"), 0);
	assert_int_equal(count_channels(sample, "sysv_queue"), 0);
	/* For these /proc/PID/net does. */
	assert_int_equal(count_channels(sample, "tcp"), 1);
	assert_int_equal(count_channels(sample, "udp"), 1);
	assert_true(tells(sample, "pair.channels", "to enter the network namespace"));
	assert_true(tells(sample, "pair.channels", "to enter their IPC namespace"));
	assert_true(json_is_null(segment_of(sample, "a")));
	assert_true(tells(sample, "pair.mappings[].sysv", "IPC namespace"));
	assert_true(tells(sample, "processes[0].fds[].peer_inode", "CAP_SYS_ADMIN"));
	json_decref(sample);
}

static void others_are_told_that_they_may_not(void **state)
{
	struct specimen *s;
	pid_t pid[2];

	(void)state;
	needs_allowed(ACCESS_SOCK_DIAG);
	need_root();
	s = start("channels", "nobody");
	pid[0] = specimen_pid(s);
	pid[1] = (pid_t)specimen_number(s, "child");
	as_nobody(look_where_entering_is_refused, pid);
	specimen_stop(s);
}

/* ---- two containers that look alike ---------------------------------------- */

static const json_t *fd_relation(const json_t *sample, int fd)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(pair_of(sample), "fds"), i, row)
	{
		if (json_integer_value(json_object_get(row, "a")) == fd)
			return json_object_get(row, "relation");
	}
	return NULL;
}

static void equal_names_are_two_things(void **state)
{
	static const char *const fds[] = {"udp", "listener", "client", "mq", "tty", "ptmx"};
	struct specimen *s;
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_SOCK_DIAG);
	need_root();
	s = start("boxes", NULL);
	assert_int_equal(number(s, "alike"), 1);
	sample = sample_of((pid_t)number(s, "a"), (pid_t)number(s, "b"));
	for (size_t i = 0; i < NAMESPACED; i++)
		if (count_channels(sample, namespaced[i]))
			fail_msg("a channel %s", namespaced[i]);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fd_relation(sample, number(s, fds[i])))
			fail_msg("%s is related", fds[i]);
	expect_segment(segment_of(sample, "a"), number(s, "shmid"), number(s, "key"), 1);
	assert_true(json_is_null(segment_of(sample, "b")));
	assert_true(tells(sample, "pair.mappings[].sysv", "IPC namespace"));
	assert_true(json_is_false(shares(sample, "terminal")));
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(
			json_string_value(json_object_get(
				json_array_get(json_object_get(sample, "processes"), i), "tty")),
			"pts/0");
	assert_true(json_is_false(shares(sample, "session")));
	assert_true(tells(sample, "pair.channels", "two network namespaces"));
	json_decref(sample);
	specimen_stop(s);
}

/* What was attached before they parted is one for both, whatever its id is now to the child. */
static void a_segment_goes_along(void **state)
{
	struct specimen *s;
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_FRAMES);
	needs_allowed(ACCESS_PAGEMAP);
	need_root();
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_FRAMES);
	s = start("apart", "ipc");
	sample = sample_of(specimen_pid(s), (pid_t)number(s, "child"));
	assert_int_equal(count_channels(sample, "sysv_shm"), 1);
	assert_true(segment_of(sample, "a") == segment_of(sample, "b"));
	json_decref(sample);
	specimen_stop(s);
}

/* ---- twintop inside a namespace -------------------------------------------- */

/* Runs the body in a child and fails the test when that fails; true: it was refused there. */
static bool in_child(bool (*body)(const struct specimen *s), const struct specimen *s)
{
	int status;
	pid_t pid;

	fflush(NULL);
	reach_open();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		status = body(s) ? 0 : 77;
		fflush(NULL);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return true;
	assert_int_equal(status, 0);
	return false;
}

/* What may be seen of two processes of which not all may: it exits with 1 then. */
static json_t *part_of(const struct specimen *s)
{
	char a[16], b[16];
	struct run r;
	json_t *sample;

	snprintf(a, sizeof a, "%d", (int)specimen_pid(s));
	snprintf(b, sizeof b, "%d", number(s, "child"));
	r = program_run((const char *[]){"twintop", "--json", a, b, NULL});
	program_expect(&r, 1);
	sample = sample_parse(r.out.bytes, r.out.len);
	program_run_free(&r);
	return sample;
}

/* Of a user namespace that maps nobody. */
static bool look_without_ids(const struct specimen *s)
{
	json_t *sample;

	if (unshare(CLONE_NEWUSER))
		return false;
	sample = part_of(s);
	assert_true(json_is_null(shares(sample, "credentials")));
	assert_true(tells(sample, "pair.shares.credentials", "user namespace"));
	assert_true(tells(sample, "processes[0].uid", "user namespace"));
	assert_true(tells(sample, "processes[1].gid", "user namespace"));
	json_decref(sample);
	return true;
}

static void check_without_ids(const char *how)
{
	struct specimen *s = start("apart", how);
	bool refused = in_child(look_without_ids, s);

	specimen_stop(s);
	if (!refused)
		return;
	print_message("skipped: no user namespace may be made here\n");
	skip();
}

/* They are of two users, and of one: neither can be told. */
static void unmapped_ids_are_nobodys(void **state)
{
	(void)state;
	need_root();
	check_without_ids("credentials");
	check_without_ids("none");
}

/* Nobody's own ids are known where all are mapped. */
static void the_id_of_nobody_is_one(void *context)
{
	struct specimen *s = specimen_start("apart", "none", NULL);
	json_t *sample = sample_of(specimen_pid(s), (pid_t)specimen_number(s, "child"));

	(void)context;
	assert_true(json_is_true(shares(sample, "credentials")));
	json_decref(sample);
	specimen_stop(s);
}

static void mapped_ids_are_told(void **state)
{
	(void)state;
	as_nobody(the_id_of_nobody_is_one, NULL);
}

/* Inside, /proc is that of the namespace. */
static bool enter_pid_namespace(pid_t init)
{
	char path[64];
	int fd, status;
	pid_t pid;

	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)init);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (setns(fd, CLONE_NEWPID) || unshare(CLONE_NEWNS) ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	close(fd);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		return mount("proc", "/proc", "proc", 0, NULL) == 0;
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void expect_outside(const json_t *sample)
{
	static const char *const items[] = {"session", "process_group"};
	char path[64];

	for (size_t i = 0; i < 2; i++) {
		assert_true(json_is_null(shares(sample, items[i])));
		snprintf(path, sizeof path, "pair.shares.%s", items[i]);
		assert_true(tells(sample, path, "outside"));
	}
	assert_true(tells(sample, "processes[0].session", "outside"));
	assert_true(tells(sample, "processes[1].pgrp", "outside"));
}

static bool look_from_inside(const struct specimen *s)
{
	json_t *sample;

	if (!enter_pid_namespace((pid_t)specimen_number(s, "init")))
		return false;
	sample = sample_of((pid_t)number(s, "a"), (pid_t)number(s, "b"));
	expect_outside(sample);
	json_decref(sample);
	sample = sample_of((pid_t)number(s, "a"), (pid_t)number(s, "c"));
	assert_true(json_is_false(shares(sample, "session")));
	assert_true(json_is_false(shares(sample, "process_group")));
	json_decref(sample);
	return true;
}

static void sessions_from_outside_are_not_one(void **state)
{
	struct specimen *s;
	bool refused;

	(void)state;
	need_root();
	s = start("entered", NULL);
	refused = in_child(look_from_inside, s);
	specimen_stop(s);
	if (refused) {
		print_message("skipped: no /proc may be mounted here\n");
		skip();
	}
}

/* ---- control groups ---------------------------------------------------------- */

static bool write_pid(const char *group, pid_t pid)
{
	char path[512];
	int fd;
	bool written;

	snprintf(path, sizeof path, "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = dprintf(fd, "%d\n", (int)pid) > 0;
	close(fd);
	return written;
}

/* A group of the child's alone in one hierarchy; false: it cannot be made there. */
static bool differs_in(const char *hierarchy)
{
	struct specimen *s = specimen_start("apart", "none", NULL);
	pid_t child = (pid_t)specimen_number(s, "child");
	char group[256];
	bool moved;

	snprintf(group, sizeof group, "/sys/fs/cgroup/%s/twintop-%d", hierarchy, (int)getpid());
	moved = mkdir(group, 0755) == 0 && write_pid(group, child);
	if (moved) {
		json_t *sample = sample_of(specimen_pid(s), child);

		assert_true(json_is_false(shares(sample, "cgroup")));
		json_decref(sample);
	}
	specimen_stop(s);
	for (int i = 0; i < 1000 && rmdir(group) && errno == EBUSY; i++)
		usleep(10000);
	return moved;
}

/* Whichever hierarchy it is, first or last, with a path of the process's in another or without. */
static void one_hierarchy_tells_groups_apart(void **state)
{
	static const char *const hierarchies[] = {
		"cpu", "memory", "pids", "freezer", "systemd", "unified", "."};
	unsigned tried = 0;

	(void)state;
	need_root();
	for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++)
		tried += differs_in(hierarchies[i]);
	if (!tried) {
		print_message("skipped: no control group can be made here\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_enters_every_namespace),
		cmocka_unit_test(sockets_stay_where_they_were_made),
		cmocka_unit_test(an_owner_enters_too),
		cmocka_unit_test(others_are_told_that_they_may_not),
		cmocka_unit_test(equal_names_are_two_things),
		cmocka_unit_test(a_segment_goes_along),
		cmocka_unit_test(unmapped_ids_are_nobodys),
		cmocka_unit_test(mapped_ids_are_told),
		cmocka_unit_test(sessions_from_outside_are_not_one),
		cmocka_unit_test(one_hierarchy_tells_groups_apart),
	};

	return live_run(tests, NULL, NULL);
}
