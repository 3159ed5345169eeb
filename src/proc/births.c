/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/births.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/num.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/nspid.h"

#define SETTLE_NS 20000000u /* from the number of a task to its place in a list */

/* loadavg tells of our PID namespace, whosever /proc it stands in. */
void births_open(struct births *b, const struct proc_root *root)
{
	*b = (struct births){.fd = proc_open(root, O_RDONLY, "loadavg")};
	b->told = b->fd >= 0 && nspid_counts_as_we(root);
}

void births_close(struct births *b)
{
	if (b->fd >= 0)
		close(b->fd);
	textbuf_free(&b->text);
}

/* "0.20 0.18 0.12 1/80 11206"; 0: not to be told. */
static pid_t last_pid(struct births *b)
{
	const char *last;
	uint64_t pid;

	textbuf_clear(&b->text);
	if (!b->told || proc_reread(b->fd, &b->text) || !b->text.len)
		return 0;
	b->text.bytes[strcspn(b->text.bytes, "\n")] = 0;
	last = strrchr(b->text.bytes, ' ');
	return last && !num_parse(last + 1, 1, INT32_MAX, &pid) ? (pid_t)pid : 0;
}

uint64_t births_look(struct births *b, uint64_t now_ns)
{
	pid_t last = last_pid(b);

	if (!last)
		return ++b->count;
	if (b->settle_ns && now_ns >= b->settle_ns) {
		b->count++;
		b->settle_ns = 0;
		b->settled = b->last;
	}
	if (last != b->last) {
		b->count++;
		b->settle_ns = now_ns + SETTLE_NS;
		b->last = last;
	}
	return b->count;
}

bool births_had_child(
	const struct births *b, const struct proc_root *root, pid_t since, uint64_t most, pid_t pid)
{
	struct identity_stat stat;

	if (!b->told || since <= 0 || b->last < since || (uint64_t)(b->last - since) > most)
		return true;
	for (pid_t born = since + 1; born <= b->last; born++)
		if (!identity_stat_read(root, born, &stat) && stat.ppid == pid)
			return true;
	return false;
}
