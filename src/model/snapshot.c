/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/snapshot.h"

#include <string.h>

#include "twintop/base/table.h"

const char *const access_item_name[ACCESS_ITEMS] = {
	[ACCESS_FRAMES] = "frames",
	[ACCESS_PAGEMAP] = "pagemap",
	[ACCESS_PAGEMAP_SCAN] = "pagemap_scan",
	[ACCESS_PROCMAP_QUERY] = "procmap_query",
	[ACCESS_PAGE_COUNT] = "page_count",
	[ACCESS_PAGE_FLAGS] = "page_flags",
	[ACCESS_SYSCALL] = "syscall",
	[ACCESS_KERNEL_STACK] = "kernel_stack",
	[ACCESS_KCMP] = "kcmp",
	[ACCESS_ATTACH] = "attach",
	[ACCESS_PERF] = "perf",
	[ACCESS_EVENTS] = "events",
	[ACCESS_SOCK_DIAG] = "sock_diag",
};

/* What is missing where an item is denied, and where the kernel does not have it. */
static const struct {
	const char *denied, *unsupported;
} access_reasons[ACCESS_ITEMS] = {
	[ACCESS_FRAMES] = {"needs frame numbers: CAP_SYS_ADMIN", "this kernel shows no frames"},
	[ACCESS_PAGEMAP] = {"/proc/PID/pagemap is refused to twintop itself",
		"this kernel has no /proc/PID/pagemap"},
	[ACCESS_PAGEMAP_SCAN] = {"PAGEMAP_SCAN is refused to twintop itself",
		"needs PAGEMAP_SCAN: Linux 6.7"},
	[ACCESS_PROCMAP_QUERY] = {"PROCMAP_QUERY is refused to twintop itself",
		"needs PROCMAP_QUERY: Linux 6.11"},
	[ACCESS_PAGE_COUNT] = {"needs /proc/kpagecount: CAP_SYS_ADMIN",
		"this kernel has no /proc/kpagecount"},
	[ACCESS_PAGE_FLAGS] = {"needs /proc/kpageflags: CAP_SYS_ADMIN",
		"this kernel has no /proc/kpageflags"},
	[ACCESS_SYSCALL] = {"needs ptrace attach access: not even a child of twintop's own has it "
			    "(Yama's ptrace_scope, or a filter)",
		"this kernel has no /proc/PID/task/TID/syscall"},
	[ACCESS_KERNEL_STACK] = {"needs CAP_SYS_ADMIN", "this kernel shows no kernel stacks"},
	[ACCESS_KCMP] = {"kcmp(2) is refused to twintop itself, as by the seccomp filter of a "
			 "container",
		"there is no kcmp(2): this kernel lacks it, or a seccomp filter hides it"},
	[ACCESS_ATTACH] = {"needs ptrace attach access: not even a child of twintop's own may read "
			   "memory by /proc/PID/mem (Yama's ptrace_scope, or a filter)",
		"this kernel has no /proc/PID/mem"},
	[ACCESS_PERF] = {"needs CAP_PERFMON or perf_event_paranoid <= 2", "no perf_event_open(2)"},
	[ACCESS_EVENTS] = {"needs Linux 6.6 or CAP_NET_ADMIN, in the machine's first PID namespace",
		"this kernel has no proc connector"},
	[ACCESS_SOCK_DIAG] = {"sock_diag(7) is refused to twintop itself, as by a seccomp filter",
		"this kernel has no sock_diag(7)"},
};

const char *access_reason(const struct access *access, enum access_item item)
{
	switch (access->state[item]) {
	case VALUE_DENIED:
		return access_reasons[item].denied;
	case VALUE_UNSUPPORTED:
		return access_reasons[item].unsupported;
	default:
		return value_state_reason(access->state[item]);
	}
}

