/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table asks of memory: pages that exist once or twice. */
#include <inttypes.h>

#include "textbook_internal.h"
#include "twintop/base/units.h"
#include "twintop/compare/common.h"

#define KIND(kind) (1u << MAPPING_##kind)
#define LIBRARY                                                                                    \
	(KIND(LIBRARY_CODE) | KIND(LIBRARY_RODATA) | KIND(LIBRARY_DATA) | KIND(LIBRARY_OTHER))

void textbook_of_address_space(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "{process.vm_bytes} of addresses, {process.rss_bytes} in memory");
	if (!textbook_two_spaces(env, ret,
		    textbook_threads(env)
			    ? "one and the same"
			    : "one and the same, of two processes: vfork(2), or CLONE_VM"))
		return;
	textbook_say(ret, TEXTBOOK_OWN, "two: an address means something else in each");
}

/* ---- figures of a side's mappings ------------------------------------------ */

/* What a side has mapped of some kinds. */
struct stretch {
	size_t n;
	uint64_t bytes, resident;
	bool resident_known;
};

static struct stretch stretch_of(const struct side *side, unsigned kinds)
{
	struct stretch sum = {.resident_known = true};

	for (size_t i = 0; side->memory && i < side->memory->n; i++) {
		const struct page_counts *pages = side_mapping_pages(side, i);

		if (!(kinds >> side_mapping_kind(side, i) & 1))
			continue;
		sum.n++;
		sum.bytes += side->memory->mapping[i].end - side->memory->mapping[i].start;
		sum.resident += pages ? pages->resident : 0;
		sum.resident_known &= pages != NULL;
	}
	return sum;
}

static enum value_state part_state(const struct part *part)
{
	return part ? part->state : VALUE_UNREAD;
}

/* Whether a side's mappings are known; else its figure says why not. */
static bool mappings_known(
	const struct textbook_env *env, struct textbook_answer *ret, unsigned side)
{
	enum value_state state =
		part_state(snapshot_part(env->moment->snapshot, PART_MAPPINGS, side));
	const char *why = textbook_no_memory(textbook_side(env, side));

	if (why)
		textbook_no_figure(ret, side, VALUE_NONE, why);
	else if (!value_state_has_value(state))
		textbook_no_figure(ret, side, state, value_state_reason(state));
	return !why && value_state_has_value(state);
}

/* "132K, 33 pages in memory" of each side; none: what to say where it has none. */
static void figure_stretch(const struct textbook_env *env, struct textbook_answer *ret,
	unsigned kinds, const char *none)
{
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct side *s = textbook_side(env, side);
		const struct stretch sum = stretch_of(s, kinds);
		enum value_state state =
			part_state(snapshot_part(env->moment->snapshot, PART_PAGES, side));
		struct textbook_cell *cell = &ret->side[side];
		char size[UNITS_MAX];

		if (!mappings_known(env, ret, side))
			continue;
		*cell = (struct textbook_cell){.text = none};
		if (!sum.n)
			continue;
		units_bytes(size, sum.bytes);
		cell->text = sum.resident_known
				     ? textbook_text(env, "%s, %" PRIu64 " page%s in memory", size,
					       sum.resident, sum.resident == 1 ? "" : "s")
				     : textbook_text(env, "%s", size);
		if (sum.resident_known)
			continue;
		cell->state = value_state_has_value(state) ? VALUE_UNREAD : state;
		cell->reason = value_state_reason(cell->state);
	}
}

/* ---- verdicts of pages ----------------------------------------------------- */

static void add_pages(struct pair_pages *sum, const struct pair_pages *row)
{
	for (int v = 0; v < PAGE_VERDICTS; v++) {
		int64_t n = pair_pages_of(row, (enum page_verdict)v);

		if (n > 0)
			pair_pages_add(sum, (enum page_verdict)v, (uint64_t)n);
	}
}

