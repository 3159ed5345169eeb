/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads-share: what threads of one process have in common, and what each has for itself.
 *
 * Two threads join the main one. They share all memory: heap, variables, open files. Each has a
 * stack of its own, with a guard below it, its own registers, and its own errno.
 */
#include <pthread.h>
#include <sys/prctl.h>

#include <twintop/step.h>

#define DEEP (64 * 1024)

static int variable; /* one for all */
static pthread_barrier_t together;

static char use_stack(void)
{
	volatile char room[DEEP];

	for (size_t i = 0; i < sizeof room; i += 1024)
		room[i] = 1;
	return room[0];
}

/* At each meeting the thread does what the main one has announced. */
static void *body(void *name)
{
	prctl(PR_SET_NAME, name);
	pthread_barrier_wait(&together); /* it is there */
	pthread_barrier_wait(&together); /* to write */
	__atomic_fetch_add(&variable, 1, __ATOMIC_SEQ_CST);
	pthread_barrier_wait(&together); /* written */
	pthread_barrier_wait(&together); /* to go deep */
	use_stack();
	pthread_barrier_wait(&together); /* been there */
	pthread_barrier_wait(&together); /* to end */
	return NULL;
}

int main(void)
{
	static char name[2][8] = {"first", "second"};
	pthread_t thread[2];

	pthread_barrier_init(&together, NULL, 3);
	step("Two threads come next. They are no processes: no new memory, no new files, just two "
	     "more "
	     "stacks and sets of registers.");
	step_view("threads");
	step_expect("processes.0.threads.#", "+2", "threads, more:");
	step_expect("processes.0.fds.#", "+0", "descriptors, more:");
	step_wait();
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, body, name[i]))
			return 1;
	pthread_barrier_wait(&together);

	step("Each has a stack of its own, in the same address space, with a guard below it.");
	step_view("stacks");
	step_point("second");
	step_expect("processes.0.threads[name=first].stack.guard_bytes", ">0", "guard of `first`:");
	step_expect(
		"processes.0.threads[name=second].stack.guard_bytes", ">0", "guard of `second`:");
	step_wait();

	step("Both write the same variable. It is one variable at one address: nothing is copied.");
	step_ask("How many pages does the process have more for it?");
	step_view("memory");
	step_expect("processes.0.threads.#", "+0", "threads, more:");
	step_wait();
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);

	step("Both call a function with a large array. Each uses its own stack; what was used "
	     "stays "
	     "resident when the function has returned.");
	step_view("stacks");
	step_point("first");
	step_expect("processes.0.threads[name=first].stack.resident_bytes", ">65000",
		"resident of `first`:");
	step_expect("processes.0.threads[name=second].stack.resident_bytes", ">65000",
		"resident of `second`:");
	step_wait();
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);

	step("The two end. The process goes on.");
	step_view("threads");
	step_expect("processes.0.threads.#", "-2", "threads, more:");
	step_wait();
	pthread_barrier_wait(&together);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	step_done();
	step("That was all.");
	step_wait();
	return variable != 2;
}
