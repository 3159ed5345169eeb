/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the man page. */
#include "config.h"

#include <string.h>

#include "demos.h"
#include "generate.h"
#include "options.h"
#include "twintop/app/action.h"
#include "twintop/app/term.h"
#include "twintop/compare/textbook.h"
#include "twintop/draw/sign_lesson.h"
#include "twintop/feed/feed.h"
#include "twintop/proc/caps.h"
#include "twintop/view/view.h"

/* What stands for a character that roff would make something else of; NULL: itself. */
static const char *special_of(char c)
{
	static const char special[][6] = {
		"\\\\e", "-\\-", "'\\(aq", "`\\(ga", "^\\(ha", "~\\(ti", "\"\\(dq"};

	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (special[i][0] == c)
			return special[i] + 1;
	return NULL;
}

/* Text in roff: a leading dot or quote, what roff has another use for, and all beyond ASCII
 * escaped.
 */
static void add_roff(struct textbuf *out, const char *text)
{
	size_t len = strlen(text), n;
	uint32_t code;

	if (*text == '.' || *text == '\'')
		textbuf_adds(out, "\\&");
	for (; len; text += n, len -= n) {
		n = text_decode(text, len, &code);
		if (n > 1)
			textbuf_addf(out, "\\[u%04X]", (unsigned)code);
		else if (special_of(*text))
			textbuf_adds(out, special_of(*text));
		else
			textbuf_add(out, text, 1);
		n = n ? n : 1;
	}
}

/* Whether the field's name ends in its unit: "size_bytes", "state". */
static bool says_unit(const struct field *f)
{
	return text_has_suffix(text_of(f->json ? f->json : f->id), unit_name(f->unit));
}

/* A privilege without the explanation behind its colon, which stands under PRIVILEGES once. */
static void add_brief(struct textbuf *out, const char *requires)
{
	char brief[80] = "";

	strncat(brief, requires, strcspn(requires, ":") % sizeof brief);
	add_roff(out, brief);
}

static void add_field(struct textbuf *out, const struct field *f)
{
	textbuf_adds(out, ".TP\n\\fB");
	add_roff(out, f->json ? f->json : strchr(f->id, '.') + 1);
	textbuf_adds(out, "\\fR");
	if (*unit_name(f->unit) && !says_unit(f))
		textbuf_addf(out, ", %s", unit_name(f->unit));
	if (!f->json)
		textbuf_adds(out, ", not in JSON");
	textbuf_adds(out, "\n");
	add_roff(out, f->explain);
	textbuf_adds(out, "\n.br\n\\fISource:\\fR ");
	add_roff(out, f->source);
	if (*f->requires) {
		textbuf_adds(out, ". \\fINeeds:\\fR ");
		add_brief(out, f->requires);
	}
	textbuf_adds(out, ". \\fISee\\fR ");
	add_roff(out, f->manual);
	textbuf_adds(out, ".\n");
}

static void add_fields(struct textbuf *out, enum record_kind kind)
{
	for (size_t i = 0; i < field_table_n; i++)
		if (field_table[i].kind == kind)
			add_field(out, &field_table[i]);
}

static void add_process_fields(struct textbuf *out)
{
	add_fields(out, RECORD_PROCESS);
}

static void add_thread_fields(struct textbuf *out)
{
	add_fields(out, RECORD_THREAD);
}

static void add_mapping_fields(struct textbuf *out)
{
	add_fields(out, RECORD_MAPPING);
}

static void add_fd_fields(struct textbuf *out)
{
	add_fields(out, RECORD_FD);
}

static void add_signal_fields(struct textbuf *out)
{
	add_fields(out, RECORD_SIGNAL);
}

static void add_member_fields(struct textbuf *out)
{
	add_fields(out, RECORD_MEMBER);
}

