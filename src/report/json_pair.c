/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "json_internal.h"
#include "twintop/model/gaps.h"

static json_t *of_pages(const struct pair_pages *p)
{
	const struct {
		const char *name;
		uint64_t pages;
	} counts[] = {{"cow_shared", p->cow_shared}, {"copied", p->copied},
		{"copied_by_a", p->copied_by_a}, {"copied_by_b", p->copied_by_b},
		{"born_apart", p->born_apart}, {"file_shared", p->file_shared},
		{"shared_memory", p->shared_memory}, {"only_a", p->only_a}, {"only_b", p->only_b},
		{"zero", p->zero}, {"swapped", p->swapped},
		{"changed_while_reading", p->changed_while_reading}, {"released", p->released},
		{"used_by_both", pair_pages_common(p)}};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		json_object_set_new(object, counts[i].name, json_of_u64(counts[i].pages));
	return object;
}

static json_t *of_index(int index)
{
	return index < 0 ? json_null() : json_integer(index);
}

/* Pages of A's mapping that others map, too, of those that were looked up. */
static json_t *of_row_counts(const struct pair *p, const struct pair_mapping *row)
{
	if (!value_state_has_value(p->verdicts->frames.counts_state) || row->a < 0)
		return json_null();
	return json_pack("{s:o, s:o}", "counted_pages", json_of_u64(row->counted_pages),
		"others_pages", json_of_u64(row->others_pages));
}

static json_t *of_frames(const struct pair *p, struct json_gaps *gaps)
{
	const struct pair_frames *f = &p->verdicts->frames;
	bool known = value_state_has_value(f->state);
	bool counts = value_state_has_value(f->counts_state);

	if (!known)
		json_gaps_note(gaps, f->reason, "pair.frames.common");
	if (!counts) {
		json_gaps_note(gaps, f->counts_reason, "pair.frames.others");
		json_gaps_note(gaps, f->counts_reason, "pair.mappings[].mapped_by_others");
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "common",
		known ? json_of_u64(f->common) : json_null(), "counted",
		counts ? json_of_u64(f->counted) : json_null(), "others",
		counts ? json_of_u64(f->others) : json_null(), "others_are",
		!counts			 ? json_null()
		: f->counted < f->common ? json_string("estimated")
					 : json_string("exact"));
}

/* The segment of a System V row: proc(5) sysvipc/shm. */
static json_t *of_segment(
	const struct moment *m, const struct pair_mapping *row, struct json_gaps *gaps)
{
	const struct side *side = &m->snapshot->side[row->a >= 0 ? 0 : 1];
	const struct ipc_state *ipc = m->snapshot->ipc;
	const struct ipc_shm *shm;
	size_t i = (size_t)(row->a >= 0 ? row->a : row->b);

	if (row->mechanism != MECHANISM_SYSV_SHM || !side->memory || i >= side->memory->n)
		return json_null();
	shm = ipc ? ipc_find_shm(ipc, (int64_t)side->memory->mapping[i].inode) : NULL;
	if (!shm)
		json_gaps_note(gaps,
			ipc ? "it is of another IPC namespace, or gone"
			    : value_state_reason(VALUE_UNREAD),
			"pair.mappings[].sysv");
	return shm ? json_pack("{s:I, s:i, s:o}", "shmid", (json_int_t)shm->id, "key",
			     (int)shm->key, "attached", json_of_u64(shm->attached))
		   : json_null();
}

static json_t *of_mappings(const struct moment *m, struct json_gaps *gaps)
{
	const struct pair *p = m->pair;
	const char *missing = pair_pages_reason(p);
	json_t *array = json_array();

	for (size_t i = 0; i < p->verdicts->mappings_n; i++) {
		const struct pair_mapping *row = &p->verdicts->mapping[i];

		if (missing)
			json_gaps_note(gaps, missing, "pair.mappings[].pages");
		json_array_append_new(array,
			json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "a",
				of_index(row->a), "b", of_index(row->b), "state",
				row_state_name(row->state), "mechanism",
				mechanism_name(row->mechanism), "start",
				json_of_address(row->start), "end", json_of_address(row->end),
				"pages", missing ? json_null() : of_pages(&row->pages),
				"mapped_by_others", of_row_counts(p, row), "sysv",
				of_segment(m, row, gaps)));
	}
	return array;
}

/* Number of the descriptor at an index of a side's list. */
static json_t *of_fd(const struct snapshot *s, unsigned side, int index)
{
	const struct fd_list *list = s->side[side].fds;

	if (index < 0 || !list || (size_t)index >= list->n)
		return json_null();
	return json_integer(list->fd[index].fd);
}

static json_t *of_fds(const struct moment *m)
{
	const struct pair *p = m->pair;
	json_t *array = json_array();

	for (size_t i = 0; i < p->fds_n; i++) {
		const struct pair_fd *row = &p->fd[i];

		if (row->relation == FD_UNRELATED)
			continue;
		json_array_append_new(
			array, json_pack("{s:o, s:o, s:s}", "a", of_fd(m->snapshot, 0, row->a), "b",
				       of_fd(m->snapshot, 1, row->b), "relation",
				       fd_relation_name(row->relation)));
	}
	return array;
}

