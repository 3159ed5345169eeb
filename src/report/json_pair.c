/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "json_internal.h"
#include "twintop/base/table.h"
#include "twintop/compare/erosion.h"
#include "twintop/model/gaps.h"

#define ROW_PAGES "pair.mappings[].pages"

static void put_pages(struct json_writer *w, const char *path, const struct verdicts *v,
	const struct pair_pages *p)
{
	const struct {
		const char *name;
		uint64_t pages;
		enum page_verdict verdict; /* where that may not be known */
	} counts[] = {{"cow_shared", p->cow_shared, 0}, {"copied", p->copied, 0},
		{"copied_by_a", p->copied_by_a, PAGE_VERDICT_COPIED_BY_A},
		{"copied_by_b", p->copied_by_b, PAGE_VERDICT_COPIED_BY_B},
		{"born_apart", p->born_apart, 0}, {"file_shared", p->file_shared, 0},
		{"shared_memory", p->shared_memory, 0}, {"only_a", p->only_a, 0},
		{"only_b", p->only_b, 0}, {"zero", p->zero, PAGE_VERDICT_ZERO},
		{"swapped", p->swapped, 0}, {"changed_while_reading", p->changed_while_reading, 0},
		{"released", p->released, 0}, {"used_by_both", pair_pages_common(p), 0}};

	json_open(w, "pages", '{');
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		const char *hidden = verdicts_hide(v, p, counts[i].verdict);

		if (hidden) {
			json_gap(w, hidden, "%s.%s", path, counts[i].name);
			json_put_null(w, counts[i].name);
		} else {
			json_put_u64(w, counts[i].name, counts[i].pages);
		}
	}
	json_close(w, '}');
}

static void put_index(struct json_writer *w, const char *name, int index)
{
	if (index < 0)
		json_put_null(w, name);
	else
		json_put_i64(w, name, index);
}

/* A section that takes both sides' lists: null, with the reason, where one is not known. */
static bool put_hidden(
	struct json_writer *w, const struct moment *m, const char *name, enum part_kind kind)
{
	bool hidden = false;

	for (unsigned i = 0; i < 2; i++) {
		const char *reason = side_hides(m->snapshot, kind, i);

		if (reason)
			json_gap(w, reason, "pair.%s", name);
		hidden |= reason != NULL;
	}
	if (hidden)
		json_put_null(w, name);
	return hidden;
}

/* What only two of one moment can have: null, with the reason, where they are not. */
static bool put_apart(struct json_writer *w, const struct moment *m, const char *name)
{
	const char *reason = pair_apart(m->pair);

	if (reason) {
		json_gap(w, reason, "pair.%s", name);
		json_put_null(w, name);
	}
	return reason != NULL;
}

static json_t *of_frames(struct json_writer *w, const struct pair_frames *f)
{
	bool known = value_state_has_value(f->state);
	bool counts = value_state_has_value(f->counts_state);

	if (!known)
		json_gap(w, f->reason, "pair.frames.common");
	if (!counts) {
		json_gap(w, f->counts_reason, "pair.frames.counted");
		json_gap(w, f->counts_reason, "pair.frames.others");
		json_gap(w, f->counts_reason, "pair.frames.others_are");
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "common",
		known ? json_of_u64(f->common) : json_null(), "counted",
		counts ? json_of_u64(f->counted) : json_null(), "others",
		counts ? json_of_u64(f->others) : json_null(), "others_are",
		!counts			 ? json_null()
		: f->counted < f->common ? json_string("estimated")
					 : json_string("exact"));
}

/* ---- rows of mappings ------------------------------------------------------ */

/* Pages of A's mapping that others map, too, of those that were looked up. */
static void put_others(struct json_writer *w, const struct pair *p, const struct pair_mapping *row)
{
	static const char name[] = "mapped_by_others";

	if (row->a < 0 || !value_state_has_value(p->verdicts->frames.counts_state)) {
		json_put_null(w, name);
		return;
	}
	json_open(w, name, '{');
	json_put_u64(w, "counted_pages", row->counted_pages);
	json_put_u64(w, "others_pages", row->others_pages);
	json_close(w, '}');
}

