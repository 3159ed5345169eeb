/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: processes. Included with FIELD defined, more than once. */
FIELD(process_pid, "process.pid", "pid", "PID", UNIT_NONE, 7, false, NEED_PROCESS,
	"Number of the process: the thread group's ID, the same for all of its threads.",
	"/proc/PID", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "getpid(2)",
	"All that is done to a process is done by this number: signals, waiting, attaching. When "
	"it has ended and was reaped the number may be given to another one.")
FIELD(process_ppid, "process.ppid", "ppid", "PPID", UNIT_NONE, 7, false, NEED_PROCESS,
	"The parent: who forked it, or the reaper that took it over when its parent ended.",
	"/proc/PID/stat, field 4", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "getppid(2)",
	"The parent alone is told how the process ends. If it changes to 1 or another reaper, the "
	"real parent has ended: the process is an orphan.")
FIELD(process_pgrp, "process.pgrp", "pgrp", "PGRP", UNIT_NONE, 7, false, NEED_PROCESS,
	"Process group: what a shell makes of one pipeline, and what Ctrl-C is sent to.",
	"/proc/PID/stat, field 5", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "setpgid(2)",
	"One Ctrl-C reaches every process of the foreground group at once, not only the one you "
	"think of.")
FIELD(process_session, "process.session", "session", "SESSION", UNIT_NONE, 7, false, NEED_PROCESS,
	"Session: all process groups that were started from one login or terminal.",
	"/proc/PID/stat, field 6", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "setsid(2)",
	"When the terminal hangs up, its whole session is told; a daemon leaves the session for "
	"that reason.")
FIELD(process_start_ticks, "process.start_ticks", "start_ticks", "START", UNIT_NONE, 10, false,
	NEED_PROCESS,
	"When it started, in clock ticks since boot. PID and start together name a process for "
	"ever; a PID alone is used again.", "/proc/PID/stat, field 22", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "proc_pid_stat(5)",
	"Two processes with one PID are told apart by it: that is how twintop knows that a number "
	"was not given away meanwhile.")
FIELD(process_comm, "process.comm", "comm", "NAME", UNIT_NAME, 15, true, NEED_PROCESS,
	"Name of the program, at most 15 bytes; execve(2) sets it, and the program may change it.",
	"/proc/PID/stat, field 2", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_comm(5)",
	"It tells parent and child apart after exec: fork keeps the name, exec sets it anew.")
FIELD(process_cmdline, "process.cmdline", "cmdline", "COMMAND", UNIT_NONE, 20, true, NEED_PROCESS | NEED_COMMAND,
	"The arguments it was started with, as they lie in its memory now; it may have written "
	"over them.", "/proc/PID/cmdline", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_cmdline(5)",
	"Several processes of one program often differ in nothing but what they were asked to do.")
FIELD(process_exe, "process.exe", "exe", "EXECUTABLE", UNIT_NONE, 20, true, NEED_PROCESS,
	"The file that it runs. \" (deleted)\" behind it: the file was removed or replaced since.",
	"/proc/PID/exe (readlink)", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_exe(5)",
	"The same file in A and B means that they can share the pages of its code; another file "
	"after a fork means that exec was called.")
FIELD(process_uid, "process.uid", "uid", "UID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Real user: who started it.", "/proc/PID/status, Uid", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "credentials(7)",
	"Processes of the same user may send each other signals and, mostly, look into each "
	"other; others may not.")
FIELD(process_gid, "process.gid", "gid", "GID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Real group of the user who started it.", "/proc/PID/status, Gid", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "getgid(2)",
	"Files that a group may read or write are open to it by this number.")
FIELD(process_euid, "process.euid", "euid", "EUID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Effective user: whose rights it has now; differs in set-user-ID programs.",
	"/proc/PID/status, Uid", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "geteuid(2)",
	"What it may do is decided by this one, not by who started it: that is the point, and the "
	"danger, of set-user-ID programs.")
FIELD(process_egid, "process.egid", "egid", "EGID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Effective group: whose rights it has now.", "/proc/PID/status, Gid", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "getegid(2)",
	"Access to files is checked against it, and against the supplementary groups.")
