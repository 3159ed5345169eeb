/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "twintop/proc/caps.h"

/* setcap replaces what a file had: one command that allows it all. */
#define SETCAP                                                                                     \
	"sudo setcap "                                                                             \
	"cap_sys_ptrace,cap_sys_admin,cap_dac_read_search,cap_net_admin,cap_perfmon+ep PROGRAM"
#define YAMA "sudo sysctl kernel.yama.ptrace_scope=0"
#define PERF "sudo sysctl kernel.perf_event_paranoid=2"

const struct caps_advice caps_advice[] = {
	{ACCESS_FRAMES, "exact page verdicts, by the frame behind each page", "CAP_SYS_ADMIN",
		SETCAP},
	{ACCESS_PAGEMAP, "pages present, swapped, exclusive; page estimates",
		"same user as the target", "sudo PROGRAM"},
	{ACCESS_PAGEMAP_SCAN, "zero, huge, guard pages; sparse memory at less cost", "Linux 6.7",
		"sudo PROGRAM"},
	{ACCESS_PROCMAP_QUERY, "not used yet: one mapping looked up by its address", "Linux 6.11",
		"sudo PROGRAM"},
	{ACCESS_PAGE_COUNT, "how many processes map a frame", "CAP_SYS_ADMIN", SETCAP},
	{ACCESS_PAGE_FLAGS, "frames merged by KSM", "CAP_SYS_ADMIN", SETCAP},
	{ACCESS_SYSCALL, "the call a thread is blocked in; stack pointer, PC",
		"ptrace attach access (what twintop starts itself gives it)", YAMA},
	{ACCESS_KERNEL_STACK, "not used yet: kernel stacks of blocked threads", "CAP_SYS_ADMIN",
		SETCAP},
	{ACCESS_KCMP, "what two tasks share; which descriptors are one", "same user as the target",
		SETCAP},
	{ACCESS_ATTACH, "who holds the lock a thread waits for; TLS bases",
		"ptrace attach access (what twintop starts itself gives it)", YAMA},
	{ACCESS_PERF, "not used yet: exact times on the CPU and off it",
		"CAP_PERFMON or perf_event_paranoid <= 2", PERF},
	{ACCESS_EVENTS, "not used yet: fork, exec and exit as they happen", "CAP_NET_ADMIN",
		SETCAP},
	{ACCESS_SOCK_DIAG, "addresses, queues and the other end of a socket", "no seccomp filter",
		"sudo PROGRAM"},
};
const size_t caps_advice_n = sizeof caps_advice / sizeof caps_advice[0];

/* The remedy with our path in PROGRAM's place. */
static void add_remedy(struct textbuf *out, const char *remedy, const char *program)
{
	const char *place = strstr(remedy, "PROGRAM");

	if (!place) {
		textbuf_adds(out, remedy);
		return;
	}
	textbuf_add(out, remedy, (size_t)(place - remedy));
	text_printable(out, text_of(program));
	textbuf_adds(out, place + strlen("PROGRAM"));
}

static const char *state_word(const struct access *access, enum access_item item)
{
	enum value_state state = access->state[item];

	if (item == ACCESS_FRAMES && access->state[ACCESS_PAGEMAP] == VALUE_KNOWN)
		return state == VALUE_KNOWN ? "exact" : "flags only";
	return state == VALUE_KNOWN ? "works" : value_state_name(state);
}

static bool denied(const struct access *access, const struct caps_advice *advice)
{
	return access->state[advice->item] == VALUE_DENIED;
}

/* The denied items that the same command would allow, once for each command. */
static void add_command(
	struct textbuf *out, const struct access *access, size_t first, const char *program)
{
	const char *remedy = caps_advice[first].remedy;
	const char *separator = "  ";

	for (size_t i = 0; i < first; i++)
		if (denied(access, &caps_advice[i]) && strcmp(caps_advice[i].remedy, remedy) == 0)
			return;
	for (size_t i = first; i < caps_advice_n; i++) {
		if (!denied(access, &caps_advice[i]) || strcmp(caps_advice[i].remedy, remedy) != 0)
			continue;
		textbuf_addf(out, "%s%s", separator, access_item_name[caps_advice[i].item]);
		separator = ", ";
	}
	textbuf_adds(out, ":\n      ");
	add_remedy(out, remedy, program);
	textbuf_adds(out, "\n");
}

static void add_remedies(struct textbuf *out, const struct access *access, const char *program)
{
	bool any = false;

	for (size_t i = 0; i < caps_advice_n; i++) {
		if (!denied(access, &caps_advice[i]))
			continue;
		if (!any)
			textbuf_adds(out, "\nTo allow more:\n");
		any = true;
		add_command(out, access, i, program);
	}
	if (!any)
		return;
	textbuf_adds(out, "  or all of it, for one run:\n      ");
	add_remedy(out, "sudo PROGRAM", program);
	textbuf_adds(out, "\n");
}

void caps_report(const struct access *access, const char *program, struct textbuf *out)
{
	textbuf_addf(out, "%-15s%-13s%s\n", "what", "here", "what twintop shows with it");
	for (size_t i = 0; i < caps_advice_n; i++) {
		const struct caps_advice *a = &caps_advice[i];

		textbuf_addf(out, "%-15s%-13s%s\n", access_item_name[a->item],
			state_word(access, a->item), a->gives);
		if (access->state[a->item] != VALUE_KNOWN)
			textbuf_addf(out, "%-28sneeds %s\n", "", a->needs);
	}
	add_remedies(out, access, program);
	textbuf_adds(out, "\nThis is what twintop finds on itself. A process of another user, or "
			  "one that is\n"
			  "not dumpable, tells less: watch it as its own user, or as root.\n");
}
