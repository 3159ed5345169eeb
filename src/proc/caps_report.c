/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/stat.h>

#include "twintop/proc/caps.h"

static const struct caps_remedy as_root = {"sudo PROGRAM", NULL};
static const struct caps_remedy yama = {"sudo sysctl kernel.yama.ptrace_scope=0",
	"      Until the next boot any process may then read and change the others of its user."};
static const struct caps_remedy perf = {"sudo sysctl kernel.perf_event_paranoid=2",
	"      Until the next boot every user may then measure his own processes."};

/* What reading takes, no more. setcap replaces what a file had; chown takes it away. */
#define SETCAP                                                                                     \
	"sudo setcap cap_sys_ptrace,cap_sys_admin,cap_dac_read_search,cap_ipc_owner+ep PROGRAM"
#define SHELL_PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.,:@%+-"

const struct caps_advice caps_advice[] = {
	{ACCESS_FRAMES, "exact page verdicts, by the frame behind each page", "CAP_SYS_ADMIN",
		&as_root},
	{ACCESS_PAGEMAP, "pages present, swapped, exclusive; page estimates",
		"same user as the target", &as_root},
	{ACCESS_PAGEMAP_SCAN, "zero, huge, guard pages; sparse memory at less cost", "Linux 6.7",
		&as_root},
	{ACCESS_PROCMAP_QUERY, "not used yet: one mapping looked up by its address", "Linux 6.11",
		&as_root},
	{ACCESS_PAGE_COUNT, "how many processes map a frame", "CAP_SYS_ADMIN", &as_root},
	{ACCESS_PAGE_FLAGS, "frames merged by KSM", "CAP_SYS_ADMIN", &as_root},
	{ACCESS_SYSCALL, "the call a thread is blocked in; stack pointer, PC",
		"ptrace attach access (what twintop starts itself gives it)", &yama},
	{ACCESS_KERNEL_STACK, "the kernel's part of a blocked thread's backtrace", "CAP_SYS_ADMIN",
		&as_root},
	{ACCESS_KCMP, "what two tasks share; which descriptors are one", "same user as the target",
		&as_root},
	{ACCESS_ATTACH, "backtraces; who holds the lock a thread waits for; TLS bases",
		"ptrace attach access (what twintop starts itself gives it)", &yama},
	{ACCESS_PERF, "who wrote each copied page; births and ends of whom we may watch",
		"CAP_PERFMON or perf_event_paranoid <= 2", &perf},
	{ACCESS_EVENTS, "each fork, exec and exit as it happens, none missed",
		"Linux 6.6 or CAP_NET_ADMIN; the machine's first PID namespace", &as_root},
	{ACCESS_SOCK_DIAG, "addresses, queues and the other end of a socket",
		"no seccomp filter, and unix_diag of the kernel", &as_root},
};
const size_t caps_advice_n = sizeof caps_advice / sizeof caps_advice[0];

/* As a word that a shell takes as it is. */
static void add_word(struct textbuf *out, const char *word)
{
	struct textbuf shown = {0};

	text_printable(&shown, text_of(word));
	textbuf_adds(&shown, "");
	if (shown.len && strspn(shown.bytes, SHELL_PLAIN) == shown.len) {
		textbuf_adds(out, shown.bytes);
	} else {
		textbuf_adds(out, "'");
		for (const char *c = shown.bytes; *c; c++)
			textbuf_addf(out, *c == '\'' ? "'\\%c'" : "%c", *c);
		textbuf_adds(out, "'");
	}
	textbuf_free(&shown);
}

/* A line for a command, with our path in PROGRAM's place. */
static void add_command(
	struct textbuf *out, const char *command, const struct caps_program *program)
{
	const char *place = strstr(command, "PROGRAM");

	textbuf_adds(out, "      ");
	textbuf_add(out, command, place ? (size_t)(place - command) : strlen(command));
	if (place)
		add_word(out, program->path);
	textbuf_adds(out, "\n");
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

/* The denied items that the same remedy would allow, once for each. */
static void add_remedy(struct textbuf *out, const struct access *access, size_t first,
	const struct caps_program *program)
{
	const struct caps_remedy *remedy = caps_advice[first].remedy;
	const char *separator = "  ";

	for (size_t i = 0; i < first; i++)
		if (denied(access, &caps_advice[i]) && caps_advice[i].remedy == remedy)
			return;
	for (size_t i = first; i < caps_advice_n; i++) {
		if (!denied(access, &caps_advice[i]) || caps_advice[i].remedy != remedy)
			continue;
		textbuf_addf(out, "%s%s", separator, access_item_name[caps_advice[i].item]);
		separator = ", ";
	}
	textbuf_adds(out, ":\n");
	if (program->root && remedy == &as_root)
		textbuf_adds(out, "      not by this root: whoever starts its container or "
				  "service can give it\n");
	else
		add_command(out, remedy->command, program);
	if (remedy->whom)
		textbuf_addf(out, "%s\n", remedy->whom);
}

/* File capabilities: what they give, and to whom, stands before the command. */
static void add_lasting(struct textbuf *out, const struct caps_program *program)
{
	bool everyone = !program->mode || program->mode & S_IXOTH;

	textbuf_adds(out,
		"  or for good, by capabilities of the file. Whoever may run it then sees "
		"into\n  every process, root's, too: its memory map and pages, files, "
		"sockets, system\n  calls and locks. ");
	if (everyone)
		textbuf_adds(out, "As it is, that is every user of this machine; so leave it\n"
				  "  to one group first (its name for GROUP), in this order:\n");
	else
		textbuf_addf(out, "As it is (mode %04o), that is root, user %u and group %u:\n",
			(unsigned)program->mode & 07777, (unsigned)program->owner,
			(unsigned)program->group);
	if (everyone) {
		add_command(out, "sudo chown root:GROUP PROGRAM", program);
		add_command(out, "sudo chmod 0750 PROGRAM", program);
	}
	add_command(out, SETCAP, program);
}

static void add_remedies(
	struct textbuf *out, const struct access *access, const struct caps_program *program)
{
	bool any = false;

	for (size_t i = 0; i < caps_advice_n; i++) {
		if (!denied(access, &caps_advice[i]))
			continue;
		if (!any)
			textbuf_adds(out, "\nTo allow more:\n");
		any = true;
		add_remedy(out, access, i, program);
	}
	if (!any || program->root)
		return;
	textbuf_adds(out, "  or all of it, for one run:\n");
	add_command(out, as_root.command, program);
	add_lasting(out, program);
}

void caps_report(
	const struct access *access, const struct caps_program *program, struct textbuf *out)
{
	textbuf_addf(out, "%-15s%-13s%s\n", "what", "here", "what twintop shows with it");
	for (size_t i = 0; i < caps_advice_n; i++) {
		const struct caps_advice *a = &caps_advice[i];

		textbuf_addf(out, "%-15s%-13s%s\n", access_item_name[a->item],
			state_word(access, a->item), a->gives);
		if (access->state[a->item] != VALUE_KNOWN)
			textbuf_addf(out, "%-28sneeds %s\n", "",
				access->state[a->item] == VALUE_FAILED_FOREIGN
					? "a /proc of twintop's own PID namespace"
					: a->needs);
	}
	add_remedies(out, access, program);
	textbuf_adds(out, "\nThis is what twintop finds on itself. A process of another user, or "
			  "one that is\n"
			  "not dumpable, tells less: watch it as its own user, or as root.\n");
}
