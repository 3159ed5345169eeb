/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings, themes and what is remembered: what is taken of files, and how they are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/preferences.h"
#include "tests/fixtures/play.h"
#include "twintop/base/own_file.h"
#include "twintop/draw/theme_file.h"

static struct options plain(void)
{
	return (struct options){.theme = theme_table, .delay_ns = 1};
}

static void take(struct preferences *p, struct options *o, const char *bytes)
{
	preferences_take(p, o, "config", text_of(bytes));
}

static void done(struct preferences *p)
{
	p->forgets = true;
	preferences_end(p);
	*p = (struct preferences){0};
}

/* ---- settings -------------------------------------------------------------- */

static void settings_are_taken(void **state)
{
	struct preferences p = {0};
	struct options o = plain();

	(void)state;
	take(&p, &o,
		"# a comment\n\n  theme = light  \ndelay=0.5\r\nview = files\nascii = yes\n"
		"no-mouse = no\ncolor = 16\nsync = never\nhistory = 1h,2M\nstate = no\n"
		"columns.threads = tid name\nkey.copy = c\nkey.memory = F5\nkey.pause = ^A");
	assert_int_equal(p.complaints, 0);
	assert_ptr_equal(o.theme, theme_find("light"));
	assert_int_equal(o.delay_ns, 500000000);
	assert_string_equal(o.view, "files");
	assert_true(o.ascii && !o.no_mouse && o.no_sync && p.forgets);
	assert_int_equal(o.colour, COLOUR_16);
	assert_int_equal(o.history.bytes, 2 << 20);
	assert_string_equal(p.habits.taste[1].columns, "tid name");
	assert_int_equal(habits_key(&p.habits, "copy", 0), 'c');
	assert_int_equal(habits_key(&p.habits, "memory", 0), KEYS_F5);
	assert_int_equal(habits_key(&p.habits, "pause", 0), 1);
	done(&p);
}

/* Each is one line with file, line and way out; the lines around it hold. */
static void a_damaged_line_is_told_and_the_rest_holds(void **state)
{
	static const struct {
		const char *line, *said;
	} row[] = {
		{"what", "config:2: no line \"key = value\""},
		{"= 3", "config:2: no key stands before the ="},
		{"a b = 3", "config:2: no key stands before the ="},
		{"delay =", "config:2: no value stands behind the ="},
		{"theme = \033[2J", "config:2: the value has bytes that are no printable UTF-8"},
		{"theme = \xff", "config:2: the value has bytes that are no printable UTF-8"},
		{"theme = puce", "config:2: theme: 'puce' will not do: give dark, light"},
		{"theme = ../config", "config:2: theme: '../config' will not do"},
		{"delay = 0", "config:2: delay: '0' will not do: give 0.01 to 3600 seconds"},
		{"ascii = 1", "config:2: ascii: give yes or no"},
		{"state = 1", "config:2: state: give yes or no"},
		{"record = x", "config:2: record: nothing is set by that name"},
		{"columns.nosuch = tid", "config:2: columns.nosuch: no view has that name"},
		{"columns.files = fd nosuch",
			"config:2: columns.files: it has no column nosuch; it has "},
		{"columns.files = cpu_percent",
			"config:2: columns.files: it has no column cpu_percent"},
		{"columns.pages = tid", "config:2: columns.pages: that view has no columns to "
					"choose; those have threads, "},
		{"key.nosuch = c", "config:2: key.nosuch: no action or view has that name"},
		{"key.chooser-quit = c", "config:2: key.chooser-quit: no action or view"},
		{"key.copy = cc", "config:2: key.copy: that is no key"},
		{"key.copy = c cc", "config:2: key.copy: that is no key"},
		{"key.copy = c c", "config:2: key.copy: a key of it is taken above already"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct preferences p = {0};
		struct options o = plain();
		char bytes[200];

		snprintf(bytes, sizeof bytes, "view = files\n%s\ncolor = 16\n", row[i].line);
		take(&p, &o, bytes);
		assert_int_equal(p.complaints, 1);
		if (strncmp(p.say.bytes, row[i].said, strlen(row[i].said)) != 0)
			fail_msg("%s: %s", row[i].line, p.say.bytes);
		assert_string_equal(o.view, "files");
		assert_int_equal(o.colour, COLOUR_16);
		assert_ptr_equal(o.theme, theme_table);
		assert_int_equal(o.delay_ns, 1);
		done(&p);
	}
}

static void the_command_line_goes_first(void **state)
{
	const char *const argv[] = {"twintop", "--delay", "2", "--view", "stacks", "1", NULL};
	struct preferences p = {0};
	struct textbuf complaint = {0};
	struct options o;

	(void)state;
	assert_int_equal(options_parse(6, (char **)argv, &o, &complaint), 0);
	take(&p, &o, "delay = 5\nview = files\ncolor = 16\n");
	assert_int_equal(p.complaints, 0);
	assert_int_equal(o.delay_ns, 2000000000);
	assert_string_equal(o.view, "stacks");
	assert_int_equal(o.colour, COLOUR_16);
	preferences_take_state(&p, &o, text_of("view = memory\n"));
	assert_string_equal(o.view, "stacks");
	done(&p);
}

/* ---- keys and columns on the screen ------------------------------------------ */

static struct app *start(struct habits *h)
{
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS, .habits = h});

	play_feed(a, (struct scene){.step = 0});
	play_feed(a, (struct scene){.step = 1});
	return a;
}

