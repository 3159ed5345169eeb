/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "family_told.h"

#include <stdlib.h>

static const struct told_life *at(const struct family_told *t, size_t i)
{
	return told_lives_at(t->lives, i);
}

/* The first in the order whose number is not below pid. */
static size_t first_of(const struct family_told *t, pid_t pid)
{
	size_t low = 0, high = t->order.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (at(t, t->order.item[mid])->pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A place, and what it is sorted by. */
struct key {
	pid_t pid;
	uint32_t place;
	size_t told;
};

static int by_pid(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->told > y->told) - (x->told < y->told);
}

void family_told_open(struct family_told *t, const struct told_lives *lives)
{
	VEC(struct key) key = {0};

	*t = (struct family_told){.lives = lives};
	if (!lives)
		return;
	t->claimed = mem_alloc(TOLD_LIVES_MOST * sizeof *t->claimed);
	for (size_t i = 0; i < TOLD_LIVES_MOST; i++)
		t->claimed[i] = false;
	for (size_t i = told_lives_first(lives); i < lives->n; i++)
		VEC_PUSH(&key, (struct key){at(t, i)->pid, (uint32_t)(i % TOLD_LIVES_MOST), i});
	if (key.n)
		qsort(key.item, key.n, sizeof *key.item, by_pid);
	for (size_t i = 0; i < key.n; i++)
		VEC_PUSH(&t->order, key.item[i].place);
	VEC_FREE(&key);
}

void family_told_close(struct family_told *t)
{
	VEC_FREE(&t->order);
	free(t->claimed);
	*t = (struct family_told){0};
}

const struct told_life *family_told_find(const struct family_told *t, pid_t pid, uint64_t start_ns)
{
	const struct told_life *found = NULL;
	unsigned best = 0;

	for (size_t i = first_of(t, pid); i < t->order.n; i++) {
		const struct told_life *life = at(t, t->order.item[i]);
		unsigned fits = told_life_fits(life, start_ns);

		if (life->pid != pid)
			break;
		if (fits > best) {
			best = fits;
			found = life;
		}
	}
	return found;
}

void family_told_claim(struct family_told *t, pid_t pid, uint64_t start_ns)
{
	const struct told_life *life = family_told_find(t, pid, start_ns);

	if (life)
		t->claimed[life - t->lives->life] = true;
}

const struct told_life *family_told_next(const struct family_told *t, size_t *i)
{
	if (t->lives && *i < told_lives_first(t->lives))
		*i = told_lives_first(t->lives);
	while (t->lives && *i < t->lives->n) {
		const struct told_life *life = at(t, (*i)++);

		if (life->parent && !t->claimed[life - t->lives->life])
			return life;
	}
	return NULL;
}
