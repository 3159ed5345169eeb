/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The enumerations whose values are recorded, a row each: a recording's header has the names of
 * theirs, and whoever reads it goes by these. So new values may stand anywhere.
 * Included wherever something is made of each row, so it has no guard; define ENUMERATION before,
 * it is undefined behind it.
 * (COUNT, most, id, name, unknown, then)
 *   COUNT    what CHOICE() of shape_rows.h calls it: how many values it has, or nearly
 *   most     its values are below
 *   id       what the header calls it
 *   name     a function: the name of each value, one of its own
 *   unknown  what one is read as whose name we do not know; most: the record is not shown
 *   then     names in files of before headers had them, in the order of then: they never change
 */
ENUMERATION(VALUE_STATES, VALUE_STATES, "value_state", name_state, VALUE_UNTOLD,
	"known stale none unread denied gone unsupported late failed FILES "
	"SYSTEM_FILES MEMORY BUFFERS NAME IO ADDRESS ABSENT CLOSED BUSY IN_USE "
	"INTERRUPTED LOOP FORM MESSAGE RANGE OVERFLOW EMPTY CHANGED FOREIGN")
ENUMERATION(WAIT_KINDS, WAIT_KINDS, "wait_kind", name_wait, WAIT_NOTHING,
	"nothing futex mutex pi_mutex join")
ENUMERATION(SYSCALL_ABIS, SYSCALL_ABIS, "syscall_abi", name_abi, 0, "unknown native i386 x32")
ENUMERATION(STACK_GAPS, STACK_GAPS, "stack_gap", name_stack, STACK_UNTOLD,
	"no_gap none left runs elsewhere unproven")
ENUMERATION(MAPPING_OBJECTS, MAPPING_OBJECTS, "mapping_object", name_object, MAPPING_OBJECT_OF_MANY,
	"plain stated named of_many")
ENUMERATION(MAPPING_ORIGINS, MAPPING_ORIGINS, "mapping_origin", name_origin, ORIGIN_UNKNOWN,
	"unknown file tmpfs devtmpfs hugetlbfs shmem hugetlb secret device")
ENUMERATION(MAPPING_KINDS, MAPPING_KINDS, "mapping_kind", name_mapping, MAPPING_OTHER,
	"code rodata data bss heap stack thread_stack guard anonymous library_code "
	"library_rodata library_data library_other shared_anonymous posix_shm sysv_shm "
	"memfd file device vdso vvar vsyscall hugetlb reserved other")
ENUMERATION(LOCK_KINDS, LOCK_KINDS + 1, "lock_kind", name_lock, LOCK_KINDS,
	"posix flock ofd lease unknown")
ENUMERATION(RUNTIMES, RUNTIMES, "runtime", name_runtime, RUNTIME_UNKNOWN,
	"java node dotnet beam python ruby perl php lua go c++ c tokio openmp glib libuv unknown")
ENUMERATION(RUNTIME_SIGNS, RUNTIME_SIGNS, "runtime_sign", name_runtime_sign, SIGN_UNTOLD,
	"exe library brought mapping address symbol note needed thread untold")
ENUMERATION(USER_STACK_KINDS, USER_STACK_KINDS, "user_stack_kind", name_user_stack,
	USER_STACK_UNTOLD, "untold own user goroutine part")
ENUMERATION(FD_KINDS, FD_KINDS, "fd_kind", name_fd, FD_UNKNOWN,
	"file directory symlink pipe fifo socket eventfd epoll timerfd signalfd inotify "
	"fanotify pidfd memfd device block_device tty io_uring bpf perf userfaultfd "
	"namespace mqueue anon unknown")
ENUMERATION(SYMBOL_GAPS, SYMBOL_GAPS, "symbol_gap", name_symbol, SYMBOL_UNTOLD,
	"NO_GAP UNREAD UNMAPPED ANONYMOUS PERF_MAP PERF_MAP_OTHERS PERF_MAP_LARGE "
	"PERF_MAP_LACKS DENIED DELETED REPLACED UNPROVEN VDSO GONE OPEN NO_OPENAT2 "
	"NO_ELF DAMAGED STRIPPED NAMELESS LATE BROKE FORK OF_DATA NO_LINES LINELESS "
	"NO_ALTERNATE MACHINE_CODE")
ENUMERATION(BACKTRACE_GAPS, BACKTRACE_GAPS, "backtrace_gap", name_backtrace, BACKTRACE_HIDDEN,
	"no_gap hidden runs void left none later")
ENUMERATION(BACKTRACE_MEANS, BACKTRACE_MEANS, "backtrace_means", name_means, BACKTRACE_STOOD,
	"blocked sampled held")
ENUMERATION(HOLD_ENDS, HOLD_ENDS, "hold_end", name_hold, HOLD_FAILED,
	"none done denied yama filtered traced late left abroad failed")
ENUMERATION(EVENT_KINDS, EVENT_KINDS, "event", name_event, EVENT_KINDS,
	"fork exec exit new_b thread thread_exit comm zombie reaped reparented "
	"stopped continued traced untraced first_copy copying copies mapped "
	"unmapped opened closed signal_action step step_line lost")
ENUMERATION(ROW_STATES, ROW_STATES, "row_state", name_row, ROW_UNKNOWN,
	"same only_a only_b diverged unknown")
ENUMERATION(MECHANISMS, MECHANISMS, "mechanism", name_mechanism, MECHANISM_NONE,
	"none text rodata library cow file shared_anonymous posix_shm sysv_shm memfd vdso")
ENUMERATION(EROSION_GAPS, EROSION_GAPS, "erosion_gap", name_erosion, EROSION_SHORT,
	"known no_pages ended past short nothing few unsteady")
ENUMERATION(LANE_ENDS, LANE_ENDS, "lane_end", name_lane, LANE_SAMPLED,
	"stays voluntary involuntary exit sampled")
#undef ENUMERATION
