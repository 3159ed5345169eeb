/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writers: who broke the sharing, at which line of code; then the cure.
 *
 * A server loads a table of 64 rows, a page each, and forks a worker that looks all of them up.
 * Looking up changes nothing, one should think. But each row counts how often it was used, in the
 * row itself, and so each look-up is a write: the worker copies the whole table. This is what
 * reference counts do to forking servers in Python or Perl.
 *
 *     twintop demo writers     with both processes side by side on the screen
 *
 * What there is to see (Writers view, key w): each write to a shared page is a page fault, and the
 * kernel tells from where in the program it came. The cure is to keep what changes apart from what
 * does not.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <twintop/step.h>

#define PAGE 4096
#define ROWS 64

struct row {
	unsigned used; /* here lies the fault */
	char name[PAGE - sizeof(unsigned)];
};

static struct row *table;
static unsigned *used_apart; /* one page for the counts of all rows */

/* What the server tells its worker, through a pipe. */
enum order { LOOK_UP, LOOK_UP_CURED, LEAVE };
static int orders[2], answers[2];
static pid_t worker;

static void fail(const char *what)
{
	perror(what);
	exit(1); /* the worker goes with us */
}

/* ---- the two ways to look a row up ------------------------------------------- */

__attribute__((noinline)) static const char *take_row(int number)
{
	table[number].used++;
	return table[number].name;
}

__attribute__((noinline)) static const char *take_row_cured(int number)
{
	used_apart[number]++;
	return table[number].name;
}

static char look_up_all(const char *(*take)(int number))
{
	char sum = 0;

	for (int i = 0; i < ROWS; i++)
		sum = (char)(sum + take(i)[0]);
	return sum;
}

/* ---- the worker ---------------------------------------------------------------- */

static void worker_run(pid_t server)
{
	char order, answer;

	/* Whatever ends the server ends us, even if it ended before we could ask for that. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != server)
		_exit(1);
	close(orders[1]);
	close(answers[0]);
	while (read(orders[0], &order, 1) == 1 && order != LEAVE) {
		answer = look_up_all(order == LOOK_UP ? take_row : take_row_cured);
		if (write(answers[1], &answer, 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- the server ---------------------------------------------------------------- */

static void have_worker(void)
{
	const pid_t server = getpid();

	if (pipe(orders) || pipe(answers))
		fail("pipe");
	worker = fork();
	if (worker < 0)
		fail("fork");
	if (worker == 0)
		worker_run(server);
	close(orders[0]);
	close(answers[1]);
}

static void tell_worker(char order)
{
	char answer;

	if (write(orders[1], &order, 1) != 1)
		fail("the worker does not listen");
	if (order != LEAVE && read(answers[0], &answer, 1) != 1)
		fail("the worker does not answer");
}

static void end_worker(void)
{
	tell_worker(LEAVE);
	close(orders[1]);
	close(answers[0]);
	while (waitpid(worker, NULL, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
}

/* A mapping of its own, between two pages that nobody may touch; each page is written. */
static void *make_pages(size_t pages)
{
	char *room = mmap(NULL, (pages + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED || mprotect(room + PAGE, pages * PAGE, PROT_READ | PROT_WRITE))
		fail("prepare");
	memset(room + PAGE, 1, pages * PAGE);
	return room + PAGE;
}

/* What will be told of the table's mapping: "copied", "cow_shared" … */
static void expect_table(const char *figure, const char *wanted, const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "pair.mappings[start=%p].pages.%s", (void *)table, figure);
	step_expect(path, wanted, name);
}

static void look_at_table(void)
{
	step_view("pages");
	step_point("%p", (void *)table);
}

/* ---- the steps ----------------------------------------------------------------- */

static void broken_steps(void)
{
	step("A server has loaded a table of 64 rows, a page each. It forks a worker.");
	step_ask("How many pages of the table do the two share?");
	look_at_table();
	expect_table("cow_shared", "64", "pages of the table shared:");
	step_wait();
	have_worker();
	step_done();

	step("All 64: fork copies none. The worker looks all rows up, and changes no name in "
	     "them.");
	step_ask("How many pages of the table does it copy?");
	look_at_table();
	expect_table("copied", "64", "pages of the table copied:");
	step_wait();
	tell_worker(LOOK_UP);
	step_done();

	step("All of them! Each copy was a page fault, and the kernel says where the program "
	     "stood.");
	step_ask("Which function wrote, where all was only looked up?");
	step_view("writers");
	step_point("take_row");
	step_expect("pair.writers[side=b].function", "take_row", "it was written by");
	step_expect("pair.writers[function=take_row].pages", "64", "pages that it copied:");
	step_wait();
	step_done();
}

static void cured_steps(void)
{
	step("It counts how often a row was used, in the row itself. The cure: what changes lies "
	     "apart from what does not. All counts now share one page of their own. The old worker "
	     "ends, and the server forks another one.");
	look_at_table();
	expect_table("cow_shared", "64", "pages of the table shared:");
	step_wait();
	end_worker();
	have_worker();
	step_done();

	step("The new worker looks all 64 rows up, and counts that as before.");
	step_ask("How many pages of the table does it copy now?");
	look_at_table();
	expect_table("copied", "0", "pages of the table copied:");
	step_wait();
	tell_worker(LOOK_UP_CURED);
	step_done();

	step("None of the table; but take_row_cured has counted 64 times.");
	step_ask("How many pages has it copied for that?");
	step_view("writers");
	step_point("take_row_cured");
	step_expect("pair.writers[function=take_row_cured].pages", "1", "pages that it copied:");
	step_wait();
	step_done();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	table = make_pages(ROWS);
	used_apart = make_pages(1);
	broken_steps();
	cured_steps();
	step("One, that of the counts: 64 pages became one. That was all.");
	step_wait();
	end_worker();
	return 0;
}
