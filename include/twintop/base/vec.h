/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_VEC_H
#define TWINTOP_BASE_VEC_H

#include <stddef.h>
#include <stdlib.h>

#include "twintop/base/arena.h"

/*
 * A growable array on the heap: declare `VEC(int) v = {0};`, push with
 * VEC_PUSH(&v, 3), read v.item[i] for i < v.n, release with VEC_FREE(&v).
 * Pointers into it die with the next push.
 */
#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *item;                                                                        \
		size_t n, room;                                                                    \
	}

/* The same as a named structure, to be passed around: `VEC_STRUCT(ints, int);`. */
#define VEC_STRUCT(tag, type)                                                                      \
	struct tag {                                                                               \
		type *item;                                                                        \
		size_t n, room;                                                                    \
	}

#define VEC_RESERVE(v, want)                                                                       \
	((want) > (v)->room                                                                        \
			? (void)((v)->room = vec_room((v)->room, (want)),                          \
				  (v)->item = mem_resize((v)->item, (v)->room, sizeof *(v)->item)) \
			: (void)0)

#define VEC_PUSH(v, ...) (VEC_RESERVE(v, (v)->n + 1), (void)((v)->item[(v)->n++] = (__VA_ARGS__)))

#define VEC_FREE(v) (free((v)->item), (void)((v)->item = NULL, (v)->n = (v)->room = 0))

static inline size_t vec_room(size_t room, size_t want)
{
	size_t twice = room < 8 ? 8 : room * 2;

	return twice > want ? twice : want;
}

/* Moves the items into the arena, as an array that is NULL where there are none, and frees vec. */
#define VEC_MOVE(arena, vec, ret_item, ret_n)                                                      \
	do {                                                                                       \
		*(ret_n) = (vec)->n;                                                               \
		*(ret_item) = NULL;                                                                \
		if ((vec)->n)                                                                      \
			*(ret_item) = arena_array((arena), (vec)->n, sizeof *(vec)->item);         \
		for (size_t move = 0; move < (vec)->n; move++)                                     \
			(*(ret_item))[move] = (vec)->item[move];                                   \
		VEC_FREE(vec);                                                                     \
	} while (0)

#endif