static void keys_of_ones_own_do_it_and_are_shown(void **state)
{
	struct preferences p = {0};
	struct options o = plain();
	struct app *a;

	(void)state;
	take(&p, &o, "key.help = c\nkey.memory = M\nkey.sort = ^A\n");
	a = start(&p.habits);
	play_keys(a, "M");
	assert_true(play_shows(a, "[4 Memory]"));
	assert_true(play_shows(a, " c help"));
	assert_true(play_shows(a, " ^A sort"));
	play_keys(a, "?"); /* the old ones go no more */
	assert_false(play_shows(a, "Keys everywhere"));
	play_keys(a, "c");
	assert_true(play_shows(a, "Keys everywhere"));
	assert_false(play_shows(a, "? h F1"));
	play_keys(a, "c");
	play_keys(a, "2");
	assert_true(play_shows(a, "[2 Threads]"));
	play_keys(a, "4");
	assert_false(play_shows(a, "[4 Memory]"));
	play_keys(a, "M:sort");
	assert_true(play_shows(a, "^A "));
	assert_false(play_shows(a, " s  "));
	app_free(a);
	assert_string_equal(p.habits.view, "memory");
	done(&p);
}

/* One of several words is a key each; what the tables give it to elsewhere has it no more. */
static void keys_are_listed_and_taken_from_others(void **state)
{
	struct preferences p = {0};
	struct options o = plain();
	struct app *a;

	(void)state;
	take(&p, &o, "key.help = , h\nkey.memory = ?\n");
	assert_int_equal(p.complaints, 0);
	assert_int_equal(habits_key(&p.habits, "help", 0), ',');
	assert_int_equal(habits_key(&p.habits, "help", 1), 'h');
	assert_int_equal(habits_key(&p.habits, "help", 2), 0);
	a = start(&p.habits);
	assert_true(app_quits_by_q(a));
	play_keys(a, "?");
	assert_true(play_shows(a, "[4 Memory]"));
	assert_true(play_shows(a, " , help"));
	play_keys(a, "h");
	assert_true(play_shows(a, ", h  "));
	play_keys(a, ",");
	assert_false(play_shows(a, "Keys everywhere"));
	app_free(a);
	done(&p);
	/* Two lines for one action, or one key for two: the first holds. */
	take(&p, &o, "key.copy = c\nkey.copy = x\nkey.sort = c z\nkey.quit = ^Q\n");
	assert_int_equal(p.complaints, 2);
	assert_int_equal(habits_key(&p.habits, "copy", 0), 'c');
	assert_int_equal(habits_key(&p.habits, "sort", 0), 0);
	a = start(&p.habits);
	assert_false(app_quits_by_q(a));
	assert_true(play_shows(a, " ^Q quit"));
	app_free(a);
	done(&p);
}

