/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/report/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_internal.h"
#include "twintop/base/num.h"
#include "twintop/report/json.h"

struct measures {
	json_t *moment; /* NULL: it could not be told */
	bool estimated; /* what is shared is told by flags, without frames */
};

static int add_text(void *context, const char *bytes, size_t len)
{
	textbuf_add(context, bytes, len);
	return 0;
}

struct measures *measures_of(const struct moment *m)
{
	struct measures *ms = mem_alloc(sizeof *ms);
	struct textbuf text = {0};
	struct json_writer *w =
		json_writer_new((struct json_sink){.write = add_text, .context = &text});

	*ms = (struct measures){0};
	if (!json_writer_moment(w, m))
		ms->moment = json_loadb(text.bytes, text.len, 0, NULL);
	ms->estimated = !strcmp(measure_at(ms, "access.frames").text, "estimated");
	json_writer_free(w);
	textbuf_free(&text);
	return ms;
}

void measures_free(struct measures *ms)
{
	if (ms)
		json_decref(ms->moment);
	free(ms);
}

/* The text of a plain value, or "?". */
static struct measure measure_of(const json_t *value)
{
	struct measure m = {.kind = MEASURE_WORD, .text = "?"};
	struct textbuf printable = {0};

	if (json_is_integer(value)) {
		m.kind = MEASURE_NUMBER;
		m.number = json_integer_value(value);
		snprintf(m.text, sizeof m.text, "%lld", (long long)m.number);
	} else if (json_is_real(value)) {
		snprintf(m.text, sizeof m.text, "%g", json_real_value(value));
	} else if (json_is_boolean(value)) {
		snprintf(m.text, sizeof m.text, "%s", json_is_true(value) ? "true" : "false");
	} else if (json_is_string(value)) {
		text_printable(&printable, text_of(json_string_value(value)));
		snprintf(m.text, sizeof m.text, "%s", printable.len ? printable.bytes : "");
		textbuf_free(&printable);
	} else {
		m.kind = MEASURE_UNKNOWN;
	}
	return m;
}

/* "[key=x]" behind a name: the first element of the list that is so. */
static const json_t *find_element(const json_t *list, struct text condition)
{
	const char *equals = memchr(condition.bytes, '=', condition.len);
	struct text wanted;
	const json_t *element;
	char key[MEASURE_TEXT];
	size_t i;

	if (!equals)
		return NULL;
	snprintf(key, sizeof key, "%.*s", (int)(equals - condition.bytes), condition.bytes);
	wanted =
		(struct text){equals + 1, (size_t)(condition.bytes + condition.len - (equals + 1))};
	json_array_foreach(list, i, element)
	{
		struct measure m = measure_of(json_object_get(element, key));

		if (m.kind != MEASURE_UNKNOWN && text_equal(text_of(m.text), wanted))
			return element;
	}
	return NULL;
}

static const json_t *step_down(const json_t *at, struct text word)
{
	char name[MEASURE_TEXT];
	uint64_t number;

	snprintf(name, sizeof name, "%.*s", (int)word.len, word.bytes);
	if (json_is_array(at) && !num_parse(name, 0, UINT32_MAX, &number))
		return json_array_get(at, (size_t)number);
	return json_object_get(at, name);
}

static struct measure look_up(const struct measures *ms, const char *path)
{
	const struct measure unknown = {.kind = MEASURE_UNKNOWN, .text = "?"};
	const json_t *at = ms->moment;

	while (*path && at) {
		size_t len = strcspn(path, ".[");

		if (*path == '[') {
			len = strcspn(path, "]");
			at = find_element(at, (struct text){path + 1, len - 1});
			len += path[len] == ']';
		} else if (len == 1 && *path == '#') {
			struct measure m = {.kind = MEASURE_NUMBER};

			if (!json_is_array(at))
				return unknown;
			m.number = (int64_t)json_array_size(at);
			snprintf(m.text, sizeof m.text, "%lld", (long long)m.number);
			return m;
		} else {
			at = step_down(at, (struct text){path, len});
		}
		path += len + (path[len] == '.');
	}
	return at ? measure_of(at) : unknown;
}

struct measure measure_at(const struct measures *ms, const char *path)
{
	struct measure m = look_up(ms, path);

	m.estimated = ms->estimated && m.kind != MEASURE_UNKNOWN && strstr(path, "pages");
	return m;
}

bool measure_meets(const struct measure *now, const struct measure *before, const char *wanted)
{
	const char *digits;
	long long number;
	char *end;

	if (now->kind == MEASURE_UNKNOWN)
		return false;
	if (*wanted == '=')
		return !strcmp(now->text, wanted + 1);
	if (!strchr("+-<>", *wanted) || !*wanted || now->kind != MEASURE_NUMBER)
		return !strcmp(now->text, wanted);
	digits = strchr("<>", *wanted) ? wanted + 1 : wanted;
	number = strtoll(digits, &end, 10);
	if (*end || end == digits)
		return false;
	if (*wanted == '<')
		return now->number < number;
	if (*wanted == '>')
		return now->number > number;
	return before->kind == MEASURE_NUMBER && now->number - before->number == number;
}
