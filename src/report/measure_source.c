/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who says what a path of --json leads to. */
#include <string.h>

#include "twintop/model/card.h"
#include "twintop/model/field.h"
#include "twintop/report/measure.h"

/* "threads.name" of "threads[tid=4].name", "threads" of "threads.#": names alone. */
static void take_names(const char *path, struct textbuf *out)
{
	while (*path) {
		size_t len = strcspn(path, ".["), digits = strspn(path, "0123456789");

		if (len && digits < len && *path != '#')
			textbuf_addf(out, "%s%.*s", out->len ? "." : "", (int)len, path);
		path += len;
		if (*path == '[')
			path += strcspn(path, "]");
		path += *path != '\0';
	}
	textbuf_adds(out, "");
}

/* Whether names are those of the row, or go on behind them. */
static bool begins(const char *names, const char *row)
{
	size_t len = strlen(row);

	return strncmp(names, row, len) == 0 && (!names[len] || names[len] == '.');
}

static const struct list_row {
	const char *names;
	enum record_kind kind;
	const char *source;
} list_rows[] = {
	{"processes.threads", RECORD_THREAD, "/proc/PID/task"},
	{"processes.mappings", RECORD_MAPPING, "/proc/PID/maps"},
	{"processes.fds", RECORD_FD, "/proc/PID/fd"},
	{"processes", RECORD_PROCESS, "/proc"},
	{"family", RECORD_MEMBER, "/proc/PID/task/TID/children"},
};

/* Of the pair, and of the family as a whole. */
static const struct {
	const char *names, *source;
} pair_rows[] = {
	{"pair.shares.namespaces", "/proc/PID/ns of both"},
	{"pair.relation", "/proc/PID/stat, field 4"},
	{"pair.one_address_space", "kcmp(2) KCMP_VM"},
	{"pair.one_fd_table", "kcmp(2) KCMP_FILES"},
	{"pair.pages", "/proc/PID/pagemap of both, page by page"},
	{"pair.mappings", "/proc/PID/maps and pagemap of both"},
	{"pair.mechanisms", "/proc/PID/maps and pagemap of both"},
	{"pair.frames", "/proc/PID/pagemap of both, /proc/kpagecount"},
	{"pair.fds", "kcmp(2) KCMP_FILE, /proc/PID/fd of both"},
	{"pair.channels", "/proc/PID/fd and fdinfo of both"},
	{"pair.waits", "/proc/PID/task/TID/syscall and the owner words of locks"},
	{"waits", "/proc/PID/task/TID/syscall and the owner words of locks"},
	{"pair.writers", "perf_event_open(2), page faults; /proc/PID/pagemap of both"},
	{"family_totals", "/proc/PID/pagemap of every member"},
};

/* A group of fields is said by whoever says its first one. */
static const char *of_field(enum record_kind kind, const char *names)
{
	for (size_t i = 0; i < field_table_n; i++) {
		const struct field *f = &field_table[i];

		if (f->kind == kind && f->json &&
			(begins(names, f->json) || begins(f->json, names)))
			return f->source;
	}
	return NULL;
}

static const char *of_list(const char *names)
{
	for (size_t i = 0; i < sizeof list_rows / sizeof *list_rows; i++) {
		const struct list_row *row = &list_rows[i];

		if (!begins(names, row->names))
			continue;
		names += strlen(row->names);
		return *names ? of_field(row->kind, names + 1) : row->source;
	}
	return NULL;
}

static const char *of_pair(const char *names)
{
	static const char shares[] = "pair.shares.";

	for (size_t i = 0; i < CARD_ITEMS && !strncmp(names, shares, strlen(shares)); i++)
		if (strcmp(card_info[i].id, names + strlen(shares)) == 0)
			return card_info[i].source;
	for (size_t i = 0; i < sizeof pair_rows / sizeof *pair_rows; i++)
		if (begins(names, pair_rows[i].names))
			return pair_rows[i].source;
	return NULL;
}

const char *measure_source(const char *path)
{
	struct textbuf names = {0};
	const char *source;

	take_names(path, &names);
	source = of_list(names.bytes);
	if (!source)
		source = of_pair(names.bytes);
	textbuf_free(&names);
	return source;
}
