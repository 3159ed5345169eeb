/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lecture's terms by the alphabet. Included with TERM defined, no guard.
 * (name, what it is, where twintop shows it, man page, demo that shows it or NULL)
 * Where begins with the key of a view and its title.
 */
TERM("address space", "All addresses that a process can use, and what lies behind each of them. Every "
	"process has its own; threads of one process share one.",
	"4 Memory; 6 Sharing, address space", "proc_pid_maps(5)", "threads-share")
TERM("anonymous memory", "Memory that no file stands behind: heap, stacks, what mmap gives for "
	"MAP_ANONYMOUS. It begins as zeroes.", "4 Memory, kind anon", "mmap(2)", NULL)
TERM("atomic operation", "A read, change and write that nobody can come between. Counting with "
	"it loses no update, without any lock.", "2 Threads, while the demo runs",
	"pthreads(7)", "race")
TERM("blocking", "A thread that asks for what is not there yet sleeps in the system call until it "
	"is. Meanwhile others use the processor.", "2 Threads, column SYSCALL", "syscalls(2)", "pipe")
TERM("brk", "The end of the heap, which malloc moves upwards for small pieces of memory.",
	"4 Memory, kind heap", "brk(2)", NULL)
TERM("bss", "Global variables that begin as zero. The program's file only says how many bytes they "
	"are.", "4 Memory, kind bss", "elf(5)", NULL)
TERM("capability", "A piece of root's power that can be given alone, such as CAP_SYS_PTRACE to "
	"look into other processes.", "1 Overview: what is hidden says which is missing",
	"capabilities(7)", NULL)
TERM("child process", "A process that fork or clone made. It begins as a twin of its parent and "
	"has a number of its own.", "1 Overview, the lines of identity", "fork(2)", "fork-count")
TERM("clone", "The system call behind both fork and threads: its flags say what the new task "
	"shares with the old one.", "6 Sharing, shared or separate", "clone(2)", "clone-spectrum")
TERM("close-on-exec", "A flag of a descriptor: exec closes it. Without it the executed program "
	"inherits the open file.", "7 Files, column CLOEXEC", "fcntl(2)", "cloexec-leak")
TERM("condition variable", "A place to wait for something to become true, together with a mutex. "
	"Whoever wakes must look again, so the wait stands in a while loop.",
	"2 Threads, column WAITS ON", "pthread_cond_wait(3)", "cond-lost")
TERM("context switch", "The kernel takes the processor from one thread and gives it to another. "
	"Between threads of one process the memory map stays, which makes it cheaper.",
	"2 Threads, columns VOL and INVOL", "sched(7)", "switch-cost")
TERM("copy-on-write", "After a fork both processes have the same pages, marked read only. The first "
	"write to one stops in a page fault, the kernel copies that page, and the write goes on.",
	"4 Memory, columns COW and COPIED; 5 Pages", "fork(2)", "fork-cow")
TERM("core dump", "A file with the memory of a process at its crash, for a debugger.",
	"8 Signals, the default action", "core(5)", "crash")
TERM("CPU-bound", "Work that would go on faster with a faster processor, or one more: it is on one, or "
	"ready for one, all the time.", "2 Threads, state R and columns CPU and INVOL", "sched(7)",
	"cpu-io")
TERM("critical section", "Code that only one thread at a time may run, because it changes what all "
	"of them use.", "2 Threads, column WAITS ON", "pthread_mutex_lock(3)", "race")
TERM("daemon", "A process that runs without a terminal, in a session of its own.",
	"1 Overview, row ids", "daemon(3)", NULL)
TERM("deadlock", "Threads wait in a ring: each holds what the next one wants. None of them will ever "
	"go on. Taking locks always in the same order avoids it.",
	"2 Threads, column WAITS ON, and e on it", "pthread_mutex_lock(3)", "deadlock")
TERM("environment", "Names with values that a process inherits from its parent and hands to what it "
	"executes. They lie at the top of the stack.", "4 Memory, kind stack", "environ(7)", NULL)
