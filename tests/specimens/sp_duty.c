/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_duty - threads of known duty. Prints "pid=N burner=TID half=TID reader=TID locked=TID
 * sleeper=TID cycler=TID pipe=FD". The burner computes, the one of 30 % computes 3 of each 10 ms by
 * its own clock, the reader waits for a byte each 20 ms and computes a little, the locked one waits
 * for a mutex that nobody lets go of, the sleeper sleeps; all of them from "go" to "halt". Each
 * line is answered: go, halt      and then times         "ns=N burner_ns=N half_ns=N reader_ns=N
 * cycler_ns=N": CLOCK_MONOTONIC, CPU times cycle N       the cycler computes and sleeps N times:
 * "done=N" when it waits again move N        the burner is bound to one CPU after the other, N
 * times: "moved=N", of those that there are; 0: there is one brief N       N threads compute 10 ms
 * each, one after the other, and end: "brief_ns=N" busy, calm    two threads hand a byte to and fro
 * as fast as they can: "busy=TID other=TID"
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull

struct worker {
	pthread_t thread;
	atomic_int tid;
	clockid_t clock;
	void (*run)(void);
};

static atomic_bool going, busy;
static atomic_int cycles;
static int bytes[2], to[2], fro[2];
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void compute(uint64_t ns)
{
	uint64_t until = now(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (now(CLOCK_THREAD_CPUTIME_ID) < until)
		;
}

static void rest(uint64_t ns)
{
	nanosleep(&(struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)}, NULL);
}

static void wait_going(void)
{
	pthread_mutex_lock(&lock);
	while (!going)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
}

/* ---- the threads ------------------------------------------------------------ */

static void burn(void)
{
	compute(MS);
}

static void half(void)
{
	compute(3 * MS);
	rest(7 * MS);
}

static void take(void)
{
	char c;

	if (read(bytes[0], &c, 1) == 1)
		compute(MS);
}

static void give(void)
{
	rest(20 * MS);
	if (write(bytes[1], "x", 1) != 1)
		exit(1);
}

static void stand(void)
{
	pthread_mutex_lock(&held);
}

static void rest_long(void)
{
	rest(3600000 * MS);
}

static void cycle(void)
{
	pthread_mutex_lock(&lock);
	while (!cycles)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
	for (; cycles > 0; cycles--) {
		compute(MS / 2);
		rest(MS);
	}
	pthread_mutex_lock(&lock);
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

static struct worker burner = {.run = burn}, part = {.run = half}, reader = {.run = take},
		     giver = {.run = give}, locked = {.run = stand}, sleeper = {.run = rest_long},
		     cycler = {.run = cycle};

static void *work(void *context)
{
	struct worker *w = context;

	pthread_getcpuclockid(pthread_self(), &w->clock);
	w->tid = (int)syscall(SYS_gettid);
	for (;;) {
		if (w != &cycler)
			wait_going();
		w->run();
	}
	return NULL;
}

static void begin(struct worker *w)
{
	if (pthread_create(&w->thread, NULL, work, w))
		exit(1);
	while (!w->tid)
		rest(MS);
}

/* ---- what is asked ---------------------------------------------------------- */

static void set_going(bool on)
{
	pthread_mutex_lock(&lock);
	going = on;
	pthread_cond_broadcast(&change);
	pthread_mutex_unlock(&lock);
}

static void do_cycles(int n)
{
	pthread_mutex_lock(&lock);
	cycles = n;
	pthread_cond_broadcast(&change);
	while (cycles)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
	rest(20 * MS);
	printf("done=%d\n", n);
}

static int move(int n)
{
	cpu_set_t all, one;
	int moved = 0, last = -1;

	sched_getaffinity(0, sizeof all, &all);
	for (int cpu = 0; CPU_COUNT(&all) > 1 && moved < n; cpu = (cpu + 1) % CPU_SETSIZE) {
		if (!CPU_ISSET(cpu, &all) || cpu == last)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(burner.thread, sizeof one, &one);
		rest(30 * MS);
		last = cpu;
		moved++;
	}
	pthread_setaffinity_np(burner.thread, sizeof all, &all);
	return moved;
}

static void *compute_once(void *context)
{
	compute(10 * MS);
	*(uint64_t *)context += now(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static uint64_t have_brief(int n)
{
	uint64_t ns = 0;
	pthread_t thread;

	for (int i = 0; i < n; i++) {
		if (pthread_create(&thread, NULL, compute_once, &ns))
			exit(1);
		pthread_join(thread, NULL);
	}
	return ns;
}

static atomic_int busy_tid[2];
static pthread_t busy_thread[2];

static void *hand_on(void *context)
{
	bool first = context == &busy_tid[0];
	char c = 'x';

	*(atomic_int *)context = (int)syscall(SYS_gettid);
	if (first && write(to[1], &c, 1) != 1)
		exit(1);
	while (busy && read(first ? fro[0] : to[0], &c, 1) == 1)
		if (write(first ? to[1] : fro[1], &c, 1) != 1)
			exit(1);
	return NULL;
}

/* Both on one CPU: each byte is a switch. */
static void set_busy(bool on)
{
	cpu_set_t one;

	busy = on;
	if (!on) {
		if (write(to[1], "x", 1) != 1 || write(fro[1], "x", 1) != 1)
			exit(1);
		pthread_join(busy_thread[0], NULL);
		pthread_join(busy_thread[1], NULL);
		return;
	}
	if (pipe(to) || pipe(fro))
		exit(1);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&busy_thread[i], NULL, hand_on, &busy_tid[i]))
			exit(1);
		pthread_setaffinity_np(busy_thread[i], sizeof one, &one);
		while (!busy_tid[i])
			rest(MS);
	}
}

