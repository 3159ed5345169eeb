/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: processes. Included with FIELD defined, more than once. */
FIELD(process_pid, "process.pid", "pid", "PID", UNIT_NONE, 7, false, NEED_PROCESS,
	"Number of the process: the thread group's ID, the same for all of its threads.",
	"/proc/PID", FIELD_NEEDS_NOTHING)
FIELD(process_ppid, "process.ppid", "ppid", "PPID", UNIT_NONE, 7, false, NEED_PROCESS,
	"The parent: who forked it, or the reaper that took it over when its parent ended.",
	"/proc/PID/stat, field 4", FIELD_NEEDS_NOTHING)
FIELD(process_pgrp, "process.pgrp", "pgrp", "PGRP", UNIT_NONE, 7, false, NEED_PROCESS,
	"Process group: what a shell makes of one pipeline, and what Ctrl-C is sent to.",
	"/proc/PID/stat, field 5", FIELD_NEEDS_NOTHING)
FIELD(process_session, "process.session", "session", "SESSION", UNIT_NONE, 7, false, NEED_PROCESS,
	"Session: all process groups that were started from one login or terminal.",
	"/proc/PID/stat, field 6", FIELD_NEEDS_NOTHING)
FIELD(process_start_ticks, "process.start_ticks", "start_ticks", "START", UNIT_NONE, 10, false,
	NEED_PROCESS,
	"When it started, in clock ticks since boot. PID and start together name a process for "
	"ever; a PID alone is used again.", "/proc/PID/stat, field 22", FIELD_NEEDS_NOTHING)
FIELD(process_comm, "process.comm", "comm", "NAME", UNIT_NONE, 15, true, NEED_PROCESS,
	"Name of the program, at most 15 bytes; execve(2) sets it, and the program may change it.",
	"/proc/PID/stat, field 2", FIELD_NEEDS_NOTHING)
FIELD(process_cmdline, "process.cmdline", "cmdline", "COMMAND", UNIT_NONE, 20, true, NEED_PROCESS | NEED_COMMAND,
	"The arguments it was started with, as they lie in its memory now; it may have written "
	"over them.", "/proc/PID/cmdline", FIELD_NEEDS_READ)
FIELD(process_exe, "process.exe", "exe", "EXECUTABLE", UNIT_NONE, 20, true, NEED_PROCESS,
	"The file that it runs. \" (deleted)\" behind it: the file was removed or replaced since.",
	"/proc/PID/exe (readlink)", FIELD_NEEDS_READ)
FIELD(process_uid, "process.uid", "uid", "UID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Real user: who started it.", "/proc/PID/status, Uid", FIELD_NEEDS_NOTHING)
FIELD(process_gid, "process.gid", "gid", "GID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Real group of the user who started it.", "/proc/PID/status, Gid", FIELD_NEEDS_NOTHING)
FIELD(process_euid, "process.euid", "euid", "EUID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Effective user: whose rights it has now; differs in set-user-ID programs.",
	"/proc/PID/status, Uid", FIELD_NEEDS_NOTHING)
FIELD(process_egid, "process.egid", "egid", "EGID", UNIT_NONE, 6, false, NEED_PROCESS,
	"Effective group: whose rights it has now.", "/proc/PID/status, Gid", FIELD_NEEDS_NOTHING)
FIELD(process_state, "process.state", "state", "S", UNIT_STATE, 1, true, NEED_PROCESS,
	"State of the main thread, or of the one that the process is read through where that has "
	"ended: R running or ready, S sleeping, D in uninterruptible sleep, T stopped, t traced, Z "
	"zombie, I idle kernel thread.", "/proc/PID/stat, field 3", FIELD_NEEDS_NOTHING)
FIELD(process_read_through, "process.read_through", "read_through", "THROUGH", UNIT_NONE, 7, false,
	NEED_PROCESS,
	"The thread whose number leads to its memory, files and program since its main thread has "
	"ended before the others: what belongs to the process lives on with them.",
	"/proc/PID/task/TID/stat, fields 3 and 9", FIELD_NEEDS_NOTHING)
FIELD(process_exit_code, "process.exit.code", "exit.code", "EXIT", UNIT_NONE, 4, false,
	NEED_PROCESS, "What it gave to exit(3), 0 for success by custom.",
	"PIDFD_GET_INFO (Linux 6.15), /proc/PID/stat, field 52, or wait(2)", FIELD_NEEDS_NOTHING)
FIELD(process_exit_signal, "process.exit.signal", "exit.signal", "SIGNAL", UNIT_NONE, 6, false,
	NEED_PROCESS, "The signal that ended it; a crash of any thread ends the whole process so.",
	"PIDFD_GET_INFO (Linux 6.15), /proc/PID/stat, field 52, or wait(2)", FIELD_NEEDS_NOTHING)
