/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "demos.h"
#include "preferences.h"
#include "twintop/app/action.h"
#include "twintop/base/setting.h"
#include "twintop/base/span.h"
#include "twintop/compare/diff.h"
#include "twintop/view/view.h"

#define DELAY_NS     100000000u
#define DELAY_MIN_NS 10000000u
#define DELAY_MAX_NS 3600000000000u
/* What --history takes; range of its row says the same. */
#define HISTORY_MIN_NS	  1000000000u
#define HISTORY_MAX_NS	  86400000000000u
#define HISTORY_MIN_BYTES (1u << 20)
#define HISTORY_MAX_BYTES (64ull << 30)

static int word_find(const struct option_word *words, const char *text, int *ret_value)
{
	for (; words->text; words++)
		if (strcmp(words->text, text) == 0) {
			*ret_value = words->value;
			return 0;
		}
	return -EINVAL;
}

static int pid_parse(const char *text, pid_t *ret_pid)
{
	uint64_t number;
	int error = num_parse(text, 1, INT_MAX, &number);

	if (!error)
		*ret_pid = (pid_t)number;
	return error;
}

static const struct option_word sibling_words[] = {
	{"parent", SIBLING_PARENT}, {"child", SIBLING_CHILD}, {"none", SIBLING_NONE}, {NULL, 0}};

static int set_sibling(struct options *o, const char *text)
{
	int value;

	o->sibling_set = true;
	if (word_find(sibling_words, text, &value))
		return pid_parse(text, &o->sibling);
	o->sibling = value;
	return 0;
}

static const struct option_word follow_words[] = {
	{"newest", FOLLOW_NEWEST}, {"first", FOLLOW_FIRST}, {"none", FOLLOW_NONE}, {NULL, 0}};

static int set_follow(struct options *o, const char *text)
{
	int value;

	if (word_find(follow_words, text, &value))
		return -EINVAL;
	o->follow = (enum follow)value;
	o->follow_set = true;
	return 0;
}

static int set_delay(struct options *o, const char *text)
{
	return num_parse_seconds(text, DELAY_MIN_NS, DELAY_MAX_NS, &o->delay_ns);
}

static int set_against(struct options *o, const char *text)
{
	return num_parse_seconds(text, DELAY_MIN_NS, HISTORY_MAX_NS, &o->against_ns);
}

static const struct option_word align_words[] = {
	{"begin", DIFF_BY_BEGIN}, {"clock", DIFF_BY_CLOCK}, {NULL, 0}};

static int set_align(struct options *o, const char *text)
{
	o->align_set = true;
	return word_find(align_words, text, &o->align);
}

static int set_history(struct options *o, const char *text)
{
	struct scan s = scan_of(text, strlen(text));
	uint64_t ns, bytes = HISTORY_BYTES;

	if (!scan_span(&s, &ns))
		return -EINVAL;
	if (scan_char(&s, ',') && !scan_bytes(&s, &bytes))
		return -EINVAL;
	if (s.at != s.end)
		return -EINVAL;
	if (ns < HISTORY_MIN_NS || ns > HISTORY_MAX_NS || bytes < HISTORY_MIN_BYTES ||
		bytes > HISTORY_MAX_BYTES || bytes > SIZE_MAX)
		return -ERANGE;
	o->history = (struct history_bounds){ns, (size_t)bytes};
	return 0;
}

static int set_samples(struct options *o, const char *text)
{
	o->samples_set = true;
	return num_parse(text, 0, INT_MAX, &o->samples);
}

static int set_once(struct options *o, const char *text)
{
	(void)text;
	o->once = true;
	return 0;
}

static int set_json(struct options *o, const char *text)
{
	(void)text;
	o->json = true;
	return 0;
}

static int set_headless(struct options *o, const char *text)
{
	(void)text;
	o->headless = true;
	return 0;
}

static int set_redact(struct options *o, const char *text)
{
	(void)text;
	o->redact = true;
	return 0;
}

/* What a recording can be written as. */
static const struct option_word export_words[] = {{"html", 1}, {NULL, 0}};

