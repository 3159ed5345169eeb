/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we tell of processes whose identity, relations and ending are known. */
#include <errno.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "twintop/proc/caps.h"
#include "twintop/proc/commands.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/libproc.h"

static struct proc_root *root;
static struct process_reader *reader;

static int begin(void **state)
{
	(void)state;
	return proc_root_open(NULL, &root) || process_reader_new(root, &reader);
}

static int end(void **state)
{
	(void)state;
	process_reader_free(reader);
	proc_root_close(root);
	return 0;
}

static const struct process_info *read_process(pid_t pid)
{
	const struct process_info *info = NULL;

	assert_int_equal(process_read(reader, pid, pid, NEED_ALL, NULL, &info), 0);
	assert_non_null(info);
	return info;
}

static void assert_text(struct text t, const char *bytes)
{
	assert_int_equal(t.len, strlen(bytes));
	assert_memory_equal(t.bytes, bytes, t.len);
}

static const char *own_name(void)
{
	static char name[16];

	prctl(PR_GET_NAME, name);
	return name;
}

static void ourselves(void **state)
{
	const struct process_info *info = read_process(getpid());
	struct stat ns, ours, told;

	(void)state;
	assert_int_equal(info->part.state, VALUE_KNOWN);
	for (int i = 0; i < PROCESS_SOURCES; i++)
		assert_int_equal(info->source[i], VALUE_KNOWN);
	assert_int_equal(info->id.pid, getpid());
	assert_int_equal(info->ppid, getppid());
	assert_int_equal(info->pgrp, getpgrp());
	assert_int_equal(info->session, getsid(0));
	assert_int_equal(info->uid, getuid());
	assert_int_equal(info->egid, getegid());
	assert_int_equal(info->threads, 1);
	assert_int_equal(info->state, 'R');
	assert_false(info->kernel_thread);
	assert_false(info->exit_known);
	assert_int_equal(stat("/proc/self/exe", &ours), 0);
	assert_int_equal(stat(info->exe.bytes, &told), 0);
	assert_int_equal(told.st_ino, ours.st_ino);
	assert_text(info->comm, own_name());
	assert_true(info->cmdline_n > 0);
	assert_text(text_basename(info->cmdline[info->cmdline_n - 1]), "test_process");
	assert_true(info->vm_bytes > info->rss_bytes);
	assert_int_equal(info->rss_bytes,
		info->rss_anon_bytes + info->rss_file_bytes + info->rss_shmem_bytes);
	assert_true(info->page_table_bytes > 0 && info->stack_bytes > 0 && info->read_bytes > 0);
	assert_int_equal(stat("/proc/self/ns/mnt", &ns), 0);
	assert_int_equal(info->namespace_inode[NAMESPACE_MNT], ns.st_ino);
	part_put(info);
}

static void another_start_time_is_another_process(void **state)
{
	const struct process_info *first = read_process(getpid()), *second = NULL;
	struct process_info other;

	(void)state;
	assert_int_equal(process_read(reader, getpid(), getpid(), NEED_ALL, first, &second), 0);
	part_put(second);
	/* The same PID with another start time: whom we read before is gone. */
	other = *first;
	other.id.start_ticks++;
	assert_int_equal(process_read(reader, getpid(), getpid(), NEED_ALL, &other, &second), 0);
	assert_int_equal(second->part.state, VALUE_GONE);
	assert_int_equal(second->part.error, -ESRCH);
	part_put(second);
	part_put(first);
}

static void hostile_names_stay_raw_bytes(void **state)
{
	static const char hostile[] = "\x1b]0;owned\x07\n\xc3\x28";
	struct specimen *s = specimen_start("process", "names", hostile, "", "-", NULL);
	const struct process_info *info = read_process(specimen_pid(s));

	(void)state;
	assert_text(info->comm, "a\x1b[1m\n\xff) b");
	assert_int_equal(info->cmdline_n, 5);
	assert_text(info->cmdline[1], "names");
	assert_text(info->cmdline[2], hostile);
	assert_text(info->cmdline[3], "");
	assert_text(info->cmdline[4], "-");
	assert_text(text_basename(info->exe), "sp_process");
	part_put(info);
	specimen_stop(s);
}