FIELD(process_runtime, "process.runtime", "runtime", "RUNTIME", UNIT_NONE, 8, true, NEED_MAPS,
	"The language runtime, recognised from the libraries and the program that are mapped; C++ "
	"where the program itself asks for its library.",
	"/proc/PID/maps and exe; DT_NEEDED of the program in its memory", FIELD_NEEDS_READ)
FIELD(process_cpu_percent, "process.cpu_percent", "cpu_percent", "CPU", UNIT_PERCENT, 5, false,
	NEED_PROCESS,
	"Share of one core that all of its threads took over the last second, or since the "
	"previous sample where that is longer; above 100 % several ran at once. The sum of the "
	"threads' figures, or what the process's clock ticks prove where that is more, as of "
	"threads that ended meanwhile. Where the threads are not read it is from the ticks alone, "
	"which may be off by 2 % of a second.",
	"/proc/PID/task/TID/schedstat, field 1; /proc/PID/stat, fields 14 and 15",
	FIELD_NEEDS_NOTHING)
FIELD(process_threads, "process.thread_count", "thread_count", "THR", UNIT_COUNT, 5, false,
	NEED_PROCESS, "How many threads it has now.", "/proc/PID/stat, field 20",
	FIELD_NEEDS_NOTHING)
FIELD(process_user_ticks, "process.user_ticks", "user_ticks", "USER", UNIT_TICKS, 7, false,
	NEED_PROCESS, "CPU time of all threads in their own code.", "/proc/PID/stat, field 14",
	FIELD_NEEDS_NOTHING)
FIELD(process_system_ticks, "process.system_ticks", "system_ticks", "SYSTEM", UNIT_TICKS, 7, false,
	NEED_PROCESS, "CPU time that the kernel spent on behalf of its threads.",
	"/proc/PID/stat, field 15", FIELD_NEEDS_NOTHING)
FIELD(process_minor_faults, "process.minor_faults", "minor_faults", "MINFLT", UNIT_COUNT, 7, false,
	NEED_PROCESS,
	"Page faults that needed no disk: first touches, copy-on-write copies, pages of the cache.",
	"/proc/PID/stat, field 10", FIELD_NEEDS_NOTHING)
FIELD(process_major_faults, "process.major_faults", "major_faults", "MAJFLT", UNIT_COUNT, 7, false,
	NEED_PROCESS, "Page faults that had to wait for a disk.", "/proc/PID/stat, field 12",
	FIELD_NEEDS_NOTHING)
FIELD(process_vm_bytes, "process.vm_bytes", "vm_bytes", "VIRT", UNIT_BYTES, 6, false, NEED_PROCESS,
	"Size of all mappings together: addresses promised, of which only touched pages cost "
	"memory.", "/proc/PID/status, VmSize", FIELD_NEEDS_NOTHING)
FIELD(process_rss_bytes, "process.rss_bytes", "rss_bytes", "RSS", UNIT_BYTES, 6, false,
	NEED_PROCESS,
	"Memory in its page table now. Pages shared with others count in full in each of them.",
	"/proc/PID/status, VmRSS", FIELD_NEEDS_NOTHING)
FIELD(process_rss_anon_bytes, "process.rss_anon_bytes", "rss_anon_bytes", "ANON", UNIT_BYTES, 6,
	false, NEED_PROCESS, "Resident pages that no file backs: heap, stacks, written data.",
	"/proc/PID/status, RssAnon", FIELD_NEEDS_NOTHING)
FIELD(process_rss_file_bytes, "process.rss_file_bytes", "rss_file_bytes", "FILE", UNIT_BYTES, 6,
	false, NEED_PROCESS, "Resident pages of mapped files: program, libraries, data.",
	"/proc/PID/status, RssFile", FIELD_NEEDS_NOTHING)
FIELD(process_rss_shmem_bytes, "process.rss_shmem_bytes", "rss_shmem_bytes", "SHMEM", UNIT_BYTES, 6,
	false, NEED_PROCESS,
	"Resident pages of shared memory: SysV, POSIX, memfd, shared anonymous.",
	"/proc/PID/status, RssShmem", FIELD_NEEDS_NOTHING)
FIELD(process_swap_bytes, "process.swap_bytes", "swap_bytes", "SWAP", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Anonymous memory that was swapped out.", "/proc/PID/status, VmSwap",
	FIELD_NEEDS_NOTHING)
FIELD(process_stack_bytes, "process.stack_bytes", "stack_bytes", "STACK", UNIT_BYTES, 6, false,
	NEED_PROCESS,
	"Size of the main thread's stack mapping; other threads' stacks count as data.",
	"/proc/PID/status, VmStk", FIELD_NEEDS_NOTHING)
