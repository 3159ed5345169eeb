/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The man page as it is read, held against the tables, against --help and against the help screen:
 * what is in one of them is in the other, in the same words, and nothing else is. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/app/app_internal.h"
#include "../../src/demos.h"
#include "../../src/options.h"
#include "man_page.h"
#include "twintop/app/term.h"
#include "twintop/compare/textbook.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/feed/feed.h"
#include "twintop/proc/caps.h"

/* What an entry of the page should be. */
struct want {
	char *tag;
	char *body; /* all of it, or a part where part is set; NULL: whatever */
	bool part, found;
};
struct wants {
	VEC(struct want) row;
};

static struct man_page page;

static void want(struct wants *w, const char *tag, const char *body, bool part)
{
	VEC_PUSH(&w->row, ((struct want){strdup(tag), body ? strdup(body) : NULL, part, false}));
}

static bool is_wanted(struct wants *w, const struct man_entry *entry)
{
	for (size_t i = 0; i < w->row.n; i++) {
		struct want *x = &w->row.item[i];
		bool same = strcmp(x->tag, entry->tag) == 0 &&
			    (!x->body || (x->part ? strstr(entry->body, x->body) != NULL
						  : strcmp(x->body, entry->body) == 0));

		if (same && !x->found) {
			x->found = true;
			return true;
		}
	}
	return false;
}

/* Holds a section's entries against what is wanted, tells all differences, and frees the wants. */
static void expect_section(const char *section, struct wants *w)
{
	size_t differences = 0;

	for (size_t i = 0; i < page.n; i++) {
		const struct man_entry *entry = &page.entry[i];

		if (strcmp(entry->section, section) != 0 || is_wanted(w, entry))
			continue;
		print_error("%s: in the page alone: [%s] %s\n", section, entry->tag, entry->body);
		differences++;
	}
	for (size_t i = 0; i < w->row.n; i++) {
		const struct want *x = &w->row.item[i];

		if (!x->found) {
			print_error("%s: not in the page: [%s] %s\n", section, x->tag,
				x->body ? x->body : "");
			differences++;
		}
		free(x->tag);
		free(x->body);
	}
	assert_true(w->row.n > 0);
	VEC_FREE(&w->row);
	assert_int_equal(differences, 0);
}

static void renders_without_warnings(void **state)
{
	(void)state;
	assert_string_equal(page.warnings, "");
	assert_true(page.n > 150);
}

/* ---- --help -------------------------------------------------------------- */

#define HELP_MEANING                                                                               \
	32 /* column of the meanings; heads that are longer have a line of their own               \
	    */

/* One option of --help, its lines joined. Returns what follows it. */
static const char *take_option(const char *line, struct textbuf *head, struct textbuf *meaning)
{
	textbuf_clear(head);
	textbuf_clear(meaning);
	for (bool first = true; *line != '\n'; first = false) {
		const char *end = strchr(line, '\n'), *text = line + strspn(line, " "), *gap;

		if (!first && text - line < HELP_MEANING)
			break;
		if (first) {
			gap = strstr(text, "  ");
			gap = gap && gap < end ? gap : end;
			textbuf_add(head, text, (size_t)(gap - text));
			text = gap < end ? gap + strspn(gap, " ") : end;
		}
		if (text < end)
			textbuf_addf(meaning, "%s%.*s", meaning->len ? " " : "", (int)(end - text),
				text);
		line = end + 1;
	}
	return line;
}

static void options_are_those_of_help(void **state)
{
	struct textbuf help = {0}, head = {0}, meaning = {0};
	struct wants w = {0};
	const char *line;

	(void)state;
	options_help(&help);
	line = strstr(help.bytes, "\n  -");
	assert_non_null(line);
	for (line++; *line == ' ';) {
		line = take_option(line, &head, &meaning);
		textbuf_adds(&meaning, ".");
		want(&w, head.bytes, meaning.bytes, false);
	}
	assert_int_equal(w.row.n, option_table_n);
	expect_section("OPTIONS", &w);
	textbuf_free(&help);
	textbuf_free(&head);
	textbuf_free(&meaning);
}

