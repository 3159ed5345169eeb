/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: threads. Included with FIELD defined, more than once. */
FIELD(thread_tid, "thread.tid", "tid", "TID", UNIT_NONE, 7, false, NEED_THREADS,
	"Number of the thread: the kernel schedules these. The main thread's is the PID.",
	"/proc/PID/task/", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "gettid(2)",
	"It is what the kernel schedules and what a mutex notes as its owner; the process number "
	"names all threads together.")
FIELD(thread_name, "thread.name", "name", "NAME", UNIT_NAME, 15, true, NEED_THREADS,
	"Name that the thread gave itself (pthread_setname_np), else the program's.",
	"/proc/PID/task/TID/stat, field 2", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_setname_np(3)",
	"Threads of one program look alike; their names are often the only hint of what each is "
	"for.")
FIELD(thread_role, "thread.role", "role", "ROLE", UNIT_NONE, 14, true,
	NEED_THREADS | NEED_STACKS | NEED_SYMBOLS,
	"What it is for: as its runtime names such threads, else the function that it began with.",
	"its name; the function that its C library's control block notes (/proc/PID/mem); its "
	"backtrace", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_create(3)",
	"A runtime has threads of its own beside those that the program made: to know which is "
	"which is to know whose work is done.")
FIELD(thread_state, "thread.state", "state", "S", UNIT_STATE, 1, true, NEED_THREADS,
	"R running or ready, S sleeping, D in uninterruptible sleep, T stopped, t traced, Z "
	"zombie, I idle kernel thread.", "/proc/PID/task/TID/stat, field 3", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_stat(5)",
	"Whoever sleeps costs nothing. If all threads sleep on one another, that is a deadlock; "
	"if all are ready, they compete.")
FIELD(thread_processor, "thread.processor", "processor", "CPU#", UNIT_NONE, 4, false, NEED_THREADS,
	"The processor that it ran on last.", "/proc/PID/task/TID/stat, field 39",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_stat(5)",
	"Two threads with different numbers can really run at once. A number that changes often "
	"means moving, which costs warm caches.")
FIELD(thread_cpu_percent, "thread.cpu_percent", "cpu_percent", "CPU", UNIT_PERCENT, 5, false,
	NEED_THREADS,
	"Share of the last second, or of the time since the previous sample where that is longer, "
	"that it spent on a processor; measured in nanoseconds.",
	"/proc/PID/task/TID/schedstat, field 1, against an earlier sample",
	FIELD_NEEDS_NOTHING,
	EXACT_RATE, "sched(7)",
	"At 100 % it never waits: it is bound by the processor, or spins in a loop.")
FIELD(thread_wait_percent, "thread.wait_percent", "wait_percent", "WAIT", UNIT_PERCENT, 5, false,
	NEED_THREADS,
	"Share of the last second (as for CPU) that it was ready but had no processor: others "
	"ran.", "/proc/PID/task/TID/schedstat, field 2, against an earlier sample",
	FIELD_NEEDS_NOTHING,
	EXACT_RATE, "sched(7)",
	"It tells a machine that is too small from a program that is too slow: here it could have "
	"run, and others did.")
FIELD(thread_user_ticks, "thread.user_ticks", "user_ticks", "USER", UNIT_TICKS, 7, false,
	NEED_THREADS, "CPU time in the program's own code.", "/proc/PID/task/TID/stat, field 14",
	FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_stat(5)",
	"It shows which thread does the work.")
FIELD(thread_system_ticks, "thread.system_ticks", "system_ticks", "SYSTEM", UNIT_TICKS, 7, false,
	NEED_THREADS, "CPU time in the kernel on the thread's behalf.",
	"/proc/PID/task/TID/stat, field 15", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_stat(5)",
	"It grows by system calls, page faults and whatever else the kernel does for this thread.")
FIELD(thread_minor_faults, "thread.minor_faults", "minor_faults", "MINFLT", UNIT_COUNT, 7, false,
	NEED_THREADS, "Page faults that needed no disk; each copy-on-write copy is one.",
	"/proc/PID/task/TID/stat, field 10", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_stat(5)",
	"After a fork it counts upward with each page that this thread is the first to write.")