const char *fd_kind_name(enum fd_kind kind)
{
	static const char *const name[] = {
		[FD_FILE] = "file",
		[FD_DIRECTORY] = "directory",
		[FD_SYMLINK] = "symlink",
		[FD_PIPE] = "pipe",
		[FD_FIFO] = "fifo",
		[FD_SOCKET] = "socket",
		[FD_EVENTFD] = "eventfd",
		[FD_EPOLL] = "epoll",
		[FD_TIMERFD] = "timerfd",
		[FD_SIGNALFD] = "signalfd",
		[FD_INOTIFY] = "inotify",
		[FD_FANOTIFY] = "fanotify",
		[FD_PIDFD] = "pidfd",
		[FD_MEMFD] = "memfd",
		[FD_DEVICE] = "device",
		[FD_BLOCK_DEVICE] = "block_device",
		[FD_TTY] = "tty",
		[FD_IO_URING] = "io_uring",
		[FD_BPF] = "bpf",
		[FD_PERF] = "perf",
		[FD_USERFAULTFD] = "userfaultfd",
		[FD_NAMESPACE] = "namespace",
		[FD_MQUEUE] = "mqueue",
		[FD_ANON] = "anon",
		[FD_UNKNOWN] = "unknown",
	};
	TABLE_ROWS(name, FD_KINDS);

	return kind < FD_KINDS ? name[kind] : "unknown";
}

static void put_all(const struct part *const *part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		part_put(part[i]);
}

static void snapshot_release(void *snapshot)
{
	const struct snapshot *s = snapshot;

	for (unsigned i = 0; i < s->sides; i++)
		put_all(s->side[i].part, SIDE_PARTS);
	put_all(s->pair_part, PAIR_PARTS);
	put_all(s->host_part, HOST_PARTS);
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *s = part_new(sizeof *s);

	s->part.release = snapshot_release;
	return s;
}

static void get_all(const struct part *const *part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		part_get(part[i]);
}

struct snapshot *snapshot_of_a(const struct snapshot *of)
{
	/* All but the part itself, whose references and memory are each one's own. */
	const size_t from = sizeof of->part;
	struct snapshot *s = snapshot_new();

	memcpy((char *)s + from, (const char *)of + from, sizeof *s - from);
	s->sides = s->sides ? 1 : 0;
	memset(&s->side[s->sides], 0, (2 - s->sides) * sizeof *s->side);
	memset(s->pair_part, 0, sizeof s->pair_part);
	memset(s->pair_read_ns, 0, sizeof s->pair_read_ns);
	s->copies = (struct copy_rate){.gap = RATE_FIRST};
	s->alone = NULL;
	get_all(s->side[0].part, s->sides ? SIDE_PARTS : 0);
	get_all(s->host_part, HOST_PARTS);
	return s;
}

struct snapshot *snapshot_turned(const struct snapshot *of)
{
	const size_t from = sizeof of->part;
	struct snapshot *s = snapshot_new();

	memcpy((char *)s + from, (const char *)of + from, sizeof *s - from);
	for (unsigned i = 0; i < 2; i++) {
		s->side[i] = of->side[!i];
		get_all(s->side[i].part, SIDE_PARTS);
		if (s->side[i].host)
			s->side[i].host = (void *)arena_copy(&s->part.arena,
				(const char *)s->side[i].host, sizeof *s->side[i].host);
	}
	s->verdicts = NULL;
	s->pair_threads = NULL;
	get_all(s->pair_part, PAIR_PARTS);
	get_all(s->host_part, HOST_PARTS);
	s->sibling_chosen_by_us = s->sibling_is_nearest = false;
	return s;
}

struct snapshot *snapshot_copy(const struct snapshot *of)
{
	const size_t from = sizeof of->part;
	struct snapshot *s = snapshot_new();

	memcpy((char *)s + from, (const char *)of + from, sizeof *s - from);
	part_same_times(&s->part, &of->part);
	for (unsigned i = 0; i < s->sides; i++)
		get_all(s->side[i].part, SIDE_PARTS);
	get_all(s->pair_part, PAIR_PARTS);
	get_all(s->host_part, HOST_PARTS);
	return s;
}

uint64_t side_moment_ns(const struct snapshot *s, unsigned side)
{
	return s->side[side].was_ns ? s->side[side].was_ns : s->monotonic_ns;
}

const struct host *side_host(const struct snapshot *s, unsigned side)
{
	return s->side[side].host ? s->side[side].host : &s->host;
}

const struct part *snapshot_part(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	switch (part_table[kind].scope) {
	case PART_OF_SIDE:
		return side < s->sides ? s->side[side].part[kind] : NULL;
	case PART_OF_PAIR:
		return s->pair_part[kind - SIDE_PARTS];
	case PART_OF_HOST:
		return s->host_part[kind - SIDE_PARTS - PAIR_PARTS];
	}
	return NULL;
}

