/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes in words. */
#include "tell_internal.h"

#include <inttypes.h>

#include "twintop/base/units.h"
#include "twintop/model/names.h"

/* The main thread's record, or the one that the process is read through. */
static bool main_thread(const struct record *r, struct record *ret)
{
	const struct side *s = field_side(r);
	pid_t tid = s->info && s->info->through ? s->info->through : s->id.pid;
	ptrdiff_t i = thread_find(s->threads, tid);

	*ret = (struct record){r->moment, RECORD_THREAD, r->side, i >= 0 ? (size_t)i : 0};
	return i >= 0;
}

/* "S: its main thread is asleep in read: …", where threads were read. */
static void tell_state(const struct record *r, const struct value *v, struct textbuf *out)
{
	char letter[2] = {v->text.len ? v->text.bytes[0] : '?', 0};
	struct record thread;

	textbuf_addf(out, "%s: ", letter[0] > ' ' ? letter : "?");
	if ((letter[0] == 'S' || letter[0] == 'D') && main_thread(r, &thread)) {
		textbuf_adds(out, "its main thread is ");
		tell_asleep(&thread, out);
		return;
	}
	textbuf_addf(out, "%s.", task_state_name(letter[0]));
	tell_lesson(LESSON_STATES, letter, out);
}

static void tell_task_number(const struct record *r, const struct value *v, struct textbuf *out)
{
	tell_task(r, (pid_t)v->i, out);
	textbuf_adds(out, ".");
}

static void tell_parent(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct side *s = field_side(r);
	const struct snapshot *all = r->moment->snapshot;

	if (!v->i) {
		textbuf_adds(out, "0: its parent is outside of what this /proc shows, or it has "
				  "none.");
		return;
	}
	tell_task(r, (pid_t)v->i, out);
	textbuf_adds(out, " is its parent");
	if (all->sides > 1 && all->side[!r->side].id.pid == (pid_t)v->i)
		textbuf_addf(out, ", the process beside it here (%c)", r->side ? 'A' : 'B');
	textbuf_adds(out, v->i == 1 && s->id.pid != 1
				  ? ": the first process of all, which also takes over orphans."
				  : ".");
}

static void tell_exit_code(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_addf(out, "It ended with %" PRId64 ": ", v->i);
	textbuf_adds(out, v->i == 0 ? "success, by custom." : "by custom not a success.");
	if (v->i > 128 && v->i <= 192 && signal_name((int)v->i - 128))
		textbuf_addf(out, " Shells give this number when %s ended what they had started.",
			signal_name((int)v->i - 128));
	else if (v->i == 127)
		textbuf_adds(out, " Shells give 127 when there is no such command.");
}

static void tell_exit_signal(const struct record *r, const struct value *v, struct textbuf *out)
{
	const char *name = signal_name((int)v->i);

	(void)r;
	textbuf_addf(out, "%s (number %" PRId64 ") ended it, and all of its threads with it.",
		name ? name : "A signal without a name", v->i);
}

static void tell_cpu(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value threads = field_get_process_threads(r);
	char text[UNITS_MAX];

	textbuf_addf(out, "%s of one processor", units_percent(text, v->real));
	if (value_state_has_value(threads.state) && threads.u > 1)
		textbuf_addf(out, ", its %" PRIu64 " threads together", threads.u);
	textbuf_adds(out, v->real > 105	 ? ": at least two threads ran at once."
			  : v->real > 90 ? ": it computes nearly all the time."
			  : v->real < 1	 ? ": it mostly waits."
					 : ".");
}

static void tell_threads(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_count(out, v->u, "thread");
	textbuf_adds(out, v->u > 1 ? ": several flows of control in one memory."
				   : ": one flow of control, as every process begins.");
}

static void tell_faults(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (v->u)
		textbuf_count(out, v->u, "page fault");
	textbuf_adds(out, v->u ? ": first touches of a page, and copies after a fork; none of them "
				 "needed a disk."
			       : "None yet.");
}

static void tell_disk_faults(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (v->u)
		textbuf_count(out, v->u, "page fault");
	textbuf_adds(out, v->u ? " had to wait for a disk."
			       : "None: all that it touched was in memory already.");
}

static void tell_resident(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value all = field_get_process_vm_bytes(r);
	char text[UNITS_MAX];

	tell_bytes(v->u, out);
	textbuf_adds(out, " are in memory");
	if (value_state_has_value(all.state))
		textbuf_addf(out, ", of %s in addresses", units_bytes(text, all.u));
	textbuf_adds(out, "; pages that others map, too, are counted in full.");
}

static void tell_swap(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	if (!v->u) {
		textbuf_adds(out, "Nothing of it is in swap.");
		return;
	}
	tell_bytes(v->u, out);
	textbuf_adds(out, " were put aside on a disk.");
}

/* "12 of 33 resident pages …: 48K exist once in place of twice." */
static void tell_cow(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value all = field_get_process_pages_resident(r);
	uint64_t page = record_host(r)->page_size;

	textbuf_addf(out, "%" PRIu64 " of ", v->u);
	if (value_state_has_value(all.state))
		textbuf_count(out, all.u, "resident page");
	else
		textbuf_adds(out, "its pages");
	textbuf_adds(out, v->u == 1 ? " is still one with the other side's: "
				    : " are still one with the other side's: ");
	tell_bytes(v->u * page, out);
	textbuf_adds(out, " that exist once in place of twice.");
	tell_estimate(r, out);
}

