/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of twintop that have rights beyond those of whoever runs them, by file capabilities and by
 * set-user-id: they show what they were given the rights for, and lend them to nobody.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "copies.h"
#include "live.h"
#include "program.h"
#include "twintop/sample/launch.h"

#define BIT(capability) (1ull << (capability))
#define NEEDED                                                                                     \
	(BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_READ_SEARCH) |                     \
		BIT(CAP_IPC_OWNER) | BIT(CAP_NET_ADMIN))

static pid_t watched; /* a process of root's */

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

	copies_need();
	s = specimen_start("clone", NULL);
	watched = specimen_pid(s);
	for (enum way way = CAPABILITIES; way < ROOTS; way++)
		as_nobody(body, &way);
	specimen_stop(s);
}

/* ---- tests ---------------------------------------------------------------- */

static void see(void *context)
{
	enum way way = *(enum way *)context;
	const char *const arguments[] = {"--json", "-s", "none", number(watched), NULL};

	copy_expect(way, NULL, arguments, 0, "\"frames\":\"exact\"");
	copy_expect(PLAIN, NULL, arguments, 1, "\"frames\":\"denied\"");
	copy_expect(way, NULL, (const char *[]){"doctor", NULL}, 0, "rights beyond yours");
}

static void they_show_what_the_rights_are_for(void **state)
{
	(void)state;
	for_each_raised(see);
}

static void read_file(const char *path, struct textbuf *out)
{
	char bytes[8192];
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	textbuf_add(out, bytes, fread(bytes, 1, sizeof bytes, f));
	fclose(f);
}

/* The first number, to that base, of the line "key:\t…" of /proc/PID/status. */
static uint64_t status_number(pid_t pid, const char *key, int base)
{
	char path[64], wanted[32];
	struct textbuf text = {0};
	const char *at;
	uint64_t value;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	snprintf(wanted, sizeof wanted, "\n%s:\t", key);
	read_file(path, &text);
	at = strstr(text.bytes, wanted);
	assert_non_null(at);
	value = strtoull(at + strlen(wanted), NULL, base);
	textbuf_free(&text);
	return value;
}

static uint64_t rights(pid_t pid, const char *key)
{
	return status_number(pid, key, 16);
}

static void keep_little(void *context)
{
	enum way way = *(enum way *)context;
	struct session s = copy_begin(way, NULL,
		(const char *[]){"--json", "-n", "0", "-s", "none", number(watched), NULL});
	pid_t pid = launch_pid(s.launch);
	char path[64];
	struct stat st;

	copy_await(&s, "\"schema\"");
	assert_int_equal(rights(pid, "CapPrm"), NEEDED);
	assert_int_equal(rights(pid, "CapEff"), NEEDED);
	assert_int_equal(rights(pid, "CapInh"), 0);
	assert_int_equal(rights(pid, "CapAmb"), 0);
	assert_int_equal(rights(pid, "NoNewPrivs"), 1);
	assert_int_equal(status_number(pid, "Uid", 10), NOBODY);
	assert_int_equal(status_number(pid, "Gid", 10), NOBODY);
	/* Whose memory it is tells whether it may leave a core file. */
	snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	copy_press(&s, "\003");
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
		copies_path("hidden/there"), copies_path("hidden/not"), "/bin/sh", "sh"};
	char said[512];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(said, sizeof said,
			"twintop: %s: twintop has rights beyond yours and starts no programs",
			names[i]);
		copy_expect(way, NULL, (const char *[]){"--once", "--", names[i], NULL}, 1, said);
		copy_expect(way, NULL, (const char *[]){"--", names[i], NULL}, 1, said);
	}
	copy_expect(way, NULL, (const char *[]){"demo", "fork-cow", NULL}, 1, "starts no programs");
	copy_expect(way, NULL, (const char *[]){"demo", NULL}, 0, "fork-cow");
}