static int set_export(struct options *o, const char *text)
{
	int value;

	o->exports = true;
	return word_find(export_words, text, &value);
}

static int set_record(struct options *o, const char *text)
{
	o->record = text;
	return *text ? 0 : -EINVAL;
}

static int set_view(struct options *o, const char *text)
{
	o->view = text;
	return view_find(text) ? 0 : -EINVAL;
}

static int set_theme(struct options *o, const char *text)
{
	const struct theme *theme = theme_find(text);

	o->theme_file = theme ? NULL : text;
	if (!theme && !preferences_has_theme(text))
		return -EINVAL;
	o->theme = theme ? theme : theme_table;
	return 0;
}

static int set_ascii(struct options *o, const char *text)
{
	(void)text;
	o->ascii = true;
	return 0;
}

static int set_no_mouse(struct options *o, const char *text)
{
	(void)text;
	o->no_mouse = true;
	return 0;
}

static const struct option_word colour_words[] = {{"auto", COLOUR_AUTO}, {"256", COLOUR_256},
	{"16", COLOUR_16}, {"never", COLOUR_NEVER}, {NULL, 0}};

static int set_colour(struct options *o, const char *text)
{
	int value;

	if (word_find(colour_words, text, &value))
		return -EINVAL;
	o->colour = (enum colour_depth)value;
	return 0;
}

static const struct option_word sync_words[] = {{"auto", false}, {"never", true}, {NULL, 0}};

static int set_sync(struct options *o, const char *text)
{
	int never;

	if (word_find(sync_words, text, &never))
		return -EINVAL;
	o->no_sync = never;
	return 0;
}

static int set_log(struct options *o, const char *text)
{
	o->log = text;
	return 0;
}

static int set_linear(struct options *o, const char *text)
{
	(void)text;
	o->linear = true;
	return 0;
}

static int set_no_state(struct options *o, const char *text)
{
	(void)text;
	o->no_state = true;
	return 0;
}

static int set_help(struct options *o, const char *text)
{
	(void)text;
	o->mode = RUN_HELP;
	return 0;
}

static int set_version(struct options *o, const char *text)
{
	(void)text;
	o->mode = RUN_VERSION;
	return 0;
}