FIELD(process_state, "process.state", "state", "S", UNIT_STATE, 1, true, NEED_PROCESS,
	"State of the main thread, or of the one that the process is read through where that has "
	"ended: R running or ready, S sleeping, D in uninterruptible sleep, T stopped, t traced, Z "
	"zombie, I idle kernel thread.", "/proc/PID/stat, field 3", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_stat(5)",
	"It says at a glance whether work is done (R), something is awaited (S, D), somebody "
	"stopped it (T, t), or it is dead and not yet reaped (Z).")
FIELD(process_read_through, "process.read_through", "read_through", "THROUGH", UNIT_NONE, 7, false,
	NEED_PROCESS,
	"The thread whose number leads to its memory, files and program since its main thread has "
	"ended before the others: what belongs to the process lives on with them.",
	"/proc/PID/task/TID/stat, fields 3 and 9", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_exit(3)",
	"It is the proof that memory and files belong to the process and not to its first thread.")
FIELD(process_exit_code, "process.exit.code", "exit.code", "EXIT", UNIT_NONE, 4, false,
	NEED_PROCESS, "What it gave to exit(3), 0 for success by custom.",
	"PIDFD_GET_INFO (Linux 6.15), /proc/PID/stat, field 52, or wait(2)", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "exit(3)",
	"It is the only answer that a process gives its parent; a shell calls it $? and treats "
	"all but 0 as failure.")
FIELD(process_exit_signal, "process.exit.signal", "exit.signal", "SIGNAL", UNIT_NONE, 6, false,
	NEED_PROCESS, "The signal that ended it; a crash of any thread ends the whole process so.",
	"PIDFD_GET_INFO (Linux 6.15), /proc/PID/stat, field 52, or wait(2)", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "wait(2)",
	"It tells a crash (SIGSEGV, SIGABRT) from an end that was asked for (SIGTERM, SIGKILL).")
FIELD(process_runtime, "process.runtime", "runtime", "RUNTIME", UNIT_NONE, 8, true, NEED_MAPS,
	"The language runtime, recognised from the libraries and the program that are mapped: by what "
	"the program exports, its notes, and the libraries that it asks for.",
	"/proc/PID/maps and exe; the program in its memory", FIELD_NEEDS_READ,
	EXACT_JUDGED, "ld.so(8)",
	"A runtime adds threads and memory of its own, and decides whether what its language "
	"calls a thread is one of the kernel's.")
FIELD(process_cpu_percent, "process.cpu_percent", "cpu_percent", "CPU", UNIT_PERCENT, 5, false,
	NEED_PROCESS,
	"Share of one core that all of its threads took over the last second, or since the "
	"previous sample where that is longer; above 100 % several ran at once. The sum of the "
	"threads' figures, or what the process's clock ticks prove where that is more, as of "
	"threads that ended meanwhile. Where the threads are not read it is from the ticks alone, "
	"which may be off by 2 % of a second.",
	"/proc/PID/task/TID/schedstat, field 1; /proc/PID/stat, fields 14 and 15",
	FIELD_NEEDS_NOTHING,
	EXACT_RATE, "proc_pid_stat(5)",
	"Near 100 % it is bound by the processor, near 0 % it waits for something. More than 100 "
	"% takes threads that run at once.")
FIELD(process_threads, "process.thread_count", "thread_count", "THR", UNIT_COUNT, 5, false,
	NEED_PROCESS, "How many threads it has now.", "/proc/PID/stat, field 20",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_stat(5)",
	"More than one means that several flows of control use the same memory, and that they "
	"must agree on who writes when.")
FIELD(process_user_ticks, "process.user_ticks", "user_ticks", "USER", UNIT_TICKS, 7, false,
	NEED_PROCESS, "CPU time of all threads in their own code.", "/proc/PID/stat, field 14",
	FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "proc_pid_stat(5)",
	"Much of it: the program itself computes. A faster algorithm helps, a faster disk does "
	"not.")
FIELD(process_system_ticks, "process.system_ticks", "system_ticks", "SYSTEM", UNIT_TICKS, 7, false,
	NEED_PROCESS, "CPU time that the kernel spent on behalf of its threads.",
	"/proc/PID/stat, field 15", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "times(2)",
	"Much of it: the program asks the kernel for a lot, in many small reads, writes, faults "
	"or switches.")
