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
		m.kind = MEASURE_REAL;
		m.real = json_real_value(value);
		snprintf(m.text, sizeof m.text, "%g", m.real);
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

static struct measure number_of(int64_t number)
{
	struct measure m = {.kind = MEASURE_NUMBER, .number = number};

	snprintf(m.text, sizeof m.text, "%lld", (long long)number);
	return m;
}

/* ---- paths ----------------------------------------------------------------- */

/* "key=x" of elements, "key.below=x" of what they hold; of "=x" the element itself is meant. */
struct condition {
	char key[MEASURE_TEXT];
	struct text wanted;
};

static bool read_condition(struct text text, struct condition *ret)
{
	const char *equals = text.len ? memchr(text.bytes, '=', text.len) : NULL;

	if (!equals)
		return false;
	snprintf(ret->key, sizeof ret->key, "%.*s", (int)(equals - text.bytes), text.bytes);
	ret->wanted = (struct text){equals + 1, (size_t)(text.bytes + text.len - (equals + 1))};
	return true;
}

/* What the condition looks at; NULL: the element has nothing of the name. */
static const json_t *looked_at(const json_t *element, const struct condition *c)
{
	const char *key = c->key;
	char name[MEASURE_TEXT];

	while (*key && element && !json_is_null(element)) {
		int len = (int)strcspn(key, ".");

		snprintf(name, sizeof name, "%.*s", len, key);
		element = json_object_get(element, name);
		key += len + (key[len] == '.');
	}
	return element;
}

static bool holds(const json_t *element, const struct condition *c)
{
	struct measure m = measure_of(looked_at(element, c));

	return m.kind != MEASURE_UNKNOWN && text_equal(text_of(m.text), c->wanted);
}

/* On the way down a path: where it has come to, and what access.unknown calls that. */
struct walk {
	const json_t *at; /* NULL: there is nothing of the kind */
	char name[160];	  /* "processes[1].threads[].stack" */
	bool counted;	  /* at a "#": its number is count */
	struct measure count;
};

static void add_name(struct walk *w, const char *between, struct text word)
{
	size_t len = strlen(w->name);

	snprintf(w->name + len, sizeof w->name - len, "%s%.*s", len ? between : "", (int)word.len,
		word.bytes);
}

/* Goes to an element of a list; only the two processes are told apart in access.unknown. */
static void enter_element(struct walk *w, size_t i)
{
	char index[24] = "[]";

	if (strcmp(w->name, "processes") == 0)
		snprintf(index, sizeof index, "[%zu]", i);
	add_name(w, "", text_of(index));
	w->at = json_array_get(w->at, i);
}

static void find_element(struct walk *w, const struct condition *c)
{
	const json_t *element;
	size_t i;

	json_array_foreach(w->at, i, element)
	{
		if (holds(element, c)) {
			enter_element(w, i);
			return;
		}
	}
	w->at = NULL;
}

static void step_down(struct walk *w, struct text word)
{
	char name[MEASURE_TEXT];
	uint64_t number;

	snprintf(name, sizeof name, "%.*s", (int)word.len, word.bytes);
	if (json_is_array(w->at) && !num_parse(name, 0, UINT32_MAX, &number)) {
		enter_element(w, (size_t)number);
		return;
	}
	add_name(w, ".", word);
	w->at = json_object_get(w->at, name);
}

/* Whether the element counts is not known where what decides it is not. */
static void count_one(const json_t *element, const struct condition *c, int64_t *n, bool *ret_doubt)
{
	*ret_doubt |= json_is_null(looked_at(element, c));
	*n += holds(element, c);
}

/* How many there are, or meet the condition: NULL counts all. */
static void count(struct walk *w, const struct condition *c)
{
	const json_t *element;
	const char *key;
	bool doubt = false;
	int64_t n = 0;
	size_t i;

	w->counted = json_is_array(w->at) || (c && json_is_object(w->at));
	if (json_is_array(w->at) && !c)
		n = (int64_t)json_array_size(w->at);
	else if (json_is_array(w->at)) {
		json_array_foreach(w->at, i, element)
		{
			count_one(element, c, &n, &doubt);
		}
	} else if (w->counted) {
		json_object_foreach((json_t *)w->at, key, element)
		{
			count_one(element, c, &n, &doubt);
		}
	} else
		w->at = NULL;
	w->count = doubt ? measure_of(NULL) : number_of(n);
}

