/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "man_page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/text.h"

/* Signs that the page itself does not have, put before its parts so that they are found in what was
 * rendered. */
#define SECTION "\xc2\xa7" /* § */
#define TAG	"\xc2\xab" /* « */
#define BODY	"\xc2\xbb" /* » */
#define OTHER	"\xc2\xb6" /* ¶ */
#define SIGN	2	   /* bytes */

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* A line, or a request's first argument, with a sign before it. */
static void add_signed(struct textbuf *out, const char *line, const char *sign)
{
	size_t request = *line == '.' ? strcspn(line, " ") + 1 : 0;

	textbuf_add(out, line, request);
	textbuf_addf(out, "%s%s", sign, line + request);
}

static void sign_parts(FILE *in, struct textbuf *out)
{
	enum { TEXT, AT_TAG, AT_BODY } next = TEXT;
	char line[4096];

	while (fgets(line, sizeof line, in)) {
		if (next == AT_TAG)
			add_signed(out, line, "\\[u00AB]");
		else if (begins(line, ".SH ") || begins(line, ".SS "))
			add_signed(out, line, "\\[u00A7]");
		else
			textbuf_addf(out, "%s%s", next == AT_BODY ? "\\[u00BB]\n" : "", line);
		next = next == AT_TAG ? AT_BODY : begins(line, ".TP") ? AT_TAG : TEXT;
		if (begins(line, ".SH ") || begins(line, ".SS ") || begins(line, ".PP") ||
			begins(line, ".IP") || begins(line, ".RS") || begins(line, ".RE"))
			textbuf_adds(out, "\\[u00B6]\n");
	}
}

/* Blanks become one, dashes of all kinds the one that is typed. */
static void add_plain(struct textbuf *out, const char *text)
{
	static const char *const dash[] = {"\xe2\x80\x90", "\xe2\x80\x91", "\xe2\x88\x92"};
	bool blank = false;

	while (*text) {
		size_t n = 0;

		for (size_t i = 0; !n && i < sizeof dash / sizeof *dash; i++)
			n = begins(text, dash[i]) ? strlen(dash[i]) : 0;
		if (strchr(" \n\t", *text)) {
			blank = true;
			text++;
			continue;
		}
		if (blank)
			textbuf_adds(out, " ");
		blank = false;
		textbuf_add(out, n ? "-" : text, 1);
		text += n ? n : 1;
	}
}

static char *read_all(FILE *f)
{
	struct textbuf out = {0};
	char bytes[4096];
	size_t n;

	textbuf_adds(&out, "");
	while ((n = fread(bytes, 1, sizeof bytes, f)))
		textbuf_add(&out, bytes, n);
	return out.bytes;
}

/* Lines so long that nothing is broken or hyphenated, no bold, and each warning told. */
static int render(const struct textbuf *source, struct man_page *page)
{
	char in[] = "/tmp/twintop-man-XXXXXX", command[256];
	struct textbuf plain = {0};
	int fd = mkstemp(in);
	char *rendered;
	FILE *f;

	if (fd < 0 || write(fd, source->bytes, source->len) != (ssize_t)source->len)
		return -EIO;
	close(fd);
	snprintf(command, sizeof command,
		"groff -man -Tutf8 -ww -P-c -P-b -P-o -P-u -rLL=20000n -rHY=0 -rcR=1 %s 2>%s.err",
		in, in);
	f = popen(command, "r");
	rendered = read_all(f);
	pclose(f);
	snprintf(command, sizeof command, "%s.err", in);
	f = fopen(command, "r");
	page->warnings = read_all(f);
	fclose(f);
	unlink(command);
	unlink(in);
	add_plain(&plain, rendered);
	page->text = plain.bytes;
	page->len = plain.len;
	free(rendered);
	return 0;
}

/* Ends the part before a sign, blanks around it taken off; returns the part that begins there. */
static char *cut(char *at)
{
	if (at[-1] == ' ')
		at[-1] = '\0';
	*at = '\0';
	at += SIGN;
	return *at == ' ' ? at + 1 : at;
}

static bool is_sign(const char *at)
{
	return begins(at, SECTION) || begins(at, TAG) || begins(at, BODY) || begins(at, OTHER);
}

static void find_entries(struct man_page *page)
{
	const char *section = "";
	size_t room = 0;

	for (char *at = page->text + 1; *at; at++) {
		bool heading = begins(at, SECTION), tag = begins(at, TAG), body = begins(at, BODY);

		if (!is_sign(at))
			continue;
		at = cut(at);
		if (heading)
			section = at;
		if (tag && page->n == room) {
			room = room ? 2 * room : 64;
			page->entry = realloc(page->entry, room * sizeof *page->entry);
		}
		if (tag)
			page->entry[page->n++] = (struct man_entry){section, at, ""};
		if (body && page->n)
			page->entry[page->n - 1].body = at;
		at--;
	}
}

int man_page_read(const char *path, struct man_page *ret)
{
	struct textbuf source = {0};
	FILE *in;
	int error;

	*ret = (struct man_page){0};
	if (system("groff -v >/dev/null 2>&1"))
		return -ENOENT;
	in = fopen(path, "r");
	if (!in)
		return -errno;
	sign_parts(in, &source);
	fclose(in);
	error = render(&source, ret);
	textbuf_free(&source);
	if (!error)
		find_entries(ret);
	return error;
}

void man_page_free(struct man_page *page)
{
	free(page->entry);
	free(page->text);
	free(page->warnings);
}
