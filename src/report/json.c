/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/report/json.h"

#include "json_internal.h"

/* Digits that keep a rounded percentage as it was written. */
#define REAL_DIGITS 15

static const char *access_word(enum value_state state)
{
	switch (state) {
	case VALUE_KNOWN:
	case VALUE_STALE:
		return "available";
	case VALUE_DENIED:
		return "denied";
	case VALUE_UNSUPPORTED:
		return "unsupported";
	default:
		return NULL;
	}
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
	if (value_state_has_value(s->access.state[ACCESS_FRAMES]))
		return "exact";
	return value_state_has_value(s->access.state[ACCESS_PAGEMAP]) ? "estimated" : "denied";
}

static json_t *of_access(const struct snapshot *s, struct json_gaps *gaps)
{
	json_t *object = json_pack("{s:s}", "frames", frames_word(s));

	for (size_t i = 0; i < ACCESS_ITEMS; i++) {
		const char *word = access_word(s->access.state[i]);

		if (i == ACCESS_FRAMES)
			continue;
		if (!word)
			json_gaps_note(gaps, "not probed", "access.%s", access_item_name[i]);
		json_object_set_new(
			object, access_item_name[i], word ? json_string(word) : json_null());
	}
	return object;
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

/* What the sample cost, and how fast samples follow one another. */
static json_t *of_cost(const struct snapshot *s)
{
	const struct value percent = value_real(s->own_cpu_percent);

	return json_pack("{s:o, s:o, s:o, s:o}", "read_cpu_ns", json_of_u64(s->read_cpu_ns),
		"own_cpu_percent", json_of_value(&percent, UNIT_PERCENT), "delay_ns",
		json_of_u64(s->delay_ns), "pages_delay_ns", json_of_u64(s->pages_delay_ns));
}

/* Parts that are known, but from an earlier read than the rest. */
static json_t *of_stale(const struct snapshot *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->sides; i++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
			const char *name = part_table[kind].json;
			struct part_age age = part_age(s, (enum part_kind)kind, i);

			if (name && age.late)
				json_array_append_new(
					list, json_pack("{s:o, s:o}", "path",
						      json_sprintf("processes[%u]%s", i, name),
						      "age_ns", json_of_u64(age.ns)));
		}
	return list;
}

static json_t *of_events(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->events_n; i++) {
		const struct event *e = &s->event[i];

		json_array_append_new(list,
			json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o}", "kind",
				event_kind_name(e->kind), "realtime_ns",
				json_of_u64(e->realtime_ns), "monotonic_ns",
				json_of_u64(e->monotonic_ns), "pid", (int)e->pid, "other",
				e->other ? json_integer(e->other) : json_null(), "name",
				e->name.len ? json_of_text(e->name) : json_null(), "exit",
				e->status_known ? json_of_wait_status(e->status) : json_null()));
	}
	return list;
}

static int append(const char *bytes, size_t len, void *out)
{
	textbuf_add(out, bytes, len);
	return 0;
}

void json_moment(const struct moment *m, struct textbuf *out)
{
	const struct snapshot *s = m->snapshot;
	struct json_gaps gaps = {0};
	json_t *object = json_object(), *access, *processes = json_array();

	json_object_set_new(object, "schema", json_string("twintop/1"));
	json_object_set_new(object, "sequence", json_of_u64(s->sequence));
	json_object_set_new(object, "time", of_time(s));
	json_object_set_new(object, "host", of_host(&s->host));
	access = of_access(s, &gaps);
	json_object_set_new(object, "access", access);
	for (unsigned i = 0; i < s->sides; i++)
		json_array_append_new(processes, json_of_side(m, i, &gaps));
	json_object_set_new(object, "processes", processes);
	json_object_set_new(object, "sibling_chosen", json_boolean(s->sibling_chosen_by_us));
	json_object_set_new(object, "pair", json_of_pair(m, &gaps));
	json_object_set_new(object, "events", of_events(s));
	json_object_set_new(object, "cost", of_cost(s));
	json_object_set_new(access, "stale", of_stale(s));
	json_object_set_new(access, "unknown", json_gaps_take(&gaps));
	json_dump_callback(object, append, out, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
	textbuf_add(out, "\n", 1);
	json_decref(object);
}
