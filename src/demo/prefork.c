/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prefork: a server and its workers, what they share, and how that erodes.
 *
 * A server loads an application of 16 MiB: 4,096 objects of a page each. It forks four workers, as
 * many servers do, so that all have the application and memory has it once. Requests come. What
 * they only read stays shared; but whoever uses an object holds a reference to it meanwhile, and
 * the count of references lies in the object. So each worker gets, bit by bit, a copy of all.
 *
 *     twintop demo prefork     with the server and its newest worker side by side on the screen
 *
 * What there is to see (Family view): what each worker still shares with the server and what it has
 * copied, and two sums over all of them, one that counts what is shared once, and one that does
 * not, as whoever adds up what top shows.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define PAGE	4096
#define OBJECTS 4096
#define WORKERS 4

struct object {
	unsigned references;
	char data[PAGE - sizeof(unsigned)];
};

static struct object *application;

/* What a worker is told: what to do with the first so many objects. */
struct request {
	enum { READ, USE, LEAVE } what;
	int objects;
};

static struct worker {
	pid_t pid;
	int line; /* a socket: requests to it, answers from it */
} worker[WORKERS];
static int forked;

static void fail(const char *what)
{
	perror(what);
	exit(1); /* the workers go with us */
}

/* ---- a worker ------------------------------------------------------------------ */

__attribute__((noinline)) static struct object *take_reference(int number)
{
	application[number].references++;
	return &application[number];
}

__attribute__((noinline)) static void drop_reference(struct object *object)
{
	object->references--;
}

static char serve(const struct request *request)
{
	char answer = 0;

	for (int i = 0; i < request->objects; i++) {
		struct object *object = &application[i];

		if (request->what == USE)
			object = take_reference(i);
		answer = (char)(answer + object->data[0]);
		if (request->what == USE)
			drop_reference(object);
	}
	return answer;
}

