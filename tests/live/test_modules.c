/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules that are not what is at their path, damaged ones, and those that have us wait. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "naming.h"
#include "program.h"
#include "twintop/base/clock.h"

/* In a mapping of the program's own file, the place where fill_row wrote. */
static void expect_mapped(struct naming *a, enum symbol_gap gap)
{
	struct symbol s = naming_of(a, specimen_number(a->specimen, "at") +
					       specimen_number(a->specimen, "row") -
					       specimen_number(a->specimen, "base"));

	expect_gap(s.gap, gap);
	if (!gap)
		expect_function(&s, "fill_row");
}

/* Whether we may follow the links of map_files: else only what is at its path can be opened. */
static bool follows_links(void)
{
	char line[4096], link[64];
	unsigned long start, end;
	FILE *maps = fopen("/proc/self/maps", "r");
	bool follows = false;

	assert_non_null(maps);
	while (!follows && fgets(line, sizeof line, maps)) {
		if (!strchr(line, '/') || sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		snprintf(link, sizeof link, "/proc/self/map_files/%lx-%lx", start, end);
		follows = access(link, R_OK) == 0;
	}
	fclose(maps);
	return follows;
}

/* ---- what is mapped is not what is there ------------------------------------- */

/* A program is had through exe by everybody. */
static void names_a_program_that_was_deleted(void **state)
{
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	assert_true(naming_run("cp sp_fast sp_gone"));
	naming_begin(&a, specimen_start("gone", NULL));
	assert_true(naming_run("rm sp_gone"));
	assert_int_equal(reading_maps(&a.reading), 0);
	expect_lines(&a);
	naming_end(&a);
}

static void names_a_program_that_was_replaced(void **state)
{
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_build("plain", "-O0 -g");
	assert_true(naming_run("cp sp_fast sp_renewed"));
	naming_begin(&a, specimen_start("renewed", NULL));
	assert_true(naming_run("cp sp_plain new && mv new sp_renewed"));
	expect_lines(&a);
	naming_end(&a);
}

static void begin_mapped(struct naming *a)
{
	char path[64];

	assert_true(naming_run("rm -f mapped && cp sp_fast mapped"));
	snprintf(path, sizeof path, "%s/mapped", naming_folder());
	naming_begin(a, specimen_start("fast", "map", path, NULL));
}

static void names_no_library_by_the_file_that_took_its_place(void **state)
{
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_build("plain", "-O0 -g");
	begin_mapped(&a);
	expect_mapped(&a, SYMBOL_NO_GAP);
	naming_end(&a);
	begin_mapped(&a);
	assert_true(naming_run("cp sp_plain new && mv new mapped"));
	expect_mapped(&a, follows_links() ? SYMBOL_NO_GAP : SYMBOL_REPLACED);
	naming_end(&a);
	begin_mapped(&a);
	assert_true(naming_run("rm mapped"));
	assert_int_equal(reading_maps(&a.reading), 0);
	expect_mapped(&a, follows_links() ? SYMBOL_NO_GAP : SYMBOL_DELETED);
	naming_end(&a);
}

/* The same build, copied: another file, but it names what is mapped as well. */
static void takes_a_copy_of_the_same_build(void **state)
{
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	begin_mapped(&a);
	assert_true(naming_run("cp sp_fast new && mv new mapped"));
	expect_mapped(&a, SYMBOL_NO_GAP);
	naming_end(&a);
}

/* The path leads somewhere else on our side. */
static void opens_what_is_mapped_in_another_mount_namespace(void **state)
{
	char file[64], path[64];
	struct naming a;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_build("plain", "-O0 -g");
	assert_true(naming_run("rm -f file place && cp sp_fast file && cp sp_plain place"));
	snprintf(file, sizeof file, "%s/file", naming_folder());
	snprintf(path, sizeof path, "%s/place", naming_folder());
	naming_begin(&a, specimen_start("fast", "over", file, path, NULL));
	expect_mapped(&a, SYMBOL_NO_GAP);
	naming_end(&a);
}

/* By processes of his own. */
static void ask_denied(void *context)
{
	const struct naming *root_sees = context;
	struct naming a = *root_sees;
	struct symbol s;

	assert_int_equal(proc_root_open(NULL, &a.reading.root), 0);
	a.symbols = symbols_new(a.reading.root);
	s = naming_at(&a, "row");
	expect_gap(s.gap, SYMBOL_DENIED);
	symbols_free(a.symbols);
	proc_root_close(a.reading.root);
}

static void says_what_may_not_be_opened(void **state)
{
	struct naming a;

	(void)state;
	if (getuid()) {
		print_message("only root has programs that nobody may look into\n");
		skip();
	}
	naming_build("fast", "-O2 -g");
	naming_begin(&a, specimen_start("fast", NULL));
	as_nobody(ask_denied, &a);
	naming_end(&a);
}

/* ---- damaged ----------------------------------------------------------------- */

static void says_that_a_file_is_no_module_or_is_damaged(void **state)
{
	static const struct {
		const char *make;
		enum symbol_gap gap;
	} file[] = {
		{"head -c 100000 /dev/zero >damaged", SYMBOL_NO_ELF},
		{"seq 10000 >damaged", SYMBOL_NO_ELF},
		{"head -c 40 sp_fast >damaged", SYMBOL_NO_ELF},
		{"head -c 100 sp_fast >damaged", SYMBOL_DAMAGED},
		{"cp sp_fast damaged && printf '\\377\\377\\377\\377' | "
		 "dd of=damaged bs=1 seek=32 conv=notrunc",
			SYMBOL_DAMAGED},
	};
	char path[64];

	(void)state;
	naming_build("fast", "-O2 -g");
	snprintf(path, sizeof path, "%s/damaged", naming_folder());
	for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
		struct naming a;
		struct symbol s;

		assert_true(naming_run("rm -f damaged && %s", file[i].make));
		naming_begin(&a, specimen_start("fast", "map", path, NULL));
		s = naming_of(&a, specimen_number(a.specimen, "at") + 8);
		expect_gap(s.gap, file[i].gap);
		s = naming_of(&a, specimen_number(a.specimen, "behind"));
		expect_gap(s.gap, file[i].gap == SYMBOL_NO_ELF ? SYMBOL_ANONYMOUS : file[i].gap);
		expect_lines(&a);
		naming_end(&a);
	}
}

