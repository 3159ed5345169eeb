/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/recorder.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <zstd.h>

#include "frames.h"
#include "twintop/base/io.h"
#include "twintop/base/vec.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/redaction.h"

#define LEVEL	   3
#define WINDOW_LOG 23 /* B's pages are mostly A's, which lie as far back as they are large */
#define FLUSH_NS   1000000000u /* what came in so long is written */
#define FLUSH_MOST (4u << 20)  /* bytes, or so many of it */

/* A frame as the index tells of it. */
struct written_frame {
	struct frame_place place;
	size_t first; /* of its moments, among all */
};

struct recorder {
	struct recorder_options options;
	struct redaction *redaction; /* NULL: what is written is as it is */
	int error;
	ZSTD_CCtx *zstd;
	uint64_t at;		    /* bytes written */
	struct textbuf head, frame; /* of the frame that is being gathered: moments are in frame */
	char *packed;
	size_t room;		     /* bytes at packed */
	struct frame_place place;    /* of that frame */
	struct recorder_seed seed;   /* of the next moment; bytes NULL: there is none */
	struct textbuf sown;	     /* the seed that the frame begins with */
	uint64_t key_ns;	     /* when the last keyframe was … */
	uint64_t changed;	     /* … and the weight of all that changed since */
	const struct moment *last;   /* a reference */
	VEC(struct told_batch) told; /* in that frame; references */
	struct event_log log;	     /* all that the index will tell of */
	VEC(struct written_frame) index;
	VEC(uint64_t) time; /* of all moments */
};

int recorder_to_fd(void *context, const char *bytes, size_t n)
{
	return io_write(*(const int *)context, bytes, n);
}

static int write_bytes(struct recorder *r, const char *bytes, size_t n)
{
	r->error = r->options.write(r->options.context, bytes, n);
	r->at += r->error ? 0 : n;
	return r->error;
}

/*
 * Of pages whose frames are hidden all may look alike: what unfolds to so much that no reader
 * believes it has bytes before it that make up for it, at any place of it.
 */
static int write_padding(struct recorder *r, size_t unfolded, size_t packed)
{
	static const char zeros[4096];
	size_t want = unfolded > FRAME_SMALL ? unfolded / RATIO_MOST + 1 : 0;
	size_t n = want > packed / 2 ? want : 0;
	uint32_t head[2] = {htole32(FRAME_PADDING_MAGIC), htole32((uint32_t)n)};

	if (n && write_bytes(r, (const char *)head, sizeof head))
		return r->error;
	for (size_t piece; n; n -= piece) {
		piece = n < sizeof zeros ? n : sizeof zeros;
		if (write_bytes(r, zeros, piece))
			return r->error;
	}
	return 0;
}

/* Writes what was gathered as a frame of its own. */
static int write_frame(struct recorder *r)
{
	size_t unfolded = r->head.len, most = ZSTD_compressBound(unfolded), n;

	if (r->room < most) {
		r->packed = mem_resize(r->packed, most, 1);
		r->room = most;
	}
	n = ZSTD_compress2(r->zstd, r->packed, r->room, r->head.bytes, r->head.len);
	textbuf_clear(&r->head);
	if (ZSTD_isError(n))
		return r->error = -ENOMEM;
	if (write_padding(r, unfolded, n))
		return r->error;
	return write_bytes(r, r->packed, n);
}

static int write_header(struct recorder *r)
{
	struct textbuf shown = {0};
	struct utsname host;

	text_printable(&shown, text_of(r->options.redact || uname(&host) ? "" : host.nodename));
	wire_put_map(&r->head, 7);
	wire_put_string(&r->head, "twintop");
	wire_put_uint(&r->head, RECORDING_MAJOR);
	wire_put_string(&r->head, "minor");
	wire_put_uint(&r->head, RECORDING_MINOR);
	wire_put_string(&r->head, "program");
	wire_put_string(&r->head, r->options.program);
	wire_put_string(&r->head, "host");
	wire_put_string(&r->head, shown.len ? shown.bytes : "");
	textbuf_free(&shown);
	wire_put_string(&r->head, "redacted");
	wire_put_bool(&r->head, r->options.redact);
	wire_put_string(&r->head, "members");
	record_put_names(&r->head);
	wire_put_string(&r->head, "choices");
	record_put_choices(&r->head);
	return write_frame(r);
}

int recorder_new(const struct recorder_options *options, struct recorder **ret_recorder)
{
	struct recorder *r = mem_alloc(sizeof *r);
	int error;

	r->options = *options;
	r->redaction = options->redact ? redaction_new() : NULL;
	r->zstd = ZSTD_createCCtx();
	if (!r->zstd)
		arena_out_of_memory();
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_windowLog, WINDOW_LOG);
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_enableLongDistanceMatching, 1);
	error = write_header(r);
	if (error) {
		recorder_end(r);
		return error;
	}
	*ret_recorder = r;
	return 0;
}

static struct record_out out_of(struct recorder *r, struct textbuf *wire)
{
	return (struct record_out){.wire = wire, .redaction = r->redaction};
}

static void forget_told(struct recorder *r)
{
	for (size_t i = 0; i < r->told.n; i++)
		part_put(r->told.item[i].batch);
	r->told.n = 0;
}

