/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/proc/tls.h"

static struct proc_root *root;

/* One thread's base; 0 or the negative errno of its place, *ret_base then left alone. */
static int tls_read(pid_t tid, uint64_t robust_list, uint64_t *ret_base)
{
	struct tls_place place = {.tid = tid, .robust_list = robust_list};

	tls_find(root, &place, 1);
	if (!place.error)
		*ret_base = place.base;
	return place.error;
}

#define START 0x7f0012340000u
#define WORDS 128
#define PAGE  4096

static uint64_t word[WORDS];

static void fill(void)
{
	for (size_t i = 0; i < WORDS; i++)
		word[i] = i % 3 ? START + 8 * (i + 5) : i;
}

static uint64_t address(size_t i)
{
	return START + 8 * i;
}

/* tcbhead_t: tcb, dtv, self. */
static void put_header(size_t i)
{
	word[i] = word[i + 2] = address(i);
	word[i + 1] = START + 0x1230;
}

static void the_header_names_itself_twice(void **state)
{
	uint64_t base = 7;

	(void)state;
	for (size_t i = 0; i + 2 < WORDS; i++) {
		fill();
		put_header(i);
		assert_true(tls_find_header(word, WORDS, START, &base));
		assert_int_equal(base, address(i));
	}
}

static void an_empty_list_is_no_header(void **state)
{
	uint64_t base = 7;

	(void)state;
	fill();
	/* The robust list's head that points at itself, and a list_t that does. */
	word[92] = address(92);
	word[40] = word[41] = address(40);
	assert_false(tls_find_header(word, WORDS, START, &base));
	put_header(10);
	assert_true(tls_find_header(word, WORDS, START, &base));
	assert_int_equal(base, address(10));
}

static void two_headers_prove_nothing(void **state)
{
	uint64_t base = 7;

	(void)state;
	fill();
	put_header(10);
	put_header(50);
	assert_false(tls_find_header(word, WORDS, START, &base));
	assert_int_equal(base, 7);
}

static void a_header_that_is_cut_off_is_none(void **state)
{
	uint64_t base = 7;

	(void)state;
	fill();
	put_header(WORDS - 3);
	assert_false(tls_find_header(word, WORDS - 1, START, &base));
	for (size_t n = 0; n < 3; n++)
		assert_false(tls_find_header(word, n, START, &base));
	memset(word, 0, sizeof word);
	assert_false(tls_find_header(word, WORDS, 0, &base));
	assert_int_equal(base, 7);
}

static void blocks_of_musl_name_neighbours(void **state)
{
	(void)state;
	fill();
	assert_int_equal(tls_find_linked(word, WORDS, START, 0), WORDS);
	word[20] = address(20);
	word[22] = word[23] = START + 0x4000;
	word[60] = address(60);
	word[62] = word[63] = START + 0x8000;
	assert_int_equal(tls_find_linked(word, WORDS, START, 0), 20);
	assert_int_equal(tls_find_linked(word, WORDS, START, 21), 60);
	assert_int_equal(tls_find_linked(word, WORDS, START, 61), WORDS);
	word[22] = 0;
	assert_int_equal(tls_find_linked(word, WORDS, START, 0), 60);
	word[63] = 5;
	assert_int_equal(tls_find_linked(word, WORDS, START, 0), WORDS);
}

/* Addresses at the ends of the address space, and such as hold nothing, are answered too. */
static void odd_addresses_are_refused(void **state)
{
	static const uint64_t odd[] = {1, 8, TLS_REACH_BYTES - 8, TLS_REACH_BYTES, UINT64_MAX,
		UINT64_MAX - 7, (UINT64_MAX >> 1) - 7, START + 1};
	uint64_t base = 7;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		assert_true(tls_read(getpid(), odd[i], &base) < 0);
	assert_int_equal(base, 7);
}

/* ---- in real memory ------------------------------------------------------ */