FIELD(process_minor_faults, "process.minor_faults", "minor_faults", "MINFLT", UNIT_COUNT, 7, false,
	NEED_PROCESS,
	"Page faults that needed no disk: first touches, copy-on-write copies, pages of the cache.",
	"/proc/PID/stat, field 10", FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "getrusage(2)",
	"Memory is given at the first touch, not when it is asked for, and copied at the first "
	"write after a fork: this counts both.")
FIELD(process_major_faults, "process.major_faults", "major_faults", "MAJFLT", UNIT_COUNT, 7, false,
	NEED_PROCESS, "Page faults of any of its threads that had to wait for a disk.", "/proc/PID/stat, field 12",
	FIELD_NEEDS_NOTHING,
	EXACT_COUNTER, "getrusage(2)",
	"Each one costs as long as a disk takes, which is thousands of minor ones; many of them "
	"mean that memory is too small.")
FIELD(process_vm_bytes, "process.vm_bytes", "vm_bytes", "VIRT", UNIT_BYTES, 6, false, NEED_PROCESS,
	"Size of all mappings together: addresses promised, of which only touched pages cost "
	"memory.", "/proc/PID/status, VmSize", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_status(5)",
	"Addresses are cheap and memory is not: a large figure here alone is no reason to worry.")
FIELD(process_rss_bytes, "process.rss_bytes", "rss_bytes", "RSS", UNIT_BYTES, 6, false,
	NEED_PROCESS,
	"Memory in its page table now. Pages shared with others count in full in each of them.",
	"/proc/PID/status, VmRSS", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_status(5)",
	"It is what tools call the memory of a process, and adding it up over related processes "
	"counts common pages many times.")
FIELD(process_rss_anon_bytes, "process.rss_anon_bytes", "rss_anon_bytes", "ANON", UNIT_BYTES, 6,
	false, NEED_PROCESS, "Resident pages that no file backs: heap, stacks, written data.",
	"/proc/PID/status, RssAnon", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_status(5)",
	"This part a fork shares lazily and the first write copies; no file can give it back, so "
	"under pressure it must be swapped.")
FIELD(process_rss_file_bytes, "process.rss_file_bytes", "rss_file_bytes", "FILE", UNIT_BYTES, 6,
	false, NEED_PROCESS, "Resident pages of mapped files: program, libraries, data.",
	"/proc/PID/status, RssFile", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_status(5)",
	"These pages exist once for all processes that map the file, and can be dropped and read "
	"again at any time.")
FIELD(process_rss_shmem_bytes, "process.rss_shmem_bytes", "rss_shmem_bytes", "SHMEM", UNIT_BYTES, 6,
	false, NEED_PROCESS,
	"Resident pages of shared memory: SysV, POSIX, memfd, shared anonymous.",
	"/proc/PID/status, RssShmem", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "shm_overview(7)",
	"What one process writes here the others see: no copy is ever made of it.")
FIELD(process_swap_bytes, "process.swap_bytes", "swap_bytes", "SWAP", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Anonymous memory that was swapped out.", "/proc/PID/status, VmSwap",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "swapon(8)",
	"Touching it again costs a major fault; a process that is slow after a pause is often "
	"found to have been swapped out.")
FIELD(process_stack_bytes, "process.stack_bytes", "stack_bytes", "STACK", UNIT_BYTES, 6, false,
	NEED_PROCESS,
	"Size of the main thread's stack mapping; other threads' stacks count as data.",
	"/proc/PID/status, VmStk", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "setrlimit(2)",
	"It grows by use, up to the limit on stacks; deep recursion shows here first.")
FIELD(process_data_bytes, "process.data_bytes", "data_bytes", "DATA", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Size of private writable mappings: data, heap, threads' stacks.",
	"/proc/PID/status, VmData", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_status(5)",
	"It is what could at most be copied after a fork, if every page were touched and written.")
FIELD(process_text_bytes, "process.text_bytes", "text_bytes", "TEXT", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Size of the program's own code.", "/proc/PID/status, VmExe",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_status(5)",
	"Code is mapped read only: however many processes run the program, its pages are in "
	"memory once.")