/* NULs behind a title are no arguments; behind arguments they are, whoever looks. */
static void check_titles(void *context)
{
	const struct specimen *const *s = context;
	const struct process_info *info = read_process(specimen_pid(s[0]));

	assert_int_equal(info->cmdline_n, 1);
	assert_text(info->cmdline[0], "worker: idle");
	part_put(info);
	info = read_process(specimen_pid(s[1]));
	assert_int_equal(info->cmdline_n, 5);
	assert_text(info->cmdline[1], "plain");
	assert_text(info->cmdline[2], "");
	assert_text(info->cmdline[4], "");
	part_put(info);
	info = read_process(specimen_pid(s[2]));
	assert_int_equal(info->cmdline_n, 3);
	assert_text(info->cmdline[2], "");
	part_put(info);
}

static void a_title_is_one_argument(void **state)
{
	struct specimen *s[] = {
		specimen_start_as_nobody("process", "title", "worker: idle", "a", "", "b", NULL),
		specimen_start_as_nobody("process", "plain", "", "", "", NULL),
		specimen_start_as_nobody("process", "plain", "", NULL)};

	(void)state;
	check_titles(s);
	as_nobody(check_titles, s);
	for (size_t i = 0; i < 3; i++)
		specimen_stop(s[i]);
}

static bool has_child(const struct process_info *info, pid_t pid)
{
	for (size_t i = 0; i < info->children_n; i++)
		if (info->children[i] == pid)
			return true;
	return false;
}

static void children_of_every_thread_are_found(void **state)
{
	struct specimen *s = specimen_start("process", "family", NULL);
	const struct process_info *info = read_process(specimen_pid(s));
	const struct process_list *list = NULL;
	struct identity i;
	pid_t nearest;

	(void)state;
	if (info->source[PROCESS_CHILDREN] == VALUE_UNSUPPORTED) {
		print_message("skipped: this kernel has no task/TID/children\n");
		part_put(info);
		specimen_stop(s);
		skip();
	}
	assert_int_equal(info->source[PROCESS_CHILDREN], VALUE_KNOWN);
	assert_int_equal(info->threads, 2);
	assert_int_equal(info->children_n, 2);
	assert_true(has_child(info, (pid_t)specimen_number(s, "child")));
	assert_true(has_child(info, (pid_t)specimen_number(s, "thread_child")));
	part_put(info);
	assert_int_equal(identity_open(root, (pid_t)specimen_number(s, "tid"), &i), 0);
	assert_int_equal(i.id.pid, specimen_pid(s));
	identity_close(&i);
	assert_int_equal(process_list_read(reader, NULL, &list), 0);
	assert_int_equal(
		process_nearest(root, list, (pid_t)specimen_number(s, "child")), specimen_pid(s));
	assert_int_equal(
		process_nearest_find(root, (pid_t)specimen_number(s, "child"), &nearest), 0);
	assert_int_equal(nearest, specimen_pid(s));
	assert_int_equal(process_nearest_find(root, specimen_pid(s), &nearest), 0);
	assert_int_equal(nearest, process_nearest(root, list, specimen_pid(s)));
	part_put(list);
	specimen_stop(s);
}

/* More threads than processes: children are found the other way round, and not at every read. */
static void a_crowd_of_threads_has_its_child(void **state)
{
	struct specimen *s;
	const struct process_info *first, *second = NULL;
	struct stat proc;
	char threads[32];

	(void)state;
	assert_int_equal(stat("/proc", &proc), 0);
	if (proc.st_nlink > 3000) {
		print_message("skipped: too many processes to have more threads than these\n");
		skip();
	}
	snprintf(threads, sizeof threads, "%d", (int)proc.st_nlink + 300);
	s = specimen_start("process", "crowd", threads, NULL);
	first = read_process(specimen_pid(s));
	assert_int_equal(first->threads, proc.st_nlink + 301);
	assert_int_equal(first->children_n, 1);
	assert_int_equal(first->children[0], specimen_number(s, "thread_child"));
	assert_int_equal(
		process_read(reader, specimen_pid(s), specimen_pid(s), NEED_ALL, first, &second),
		0);
	assert_true(value_state_has_value(second->source[PROCESS_CHILDREN]));
	assert_int_equal(second->children_n, 1);
	assert_int_equal(second->children[0], first->children[0]);
	part_put(first);
	part_put(second);
	specimen_stop(s);
}