/* ---- compressed debug information --------------------------------------------- */

/* Makes sp_NAME of sp_fast, with much more debug information, compressed as how says. */
static void build_bulky(const char *name, const char *how)
{
	naming_build("fast", "-O2 -g");
	if (naming_run("seq 200000 >bulk && "
		       "objcopy --add-section .debug_bulk=bulk sp_fast sp_%s && objcopy %s sp_%s",
		    name, how, name))
		return;
	print_message("nothing can be compressed here with %s\n", how);
	skip();
}

/* In a hurry, then without one, then in a hurry again: what was read once is there. */
static void expect_lines_later(const char *name)
{
	struct naming a;

	naming_begin(&a, specimen_start(name, NULL));
	a.hurried = true;
	for (unsigned i = 0; i < 2; i++) {
		struct symbol s = naming_at(&a, i ? "table" : "row");

		expect_function(&s, i ? "fill_table" : "fill_row");
		expect_gap(s.line_gap, SYMBOL_PACKED);
		assert_int_equal(s.frames, 0);
	}
	expect_objects(&a);
	a.hurried = false;
	expect_lines(&a);
	a.hurried = true;
	expect_lines(&a);
	naming_end(&a);
}

static void expect_lines_at_once(const char *name)
{
	struct naming a;

	naming_begin(&a, specimen_start(name, NULL));
	a.hurried = true;
	expect_lines(&a);
	naming_end(&a);
}

static void leaves_out_in_a_hurry_what_takes_long_to_unpack(void **state)
{
	(void)state;
	build_bulky("bulky", "--compress-debug-sections");
	expect_lines_later("bulky");
	build_bulky("older", "--compress-debug-sections=zlib-gnu");
	expect_lines_later("older");
}

/* Of a stripped program, and of one that has kept its symbols. */
static void leaves_it_out_of_a_separate_file_too(void **state)
{
	static const char *const strip[] = {"strip", "strip -g"};

	(void)state;
	build_bulky("bulky", "--compress-debug-sections");
	for (size_t i = 0; i < sizeof strip / sizeof *strip; i++) {
		assert_true(naming_run("rm -f apart.debug && "
				       "objcopy --only-keep-debug sp_bulky apart.debug && "
				       "%s -o sp_apart sp_bulky && "
				       "objcopy --add-gnu-debuglink=apart.debug sp_apart",
			strip[i]));
		expect_lines_later("apart");
	}
}

static void tells_in_a_hurry_what_is_at_hand(void **state)
{
	(void)state;
	build_bulky("plainly", "--decompress-debug-sections");
	expect_lines_at_once("plainly");
	naming_build("small", "-O2 -g -gz");
	expect_lines_at_once("small");
}

