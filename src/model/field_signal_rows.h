/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the field table: signals 1 to 64. Included with FIELD defined, more than once. */
FIELD(signal_number, "signal.number", NULL, "NO", UNIT_NONE, 2, false, NEED_PROCESS,
	"The signal's number on this machine.", "signal(7)", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "signal(7)",
	"Numbers differ between kinds of machines; programs should use names.")
FIELD(signal_name, "signal.name", NULL, "SIGNAL", UNIT_NONE, 11, true, NEED_PROCESS,
	"The signal's name; the real-time signals count up from SIGRTMIN and down from SIGRTMAX.",
	"signal(7)", FIELD_NEEDS_NOTHING,
	EXACT_FIXED, "signal(7)",
	"Ordinary signals of one kind do not count up while pending; real-time signals do, and "
	"come in order.")
FIELD(signal_disposition, "signal.disposition", NULL, "ACTION", UNIT_NONE, 7, true, NEED_PROCESS,
	"What the process does with it: caught by a handler, ignored, or the default action. Handlers "
	"belong to the process: all its threads share them.",
	"/proc/PID/status, SigCgt and SigIgn", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "sigaction(2)",
	"One thread that sets a handler sets it for all; fork copies the table, exec resets what "
	"was caught.")
FIELD(signal_pending, "signal.pending", NULL, "PENDING", UNIT_NONE, 7, true, NEED_PROCESS,
	"Whether it was sent to the process and waits for a thread that does not block it.",
	"/proc/PID/status, ShdPnd", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "sigpending(2)",
	"It was sent and has done nothing yet: somebody must unblock it first.")
FIELD(signal_pending_threads, "signal.pending_threads", NULL, "TPEND", UNIT_COUNT, 5, false,
	NEED_THREADS | NEED_THREAD_STATUS,
	"How many threads have it pending for themselves alone, as tgkill(2) and faults send it.",
	"/proc/PID/task/TID/status, SigPnd", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_kill(3)",
	"A fault, such as a division by zero, always goes to the thread that made it.")
FIELD(signal_blocked_threads, "signal.blocked_threads", NULL, "BLOCKED", UNIT_COUNT, 7, false,
	NEED_THREADS | NEED_THREAD_STATUS,
	"How many threads block it. The mask belongs to the thread: each has its own.",
	"/proc/PID/task/TID/status, SigBlk", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_sigmask(3)",
	"If all threads block it, a signal to the process waits; if one does not, that one gets "
	"it.")
FIELD(signal_blocked_by, "signal.blocked_by", NULL, "BLOCKED BY", UNIT_NONE, 16, true,
	NEED_THREADS | NEED_THREAD_STATUS, "The threads that block it, by TID: the first eight of them.",
	"/proc/PID/task/TID/status, SigBlk", FIELD_NEEDS_NOTHING,
	EXACT_NOW, "pthread_sigmask(3)",
	"Programs that let one thread take all signals block them in all others: here one can see "
	"which is which.")
