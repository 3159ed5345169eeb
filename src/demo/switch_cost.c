/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * switch-cost: what it costs to switch between threads and between processes, and to make them.
 *
 * Two players throw a byte to each other through two pipes, and each sleeps until it has the byte:
 * a round trip is two switches. The players are two threads first, then two processes; on one CPU,
 * where they must take turns, then on two. After that threads and processes are made and waited
 * for, one by one. All times are this machine's, of many tries each: the median, and what a tenth
 * of the tries is below and a tenth above.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <twintop/step.h>

#define BATCH	   20	/* round trips that are timed together */
#define TRIPS	   2000 /* of a game, at least */
#define MADE	   50	/* of each kind */
#define TRIES_MOST 2000 /* of one kind that are kept */
#define MIB	   (1ll << 20)
#define LARGE_MIB  256 /* less where memory is short */

static void fail(const char *what)
{
	perror(what);
	exit(1); /* the children go with us */
}

static double clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A child that works and ends, with us if we end before. */
static pid_t fork_named(const char *name, void (*work)(void))
{
	const pid_t parent = getpid(), child = fork();

	if (child < 0)
		fail("fork");
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	if (getppid() != parent)
		_exit(1);
	work();
	_exit(0);
}

static void await(pid_t child)
{
	if (child < 0)
		fail("no child");
	while (waitpid(child, NULL, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
}

/* ---- the table --------------------------------------------------------------- */

static double try_us[TRIES_MOST]; /* of the kind under way */
static int tries;

/* A line of the table in words. */
struct cost {
	char text[40]; /* "4.1 us (3.9 to 4.8)" */
};

static void add_try(double us)
{
	if (tries < TRIES_MOST)
		try_us[tries++] = us;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct cost add_line(const char *what)
{
	double median, low, high;
	struct cost cost;

	qsort(try_us, (size_t)tries, sizeof *try_us, compare);
	median = try_us[tries / 2];
	low = try_us[tries / 10];
	high = try_us[tries - 1 - tries / 10];
	snprintf(cost.text, sizeof cost.text, "%.1f us (%.1f to %.1f)", median, low, high);
	printf("%-36s %9.1f %9.1f %9.1f %7d\n", what, median, low, high, tries);
	fflush(stdout);
	tries = 0;
	return cost;
}

static void begin_table(void)
{
	printf("%-36s %9s %9s %9s %7s\n", "microseconds", "median", "10 %", "90 %", "tries");
	fflush(stdout);
}

/* ---- the players ------------------------------------------------------------- */

static int there[2], back[2]; /* pipes */
static atomic_int over;	      /* the game is to end, and in the end all of it */
static sem_t play, ready, played;
static pthread_t ping_thread, pong_thread;
static pid_t ping_tid, pong_tid;

static void throw_batch(void)
{
	const double begin = clock_us(CLOCK_MONOTONIC);
	char ball = 0;

	for (int i = 0; i < BATCH; i++)
		if (write(there[1], &ball, 1) != 1 || read(back[0], &ball, 1) != 1)
			fail("ping");
	add_try((clock_us(CLOCK_MONOTONIC) - begin) / BATCH);
}

/* Each game has as many trips as are asked for, and goes on until it is over. */
static void *ping(void *unused)
{
	prctl(PR_SET_NAME, "ping");
	ping_tid = gettid();
	sem_post(&ready);
	while (sem_wait(&play) == 0 && !over) {
		for (int i = 0; i < TRIPS / BATCH; i++)
			throw_batch();
		sem_post(&ready);
		while (!over)
			throw_batch();
		sem_post(&played);
	}
	return unused;
}

/* Throws back what comes, until nobody throws any more. */
static void throw_back(void)
{
	char ball;

	while (read(there[0], &ball, 1) == 1 && write(back[1], &ball, 1) == 1)
		;
}

static void *pong(void *unused)
{
	prctl(PR_SET_NAME, "pong");
	pong_tid = gettid();
	sem_post(&ready);
	throw_back();
	return unused;
}

static void start_threads(void)
{
	if (pipe(there) || pipe(back) || pthread_create(&ping_thread, NULL, ping, NULL) ||
		pthread_create(&pong_thread, NULL, pong, NULL))
		fail("start");
	sem_wait(&ready);
	sem_wait(&ready);
}

static void throw_back_as_child(void)
{
	close(there[1]); /* or it would wait for itself */
	throw_back();
}

/* The thread `pong` ends when nobody can throw to it any more; a process takes its place. */
static void replace_pong(void)
{
	close(there[1]);
	pthread_join(pong_thread, NULL);
	close(there[0]);
	if (pipe(there))
		fail("pipe");
	pong_tid = fork_named("pong", throw_back_as_child);
}

static void end_players(void)
{
	over = 1;
	sem_post(&play); /* it waits for a game */
	pthread_join(ping_thread, NULL);
	close(there[1]);
	await(pong_tid);
}

/* ---- the games --------------------------------------------------------------- */

static int first_cpu = -1, last_cpu; /* of those that we may run on */

static void find_cpus(void)
{
	cpu_set_t allowed[16];

	if (sched_getaffinity(0, sizeof allowed, allowed))
		fail("sched_getaffinity");
	for (int cpu = 0; cpu < (int)sizeof allowed * 8; cpu++)
		if (CPU_ISSET_S((size_t)cpu, sizeof allowed, allowed)) {
			first_cpu = first_cpu < 0 ? cpu : first_cpu;
			last_cpu = cpu;
		}
}

static void move(pid_t tid, int cpu)
{
	cpu_set_t one[16];

	CPU_ZERO_S(sizeof one, one);
	CPU_SET_S((size_t)cpu, sizeof one, one);
	if (sched_setaffinity(tid, sizeof one, one))
		fail("sched_setaffinity");
}

#define THREAD_PONG  "processes.0.threads[name=pong].voluntary_switches"
#define PROCESS_PONG "processes.1.threads.0.voluntary_switches"

static const struct game {
	const char *name, *caption, *pong;
	bool two_cpus;
} game_table[] = {
	{"threads, one CPU", "Both threads play on one CPU, where they must take turns.",
		THREAD_PONG, false},
	{"threads, two CPUs",
		"Now each has a CPU of its own. Nobody has to make room; but a CPU without work "
		"sleeps, and has to be woken.",
		THREAD_PONG, true},
	{"processes, one CPU", "Both processes play on one CPU.", PROCESS_PONG, false},
	{"processes, two CPUs", "Now each process has a CPU of its own.", PROCESS_PONG, true},
};

static char result[96] = ""; /* of the last game, to be told with what comes next */

static void tell_game(const struct game *g)
{
	char wanted[16];

	snprintf(wanted, sizeof wanted, "+>%d", TRIPS - 1);
	step("%s%s At least %d round trips: how long does one take?", result, g->caption, TRIPS);
	step_ask("How often does each of the two sleep for that?");
	step_view("threads");
	step_point("ping");
	/* Who sleeps gives its CPU up by itself: the kernel calls that a voluntary switch. */
	step_expect("processes.0.threads[name=ping].voluntary_switches", wanted,
		"voluntary switches of `ping`:");
	step_expect(g->pong, wanted, "voluntary switches of `pong`:");
	step_wait();
}

static void play_game(const struct game *g)
{
	if (g->two_cpus && first_cpu == last_cpu)
		return;
	tell_game(g);
	move(ping_tid, first_cpu);
	move(pong_tid, g->two_cpus ? last_cpu : first_cpu);
	over = 0;
	sem_post(&play);
	sem_wait(&ready);
	step("They go on, so that you can look: how much CPU each has and, where the screen is "
	     "wide, how often it switches.");
	step_view("threads");
	step_point("ping");
	step_wait();
	over = 1;
	sem_wait(&played);
	snprintf(result, sizeof result, "%s: %s. ", g->name, add_line(g->name).text);
}

static void play_games(void)
{
	step("Two threads, `ping` and `pong`: each sleeps until the other one has thrown it a "
	     "byte. There and back is two switches.%s",
		first_cpu == last_cpu ? " We have but one CPU: what takes two is left out." : "");
	step_view("threads");
	step_expect("processes.0.threads.#", "+2", "threads, more:");
	step_wait();
	start_threads();
	play_game(&game_table[0]);
	play_game(&game_table[1]);
	step("%sNow a child becomes `pong`. The pipes are the same; but who switches changes the "
	     "address space, too.",
		result);
	step_view("threads");
	step_expect("pair.relation", "child", "the new process is the program's");
	step_expect("processes.1.comm", "pong", "the new process calls itself");
	step_expect("processes.0.threads.#", "-1", "the program's threads, more:");
	step_wait();
	replace_pong();
	result[0] = '\0';
	play_game(&game_table[2]);
	play_game(&game_table[3]);
}

/* ---- making ------------------------------------------------------------------ */

static char *self; /* our name, for exec */

static void *do_nothing(void *unused)
{
	return unused;
}

static void make_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, do_nothing, NULL))
		fail("pthread_create");
	pthread_join(thread, NULL);
}

