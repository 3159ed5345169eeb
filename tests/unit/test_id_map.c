/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/proc/id_map.h"

#define WHOLE "         0          0 4294967295\n"

static void whole_maps_are_told_from_parts(void **state)
{
	static const struct {
		const char *text;
		bool whole;
	} known[] = {
		{WHOLE, true},
		{"0 100000 65536\n", false},
		{"0 1000 1\n1 100000 65536\n", false},
		{"0 1000 1\n1 0 1000\n1001 1001 4294966294\n", true},
		{"0 0 4294967294\n", false},
		{"", false}, /* a user namespace whose map nobody has written yet */
		{"0 0 99999999999999999999\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_int_equal(id_map_parse(scan_of(known[i].text, strlen(known[i].text))),
			known[i].whole);
}

static unsigned marks(const struct tree *t, uid_t uid, uid_t euid, gid_t gid, gid_t egid)
{
	struct process_info info = {
		.uid = uid, .euid = euid, .gid = gid, .egid = egid, .unmapped_ids = 99};
	struct id_map map;

	id_map_read(tree_root(t), &map);
	id_map_mark(&map, &info);
	return info.unmapped_ids;
}

static void ids_without_a_map_are_marked(void **state)
{
	struct tree *t = tree_new();

	(void)state;
	/* A kernel without user namespaces has no maps. */
	assert_int_equal(marks(t, 65534, 65534, 65534, 65534), 0);
	tree_file(t, "thread-self/uid_map", "0 1000 1\n");
	tree_file(t, "thread-self/gid_map", WHOLE);
	assert_int_equal(
		marks(t, 65534, 65534, 65534, 65534), 1u << PROCESS_UID | 1u << PROCESS_EUID);
	assert_int_equal(marks(t, 0, 65534, 65534, 65534), 1u << PROCESS_EUID);
	tree_file(t, "thread-self/gid_map", "0 1000 1\n");
	assert_int_equal(marks(t, 0, 0, 65534, 0), 1u << PROCESS_GID);
	tree_file(t, "sys/kernel/overflowgid", "77\n");
	assert_int_equal(marks(t, 0, 0, 65534, 77), 1u << PROCESS_EGID);
	tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_maps_are_told_from_parts),
		cmocka_unit_test(ids_without_a_map_are_marked),
	};

	return cmocka_run_group_tests_name("id_map", tests, NULL, NULL);
}
