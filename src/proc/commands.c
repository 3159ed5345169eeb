/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/commands.h"

#include <pthread.h>
#include <stdlib.h>

#include "twintop/base/clock.h"
#include "twintop/base/vec.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/identity.h"

#define DEADLINE_NS 250000000u	 /* a row's */
#define FRESH_NS    10000000000u /* a program may write over its arguments */

struct command {
	struct task_id id;
	struct textbuf comm; /* as the line was wanted: an exec changes it */
	struct textbuf line; /* arguments with blanks between them */
	enum value_state state;
	bool wanted;
	uint64_t read_ns; /* CLOCK_MONOTONIC; 0: never */
};

struct commands {
	pthread_mutex_t lock;
	unsigned references;
	VEC(struct command) row; /* by PID, as the list was */
};

struct commands *commands_new(void)
{
	struct commands *c = mem_alloc(sizeof *c);

	*c = (struct commands){.references = 1};
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

struct commands *commands_get(struct commands *c)
{
	pthread_mutex_lock(&c->lock);
	c->references++;
	pthread_mutex_unlock(&c->lock);
	return c;
}

static void forget(struct command *row)
{
	textbuf_free(&row->comm);
	textbuf_free(&row->line);
}

void commands_put(struct commands *c)
{
	unsigned left;

	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	left = --c->references;
	pthread_mutex_unlock(&c->lock);
	if (left)
		return;
	for (size_t i = 0; i < c->row.n; i++)
		forget(&c->row.item[i]);
	VEC_FREE(&c->row);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct text text_in(const struct textbuf *b)
{
	return (struct text){b->bytes, b->len};
}

/* The row of the same process, taken out of those that were; else a new one. */
static struct command row_of(
	const struct process_entry *e, struct command *old, size_t n, size_t *k)
{
	struct command row = {.id = e->id, .state = VALUE_UNREAD};

	while (*k < n && old[*k].id.pid < e->id.pid)
		forget(&old[(*k)++]);
	if (*k < n && task_id_equal(old[*k].id, e->id))
		row = old[(*k)++];
	return row;
}

static void update(struct command *row, struct process_entry *e, struct arena *arena)
{
	bool exec = !text_equal(text_in(&row->comm), e->comm);

	if (exec) {
		textbuf_clear(&row->comm);
		textbuf_add(&row->comm, e->comm.bytes, e->comm.len);
	}
	row->wanted = exec || !row->read_ns || clock_monotonic_ns() - row->read_ns > FRESH_NS;
	e->command_state = row->state;
	e->command =
		(struct text){arena_copy(arena, row->line.bytes, row->line.len), row->line.len};
}

void commands_fill(struct commands *c, struct process_list *list)
{
	VEC(struct command) row = {0};
	size_t k = 0;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < list->n; i++) {
		struct process_entry *e = &list->entry[i];
		struct command one = {0};

		if (e->command_state == VALUE_NONE)
			continue;
		one = row_of(e, c->row.item, c->row.n, &k);
		update(&one, e, &list->part.arena);
		VEC_PUSH(&row, one);
	}
	while (k < c->row.n)
		forget(&c->row.item[k++]);
	VEC_FREE(&c->row);
	c->row.item = row.item;
	c->row.n = row.n;
	c->row.room = row.room;
	pthread_mutex_unlock(&c->lock);
}

/* The first row of that PID or a higher one. */
static size_t row_at(const struct commands *c, pid_t pid)
{
	size_t low = 0, high = c->row.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->row.item[mid].id.pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The next one to be read from that PID on; false: none. */
static bool next_wanted(struct commands *c, pid_t from, struct task_id *ret_id)
{
	bool found = false;

	pthread_mutex_lock(&c->lock);
	for (size_t i = row_at(c, from); i < c->row.n && !found; i++) {
		found = c->row.item[i].wanted;
		if (found)
			*ret_id = c->row.item[i].id;
	}
	pthread_mutex_unlock(&c->lock);
	return found;
}

bool commands_wanted(struct commands *c)
{
	struct task_id id;

	return next_wanted(c, 0, &id);
}

/* Keeps the line of a process that is still in the list. Takes line over. */
static void put(struct commands *c, struct task_id id, struct textbuf *line, int error)
{
	size_t at;

	pthread_mutex_lock(&c->lock);
	at = row_at(c, id.pid);
	if (at < c->row.n && task_id_equal(c->row.item[at].id, id)) {
		struct command *row = &c->row.item[at];

		textbuf_free(&row->line);
		row->line = *line;
		*line = (struct textbuf){0};
		row->state = value_state_of_error(error);
		row->wanted = false;
		row->read_ns = clock_monotonic_ns();
	}
	pthread_mutex_unlock(&c->lock);
	textbuf_free(line);
}

static void read_one(struct commands *c, const struct proc_root *root, struct task_id id)
{
	struct textbuf line = {0};
	pid_t through = identity_through(root, id.pid, id.pid);
	int error = helper_read_file(root, DEADLINE_NS, &line, through, "cmdline");

	/* One ends the last argument; the others a title leaves over. */
	while (line.len && !line.bytes[line.len - 1])
		line.len--;
	for (size_t i = 0; i < line.len; i++)
		if (!line.bytes[i])
			line.bytes[i] = ' ';
	put(c, id, &line, error);
}

size_t commands_read(struct commands *c, const struct proc_root *root, uint64_t for_ns)
{
	uint64_t until = clock_monotonic_ns() + for_ns;
	struct task_id id = {0};
	size_t n = 0;

	while (clock_monotonic_ns() < until && next_wanted(c, id.pid + 1, &id)) {
		read_one(c, root, id);
		n++;
	}
	return n;
}
