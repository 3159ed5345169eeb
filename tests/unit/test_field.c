/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/hostile.h"
#include "tests/fixtures/threads.h"
#include "twintop/model/field.h"

/* Names of DESIGN.md's contract that one field each must bear. */
static const struct {
	enum record_kind kind;
	const char *json;
} contract[] = {
	{RECORD_PROCESS, "pid"},
	{RECORD_PROCESS, "ppid"},
	{RECORD_PROCESS, "pgrp"},
	{RECORD_PROCESS, "session"},
	{RECORD_PROCESS, "start_ticks"},
	{RECORD_PROCESS, "comm"},
	{RECORD_PROCESS, "cmdline"},
	{RECORD_PROCESS, "exe"},
	{RECORD_PROCESS, "uid"},
	{RECORD_PROCESS, "gid"},
	{RECORD_PROCESS, "state"},
	{RECORD_PROCESS, "exit.code"},
	{RECORD_PROCESS, "exit.signal"},
	{RECORD_PROCESS, "runtime"},
	{RECORD_PROCESS, "page_totals.resident"},
	{RECORD_PROCESS, "page_totals.anonymous"},
	{RECORD_PROCESS, "page_totals.file"},
	{RECORD_PROCESS, "page_totals.cow_shared"},
	{RECORD_PROCESS, "page_totals.zero"},
	{RECORD_PROCESS, "page_totals.swapped"},
	{RECORD_PROCESS, "page_totals.huge"},
	{RECORD_PROCESS, "signals.pending"},
	{RECORD_PROCESS, "signals.caught"},
	{RECORD_PROCESS, "signals.ignored"},
	{RECORD_PROCESS, "children"},
	{RECORD_THREAD, "tid"},
	{RECORD_THREAD, "name"},
	{RECORD_THREAD, "state"},
	{RECORD_THREAD, "processor"},
	{RECORD_THREAD, "cpu_percent"},
	{RECORD_THREAD, "user_ticks"},
	{RECORD_THREAD, "system_ticks"},
	{RECORD_THREAD, "minor_faults"},
	{RECORD_THREAD, "major_faults"},
	{RECORD_THREAD, "voluntary_switches"},
	{RECORD_THREAD, "involuntary_switches"},
	{RECORD_THREAD, "run_ns"},
	{RECORD_THREAD, "wait_ns"},
	{RECORD_THREAD, "wait_channel"},
	{RECORD_THREAD, "syscall.number"},
	{RECORD_THREAD, "syscall.name"},
	{RECORD_THREAD, "syscall.args"},
	{RECORD_THREAD, "waiting_on.kind"},
	{RECORD_THREAD, "waiting_on.address"},
	{RECORD_THREAD, "waiting_on.symbol"},
	{RECORD_THREAD, "waiting_on.owner_tid"},
	{RECORD_THREAD, "waiting_on.left_by_tid"},
	{RECORD_THREAD, "waiting_on.fd"},
	{RECORD_THREAD, "waiting_on.since_ns"},
	{RECORD_THREAD, "waiting_on.since_before"},
	{RECORD_THREAD, "waiting_on.fds"},
	{RECORD_THREAD, "waiting_on.type"},
	{RECORD_THREAD, "waiting_on.left_ns"},
	{RECORD_THREAD, "stack.start"},
	{RECORD_THREAD, "stack.end"},
	{RECORD_THREAD, "stack.pointer"},
	{RECORD_THREAD, "stack.used_bytes"},
	{RECORD_THREAD, "stack.resident_bytes"},
	{RECORD_THREAD, "stack.deepest_bytes"},
	{RECORD_THREAD, "stack.guard_bytes"},
	{RECORD_THREAD, "signals_blocked"},
	{RECORD_THREAD, "tls_base"},
	{RECORD_MAPPING, "start"},
	{RECORD_MAPPING, "end"},
	{RECORD_MAPPING, "permissions"},
	{RECORD_MAPPING, "offset"},
	{RECORD_MAPPING, "device"},
	{RECORD_MAPPING, "inode"},
	{RECORD_MAPPING, "path"},
	{RECORD_MAPPING, "kind"},
	{RECORD_MAPPING, "size_bytes"},
	{RECORD_MAPPING, "pages.resident"},
	{RECORD_MAPPING, "pages.anonymous"},
	{RECORD_MAPPING, "pages.file"},
	{RECORD_MAPPING, "pages.cow_shared"},
	{RECORD_MAPPING, "pages.zero"},
	{RECORD_MAPPING, "pages.swapped"},
	{RECORD_MAPPING, "pages.huge"},
	{RECORD_FD, "fd"},
	{RECORD_FD, "kind"},
	{RECORD_FD, "target"},
	{RECORD_FD, "access"},
	{RECORD_FD, "offset"},
	{RECORD_FD, "flags"},
	{RECORD_FD, "inode"},
	{RECORD_FD, "device"},
	{RECORD_FD, "close_on_exec"},
	{RECORD_FD, "peer"},
};

