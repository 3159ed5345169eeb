/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/report/json.h"

#include <string.h>

#include "json_internal.h"
#include "twintop/model/family.h"

static const char *access_word(enum value_state state)
{
	switch (state) {
	case VALUE_KNOWN:
	case VALUE_STALE:
		return "available";
	case VALUE_DENIED:
		return "denied";
	case VALUE_UNSUPPORTED:
	case VALUE_FAILED_FOREIGN:
		return "unsupported";
	default:
		return NULL;
	}
}

/* What the probe said of frames; NULL: it failed for another reason than a lack of rights. */
static const char *probed_word(const struct access *access)
{
	enum value_state frames = access->state[ACCESS_FRAMES];

	if (value_state_has_value(frames))
		return "exact";
	if (frames != VALUE_DENIED && frames != VALUE_UNSUPPORTED)
		return NULL;
	return value_state_has_value(access->state[ACCESS_PAGEMAP]) ? "estimated" : "denied";
}

/*
 * What page verdicts rest on in this very moment: the worst of the sides whose
 * pages were read, else what the probe said.
 */
static const char *frames_word(const struct snapshot *s)
{
	const char *word = NULL;

	for (unsigned i = 0; i < s->sides; i++) {
		const struct page_map *p = s->side[i].pages;

		if (!p || p->part.state == VALUE_UNREAD || p->part.state == VALUE_GONE)
			continue;
		if (p->part.state == VALUE_DENIED)
			return "denied";
		if (!word || !p->frames_known)
			word = p->frames_known ? "exact" : "estimated";
	}
	if (word)
		return word;
	return probed_word(&s->access);
}

static json_t *of_time(const struct snapshot *s)
{
	return json_pack("{s:o, s:o}", "realtime_ns", json_of_u64(s->realtime_ns), "monotonic_ns",
		json_of_u64(s->monotonic_ns));
}

static json_t *of_host(const struct host *h)
{
	return json_pack("{s:o, s:o, s:o, s:i}", "kernel", json_of_text(text_of(h->kernel)),
		"page_size", json_of_u64(h->page_size), "clock_ticks", json_of_u64(h->clock_ticks),
		"cpus", (int)h->cpus);
}

/* The age of a part that is old and known; 0: it is neither. */
static uint64_t stale_ns(const struct snapshot *s, enum part_kind kind, unsigned side)
{
	const struct part *part = snapshot_part(s, kind, side);
	struct part_age age = part_age(s, kind, side);

	return age.old && value_state_has_value(part->state) ? age.ns : 0;
}

static void add_stale(json_t *list, json_t *path, uint64_t ns)
{
	json_array_append_new(
		list, json_pack("{s:o, s:o}", "path", path, "age_ns", json_of_u64(ns)));
}

/* The greatest age of a part of either side that is old; 0: none is. */
static uint64_t oldest_side(const struct snapshot *s, enum part_kind kind)
{
	uint64_t ns = 0;

	for (unsigned i = 0; i < s->sides; i++)
		if (stale_ns(s, kind, i) > ns)
			ns = stale_ns(s, kind, i);
	return ns;
}

/* What follows from both sides' parts is as old as the older one. */
static void add_stale_pair(json_t *list, const struct snapshot *s)
{
	static const struct {
		enum part_kind kind;
		const char *path;
	} derived[] = {{PART_PAGES, "pair.pages"}, {PART_MAPPINGS, "pair.mappings"},
		{PART_FDS, "pair.fds"}};

	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
		uint64_t ns = oldest_side(s, derived[i].kind);

		if (ns)
			add_stale(list, json_string(derived[i].path), ns);
	}
}

/* The pair's own parts, where there is one, and the host's. */
static void add_stale_common(json_t *list, const struct snapshot *s)
{
	for (unsigned kind = SIDE_PARTS; kind < PART_KINDS; kind++) {
		const char *path = part_table[kind].json;
		uint64_t ns = stale_ns(s, (enum part_kind)kind, 0);

		if (path && ns && (s->sides == 2 || strncmp(path, "pair.", 5) != 0))
			add_stale(list, json_string(path), ns);
	}
}

/* Parts that are known, but from an earlier read than the rest: of one that has ended, too. */
static json_t *of_stale(const struct snapshot *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->sides; i++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
			const char *name = part_table[kind].json;
			uint64_t ns = stale_ns(s, (enum part_kind)kind, i);

			if (name && ns)
				add_stale(list, json_sprintf("processes[%u]%s", i, name), ns);
		}
	if (s->sides == 2)
		add_stale_pair(list, s);
	add_stale_common(list, s);
	return list;
}

static const char *lifecycle_word(const struct snapshot *s)
{
	if (s->lifecycle_exact)
		return "exact";
	return strcmp(s->lifecycle, "poll") ? "partial" : "polled";
}