static void worker_run(int number, int line, pid_t server)
{
	struct request request;
	char name[16], answer;

	/* Whatever ends the server ends us, even if it ended before we could ask for that. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != server)
		_exit(1);
	snprintf(name, sizeof name, "worker-%d", number);
	prctl(PR_SET_NAME, name);
	while (read(line, &request, sizeof request) == sizeof request && request.what != LEAVE) {
		answer = serve(&request);
		if (write(line, &answer, 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- the server ------------------------------------------------------------------ */

static void have_served(const struct worker *w, int what, int objects)
{
	const struct request request = {.what = what, .objects = objects};
	char answer;

	if (write(w->line, &request, sizeof request) != sizeof request)
		fail("a worker does not listen");
	if (what != LEAVE && read(w->line, &answer, 1) != 1)
		fail("a worker does not answer");
}

/* Its first request makes it touch what it needs for itself: stack, variables. */
static void have_worker(struct worker *w)
{
	const pid_t server = getpid();
	int line[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
		fail("socketpair");
	forked++;
	w->pid = fork();
	if (w->pid < 0)
		fail("fork");
	if (w->pid == 0) {
		close(line[0]);
		worker_run(forked, line[1], server);
	}
	close(line[1]);
	w->line = line[0];
	have_served(w, READ, 0);
}

static void end_worker(struct worker *w)
{
	have_served(w, LEAVE, 0);
	close(w->line);
	while (waitpid(w->pid, NULL, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
}

/* A mapping of its own, each page of which is written. */
static void load(void)
{
	application = mmap(NULL, OBJECTS * sizeof *application, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (application == MAP_FAILED)
		fail("mmap");
	madvise(application, OBJECTS * sizeof *application, MADV_NOHUGEPAGE);
	memset(application, 1, OBJECTS * sizeof *application);
}

/* ---- the steps ------------------------------------------------------------------- */

#define OF(name, figure) "family[comm=" name "]." figure
#define TRUE_SUM	 "family_totals.distinct_bytes"
#define SUM_OF_RSS	 "family_totals.resident_bytes"

static void look(void)
{
	step_view("family");
}

static void fork_step(void)
{
	step("A server has loaded an application of 16 MiB: 4,096 objects, a page each. It forks "
	     "four workers, and each has all of it.");
	step_ask("How many bytes of memory do the five take then?");
	look();
	step_expect(TRUE_SUM, "<20000000", "bytes, each frame counted once:");
	step_expect(SUM_OF_RSS, ">80000000", "bytes, what top shows of each added up:");
	step_expect(OF("worker-1", "shared_bytes"), ">16777215", "bytes that worker-1 shares:");
	step_wait();
	for (int i = 0; i < WORKERS; i++)
		have_worker(&worker[i]);
	step_done();
}

static void read_step(void)
{
	step("The application is there once, whatever the sum says of five. Requests come: each "
	     "worker reads all 4,096 objects.");
	step_ask("How many bytes more does that take?");
	look();
	step_expect(OF("worker-4", "copied_bytes"), "+0", "bytes that worker-4 copied for that:");
	step_expect(TRUE_SUM, "+<1000000", "bytes in all, more:");
	step_wait();
	for (int i = 0; i < WORKERS; i++)
		have_served(&worker[i], READ, OBJECTS);
	step_done();
}

static void use_step(void)
{
	step("Other requests use objects: they take a reference and give it back, so that all is "
	     "as it was. worker-1 uses 64 objects, worker-2 128, worker-3 256, worker-4 1,024.");
	step_ask("How many bytes has worker-1 copied for its 64?");
	look();
	step_expect(OF("worker-1", "copied_bytes"), "+262144", "by worker-1:");
	step_expect(OF("worker-4", "copied_bytes"), "+4194304", "by worker-4:");
	step_expect(TRUE_SUM, "+>6000000", "bytes in all, more:");
	step_wait();
	for (int i = 0; i < WORKERS; i++)
		have_served(&worker[i], USE, i < 3 ? 64 << i : 1024);
	step_done();
}

static void writers_step(void)
{
	/* Which one that is hangs on how many were born between two looks: 64 pages or more. */
	step("A page for each object, though none looks different. Beside the server stands one of "
	     "its workers. Each of its copies was a page fault, and the kernel says where it "
	     "stood.");
	step_ask("Which function was that?");
	step_view("writers");
	step_expect("pair.writers[side=b].function", "take_reference", "it was written by");
	step_expect("pair.writers[function=take_reference].pages", ">63", "pages that it copied:");
	step_wait();
	step_done();
}

static void erode_step(void)
{
	step("drop_reference wrote each page, too, but then it was copied already. Requests go on, "
	     "until each worker has used each object.");
	step_ask("How many bytes do the five take now?");
	look();
	step_expect(TRUE_SUM, ">80000000", "bytes, each frame counted once:");
	step_expect(OF("worker-1", "copied_bytes"), ">16777215", "bytes that worker-1 has copied:");
	step_wait();
	for (int i = 0; i < WORKERS; i++)
		have_served(&worker[i], USE, OBJECTS);
	step_done();
}

static void recycle_step(void)
{
	step("Now the sum tells the truth: nothing of the application is shared any more. Many "
	     "servers end a worker after so many requests, and fork another. So does this one with "
	     "worker-4; worker-5 comes.");
	step_ask("How many bytes more do the five take by that?");
	look();
	step_expect(TRUE_SUM, "+<-16000000", "bytes in all, more:");
	step_expect(OF("worker-5", "shared_bytes"), ">16777215", "bytes that worker-5 shares:");
	step_expect(OF("worker-4", "exit.code"), "0", "worker-4 has ended, with exit status");
	step_wait();
	end_worker(&worker[3]);
	have_worker(&worker[3]);
	step_done();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	load();
	fork_step();
	read_step();
	use_step();
	writers_step();
	erode_step();
	recycle_step();
	step("16 MiB less: the new one shares all, until requests come. The cure is to keep counts "
	     "apart, as the demo writers shows, or not to touch them: gc.freeze() in Python, "
	     "before the fork.");
	step_wait();
	for (int i = 0; i < WORKERS; i++)
		end_worker(&worker[i]);
	return 0;
}
