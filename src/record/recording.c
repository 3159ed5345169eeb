/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/recording.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "recording_internal.h"
#include "twintop/base/far_file.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/recorder.h"
#include "twintop/record/trust.h"

#define INPUT_BYTES ((size_t)128 << 10)
#define PIECE	    ((size_t)256 << 10) /* by so much the room for a frame grows */
#define HOST_MOST   64			/* bytes of its name */

struct recording {
	int fd;
	struct far_file *far; /* NULL: it is not read by place */
	struct far_wait wait;
	uint64_t first; /* of a file: where the frames of moments begin */
	ZSTD_DCtx *zstd;
	char *input;
	ZSTD_inBuffer in;
	uint64_t before; /* bytes of the recording before what is in the input */
	bool over;	 /* nothing more can be read */
	struct textbuf frame;
	struct wire_in wire;
	struct record_names names;
	char host[HOST_MOST + 1];
	struct snapshot *last; /* a reference; NULL: none was read */
	struct frame_place place;
	struct text seed; /* of the moment that was read; bytes NULL: none */
	bool redacted;
	bool key;     /* the next moment refers to nothing before it, */
	bool indexed; /* its end was seen */
};

bool recording_is_redacted(const struct recording *r)
{
	return r->redacted;
}

uint64_t recording_at(const struct recording *r)
{
	return r->before + r->in.pos;
}

/* Waits for input where that is stopped by somebody; whether it was. */
static bool stopped(const struct recording *r)
{
	bool taken = r->in.pos == r->in.size && !r->over;
	struct pollfd p[] = {{.fd = r->wait.stop_fd, .events = POLLIN},
		{.fd = taken ? r->fd : -1, .events = POLLIN}};

	if (r->wait.stop_fd < 0)
		return false;
	while (poll(p, 2, taken ? -1 : 0) < 0 && errno == EINTR)
		;
	return p[0].revents != 0;
}