/* clang-format off */
const struct option_row option_table[] = {
	{ 's', "sibling", "PID|parent|child|none", "what stands beside the process",
		"its nearest relative", set_sibling, "a PID, parent, child or none",
		{ ARGUMENT_PID, sibling_words } },
	{ 0, "follow", "newest|first|none", "which new child takes the place beside it", "newest",
		set_follow, NULL, { ARGUMENT_WORD, follow_words } },
	{ 'd', "delay", "SECONDS", "time between samples", "0.1", set_delay, "0.01 to 3600 seconds",
		{ ARGUMENT_NUMBER, NULL } },
	{ 'n', "samples", "N", "samples of --once, --json and --headless, 0 until the target ends", "1",
		set_samples, "a number from 0 to 2147483647", { ARGUMENT_NUMBER, NULL } },
	{ 0, "against", "SECONDS",
		"with --json or --once: B is the process itself so long before", NULL, set_against,
		"0.01 to 86400 seconds", { ARGUMENT_NUMBER, NULL } },
	{ 0, "align", "begin|clock",
		"which moments of two recordings stand together: those as long after their begin, or "
		"of one time", "begin", set_align, NULL, { ARGUMENT_WORD, align_words } },
	{ 0, "history", "DURATION[,SIZE]",
		"how far back one can go, at most, and how much memory that may take, such as 1h,256M",
		"10m,64M", set_history, "a time from 1s to 24h, such as 1h30m, or with a size from 1M "
		"to 64G, such as 90s,64M", { ARGUMENT_NUMBER, NULL } },
	{ '1', "once", NULL, "plain text report, no screen", NULL, set_once, NULL,
		{ ARGUMENT_NONE, NULL } },
	{ 'j', "json", NULL, "one JSON object a line, a line a sample, no screen", NULL, set_json,
		NULL, { ARGUMENT_NONE, NULL } },
	{ 'o', "record", "FILE", "record what is watched, too; - is standard output", NULL, set_record,
		"the name of a file, or -", { ARGUMENT_FILE, NULL } },
	{ 0, "redact", NULL, "record no arguments, paths and addresses, but what stands for each", NULL,
		set_redact, NULL, { ARGUMENT_NONE, NULL } },
	{ 0, "headless", NULL, "record alone, with no screen and no report", NULL, set_headless, NULL,
		{ ARGUMENT_NONE, NULL } },
	{ 0, "export", "html",
		"replay FILE --export html OUT writes the recording as one page for browsers; an OUT of - is "
		"standard output", NULL, set_export, NULL, { ARGUMENT_WORD, export_words } },
	{ 0, "view", "NAME", "first view; with --once, what that view is about and no more",
		"overview", set_view, NULL, { ARGUMENT_VIEW, NULL } },
	{ 0, "theme", "NAME", "dark, light, projector, projector-dark, mono, or that of a file of yours",
		"dark", set_theme, NULL, { ARGUMENT_THEME, NULL } },
	{ 0, "ascii", NULL, "draw with ASCII only; the default where the locale is not UTF-8", NULL,
		set_ascii, NULL, { ARGUMENT_NONE, NULL } },
	{ 0, "no-mouse", NULL, "leave the mouse to the terminal (select and copy as ever)", NULL,
		set_no_mouse, NULL, { ARGUMENT_NONE, NULL } },
	{ 0, "color", "auto|256|16|never", "colours; NO_COLOR in the environment means never",
		"auto", set_colour, NULL, { ARGUMENT_WORD, colour_words } },
	{ 0, "sync", "auto|never",
		"draw each frame at once (DEC mode 2026) where the terminal says that it can", "auto",
		set_sync, NULL, { ARGUMENT_WORD, sync_words } },
	{ 0, "linear", NULL,
		"tell the screen as lines of text, those that change, for screen readers and logs; no "
		"frames, no other screen", NULL, set_linear, NULL, { ARGUMENT_NONE, NULL } },
	{ 0, "no-state", NULL, "neither take up view and order of the last time nor remember them",
		NULL, set_no_state, NULL, { ARGUMENT_NONE, NULL } },
	{ 0, "log", "FILE", "write a log of what twintop does", NULL, set_log, NULL,
		{ ARGUMENT_FILE, NULL } },
	{ 'h', "help", NULL, "this text", NULL, set_help, NULL, { ARGUMENT_NONE, NULL } },
	{ 'V', "version", NULL, "the version", NULL, set_version, NULL, { ARGUMENT_NONE, NULL } },
};
/* clang-format on */
const size_t option_table_n = sizeof option_table / sizeof option_table[0];

const struct command_row command_table[] = {
	{"demo", RUN_DEMO, ARGUMENT_DEMO, 1, false, "the guided demos; with a name, starts one"},
	{"doctor", RUN_DOCTOR, ARGUMENT_NONE, 0, false,
		"what this kernel and your privileges allow, and how to get more"},
	{"predict", RUN_PREDICT, ARGUMENT_FILE, 1, true,
		"runs a program behind --, and holds against what is measured what was predicted, asked for "
		"or in a file: processes, threads, exit codes, copied pages, lines of output"},
	{"replay", RUN_REPLAY, ARGUMENT_FILE, 2, false,
		"shows what was recorded, on any machine, or tells it with --json or --once; - is standard "
		"input; a second file stands beside the first"},
};
const size_t command_table_n = sizeof command_table / sizeof command_table[0];

const char *argument_word(struct argument argument, size_t i, const char **ret_help)
{
	*ret_help = NULL;
	switch (argument.kind) {
	case ARGUMENT_VIEW:
		*ret_help = i < view_table_n ? view_table[i]->help : NULL;
		return i < view_table_n ? view_table[i]->id : NULL;
	case ARGUMENT_THEME:
		return i < theme_table_n ? theme_table[i].name : NULL;
	case ARGUMENT_DEMO:
		*ret_help = i < demo_table_n ? demo_table[i].title : NULL;
		return i < demo_table_n ? demo_table[i].name : NULL;
	default:
		return argument.words ? argument.words[i].text : NULL;
	}
}

