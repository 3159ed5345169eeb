/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden screens: scripted keys go into the app over the fixed scene, and what
 * it draws is compared with tests/screens/expected/NAME.txt. With --update the
 * expected files are rewritten instead; look at the difference before keeping it.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/scene.h"
#include "twintop/app/app.h"
#include "twintop/draw/theme.h"

/* What a screen shows besides the plain scene. */
#define ASCII	  1u
#define MONO	  2u /* also how each cell looks without colour */
#define ESTIMATED 4u
#define ALONE	  8u
#define KILLED	  16u
#define DENIED	  32u
#define LAUNCHED  64u
#define CHOOSE	  128u
#define TOUCHED	  256u

/*
 * keys: characters and names of keys; "step" the next moment, "exit" the same with the child killed
 * from then on, "lack" one without descriptors, "+ft" one in which that happened (see struct
 * scene), "wait" five seconds.
 */
static const struct golden {
	const char *name;
	int w, h;
	unsigned flags;
	const char *keys;
} golden_table[] = {
#include "golden_rows.h"
};

static const struct {
	const char *name;
	uint32_t key;
} key_names[] = {
	{"Up", KEYS_UP},
	{"Down", KEYS_DOWN},
	{"Left", KEYS_LEFT},
	{"Right", KEYS_RIGHT},
	{"PgUp", KEYS_PAGE_UP},
	{"PgDn", KEYS_PAGE_DOWN},
	{"Home", KEYS_HOME},
	{"End", KEYS_END},
	{"Enter", KEYS_ENTER},
	{"Esc", KEYS_ESCAPE},
	{"Tab", KEYS_TAB},
	{"Space", ' '},
	{"F10", KEYS_F10},
};

struct play {
	const struct golden *golden;
	struct app *app;
	struct canvas *canvas;
	unsigned step;
	bool killed;
	uint64_t now_ns;
};

static void next_moment(struct play *p, unsigned lacks, const char *events)
{
	unsigned flags = p->golden->flags;
	const struct scene scene = {
		.step = p->step++,
		.estimated = flags & ESTIMATED,
		.alone = flags & ALONE,
		.b_killed = p->killed || flags & KILLED,
		.denied = flags & DENIED,
		.touched = flags & TOUCHED,
		.lacks = lacks,
		.events = events,
	};
	const struct moment *m = scene_moment(&scene);

	p->now_ns = m->snapshot->monotonic_ns + 10000000;
	app_moment(p->app, m);
	moment_put(m);
}

/* The next moment, in which that happened: see struct scene. */
static void tell(struct play *p, const char *letters, size_t len)
{
	char events[16] = "";

	snprintf(events, sizeof events, "%.*s", (int)len, letters);
	next_moment(p, 0, events);
}

static void serve(struct play *p)
{
	const struct process_list *list;
	struct app_request r;

	while (app_next_request(p->app, &r))
		if (r.kind == REQUEST_LIST && r.on) {
			list = scene_list();
			app_process_list(p->app, list);
			part_put(list);
		}
}

static bool is_word(const char *token, size_t len, const char *word)
{
	return len == strlen(word) && !strncmp(token, word, len);
}

static void press(struct play *p, const char *token, size_t len)
{
	uint32_t key = 0;

	for (size_t i = 0; i < sizeof key_names / sizeof *key_names; i++)
		if (is_word(token, len, key_names[i].name))
			key = key_names[i].key;
	if (!key)
		text_decode(token, len, &key);
	app_key(p->app, key, p->now_ns);
}

static void play_keys(struct play *p)
{
	for (const char *at = p->golden->keys; *at; at += *at == ' ') {
		size_t len = strcspn(at, " ");

		p->killed |= is_word(at, len, "exit");
		if (is_word(at, len, "step") || is_word(at, len, "exit"))
			next_moment(p, 0, NULL);
		else if (is_word(at, len, "lack"))
			next_moment(p, 1u << PART_FDS, NULL);
		else if (len > 1 && *at == '+')
			tell(p, at + 1, len - 1);
		else if (is_word(at, len, "wait"))
			p->now_ns += 5000000000ull;
		else
			press(p, at, len);
		serve(p);
		app_draw(p->app, p->canvas, p->now_ns, 0);
		at += len;
	}
}

