/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_BACKTRACES_H
#define TWINTOP_MODEL_BACKTRACES_H

#include "twintop/model/backtrace.h"
#include "twintop/model/thread.h"

/*
 * How the threads of a process came to where they stand, without a stop: of each blocked thread,
 * from its stack pointer, its program counter and a copy of its stack; of one that runs, from a
 * sample of its registers and its stack. Threads that came the same way have one trace together.
 * One thread may have been held for its registers and its stack, where somebody wished that.
 */

/* How what a trace is made of was come by. */
enum backtrace_means {
	BACKTRACE_STOOD,   /* it was blocked, before and after */
	BACKTRACE_SAMPLED, /* it ran, and the kernel wrote that down */
	BACKTRACE_HELD,	   /* it was held: held_ns */
	BACKTRACE_MEANS
};

/* What came of the wish that a thread be held. */
enum hold_end {
	HOLD_NONE, /* nobody wished it */
	HOLD_DONE,
	HOLD_DENIED,   /* no ptrace attach access */
	HOLD_YAMA,     /* Yama does not let it be ours */
	HOLD_FILTERED, /* ptrace(2) is refused to ourselves */
	HOLD_TRACED,   /* by somebody else */
	HOLD_LATE,     /* it does not stop */
	HOLD_LEFT,     /* it has ended, or did meanwhile */
	HOLD_ABROAD,   /* its number is of another PID namespace than ours */
	HOLD_FAILED,   /* the kernel said something else */
	HOLD_ENDS
};

/* Why a thread has no trace. */
enum backtrace_gap {
	BACKTRACE_NO_GAP,
	BACKTRACE_HIDDEN, /* its registers could not be read: hidden says why */
	BACKTRACE_RUNS,	  /* it runs, and no sample of it is to be had: hidden says why */
	BACKTRACE_VOID,	  /* it ran while its stack was read, again and again */
	BACKTRACE_LEFT,	  /* it has ended */
	BACKTRACE_NONE,	  /* it has no stack of a program: a kernel thread */
	BACKTRACE_LATER,  /* others took the time that there is */
	BACKTRACE_GAPS
};

/* A function of the kernel that a thread stands in. */
struct kernel_frame {
	struct text function;
	uint64_t offset;
};
/* From the innermost out. */
struct kernel_trace {
	size_t n;
	const struct kernel_frame *frame;
};

struct thread_backtrace {
	pid_t tid;
	enum backtrace_gap gap;
	enum value_state hidden;
	uint32_t trace;		       /* of its list's traces, where there is no gap */
	enum value_state kernel_state; /* of kernel */
	uint32_t kernel;	       /* of its list's kernel traces, where that is known */
	uint64_t taken_ns;	       /* CLOCK_MONOTONIC when it stood so */
	enum backtrace_means means;
	uint64_t held_ns;   /* BACKTRACE_HELD: at the very most so long */
	enum hold_end hold; /* the last wish of the kind that was of this thread */
	pid_t tracer;	    /* HOLD_TRACED: by whom; 0: not known here */
	struct text tracer_name;
	/* As the thread was then: as long as these stand, so does the trace. */
	uint64_t start_ticks, run_ns, stack_pointer, program_counter;
};

struct backtraces {
	struct part part;
	size_t n;
	struct thread_backtrace *thread; /* by TID */
	size_t traces_n;
	struct backtrace *trace;
	size_t kernels_n;
	struct kernel_trace *kernel;
};

/* What is known of a thread; NULL: nothing, or the list is NULL. */
const struct thread_backtrace *backtraces_find(const struct backtraces *list, pid_t tid);
/* Its trace; NULL: there is none, and *ret_reason (may be NULL), static text, says why. */
const struct backtrace *backtraces_trace(
	const struct backtraces *list, pid_t tid, const char **ret_reason);
/* Why it has no trace: static text; NULL: it has. */
const char *backtraces_gap(const struct thread_backtrace *t);
/* What came of the wish to hold it, for people: static text, of HOLD_TRACED without by whom; NULL:
 * nobody wished it. */
const char *hold_end_words(enum hold_end end);
/* "blocked", "sampled", "held": static. */
const char *backtrace_means_name(enum backtrace_means means);
/*
 * How it was come by, where that is no plain look, and how old it is: "held for 34 µs, 2.1 s ago",
 * "sampled 0.1 s ago"; nothing for others. now_ns: of the moment.
 */
void backtrace_means_print(struct textbuf *out, const struct thread_backtrace *t, uint64_t now_ns);
/* What came of the wish to hold it, with whoever traces it: "it is traced already, by 4300 gdb". */
void hold_end_print(struct textbuf *out, const struct thread_backtrace *t);
/* The kernel's part of it; NULL with the reason as above. */
const struct kernel_trace *backtraces_kernel(
	const struct backtraces *list, pid_t tid, const char **ret_reason);

/* Threads that came one way. */
struct backtrace_group {
	const struct backtrace *trace; /* NULL: of those there is none … */
	const char *reason;	       /* … for this reason */
	size_t n;
	const struct thread_backtrace **thread; /* by TID */
};
/* All threads of a list, the largest group first, those without a trace last; into the arena. */
size_t backtraces_groups(
	const struct backtraces *list, struct arena *arena, struct backtrace_group **ret_group);

/* "futex_wait ← pthread_cond_wait ← worker_loop": so many functions of it, printable. */
void backtrace_way_print(struct textbuf *out, const struct backtrace *b, size_t most);

#endif
