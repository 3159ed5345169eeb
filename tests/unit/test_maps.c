/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/base/vec.h"
#include "twintop/proc/map_origins.h"
#include "twintop/proc/maps.h"

static struct memory_map *parse(const char *text)
{
	struct memory_map *m = part_new(sizeof *m);

	assert_int_equal(maps_parse(scan_of(text, strlen(text)), m, NULL), 0);
	return m;
}

static void assert_text(struct text got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.bytes, want, got.len);
}

static void a_line_of_a_library(void **state)
{
	struct memory_map *m = parse("7f3b22c85000-7f3b22c87000 rw-p 001d3000 fe:0a 332835   "
				     "                  /usr/lib/x86_64-linux-gnu/libc.so.6\n");
	const struct mapping *v = m->mapping;

	(void)state;
	assert_int_equal(m->n, 1);
	assert_int_equal(v->start, 0x7f3b22c85000);
	assert_int_equal(v->end, 0x7f3b22c87000);
	assert_int_equal(v->flags, MAPPING_READ | MAPPING_WRITE);
	assert_int_equal(v->offset, 0x1d3000);
	assert_int_equal(v->device_major, 0xfe);
	assert_int_equal(v->device_minor, 0x0a);
	assert_int_equal(v->inode, 332835);
	assert_text(v->path, "/usr/lib/x86_64-linux-gnu/libc.so.6");
	assert_false(v->deleted);
	part_put(m);
}

static void odd_paths_stay_what_they_are(void **state)
{
	struct memory_map *m = parse("1000-2000 r--s 00000000 fe:00 7   /tmp/two\\012lines \\x\n"
				     "2000-3000 r--p 00000000 fe:00 8   /tmp/gone (deleted)\n"
				     "3000-4000 rw-p 00000000 00:00 0   [anon:odd (deleted)]\n"
				     "4000-5000 rw-p 00000000 00:00 0 \n"
				     "5000-6000 rw-p 00000000 00:00 0\n"
				     "6000-7000 ---p 00000000 00:10 1 /tmp/trailing blank \n"
				     "7000-8000 r--p 00000000 00:10 1 /tmp/cut\\01");

	(void)state;
	assert_int_equal(m->n, 7);
	assert_text(m->mapping[0].path, "/tmp/two\nlines \\x");
	assert_true(m->mapping[0].flags & MAPPING_SHARED);
	assert_true(m->mapping[1].deleted);
	assert_text(m->mapping[1].path, "/tmp/gone (deleted)");
	assert_false(m->mapping[2].deleted);
	assert_int_equal(m->mapping[3].path.len, 0);
	assert_int_equal(m->mapping[4].path.len, 0);
	assert_text(m->mapping[5].path, "/tmp/trailing blank ");
	assert_text(m->mapping[6].path, "/tmp/cut\\01");
	part_put(m);
}

static void what_is_no_mapping_is_an_error(void **state)
{
	static const char *const bad[] = {
		"\n",
		"x",
		"2000-1000 rw-p 00000000 00:00 0\n",
		"1000-1000 rw-p 00000000 00:00 0\n",
		"1000-2000 rw_p 00000000 00:00 0\n",
		"1000-2000 rw-q 00000000 00:00 0\n",
		"1000-2000 rw-p 00000000 0000 0\n",
		"1000-2000 rw-p 00000000 00:00 0x\n",
		"1000-2000 rw-p 00000000 00:00\n",
		"10000000000000000-2000 rw-p 00000000 00:00 0\n",
		"1000-2000 rw-p 00000000 1ffffffff:00 0\n",
		"1000-2000 rw-p 00000000 00:00 99999999999999999999\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct memory_map *m = part_new(sizeof *m);
		char text[256] = "800-900 rw-p 00000000 00:00 0\n";
		size_t line = 0;

		strcat(text, bad[i]);
		assert_int_equal(maps_parse(scan_of(text, strlen(text)), m, &line), -EINVAL);
		assert_int_equal(line, 2);
		assert_int_equal(m->n, 0);
		part_put(m);
	}
}

