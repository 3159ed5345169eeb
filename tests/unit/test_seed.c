/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of moments compared in order, and the same run entered in the middle by seeding: both must
 * judge alike from there on, page by page. What happens in the run is made up by a random generator
 * with a fixed seed: faults, writes of either side, swap, a fork, an exec, A and B exchanged, an
 * exit, and moments in which nothing was read anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/compare.h"

#define MOMENTS	  48
#define PAGES	  64
#define MAPPINGS  4 /* of PAGES / MAPPINGS pages each */
#define PAGE_SIZE 4096u
#define START	  0x10000000ull
#define STEP_NS	  100000000ull
#define P	  PAGE_PRESENT
#define PX	  (PAGE_PRESENT | PAGE_EXCLUSIVE)

/* When what happens in the run. */
enum { FORK = 5, EXEC = 24, TURN = 32, EXIT = 44 };

struct world {
	uint64_t random, frame;
	uint64_t entry[2][PAGES];
	uint64_t vdso[2];
	bool no_exec;
	bool late_pages; /* pages are read after the record of their process, as live */
};

struct run {
	const struct moment *moment[MOMENTS];
};

static uint64_t random_below(struct world *w, uint64_t n)
{
	w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
	return (w->random >> 33) % n;
}

/* ---- what happens -------------------------------------------------------- */

static void write_page(struct world *w, unsigned side, size_t page)
{
	w->entry[side][page] = PX | ++w->frame;
}

/* Something to one page, the wilder things seldom. */
static void touch_page(struct world *w, bool forked)
{
	size_t page = random_below(w, PAGES);
	unsigned side = forked && random_below(w, 2);

	switch (random_below(w, 8)) {
	case 0:
		w->entry[side][page] = 0; /* MADV_DONTNEED */
		return;
	case 1:
		w->entry[side][page] = P | PAGE_ZERO;
		return;
	case 2:
		w->entry[side][page] = PAGE_SWAPPED | ++w->frame;
		return;
	case 3:
		write_page(w, 0, page);
		if (forked)
			write_page(w, 1, page);
		return;
	default:
		write_page(w, side, page);
	}
}

static void fork_b(struct world *w)
{
	for (size_t i = 0; i < PAGES; i++) {
		w->entry[0][i] &= ~PAGE_EXCLUSIVE;
		w->entry[1][i] = w->entry[0][i];
	}
	w->vdso[1] = w->vdso[0];
}

static void exec_b(struct world *w)
{
	for (size_t i = 0; i < PAGES; i++)
		w->entry[1][i] = random_below(w, 2) ? PX | ++w->frame : 0;
	w->vdso[1] += 0x10000;
}

/* B ends: but for some that a third process maps, A's pages are its alone. */
static void end_b(struct world *w)
{
	for (size_t i = 0; i < PAGES; i++)
		if (w->entry[0][i] & PAGE_PRESENT && i % 8)
			w->entry[0][i] |= PAGE_EXCLUSIVE;
}

static void go_on(struct world *w, unsigned number)
{
	if (number == FORK)
		fork_b(w);
	if (number == EXEC && !w->no_exec)
		exec_b(w);
	if (number == EXIT)
		end_b(w);
	for (uint64_t n = number == EXEC ? 0 : random_below(w, 6); n-- > 0;)
		touch_page(w, number >= FORK);
}

/* ---- what is read -------------------------------------------------------- */

static void seal_at(struct part *part, uint64_t begin_ns)
{
	part_seal(part, 0, 0);
	part->begin_ns = begin_ns;
	part->end_ns = begin_ns + 1000;
}

static const struct process_info *read_info(unsigned side, bool with_child, uint64_t ns)
{
	struct process_info *info = part_make(PART_PROCESS);

	info->id = (struct task_id){side ? 200 : 100, 1 + side};
	info->ppid = side ? 100 : 1;
	info->children_n = !side && with_child;
	info->children = arena_array(&info->part.arena, 1, sizeof *info->children);
	info->children[0] = 200;
	seal_at(&info->part, ns);
	return info;
}

static const struct memory_map *read_memory(const struct world *w, unsigned side, uint64_t ns)
{
	struct memory_map *m = part_make(PART_MAPPINGS);
	uint64_t bytes = PAGES / MAPPINGS * PAGE_SIZE;

	m->mapping = arena_array(&m->part.arena, MAPPINGS + 1, sizeof *m->mapping);
	for (; m->n < MAPPINGS; m->n++)
		m->mapping[m->n] = (struct mapping){.start = START + m->n * bytes,
			.end = START + (m->n + 1) * bytes,
			.flags = MAPPING_READ | MAPPING_WRITE,
			.kind = MAPPING_ANONYMOUS};
	m->mapping[m->n++] = (struct mapping){.start = w->vdso[side],
		.end = w->vdso[side] + PAGE_SIZE,
		.flags = MAPPING_READ | MAPPING_EXEC,
		.kind = MAPPING_VDSO};
	seal_at(&m->part, ns);
	return m;
}

