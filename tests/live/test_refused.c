/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a thread may not be held is told as it is: a filter that refuses ptrace(2) to ourselves,
 * Yama, or that its owner is another. Yama is a file's word here, and a filter does as it would.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "twintop/base/text.h"
#include "twintop/model/backtraces.h"
#include "twintop/proc/hold.h"

#define CANNOT 77 /* the child's status: what it needs is not to be had here */

/* ptrace(2) is refused: always, or only of that one process. */
static bool refuse(pid_t pid)
{
	const unsigned any = pid ? 0 : 2; /* instructions that are left out */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, (unsigned char)any, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)pid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* In mounts of our own alone. */
static bool say_scope(const char *scope)
{
	static const char path[] = "/proc/sys/kernel/yama/ptrace_scope";
	int fd;
	bool said;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("none", "/proc/sys/kernel", "tmpfs", 0, NULL) ||
		mkdir("/proc/sys/kernel/yama", 0755))
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	said = fd >= 0 && write(fd, scope, strlen(scope)) == (ssize_t)strlen(scope);
	if (fd >= 0)
		close(fd);
	return said;
}

struct row {
	const char *scope; /* NULL: as it is here */
	bool one;	   /* only the target is refused */
	enum hold_end end;
};

static int child_of(const struct row *row, pid_t target)
{
	struct held *h = mem_alloc(sizeof *h);
	struct proc_root *root;
	enum hold_end end;

	if ((row->scope && !say_scope(row->scope)) || !refuse(row->one ? target : 0))
		return CANNOT;
	if (proc_root_open(NULL, &root))
		return 1;
	end = hold_thread(root, target, target, h);
	if (end != row->end)
		fprintf(stderr, "said: %s\n", hold_end_words(end));
	proc_root_close(root);
	free(h);
	return end != row->end;
}

static void expect(const struct row *row)
{
	pid_t target = fork(), child;
	int status;

	assert_true(target >= 0);
	if (!target) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(child_of(row, target));
	assert_int_equal(waitpid(child, &status, 0), child);
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT) {
		print_message("skipped: needs seccomp filters, and mounts of its own\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_filter_is_named(void **state)
{
	(void)state;
	expect(&(struct row){NULL, false, HOLD_FILTERED});
	/* It is the filter that refuses, whatever Yama would. */
	expect(&(struct row){"1", false, HOLD_FILTERED});
	assert_non_null(strstr(hold_end_words(HOLD_FILTERED), "refused to twintop itself"));
}

static void yama_is_named(void **state)
{
	(void)state;
	expect(&(struct row){"1\n", true, HOLD_YAMA});
	expect(&(struct row){"3\n", true, HOLD_YAMA});
	assert_non_null(strstr(hold_end_words(HOLD_YAMA), "ptrace_scope"));
}

/* Yama lets anybody, or is not there: then it is somebody else's. */
static void nobody_else_is_blamed(void **state)
{
	(void)state;
	expect(&(struct row){"0\n", true, HOLD_DENIED});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_is_named),
		cmocka_unit_test(yama_is_named),
		cmocka_unit_test(nobody_else_is_blamed),
	};

	if (denied_skips(ACCESS_ATTACH))
		return 77;
	return live_run(tests, NULL, NULL);
}