/* Whether births and ends are told or looked for, by which feed, and why some may be missed. */
static void put_lifecycle(struct json_writer *w, const struct snapshot *s)
{
	if (!s->lifecycle) {
		json_gap(w, "no feed tells of births and ends yet", "access.lifecycle");
		json_gap(w, "no feed tells of births and ends yet", "access.lifecycle_feed");
	}
	json_put_tree(w, "lifecycle", s->lifecycle ? json_string(lifecycle_word(s)) : json_null());
	json_put_tree(w, "lifecycle_feed", s->lifecycle ? json_string(s->lifecycle) : json_null());
	if (s->lifecycle_lacks || s->ends_lack)
		json_put_word(w, "lifecycle_lacks",
			s->lifecycle_lacks ? s->lifecycle_lacks : s->ends_lack);
}

static void put_access(struct json_writer *w, const struct snapshot *s)
{
	const char *faults = json_faults_word(s);

	json_open(w, "access", '{');
	for (size_t i = 0; i < ACCESS_ITEMS; i++) {
		enum value_state state = s->access.state[i];
		const char *name = access_item_name[i];
		const char *word = i == ACCESS_FRAMES ? frames_word(s) : access_word(state);

		if (!word)
			json_gap(w,
				state == VALUE_UNREAD ? "not probed" : value_state_reason(state),
				"access.%s", name);
		json_put_tree(w, name, word ? json_string(word) : json_null());
	}
	if (faults)
		json_put_word(w, "faults", faults);
	else {
		json_gap(w, value_state_reason(VALUE_UNREAD), "access.faults");
		json_put_null(w, "faults");
	}
	put_lifecycle(w, s);
	json_put_tree(w, "stale", of_stale(s));
	json_put_gaps(w, "unknown");
	json_close(w, '}');
}

static void put_sides(struct json_writer *w, const struct moment *m)
{
	json_open(w, "processes", '[');
	for (unsigned i = 0; i < m->snapshot->sides; i++)
		json_put_side(w, m, i);
	json_close(w, ']');
}

static json_t *id_or_null(pid_t id)
{
	return id ? json_integer(id) : json_null();
}

static json_t *name_or_null(struct text name)
{
	return name.bytes ? json_of_text(name) : json_null();
}

static json_t *number_or_null(uint64_t number)
{
	return number ? json_of_u64(number) : json_null();
}

static json_t *address_or_null(uint64_t address)
{
	return address ? json_sprintf("0x%llx", (unsigned long long)address) : json_null();
}

static void add_others(json_t *o, const struct event_batch *batch, const struct event *e)
{
	const unsigned has = event_table[e->kind].has;

	if (has & EVENT_HAS_FORMER)
		json_object_set_new(o, "former", id_or_null(e->former));
	if (has & EVENT_HAS_SIGNAL)
		json_object_set_new(o, "signal", id_or_null(e->signal));
	if (has & EVENT_HAS_FD)
		json_object_set_new(o, "fd", json_integer(e->fd));
	if (has & EVENT_HAS_ADDRESS)
		json_object_set_new(o, "address", address_or_null(e->address));
	if (has & EVENT_HAS_BYTES)
		json_object_set_new(o, "bytes", number_or_null(e->bytes));
	if (has & EVENT_HAS_FUNCTION)
		json_object_set_new(o, "function", name_or_null(event_name(batch, e->function)));
	if (has & EVENT_HAS_SPAN)
		json_object_set_new(o, "span_ns", json_of_u64(e->span_ns));
}

/* The first names are there whatever the kind, the others where it may carry them. */
static json_t *of_event(const struct event_batch *batch, const struct event *e)
{
	const struct event_row *row = &event_table[e->kind];
	json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "kind", row->id,
		"realtime_ns", json_of_u64(e->realtime_ns), "monotonic_ns",
		json_of_u64(e->monotonic_ns), "pid", id_or_null(e->pid), "tid", id_or_null(e->tid),
		"other", id_or_null(e->other), "name", name_or_null(event_name(batch, e->name)),
		"exit", e->status_known ? json_of_wait_status(e->status) : json_null(), "source",
		e->source);

	if (row->has & EVENT_HAS_BEFORE)
		json_object_set_new(o, "before", name_or_null(event_name(batch, e->before)));
	if (row->has & EVENT_HAS_COUNT)
		json_object_set_new(o, "count", json_of_u64(e->count));
	add_others(o, batch, e);
	return o;
}

/* EVENT_HAS_* bits of what the event lacks though its kind, or every kind, has a name for it. */
static unsigned lacks_of(const struct event_batch *batch, const struct event *e)
{
	static const unsigned always = EVENT_HAS_TID | EVENT_HAS_OTHER | EVENT_HAS_NAME;
	unsigned lacks = 0;

	lacks |= e->tid ? 0 : EVENT_HAS_TID;
	lacks |= e->other ? 0 : EVENT_HAS_OTHER;
	lacks |= event_name(batch, e->name).bytes ? 0 : EVENT_HAS_NAME;
	lacks |= event_name(batch, e->before).bytes ? 0 : EVENT_HAS_BEFORE;
	lacks |= event_name(batch, e->function).bytes ? 0 : EVENT_HAS_FUNCTION;
	lacks |= e->former ? 0 : EVENT_HAS_FORMER;
	lacks |= e->signal ? 0 : EVENT_HAS_SIGNAL;
	lacks |= e->address ? 0 : EVENT_HAS_ADDRESS;
	lacks |= e->bytes ? 0 : EVENT_HAS_BYTES;
	return lacks & (event_table[e->kind].has | always);
}