/* Nothing but its debug information names it. */
static void leaves_out_names_that_are_packed(void **state)
{
	struct naming a;
	struct symbol s;

	(void)state;
	build_bulky("bulky", "--compress-debug-sections");
	assert_true(naming_run("objcopy -w --strip-symbol='*' sp_bulky sp_nameless"));
	naming_begin(&a, specimen_start("nameless", NULL));
	a.hurried = true;
	s = naming_at(&a, "row");
	expect_gap(s.gap, SYMBOL_PACKED);
	expect_gap(s.line_gap, SYMBOL_PACKED);
	a.hurried = false;
	s = naming_at(&a, "row");
	expect_function(&s, "fill_row");
	naming_end(&a);
}

/* ---- the process that reads --------------------------------------------------- */

/* It was forked by one that we have forked. */
static pid_t reader_of_ours(void)
{
	char command[256], line[32] = "";
	FILE *f;

	snprintf(command, sizeof command,
		"up() { sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$1/stat 2>/dev/null; }; "
		"for p in $(pgrep -x twintop-symbols); do "
		"[ \"$(up $(up $p))\" = %d ] && echo $p; done",
		(int)getpid());
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	pclose(f);
	return (pid_t)atoi(line);
}

static void goes_on_after_the_end_of_the_process_that_reads(void **state)
{
	struct naming a;
	pid_t reader;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_begin(&a, specimen_start("fast", NULL));
	expect_lines(&a);
	reader = reader_of_ours();
	assert_int_equal(kill(reader, SIGKILL), 0);
	clock_sleep_ns(200000000);
	expect_lines(&a);
	assert_int_not_equal(reader_of_ours(), reader);
	naming_end(&a);
}

/* One that hangs is left alone, and what it was asked is not asked again at once. */
static void leaves_a_process_that_hangs(void **state)
{
	struct naming a;
	struct symbol s;
	uint64_t begin;

	(void)state;
	naming_build("fast", "-O2 -g");
	naming_begin(&a, specimen_start("fast", NULL));
	expect_lines(&a);
	kill(reader_of_ours(), SIGSTOP);
	begin = clock_monotonic_ns();
	s = naming_at(&a, "row");
	expect_gap(s.gap, SYMBOL_LATE);
	s = naming_at(&a, "table");
	expect_gap(s.gap, SYMBOL_LATE);
	assert_true(clock_monotonic_ns() - begin < 3 * SYMBOLS_DEADLINE_NS);
	naming_end(&a);
}

/* To open it waits for good; others go on. */
static void leaves_a_file_whose_server_is_dead(void **state)
{
	struct specimen *stuck = specimen_start("stuck", "file", NULL);
	uint64_t begin = clock_monotonic_ns();
	struct naming a, fast;
	struct symbol s;

	(void)state;
	if (!specimen_has(stuck, "at")) {
		print_message("no file system of our own is permitted here\n");
		skip();
	}
	naming_build("fast", "-O2 -g");
	naming_begin(&a, stuck);
	s = naming_at(&a, "at");
	expect_gap(s.gap, SYMBOL_LATE);
	naming_begin(&fast, specimen_start("fast", NULL));
	expect_lines(&fast);
	assert_true(clock_monotonic_ns() - begin < 4 * SYMBOLS_DEADLINE_NS);
	naming_end(&fast);
	naming_end(&a);
}

/* ---- what twintop shows of it -------------------------------------------------- */

static const char *symbol_of_waiting(const json_t *sample, size_t thread)
{
	const json_t *threads =
		json_object_get(json_array_get(json_object_get(sample, "processes"), 0), "threads");

	return json_string_value(json_object_get(
		json_object_get(json_array_get(threads, thread), "waiting_on"), "symbol"));
}

/* A server of debug files, as the environment names it, that nobody calls. */
static int listen_for_calls(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof address;
	char url[64];

	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
	setenv("DEBUGINFOD_URLS", url, 1);
	/* What clang's sanitizers name functions with would call it. */
	setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
	return listener;
}

static void names_the_locks_that_threads_wait_for(void **state)
{
	const char *leaks = getenv("LSAN_OPTIONS");
	char pid[32], *before = leaks ? strdup(leaks) : NULL;
	struct specimen *specimen;
	int listener;
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	naming_build("exporting", "-O2 -g -rdynamic");
	naming_strip("waiting", "exporting");
	listener = listen_for_calls();
	specimen = specimen_start("waiting", "wait", NULL);
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(specimen));
	sample = sample_by(
		(const char *const[]){"twintop", "--json", "--sibling", "none", pid, NULL});
	assert_string_equal(symbol_of_waiting(sample, 1), "lock_w");
	assert_true(text_has_prefix(text_of(symbol_of_waiting(sample, 2)), "locks_w+0x"));
	assert_null(symbol_of_waiting(sample, 3));
	json_decref(sample);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	close(listener);
	unsetenv("DEBUGINFOD_URLS");
	setenv("LSAN_OPTIONS", before ? before : "", 1);
	free(before);
	specimen_stop(specimen);
}

