/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "frames.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/recorder.h"

#define INPUT_BYTES ((size_t)128 << 10)
#define PIECE	    ((size_t)256 << 10) /* by so much the room for a frame grows */
#define FRAME_MOST  ((size_t)1 << 30)	/* bytes that a frame may unfold to … */
#define FRAME_SMALL ((size_t)64 << 20)	/* … and so many times its own size, beyond so many */
#define RATIO_MOST  2000u

struct recording {
	int fd;
	ZSTD_DCtx *zstd;
	char *input;
	ZSTD_inBuffer in;
	uint64_t before; /* bytes of the recording before what is in the input */
	bool over;	 /* nothing more can be read */
	struct textbuf frame;
	struct wire_in wire;
	struct record_names names;
	struct snapshot *last; /* a reference; NULL: none was read */
	bool indexed;	       /* its end was seen */
};

uint64_t recording_at(const struct recording *r)
{
	return r->before + r->in.pos;
}

/* More input where all was taken. 0 or negative errno. */
static int fill(struct recording *r)
{
	ssize_t n;

	if (r->in.pos < r->in.size || r->over)
		return 0;
	do
		n = read(r->fd, r->input, INPUT_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
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

/* Reads the next frame that holds anything. 0, -ENODATA where nothing follows, or as above. */
static int read_frame(struct recording *r)
{
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
	}
	r->wire = (struct wire_in){r->frame.bytes, error ? 0 : r->frame.len, 0};
	return error;
}

static int get_header(struct recording *r)
{
	struct wire_item map = wire_next(&r->wire), name, major;
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
		if (error &&
			text_equal((struct text){name.bytes, name.number}, text_of("members"))) {
			error = record_get_names(&r->wire, &r->names);
			if (error)
				return error;
		} else if (!wire_skip(&r->wire)) {
			return -EBADMSG;
		}
	}
	return error;
}

int recording_new(int fd, struct recording **ret_recording)
{
	struct recording *r = mem_alloc(sizeof *r);
	int error;

	r->fd = fd;
	r->zstd = ZSTD_createDCtx();
	r->input = mem_alloc(INPUT_BYTES);
	r->in = (ZSTD_inBuffer){r->input, 0, 0};
	if (!r->zstd)
		arena_out_of_memory();
	error = read_frame(r);
	/* What begins as nothing that we know is none, however it ends. */
	if (error == -ENODATA || error == -EPIPE || error == -E2BIG)
		error = -EBADMSG;
	if (!error)
		error = get_header(r);
	if (error) {
		recording_free(r);
		return error;
	}
	*ret_recording = r;
	return 0;
}

void recording_free(struct recording *r)
{
	if (!r)
		return;
	ZSTD_freeDCtx(r->zstd);
	textbuf_free(&r->frame);
	record_names_free(&r->names);
	part_put(r->last);
	free(r->input);
	free(r);
}

/* The next frame of moments, up to the first of them. */
static int next_frame(struct recording *r)
{
	struct frame_place place;
	struct wire_in head;
	int error = read_frame(r);

	if (error == -ENODATA && !r->indexed)
		return -EPIPE;
	if (error)
		return error;
	head = r->wire;
	if (wire_next(&head).kind == WIRE_MAP) {
		struct wire_item name = wire_next(&head);

		r->indexed = name.kind == WIRE_STRING &&
			     text_equal((struct text){name.bytes, name.number}, text_of("index"));
	}
	if (r->indexed)
		return wire_skip(&r->wire) && r->wire.at == r->wire.n ? 0 : -EBADMSG;
	error = frame_place_get(&r->wire, &place);
	return error ? error : !place.key && !r->last ? -EBADMSG : 0;
}

int recording_next(struct recording *r, struct snapshot **ret_snapshot)
{
	struct snapshot *s;
	int error = 0;

	while (!error && r->wire.at == r->wire.n)
		error = next_frame(r);
	if (!error)
		error = moment_code_get(&r->wire, &r->names, r->last, &s);
	if (error) {
		r->wire = (struct wire_in){0};
		return error;
	}
	part_put(r->last);
	r->last = (struct snapshot *)(uintptr_t)part_get(s);
	*ret_snapshot = s;
	return 0;
}