static void columns_and_order_are_as_they_were_wanted(void **state)
{
	struct preferences p = {0};
	struct options o = plain();
	struct textbuf told = {0};
	struct app *a;

	(void)state;
	take(&p, &o, "columns.threads = tid name\n");
	a = start(&p.habits);
	play_keys(a, "2");
	assert_true(play_shows(a, "TID"));
	assert_false(play_shows(a, "CPU"));
	app_free(a);
	done(&p);
	a = start(&p.habits);
	play_keys(a, "2");
	assert_true(play_shows(a, "CPU"));
	play_keys(a, "s");
	app_free(a);
	preferences_tell_state(&p, &told);
	assert_non_null(strstr(told.bytes, "view = threads\nsort.threads = tid"));
	textbuf_free(&told);
	done(&p);
}

static void what_is_remembered_is_taken_up(void **state)
{
	static const char text[] = "view = files\nsort.threads = cpu_percent reverse\n"
				   "sort.memory = start\n";
	struct preferences p = {0};
	struct options o = plain();
	struct textbuf told = {0};

	(void)state;
	preferences_take_state(&p, &o, text_of(text));
	assert_string_equal(o.view, "files");
	p.habits.view = "files";
	preferences_tell_state(&p, &told);
	assert_string_equal(told.bytes, text);
	textbuf_clear(&told);
	/* Damage is no trouble. */
	preferences_take_state(&p, &o,
		text_of("view = nosuch\nsort.threads = \033\nsort.x = tid\n=\n"
			"sort.stacks = nosuch\n\xff\xfe\n"));
	preferences_tell_state(&p, &told);
	assert_string_equal(told.bytes, text);
	textbuf_free(&told);
	done(&p);
}

/* ---- themes ------------------------------------------------------------------ */

static void themes_are_taken(void **state)
{
	struct preferences p = {0};
	const struct look *l = p.theme.look;

	(void)state;
	preferences_take_theme(&p, "mine",
		text_of("base = light\npaper = #102030\nside-a = bright-red on #0000ee bold\n"
			"only-b = #fe0101\nwarning = default underline\n"));
	assert_int_equal(p.complaints, 0);
	assert_int_equal(p.theme.paper, 0x102030);
	assert_int_equal(p.theme.ink, theme_find("light")->ink);
	assert_int_equal(l[STYLE_SIDE_A].basic, 9);
	assert_int_equal(l[STYLE_SIDE_A].rgb_back, 0x0000ee);
	assert_int_equal(l[STYLE_SIDE_A].basic_back, 4);
	assert_int_equal(l[STYLE_SIDE_A].mono, LOOK_BOLD);
	assert_int_equal(l[STYLE_ONLY_B].basic, 9);
	assert_int_equal(l[STYLE_WARN].rgb, COLOUR_DEFAULT);
	assert_memory_equal(&l[STYLE_BAD], &theme_find("light")->look[STYLE_BAD], sizeof *l);
	preferences_take_theme(&p, "mine",
		text_of("strong = puce\nnosuch = red\nbase = puce\n"
			"ink = red\nlecture = 1\ngood = #1234567\n"));
	assert_int_equal(p.complaints, 6);
	assert_memory_equal(&p.theme.look, &theme_table[0].look, sizeof p.theme.look);
	done(&p);
	assert_true(theme_file_name("mine-2.dark"));
	assert_false(theme_file_name("../mine") || theme_file_name(".mine") ||
		     theme_file_name("") || theme_file_name("a/b"));
}

/* ---- files ------------------------------------------------------------------- */