/* Of what comes as it comes the offset is where one is. Or negative errno. */
static ssize_t read_some(const struct recording *r, void *ret, size_t n, uint64_t offset)
{
	ssize_t got;

	if (r->far)
		return far_file_read(r->far, ret, n, offset, &r->wait);
	do
		got = read(r->fd, ret, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* More input where all was taken. 0 or negative errno. */
static int fill(struct recording *r)
{
	ssize_t n;

	if (stopped(r))
		return -ECANCELED;
	if (r->in.pos < r->in.size || r->over)
		return 0;
	n = read_some(r, r->input, INPUT_BYTES, r->before + r->in.size);
	if (n < 0)
		return (int)n;
	r->before += r->in.size;
	r->in = (ZSTD_inBuffer){r->input, (size_t)n, 0};
	r->over = n == 0;
	return 0;
}

/* Unfolds what there is; *ret_left 0: the frame is whole. */
static int unfold(struct recording *r, uint64_t from, size_t *ret_left)
{
	static const char none[PIECE];
	ZSTD_outBuffer out;
	size_t had = r->frame.len;

	textbuf_add(&r->frame, none, sizeof none);
	out = (ZSTD_outBuffer){r->frame.bytes + had, sizeof none, 0};
	*ret_left = ZSTD_decompressStream(r->zstd, &out, &r->in);
	r->frame.len = had + out.pos;
	if (ZSTD_isError(*ret_left))
		return -EBADMSG;
	if (r->frame.len > FRAME_MOST ||
		(r->frame.len > FRAME_SMALL && r->frame.len / RATIO_MOST > recording_at(r) - from))
		return -E2BIG;
	return 0;
}

/*
 * Reads the next frame that holds anything, or as much of it as is enough (NULL: all). 0, -ENODATA
 * where nothing follows, or as above.
 */
static int read_frame(
	struct recording *r, bool (*is_enough)(const struct wire_in *wire, struct frame_head *ret))
{
	struct frame_head head;
	uint64_t from = recording_at(r);
	size_t left = 1;
	int error = 0;

	textbuf_clear(&r->frame);
	while (!error && (left || !r->frame.len)) {
		error = fill(r);
		if (!error && r->over)
			error = !left || recording_at(r) == from ? -ENODATA : -EPIPE;
		if (!error)
			error = unfold(r, from, &left);
		if (!error && left && is_enough && r->frame.len &&
			is_enough(&(const struct wire_in){r->frame.bytes, r->frame.len, 0}, &head))
			left = 0;
	}
	r->wire = (struct wire_in){r->frame.bytes, error ? 0 : r->frame.len, 0};
	return error;
}

static bool is_named(const struct wire_item *item, const char *name)
{
	return text_equal((struct text){item->bytes, item->number}, text_of(name));
}

static bool get_host(struct recording *r)
{
	struct wire_item host = wire_next(&r->wire);
	struct textbuf shown = {0};
	size_t n;

	if (host.kind != WIRE_STRING)
		return false;
	n = host.number < HOST_MOST ? host.number : HOST_MOST;
	text_printable(&shown, (struct text){host.bytes, n});
	n = shown.len < HOST_MOST ? shown.len : HOST_MOST;
	while (n && n < shown.len && (shown.bytes[n] & 0xc0) == 0x80)
		n--;
	memcpy(r->host, n ? shown.bytes : "", n);
	r->host[n] = '\0';
	textbuf_free(&shown);
	return true;
}

static int get_header(struct recording *r)
{
	struct wire_item map = wire_next(&r->wire), name, major;
	struct wire_in choices = {0};
	int error = -EBADMSG;

	name = wire_next(&r->wire);
	major = wire_next(&r->wire);
	if (map.kind != WIRE_MAP || name.kind != WIRE_STRING ||
		!text_equal((struct text){name.bytes, name.number}, text_of("twintop")) ||
		major.kind != WIRE_UINT)
		return -EBADMSG;
	if (major.number > RECORDING_MAJOR)
		return -EPROTONOSUPPORT;
	for (uint64_t i = 1; i < map.number; i++) {
		name = wire_next(&r->wire);
		if (name.kind != WIRE_STRING)
			return -EBADMSG;
		if (error && is_named(&name, "members")) {
			error = record_get_names(&r->wire, &r->names);
			if (error)
				return error;
		} else if (!choices.n && is_named(&name, "choices")) {
			choices = r->wire;
			if (!wire_skip(&r->wire))
				return -EBADMSG;
		} else if (is_named(&name, "host")) {
			if (!get_host(r))
				return -EBADMSG;
		} else if (is_named(&name, "redacted") && wire_peek(&r->wire) == WIRE_BOOL) {
			r->redacted = wire_next(&r->wire).number;
		} else if (!wire_skip(&r->wire)) {
			return -EBADMSG;
		}
	}
	return error ? error : record_get_choices(choices.n ? &choices : NULL, &r->names);
}

/* Whether it can be read by place, as from its begin. */
static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
}

int recording_new(int fd, struct recording **ret_recording)
{
	struct recording *r = mem_alloc(sizeof *r);
	int error;

	r->fd = fd;
	r->wait.stop_fd = -1;
	r->far = is_file(fd) ? far_file_new(fd) : NULL;
	r->zstd = ZSTD_createDCtx();
	r->input = mem_alloc(INPUT_BYTES);
	r->in = (ZSTD_inBuffer){r->input, 0, 0};
	if (!r->zstd)
		arena_out_of_memory();
	error = read_frame(r, NULL);
	/* What begins as nothing that we know is none, however it ends. */
	if (error == -ENODATA || error == -EPIPE || error == -E2BIG)
		error = -EBADMSG;
	if (!error)
		error = get_header(r);
	if (error) {
		recording_free(r);
		return error;
	}
	r->first = recording_at(r);
	*ret_recording = r;
	return 0;
}

void recording_free(struct recording *r)
{
	if (!r)
		return;
	far_file_free(r->far);
	ZSTD_freeDCtx(r->zstd);
	textbuf_free(&r->frame);
	record_names_free(&r->names);
	part_put(r->last);
	free(r->input);
	free(r);
}

const char *recording_host(const struct recording *r)
{
	return r->host;
}

void recording_stop_by(struct recording *r, int stop_fd)
{
	r->wait.stop_fd = stop_fd;
}

void recording_wait_by(struct recording *r, int most_ms, void (*late)(void *context), void *context)
{
	r->wait = (struct far_wait){r->wait.stop_fd, most_ms, late, context};
}

bool recording_hangs(const struct recording *r)
{
	return far_file_hangs(r->far);
}

bool recording_is_file(const struct recording *r)
{
	return r->far != NULL;
}

void recording_jump(struct recording *r, uint64_t offset)
{
	ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only);
	r->before = offset > r->first ? offset : r->first;
	r->in = (ZSTD_inBuffer){r->input, 0, 0};
	r->over = r->indexed = false;
	r->wire = (struct wire_in){0};
	r->seed = (struct text){0};
	part_put(r->last);
	r->last = NULL;
}

