/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of twintop that have rights beyond those of whoever runs them, by file capabilities and by
 * set-user-id: they show what they were given the rights for, and lend them to nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
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
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "program.h"
#include "twintop/base/clock.h"
#include "twintop/sample/launch.h"

#define BOUND_NS 60000000000u
#define NOBODY	 65534

#define BIT(capability) (1ull << (capability))
#define GIVEN                                                                                      \
	(BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH) |                     \
		BIT(CAP_NET_ADMIN) | BIT(CAP_PERFMON) | BIT(CAP_NET_RAW) | BIT(CAP_SETUID))
#define NEEDED (BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH))

enum way { PLAIN, CAPABILITIES, SET_USER_ID, WAYS };
static const char *const way_name[WAYS] = {"plain", "capabilities", "set-user-id"};

static char folder[64];	    /* everyone may enter it; nobody's own is "own" in it */
static const char *why_not; /* there are no copies with rights; NULL: there are */
static pid_t watched;	    /* a process of root's */

/* ---- what is made --------------------------------------------------------- */

static const char *path_of(const char *name)
{
	static char path[8][128];
	static unsigned next;
	char *out = path[next++ % 8];

	snprintf(out, sizeof path[0], "%s/%s", folder, name);
	return out;
}

static void copy_file(const char *from, const char *to, mode_t mode)
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
	const char *program = getenv("TWINTOP");
	int error;

	for (int way = 0; way < WAYS; way++)
		copy_file(program ? program : "src/twintop", path_of(way_name[way]),
			way == SET_USER_ID ? 04755 : 0755);
	error = give_capabilities(path_of(way_name[CAPABILITIES]));
	return error ? strerror(-error) : NULL;
}

static int make_copies(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/twintop-privilege-XXXXXX");
	if (!mkdtemp(folder) || chmod(folder, 0755) || mkdir(path_of("own"), 0700) ||
		mkdir(path_of("hidden"), 0700))
		return -1;
	if (!geteuid() && chown(path_of("own"), NOBODY, NOBODY))
		return -1;
	why_not = obstacle();
	if (!why_not)
		why_not = copy_all();
	return 0;
}

static int remove_copies(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) ? -1 : 0;
}

static void need_copies(void)
{
	if (!why_not)
		return;
	print_message("no copies with rights of their own: %s\n", why_not);
	skip();
}

/* ---- runs of a copy, on a terminal ---------------------------------------- */

struct session {
	struct launch *launch;
	struct textbuf said;
	bool over;
};

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
static struct session begin(enum way way, const char *const *settings, const char *const *arguments)
{
	const char *word[WORDS] = {"env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", leaks()};
	struct session s = {0};
	size_t n = 5;

	for (; settings && *settings; settings++)
		word[n++] = *settings;
	word[n++] = path_of(way_name[way]);
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

static void await(struct session *s, const char *text)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;

	while (!strstr(s->said.bytes, text) && !s->over && clock_monotonic_ns() < until)
		listen_to(s);
	if (!strstr(s->said.bytes, text))
		fail_msg("no '%s' in: %s", text, s->said.bytes);
}

static void press(const struct session *s, const char *keys)
{
	size_t n = strlen(keys);

	assert_int_equal(write(launch_fd(s->launch), keys, n), (ssize_t)n);
}

/* To its end; returns its wait(2) status. What it said stays, and its terminal. */
static int end_of(struct session *s)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	int status = -1;

	while (!s->over && clock_monotonic_ns() < until)
		listen_to(s);
	while (!launch_reap(s->launch, &status) && clock_monotonic_ns() < until)
		clock_sleep_ns(1000000);
	return status;
}

/* To its end, which is an exit; returns its status. What it said stays. */
static int finish(struct session *s)
{
	int status = end_of(s);

	launch_free(s->launch);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Runs it whole: that exit status, and that text in what it says. */
static void expect_run(enum way way, const char *const *settings, const char *const *arguments,
	int status, const char *text)
{
	struct session s = begin(way, settings, arguments);
	int got = finish(&s);

	if (got != status || !strstr(s.said.bytes, text))
		fail_msg("%s %s: status %d, said: %.300s", way_name[way], arguments[0], got,
			s.said.bytes);
	textbuf_free(&s.said);
}

static const char *number(pid_t pid)
{
	static char text[4][16];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof text[0], "%d", (int)pid);
	return out;
}