static const struct page_map *read_pages(
	const struct world *w, unsigned side, const struct memory_map *memory, uint64_t ns)
{
	struct page_map *p = part_make(PART_PAGES);

	p->memory = part_get(memory);
	p->page_size = PAGE_SIZE;
	p->frames_known = true;
	p->mapping = arena_array(&p->part.arena, memory->n, sizeof *p->mapping);
	p->run = arena_array(&p->part.arena, 1, sizeof *p->run);
	p->runs_n = 1;
	*p->run = (struct page_run){START, PAGES,
		(void *)arena_copy(&p->part.arena, w->entry[side], sizeof w->entry[side])};
	seal_at(&p->part, ns);
	return p;
}

/* The side's own number for what stands at a place: they change places. */
static unsigned who(unsigned place, unsigned number)
{
	return number >= TURN ? !place : place;
}

/* What has ended, and what the pace leaves out, shows its last parts again. */
static bool is_read(const struct world *w, unsigned number, unsigned one)
{
	return number == FORK || number == EXEC || ((number < EXIT || !one) && w->random >> 33 & 7);
}

static void read_side(const struct world *w, struct side *s, const struct side *before,
	unsigned number, unsigned place)
{
	uint64_t ns = (number + 10) * STEP_NS;
	unsigned one = who(place, number);

	s->id = (struct task_id){one ? 200 : 100, 1 + one};
	s->tid = s->id.pid;
	s->ending.ended = one && number >= EXIT;
	if (before && !is_read(w, number, one)) {
		s->info = part_get(before->info);
		s->memory = part_get(before->memory);
		s->pages = part_get(before->pages);
		return;
	}
	s->info = read_info(one, number >= FORK, ns + 10000);
	s->memory = read_memory(w, one, ns);
	s->pages = read_pages(w, one, s->memory, ns + (w->late_pages ? 20000 : 0));
}

/* kcmp(2) told that they are two address spaces. */
static const struct shares *nothing_shared(void)
{
	struct shares *shares = part_make(PART_SHARES);

	part_seal(&shares->part, 0, 0);
	return shares;
}

static struct snapshot *read_all(struct world *w, unsigned number, const struct moment *before)
{
	struct snapshot *s = snapshot_new();

	s->sequence = number + 1;
	s->monotonic_ns = (number + 10) * STEP_NS + 50000;
	s->delay_ns = STEP_NS;
	s->host.page_size = PAGE_SIZE;
	s->sides = number >= FORK ? 2 : 1;
	for (unsigned i = 0; i < s->sides; i++) {
		unsigned was = number == TURN ? !i : i;
		bool had = before && was < before->snapshot->sides;

		read_side(w, &s->side[i], had ? &before->snapshot->side[was] : NULL, number, i);
	}
	if (s->sides == 2 && before && before->snapshot->shares)
		s->shares = part_get(before->snapshot->shares);
	else if (s->sides == 2)
		s->shares = nothing_shared();
	part_seal(&s->part, 0, 0);
	return s;
}

/* The parts that were read of m, for another comparer. */
static struct snapshot *read_again(const struct moment *m)
{
	const struct snapshot *was = m->snapshot;
	struct snapshot *s = snapshot_new();

	s->sequence = was->sequence;
	s->monotonic_ns = was->monotonic_ns;
	s->delay_ns = was->delay_ns;
	s->host = was->host;
	s->sides = was->sides;
	s->shares = part_get(was->shares);
	for (unsigned i = 0; i < s->sides; i++) {
		s->side[i].id = was->side[i].id;
		s->side[i].tid = was->side[i].tid;
		s->side[i].ending = was->side[i].ending;
		s->side[i].info = part_get(was->side[i].info);
		s->side[i].memory = part_get(was->side[i].memory);
		s->side[i].pages = part_get(was->side[i].pages);
	}
	part_seal(&s->part, 0, 0);
	return s;
}

static struct run run_in_order(uint64_t seed, bool late_pages)
{
	struct world w = {.random = seed,
		.vdso = {0x7fff00000000, 0},
		.no_exec = seed % 2,
		.late_pages = late_pages};
	struct comparer *c = comparer_new();
	struct run run;

	for (unsigned i = 0; i < MOMENTS; i++) {
		struct snapshot *s;

		go_on(&w, i);
		s = read_all(&w, i, i ? run.moment[i - 1] : NULL);
		run.moment[i] = moment_new(s, comparer_pair(c, s));
	}
	comparer_free(c);
	return run;
}

