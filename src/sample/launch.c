/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/sample/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/base/privilege.h"
#include "twintop/base/text.h"
#include "twintop/base/vec.h"
#include "twintop/proc/nspid.h"
#include "twintop/sample/limits.h"

#define GRACE_NS      500000000u
#define GRACE_STEP_NS 5000000u
#define KILLED_NS     100000000u /* what is frozen or traced may not even die of SIGKILL */

#define STEPS_VARIABLE "TWINTOP_STEPS="
#define STEPS_ROOM     (sizeof STEPS_VARIABLE + 1)

extern char **environ;

struct launch {
	pid_t pid;
	pid_t number; /* as /proc counts it */
	int master;
	int gate;    /* a byte lets the child exec; its end makes a held child exit; -1: released */
	int steps;   /* our end of the channel that steps come by; -1: none */
	int verdict; /* the child's errno when exec failed, end of file when it went well */
	bool ended;
	int status;
};

/* What the child needs, made before fork: after it only async-signal-safe calls are sound. */
struct plan {
	char *path;
	char *const *argv;
	char **environment;
	int slave;
	bool fed; /* its standard input is ours */
	int gate[2], verdict[2];
	int steps[2];	   /* a pair of sockets, its own end the second; -1: none */
	char *steps_digit; /* in its environment: the number of that end */
};

static int try_file(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENODEV;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) ? -EACCES : 0;
}

int launch_find(const char *name, char **ret_path)
{
	const char *at = getenv("PATH");
	struct textbuf path = {0};
	int error = -ENOENT;

	if (privilege_raised())
		return -EPERM;
	if (strchr(name, '/')) {
		error = try_file(name);
		if (!error)
			*ret_path = mem_copy(name);
		return error == -ENOENT || error == -ENOTDIR ? -ENOENT : error;
	}
	if (!at)
		at = "/bin:/usr/bin";
	for (size_t len; *name; at += len + 1) {
		int found;

		len = strcspn(at, ":");
		textbuf_clear(&path);
		textbuf_addf(&path, "%.*s/%s", len ? (int)len : 1, len ? at : ".", name);
		found = try_file(path.bytes);
		if (found == 0) {
			*ret_path = path.bytes;
			return 0;
		}
		/* What is not executable is worth more of a word than a folder of that name. */
		if (found == -EACCES || (found != -ENOTDIR && error == -ENOENT))
			error = found;
		if (!at[len])
			break;
	}
	textbuf_free(&path);
	return error;
}

/* What tells of the terminal that we are on, or of our own launcher, not of the program's. */
static bool is_of_terminal(const char *variable)
{
	static const char *const name[] = {
		"TERM=", "COLORTERM=", "LINES=", "COLUMNS=", "TERMCAP=", STEPS_VARIABLE};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (!strncmp(variable, name[i], strlen(name[i])))
			return true;
	return false;
}

/* Our environment with another terminal and where steps are told; the other strings stay the
 * environment's. */
static char **program_environment(char *term, char *steps)
{
	VEC(char *) list = {0};

	for (char **e = environ; *e; e++)
		if (!is_of_terminal(*e))
			VEC_PUSH(&list, *e);
	VEC_PUSH(&list, term);
	if (*steps)
		VEC_PUSH(&list, steps);
	VEC_PUSH(&list, NULL);
	return list.item;
}

_Noreturn static void child_fail(const struct plan *plan, int error)
{
	ssize_t done = write(plan->verdict[1], &error, sizeof error);

	_exit(done == (ssize_t)sizeof error ? 127 : 126);
}

static void child_signals(void)
{
	static const unsigned long default_action[8]; /* the kernel's struct: all zero is SIG_DFL */
	sigset_t none;

	/* Not through sigaction(3), which will not touch the two signals that libc keeps for
	 * itself. */
	for (int i = 1; i <= 64; i++)
		syscall(SYS_rt_sigaction, i, default_action, NULL, sizeof(uint64_t));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Its end of the channel gets a number of one digit, which any shell can name. */
static void child_steps(const struct plan *plan)
{
	int fd = 3;

	while (fd == plan->gate[0] || fd == plan->verdict[1] || fd == plan->slave)
		fd++;
	/* Onto itself it would stay closed on exec. */
	if (fd == plan->steps[1] ? fcntl(fd, F_SETFD, 0) : dup2(plan->steps[1], fd) < 0)
		child_fail(plan, errno);
	*plan->steps_digit = (char)('0' + fd);
}

/* The child: a session and terminal of its own, then it waits at the gate. */
_Noreturn static void child_main(const struct plan *plan)
{
	char go;
	ssize_t n;

	close(plan->gate[1]);
	if (plan->steps[1] >= 0)
		child_steps(plan);
	child_signals();
	setsid();
	if (ioctl(plan->slave, TIOCSCTTY, 0))
		child_fail(plan, errno);
	for (int fd = plan->fed; fd < 3; fd++)
		if (dup2(plan->slave, fd) < 0)
			child_fail(plan, errno);
	limits_restore();
	/* Seen before the exec it goes by the name that it has after it. */
	prctl(PR_SET_NAME, strrchr(plan->path, '/') ? strrchr(plan->path, '/') + 1 : plan->path);
	do
		n = read(plan->gate[0], &go, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(126);
	execve(plan->path, plan->argv, plan->environment);
	child_fail(plan, errno);
}

/* A pty: *ret_master is non-blocking; neither end outlives an exec of ours. */
static int open_pty(unsigned columns, unsigned rows, int *ret_master, int *ret_slave)
{
	struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int error, slave = -1;
	char name[64];

	if (master < 0)
		return -errno;
	if (!grantpt(master) && !unlockpt(master) && !ptsname_r(master, name, sizeof name))
		slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || fcntl(master, F_SETFL, O_NONBLOCK)) {
		error = -errno;
		close(master);
		if (slave >= 0)
			close(slave);
		return error;
	}
	ioctl(slave, TIOCSWINSZ, &size);
	*ret_master = master;
	*ret_slave = slave;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The channel that steps come by, and the variable by which the child learns of its end. */
static int open_steps(struct plan *plan, char variable[STEPS_ROOM])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, plan->steps))
		return -errno;
	memcpy(variable, STEPS_VARIABLE "0", STEPS_ROOM);
	plan->steps_digit = variable + STEPS_ROOM - 2;
	return 0;
}

