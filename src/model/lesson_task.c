/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to say of processes and threads: what they share, how they relate, why they wait.
 */
#include "lesson_internal.h"

#include "twintop/model/card.h"
#include "twintop/model/pair.h"

/* The source stands in the card's own table. */
#define SHARE(text, reason, page)                                                                  \
	{                                                                                          \
		.what = text, .why = reason, .manual = page, .exact = EXACT_NOW                    \
	}

const struct lesson lesson_share[CARD_ITEMS] = {
	[CARD_VM] = SHARE("The map of all memory that a task can reach.",
		"Shared, the two are threads of one memory; separate, a wild pointer of one cannot "
		"hurt the other.",
		"clone(2)"),
	[CARD_FILES] = SHARE("The table from descriptor numbers to open files.",
		"Threads that close a descriptor close it for all; after a fork each closes its "
		"own.",
		"clone(2)"),
	[CARD_FS] = SHARE("Working directory, root directory and umask.",
		"A cd in a thread moves the whole program; a cd in a child leaves its parent where "
		"it was.",
		"chdir(2)"),
	[CARD_SIGHAND] = SHARE("The table of what each signal does.",
		"It is why a thread cannot have a handler to itself.", "sigaction(2)"),
	[CARD_IO] = SHARE("How the block layer groups requests to disks.",
		"It matters for fair shares of a disk, hardly for anything else.", "ioprio_set(2)"),
	[CARD_SYSVSEM] = SHARE("Semaphore operations to be undone at the end.",
		"A process that dies while it holds a semaphore lets go of it by this list.",
		"semop(2)"),
	[CARD_NS_CGROUP] = SHARE("What counts as the top of the tree of control groups.",
		"A container believes that its own group is all there is.", "cgroup_namespaces(7)"),
	[CARD_NS_IPC] = SHARE("The room in which System V keys have their meaning.",
		"With separate ones two processes cannot meet at a key, however often they try.",
		"ipc_namespaces(7)"),
	[CARD_NS_MNT] = SHARE("Which file systems are mounted where.",
		"The same path may lead two processes to different files.", "mount_namespaces(7)"),
	[CARD_NS_NET] = SHARE("Interfaces, addresses, ports and abstract sockets.",
		"Two servers may both have port 80, if their networks are separate.",
		"network_namespaces(7)"),
	[CARD_NS_PID] = SHARE("The numbering of processes.",
		"A number that a program in a container prints need not be the one that you see.",
		"pid_namespaces(7)"),
	[CARD_NS_TIME] = SHARE("Offsets of the monotonic and the boot clock.",
		"Times of two processes can be compared only within one.", "time_namespaces(7)"),
	[CARD_NS_USER] = SHARE("The meaning of user numbers and capabilities.",
		"It is what lets an ordinary user be root in a room of his own.",
		"user_namespaces(7)"),
	[CARD_NS_UTS] = SHARE("Host name and domain name.",
		"It is the smallest namespace, and a good one to try out unshare with.",
		"uts_namespaces(7)"),
	[CARD_CGROUP] = SHARE("The groups by which the kernel limits and counts resources.",
		"In one group they take from each other's share of memory and CPU.", "cgroups(7)"),
	[CARD_CREDENTIALS] = SHARE("Users and groups in whose name a task acts.",
		"Fork copies them; a set-user-ID program changes them at exec.", "credentials(7)"),
	[CARD_TERMINAL] = SHARE("The terminal that can send a task signals.",
		"Two programs with one terminal may both wait for its input, and only one gets a "
		"line.",
		"tty(4)"),
	[CARD_SESSION] = SHARE("The group of process groups that a login began.",
		"Whoever wants to outlive the terminal calls setsid.", "setsid(2)"),
	[CARD_PROCESS_GROUP] = SHARE("The job that a shell made of them.",
		"kill with a negative number reaches the whole of it.", "setpgid(2)"),
};

#define RELATION(name, text, reason)                                                               \
	{                                                                                          \
		.title = name, .what = text, .why = reason,                                        \
		.source = "/proc/PID/stat, field 4, of both", .manual = "fork(2)",                 \
		.exact = EXACT_NOW                                                                 \
	}

