/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/options.h"
#include "twintop/view/view.h"

#define ARGS_MAX 32

/* Splits a line at blanks and parses it; the complaint is left in *ret. */
static int parse(const char *line, struct options *o, struct textbuf *complaint)
{
	static char copy[256];
	static char name[] = "twintop";
	static char *argv[ARGS_MAX];
	int argc = 1;

	textbuf_clear(complaint);
	argv[0] = name;
	strncpy(copy, line, sizeof copy - 1);
	for (char *word = strtok(copy, " "); word && argc < ARGS_MAX - 1; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(argc, argv, o, complaint);
}

static void defaults(void **state)
{
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	assert_int_equal(parse("", &o, &complaint), 0);
	assert_int_equal(o.mode, RUN_WATCH);
	assert_int_equal(o.pids, 0);
	assert_null(o.program);
	assert_int_equal(o.sibling, SIBLING_NEAREST);
	assert_int_equal(o.follow, FOLLOW_NEWEST);
	assert_int_equal(o.delay_ns, 100000000);
	assert_int_equal(o.samples, 1);
	assert_int_equal(o.history.ns, 0);
	assert_int_equal(o.history.bytes, 0);
	assert_string_equal(o.theme->name, "dark");
	textbuf_free(&complaint);
}

static void every_option(void **state)
{
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	assert_int_equal(parse("-s parent --follow first -d 0.5 -n 0 -1 -j --view memory "
			       "--theme mono --ascii --no-mouse --color 16 --log x 12",
				 &o, &complaint),
		0);
	assert_int_equal(o.sibling, SIBLING_PARENT);
	assert_int_equal(o.follow, FOLLOW_FIRST);
	assert_int_equal(o.delay_ns, 500000000);
	assert_int_equal(o.samples, 0);
	assert_true(o.once && o.json && o.ascii && o.no_mouse);
	assert_string_equal(o.view, "memory");
	assert_string_equal(o.theme->name, "mono");
	assert_int_equal(o.colour, COLOUR_16);
	assert_string_equal(o.log, "x");
	assert_int_equal(o.pids, 1);
	assert_int_equal(o.pid[0], 12);
	assert_int_equal(o.against_ns, 0);
	assert_int_equal(parse("replay a b -j --align clock", &o, &complaint), 0);
	assert_string_equal(o.recording, "a");
	assert_string_equal(o.beside, "b");
	assert_int_equal(parse("predict a -j -- b c", &o, &complaint), 0);
	assert_int_equal(o.mode, RUN_PREDICT);
	assert_string_equal(o.predictions, "a");
	assert_string_equal(o.program[0], "b");
	assert_null(o.recording);
	assert_int_equal(o.follow, FOLLOW_FIRST);
	assert_int_equal(o.samples, 0);
	assert_int_equal(parse("predict --follow newest -- b", &o, &complaint), 0);
	assert_int_equal(o.follow, FOLLOW_NEWEST);
	assert_null(o.predictions);
	assert_int_equal(parse("replay a", &o, &complaint), 0);
	assert_false(o.exports);
	assert_int_equal(parse("replay a --export html b", &o, &complaint), 0);
	assert_true(o.exports);
	assert_string_equal(o.recording, "a");
	assert_string_equal(o.page, "b");
	assert_null(o.beside);
	assert_int_equal(parse("replay a", &o, &complaint), 0);
	assert_null(o.beside);
	assert_int_equal(parse("-j --against 0.5 5", &o, &complaint), 0);
	assert_int_equal(o.against_ns, 500000000);
	assert_int_equal(parse("--sibling=77 5", &o, &complaint), 0);
	assert_int_equal(o.sibling, 77);
	assert_int_equal(parse("5 -s none", &o, &complaint), 0);
	assert_int_equal(o.sibling, SIBLING_NONE);
	assert_int_equal(parse("5 -schild", &o, &complaint), 0);
	assert_int_equal(o.sibling, SIBLING_CHILD);
	textbuf_free(&complaint);
}

/* How far back, and how much memory that may take. */
static void bounds_of_the_history(void **state)
{
	static const struct {
		const char *line;
		uint64_t seconds, bytes;
	} taken[] = {
		{"--history 90 5", 90, HISTORY_BYTES},
		{"--history 10m,64M 5", 600, 64u << 20},
		{"--history=1h30m,1.5G 5", 5400, 3u << 29},
		{"--history 1s,1M 5", 1, 1u << 20},
		{"--history 1d,65536KiB 5", 86400, 64u << 20},
		{"--history 1.5min,67108864 5", 90, 64u << 20},
	};
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		assert_int_equal(parse(taken[i].line, &o, &complaint), 0);
		assert_int_equal(o.history.ns, taken[i].seconds * 1000000000u);
		assert_int_equal(o.history.bytes, taken[i].bytes);
	}
	textbuf_free(&complaint);
}

