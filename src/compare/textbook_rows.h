/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the process-versus-thread table. Included with TEXTBOOK defined, more than once.
 * (id, title, question, of processes, of threads, source, demo, view, need)
 */
TEXTBOOK(identity, "Identity", "By what numbers does the kernel know them?", "a PID each",
	"one PID, a TID each", "/proc/PID/task/; stat, field 4; status, NSpid", "clone-spectrum",
	"threads", NEED_PROCESS | NEED_THREADS | NEED_STACKS)
TEXTBOOK(tasks, "A task of its own", "Does the scheduler see each by itself?", "one or more each",
	"one each", "/proc/PID/task/", "threads-share", "threads", NEED_PROCESS | NEED_THREADS)
TEXTBOOK(address_space, "Address space", "One memory, or two?", "each its own", "one for all",
	"kcmp(2) KCMP_VM", "clone-spectrum", "memory", NEED_PROCESS | NEED_SHARES | NEED_MAPS)
TEXTBOOK(code, "Program's code", "Are the instructions in memory once, or twice?",
	"once, of one program", "once", "/proc/PID/maps and pagemap", "fork-exec", "memory",
	NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(libraries, "Libraries", "Is the same library in memory once, or twice?",
	"once, even of strangers", "once", "/proc/PID/maps and pagemap", "libraries", "memory",
	NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(globals, "Globals: .data, .bss", "Is a global variable one, or two?", "a copy each",
	"one: to be locked", "/proc/PID/maps and pagemap", "threads-share", "pages",
	NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(heap, "Heap", "Is what malloc gave one, or two?", "a copy each", "one: pointers serve all",
	"/proc/PID/maps and pagemap", "fork-cow", "pages", NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(before_fork, "Memory after fork", "What became of the memory made before the fork?",
	"copied when written", "no fork, no copy", "/proc/PID/pagemap of both", "fork-cow", "pages",
	NEED_PROCESS | NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(shared_memory, "Shared memory", "What memory was made to be shared?",
	"by mmap, shm_open, shmget", "all is", "/proc/PID/maps, map_files/ and pagemap",
	"shared-memory", "sharing", NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(races, "Races", "Can both write one variable at once?", "in shared memory alone",
	"everywhere", "kcmp(2) KCMP_VM; /proc/PID/maps", "race", "sharing",
	NEED_MAPS | NEED_PAGES | NEED_SHARES)
TEXTBOOK(stack, "Stack", "Where does each keep its calls?", "each its own", "each its own",
	"/proc/PID/mem; /proc/PID/maps", "threads-share", "stacks", NEED_STACKS | NEED_SHARES)
TEXTBOOK(registers, "Registers", "Where in its code and stack does each stand?", "each its own",
	"each its own", "/proc/PID/task/TID/syscall", "threads-share", "stacks",
	NEED_THREAD_SYSCALL | NEED_THREADS)
TEXTBOOK(thread_local, "Thread-local, errno", "Where does errno lie?", "each its own",
	"each its own", "get_robust_list(2) and /proc/PID/mem", "threads-share", "sharing",
	NEED_STACKS | NEED_SHARES)
TEXTBOOK(open_files, "Open files", "One table of descriptors, or two?", "a table each", "one table",
	"kcmp(2) KCMP_FILES and KCMP_FILE; /proc/PID/fd", "cloexec-leak", "files",
	NEED_FDS | NEED_DESCRIPTIONS | NEED_SHARES)
TEXTBOOK(file_offsets, "File offsets", "Does a read by one move the other's position?",
	"of what fork passed on", "always", "kcmp(2) KCMP_FILE; /proc/PID/fdinfo", "fd-offset",
	"files", NEED_FDS | NEED_DESCRIPTIONS | NEED_SHARES)
TEXTBOOK(directory, "Directory, umask", "Does chdir by one move the other?", "each its own",
	"one for all", "kcmp(2) KCMP_FS", "clone-spectrum", "sharing", NEED_SHARES)
TEXTBOOK(handlers, "Signal handlers", "One table of handlers, or two?", "each its own",
	"one for all", "kcmp(2) KCMP_SIGHAND; /proc/PID/status, SigCgt", "signals", "signals",
	NEED_PROCESS | NEED_SHARES)
TEXTBOOK(signal_mask, "Signal mask", "Which signals does each hold back?", "each its own",
	"each its own", "/proc/PID/task/TID/status, SigBlk", "signals", "signals",
	NEED_THREADS | NEED_THREAD_STATUS)
TEXTBOOK(pending, "Pending signals", "Whom do signals wait for?", "each its own",
	"each its own, and all's", "/proc/PID/task/TID/status, SigPnd and ShdPnd", "signals",
	"signals", NEED_PROCESS | NEED_THREADS | NEED_THREAD_STATUS)
TEXTBOOK(credentials, "User and group", "Whose rights does each have?", "each its own", "the same",
	"/proc/PID/task/TID/status, Uid and Gid", "clone-spectrum", "sharing", NEED_PROCESS)
TEXTBOOK(scheduling, "Scheduling", "Is each run, or kept waiting, by itself?", "each by itself",
	"each by itself", "/proc/PID/task/TID/stat", "threads-share", "threads", NEED_THREADS)
TEXTBOOK(cpu_time, "CPU time, switches", "Is its time counted by itself?", "each by itself",
	"each by itself", "/proc/PID/task/TID/schedstat and status", "switch-cost", "threads",
	NEED_THREADS | NEED_THREAD_STATUS)
TEXTBOOK(waiting, "Waiting and locks", "What does each wait for, and who holds it?",
	"one waits alone", "one waits alone", "/proc/PID/task/TID/syscall; /proc/PID/mem",
	"deadlock", "threads", NEED_THREADS | NEED_THREAD_SYSCALL)
TEXTBOOK(family, "Parent and children", "Who is whose child, and who reaps whom?",
	"a tree: parents reap", "equals, none reaps", "/proc/PID/stat, field 4; task/TID/children",
	"zombie-orphan", "overview", NEED_PROCESS)
TEXTBOOK(job, "Job and terminal", "Does Ctrl-C reach both?", "if of one group", "always",
	"/proc/PID/stat, fields 5 to 7", "clone-spectrum", "sharing", NEED_PROCESS)
TEXTBOOK(end, "End and crash", "What dies with what?", "the other lives on", "all die with one",
	"PIDFD_GET_INFO; stat, field 52; wait(2)", "crash", "overview", NEED_PROCESS)
TEXTBOOK(fork, "What fork takes along", "How many threads has a child?", "all of a process",
	"the caller alone", "/proc/PID/stat, fields 9 and 20; task/TID/stat", "fork-with-threads",
	"threads", NEED_PROCESS | NEED_THREADS | NEED_MAPS)
TEXTBOOK(exec, "What exec leaves", "What remains of the memory after exec?", "PID, files",
	"one: the others end", "/proc/PID/exe; stat, field 9", "fork-exec", "overview",
	NEED_PROCESS)
TEXTBOOK(limits, "Limits", "Whose are the limits?", "each its own", "one set for all",
	"/proc/PID/limits, Max open files", "clone-spectrum", "files", NEED_FDS)
TEXTBOOK(namespaces, "Namespaces, cgroup", "Do both see the same system?", "as their parents do",
	"the same", "/proc/PID/ns/ and cgroup", "clone-spectrum", "sharing",
	NEED_PROCESS | NEED_SURROUNDINGS)
TEXTBOOK(channels, "How they can talk", "Over what can one tell the other something?",
	"pipes, sockets, signals", "by any variable",
	"/proc/PID/fd, kcmp(2), sock_diag(7), sysvipc", "pipe", "sharing",
	NEED_PROCESS | NEED_SURROUNDINGS | NEED_MAPS | NEED_FDS | NEED_SOCKETS | NEED_DESCRIPTIONS |
		NEED_THREADS | NEED_THREAD_SYSCALL | NEED_IPC | NEED_LOCKS | NEED_SHARES)
TEXTBOOK(creating, "Cost to create", "What does it take to make another one?", "dear: page tables",
	"cheap: a stack", "/proc/PID/status, VmPTE", "switch-cost", "overview", NEED_PROCESS)
TEXTBOOK(switching, "Cost to switch", "What does it take to go from one to the other?",
	"dearer: memory, too", "cheaper", "task/TID/status, ..._ctxt_switches", "switch-cost",
	"threads", NEED_THREADS | NEED_THREAD_STATUS)
