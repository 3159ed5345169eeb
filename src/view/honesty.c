/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "honesty_internal.h"

#include "twintop/base/units.h"

/* Parts are late when they are older than three rounds of sampling, and a second. */
static bool part_late(const struct view_env *env, const struct part *part, uint64_t *ret_age_ns)
{
	const struct snapshot *s = env->moment->snapshot;
	uint64_t delay = s->delay_ns, age = s->monotonic_ns - part->end_ns;

	if (s->pages_delay_ns > delay)
		delay = s->pages_delay_ns;
	*ret_age_ns = age;
	return s->monotonic_ns > part->end_ns && age > 3 * delay && age > PART_OLD_NS;
}

bool honesty_records(const struct view_env *env, enum record_kind kind, struct textbuf *out)
{
	uint64_t age_ns, oldest_ns = 0;
	char text[UNITS_MAX];

	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const struct part *part = record_part(env->moment, kind, side);
		const char *trouble = panes_trouble(part);

		if (trouble) {
			textbuf_addf(out, "%c %s", side ? 'B' : 'A', trouble);
			return false;
		}
		if (!env->moment->snapshot->side[side].ending.ended &&
			part_late(env, part, &age_ns) && age_ns > oldest_ns)
			oldest_ns = age_ns;
	}
	if (!panes_sides(env->moment)) {
		textbuf_adds(out, "nothing read yet");
		return false;
	}
	if (oldest_ns) {
		textbuf_addf(out, "stale %s", units_time(text, oldest_ns));
		return false;
	}
	textbuf_adds(out, "exact");
	return true;
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
				? "hidden: needs the same user, or root"
				: "not read");
		return;
	}
	if (!p)
		textbuf_adds(out, "exact");
	else if (p->one_space)
		textbuf_adds(out, "exact: one address space");
	else if (!value_state_has_value(p->verdicts->pages_state))
		textbuf_addf(out, "pages %s", value_state_name(p->verdicts->pages_state));
	else if (!p->verdicts->pages_exact)
		textbuf_adds(out, "estimated: by flags; frames need CAP_SYS_ADMIN");
	else if (p->verdicts->copied_is_upper_bound)
		textbuf_adds(out, "exact; copied is an upper bound: attached after the fork");
	else
		textbuf_adds(out, "exact");
}

void honesty_calls(const struct view_env *env, struct textbuf *out)
{
	for (unsigned side = 0; side < panes_sides(env->moment); side++) {
		const struct thread_list *t = env->moment->snapshot->side[side].threads;

		/* Whether we may attach is one answer for all threads of a process. */
		for (size_t i = 0; t && i < t->n && i < 16; i++)
			if (t->thread[i].source[THREAD_SYSCALL] == VALUE_DENIED) {
				textbuf_addf(out,
					", calls and stacks of %c hidden: need attach access",
					side ? 'B' : 'A');
				return;
			}
	}
}
