/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event table, a row a kind. Included wherever something is made of each row, so it has no
 * guard; define EVENT before, it is undefined behind it.
 * (KIND, id, title, has, sentence, why)
 *   KIND      EVENT_KIND is its number
 *   id        its name in JSON
 *   title     for people
 *   has       EVENT_HAS_* bits: what it may carry beside its kind, its times and its process
 *   sentence  how it reads: {pid} {tid} {other} {name} {before} {exit} {count} stand for what it
 *             carries; what stands in [ ] is left out where that is unknown
 *   why       why it matters, for explain and the man page
 */
EVENT(FORK, "fork", "fork", EVENT_HAS_OTHER | EVENT_HAS_NAME, "{pid}[ {name}] forked {other}",
	"A process made another one: from here on each of the two has a memory of its own, whose "
	"pages both share until one of them writes.")
EVENT(EXEC, "exec", "exec", EVENT_HAS_NAME | EVENT_HAS_BEFORE,
	"{pid}[ {before}] executed another program[: {name}]",
	"A process gave up its program and its memory for those of another one; its number, its "
	"parent and its open files without close-on-exec stay.")
EVENT(EXIT, "exit", "exit", EVENT_HAS_NAME | EVENT_HAS_STATUS, "{pid}[ {name}] ended[: {exit}]",
	"A process ended: its memory is gone, its parent learns how, and what others had in "
	"common with it goes on without it.")
EVENT(NEW_SIBLING, "new_b", "new B", EVENT_HAS_OTHER | EVENT_HAS_NAME,
	"{other} is B now, beside {pid}[ {name}]",
	"twintop put another process beside A: what is compared from here on is another pair.")
EVENT(THREAD, "thread", "new thread", EVENT_HAS_TID | EVENT_HAS_NAME,
	"{pid} has a new thread {tid}[ {name}]",
	"A process made a thread: it has a stack, registers and signal mask of its own and shares "
	"all else.")
EVENT(THREAD_EXIT, "thread_exit", "thread's end", EVENT_HAS_TID | EVENT_HAS_NAME,
	"thread {tid}[ {name}] of {pid} ended",
	"A thread ended and its process goes on: memory and files stay as they are.")
EVENT(COMM, "comm", "new name", EVENT_HAS_TID | EVENT_HAS_NAME | EVENT_HAS_BEFORE,
	"{tid} renamed itself[ from {before}][ to {name}]",
	"A thread took another name, which tells what it is for; the main thread's name is its "
	"process's.")
EVENT(STEP, "step", "step", EVENT_HAS_COUNT | EVENT_HAS_NAME, "{pid} step {count}: {name}",
	"A program that is a demo says what it does next; it goes on when somebody lets it.")
EVENT(STEP_LINE, "step_line", "of a step", EVENT_HAS_COUNT | EVENT_HAS_NAME,
	"{pid} to step {count}: {name}",
	"What a demo says beside its caption: the view to look at, what it is about, what is expected "
	"there; wait: it waits for somebody to let it go on.")
EVENT(LOST, "lost", "lost events", EVENT_HAS_COUNT, "events lost: {count}",
	"More happened than there was room to tell: what is missing stands here as a number.")
#undef EVENT