static void test_contract(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++) {
		unsigned found = 0;

		for (size_t k = 0; k < field_table_n; k++)
			found += field_table[k].kind == contract[i].kind && field_table[k].json &&
				 strcmp(field_table[k].json, contract[i].json) == 0;
		if (found != 1)
			print_error("%s %s: %u rows\n", record_kind_name(contract[i].kind),
				contract[i].json, found);
		assert_int_equal(found, 1);
	}
}

static void check_row(const struct field *f)
{
	size_t prefix = strlen(record_kind_name(f->kind));

	assert_true(strncmp(f->id, record_kind_name(f->kind), prefix) == 0 && f->id[prefix] == '.');
	if (f->json)
		assert_string_equal(f->json, f->id + prefix + 1);
	assert_true(f->title && *f->title);
	assert_true(strlen(f->explain) > 10 && f->explain[strlen(f->explain) - 1] == '.');
	assert_true(*f->source);
	assert_non_null(f->requires);
	assert_true(f->width > 0 && f->width <= 40);
	assert_true(f->need != 0 && (f->need & ~(unsigned)NEED_ALL) == 0);
	assert_true(f->unit < UNITS && unit_name(f->unit));
	assert_non_null(f->get);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < field_table_n; i++) {
		check_row(&field_table[i]);
		assert_ptr_equal(field_find(field_table[i].id), &field_table[i]);
		if (i > 0)
			assert_true(field_table[i].kind >= field_table[i - 1].kind);
	}
	assert_null(field_find("process.nothing"));
}

/* Every getter on every record: a known value formats, an unknown one has its reason. */
static void check_all(const struct moment *m, size_t index)
{
	struct textbuf out = {0};

	for (size_t i = 0; i < field_table_n; i++)
		for (unsigned side = 0; side < 3; side++) {
			const struct field *f = &field_table[i];
			struct record r = {
				.moment = m, .kind = f->kind, .side = side, .index = index};
			struct value v = f->get(&r);

			textbuf_clear(&out);
			field_format(f, record_host(&r), &v, &out);
			if (value_state_has_value(v.state))
				assert_null(v.reason);
			else
				assert_true(v.reason && *v.reason);
			if (v.state == VALUE_NONE)
				assert_string_equal(out.bytes, "—");
			else if (!value_state_has_value(v.state))
				assert_string_equal(out.bytes, "?");
			for (size_t k = 0; k < out.len; k++)
				assert_true((unsigned char)out.bytes[k] >= 0x20 &&
					    out.bytes[k] != 0x7f);
		}
	textbuf_free(&out);
}

static void test_getters_never_crash(void **state)
{
	const struct moment *empty = moment_new(snapshot_new(), NULL);

	(void)state;
	check_all(NULL, 0);
	check_all(empty, 0);
	moment_put(empty);
	for (unsigned sides = 0; sides <= 2; sides++)
		for (unsigned partly = 0; partly < 2; partly++) {
			const struct moment *m = hostile_moment(sides, partly);

			for (size_t index = 0; index < 5; index++)
				check_all(m, index);
			moment_put(m);
		}
}

