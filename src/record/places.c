/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "places.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define FRAMES_MOST  ((size_t)1 << 22)
#define MOMENTS_MOST ((size_t)1 << 25)
#define WINDOW	     ((size_t)1 << 20)	 /* bytes that are looked at together, at first … */
#define WINDOW_MOST  ((size_t)256 << 20) /* … and for a large frame */

void places_free(struct places *p)
{
	VEC_FREE(&p->frame);
	VEC_FREE(&p->time);
	event_log_clear(&p->log);
	*p = (struct places){0};
}

void places_hide_first(struct places *p)
{
	if (!p->time.n)
		return;
	p->time.n--;
	memmove(p->time.item, p->time.item + 1, p->time.n * sizeof *p->time.item);
	for (size_t i = 1; i < p->frame.n; i++)
		p->frame.item[i].first--;
}

size_t places_key_of(const struct places *p, size_t moment)
{
	size_t low = 0, high = p->frame.n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (p->frame.item[mid].first <= moment)
			low = mid;
		else
			high = mid;
	}
	while (low && !p->frame.item[low].key)
		low--;
	return low;
}

/* ---- one frame behind the other ------------------------------------------------ */

/* Adds the frame's times; they go on, from those before. */
static int add_times(struct places *p, struct wire_in *times)
{
	ptrdiff_t n = wire_words_n(times);
	size_t from = p->time.n;

	if (n <= 0)
		return -EBADMSG;
	if ((size_t)n > MOMENTS_MOST - from)
		return -E2BIG;
	VEC_RESERVE(&p->time, from + (size_t)n);
	if (wire_words(times, p->time.item + from, (size_t)n) != n)
		return -EBADMSG;
	for (size_t i = from; i < from + (size_t)n; i++)
		if (i && p->time.item[i] < p->time.item[i - 1])
			return -EBADMSG;
	p->time.n += (size_t)n;
	return 0;
}

/* 0, -EBADMSG where it cannot come next, or -E2BIG. */
static int add_frame(struct places *p, const struct frame_head *head)
{
	struct wire_in times = head->times;
	size_t first = p->time.n;
	int error;

	if (!p->frame.n ? !head->place.key
			: head->place.offset <= p->frame.item[p->frame.n - 1].offset)
		return -EBADMSG;
	if (p->frame.n >= FRAMES_MOST)
		return -E2BIG;
	error = add_times(p, &times);
	if (error)
		return error;
	if (p->time.item[first] != head->place.time_ns) {
		p->time.n = first;
		return -EBADMSG;
	}
	VEC_PUSH(&p->frame, (struct placed_frame){head->place.offset, first, head->place.key});
	return 0;
}

/* ---- by the index --------------------------------------------------------------- */

static int get_frames(struct places *p, const struct recording *r, uint64_t end, struct wire_in *in)
{
	struct wire_item array = wire_next(in);
	struct frame_head head;
	int error = array.kind == WIRE_ARRAY ? 0 : -EBADMSG;

	for (uint64_t i = 0; !error && i < array.number; i++) {
		error = frame_head_get(in, false, &head);
		if (!error && (head.place.offset < recording_first(r) || head.place.offset >= end))
			error = -EBADMSG;
		if (!error)
			error = add_frame(p, &head);
	}
	/* The first one, or the index itself, follows the header at once. */
	if (!error && (p->frame.n ? p->frame.item[0].offset : end) != recording_first(r))
		error = -EBADMSG;
	return error;
}

static int get_since(struct places *p, struct wire_in *in)
{
	struct wire_item array = wire_next(in), all = wire_next(in), main = wire_next(in);

	if (array.kind != WIRE_ARRAY || array.number != 2 || all.kind != WIRE_UINT ||
		main.kind != WIRE_UINT)
		return -EBADMSG;
	p->log.all_ns = all.number;
	p->log.main_ns = main.number;
	return 0;
}

static bool is_named(const struct wire_item *item, const char *name)
{
	return text_equal((struct text){item->bytes, item->number}, text_of(name));
}

static int get_index(struct places *p, const struct recording *r, uint64_t at, struct wire_in *in)
{
	struct wire_item map = wire_next(in), name;
	bool frames = false, events = false;
	int error = map.kind == WIRE_MAP ? 0 : -EBADMSG;

	for (uint64_t i = 0; !error && i < map.number; i++) {
		name = wire_next(in);
		if (name.kind != WIRE_STRING) {
			error = -EBADMSG;
		} else if (!frames && is_named(&name, "index")) {
			error = get_frames(p, r, at, in);
			frames = true;
		} else if (!events && is_named(&name, "events")) {
			error = frame_events_get(in, recording_names(r), &p->log);
			events = true;
		} else if (is_named(&name, "since")) {
			error = get_since(p, in);
		} else if (!wire_skip(in)) {
			error = -EBADMSG;
		}
	}
	return error ? error : frames && events ? 0 : -EBADMSG;
}