static void tell_children(const struct record *r, const struct value *v, struct textbuf *out)
{
	const pid_t *child = v->list.item;

	if (!v->list.n) {
		textbuf_adds(out, "It has no children.");
		return;
	}
	textbuf_addf(out, "%zu child%s: ", v->list.n, v->list.n > 1 ? "ren" : "");
	for (size_t i = 0; i < v->list.n; i++) {
		textbuf_adds(out, i ? ", " : "");
		tell_task(r, child[i], out);
	}
	textbuf_adds(out, ".");
}

static void tell_user(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_addf(out, "User number %" PRIu64 "%s.", v->u,
		v->u ? ""
		     : ": root, who may do nearly everything, as far as its user namespace goes");
}

static void tell_group(const struct record *r, const struct value *v, struct textbuf *out)
{
	textbuf_adds(out, "It is called by the number of the process that began it: ");
	tell_task(r, (pid_t)v->i, out);
	textbuf_adds(out, ".");
}

static void tell_namespace(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	textbuf_addf(
		out, "Number %" PRIu64 ": whoever has the same number is in the same one.", v->u);
}

static void tell_command(const struct record *r, const struct value *v, struct textbuf *out)
{
	const struct text *argument = v->list.item;

	(void)r;
	if (!v->list.n) {
		textbuf_adds(out, "It has no arguments, not even a name.");
		return;
	}
	textbuf_adds(out, "It was started as “");
	for (size_t i = 0; i < v->list.n; i++) {
		textbuf_adds(out, i ? " " : "");
		text_printable(out, argument[i]);
	}
	textbuf_adds(out, "”: ");
	textbuf_count(out, v->list.n, "argument");
	textbuf_adds(out, ", its name included.");
}

/* How much each call moved on average. */
static void tell_traffic(
	const struct value *bytes, const struct value *calls, const char *what, struct textbuf *out)
{
	if (!value_state_has_value(bytes->state) || !value_state_has_value(calls->state)) {
		textbuf_adds(out, "Only a part of it is known.");
		return;
	}
	tell_bytes(bytes->u, out);
	textbuf_adds(out, " in ");
	textbuf_count(out, calls->u, "call");
	textbuf_addf(out, " of %s", what);
	if (calls->u > 1) {
		textbuf_adds(out, ", on average ");
		tell_bytes(bytes->u / calls->u, out);
		textbuf_adds(out, " each");
	}
	textbuf_adds(out, ".");
}

static void tell_reads(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value bytes = field_get_process_read_bytes(r);
	struct value calls = field_get_process_read_calls(r);

	(void)v;
	tell_traffic(&bytes, &calls, "read(2) and its relatives", out);
}

static void tell_writes(const struct record *r, const struct value *v, struct textbuf *out)
{
	struct value bytes = field_get_process_write_bytes(r);
	struct value calls = field_get_process_write_calls(r);

	(void)v;
	tell_traffic(&bytes, &calls, "write(2) and its relatives", out);
}

static void tell_signals(const char *some, const char *none, uint64_t mask, struct textbuf *out)
{
	if (!mask) {
		textbuf_adds(out, none);
		return;
	}
	textbuf_adds(out, some);
	signal_set_names(out, mask);
	textbuf_adds(out, ".");
}

static void tell_pending(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	tell_signals("Sent to the process, and no thread has taken them: ",
		"No signal waits for the process as a whole.", v->u, out);
}

static void tell_caught(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	tell_signals("A function of its own runs for: ",
		"It has no handler: every signal does what it does by default, or is ignored.",
		v->u, out);
}

static void tell_ignored(const struct record *r, const struct value *v, struct textbuf *out)
{
	(void)r;
	tell_signals("Nothing happens on: ", "It ignores no signal.", v->u, out);
}

const struct tell_row tell_process_row[] = {
	{"process.pid", tell_task_number},
	{"process.ppid", tell_parent},
	{"process.read_through", tell_task_number},
	{"process.tracer_pid", tell_task_number},
	{"process.pgrp", tell_group},
	{"process.session", tell_group},
	{"process.cmdline", tell_command},
	{"process.read_bytes", tell_reads},
	{"process.read_calls", tell_reads},
	{"process.write_bytes", tell_writes},
	{"process.write_calls", tell_writes},
	{"process.namespaces.cgroup", tell_namespace},
	{"process.namespaces.ipc", tell_namespace},
	{"process.namespaces.mnt", tell_namespace},
	{"process.namespaces.net", tell_namespace},
	{"process.namespaces.pid", tell_namespace},
	{"process.namespaces.time", tell_namespace},
	{"process.namespaces.user", tell_namespace},
	{"process.namespaces.uts", tell_namespace},
	{"process.runtime", tell_runtime},
	{"process.state", tell_state},
	{"process.start_ticks", tell_since_boot},
	{"process.uid", tell_user},
	{"process.euid", tell_user},
	{"process.exit.code", tell_exit_code},
	{"process.exit.signal", tell_exit_signal},
	{"process.cpu_percent", tell_cpu},
	{"process.thread_count", tell_threads},
	{"process.minor_faults", tell_faults},
	{"process.major_faults", tell_disk_faults},
	{"process.rss_bytes", tell_resident},
	{"process.swap_bytes", tell_swap},
	{"process.page_totals.cow_shared", tell_cow},
	{"process.children", tell_children},
	{"process.signals.pending", tell_pending},
	{"process.signals.caught", tell_caught},
	{"process.signals.ignored", tell_ignored},
};
const size_t tell_process_rows_n = sizeof tell_process_row / sizeof *tell_process_row;
