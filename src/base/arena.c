/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK   512u
#define LARGEST_CHUNK (1u << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

static void (*_Atomic out_of_memory_handler)(void);

void arena_on_out_of_memory(void (*handler)(void))
{
	atomic_store(&out_of_memory_handler, handler);
}

_Noreturn void arena_out_of_memory(void)
{
	void (*handler)(void) = atomic_load(&out_of_memory_handler);

	if (handler)
		handler();
	fputs("twintop: out of memory\n", stderr);
	abort();
}

/* Chunks double in size, so that few of them hold much; a large wish gets its own. */
static struct arena_chunk *chunk_add(struct arena *a, size_t size)
{
	size_t room = a->chunk ? a->chunk->size * 2 : FIRST_CHUNK;
	struct arena_chunk *chunk;

	if (room > LARGEST_CHUNK)
		room = LARGEST_CHUNK;
	if (room < size)
		room = size;
	if (room > SIZE_MAX - sizeof *chunk)
		arena_out_of_memory();
	chunk = malloc(sizeof *chunk + room);
	if (!chunk)
		arena_out_of_memory();
	chunk->next = a->chunk;
	chunk->size = room;
	chunk->used = 0;
	a->chunk = chunk;
	a->held_bytes += sizeof *chunk + room;
	return chunk;
}

void *arena_raw(struct arena *a, size_t size)
{
	size_t step = alignof(max_align_t);
	struct arena_chunk *chunk = a->chunk;
	void *p;

	if (size > SIZE_MAX - step)
		arena_out_of_memory();
	size = (size ? size + step - 1 : step) / step * step;
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_add(a, size);
	p = chunk->bytes + chunk->used;
	chunk->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		arena_out_of_memory();
	return arena_alloc(a, n * size);
}

char *arena_copy(struct arena *a, const void *bytes, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		arena_out_of_memory();
	p = arena_raw(a, len + 1);
	if (len)
		memcpy(p, bytes, len);
	p[len] = 0;
	return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	int len;
	char *p;

	va_start(ap, format);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len < 0)
		return arena_copy(a, "", 0);
	p = arena_raw(a, (size_t)len + 1);
	va_start(ap, format);
	vsnprintf(p, (size_t)len + 1, format, ap);
	va_end(ap);
	return p;
}

void arena_free(struct arena *a)
{
	struct arena_chunk *chunk = a->chunk, *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	a->chunk = NULL;
	a->held_bytes = 0;
}

void *mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		arena_out_of_memory();
	return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		arena_out_of_memory();
	size *= n;
	p = realloc(p, size ? size : 1);
	if (!p)
		arena_out_of_memory();
	return p;
}

char *mem_copy(const char *text)
{
	char *p = strdup(text);

	if (!p)
		arena_out_of_memory();
	return p;
}
