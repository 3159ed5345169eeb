/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an address has no name or no line. Included with SYMBOL_GAP(NAME, STATE, reason) defined,
 * more than once: no guard. STATE is that of enum value_state; the reason is a whole sentence of
 * JSON's access.unknown and of the screen.
 */
SYMBOL_GAP(UNREAD, UNREAD, "nobody has asked for it yet")
SYMBOL_GAP(UNMAPPED, NONE, "nothing is mapped at this address")
SYMBOL_GAP(ANONYMOUS, NONE, "it lies in memory that no file names: a heap, a stack or the like")
SYMBOL_GAP(PERF_MAP, UNSUPPORTED, "code made at run time, and its program writes no /tmp/perf-PID.map")
SYMBOL_GAP(PERF_MAP_OTHERS, UNSUPPORTED,
	"code made at run time, and /tmp/perf-PID.map is no plain file of the target's own user")
SYMBOL_GAP(PERF_MAP_LARGE, UNSUPPORTED, "code made at run time, and /tmp/perf-PID.map is too large to be read")
SYMBOL_GAP(PERF_MAP_LACKS, NONE, "code made at run time that /tmp/perf-PID.map does not name")
SYMBOL_GAP(DENIED, DENIED, "the mapped file may not be opened: needs " VALUE_NEEDS_READ)
SYMBOL_GAP(DELETED, DENIED, "the mapped file was deleted: to open it needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE")
SYMBOL_GAP(REPLACED, DENIED, "another file is at the mapped one's path: to open it needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE")
SYMBOL_GAP(UNPROVEN, UNSUPPORTED, "nothing proves that the file at the mapped one's path is it")
SYMBOL_GAP(VDSO, DENIED, "the target's memory may not be read: needs ptrace attach access")
SYMBOL_GAP(GONE, GONE, "the target ended, or what is mapped there changed, while it was read")
SYMBOL_GAP(OPEN, FAILED, "the mapped file could not be opened")
SYMBOL_GAP(NO_OPENAT2, UNSUPPORTED, "to open a path within the target's root needs openat2(2) (Linux 5.6)")
SYMBOL_GAP(NO_ELF, NONE, "the mapped file is no program or library")
SYMBOL_GAP(DAMAGED, FAILED, "the mapped file is damaged, or of a form that libdw does not know")
SYMBOL_GAP(STRIPPED, NONE, "its module is stripped, and no debug file of its build-id was found")
SYMBOL_GAP(NAMELESS, NONE, "no symbol of its module covers this address")
SYMBOL_GAP(LATE, LATE, "reading its module took too long")
SYMBOL_GAP(BROKE, FAILED, "reading its module failed: the process that did it broke down")
SYMBOL_GAP(FORK, FAILED, "twintop could start no process that reads modules")
SYMBOL_GAP(OF_DATA, NONE, "data has no line of code")
SYMBOL_GAP(NO_LINES, NONE, "its module has no line tables, and no debug file of its build-id was found")
SYMBOL_GAP(LINELESS, NONE, "no line of its module's tables covers this address")
SYMBOL_GAP(NO_ALTERNATE, NONE, "its debug information needs another file (dwz), which was not found")
SYMBOL_GAP(MACHINE_CODE, NONE, "code made at run time has no lines in /tmp/perf-PID.map")
SYMBOL_GAP(PACKED, UNREAD, "its module's debug information is compressed and large: it is read for the next moment")
SYMBOL_GAP(UNTOLD, UNTOLD, VALUE_UNTOLD_WORDS)
#undef SYMBOL_GAP