static void nothing_is_counted_twice(void **state)
{
	/* Two pieces of one file: the mapping at 2000 had merged with its neighbours in between. */
	struct memory_map *m = parse("1000-2000 rw-p 00000000 00:00 0 \n"
				     "2000-3000 r--p 00005000 fe:00 9 /f\n"
				     "2000-5000 r--p 00005000 fe:00 9 /f\n"
				     "2000-3000 r--p 00005000 fe:00 9 /f\n"
				     "4000-6000 rw-p 00000000 00:00 0 \n"
				     "1800-1900 rw-p 00000000 00:00 0 \n");
	uint64_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < m->n; i++) {
		bytes += m->mapping[i].end - m->mapping[i].start;
		if (i)
			assert_true(m->mapping[i].start >= m->mapping[i - 1].end);
	}
	assert_int_equal(bytes, 0x5000);
	assert_int_equal(m->mapping[2].start, 0x3000);
	assert_int_equal(m->mapping[2].offset, 0x6000);
	part_put(m);
}

struct expected {
	const char *line;
	enum mapping_kind kind;
};

/* One address space with everything in it, in the order of addresses. */
static const struct expected space[] = {
	{"1000-2000 r--p 00000000 fe:00 10 /bin/prog", MAPPING_RODATA},
	{"2000-3000 r-xp 00001000 fe:00 10 /bin/prog", MAPPING_CODE},
	{"3000-4000 r--p 00002000 fe:00 10 /bin/prog", MAPPING_RODATA},
	{"4000-5000 rw-p 00003000 fe:00 10 /bin/prog", MAPPING_DATA},
	{"5000-6000 rw-p 00000000 00:00 0 ", MAPPING_BSS},
	{"7000-8000 rw-p 00000000 00:00 0 [heap]", MAPPING_HEAP},
	{"10000-11000 r--p 00000000 fe:00 11 /lib/libx.so.1.2", MAPPING_LIBRARY_RODATA},
	{"11000-12000 r-xp 00001000 fe:00 11 /lib/libx.so.1.2", MAPPING_LIBRARY_CODE},
	{"12000-13000 ---p 00002000 fe:00 11 /lib/libx.so.1.2", MAPPING_LIBRARY_OTHER},
	{"13000-14000 rw-p 00002000 fe:00 11 /lib/libx.so.1.2", MAPPING_LIBRARY_DATA},
	{"14000-15000 rw-p 00000000 00:00 0 ", MAPPING_BSS},
	{"15000-16000 r--p 00000000 fe:00 12 /opt/plugin", MAPPING_LIBRARY_RODATA},
	{"16000-17000 r-xp 00001000 fe:00 12 /opt/plugin", MAPPING_LIBRARY_CODE},
	{"17000-18000 r--p 00000000 fe:00 13 /lib/data.so (deleted)", MAPPING_LIBRARY_RODATA},
	{"18000-19000 r--p 00000000 fe:00 14 /etc/ld.so.cache", MAPPING_FILE},
	{"19000-1a000 rw-s 00000000 fe:00 15 /var/db", MAPPING_FILE},
	{"1a000-1b000 rw-p 00000000 00:00 0 ", MAPPING_ANONYMOUS},
	{"20000-21000 ---p 00000000 00:00 0 ", MAPPING_GUARD},
	{"21000-29000 rw-p 00000000 00:00 0 ", MAPPING_ANONYMOUS},
	{"30000-4030000 ---p 00000000 00:00 0 ", MAPPING_RESERVED},
	{"4030000-4031000 rw-p 00000000 00:00 0 ", MAPPING_ANONYMOUS},
	{"5000000-5001000 rw-s 00000000 00:01 20 /dev/zero (deleted)", MAPPING_SHARED_ANONYMOUS},
	{"5001000-5002000 rw-p 00000000 00:05 21 /dev/zero", MAPPING_ANONYMOUS},
	{"5002000-5002800 rw-s 00000000 00:01 22 /SYSV0000002a (deleted)", MAPPING_SYSV_SHM},
	{"5002800-5002900 rw-s 00000000 00:01 0 /SYSV00000000 (deleted)", MAPPING_SYSV_SHM},
	{"5003000-5004000 rw-s 00000000 00:01 23 /memfd:name (x) (deleted)", MAPPING_MEMFD},
	{"5004000-5005000 rw-s 00000000 00:18 24 /dev/shm/sem.x", MAPPING_POSIX_SHM},
	{"5005000-5006000 rw-s 00000000 00:06 25 /dev/dri/card0", MAPPING_DEVICE},
	{"5006000-5007000 rw-s 00000000 00:0e 26 anon_inode:[io_uring]", MAPPING_OTHER},
	{"5200000-5400000 rw-p 00000000 00:0f 27 /anon_hugepage (deleted)", MAPPING_HUGETLB},
	{"5400000-5401000 rw-p 00000000 00:00 0 [anon:scudo:primary]", MAPPING_ANONYMOUS},
	{"5401000-5402000 rw-s 00000000 00:01 28 [anon_shmem:name]", MAPPING_SHARED_ANONYMOUS},
	{"5402000-5403000 rw-p 00000000 fe:00 29 /SYSVfile", MAPPING_FILE},
	{"5500000-5501000 ---p 00000000 00:00 0 [anon: glibc: pthread stack: 77]", MAPPING_GUARD},
	{"5501000-5509000 rw-p 00000000 00:00 0 [anon: glibc: pthread stack: 77]",
		MAPPING_THREAD_STACK},
	{"7fff00000-7fff20000 rw-p 00000000 00:00 0 [stack]", MAPPING_STACK},
	{"7fff30000-7fff34000 r--p 00000000 00:00 0 [vvar]", MAPPING_VVAR},
	{"7fff34000-7fff36000 r--p 00000000 00:00 0 [vvar_vclock]", MAPPING_VVAR},
	{"7fff36000-7fff38000 r-xp 00000000 00:00 0 [vdso]", MAPPING_VDSO},
	{"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]", MAPPING_VSYSCALL},
};
#define SPACE (sizeof space / sizeof *space)

