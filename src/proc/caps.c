/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/caps.h"

#include <errno.h>
#include <string.h>

#include "caps_internal.h"
#include "twintop/proc/nspid.h"

/* What cannot be had without something else goes with it. */
static void follow_dependencies(struct access *access)
{
	static const struct {
		enum access_item item, needs;
	} dependency[] = {
		{ACCESS_FRAMES, ACCESS_PAGEMAP},
		{ACCESS_PAGEMAP_SCAN, ACCESS_PAGEMAP},
	};

	for (size_t i = 0; i < sizeof dependency / sizeof dependency[0]; i++) {
		enum value_state state = access->state[dependency[i].needs];

		if (state != VALUE_KNOWN)
			access->state[dependency[i].item] = state;
	}
}

/* What is read in /proc, and was tried on our own files there. */
static const enum access_item on_self[] = {ACCESS_FRAMES, ACCESS_PAGEMAP, ACCESS_PAGEMAP_SCAN,
	ACCESS_PROCMAP_QUERY, ACCESS_PAGE_COUNT, ACCESS_PAGE_FLAGS, ACCESS_SYSCALL,
	ACCESS_KERNEL_STACK};

/*
 * What is asked of a task by its number would be asked of another one where /proc counts otherwise
 * than we do; and where it does not even see us, nothing could be tried.
 */
static void follow_namespace(const struct proc_root *root, struct access *access)
{
	static const enum access_item by_number[] = {
		ACCESS_KCMP, ACCESS_ATTACH, ACCESS_PERF, ACCESS_EVENTS};

	if (proc_root_calls(root) != -EXDEV)
		return;
	for (size_t i = 0; i < sizeof by_number / sizeof *by_number; i++)
		access->state[by_number[i]] = VALUE_FAILED_FOREIGN;
	for (size_t i = 0; !nspid_self(root) && i < sizeof on_self / sizeof *on_self; i++)
		access->state[on_self[i]] = VALUE_FAILED_FOREIGN;
}

void caps_try_untried(struct access *access)
{
	for (size_t i = 0; i < sizeof on_self / sizeof *on_self; i++)
		if (access->state[on_self[i]] == VALUE_FAILED_FOREIGN)
			access->state[on_self[i]] = VALUE_KNOWN;
}

static int deny_item(struct access *access, const char *name, size_t len)
{
	for (int i = 0; i < ACCESS_ITEMS; i++) {
		if (strlen(access_item_name[i]) != len ||
			memcmp(access_item_name[i], name, len) != 0)
			continue;
		access->state[i] = VALUE_DENIED;
		return 0;
	}
	return -EINVAL;
}

static int deny_items(struct access *access, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		if (deny_item(access, list, len))
			return -EINVAL;
		list += len;
		if (*list == ',' && !*++list)
			return -EINVAL;
	}
	return 0;
}

static void probe(const struct proc_root *root, struct access *access)
{
	bool begun = caps_begin_self();
	struct caps_ear ear = caps_begin_events();
	struct caps_child child = caps_begin_tasks(root);

	access->state[ACCESS_EVENTS] = caps_end_events(&ear);
	caps_probe_memory(root, access);
	caps_probe_sockets(access);
	caps_end_tasks(root, &child, access);
	caps_end_self(begun);
}

int caps_probe(const struct proc_root *root, const char *deny, struct access *ret_access)
{
	struct access access;
	int error;

	for (int i = 0; i < ACCESS_ITEMS; i++)
		access.state[i] = VALUE_UNSUPPORTED;
	if (proc_root_is_kernel(root))
		probe(root, &access);
	follow_namespace(root, &access);
	error = deny ? deny_items(&access, deny) : 0;
	if (error)
		return error;
	follow_dependencies(&access);
	*ret_access = access;
	return 0;
}
