/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that C++ has brought to where each is blocked, in station::stand(): by what its compilers
 * make that C's do not. It is built in many ways by the test of it. Prints "pid=N", and NAME=TID of
 * each:
 *   called    a virtual function, of a template of a class
 *   chosen    one of two functions of a name, called by the other
 *   lambda    a lambda, called by a template of a function
 *   inlined   functions that are inlined into each other, one of an unnamed namespace
 *   caught    a block that handles an exception
 *   unwound   a destructor that an exception has called on its way out
 */
#include <stdexcept>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include <cstdio>

/* A call is never the last thing that a function does: it would leave no frame. */
#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noinline, noclone))
#endif
#define INTO	  inline __attribute__((always_inline))
#define BARRIER() __asm__ volatile("" ::: "memory")

namespace station
{

static int silent[2], tids[2];

/* It tells who stands there, and stays. */
KEPT void stand()
{
	char byte;
	int tid = static_cast<int>(syscall(SYS_gettid));

	if (write(tids[1], &tid, sizeof tid) != sizeof tid || read(silent[0], &byte, 1) < 0)
		_exit(1);
	BARRIER();
}

/* ---- called: by its object ------------------------------------------------------- */

class Train
{
      public:
	virtual ~Train() = default;
	virtual int leave(int at) = 0;
};

template <typename Cargo, int Cars> class Freight final : public Train
{
      public:
	KEPT int leave(int at) override;
};

template <typename Cargo, int Cars> int Freight<Cargo, Cars>::leave(int at)
{
	stand();
	BARRIER();
	return at + Cars;
}

KEPT int depart(Train &train)
{
	int at = train.leave(1);

	BARRIER();
	return at;
}

void called()
{
	Freight<unsigned long, 12> freight;
	Train *train = &freight;

	__asm__ volatile("" : "+r"(train)); /* so nobody knows what it is */
	depart(*train);
	BARRIER();
}

/* ---- chosen: by its arguments ------------------------------------------------------ */

KEPT void choose(double)
{
	stand();
	BARRIER();
}

KEPT void choose(const char *name, Train *)
{
	choose(name ? 1.0 : 0.0);
	BARRIER();
}

void chosen()
{
	choose("express", nullptr);
	BARRIER();
}

/* ---- lambda, inlined ---------------------------------------------------------------- */

template <typename Call> KEPT auto perform(Call call, unsigned times)
{
	auto result = call(times);

	BARRIER();
	return result;
}

void lambda()
{
	int all = 0;

	perform(
		[&all](unsigned times) __attribute__((noinline)) {
			stand();
			BARRIER();
			return all += static_cast<int>(times);
		},
		2);
	BARRIER();
}

namespace
{
INTO void inner(const int &)
{
	stand();
	BARRIER();
}
} // namespace

struct Track {
	int number;
	INTO void outer() const
	{
		inner(number);
		BARRIER();
	}
};

KEPT void inlined()
{
	Track track = {1};

	track.outer();
	BARRIER();
}

/* ---- exceptions ------------------------------------------------------------------------ */

KEPT void derail(const char *why)
{
	BARRIER();
	throw std::runtime_error(why);
}

KEPT void caught()
{
	try {
		derail("caught");
	} catch (const std::exception &) {
		stand();
		BARRIER();
	}
}

class Signal
{
      public:
	KEPT ~Signal()
	{
		stand();
		BARRIER();
	}
};

KEPT void pass()
{
	Signal signal;

	derail("unwound");
	BARRIER();
}

KEPT void unwound()
{
	try {
		pass();
	} catch (const std::exception &) {
		BARRIER();
	}
}

} // namespace station

/* Each is asked who it is before the next one begins. */
static int started(void (*begin)())
{
	int tid;

	std::thread(begin).detach();
	if (read(station::tids[0], &tid, sizeof tid) != sizeof tid)
		_exit(1);
	return tid;
}

int main()
{
	static const struct {
		const char *name;
		void (*begin)();
	} threads[] = {
		{"called", station::called},
		{"chosen", station::chosen},
		{"lambda", station::lambda},
		{"inlined", station::inlined},
		{"caught", station::caught},
		{"unwound", station::unwound},
	};
	char line[64];

	alarm(120);
	if (pipe(station::silent) || pipe(station::tids))
		return 1;
	printf("pid=%d", static_cast<int>(getpid()));
	for (const auto &thread : threads)
		printf(" %s=%d", thread.name, started(thread.begin));
	putchar('\n');
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	_exit(0);
}