static struct value get(const struct moment *m, const char *id, size_t index)
{
	const struct field *f = field_find(id);
	const struct record r = {.moment = m, .kind = f ? f->kind : 0, .index = index};

	assert_non_null(f);
	return f->get(&r);
}

static void test_values(void **state)
{
	const struct moment *m = hostile_moment(2, false);

	(void)state;
	assert_int_equal(record_count(m, RECORD_PROCESS, 0), 1);
	assert_int_equal(record_count(m, RECORD_THREAD, 1), 3);
	assert_int_equal(record_count(m, RECORD_FD, 2), 0);
	assert_true(get(m, "thread.cpu_percent", 0).real > 49.9 &&
		    get(m, "thread.cpu_percent", 0).real < 50.1);
	assert_int_equal(get(m, "thread.cpu_percent", 1).state, VALUE_NONE);
	assert_string_equal(get(m, "thread.cpu_percent", 1).reason, "needs two samples");
	assert_int_equal(get(m, "thread.stack.used_bytes", 0).u, 0x800);
	assert_int_equal(get(m, "thread.syscall.name", 1).state, VALUE_NONE);
	assert_int_equal(get(m, "thread.syscall.name", 2).state, VALUE_DENIED);
	assert_int_equal(get(m, "mapping.pages.cow_shared", 1).u, 2);
	assert_int_equal(get(m, "mapping.inode", 1).state, VALUE_NONE);
	assert_int_equal(get(m, "process.page_totals.cow_shared", 0).u, 2);
	assert_int_equal(get(m, "process.exit.code", 0).state, VALUE_NONE);
	assert_int_equal(get(m, "fd.offset", 2).state, VALUE_GONE);
	assert_int_equal(get(m, "fd.device", 0).u, 0x801);
	moment_put(m);
}

static void test_alone(void **state)
{
	const struct moment *m = hostile_moment(1, false);
	struct value v = get(m, "mapping.pages.cow_shared", 1);

	(void)state;
	assert_int_equal(v.state, VALUE_NONE);
	assert_string_equal(v.reason, "needs a sibling");
	moment_put(m);
}

/* One process on a machine of 16 KiB pages: a heap, and the stack of a thread. */
static struct memory_map *two_mappings(void)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->n = 2;
	m->mapping = arena_array(&m->part.arena, 2, sizeof *m->mapping);
	m->mapping[0] = (struct mapping){.start = 0x100000,
		.end = 0x110000,
		.kind = MAPPING_HEAP,
		.path = text_of("[heap]")};
	m->mapping[1] =
		(struct mapping){.start = 0x200000, .end = 0x210000, .kind = MAPPING_ANONYMOUS};
	part_seal(&m->part, 0, 0);
	return m;
}

/* The upper two of the stack's four pages are there. */
static struct page_map *pages_of(const struct memory_map *m)
{
	static const uint64_t entry[] = {PAGE_PRESENT | 1, PAGE_PRESENT | 2};
	struct page_map *p = part_make(PART_PAGES);

	p->memory = part_get(m);
	p->page_size = 16384;
	p->mapping = arena_array(&p->part.arena, 2, sizeof *p->mapping);
	p->mapping[1].resident = p->totals.resident = 2;
	p->run = arena_array(&p->part.arena, 1, sizeof *p->run);
	p->run[p->runs_n++] = (struct page_run){0x208000, 2, entry};
	part_seal(&p->part, 0, 0);
	return p;
}

static struct mapping_marks *marks_of(const struct memory_map *m)
{
	struct mapping_marks *marks = part_make(PART_MARKS);

	marks->memory = part_get(m);
	marks->n = 1;
	marks->mark = arena_array(&marks->part.arena, 1, sizeof *marks->mark);
	marks->mark[0] = (struct mapping_mark){1, MAPPING_THREAD_STACK, 4245};
	part_seal(&marks->part, 0, 0);
	return marks;
}

static struct thread_list *thread_on_it(void)
{
	static const struct thread_record record = {.run.state = 'S',
		.self = {.tid = 4245, .stack_start = 0x200000, .stack_end = 0x210000}};

	return threads_list(&record, 1);
}

