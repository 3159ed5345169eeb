/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <sys/wait.h>

#include "json_internal.h"
#include "twintop/model/names.h"

json_t *json_of_u64(uint64_t u)
{
	return u <= INT64_MAX ? json_integer((json_int_t)u) : json_sprintf("%" PRIu64, u);
}

json_t *json_of_text(struct text t)
{
	struct textbuf out = {0};
	json_t *string;

	text_utf8(&out, t);
	string = json_stringn(out.bytes, out.len);
	textbuf_free(&out);
	return string;
}

json_t *json_of_wait_status(int status)
{
	return json_pack("{s:o, s:o, s:b}", "code",
		WIFEXITED(status) ? json_integer(WEXITSTATUS(status)) : json_null(), "signal",
		WIFSIGNALED(status) ? json_integer(WTERMSIG(status)) : json_null(), "core",
		WIFSIGNALED(status) && WCOREDUMP(status));
}

void json_note_wait_status(struct json_writer *w, const char *path, int status)
{
	if (!WIFEXITED(status))
		json_gap(w, "a signal ended it", "%s.code", path);
	if (!WIFSIGNALED(status))
		json_gap(w, "it ended by itself, by no signal", "%s.signal", path);
}

static void put_item(struct json_writer *w, const struct value *v, size_t i)
{
	switch (v->type) {
	case VALUE_TEXTS:
		json_put_text(w, NULL, ((const struct text *)v->list.item)[i]);
		return;
	case VALUE_INTS:
		json_put_i64(w, NULL, ((const int64_t *)v->list.item)[i]);
		return;
	case VALUE_ADDRESSES:
		json_put_address(w, NULL, ((const uint64_t *)v->list.item)[i]);
		return;
	case VALUE_PIDS:
		json_put_i64(w, NULL, ((const pid_t *)v->list.item)[i]);
		return;
	default:
		json_put_null(w, NULL);
	}
}

static void put_list(struct json_writer *w, const char *name, const struct value *v)
{
	json_open(w, name, '[');
	for (size_t i = 0; i < v->list.n; i++)
		put_item(w, v, i);
	json_close(w, ']');
}

static void put_signals(struct json_writer *w, const char *name, uint64_t mask)
{
	int64_t number[SIGNAL_COUNT];
	const struct value v = value_ints(number, signal_set_numbers(mask, number));

	put_list(w, name, &v);
}

void json_put_value(struct json_writer *w, const char *name, const struct value *v, enum unit unit)
{
	if (!value_state_has_value(v->state)) {
		json_put_null(w, name);
		return;
	}
	switch (v->type) {
	case VALUE_UINT:
		if (unit == UNIT_SIGNALS)
			put_signals(w, name, v->u);
		else
			json_put_u64(w, name, v->u);
		return;
	case VALUE_INT:
		json_put_i64(w, name, v->i);
		return;
	case VALUE_REAL:
		json_put_real(w, name, v->real);
		return;
	case VALUE_BOOL:
		json_put_bool(w, name, v->yes);
		return;
	case VALUE_TEXT:
		json_put_text(w, name, v->text);
		return;
	case VALUE_ADDRESS:
		json_put_address(w, name, v->u);
		return;
	default:
		put_list(w, name, v);
	}
}
