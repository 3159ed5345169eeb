/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/wait.h>

#include "field_internal.h"

/* A getter of one member that the read src brought: needs says what a denial lacked. */
#define PROCESS_GETTER(name, type, src, expression, needs)                                         \
	struct value field_get_process_##name(const struct record *r)                              \
	{                                                                                          \
		struct value v;                                                                    \
		const struct process_info *p = field_process(r, type, &v);                         \
                                                                                                   \
		return p ? field_if(p->source[src], expression, needs) : v;                        \
	}

/* A session or process group, which may be outside of what /proc shows. */
static struct value value_inside(const struct process_info *p, pid_t number)
{
	if (number || !process_sees_outside(p))
		return value_int(number);
	return value_unknown(VALUE_INT, VALUE_UNSUPPORTED,
		value_state_has_value(p->source[PROCESS_NAMESPACES])
			? "it began outside of the PID namespace that /proc shows"
			: "it is the kernel's, or began outside of the PID namespace that /proc "
			  "shows");
}

static struct value value_id(const struct process_info *p, enum process_id id, uint64_t number)
{
	return p->unmapped_ids >> id & 1 ? value_unknown(VALUE_UINT, VALUE_UNSUPPORTED,
						   "our user namespace does not map it")
					 : value_uint(number);
}

struct value field_get_process_pid(const struct record *r)
{
	const struct side *s = field_side(r);

	return s ? value_int(s->id.pid) : field_none(VALUE_INT, "there is no such side");
}

struct value field_get_process_start_ticks(const struct record *r)
{
	const struct side *s = field_side(r);

	return s ? value_uint(s->id.start_ticks) : field_none(VALUE_UINT, "there is no such side");
}

PROCESS_GETTER(ppid, VALUE_INT, PROCESS_STAT, value_int(p->ppid), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(pgrp, VALUE_INT, PROCESS_STAT, value_inside(p, p->pgrp), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(session, VALUE_INT, PROCESS_STAT, value_inside(p, p->session), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(comm, VALUE_TEXT, PROCESS_STAT, value_text(p->comm), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	uid, VALUE_UINT, PROCESS_STATUS, value_id(p, PROCESS_UID, p->uid), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	gid, VALUE_UINT, PROCESS_STATUS, value_id(p, PROCESS_GID, p->gid), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	euid, VALUE_UINT, PROCESS_STATUS, value_id(p, PROCESS_EUID, p->euid), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	egid, VALUE_UINT, PROCESS_STATUS, value_id(p, PROCESS_EGID, p->egid), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(state, VALUE_TEXT, PROCESS_STAT, value_text((struct text){&p->state, 1}),
	FIELD_NEEDS_NOTHING)
PROCESS_GETTER(threads, VALUE_UINT, PROCESS_STAT, value_uint(p->threads), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(user_ticks, VALUE_UINT, PROCESS_STAT, value_uint(p->user_ticks), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	system_ticks, VALUE_UINT, PROCESS_STAT, value_uint(p->system_ticks), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	minor_faults, VALUE_UINT, PROCESS_STAT, value_uint(p->minor_faults), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	major_faults, VALUE_UINT, PROCESS_STAT, value_uint(p->major_faults), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(read_bytes, VALUE_UINT, PROCESS_IO, value_uint(p->read_bytes), FIELD_NEEDS_READ)
PROCESS_GETTER(write_bytes, VALUE_UINT, PROCESS_IO, value_uint(p->write_bytes), FIELD_NEEDS_READ)
PROCESS_GETTER(read_calls, VALUE_UINT, PROCESS_IO, value_uint(p->read_calls), FIELD_NEEDS_READ)
PROCESS_GETTER(write_calls, VALUE_UINT, PROCESS_IO, value_uint(p->write_calls), FIELD_NEEDS_READ)
PROCESS_GETTER(signals_pending, VALUE_UINT, PROCESS_SIGNALS, value_uint(p->signals_pending),
	FIELD_NEEDS_NOTHING)
PROCESS_GETTER(signals_caught, VALUE_UINT, PROCESS_SIGNALS, value_uint(p->signals_caught),
	FIELD_NEEDS_NOTHING)
PROCESS_GETTER(signals_ignored, VALUE_UINT, PROCESS_SIGNALS, value_uint(p->signals_ignored),
	FIELD_NEEDS_NOTHING)
PROCESS_GETTER(children, VALUE_PIDS, PROCESS_CHILDREN, value_pids(p->children, p->children_n),
	FIELD_NEEDS_NOTHING)
PROCESS_GETTER(cgroup, VALUE_TEXT, PROCESS_CGROUP, value_text(p->cgroup), FIELD_NEEDS_NOTHING)
PROCESS_GETTER(
	kernel_thread, VALUE_BOOL, PROCESS_STAT, value_bool(p->kernel_thread), FIELD_NEEDS_NOTHING)

struct value field_get_process_read_through(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_INT, &v);

	if (!p)
		return v;
	if (value_state_has_value(p->source[PROCESS_STAT]) && !process_lost_main(p))
		return field_none(VALUE_INT, "its main thread has not ended before the others");
	return field_if(p->source[PROCESS_STAT], value_int(p->through), FIELD_NEEDS_NOTHING);
}

struct value field_get_process_exe(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_TEXT, &v);

	if (!p)
		return v;
	if (p->source[PROCESS_EXE] == VALUE_NONE)
		return field_none(VALUE_TEXT, p->kernel_thread
						      ? "a kernel thread runs no program file"
						      : "a zombie runs no program any more");
	return field_if(p->source[PROCESS_EXE], value_text(p->exe), FIELD_NEEDS_READ);
}

struct value field_get_process_cmdline(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_TEXTS, &v);

	if (!p)
		return v;
	if (p->kernel_thread)
		return field_none(VALUE_TEXTS, "a kernel thread has no command line");
	if (p->source[PROCESS_CMDLINE] == VALUE_NONE)
		return field_none(VALUE_TEXTS, "a zombie has given its memory back");
	return field_if(p->source[PROCESS_CMDLINE], value_texts(p->cmdline, p->cmdline_n),
		FIELD_NEEDS_READ);
}

struct value field_get_process_tty(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_TEXT, &v);

	if (!p)
		return v;
	if (value_state_has_value(p->source[PROCESS_STAT]) && !p->tty_number)
		return field_none(VALUE_TEXT, "it has no controlling terminal");
	if (value_state_has_value(p->source[PROCESS_STAT]) && p->tty.len == 0)
		return value_unknown(
			VALUE_TEXT, VALUE_UNSUPPORTED, "no terminal driver has its number");
	return field_if(p->source[PROCESS_STAT], value_text(p->tty), FIELD_NEEDS_NOTHING);
}

struct value field_get_process_tracer(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_INT, &v);

	if (!p)
		return v;
	if (value_state_has_value(p->source[PROCESS_STATUS]) && p->tracer == 0)
		return field_none(VALUE_INT, "nobody traces it");
	return field_if(p->source[PROCESS_STATUS], value_int(p->tracer), FIELD_NEEDS_NOTHING);
}

struct value field_get_process_cpu_percent(const struct record *r)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_REAL, &v);
	const struct rates *rates = p ? field_side(r)->rates : NULL;

	if (!p)
		return v;
	if (!value_state_has_value(p->source[PROCESS_STAT]))
		return field_if(p->source[PROCESS_STAT], value_real(0), FIELD_NEEDS_NOTHING);
	return rates ? field_rate(rates->gap, rates->cpu_percent) : field_rate(RATE_FIRST, 0);
}