/* The body as nobody, once for each copy that has rights of its own, beside a process of root's. */
static void for_each_raised(void (*body)(void *way))
{
	struct specimen *s;

	need_copies();
	s = specimen_start("clone", NULL);
	watched = specimen_pid(s);
	for (enum way way = CAPABILITIES; way < WAYS; way++)
		as_nobody(body, &way);
	specimen_stop(s);
}

/* ---- tests ---------------------------------------------------------------- */

static void see(void *context)
{
	enum way way = *(enum way *)context;
	const char *const arguments[] = {"--json", "-s", "none", number(watched), NULL};

	expect_run(way, NULL, arguments, 0, "\"frames\":\"exact\"");
	expect_run(PLAIN, NULL, arguments, 1, "\"frames\":\"denied\"");
	expect_run(way, NULL, (const char *[]){"doctor", NULL}, 0, "rights beyond yours");
}

static void they_show_what_the_rights_are_for(void **state)
{
	(void)state;
	for_each_raised(see);
}

/* A line "key:\t…" of a status file, as a number of that base; the first column. */
static uint64_t status_number(const char *path, const char *key, int base)
{
	char line[256], wanted[32];
	uint64_t value = 0;
	bool found = false;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	snprintf(wanted, sizeof wanted, "%s:\t", key);
	while (!found && fgets(line, sizeof line, f))
		if (!strncmp(line, wanted, strlen(wanted))) {
			found = true;
			value = strtoull(line + strlen(wanted), NULL, base);
		}
	fclose(f);
	assert_true(found);
	return value;
}

static uint64_t rights(pid_t pid, const char *key)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	return status_number(path, key, 16);
}

static void keep_little(void *context)
{
	enum way way = *(enum way *)context;
	struct session s = begin(way, NULL,
		(const char *[]){"--json", "-n", "0", "-s", "none", number(watched), NULL});
	pid_t pid = launch_pid(s.launch);
	char path[64];
	struct stat st;

	await(&s, "\"schema\"");
	assert_int_equal(rights(pid, "CapPrm"), NEEDED);
	assert_int_equal(rights(pid, "CapEff"), NEEDED);
	assert_int_equal(rights(pid, "CapInh"), 0);
	assert_int_equal(rights(pid, "CapAmb"), 0);
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	assert_int_equal(status_number(path, "Uid", 10), NOBODY);
	assert_int_equal(status_number(path, "Gid", 10), NOBODY);
	/* Whose memory it is tells whether it may leave a core file. */
	snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	press(&s, "\003");
	launch_free(s.launch);
	textbuf_free(&s.said);
}

static void what_reading_does_not_take_is_given_up(void **state)
{
	(void)state;
	for_each_raised(keep_little);
}

/* The same is said of a program that is there and of one that is not, and neither is looked for. */
static void start_nothing(void *context)
{
	enum way way = *(enum way *)context;
	const char *const names[] = {
		path_of("hidden/there"), path_of("hidden/not"), "/bin/sh", "sh"};
	char said[512];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(said, sizeof said,
			"twintop: %s: twintop has rights beyond yours and starts no programs",
			names[i]);
		expect_run(way, NULL, (const char *[]){"--once", "--", names[i], NULL}, 1, said);
		expect_run(way, NULL, (const char *[]){"--", names[i], NULL}, 1, said);
	}
	expect_run(way, NULL, (const char *[]){"demo", "fork-cow", NULL}, 1, "starts no programs");
	expect_run(way, NULL, (const char *[]){"demo", NULL}, 0, "fork-cow");
}

static void they_start_and_find_no_programs(void **state)
{
	(void)state;
	if (!why_not)
		copy_file("/bin/true", path_of("hidden/there"), 0755);
	for_each_raised(start_nothing);
	if (!why_not)
		unlink(path_of("hidden/there"));
}

