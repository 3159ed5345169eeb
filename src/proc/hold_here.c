/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds a thread: nothing but what is async-signal-safe. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hold_internal.h"
#include "twintop/base/clock.h"
#include "twintop/model/page.h"
#include "twintop/proc/host.h"

#define SOON_NS	 1000000u /* for so long it is asked again and again whether it has stopped … */
#define PAUSE_NS 1000000  /* … and then with such pauses */
#define PAGES	 (HOLD_STACK / 4096 + 1)

/* ---- what is copied ------------------------------------------------------------ */

/* The registers by DWARF's numbers, as libdw wants them. */
static void take_registers(const struct user_regs_struct *r, struct registers *ret)
{
#if defined __x86_64__
	const uint64_t value[] = {r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi, r->rbp, r->rsp,
		r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};

	memcpy(ret->value, value, sizeof value);
	ret->known = (1u << sizeof value / sizeof *value) - 1;
	ret->pc = r->rip;
#elif defined __aarch64__
	memcpy(ret->value, r->regs, sizeof r->regs);
	ret->value[REGISTER_SP] = r->sp;
	ret->known = UINT32_MAX;
	ret->pc = r->pc;
#else
	(void)r, (void)ret;
#endif
}

/* Those of a smaller machine's program are fewer bytes. 0 or negative errno. */
static int copy_registers(pid_t tid, struct held *ret)
{
	struct user_regs_struct r;
	struct iovec place = {&r, sizeof r};

	ret->registers = (struct registers){0};
	if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &place))
		return -errno;
	if (place.iov_len == sizeof r)
		take_registers(&r, &ret->registers);
	ret->stack_pointer = ret->registers.value[REGISTER_SP];
	return 0;
}

/* So many bytes from the stack pointer on are there, by its pages. */
static size_t count_there(int pagemap, uint64_t at)
{
	uint64_t entry[PAGES], page = host_page_bytes(), first = at / page;
	size_t n = HOLD_STACK / page < PAGES ? HOLD_STACK / page : PAGES, i = 0;
	ssize_t got = pread(pagemap, entry, n * sizeof *entry, (off_t)(first * sizeof *entry));

	n = got > 0 ? (size_t)got / sizeof *entry : 0;
	while (i < n && entry[i] & (PAGE_PRESENT | PAGE_SWAPPED))
		i++;
	return i ? (size_t)((first + i) * page - at) : 0;
}

/* A page that is not there is left so: to read it would bring it in. By the file, as helper.c. */
static void copy_stack(int memory, int pagemap, struct held *ret)
{
	size_t n = ret->registers.known ? count_there(pagemap, ret->stack_pointer) : 0;
	ssize_t got = 1;

	for (ret->stack_n = 0; ret->stack_n < n && got > 0;) {
		got = pread(memory, ret->stack + ret->stack_n, n - ret->stack_n,
			(off_t)(ret->stack_pointer + ret->stack_n));
		ret->stack_n += got > 0 ? (size_t)got : 0;
	}
}

/* ---- the stop ------------------------------------------------------------------ */

/* Whether it has stopped, or ended; 0 or negative errno. */
static int look(pid_t tid, int how, siginfo_t *ret)
{
	ret->si_pid = 0;
	if (waitid(P_PID, (id_t)tid, ret, WSTOPPED | WEXITED | __WALL | how))
		return errno == EINTR ? 0 : errno == ECHILD ? -ESRCH : -errno;
	if (ret->si_pid && ret->si_code != CLD_TRAPPED && ret->si_code != CLD_STOPPED)
		return -ESRCH;
	return 0;
}

/*
 * Waits for its stop; 0 or negative errno. Where others of us may wait for the same process,
 * nothing is taken from them.
 */
static int await(pid_t tid, uint64_t until_ns, siginfo_t *ret)
{
	const struct timespec pause = {0, PAUSE_NS};
	const int how = until_ns ? WNOHANG | WNOWAIT | __WNOTHREAD : 0;
	uint64_t began = clock_monotonic_ns(), now;
	int error;

	while (!(error = look(tid, how, ret)) && !ret->si_pid) {
		now = clock_monotonic_ns();
		if (until_ns && now > until_ns)
			return -ETIMEDOUT;
		if (now - began > SOON_NS)
			nanosleep(&pause, NULL);
	}
	return error;
}

/* A signal that was on its way to it, whose delivery it stopped at, goes on its way. */
static int signal_of(const siginfo_t *stop)
{
	return stop->si_status >> 8 ? 0 : stop->si_status;
}

/* From the wish to stop to its end. */
static int hold(pid_t tid, uint64_t until_ns, int memory, int pagemap, struct held *ret)
{
	uint64_t began = clock_monotonic_ns();
	siginfo_t stop;
	int error;

	/* Refused to who ends: which it is waited for, too. */
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	error = await(tid, until_ns, &stop);
	if (error)
		return error;
	error = copy_registers(tid, ret);
	if (!error)
		copy_stack(memory, pagemap, ret);
	if (ptrace(PTRACE_DETACH, tid, NULL, (void *)(intptr_t)signal_of(&stop)) && !error)
		error = -errno;
	ret->time_ns = clock_monotonic_ns();
	ret->held_ns = ret->time_ns - began;
	return error;
}

/* Its number is its process's still. */
static int seize(const struct proc_root *root, pid_t pid, pid_t tid)
{
	int task = proc_open(root, O_PATH, "%d/task/%d", (int)pid, (int)tid);

	if (task < 0)
		return -ESRCH;
	close(task);
	return ptrace(PTRACE_SEIZE, tid, NULL, NULL) ? -errno : 0;
}

int hold_here(
	const struct proc_root *root, pid_t pid, pid_t tid, uint64_t until_ns, struct held *ret)
{
	int error = seize(root, pid, tid), memory, pagemap;

	if (error)
		return error;
	/* Opened before it stops: that may take long. */
	memory = proc_open(root, O_RDONLY, "%d/mem", (int)pid);
	pagemap = proc_open(root, O_RDONLY, "%d/pagemap", (int)pid);
	error = hold(tid, until_ns, memory, pagemap, ret);
	if (memory >= 0)
		close(memory);
	if (pagemap >= 0)
		close(pagemap);
	return error;
}