static void run_free(struct run *run)
{
	for (unsigned i = 0; i < MOMENTS; i++)
		moment_put(run->moment[i]);
}

/* ---- whether two judged alike -------------------------------------------- */

static bool same_runs(const struct verdicts *a, const struct verdicts *b)
{
	if (a->verdict_runs_n != b->verdict_runs_n)
		return false;
	for (size_t i = 0; i < a->verdict_runs_n; i++) {
		const struct verdict_run *x = &a->verdict_run[i], *y = &b->verdict_run[i];

		if (x->start != y->start || x->n != y->n || memcmp(x->verdict, y->verdict, x->n))
			return false;
	}
	return true;
}

static bool same_rows(const struct verdicts *a, const struct verdicts *b)
{
	if (a->mappings_n != b->mappings_n)
		return false;
	for (size_t i = 0; i < a->mappings_n; i++) {
		const struct pair_mapping *x = &a->mapping[i], *y = &b->mapping[i];

		if (x->a != y->a || x->b != y->b || x->state != y->state ||
			memcmp(&x->pages, &y->pages, sizeof x->pages))
			return false;
	}
	return true;
}

static bool same_pair(const struct pair *p, const struct pair *q)
{
	const struct verdicts *a, *b;

	if (!p || !q)
		return p == q;
	a = p->verdicts;
	b = q->verdicts;
	return p->relation == q->relation && a->pages_state == b->pages_state &&
	       a->fork_related == b->fork_related && a->fork_seen == b->fork_seen &&
	       a->copied_is_upper_bound == b->copied_is_upper_bound &&
	       !memcmp(&a->pages, &b->pages, sizeof a->pages) && same_runs(a, b) && same_rows(a, b);
}

/* How many of the moments from k + 1 on c judges otherwise than it was in order. */
static unsigned judge_on(struct comparer *c, const struct run *run, unsigned k)
{
	unsigned differ = 0;

	for (unsigned i = k + 1; i < MOMENTS; i++) {
		struct snapshot *s = read_again(run->moment[i]);
		const struct pair *p = comparer_pair(c, s);

		differ += !same_pair(p, run->moment[i]->pair);
		part_put(p);
		part_put(s);
	}
	return differ;
}

#define SEEDS 8

/* Adds up the pages of each verdict over the moments of a run. */
static void add_verdicts(const struct run *run, int64_t sum[PAGE_VERDICTS])
{
	for (unsigned i = FORK; i < MOMENTS; i++)
		for (int v = 0; v < PAGE_VERDICTS; v++)
			sum[v] += pair_pages_of(
				&run->moment[i]->pair->verdicts->pages, (enum page_verdict)v);
}

/* The runs have something of all that must be remembered, and who forgets it judges otherwise. */
static void the_runs_are_worth_it(void **state)
{
	static const enum page_verdict verdict[] = {PAGE_VERDICT_COW_SHARED,
		PAGE_VERDICT_COPIED_BY_A, PAGE_VERDICT_COPIED_BY_B, PAGE_VERDICT_COPIED,
		PAGE_VERDICT_BORN_APART, PAGE_VERDICT_ONLY_A, PAGE_VERDICT_SWAPPED,
		PAGE_VERDICT_RELEASED};
	int64_t sum[PAGE_VERDICTS] = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct run run = run_in_order(seed, false);

		add_verdicts(&run, sum);
		for (unsigned k = FORK; k < EXEC - 2; k++) {
			struct comparer *c = comparer_new();

			assert_true(judge_on(c, &run, k) > 0);
			comparer_free(c);
		}
		run_free(&run);
	}
	for (size_t i = 0; i < sizeof verdict / sizeof *verdict; i++)
		assert_true(sum[verdict[i]] > 0);
}

static void a_seeded_one_judges_as_one_that_saw_all(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct run run = run_in_order(seed, false);
		struct comparer *again = comparer_new();

		for (unsigned k = 0; k < MOMENTS; k++) {
			struct comparer *c = comparer_new();

			comparer_seed(c, run.moment[k]);
			assert_int_equal(judge_on(c, &run, k), 0);
			comparer_free(c);
			/* One that saw the end goes back: of what comes later it knows nothing. */
			comparer_seed(again, run.moment[MOMENTS - 1 - k]);
			assert_int_equal(judge_on(again, &run, MOMENTS - 1 - k), 0);
		}
		comparer_free(again);
		run_free(&run);
	}
}

/*
 * Where pages are read after the record that tells whether there was a child, only those of the
 * moment before are known to be from before a fork.
 */