static void log_nothing(void *context)
{
	enum way way = *(enum way *)context;
	const char *const log[] = {path_of("own/log"), path_of("hidden/log"), path_of("hidden")};

	for (size_t i = 0; i < sizeof log / sizeof *log; i++)
		expect_run(way, NULL,
			(const char *[]){"--log", log[i], "--once", number(watched), NULL}, 2,
			"writes no files");
	assert_int_equal(access(path_of("own/log"), F_OK), -1);
	expect_run(PLAIN, NULL, (const char *[]){"--log", path_of("own/log"), "--version", NULL}, 0,
		"twintop");
	assert_int_equal(unlink(path_of("own/log")), 0);
}

static void they_write_no_log(void **state)
{
	(void)state;
	for_each_raised(log_nothing);
}

static void expect_saved(enum way way, pid_t pid, const char *text, bool saved)
{
	struct session s = begin(way, (const char *[]){"TERM=xterm", NULL},
		(const char *[]){"-s", "none", number(pid), NULL});

	await(&s, "quit");
	press(&s, "S");
	await(&s, text);
	press(&s, "q");
	assert_int_equal(finish(&s), 0);
	assert_int_equal(access(path_of("own/twintop-1.svg"), F_OK), saved ? 0 : -1);
	textbuf_free(&s.said);
}

static void save_nothing(void *context)
{
	enum way way = *(enum way *)context;
	assert_int_equal(chdir(path_of("own")), 0);
	expect_saved(way, watched, "not saved", false);
	expect_saved(PLAIN, getpid(), "saved", true);
	assert_int_equal(unlink("twintop-1.svg"), 0);
}

static void they_save_no_screen(void **state)
{
	(void)state;
	for_each_raised(save_nothing);
}

static void mind_no_wish(void *context)
{
	enum way way = *(enum way *)context;
	const char *const arguments[] = {"--json", "-s", "none", number(watched), NULL};

	expect_run(way, (const char *[]){"TWINTOP_DENY=frames", NULL}, arguments, 0,
		"\"frames\":\"exact\"");
	expect_run(way, (const char *[]){"TWINTOP_DENY=nonsense", NULL}, arguments, 0,
		"\"frames\":\"exact\"");
	expect_run(PLAIN, (const char *[]){"TWINTOP_DENY=nonsense", NULL}, arguments, 2, "doctor");
}

static void they_mind_no_settings_of_ours(void **state)
{
	(void)state;
	for_each_raised(mind_no_wish);
}

/* A description of a terminal under a name of our own, below "own" and below "own/.terminfo". */
static bool describe_terminal(void)
{
	static const char *const places[] = {"/lib/terminfo/x/xterm", "/usr/share/terminfo/x/xterm",
		"/usr/lib/terminfo/x/xterm", "/etc/terminfo/x/xterm"};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (access(places[i], R_OK))
			continue;
		mkdir(path_of("own/t"), 0755);
		mkdir(path_of("own/.terminfo"), 0755);
		mkdir(path_of("own/.terminfo/t"), 0755);
		copy_file(places[i], path_of("own/t/twintop-own"), 0644);
		copy_file(places[i], path_of("own/.terminfo/t/twintop-own"), 0644);
		return true;
	}
	return false;
}

static void read_no_terminal(void *context)
{
	enum way way = *(enum way *)context;
	char by_folder[128], by_list[128], by_home[128];
	const char *const places[] = {by_folder, by_list, by_home};

	snprintf(by_folder, sizeof by_folder, "TERMINFO=%s", path_of("own"));
	snprintf(by_list, sizeof by_list, "TERMINFO_DIRS=%s", path_of("own"));
	snprintf(by_home, sizeof by_home, "HOME=%s", path_of("own"));
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *const settings[] = {"TERM=twintop-own", places[i], NULL};
		struct session s;

		expect_run(way, settings, (const char *[]){"-s", "none", number(watched), NULL}, 2,
			"cannot draw on this terminal");
		s = begin(PLAIN, settings, (const char *[]){"-s", "none", number(getpid()), NULL});
		await(&s, "quit");
		press(&s, "q");
		assert_int_equal(finish(&s), 0);
		textbuf_free(&s.said);
	}
}

static void they_read_no_description_of_a_terminal_of_ours(void **state)
{
	(void)state;
	need_copies();
	if (!describe_terminal()) {
		print_message("no description of xterm was found\n");
		skip();
	}
	for_each_raised(read_no_terminal);
}