/* The segment of a System V row: proc(5) sysvipc/shm. NULL: none, or not known. */
static const struct ipc_shm *find_segment(const struct moment *m, const struct pair_mapping *row)
{
	const struct side *side = &m->snapshot->side[row->a >= 0 ? 0 : 1];
	size_t i = (size_t)(row->a >= 0 ? row->a : row->b);

	if (row->mechanism != MECHANISM_SYSV_SHM || !side->memory || i >= side->memory->n)
		return NULL;
	return ipc_find_segment(m->snapshot->ipc, side, &side->memory->mapping[i]);
}

static json_t *of_segment(const struct moment *m, const struct pair_mapping *row)
{
	const struct ipc_shm *shm = find_segment(m, row);

	return shm ? json_pack("{s:I, s:i, s:o}", "shmid", (json_int_t)shm->id, "key",
			     (int)shm->key, "attached", json_of_u64(shm->attached))
		   : json_null();
}

static void put_mapping(struct json_writer *w, const struct moment *m,
	const struct pair_mapping *row, const char *missing)
{
	json_open(w, NULL, '{');
	put_index(w, "a", row->a);
	put_index(w, "b", row->b);
	if (row->state == ROW_UNKNOWN)
		json_put_null(w, "state");
	else
		json_put_word(w, "state", row_state_name(row->state));
	json_put_word(w, "mechanism", mechanism_name(row->mechanism));
	json_put_address(w, "start", row->start);
	json_put_address(w, "end", row->end);
	if (missing || row->state == ROW_UNKNOWN)
		json_put_null(w, "pages");
	else
		put_pages(w, ROW_PAGES, m->pair->verdicts, &row->pages);
	if (pair_is_past(m->pair) && row->state == ROW_UNKNOWN)
		json_put_null(w, "since");
	else if (pair_is_past(m->pair))
		json_put_since_pages(
			w, "since", "pair.mappings[].since", m->pair->verdicts, &row->pages);
	put_others(w, m->pair, row);
	json_put_tree(w, "sysv", of_segment(m, row));
	json_close(w, '}');
}

#define MANY_REASON                                                                                \
	"maps shows one device and inode, or id, for several objects: nothing tells whether both " \
	"have this one"

/* Rows of one of which nothing tells whether the other has it, too. */
static void note_doubtful(struct json_writer *w, const struct verdicts *v)
{
	bool of[2] = {false, false};

	for (size_t i = 0; i < v->mappings_n; i++)
		if (v->mapping[i].state == ROW_UNKNOWN)
			of[v->mapping[i].a < 0] = true;
	if (of[0])
		json_gap(w, MANY_REASON, "pair.mappings[].b");
	if (of[1]) {
		json_gap(w, MANY_REASON, "pair.mappings[].a");
		json_gap(w, MANY_REASON, "pair.mappings[].mapped_by_others");
	}
	if (of[0] || of[1]) {
		json_gap(w, MANY_REASON, "pair.mappings[].state");
		json_gap(w, MANY_REASON, "pair.mappings[].pages");
	}
}

/* Verdicts whose counts a row lacks. */
static void note_counts(struct json_writer *w, const struct verdicts *v)
{
	static const enum page_verdict some[] = {
		PAGE_VERDICT_COPIED_BY_A, PAGE_VERDICT_COPIED_BY_B, PAGE_VERDICT_ZERO};

	for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
		const char *hidden = NULL;

		for (size_t i = 0; i < v->mappings_n && !hidden; i++)
			if (v->mapping[i].state != ROW_UNKNOWN)
				hidden = verdicts_hide(v, &v->mapping[i].pages, some[k]);
		if (hidden)
			json_gap(w, hidden, ROW_PAGES ".%s", page_verdict_info[some[k]].id);
	}
}

/* The same of pages by the verdicts of time. */
static void note_since(struct json_writer *w, const struct verdicts *v)
{
	for (size_t i = 0; i < v->mappings_n; i++)
		if (v->mapping[i].state == ROW_UNKNOWN)
			json_gap(w, MANY_REASON, "pair.mappings[].since");
		else
			json_put_since_pages(
				w, NULL, "pair.mappings[].since", v, &v->mapping[i].pages);
}