static void add_verdicts(struct textbuf *out)
{
	for (size_t i = 1; i < PAGE_VERDICTS; i++) {
		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, page_verdict_info[i].id);
		textbuf_addf(out, "\\fR (\\(oq%c\\(cq with \\fB\\-\\-ascii\\fR)\n",
			page_verdict_info[i].ascii);
		add_roff(out, page_verdict_info[i].meaning);
		textbuf_adds(out, "\n");
	}
}

static void add_mapping_kinds(struct textbuf *out)
{
	for (size_t i = 0; i < MAPPING_KINDS; i++) {
		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, mapping_kind_info[i].id);
		textbuf_adds(out, "\\fR\n");
		add_roff(out, mapping_kind_info[i].meaning);
		textbuf_adds(out, "\n");
	}
}

static void add_events(struct textbuf *out)
{
	for (size_t i = 0; i < EVENT_KINDS; i++) {
		const struct event_row *row = &event_table[i];
		const char *separator = ": ";

		textbuf_addf(out, ".TP\n\\fB%s\\fR", row->id);
		for (size_t bit = 0; bit < EVENT_HAS_N; bit++) {
			if (!(row->has & 1u << bit))
				continue;
			textbuf_addf(out, "%s%s", separator, event_has_name[bit]);
			separator = ", ";
		}
		textbuf_adds(out, "\n");
		add_roff(out, row->why);
		textbuf_adds(out, "\n");
	}
}

static void add_feeds(struct textbuf *out)
{
	for (size_t i = 0; i < feed_table_n; i++) {
		textbuf_addf(out, ".TP\n\\fB%s\\fR\n", feed_table[i]->id);
		add_roff(out, feed_table[i]->blind);
		textbuf_adds(out, "\n");
	}
}

static void add_action(struct textbuf *out, const struct action_row *row)
{
	const char *separator = "";
	char key[8];

	textbuf_adds(out, ".TP\n");
	for (size_t i = 0; i < ACTION_KEYS && row->keys[i]; i++) {
		textbuf_addf(out, "%s\\fB", separator);
		add_roff(out, key_title(row->keys[i], key));
		textbuf_adds(out, "\\fR");
		separator = ", ";
	}
	if (row->scope != SCOPE_ALL && row->scope != SCOPE_VIEW)
		textbuf_addf(out, " (%s)", action_scope_title(row->scope));
	textbuf_adds(out, "\n");
	add_roff(out, row->help);
	textbuf_adds(out, "\n");
}

static void add_actions(struct textbuf *out)
{
	for (size_t i = 0; i < action_table_n; i++)
		add_action(out, &action_table[i]);
}

/* Each view, and below it the keys that it has of its own. */
static void add_views(struct textbuf *out)
{
	for (size_t i = 0; i < view_table_n; i++) {
		const struct view_ops *view = view_table[i];

		textbuf_addf(out, ".TP\n\\fB%c\\fR, \\fB\\-\\-view %s\\fR\n", view->key, view->id);
		add_roff(out, view->help);
		textbuf_adds(out, "\n");
		if (view->keymap_n)
			textbuf_adds(out, ".RS\n");
		for (size_t k = 0; k < view->keymap_n; k++)
			add_action(out, &view->keymap[k]);
		if (view->keymap_n)
			textbuf_adds(out, ".RE\n");
	}
}

static void add_privileges(struct textbuf *out)
{
	for (size_t i = 0; i < caps_advice_n; i++) {
		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, access_item_name[caps_advice[i].item]);
		textbuf_adds(out, "\\fR: ");
		add_roff(out, caps_advice[i].needs);
		textbuf_adds(out, "\n");
		add_roff(out, caps_advice[i].gives);
		textbuf_adds(out, ".\n");
	}
}

/* Row by row what is asked, what a textbook says of both, who tells, and which demo shows it. */
static void add_textbook(struct textbuf *out)
{
	for (size_t i = 0; i < textbook_table_n; i++) {
		const struct textbook_row *row = &textbook_table[i];

		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, row->title);
		textbuf_adds(out, "\\fR\n");
		add_roff(out, row->question);
		textbuf_adds(out, "\nProcesses: ");
		add_roff(out, row->of_process);
		textbuf_adds(out, "; threads: ");
		add_roff(out, row->of_threads);
		textbuf_adds(out, ".\nSource: ");
		add_roff(out, row->source);
		textbuf_adds(out, ".\nDemo: ");
		add_roff(out, row->demo);
		textbuf_adds(out, ".\n");
	}
}

