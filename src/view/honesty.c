/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "honesty_internal.h"
#include "past_internal.h"

#include "twintop/base/units.h"

/* Of a part that is late, the age of the older side's: "stale 3.2s"; false where none is. */
static bool say_stale(const struct view_env *env, enum part_kind kind, struct textbuf *out)
{
	uint64_t oldest_ns = 0;
	char text[UNITS_MAX];

	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		struct part_age age = part_age(env->moment->snapshot, kind, side);

		if (age.late && age.ns > oldest_ns)
			oldest_ns = age.ns;
	}
	if (oldest_ns)
		textbuf_addf(out, "stale %s", units_time(text, oldest_ns));
	return oldest_ns;
}

bool honesty_records(const struct view_env *env, enum record_kind kind, struct textbuf *out)
{
	size_t n = 0;

	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const char *trouble =
			panes_trouble(env->moment, record_part_kind(kind), side, env->past);

		if (trouble) {
			textbuf_addf(out, "%c %s", side ? 'B' : 'A', trouble);
			return false;
		}
		n += record_count(env->moment, kind, side);
	}
	if (!panes_sides(env->moment)) {
		textbuf_adds(out, "nothing read yet");
		return false;
	}
	if (say_stale(env, record_part_kind(kind), out))
		return false;
	textbuf_adds(out, n ? "exact" : "none");
	return n;
}

/* What the verdicts on pages that were read rest on. */
static const char *verdicts_mark(const struct verdicts *v)
{
	if (!v->pages_exact)
		return "estimated: by flags; frames need CAP_SYS_ADMIN";
	if (v->copied_is_upper_bound && v->copied_uncertain)
		return "upper bound: copied, as pages may have been dropped and touched anew; the "
		       "rest exact";
	if (v->copied_is_upper_bound)
		return "upper bound: copied, as twintop came after the fork; the rest exact";
	return "exact";
}

void honesty_pages(const struct view_env *env, struct textbuf *out)
{
	const struct pair *p = env->moment ? env->moment->pair : NULL;

	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const struct page_map *pages = env->moment->snapshot->side[side].pages;

		if (page_map_known(pages))
			continue;
		textbuf_addf(out, "pages of %c %s", side ? 'B' : 'A',
			pages && pages->part.state == VALUE_DENIED
				? panes_hidden(env->moment, side)
				: panes_unread(env->moment, side, env->past));
		return;
	}
	if (env->moment && say_stale(env, PART_PAGES, out))
		return;
	if (p && pair_apart(p))
		past_mark(p->verdicts, out);
	else if (!p)
		textbuf_adds(out, "exact");
	else if (p->one_space)
		textbuf_adds(out, "exact: one address space");
	else if (!value_state_has_value(p->space_state) && p->space_state != VALUE_UNREAD)
		textbuf_adds(out, PAIR_SPACE_UNKNOWN_SHORT);
	else if (!value_state_has_value(p->verdicts->pages_state))
		textbuf_addf(out, "pages %s", value_state_name(p->verdicts->pages_state));
	else
		textbuf_adds(out, verdicts_mark(p->verdicts));
}

/* Says that system calls and stack pointers are hidden, where they are. */
static void say_calls(const struct view_env *env, struct textbuf *out)
{
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const struct thread_list *t = env->moment->snapshot->side[side].threads;

		/* Whether we may attach is one answer for all threads of a process. */
		for (size_t i = 0; t && i < t->n && i < 16; i++) {
			const struct thread of = thread_at(t, i);

			if (thread_source_state(&of, THREAD_SYSCALL) != VALUE_DENIED)
				continue;
			textbuf_clear(out);
			textbuf_addf(out,
				"calls of %c hidden: they and stacks need attach access; the rest "
				"exact",
				side ? 'B' : 'A');
			return;
		}
	}
}

void honesty_threads(void *view, const struct view_env *env, struct textbuf *out)
{
	(void)view;
	if (honesty_records(env, RECORD_THREAD, out))
		say_calls(env, out);
}