/* ---- memory totals: status has none for kernel threads and zombies -------- */

static struct value memory_total(
	const struct record *r, const struct process_info *p, uint64_t bytes)
{
	if (side_without_memory(field_side(r)))
		return field_none(VALUE_UINT, side_without_memory(field_side(r)));
	return field_if(p->source[PROCESS_STATUS], value_uint(bytes), FIELD_NEEDS_NOTHING);
}

#define MEMORY_GETTER(name)                                                                        \
	struct value field_get_process_##name(const struct record *r)                              \
	{                                                                                          \
		struct value v;                                                                    \
		const struct process_info *p = field_process(r, VALUE_UINT, &v);                   \
                                                                                                   \
		return p ? memory_total(r, p, p->name) : v;                                        \
	}

MEMORY_GETTER(vm_bytes)
MEMORY_GETTER(rss_bytes)
MEMORY_GETTER(rss_anon_bytes)
MEMORY_GETTER(rss_file_bytes)
MEMORY_GETTER(rss_shmem_bytes)
MEMORY_GETTER(swap_bytes)
MEMORY_GETTER(stack_bytes)
MEMORY_GETTER(data_bytes)
MEMORY_GETTER(text_bytes)
MEMORY_GETTER(library_bytes)
MEMORY_GETTER(page_table_bytes)

struct value field_get_process_runtime(const struct record *r)
{
	const struct side *s = field_side(r);
	const struct memory_map *m = s ? s->memory : NULL;
	enum value_state state = m ? m->part.state : VALUE_UNREAD;

	if (!value_state_has_value(state) && side_without_memory(s))
		return field_none(VALUE_TEXT, side_without_memory(s));
	if (value_state_has_value(state) && !m->runtime)
		return field_none(VALUE_TEXT, "no runtime that we know is mapped");
	return field_if(state, value_string(m ? m->runtime : NULL), FIELD_NEEDS_READ);
}

