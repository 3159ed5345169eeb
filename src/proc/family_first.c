/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "family_first.h"

#include "twintop/proc/identity.h"

size_t family_first_in(const struct family *had, pid_t pid)
{
	size_t found = FAMILY_NO_PARENT;

	for (size_t i = 0; had && i < had->n; i++)
		if (had->member[i].id.pid == pid &&
			(found == FAMILY_NO_PARENT || !had->member[i].ended))
			found = i;
	return found;
}

bool family_is_below(const struct family *had, size_t i, size_t first)
{
	while (i != first && i != FAMILY_NO_PARENT)
		i = had->member[i].parent;
	return i == first;
}

/* A process's parent, of one that is gone as it was last; 0: it has none, or nobody knows. */
static pid_t parent_of(const struct proc_root *root, const struct family *had, pid_t pid)
{
	struct identity_stat stat;
	size_t at;

	if (identity_stat_read(root, pid, &stat) == 0)
		return stat.ppid;
	at = family_first_in(had, pid);
	return at == FAMILY_NO_PARENT ? 0 : had->member[at].ppid;
}

static struct task_id base_of(
	const struct proc_root *root, const struct family *had, const struct task_id *a)
{
	struct identity_stat stat, parent;

	if (family_find(had, *a))
		return had->base;
	if (identity_stat_read(root, a->pid, &stat) || !(stat.flags & TASK_NO_EXEC) ||
		stat.ppid <= 1 || identity_stat_read(root, stat.ppid, &parent))
		return *a;
	return (struct task_id){parent.pid, parent.start_ticks};
}

struct family_first family_first_of(const struct proc_root *root, const struct family *had,
	const struct task_id *a, unsigned generations)
{
	struct family_first first = {.base = base_of(root, had, a)};
	pid_t parent;

	first.pid = first.base.pid;
	for (;;) {
		parent = parent_of(root, had, first.pid);
		if (parent <= 0 || first.lifted == generations)
			break;
		first.pid = parent;
		first.lifted++;
	}
	first.top = parent <= 0;
	return first;
}