/* The pages of rows whose mapping is of those kinds, on the side that has it. */
static struct pair_pages pages_of(const struct textbook_env *env, unsigned kinds)
{
	const struct verdicts *v = env->pair->verdicts;
	struct pair_pages sum = {0};

	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];
		unsigned side = row->a < 0;

		if (common_mapping(env->moment, row, side) &&
			kinds >> side_mapping_kind(textbook_side(env, side),
					 (size_t)(side ? row->b : row->a)) &
				1)
			add_pages(&sum, &row->pages);
	}
	return sum;
}

/* What a side has, or had, of its own or by a fork: no page of a file, nor that of zeroes. */
static uint64_t private_pages(const struct pair_pages *p)
{
	return p->cow_shared + p->copied + p->born_apart + p->only_a + p->only_b + p->swapped +
	       p->changed_while_reading + p->released;
}

static void add_part(struct textbuf *out, const char *how, uint64_t n, const char *what)
{
	if (n)
		textbuf_addf(out, ", %s%" PRIu64 " %s", how, n, what);
}

/* ", 3 copied, 2 in A alone", each where there are any. */
static void add_parts(struct textbuf *out, const struct verdicts *v, const struct pair_pages *p)
{
	bool bound = v->copied_is_upper_bound || v->copied_uncertain;

	add_part(out, bound ? "at most " : "", p->copied, "copied");
	add_part(out, "", p->born_apart, "born apart");
	add_part(out, "", p->only_a, "in A alone");
	add_part(out, "", p->only_b, "in B alone");
	add_part(out, "", p->swapped, "in swap");
	add_part(out, "", p->released, "given up by the one that ended");
	add_part(out, "", p->changed_while_reading, "changed while they were read");
	add_part(out, "", p->file_shared, "of files, unwritten");
	add_part(out, "", p->zero, "of zeroes");
	if (!v->pages_exact)
		textbuf_adds(out, " (estimated: frames are hidden)");
}

/* Of private memory in two spaces. */
static void say_pages(
	const struct textbook_env *env, struct textbook_answer *ret, const struct pair_pages *p)
{
	const struct verdicts *v = env->pair->verdicts;
	uint64_t all = private_pages(p);
	struct textbuf text = {0};

	if (!v->fork_related) {
		textbook_say(ret, TEXTBOOK_OWN, "two: no fork since the last exec relates them");
		return;
	}
	if (all)
		textbuf_addf(&text,
			"copied when written: %" PRIu64 " of %" PRIu64 " pages still shared",
			p->cow_shared, all);
	else
		textbuf_adds(&text, "copied when written: nothing was yet");
	add_parts(&text, v, p);
	textbook_say(ret, p->cow_shared || p->file_shared ? TEXTBOOK_ALIKE : TEXTBOOK_OWN,
		arena_copy(env->arena, text.bytes, text.len));
	textbuf_free(&text);
}

/* Whether the pages of two spaces are judged; else the verdict says that they are two. */
static bool pages_judged(const struct textbook_env *env, struct textbook_answer *ret)
{
	enum value_state state = env->pair->verdicts->pages_state;

	if (!value_state_has_value(state))
		textbook_unknown(ret, state, "two, of which some pages may still be shared",
			state == VALUE_UNREAD ? value_state_reason(state)
					      : pair_pages_reason(env->pair));
	return value_state_has_value(state);
}

/* Private memory of those kinds. */
static void say_private(const struct textbook_env *env, struct textbook_answer *ret, unsigned kinds)
{
	struct pair_pages pages;

	if (!textbook_two_spaces(env, ret, "one: what one writes, the other reads") ||
		!pages_judged(env, ret))
		return;
	pages = pages_of(env, kinds);
	if (!stretch_of(textbook_side(env, 0), kinds).n &&
		!stretch_of(textbook_side(env, 1), kinds).n)
		textbook_elsewhere(env, ret, "neither has any");
	else
		say_pages(env, ret, &pages);
}

