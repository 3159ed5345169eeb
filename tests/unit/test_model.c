/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "twintop/base/clock.h"
#include "twintop/model/names.h"
#include "twintop/model/pair.h"
#include "twintop/model/value.h"

/* Addresses are told in pages, of this machine's size or of another's. */
static const uint64_t page_sizes[] = {4096, 16384, 65536};
#define PAGE_SIZES (sizeof page_sizes / sizeof *page_sizes)

static void values_say_what_they_do_not_know(void **state)
{
	struct value known = value_uint(0), denied = value_if(VALUE_DENIED, value_uint(7), "no");
	struct value stale = value_if(VALUE_STALE, value_uint(7), "old");

	(void)state;
	assert_int_equal(denied.state, VALUE_DENIED);
	assert_string_equal(denied.reason, "no");
	assert_true(stale.state == VALUE_STALE && stale.u == 7 && !stale.reason);
	assert_true(value_compare(&known, &denied) < 0);
	assert_true(value_compare(&denied, &known) > 0);
	assert_true(value_compare(&known, &stale) < 0);
	assert_int_equal(value_state_of_error(-EACCES), VALUE_DENIED);
	assert_int_equal(value_state_of_error(-ESRCH), VALUE_GONE);
	assert_int_equal(value_state_of_error(-ENOSYS), VALUE_UNSUPPORTED);
	assert_int_equal(value_state_of_error(-ETIMEDOUT), VALUE_LATE);
	assert_string_equal(value_state_reason(VALUE_LATE), "it did not answer within 1 s");
}

/* Only what speaks of the kernel blames it; each error has a reason of its own. */
static void errors_say_what_they_are(void **state)
{
	static const struct {
		int error;
		const char *says;
	} row[] = {{EMFILE, "too many open files"}, {ENFILE, "too many open files"},
		{ENOMEM, "memory"}, {ENAMETOOLONG, "too long"}, {EIO, "input/output"},
		{EFAULT, "address"}, {EBADF, "closed"}, {EINTR, "signal"}, {ELOOP, "links"},
		{EAGAIN, "busy"}, {EINVAL, "twintop knows"}, {EXDEV, "PID namespace"},
		{EXFULL, "could not be read"}};
	const char *kernel = value_state_reason(VALUE_UNSUPPORTED);

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum value_state s = value_state_of_error(-row[i].error);

		assert_false(value_state_has_value(s));
		assert_non_null(strstr(value_state_reason(s), row[i].says));
		assert_string_not_equal(value_state_reason(s), kernel);
		assert_string_equal(value_state_name(s), "failed");
	}
	for (unsigned s = VALUE_NONE; s < VALUE_STATES; s++)
		assert_string_not_equal(value_state_reason((enum value_state)s), "unknown");
	assert_true(VALUE_STATES <= UINT8_MAX); /* records hold it in a byte */
}

static void parts_go_with_their_last_reference(void **state)
{
	struct snapshot *s = snapshot_new();
	struct process_info *info = part_new(sizeof *info);
	const struct moment *m;

	(void)state;
	info->comm = text_of(arena_copy(&info->part.arena, "name", 4));
	part_seal(&info->part, clock_thread_cpu_ns(), 0);
	assert_int_equal(info->part.state, VALUE_KNOWN);
	s->sides = 1;
	s->side[0].info = part_get(info);
	m = moment_new(s, NULL);
	moment_put(moment_get(m));
	assert_string_equal(m->snapshot->side[0].info->comm.bytes, "name");
	moment_put(m);
	assert_string_equal(info->comm.bytes, "name");
	part_put(info);
	part_put(NULL);
	moment_put(NULL);
}

static void pages_are_counted_by_what_they_are(void **state)
{
	struct page_counts c = {0};

	(void)state;
	page_count(&c, 0);
	page_count(&c, PAGE_PRESENT | PAGE_EXCLUSIVE | 5);
	page_count(&c, PAGE_PRESENT | 6);
	page_count(&c, PAGE_PRESENT | PAGE_FILE | 7);
	page_count(&c, PAGE_PRESENT | PAGE_ZERO | 8);
	page_count(&c, PAGE_SWAPPED | 9);
	page_count(&c, PAGE_GUARD);
	page_count(&c, PAGE_PRESENT | PAGE_HUGE | PAGE_EXCLUSIVE | 512);
	assert_int_equal(c.resident, 5);
	assert_int_equal(c.anonymous, 3);
	assert_int_equal(c.shared, 1);
	assert_int_equal(c.file, 1);
	assert_int_equal(c.zero, 1);
	assert_int_equal(c.swapped, 1);
	assert_int_equal(c.guard, 1);
	assert_int_equal(c.huge, 1);
}