#define OPTIONS_MAX 32
_Static_assert(sizeof option_table / sizeof option_table[0] < OPTIONS_MAX, "getopt arrays");
#define LONG_BASE 0x100 /* getopt values: LONG_BASE + row */

/* getopt's two tables from ours. Both begin zeroed. */
static void getopt_tables(char letters[2 * OPTIONS_MAX + 2], struct option *names)
{
	*letters++ = ':';
	for (size_t i = 0; i < option_table_n; i++) {
		const struct option_row *row = &option_table[i];

		names[i].name = row->name;
		names[i].has_arg = row->argument ? required_argument : no_argument;
		names[i].val = LONG_BASE + (int)i;
		if (row->letter)
			*letters++ = row->letter;
		if (row->letter && row->argument)
			*letters++ = ':';
	}
}

static const struct option_row *row_of(int value)
{
	if (value >= LONG_BASE)
		return &option_table[value - LONG_BASE];
	for (size_t i = 0; i < option_table_n; i++)
		if (option_table[i].letter && option_table[i].letter == value)
			return &option_table[i];
	return NULL;
}

static void add_quoted(struct textbuf *out, const char *text)
{
	textbuf_adds(out, "'");
	text_printable(out, text_of(text));
	textbuf_adds(out, "'");
}

/* "newest, first or none" */
static void add_words(struct textbuf *out, struct argument argument)
{
	const char *help, *next, *word = argument_word(argument, 0, &help);

	for (size_t i = 1; word; word = next, i++) {
		next = argument_word(argument, i, &help);
		if (i > 1)
			textbuf_adds(out, next ? ", " : " or ");
		textbuf_adds(out, word);
	}
}

static void add_refusal(const struct option_row *row, const char *value, struct textbuf *out)
{
	add_quoted(out, value);
	textbuf_adds(out, " will not do: give ");
	if (row->range)
		textbuf_adds(out, row->range);
	else
		add_words(out, row->takes);
}

static int complain_value(const struct option_row *row, const char *value, struct textbuf *out)
{
	textbuf_addf(out, "--%s: ", row->name);
	add_refusal(row, value, out);
	return -EINVAL;
}

/* Options that a line of the settings' file may say, too. */
static const char *const settable[] = {
	"follow", "delay", "history", "view", "theme", "ascii", "no-mouse", "color", "sync",
	"linear"};

static const struct option_row *settable_row(const char *name)
{
	bool may = false;

	for (size_t i = 0; i < sizeof settable / sizeof *settable; i++)
		may |= !strcmp(settable[i], name);
	for (size_t i = 0; may && i < option_table_n; i++)
		if (!strcmp(option_table[i].name, name))
			return &option_table[i];
	return NULL;
}

/* An option without an argument is said or not. */
static int configure_row(struct options *o, const struct option_row *row, const char *value)
{
	bool yes;

	if (row->argument)
		return row->set(o, value);
	if (setting_truth(text_of(value), &yes))
		return -EINVAL;
	return yes ? row->set(o, NULL) : 0;
}

int options_configure(
	struct options *o, const char *name, const char *value, struct textbuf *complaint)
{
	const struct option_row *row = settable_row(name);
	struct options before = *o;

	if (!row) {
		textbuf_adds(complaint, "nothing is set by that name: the man page says what is");
		return -EINVAL;
	}
	if (o->given & 1u << (row - option_table) || !configure_row(o, row, value))
		return 0;
	*o = before;
	if (row->argument)
		add_refusal(row, value, complaint);
	else
		textbuf_adds(complaint, "give yes or no");
	return -EINVAL;
}

/* getopt refused word: an unknown option, one without its value, or one with a value too many. */
static int complain_getopt(int code, const char *word, struct textbuf *out)
{
	const struct option_row *row = optopt ? row_of(optopt) : NULL;
	char letter[] = {'-', (char)optopt, 0};

	if (row && code == ':') {
		textbuf_addf(out, "--%s needs a value: %s", row->name, row->argument);
	} else if (row) {
		textbuf_addf(out, "--%s takes no value: see `twintop --help`", row->name);
	} else {
		textbuf_adds(out, "unknown option ");
		add_quoted(out, optopt ? letter : word);
		textbuf_adds(out, ": see `twintop --help`");
	}
	return -EINVAL;
}