static void they_start_and_find_no_programs(void **state)
{
	(void)state;
	if (copies_are_there())
		copies_add("/bin/true", copies_path("hidden/there"), 0755);
	for_each_raised(start_nothing);
	if (copies_are_there())
		unlink(copies_path("hidden/there"));
}

static void log_nothing(void *context)
{
	enum way way = *(enum way *)context;
	const char *const log[] = {
		copies_path("own/log"), copies_path("hidden/log"), copies_path("hidden")};

	for (size_t i = 0; i < sizeof log / sizeof *log; i++)
		copy_expect(way, NULL,
			(const char *[]){"--log", log[i], "--once", number(watched), NULL}, 2,
			"writes no files");
	assert_int_equal(access(copies_path("own/log"), F_OK), -1);
	copy_expect(PLAIN, NULL,
		(const char *[]){"--log", copies_path("own/log"), "--version", NULL}, 0, "twintop");
	assert_int_equal(unlink(copies_path("own/log")), 0);
}

static void they_write_no_log(void **state)
{
	(void)state;
	for_each_raised(log_nothing);
}

static void expect_saved(enum way way, pid_t pid, const char *text, bool saved)
{
	struct session s = copy_begin(way, (const char *[]){"TERM=xterm", NULL},
		(const char *[]){"-s", "none", number(pid), NULL});

	copy_await(&s, "quit");
	copy_press(&s, "S");
	copy_await(&s, text);
	copy_press(&s, "q");
	assert_int_equal(copy_finish(&s), 0);
	assert_int_equal(access(copies_path("own/twintop-1.svg"), F_OK), saved ? 0 : -1);
	textbuf_free(&s.said);
}

static void save_nothing(void *context)
{
	enum way way = *(enum way *)context;
	assert_int_equal(chdir(copies_path("own")), 0);
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

	copy_expect(way, (const char *[]){"TWINTOP_DENY=frames", NULL}, arguments, 0,
		"\"frames\":\"exact\"");
	copy_expect(way, (const char *[]){"TWINTOP_DENY=nonsense", NULL}, arguments, 0,
		"\"frames\":\"exact\"");
	copy_expect(PLAIN, (const char *[]){"TWINTOP_DENY=nonsense", NULL}, arguments, 2, "doctor");
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
		mkdir(copies_path("own/t"), 0755);
		mkdir(copies_path("own/.terminfo"), 0755);
		mkdir(copies_path("own/.terminfo/t"), 0755);
		copies_add(places[i], copies_path("own/t/twintop-own"), 0644);
		copies_add(places[i], copies_path("own/.terminfo/t/twintop-own"), 0644);
		return true;
	}
	return false;
}

static void read_no_terminal(void *context)
{
	enum way way = *(enum way *)context;
	char by_folder[128], by_list[128], by_home[128];
	const char *const places[] = {by_folder, by_list, by_home};

	snprintf(by_folder, sizeof by_folder, "TERMINFO=%s", copies_path("own"));
	snprintf(by_list, sizeof by_list, "TERMINFO_DIRS=%s", copies_path("own"));
	snprintf(by_home, sizeof by_home, "HOME=%s", copies_path("own"));
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *const settings[] = {"TERM=twintop-own", places[i], NULL};
		struct session s;

		copy_expect(way, settings, (const char *[]){"-s", "none", number(watched), NULL}, 2,
			"cannot draw on this terminal");
		s = copy_begin(
			PLAIN, settings, (const char *[]){"-s", "none", number(getpid()), NULL});
		copy_await(&s, "quit");
		copy_press(&s, "q");
		assert_int_equal(copy_finish(&s), 0);
		textbuf_free(&s.said);
	}
}

static void they_read_no_description_of_a_terminal_of_ours(void **state)
{
	(void)state;
	copies_need();
	if (!describe_terminal()) {
		print_message("no description of xterm was found\n");
		skip();
	}
	for_each_raised(read_no_terminal);
}