static void signal_sets_are_masks(void **state)
{
	struct specimen *s = specimen_start("process", "signals", NULL);
	const struct process_info *info = read_process(specimen_pid(s));

	(void)state;
	assert_int_equal(info->source[PROCESS_SIGNALS], VALUE_KNOWN);
	assert_true(info->signals_caught & 1ull << (SIGUSR1 - 1));
	assert_true(info->signals_ignored & 1ull << (SIGUSR2 - 1));
	assert_int_equal(info->signals_blocked, 1ull << (SIGTERM - 1));
	assert_int_equal(info->signals_pending, 1ull << (SIGTERM - 1));
	part_put(info);
	specimen_stop(s);
}

static void credentials_are_told_apart(void **state)
{
	struct specimen *s = specimen_start("process", "credentials", NULL);
	const struct process_info *info = read_process(specimen_pid(s));

	(void)state;
	assert_int_equal(info->uid, specimen_number(s, "uid"));
	assert_int_equal(info->euid, specimen_number(s, "euid"));
	assert_int_equal(info->gid, specimen_number(s, "gid"));
	assert_int_equal(info->egid, specimen_number(s, "egid"));
	part_put(info);
	specimen_stop(s);
}

/* ---- endings ------------------------------------------------------------- */

static void assert_zombie(pid_t pid, int status)
{
	const struct process_info *info = read_process(pid);

	assert_int_equal(info->part.state, VALUE_KNOWN);
	assert_int_equal(info->state, 'Z');
	assert_true(info->exit_known);
	assert_int_equal(info->exit_code, status);
	assert_int_equal(info->source[PROCESS_CMDLINE], VALUE_NONE);
	assert_int_equal(info->source[PROCESS_EXE], VALUE_NONE);
	assert_int_equal(info->source[PROCESS_STAT], VALUE_KNOWN);
	assert_text(info->comm, "sp_process");
	part_put(info);
}

static void assert_gone(pid_t pid)
{
	const struct process_info *info = read_process(pid);

	assert_int_equal(info->part.state, VALUE_GONE);
	assert_int_equal(info->part.error, -ESRCH);
	for (int i = 0; i < PROCESS_SOURCES; i++)
		assert_int_equal(info->source[i], VALUE_GONE);
	part_put(info);
}

/* A child ends in the way that command says, is a zombie, then reaped. */
static void watch_ending(const char *command, int status)
{
	struct specimen *s = specimen_start("process", "ending", NULL);
	struct ending ending = {0};
	struct identity i;
	pid_t child;

	specimen_say(s, "start");
	child = (pid_t)specimen_number(s, "child");
	assert_int_equal(identity_open(root, child, &i), 0);
	assert_int_equal(identity_alive(root, &i, &ending), 1);
	assert_false(ending.ended);
	specimen_say(s, command);
	assert_int_equal(identity_alive(root, &i, &ending), 0);
	assert_true(ending.ended && ending.status_known && ending.seen_ns);
	assert_int_equal(ending.status, status);
	assert_non_null(ending.source);
	assert_zombie(child, status);
	specimen_say(s, "reap");
	assert_gone(child);
	assert_int_equal(identity_alive(root, &i, &ending), 0);
	if (ending.status_known) {
		assert_int_equal(ending.status, status);
		assert_string_equal(ending.source, "PIDFD_GET_INFO");
	} else {
		print_message("not tested: PIDFD_INFO_EXIT needs Linux 6.15\n");
	}
	identity_close(&i);
	specimen_stop(s);
}

static void an_exit_code_outlives_the_zombie(void **state)
{
	(void)state;
	watch_ending("exit", 7 << 8);
}

static void so_does_the_signal_that_killed(void **state)
{
	(void)state;
	watch_ending("kill", SIGKILL);
}

static void a_process_lives_on_without_its_main_thread(void **state)
{
	struct specimen *s = specimen_start("process", "leaderless", NULL);
	const struct process_info *info = read_process(specimen_pid(s));
	struct ending ending;
	struct identity i, without;

	(void)state;
	assert_int_equal(info->state, 'Z');
	assert_int_equal(info->threads, 2);
	assert_false(info->exit_known);
	part_put(info);
	assert_int_equal(identity_open(root, specimen_pid(s), &i), 0);
	assert_int_equal(identity_alive(root, &i, &ending), 1);
	without = i;
	without.pidfd = -1;
	assert_int_equal(identity_alive(root, &without, &ending), 1);
	identity_close(&i);
	specimen_stop(s);
}

static pid_t fork_idle(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(120);
	for (;;)
		pause();
}

