/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu-io: a thread that always counts beside one that mostly waits for a slow device.
 *
 * The device is a child that takes 5 ms for each answer. Who asks it sleeps nearly all the time,
 * and gives its CPU up by itself; who counts gives it up only when it is taken away. Then both get
 * one CPU for the two of them, and after that a second one that counts. Shares of time are the
 * kernel's own, of /proc/self/task/TID/schedstat: nanoseconds on a CPU, nanoseconds of waiting for
 * one.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <time.h>

#include <twintop/step.h>

#define ANSWER_NS 5000000
#define LOOK_NS	  200000000 /* for how long shares are measured */

static int request[2], answer[2]; /* pipes to the device, and from it */
static atomic_bool over;

struct worker {
	const char *name;
	void *(*work)(void *self);
	pthread_t thread;
	pid_t tid;
};

static pthread_barrier_t begun;

static void rest(long ns)
{
	const struct timespec time = {.tv_nsec = ns};

	nanosleep(&time, NULL);
}

static void begin(struct worker *self)
{
	prctl(PR_SET_NAME, self->name);
	self->tid = gettid();
	pthread_barrier_wait(&begun);
}

static void *count(void *self)
{
	volatile unsigned long number = 0;

	begin(self);
	while (!over)
		number++;
	return NULL;
}

static void *ask(void *self)
{
	char block[512];

	begin(self);
	while (!over)
		if (write(request[1], "?", 1) != 1 || read(answer[0], block, sizeof block) <= 0)
			break;
	return NULL;
}

static struct worker counter = {"counter", count, 0, 0}, asker = {"asker", ask, 0, 0},
		     second = {"second", count, 0, 0};

static void start(struct worker *worker)
{
	if (pthread_create(&worker->thread, NULL, worker->work, worker))
		exit(1);
	pthread_barrier_wait(&begun);
}

/* Until nobody has an end to ask by. */
static void device_run(void)
{
	static const char block[512];
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "device");
	close(request[1]);
	while (read(request[0], &c, 1) == 1) {
		rest(ANSWER_NS);
		if (write(answer[1], block, sizeof block) < 0)
			break;
	}
	_exit(0);
}

static void start_device(void)
{
	pid_t child;

	if (pipe(request) || pipe(answer))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (child == 0)
		device_run();
	close(request[0]);
	close(answer[1]);
}

/* ---- shares ------------------------------------------------------------------ */

struct times {
	unsigned long long at, run, wait; /* ns */
};

/* All 0 where the kernel keeps no account. */
static struct times times_of(pid_t tid)
{
	struct times t = {0};
	struct timespec now;
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", (int)tid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llu %llu", &t.run, &t.wait) != 2)
		t = (struct times){0};
	if (f)
		fclose(f);
	clock_gettime(CLOCK_MONOTONIC, &now);
	t.at = (unsigned long long)now.tv_sec * 1000000000u + (unsigned long long)now.tv_nsec;
	return t;
}

/*
 * "ran 97 % of the time and waited for a CPU 3 %" since then. A wait is booked when it is over:
 * what is more than the rest was before.
 */
static void tell_shares(const struct worker *worker, const struct times *from, char *out, size_t n)
{
	const struct times to = times_of(worker->tid);
	const unsigned long long all = to.at - from->at, run = to.run - from->run;
	const unsigned long long rest = run < all ? all - run : 0, wait = to.wait - from->wait;

	if (!to.run)
		snprintf(out, n, "`%s`: no schedstat here", worker->name);
	else
		snprintf(out, n, "`%s` ran %llu %% of the time and waited for a CPU %llu %%",
			worker->name, run * 100 / all, (wait < rest ? wait : rest) * 100 / all);
}

static char told[2][96]; /* of the two that were last looked at */

