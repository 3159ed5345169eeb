/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "replay_internal.h"

/* ---- what it holds --------------------------------------------------------- */

/* Events of the log as a source tells them: the batches are the log's. */
static void tell_events(struct replay *r)
{
	const struct event_log *log = &r->places.log;

	for (size_t i = 0; i < log->batch.n; i++) {
		const struct logged_batch *b = &log->batch.item[i];

		VEC_PUSH(&r->told, (struct told_batch){b->moment_ns, b->sequence, b->batch});
	}
	r->events = (struct told_events){.n = r->told.n,
		.item = r->told.item,
		.all_ns = log->all_ns,
		.main_ns = log->main_ns};
}

/* Whether the first moment is one that nobody is shown. */
static bool has_begin(struct replay *r)
{
	struct snapshot *s;
	bool begin;

	recording_rewind(r->recording);
	if (recording_next(r->recording, &s))
		return false;
	begin = replay_is_begin(s);
	part_put(s);
	return begin;
}

/* Places are of the moments that are shown; whatever the recording gives next is not known. */
static void begin_places(struct replay *r)
{
	r->begins = has_begin(r);
	if (r->begins)
		places_hide_first(&r->places);
	r->lost = true;
}

void replay_places_find(struct replay *r)
{
	places_find(&r->places, r->recording);
	begin_places(r);
	tell_events(r);
}

/* Events that were told stay as they are: somebody may look at them. */
static void scan_places(struct replay *r)
{
	struct event_log told = r->places.log;

	r->places.log = (struct event_log){0};
	places_scan(&r->places, r->recording);
	event_log_clear(&r->places.log);
	r->places.log = told;
	begin_places(r);
	r->scanned = true;
	if (r->at >= r->places.time.n)
		r->at = r->places.time.n ? r->places.time.n - 1 : 0;
}

void replay_places_free(struct replay *r)
{
	history_clear(&r->kept);
	places_free(&r->places);
	VEC_FREE(&r->told);
}

/* ---- one of its moments ------------------------------------------------------ */

/* The moments from a keyframe on come next. */
static void go_to(struct replay *r, size_t frame)
{
	const struct placed_frame *f = &r->places.frame.item[frame];

	history_clear(&r->kept);
	r->pairing.reset(r->pairing.context);
	recording_jump(r->recording, f->offset);
	r->ahead = f->first;
	r->begun = frame > 0 || !r->begins;
	r->lost = false;
}

/* The next of them is judged and kept. 0 or why it cannot be read. */
static int judge_ahead(struct replay *r)
{
	const struct moment *m = replay_judge_next(r);
	int error = r->error;

	r->error = 0;
	if (!m)
		return error;
	if (!r->begun) {
		r->begun = true;
	} else if (r->ahead >= r->places.time.n ||
		   m->snapshot->monotonic_ns != r->places.time.item[r->ahead]) {
		error = -EBADMSG;
	} else {
		history_add(&r->kept, m);
		r->ahead++;
	}
	moment_put(m);
	return error;
}

/*
 * Goes where the i-th moment is near. Where a keyframe does not tell what was known then, judging
 * begins at the one before it.
 */
static int come_near(struct replay *r, size_t i)
{
	size_t frame = places_key_of(&r->places, i), first = r->places.frame.item[frame].first;
	int error;

	go_to(r, frame);
	error = judge_ahead(r);
	if (!error && !r->seeded && first)
		go_to(r, places_key_of(&r->places, first - 1));
	return error;
}

/* Whether it is kept, or comes sooner by reading on than from a keyframe. */
static bool is_near(const struct replay *r, size_t i)
{
	size_t frame = places_key_of(&r->places, i);

	return !r->lost && i + r->kept.n >= r->ahead &&
	       (i < r->ahead || r->places.frame.item[frame].first <= r->ahead);
}

/* The i-th moment, with a reference. */
static int read_at(struct replay *r, size_t i, const struct moment **ret)
{
	int error = is_near(r, i) ? 0 : come_near(r, i);

	while (!error && i >= r->ahead)
		error = judge_ahead(r);
	r->lost = error != 0;
	if (!error)
		*ret = history_get(&r->kept, i - (r->ahead - r->kept.n));
	return error;
}

/* An index may tell what is not there: then the frames are asked themselves, once. */
static int moment_at(struct replay *r, size_t i, const struct moment **ret)
{
	int error = read_at(r, i, ret);

	if ((error != -EBADMSG && error != -ENODATA && error != -EPIPE) || r->scanned)
		return error;
	scan_places(r);
	return i < r->places.time.n ? read_at(r, i, ret) : error;
}

/* ---- as a source --------------------------------------------------------------- */

const struct moment *replay_file_next(struct source *source)
{
	struct replay *r = (struct replay *)source;
	size_t to = r->at + r->taken;
	const struct moment *m;

	if (r->error)
		return NULL;
	r->error = to < r->places.time.n ? moment_at(r, to, &m) : r->places.end_error;
	if (r->error)
		return NULL;
	r->at = to;
	r->taken = true;
	return m;
}

uint64_t replay_ahead_ns(const struct source *source)
{
	const struct replay *r = (const struct replay *)source;
	size_t to = r->at + r->taken;

	return to < r->places.time.n ? r->places.time.item[to] : 0;
}

/* The last moment not after a time; the first where all are. */
static size_t index_of_time(const struct replay *r, uint64_t monotonic_ns)
{
	size_t low = 0, high = r->places.time.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->places.time.item[mid] <= monotonic_ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : 0;
}

static size_t index_of_steps(const struct replay *r, int64_t steps)
{
	size_t last = r->places.time.n - 1;

	if (steps < 0)
		return (uint64_t) - (steps + 1) < r->at ? r->at - (size_t) - (steps + 1) - 1 : 0;
	return (uint64_t)steps < last - r->at ? r->at + (size_t)steps : last;
}

static size_t index_of_seek(const struct replay *r, struct seek seek)
{
	switch (seek.kind) {
	case SEEK_STEPS:
		return index_of_steps(r, seek.steps);
	case SEEK_TIME:
		return index_of_time(r, seek.monotonic_ns);
	case SEEK_FIRST:
		return 0;
	case SEEK_LAST:
		break;
	}
	return r->places.time.n - 1;
}

int replay_file_seek(struct source *source, struct seek seek)
{
	struct replay *r = (struct replay *)source;
	const struct moment *m;
	size_t to;
	int error;

	if (!r->places.time.n)
		return -ENOENT;
	to = index_of_seek(r, seek);
	if (to == r->at)
		return -ENOENT;
	error = moment_at(r, to, &m);
	if (error)
		return error;
	moment_put(m);
	r->at = to;
	r->taken = false;
	r->error = 0;
	return 0;
}

bool replay_file_position(const struct source *source, struct position *ret)
{
	const struct replay *r = (const struct replay *)source;

	if (!r->places.time.n)
		return false;
	*ret = (struct position){
		.at = r->at,
		.n = r->places.time.n,
		.shown_ns = r->places.time.item[r->at],
		.first_ns = r->places.time.item[0],
		.last_ns = r->places.time.item[r->places.time.n - 1],
	};
	return true;
}

const struct told_events *replay_file_events(const struct source *source)
{
	return &((const struct replay *)source)->events;
}
