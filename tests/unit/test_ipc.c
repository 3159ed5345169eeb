/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/snapshot.h"
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
	arena_free(&ipc.part.arena);
}

/* A segment is found by its id and key, in the tables of the namespace of who attached it. */
static void a_segment_is_of_one_namespace(void **state)
{
	struct ipc_shm shm[] = {{.id = 65, .key = -1908078295}, {.id = 0, .key = 0}};
	struct ipc_state ipc = {.namespace_inode = 7, .shm = shm, .shm_n = 2};
	struct process_info info = {.namespace_inode[NAMESPACE_IPC] = 7}, task = info;
	struct side side = {.id.pid = 10, .tid = 10, .info = &info, .task = &task};
	struct mapping m = {.inode = 65, .path = text_of("/SYSV8e450929 (deleted)")};
	struct mapping first = {.path = text_of("/SYSV00000000")};

	(void)state;
	assert_ptr_equal(ipc_find_segment(&ipc, &side, &m), &shm[0]);
	assert_ptr_equal(ipc_find_segment(&ipc, &side, &first), &shm[1]);
	m.path = text_of("/SYSV000004d2");
	assert_null(ipc_find_segment(&ipc, &side, &m));
	m.path = text_of("/SYSV8e450929");
	m.inode = 64;
	assert_null(ipc_find_segment(&ipc, &side, &m));
	info.namespace_inode[NAMESPACE_IPC] = 8;
	assert_null(ipc_find_segment(&ipc, &side, &first));
	side.tid = 11; /* a thread that is still where the tables are */
	assert_non_null(ipc_find_segment(&ipc, &side, &first));
	task.source[PROCESS_NAMESPACES] = VALUE_DENIED;
	assert_null(ipc_find_segment(&ipc, &side, &first));
	side.task = NULL;
	assert_null(ipc_find_segment(&ipc, &side, &first));
	assert_null(ipc_find_segment(NULL, &side, &first));
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
	assert_int_equal(ipc_read(root, 0, &ipc), 0);
	assert_true(ipc->shm_state == VALUE_KNOWN || ipc->shm_state == VALUE_UNSUPPORTED);
	part_put(ipc);
	proc_root_close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_read),
		cmocka_unit_test(a_segment_is_of_one_namespace),
		cmocka_unit_test(broken_lines_are_errors),
		cmocka_unit_test(queues_and_semaphores_are_read),
		cmocka_unit_test(this_kernel_is_understood),
	};

	return cmocka_run_group_tests_name("ipc", tests, NULL, NULL);
}