/* ---- namespaces ---------------------------------------------------------- */

static struct value namespace_inode(const struct record *r, enum namespace_kind kind)
{
	struct value v;
	const struct process_info *p = field_process(r, VALUE_UINT, &v);

	if (!p)
		return v;
	if (value_state_has_value(p->source[PROCESS_NAMESPACES]) && p->namespace_inode[kind] == 0)
		return value_unknown(
			VALUE_UINT, VALUE_UNSUPPORTED, "this kernel has no such namespace");
	return field_if(p->source[PROCESS_NAMESPACES], value_uint(p->namespace_inode[kind]),
		FIELD_NEEDS_READ);
}

#define NAMESPACE_GETTER(name, kind)                                                               \
	struct value field_get_process_ns_##name(const struct record *r)                           \
	{                                                                                          \
		return namespace_inode(r, kind);                                                   \
	}

NAMESPACE_GETTER(cgroup, NAMESPACE_CGROUP)
NAMESPACE_GETTER(ipc, NAMESPACE_IPC)
NAMESPACE_GETTER(mnt, NAMESPACE_MNT)
NAMESPACE_GETTER(net, NAMESPACE_NET)
NAMESPACE_GETTER(pid, NAMESPACE_PID)
NAMESPACE_GETTER(time, NAMESPACE_TIME)
NAMESPACE_GETTER(user, NAMESPACE_USER)
NAMESPACE_GETTER(uts, NAMESPACE_UTS)

/* ---- how it ended -------------------------------------------------------- */

/* The wait(2) status word of r's process, or false with *ret_missing. */
static bool wait_status(const struct record *r, int *ret_status, struct value *ret_missing)
{
	const struct side *s = field_side(r);

	if (s && s->ending.status_known) {
		*ret_status = s->ending.status;
		return true;
	}
	if (s && s->info && s->info->exit_known) {
		*ret_status = s->info->exit_code;
		return true;
	}
	if (s && (s->ending.ended || (s->info && s->info->state == 'Z')))
		*ret_missing = value_unknown(
			VALUE_INT, VALUE_GONE, "it ended, and only its parent was told how");
	else
		*ret_missing = field_none(VALUE_INT, "it has not ended");
	return false;
}

struct value field_get_process_exit_code(const struct record *r)
{
	struct value v;
	int status;

	if (!wait_status(r, &status, &v))
		return v;
	return WIFEXITED(status) ? value_int(WEXITSTATUS(status))
				 : field_none(VALUE_INT, "a signal ended it");
}

struct value field_get_process_exit_signal(const struct record *r)
{
	struct value v;
	int status;

	if (!wait_status(r, &status, &v))
		return v;
	return WIFSIGNALED(status) ? value_int(WTERMSIG(status))
				   : field_none(VALUE_INT, "it ended by itself, by no signal");
}

/* ---- pages --------------------------------------------------------------- */

#define PAGES_GETTER(name)                                                                         \
	struct value field_get_process_pages_##name(const struct record *r)                        \
	{                                                                                          \
		struct value v;                                                                    \
		const struct page_map *p = field_pages(r, VALUE_UINT, &v);                         \
                                                                                                   \
		return p ? field_if(p->part.state, value_uint(p->totals.name), NULL) : v;          \
	}

PAGES_GETTER(resident)
PAGES_GETTER(anonymous)
PAGES_GETTER(file)
PAGES_GETTER(shared)
PAGES_GETTER(swapped)

/* A getter of what `told` (a field_if_) says whether it could be told apart. */
#define MARKS_GETTER(name, told)                                                                   \
	struct value field_get_process_pages_##name(const struct record *r)                        \
	{                                                                                          \
		struct value v;                                                                    \
		const struct page_map *p = field_pages(r, VALUE_UINT, &v);                         \
                                                                                                   \
		return p ? told(p, value_uint(p->totals.name)) : v;                                \
	}

MARKS_GETTER(zero, field_if_scanned)
MARKS_GETTER(huge, field_if_scanned)
MARKS_GETTER(guard, field_if_guards)
MARKS_GETTER(ksm, field_if_ksm)

struct value field_get_process_pages_cow_shared(const struct record *r)
{
	const struct pair *p = r->moment ? r->moment->pair : NULL;
	struct value v;

	if (!field_pages(r, VALUE_UINT, &v))
		return v;
	if (!p)
		return field_none(VALUE_UINT, "needs a sibling");
	if (pair_pages_reason(p))
		return value_unknown(VALUE_UINT, field_pair_state(p), pair_pages_reason(p));
	return field_if(p->verdicts->pages_state, value_uint(p->verdicts->pages.cow_shared), NULL);
}
