/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table that completions for all shells read: lines of four fields with tabs between. Whose
 * word it is ("option", "command", or the option or command that it may follow), the word, what
 * argument follows it ("-": none), and what it is ("-": nothing to say).
 */
#include <string.h>

#include "generate.h"
#include "options.h"

#include "twintop/base/table.h"

static const char *const kind_name[] = {
	[ARGUMENT_NONE] = "-",
	[ARGUMENT_WORD] = "word",
	[ARGUMENT_PID] = "pid",
	[ARGUMENT_VIEW] = "word",
	[ARGUMENT_THEME] = "word",
	[ARGUMENT_DEMO] = "word",
	[ARGUMENT_FILE] = "file",
	[ARGUMENT_NUMBER] = "number",
};
TABLE_ROWS(kind_name, ARGUMENT_KINDS);

static void add_row(struct textbuf *out, const char *whose, const char *word,
	enum argument_kind takes, const char *help)
{
	textbuf_addf(out, "%s\t%s\t%s\t%s\n", whose, word, kind_name[takes], help ? help : "-");
}

/* An option or command by one of its names, and the words that may follow that. */
static void add_name(struct textbuf *out, const char *whose, const char *name,
	struct argument takes, const char *help)
{
	const char *word, *word_help;

	add_row(out, whose, name, takes.kind, help);
	for (size_t i = 0; (word = argument_word(takes, i, &word_help)); i++)
		add_row(out, name, word, ARGUMENT_NONE, word_help);
}

static void add_table(struct textbuf *out)
{
	for (size_t i = 0; i < option_table_n; i++) {
		const struct option_row *row = &option_table[i];
		const char letter[] = {'-', row->letter, 0};
		struct textbuf name = {0};

		textbuf_addf(&name, "--%s", row->name);
		if (row->letter)
			add_name(out, "option", letter, row->takes, row->help);
		add_name(out, "option", name.bytes, row->takes, row->help);
		textbuf_free(&name);
	}
	for (size_t i = 0; i < command_table_n; i++) {
		const struct command_row *row = &command_table[i];

		add_name(out, "command", row->name, (struct argument){row->takes, NULL}, row->help);
	}
}

/* The same within single quotes of fish. */
static void add_table_quoted(struct textbuf *out)
{
	struct textbuf table = {0};

	add_table(&table);
	for (const char *c = table.bytes; *c; c++) {
		if (*c == '\'' || *c == '\\')
			textbuf_adds(out, "\\");
		textbuf_add(out, c, 1);
	}
	textbuf_free(&table);
}

const struct mark shell_marks[] = {
	{"@TABLE@", add_table},
	{"@TABLE_QUOTED@", add_table_quoted},
	{NULL, NULL},
};