static void memory_is_found_by_address(void **state)
{
	struct mapping mapping[] = {
		{.start = 0x1000, .end = 0x3000}, {.start = 0x8000, .end = 0x9000}};
	struct memory_map m = {.n = 2, .mapping = mapping};

	(void)state;
	assert_int_equal(memory_find(&m, 0), -1);
	assert_int_equal(memory_find(&m, 0x1000), 0);
	assert_int_equal(memory_find(&m, 0x3000), -1);
	assert_int_equal(memory_find(&m, 0x8011), 1);
	assert_int_equal(memory_find(&m, 0x9000), -1);
}

static void check_pages(uint64_t page)
{
	uint64_t low[] = {0, PAGE_PRESENT | 1}, high[] = {PAGE_PRESENT | 2};
	struct page_run run[] = {{page, 2, low}, {8 * page, 1, high}};
	struct page_map p = {.page_size = page, .runs_n = 2, .run = run};

	assert_int_equal(page_map_run_end(&p, 0), 3 * page);
	assert_int_equal(page_map_first_run(&p, 0), 0);
	assert_int_equal(page_map_first_run(&p, 3 * page - 1), 0);
	assert_int_equal(page_map_first_run(&p, 3 * page), 1);
	assert_int_equal(page_map_first_run(&p, 9 * page), 2);
	assert_true(page_map_entry(&p, 2 * page) == (PAGE_PRESENT | 1));
	assert_true(page_map_entry(&p, 3 * page - 1) == (PAGE_PRESENT | 1));
	assert_true(page_map_entry(&p, 5 * page) == 0);
	assert_true(page_map_entry(&p, 8 * page) == (PAGE_PRESENT | 2));
	assert_int_equal(page_map_count(&p, 0, 100 * page).resident, 2);
	assert_int_equal(page_map_count(&p, page, 2 * page).resident, 0);
	assert_int_equal(page_map_count(&p, 2 * page, 8 * page).resident, 1);
	assert_int_equal(page_map_lowest_resident(&p, page, 3 * page), 2 * page);
	assert_int_equal(page_map_lowest_resident(&p, 3 * page, 7 * page), 7 * page);
}

static void pages_are_found_by_address(void **state)
{
	struct page_map p = {.part.state = VALUE_DENIED};

	(void)state;
	for (size_t i = 0; i < PAGE_SIZES; i++)
		check_pages(page_sizes[i]);
	assert_false(page_map_known(NULL));
	assert_false(page_map_known(&p));
	p.part.state = VALUE_STALE;
	assert_true(page_map_known(&p));
}

/* Pages are told of the mappings that they were read by, and of no others. */
static void pages_speak_of_their_own_mappings(void **state)
{
	struct mapping mapping = {.start = 0x1000, .end = 0x2000};
	struct memory_map before = {.n = 1, .mapping = &mapping}, now = before;
	struct page_counts counts = {.resident = 1};
	struct page_map pages = {.memory = &before, .mapping = &counts};
	struct side side = {.memory = &before};

	(void)state;
	assert_null(side_mapping_pages(&side, 0));
	side.pages = &pages;
	assert_ptr_equal(side_mapping_pages(&side, 0), &counts);
	side.memory = &now;
	assert_null(side_mapping_pages(&side, 0));
	side.memory = &before;
	pages.part.state = VALUE_DENIED;
	assert_null(side_mapping_pages(&side, 0));
}

static void copied_holds_who_copied(void **state)
{
	struct pair_pages p = {0};

	(void)state;
	pair_pages_add(&p, PAGE_VERDICT_COPIED, 2);
	pair_pages_add(&p, PAGE_VERDICT_COPIED_BY_A, 3);
	pair_pages_add(&p, PAGE_VERDICT_COPIED_BY_B, 4);
	pair_pages_add(&p, PAGE_VERDICT_ABSENT, 100);
	assert_int_equal(p.copied, 9);
	assert_int_equal(p.copied_by_a, 3);
	assert_int_equal(p.copied_by_b, 4);
}

/* By flags alone it is known where there were none, or a file's page tells whose each is. */
static void who_copied_is_hidden_where_frames_are(void **state)
{
	struct verdicts v = {.pages_exact = true, .scan_state = VALUE_KNOWN};
	struct pair_pages p = {.copied = 3, .copied_by_b = 1};

	(void)state;
	assert_null(verdicts_hide(&v, &p, PAGE_VERDICT_COPIED_BY_A));
	v.pages_exact = false;
	assert_string_equal(verdicts_hide(&v, &p, PAGE_VERDICT_COPIED_BY_A), PAGES_NEED_FRAMES);
	assert_string_equal(verdicts_hide(&v, &p, PAGE_VERDICT_COPIED_BY_B), PAGES_NEED_FRAMES);
	assert_null(verdicts_hide(&v, &p, PAGE_VERDICT_COPIED));
	assert_null(verdicts_hide(&v, &p, PAGE_VERDICT_ZERO));
	p.copied_by_a = 2;
	assert_null(verdicts_hide(&v, &p, PAGE_VERDICT_COPIED_BY_A));
	p = (struct pair_pages){0};
	assert_null(verdicts_hide(&v, &p, PAGE_VERDICT_COPIED_BY_B));
	v.scan_state = VALUE_UNSUPPORTED;
	assert_string_equal(verdicts_hide(&v, &p, PAGE_VERDICT_ZERO), PAGES_NEED_SCAN);
}