FIELD(thread_major_faults, "thread.major_faults", "major_faults", "MAJFLT", UNIT_COUNT, 7, false,
	NEED_THREADS, "Page faults that had to wait for a disk.",
	"/proc/PID/task/TID/stat, field 12", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_stat(5)",
	"While one is served the thread is in state D and does nothing: a mapped file that is not "
	"in the cache shows here.")
FIELD(thread_voluntary_switches, "thread.voluntary_switches", "voluntary_switches", "VOL",
	UNIT_COUNT, 6, false, NEED_THREAD_STATUS,
	"How often it gave the processor up by itself, because it had to wait: much in I/O-bound "
	"work.", "/proc/PID/task/TID/status, voluntary_ctxt_switches", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_status(5)",
	"They come with waiting: for a lock, a pipe, a disk, a timer. Much waiting is many of "
	"these.")
FIELD(thread_involuntary_switches, "thread.involuntary_switches", "involuntary_switches", "INVOL",
	UNIT_COUNT, 6, false, NEED_THREAD_STATUS,
	"How often the kernel took the processor away from it: much in CPU-bound work.",
	"/proc/PID/task/TID/status, nonvoluntary_ctxt_switches", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_status(5)",
	"They come with competition: its time slice was used up, or somebody more important "
	"became ready.")
FIELD(thread_voluntary_rate, "thread.voluntary_rate", NULL, "VOL/s", UNIT_RATE, 7, false,
	NEED_THREAD_STATUS, "Voluntary switches a second, over the last one (as for CPU).",
	"/proc/PID/task/TID/status, against an earlier sample", FIELD_NEEDS_NOTHING,
	EXACT_RATE, "proc_pid_status(5)",
	"Thousands a second often mean two threads that hand something to and fro in small "
	"pieces.")
FIELD(thread_involuntary_rate, "thread.involuntary_rate", NULL, "INVOL/s", UNIT_RATE, 7, false,
	NEED_THREAD_STATUS, "Involuntary switches a second, over the last one (as for CPU).",
	"/proc/PID/task/TID/status, against an earlier sample", FIELD_NEEDS_NOTHING,
	EXACT_RATE, "proc_pid_status(5)",
	"If it rises with the number of threads, there are more of them ready than there are "
	"processors.")
FIELD(thread_run_ns, "thread.run_ns", "run_ns", "RUN", UNIT_NS, 7, false, NEED_THREADS,
	"Time on a processor since it began.", "/proc/PID/task/TID/schedstat, field 1",
	FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "sched(7)",
	"It is counted in nanoseconds at each switch, where clock ticks see only who runs when "
	"they strike.")
FIELD(thread_wait_ns, "thread.wait_ns", "wait_ns", "DELAY", UNIT_NS, 7, false, NEED_THREADS,
	"Time that it was ready to run and waited for a processor.",
	"/proc/PID/task/TID/schedstat, field 2", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "sched(7)",
	"Beside the time on a processor it says how much longer the work took because it was not "
	"alone.")
FIELD(thread_duty_sort, "thread.duty.sort", "duty.sort", "DUTY", UNIT_NONE, 9, true,
	NEED_THREADS | NEED_THREAD_SYSCALL,
	"What sort of thread its time makes it: bound by the CPU, by input and output, waiting for "
	"a lock, asleep; over the last 5 to 10 seconds or, seen once only, since it began.",
	"/proc/PID/task/TID/schedstat, and what it is blocked in at each sample",
	FIELD_NEEDS_NOTHING, EXACT_JUDGED, "sched(7)",
	"It says where more speed would come from: of another CPU, of a faster disk or peer, or of "
	"less locking.")
FIELD(thread_duty_on_cpu, "thread.duty.on_cpu_percent", "duty.on_cpu_percent", "ON CPU",
	UNIT_PERCENT, 6, false, NEED_THREADS, "Share of that time that it was on a CPU.",
	"/proc/PID/task/TID/schedstat, field 1", FIELD_NEEDS_NOTHING,
	EXACT_RATE, "sched(7)",
	"The rest it was waiting: for a CPU, or for something else.")
FIELD(thread_duty_queued, "thread.duty.run_queue_percent", "duty.run_queue_percent", "QUEUED",
	UNIT_PERCENT, 6, false, NEED_THREADS,
	"Share of that time that it was ready, and others had the CPUs.",
	"/proc/PID/task/TID/schedstat, field 2", FIELD_NEEDS_NOTHING,
	EXACT_RATE, "sched(7)", "It is what more CPUs, or fewer threads, would save.")
