/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/records.h"
#include "twintop/proc/pages.h"

#define BYTES 4096u

struct pages {
	unsigned char kept[BYTES], moved[BYTES];
};

static struct pages filled(int kept, int moved)
{
	struct pages p;

	memset(p.kept, kept, BYTES);
	memset(p.moved, moved, BYTES);
	return p;
}

static enum page_origin origin(const struct pages *p)
{
	return pages_origin(p->kept, p->moved, BYTES);
}

static void a_copy_holds_what_it_was_copied_from(void **state)
{
	struct pages p = filled(7, 7);

	(void)state;
	memset(p.moved, 9, BYTES / 2);
	assert_int_equal(origin(&p), PAGE_IS_COPY);
	/* One pointer is enough, though all else is zero. */
	p = filled(0, 0);
	memcpy(p.kept + 64, "\x10\x20\x30\x40\xff\x7f\0\0", 8);
	memcpy(p.moved + 64, "\x10\x20\x30\x40\xff\x7f\0\0", 8);
	p.moved[0] = 1;
	assert_int_equal(origin(&p), PAGE_IS_COPY);
}

static void a_new_page_lacks_it(void **state)
{
	struct pages p = filled(7, 0);

	(void)state;
	assert_int_equal(origin(&p), PAGE_IS_NEW);
	p.moved[0] = 1;
	p.moved[BYTES - 1] = 1;
	assert_int_equal(origin(&p), PAGE_IS_NEW);
}

static void some_may_be_either(void **state)
{
	struct pages p = filled(0, 0);

	(void)state;
	assert_int_equal(origin(&p), PAGE_IS_EITHER);
	/* A counter comes to any value again. */
	p.kept[0] = p.moved[0] = 1;
	assert_int_equal(origin(&p), PAGE_IS_EITHER);
	/* Written all over, neither shows. */
	p = filled(7, 9);
	assert_int_equal(origin(&p), PAGE_IS_EITHER);
}

static void pages_are_found_among_the_new(void **state)
{
	uint64_t address[] = {0x1000, 0x3000, 0x9000};
	const struct page_parted parted = {true, 3, address};
	struct page_map a = {.parted = &parted}, b = {.part.begin_ns = 5};

	(void)state;
	assert_true(page_parted_is_new(&parted, 0x1000));
	assert_true(page_parted_is_new(&parted, 0x9000));
	assert_false(page_parted_is_new(&parted, 0x2000));
	assert_false(page_parted_is_new(NULL, 0x1000));
	assert_null(page_parted_of(&a, &b)); /* not read together */
	b.part.begin_ns = 0;
	assert_ptr_equal(page_parted_of(&a, &b), &parted);
	assert_ptr_equal(page_parted_of(&b, &a), &parted);
	assert_null(page_parted_of(&a, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_holds_what_it_was_copied_from),
		cmocka_unit_test(a_new_page_lacks_it),
		cmocka_unit_test(some_may_be_either),
		cmocka_unit_test(pages_are_found_among_the_new),
	};

	return cmocka_run_group_tests_name("parted", tests, NULL, NULL);
}
