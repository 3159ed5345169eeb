/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/screen/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "save.h"
#include "screen_internal.h"
#include "twintop/base/clock.h"
#include "twintop/base/leave.h"
#include "twintop/base/privilege.h"
#include "twintop/screen/svg.h"

#define FRAME_NS      33000000ull   /* between drawings that no key asked for */
#define FADE_NS	      250000000ull  /* and while a message stands or an answer is awaited */
#define IDLE_NS	      1500000000ull /* and while only marks fade and data ages */
#define HOLD_MS	      20	    /* between looks at a key that is held */
#define SAVE_NS	      1000000000ull /* a picture that takes longer is spoken of */
#define TURN_NS	      20000000ull   /* for moments, while keys wait */
#define CONSOLE_BYTES 65536u	    /* of a program's output between two drawings */

struct run {
	const struct run_options *options;
	struct app *app;
	struct canvas *canvas;
	struct source *source;
	struct launch *launch;
	bool launch_open; /* its pty still speaks */
	bool launch_reaped;
	size_t console_left;	/* bytes that may still be read before the next drawing */
	unsigned columns, rows; /* of its terminal */
	pid_t pid[2];
	bool b_chosen_by_us;
	unsigned need, beside;
	struct save save;
	bool save_told; /* that it takes long */
	uint64_t drawn_ns;
	bool dirty, quit;
};

enum {
	POLL_KEYS,
	POLL_SIGNALS,
	POLL_MOMENTS,
	POLL_LIST,
	POLL_LAUNCH,
	POLL_SAVE,
	POLL_TAPE,
	POLL_ALL
};

/* ---- drawing ------------------------------------------------------------- */

/* Gives the launched program a terminal of the console's size. */
static void fit_program(struct run *r)
{
	struct winsize size = {0};
	unsigned columns, rows;

	if (!r->launch || !r->launch_open)
		return;
	app_console_size(r->app, &columns, &rows);
	if (!columns || !rows || (columns == r->columns && rows == r->rows))
		return;
	r->columns = columns;
	r->rows = rows;
	size.ws_col = (unsigned short)columns;
	size.ws_row = (unsigned short)rows;
	ioctl(launch_fd(r->launch), TIOCSWINSZ, &size);
}

/* What happened is told once, before the screen that shows what came of it. */
static void tell(struct run *r)
{
	struct textbuf news = {0};

	app_step_news(r->app, &news);
	if (news.len)
		tty_tell(news.bytes);
	textbuf_free(&news);
}

static void draw(struct run *r)
{
	uint64_t now = clock_monotonic_ns();
	int w, h;

	tty_size(&w, &h);
	if (!r->canvas || r->canvas->w != w || r->canvas->h != h) {
		canvas_free(r->canvas);
		r->canvas = canvas_new(w, h, r->options->app.ascii);
	}
	r->drawn_ns = now;
	r->console_left = CONSOLE_BYTES;
	/* Stopped by Ctrl-S, or read by nobody: keys are answered all the same. */
	if (!tty_takes_output())
		return;
	app_draw(r->app, r->canvas, now, source_busy_ns(r->source));
	stall_guard(app_quits_by_q(r->app));
	tell(r);
	tty_blit(r->canvas);
	stall_end();
	fit_program(r);
	r->dirty = false;
}

/* ---- what the app asks for ----------------------------------------------- */

/* On a canvas of its own: the screen's may be an older one, while the terminal takes no output. */
static void write_picture(struct run *r, struct textbuf *out)
{
	struct canvas *c = canvas_new(r->canvas->w, r->canvas->h, r->options->app.ascii);
	struct picture_words words = {0};

	app_picture(r->app, c, clock_monotonic_ns(), source_busy_ns(r->source));
	app_picture_words(r->app, &words);
	svg_write(c, r->options->theme, words.title.bytes, words.description.bytes, out);
	picture_words_free(&words);
	canvas_free(c);
}