/* All clocks as of one time, as far as a busy machine lets us: else they are read again. */
static void say_times(void)
{
	const struct worker *const of[] = {&burner, &part, &reader, &cycler};
	uint64_t ns, t[4];

	for (int tries = 0; tries < 1000; tries++) {
		ns = now(CLOCK_MONOTONIC);
		for (int i = 0; i < 4; i++)
			t[i] = now(of[i]->clock);
		if (now(CLOCK_MONOTONIC) - ns < 50000)
			break;
	}
	printf("ns=%llu burner_ns=%llu half_ns=%llu reader_ns=%llu cycler_ns=%llu\n",
		(unsigned long long)ns, (unsigned long long)t[0], (unsigned long long)t[1],
		(unsigned long long)t[2], (unsigned long long)t[3]);
}

static void answer(const char *line)
{
	int n = (int)strtol(strchr(line, ' ') ? strchr(line, ' ') : "0", NULL, 10);

	if (!strncmp(line, "go", 2) || !strncmp(line, "halt", 4)) {
		set_going(line[0] == 'g');
		printf("going=%d\n", going);
	} else if (!strncmp(line, "times", 5)) {
		say_times();
	} else if (!strncmp(line, "cycle", 5)) {
		do_cycles(n);
	} else if (!strncmp(line, "move", 4)) {
		printf("moved=%d\n", move(n));
	} else if (!strncmp(line, "brief", 5)) {
		printf("brief_ns=%llu\n", (unsigned long long)have_brief(n));
	} else {
		set_busy(line[0] == 'b');
		printf("busy=%d other=%d\n", busy_tid[0], busy_tid[1]);
	}
}

int main(void)
{
	struct worker *const all[] = {&burner, &part, &reader, &giver, &locked, &sleeper, &cycler};
	char line[32];

	alarm(300);
	if (pipe(bytes))
		return 1;
	pthread_mutex_lock(&held);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		begin(all[i]);
	printf("pid=%d burner=%d half=%d reader=%d locked=%d sleeper=%d cycler=%d pipe=%d\n",
		(int)getpid(), burner.tid, part.tid, reader.tid, locked.tid, sleeper.tid,
		cycler.tid, bytes[0]);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		answer(line);
		fflush(stdout);
	}
	return 0;
}
