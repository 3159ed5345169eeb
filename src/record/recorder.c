/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/recorder.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "frames.h"
#include "twintop/base/io.h"
#include "twintop/base/vec.h"
#include "twintop/record/moment_code.h"

#define LEVEL	   3
#define FLUSH_NS   1000000000u	/* what came in so long is written */
#define FLUSH_MOST (4u << 20)	/* bytes, or so many of it */
#define KEY_NS	   10000000000u /* a keyframe comes at least so often */

struct recorder {
	int fd, error;
	ZSTD_CCtx *zstd;
	uint64_t at; /* bytes written */
	struct textbuf frame;
	char *packed;
	size_t room;		   /* bytes at packed */
	struct frame_place place;  /* of the frame that is being gathered */
	uint64_t key_ns;	   /* when the last keyframe was */
	const struct moment *last; /* a reference */
	VEC(struct frame_place) index;
};

static int write_bytes(struct recorder *r, const char *bytes, size_t n)
{
	r->error = io_write(r->fd, bytes, n);
	r->at += r->error ? 0 : n;
	return r->error;
}

/* Writes what was gathered as a frame of its own. */
static int write_frame(struct recorder *r)
{
	size_t most = ZSTD_compressBound(r->frame.len), n;

	if (r->room < most) {
		r->packed = mem_resize(r->packed, most, 1);
		r->room = most;
	}
	n = ZSTD_compress2(r->zstd, r->packed, r->room, r->frame.bytes, r->frame.len);
	textbuf_clear(&r->frame);
	if (ZSTD_isError(n))
		return r->error = -ENOMEM;
	return write_bytes(r, r->packed, n);
}

static int write_header(struct recorder *r, const char *program)
{
	wire_put_map(&r->frame, 4);
	wire_put_string(&r->frame, "twintop");
	wire_put_uint(&r->frame, RECORDING_MAJOR);
	wire_put_string(&r->frame, "minor");
	wire_put_uint(&r->frame, RECORDING_MINOR);
	wire_put_string(&r->frame, "program");
	wire_put_string(&r->frame, program);
	wire_put_string(&r->frame, "members");
	record_put_names(&r->frame);
	return write_frame(r);
}

int recorder_new(int fd, const char *program, struct recorder **ret_recorder)
{
	struct recorder *r = mem_alloc(sizeof *r);
	int error;

	r->fd = fd;
	r->zstd = ZSTD_createCCtx();
	if (!r->zstd)
		arena_out_of_memory();
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_checksumFlag, 1);
	error = write_header(r, program);
	if (error) {
		recorder_end(r);
		return error;
	}
	*ret_recorder = r;
	return 0;
}

static int flush(struct recorder *r)
{
	if (!r->frame.len)
		return 0;
	VEC_PUSH(&r->index, r->place);
	return write_frame(r);
}

/* A frame begins with what a reader wants to know of it without reading on. */
static void begin_frame(struct recorder *r, const struct snapshot *s, bool key)
{
	r->place = (struct frame_place){
		.offset = r->at, .time_ns = s->monotonic_ns, .sequence = s->sequence, .key = key};
	frame_place_put(&r->frame, &r->place);
}

int recorder_add(struct recorder *r, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;
	bool key = !r->last || s->monotonic_ns >= r->key_ns + KEY_NS;

	if (r->error)
		return r->error;
	/* Keyframes begin a frame. */
	if (key && flush(r))
		return r->error;
	if (!r->frame.len)
		begin_frame(r, s, key);
	moment_code_put(&r->frame, s, key ? NULL : r->last->snapshot);
	if (key)
		r->key_ns = s->monotonic_ns;
	moment_put(r->last);
	r->last = moment_get(m);
	if (s->monotonic_ns + s->delay_ns > r->place.time_ns + FLUSH_NS ||
		r->frame.len > FLUSH_MOST)
		return flush(r);
	return 0;
}

static void write_index(struct recorder *r)
{
	struct frame_end end = {htole32(FRAME_END_MAGIC), htole32(sizeof end.index_offset), 0};

	if (flush(r))
		return;
	end.index_offset = htole64(r->at);
	wire_put_map(&r->frame, 1);
	wire_put_string(&r->frame, "index");
	wire_put_array(&r->frame, r->index.n);
	for (size_t i = 0; i < r->index.n; i++)
		frame_place_put(&r->frame, &r->index.item[i]);
	if (!write_frame(r))
		write_bytes(r, (const char *)&end, sizeof end);
}

int recorder_end(struct recorder *r)
{
	int error;

	if (!r)
		return 0;
	if (!r->error)
		write_index(r);
	error = r->error;
	moment_put(r->last);
	ZSTD_freeCCtx(r->zstd);
	textbuf_free(&r->frame);
	free(r->packed);
	VEC_FREE(&r->index);
	free(r);
	return error;
}