/* What rows lack, each reason once: there may be tens of thousands of them. */
static void note_mappings(struct json_writer *w, const struct moment *m, const char *missing)
{
	const struct verdicts *v = m->pair->verdicts;
	bool only[2] = {false, false}, unknown_segment = false;

	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];

		only[0] |= row->b < 0 && row->state != ROW_UNKNOWN;
		only[1] |= row->a < 0 && row->state != ROW_UNKNOWN;
		unknown_segment |= row->mechanism == MECHANISM_SYSV_SHM && !find_segment(m, row);
	}
	if (only[0])
		json_gap(w, "only A has it", "pair.mappings[].b");
	if (only[1]) {
		json_gap(w, "only B has it", "pair.mappings[].a");
		json_gap(w, "only B has it", "pair.mappings[].mapped_by_others");
	}
	note_doubtful(w, v);
	if (!v->mappings_n)
		return;
	json_gap(w, "it is no System V segment", "pair.mappings[].sysv");
	if (unknown_segment)
		json_gap(w,
			m->snapshot->ipc ? "it is gone, or of an IPC namespace that is unknown or "
					   "was not read"
					 : value_state_reason(VALUE_UNREAD),
			"pair.mappings[].sysv");
	if (missing)
		json_gap(w, missing, ROW_PAGES);
	else
		note_counts(w, v);
	if (pair_is_past(m->pair))
		note_since(w, v);
	if (!value_state_has_value(v->frames.counts_state))
		json_gap(w, v->frames.counts_reason, "pair.mappings[].mapped_by_others");
}

static void put_mappings(struct json_writer *w, const struct moment *m, const char *missing)
{
	const struct verdicts *v = m->pair->verdicts;

	if (put_hidden(w, m, "mappings", PART_MAPPINGS))
		return;
	if (w->noting) {
		note_mappings(w, m, missing);
		return;
	}
	json_open(w, "mappings", '[');
	for (size_t i = 0; i < v->mappings_n && !w->error; i++)
		put_mapping(w, m, &v->mapping[i], missing);
	json_close(w, ']');
}

/* Memory that both have by mechanism; common bytes are resident, exist once and serve both. */
static void put_mechanisms(struct json_writer *w, const struct moment *m, bool known)
{
	if (put_hidden(w, m, "mechanisms", PART_MAPPINGS) || put_apart(w, m, "mechanisms"))
		return;
	json_open(w, "mechanisms", '[');
	for (size_t i = 0; i < MECHANISMS; i++) {
		const struct mechanism_sum *sum = &m->pair->verdicts->by_mechanism[i];
		uint64_t common = sum->common_pages * m->pair->verdicts->page_size;

		if (!sum->rows)
			continue;
		if (!known)
			json_gap(w, pair_pages_reason(m->pair), "pair.mechanisms[].common_bytes");
		json_put_tree(w, NULL,
			json_pack("{s:s, s:o, s:o, s:o}", "mechanism",
				mechanism_name((enum mechanism)i), "mappings",
				json_of_u64(sum->rows), "size_bytes", json_of_u64(sum->size_bytes),
				"common_bytes", known ? json_of_u64(common) : json_null()));
	}
	json_close(w, ']');
}

/* ---- descriptors and channels ---------------------------------------------- */

/* Number of the descriptor at an index of a side's list. */
static json_t *of_fd(const struct snapshot *s, unsigned side, int index)
{
	const struct fd_list *list = s->side[side].fds;

	if (index < 0 || !list || (size_t)index >= list->n)
		return json_null();
	return json_integer(list->fd[index].fd);
}

static void put_fds(struct json_writer *w, const struct moment *m)
{
	const struct pair *p = m->pair;

	if (put_hidden(w, m, "fds", PART_FDS))
		return;
	for (unsigned i = 0; i < 2 && p->fds_n && !p->one_fd_table && !pair_apart(p); i++)
		if (fds_uncompared(m->snapshot, i))
			json_gap(w, fds_uncompared(m->snapshot, i), "pair.fds[].relation");
	json_open(w, "fds", '[');
	for (size_t i = 0; i < p->fds_n && !w->error; i++) {
		const struct pair_fd *row = &p->fd[i];

		if (row->relation == FD_UNRELATED)
			continue;
		json_put_tree(w, NULL,
			json_pack("{s:o, s:o, s:s}", "a", of_fd(m->snapshot, 0, row->a), "b",
				of_fd(m->snapshot, 1, row->b), "relation",
				fd_relation_name(row->relation)));
	}
	json_close(w, ']');
}