const struct lesson lesson_relation[RELATIONS] = {
	[RELATION_PARENT] = RELATION("parent of A", "B made A by fork, or took it over.",
		"The parent is told of A's end and must ask for its status, else A stays a "
		"zombie."),
	[RELATION_CHILD] = RELATION("child of A", "A made B by fork or clone, or took it over.",
		"Right after the fork it is A's twin: same memory, same open files, another "
		"number."),
	[RELATION_SIBLINGS] = RELATION("siblings", "One parent made both.",
		"Workers of one server are siblings: what they have in common they have from their "
		"parent."),
	[RELATION_THREADS] = RELATION("threads of one process",
		"A and B are two threads with one process number.",
		"All memory is common; stack, registers and signal mask are each one's own."),
	[RELATION_UNRELATED] = RELATION("unrelated",
		"Neither made the other, nor had one parent "
		"do it.",
		"What they still share is the page cache, and whatever they agreed on."),
	[RELATION_TWO_RECORDINGS] = RELATION("of another recording",
		"B is the process of another recording, maybe of another machine.",
		"Yesterday's worker beside today's: what is more or less of it shows at once."),
	[RELATION_OWN_PAST] = RELATION("A, earlier", "B is A as it was at an earlier moment.",
		"What has grown, leaked or gone since then shows best beside itself."),
};

#define STATE(letter, name, text, reason)                                                          \
	{                                                                                          \
		letter, name, text, reason, "/proc/PID/task/TID/stat, field 3",                    \
			"proc_pid_stat(5)", EXACT_NOW                                              \
	}

const struct lesson lesson_state[] = {
	STATE("R", "running", "It runs on a processor, or is ready and waits for one.",
		"Only these compete for processors; how many are R is the load."),
	STATE("S", "sleeping", "It waits for something, and a signal can wake it.",
		"The usual state of a healthy program: it costs no processor time."),
	STATE("D", "disk sleep", "It waits for something, mostly a disk, and no signal wakes it.",
		"Not even kill -9 ends it before the wait is over."),
	STATE("T", "stopped", "A signal stopped it: SIGSTOP, or Ctrl-Z.",
		"It goes on with SIGCONT, which fg and bg send; its memory stays as it is."),
	STATE("t", "traced", "A debugger holds it.", "It goes on when its tracer lets it."),
	STATE("Z", "zombie", "It has ended, and its parent has not asked for its status yet.",
		"Memory and files are gone; only the number and the status are kept, for the "
		"parent."),
	STATE("X", "dead", "It is just being taken away; in lists: it has ended.",
		"From the kernel so short a state is hardly ever heard."),
	STATE("I", "idle", "A thread of the kernel that has nothing to do.",
		"Unlike D it does not count as load."),
	STATE("P", "parked", "A thread of the kernel that was laid aside.",
		"It comes back when its processor does."),
};
const size_t lesson_state_n = sizeof lesson_state / sizeof *lesson_state;

#define WAIT(name, text, reason)                                                                   \
	{                                                                                          \
		.title = name, .what = text, .why = reason,                                        \
		.source = "/proc/PID/task/TID/syscall and the word that it waits on",              \
		.manual = "futex(2)", .exact = EXACT_JUDGED                                        \
	}

#define CALL(name, text, page, reason)                                                             \
	{                                                                                          \
		.title = name, .what = text, .why = reason,                                        \
		.source = "/proc/PID/task/TID/syscall", .manual = page, .exact = EXACT_BLOCKED     \
	}

