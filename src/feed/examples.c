/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "examples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/feed/perf_ring.h"

/*
 * A fault whose stack is told costs its process some microseconds, one that finds no room half a
 * one. Up to so many a second are told all; of more only while a place has no example, or now and
 * then, for a while. Whoever copies much does so in bursts, of which each place should be seen: the
 * rings, which soon are full, are read again after a millisecond, and at once if that was of use.
 */
#define MANY_FAULTS 2000u
#define AGAIN_NS    10000000000u
#define WHILE_NS    250000000u
#define REST_NS	    2000000000u
#define GAP_NS	    1000000u
#define WINDOW_NS   100000000u
#define SECOND_NS   1000000000u

#define STACK_MANY    (16u * 1024 - 8)
#define STACK_FEW     (8u * 1024 - 8)
#define OF_PLACE_MOST 4u    /* examples: the first may be of another way there, or no copy */
#define TRIES_MOST    8u    /* looks for the first one of a place while the process faults much */
#define PLACES	      4096u /* a power of two; with half of them taken all are forgotten */

/* A place in a program, and what was told of it. */
struct place {
	uint64_t ip;
	pid_t pid; /* 0: the slot is free */
	bool kernel;
	uint8_t told, tries;
	uint64_t last_ns;
};

struct examples {
	struct perf_rings *rings;
	int epoll_fd, timer_fd; /* readable: the rings, once, or the timer */
	unsigned came, wanted;	/* in this look */
	bool paused;
	bool lacking; /* a fault of a place without any was told since the last look */
	uint64_t looked_ns, began_ns; /* when it was looked, when it went on */
	uint64_t faults;	      /* since then, for which each told one stands */
	size_t places_n;
	struct fault_sink *sink; /* while draining */
	struct place place[PLACES];
};

/* Calls again when there is something in the rings, or after a while. */
static void await(struct examples *e, bool at_once, int operation)
{
	const struct itimerspec gap = {.it_value.tv_nsec = GAP_NS};
	struct epoll_event once = {.events = EPOLLIN | EPOLLONESHOT};

	if (at_once)
		epoll_ctl(e->epoll_fd, operation, perf_rings_fd(e->rings), &once);
	else
		timerfd_settime(e->timer_fd, 0, &gap, NULL);
}

static int listen_to(struct examples *e)
{
	struct epoll_event each = {.events = EPOLLIN};

	e->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	e->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (e->epoll_fd < 0 || e->timer_fd < 0 ||
		epoll_ctl(e->epoll_fd, EPOLL_CTL_ADD, e->timer_fd, &each))
		return -errno;
	await(e, true, EPOLL_CTL_ADD);
	return 0;
}

int examples_open(const struct proc_root *root, pid_t pid, struct examples **ret_examples)
{
	static const uint32_t stack_bytes[] = {STACK_MANY, STACK_FEW};
	struct perf_ask ask = {.pid = pid, .fault_period = 1};
	struct perf_rings *rings = NULL;
	int error = -EOPNOTSUPP;

	for (size_t i = 0; i < 2 && error && perf_knows_registers(); i++) {
		ask.stack_bytes = stack_bytes[i];
		error = perf_rings_open(root, &ask, &rings);
	}
	if (error)
		return error;
	*ret_examples = mem_alloc(sizeof **ret_examples);
	**ret_examples = (struct examples){.rings = rings};
	(*ret_examples)->looked_ns = (*ret_examples)->began_ns = clock_monotonic_ns();
	error = listen_to(*ret_examples);
	if (error) {
		examples_close(*ret_examples);
		*ret_examples = NULL;
	}
	return error;
}

void examples_close(struct examples *e)
{
	if (!e)
		return;
	if (e->epoll_fd >= 0)
		close(e->epoll_fd);
	if (e->timer_fd >= 0)
		close(e->timer_fd);
	perf_rings_close(e->rings);
	free(e);
}

int examples_fd(const struct examples *e)
{
	return e->epoll_fd;
}

const char *examples_reason(int error)
{
	switch (error) {
	case 0:
		return NULL;
	case -EPERM:
	case -ENOMEM:
		return "no room for the stacks of page faults: perf_event_mlock_kb and "
		       "RLIMIT_MEMLOCK allow no more";
	case -EMFILE:
		return "no room for the stacks of page faults: RLIMIT_NOFILE allows too few files";
	case -EOPNOTSUPP:
	case -EINVAL:
		return "the kernel tells no registers and stacks with page faults here";
	default:
		return "the stacks of page faults could not be listened to";
	}
}

