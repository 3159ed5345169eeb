/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_ARENA_H
#define TWINTOP_BASE_ARENA_H

#include <stddef.h>

/*
 * Memory that is freed whole. A zeroed arena is empty and ready for use. Out of
 * memory ends the program through arena_out_of_memory(): a sampler that cannot
 * hold one sample has nothing true left to show.
 */
struct arena {
	struct arena_chunk *chunk;
	size_t held_bytes; /* taken from the heap since the last arena_free */
};

/* size bytes, zeroed, aligned for any type; size 0 gives a valid unique pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* The same with whatever lies there: all of it is written before it is read. */
void *arena_raw(struct arena *a, size_t size);
/* n * size bytes, zeroed; overflow counts as out of memory. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of len bytes with a NUL behind it. */
char *arena_copy(struct arena *a, const void *bytes, size_t len);
/* printf into the arena. */
char *arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Frees everything; the arena can be used again. */
void arena_free(struct arena *a);

/* Calls the handler set by arena_on_out_of_memory (to restore the terminal), then aborts. */
_Noreturn void arena_out_of_memory(void);
void arena_on_out_of_memory(void (*handler)(void));

/* Zeroed memory, realloc and strdup that never return NULL (same rule). Free with free(). */
void *mem_alloc(size_t size);
void *mem_resize(void *p, size_t n, size_t size);
char *mem_copy(const char *text);

#endif