FIELD(thread_duty_blocked, "thread.duty.blocked_percent", "duty.blocked_percent", "BLOCKED",
	UNIT_PERCENT, 7, false, NEED_THREADS,
	"Share of that time that it was neither on a CPU nor ready.",
	"what schedstat leaves over", FIELD_NEEDS_NOTHING,
	EXACT_RATE, "sched(7)", "In what it was blocked then is sampled, moment by moment.")
FIELD(thread_duty_window, "thread.duty.window_ns", "duty.window_ns", "OVER", UNIT_NS, 7, false,
	NEED_THREADS, "Over how long those shares are taken.", "twintop's own samples",
	FIELD_NEEDS_NOTHING, EXACT_JUDGED, "sched(7)",
	"A share of a short time says little of the next.")
FIELD(thread_duty_since_start, "thread.duty.since_start", "duty.since_start", "LIFE", UNIT_NONE, 5,
	false, NEED_THREADS,
	"Whether that is the time since the thread began: it was seen once only.",
	"/proc/PID/task/TID/stat, field 22", FIELD_NEEDS_NOTHING,
	EXACT_JUDGED, "proc_pid_stat(5)",
	"What it is blocked in now stands then for all that it was ever blocked in.")
FIELD(thread_wait_channel, "thread.wait_channel", "wait_channel", "WAITS IN", UNIT_NONE, 16, true,
	NEED_THREAD_WCHAN, "The function of the kernel in which it is blocked.",
	"/proc/PID/task/TID/wchan", FIELD_NEEDS_READ,
	EXACT_BLOCKED, "proc_pid_wchan(5)",
	"It names the place in the kernel: pipe_read, futex_wait and do_wait are three different "
	"reasons to sleep.")
FIELD(thread_syscall_number, "thread.syscall.number", "syscall.number", "NR", UNIT_NONE, 4, false,
	NEED_THREAD_SYSCALL, "Number of the system call that it is blocked in.",
	"/proc/PID/task/TID/syscall, field 1", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "proc_pid_syscall(5)",
	"It is all that the processor hands to the kernel; the name is looked up in a table, "
	"which differs between 32 and 64 bits.")
FIELD(thread_syscall_abi, "thread.syscall.abi", "syscall.abi", "ABI", UNIT_NONE, 6, true,
	NEED_THREAD_SYSCALL,
	"By which table the system call's number counts: native, or that of other programs which "
	"this kernel runs, too (i386, x32).",
	"the instruction before the program counter", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "syscalls(2)",
	"The same number is another call to a 32-bit program: by the wrong table the name would "
	"be wrong.")
FIELD(thread_syscall_name, "thread.syscall.name", "syscall.name", "SYSCALL", UNIT_NONE, 16, true,
	NEED_THREAD_SYSCALL, "The system call that it is blocked in.",
	"/proc/PID/task/TID/syscall, field 1", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "syscalls(2)",
	"A thread sleeps in nothing else than a system call or a page fault: which one is why it "
	"does not go on.")
FIELD(thread_syscall_args, "thread.syscall.args", "syscall.args", "ARGUMENTS", UNIT_NONE, 20, true,
	NEED_THREAD_SYSCALL, "Arguments of that system call, as they were in the registers.",
	"/proc/PID/task/TID/syscall, fields 2 to 7", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "syscall(2)",
	"They say on which descriptor, which lock, for how long: the call's name alone does not.")
FIELD(thread_waiting_kind, "thread.waiting_on.kind", "waiting_on.kind", "WAITS ON", UNIT_NONE, 8,
	true, NEED_THREAD_SYSCALL,
	"What it waits for, as far as can be told: a mutex, a pthread_join, a condition variable, "
	"something to read, a child, a time; or some futex.",
	"/proc/PID/task/TID/syscall and the words around the futex", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "futex(2)",
	"A lock has an owner who can let go, a join ends with another thread, a condition "
	"variable waits for somebody's signal.")