void textbook_of_globals(const struct textbook_env *env, struct textbook_answer *ret)
{
	figure_stretch(env, ret, KIND(DATA) | KIND(BSS), "none of the program's own");
	say_private(env, ret, KIND(DATA) | KIND(BSS));
}

void textbook_of_heap(const struct textbook_env *env, struct textbook_answer *ret)
{
	figure_stretch(env, ret, KIND(HEAP), "no [heap]: none yet, or elsewhere");
	say_private(env, ret, KIND(HEAP));
}

/* All but what each has touched of files that nobody writes to: no fork hands that on. */
static void say_all_pages(const struct textbook_env *env, struct textbook_answer *ret)
{
	const struct verdicts *v = env->pair->verdicts;
	struct pair_pages sum = v->pages;

	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];

		if (row->mechanism == MECHANISM_COW || row->mechanism == MECHANISM_NONE)
			continue;
		sum.only_a -= row->pages.only_a;
		sum.only_b -= row->pages.only_b;
	}
	say_pages(env, ret, &sum);
}

/* All private memory of both. */
void textbook_of_before_fork(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "{process.rss_anon_bytes} of its own in memory");
	if (textbook_alone(env, ret))
		return;
	if (textbook_threads(env)) {
		textbook_elsewhere(env, ret, "no fork lies between threads");
		return;
	}
	if (!textbook_two_spaces(
		    env, ret, "nothing is copied: the child runs in its parent's memory") ||
		!pages_judged(env, ret))
		return;
	if (env->pair->verdicts->fork_related)
		say_all_pages(env, ret);
	else
		textbook_elsewhere(env, ret, "no fork since the last exec made the two");
}

/* Whether what a side has mapped is not known; the verdict says so. */
static bool memory_hidden(const struct textbook_env *env, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < 2; side++) {
		const char *why = side_hides(env->moment->snapshot, PART_MAPPINGS, side);

		if (!why)
			continue;
		textbook_unknown(ret,
			part_state(snapshot_part(env->moment->snapshot, PART_MAPPINGS, side)), NULL,
			why);
		return true;
	}
	return false;
}

/* ---- files: code and libraries --------------------------------------------- */

/* Files that both map, by mechanism. */
static void say_file(const struct textbook_env *env, struct textbook_answer *ret,
	enum mechanism mechanism, const char *apart)
{
	const struct verdicts *v = env->pair->verdicts;
	const struct mechanism_sum *sum = &v->by_mechanism[mechanism];

	if (memory_hidden(env, ret))
		return;
	if (!sum->rows)
		textbook_say(ret, TEXTBOOK_OWN, apart);
	else if (!value_state_has_value(v->pages_state))
		textbook_unknown(ret, v->pages_state, "the same files; whether the same pages",
			v->pages_state == VALUE_UNREAD ? value_state_reason(VALUE_UNREAD)
						       : pair_pages_reason(env->pair));
	else if (!sum->common_pages)
		textbook_say(
			ret, TEXTBOOK_ALIKE, "the same files, of which no page serves both now");
	else
		textbook_say(ret, TEXTBOOK_ONE,
			textbook_text(env, "once: %" PRIu64 " page%s both%s", sum->common_pages,
				sum->common_pages == 1 ? " serves" : "s serve",
				v->pages_exact ? "" : " (estimated: by inode and offset)"));
}

void textbook_of_code(const struct textbook_env *env, struct textbook_answer *ret)
{
	figure_stretch(env, ret, KIND(CODE), "none of its own");
	if (textbook_two_spaces(env, ret, "one, at one address"))
		say_file(env, ret, MECHANISM_TEXT, "two programs: nothing in common");
}

void textbook_of_libraries(const struct textbook_env *env, struct textbook_answer *ret)
{
	figure_stretch(env, ret, LIBRARY, "none: linked into the program");
	if (textbook_two_spaces(env, ret, "one, at one address"))
		say_file(env, ret, MECHANISM_LIBRARY, "no library is mapped by both");
}