static int parse_options(int argc, char **argv, struct options *o, struct textbuf *complaint)
{
	char letters[2 * OPTIONS_MAX + 2] = {0};
	struct option names[OPTIONS_MAX] = {0};
	int code;

	getopt_tables(letters, names);
	opterr = 0;
	optind = 0; /* GNU: starts afresh, for the tests' sake */
	for (int at = 1; (code = getopt_long(argc, argv, letters, names, NULL)) != -1;
		at = optind) {
		const struct option_row *row = code == '?' || code == ':' ? NULL : row_of(code);

		if (!row)
			return complain_getopt(
				code, argv[optind > at ? optind - 1 : at], complaint);
		o->given |= 1u << (row - option_table);
		if (row->set(o, optarg))
			return complain_value(row, optarg, complaint);
	}
	return 0;
}

static int parse_pids(char *const *word, int n, struct options *o, struct textbuf *complaint)
{
	if (n > 2) {
		textbuf_adds(complaint, "at most two processes can stand side by side");
		return -EINVAL;
	}
	for (int i = 0; i < n; i++) {
		int error = pid_parse(word[i], &o->pid[i]);

		if (!error)
			continue;
		add_quoted(complaint, word[i]);
		if (error == -ERANGE)
			textbuf_addf(
				complaint, " is no process number: they go from 1 to %d", INT_MAX);
		else
			textbuf_adds(complaint,
				" is not a process number: give a PID, or `twintop -- PROGRAM` "
				"to start a program");
		return -EINVAL;
	}
	o->pids = (unsigned)n;
	return 0;
}

static const struct command_row *command_find(const char *name)
{
	for (size_t i = 0; i < command_table_n; i++)
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	return NULL;
}

/* The words that are no options: a subcommand, or processes. */
static int parse_words(char *const *word, int n, struct options *o, struct textbuf *complaint)
{
	const struct command_row *row = n ? command_find(word[0]) : NULL;

	if (!row)
		return parse_pids(word, n, o, complaint);
	if (n > 1 + row->most || (o->program && !row->program)) {
		textbuf_addf(complaint, "%s takes %s: see `twintop --help`", row->name,
			row->most > 1 ? "at most two files"
			: row->most   ? "at most one name"
				      : "nothing more");
		return -EINVAL;
	}
	o->mode = row->mode;
	o->demo = n == 2 && row->takes == ARGUMENT_DEMO ? word[1] : NULL;
	o->recording = n >= 2 && row->mode == RUN_REPLAY ? word[1] : NULL;
	o->predictions = n >= 2 && row->mode == RUN_PREDICT ? word[1] : NULL;
	o->beside = n == 3 ? word[2] : NULL;
	if (o->exports) {
		o->page = o->beside;
		o->beside = NULL;
	}
	return 0;
}