static void save_svg(struct run *r)
{
	const char *folder = r->options->svg_directory ? r->options->svg_directory : ".";
	struct textbuf out = {0};
	int error;

	if (privilege_raised()) {
		app_message(r->app,
			"not saved: twintop has rights beyond yours and writes no files with them");
		return;
	}
	if (save_runs(&r->save)) {
		app_message(r->app, "the last picture is not saved yet");
		return;
	}
	write_picture(r, &out);
	error = save_begin(&r->save, folder, &out);
	if (error)
		app_message(r->app, strerror(-error));
	r->save_told = false;
	textbuf_free(&out);
}

static void watch_both(struct run *r, pid_t a, pid_t b)
{
	int error = source_watch(r->source, a, b, NULL);

	if (error)
		app_message(r->app, error == -ESRCH ? "that process has gone" : strerror(-error));
}

static void watch(struct run *r, unsigned side, pid_t pid)
{
	bool keep_b = r->pid[1] && !r->b_chosen_by_us && r->pid[1] != pid;
	pid_t a = side ? r->pid[0] : pid, b = side ? pid : keep_b ? r->pid[1] : SIBLING_NEAREST;

	if (side && (pid == a || !a)) {
		app_message(r->app, a ? "that is A already" : "choose A first");
		return;
	}
	watch_both(r, a, b);
}

static void send_to_program(struct run *r, const char *bytes, size_t n)
{
	if (!r->launch || !r->launch_open)
		app_message(r->app, "the program has ended");
	else if (write(launch_fd(r->launch), bytes, n) < 0)
		app_message(r->app, "the program does not read its input");
}

/* Those that are there; where more come than can be taken, keys have their turn. */
static void take_moments(struct run *r)
{
	uint64_t until = clock_monotonic_ns() + TURN_NS, n = 0;
	const struct moment *m;

	while ((!n++ || clock_monotonic_ns() < until) && (m = source_next(r->source))) {
		const struct snapshot *s = m->snapshot;

		r->pid[0] = s->sides > 0 ? s->side[0].tid : 0;
		r->pid[1] = s->sides > 1 ? s->side[1].tid : 0;
		r->b_chosen_by_us = s->sibling_chosen_by_us;
		r->dirty |= app_moment(r->app, m);
		moment_put(m);
	}
	if (source_done(r->source)) {
		app_over(r->app);
		r->dirty = true;
	}
}

static bool waits(const struct source *source)
{
	struct pollfd p = {.fd = source_fd(source), .events = POLLIN};

	return !source_done(source) && poll(&p, 1, 0) == 1;
}

/* What was published before it is ready is in the history by then, what comes later it gets. */
static void record(struct run *r, bool on)
{
	const struct tape_ops *tape = &r->options->tape;
	int error = 0;

	if (!on) {
		tape->stop(tape->context);
		return;
	}
	error = tape->ready(tape->context);
	if (!error) {
		while (waits(r->source))
			take_moments(r);
		error = tape->begin(tape->context, app_tape_path(r->app), app_history(r->app));
	}
	if (error)
		app_message(r->app, strerror(-error));
}

/* The terminal may hang in the midst of it: keys are looked at as while a frame is written. */
static void copy(struct run *r)
{
	int error;

	stall_guard(app_quits_by_q(r->app));
	error = tty_copy(app_copy_bytes(r->app));
	stall_end();
	app_copied(r->app, error);
}

static void serve(struct run *r, const struct app_request *request)
{
	switch (request->kind) {
	case REQUEST_QUIT:
		r->quit = true;
		break;
	case REQUEST_WATCH:
		if (request->other)
			watch_both(r, request->pid, request->other);
		else
			watch(r, request->side, request->pid);
		break;
	case REQUEST_SWAP:
		source_swap(r->source);
		break;
	case REQUEST_LIFT:
		source_lift(r->source, request->generations);
		break;
	case REQUEST_HOLD:
		source_hold(r->source, request->process, request->pid);
		break;
	case REQUEST_DELAY:
		source_delay(r->source, request->delay_ns);
		break;
	case REQUEST_SEND:
		send_to_program(r, request->bytes, request->bytes_n);
		break;
	case REQUEST_STEP_ON:
		if (!r->launch || launch_go(r->launch))
			app_message(r->app, "the program does not listen");
		break;
	case REQUEST_LIST:
		source_want_list(r->source, request->on);
		break;
	case REQUEST_SAVE_SVG:
		save_svg(r);
		break;
	case REQUEST_RECORD:
		record(r, request->on);
		break;
	case REQUEST_COPY:
		copy(r);
		break;
	case REQUEST_REDRAW:
		tty_redraw();
		break;
	case REQUEST_NONE:
		break;
	}
}

