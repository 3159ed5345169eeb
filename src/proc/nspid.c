/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/nspid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twintop/base/vec.h"
#include "twintop/proc/identity.h"

unsigned nspid_parse(struct scan status, pid_t *ret_inner)
{
	struct scan line;
	uint64_t number;
	unsigned n = 0;

	while (!n && scan_line(&status, &line)) {
		if (!scan_literal(&line, "NSpid:"))
			continue;
		for (scan_blanks(&line); scan_u64(&line, &number) && number <= INT32_MAX;
			scan_blanks(&line)) {
			*ret_inner = (pid_t)number;
			n++;
		}
	}
	return n;
}

int nspid_read(const struct proc_root *root, pid_t task, pid_t *ret_inner)
{
	struct textbuf text = {0};
	int error = proc_read(root, &text, "%d/status", (int)task), n = error;

	if (!error)
		n = (int)nspid_parse(scan_of(text.bytes, text.len), ret_inner);
	textbuf_free(&text);
	return n;
}

pid_t nspid_self(const struct proc_root *root)
{
	struct textbuf link = {0};
	uint64_t pid = 0;

	if (proc_readlink(root, &link, "self") || num_parse(link.bytes, 1, INT32_MAX, &pid))
		pid = 0;
	textbuf_free(&link);
	return (pid_t)pid;
}

/*
 * That the number is ours does not suffice: two namespaces may count us alike. Where /proc is of
 * one above, it lists more than one number.
 */
bool nspid_counts_as_we(const struct proc_root *root)
{
	pid_t self = nspid_self(root), inner;

	return self == getpid() && nspid_read(root, self, &inner) <= 1;
}

pid_t nspid_child(const struct proc_root *root, pid_t child)
{
	pid_t self = nspid_self(root), *born = NULL, found = 0, inner;
	size_t n = 0;

	if (nspid_counts_as_we(root))
		return child;
	if (!self || identity_children(root, self, &born, &n))
		return 0;
	for (size_t i = 0; i < n && !found; i++)
		if (nspid_read(root, born[i], &inner) > 0 && inner == child)
			found = born[i];
	free(born);
	return found;
}

void nspid_set_add(struct nspid_set *set, struct nspid task)
{
	VEC_PUSH(set, task);
}

static int by_inner(const void *x, const void *y)
{
	const struct nspid *a = x, *b = y;

	return (a->inner > b->inner) - (a->inner < b->inner);
}

void nspid_set_sort(struct nspid_set *set)
{
	size_t i = 1;

	while (i < set->n && set->item[i - 1].inner <= set->item[i].inner)
		i++;
	if (i < set->n)
		qsort(set->item, set->n, sizeof *set->item, by_inner);
}

pid_t nspid_set_find(const struct nspid_set *set, pid_t inner)
{
	struct nspid want = {.inner = inner};
	const struct nspid *found =
		set->n ? bsearch(&want, set->item, set->n, sizeof want, by_inner) : NULL;

	return found ? found->outer : 0;
}

int nspid_set_read(const struct proc_root *root, pid_t pid, struct nspid_set *set)
{
	int *tid = NULL;
	size_t n = 0;
	int error = proc_list_numbers(root, &tid, &n, "%d/task", (int)pid);

	set->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct nspid task = {.inner = tid[i], .outer = tid[i]};

		if (nspid_read(root, tid[i], &task.inner) >= 0)
			nspid_set_add(set, task);
	}
	free(tid);
	nspid_set_sort(set);
	return error;
}

void nspid_set_free(struct nspid_set *set)
{
	VEC_FREE(set);
}