/* When a read last found the part to be so. */
static uint64_t found_ns(
	const struct snapshot *s, enum part_kind kind, unsigned side, const struct part *part)
{
	uint64_t ns = 0;

	switch (part_table[kind].scope) {
	case PART_OF_SIDE:
		ns = s->side[side].read_ns[kind];
		break;
	case PART_OF_PAIR:
		ns = s->pair_read_ns[kind - SIDE_PARTS];
		break;
	case PART_OF_HOST:
		ns = s->host_read_ns[kind - SIDE_PARTS - PAIR_PARTS];
		break;
	}
	return ns ? ns : part->end_ns;
}

static bool has_ended(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	switch (part_table[kind].scope) {
	case PART_OF_SIDE:
		return s->side[side].ending.ended;
	case PART_OF_PAIR:
		return s->side[0].ending.ended || s->side[1].ending.ended;
	case PART_OF_HOST:
		break;
	}
	return false;
}

struct part_age part_age(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	const struct part *part = snapshot_part(s, kind, side);
	uint64_t found = part ? found_ns(s, kind, side, part) : 0;
	uint64_t delay = s->delay_ns;
	uint64_t moment =
		part_table[kind].scope == PART_OF_SIDE ? side_moment_ns(s, side) : s->monotonic_ns;
	struct part_age age = {0};

	if (!part || found >= moment)
		return age;
	age.ns = moment - found;
	/* Mappings and pages are read together, and paced by what they cost. */
	if (part_table[kind].need & (NEED_MAPS | NEED_PAGES) && s->pages_delay_ns > delay)
		delay = s->pages_delay_ns;
	age.old = age.ns > 3 * delay && age.ns > part_table[kind].old_ns;
	age.late = age.old && !has_ended(s, kind, side);
	return age;
}

const char *side_without_memory(const struct side *s)
{
	const struct process_info *p = s ? s->info : NULL;

	if (p && p->kernel_thread)
		return "a kernel thread has no address space of its own";
	if (p && (p->state == 'Z' || p->state == 'X'))
		return "a zombie has given its memory back";
	return NULL;
}

const char *side_hides(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	const struct part *part = snapshot_part(s, kind, side);
	enum value_state state = part ? part->state : VALUE_UNREAD;

	if (value_state_has_value(state))
		return NULL;
	if ((kind == PART_MAPPINGS || kind == PART_PAGES) && side_without_memory(&s->side[side]))
		return NULL;
	return value_state_reason(state);
}

const char *fds_uncompared(const struct snapshot *s, unsigned side)
{
	const struct fd_list *list = s->side[side].fds;
	const char *refused = access_reason(&s->access, ACCESS_KCMP);

	if (!list || !list->n || value_state_has_value(list->descriptions))
		return NULL;
	return refused && list->descriptions != VALUE_UNREAD
		       ? refused
		       : value_state_reason(list->descriptions);
}

enum value_state snapshot_shares(const struct snapshot *s, enum share_item item, bool *ret_shared)
{
	*ret_shared = s->shares && s->shares->shared[item];
	return s->shares ? s->shares->state[item] : VALUE_UNREAD;
}

static const struct mapping_mark *mark_of(const struct side *s, size_t mapping)
{
	if (!s->marks || s->marks->memory != s->memory)
		return NULL;
	return mapping_marks_find(s->marks, mapping);
}

const struct process_info *side_task(const struct side *s)
{
	return !s->tid || s->tid == s->id.pid ? s->info : s->task;
}

enum mapping_kind side_mapping_kind(const struct side *s, size_t mapping)
{
	const struct mapping_mark *mark = mark_of(s, mapping);

	return mark ? mark->kind : s->memory->mapping[mapping].kind;
}

pid_t side_mapping_owner(const struct side *s, size_t mapping)
{
	const struct mapping_mark *mark = mark_of(s, mapping);

	return mark ? mark->owner_tid : s->memory->mapping[mapping].owner_tid;
}

const struct page_counts *side_mapping_pages(const struct side *s, size_t mapping)
{
	if (!page_map_known(s->pages) || s->pages->memory != s->memory)
		return NULL;
	return &s->pages->mapping[mapping];
}