FIELD(process_library_bytes, "process.library_bytes", "library_bytes", "LIB", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Size of the libraries' code.", "/proc/PID/status, VmLib",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "ld.so(8)",
	"Most of a small program's addresses are libraries, and those are common to nearly all "
	"processes of the machine.")
FIELD(process_page_table_bytes, "process.page_table_bytes", "page_table_bytes", "PTE", UNIT_BYTES,
	6, false, NEED_PROCESS,
	"What its page tables take: fork(2) copies these at once, and the pages themselves only "
	"when somebody writes.", "/proc/PID/status, VmPTE", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "fork(2)",
	"This is why a fork of a large process takes longer than one of a small one, although no "
	"page is copied.")
FIELD(process_read_bytes, "process.read_bytes", "read_bytes", "READ", UNIT_BYTES, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS,
	"Bytes that read(2) and its relatives gave it, from disk, cache, pipe or socket.",
	"/proc/PID/io, rchar", FIELD_NEEDS_READ,
	EXACT_COUNTER, "proc_pid_io(5)",
	"Together with the number of calls it tells whether the program reads in large pieces or "
	"byte by byte.")
FIELD(process_write_bytes, "process.write_bytes", "write_bytes", "WRITE", UNIT_BYTES, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Bytes that it gave to write(2) and its relatives.", "/proc/PID/io, wchar",
	FIELD_NEEDS_READ,
	EXACT_COUNTER, "proc_pid_io(5)",
	"What was written with printf counts only when its buffer was flushed: that is how one "
	"line is printed twice after a fork.")
FIELD(process_read_calls, "process.read_calls", "read_calls", "READS", UNIT_COUNT, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "How often it called read(2) and its relatives.", "/proc/PID/io, syscr",
	FIELD_NEEDS_READ,
	EXACT_COUNTER, "read(2)",
	"Each is a visit to the kernel; few bytes a call is slow, whatever the disk.")
FIELD(process_write_calls, "process.write_calls", "write_calls", "WRITES", UNIT_COUNT, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "How often it called write(2) and its relatives.", "/proc/PID/io, syscw",
	FIELD_NEEDS_READ,
	EXACT_COUNTER, "write(2)",
	"Buffered output makes few calls of many lines, unbuffered output a call for each: here "
	"one can see which.")