/* Where the end says that the index is; 0: there is no such end. */
static uint64_t index_offset(const struct recording *r)
{
	uint64_t size = recording_size(r);
	struct frame_end end;

	if (size < sizeof end ||
		recording_bytes(r, size - sizeof end, &end, sizeof end) != sizeof end ||
		le32toh(end.magic) != FRAME_END_MAGIC ||
		le32toh(end.bytes) != sizeof end.index_offset)
		return 0;
	return le64toh(end.index_offset);
}

static bool by_index(struct places *p, struct recording *r, uint64_t at)
{
	struct wire_in index;

	if (at < recording_first(r) || at >= recording_size(r) || recording_index(r, at, &index) ||
		get_index(p, r, at, &index))
		return false;
	p->end_error = -ENODATA;
	return true;
}

/* ---- by the frames ---------------------------------------------------------------- */

/* A window on the file. */
struct window {
	const struct recording *recording;
	char *bytes;
	size_t n, room;
	uint64_t from;
};

/* Moves it to begin at an offset, with so much room. */
static int move(struct window *w, uint64_t offset, size_t room)
{
	ssize_t n;

	if (room > w->room) {
		w->bytes = mem_resize(w->bytes, room, 1);
		w->room = room;
	}
	n = recording_bytes(w->recording, offset, w->bytes, w->room);
	w->from = offset;
	w->n = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

/* How many bytes the frame at an offset has. 0, -ENODATA: the file ends there; or why it has none.
 */
static int frame_size(struct window *w, uint64_t offset, size_t *ret_size)
{
	size_t room = WINDOW, skip, size;
	int error = 0;

	for (;;) {
		skip = offset >= w->from && offset - w->from <= w->n ? (size_t)(offset - w->from)
								     : w->n;
		size = skip < w->n ? ZSTD_findFrameCompressedSize(w->bytes + skip, w->n - skip) : 0;
		if (size && !ZSTD_isError(size)) {
			*ret_size = size;
			return 0;
		}
		if (size && ZSTD_getErrorCode(size) != ZSTD_error_srcSize_wrong)
			return -EBADMSG;
		if (w->from == offset && w->n < w->room)
			return w->n ? -EPIPE : -ENODATA;
		if (w->from == offset && w->room >= WINDOW_MOST)
			return -E2BIG;
		if (w->from == offset)
			room = w->room * 2;
		error = move(w, offset, room);
		if (error)
			return error;
	}
}

/* Behind the index there is its place, and nothing else. */
static int scan_end(struct window *w, struct recording *r, uint64_t at)
{
	struct wire_in index;
	size_t size;
	int error = recording_index(r, at, &index);

	if (!error && !(wire_skip(&index) && index.at == index.n))
		error = -EBADMSG;
	for (; !error; at += size)
		error = frame_size(w, at, &size);
	return error;
}

/* What a frame begins with is added. 0; -ENOTSUP: it does not tell. */
static int scan_frame(struct places *p, struct recording *r, uint64_t at)
{
	struct frame_head head;
	int error = recording_peek(r, at, &head);

	if (error)
		return error;
	if (!head.times.n || !head.events.n)
		return -ENOTSUP;
	head.place.offset = at;
	error = add_frame(p, &head);
	return error ? error : frame_events_get(&head.events, recording_names(r), &p->log);
}

static void scan(struct places *p, struct recording *r)
{
	struct window w = {.recording = r};
	uint64_t at = recording_first(r);
	size_t size = 0;
	int error = 0;

	for (; !error; at += size) {
		error = frame_size(&w, at, &size);
		/* Where it ends without an index it was cut. */
		if (error == -ENODATA)
			error = -EPIPE;
		if (!error)
			error = scan_frame(p, r, at);
	}
	p->end_error = error == -ENODATA ? scan_end(&w, r, at - size) : error;
	free(w.bytes);
}

/* ---- by reading all ------------------------------------------------------------------ */

static void read_all(struct places *p, struct recording *r)
{
	struct frame_place place;
	struct snapshot *s;

	recording_jump(r, recording_first(r));
	while (!(p->end_error = recording_next(r, &s))) {
		place = recording_place(r);
		if (!p->frame.n || p->frame.item[p->frame.n - 1].offset != place.offset)
			VEC_PUSH(&p->frame,
				(struct placed_frame){place.offset, p->time.n, place.key});
		VEC_PUSH(&p->time, s->monotonic_ns);
		if (s->events)
			event_log_add_batch(&p->log, &(const struct told_batch){s->monotonic_ns,
							     s->sequence, s->events});
		part_put(s);
	}
}

void places_scan(struct places *p, struct recording *r)
{
	places_free(p);
	scan(p, r);
	if (p->end_error != -ENOTSUP)
		return;
	places_free(p);
	read_all(p, r);
}

void places_find(struct places *p, struct recording *r)
{
	uint64_t at = index_offset(r);

	if (!at || !by_index(p, r, at))
		places_scan(p, r);
}
