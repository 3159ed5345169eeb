/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtimes of a side, and what they limit. */
#include "json_internal.h"
#include "twintop/model/runtime.h"

static void put_version(struct json_writer *w, unsigned side, struct text version)
{
	if (version.len) {
		json_put_text(w, "version", version);
		return;
	}
	json_gap(w, "no name of a file that was mapped says it", "processes[%u].runtimes[].version",
		side);
	json_put_null(w, "version");
}

static void put_hidden(struct json_writer *w, enum runtime r)
{
	struct runtime_hides hides;

	json_open(w, "hides", '[');
	for (size_t k = 0; runtime_hides(r, k, &hides); k++) {
		json_open(w, NULL, '{');
		json_put_word(w, "what", hides.what);
		json_put_word(w, "told_by", hides.told_by);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void put_found(struct json_writer *w, unsigned side, const struct runtime_found *found)
{
	struct textbuf evidence = {0};

	runtime_evidence(found, &evidence);
	json_open(w, NULL, '{');
	json_put_word(w, "id", runtime_id(found->runtime));
	json_put_word(w, "name", runtime_title(found->runtime));
	put_version(w, side, found->version);
	json_put_bool(w, "embedded", found->embedded);
	json_put_bool(w, "proven", !found->unproven);
	json_put_word(w, "by", runtime_sign_id(found->sign));
	json_put_word(w, "evidence", evidence.bytes);
	put_hidden(w, found->runtime);
	json_close(w, '}');
	textbuf_free(&evidence);
}

/* Why a count of its threads is not known; NULL: it is. */
static const char *why_threads(const struct runtime_limit *limit)
{
	if (limit->reason)
		return limit->reason;
	return limit->maybe ? "of some it is not known whether they are of the kind: no backtrace, "
			      "or functions without names"
			    : NULL;
}

static const char *why_waiting(const struct runtime_limit *limit)
{
	if (why_threads(limit))
		return why_threads(limit);
	return limit->untold ? "the system calls of some of them are not known" : NULL;
}

/* The member of that name of a limit, or why it is null. */
static void put_count(
	struct json_writer *w, unsigned side, const char *name, const char *reason, size_t count)
{
	if (!reason) {
		json_put_u64(w, name, count);
		return;
	}
	json_gap(w, reason, "processes[%u].runtime_limits[].%s", side, name);
	json_put_null(w, name);
}

static void put_figure(struct json_writer *w, unsigned side, const struct runtime_limit *limit)
{
	const char *reason = limit->least ? why_threads(limit) : limit->reason;

	if (reason) {
		json_gap(w, reason, "processes[%u].runtime_limits[].threads_on_cpu", side);
		json_put_null(w, "threads_on_cpu");
	} else {
		json_put_real(w, "threads_on_cpu", limit->on_cpu);
	}
	put_count(w, side, "threads", why_threads(limit), limit->threads);
	put_count(w, side, "waiting", why_waiting(limit), limit->waiting);
}

static void put_limit(struct json_writer *w, unsigned side, const struct runtime_limit *limit)
{
	struct textbuf words = {0};

	runtime_limit_print(limit, &words);
	json_open(w, NULL, '{');
	json_put_word(w, "runtime", runtime_id(limit->runtime));
	json_put_word(w, "kind", limit->id);
	put_figure(w, side, limit);
	json_put_word(w, "words", words.bytes);
	json_close(w, '}');
	textbuf_free(&words);
}

void json_put_runtimes(struct json_writer *w, const struct moment *m, unsigned side)
{
	const struct side *s = &m->snapshot->side[side];
	enum value_state state = s->memory ? s->memory->part.state : VALUE_UNREAD;
	struct runtime_found found[RUNTIMES];
	struct runtime_limit limit[RUNTIMES];
	const char *none = side_without_memory(s);
	size_t n;

	if (!value_state_has_value(state)) {
		json_gap(
			w, none ? none : value_state_reason(state), "processes[%u].runtimes", side);
		json_gap(w, none ? none : value_state_reason(state), "processes[%u].runtime_limits",
			side);
		json_put_null(w, "runtimes");
		json_put_null(w, "runtime_limits");
		return;
	}
	json_open(w, "runtimes", '[');
	n = side_runtimes(s, found);
	for (size_t i = 0; i < n; i++)
		put_found(w, side, &found[i]);
	json_close(w, ']');
	json_open(w, "runtime_limits", '[');
	n = side_limits(m->snapshot, side, limit);
	for (size_t i = 0; i < n; i++)
		put_limit(w, side, &limit[i]);
	json_close(w, ']');
}