void recording_rewind(struct recording *r)
{
	recording_jump(r, r->first);
}

uint64_t recording_first(const struct recording *r)
{
	return r->first;
}

struct frame_place recording_place(const struct recording *r)
{
	return r->place;
}

uint64_t recording_size(const struct recording *r)
{
	struct stat st;

	return fstat(r->fd, &st) ? 0 : (uint64_t)st.st_size;
}

ssize_t recording_bytes(const struct recording *r, uint64_t offset, void *ret, size_t n)
{
	size_t got = 0;
	ssize_t more = 1;

	while (got < n && more > 0) {
		more = read_some(r, (char *)ret + got, n - got, offset + got);
		if (more < 0)
			return more;
		got += (size_t)more;
	}
	return (ssize_t)got;
}

const struct record_names *recording_names(const struct recording *r)
{
	return &r->names;
}

struct text recording_seed(const struct recording *r)
{
	return r->seed;
}

static bool is_index(const struct wire_in *wire)
{
	struct wire_in head = *wire;
	struct wire_item map = wire_next(&head), name = wire_next(&head);

	return map.kind == WIRE_MAP && name.kind == WIRE_STRING && is_named(&name, "index");
}

/* The next frame of moments, up to the first of them. */
static int next_frame(struct recording *r)
{
	struct frame_head head;
	uint64_t from = recording_at(r);
	int error = read_frame(r, NULL);

	if (error == -ENODATA && !r->indexed)
		return -EPIPE;
	if (error)
		return error;
	r->indexed = is_index(&r->wire);
	if (r->indexed)
		return wire_skip(&r->wire) && r->wire.at == r->wire.n ? 0 : -EBADMSG;
	error = frame_head_get(&r->wire, false, &head);
	if (error)
		return error;
	r->key = head.place.key;
	/* What was remembered goes by numbers. */
	r->seed = r->key && !r->names.other ? head.seed : (struct text){0};
	r->place = head.place;
	r->place.offset = from;
	return !r->key && !r->last ? -EBADMSG : 0;
}

/* ---- looking ahead ----------------------------------------------------------- */

static bool has_head(const struct wire_in *wire, struct frame_head *ret)
{
	struct wire_in in = *wire;

	return is_index(wire) || !frame_head_get(&in, true, ret);
}

int recording_peek(struct recording *r, uint64_t offset, struct frame_head *ret)
{
	int error;

	recording_jump(r, offset);
	*ret = (struct frame_head){0};
	error = read_frame(r, has_head);
	return error			 ? error
	       : is_index(&r->wire)	 ? -ENODATA
	       : has_head(&r->wire, ret) ? 0
					 : -EBADMSG;
}

int recording_index(struct recording *r, uint64_t offset, struct wire_in *ret)
{
	int error;

	recording_jump(r, offset);
	error = read_frame(r, NULL);
	*ret = r->wire;
	return error ? error : is_index(&r->wire) ? 0 : -EBADMSG;
}

int recording_next(struct recording *r, struct snapshot **ret_snapshot)
{
	struct snapshot *s;
	int error = 0;

	r->seed = (struct text){0};
	while (!error && r->wire.at == r->wire.n)
		error = next_frame(r);
	if (!error)
		error = moment_code_get(&r->wire, &r->names, r->key ? NULL : r->last, &s);
	if (!error && r->key && r->last && trust_breach(s, r->last)) {
		part_put(s);
		error = -EBADMSG;
	}
	r->key = false;
	if (error) {
		r->wire = (struct wire_in){0};
		return error;
	}
	part_put(r->last);
	r->last = (struct snapshot *)(uintptr_t)part_get(s);
	*ret_snapshot = s;
	return 0;
}
