/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/proc/ipc.h"

#define SHM_HEAD                                                                                   \
	"       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  " \
	"cgid      atime      dtime      ctime                   rss                  swap\n"

static struct scan text(const char *s)
{
	return scan_of(s, strlen(s));
}

static void segments_are_read(void **state)
{
	struct ipc_state ipc = {0};

	(void)state;
	assert_int_equal(
		ipc_parse_shm(text(SHM_HEAD "-1908078295         65   644                  4096 "
					    "26346     7      2     0     0"
					    "     0     0          0          0 1795244225         "
					    "            0          0\n"),
			&ipc),
		0);
	assert_int_equal(ipc.shm_n, 1);
	assert_int_equal(ipc.shm[0].key, -1908078295);
	assert_int_equal(ipc.shm[0].size_bytes, 4096);
	assert_int_equal(ipc.shm[0].creator, 26346);
	assert_int_equal(ipc.shm[0].last, 7);
	assert_int_equal(ipc.shm[0].attached, 2);
	assert_ptr_equal(ipc_find_shm(&ipc, 65), &ipc.shm[0]);
	assert_null(ipc_find_shm(&ipc, 64));
	arena_free(&ipc.part.arena);
}

static void broken_lines_are_errors(void **state)
{
	struct ipc_state ipc = {0};

	(void)state;
	assert_int_equal(ipc_parse_shm(text(SHM_HEAD "12 oops\n"), &ipc), -EINVAL);
	assert_int_equal(ipc_parse_queues(text("key\n1 2 3\n"), &ipc), -EINVAL);
	assert_int_equal(ipc_parse_shm(text(""), &ipc), 0);
	assert_int_equal(ipc.shm_n, 0);
	arena_free(&ipc.part.arena);
}

static void queues_and_semaphores_are_read(void **state)
{
	struct ipc_state ipc = {0};

	(void)state;
	assert_int_equal(
		ipc_parse_queues(text("key\n 5 0 644 120 3 11 12 0 0 0 0 0 0 1\n"), &ipc), 0);
	assert_int_equal(ipc_parse_semaphores(text("key\n -7 9 644 2 0 0 0 0 0 1\n"), &ipc), 0);
	assert_int_equal(ipc.queue[0].bytes, 120);
	assert_int_equal(ipc.queue[0].messages, 3);
	assert_int_equal(ipc.queue[0].last_sender, 11);
	assert_int_equal(ipc.queue[0].last_receiver, 12);
	assert_int_equal(ipc.semaphores[0].key, -7);
	assert_int_equal(ipc.semaphores[0].n, 2);
	arena_free(&ipc.part.arena);
}

static void this_kernel_is_understood(void **state)
{
	const struct ipc_state *ipc;
	struct proc_root *root;

	(void)state;
	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(ipc_read(root, &ipc), 0);
	assert_true(ipc->shm_state == VALUE_KNOWN || ipc->shm_state == VALUE_UNSUPPORTED);
	part_put(ipc);
	proc_root_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_read),
		cmocka_unit_test(broken_lines_are_errors),
		cmocka_unit_test(queues_and_semaphores_are_read),
		cmocka_unit_test(this_kernel_is_understood),
	};

	return cmocka_run_group_tests_name("ipc", tests, NULL, NULL);
}