/* Lets them work, and looks. */
static void look(const struct worker *one, const struct worker *two)
{
	const struct times from[2] = {times_of(one->tid), times_of(two->tid)};

	rest(LOOK_NS);
	tell_shares(one, &from[0], told[0], sizeof told[0]);
	tell_shares(two, &from[1], told[1], sizeof told[1]);
	printf("%s; %s\n", told[0], told[1]);
	fflush(stdout);
}

/* ---- the steps --------------------------------------------------------------- */

static void expect(
	const struct worker *worker, const char *field, const char *value, const char *name)
{
	char path[80], words[64];

	snprintf(path, sizeof path, "processes.0.threads[name=%s].%s", worker->name, field);
	snprintf(words, sizeof words, "%s: %s", worker->name, name);
	step_expect(path, value, words);
}

static void show_two(void)
{
	step("Two threads: `counter` adds and adds; `asker` asks a device, which is a child, "
	     "and "
	     "waits 5 ms for each answer.");
	step_ask("In which state is the one that counts?");
	step_view("threads");
	step_point("counter");
	expect(&counter, "state", "R", "its state is");
	expect(&asker, "state", "S", "its state is");
	expect(&asker, "waiting_on.kind", "read", "it waits in a");
	step_wait();
	start(&counter);
	start(&asker);

	step("R is on a CPU or ready for one. Now a while of both. Who leaves the CPU of its own "
	     "accord?");
	step_ask("How many times has `counter` left its CPU by itself?");
	step_view("threads");
	step_point("asker");
	expect(&counter, "voluntary_switches", "+<3", "left by itself,");
	expect(&counter, "duty.blocked_percent", "<10", "percent of its time blocked,");
	expect(&asker, "duty.sort", "I/O-bound", "by its time it is");
	expect(&asker, "blocked_in.0.kind", "read", "blocked most in a");
	step_wait();
	look(&counter, &asker);
}

/* Both on the first CPU that we may use; where that is refused they stay where they are. */
static void share_cpu(const struct worker *one, const struct worker *two)
{
	cpu_set_t mine, set;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof mine, &mine))
		return;
	while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &mine))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(one->tid, sizeof set, &set);
	sched_setaffinity(two->tid, sizeof set, &set);
}

static void show_one_cpu(void)
{
	step("%s: it is CPU-bound. %s: I/O-bound. Now they get one CPU for both.", told[0],
		told[1]);
	step_ask("Must `asker` wait long, where `counter` never leaves?");
	step_view("threads");
	step_point("counter");
	expect(&asker, "voluntary_switches", "+>9", "left by itself,");
	expect(&counter, "involuntary_switches", "+>0", "had to leave,");
	step_wait();
	share_cpu(&counter, &asker);
	look(&counter, &asker);
}

static void show_two_counters(void)
{
	step("No: %s. Who sleeps much gets the CPU soon. Now `second` counts, too, on the same "
	     "CPU.",
		told[1]);
	step_ask("What are two doing that both want one CPU?");
	step_view("threads");
	step_point("second");
	expect(&second, "state", "R", "its state is");
	expect(&second, "duty.run_queue_percent", ">20",
		"percent of its time ready, not on a CPU,");
	expect(&second, "duty.blocked_percent", "<10", "percent of it blocked,");
	expect(&counter, "involuntary_switches", "+>0", "had to leave,");
	step_wait();
	start(&second);
	share_cpu(&counter, &second);
	look(&counter, &second);

	step("%s; %s. They take turns: both are R all the time, and only one of them runs. All "
	     "end.",
		told[0], told[1]);
	step_view("threads");
	step_expect("processes.0.threads.#", "1", "threads that are left:");
	step_wait();
	over = true;
	pthread_join(counter.thread, NULL);
	pthread_join(second.thread, NULL);
	pthread_join(asker.thread, NULL);
}

int main(void)
{
	pthread_barrier_init(&begun, NULL, 2);
	start_device();
	show_two();
	show_one_cpu();
	show_two_counters();
	step_done();
	step("That was all: more CPUs help who is CPU-bound, a faster device who is I/O-bound.");
	step_wait();
	return 0;
}
