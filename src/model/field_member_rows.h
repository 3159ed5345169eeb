/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: members of a family. Included with FIELD defined, more than once. */
FIELD(member_side, "member.side", "side", "AB", UNIT_NONE, 2, true, NEED_FAMILY,
	"Which side it is: A, B, or neither.", "twintop itself", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "twintop(1)",
	"Any two of a family may stand side by side: Enter makes another one B.")
FIELD(member_pid, "member.pid", "pid", "PID", UNIT_NONE, 7, false, NEED_FAMILY,
	"The member's process ID.", "/proc/PID/task/TID/children", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "proc(5)",
	"Every process of the tree has its own; the number may be used again when its parent "
	"has waited for it.")
FIELD(member_ppid, "member.ppid", "ppid", "PPID", UNIT_NONE, 7, false, NEED_FAMILY,
	"Its parent now: another one than it was born to where that has ended before it. Of the dead, "
	"the last one.", "/proc/PID/stat, field 4", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "getppid(2)",
	"Who has another parent than the one it was born to is an orphan: process 1 or a "
	"service manager must wait for it now.")
FIELD(member_comm, "member.comm", "comm", "NAME", UNIT_NAME, 15, true, NEED_FAMILY,
	"Its name of at most 15 bytes, which it may change itself.", "/proc/PID/stat, field 2",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_comm(5)",
	"Servers name their workers after what they do; exec names a process after its new "
	"program.")
FIELD(member_label, "member.label", NULL, "NAME", UNIT_NAME, 15, true, NEED_FAMILY,
	"Its name, and what of its command line its parent's has not; where there is little room that "
	"alone, from where it differs from its brothers', and of an argument such as '--type=renderer' its "
	"value.",
	"/proc/PID/stat, field 2, and /proc/PID/cmdline", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_comm(5)",
	"Members of one program have one name: what each was started for, or wrote over its arguments, "
	"tells them apart.")
FIELD(member_title, "member.title", "title", "TITLE", UNIT_NONE, 20, true, NEED_FAMILY,
	"What of its command line is its own: a title that it wrote over its arguments, or those of them "
	"that its parent does not have; of many the first and the last.", "/proc/PID/cmdline",
	FIELD_NEEDS_NOTHING,
	EXACT_NOW, "setproctitle(3)",
	"Workers of one name are told apart by it: servers write there what each is for, and others are "
	"started with an argument that says so.")
FIELD(member_role, "member.role", "role", "ROLE", UNIT_NONE, 7, true, NEED_FAMILY,
	"What it is to the others: the first of the family; a worker, which runs the program that it was "
	"forked with; a program, which has executed one of its own; an orphan, whose parent ended before it.",
	"/proc/PID/stat, fields 4 and 9", FIELD_NEEDS_NOTHING,
	EXACT_JUDGED, "fork(2)",
	"Only workers still share by copy-on-write: exec takes another program's memory. An orphan is waited "
	"for by process 1 or a service manager.")
FIELD(member_start, "member.start_ns", "start_ns", "BORN", UNIT_NONE, 8, false, NEED_FAMILY,
	"When it was forked, in nanoseconds of CLOCK_MONOTONIC, as exact as a clock tick.",
	"/proc/PID/stat, field 22", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "proc_pid_stat(5)",
	"The order in which workers were born, and how old each is; together with the number "
	"it tells one process from another that had the number before.")
FIELD(member_end, "member.end_ns", "end_ns", "ENDED", UNIT_NONE, 8, false, NEED_FAMILY,
	"When its end was told or seen, in nanoseconds of CLOCK_MONOTONIC: it was not later.",
	"the proc connector or perf; /proc/PID/stat, which is gone or says Z", FIELD_NEEDS_NOTHING,
	EXACT_JUDGED, "wait(2)",
	"Who ends and is started again all the time costs a fork each time.")
FIELD(member_exit_code, "member.exit.code", "exit.code", "EXIT", UNIT_NONE, 4, false, NEED_FAMILY,
	"The exit status of one that has ended by itself, as the kernel told of it, or as it was seen "
	"before its parent waited for it.", "the proc connector or perf; /proc/PID/stat, field 52", FIELD_NEEDS_READ,
	EXACT_FIXED, "_exit(2)",
	"0 says that all went well; only its parent is told for certain, when it waits.")
FIELD(member_exit_signal, "member.exit.signal", "exit.signal", "KILLED", UNIT_NONE, 6, false,
	NEED_FAMILY, "The signal that ended it, as the kernel told of it, or as it was seen before its parent waited "
	"for it.", "the proc connector or perf; /proc/PID/stat, field 52", FIELD_NEEDS_READ,
	EXACT_FIXED, "signal(7)",
	"A worker that a signal ended has crashed, was killed, or the kernel was out of memory.")
