/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "reading.h"
#include "twintop/base/clock.h"
#include "twintop/base/num.h"
#include "twintop/proc/maps.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/twintop-test-XXXXXX");
	return mkdtemp(folder) && chmod(folder, 0777) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	return system(command);
}

/* What sp_maps has at the address of that key. */
static const struct expected {
	const char *key;
	enum mapping_kind kind;
	const char *permissions;
} expected[] = {
	{"code", MAPPING_CODE, "r-xp"},
	{"rodata", MAPPING_RODATA, "r--p"},
	{"data", MAPPING_DATA, "rw-p"},
	{"bss", MAPPING_BSS, "rw-p"},
	{"heap", MAPPING_HEAP, "rw-p"},
	{"stack", MAPPING_STACK, "rw-p"},
	{"library_code", MAPPING_LIBRARY_CODE, "r-xp"},
	{"library_data", MAPPING_LIBRARY_DATA, "rw-p"},
	{"vdso", MAPPING_VDSO, "r-xp"},
	{"anonymous", MAPPING_ANONYMOUS, "rwxp"},
	{"reserved", MAPPING_RESERVED, "---p"},
	{"shared", MAPPING_SHARED_ANONYMOUS, "rw-s"},
	{"memfd", MAPPING_MEMFD, "rw-s"},
	{"hugetlb", MAPPING_HUGETLB, "r--p"},
	{"file", MAPPING_FILE, "rw-p"},
	{"shared_file", MAPPING_FILE, "rw-s"},
	{"odd", MAPPING_FILE, "rw-p"},
	{"removed", MAPPING_FILE, "rw-p"},
	{"named_so", MAPPING_FILE, "rw-p"},
	{"sysv", MAPPING_SYSV_SHM, "rw-s"},
	{"posix", MAPPING_POSIX_SHM, "rw-s"},
	{"named", MAPPING_ANONYMOUS, "rw-p"},
	{"split", MAPPING_ANONYMOUS, "rw-p"},
	{"thread_stack", MAPPING_THREAD_STACK, "rw-p"},
};

static ptrdiff_t index_of(const struct reading *r, const struct specimen *s, const char *key)
{
	ptrdiff_t at = memory_find(r->memory, specimen_number(s, key));

	if (at < 0)
		fail_msg("no mapping holds %s", key);
	return at;
}

static const struct mapping *mapping_of(
	const struct reading *r, const struct specimen *s, const char *key)
{
	return &r->memory->mapping[index_of(r, s, key)];
}

static void assert_mapping(
	const struct reading *r, const struct specimen *s, const struct expected *e)
{
	const struct mapping *v = mapping_of(r, s, e->key);
	enum mapping_kind kind = reading_kind(r, index_of(r, s, e->key));
	char permissions[5], size[64];

	mapping_permissions(v, permissions);
	if (kind != e->kind || strcmp(permissions, e->permissions))
		fail_msg("%s is %s %s", e->key, mapping_kind_info[kind].id, permissions);
	snprintf(size, sizeof size, "%s_size", e->key);
	/* Anonymous neighbours of the same permissions may have merged with it. */
	if (specimen_has(s, size) && (v->path.len || !strcmp(e->key, "reserved")))
		assert_int_equal(v->end - v->start, specimen_number(s, size));
}

static void assert_all(const struct reading *r, const struct specimen *s)
{
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		if (specimen_number(s, expected[i].key))
			assert_mapping(r, s, &expected[i]);
		else
			print_message("no %s mapping to be had here\n", expected[i].key);
	}
}

static void each_kind_is_what_it_is(void **state)
{
	struct specimen *s = specimen_start("maps", folder, NULL);
	struct runtime_found found[RUNTIMES];
	struct reading r;
	ptrdiff_t stack;

	(void)state;
	reading_open(&r, specimen_pid(s), 100);
	reading_take(&r, NEED_ALL);
	assert_int_equal(r.memory->part.state, VALUE_KNOWN);
	assert_all(&r, s);
	assert_true(runtimes_find(r.memory, text_of(""), NULL, found) > 0);
	assert_string_equal(runtime_id(found[0].runtime), "c");
	assert_int_equal(mapping_of(&r, s, "sysv")->inode, specimen_number(s, "shmid"));
	assert_int_equal(reading_owner(&r, index_of(&r, s, "stack")), specimen_pid(s));
	stack = index_of(&r, s, "thread_stack");
	assert_int_equal(reading_owner(&r, stack), thread_self_at(r.list, 1)->tid);
	assert_int_equal(reading_kind(&r, stack - 1), MAPPING_GUARD);
	assert_int_equal(reading_owner(&r, stack - 1), thread_self_at(r.list, 1)->tid);
	reading_close(&r);
	specimen_stop(s);
}

static void assert_path(const struct mapping *v, const char *name, bool deleted)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_true(text_equal(v->path, text_of(path)));
	assert_int_equal(v->deleted, deleted);
}

static void odd_names_and_removed_files(void **state)
{
	struct specimen *s = specimen_start("maps", folder, NULL);
	struct reading r;

	(void)state;
	reading_open(&r, specimen_pid(s), 100);
	assert_int_equal(reading_maps(&r), 0);
	assert_path(mapping_of(&r, s, "file"), "plain", false);
	assert_path(mapping_of(&r, s, "odd"), "two\nlines \\ and \033[1m", false);
	assert_path(mapping_of(&r, s, "removed"), "removed (deleted)", true);
	assert_path(mapping_of(&r, s, "named_so"), "really (deleted)", true);
	if (geteuid() == 0) {
		assert_int_equal(mapping_of(&r, s, "removed")->deleted_state, VALUE_KNOWN);
		/* It has a name, but whether this one is not told. */
		assert_int_equal(mapping_of(&r, s, "named_so")->deleted_state, VALUE_UNSUPPORTED);
	} else {
		assert_int_equal(mapping_of(&r, s, "removed")->deleted_state, VALUE_DENIED);
	}
	assert_true(text_equal(
		mapping_of(&r, s, "memfd")->path, text_of("/memfd:counter (deleted) (deleted)")));
	if (specimen_number(s, "named"))
		assert_true(
			text_equal(mapping_of(&r, s, "named")->path, text_of("[anon:my name]")));
	reading_close(&r);
	specimen_stop(s);
}

