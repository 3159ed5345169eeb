/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event table, a row a kind. Included wherever something is made of each row, so it has no
 * guard; define EVENT before, it is undefined behind it.
 * (KIND, id, title, class, has, sentence, why)
 *   KIND      EVENT_KIND is its number
 *   id        its name in JSON
 *   title     for people
 *   class     EVENT_OF_*: what it is about, which lists may choose by
 *   has       EVENT_HAS_* bits: what it may carry beside its kind, its times and its process
 *   sentence  how it reads: {pid} {tid} {other} {name} {before} {exit} {count} and so on, as
 *             event_has_name has them, stand for what it carries; what stands in [ ] is left out
 *             where that is unknown, and where it counts to one
 *   why       why it matters, for explain and the man page
 */
EVENT(FORK, "fork", "fork", EVENT_OF_LIFE, EVENT_HAS_OTHER | EVENT_HAS_NAME | EVENT_HAS_SPAN,
	"{pid}[ {name}] forked {other}[, within {span_ns}]",
	"A process made another one: from here on each of the two has a memory of its own, whose "
	"pages both share until one of them writes.")
EVENT(EXEC, "exec", "exec", EVENT_OF_LIFE, EVENT_HAS_NAME | EVENT_HAS_BEFORE,
	"{pid}[ {before}] executed another program[: {name}]",
	"A process gave up its program and its memory for those of another one; its number, its "
	"parent and its open files without close-on-exec stay.")
EVENT(EXIT, "exit", "exit", EVENT_OF_LIFE, EVENT_HAS_NAME | EVENT_HAS_STATUS, "{pid}[ {name}] ended[: {exit}]",
	"A process ended: its memory is gone, its parent learns how, and what others had in "
	"common with it goes on without it.")
EVENT(NEW_SIBLING, "new_b", "new B", EVENT_OF_US, EVENT_HAS_OTHER | EVENT_HAS_NAME,
	"{other} is B now, beside {pid}[ {name}]",
	"twintop put another process beside A: what is compared from here on is another pair.")
EVENT(THREAD, "thread", "new thread", EVENT_OF_LIFE, EVENT_HAS_TID | EVENT_HAS_NAME,
	"{pid} has a new thread {tid}[ {name}]",
	"A process made a thread: it has a stack, registers and signal mask of its own and shares "
	"all else.")
EVENT(THREAD_EXIT, "thread_exit", "thread's end", EVENT_OF_LIFE, EVENT_HAS_TID | EVENT_HAS_NAME,
	"thread {tid}[ {name}] of {pid} ended",
	"A thread ended and its process goes on: memory and files stay as they are.")
EVENT(COMM, "comm", "new name", EVENT_OF_LIFE, EVENT_HAS_TID | EVENT_HAS_NAME | EVENT_HAS_BEFORE,
	"{tid} renamed itself[ from {before}][ to {name}]",
	"A thread took another name, which tells what it is for; the main thread's name is its "
	"process's.")
EVENT(ZOMBIE, "zombie", "zombie", EVENT_OF_LIFE,
	EVENT_HAS_OTHER | EVENT_HAS_NAME | EVENT_HAS_STATUS,
	"{pid}[ {name}] is a zombie[: its parent {other} has not asked how it ended][ ({exit})]",
	"A process has ended and its parent has not waited for it for a tenth of a second: its number "
	"and how it ended are kept until that is asked for.")
EVENT(REAPED, "reaped", "reaped", EVENT_OF_LIFE,
	EVENT_HAS_OTHER | EVENT_HAS_NAME | EVENT_HAS_STATUS,
	"{pid}[ {name}] is a zombie no more[: {other} waited for it][ ({exit})]",
	"A zombie's parent asked how it ended: nothing is left of it, and its number may be given to "
	"another process.")
EVENT(REPARENTED, "reparented", "new parent", EVENT_OF_LIFE,
	EVENT_HAS_OTHER | EVENT_HAS_FORMER | EVENT_HAS_NAME,
	"{pid}[ {name}] has another parent[: {other}][ instead of {former}]",
	"A process outlived its parent: an orphan is handed to the next subreaper above it, or to "
	"process 1, which will wait for it.")
EVENT(STOPPED, "stopped", "stopped", EVENT_OF_LIFE, EVENT_HAS_NAME | EVENT_HAS_SIGNAL,
	"{pid}[ {name}] was stopped[ by {signal}]",
	"A signal stopped all threads of a process: it keeps what it has, and waits for nothing but "
	"SIGCONT.")
EVENT(CONTINUED, "continued", "continued", EVENT_OF_LIFE, EVENT_HAS_NAME,
	"{pid}[ {name}] goes on after its stop",
	"SIGCONT let a stopped process go on where it stood.")
EVENT(TRACED, "traced", "traced", EVENT_OF_LIFE, EVENT_HAS_OTHER | EVENT_HAS_NAME,
	"{pid}[ {name}] is traced[ by {other}]",
	"A debugger or the like attached itself: it sees and may change all that the process does, "
	"and each of its stops makes it wait.")
EVENT(UNTRACED, "untraced", "traced no more", EVENT_OF_LIFE, EVENT_HAS_OTHER | EVENT_HAS_NAME,
	"{pid}[ {name}] is traced no more[ by {other}]",
	"Who traced a process let go of it, or ended: it runs at its own pace again.")