FIELD(thread_waiting_address, "thread.waiting_on.address", "waiting_on.address", "FUTEX", UNIT_NONE,
	14, false, NEED_THREAD_SYSCALL,
	"Address of the futex: threads that wait at the same one wait for the same thing.",
	"/proc/PID/task/TID/syscall, field 2", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "futex(2)",
	"Equal addresses of two waiting threads mean one queue; an address in shared memory may "
	"even be waited for by two processes.")
FIELD(thread_waiting_symbol, "thread.waiting_on.symbol", "waiting_on.symbol", "LOCK", UNIT_NONE, 8,
	true, NEED_THREAD_SYSCALL | NEED_SYMBOLS,
	"The variable that the futex lies in, where that is one of the program's or a library's.",
	"the symbol table of the mapped file (/proc/PID/map_files), or of its debug file",
	FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "nm(1)",
	"A lock by its name can be found in the source, and who else takes it.")
FIELD(thread_waiting_owner, "thread.waiting_on.owner_tid", "waiting_on.owner_tid", "OWNER",
	UNIT_NONE, 7, false, NEED_THREAD_SYSCALL,
	"The thread that holds the lock, or that is to be joined.",
	"the owner word of the mutex (/proc/PID/mem)", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_mutex_lock(3)",
	"Follow it from thread to thread: where the chain closes to a ring, there is a deadlock.")
FIELD(thread_waiting_left, "thread.waiting_on.left_by_tid", "waiting_on.left_by_tid",
	"LEFT BY", UNIT_NONE, 7, false, NEED_THREAD_SYSCALL,
	"The parent's thread that held the mutex when fork made this process: only the thread "
	"that called fork is in the child, so nobody here unlocks it.",
	"the owner word of the mutex (/proc/PID/mem) and /proc/PPID/task", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_atfork(3)",
	"After fork in a program with threads only what is async-signal-safe may be called until "
	"exec: this is why.")
FIELD(thread_waiting_fd, "thread.waiting_on.fd", "waiting_on.fd", "FD", UNIT_NONE, 4, false,
	NEED_THREAD_SYSCALL, "The descriptor that it waits for.",
	"/proc/PID/task/TID/syscall", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "proc_pid_syscall(5)",
	"Who has the other end of it decides when the wait is over.")
FIELD(thread_waiting_fds, "thread.waiting_on.fds", "waiting_on.fds", "FDS", UNIT_NONE, 8, true,
	NEED_THREAD_SYSCALL | NEED_FDS,
	"The descriptors that its epoll, poll or select waits for; of the latter two the first ones.",
	"the array or sets that the call's arguments lead to (/proc/PID/mem); of epoll fdinfo",
	FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "poll(2)",
	"It goes on as soon as one of them is ready: who is behind these is who it waits for.")
FIELD(thread_waiting_type, "thread.waiting_on.type", "waiting_on.type", "TYPE", UNIT_NONE, 9, true,
	NEED_THREAD_SYSCALL, "What sort of mutex: recursive, errorcheck, adaptive, robust; or normal.",
	"the kind word of glibc's mutex (/proc/PID/mem)", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_mutexattr_settype(3)",
	"Who locks a recursive one again goes on, a normal one waits for ever for itself; a robust "
	"one is let go of when its owner dies.")
FIELD(thread_waiting_since, "thread.waiting_on.since_ns", "waiting_on.since_ns", "SINCE", UNIT_NONE,
	14, false, NEED_THREAD_SYSCALL,
	"CLOCK_MONOTONIC of the first look that found it in this wait, in which it has not run "
	"since.",
	"/proc/PID/task/TID/schedstat and syscall", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "proc_pid_schedstat(5)",
	"A thread that waits does not run: as long as its time on a CPU stands still, it is one "
	"wait.")
FIELD(thread_waiting_from_before, "thread.waiting_on.since_before", "waiting_on.since_before",
	"BEFORE", UNIT_NONE, 5, true, NEED_THREAD_SYSCALL,
	"Whether it was in this wait when it was looked at for the first time: then it waits for "
	"longer than is known.",
	"/proc/PID/task/TID/schedstat and syscall", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "proc_pid_schedstat(5)",
	"A deadlock may be older than whoever looks at it.")
