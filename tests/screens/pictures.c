/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pictures FOLDER - writes there pictures of made-up moments as the key S does, for
 * test_pictures.sh to read. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/fixtures/hostile.h"
#include "tests/fixtures/scene.h"
#include "twintop/app/app.h"
#include "twintop/screen/svg.h"

enum content { NOTHING, SCENE, ALONE, HOSTILE };
static const struct row {
	const char *name, *theme, *keys;
	enum content content;
	int w, h;
	bool ascii;
} table[] = {
	{"scene", "dark", "", SCENE, 120, 36, false},
	{"paused", "light", "4 ", SCENE, 80, 24, false},
	{"prompt", "dark", "4f<&", SCENE, 80, 24, false},
	{"help", "projector", "?", SCENE, 120, 36, false},
	{"alone", "mono", "2", ALONE, 80, 24, true},
	{"nothing", "dark", "", NOTHING, 80, 24, false},
	{"least", "dark", "", SCENE, 40, 12, false},
	{"tiny", "dark", "", SCENE, 20, 5, false},
	{"hostile-1", "dark", "1", HOSTILE, 120, 36, false},
	{"hostile-2", "dark", "2", HOSTILE, 80, 24, false},
	{"hostile-4", "mono", "4", HOSTILE, 80, 24, true},
	{"hostile-7", "light", "7", HOSTILE, 120, 36, false},
};

static const struct moment *moment_of(enum content content)
{
	switch (content) {
	case SCENE:
		return scene_moment(&(struct scene){.step = 3});
	case ALONE:
		return scene_moment(&(struct scene){.alone = true});
	case HOSTILE:
		return hostile_moment(2, false);
	case NOTHING:
		break;
	}
	return NULL;
}

static void picture(const struct row *row, struct textbuf *out)
{
	struct app *a =
		app_new(&(struct app_options){.ascii = row->ascii, .delay_ns = SCENE_STEP_NS});
	struct canvas *c = canvas_new(row->w, row->h, row->ascii);
	const struct moment *m = moment_of(row->content);
	struct picture_words words = {0};

	if (m)
		app_moment(a, m);
	for (const char *k = row->keys; *k; k++)
		app_key(a, (uint32_t)(unsigned char)*k, SCENE_BEGIN_NS);
	app_picture(a, c, SCENE_BEGIN_NS, 0);
	app_picture_words(a, &words);
	svg_write(c, theme_find(row->theme), words.title.bytes, words.description.bytes, out);
	picture_words_free(&words);
	canvas_free(c);
	app_free(a);
	moment_put(m);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC0", 1);
	tzset();
	for (size_t i = 0; argc == 2 && i < sizeof table / sizeof *table; i++) {
		struct textbuf out = {0};
		char path[4096];
		FILE *f;

		picture(&table[i], &out);
		snprintf(path, sizeof path, "%s/%s.svg", argv[1], table[i].name);
		f = fopen(path, "w");
		if (!f || fwrite(out.bytes, 1, out.len, f) != out.len || fclose(f)) {
			perror(path);
			return 1;
		}
		textbuf_free(&out);
	}
	return argc == 2 ? 0 : 2;
}