static void words(void **state)
{
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	assert_int_equal(parse("1234 --json 1240", &o, &complaint), 0);
	assert_int_equal(o.pids, 2);
	assert_int_equal(o.pid[0], 1234);
	assert_int_equal(o.pid[1], 1240);
	assert_int_equal(parse("-j -- prog -j --view x -- y", &o, &complaint), 0);
	assert_string_equal(o.program[0], "prog");
	assert_string_equal(o.program[1], "-j");
	assert_string_equal(o.program[4], "--");
	assert_null(o.program[6]);
	assert_null(o.view);
	assert_int_equal(parse("doctor", &o, &complaint), 0);
	assert_int_equal(o.mode, RUN_DOCTOR);
	assert_int_equal(parse("demo", &o, &complaint), 0);
	assert_int_equal(o.mode, RUN_DEMO);
	assert_null(o.demo);
	assert_int_equal(parse("demo fork-cow --theme light", &o, &complaint), 0);
	assert_string_equal(o.demo, "fork-cow");
	assert_int_equal(parse("-V", &o, &complaint), 0);
	assert_int_equal(o.mode, RUN_VERSION);
	assert_int_equal(parse("--help", &o, &complaint), 0);
	assert_int_equal(o.mode, RUN_HELP);
	textbuf_free(&complaint);
}

/* What is refused, and a part of what is said of it. */
static const struct {
	const char *line;
	const char *said;
} refused[] = {
	{"12x", "'12x' is not a process number"},
	{"-- ", "no program"},
	{"0", "from 1 to"},
	{"99999999999999999999999", "from 1 to"},
	{"2147483648", "from 1 to"},
	{"1 2 3", "at most two"},
	{"--nonsense", "'--nonsense': see"},
	{"-x", "'-x': see"},
	{"-1x 5", "'-x': see"},
	{"-5", "'-5': see"},
	{"--once=3 5", "--once takes no value"},
	{"--s 5", "unknown option '--s'"},
	{"5 -d", "--delay needs a value"},
	{"5 --view", "--view needs a value"},
	{"5 -d 0", "--delay: '0' will not do"},
	{"5 -d x", "--delay: 'x' will not do"},
	{"5 -d 4000", "0.01 to 3600"},
	{"5 --history", "--history needs a value: DURATION[,SIZE]"},
	{"5 --history x", "--history: 'x' will not do: give a time from 1s to 24h"},
	{"5 --history 0", "--history: '0'"},
	{"5 --history 25h", "--history: '25h'"},
	{"5 --history -5m", "--history: '-5m'"},
	{"5 --history 10m,", "a size from 1M to 64G"},
	{"5 --history ,64M", "--history: ',64M'"},
	{"5 --history 10m,1023K", "--history: '10m,1023K'"},
	{"5 --history 10m,65G", "--history: '10m,65G'"},
	{"5 --history 10m,64Mx", "--history: '10m,64Mx'"},
	{"5 --history 10m64M", "--history: '10m64M'"},
	{"5 --history 99999999999999d", "--history: '99999999999999d'"},
	{"5 --history 10m,99999999999T", "--history: '10m,99999999999T'"},
	{"replay a b -j --align x", "--align: 'x' will not do: give begin or clock"},
	{"replay a -j --align clock", "--align is about two recordings"},
	{"replay - -", "give - once"},
	{"replay a b -j --against 3", "give one recording"},
	{"predict", "predict runs a program"},
	{"predict a b -- x", "predict takes at most one name"},
	{"predict -1 -- x", "leave --once"},
	{"predict -n 3 -- x", "leave --once"},
	{"predict -o f -- x", "--record, --redact"},
	{"demo -- x", "demo takes at most one name"},
	{"replay a --export html", "--export needs to know where to"},
	{"replay a --export pdf b", "--export: 'pdf' will not do: give html"},
	{"replay a b c --export html", "at most two files"},
	{"5 --export html", "--export is about a recording"},
	{"replay - --export html b", "put it into a file first"},
	{"replay a b --export html -j", "leave --once"},
	{"5 -j --against", "--against needs a value: SECONDS"},
	{"5 -j --against 0", "--against: '0' will not do: give 0.01 to 86400 seconds"},
	{"5 -j --against 86401", "--against: '86401'"},
	{"5 -j --against 1m", "--against: '1m'"},
	{"5 --against 3", "--against goes with --json or --once"},
	{"5 --headless -o f --against 3", "--against goes with --json or --once"},
	{"5 6 -j --against 3", "name no other B"},
	{"5 -s parent -1 --against 3", "name no other B"},
	{"5 -1 -n -3", "--samples: '-3'"},
	{"5 -1 -n 1.5", "--samples: '1.5'"},
	{"5 -n 3", "add one of them"},
	{"5 -s nobody", "--sibling: 'nobody'"},
	{"5 -s -1", "--sibling: '-1'"},
	{"5 6 -s none", "give one"},
	{"5 --follow x", "newest, first or none"},
	{"5 --color x", "auto, 256, 16 or never"},
	{"5 --theme x", "dark, light, projector, projector-dark or mono"},
	{"5 --view x", "memory"},
	{"5 -- prog", "not both"},
	{"--once", "need a target"},
	{"--json", "need a target"},
	{"doctor now", "doctor takes nothing more"},
	{"demo a b", "demo takes at most one name"},
	{"demo a -- b", "demo takes at most one name"},
	{"replay --json", "replay needs a recording"},
	{"replay a b c --json", "replay takes at most two files"},
	{"replay file --json -o other", "go with a process or a program"},
	{"--headless demo", "go with a process or a program"},
	{"--redact demo", "go with a process or a program"},
	{"--redact --json 5", "is about a recording"},
	{"--headless 5", "say where to by --record FILE"},
	{"--headless -o file", "need a target"},
	{"--headless --json -o file 5", "give one of them"},
	{"-o - --json 5", "to standard output needs --headless"},
	{"-o", "--record needs a value"},
};