static void serve_requests(struct run *r)
{
	struct app_request request;
	unsigned need, beside;

	while (app_next_request(r->app, &request))
		serve(r, &request);
	need = app_need(r->app, &beside);
	if (need == r->need && beside == r->beside)
		return;
	r->need = need;
	r->beside = beside;
	source_need(r->source, need, beside);
}

/* ---- what comes in ------------------------------------------------------- */

static void take_keys(struct run *r)
{
	struct tty_input input;

	while (!r->quit && (input = tty_input()).event != TTY_NOTHING) {
		if (input.event == TTY_END)
			r->quit = true;
		else if (input.event == TTY_CLICK)
			app_click(r->app, input.x, input.y, clock_monotonic_ns());
		else if (input.event == TTY_DRAG)
			app_drag(r->app, input.x, input.y);
		else if (input.event == TTY_DROP)
			app_drop(r->app);
		else if (input.key)
			app_key(r->app, input.key, clock_monotonic_ns());
		serve_requests(r);
		tty_raw(app_typing(r->app));
		r->dirty = true;
		r->drawn_ns = 0; /* keys are answered at once */
	}
}

static void take_list(struct run *r)
{
	const struct process_list *list = source_list(r->source);

	if (!list)
		return;
	app_process_list(r->app, list);
	part_put(list);
	r->dirty = true;
}

/* The program's output, no more between two drawings than a person could see pass. */
static void take_output(struct run *r)
{
	char bytes[4096];
	ssize_t n = 1;

	while (r->launch_open && r->console_left && n > 0) {
		n = read(launch_fd(r->launch), bytes, sizeof bytes);
		if (n > 0) {
			app_console(r->app, bytes, (size_t)n);
			r->console_left -=
				(size_t)n < r->console_left ? (size_t)n : r->console_left;
			r->dirty = true;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			r->launch_open = false; /* EIO: nobody holds the other end */
		}
	}
}

/* What became of the picture, or that nothing has yet. */
static void take_saved(struct run *r)
{
	struct textbuf message = {0};
	char path[SAVE_PATH_MAX];
	int error;

	if (save_take(&r->save, path, &error)) {
		if (error)
			textbuf_addf(&message, "cannot write %s: %s%s", path, strerror(-error),
				error == -EACCES || error == -EROFS
					? ": start twintop in a folder of yours"
					: "");
		else
			textbuf_addf(&message, "saved %s", path);
	} else if (save_runs(&r->save) && !r->save_told &&
		   clock_monotonic_ns() - r->save.begun_ns > SAVE_NS) {
		textbuf_addf(&message, "%s does not answer: the picture waits", r->save.folder);
		r->save_told = true;
	}
	if (message.len) {
		app_message(r->app, message.bytes);
		r->dirty = true;
	}
	textbuf_free(&message);
}

/* How a recording stands, and what there is to say of it. */
static void take_tape(struct run *r)
{
	const struct tape_ops *tape = &r->options->tape;
	struct textbuf said = {0};
	struct tape_look look;

	if (!tape->look)
		return;
	tape->look(tape->context, &look, &said);
	r->dirty |= app_tape(r->app, &look);
	if (said.len) {
		app_message(r->app, said.bytes);
		r->dirty = true;
	}
	textbuf_free(&said);
}

static void reap_program(struct run *r)
{
	int status;

	if (!r->launch || r->launch_reaped || !launch_reap(r->launch, &status))
		return;
	r->launch_reaped = true;
	take_output(r);
	app_console_ended(r->app, status);
	source_reaped(r->source, launch_pid(r->launch), status);
	r->dirty = true;
}