/* ---- memory that is made to be shared -------------------------------------- */

static struct stretch shared_of(const struct side *side)
{
	struct stretch sum = {0};

	for (size_t i = 0; side->memory && i < side->memory->n; i++) {
		const struct mapping *m = &side->memory->mapping[i];

		if (!(m->flags & MAPPING_SHARED))
			continue;
		sum.n++;
		sum.bytes += m->end - m->start;
	}
	return sum;
}

static void figure_shared(const struct textbook_env *env, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct stretch sum = shared_of(textbook_side(env, side));
		char size[UNITS_MAX];

		if (!mappings_known(env, ret, side))
			continue;
		units_bytes(size, sum.bytes);
		textbook_figure(ret, side,
			sum.n ? textbook_text(env, "%zu mapping%s MAP_SHARED, %s", sum.n,
					sum.n == 1 ? "" : "s", size)
			      : "none MAP_SHARED");
	}
}

/* What both have MAP_SHARED, and whether nothing tells of some that they are in both. */
struct in_common {
	uint64_t rows, writable;
	unsigned mechanisms; /* 1 << enum mechanism */
	bool untold;
};

static struct in_common in_common(const struct textbook_env *env)
{
	const struct verdicts *v = env->pair->verdicts;
	struct in_common sum = {0};

	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];
		const struct mapping *a = common_mapping(env->moment, row, 0);
		const struct mapping *b = common_mapping(env->moment, row, 1);
		const struct mapping *any = a ? a : b;

		if (common_is_shared(env->moment, row)) {
			sum.rows++;
			sum.writable += (a->flags & b->flags & MAPPING_WRITE) != 0;
			sum.mechanisms |= 1u << row->mechanism;
		} else if (any && row->state == ROW_UNKNOWN) {
			sum.untold |= (any->flags & MAPPING_SHARED) != 0;
		}
	}
	return sum;
}

#define UNTOLD "nothing tells of some mappings whether both have them"

static void say_shared(
	const struct textbook_env *env, struct textbook_answer *ret, const struct in_common *sum)
{
	struct textbuf text = {0};
	const char *between = ": ";

	textbuf_count(&text, sum->rows, "mapping");
	textbuf_adds(&text, " in common");
	for (int i = 0; i < MECHANISMS; i++)
		if (sum->mechanisms >> i & 1) {
			textbuf_addf(&text, "%s%s", between, mechanism_name((enum mechanism)i));
			between = ", ";
		}
	textbook_say(ret, TEXTBOOK_ONE, arena_copy(env->arena, text.bytes, text.len));
	textbuf_free(&text);
}

void textbook_of_shared_memory(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct in_common sum;

	figure_shared(env, ret);
	if (!textbook_two_spaces(env, ret, "all memory is one: none must be made for it") ||
		memory_hidden(env, ret))
		return;
	sum = in_common(env);
	if (sum.rows)
		say_shared(env, ret, &sum);
	else if (sum.untold)
		textbook_unknown(ret, VALUE_UNSUPPORTED, NULL, UNTOLD);
	else
		textbook_elsewhere(env, ret, "they have made none for each other");
}

void textbook_of_races(const struct textbook_env *env, struct textbook_answer *ret)
{
	struct in_common sum;

	figure_shared(env, ret);
	if (!textbook_two_spaces(
		    env, ret, "yes: all memory is one, and only locks or atomics order it") ||
		memory_hidden(env, ret))
		return;
	sum = in_common(env);
	if (sum.writable)
		textbook_say(ret, TEXTBOOK_ONE,
			textbook_text(env, "in %" PRIu64 " mapping%s that both may write, only",
				sum.writable, sum.writable == 1 ? "" : "s"));
	else if (sum.untold)
		textbook_unknown(ret, VALUE_UNSUPPORTED, NULL, UNTOLD);
	else
		textbook_say(
			ret, TEXTBOOK_OWN, "no: both may write nothing that they have in common");
}
