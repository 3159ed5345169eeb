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
#include "tests/fixtures/tape.h"
#include "twintop/app/app.h"
#include "twintop/compare/diff.h"
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
/* Recordings of tests/recordings that are replayed in its place. */
#define COW	 512u
#define THREADS	 1024u
#define FAMILY	 2048u
#define REDACTED 4096u
#define OLD	 8192u
#define TRACED	 16384u	  /* the scene, of whose threads backtraces are known */
#define WAITING	 32768u	  /* the scene, of which more threads wait */
#define LANED	 131072u  /* the scene, of which is told when threads were on a CPU */
#define PYTHON	 262144u  /* the scene, of a program of Python */
#define FIBERS	 524288u  /* the scene, of whose threads many stacks are known */
#define DEAF	 1048576u /* and nobody listened for a while of it */
#define HELD	 65536u	  /* the scene with backtraces, where some were held */
#define LANES	 2097152u /* a recording */

/*
 * keys: characters and names of keys; "step" the next moment (of a recording when it is due),
 * "exit" the same with the child killed from then on, "taped" that it is recorded, "untaped" that
 * this failed, "lack" one without descriptors, "+ft" one in which that happened (see struct scene),
 * "wait" five seconds, "grow" a moment from which on there is more of A, "beside"
 * one from which on the begin of it is beside it as another recording.
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
	struct tape tape;
	unsigned step;
	bool killed, grown, beside;
	uint64_t now_ns;
};

#define DUE_NS                                                                                     \
	20000000000u /* a recording that plays has its next moment, whatever the machine does */

static void next_of_tape(struct play *p)
{
	const struct moment *m = source_wait(p->tape.source, DUE_NS);

	if (m)
		app_moment(p->app, m);
	moment_put(m);
	app_over(p->app);
}

/* In place of B how A was at the begin, as of another recording. */
static const struct moment *put_beside(const struct moment *m)
{
	const struct moment *other = scene_moment(&(const struct scene){.step = 0});
	const struct moment *both = diff_beside(m, other);

	moment_put(m);
	moment_put(other);
	return both;
}

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
		.traced = flags & TRACED,
		.laned = flags & LANED,
		.deaf = flags & DEAF,
		.waiting = flags & WAITING,
		.held = flags & HELD,
		.python = flags & PYTHON,
		.goroutines = flags & FIBERS,
		.written = p->grown,
		.rows = p->grown ? 2 : 0,
		.lacks = lacks,
		.events = events,
	};
	const struct moment *m = scene_moment(&scene);

	if (p->beside)
		m = put_beside(m);
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

/* As of one that has gone on for a while. */
static void tape(struct play *p, bool on)
{
	app_tape(p->app, &(const struct tape_look){.state = on ? TAPE_ON : TAPE_FAILED,
				 .span_ns = 12300000000ull,
				 .moments = 124,
				 .bytes = 348160});
}

static void play_keys(struct play *p)
{
	for (const char *at = p->golden->keys; *at; at += *at == ' ') {
		size_t len = strcspn(at, " ");

		p->killed |= is_word(at, len, "exit");
		p->grown |= is_word(at, len, "grow");
		p->beside |= is_word(at, len, "beside");
		if (p->tape.source && is_word(at, len, "step"))
			next_of_tape(p);
		else if (is_word(at, len, "step") || is_word(at, len, "exit") ||
			 is_word(at, len, "grow") || is_word(at, len, "beside"))
			next_moment(p, 0, NULL);
		else if (is_word(at, len, "lack"))
			next_moment(p, 1u << PART_FDS, NULL);
		else if (len > 1 && *at == '+')
			tell(p, at + 1, len - 1);
		else if (is_word(at, len, "taped") || is_word(at, len, "untaped"))
			tape(p, *at == 't');
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

/* A demo's screens end in the name of the recording that they are drawn from. */
static const char *tape_of(const struct golden *g)
{
	if (strstr(g->name, "demo-"))
		return strstr(g->name, "demo-");
	return g->flags & COW	     ? "cow"
	       : g->flags & THREADS  ? "threads"
	       : g->flags & LANES    ? "lanes"
	       : g->flags & FAMILY   ? "family"
	       : g->flags & REDACTED ? "redacted"
	       : g->flags & OLD	     ? "old"
				     : NULL;
}

static void draw_golden(const struct golden *g, struct textbuf *out)
{
	static const char console[] = "child: writing to page 3\r\n\033[31mred\033[0m \xff\r\n> ";
	const char *tape = tape_of(g);
	struct play p = {.golden = g, .now_ns = SCENE_BEGIN_NS};
	struct app_options options = {
		.ascii = g->flags & ASCII,
		.launched = g->flags & LAUNCHED,
		.choose = g->flags & CHOOSE,
		.tapes = true,
		.delay_ns = SCENE_STEP_NS,
	};

	if (tape) {
		tape_open(tape, &p.tape);
		options.live = p.tape.source;
		options.host = p.tape.host;
		options.redacted = p.tape.redacted;
		options.recorded = true;
	}
	p.app = app_new(&options);
	p.canvas = canvas_new(g->w, g->h, options.ascii);
	if (tape)
		next_of_tape(&p);
	else if (!options.choose)
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
	tape_close(&p.tape);
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