/* What each alone is right but not together; NULL: nothing. */
static const char *contradiction(const struct options *o)
{
	bool headless = o->once || o->json || o->headless;

	if (o->mode == RUN_REPLAY && !o->recording)
		return "replay needs a recording: give its file, or - for standard input";
	if (o->mode == RUN_PREDICT && !o->program)
		return "predict runs a program: twintop predict [FILE] -- PROGRAM";
	if (o->mode == RUN_PREDICT && (o->once || o->samples_set || o->against_ns || o->sibling_set))
		return "predict runs a program to its end and prints a table, or with --json a line: "
		       "leave --once, --samples, --against and --sibling away";
	if (o->exports && o->mode != RUN_REPLAY)
		return "--export is about a recording: twintop replay FILE --export html OUT";
	if (o->exports && !o->page)
		return "--export needs to know where to: twintop replay FILE --export html OUT";
	if (o->exports && !strcmp(o->recording, "-"))
		return "--export goes through a recording more than once: put it into a file first";
	if (o->exports && (o->once || o->json || o->against_ns || o->align_set))
		return "--export writes a page and nothing else: leave --once, --json, --against and "
		       "--align away";
	if (o->mode != RUN_WATCH && (o->record || o->headless || o->redact))
		return "--record, --redact and --headless go with a process or a program that is "
		       "watched";
	if (o->headless && (o->once || o->json))
		return "--headless prints nothing, --once and --json do: give one of them";
	if (o->redact && (o->once || o->json) && !o->record)
		return "--redact is about a recording: say where to by --record FILE";
	if (o->headless && !o->record)
		return "--headless records: say where to by --record FILE";
	if (o->record && strcmp(o->record, "-") == 0 && !o->headless)
		return "a recording to standard output needs --headless";

	if (o->program && o->pids)
		return "either a PID or -- PROGRAM, not both";
	if (o->beside && strcmp(o->beside, "-") == 0 && strcmp(o->recording, "-") == 0)
		return "standard input brings one recording: give - once";
	if (o->mode == RUN_REPLAY && o->align_set && !o->beside)
		return "--align is about two recordings: give replay both files";
	if (o->against_ns && o->beside)
		return "--against puts the process's own past beside it: give one recording";
	if (o->against_ns && !o->once && !o->json)
		return "--against goes with --json or --once: on the screen m marks a moment";
	if (o->against_ns && (o->pids == 2 || o->sibling_set))
		return "--against puts the process's own past beside it: name no other B";
	if (o->sibling_set && o->pids == 2)
		return "--sibling and a second PID both name what stands beside: give one";
	if (o->samples_set && !headless)
		return "--samples counts what --once or --json print, or --headless records: add one of them";
	if (headless && o->mode == RUN_WATCH && !o->pids && !o->program)
		return "--once, --json and --headless need a target: give a PID or -- PROGRAM";
	return NULL;
}

int options_parse(int argc, char **argv, struct options *ret_options, struct textbuf *complaint)
{
	struct options o = {.delay_ns = DELAY_NS, .sibling = SIBLING_NEAREST, .theme = theme_table};
	const char *wrong;
	int before = 1;
	int error;

	/* What follows "--" is the program's own business. */
	while (before < argc && strcmp(argv[before], "--") != 0)
		before++;
	if (before < argc)
		o.program = argv + before + 1;
	if (o.program && !o.program[0]) {
		textbuf_adds(complaint, "no program after --: give its name");
		return -EINVAL;
	}
	error = parse_options(before, argv, &o, complaint);
	if (!error && o.mode == RUN_WATCH)
		error = parse_words(argv + optind, before - optind, &o, complaint);
	if (error)
		return error;
	wrong = o.mode == RUN_HELP || o.mode == RUN_VERSION ? NULL : contradiction(&o);
	if (wrong) {
		textbuf_adds(complaint, wrong);
		return -EINVAL;
	}
	if (!o.samples_set)
		o.samples = o.headless || o.mode == RUN_PREDICT ||
					    (o.mode == RUN_REPLAY && o.json)
				    ? 0
				    : 1;
	/* What a parent and its first child have in common is a figure that is predicted. */
	if (o.mode == RUN_PREDICT && !o.follow_set)
		o.follow = FOLLOW_FIRST;
	*ret_options = o;
	return 0;
}

static const char usage[] =
	"Usage: twintop [OPTION]... [PID [PID]]\n"
	"       twintop [OPTION]... -- PROGRAM [ARGUMENT]...\n"
	"       twintop [OPTION]... demo [NAME]\n"
	"       twintop predict [FILE] -- PROGRAM [ARGUMENT]...\n"
	"       twintop doctor\n"
	"What a process and its threads are, beside a second process, live.\n"
	"\n"
	"  twintop                 choose a process from a list\n"
	"  twintop 1234            watch a process, beside its nearest relative\n"
	"  twintop 1234 1240       two processes, or two threads, side by side\n"
	"  twintop -- ./a.out      start a program; each child it forks stands beside it\n";

#define COMMAND_INDENT 26
#define HELP_INDENT    32
#define HELP_WIDTH     79