/* Every command is spoken of, and no option that there is not. */
static void commands_and_no_other_options(void **state)
{
	const char *end = page.text + page.len;
	char text[64];

	(void)state;
	for (size_t i = 0; i < command_table_n; i++) {
		snprintf(text, sizeof text, "twintop %s", command_table[i].name);
		assert_non_null(memmem(page.text, page.len, text, strlen(text)));
	}
	for (const char *at = page.text; (at = memmem(at, (size_t)(end - at), " --", 3)); at += 3) {
		size_t n = strspn(at + 3, "abcdefghijklmnopqrstuvwxyz-");
		bool known = n == 0;

		for (size_t k = 0; k < option_table_n; k++)
			known = known || (strlen(option_table[k].name) == n &&
						 !strncmp(option_table[k].name, at + 3, n));
		if (!known)
			print_error("%.40s\n", at);
		assert_true(known);
	}
}

/* ---- the help screen ----------------------------------------------------- */

/* "q F10" as "q, F10 (while paused)" */
static void key_tag(struct textbuf *out, const char *keys, const char *scope)
{
	textbuf_clear(out);
	for (const char *c = keys; *c; c++)
		textbuf_addf(out, "%s%c", *c == ' ' ? "," : "", *c);
	if (scope)
		textbuf_addf(out, " (%s)", scope);
}

/* Rows of the screen with every key, and what stands above them. */
static void want_keys(struct wants *everywhere, struct wants *views)
{
	struct panel help = {0};
	const char *scope = NULL;
	struct wants *into = NULL;
	struct textbuf tag = {0};

	help_fill(&help, NULL, true);
	for (size_t i = 0; i < help.row.n; i++) {
		const char *keys = help.row.item[i].text[0], *text = help.row.item[i].text[1];

		if (keys && !text) {
			into = text_has_suffix(text_of(keys), " view")	 ? views
			       : text_has_prefix(text_of(keys), "Keys ") ? everywhere
									 : NULL;
			scope = into == views ? NULL : keys + strlen("Keys ");
			if (scope && !strcmp(scope, action_scope_title(SCOPE_ALL)))
				scope = NULL;
		}
		if (!keys || !text || !into)
			continue;
		key_tag(&tag, keys, scope);
		for (size_t v = 0; v < view_table_n; v++)
			if (!keys[1] && keys[0] == view_table[v]->key &&
				!strcmp(text, view_table[v]->help))
				textbuf_addf(&tag, ", --view %s", view_table[v]->id);
		want(strstr(tag.bytes, "--view") ? views : into, tag.bytes, text, false);
	}
	textbuf_free(&tag);
	panel_free(&help);
}

static void keys_are_those_of_the_help_screen(void **state)
{
	struct wants everywhere = {0}, views = {0};

	(void)state;
	want_keys(&everywhere, &views);
	assert_int_equal(everywhere.row.n, action_table_n);
	expect_section("KEYS", &everywhere);
	expect_section("VIEWS", &views);
}

/* ---- tables -------------------------------------------------------------- */

static void verdicts(void **state)
{
	struct wants w = {0};
	char tag[64];

	(void)state;
	for (size_t i = 1; i < PAGE_VERDICTS; i++) {
		snprintf(tag, sizeof tag, "%s (‘%c’ with --ascii)", page_verdict_info[i].id,
			page_verdict_info[i].ascii);
		want(&w, tag, page_verdict_info[i].meaning, true);
	}
	expect_section("PAGES AND THEIR VERDICTS", &w);
}

static void fields(void **state)
{
	static const char *const section[RECORD_KINDS] = {
		[RECORD_PROCESS] = "Fields of a process",
		[RECORD_THREAD] = "Fields of a thread",
		[RECORD_MAPPING] = "Fields of a mapping",
		[RECORD_FD] = "Fields of a file descriptor",
		[RECORD_SIGNAL] = "Fields of a signal",
		[RECORD_MEMBER] = "Fields of a member of the family",
	};

	(void)state;
	for (size_t kind = 0; kind < RECORD_KINDS; kind++) {
		struct textbuf tag = {0};
		struct wants w = {0};

		for (size_t i = 0; i < field_table_n; i++) {
			const struct field *f = &field_table[i];
			const char *name = f->json ? f->json : strchr(f->id, '.') + 1;

			if (f->kind != kind)
				continue;
			assert_true(*f->explain && *f->source);
			textbuf_clear(&tag);
			textbuf_adds(&tag, name);
			if (f->unit != UNIT_NONE &&
				!text_has_suffix(text_of(name), unit_name(f->unit)))
				textbuf_addf(&tag, ", %s", unit_name(f->unit));
			if (!f->json)
				textbuf_adds(&tag, ", not in JSON");
			want(&w, tag.bytes, f->explain, true);
		}
		expect_section(section[kind], &w);
		textbuf_free(&tag);
	}
}