FIELD(thread_waiting_for, "thread.waiting_on.for_ns", NULL, "WAITS FOR", UNIT_NS, 8, false,
	NEED_THREAD_SYSCALL, "How long it has been in this wait, as far as was seen.",
	"/proc/PID/task/TID/schedstat and syscall", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "proc_pid_schedstat(5)",
	"What waits for minutes where others wait for moments is where to look.")
FIELD(thread_waiting_left_ns, "thread.waiting_on.left_ns", "waiting_on.left_ns", "LEFT", UNIT_NS, 8,
	false, NEED_THREAD_SYSCALL,
	"How long it sleeps yet; at most so long, where it slept already at the first look.",
	"the time that it gave to the call (/proc/PID/mem)", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "clock_nanosleep(2)",
	"A sleep ends by itself: no one has to come and wake it.")
FIELD(thread_stack_start, "thread.stack.start", "stack.start", "STACK FROM", UNIT_NONE, 12, false,
	NEED_STACKS,
	"Lowest address of its stack that may be used, above the guard. Unknown where nothing "
	"proves it: a stack pointer in a heap tells no bounds.",
	"the C library's control block (/proc/PID/mem), [stack] or a guard in /proc/PID/maps",
	FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "proc_pid_maps(5)",
	"Between here and the stack pointer is the room that is left for deeper calls.")
FIELD(thread_stack_end, "thread.stack.end", "stack.end", "STACK TO", UNIT_NONE, 12, false,
	NEED_STACKS, "End of its stack: it grows downwards from here.",
	"the C library's control block (/proc/PID/mem) or [stack] in /proc/PID/maps",
	FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "proc_pid_maps(5)",
	"The first function's local variables lie just below; all others follow downwards.")
FIELD(thread_stack_pointer, "thread.stack.pointer", "stack.pointer", "SP", UNIT_NONE, 12, false,
	NEED_THREAD_SYSCALL, "Stack pointer: the lowest address in use. Each thread has its own.",
	"/proc/PID/task/TID/syscall, next to last field", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "proc_pid_syscall(5)",
	"Two threads of one process share all memory and yet never this register: it is what "
	"makes them two.")
FIELD(thread_stack_reserved, "thread.stack.reserved_bytes", NULL, "RESERVED", UNIT_BYTES, 8, false,
	NEED_STACKS, "Size of its stack: addresses only, until they are touched.", "/proc/PID/maps",
	FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_attr_setstacksize(3)",
	"A thousand threads of 8 MiB each are 8 GiB of addresses and only a few MiB of memory.")
FIELD(thread_stack_used, "thread.stack.used_bytes", "stack.used_bytes", "USED", UNIT_BYTES, 6,
	false, NEED_STACKS,
	"What the active functions take: from the stack's end down to the stack pointer.",
	"/proc/PID/task/TID/syscall and /proc/PID/maps", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "pthreads(7)",
	"It grows with each call that has not returned yet, and with local arrays; recursion "
	"shows at once.")
FIELD(thread_stack_resident, "thread.stack.resident_bytes", "stack.resident_bytes", "RESIDENT",
	UNIT_BYTES, 8, false, NEED_STACKS | NEED_PAGES, "Pages of its stack that are in memory.",
	"/proc/PID/pagemap", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Pages stay when the function that touched them has returned: this is what the stack "
	"costs.")