static void make_by_fork(void)
{
	const pid_t child = fork();

	if (child == 0)
		_exit(0);
	await(child);
}

static void make_by_vfork(void)
{
	const pid_t child = vfork();

	if (child == 0)
		_exit(0);
	await(child);
}

#define NOTHING "nothing" /* to do: with that argument this very program ends at once */

static void make_by_spawn(void)
{
	char *arguments[] = {self, (char[]){NOTHING}, NULL};
	char *environment[] = {NULL};
	pid_t child;

	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environment))
		fail("posix_spawn");
	await(child);
}

static struct cost make(const char *what, void (*one)(void))
{
	for (int i = 0; i < MADE; i++) {
		const double begin = clock_us(CLOCK_MONOTONIC);

		one();
		add_try(clock_us(CLOCK_MONOTONIC) - begin);
	}
	return add_line(what);
}

/* The number behind a word of a file; 0: there is none. */
static long long number_in(const char *file, const char *word)
{
	char line[256];
	long long number = 0;
	FILE *f = fopen(file, "re");

	while (f && !number && fgets(line, sizeof line, f))
		if (strncmp(line, word, strlen(word)) == 0)
			number = atoll(line + strlen(word));
	if (f)
		fclose(f);
	return number;
}

/* At most a quarter of what is there for us; 0 as a limit is none. */
static long long large_bytes(void)
{
	const long long room[] = {
		number_in("/proc/meminfo", "MemAvailable:") * 1024,
		number_in("/sys/fs/cgroup/memory.max", ""),
		number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", ""),
	};
	long long bytes = LARGE_MIB * MIB;

	for (int i = 0; i < 3; i++)
		if (room[i] && room[i] / 4 < bytes)
			bytes = room[i] / 4;
	return bytes < MIB ? MIB : bytes / MIB * MIB;
}