/* Ended by a signal of its caller's: the terminal is as it was, and no core file lies about. */
static void end_by(enum way way, int number_of_signal)
{
	struct session s = copy_begin(way, (const char *[]){"TERM=xterm", NULL},
		(const char *[]){"-s", "none", number(watched), NULL});
	struct termios before, after;
	int status;

	assert_int_equal(tcgetattr(launch_fd(s.launch), &before), 0);
	before.c_lflag |= ICANON | ECHO; /* it may have begun already */
	copy_await(&s, "quit");
	assert_int_equal(kill(launch_pid(s.launch), number_of_signal), 0);
	status = copy_end(&s);
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

	assert_int_equal(chdir(copies_path("own")), 0);
	end_by(way, SIGTERM);
	end_by(way, SIGHUP);
	end_by(way, SIGSEGV);
}

static void their_terminal_is_as_it_was_however_they_end(void **state)
{
	(void)state;
	for_each_raised(end_in_good_order);
}

/* An ordinary user's id is what such a copy was given; it is lent as little as root's rights. */
static void keep_the_id(void *context)
{
	enum way way = *(enum way *)context;
	struct session s = copy_begin(way, (const char *[]){"TWINTOP_DENY=nonsense", NULL},
		(const char *[]){"--json", "-n", "0", "-s", "none", number(getpid()), NULL});
	const char *key = way == TO_A_USER ? "Uid" : "Gid";
	char path[64], ids[64];
	struct textbuf status = {0};

	copy_await(&s, "\"schema\"");
	snprintf(path, sizeof path, "/proc/%d/status", (int)launch_pid(s.launch));
	snprintf(ids, sizeof ids, "%s:\t%d\t%d\t", key, NOBODY, ANOTHER);
	read_file(path, &status);
	assert_non_null(strstr(status.bytes, ids));
	assert_non_null(strstr(status.bytes, "CapPrm:\t0000000000000000\n"));
	textbuf_free(&status);
	launch_free(s.launch);
	textbuf_free(&s.said);
	copy_expect(way, NULL, (const char *[]){"--once", "--", "/bin/sh", NULL}, 1,
		"starts no programs");
	copy_expect(way, NULL,
		(const char *[]){"--log", copies_path("own/log"), "--once", number(getpid()), NULL},
		2, "writes no files");
}

static void the_id_of_an_ordinary_user_is_kept_and_not_lent(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	print_message("a sanitizer cannot look for leaks of who keeps another's id\n");
	skip();
#endif
	copies_need();
	for (enum way way = ROOTS; way < WAYS; way++)
		as_nobody(keep_the_id, &way);
}

/* With fewer rights root sees as much: of each kind of channel as many as the two find themselves.
 */
struct channels {
	pid_t a, b;
	size_t n; /* in memory that processes share */
};

static void count_channels(void *context)
{
	struct channels *c = context;
	json_t *sample = sample_of(c->a, c->b);

	c->n = json_array_size(json_object_get(json_object_get(sample, "pair"), "channels"));
	json_decref(sample);
}

static void root_sees_all_channels_of_another_user(void **state)
{
	struct specimen *s = specimen_start_as_nobody("channels", NULL);
	struct channels *c =
		mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t seen;

	(void)state;
	assert_true(c != MAP_FAILED);
	c->a = specimen_pid(s);
	c->b = (pid_t)specimen_number(s, "child");
	count_channels(c);
	seen = c->n;
	as_nobody(count_channels, c);
	assert_true(c->n > 0);
	assert_int_equal(seen, c->n);
	munmap(c, sizeof *c);
	specimen_stop(s);
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
		cmocka_unit_test(the_id_of_an_ordinary_user_is_kept_and_not_lent),
		cmocka_unit_test(their_terminal_is_as_it_was_however_they_end),
		cmocka_unit_test(root_sees_all_channels_of_another_user),
		cmocka_unit_test(root_gives_up_what_reading_and_saving_do_not_take),
		cmocka_unit_test(what_root_starts_has_all_its_rights),
	};

	return live_run(tests, copies_make, copies_remove);
}