TERM("erosion", "What a fork shared is copied page by page as either writes, until little is left to "
	"share. Garbage collectors and reference counts do it by reading alone: they write marks.",
	"1 Overview, row erosion; 4 Memory, below the list", "fork(2)", "writers")
TERM("errno", "The reason why the last call failed. It is a variable of each thread, so that threads do "
	"not spoil it for each other.", "6 Sharing, each thread's own: TLS base", "errno(3)",
	"threads-share")
TERM("event loop", "One thread that waits for many descriptors at once, and then serves those that "
	"are ready.", "2 Threads, SYSCALL epoll_wait or poll", "epoll(7)", NULL)
TERM("exec", "A process gives up its program and its memory for another program. Its number, its parent "
	"and its open files stay.", "4 Memory, before and after", "execve(2)", "fork-exec")
TERM("exit status", "A number from 0 to 255 that a process leaves for its parent; 0 means success.",
	"1 Overview, row state", "exit(3)", "zombie-orphan")
TERM("false sharing", "Threads write variables of their own that lie on one line of the processors' caches. "
	"The line goes to and fro between them, as if they shared it.",
	"2 Threads, while the demo runs", "pthreads(7)", "false-sharing")
TERM("file descriptor", "A small number by which a process calls an open file: an index into its own "
	"table.", "7 Files, column FD", "open(2)", "fd-offset")
TERM("file mapping", "A file as a piece of memory. With MAP_SHARED writes go to the file, with "
	"MAP_PRIVATE to a copy.", "4 Memory, kind file", "mmap(2)", "mapped-file")
TERM("fork", "A process makes a twin of itself. Both go on behind the call; the child gets 0 from it, "
	"the parent the child's number.", "1 Overview, events", "fork(2)", "fork-cow")
TERM("fork beside threads", "Only the thread that called fork lives on in the child. A lock that "
	"another one held stays locked there for ever.", "2 Threads, side by side",
	"pthread_atfork(3)", "fork-with-threads")
TERM("frame", "A piece of physical memory as large as a page. Several pages of several processes may "
	"lie in one frame.", "5 Pages, the line of the cell", "proc_pid_pagemap(5)", "libraries")
TERM("futex", "A word in memory that threads can sleep on until another one wakes them. All locks of "
	"the C library are built on it; without contention the kernel is not asked at all.",
	"2 Threads, columns SYSCALL and WAITS ON", "futex(2)", "deadlock")
TERM("guard page", "A page without any access, below a stack. An overflow touches it and ends the "
	"process, before it destroys other data.", "3 Stacks, the sign at the end of the bar",
	"pthread_attr_setguardsize(3)", "stack-growth")
TERM("heap", "Where malloc takes memory from. All threads use the same one.", "4 Memory, kind heap",
	"malloc(3)", "threads-share")
TERM("huge page", "A page of 2 MiB in place of 4 KiB: fewer entries in the page table, but larger "
	"copies.", "4 Memory, column HUGE", "madvise(2)", NULL)
TERM("I/O-bound", "Work that waits most of its time for a device, a network or another process. It gives "
	"its processor up by itself.", "2 Threads, columns VOL and WAITS ON", "sched(7)", "cpu-io")
TERM("interrupt", "A device or the clock stops what runs, so that the kernel can look after it. The "
	"clock's interrupt is how a thread loses the processor.", "2 Threads, column INVOL",
	"sched(7)", NULL)
TERM("kernel thread", "A thread of the kernel itself, without a program and without memory of its own. "
	"ps shows its name in brackets.", "1 Overview, row memory says so", "proc_pid_stat(5)", NULL)
TERM("kernel-level thread", "A thread that the kernel knows and schedules, with a TID of its own. "
	"One that blocks does not stop the others. Linux threads are of this sort.",
	"2 Threads, a row each", "pthreads(7)", "user-threads")