static void mapping_kinds(void **state)
{
	struct wants w = {0};

	(void)state;
	for (size_t i = 0; i < MAPPING_KINDS; i++)
		want(&w, mapping_kind_info[i].id, mapping_kind_info[i].meaning, true);
	expect_section("Kinds of mappings", &w);
}

static void events_and_feeds(void **state)
{
	struct textbuf tag = {0};
	struct wants w = {0};

	(void)state;
	for (size_t i = 0; i < EVENT_KINDS; i++) {
		const char *separator = ": ";

		textbuf_clear(&tag);
		textbuf_adds(&tag, event_table[i].id);
		for (size_t bit = 0; bit < EVENT_HAS_N; bit++)
			if (event_table[i].has & 1u << bit) {
				textbuf_addf(&tag, "%s%s", separator, event_has_name[bit]);
				separator = ", ";
			}
		want(&w, tag.bytes, event_table[i].why, true);
	}
	for (size_t i = 0; i < feed_table_n; i++)
		want(&w, feed_table[i]->id, feed_table[i]->blind, false);
	want(&w, "sampler", NULL, false);
	expect_section("Events", &w);
	textbuf_free(&tag);
}

static void textbook(void **state)
{
	struct textbuf body = {0};
	struct wants w = {0};

	(void)state;
	for (int v = 0; v < TEXTBOOK_VERDICTS; v++)
		want(&w, textbook_sign((enum textbook_verdict)v),
			textbook_meaning((enum textbook_verdict)v), false);
	for (size_t i = 0; i < textbook_table_n; i++) {
		const struct textbook_row *row = &textbook_table[i];

		textbuf_clear(&body);
		textbuf_addf(&body, "%s Processes: %s; threads: %s. Source: %s. Demo: %s.",
			row->question, row->of_process, row->of_threads, row->source, row->demo);
		want(&w, row->title, body.bytes, false);
	}
	expect_section("PROCESS VERSUS THREAD", &w);
	textbuf_free(&body);
}

static void terms(void **state)
{
	struct wants w = {0};

	(void)state;
	for (size_t i = 0; i < term_table_n; i++)
		want(&w, term_table[i].name, term_table[i].what, true);
	expect_section("GLOSSARY", &w);
}

static void signs_and_colours(void **state)
{
	struct textbuf tag = {0};
	struct wants signs = {0}, colours = {0};

	(void)state;
	for (size_t i = 0; i < sign_lesson_count(); i++) {
		const struct sign_lesson s = sign_lesson_at(i);

		textbuf_clear(&tag);
		textbuf_addf(&tag, "%s, in ASCII %c: %s", s.utf8, s.ascii, s.place);
		want(&signs, tag.bytes, s.meaning, true);
	}
	textbuf_free(&tag);
	for (unsigned i = 0; i < STYLES; i++)
		want(&colours, style_info[i].id, style_info[i].meaning, true);
	expect_section("SIGNS AND COLOURS", &signs);
	expect_section("Colours", &colours);
}

static void privileges(void **state)
{
	struct textbuf tag = {0}, body = {0};
	struct wants w = {0};

	(void)state;
	for (size_t i = 0; i < caps_advice_n; i++) {
		textbuf_clear(&tag);
		textbuf_clear(&body);
		textbuf_addf(&tag, "%s: %s", access_item_name[caps_advice[i].item],
			caps_advice[i].needs);
		textbuf_addf(&body, "%s.", caps_advice[i].gives);
		want(&w, tag.bytes, body.bytes, false);
	}
	want(&w, "ptrace read access", NULL, false);
	want(&w, "ptrace attach access", NULL, false);
	expect_section("PRIVILEGES", &w);
	textbuf_free(&tag);
	textbuf_free(&body);
}

/* Demos, and the lines of theirs that <twintop/step.h> writes. */
static void demos(void **state)
{
	static const char *const line[] = {"caption TEXT", "view NAME", "point TEXT", "ask TEXT",
		"expect PATH VALUE TEXT", "wait", "done"};
	struct wants w = {0};

	(void)state;
	for (size_t i = 0; i < demo_table_n; i++)
		want(&w, demo_table[i].name, demo_table[i].title, false);
	for (size_t i = 0; i < sizeof line / sizeof *line; i++)
		want(&w, line[i], NULL, false);
	expect_section("DEMOS", &w);
}

