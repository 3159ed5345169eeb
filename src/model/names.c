/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/names.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* signal(7); glibc keeps 32 and 33 for itself, SIGRTMIN is 34. */
static const char *const signal_names[65] = {
	[SIGHUP] = "SIGHUP",
	[SIGINT] = "SIGINT",
	[SIGQUIT] = "SIGQUIT",
	[SIGILL] = "SIGILL",
	[SIGTRAP] = "SIGTRAP",
	[SIGABRT] = "SIGABRT",
	[SIGBUS] = "SIGBUS",
	[SIGFPE] = "SIGFPE",
	[SIGKILL] = "SIGKILL",
	[SIGUSR1] = "SIGUSR1",
	[SIGSEGV] = "SIGSEGV",
	[SIGUSR2] = "SIGUSR2",
	[SIGPIPE] = "SIGPIPE",
	[SIGALRM] = "SIGALRM",
	[SIGTERM] = "SIGTERM",
#ifdef SIGSTKFLT
	[SIGSTKFLT] = "SIGSTKFLT",
#endif
	[SIGCHLD] = "SIGCHLD",
	[SIGCONT] = "SIGCONT",
	[SIGSTOP] = "SIGSTOP",
	[SIGTSTP] = "SIGTSTP",
	[SIGTTIN] = "SIGTTIN",
	[SIGTTOU] = "SIGTTOU",
	[SIGURG] = "SIGURG",
	[SIGXCPU] = "SIGXCPU",
	[SIGXFSZ] = "SIGXFSZ",
	[SIGVTALRM] = "SIGVTALRM",
	[SIGPROF] = "SIGPROF",
	[SIGWINCH] = "SIGWINCH",
	[SIGIO] = "SIGIO",
	[SIGPWR] = "SIGPWR",
	[SIGSYS] = "SIGSYS",
	[32] = "SIGCANCEL",
	[33] = "SIGSETXID",
	[34] = "SIGRTMIN",
	[35] = "SIGRTMIN+1",
	[36] = "SIGRTMIN+2",
	[37] = "SIGRTMIN+3",
	[38] = "SIGRTMIN+4",
	[39] = "SIGRTMIN+5",
	[40] = "SIGRTMIN+6",
	[41] = "SIGRTMIN+7",
	[42] = "SIGRTMIN+8",
	[43] = "SIGRTMIN+9",
	[44] = "SIGRTMIN+10",
	[45] = "SIGRTMIN+11",
	[46] = "SIGRTMIN+12",
	[47] = "SIGRTMIN+13",
	[48] = "SIGRTMIN+14",
	[49] = "SIGRTMIN+15",
	[50] = "SIGRTMAX-14",
	[51] = "SIGRTMAX-13",
	[52] = "SIGRTMAX-12",
	[53] = "SIGRTMAX-11",
	[54] = "SIGRTMAX-10",
	[55] = "SIGRTMAX-9",
	[56] = "SIGRTMAX-8",
	[57] = "SIGRTMAX-7",
	[58] = "SIGRTMAX-6",
	[59] = "SIGRTMAX-5",
	[60] = "SIGRTMAX-4",
	[61] = "SIGRTMAX-3",
	[62] = "SIGRTMAX-2",
	[63] = "SIGRTMAX-1",
	[64] = "SIGRTMAX",
};

const char *signal_name(int number)
{
	return number >= 1 && number <= 64 ? signal_names[number] : NULL;
}

void signal_set_names(struct textbuf *out, uint64_t mask)
{
	int64_t number[64];
	size_t n = signal_set_numbers(mask, number);

	if (!n)
		textbuf_adds(out, "none");
	for (size_t i = 0; i < n; i++)
		textbuf_addf(out, "%s%s", i ? " " : "", signal_name((int)number[i]));
}

size_t signal_set_numbers(uint64_t mask, int64_t out[64])
{
	size_t n = 0;

	for (int i = 0; i < 64; i++)
		if (mask >> i & 1)
			out[n++] = i + 1;
	return n;
}

void wait_status_text(struct textbuf *out, int status)
{
	const char *name;

	if (WIFEXITED(status)) {
		textbuf_addf(out, "exited with %d", WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		name = signal_name(WTERMSIG(status));
		textbuf_addf(out, "killed by %s", name ? name : "an unknown signal");
		if (WCOREDUMP(status))
			textbuf_adds(out, " (core dumped)");
	} else {
		textbuf_addf(out, "ended with status 0x%x", (unsigned)status);
	}
}

static const struct task_state {
	char letter;
	const char *name, *words;
} task_states[] = {
	{'R', "running", "running"},
	{'S', "sleeping", "asleep"},
	{'D', "disk sleep", "waits for disk"},
	{'T', "stopped", "stopped"},
	{'t', "traced", "stopped by a debugger"},
	{'Z', "zombie", "zombie"},
	{'X', "dead", "dead"},
	{'x', "dead", "dead"},
	{'I', "idle", "idle"},
	{'P', "parked", "parked"},
	{'W', "waking", "waking"},
	{'K', "wakekill", "waits, may be killed"},
	{0, "unknown", "unknown"},
};

/* The row of a letter; the last one for what is none. */
static const struct task_state *task_state_of(char state)
{
	const struct task_state *t = task_states;

	while (t->letter && t->letter != state)
		t++;
	return t;
}

const char *task_state_name(char state)
{
	return task_state_of(state)->name;
}

const char *task_state_words(char state)
{
	return task_state_of(state)->words;
}
