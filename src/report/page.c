/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page round the data: its template, colours and words. */
#include <string.h>

#include "json_page.h"
#include "twintop/draw/theme.h"

/* src/report/page.html, a line a row. */
static const char *const template_line[] = {
#include "src/report/page_rows.h"
};

/* What a mark of the template is replaced from. */
struct writing {
	const struct page *page;
	const struct page_words *words;
	const char *nonce;
	struct textbuf *out;
};

bool page_style_shows(enum style style)
{
	static const char *const name[] = {"dark", "light"};
	bool shows = false;

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		const struct look *look = &theme_find(name[i])->look[style];

		shows |= look->rgb_back != COLOUR_DEFAULT ||
			 look->attributes & (LOOK_REVERSE | LOOK_UNDERLINE);
	}
	return shows;
}

static void add_escaped(struct textbuf *out, const char *text, size_t len)
{
	static const char special[] = "&<>\"'";

	for (size_t i = 0; i < len; i++)
		if (strchr(special, text[i]))
			textbuf_addf(out, "&#%d;", text[i]);
		else
			textbuf_add(out, text + i, 1);
}

static void add_title(const struct writing *w)
{
	add_escaped(w->out, w->words->title, strlen(w->words->title));
	textbuf_adds(w->out, "\n");
}

static void add_about(const struct writing *w)
{
	for (const char *at = w->words->about; *at;) {
		size_t len = strcspn(at, "\n");

		textbuf_adds(w->out, "<p>");
		add_escaped(w->out, at, len);
		textbuf_adds(w->out, "</p>\n");
		at += len + (at[len] == '\n');
	}
}

/* Nothing is loaded, and what runs is ours: no other script knows the word. */
static void add_policy(const struct writing *w)
{
	textbuf_addf(w->out,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"base-uri 'none'; form-action 'none'; script-src 'nonce-%s'; style-src "
		"'nonce-%s'\">\n",
		w->nonce, w->nonce);
}

static void open_style(const struct writing *w)
{
	textbuf_addf(w->out, "<style nonce=\"%s\">\n", w->nonce);
}

static void open_script(const struct writing *w)
{
	textbuf_addf(w->out, "<script nonce=\"%s\">\n", w->nonce);
}

/* ---- colours ------------------------------------------------------------------ */

/* The inks and papers of a theme as variables; 0 rows for what is the page's own. */
static void add_variables(struct textbuf *out, const char *selector, const char *name)
{
	const struct theme *theme = theme_find(name);

	textbuf_addf(out, "%s{color-scheme:%s;--ink:#%06x;--paper:#%06x", selector, name,
		(unsigned)theme->ink, (unsigned)theme->paper);
	for (int i = 0; i < STYLES; i++) {
		const struct look *look = &theme->look[i];

		textbuf_addf(out, ";--i%d:%s", i, look->rgb == COLOUR_DEFAULT ? "var(--ink)" : "");
		if (look->rgb != COLOUR_DEFAULT)
			textbuf_addf(out, "#%06x", (unsigned)look->rgb);
		textbuf_addf(out, ";--p%d:%s", i,
			look->rgb_back == COLOUR_DEFAULT ? "var(--paper)" : "");
		if (look->rgb_back != COLOUR_DEFAULT)
			textbuf_addf(out, "#%06x", (unsigned)look->rgb_back);
	}
	textbuf_adds(out, "}\n");
}

/* Light or dark as the reader's system has it, unless one is chosen. */
static void add_colours(const struct writing *w)
{
	const struct theme *theme = theme_find("dark");

	add_variables(w->out, ":root", "dark");
	textbuf_adds(w->out, "@media (prefers-color-scheme:light){");
	add_variables(w->out, ":root:not([data-theme=dark])", "light");
	textbuf_adds(w->out, "}\n");
	add_variables(w->out, ":root[data-theme=light]", "light");
	textbuf_adds(w->out, "@media print{");
	add_variables(w->out, ":root:root", "light");
	textbuf_adds(w->out, "}\n");
	for (int i = 0; i < STYLES; i++) {
		unsigned attributes = theme->look[i].attributes;

		textbuf_addf(w->out, ".s%d{color:var(--i%d)", i, i);
		/* What has no paper of its own hides nothing of the rows about it. */
		if (page_style_shows((enum style)i))
			textbuf_addf(w->out, ";background:var(--p%d)", i);
		textbuf_addf(w->out, "%s%s}", attributes & LOOK_BOLD ? ";font-weight:bold" : "",
			attributes & LOOK_UNDERLINE ? ";text-decoration:underline" : "");
		textbuf_addf(w->out, ".s%d{color:var(--p%d);background:var(--i%d)%s}\n",
			i + PAGE_SOLID, i, i, attributes & LOOK_BOLD ? ";font-weight:bold" : "");
	}
}

static void add_data(const struct writing *w)
{
	page_data(w->page, w->out);
	textbuf_adds(w->out, "\n");
}

/* ---- the template --------------------------------------------------------------- */

static const struct mark {
	const char *line;
	void (*add)(const struct writing *w);
} mark_table[] = {
	{"@TITLE@", add_title},
	{"@ABOUT@", add_about},
	{"@POLICY@", add_policy},
	{"@STYLE@", open_style},
	{"@SCRIPT@", open_script},
	{"@COLOURS@", add_colours},
	{"@DATA@", add_data},
};

static void add_line(const struct writing *w, const char *line)
{
	for (size_t i = 0; i < sizeof mark_table / sizeof *mark_table; i++)
		if (!strcmp(line, mark_table[i].line)) {
			mark_table[i].add(w);
			return;
		}
	textbuf_addf(w->out, "%s\n", line);
}

void page_write(const struct page *p, const struct page_words *words, const char *nonce,
	struct textbuf *out)
{
	const struct writing w = {p, words, nonce, out};

	textbuf_adds(out, PAGE_BEGIN "\n");
	for (size_t i = 0; i < sizeof template_line / sizeof *template_line; i++)
		add_line(&w, template_line[i]);
}