static void kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Asks the kernel for that PID next; another process may be faster. 0: it cannot be had. */
static pid_t fork_with_pid(pid_t wanted)
{
	for (int i = 0; i < 50; i++) {
		FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "w");
		bool set = last && fprintf(last, "%d", wanted - 1) > 0;
		pid_t pid;

		if (last)
			set = fclose(last) == 0 && set;
		if (!set)
			return 0;
		pid = fork_idle();
		if (pid == wanted)
			return pid;
		kill_and_reap(pid);
	}
	return 0;
}

static void a_reused_pid_fools_nobody(void **state)
{
	const struct process_info *first, *second = NULL;
	struct timespec some_ticks = {0, 50000000};
	struct identity held, without;
	struct ending ending;
	pid_t pid = fork_idle(), again;

	(void)state;
	assert_int_equal(identity_open(root, pid, &held), 0);
	first = read_process(pid);
	nanosleep(&some_ticks, NULL);
	kill_and_reap(pid);
	again = fork_with_pid(pid);
	if (again) {
		without = held;
		without.pidfd = -1;
		assert_int_equal(identity_alive(root, &held, &ending), 0);
		assert_true(!ending.status_known || ending.status == SIGKILL);
		assert_int_equal(identity_alive(root, &without, &ending), 0);
		assert_false(ending.status_known);
		assert_int_equal(process_read(reader, pid, pid, NEED_ALL, first, &second), 0);
		assert_int_equal(second->part.state, VALUE_GONE);
		part_put(second);
		kill_and_reap(again);
	}
	identity_close(&held);
	part_put(first);
	if (!again) {
		print_message("skipped: no right to choose a PID (ns_last_pid)\n");
		skip();
	}
}

/* ---- others' ------------------------------------------------------------- */

static void a_kernel_thread(void **state)
{
	const struct process_info *info = read_process(2);

	(void)state;
	if (info->part.state != VALUE_KNOWN || !info->kernel_thread) {
		part_put(info);
		print_message("skipped: kernel threads are not visible here\n");
		skip();
	}
	assert_text(info->comm, "kthreadd");
	assert_int_equal(info->ppid, 0);
	assert_int_equal(info->source[PROCESS_CMDLINE], VALUE_NONE);
	assert_int_equal(info->source[PROCESS_EXE], VALUE_NONE);
	assert_int_equal(info->cmdline_n, 0);
	assert_int_equal(info->vm_bytes, 0);
	part_put(info);
}

static void process_one(void **state)
{
	const struct process_info *info = read_process(1);
	struct identity i;

	(void)state;
	assert_int_equal(info->part.state, VALUE_KNOWN);
	assert_int_equal(info->id.pid, 1);
	assert_int_equal(info->ppid, 0);
	assert_true(info->comm.len > 0);
	assert_true(info->source[PROCESS_EXE] == VALUE_KNOWN ||
		    info->source[PROCESS_EXE] == VALUE_DENIED);
	part_put(info);
	assert_int_equal(identity_open(root, 1, &i), 0);
	assert_int_equal(i.id.pid, 1);
	identity_close(&i);
}

struct strangers {
	pid_t alive, zombie;
};

static void read_strangers(void *context)
{
	static const enum process_source hidden[] = {PROCESS_EXE, PROCESS_IO, PROCESS_NAMESPACES};
	const struct strangers *strangers = context;
	const struct process_info *info = read_process(strangers->alive);
	struct identity i;
	struct ending ending;

	assert_int_equal(info->part.state, VALUE_KNOWN);
	for (size_t n = 0; n < sizeof hidden / sizeof hidden[0]; n++)
		assert_int_equal(info->source[hidden[n]], VALUE_DENIED);
	assert_int_equal(info->source[PROCESS_STAT], VALUE_KNOWN);
	assert_int_equal(info->source[PROCESS_STATUS], VALUE_KNOWN);
	assert_int_equal(info->source[PROCESS_CMDLINE], VALUE_KNOWN);
	assert_int_equal(info->exe.len, 0);
	assert_int_equal(info->uid, 0);
	part_put(info);

	/* Its exit code reads as 0 to us: that must come out as unknown. */
	info = read_process(strangers->zombie);
	assert_int_equal(info->state, 'Z');
	assert_false(info->exit_known);
	part_put(info);
	assert_int_equal(identity_open(root, strangers->zombie, &i), 0);
	assert_int_equal(identity_alive(root, &i, &ending), 0);
	assert_false(ending.status_known);
	identity_close(&i);
}