TERM("KSM", "The kernel looks for pages with equal content and keeps one of them. A write makes a copy "
	"again.", "4 Memory, every field of a row: ksm", "madvise(2)", NULL)
TERM("library", "Code for many programs. Its file is mapped by each of them, and its code is in memory "
	"once.", "4 Memory, kind libcode", "ld.so(8)", "libraries")
TERM("lost update", "Two threads read the same value, both add one, both write: one of the additions is "
	"lost.", "2 Threads, while the demo runs", "pthreads(7)", "race")
TERM("lost wakeup", "A signal of a condition variable that comes before somebody waits is kept by nobody. "
	"Who looked without the mutex, and waits then, sleeps for ever.",
	"2 Threads, column WAITS ON", "pthread_cond_wait(3)", "cond-lost")
TERM("major fault", "A page fault that has to wait for a disk. The thread sleeps meanwhile, in state "
	"D.", "1 Overview, row time", "getrusage(2)", NULL)
TERM("mapping", "A range of addresses with the same rights and the same thing behind it: a row of the "
	"address space.", "4 Memory, a row each", "mmap(2)", NULL)
TERM("memfd", "A file that exists only in memory, without a name. Whoever has its descriptor can map "
	"it.", "4 Memory, kind memfd", "memfd_create(2)", "shared-memory")
TERM("message queue", "Messages that wait in the kernel until somebody takes them, whole and in "
	"order.", "6 Sharing, channels", "mq_overview(7)", NULL)
TERM("minor fault", "A page fault that needs no disk: a first touch, or a copy after a fork.",
	"2 Threads, column MINFLT", "getrusage(2)", "fork-cow")
TERM("mmap", "The call that makes a mapping: of a file, of fresh memory, shared or private.",
	"4 Memory", "mmap(2)", "mapped-file")
TERM("mutex", "A lock: whoever holds it goes on, all others sleep until it is given back. It protects "
	"data that several threads change.", "2 Threads, column WAITS ON: mutex",
	"pthread_mutex_lock(3)", "race")
TERM("namespace", "A room in which numbers and names have their own meaning: PIDs, mounts, networks, "
	"users. Containers are made of them.", "6 Sharing, the rows called namespace",
	"namespaces(7)", NULL)
TERM("nice", "How readily a thread lets others run first, from -20 to 19.",
	"2 Threads, Enter: nice", "sched(7)", NULL)
TERM("offset", "The position of the next read or write. It belongs to the open file description, so "
	"parent and child move one and the same.", "7 Files, column OFFSET", "lseek(2)", "fd-offset")
TERM("open file description", "One opening of a file: position and flags. Descriptors of several "
	"processes may lead to it, after a fork or a dup.", "7 Files, column DESC; 6 Sharing",
	"open(2)", "fd-offset")
TERM("orphan", "A process whose parent has ended. Process 1 or another reaper takes it over.",
	"1 Overview, row ids: parent", "getppid(2)", "zombie-orphan")
TERM("page", "The unit of memory: 4 KiB of addresses on most machines. Rights, copies and swapping are "
	"always of whole pages.", "5 Pages, a cell each", "sysconf(3)", "fork-cow")
TERM("page cache", "The kernel keeps what it has read of files in memory. Mapped files are these very "
	"pages.", "5 Pages, verdict page cache", "mincore(2)", "libraries")
TERM("page fault", "The processor stops at an address that is not there, or not writable. The kernel "
	"brings or copies the page, or sends SIGSEGV.", "1 Overview, row time: faults",
	"getrusage(2)", "fork-cow")
TERM("page table", "What turns a process's addresses into frames, a page at a time. Fork copies it at "
	"once, and the pages later.", "1 Overview, Enter: page_table_bytes", "proc_pid_status(5)", "switch-cost")
TERM("parallel", "Really at the same time, on several processors. Concurrent means only that nobody "
	"waits for the others to finish.", "2 Threads, columns CPU and CPU#", "sched(7)", NULL)
