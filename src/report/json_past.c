/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of A since the moment that it stands beside. */
#include "json_internal.h"
#include "twintop/compare/past.h"

static const struct {
	const char *name;
	enum page_verdict verdict;
} count_table[] = {{"same_frame", PAGE_VERDICT_KEPT}, {"faulted", PAGE_VERDICT_FAULTED},
	{"replaced", PAGE_VERDICT_REPLACED}, {"new", PAGE_VERDICT_CAME},
	{"gone", PAGE_VERDICT_GONE}, {"untold", PAGE_VERDICT_UNTOLD}, {"zero", PAGE_VERDICT_ZERO},
	{"swapped", PAGE_VERDICT_SWAPPED}, {"changed_while_reading", PAGE_VERDICT_CHANGED}};
#define COUNTS (sizeof count_table / sizeof *count_table)

void json_put_since_pages(struct json_writer *w, const char *name, const char *path,
	const struct verdicts *v, const struct pair_pages *p)
{
	if (!value_state_has_value(v->since_state)) {
		json_gap(w, v->since_reason, "%s", path);
		json_put_null(w, name);
		return;
	}
	json_open(w, name, '{');
	for (size_t i = 0; i < COUNTS; i++) {
		const char *hidden = verdicts_hide(v, p, count_table[i].verdict);

		if (hidden) {
			json_gap(w, hidden, "%s.%s", path, count_table[i].name);
			json_put_null(w, count_table[i].name);
		} else {
			json_put_i64(
				w, count_table[i].name, pair_pages_of(p, count_table[i].verdict));
		}
	}
	json_close(w, '}');
}

/* When B was so. */
static void put_when(struct json_writer *w, const struct snapshot *s)
{
	json_open(w, "past", '{');
	json_put_u64(w, "age_ns", s->monotonic_ns - side_moment_ns(s, 1));
	json_put_u64(w, "realtime_ns", s->side[1].was_realtime_ns);
	json_put_u64(w, "monotonic_ns", side_moment_ns(s, 1));
	json_close(w, '}');
}

/* The moment of the other recording, and where it was. */
static void put_other(struct json_writer *w, const struct snapshot *s)
{
	const struct host *host = side_host(s, 1);

	json_open(w, "other", '{');
	json_put_u64(w, "realtime_ns", s->side[1].was_realtime_ns);
	json_put_u64(w, "monotonic_ns", side_moment_ns(s, 1));
	json_put_text(w, "kernel", text_of(host->kernel));
	json_put_u64(w, "page_size", host->page_size);
	json_put_u64(w, "clock_ticks", host->clock_ticks);
	json_put_u64(w, "cpus", host->cpus);
	json_close(w, '}');
}

/* How much more there is in A than in B, which was it then. */
static void put_grown(struct json_writer *w, const struct moment *m, const char *name)
{
	json_open(w, name, '{');
	for (size_t i = 0; i < past_growth_n; i++) {
		const struct past_growth *row = &past_growth_table[i];
		const char *reason;
		int64_t by;

		if (past_grew(m, row, &by, &reason)) {
			json_put_i64(w, row->name, by);
			continue;
		}
		json_gap(w, reason, "pair.%s%s.%s", pair_is_past(m->pair) ? "since." : "", name,
			row->name);
		json_put_null(w, row->name);
	}
	json_close(w, '}');
}

/* A list that takes both sides' parts of a kind is opened, or null. */
static bool open_list(
	struct json_writer *w, const struct moment *m, const char *name, enum part_kind kind)
{
	const char *hidden = past_hides(m, kind);

	if (!hidden) {
		json_open(w, name, '[');
		return true;
	}
	json_gap(w, hidden, "pair.since.%s", name);
	json_put_null(w, name);
	return false;
}

/* TIDs of threads that only that side has. */
static void put_threads(
	struct json_writer *w, const struct moment *m, const char *name, unsigned side)
{
	const struct thread_list *list = m->snapshot->side[side].threads;
	const struct pair *p = m->pair;

	if (!open_list(w, m, name, PART_THREADS))
		return;
	for (size_t i = 0; i < p->threads_n && !w->error; i++) {
		const int index[2] = {p->thread[i].a, p->thread[i].b};

		if (index[!side] < 0)
			json_put_i64(w, NULL, thread_self_at(list, (size_t)index[side])->tid);
	}
	json_close(w, ']');
}

/* Numbers of descriptors that only that side has. */
static void put_fds(struct json_writer *w, const struct moment *m, const char *name, unsigned side)
{
	const struct fd_list *list = m->snapshot->side[side].fds;
	const struct pair *p = m->pair;

	if (!open_list(w, m, name, PART_FDS))
		return;
	for (size_t i = 0; i < p->fds_n && !w->error; i++) {
		const int index[2] = {p->fd[i].a, p->fd[i].b};

		if (index[!side] < 0)
			json_put_i64(w, NULL, list->fd[index[side]].fd);
	}
	json_close(w, ']');
}

/* A word on what the counts of pages are; null where there are none, or for that reason. */
static void put_kind(struct json_writer *w, const char *name, const struct verdicts *v,
	const char *gap, const char *word)
{
	if (value_state_has_value(v->since_state) && !gap) {
		json_put_word(w, name, word);
		return;
	}
	json_gap(w, gap ? gap : v->since_reason, "pair.since.%s", name);
	json_put_null(w, name);
}

void json_put_past(struct json_writer *w, const struct moment *m)
{
	const struct verdicts *v = m->pair->verdicts;

	if (!pair_is_past(m->pair)) {
		put_other(w, m->snapshot);
		put_grown(w, m, "more");
		return;
	}
	put_when(w, m->snapshot);
	json_open(w, "since", '{');
	json_put_since_pages(w, "pages", "pair.since.pages", v, &v->pages);
	put_kind(w, "pages_are", v, v->since_reason, v->pages_exact ? "exact" : "estimated");
	put_kind(w, "faults_are", v, v->faults_gap, v->faults_partial ? "partial" : "exact");
	put_grown(w, m, "grew");
	put_threads(w, m, "threads_started", 0);
	put_threads(w, m, "threads_ended", 1);
	put_fds(w, m, "fds_opened", 0);
	put_fds(w, m, "fds_closed", 1);
	json_close(w, '}');
}
