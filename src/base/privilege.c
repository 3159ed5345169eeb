/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/privilege.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VALUE_LENGTH 64

/* The last two only of rights that are the caller's own. */
enum use { USE_PROBE, USE_READ, USE_SAVE, USE_END_PROGRAM };

static const struct kept {
	unsigned capability;
	enum use use;
} kept_table[] = {
	{CAP_SYS_PTRACE, USE_READ},	 /* processes of other users */
	{CAP_DAC_READ_SEARCH, USE_READ}, /* their files that /proc opens to the owner alone */
	{CAP_SYS_ADMIN, USE_READ},	 /* frame numbers, kpagecount, kpageflags */
	{CAP_IPC_OWNER, USE_READ},	 /* who used a semaphore last */
	{CAP_NET_ADMIN, USE_READ},	 /* births and ends, and room for what is told of them */
	{CAP_PERFMON, USE_PROBE},	 /* told by doctor */
	{CAP_DAC_OVERRIDE, USE_SAVE},	 /* root saves a screen in a user's folder */
	{CAP_KILL, USE_END_PROGRAM},	 /* ends its program that became another user's */
};

bool privilege_raised(void)
{
	return getauxval(AT_SECURE) != 0;
}

/* ---- environment ---------------------------------------------------------- */

static bool is_plain(const char *value)
{
	size_t len = strlen(value);

	if (!len || len > VALUE_LENGTH || value[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isascii((unsigned char)value[i]) ||
			(!isalnum((unsigned char)value[i]) && !strchr("_-.+@", value[i])))
			return false;
	return true;
}

bool privilege_keeps_variable(const char *entry)
{
	static const char *const names[] = {
		"TERM=", "COLORTERM=", "NO_COLOR=", "LANG=", "LC_ALL=", "LC_CTYPE="};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strncmp(entry, names[i], strlen(names[i])))
			return is_plain(entry + strlen(names[i]));
	return false;
}

static void clean_environment(void)
{
	char **to = environ;

	for (char **from = environ; *from; from++)
		if (privilege_keeps_variable(*from))
			*to++ = *from;
	*to = NULL;
}

/* ---- capabilities --------------------------------------------------------- */

struct capabilities {
	uint64_t permitted, effective;
};

static uint64_t bit(unsigned capability)
{
	return 1ull << capability;
}

/* Of this thread. 0 or negative errno. */
static int read_capabilities(struct capabilities *ret)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	ret->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	ret->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	return 0;
}

/* Both sets; no program that is started inherits any. 0 or negative errno. */
static int write_capabilities(const struct capabilities *c)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i] = (struct __user_cap_data_struct){
			.permitted = (uint32_t)(c->permitted >> 32 * i),
			.effective = (uint32_t)(c->effective >> 32 * i),
		};
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int keep_only(const struct capabilities *now, uint64_t keep)
{
	const struct capabilities less = {now->permitted & keep, now->effective & keep};

	return write_capabilities(&less);
}

static uint64_t kept_for(uint64_t uses)
{
	uint64_t keep = 0;

	for (size_t i = 0; i < sizeof kept_table / sizeof *kept_table; i++)
		if (uses & bit(kept_table[i].use))
			keep |= bit(kept_table[i].capability);
	return keep;
}

/* ---- the two steps -------------------------------------------------------- */

/* Back to the caller's ids; capabilities that we have stay, but are not effective. */
static int leave_ids(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid) ||
		prctl(PR_SET_KEEPCAPS, 0))
		return -errno;
	return 0;
}

int privilege_begin(void)
{
	const struct rlimit no_core = {0, 0};
	struct capabilities now;
	int error;

	if (!privilege_raised())
		return 0;
	clean_environment();
	/* What we have read of others shall not come to lie in a file. */
	setrlimit(RLIMIT_CORE, &no_core);
	/* We start nothing; whoever made us do so all the same would gain nothing by it. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	error = read_capabilities(&now);
	/* Ids alone, as of a user whose processes are to be seen, are what was meant to be given.
	 */
	if (!error && now.permitted & bit(CAP_SYS_PTRACE))
		error = leave_ids();
	return error ? error : keep_only(&now, kept_for(bit(USE_READ) | bit(USE_PROBE)));
}

int privilege_settle(bool launched)
{
	bool raised = privilege_raised();
	uint64_t uses = bit(USE_READ);
	struct capabilities now;
	int error = read_capabilities(&now);

	if (error)
		return error;
	/* Whoever lacks CAP_SYS_PTRACE sees those processes alone that may do no more than he. */
	if (!raised && !(now.effective & bit(CAP_SYS_PTRACE)))
		return 0;
	if (!raised)
		uses |= bit(USE_SAVE);
	if (!raised && launched)
		uses |= bit(USE_END_PROGRAM);
	return keep_only(&now, kept_for(uses));
}