TERM("PID", "The number of a process, and of its main thread. The kernel gives it away again when the "
	"process has gone.", "1 Overview, the lines of identity", "getpid(2)", "fork-count")
TERM("pipe", "A buffer of bytes in the kernel with an end to write to and an end to read from. A full "
	"one stops the writer, an empty one the reader.", "7 Files, kind pipe; 6 Sharing, channels",
	"pipe(7)", "pipe")
TERM("POSIX shared memory", "Shared memory with a name, made by shm_open. Strangers meet there.",
	"4 Memory, kind shm", "shm_overview(7)", "shared-memory")
TERM("preemption", "The kernel takes the processor away from a thread that would like to go on.",
	"2 Threads, column INVOL", "sched(7)", "cpu-io")
TERM("priority inversion", "An urgent thread waits for a lock that an unimportant one holds, and that "
	"one does not get the processor.", "2 Threads, column WAITS ON", "pthreads(7)", NULL)
TERM("process", "A running program: an address space, open files, signal handlers, and at least one "
	"thread.", "1 Overview", "fork(2)", "fork-cow")
TERM("process group", "Processes that a shell started as one job. Ctrl-C goes to all of them.",
	"1 Overview, row ids: group", "setpgid(2)", NULL)
TERM("program counter", "The register that says which instruction is next. Every thread has its own.",
	"2 Threads, Enter: program_counter", "proc_pid_syscall(5)", "threads-share")
TERM("PSS", "Resident memory in which a page that n processes share counts as one nth. Unlike RSS it "
	"can be added up.", "6 Sharing, memory in common", "proc_pid_smaps(5)", NULL)
TERM("race condition", "The result depends on who comes first. It often goes well, and then not.",
	"2 Threads, while the demo runs", "pthreads(7)", "race")
TERM("reaping", "A parent asks for the status of an ended child, by wait. Only then the child's number "
	"is free.", "1 Overview, row state: zombie", "wait(2)", "zombie-orphan")
TERM("resident", "In memory and in the process's page table now, unlike what is only promised or "
	"swapped out.", "4 Memory, column RESIDENT", "proc_pid_statm(5)", NULL)
TERM("RSS", "Resident set size: all resident pages of a process. Shared pages count in full in every "
	"process.", "1 Overview, row memory", "proc_pid_status(5)", NULL)
TERM("runtime", "What a language needs while its programs run: memory management, its own threads, an "
	"interpreter.", "1 Overview, row state", "ld.so(8)", NULL)
TERM("scheduler", "The part of the kernel that decides which thread runs on which processor, and for how "
	"long.", "2 Threads, columns CPU, WAIT and INVOL", "sched(7)", NULL)
TERM("semaphore", "A counter that may not fall below 0: whoever would lower it further waits. Unlike a "
	"mutex it has no owner.", "2 Threads, column WAITS ON; 6 Sharing, channels",
	"sem_overview(7)", "producer-consumer")
TERM("session", "All process groups of one login or terminal.", "1 Overview, row ids: session",
	"setsid(2)", NULL)
TERM("shared memory", "Memory that several processes have in their address spaces. A write of one is "
	"seen by all at once; nothing keeps order among them but locks.",
	"4 Memory, kinds shm, shanon, sysv and memfd", "shm_overview(7)", "shared-memory")
TERM("signal", "A message that interrupts: end, stop, a child ended, a fault. It runs a handler, is "
	"ignored, or does what it does by default.", "8 Signals", "signal(7)", "signals")
TERM("signal handler", "A function that runs when a signal comes. The table of handlers belongs to the "
	"process.", "8 Signals, column ACTION: caught", "sigaction(2)", "signals")
TERM("signal mask", "The signals that a thread holds back for now. Each thread has its own.",
	"8 Signals, column BLOCKED", "pthread_sigmask(3)", "signals")
TERM("socket", "An end of a connection, within a machine or across a network. Both ends can read and "
	"write.", "7 Files, kind socket; 6 Sharing, channels", "socket(7)", "socketpair")