/* Bytes that wait for a side; null where they cannot be had without touching a target. */
static void put_waiting(struct json_writer *w, const struct channel *c, unsigned side)
{
	const char name[] = {"ab"[side], 0};

	if (value_state_has_value(c->waiting_state[side])) {
		json_put_u64(w, name, c->waiting_bytes[side]);
		return;
	}
	json_gap(w,
		c->waiting_state[side] == VALUE_NONE
			? "no bytes wait in a channel of this kind"
			: "the kernel does not tell it without touching a target",
		"pair.channels[].waiting_bytes.%s", name);
	json_put_null(w, name);
}

static void put_channel_fd(struct json_writer *w, const struct channel *c, const char *name, int fd)
{
	if (fd < 0)
		json_gap(w,
			strcmp(c->kind, "lock") == 0
				? "a lock is its file's, whichever descriptor it was asked for by"
				: "the channel is no descriptor on this side",
			"pair.channels[].%s", name);
	put_index(w, name, fd);
}

static void put_channel(struct json_writer *w, const struct channel *c)
{
	static const char *const direction[] = {
		[CHANNEL_A_TO_B] = "a_to_b",
		[CHANNEL_B_TO_A] = "b_to_a",
		[CHANNEL_BOTH] = "both",
	};
	TABLE_ROWS(direction, CHANNEL_DIRECTIONS);

	json_open(w, NULL, '{');
	json_put_word(w, "kind", c->kind);
	put_channel_fd(w, c, "a_fd", c->a_fd);
	put_channel_fd(w, c, "b_fd", c->b_fd);
	json_put_word(w, "direction", direction[c->direction % CHANNEL_DIRECTIONS]);
	if (c->detail) {
		json_put_word(w, "detail", c->detail);
	} else {
		json_gap(w, "there is no more to say of it", "pair.channels[].detail");
		json_put_null(w, "detail");
	}
	json_open(w, "waiting_bytes", '{');
	put_waiting(w, c, 0);
	put_waiting(w, c, 1);
	json_close(w, '}');
	json_close(w, '}');
}

/* Neither the descriptors nor the memory of a side are known: there is nothing to look for. */
static bool side_is_hidden(const struct snapshot *s)
{
	for (unsigned i = 0; i < 2; i++)
		if (side_hides(s, PART_FDS, i) && side_hides(s, PART_MAPPINGS, i))
			return true;
	return false;
}

static void put_channels(struct json_writer *w, const struct moment *m)
{
	const char *reason[CHANNEL_GAPS];
	size_t n = gaps_of_channels(m, reason);
	bool looked;

	if (put_apart(w, m, "channels"))
		return;
	looked = m->pair->channels_n || !side_is_hidden(m->snapshot);

	for (size_t i = 0; i < n; i++)
		json_gap(w, reason[i], "pair.channels");
	if (!looked) {
		json_put_null(w, "channels");
		return;
	}
	json_open(w, "channels", '[');
	for (size_t i = 0; i < m->pair->channels_n && !w->error; i++)
		put_channel(w, &m->pair->channel[i]);
	json_close(w, ']');
}

/* ---- the card -------------------------------------------------------------- */

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

static json_t *of_card(struct json_writer *w, const struct card *card)
{
	json_t *object = json_object();

	for (size_t i = 0; i < CARD_ITEMS; i++) {
		const struct card_line *line = &card->line[i];
		bool known = value_state_has_value(line->state);
		const char *name;
		json_t *group = group_of(object, card_info[i].id, &name);

		json_object_set_new(group, name, known ? json_boolean(line->shared) : json_null());
		if (!known)
			json_gap(w, line->reason ? line->reason : "unknown", "pair.shares.%s",
				card_info[i].id);
	}
	return object;
}

static void put_pair_pages(struct json_writer *w, const struct verdicts *v, const char *missing)
{
	static const char *const name[] = {"pages", "pages_are", "copied_is_upper_bound"};

	if (!missing) {
		put_pages(w, "pair.pages", v, &v->pages);
		json_put_word(w, name[1], v->pages_exact ? "exact" : "estimated");
		json_put_bool(w, name[2], v->copied_is_upper_bound);
		return;
	}
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		json_gap(w, missing, "pair.%s", name[i]);
		json_put_null(w, name[i]);
	}
}