FIELD(process_pages_resident, "process.page_totals.resident", "page_totals.resident", "RESIDENT",
	UNIT_PAGES, 8, false, NEED_PAGES,
	"Pages that are in memory and in its page table; unlike RSS with the kernel's page of zeroes.",
	"/proc/PID/pagemap, bit 63", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Addresses without a page cost nothing; these pages are what is really there.")
FIELD(process_pages_anonymous, "process.page_totals.anonymous", "page_totals.anonymous", "ANON",
	UNIT_PAGES, 8, false, NEED_PAGES,
	"Resident pages that no file backs: what a fork shares lazily.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"A fork gives the child all of these without a copy; how many stay shared is what the "
	"pair's figures say.")
FIELD(process_pages_file, "process.page_totals.file", "page_totals.file", "FILE", UNIT_PAGES, 8,
	false, NEED_PAGES, "Resident pages of files and of shared memory.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"They are the page cache's: they cost nothing extra for a second process that maps the "
	"same file.")
FIELD(process_pages_cow_shared, "process.page_totals.cow_shared", "page_totals.cow_shared", "COW",
	UNIT_PAGES, 8, false, NEED_PAGES,
	"Pages of all mappings that both processes still share since the fork: one frame at one "
	"address in both. The next write to one copies it.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"This is the memory that fork saves: it would exist twice if fork copied at once.")
FIELD(process_pages_zero, "process.page_totals.zero", "page_totals.zero", "ZERO", UNIT_PAGES, 8,
	false, NEED_PAGES,
	"Pages of all mappings that were read but never written: each is the kernel's one page of "
	"zeroes.",
	"PAGEMAP_SCAN, PAGE_IS_PFNZERO", FIELD_NEEDS_READ,
	EXACT_PAGES, "ioctl_pagemap_scan(2)",
	"Reading fresh memory costs no frame; only writing does. An array of zeroes that was only "
	"read takes one page in all.")
FIELD(process_pages_swapped, "process.page_totals.swapped", "page_totals.swapped", "SWAPPED",
	UNIT_PAGES, 8, false, NEED_PAGES, "Pages of all mappings that were swapped out.",
	"/proc/PID/pagemap, bit 62", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"They are the process's, but not in memory: the next touch waits for the disk.")
FIELD(process_pages_huge, "process.page_totals.huge", "page_totals.huge", "HUGE", UNIT_PAGES, 8,
	false, NEED_PAGES, "Resident pages of all mappings that are parts of huge ones, counted in base pages.",
	"PAGEMAP_SCAN, PAGE_IS_HUGE", FIELD_NEEDS_READ,
	EXACT_PAGES, "madvise(2)",
	"A huge page saves page tables and faults; but a write after a fork may cost 512 pages "
	"instead of one.")
FIELD(process_pages_shared, "process.page_totals.not_exclusive", "page_totals.not_exclusive",
	"SHARED", UNIT_PAGES, 8, false, NEED_PAGES,
	"Anonymous pages of all mappings that some other address space maps, too; not said whose.",
	"/proc/PID/pagemap, bit 56", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"Where frame numbers are hidden it is the best estimate of what is still shared since a "
	"fork.")
FIELD(process_pages_guard, "process.page_totals.guard", "page_totals.guard", "GUARD", UNIT_PAGES, 8,
	false, NEED_PAGES, "Guard pages inside mappings: a touch ends the process.",
	"/proc/PID/pagemap, bit 58 (Linux 6.15)", FIELD_NEEDS_READ,
	EXACT_PAGES, "madvise(2)",
	"They turn an overflow, which would silently overwrite other data, into a crash that can "
	"be seen.")
FIELD(process_pages_ksm, "process.page_totals.ksm", "page_totals.ksm", "KSM", UNIT_PAGES, 8, false,
	NEED_PAGES, "Pages of all mappings that the kernel merged because their content is the same.",
	"/proc/kpageflags, KPF_KSM", "CAP_SYS_ADMIN",
	EXACT_PAGES, "madvise(2)",
	"Equal content is kept once although nobody forked: sharing that did not come from fork, "
	"and that a write ends as well.")
FIELD(process_signals_pending, "process.signals.pending", "signals.pending", "PENDING",
	UNIT_SIGNALS, 12, true, NEED_PROCESS,
	"Signals sent to the process as a whole that no thread has taken yet.",
	"/proc/PID/status, ShdPnd", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "signal(7)",
	"A signal that stays here is blocked by every thread; ten of one kind that came meanwhile "
	"are still one.")
FIELD(process_signals_caught, "process.signals.caught", "signals.caught", "CAUGHT", UNIT_SIGNALS,
	12, true, NEED_PROCESS,
	"Signals for which it has a handler; all threads share the handlers.",
	"/proc/PID/status, SigCgt", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "sigaction(2)",
	"Handlers are the process's: exec takes them away, because the code that they point to is "
	"gone.")
FIELD(process_signals_ignored, "process.signals.ignored", "signals.ignored", "IGNORED",
	UNIT_SIGNALS, 12, true, NEED_PROCESS, "Signals that it ignores; this survives execve(2).",
	"/proc/PID/status, SigIgn", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "signal(7)",
	"What nohup does is just this: SIGHUP is ignored, and the program that is executed "
	"inherits it.")
FIELD(process_children, "process.children", "children", "CHILDREN", UNIT_NONE, 12, true,
	NEED_PROCESS, "Its living children, and those that ended and wait to be reaped.",
	"/proc/PID/task/TID/children", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_task(5)",
	"Whoever is listed here must be waited for, or stays a zombie for as long as this process "
	"lives.")
FIELD(process_tty, "process.tty", "tty", "TTY", UNIT_NONE, 8, true, NEED_PROCESS,
	"Its controlling terminal.", "/proc/PID/stat, field 7", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "tty(4)",
	"Ctrl-C, Ctrl-Z and the end of the terminal come from here. Daemons have none.")
FIELD(process_tracer, "process.tracer_pid", "tracer_pid", "TRACER", UNIT_NONE, 7, false,
	NEED_PROCESS, "Who traces it (a debugger); nobody else can attach then.",
	"/proc/PID/status, TracerPid", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "ptrace(2)",
	"A traced process stops at signals and calls when its tracer wants it: it does not behave "
	"as alone.")
FIELD(process_cgroup, "process.cgroup", "cgroup", "CGROUP", UNIT_NONE, 20, true, NEED_PROCESS | NEED_SURROUNDINGS,
	"Its control group: container, service or login session.", "/proc/PID/cgroup",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "cgroups(7)",
	"Limits on memory and CPU are set for the group: a process may be short of both on an "
	"idle machine.")
FIELD(process_kernel_thread, "process.kernel_thread", "kernel_thread", "KERNEL", UNIT_NONE, 6, true,
	NEED_PROCESS,
	"Whether it is a thread of the kernel: no program, no address space of its own.",
	"/proc/PID/stat, field 9", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "proc_pid_stat(5)",
	"Such a thread shares the kernel's memory and has nothing of what this program shows of "
	"processes.")
FIELD(process_ns_cgroup, "process.namespaces.cgroup", "namespaces.cgroup", "NS CGROUP", UNIT_NONE,
	10, false, NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its cgroup namespace; equal inodes are one namespace.",
	"/proc/PID/ns/cgroup", FIELD_NEEDS_READ,
	EXACT_NOW, "cgroup_namespaces(7)",
	"It decides what the process takes for the root of all control groups: inside a "
	"container, its own.")
FIELD(process_ns_ipc, "process.namespaces.ipc", "namespaces.ipc", "NS IPC", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its namespace of SysV IPC and POSIX message queues.",
	"/proc/PID/ns/ipc", FIELD_NEEDS_READ,
	EXACT_NOW, "ipc_namespaces(7)",
	"Only within one can two processes meet at a System V key: the same key elsewhere is "
	"another object.")
FIELD(process_ns_mnt, "process.namespaces.mnt", "namespaces.mnt", "NS MNT", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its mount namespace: what file tree it sees.", "/proc/PID/ns/mnt",
	FIELD_NEEDS_READ,
	EXACT_NOW, "mount_namespaces(7)",
	"Equal paths are equal files only where this is equal, or where both mounts are of the "
	"same disk.")
FIELD(process_ns_net, "process.namespaces.net", "namespaces.net", "NS NET", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its network namespace.", "/proc/PID/ns/net", FIELD_NEEDS_READ,
	EXACT_NOW, "network_namespaces(7)",
	"Port 80 of one is not port 80 of the other; abstract unix sockets are kept apart by it "
	"as well.")
FIELD(process_ns_pid, "process.namespaces.pid", "namespaces.pid", "NS PID", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its PID namespace: in a container it has another number.",
	"/proc/PID/ns/pid", FIELD_NEEDS_READ,
	EXACT_NOW, "pid_namespaces(7)",
	"In a container the first process is number 1, and outside it has another number: both "
	"are right.")
FIELD(process_ns_time, "process.namespaces.time", "namespaces.time", "NS TIME", UNIT_NONE, 10,
	false, NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its time namespace.", "/proc/PID/ns/time", FIELD_NEEDS_READ,
	EXACT_NOW, "time_namespaces(7)",
	"A container that was moved to another machine keeps its uptime by it.")
FIELD(process_ns_user, "process.namespaces.user", "namespaces.user", "NS USER", UNIT_NONE, 10,
	false, NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its user namespace.", "/proc/PID/ns/user", FIELD_NEEDS_READ,
	EXACT_NOW, "user_namespaces(7)",
	"Root inside may be nobody outside: rights count only within the namespace that they are "
	"of.")
FIELD(process_ns_uts, "process.namespaces.uts", "namespaces.uts", "NS UTS", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its namespace of host name and domain.", "/proc/PID/ns/uts",
	FIELD_NEEDS_READ,
	EXACT_NOW, "uts_namespaces(7)",
	"It is the reason why a container has a host name of its own.")
