/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_OPTIONS_H
#define TWINTOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "twintop/base/text.h"
#include "twintop/sample/sampler.h"
#include "twintop/screen/run.h"

enum run_mode { RUN_WATCH, RUN_REPLAY, RUN_DOCTOR, RUN_DEMO, RUN_PREDICT, RUN_HELP, RUN_VERSION };

/* The command line, understood. Strings are argv's. */
struct options {
	enum run_mode mode;
	pid_t pid[2];
	unsigned pids;
	char **program;	  /* after "--", ends in NULL; NULL: none */
	const char *demo; /* NULL: list them */
	const char *predictions; /* file of what is predicted; NULL: none */
	pid_t sibling;	  /* a PID or SIBLING_* */
	bool sibling_set;
	enum follow follow;
	bool follow_set;
	uint64_t delay_ns;
	struct history_bounds history; /* 0: the default */
	uint64_t against_ns; /* B is A so long before; 0: it is not */
	uint64_t samples; /* 0: until the target ends */
	bool samples_set;
	bool once, json, headless;
	const char *record;    /* to where; NULL: nowhere */
	bool redact;	       /* what is recorded tells nothing private */
	const char *recording; /* what is replayed; NULL: nothing */
	const char *beside;    /* another one whose A is B; NULL: none */
	bool exports;	       /* it is written as a page: */
	const char *page;      /* to where; NULL: it was not said */
	int align;	       /* enum diff_align, of the two */
	bool align_set;
	const char *view; /* NULL: the first */
	const struct theme *theme;
	const char *theme_file; /* name of the file that tells another one; NULL: none */
	uint32_t given;		/* bits of the rows of option_table that the command line has */
	bool ascii, no_mouse, no_sync, no_state, linear;
	enum colour_depth colour;
	const char *log;
};

/* A word of a list and what it stands for; lists end in a NULL text. */
struct option_word {
	const char *text;
	int value;
};

/* What an argument is, so that a shell can offer some. */
enum argument_kind {
	ARGUMENT_NONE,
	ARGUMENT_WORD, /* of a list and nothing else */
	ARGUMENT_PID,  /* or one of a list */
	ARGUMENT_VIEW,
	ARGUMENT_THEME,
	ARGUMENT_DEMO,
	ARGUMENT_FILE,
	ARGUMENT_NUMBER,
	ARGUMENT_KINDS
};
struct argument {
	enum argument_kind kind;
	const struct option_word *words; /* NULL: no list */
};
/*
 * The i-th of the words that may stand there, with what it means in *ret_help (NULL: nothing to
 * say); NULL behind the last one.
 */
const char *argument_word(struct argument argument, size_t i, const char **ret_help);

/* One row an option: parsing, --help, the man page's table and completions come from this. */
struct option_row {
	char letter; /* 0: long only */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
	const char *otherwise; /* what holds without it; NULL: nothing to say */
	/* 0, -EINVAL or -ERANGE; text is NULL without an argument. */
	int (*set)(struct options *o, const char *text);
	const char *range; /* what -EINVAL and -ERANGE ask for; NULL: one of its words */
	struct argument takes;
};
extern const struct option_row option_table[];
extern const size_t option_table_n;

/* A word that stands in the place of processes, and says what to do instead. */
struct command_row {
	const char *name;
	enum run_mode mode;
	enum argument_kind takes;
	int most;	 /* of them */
	bool program;	 /* goes with one that is started, behind "--" */
	const char *help;
};
extern const struct command_row command_table[];
extern const size_t command_table_n;

/* 0, or -EINVAL with one line (no newline) on what is wrong and the way out, appended. */
int options_parse(int argc, char **argv, struct options *ret_options, struct textbuf *complaint);
/*
 * What a line "name = value" of the settings' file says, where the command line does not: of an option
 * without an argument yes or no. 0, or -EINVAL with what is wrong with it, appended. The value is kept.
 */
int options_configure(
	struct options *o, const char *name, const char *value, struct textbuf *complaint);
/* The text of --help, and the rows of the man page's table, appended. */
void options_help(struct textbuf *out);
void options_man(struct textbuf *out);

#endif