/* The file of the frame of that function in the first thread's backtrace. */
static const json_t *file_of_frame(const json_t *sample, const char *function)
{
	const json_t *threads = json_object_get(
			     json_array_get(json_object_get(sample, "processes"), 0), "threads"),
		     *frames = json_object_get(
			     json_object_get(json_array_get(threads, 0), "backtrace"), "frames");

	for (size_t i = 0; i < json_array_size(frames); i++) {
		const json_t *frame = json_array_get(frames, i),
			     *name = json_object_get(frame, "function");

		if (json_is_string(name) && strcmp(json_string_value(name), function) == 0)
			return json_object_get(frame, "file");
	}
	fail_msg("no frame of %s", function);
	return NULL;
}

static bool says_of_files(const json_t *sample, const char *reason)
{
	const json_t *unknown = json_object_get(json_object_get(sample, "access"), "unknown");
	bool says = false;

	for (size_t i = 0; i < json_array_size(unknown); i++) {
		const json_t *one = json_array_get(unknown, i);

		says |= strcmp(json_string_value(json_object_get(one, "path")),
				"processes[0].threads[].backtrace.frames[].file") == 0 &&
			strcmp(json_string_value(json_object_get(one, "reason")), reason) == 0;
	}
	return says;
}

static void tells_lines_with_the_next_moment(void **state)
{
	struct specimen *specimen;
	struct textbuf text = {0};
	json_t *first, *second;
	int out, err;
	char pid[32];
	pid_t run;

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	build_bulky("bulky", "--compress-debug-sections");
	specimen = specimen_start("bulky", NULL);
	snprintf(pid, sizeof pid, "%d", (int)specimen_pid(specimen));
	run = program_start((const char *const[]){"twintop", "--json", "-n2", "-d.2", "--sibling",
				    "none", pid, NULL},
		&out, &err);
	first = sample_next(out, &text);
	second = sample_next(out, &text);
	assert_true(json_is_null(file_of_frame(first, "main")));
	assert_true(says_of_files(first, symbol_gap_reason(SYMBOL_PACKED)));
	assert_true(json_is_string(file_of_frame(second, "main")));
	assert_false(says_of_files(second, symbol_gap_reason(SYMBOL_PACKED)));
	json_decref(first);
	json_decref(second);
	textbuf_free(&text);
	program_stop(run, out, err);
	specimen_stop(specimen);
}

/* ---- all over again ---------------------------------------------------------- */

static void again(void *context)
{
	(*(void (**)(void **))context)(NULL);
}

/* Without map_files, through exe and the target's root. The folder becomes anybody's. */
static void does_so_as_an_ordinary_user_too(void **state)
{
	void (*test[])(void **) = {names_a_program_that_was_deleted,
		names_a_program_that_was_replaced, names_no_library_by_the_file_that_took_its_place,
		takes_a_copy_of_the_same_build, opens_what_is_mapped_in_another_mount_namespace,
		says_that_a_file_is_no_module_or_is_damaged};

	(void)state;
	assert_true(naming_run("chmod 777 . && chmod -R a+rX . && "
			       "rm -f log sp_gone sp_renewed new mapped file place damaged"));
	for (size_t i = 0; i < sizeof test / sizeof *test; i++)
		as_nobody(again, &test[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_a_program_that_was_deleted),
		cmocka_unit_test(names_a_program_that_was_replaced),
		cmocka_unit_test(names_no_library_by_the_file_that_took_its_place),
		cmocka_unit_test(takes_a_copy_of_the_same_build),
		cmocka_unit_test(opens_what_is_mapped_in_another_mount_namespace),
		cmocka_unit_test(says_what_may_not_be_opened),
		cmocka_unit_test(says_that_a_file_is_no_module_or_is_damaged),
		cmocka_unit_test(leaves_out_in_a_hurry_what_takes_long_to_unpack),
		cmocka_unit_test(leaves_it_out_of_a_separate_file_too),
		cmocka_unit_test(tells_in_a_hurry_what_is_at_hand),
		cmocka_unit_test(leaves_out_names_that_are_packed),
		cmocka_unit_test(goes_on_after_the_end_of_the_process_that_reads),
		cmocka_unit_test(leaves_a_process_that_hangs),
		cmocka_unit_test(leaves_a_file_whose_server_is_dead),
		cmocka_unit_test(names_the_locks_that_threads_wait_for),
		cmocka_unit_test(tells_lines_with_the_next_moment),
		cmocka_unit_test(does_so_as_an_ordinary_user_too),
	};

	return live_run(tests, naming_begin_all, naming_end_all);
}