EVENT(FIRST_COPY, "first_copy", "first copy", EVENT_OF_COPIES,
	EVENT_HAS_OTHER | EVENT_HAS_NAME | EVENT_HAS_FUNCTION,
	"first page copied[: {pid} wrote what it shared with {other}][, of {name}][, in {function}]",
	"Until now the pair shared every page that it had in common since the fork; the first write "
	"made the kernel copy one.")
EVENT(COPYING, "copying", "being copied", EVENT_OF_COPIES,
	EVENT_HAS_COUNT | EVENT_HAS_NAME | EVENT_HAS_FUNCTION | EVENT_HAS_SPAN,
	"pages being copied: {count} so far[, by {pid}][ ({name})][, most in {function}][, within "
	"{span_ns}]",
	"A burst of writes to pages that the pair shared since the fork goes on. It is told after a "
	"second, and each time that it has gone on for ten times as long; what it comes to in all "
	"is told when it is over.")
EVENT(COPIES, "copies", "copies", EVENT_OF_COPIES,
	EVENT_HAS_COUNT | EVENT_HAS_NAME | EVENT_HAS_FUNCTION | EVENT_HAS_SPAN,
	"pages copied: {count}[, by {pid}][ ({name})][, most in {function}][, within {span_ns}]",
	"A burst of writes to pages that the pair shared since the fork: each of them is there twice "
	"now. It is told when no page was copied for a second.")
EVENT(MAPPED, "mapped", "new mapping", EVENT_OF_MEMORY,
	EVENT_HAS_COUNT | EVENT_HAS_NAME | EVENT_HAS_ADDRESS | EVENT_HAS_BYTES | EVENT_HAS_SPAN,
	"{pid} mapped[ {count} areas, the largest] {name}[ at {address}][, {bytes}][, within "
	"{span_ns}]",
	"Addresses that led nowhere lead to memory or to a file now; that the heap or a stack grows "
	"is not told. Many at once are told as one, with their number and their size in all.")
EVENT(UNMAPPED, "unmapped", "mapping's end", EVENT_OF_MEMORY,
	EVENT_HAS_COUNT | EVENT_HAS_NAME | EVENT_HAS_ADDRESS | EVENT_HAS_BYTES | EVENT_HAS_SPAN,
	"{pid} unmapped[ {count} areas, the largest] {name}[ at {address}][, {bytes}][, within "
	"{span_ns}]",
	"Addresses that led to memory or to a file lead nowhere now: what touches them is killed.")
EVENT(OPENED, "opened", "new descriptor", EVENT_OF_FILES,
	EVENT_HAS_COUNT | EVENT_HAS_FD | EVENT_HAS_NAME | EVENT_HAS_SPAN,
	"{pid} opened[ {count} descriptors, the first] fd {fd}[: {name}][, within {span_ns}]",
	"A descriptor is there that was not, or it is another file's: it was opened, made by dup(2), "
	"accept(2) or the like, or received through a socket. Many at once are told as one, with "
	"their number.")
EVENT(CLOSED, "closed", "descriptor's end", EVENT_OF_FILES,
	EVENT_HAS_COUNT | EVENT_HAS_FD | EVENT_HAS_NAME | EVENT_HAS_SPAN,
	"{pid} closed[ {count} descriptors, the first] fd {fd}[: {name}][, within {span_ns}]",
	"A descriptor is gone: the file behind it is closed when the last one that leads there is, "
	"a copy in a forked process counted.")
EVENT(SIGNAL_ACTION, "signal_action", "signal's action", EVENT_OF_SIGNALS,
	EVENT_HAS_COUNT | EVENT_HAS_SIGNAL | EVENT_HAS_BEFORE | EVENT_HAS_NAME | EVENT_HAS_SPAN,
	"{pid} set[ {count} signals, the first] {signal}[ from {before}][ to {name}][, within "
	"{span_ns}]",
	"What a signal does to the process is another thing now: its default, nothing (ignored), or "
	"a call of a handler (caught). All threads of a process share that.")
EVENT(STEP, "step", "step", EVENT_OF_US, EVENT_HAS_COUNT | EVENT_HAS_NAME, "{pid} step {count}: {name}",
	"A program that is a demo says what it does next; it goes on when somebody lets it.")
EVENT(STEP_LINE, "step_line", "of a step", EVENT_OF_US, EVENT_HAS_COUNT | EVENT_HAS_NAME,
	"{pid} to step {count}: {name}",
	"What a demo says beside its caption: the view to look at, what it is about, what is expected "
	"there; wait: it waits for somebody to let it go on.")
EVENT(LOST, "lost", "lost events", EVENT_OF_US, EVENT_HAS_COUNT, "events lost: {count}",
	"More happened than there was room to tell: what is missing stands here as a number.")
EVENT(DEADLOCK, "deadlock", "deadlock", EVENT_OF_LIFE,
	EVENT_HAS_COUNT | EVENT_HAS_NAME,
	"deadlock in {pid}[ of {count} threads]: {name}",
	"Threads wait for one another in a ring: none of them goes on unless somebody ends one of "
	"them. It may be older than the first look at it.")
#undef EVENT