/* now: the mappings that the side shows, whose reference is taken over; the rest is of memory. */
static const struct moment *moment_of(struct memory_map *now, const struct memory_map *memory)
{
	struct snapshot *s = snapshot_new();

	s->host.page_size = 16384;
	s->sides = 1;
	s->side[0].memory = now;
	s->side[0].pages = pages_of(memory);
	s->side[0].marks = marks_of(memory);
	s->side[0].threads = thread_on_it();
	return moment_new(s, NULL);
}

/* Bytes are counted in the pages of the machine that was read. */
static void test_large_pages(void **state)
{
	struct memory_map *memory = two_mappings();
	const struct moment *m = moment_of(memory, memory);

	(void)state;
	assert_int_equal(get(m, "mapping.pages.resident", 1).u, 2);
	assert_int_equal(get(m, "mapping.resident_bytes", 1).u, 2 * 16384);
	assert_int_equal(get(m, "thread.stack.resident_bytes", 0).u, 2 * 16384);
	assert_int_equal(get(m, "thread.stack.deepest_bytes", 0).u, 0x8000);
	moment_put(m);
}

static void test_stack_marks(void **state)
{
	struct memory_map *memory = two_mappings();
	const struct moment *m = moment_of(memory, memory);

	(void)state;
	assert_string_equal(get(m, "mapping.kind", 1).text.bytes, "thread_stack");
	assert_int_equal(get(m, "mapping.owner_tid", 1).i, 4245);
	assert_string_equal(get(m, "mapping.kind", 0).text.bytes, "heap");
	assert_int_equal(get(m, "mapping.owner_tid", 0).state, VALUE_NONE);
	moment_put(m);
}

/* What was read by other mappings than those shown is told of no mapping, and says why. */
static void test_mappings_changed(void **state)
{
	static const char *const of_pages[] = {"mapping.pages.resident", "mapping.pages.ksm",
		"mapping.pages.cow_shared", "mapping.pages.copied", "mapping.resident_bytes"};
	struct memory_map *before = two_mappings();
	const struct moment *m = moment_of(two_mappings(), before);

	(void)state;
	part_put(before);
	for (size_t i = 0; i < sizeof of_pages / sizeof *of_pages; i++) {
		struct value v = get(m, of_pages[i], 1);

		assert_int_equal(v.state, VALUE_UNREAD);
		assert_string_equal(v.reason, "its mappings changed since its pages were read");
	}
	assert_string_equal(get(m, "mapping.kind", 1).text.bytes, "anonymous");
	assert_int_equal(get(m, "mapping.owner_tid", 1).state, VALUE_NONE);
	/* What is told by address, or of all, needs no mapping. */
	assert_int_equal(get(m, "process.page_totals.resident", 0).u, 2);
	assert_int_equal(get(m, "thread.stack.resident_bytes", 0).u, 2 * 16384);
	moment_put(m);
}

/* Of a descriptor of which no more than its number may be read. */
static void test_fd_of_no_known_kind(void **state)
{
	static const char *const ids[] = {"fd.kind", "fd.peer", "fd.peer_inode", "fd.protocol",
		"fd.local", "fd.receive_queue_bytes", "fd.watches", "fd.pidfd_pid"};
	struct snapshot *s = snapshot_new();
	struct fd_list *fds = part_make(PART_FDS);
	const struct moment *m;

	(void)state;
	fds->n = 1;
	fds->fd = arena_array(&fds->part.arena, 1, sizeof *fds->fd);
	fds->fd[0] = (struct fd_entry){.fd = 3, .kind = FD_UNKNOWN};
	for (size_t i = 0; i < FD_SOURCES; i++)
		fds->fd[0].source[i] = i == FD_SOCKET_INFO ? VALUE_NONE : VALUE_DENIED;
	part_seal(&fds->part, 0, 0);
	s->sides = 1;
	s->side[0].fds = fds;
	m = moment_new(s, NULL);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct value v = get(m, ids[i], 0);

		assert_int_equal(v.state, VALUE_DENIED);
		assert_true(text_has_prefix(text_of(v.reason), "needs ptrace read access"));
	}
	moment_put(m);
}

