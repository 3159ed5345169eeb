/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copies.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/base/table.h"

#define BOUND_NS 60000000000u

#define BIT(capability) (1ull << (capability))
#define GIVEN                                                                                      \
	(BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH) |                     \
		BIT(CAP_IPC_OWNER) | BIT(CAP_NET_ADMIN) | BIT(CAP_PERFMON) | BIT(CAP_NET_RAW) |    \
		BIT(CAP_SETUID))

static const char *const way_name[] = {
	[PLAIN] = "plain",
	[CAPABILITIES] = "capabilities",
	[SET_USER_ID] = "set-user-id",
	[TO_A_USER] = "user",
	[TO_A_GROUP] = "group",
};
TABLE_ROWS(way_name, WAYS);
static char folder[64];
static const char *why_not; /* there are no copies with rights; NULL: there are */

/* ---- what is made --------------------------------------------------------- */

const char *copies_path(const char *name)
{
	static char path[8][128];
	static unsigned next;
	char *out = path[next++ % 8];

	snprintf(out, sizeof path[0], "%s/%s", folder, name);
	return out;
}

void copies_add(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	char bytes[65536];
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof bytes)) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	assert_int_equal(n, 0);
	assert_int_equal(fchmod(out, mode), 0);
	close(in);
	close(out);
}

/* The extended attribute that setcap(8) writes. 0 or negative errno. */
static int give_capabilities(const char *path)
{
	const struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = {{.permitted = (uint32_t)GIVEN}, {.permitted = (uint32_t)(GIVEN >> 32)}},
	};

	return setxattr(path, "security.capability", &data, sizeof data, 0) ? -errno : 0;
}

/* Why a program that is given rights would not have them here; NULL: it would. */
static const char *obstacle(void)
{
	struct statvfs fs;

	if (geteuid())
		return "only root can give them";
	if (statvfs(folder, &fs) || fs.f_flag & (ST_NOSUID | ST_NOEXEC))
		return "/tmp is mounted nosuid or noexec";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
		return "we run under no_new_privs";
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (GIVEN & BIT(i) && prctl(PR_CAPBSET_READ, i) != 1)
			return "this root has not all of them itself";
	return NULL;
}

/* The same of the copies, which are made. */
static const char *copy_all(void)
{
	static const mode_t mode[WAYS] = {
		[SET_USER_ID] = 04755, [TO_A_USER] = 04755, [TO_A_GROUP] = 02755};
	const char *program = getenv("TWINTOP");
	int error;

	for (int way = 0; way < WAYS; way++) {
		const char *path = copies_path(way_name[way]);

		copies_add(program ? program : "src/twintop", path, 0755);
		if (way >= ROOTS && chown(path, ANOTHER, ANOTHER))
			return strerror(errno);
		if (mode[way] && chmod(path, mode[way]))
			return strerror(errno);
	}
	error = give_capabilities(copies_path(way_name[CAPABILITIES]));
	return error ? strerror(-error) : NULL;
}

/* Nobody else on this machine may run what we lend rights to. */
static bool leave_to_nobody(void)
{
	return !chown(folder, 0, NOBODY) && !chmod(folder, 0750) &&
	       !chown(copies_path("own"), NOBODY, NOBODY);
}

int copies_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/twintop-privilege-XXXXXX");
	if (!mkdtemp(folder) || mkdir(copies_path("own"), 0700) ||
		mkdir(copies_path("hidden"), 0700))
		return -1;
	if (!geteuid() && !leave_to_nobody())
		return -1;
	why_not = obstacle();
	if (!why_not)
		why_not = copy_all();
	return 0;
}

int copies_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) ? -1 : 0;
}

bool copies_are_there(void)
{
	return !why_not;
}

void copies_need(void)
{
	if (!why_not)
		return;
	print_message("no copies with rights of their own: %s\n", why_not);
	skip();
}

/* ---- runs of a copy, on a terminal ---------------------------------------- */

#define WORDS 24

/* The setting that a sanitizer's build is tested with, or one that says nothing. */
static const char *leaks(void)
{
	static char setting[1024];
	const char *value = getenv("LSAN_OPTIONS");

	snprintf(setting, sizeof setting, "LSAN_OPTIONS=%s", value ? value : "");
	return setting;
}

/* Begins "env -i SETTING… COPY ARGUMENT…"; both lists end in NULL. */
struct session copy_begin(enum way way, const char *const *settings, const char *const *arguments)
{
	const char *word[WORDS] = {"env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", leaks()};
	struct session s = {0};
	size_t n = 5;

	for (; settings && *settings; settings++)
		word[n++] = *settings;
	word[n++] = copies_path(way_name[way]);
	while (*arguments && n < WORDS - 1)
		word[n++] = *arguments++;
	textbuf_adds(&s.said, "");
	assert_int_equal(launch_start((char *const *)word, "dumb", 80, 24, &s.launch), 0);
	assert_int_equal(launch_release(s.launch), 0);
	return s;
}

static void listen_to(struct session *s)
{
	struct pollfd p = {.fd = launch_fd(s->launch), .events = POLLIN};
	char bytes[65536];
	ssize_t n;

	poll(&p, 1, 100);
	n = read(p.fd, bytes, sizeof bytes);
	if (n > 0)
		textbuf_add(&s->said, bytes, (size_t)n);
	else
		s->over = n == 0 || errno == EIO;
}

void copy_await(struct session *s, const char *text)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	while (!strstr(s->said.bytes, text) && !s->over && clock_monotonic_ns() < until)
		listen_to(s);
	if (!strstr(s->said.bytes, text))
		fail_msg("no '%s' in: %s", text, s->said.bytes);
}

void copy_press(const struct session *s, const char *keys)
{
	size_t n = strlen(keys);

	assert_int_equal(write(launch_fd(s->launch), keys, n), (ssize_t)n);
}

int copy_end(struct session *s)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	int status = -1;

	while (!s->over && clock_monotonic_ns() < until)
		listen_to(s);
	while (!launch_reap(s->launch, &status) && clock_monotonic_ns() < until)
		clock_sleep_ns(1000000);
	return status;
}

int copy_finish(struct session *s)
{
	int status = copy_end(s);

	launch_free(s->launch);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void copy_expect(enum way way, const char *const *settings, const char *const *arguments,
	int status, const char *text)
{
	struct session s = copy_begin(way, settings, arguments);
	int got = copy_finish(&s);

	if (got != status || !strstr(s.said.bytes, text))
		fail_msg("%s %s: status %d, said: %.300s", way_name[way], arguments[0], got,
			s.said.bytes);
	textbuf_free(&s.said);
}
