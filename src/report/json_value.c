/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "json_internal.h"
#include "twintop/model/names.h"

void json_gaps_note(struct json_gaps *g, const char *reason, const char *format, ...)
{
	char path[160];
	va_list ap;

	va_start(ap, format);
	vsnprintf(path, sizeof path, format, ap);
	va_end(ap);
	for (size_t i = 0; i < g->list.n; i++)
		if (strcmp(g->list.item[i].path, path) == 0 &&
			strcmp(g->list.item[i].reason, reason) == 0)
			return;
	VEC_PUSH(&g->list, (struct json_gap){.path = mem_copy(path), .reason = reason});
}

json_t *json_gaps_take(struct json_gaps *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->list.n; i++) {
		const struct json_gap *gap = &g->list.item[i];

		json_array_append_new(
			array, json_pack("{s:s, s:s}", "path", gap->path, "reason", gap->reason));
		free(gap->path);
	}
	VEC_FREE(&g->list);
	return array;
}

json_t *json_of_u64(uint64_t u)
{
	return u <= INT64_MAX ? json_integer((json_int_t)u) : json_real((double)u);
}

json_t *json_of_address(uint64_t address)
{
	return json_sprintf("0x%" PRIx64, address);
}

json_t *json_of_text(struct text t)
{
	struct textbuf out = {0};
	json_t *string;

	text_utf8(&out, t);
	string = json_stringn(out.bytes ? out.bytes : "", out.len);
	textbuf_free(&out);
	return string;
}

static json_t *of_signals(uint64_t mask)
{
	int64_t number[64];
	size_t n = signal_set_numbers(mask, number);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_integer(number[i]));
	return array;
}

/* Rounded to three decimals: more of a percentage is noise. */
static json_t *of_real(double real)
{
	if (!isfinite(real) || real > 1e12 || real < -1e12)
		return json_null();
	return json_real((double)(int64_t)(real * 1000 + (real < 0 ? -0.5 : 0.5)) / 1000);
}

static json_t *of_item(const struct value *v, size_t i)
{
	switch (v->type) {
	case VALUE_TEXTS:
		return json_of_text(((const struct text *)v->list.item)[i]);
	case VALUE_INTS:
		return json_integer(((const int64_t *)v->list.item)[i]);
	case VALUE_ADDRESSES:
		return json_of_address(((const uint64_t *)v->list.item)[i]);
	case VALUE_PIDS:
		return json_integer(((const pid_t *)v->list.item)[i]);
	default:
		return json_null();
	}
}

static json_t *of_list(const struct value *v)
{
	json_t *array = json_array();

	for (size_t i = 0; i < v->list.n; i++)
		json_array_append_new(array, of_item(v, i));
	return array;
}

json_t *json_of_value(const struct value *v, enum unit unit)
{
	if (!value_state_has_value(v->state))
		return json_null();
	switch (v->type) {
	case VALUE_UINT:
		return unit == UNIT_SIGNALS ? of_signals(v->u) : json_of_u64(v->u);
	case VALUE_INT:
		return json_integer(v->i);
	case VALUE_REAL:
		return of_real(v->real);
	case VALUE_BOOL:
		return json_boolean(v->yes);
	case VALUE_TEXT:
		return json_of_text(v->text);
	case VALUE_ADDRESS:
		return json_of_address(v->u);
	case VALUE_TEXTS:
	case VALUE_INTS:
	case VALUE_ADDRESSES:
	case VALUE_PIDS:
		return of_list(v);
	}
	return json_null();
}

json_t *json_of_wait_status(int status)
{
	return json_pack("{s:o, s:o}", "code",
		WIFEXITED(status) ? json_integer(WEXITSTATUS(status)) : json_null(), "signal",
		WIFSIGNALED(status) ? json_integer(WTERMSIG(status)) : json_null());
}