static void complaints(void **state)
{
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		print_message("twintop %s\n", refused[i].line);
		assert_int_not_equal(parse(refused[i].line, &o, &complaint), 0);
		print_message("  %s\n", complaint.bytes);
		assert_non_null(strstr(complaint.bytes, refused[i].said));
		assert_null(strchr(complaint.bytes, '\n'));
	}
	textbuf_free(&complaint);
}

static void complaint_is_printable(void **state)
{
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	assert_int_not_equal(parse("\033[31m\xff", &o, &complaint), 0);
	assert_null(strchr(complaint.bytes, '\033'));
	assert_non_null(strstr(complaint.bytes, "\\xff"));
	assert_int_not_equal(parse("--\033=x", &o, &complaint), 0);
	assert_null(strchr(complaint.bytes, '\033'));
	textbuf_free(&complaint);
}

/* What is said of an argument, what may stand there, and what is taken, are the same. */
static void arguments_are_told(void **state)
{
	struct textbuf complaint = {0}, said = {0};
	const char *word, *help;
	struct options o;
	char line[64];

	(void)state;
	for (size_t i = 0; i < option_table_n; i++) {
		const struct option_row *row = &option_table[i];

		assert_int_equal(row->argument != NULL, row->takes.kind != ARGUMENT_NONE);
		textbuf_clear(&said);
		textbuf_adds(&said, row->takes.kind == ARGUMENT_PID ? "PID" : "");
		for (size_t k = 0; (word = argument_word(row->takes, k, &help)); k++) {
			textbuf_addf(&said, "%s%s", said.len ? "|" : "", word);
			/* What a recording is written as asks for one, and for where to. */
			snprintf(line, sizeof line, "%s --%s %s",
				strcmp(row->name, "export") ? "1" : "replay a b", row->name, word);
			assert_int_equal(parse(line, &o, &complaint), 0);
			if (row->takes.kind == ARGUMENT_THEME)
				assert_non_null(strstr(row->help, word));
		}
		if (row->takes.words)
			assert_string_equal(row->argument, said.bytes);
	}
	textbuf_free(&said);
	textbuf_free(&complaint);
}

/* The table is the only source: every option is in the help and in the manual, once by letter. */
/* The text with a blank for each gap between words: long lines are broken. */
static void add_flat(const char *text, struct textbuf *out)
{
	for (size_t n; *text; text += n + strspn(text + n, " \n")) {
		n = strcspn(text, " \n");
		textbuf_add(out, text, n);
		textbuf_adds(out, " ");
	}
}

static void table_is_told(void **state)
{
	struct textbuf help = {0}, man = {0}, flat = {0};
	char want[64];

	(void)state;
	options_help(&help);
	add_flat(help.bytes, &flat);
	options_man(&man);
	for (size_t i = 0; i < option_table_n; i++) {
		const struct option_row *row = &option_table[i];

		snprintf(want, sizeof want, "--%s", row->name);
		assert_non_null(strstr(help.bytes, want));
		assert_non_null(strstr(man.bytes, row->help));
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(row->name, option_table[j].name);
			assert_true(!row->letter || row->letter != option_table[j].letter);
		}
	}
	for (size_t i = 0; i < view_table_n; i++) {
		snprintf(want, sizeof want, "\n  %c   --view %s ", view_table[i]->key,
			view_table[i]->id);
		assert_non_null(strstr(help.bytes, want));
		for (size_t k = 0; k < view_table[i]->keymap_n; k++)
			assert_non_null(strstr(flat.bytes, view_table[i]->keymap[k].help));
	}
	for (const char *line = help.bytes; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") < 80);
	textbuf_free(&help);
	textbuf_free(&man);
	textbuf_free(&flat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option),
		cmocka_unit_test(bounds_of_the_history),
		cmocka_unit_test(words),
		cmocka_unit_test(complaints),
		cmocka_unit_test(complaint_is_printable),
		cmocka_unit_test(arguments_are_told),
		cmocka_unit_test(table_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