/* Words from that column on; the first line is there already. */
static void add_wrapped(struct textbuf *out, size_t indent, const char *text)
{
	size_t column = indent;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > HELP_WIDTH) {
			textbuf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			textbuf_adds(out, " ");
			column++;
		}
		textbuf_add(out, text, len);
		column += len;
		text += len + strspn(text + len, " ");
	}
	textbuf_adds(out, "\n");
}

static void add_command(struct textbuf *out, const struct command_row *row)
{
	size_t from = out->len;

	textbuf_addf(out, "  twintop %s", row->name);
	textbuf_addf(out, "%*s", (int)(COMMAND_INDENT - (out->len - from)), "");
	add_wrapped(out, COMMAND_INDENT, row->help);
}

/* "time between samples; default: 0.1" */
static void add_meaning(struct textbuf *out, const struct option_row *row)
{
	textbuf_adds(out, row->help);
	if (row->otherwise)
		textbuf_addf(out, "; default: %s", row->otherwise);
}

/* One entry of --help, whose head stands from `from` on: fills up to the column of the meanings. */
static void add_entry(struct textbuf *out, size_t from, const char *meaning)
{
	if (out->len - from > HELP_INDENT - 2) {
		textbuf_adds(out, "\n");
		from = out->len;
	}
	textbuf_addf(out, "%*s", (int)(HELP_INDENT - (out->len - from)), "");
	add_wrapped(out, HELP_INDENT, meaning);
}

static void add_option(struct textbuf *out, const struct option_row *row)
{
	struct textbuf meaning = {0};
	size_t from = out->len;

	if (row->letter)
		textbuf_addf(out, "  -%c, ", row->letter);
	else
		textbuf_adds(out, "      ");
	textbuf_addf(out, "--%s%s%s", row->name, row->argument ? " " : "",
		row->argument ? row->argument : "");
	add_meaning(&meaning, row);
	add_entry(out, from, meaning.bytes);
	textbuf_free(&meaning);
}

/* A view with the key that opens it, and the keys that it has of its own. */
static void add_view(struct textbuf *out, const struct view_ops *view)
{
	size_t from = out->len;
	char name[8];

	textbuf_addf(out, "  %c   --view %s", view->key, view->id);
	add_entry(out, from, view->help);
	for (size_t i = 0; i < view->keymap_n; i++) {
		const struct action_row *row = &view->keymap[i];

		from = out->len;
		textbuf_adds(out, "     ");
		for (size_t k = 0; k < ACTION_KEYS && row->keys[k]; k++)
			textbuf_addf(out, " %s", key_title(row->keys[k], name));
		add_entry(out, from, row->help);
	}
}

void options_help(struct textbuf *out)
{
	textbuf_adds(out, usage);
	for (size_t i = 0; i < command_table_n; i++)
		add_command(out, &command_table[i]);
	textbuf_adds(out, "\n");
	for (size_t i = 0; i < option_table_n; i++)
		add_option(out, &option_table[i]);
	textbuf_adds(out, "\nViews and their keys; ? shows those that hold in all of them:\n");
	for (size_t i = 0; i < view_table_n; i++)
		add_view(out, view_table[i]);
	textbuf_adds(out,
		"\nExit status: 0 success; 1 the target (no such process, not permitted), or an\n"
		"output that cannot be written; 2 usage.\n");
}

/* One .TP entry a row: "\fB\-s\fR, \fB\-\-sibling\fR \fIPID\fR". */
void options_man(struct textbuf *out)
{
	for (size_t i = 0; i < option_table_n; i++) {
		const struct option_row *row = &option_table[i];

		textbuf_adds(out, ".TP\n");
		if (row->letter)
			textbuf_addf(out, "\\fB\\-%c\\fR, ", row->letter);
		textbuf_adds(out, "\\fB\\-\\-");
		for (const char *c = row->name; *c; c++)
			textbuf_addf(out, "%s%c", *c == '-' ? "\\" : "", *c);
		textbuf_adds(out, "\\fR");
		if (row->argument)
			textbuf_addf(out, " \\fI%s\\fR", row->argument);
		textbuf_adds(out, "\n");
		add_meaning(out, row);
		textbuf_adds(out, ".\n");
	}
}