const struct lesson lesson_wait[WAIT_KINDS] = {
	[WAIT_NOTHING] =
		WAIT("nothing", "It runs, or its system call tells of nothing to wait for.",
			"Who waits for nothing will go on by itself."),
	[WAIT_FUTEX] = WAIT("futex",
		"A word in memory that names no owner, of a lock or an event of the program's own "
		"making.",
		"Nobody holds it: somebody has to signal it, and who that will be is not written "
		"anywhere."),
	[WAIT_MUTEX] = WAIT("mutex",
		"A lock that another thread holds; its number stands in the "
		"lock.",
		"The chain from owner to owner shows whether it will ever be free."),
	[WAIT_PI_MUTEX] = WAIT("mutex with priority inheritance",
		"A lock whose owner runs with the priority of the most urgent waiter.",
		"It keeps a low thread that holds the lock from delaying a high one for long."),
	[WAIT_JOIN] = WAIT("join", "pthread_join: it waits for another thread to end.",
		"If that one never ends, neither does this wait."),
	[WAIT_RWLOCK] = WAIT("read-write lock",
		"Many may read, one may write: it waits for those who have it. The writer's number "
		"stands in the lock, those of readers nowhere.",
		"A writer may wait for long where readers come and go."),
	[WAIT_CONDITION] = WAIT("condition variable",
		"pthread_cond_wait: it gave a mutex back and waits for a signal.",
		"A signal that was sent before anybody waited is lost: the condition is to be "
		"looked at under the mutex."),
	[WAIT_SEMAPHORE] = WAIT("semaphore", "sem_wait: the count is 0, somebody has to post.",
		"Anybody may post, not only who took it: so it has no owner."),
	[WAIT_BARRIER] = WAIT("barrier",
		"pthread_barrier_wait: it waits until as many have come as were agreed.",
		"One that never comes holds up all the others."),
	[WAIT_READ] = CALL("read", "Nothing is there to be read yet.", "read(2)",
		"As long as anybody has the writing end of a pipe open there is no end of file."),
	[WAIT_WRITE] = CALL("write", "There is no room for what it writes.", "write(2)",
		"Whoever reads the other end sets the pace."),
	[WAIT_RECEIVE] = CALL("receive", "Nothing has arrived yet.", "recv(2)",
		"Who waits for whom shows in the two ends."),
	[WAIT_SEND] = CALL("send", "There is no room for what it sends.", "send(2)",
		"The other end does not take what has come already."),
	[WAIT_CONNECT] = CALL("connect", "The other end has not answered.", "connect(2)",
		"A queue of callers that is full looks like this, too."),
	[WAIT_ACCEPT] = CALL("accept", "Nobody has connected.", "accept(2)",
		"The usual state of a server that has nothing to do."),
	[WAIT_EPOLL] = CALL("epoll", "None of the descriptors that it watches is ready.",
		"epoll_wait(2)", "One thread waits for thousands of others at once."),
	[WAIT_POLL] = CALL("poll", "None of some descriptors is ready.", "poll(2)",
		"The list is handed over at each call anew."),
	[WAIT_SELECT] = CALL("select", "None of some descriptors is ready.", "select(2)",
		"The oldest of its kind: it knows no descriptor above 1023."),
	[WAIT_FILE_LOCK] = CALL("flock", "Another open file has the lock.", "flock(2)",
		"A fork hands such a lock on to the child."),
	[WAIT_RECORD_LOCK] = CALL("record lock",
		"Another process has a lock on that part of the file.", "fcntl_locking(2)",
		"It is let go when its process closes any descriptor of the file."),
	[WAIT_CHILD] = CALL("child", "No child has ended yet.", "wait(2)",
		"A child that has ended stays as a zombie until somebody waits so."),
	[WAIT_SLEEP] = CALL("sleep", "Its time is not over.", "nanosleep(2)",
		"It ends by itself, and costs nothing meanwhile."),
	[WAIT_SIGNAL] = CALL("signal", "No signal has come.", "signal(7)",
		"A signal that came before it began to wait is not waited for."),
	[WAIT_OPEN] = CALL("open", "A named pipe has no other end yet, or a disk is slow.",
		"open(2)", "Both ends of a named pipe wait for each other."),
	[WAIT_DISK] = CALL("disk", "A disk or device has not finished.", "fsync(2)",
		"Until then not even kill -9 ends it, mostly."),
	[WAIT_MESSAGE] = CALL("message", "A System V queue is empty, or full.", "msgop(2)",
		"Anybody who may use the queue can end the wait."),
	[WAIT_SYSV_SEMAPHORE] =
		CALL("System V semaphore", "The counts do not allow what it wants.", "semop(2)",
			"Who changed them last is told by number, though that one may be gone."),
};