/* A frame begins with what a reader wants to know of it without reading on. */
static void put_head(struct recorder *r)
{
	struct record_out out = out_of(r, &r->head);
	size_t first = r->index.item[r->index.n - 1].first;
	const struct told_events events = {.n = r->told.n, .item = r->told.item};
	const struct text seed = {r->sown.bytes, r->sown.len};

	frame_head_put_all(&out, &r->place, r->time.item + first, r->time.n - first, &events,
		seed.len ? &seed : NULL);
	textbuf_clear(&r->sown);
	forget_told(r);
}

static int flush(struct recorder *r)
{
	if (!r->frame.len)
		return 0;
	put_head(r);
	textbuf_add(&r->head, r->frame.bytes, r->frame.len);
	textbuf_clear(&r->frame);
	return write_frame(r);
}

static void begin_frame(struct recorder *r, const struct snapshot *s, bool key)
{
	r->place = (struct frame_place){
		.offset = r->at, .time_ns = s->monotonic_ns, .sequence = s->sequence, .key = key};
	VEC_PUSH(&r->index, (struct written_frame){r->place, r->time.n});
}

void recorder_seed(struct recorder *r, const struct recorder_seed *seed)
{
	r->seed = *seed;
}

/* What is private in a seed is told by those alone who made it. */
static void sow(struct recorder *r, const struct snapshot *s)
{
	const struct recorder_seed *seed = &r->seed;
	struct record_out out = out_of(r, &r->sown);

	if (!r->redaction)
		textbuf_add(&r->sown, seed->bytes, seed->n);
	else if (!seed->write || seed->write(seed->bytes, seed->n, s, &out))
		textbuf_clear(&r->sown);
}

static void note(struct recorder *r, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;

	VEC_PUSH(&r->time, s->monotonic_ns);
	if (s->events)
		VEC_PUSH(&r->told,
			(struct told_batch){s->monotonic_ns, s->sequence, part_get(s->events)});
	event_log_add(&r->log, m);
}

bool recorder_key_due(const struct recorder *r)
{
	return r->changed >= RECORDER_KEY_BYTES;
}

static bool is_key(const struct recorder *r, const struct snapshot *s)
{
	return !r->last || r->seed.bytes || s->monotonic_ns >= r->key_ns + RECORDER_KEY_NS ||
	       r->changed / 2 >= RECORDER_KEY_BYTES;
}

int recorder_add(struct recorder *r, const struct moment *m)
{
	const struct record_out out = out_of(r, &r->frame);
	const struct snapshot *s = m->snapshot;
	bool key = is_key(r, s);

	if (r->error)
		return r->error;
	/* Keyframes begin a frame. */
	if (key && flush(r))
		return r->error;
	if (!r->frame.len)
		begin_frame(r, s, key);
	if (r->seed.bytes)
		sow(r, s);
	r->seed = (struct recorder_seed){0};
	moment_code_put(&out, s, key ? NULL : r->last->snapshot);
	note(r, m);
	if (key)
		r->key_ns = s->monotonic_ns;
	r->changed = key ? 0 : r->changed + moment_code_weight(s, r->last->snapshot);
	moment_put(r->last);
	r->last = moment_get(m);
	if (s->monotonic_ns + s->delay_ns > r->place.time_ns + (r->options.live ? 0 : FLUSH_NS) ||
		r->frame.len > FLUSH_MOST)
		return flush(r);
	return 0;
}

static void put_places(struct recorder *r, const struct record_out *out)
{
	wire_put_string(out->wire, "index");
	wire_put_array(out->wire, r->index.n);
	for (size_t i = 0; i < r->index.n; i++) {
		const struct written_frame *f = &r->index.item[i];
		size_t end = i + 1 < r->index.n ? f[1].first : r->time.n;

		frame_head_put(out, &f->place, r->time.item + f->first, end - f->first);
	}
}

/* Since when the log has all events, and all main ones. */
static void put_events(struct recorder *r, const struct record_out *out)
{
	VEC(struct told_batch) told = {0};

	for (size_t i = 0; i < r->log.batch.n; i++) {
		const struct logged_batch *b = &r->log.batch.item[i];

		VEC_PUSH(&told, (struct told_batch){b->moment_ns, b->sequence, b->batch});
	}
	wire_put_string(out->wire, "events");
	frame_events_put(out, &(const struct told_events){.n = told.n, .item = told.item});
	wire_put_string(out->wire, "since");
	wire_put_array(out->wire, 2);
	wire_put_uint(out->wire, r->log.all_ns);
	wire_put_uint(out->wire, r->log.main_ns);
	VEC_FREE(&told);
}

static void write_index(struct recorder *r)
{
	struct frame_end end = {htole32(FRAME_END_MAGIC), htole32(sizeof end.index_offset), 0};
	const struct record_out out = out_of(r, &r->head);

	if (flush(r))
		return;
	end.index_offset = htole64(r->at);
	wire_put_map(&r->head, 3);
	put_places(r, &out);
	put_events(r, &out);
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
	redaction_free(r->redaction);
	ZSTD_freeCCtx(r->zstd);
	textbuf_free(&r->head);
	textbuf_free(&r->frame);
	textbuf_free(&r->sown);
	free(r->packed);
	forget_told(r);
	VEC_FREE(&r->told);
	event_log_clear(&r->log);
	VEC_FREE(&r->index);
	VEC_FREE(&r->time);
	free(r);
	return error;
}