/* Takes the word at path, or the condition in brackets; returns what is behind it. */
static const char *take_word(struct walk *w, const char *path)
{
	size_t len = *path == '[' ? strcspn(path, "]") : strcspn(path, ".[");
	struct text word = {path, len};
	struct condition c;

	if (*path == '[') {
		if (read_condition((struct text){path + 1, len - 1}, &c))
			find_element(w, &c);
		else
			w->at = NULL;
		len += path[len] == ']';
	} else if (text_equal(word, text_of("#"))) {
		size_t end = path[1] == '[' ? strcspn(path, "]") : 1;

		if (end > 1 && !read_condition((struct text){path + 2, end - 2}, &c))
			w->at = NULL;
		count(w, end > 1 ? &c : NULL);
		len = strlen(path);
	} else {
		step_down(w, word);
	}
	return path + len + (path[len] == '.');
}

static struct walk walk_down(const struct measures *ms, const char *path)
{
	struct walk w = {.at = ms->moment};

	while (*path && w.at)
		path = take_word(&w, path);
	return w;
}

static struct measure look_up(const struct measures *ms, const char *path)
{
	const struct walk w = walk_down(ms, path);

	return w.counted ? w.count : measure_of(w.at);
}

/* Counts of pages that are common or not, or their bytes. */
static bool is_by_frames(const char *path)
{
	static const char *const word[] = {
		"pages", "common_bytes", ".shared_bytes", ".copied_bytes"};
	bool is = false;

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		is |= strstr(path, word[i]) != NULL;
	return is;
}

struct measure measure_at(const struct measures *ms, const char *path)
{
	struct measure m = look_up(ms, path);

	m.estimated = ms->estimated && m.kind != MEASURE_UNKNOWN && is_by_frames(path);
	return m;
}

/* Whether the gap is the path, or what the path leads through. */
static bool is_gap_of(const char *gap, const char *path)
{
	size_t len = strlen(gap);

	return len && strncmp(gap, path, len) == 0 && (!path[len] || strchr(".[", path[len]));
}

const char *measure_reason(const struct measures *ms, const char *path)
{
	const struct walk w = walk_down(ms, path);
	const json_t *unknown = json_object_get(json_object_get(ms->moment, "access"), "unknown");
	const json_t *gap;
	size_t i;

	json_array_foreach(unknown, i, gap)
	{
		if (is_gap_of(json_string_value(json_object_get(gap, "path")), w.name))
			return json_string_value(json_object_get(gap, "reason"));
	}
	return NULL;
}

/* ---- comparing ------------------------------------------------------------- */

/* The number behind the sign; false: there is none. */
static bool read_bound(const char *wanted, int64_t *ret)
{
	char *end;

	*ret = strtoll(wanted + 1, &end, 10);
	return !*end && end != wanted + 1;
}

/* More or less than a number. */
static bool is_beyond(int64_t value, const char *wanted)
{
	int64_t bound;

	if (!read_bound(wanted, &bound))
		return false;
	return *wanted == '<' ? value < bound : value > bound;
}

static bool is_share_beyond(double value, const char *wanted)
{
	int64_t bound;

	if (!read_bound(wanted, &bound))
		return false;
	return *wanted == '<' ? value < (double)bound : value > (double)bound;
}

/* "word*": any that begins so. */
static bool is_word(const char *text, const char *wanted)
{
	size_t len = strlen(wanted);

	if (len && wanted[len - 1] == '*')
		return strncmp(text, wanted, len - 1) == 0;
	return strcmp(text, wanted) == 0;
}

bool measure_meets(const struct measure *now, const struct measure *before, const char *wanted)
{
	long long change;
	char *end;

	if (now->kind == MEASURE_UNKNOWN)
		return false;
	if (*wanted == '=')
		return is_word(now->text, wanted + 1);
	if (now->kind == MEASURE_REAL && *wanted && strchr("<>", *wanted))
		return is_share_beyond(now->real, wanted);
	if (!strchr("+-<>", *wanted) || !*wanted || now->kind != MEASURE_NUMBER)
		return is_word(now->text, wanted);
	if (strchr("<>", *wanted))
		return is_beyond(now->number, wanted);
	if (before->kind != MEASURE_NUMBER)
		return false;
	if (*wanted == '+' && wanted[1] && strchr("<>", wanted[1]))
		return is_beyond(now->number - before->number, wanted + 1);
	change = strtoll(wanted, &end, 10);
	return !*end && end != wanted && now->number - before->number == change;
}