FIELD(process_data_bytes, "process.data_bytes", "data_bytes", "DATA", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Size of private writable mappings: data, heap, threads' stacks.",
	"/proc/PID/status, VmData", FIELD_NEEDS_NOTHING)
FIELD(process_text_bytes, "process.text_bytes", "text_bytes", "TEXT", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Size of the program's own code.", "/proc/PID/status, VmExe",
	FIELD_NEEDS_NOTHING)
FIELD(process_library_bytes, "process.library_bytes", "library_bytes", "LIB", UNIT_BYTES, 6, false,
	NEED_PROCESS, "Size of the libraries' code.", "/proc/PID/status, VmLib",
	FIELD_NEEDS_NOTHING)
FIELD(process_page_table_bytes, "process.page_table_bytes", "page_table_bytes", "PTE", UNIT_BYTES,
	6, false, NEED_PROCESS,
	"What its page tables take: fork(2) copies these at once, and the pages themselves only "
	"when somebody writes.", "/proc/PID/status, VmPTE", FIELD_NEEDS_NOTHING)
FIELD(process_read_bytes, "process.read_bytes", "read_bytes", "READ", UNIT_BYTES, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS,
	"Bytes that read(2) and its relatives gave it, from disk, cache, pipe or socket.",
	"/proc/PID/io, rchar", FIELD_NEEDS_READ)
FIELD(process_write_bytes, "process.write_bytes", "write_bytes", "WRITE", UNIT_BYTES, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Bytes that it gave to write(2) and its relatives.", "/proc/PID/io, wchar",
	FIELD_NEEDS_READ)
FIELD(process_read_calls, "process.read_calls", "read_calls", "READS", UNIT_COUNT, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "How often it called read(2) and its relatives.", "/proc/PID/io, syscr",
	FIELD_NEEDS_READ)
FIELD(process_write_calls, "process.write_calls", "write_calls", "WRITES", UNIT_COUNT, 6, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "How often it called write(2) and its relatives.", "/proc/PID/io, syscw",
	FIELD_NEEDS_READ)
FIELD(process_pages_resident, "process.page_totals.resident", "page_totals.resident", "RESIDENT",
	UNIT_PAGES, 8, false, NEED_PAGES,
	"Pages that are in memory and in its page table; unlike RSS with the kernel's page of zeroes.",
	"/proc/PID/pagemap, bit 63", FIELD_NEEDS_READ)