/* Memory that is not touched yet, in pages of the usual size; less than *bytes where it must be. */
static void *reserve(long long *bytes)
{
	void *memory;

	while ((memory = mmap(NULL, (size_t)*bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) == MAP_FAILED)
		if ((*bytes /= 2) < MIB)
			fail("mmap");
	madvise(memory, (size_t)*bytes, MADV_NOHUGEPAGE);
	return memory;
}

/* A child that stays, to be looked at. */
static void stay(void)
{
	for (;;)
		pause();
}

/* CPU time of the forks of the small process, in nanoseconds. */
static long long make_small(void)
{
	struct cost thread, by_fork, by_vfork, spawn;
	double cpu;

	step("%sNow threads and processes are made, and waited for, %d of each kind. Which is "
	     "cheaper, and by how much?",
		result, MADE);
	step_ask("How many children are left then?");
	step_view("overview");
	step_expect("processes.0.children.#", "0", "children that are left:");
	step_expect("processes.0.threads.#", "1", "threads:");
	step_wait();
	end_players();
	thread = make("thread: create, join", make_thread);
	cpu = clock_us(CLOCK_THREAD_CPUTIME_ID);
	by_fork = make("fork, wait", make_by_fork);
	cpu = clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu;
	by_vfork = make("vfork, wait", make_by_vfork);
	spawn = make("posix_spawn with exec, wait", make_by_spawn);
	step("Thread %s, fork %s, vfork %s, posix_spawn with its exec %s.", thread.text,
		by_fork.text, by_vfork.text, spawn.text);
	step_view("overview");
	step_wait();
	return (long long)(cpu * 1000);
}

static void make_large(long long small_cpu_ns)
{
	long long bytes = large_bytes(), pages;
	void *memory = reserve(&bytes);
	struct cost by_fork, by_vfork, spawn;
	char tables[24], cpu[24], shared[24];
	pid_t twin;

	pages = bytes / sysconf(_SC_PAGESIZE);
	snprintf(tables, sizeof tables, "+>%lld", pages * 8 - 1);
	snprintf(cpu, sizeof cpu, "+>%lld", small_cpu_ns);
	snprintf(shared, sizeof shared, ">%lld", pages - 1);
	step("Now the process fills %lld MiB of memory: %lld pages, and as many entries of 8 bytes "
	     "in its page tables.",
		bytes / MIB, pages);
	step_view("memory");
	step_point("%p", memory);
	step_expect("processes.0.page_table_bytes", tables, "bytes of page tables, more:");
	step_wait();
	memset(memory, 1, (size_t)bytes);

	step("%d forks once more, and one child that stays. No page is copied, but each child gets "
	     "tables of its own. Does a fork cost more now? And vfork, and posix_spawn?",
		MADE);
	step_ask("How many bytes of page tables has the child?");
	step_view("memory");
	step_point("%p", memory);
	step_expect("processes[comm=twin].page_table_bytes", tables + 1,
		"bytes of the child's page tables:");
	step_expect(
		"processes.0.threads.0.run_ns", cpu, "CPU time in ns, against the small one's:");
	step_expect("pair.pages.cow_shared", shared, "pages shared:");
	step_wait();
	by_fork = make("fork of a large process, wait", make_by_fork);
	by_vfork = make("vfork of it, wait", make_by_vfork);
	spawn = make("posix_spawn from it, wait", make_by_spawn);
	twin = fork_named("twin", stay);

	step("Large: fork %s, vfork %s, posix_spawn %s. Who copies no tables does not care how "
	     "large it is.",
		by_fork.text, by_vfork.text, spawn.text);
	step_view("memory");
	step_point("%p", memory);
	step_wait();
	kill(twin, SIGKILL);
	await(twin);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], NOTHING) == 0)
		return 0;
	self = argv[0];
	signal(SIGPIPE, SIG_IGN);
	find_cpus();
	begin_table();
	sem_init(&play, 0, 0);
	sem_init(&ready, 0, 0);
	sem_init(&played, 0, 0);
	play_games();
	make_large(make_small());
	step_done();
	step("That was all: the table is on the console, and i shows more of that. A switch is "
	     "cheap beside what the caches lose by it, which nothing here has shown.");
	step_wait();
	return 0;
}