static void a_fork_wants_the_moment_before(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct run run = run_in_order(seed, true);
		struct comparer *c = comparer_new();

		assert_true(run.moment[FORK]->pair->verdicts->fork_seen);
		for (unsigned k = 0; k < MOMENTS; k++) {
			comparer_reset(c);
			for (unsigned i = k > 4 ? k - 4 : 0; i <= k; i++)
				comparer_seed(c, run.moment[i]);
			assert_int_equal(judge_on(c, &run, k), 0);
		}
		comparer_reset(c);
		comparer_seed(c, run.moment[FORK - 1]);
		assert_true(judge_on(c, &run, FORK - 1) > 0);
		comparer_free(c);
		run_free(&run);
	}
}

/* What was made of the same parts stands for them again. */
static void a_seeded_one_shares_what_it_was_given(void **state)
{
	struct run run = run_in_order(3, false);
	struct comparer *c = comparer_new();
	unsigned same = 0;

	(void)state;
	for (unsigned k = FORK; k < MOMENTS; k++) {
		const struct pair *given = run.moment[k]->pair, *p;
		struct snapshot *s = read_again(run.moment[k]);

		s->monotonic_ns += 1;
		comparer_seed(c, run.moment[k]);
		p = comparer_pair(c, s);
		assert_true(same_pair(p, given) || given->verdicts->pages.fresh);
		same += p == given;
		part_put(p);
		part_put(s);
	}
	assert_true(same > 0);
	comparer_free(c);
	run_free(&run);
}

static void a_reset_forgets_the_pages(void **state)
{
	struct run run = run_in_order(5, false);
	struct comparer *c = comparer_new(), *fresh = comparer_new();
	struct snapshot *s = read_again(run.moment[EXEC - 1]),
			*t = read_again(run.moment[EXEC - 1]);
	const struct pair *p, *q;

	(void)state;
	for (unsigned i = 0; i < EXEC - 1; i++)
		comparer_seed(c, run.moment[i]);
	comparer_reset(c);
	p = comparer_pair(c, s);
	q = comparer_pair(fresh, t);
	assert_true(same_pair(p, q));
	assert_false(same_pair(p, run.moment[EXEC - 1]->pair));
	part_put(p);
	part_put(q);
	part_put(s);
	part_put(t);
	comparer_free(c);
	comparer_free(fresh);
	run_free(&run);
}

static struct record_names all_names(void)
{
	struct textbuf bytes = {0};
	struct record_names names;
	struct wire_in in;

	record_put_names(&bytes);
	in = (struct wire_in){bytes.bytes, bytes.len, 0};
	assert_int_equal(record_get_names(&in, &names), 0);
	textbuf_free(&bytes);
	return names;
}

/* Another one that remembers what c does before it is given s. */
static struct comparer *handed_over(
	struct comparer *c, const struct snapshot *s, const struct record_names *names, bool cut)
{
	struct comparer *next = comparer_new();
	struct textbuf saved = {0};
	struct text text;

	comparer_save(c, s, &(const struct record_out){.wire = &saved});
	/* Cut anywhere it is none, and then nothing is remembered. */
	for (size_t n = 0; cut && n < saved.len; n += 1 + saved.len / 50) {
		text = (struct text){saved.bytes, n};
		assert_true(comparer_load(next, s, names, &text) < 0);
	}
	text = (struct text){saved.bytes, saved.len};
	assert_int_equal(comparer_load(next, s, names, &text), 0);
	textbuf_free(&saved);
	return next;
}

/* At any moment, the fork's, the exec's and the end's included, with pages read late or not. */
static void one_that_reads_what_another_wrote_goes_on_from_it(void **state)
{
	struct record_names names = all_names();

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct run run = run_in_order(seed, seed % 4 < 2);
		struct comparer *c = comparer_new();

		for (unsigned k = 0; k < MOMENTS; k++) {
			struct snapshot *s = read_again(run.moment[k]);
			struct comparer *next = handed_over(c, s, &names, seed == 1 && k % 7 == 0);

			if (k)
				assert_int_equal(judge_on(next, &run, k - 1), 0);
			comparer_free(next);
			part_put(comparer_pair(c, s));
			part_put(s);
		}
		comparer_free(c);
		run_free(&run);
	}
	record_names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_runs_are_worth_it),
		cmocka_unit_test(a_seeded_one_judges_as_one_that_saw_all),
		cmocka_unit_test(a_fork_wants_the_moment_before),
		cmocka_unit_test(a_seeded_one_shares_what_it_was_given),
		cmocka_unit_test(a_reset_forgets_the_pages),
		cmocka_unit_test(one_that_reads_what_another_wrote_goes_on_from_it),
	};

	return cmocka_run_group_tests_name("seed", tests, NULL, NULL);
}
