/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/host.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void host_read(struct host *ret_host)
{
	struct utsname name;

	*ret_host = (struct host){
		.page_size = host_page_bytes(),
		.clock_ticks = (uint64_t)sysconf(_SC_CLK_TCK),
		.cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		.root = geteuid() == 0,
	};
	if (!uname(&name))
		memcpy(ret_host->kernel, name.release,
			strnlen(name.release, sizeof ret_host->kernel - 1));
}

uint64_t host_page_bytes(void)
{
	static atomic_ulong bytes;
	unsigned long known = atomic_load_explicit(&bytes, memory_order_relaxed);

	if (!known) {
		known = (unsigned long)sysconf(_SC_PAGESIZE);
		atomic_store_explicit(&bytes, known, memory_order_relaxed);
	}
	return known;
}