FIELD(thread_stack_deepest, "thread.stack.deepest_bytes", "stack.deepest_bytes", "DEEPEST",
	UNIT_BYTES, 7, false, NEED_STACKS | NEED_PAGES,
	"How deep the stack ever went: down to its lowest page in memory.", "/proc/PID/pagemap",
	FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Against the size it says how near an overflow ever came, even when nobody looked.")
FIELD(thread_stack_guard, "thread.stack.guard_bytes", "stack.guard_bytes", "GUARD", UNIT_BYTES, 6,
	false, NEED_STACKS,
	"Size of the guard below the stack: an overflow hits it and ends the process.",
	"/proc/PID/maps; PAGEMAP_SCAN for guards inside a mapping", FIELD_NEEDS_READ,
	EXACT_JUDGED, "pthread_attr_setguardsize(3)",
	"Without a guard an overflow would write into whatever lies below, maybe another thread's "
	"stack.")
FIELD(thread_signals_blocked, "thread.signals_blocked", "signals_blocked", "BLOCKED", UNIT_SIGNALS,
	12, true, NEED_THREAD_STATUS,
	"Signals that this thread holds back; each thread has its own mask, while handlers are "
	"shared.", "/proc/PID/task/TID/status, SigBlk", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_sigmask(3)",
	"A signal to the process goes to some thread that does not block it: so a program can "
	"choose which one gets it.")
FIELD(thread_signals_pending, "thread.signals_pending", "signals_pending", "PENDING", UNIT_SIGNALS,
	12, true, NEED_THREAD_STATUS, "Signals sent to this very thread that it has not taken yet.",
	"/proc/PID/task/TID/status, SigPnd", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_kill(3)",
	"Nobody else can take these: they wait until this thread lifts its mask.")
FIELD(thread_program_counter, "thread.program_counter", "program_counter", "PC", UNIT_NONE, 12,
	false, NEED_THREAD_SYSCALL, "Program counter: where in the code it will go on.",
	"/proc/PID/task/TID/syscall, last field", FIELD_NEEDS_ATTACH,
	EXACT_BLOCKED, "proc_pid_syscall(5)",
	"Threads run the same code at different places: each has its own.")
FIELD(thread_tls_base, "thread.tls_base", "tls_base", "TLS BASE", UNIT_NONE, 12, false, NEED_STACKS,
	"Where its thread-local variables lie (the fs register on x86-64): one piece of code finds "
	"different variables in each thread.",
	"get_robust_list(2) and the C library's control block below it (/proc/PID/mem)",
	FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthreads(7)",
	"errno is a variable in here: that is why one thread's failed call does not spoil "
	"another's.")
FIELD(thread_start_ticks, "thread.start_ticks", "start_ticks", "START", UNIT_NONE, 10, false,
	NEED_THREADS, "When it began, in clock ticks since boot.",
	"/proc/PID/task/TID/stat, field 22", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "proc_pid_stat(5)",
	"Threads that began together were made together, as a pool is; a later one was made on "
	"demand.")
FIELD(thread_nice, "thread.nice", "nice", "NICE", UNIT_NONE, 4, false, NEED_THREADS,
	"How much it yields to others: from -20 (least) to 19 (most).",
	"/proc/PID/task/TID/stat, field 19", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "sched(7)",
	"On Linux it is a thread's own, though POSIX says that it is the process's.")
FIELD(thread_priority, "thread.priority", "priority", "PRI", UNIT_NONE, 4, false, NEED_THREADS,
	"The kernel's scheduling priority; negative for real-time threads.",
	"/proc/PID/task/TID/stat, field 18", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "sched(7)",
	"A real-time thread runs before all others, for as long as it likes.")
FIELD(thread_role_evidence, "thread.role_evidence", "role_evidence", "BY", UNIT_NONE, 8, true,
	NEED_THREADS | NEED_STACKS | NEED_SYMBOLS, "What says what it is for.",
	"its name; the function that its C library's control block notes (/proc/PID/mem); its "
	"backtrace", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_create(3)",
	"A name is what the thread calls itself; the function that it began with is what it runs.")
FIELD(thread_entry_address, "thread.entry.address", "entry.address", "BEGAN AT", UNIT_NONE, 12,
	false, NEED_STACKS, "The function that it began with: what pthread_create(3) was given.",
	"the C library's control block (/proc/PID/mem)", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_create(3)",
	"Threads that began with one function do one job: a pool shows by it.")
FIELD(thread_entry_function, "thread.entry.function", "entry.function", "BEGAN WITH", UNIT_NONE, 12,
	true, NEED_STACKS | NEED_SYMBOLS, "That function by its name.",
	"the C library's control block (/proc/PID/mem) and the symbol table of the mapped file",
	FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "pthread_create(3)",
	"It is the first function on the thread's way that somebody wrote for it: there its work "
	"begins.")
FIELD(thread_user_threads, "thread.user_threads", "user_threads", "USER-LEVEL", UNIT_COUNT, 10,
	false, NEED_USER_STACKS,
	"How many user-level threads it was seen to run: stacks beside its own one on which a way "
	"of its own begins.",
	"/proc/PID/task/TID/syscall, moment by moment; /proc/PID/mem", FIELD_NEEDS_ATTACH,
	EXACT_JUDGED, "makecontext(3)",
	"The kernel knows one thread only: where it blocks, all of them stand still.")