/* Ended by a signal of its caller's: the terminal is as it was, and no core file lies about. */
static void end_by(enum way way, int number_of_signal)
{
	struct session s = begin(way, (const char *[]){"TERM=xterm", NULL},
		(const char *[]){"-s", "none", number(watched), NULL});
	struct termios before, after;
	int status;

	assert_int_equal(tcgetattr(launch_fd(s.launch), &before), 0);
	before.c_lflag |= ICANON | ECHO; /* it may have begun already */
	await(&s, "quit");
	assert_int_equal(kill(launch_pid(s.launch), number_of_signal), 0);
	status = end_of(&s);
	/* A sanitizer makes an exit of a crash. */
	assert_true(status == 0 || WTERMSIG(status) == number_of_signal ||
		    (number_of_signal == SIGSEGV && WIFEXITED(status)));
	assert_false(WCOREDUMP(status));
	assert_non_null(strstr(s.said.bytes, "\033[?1049l"));
	assert_int_equal(tcgetattr(launch_fd(s.launch), &after), 0);
	assert_int_equal(
		after.c_lflag & (ICANON | ECHO | ISIG), before.c_lflag & (ICANON | ECHO | ISIG));
	launch_free(s.launch);
	textbuf_free(&s.said);
}

static void end_in_good_order(void *context)
{
	enum way way = *(enum way *)context;

	assert_int_equal(chdir(path_of("own")), 0);
	end_by(way, SIGTERM);
	end_by(way, SIGHUP);
	end_by(way, SIGSEGV);
}

static void their_terminal_is_as_it_was_however_they_end(void **state)
{
	(void)state;
	for_each_raised(end_in_good_order);
}

/* Root's own rights: what it starts has them all, even where exec gives none back. */
static void look_at_ours(void *context)
{
	struct run r = program_run((const char *[]){"twintop", "--once", "-d", "0.5", "--", "sh",
		"-c", "grep -E 'CapPrm|CapBnd' /proc/self/status; sleep 2", NULL});
	char line[64];

	(void)context;
	snprintf(line, sizeof line, "CapPrm:\t%016llx",
		(unsigned long long)rights(getpid(), "CapPrm"));
	if (!strstr(r.err.bytes, line))
		fail_msg("no %s: %s", line, r.err.bytes);
	program_run_free(&r);
}

static void what_root_starts_has_all_its_rights(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	look_at_ours(NULL);
}

static void root_gives_up_what_reading_and_saving_do_not_take(void **state)
{
	struct specimen *s = specimen_start("clone", NULL);
	uint64_t had = rights(getpid(), "CapEff"), keep = NEEDED | BIT(CAP_DAC_OVERRIDE);
	struct textbuf said = {0};
	int out, err;
	pid_t pid;

	(void)state;
	pid = program_start((const char *[]){"twintop", "--json", "-n", "0", "-s", "none",
				    number(specimen_pid(s)), NULL},
		&out, &err);
	assert_true(program_read(out, &said));
	assert_int_equal(rights(pid, "CapEff"), had & BIT(CAP_SYS_PTRACE) ? had & keep : had);
	assert_int_equal(rights(pid, "CapPrm"), had & BIT(CAP_SYS_PTRACE)
							? rights(getpid(), "CapPrm") & keep
							: rights(getpid(), "CapPrm"));
	textbuf_free(&said);
	close(out);
	close(err);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_show_what_the_rights_are_for),
		cmocka_unit_test(what_reading_does_not_take_is_given_up),
		cmocka_unit_test(they_start_and_find_no_programs),
		cmocka_unit_test(they_write_no_log),
		cmocka_unit_test(they_save_no_screen),
		cmocka_unit_test(they_mind_no_settings_of_ours),
		cmocka_unit_test(they_read_no_description_of_a_terminal_of_ours),
		cmocka_unit_test(their_terminal_is_as_it_was_however_they_end),
		cmocka_unit_test(root_gives_up_what_reading_and_saving_do_not_take),
		cmocka_unit_test(what_root_starts_has_all_its_rights),
	};

	return live_run(tests, make_copies, remove_copies);
}