/* Session 0: the kernel's in its first PID namespace, in others one that /proc does not show. */
static void test_session_of_no_number(void **state)
{
	static const struct {
		enum value_state namespaces;
		uint64_t inode;
		const char *reason; /* how it begins; NULL: it is 0 */
	} row[] = {{VALUE_KNOWN, 4026531836, NULL}, {VALUE_KNOWN, 4026532000, "it began outside"},
		{VALUE_DENIED, 0, "it is the kernel's, or"}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct snapshot *s = snapshot_new();
		struct process_info *info = part_make(PART_PROCESS);
		const struct moment *m;
		struct value v;

		info->source[PROCESS_NAMESPACES] = (uint8_t)row[i].namespaces;
		info->namespace_inode[NAMESPACE_PID] = row[i].inode;
		part_seal(&info->part, 0, 0);
		s->sides = 1;
		s->side[0].info = info;
		m = moment_new(s, NULL);
		v = get(m, "process.session", 0);
		assert_int_equal(value_state_has_value(v.state), !row[i].reason);
		if (row[i].reason)
			assert_true(text_has_prefix(text_of(v.reason), row[i].reason));
		moment_put(m);
	}
}

static void check_format(const char *id, struct value v, const char *expected)
{
	const struct snapshot s = {.host.clock_ticks = 100};
	const struct moment moment = {.snapshot = &s}, *m = &moment;
	struct textbuf out = {0};

	field_format(field_find(id), &m->snapshot->host, &v, &out);
	assert_string_equal(out.bytes, expected);
	textbuf_free(&out);
}

/* A moment of another machine has its ticks. */
static void test_ticks_are_the_moments(void **state)
{
	static const struct {
		uint64_t hertz;
		const char *text;
	} table[] = {{100, "5s"}, {250, "2s"}, {1000, "500ms"}, {0, "?"}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct snapshot s = {.host.clock_ticks = table[i].hertz};
		const struct moment m = {.snapshot = &s};
		struct value v = value_uint(500);
		struct textbuf out = {0};

		field_format(field_find("process.user_ticks"), &m.snapshot->host, &v, &out);
		assert_string_equal(out.bytes, table[i].text);
		textbuf_free(&out);
	}
}

static void test_format(void **state)
{
	const int64_t numbers[] = {3, -1};
	const struct text words[] = {text_of("a"), text_of("b\n")};

	(void)state;
	check_format("mapping.size_bytes", value_uint(20480), "20K");
	check_format("mapping.start", value_address(0x55d0a1c2e000), "55d0a1c2e000");
	check_format("mapping.device", value_uint(0x801), "8:1");
	check_format("fd.flags", value_uint(02000 | 04000), "append,nonblock");
	check_format("fd.flags", value_uint(O_DIRECTORY), "directory");
	check_format("fd.flags", value_uint(O_TMPFILE), "tmpfile");
	check_format("fd.flags", value_uint(O_TMPFILE | O_APPEND), "tmpfile,append");
	check_format("fd.flags", value_uint(0), "none");
	check_format("fd.close_on_exec", value_bool(true), "yes");
	check_format("fd.watches", value_ints(numbers, 2), "3, -1");
	check_format("fd.watches", value_ints(NULL, 0), "none");
	check_format("process.cmdline", value_texts(words, 2), "a b\\n");
	check_format("process.signals.caught", value_uint(1 << 1), "SIGINT");
	check_format("thread.voluntary_rate", value_real(2.5), "2.5/s");
	check_format("thread.run_ns", value_uint(1200000), "1.2ms");
	check_format("process.pid", value_unknown(VALUE_INT, VALUE_DENIED, "x"), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contract),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_getters_never_crash),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_large_pages),
		cmocka_unit_test(test_stack_marks),
		cmocka_unit_test(test_mappings_changed),
		cmocka_unit_test(test_fd_of_no_known_kind),
		cmocka_unit_test(test_session_of_no_number),
		cmocka_unit_test(test_ticks_are_the_moments),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