static void another_users_process_hides_what_it_may(void **state)
{
	struct strangers strangers;
	struct specimen *s;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can become another user\n");
		skip();
	}
	s = specimen_start("process", "ending", NULL);
	specimen_say(s, "start");
	specimen_say(s, "exit");
	strangers = (struct strangers){specimen_pid(s), (pid_t)specimen_number(s, "child")};
	as_nobody(read_strangers, &strangers);
	specimen_stop(s);
}

static void probe_as_ordinary_user(void *context)
{
	struct access access;

	(void)context;
	denied_probe(root, NULL, &access);
	assert_int_equal(access.state[ACCESS_PAGEMAP], VALUE_KNOWN);
	assert_int_equal(access.state[ACCESS_FRAMES], VALUE_DENIED);
	assert_int_equal(access.state[ACCESS_KERNEL_STACK], VALUE_DENIED);
	assert_int_equal(access.state[ACCESS_PAGE_COUNT], VALUE_DENIED);
	assert_int_equal(access.state[ACCESS_PAGE_FLAGS], VALUE_DENIED);
	assert_int_equal(caps_zero_frame(root, &access), 0);
}

static void an_ordinary_user_has_no_frames(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	as_nobody(probe_as_ordinary_user, NULL);
}

/* ---- the list ------------------------------------------------------------ */

static const struct process_entry *entry_of(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id.pid == pid)
			return &list->entry[i];
	fail_msg("%d is not in the list", (int)pid);
	return NULL;
}

static void the_list_holds_everybody_by_pid(void **state)
{
	struct specimen *s = specimen_start("process", "names", "x\ny", NULL);
	const struct process_list *list = NULL;
	const struct process_entry *e;
	struct commands *commands = commands_new();
	struct identity i;

	(void)state;
	assert_int_equal(process_list_read(reader, commands, &list), 0);
	assert_int_equal(list->part.state, VALUE_KNOWN);
	assert_int_equal(entry_of(list, specimen_pid(s))->command_state, VALUE_UNREAD);
	part_put(list);
	while (commands_wanted(commands) && commands_read(commands, root, 100000000u))
		continue;
	assert_int_equal(process_list_read(reader, commands, &list), 0);
	for (size_t n = 1; n < list->n; n++)
		assert_true(list->entry[n - 1].id.pid < list->entry[n].id.pid);
	e = entry_of(list, specimen_pid(s));
	assert_text(e->comm, "a\x1b[1m\n\xff) b");
	assert_true(text_has_suffix(e->command, "sp_process names x\ny"));
	assert_int_equal(e->ppid, getpid());
	assert_int_equal(e->uid, geteuid());
	assert_int_equal(e->threads, 1);
	assert_true(e->rss_bytes > 0 && e->rss_bytes % 4096 == 0);
	assert_int_equal(identity_open(root, specimen_pid(s), &i), 0);
	assert_int_equal(e->id.start_ticks, i.id.start_ticks);
	identity_close(&i);
	e = entry_of(list, getpid());
	assert_text(e->comm, own_name());
	part_put(list);
	commands_put(commands);
	specimen_stop(s);
}

static void nobody_at_that_number(void **state)
{
	(void)state;
	assert_gone(2147483647);
	assert_gone(0);
	assert_gone(-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ourselves),
		cmocka_unit_test(another_start_time_is_another_process),
		cmocka_unit_test(hostile_names_stay_raw_bytes),
		cmocka_unit_test(a_title_is_one_argument),
		cmocka_unit_test(children_of_every_thread_are_found),
		cmocka_unit_test(a_crowd_of_threads_has_its_child),
		cmocka_unit_test(signal_sets_are_masks),
		cmocka_unit_test(credentials_are_told_apart),
		cmocka_unit_test(an_exit_code_outlives_the_zombie),
		cmocka_unit_test(so_does_the_signal_that_killed),
		cmocka_unit_test(a_process_lives_on_without_its_main_thread),
		cmocka_unit_test(a_reused_pid_fools_nobody),
		cmocka_unit_test(a_kernel_thread),
		cmocka_unit_test(process_one),
		cmocka_unit_test(another_users_process_hides_what_it_may),
		cmocka_unit_test(an_ordinary_user_has_no_frames),
		cmocka_unit_test(the_list_holds_everybody_by_pid),
		cmocka_unit_test(nobody_at_that_number),
	};

	return live_run(tests, begin, end);
}