static void add_textbook_signs(struct textbuf *out)
{
	for (int v = 0; v < TEXTBOOK_VERDICTS; v++) {
		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, textbook_sign((enum textbook_verdict)v));
		textbuf_adds(out, "\\fR\n");
		add_roff(out, textbook_meaning((enum textbook_verdict)v));
		textbuf_adds(out, "\n");
	}
}

static void add_terms(struct textbuf *out)
{
	for (size_t i = 0; i < term_table_n; i++) {
		const struct term *t = &term_table[i];

		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, t->name);
		textbuf_adds(out, "\\fR\n");
		add_roff(out, t->what);
		textbuf_adds(out, "\n.br\n\\fIView:\\fR ");
		add_roff(out, t->where);
		textbuf_adds(out, ". \\fISee\\fR ");
		add_roff(out, t->manual);
		textbuf_adds(out, ".");
		if (t->demo) {
			textbuf_adds(out, " \\fIDemo:\\fR ");
			add_roff(out, t->demo);
			textbuf_adds(out, ".");
		}
		textbuf_adds(out, "\n");
	}
}

static void add_signs(struct textbuf *out)
{
	for (size_t i = 0; i < sign_lesson_count(); i++) {
		const struct sign_lesson s = sign_lesson_at(i);
		const char ascii[2] = {s.ascii, 0};

		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, s.utf8);
		textbuf_adds(out, "\\fR, in ASCII \\fB");
		add_roff(out, ascii);
		textbuf_adds(out, "\\fR: ");
		add_roff(out, s.place);
		textbuf_adds(out, "\n");
		add_roff(out, s.meaning);
		textbuf_adds(out, "\n");
	}
}

static void add_colours(struct textbuf *out)
{
	for (unsigned i = 0; i < STYLES; i++) {
		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, style_info[i].id);
		textbuf_adds(out, "\\fR\n");
		add_roff(out, style_info[i].meaning);
		textbuf_adds(out, "\n");
	}
}

static void add_version(struct textbuf *out)
{
	textbuf_adds(out, ".TH TWINTOP 1 \"\" \"" PACKAGE_STRING "\" \"User Commands\"\n");
}

static void add_demos(struct textbuf *out)
{
	for (size_t i = 0; i < demo_table_n; i++) {
		textbuf_adds(out, ".TP\n\\fB");
		add_roff(out, demo_table[i].name);
		textbuf_adds(out, "\\fR\n");
		add_roff(out, demo_table[i].title);
		textbuf_adds(out, "\n");
	}
}

const struct mark man_marks[] = {
	{"@TITLE@", add_version},
	{"@OPTIONS@", options_man},
	{"@VIEWS@", add_views},
	{"@ACTIONS@", add_actions},
	{"@PRIVILEGES@", add_privileges},
	{"@VERDICTS@", add_verdicts},
	{"@MAPPING_KINDS@", add_mapping_kinds},
	{"@TERMS@", add_terms},
	{"@SIGNS@", add_signs},
	{"@COLOURS@", add_colours},
	{"@TEXTBOOK@", add_textbook},
	{"@TEXTBOOK_SIGNS@", add_textbook_signs},
	{"@EVENTS@", add_events},
	{"@FEEDS@", add_feeds},
	{"@FIELDS_PROCESS@", add_process_fields},
	{"@FIELDS_THREAD@", add_thread_fields},
	{"@FIELDS_MAPPING@", add_mapping_fields},
	{"@FIELDS_FD@", add_fd_fields},
	{"@FIELDS_SIGNAL@", add_signal_fields},
	{"@FIELDS_MEMBER@", add_member_fields},
	{"@DEMOS@", add_demos},
	{NULL, NULL},
};