static struct memory_map *whole_space(void)
{
	struct textbuf text = {0};
	struct memory_map *m;

	for (size_t i = 0; i < SPACE; i++)
		textbuf_addf(&text, "%s\n", space[i].line);
	m = parse(text.bytes);
	maps_classify(m, text_of("/bin/prog"), NULL);
	textbuf_free(&text);
	return m;
}

static void each_kind_is_told(void **state)
{
	struct memory_map *m = whole_space();

	(void)state;
	assert_int_equal(m->n, SPACE);
	for (size_t i = 0; i < SPACE; i++)
		if (m->mapping[i].kind != space[i].kind)
			fail_msg("%s is %s", space[i].line,
				mapping_kind_info[m->mapping[i].kind].id);
	assert_int_equal(m->mapping[SPACE - 6].owner_tid, 77);
	part_put(m);
}

/* The kind of a mapping whose origin is known. */
static enum mapping_kind kind_on(enum mapping_origin origin, const char *line)
{
	struct memory_map *m = parse(line);
	enum mapping_kind kind;

	m->mapping[0].origin = (uint8_t)origin;
	maps_classify(m, text_of("/bin/prog"), NULL);
	kind = m->mapping[0].kind;
	part_put(m);
	return kind;
}

static void the_origin_goes_before_the_name(void **state)
{
	static const struct {
		const char *line;
		enum mapping_origin origin;
		enum mapping_kind kind;
	} row[] = {
		{"1000-2000 rw-s 0 00:01 20 /dev/zero (deleted)", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:01 20 /dev/zero (deleted)", ORIGIN_SHMEM,
			MAPPING_SHARED_ANONYMOUS},
		{"1000-2000 rw-s 0 fe:00 20 /dev/zero (deleted)", ORIGIN_UNKNOWN, MAPPING_FILE},
		{"1000-2000 rw-p 0 00:05 20 /dev/zero", ORIGIN_DEVTMPFS, MAPPING_ANONYMOUS},
		{"1000-2000 rw-p 0 00:05 20 /dev/zero", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:01 0 /SYSV00000000 (deleted)", ORIGIN_SHMEM,
			MAPPING_SYSV_SHM},
		{"1000-2000 rw-s 0 00:0f 7 /SYSV00000000 (deleted)", ORIGIN_HUGETLB,
			MAPPING_SYSV_SHM},
		{"1000-2000 rw-s 0 00:22 7 /SYSV00000000 (deleted)", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:22 7 /memfd:x (deleted)", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:22 7 /memfd:x (deleted)", ORIGIN_TMPFS, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:22 7 /dev/shm/x", ORIGIN_TMPFS, MAPPING_POSIX_SHM},
		{"1000-2000 rw-s 0 00:22 7 /dev/shm/x", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:22 7 /dev/hugepages/x", ORIGIN_HUGETLBFS, MAPPING_HUGETLB},
		{"1000-2000 rw-s 0 00:22 7 /mnt/x", ORIGIN_HUGETLBFS, MAPPING_HUGETLB},
		{"1000-2000 rw-s 0 00:22 7 /dev/hugepages/x", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:0f 7 /anon_hugepage (deleted)", ORIGIN_HUGETLB,
			MAPPING_SHARED_ANONYMOUS},
		{"1000-2000 rw-p 0 00:0f 7 /anon_hugepage (deleted)", ORIGIN_HUGETLB,
			MAPPING_HUGETLB},
		{"1000-2000 rw-s 0 00:0f 7 /secretmem (deleted)", ORIGIN_SECRET, MAPPING_MEMFD},
		{"1000-2000 rw-s 0 00:22 7 /secretmem (deleted)", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:22 7 /srv/device", ORIGIN_DEVICE, MAPPING_DEVICE},
		{"1000-2000 rw-s 0 00:05 7 /dev/notes", ORIGIN_FILE, MAPPING_FILE},
		{"1000-2000 rw-s 0 00:05 7 /dev/card", ORIGIN_DEVTMPFS, MAPPING_DEVICE},
		{"1000-2000 r-xp 0 00:01 7 /memfd:x (deleted)", ORIGIN_SHMEM, MAPPING_LIBRARY_CODE},
		{"1000-2000 r-xs 0 00:01 7 /memfd:x (deleted)", ORIGIN_SHMEM, MAPPING_MEMFD},
		{"1000-2000 rw-p 0 00:01 7 /memfd:x (deleted)", ORIGIN_SHMEM, MAPPING_MEMFD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum mapping_kind kind = kind_on(row[i].origin, row[i].line);

		if (kind != row[i].kind)
			fail_msg("%s of %d is %s", row[i].line, (int)row[i].origin,
				mapping_kind_info[kind].id);
	}
}

/* Two files of one name: the program is the one that its code lies in. */
static void a_program_is_one_file(void **state)
{
	struct memory_map *m = parse("1000-2000 r-xp 0 00:01 7 /memfd:x (deleted)\n"
				     "2000-3000 rw-p 1000 00:01 7 /memfd:x (deleted)\n"
				     "3000-4000 rw-p 0 00:00 0 \n"
				     "5000-6000 rw-p 0 00:01 8 /memfd:x (deleted)\n"
				     "7000-8000 rw-s 0 00:01 7 /memfd:x (deleted)\n");

	(void)state;
	maps_classify(m, m->mapping[0].path, &m->mapping[0]);
	assert_int_equal(m->mapping[0].kind, MAPPING_CODE);
	assert_int_equal(m->mapping[1].kind, MAPPING_DATA);
	assert_int_equal(m->mapping[2].kind, MAPPING_BSS);
	assert_int_equal(m->mapping[3].kind, MAPPING_MEMFD);
	assert_int_equal(m->mapping[4].kind, MAPPING_MEMFD);
	part_put(m);
}

static void mounts_have_their_types(void **state)
{
	static const char text[] =
		"22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
		"23 22 0:5 / /dev rw shared:2 - devtmpfs devtmpfs rw,size=1\n"
		"24 23 0:22 / /dev/shm rw shared:3 master:1 - tmpfs tmpfs rw\n"
		"25 22 0:30 / /mnt/a\\040-\\040b rw - hugetlbfs none rw,pagesize=2M\n"
		"no mount at all\n26 22 0:31 / /x rw\n";
	static const enum mapping_origin origin[] = {
		ORIGIN_FILE, ORIGIN_DEVTMPFS, ORIGIN_TMPFS, ORIGIN_HUGETLBFS};
	struct mount_devices mounts = {0};

	(void)state;
	mounts_parse(scan_of(text, sizeof text - 1), &mounts);
	assert_int_equal(mounts.n, 4);
	for (size_t i = 0; i < mounts.n; i++)
		assert_int_equal(mounts.item[i].origin, origin[i]);
	assert_int_equal(mounts.item[0].major, 254);
	assert_int_equal(mounts.item[3].minor, 30);
	VEC_FREE(&mounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_a_library),
		cmocka_unit_test(odd_paths_stay_what_they_are),
		cmocka_unit_test(what_is_no_mapping_is_an_error),
		cmocka_unit_test(nothing_is_counted_twice),
		cmocka_unit_test(each_kind_is_told),
		cmocka_unit_test(the_origin_goes_before_the_name),
		cmocka_unit_test(a_program_is_one_file),
		cmocka_unit_test(mounts_have_their_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