static void expect_file(const char *path, const char *bytes)
{
	struct textbuf got = {0};
	struct stat st;

	assert_int_equal(own_read(path, 100, &got), 0);
	assert_string_equal(got.bytes, bytes);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600);
	textbuf_free(&got);
}

static void files_are_replaced_whole_and_privately(void **state)
{
	char base[] = "/tmp/twintop-own-XXXXXX", path[200], folder[100], link[200];
	struct textbuf got = {0};

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(folder, sizeof folder, "%s/local/state/twintop", base);
	snprintf(path, sizeof path, "%s/state", folder);
	assert_int_equal(own_read(path, 100, &got), -ENOENT);
	assert_int_equal(own_replace(folder, "state", text_of("one")), 0);
	expect_file(path, "one");
	/* A link in its place is replaced, and what it leads to left alone. */
	snprintf(link, sizeof link, "%s/victim", base);
	close(open(link, O_WRONLY | O_CREAT, 0644));
	unlink(path);
	assert_int_equal(symlink(link, path), 0);
	assert_int_equal(own_replace(folder, "state", text_of("two")), 0);
	expect_file(path, "two");
	assert_int_equal(own_read(path, 2, &got), -EFBIG);
	assert_int_equal(own_read(folder, 100, &got), -EINVAL);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(own_read(path, 100, &got), -EINVAL);
	unlink(path);
	rmdir(folder);
	/* Nor is anything written through a link in the folder's place, or where there is none. */
	assert_int_equal(symlink(base, folder), 0);
	assert_true(own_replace(folder, "state", text_of("three")) < 0);
	assert_true(own_replace("/dev/null/twintop", "state", text_of("three")) < 0);
	unlink(folder);
	for (int i = 0; i < 2; i++) {
		*strrchr(folder, '/') = '\0';
		rmdir(folder);
	}
	unlink(link);
	assert_int_equal(rmdir(base), 0);
	textbuf_free(&got);
}

static void files_of_others_are_left_alone(void **state)
{
	char base[] = "/tmp/twintop-own-XXXXXX", path[100];
	struct textbuf got = {0};

	(void)state;
	if (geteuid()) {
		print_message("skipped: only root can make a file somebody else's\n");
		skip();
	}
	assert_non_null(mkdtemp(base));
	snprintf(path, sizeof path, "%s/config", base);
	close(open(path, O_WRONLY | O_CREAT, 0644));
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(own_read(path, 100, &got), -EPERM);
	assert_int_equal(chown(base, 65534, 65534), 0);
	assert_int_equal(own_replace(base, "state", text_of("x")), -EPERM);
	unlink(path);
	assert_int_equal(rmdir(base), 0);
}

static void folders_are_those_of_the_environment(void **state)
{
	struct textbuf out = {0};

	(void)state;
	setenv("XDG_CONFIG_HOME", "/x", 1);
	assert_true(own_folder("XDG_CONFIG_HOME", ".config", &out));
	assert_string_equal(out.bytes, "/x/twintop");
	textbuf_clear(&out);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/home/me", 1);
	assert_true(own_folder("XDG_CONFIG_HOME", ".config", &out));
	assert_string_equal(out.bytes, "/home/me/.config/twintop");
	setenv("HOME", "", 1);
	assert_false(own_folder("XDG_CONFIG_HOME", ".config", &out));
	textbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_taken),
		cmocka_unit_test(a_damaged_line_is_told_and_the_rest_holds),
		cmocka_unit_test(the_command_line_goes_first),
		cmocka_unit_test(keys_of_ones_own_do_it_and_are_shown),
		cmocka_unit_test(keys_are_listed_and_taken_from_others),
		cmocka_unit_test(columns_and_order_are_as_they_were_wanted),
		cmocka_unit_test(what_is_remembered_is_taken_up),
		cmocka_unit_test(themes_are_taken),
		cmocka_unit_test(files_are_replaced_whole_and_privately),
		cmocka_unit_test(files_of_others_are_left_alone),
		cmocka_unit_test(folders_are_those_of_the_environment),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