/* Bytes that wait for a side; null where they cannot be had without touching a target. */
static json_t *of_waiting(const struct channel *c, unsigned side, struct json_gaps *gaps)
{
	if (!value_state_has_value(c->waiting_state[side]))
		json_gaps_note(gaps, "the kernel does not tell it without touching a target",
			"pair.channels[].waiting_bytes.%c", "ab"[side]);
	return value_state_has_value(c->waiting_state[side]) ? json_of_u64(c->waiting_bytes[side])
							     : json_null();
}

static void note_channel_gaps(const struct snapshot *s, struct json_gaps *gaps)
{
	const char *reason[CHANNEL_GAPS];
	size_t n = gaps_of_channels(s, reason);

	for (size_t i = 0; i < n; i++)
		json_gaps_note(gaps, reason[i], "pair.channels");
}

static json_t *of_channels(const struct pair *p, struct json_gaps *gaps)
{
	static const char *const direction[] = {"a_to_b", "b_to_a", "both"};
	json_t *array = json_array();

	for (size_t i = 0; i < p->channels_n; i++) {
		const struct channel *c = &p->channel[i];

		json_array_append_new(array,
			json_pack("{s:s, s:o, s:o, s:s, s:s?, s:{s:o, s:o}}", "kind", c->kind,
				"a_fd", of_index(c->a_fd), "b_fd", of_index(c->b_fd), "direction",
				direction[c->direction % 3], "detail", c->detail, "waiting_bytes",
				"a", of_waiting(c, 0, gaps), "b", of_waiting(c, 1, gaps)));
	}
	return array;
}

/* The object that a path such as "namespaces.net" puts its last name into; it is made when missing.
 */
static json_t *group_of(json_t *object, const char *path, const char **ret_name)
{
	const char *dot = strchr(path, '.');
	char group[32];
	json_t *inner;

	*ret_name = dot ? dot + 1 : path;
	if (!dot)
		return object;
	snprintf(group, sizeof group, "%.*s", (int)(dot - path), path);
	inner = json_object_get(object, group);
	if (inner)
		return inner;
	json_object_set_new(object, group, json_object());
	return json_object_get(object, group);
}

static json_t *of_card(const struct card *card, struct json_gaps *gaps)
{
	json_t *object = json_object();

	for (size_t i = 0; i < CARD_ITEMS; i++) {
		const struct card_line *line = &card->line[i];
		bool known = value_state_has_value(line->state);
		const char *name;
		json_t *group = group_of(object, card_info[i].id, &name);

		json_object_set_new(group, name, known ? json_boolean(line->shared) : json_null());
		if (!known)
			json_gaps_note(gaps, line->reason ? line->reason : "unknown",
				"pair.shares.%s", card_info[i].id);
	}
	return object;
}

/* Memory that both have by mechanism; common bytes are resident, exist once and serve both. */
static json_t *of_mechanisms(const struct pair *p, const struct host *host, bool known)
{
	json_t *array = json_array();

	for (size_t i = 0; i < MECHANISMS; i++) {
		const struct mechanism_sum *sum = &p->verdicts->by_mechanism[i];

		if (!sum->rows)
			continue;
		json_array_append_new(
			array, json_pack("{s:s, s:o, s:o, s:o}", "mechanism",
				       mechanism_name((enum mechanism)i), "mappings",
				       json_of_u64(sum->rows), "size_bytes",
				       json_of_u64(sum->size_bytes), "common_bytes",
				       known ? json_of_u64(sum->common_pages * host->page_size)
					     : json_null()));
	}
	return array;
}

json_t *json_of_pair(const struct moment *m, struct json_gaps *gaps)
{
	const struct pair *p = m->pair;
	const char *missing;
	json_t *object;

	if (!p) {
		json_gaps_note(gaps, "there is no second process", "pair");
		return json_null();
	}
	missing = pair_pages_reason(p);
	if (missing)
		json_gaps_note(gaps, missing, "pair.pages");
	object = json_object();
	json_object_set_new(object, "relation", json_string(relation_name(p->relation)));
	json_object_set_new(object, "shares", of_card(&p->card, gaps));
	json_object_set_new(object, "one_address_space", json_boolean(p->one_space));
	json_object_set_new(object, "pages", missing ? json_null() : of_pages(&p->verdicts->pages));
	json_object_set_new(object, "pages_are",
		missing ? json_null()
			: json_string(p->verdicts->pages_exact ? "exact" : "estimated"));
	json_object_set_new(
		object, "copied_is_upper_bound", json_boolean(p->verdicts->copied_is_upper_bound));
	json_object_set_new(object, "frames", of_frames(p, gaps));
	json_object_set_new(object, "mappings", of_mappings(m, gaps));
	json_object_set_new(object, "mechanisms", of_mechanisms(p, &m->snapshot->host, !missing));
	json_object_set_new(object, "one_fd_table", json_boolean(p->one_fd_table));
	json_object_set_new(object, "fds", of_fds(m));
	json_object_set_new(object, "channels", of_channels(p, gaps));
	note_channel_gaps(m->snapshot, gaps);
	return object;
}