static void write_looks(const struct canvas *c, struct textbuf *out)
{
	static const char letter[16] = " BDdRrRrUuUuRrRr";
	const struct theme *theme = theme_find("mono");

	for (int y = 0; y < c->h; y++) {
		size_t keep = out->len;

		for (int x = 0; x < c->w; x++) {
			const struct cell *cell = canvas_at(c, x, y);
			unsigned mono = theme->look[cell->style].mono;
			char look = letter[(mono ^ (cell->solid ? LOOK_REVERSE : 0)) & 15];

			textbuf_add(out, &look, 1);
			if (look != ' ')
				keep = out->len;
		}
		out->len = keep;
		textbuf_adds(out, "\n");
	}
}

static void draw_golden(const struct golden *g, struct textbuf *out)
{
	static const char console[] = "child: writing to page 3\r\n\033[31mred\033[0m \xff\r\n> ";
	const struct app_options options = {
		.ascii = g->flags & ASCII,
		.launched = g->flags & LAUNCHED,
		.choose = g->flags & CHOOSE,
		.delay_ns = SCENE_STEP_NS,
	};
	struct play p = {.golden = g, .app = app_new(&options), .now_ns = SCENE_BEGIN_NS};

	p.canvas = canvas_new(g->w, g->h, options.ascii);
	if (!options.choose)
		next_moment(&p, 0, NULL);
	app_console(p.app, console, sizeof console - 1);
	serve(&p);
	app_draw(p.app, p.canvas, p.now_ns, 0);
	play_keys(&p);
	canvas_write_text(p.canvas, out);
	if (g->flags & MONO)
		write_looks(p.canvas, out);
	textbuf_addf(out, "cursor %d,%d\n", p.canvas->cursor_x, p.canvas->cursor_y);
	canvas_free(p.canvas);
	app_free(p.app);
}

/* ---- files --------------------------------------------------------------- */

static FILE *open_expected(const struct golden *g, const char *mode)
{
	struct textbuf path = {0};
	FILE *f;

	textbuf_addf(&path, "%s/tests/screens/expected/%s.txt", TWINTOP_SRCDIR, g->name);
	f = fopen(path.bytes, mode);
	if (!f)
		fprintf(stderr, "%s: %s\n", path.bytes, strerror(errno));
	textbuf_free(&path);
	return f;
}

static bool update(const struct golden *g, const struct textbuf *got)
{
	FILE *f = open_expected(g, "w");
	bool ok = f && fwrite(got->bytes, 1, got->len, f) == got->len;

	return f && fclose(f) == 0 && ok;
}

/* Shows the first line that differs. */
static void show_difference(const struct golden *g, const char *got, const char *want)
{
	unsigned line = 1;

	while (*got && *got == *want) {
		size_t n = strcspn(got, "\n");

		if (strncmp(got, want, n + 1) != 0)
			break;
		got += n + 1;
		want += n + 1;
		line++;
	}
	fprintf(stderr, "%s: line %u differs\nexpected: %.*s\n     got: %.*s\n", g->name, line,
		(int)strcspn(want, "\n"), want, (int)strcspn(got, "\n"), got);
}

static bool compare(const struct golden *g, const struct textbuf *got)
{
	FILE *f = open_expected(g, "r");
	struct textbuf want = {0};
	char bytes[4096];
	size_t n;
	bool same;

	if (!f)
		return false;
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		textbuf_add(&want, bytes, n);
	fclose(f);
	same = want.len == got->len && !memcmp(want.bytes, got->bytes, got->len);
	if (!same)
		show_difference(g, got->bytes, want.bytes ? want.bytes : "");
	textbuf_free(&want);
	return same;
}

int main(int argc, char **argv)
{
	bool updating = argc > 1 && !strcmp(argv[1], "--update");
	unsigned bad = 0, n = sizeof golden_table / sizeof *golden_table;

	setenv("TZ", "UTC0", 1);
	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	for (unsigned i = 0; i < n; i++) {
		struct textbuf got = {0};

		draw_golden(&golden_table[i], &got);
		if (!(updating ? update : compare)(&golden_table[i], &got))
			bad++;
		textbuf_free(&got);
	}
	printf("golden screens: %u of %u as expected\n", n - bad, n);
	return bad != 0;
}