#ifdef __x86_64__
static void *pages(void)
{
	void *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

static uint64_t at(const void *p, size_t offset)
{
	return (uint64_t)(uintptr_t)p + offset;
}

static void put(void *p, size_t offset, uint64_t value)
{
	memcpy((char *)p + offset, &value, sizeof value);
}

static void a_block_may_begin_in_the_page_below(void **state)
{
	uint64_t base = 0;
	char *p = pages();

	(void)state;
	for (size_t offset = PAGE - 512; offset < PAGE; offset += 64) {
		memset(p, 0, 2 * PAGE);
		put(p, offset, at(p, offset));
		put(p, offset + 16, at(p, offset));
		assert_int_equal(tls_read(getpid(), at(p, offset + 0x2e0), &base), 0);
		assert_int_equal(base, at(p, offset));
	}
	munmap(p, 2 * PAGE);
}

static void the_page_below_need_not_be_there(void **state)
{
	uint64_t base = 0;
	char *p = pages();

	(void)state;
	assert_int_equal(mprotect(p, PAGE, PROT_NONE), 0);
	assert_int_equal(tls_read(getpid(), at(p, PAGE + 0x2e0), &base), -ENODATA);
	put(p, PAGE, at(p, PAGE));
	put(p, PAGE + 16, at(p, PAGE));
	assert_int_equal(tls_read(getpid(), at(p, PAGE + 0x2e0), &base), 0);
	assert_int_equal(base, at(p, PAGE));
	munmap(p, 2 * PAGE);
}

/* A page that nobody touched stays absent where the block is in the head's page. */
static void the_page_below_is_left_alone(void **state)
{
	unsigned char resident = 0;
	uint64_t base = 0;
	char *p = pages();

	(void)state;
	put(p, PAGE, at(p, PAGE));
	put(p, PAGE + 16, at(p, PAGE));
	assert_int_equal(tls_read(getpid(), at(p, PAGE + 0x2e0), &base), 0);
	assert_int_equal(mincore(p, PAGE, &resident), 0);
	assert_false(resident & 1);
	munmap(p, 2 * PAGE);
}

/* Three threads of musl in a ring: self, dtv, prev, next. */
static void rings_of_musl_are_proven(void **state)
{
	static const size_t place[] = {256, 2048, 4096 + 512};
	uint64_t base = 0;
	char *p = pages();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		put(p, place[i], at(p, place[i]));
		put(p, place[i] + 16, at(p, place[(i + 2) % 3]));
		put(p, place[i] + 24, at(p, place[(i + 1) % 3]));
	}
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(tls_read(getpid(), at(p, place[i] + 128), &base), 0);
		assert_int_equal(base, at(p, place[i]));
	}
	put(p, place[2] + 16, at(p, place[2] + 8)); /* one that does not point back */
	base = 0;
	assert_int_equal(tls_read(getpid(), at(p, place[1] + 128), &base), -ENODATA);
	assert_int_equal(base, 0);
	munmap(p, 2 * PAGE);
}
#endif

static void our_own_is_found(void **state)
{
	void *head = NULL;
	size_t len;
	uint64_t base = 0;
	int error;

	(void)state;
	assert_int_equal(syscall(SYS_get_robust_list, 0, &head, &len), 0);
	error = tls_read((pid_t)syscall(SYS_gettid), (uint64_t)(uintptr_t)head, &base);
#if defined __x86_64__ && defined __GLIBC__
	assert_int_equal(error, 0);
	assert_int_equal(base, (uintptr_t)__builtin_thread_pointer());
#else
	if (error) {
		print_message("no robust list of glibc on x86-64 here\n");
		skip();
	}
#endif
}

#ifdef __x86_64__
/* More than one question holds, some of whom have no block. */
static void many_are_found_at_once(void **state)
{
	enum { MANY = 300 };
	static struct tls_place place[MANY];
	char *p =
		mmap(NULL, MANY * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(p != MAP_FAILED);
	for (size_t i = 0; i < MANY; i++) {
		size_t offset = i * PAGE + 512;

		place[i] = (struct tls_place){getpid(), at(p, offset + 0x2e0), 7, 7};
		if (i % 7 == 3)
			munmap(p + i * PAGE, PAGE);
		else if (i % 5) {
			put(p, offset, at(p, offset));
			put(p, offset + 16, at(p, offset));
		}
	}
	tls_find(root, place, MANY);
	for (size_t i = 0; i < MANY; i++) {
		bool has = i % 7 != 3 && i % 5;

		assert_int_equal(place[i].error, has ? 0 : -ENODATA);
		assert_int_equal(place[i].base, has ? at(p, i * PAGE + 512) : 0);
	}
	munmap(p, MANY * PAGE);
}
#endif

static int open_root(void **state)
{
	(void)state;
	return proc_root_open(NULL, &root);
}

static int close_root(void **state)
{
	(void)state;
	proc_root_close(root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_names_itself_twice),
		cmocka_unit_test(an_empty_list_is_no_header),
		cmocka_unit_test(two_headers_prove_nothing),
		cmocka_unit_test(a_header_that_is_cut_off_is_none),
		cmocka_unit_test(blocks_of_musl_name_neighbours),
		cmocka_unit_test(odd_addresses_are_refused),
#ifdef __x86_64__
		cmocka_unit_test(a_block_may_begin_in_the_page_below),
		cmocka_unit_test(the_page_below_need_not_be_there),
		cmocka_unit_test(the_page_below_is_left_alone),
		cmocka_unit_test(rings_of_musl_are_proven),
		cmocka_unit_test(many_are_found_at_once),
#endif
		cmocka_unit_test(our_own_is_found),
	};

	return cmocka_run_group_tests(tests, open_root, close_root);
}