/* VmSize of status counts each mapping but the vsyscall page, which is the kernel's. */
static uint64_t status_vm_bytes(const struct reading *r)
{
	struct textbuf text = {0};
	struct scan s, line;
	uint64_t kib = 0;

	assert_int_equal(proc_read(r->root, &text, "%d/status", (int)r->pid), 0);
	s = scan_of(text.bytes, text.len);
	while (scan_line(&s, &line)) {
		if (!scan_literal(&line, "VmSize:"))
			continue;
		scan_blanks(&line);
		assert_true(scan_u64(&line, &kib));
	}
	textbuf_free(&text);
	return kib * 1024;
}

static void sizes_add_up_to_vm_size(void **state)
{
	struct specimen *s = specimen_start("maps", folder, NULL);
	struct reading r;
	uint64_t sum = 0;

	(void)state;
	reading_open(&r, specimen_pid(s), 100);
	assert_int_equal(reading_maps(&r), 0);
	for (size_t i = 0; i < r.memory->n; i++)
		if (r.memory->mapping[i].kind != MAPPING_VSYSCALL)
			sum += r.memory->mapping[i].end - r.memory->mapping[i].start;
	assert_int_equal(sum, status_vm_bytes(&r));
	reading_close(&r);
	specimen_stop(s);
}

static void a_split_is_seen_and_undone(void **state)
{
	struct specimen *s = specimen_start("maps", folder, NULL);
	uint64_t split = specimen_number(s, "split");
	struct reading r;
	size_t n;

	(void)state;
	reading_open(&r, specimen_pid(s), 100);
	assert_int_equal(reading_maps(&r), 0);
	n = r.memory->n;
	specimen_say(s, "split");
	assert_int_equal(reading_maps(&r), 0);
	assert_int_equal(r.memory->n, n + 2);
	assert_int_equal(
		r.memory->mapping[memory_find(r.memory, split + 20 * 4096)].flags, MAPPING_READ);
	specimen_say(s, "join");
	assert_int_equal(reading_maps(&r), 0);
	assert_int_equal(r.memory->n, n);
	reading_close(&r);
	specimen_stop(s);
}

static void ordinary_user(void *context)
{
	const struct specimen *s = context;
	struct reading r;

	reading_open(&r, specimen_pid(s), 100);
	reading_take(&r, NEED_ALL);
	assert_all(&r, s);
	reading_close(&r);
}

static void an_ordinary_user_sees_his_own(void **state)
{
	struct specimen *s = specimen_start_as_nobody("maps", folder, NULL);

	(void)state;
	as_nobody(ordinary_user, s);
	specimen_stop(s);
}

static void stranger(void *context)
{
	const struct specimen *s = context;
	struct reading r;

	reading_open(&r, specimen_pid(s), 100);
	assert_int_equal(reading_maps(&r), -EACCES);
	assert_int_equal(r.memory->n, 0);
	reading_close(&r);
}

static void another_users_mappings_are_denied(void **state)
{
	struct specimen *s;

	(void)state;
	if (geteuid()) {
		print_message("needs root, to have another user's process\n");
		skip();
	}
	s = specimen_start("maps", folder, NULL);
	as_nobody(stranger, s);
	specimen_stop(s);
}

#define MANY 6000

static atomic_bool stop;

static void *split_and_join(void *space)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; !atomic_load(&stop); i = (i + 7) % MANY) {
		char *at = (char *)space + i * page;

		mprotect(at, page, PROT_READ | PROT_WRITE);
		mprotect(at, page, i % 2 ? PROT_NONE : PROT_READ);
		if (i % 64 == 0)
			clock_sleep_ns(1000);
	}
	return NULL;
}

/* Our own process, with mappings that split and merge while they are read. */
static void many_changing_mappings_never_overlap(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct reading r;
	pthread_t t;
	char *space;

	(void)state;
	space = mmap(
		NULL, MANY * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(space != MAP_FAILED);
	for (size_t i = 0; i < MANY; i += 2)
		assert_int_equal(mprotect(space + i * page, page, PROT_READ), 0);
	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&t, NULL, split_and_join, space), 0);
	reading_open(&r, getpid(), 100);
	for (int round = 0; round < 10; round++) {
		assert_int_equal(reading_maps(&r), 0);
		assert_true(r.memory->n > MANY / 2);
		for (size_t i = 1; i < r.memory->n; i++)
			assert_true(r.memory->mapping[i].start >= r.memory->mapping[i - 1].end);
	}
	atomic_store(&stop, true);
	pthread_join(t, NULL);
	munmap(space, MANY * page);
	reading_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_what_it_is),
		cmocka_unit_test(odd_names_and_removed_files),
		cmocka_unit_test(sizes_add_up_to_vm_size),
		cmocka_unit_test(a_split_is_seen_and_undone),
		cmocka_unit_test(an_ordinary_user_sees_his_own),
		cmocka_unit_test(another_users_mappings_are_denied),
		cmocka_unit_test(many_changing_mappings_never_overlap),
	};

	return live_run(tests, make_folder, remove_folder);
}
