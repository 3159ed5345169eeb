/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "overview_internal.h"

static void sum_threads(const struct thread_list *threads, struct overview_sums *out)
{
	out->threads = threads->part.state;
	out->threads_n = threads->n;
	for (size_t i = 0; i < threads->n; i++)
		out->by_state[thread_run_at(threads, i)->state & 0x7f]++;
}

static void sum_fds(const struct fd_list *fds, struct overview_sums *out)
{
	out->fds = fds->part.state;
	out->fds_n = fds->n;
	for (size_t i = 0; i < fds->n; i++)
		if (fds->fd[i].kind < FD_KINDS)
			out->by_kind[fds->fd[i].kind]++;
}

/* Whether all that segments are made of is what it was. */
static bool is_same_memory(const struct side *now, const struct moment *was, unsigned side)
{
	const struct side *before = was ? &was->snapshot->side[side] : NULL;

	return before && side < was->snapshot->sides && before->memory == now->memory &&
	       before->pages == now->pages && before->marks == now->marks;
}

void overview_sum(const struct view_env *env, unsigned side, const struct moment *was,
	struct overview_sums *sums)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct side *from = &s->side[side];
	const struct overview_sums before = *sums;

	memset(sums, 0, sizeof *sums);
	sums->memory = sums->pages = sums->threads = sums->fds = VALUE_UNREAD;
	if (side >= s->sides)
		return;
	if (is_same_memory(from, was, side))
		memcpy(sums->segment, before.segment, sizeof sums->segment);
	else
		segments_add(from, sums->segment);
	if (from->memory)
		sums->memory = from->memory->part.state;
	if (from->pages)
		sums->pages = from->pages->part.state;
	if (from->threads)
		sum_threads(from->threads, sums);
	if (from->fds)
		sum_fds(from->fds, sums);
}

void overview_fill(
	const struct view_env *env, unsigned side, const char *template, struct textbuf *out)
{
	const struct record r = {env->moment, RECORD_PROCESS, side, 0};

	while (*template) {
		size_t plain = strcspn(template, "{"), name;
		char id[64];
		const struct field *f;

		textbuf_add(out, template, plain);
		template += plain;
		if (!*template)
			return;
		name = strcspn(++template, "}");
		snprintf(id, sizeof id, "process.%.*s", (int)name, template);
		template += name + (template[name] == '}');
		f = field_find(id);
		if (f) {
			struct value v = f->get(&r);

			field_format(f, record_host(&r), &v, out);
		} else {
			textbuf_adds(out, "?");
		}
	}
}
