/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we parse of one process by ourselves: stat, status, children, io, cgroup, namespaces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/proc/process_extra.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void positive(void *data, pid_t pid)
{
	(void)data;
	if (pid < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct process_info info = {0}, ids = {0};
	struct identity_stat stat;
	struct text path, *argument;
	size_t count;

	if (identity_stat_parse(bytes, size, &stat) == 0 &&
		(stat.pid < 0 || stat.name.bytes < bytes ||
			stat.name.bytes + stat.name.len > bytes + size))
		abort();
	identity_children_parse(bytes, size, positive, NULL);
	if (identity_tgid_parse(bytes, size) < 0)
		abort();
	process_io_parse(bytes, size, &info);
	process_status_parse(bytes, size, &info);
	if (info.tracer < 0)
		abort();
	path = process_cgroup_parse(bytes, size);
	if (path.len && (path.bytes < bytes || path.bytes + path.len > bytes + size))
		abort();
	process_namespace_parse(bytes, size);
	if (!task_credentials_parse(bytes, size, &ids) &&
		(ids.uid || ids.euid || ids.gid || ids.egid))
		abort();
	count = process_cmdline_parse(bytes, size, NULL);
	argument = calloc(count + 1, sizeof *argument);
	if (!argument || process_cmdline_parse(bytes, size, argument) != count)
		abort();
	for (size_t i = 0; i < count; i++)
		if (memchr(argument[i].bytes, 0, argument[i].len))
			abort();
	free(argument);
	return 0;
}