TERM("spinning", "To ask again and again instead of sleeping. It answers fast and burns the "
	"processor.", "2 Threads, column CPU near 100%", "pthread_spin_lock(3)", NULL)
TERM("stack", "Where functions keep return addresses and local variables. It grows downwards with every "
	"call and shrinks with every return.", "3 Stacks", "pthreads(7)", "stack-growth")
TERM("stack overflow", "The stack has no room left, mostly by recursion without an end. The process is "
	"ended by SIGSEGV at the guard.", "3 Stacks, column DEEPEST", "setrlimit(2)", "stack-growth")
TERM("stack pointer", "The register that holds the lowest address of the stack in use. It is what makes "
	"threads have stacks of their own.", "3 Stacks, column SP", "proc_pid_syscall(5)",
	"threads-share")
TERM("starvation", "A thread that could run never does, because others are always preferred.",
	"2 Threads, column WAIT", "sched(7)", NULL)
TERM("stdio buffer", "printf collects output in the program's own memory and writes it later. A fork in "
	"between copies the buffer: the text comes out twice.", "7 Files, column OFFSET",
	"setbuf(3)", "stdio-dup")
TERM("swap", "Room on a disk for pages that have not been used for long. Touching them brings them "
	"back.", "4 Memory, column SWAP", "swapon(8)", NULL)
TERM("system call", "How a program asks the kernel for something. Here a thread may have to sleep.",
	"2 Threads, column SYSCALL", "syscalls(2)", "pipe")
TERM("System V IPC", "Old shared memory, semaphores and queues, found by keys. They stay until somebody "
	"removes them.", "6 Sharing, channels", "sysvipc(7)", "shared-memory")
TERM("text segment", "The program's instructions in memory: readable and executable, not writable.",
	"4 Memory, kind code", "elf(5)", "libraries")
TERM("thread", "A flow of control within a process: a stack, registers, a signal mask. Everything else it "
	"shares with the other threads.", "2 Threads", "pthreads(7)", "threads-share")
TERM("TID", "The number of a thread. The kernel schedules by it; the main thread's is the PID.",
	"2 Threads, column TID", "gettid(2)", "threads-share")
TERM("time slice", "How long a thread may run while others are ready.", "2 Threads, column INVOL",
	"sched(7)", NULL)
TERM("TLS", "Thread-local storage: variables of which each thread has its own, such as errno.",
	"6 Sharing, each thread's own: TLS base", "pthreads(7)", "threads-share")
TERM("user-level thread", "A thread that a library makes without the kernel's knowledge. If one of them "
	"blocks in a system call, all of them wait.", "2 Threads: many of them are one row",
	"makecontext(3)", "user-threads")
TERM("vDSO", "Code that the kernel puts into every process, so that asking for the time needs no system "
	"call.", "4 Memory, kind vdso", "vdso(7)", NULL)
TERM("vfork", "Like fork, but the child uses its parent's memory, and the parent waits until the child "
	"calls exec or exit.", "6 Sharing, address space", "vfork(2)", "vfork")
TERM("virtual memory", "Addresses that the kernel turns into frames, each process with a table of its "
	"own. Nobody sees another's memory by accident.", "4 Memory", "proc_pid_maps(5)", NULL)
TERM("wait channel", "The function of the kernel in which a thread sleeps.",
	"2 Threads, column WAITS IN", "proc_pid_wchan(5)", "pipe")
TERM("working set", "The pages that a program really uses at present. If they do not fit into memory, it "
	"does little but wait for the disk.", "4 Memory, column RESIDENT", "proc_pid_statm(5)", NULL)
TERM("zero page", "One page of zeroes that stands for all memory that was read and never written.",
	"5 Pages, verdict zero page", "ioctl_pagemap_scan(2)", NULL)
TERM("zombie", "A process that has ended and whose parent has not asked for its status. Only its number "
	"and its status are left.", "1 Overview, row state", "wait(2)", "zombie-orphan")
#undef TERM