/* Why it matters stands in the event table itself. */
#define EVENT_LESSON(text, page)                                                                   \
	{                                                                                          \
		.what = text, .source = "whoever told it, which stands with each", .manual = page, \
		.exact = EXACT_NOW                                                                 \
	}

const struct lesson lesson_event[EVENT_KINDS] = {
	[EVENT_FORK] = EVENT_LESSON("fork(2), or clone(2) without CLONE_THREAD.", "fork(2)"),
	[EVENT_EXEC] = EVENT_LESSON("execve(2): the same process, another program.", "execve(2)"),
	[EVENT_EXIT] = EVENT_LESSON("exit(3), a return from main, or a deadly signal.", "exit(3)"),
	[EVENT_NEW_SIBLING] =
		EVENT_LESSON("Side B of the screen went to another process.", "twintop(1)"),
	[EVENT_THREAD] = EVENT_LESSON(
		"clone(2) with CLONE_THREAD, as pthread_create calls it.", "pthread_create(3)"),
	[EVENT_THREAD_EXIT] = EVENT_LESSON(
		"pthread_exit(3), or the thread's function returned.", "pthread_exit(3)"),
	[EVENT_COMM] = EVENT_LESSON(
		"prctl(2) PR_SET_NAME, or a write to its comm file.", "pthread_setname_np(3)"),
	[EVENT_ZOMBIE] = EVENT_LESSON("State Z: an end that waits to be asked for.", "wait(2)"),
	[EVENT_REAPED] = EVENT_LESSON("wait(2), waitpid(2) or waitid(2) of its parent.", "wait(2)"),
	[EVENT_REPARENTED] =
		EVENT_LESSON("Its parent's end, which hands its children on.", "prctl(2)"),
	[EVENT_STOPPED] = EVENT_LESSON(
		"SIGSTOP, or SIGTSTP, SIGTTIN and SIGTTOU where they are not caught.", "signal(7)"),
	[EVENT_CONTINUED] = EVENT_LESSON("SIGCONT, caught or not.", "signal(7)"),
	[EVENT_TRACED] = EVENT_LESSON(
		"ptrace(2): PTRACE_ATTACH, PTRACE_SEIZE or PTRACE_TRACEME.", "ptrace(2)"),
	[EVENT_UNTRACED] = EVENT_LESSON("PTRACE_DETACH, or the tracer's end.", "ptrace(2)"),
	[EVENT_FIRST_COPY] = EVENT_LESSON(
		"A write to a page that fork left in common: the first of the pair.", "fork(2)"),
	[EVENT_COPYING] = EVENT_LESSON(
		"Writes to pages that fork left in common, again and again.", "fork(2)"),
	[EVENT_COPIES] = EVENT_LESSON(
		"Writes to pages that fork left in common, one soon after the other.", "fork(2)"),
	[EVENT_MAPPED] = EVENT_LESSON(
		"mmap(2), shmat(2), mremap(2), or a library that is loaded.", "mmap(2)"),
	[EVENT_UNMAPPED] = EVENT_LESSON("munmap(2), shmdt(2) or mremap(2).", "munmap(2)"),
	[EVENT_OPENED] = EVENT_LESSON(
		"open(2), socket(2), accept(2), pipe(2), dup(2) and their like.", "open(2)"),
	[EVENT_CLOSED] = EVENT_LESSON("close(2), or dup2(2) onto its number.", "close(2)"),
	[EVENT_SIGNAL_ACTION] = EVENT_LESSON("sigaction(2) or signal(2).", "sigaction(2)"),
	[EVENT_STEP] = EVENT_LESSON("A caption that a demo wrote to $TWINTOP_STEPS.", "twintop(1)"),
	[EVENT_STEP_LINE] = EVENT_LESSON("A line beside the caption, for twintop rather than for "
					 "people.",
		"twintop(1)"),
	[EVENT_DEADLOCK] = EVENT_LESSON(
		"A ring of owners, proved by two looks between which none of them ran.",
		"pthread_mutex_lock(3)"),
	[EVENT_LOST] = EVENT_LESSON("A mark that the list of events has a gap.", "twintop(1)"),
};