static char *read_file(const char *path)
{
	struct textbuf out = {0};
	FILE *f = fopen(path, "r");
	char bytes[4096];
	size_t n;

	assert_non_null(f);
	textbuf_adds(&out, "");
	while ((n = fread(bytes, 1, sizeof bytes, f)))
		textbuf_add(&out, bytes, n);
	fclose(f);
	return out.bytes;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

/* The syllabus has a row in its table, a chapter and answers for each demo, and for nothing else.
 */
static void syllabus(void **state)
{
	char *text = read_file(TWINTOP_SRCDIR "/src/demo/README.md");
	char line[128];

	(void)state;
	for (size_t i = 0; i < demo_table_n; i++) {
		const char *name = demo_table[i].name;

		snprintf(line, sizeof line, "\n| [%s](#%s) | ", name, name);
		assert_int_equal(count(text, line), 1);
		snprintf(line, sizeof line, "\n### %s\n", name);
		assert_int_equal(count(text, line), 1);
	}
	assert_int_equal(count(text, "\n| ["), demo_table_n);
	assert_int_equal(count(text, "\n### "), demo_table_n);
	assert_int_equal(count(text, "\n<details><summary>Answers"), demo_table_n);
	assert_int_equal(count(text, "\n</details>"), demo_table_n);
	free(text);
}

/* How many pictures the document shows; each is there, relative to the folder that it is in. */
static size_t shows_pictures(const char *folder, const char *document)
{
	static const char begin[] = "](";
	size_t n = 0;

	for (const char *at = strstr(document, "!["); at; at = strstr(at + 1, "![")) {
		const char *path = strstr(at, begin), *end = path ? strchr(path, ')') : NULL;
		char name[4096];
		FILE *f;

		assert_non_null(end);
		path += strlen(begin);
		snprintf(name, sizeof name, "%s/%.*s", folder, (int)(end - path), path);
		f = fopen(name, "r");
		if (!f)
			fail_msg("no picture %s", name);
		fclose(f);
		n++;
	}
	return n;
}

/* Each demo has its picture, which the syllabus shows and the distribution holds; so has what the
 * README shows, and no picture is there that nobody shows. */
static void pictures(void **state)
{
	char *readme = read_file(TWINTOP_SRCDIR "/README.md");
	char *syllabus = read_file(TWINTOP_SRCDIR "/src/demo/README.md");
	char *dist = read_file(TWINTOP_SRCDIR "/screenshots/Makemodule.am");
	char line[128];
	size_t n;

	(void)state;
	n = shows_pictures(TWINTOP_SRCDIR, readme);
	assert_true(n > 10);
	n += shows_pictures(TWINTOP_SRCDIR "/src/demo", syllabus);
	for (size_t i = 0; i < demo_table_n; i++) {
		snprintf(line, sizeof line, "](../../screenshots/demo-%s.svg)", demo_table[i].name);
		if (count(syllabus, line) != 1)
			fail_msg("the syllabus does not show %s", line);
		snprintf(line, sizeof line, "\tscreenshots/demo-%s.svg", demo_table[i].name);
		if (count(dist, line) != 1)
			fail_msg("%s is not in the distribution", line);
	}
	assert_int_equal(count(dist, "\tscreenshots/"), n);
	free(readme);
	free(syllabus);
	free(dist);
}

/* Skips all where there is nothing to render it with. */
static int open_page(void **state)
{
	char path[4096];
	const char *build = getenv("BUILDDIR");

	(void)state;
	snprintf(path, sizeof path, "%s/src/twintop.1", build ? build : ".");
	return man_page_read(path, &page);
}

static int close_page(void **state)
{
	(void)state;
	man_page_free(&page);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders_without_warnings),
		cmocka_unit_test(options_are_those_of_help),
		cmocka_unit_test(commands_and_no_other_options),
		cmocka_unit_test(keys_are_those_of_the_help_screen),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(fields),
		cmocka_unit_test(mapping_kinds),
		cmocka_unit_test(events_and_feeds),
		cmocka_unit_test(textbook),
		cmocka_unit_test(terms),
		cmocka_unit_test(signs_and_colours),
		cmocka_unit_test(pictures),
		cmocka_unit_test(privileges),
		cmocka_unit_test(demos),
		cmocka_unit_test(syllabus),
	};

	setlocale(LC_ALL, "C.UTF-8");
	if (system("groff -v >/dev/null 2>&1")) {
		puts("skipped: groff is not installed");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_page, close_page);
}