static void take_signals(struct run *r)
{
	unsigned bits = signals_take();

	if (bits & SIGNALS_END)
		r->quit = true;
	else if (tty_asleep() || (bits & SIGNALS_CONT))
		tty_continued();
	else if (bits & SIGNALS_STOP)
		tty_stop();
	if (bits & SIGNALS_RESIZE)
		tty_resized();
	if (bits & (SIGNALS_STOP | SIGNALS_CONT | SIGNALS_RESIZE)) {
		r->dirty = true;
		r->drawn_ns = 0;
	}
}

/* ---- the loop ------------------------------------------------------------ */

/* Until the next drawing is due; what comes in and changes nothing puts it off for nobody. */
static int wait_ms(const struct run *r)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t rest = r->dirty ? FRAME_NS : app_fading(r->app) ? FADE_NS : IDLE_NS;
	uint64_t due = r->drawn_ns + rest;

	if (tty_asleep())
		return IDLE_NS / 1000000;
	if (now >= due)
		return 0;
	if (tty_holds() && due - now > HOLD_MS * 1000000u)
		return HOLD_MS;
	return (int)((due - now) / 1000000) + 1;
}

static int wait_events(const struct run *r, struct pollfd fd[POLL_ALL])
{
	bool listen = r->launch_open && r->console_left;

	fd[POLL_KEYS] = (struct pollfd){.fd = tty_asleep() ? -1 : STDIN_FILENO, .events = POLLIN};
	fd[POLL_SIGNALS] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
	fd[POLL_MOMENTS] = (struct pollfd){
		.fd = source_done(r->source) ? -1 : source_fd(r->source), .events = POLLIN};
	fd[POLL_LIST] = (struct pollfd){.fd = source_list_fd(r->source), .events = POLLIN};
	fd[POLL_LAUNCH] =
		(struct pollfd){.fd = listen ? launch_fd(r->launch) : -1, .events = POLLIN};
	fd[POLL_SAVE] = (struct pollfd){.fd = save_fd(&r->save), .events = POLLIN};
	fd[POLL_TAPE] = (struct pollfd){
		.fd = r->options->tape.fd ? r->options->tape.fd(r->options->tape.context) : -1,
		.events = POLLIN};
	return poll(fd, POLL_ALL, wait_ms(r));
}

static void step(struct run *r)
{
	struct pollfd fd[POLL_ALL];
	int n = wait_events(r, fd);
	bool awake, held;

	if (n < 0 && errno != EINTR)
		r->quit = true;
	held = n == 0 && tty_holds();
	if (n == 0 && !held)
		r->dirty = true;
	if ((n > 0 && fd[POLL_SIGNALS].revents) || tty_asleep())
		take_signals(r);
	awake = !tty_asleep();
	if (awake && (held || (n > 0 && fd[POLL_KEYS].revents & POLLIN)))
		take_keys(r);
	else if (n > 0 && awake && fd[POLL_KEYS].revents & (POLLHUP | POLLERR | POLLNVAL))
		r->quit = true;
	if (n > 0 && fd[POLL_MOMENTS].revents)
		take_moments(r);
	if (n > 0 && fd[POLL_LIST].revents)
		take_list(r);
	if (n > 0 && fd[POLL_LAUNCH].revents)
		take_output(r);
	reap_program(r);
	take_saved(r);
	take_tape(r);
	tty_raw(app_typing(r->app));
	serve_requests(r);
	if (r->dirty && !r->quit && awake && clock_monotonic_ns() >= r->drawn_ns + FRAME_NS)
		draw(r);
}

int screen_run(const struct run_options *options, struct source *source, struct launch *launch)
{
	struct run r = {
		.options = options,
		.source = source,
		.launch = launch,
		.launch_open = launch != NULL,
		.console_left = CONSOLE_BYTES,
		.dirty = true,
	};
	int error;

	tty_await();
	error = signals_open();
	if (error)
		return error;
	error = tty_open(options);
	if (error)
		goto out;
	arena_on_out_of_memory(signals_crash_restore);
	r.app = app_new(&options->app);
	serve_requests(&r);
	draw(&r);
	while (!r.quit && !leave_begun())
		step(&r);
	leave_begin(0);
	app_free(r.app);
	canvas_free(r.canvas);
	arena_on_out_of_memory(NULL);
out:
	tty_close();
	signals_close();
	return error;
}