static void verdicts_are_found_by_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAGE_SIZES; i++) {
		uint8_t verdict[] = {
			PAGE_VERDICT_COW_SHARED, PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH};
		uint64_t page = page_sizes[i];
		struct verdict_run run = {4 * page, 2, verdict};
		struct verdicts v = {.page_size = page, .verdict_runs_n = 1, .verdict_run = &run};

		assert_int_equal(verdicts_first_run(&v, 6 * page - 1), 0);
		assert_int_equal(verdicts_first_run(&v, 6 * page), 1);
		assert_int_equal(verdicts_at(&v, 3 * page), PAGE_VERDICT_ABSENT);
		assert_int_equal(verdicts_at(&v, 4 * page), PAGE_VERDICT_COW_SHARED);
		assert_int_equal(verdicts_at(&v, 5 * page - 1), PAGE_VERDICT_COW_SHARED);
		assert_int_equal(
			verdicts_at(&v, 5 * page), PAGE_VERDICT_COPIED_BY_B | VERDICT_FRESH);
		assert_int_equal(verdicts_at(&v, 6 * page), PAGE_VERDICT_ABSENT);
	}
}

static void names_are_the_standard_ones(void **state)
{
	struct textbuf out = {0};
	unsigned args = 9;

	(void)state;
	assert_string_equal(syscall_name(SYSCALL_ABI_NATIVE, SYS_read, &args), "read");
	assert_int_equal(args, 3);
	assert_string_equal(syscall_name(SYSCALL_ABI_NATIVE, SYS_futex, &args), "futex");
	assert_int_equal(args, 6);
	assert_null(syscall_name(SYSCALL_ABI_NATIVE, 99999, &args));
	assert_null(syscall_name(SYSCALL_ABI_UNKNOWN, SYS_read, &args));
	assert_null(syscall_abi_name(SYSCALL_ABI_UNKNOWN));
	assert_string_equal(signal_name(11), "SIGSEGV");
	assert_string_equal(signal_name(36), "SIGRTMIN+2");
	assert_null(signal_name(0));
	assert_null(signal_name(65));
	signal_set_names(&out, 1ull << 1 | 1ull << 14);
	assert_string_equal(out.bytes, "SIGINT SIGTERM");
	textbuf_clear(&out);
	wait_status_text(&out, 3 << 8);
	wait_status_text(&out, 11);
	assert_string_equal(out.bytes, "exited with 3killed by SIGSEGV");
	textbuf_free(&out);
	for (int i = 1; i <= 64; i++)
		assert_non_null(signal_name(i));
}

static void every_kind_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < MAPPING_KINDS; i++)
		assert_true(mapping_kind_info[i].id && mapping_kind_info[i].title &&
			    strlen(mapping_kind_info[i].title) <= 7 &&
			    mapping_kind_info[i].meaning);
	for (int i = 0; i < PAGE_VERDICTS; i++)
		assert_true(page_verdict_info[i].id && page_verdict_info[i].meaning &&
			    text_width(page_verdict_info[i].glyph,
				    strlen(page_verdict_info[i].glyph)) == 1);
	for (int i = 0; i < ACCESS_ITEMS; i++)
		assert_non_null(access_item_name[i]);
	for (int i = 0; i < FD_KINDS; i++)
		assert_non_null(fd_kind_name((enum fd_kind)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_say_what_they_do_not_know),
		cmocka_unit_test(errors_say_what_they_are),
		cmocka_unit_test(parts_go_with_their_last_reference),
		cmocka_unit_test(pages_are_counted_by_what_they_are),
		cmocka_unit_test(memory_is_found_by_address),
		cmocka_unit_test(pages_are_found_by_address),
		cmocka_unit_test(pages_speak_of_their_own_mappings),
		cmocka_unit_test(copied_holds_who_copied),
		cmocka_unit_test(who_copied_is_hidden_where_frames_are),
		cmocka_unit_test(verdicts_are_found_by_address),
		cmocka_unit_test(names_are_the_standard_ones),
		cmocka_unit_test(every_kind_has_its_words),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