FIELD(process_pages_anonymous, "process.page_totals.anonymous", "page_totals.anonymous", "ANON",
	UNIT_PAGES, 8, false, NEED_PAGES,
	"Resident pages that no file backs: what a fork shares lazily.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ)
FIELD(process_pages_file, "process.page_totals.file", "page_totals.file", "FILE", UNIT_PAGES, 8,
	false, NEED_PAGES, "Resident pages of files and of shared memory.",
	"/proc/PID/pagemap, bits 63 and 61", FIELD_NEEDS_READ)
FIELD(process_pages_cow_shared, "process.page_totals.cow_shared", "page_totals.cow_shared", "COW",
	UNIT_PAGES, 8, false, NEED_PAGES,
	"Pages that both processes still share since the fork: the same frame at the same "
	"address. The next write to one copies it.",
	"/proc/PID/pagemap of both, frame numbers; bit 56 where these are hidden", FIELD_NEEDS_READ)
FIELD(process_pages_zero, "process.page_totals.zero", "page_totals.zero", "ZERO", UNIT_PAGES, 8,
	false, NEED_PAGES,
	"Pages that were read but never written: all of them are the kernel's one page of zeroes.",
	"PAGEMAP_SCAN, PAGE_IS_PFNZERO", FIELD_NEEDS_READ)
FIELD(process_pages_swapped, "process.page_totals.swapped", "page_totals.swapped", "SWAPPED",
	UNIT_PAGES, 8, false, NEED_PAGES, "Pages that were swapped out.",
	"/proc/PID/pagemap, bit 62", FIELD_NEEDS_READ)
FIELD(process_pages_huge, "process.page_totals.huge", "page_totals.huge", "HUGE", UNIT_PAGES, 8,
	false, NEED_PAGES, "Resident pages that are parts of huge ones, counted in base pages.",
	"PAGEMAP_SCAN, PAGE_IS_HUGE", FIELD_NEEDS_READ)
FIELD(process_pages_shared, "process.page_totals.not_exclusive", "page_totals.not_exclusive",
	"SHARED", UNIT_PAGES, 8, false, NEED_PAGES,
	"Anonymous pages that some other address space maps as well; it does not say whose.",
	"/proc/PID/pagemap, bit 56", FIELD_NEEDS_READ)
FIELD(process_pages_guard, "process.page_totals.guard", "page_totals.guard", "GUARD", UNIT_PAGES, 8,
	false, NEED_PAGES, "Guard pages inside mappings: a touch ends the process.",
	"/proc/PID/pagemap, bit 58 (Linux 6.15)", FIELD_NEEDS_READ)
FIELD(process_pages_ksm, "process.page_totals.ksm", "page_totals.ksm", "KSM", UNIT_PAGES, 8, false,
	NEED_PAGES, "Pages that the kernel merged because their content is the same.",
	"/proc/kpageflags, KPF_KSM", "CAP_SYS_ADMIN")
FIELD(process_signals_pending, "process.signals.pending", "signals.pending", "PENDING",
	UNIT_SIGNALS, 12, true, NEED_PROCESS,
	"Signals sent to the process as a whole that no thread has taken yet.",
	"/proc/PID/status, ShdPnd", FIELD_NEEDS_NOTHING)
FIELD(process_signals_caught, "process.signals.caught", "signals.caught", "CAUGHT", UNIT_SIGNALS,
	12, true, NEED_PROCESS,
	"Signals for which it has a handler; all threads share the handlers.",
	"/proc/PID/status, SigCgt", FIELD_NEEDS_NOTHING)
FIELD(process_signals_ignored, "process.signals.ignored", "signals.ignored", "IGNORED",
	UNIT_SIGNALS, 12, true, NEED_PROCESS, "Signals that it ignores; this survives execve(2).",
	"/proc/PID/status, SigIgn", FIELD_NEEDS_NOTHING)
FIELD(process_children, "process.children", "children", "CHILDREN", UNIT_NONE, 12, true,
	NEED_PROCESS, "Its living children, and those that ended and wait to be reaped.",
	"/proc/PID/task/TID/children", FIELD_NEEDS_NOTHING)
FIELD(process_tty, "process.tty", "tty", "TTY", UNIT_NONE, 8, true, NEED_PROCESS,
	"Its controlling terminal.", "/proc/PID/stat, field 7", FIELD_NEEDS_NOTHING)
FIELD(process_tracer, "process.tracer_pid", "tracer_pid", "TRACER", UNIT_NONE, 7, false,
	NEED_PROCESS, "Who traces it (a debugger); nobody else can attach then.",
	"/proc/PID/status, TracerPid", FIELD_NEEDS_NOTHING)
FIELD(process_cgroup, "process.cgroup", "cgroup", "CGROUP", UNIT_NONE, 20, true, NEED_PROCESS | NEED_SURROUNDINGS,
	"Its control group: container, service or login session.", "/proc/PID/cgroup",
	FIELD_NEEDS_NOTHING)
FIELD(process_kernel_thread, "process.kernel_thread", "kernel_thread", "KERNEL", UNIT_NONE, 6, true,
	NEED_PROCESS,
	"Whether it is a thread of the kernel: no program, no address space of its own.",
	"/proc/PID/stat, field 9", FIELD_NEEDS_NOTHING)
FIELD(process_ns_cgroup, "process.namespaces.cgroup", "namespaces.cgroup", "NS CGROUP", UNIT_NONE,
	10, false, NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its cgroup namespace; equal inodes are one namespace.",
	"/proc/PID/ns/cgroup", FIELD_NEEDS_READ)
FIELD(process_ns_ipc, "process.namespaces.ipc", "namespaces.ipc", "NS IPC", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its namespace of SysV IPC and POSIX message queues.",
	"/proc/PID/ns/ipc", FIELD_NEEDS_READ)
FIELD(process_ns_mnt, "process.namespaces.mnt", "namespaces.mnt", "NS MNT", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its mount namespace: what file tree it sees.", "/proc/PID/ns/mnt",
	FIELD_NEEDS_READ)
FIELD(process_ns_net, "process.namespaces.net", "namespaces.net", "NS NET", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its network namespace.", "/proc/PID/ns/net", FIELD_NEEDS_READ)
FIELD(process_ns_pid, "process.namespaces.pid", "namespaces.pid", "NS PID", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its PID namespace: in a container it has another number.",
	"/proc/PID/ns/pid", FIELD_NEEDS_READ)
FIELD(process_ns_time, "process.namespaces.time", "namespaces.time", "NS TIME", UNIT_NONE, 10,
	false, NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its time namespace.", "/proc/PID/ns/time", FIELD_NEEDS_READ)
FIELD(process_ns_user, "process.namespaces.user", "namespaces.user", "NS USER", UNIT_NONE, 10,
	false, NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its user namespace.", "/proc/PID/ns/user", FIELD_NEEDS_READ)
FIELD(process_ns_uts, "process.namespaces.uts", "namespaces.uts", "NS UTS", UNIT_NONE, 10, false,
	NEED_PROCESS | NEED_SURROUNDINGS, "Inode of its namespace of host name and domain.", "/proc/PID/ns/uts",
	FIELD_NEEDS_READ)