/* ---- places ---------------------------------------------------------------- */

static size_t slot_of(uint64_t ip, pid_t pid)
{
	uint64_t mixed = (ip ^ (uint64_t)pid << 40) * 0x9e3779b97f4a7c15ull;

	return (size_t)(mixed >> 32) & (PLACES - 1);
}

static void forget_places(struct examples *e)
{
	memset(e->place, 0, sizeof e->place);
	e->places_n = 0;
}

static struct place *place_of(struct examples *e, uint64_t ip, pid_t pid, bool kernel)
{
	size_t at = slot_of(ip, pid);

	for (; e->place[at].pid; at = (at + 1) & (PLACES - 1)) {
		struct place *p = &e->place[at];

		if (p->ip == ip && p->pid == pid && p->kernel == kernel)
			return p;
	}
	if (e->places_n >= PLACES / 2) {
		forget_places(e);
		at = slot_of(ip, pid);
	}
	e->places_n++;
	e->place[at] = (struct place){.ip = ip, .pid = pid, .kernel = kernel};
	return &e->place[at];
}

void examples_note(struct examples *e, const struct fault *fault, bool watched)
{
	struct place *p;

	if (fault->exec)
		forget_places(e);
	e->faults += fault->weight;
	if (!fault->ip || !watched)
		return;
	p = place_of(e, fault->ip, fault->pid, fault->kernel);
	e->lacking |= !p->told && p->tries < TRIES_MOST;
}

/* ---- what comes ------------------------------------------------------------ */

static bool is_wanted(struct place *p, uint64_t now_ns)
{
	return !p->told || (p->told < OF_PLACE_MOST && now_ns - p->last_ns > SECOND_NS);
}

static void take(void *context, const struct perf_record *r)
{
	struct examples *e = context;
	uint64_t now = clock_monotonic_ns();
	struct fault_example head = {.time_ns = r->time_ns,
		.address = r->address,
		.ip = r->ip,
		.pid = r->pid,
		.tid = r->tid,
		.kernel = r->kernel};
	struct place *p;

	if (r->kind != PERF_FAULT || !r->pid || !r->ip || !r->user)
		return;
	e->came++;
	p = place_of(e, r->ip, r->pid, r->kernel);
	if (!is_wanted(p, now))
		return;
	e->wanted++;
	p->told++;
	p->last_ns = now;
	head.registers = r->user->registers;
	fault_sink_add_example(e->sink, fault_example_new(&head, r->user->stack, r->user->stack_n));
}

/* ---- how much they cost ---------------------------------------------------- */

static void pause_rings(struct examples *e, bool pause, uint64_t now_ns)
{
	if (e->paused == pause)
		return;
	perf_rings_pause(e->rings, pause);
	e->paused = pause;
	e->began_ns = now_ns;
}

/* Those that are looked for and do not come are not looked for for ever. */
static void count_tries(struct examples *e)
{
	for (size_t i = 0; i < PLACES; i++)
		if (e->place[i].pid && !e->place[i].told && e->place[i].tries < TRIES_MOST)
			e->place[i].tries++;
}

static void rest(struct examples *e, uint64_t now_ns)
{
	if (e->lacking)
		count_tries(e);
	pause_rings(e, true, now_ns);
}

static void adapt(struct examples *e)
{
	uint64_t now = clock_monotonic_ns(), ns = now - e->looked_ns;
	bool many = e->faults > MANY_FAULTS * (ns / 1e9) + MANY_FAULTS / 10;

	if (ns < WINDOW_NS && (!many || !e->paused))
		return;
	if (!many)
		pause_rings(e, false, now);
	else if (!e->paused && now - e->began_ns < WHILE_NS)
		return;
	else if (!e->paused)
		rest(e, now);
	else if (now - e->began_ns > (e->lacking ? REST_NS : AGAIN_NS))
		pause_rings(e, false, now);
	e->looked_ns = now;
	e->faults = 0;
	e->lacking = false;
}

void examples_drain(struct examples *e, struct fault_sink *sink)
{
	uint64_t times;

	e->sink = sink;
	e->came = e->wanted = 0;
	while (read(e->timer_fd, &times, sizeof times) > 0)
		;
	perf_rings_read(e->rings, take, e);
	adapt(e);
	await(e, e->wanted || !e->came, EPOLL_CTL_MOD);
}