FIELD(member_state, "member.state", "state", "S", UNIT_STATE, 1, true, NEED_FAMILY,
	"Its state as of its main thread: R runs or may run, S sleeps, D sleeps uninterruptibly, T is "
	"stopped, t is traced, Z is a zombie: it has ended, and its parent has yet to wait for it; X is gone.",
	"/proc/PID/stat, field 3", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "proc_pid_stat(5)",
	"In a family one sees who works, who sleeps, and whose parent does not wait: the zombies.")
FIELD(member_threads, "member.threads", "threads", "THR", UNIT_COUNT, 4, false, NEED_FAMILY,
	"How many threads it has.", "/proc/PID/stat, field 20", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "clone(2)",
	"fork takes along only the thread that calls it: a worker begins with one.")
FIELD(member_fds, "member.fds", "fds", "FDS", UNIT_COUNT, 4, false, NEED_FAMILY,
	"How many descriptors it has open.", "/proc/PID/fd/", FIELD_NEEDS_READ,
	EXACT_NOW, "proc_pid_fd(5)",
	"What its parent had open without O_CLOEXEC it has, too; a number that only grows is "
	"a leak.")
FIELD(member_cpu_percent, "member.cpu_percent", "cpu_percent", "CPU", UNIT_PERCENT, 5, false,
	NEED_FAMILY,
	"Share of one core that all of its threads took over the last second or two; above 100 % several "
	"ran at once. By clock ticks of 10 ms, so it may be off by 2 %.",
	"/proc/PID/stat, fields 14 and 15", FIELD_NEEDS_NOTHING,
	EXACT_RATE, "proc_pid_stat(5)",
	"Who of the family works, and whether the work is spread over all workers.")
FIELD(member_resident, "member.resident_bytes", "resident_bytes", "RESIDENT", UNIT_BYTES, 8, false,
	NEED_FAMILY,
	"Memory of its address space that is in frames, whoever else maps them; of a pool of huge pages, "
	"too, which Rss leaves out. The members' sum counts each frame as often as it is mapped.", "/proc/PID/pagemap, present", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_pagemap(5)",
	"The figure that top shows. Added up over a family it counts what they share many "
	"times, so that it says too much.")
FIELD(member_private, "member.private_bytes", "private_bytes", "PRIVATE", UNIT_BYTES, 8, false,
	NEED_FAMILY, "What of it no other address space maps: what its end would give back.",
	"/proc/PID/pagemap, bit 56", FIELD_NEEDS_READ,
	EXACT_PAGES, "proc_pid_smaps(5)",
	"The true price of one more worker, as long as it runs.")
FIELD(member_shared, "member.shared_bytes", "shared_bytes", "SHARED", UNIT_BYTES, 8, false,
	NEED_FAMILY,
	"What of it is one with the family's first member: the same page at the same address, since "
	"fork, or of one file or shared memory.",
	"/proc/PID/pagemap of both: frames, else bit 56 as an estimate", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"What copy-on-write still saves, which only shrinks: each write to such a page makes a copy. Shared "
	"memory and files that both touch are added to it.")
FIELD(member_copied, "member.copied_bytes", "copied_bytes", "COPIED", UNIT_BYTES, 8, false,
	NEED_FAMILY,
	"Private memory in which both it and the family's first member have a page of their own at one "
	"address: since one of them wrote. At most: what each touched first after the fork looks alike.",
	"/proc/PID/pagemap of both: frames, else bit 56 as an estimate", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"What writing has cost since the fork: counters in objects that are only read, and "
	"garbage collectors, are common causes.")
FIELD(member_copied_rate, "member.copied_bytes_per_second", "copied_bytes_per_second", "COPIED/S", UNIT_BYTES, 8,
	false, NEED_FAMILY,
	"How fast that grows: bytes a second between two reads of its pages, a second apart at least.",
	"/proc/PID/pagemap of both, read twice", FIELD_NEEDS_READ,
	EXACT_RATE, "fork(2)",
	"How long what is still shared will last: a worker that copies all the time has soon a memory of its "
	"own.")
FIELD(member_efficiency, "member.efficiency_percent", "efficiency_percent", "KEPT", UNIT_PERCENT, 4,
	false, NEED_FAMILY,
	"How much of the private memory that the family's first member had when this one was forked the two "
	"still share: anonymous pages, as a fork shares them. Files and shared memory are not of it, "
	"whoever touches them when.",
	"/proc/PID/pagemap of both, now and about the fork, without bit 61", FIELD_NEEDS_READ,
	EXACT_FRAMES, "fork(2)",
	"100 % right after a fork; what is lost was paid for twice. It tells how well preloading before the "
	"fork pays.")
FIELD(member_read, "member.pages_read_ns", "pages_read_ns", "AGE", UNIT_NONE, 5, false, NEED_FAMILY,
	"When its pages were read, in nanoseconds of CLOCK_MONOTONIC: members take turns, so that reading "
	"takes no more than its share of a core.", "our own clock", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "clock_gettime(2)",
	"What is that old may be other by now: what it says of memory is of that time.")