/* What events lack, each once. */
static void note_events(struct json_writer *w, const struct event_batch *batch)
{
	static const char none[] = "an event of this kind has none, or its source did not tell it";
	bool no_pid = false, untold = false;
	unsigned lacks = 0;

	for (size_t i = 0; batch && i < batch->n; i++) {
		const struct event *e = &batch->event[i];

		no_pid |= !e->pid;
		lacks |= lacks_of(batch, e);
		untold |= !e->status_known;
		if (e->status_known)
			json_note_wait_status(w, "events[].exit", e->status);
	}
	if (no_pid)
		json_gap(w, none, "events[].pid");
	for (size_t bit = 0; bit < EVENT_HAS_N; bit++)
		if (lacks & 1u << bit)
			json_gap(w, none, "events[].%s", event_has_name[bit]);
	if (untold)
		json_gap(w, "it is no end of a process, or only the parent was told how it ended",
			"events[].exit");
}

static void put_events(struct json_writer *w, const struct event_batch *batch)
{
	if (w->noting) {
		note_events(w, batch);
		return;
	}
	json_open(w, "events", '[');
	for (size_t i = 0; batch && i < batch->n && !w->error; i++)
		json_put_tree(w, NULL, of_event(batch, &batch->event[i]));
	json_close(w, ']');
}

/* A and its descendants, and what their memory is together. */
static void put_members(struct json_writer *w, const struct moment *m, const struct family *f)
{
	struct record r = {.moment = m, .kind = RECORD_MEMBER};
	struct json_plan *p = json_plan_at(w, RECORD_MEMBER, "family[].");

	json_open(w, "family", '[');
	for (; r.index < f->n && !w->error; r.index++) {
		json_open(w, NULL, '{');
		json_put_record(w, p, &r);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* A sum of pages, or why it is not known. */
static void put_total(struct json_writer *w, const char *name, uint64_t bytes, const char *unknown)
{
	if (unknown) {
		json_gap(w, unknown, "family_totals.%s", name);
		json_put_null(w, name);
		return;
	}
	json_put_u64(w, name, bytes);
}

static void put_family(struct json_writer *w, const struct moment *m)
{
	const struct family *f = m->snapshot->family;
	enum value_state state = f ? f->part.state : VALUE_UNREAD;

	if (value_state_has_value(state)) {
		put_members(w, m, f);
		json_open(w, "family_totals", '{');
		put_total(w, "resident_bytes", f->resident * f->page_size, family_uncounted(f));
		put_total(w, "distinct_bytes", f->distinct * f->page_size, family_indistinct(f));
		json_put_u64(w, "living", f->living);
		json_put_u64(w, "ended", f->ended + f->forgotten);
		json_put_u64(w, "not_listed", f->forgotten);
		json_close(w, '}');
		return;
	}
	json_gap(w, value_state_reason(state), "family");
	json_gap(w, value_state_reason(state), "family_totals");
	json_put_null(w, "family");
	json_put_null(w, "family_totals");
}

/* What the sample cost, and how fast samples follow one another. */
static void put_cost(struct json_writer *w, const struct snapshot *s)
{
	json_open(w, "cost", '{');
	json_put_u64(w, "read_cpu_ns", s->read_cpu_ns);
	json_put_real(w, "own_cpu_percent", s->own_cpu_percent);
	json_put_u64(w, "delay_ns", s->delay_ns);
	json_put_u64(w, "pages_delay_ns", s->pages_delay_ns);
	json_close(w, '}');
}

static void put_moment(struct json_writer *w, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;

	json_open(w, NULL, '{');
	json_put_word(w, "schema", "twintop/1");
	json_put_u64(w, "sequence", s->sequence);
	json_put_tree(w, "time", of_time(s));
	json_put_tree(w, "host", of_host(&s->host));
	put_access(w, s);
	put_sides(w, m);
	json_put_bool(w, "sibling_chosen", s->sibling_chosen_by_us);
	json_put_pair(w, m);
	json_put_waits(w, m, "waits");
	put_family(w, m);
	json_put_lanes(w, s);
	put_events(w, s->events);
	put_cost(w, s);
	json_close(w, '}');
	json_put(w, "\n", 1);
}

struct json_writer *json_writer_new(struct json_sink sink)
{
	struct json_writer *w = mem_alloc(sizeof *w);

	w->sink = sink;
	return w;
}

void json_writer_free(struct json_writer *w)
{
	if (w)
		arena_free(&w->arena);
	free(w);
}

int json_writer_moment(struct json_writer *w, const struct moment *m)
{
	if (w->error)
		return w->error;
	w->noting = true;
	put_moment(w, m);
	w->noting = w->due = false;
	put_moment(w, m);
	json_flush(w);
	json_gaps_clear(w);
	return w->error;
}