/* Pipes and fork; what the parent does not need is closed by the caller. */
static int start_child(struct plan *plan, struct launch *l)
{
	pid_t pid;

	if (pipe2(plan->gate, O_CLOEXEC) || pipe2(plan->verdict, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_main(plan);
	l->pid = l->number = pid;
	l->gate = plan->gate[1];
	l->verdict = plan->verdict[0];
	l->steps = plan->steps[0];
	plan->gate[1] = plan->verdict[0] = plan->steps[0] = -1;
	return 0;
}

static int start(char *const argv[], const char *term, unsigned columns, unsigned rows, bool steps,
	bool fed, struct launch **ret_launch)
{
	struct plan plan = {.argv = argv,
		.slave = -1,
		.fed = fed,
		.gate = {-1, -1},
		.verdict = {-1, -1},
		.steps = {-1, -1}};
	char channel[STEPS_ROOM] = "";
	struct launch *l = mem_alloc(sizeof *l);
	struct textbuf variable = {0};
	int error;

	*l = (struct launch){.master = -1, .gate = -1, .verdict = -1, .steps = -1};
	error = launch_find(argv[0], &plan.path);
	if (error)
		goto out;
	error = open_pty(columns, rows, &l->master, &plan.slave);
	if (error)
		goto out;
	error = steps ? open_steps(&plan, channel) : 0;
	if (error)
		goto out;
	textbuf_addf(&variable, "TERM=%s", term);
	plan.environment = program_environment(variable.bytes, channel);
	error = start_child(&plan, l);
out:
	for (int i = 0; i < 2; i++) {
		close_fd(&plan.gate[i]);
		close_fd(&plan.verdict[i]);
		close_fd(&plan.steps[i]);
	}
	close_fd(&plan.slave);
	free(plan.environment);
	textbuf_free(&variable);
	free(plan.path);
	if (error)
		launch_free(l);
	else
		*ret_launch = l;
	return error;
}

int launch_look_up(struct launch *l, const struct proc_root *root)
{
	pid_t number = nspid_child(root, l->pid);

	if (!number)
		return -EXDEV;
	l->number = number;
	return 0;
}

int launch_start(char *const argv[], const char *term, unsigned columns, unsigned rows,
	struct launch **ret_launch)
{
	return start(argv, term, columns, rows, false, false, ret_launch);
}

int launch_start_stepped(char *const argv[], const char *term, unsigned columns, unsigned rows,
	struct launch **ret_launch)
{
	return start(argv, term, columns, rows, true, false, ret_launch);
}

int launch_start_fed(char *const argv[], const char *term, unsigned columns, unsigned rows,
	struct launch **ret_launch)
{
	return start(argv, term, columns, rows, true, true, ret_launch);
}

pid_t launch_pid(const struct launch *l)
{
	return l->number;
}

int launch_fd(const struct launch *l)
{
	return l->master;
}

int launch_release(struct launch *l)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int error = 0;
	ssize_t n;

	if (l->gate < 0)
		return -EINVAL;
	/* A child that was killed at the gate must not take us along. */
	sigaction(SIGPIPE, &ignore, &before);
	n = write(l->gate, "", 1);
	sigaction(SIGPIPE, &before, NULL);
	close_fd(&l->gate);
	if (n != 1)
		return -ECHILD;
	do
		n = read(l->verdict, &error, sizeof error);
	while (n < 0 && errno == EINTR);
	close_fd(&l->verdict);
	return n == (ssize_t)sizeof error ? -error : 0;
}

int launch_steps(const struct launch *l)
{
	return l->steps;
}

int launch_go(struct launch *l)
{
	static const char go[] = "go\n";

	if (l->steps < 0)
		return -ENOENT;
	return send(l->steps, go, sizeof go - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

bool launch_reap(struct launch *l, int *ret_status)
{
	if (!l->ended && waitpid(l->pid, &l->status, WNOHANG) == l->pid)
		l->ended = true;
	if (l->ended)
		*ret_status = l->status;
	return l->ended;
}

/* Waits for the end without reaping: the zombie keeps the number of its process group. */
static bool gone_within(pid_t pid, uint64_t ns)
{
	uint64_t until = clock_monotonic_ns() + ns;
	siginfo_t info = {0};

	while (!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && !info.si_pid) {
		if (clock_monotonic_ns() >= until)
			return false;
		clock_sleep_ns(GRACE_STEP_NS);
	}
	return true;
}

void launch_free(struct launch *l)
{
	if (!l)
		return;
	close_fd(&l->gate);
	close_fd(&l->verdict);
	close_fd(&l->master);
	close_fd(&l->steps);
	if (l->pid && !l->ended) {
		if (!gone_within(l->pid, GRACE_NS))
			kill(l->pid, SIGKILL);
		kill(-l->pid, SIGKILL);
		gone_within(l->pid, KILLED_NS);
		waitpid(l->pid, &l->status, WNOHANG);
	}
	free(l);
}