/* What one thing of both is: null with the card's reason where that could not be told. */
static void put_one(
	struct json_writer *w, const char *name, bool known, bool yes, const struct card_line *line)
{
	if (known || !line->reason) {
		json_put_bool(w, name, yes);
		return;
	}
	json_gap(w, line->reason, "pair.%s", name);
	json_put_null(w, name);
}

/* Equal lists may be known to be one without kcmp(2); two lists may yet be of one table. */
static bool knows_tables(const struct pair *p)
{
	enum value_state state = p->card.line[CARD_FILES].state;

	if (pair_apart(p))
		return false;
	return p->one_fd_table || !p->card_known || state == VALUE_NONE ||
	       value_state_has_value(state);
}

/* Pages a second that were copied. */
static void put_copies(struct json_writer *w, const struct moment *m, const char *missing)
{
	const struct copy_rate *rate = &m->snapshot->copies;

	if (missing || rate->gap) {
		json_gap(w, missing ? missing : rate_gap_reason(rate->gap), "pair.copies");
		json_put_null(w, "copies");
		return;
	}
	json_open(w, "copies", '{');
	json_put_real(w, "pages_per_second", rate->now);
	json_put_real(w, "peak_pages_per_second", rate->peak);
	json_close(w, '}');
}

/* A number of the erosion; null with the reason where there is one. */
static void put_eroded(struct json_writer *w, const char *name, double value, const char *gap)
{
	if (!gap) {
		json_put_real(w, name, value);
		return;
	}
	json_gap(w, gap, "pair.erosion.%s", name);
	json_put_null(w, name);
}

/* The still shared share, how fast it falls, and when half of it is gone. */
static void put_erosion(struct json_writer *w, const struct moment *m)
{
	const char *hidden = erosion_hidden(m);
	const struct erosion_state *e = hidden ? NULL : &m->snapshot->erosion->now;
	double share = 0;
	bool some = e && erosion_share(e->shared, e->copied, &share);

	if (!e) {
		json_gap(w, hidden, "pair.erosion");
		json_put_null(w, "erosion");
		return;
	}
	json_open(w, "erosion", '{');
	put_eroded(w, "shared_share", share, some ? NULL : erosion_gap_reason(EROSION_NO_PAGES));
	put_eroded(w, "copied_bytes_per_s", e->rate * (double)m->pair->verdicts->page_size,
		erosion_rate_reason(e));
	put_eroded(w, "half_in_s", e->half_s, erosion_gap_reason(e->gap));
	json_close(w, '}');
}

void json_put_pair(struct json_writer *w, const struct moment *m)
{
	const struct pair *p = m->pair;
	const char *missing;

	if (!p) {
		json_gap(w, m->snapshot->alone ? m->snapshot->alone : "there is no second process",
			"pair");
		json_put_null(w, "pair");
		return;
	}
	missing = pair_pages_reason(p);
	json_open(w, "pair", '{');
	if (p->kin_reason) {
		json_gap(w, p->kin_reason, "pair.relation");
		json_put_null(w, "relation");
	} else {
		json_put_word(w, "relation", relation_name(p->relation));
	}
	if (pair_apart(p))
		json_put_past(w, m);
	json_put_tree(w, "shares", of_card(w, &p->card));
	put_one(w, "one_address_space", value_state_has_value(p->space_state), p->one_space,
		&p->card.line[CARD_VM]);
	put_pair_pages(w, p->verdicts, missing);
	put_copies(w, m, missing);
	put_erosion(w, m);
	json_put_tree(w, "frames", of_frames(w, &p->verdicts->frames));
	put_mappings(w, m, missing);
	put_mechanisms(w, m, !missing);
	put_one(w, "one_fd_table", knows_tables(p), p->one_fd_table, &p->card.line[CARD_FILES]);
	put_fds(w, m);
	put_channels(w, m);
	json_put_waits(w, m, "pair.waits");
	json_put_writers(w, m);
	json_close(w, '}');
}
