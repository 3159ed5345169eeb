/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded moments that break what everybody trusts: each is refused by the rule that is for it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/hour.h"
#include "twintop/model/backtraces.h"
#include "twintop/model/erosion.h"
#include "twintop/model/family.h"
#include "twintop/model/file_lock.h"
#include "twintop/model/shape.h"
#include "twintop/model/writers.h"
#include "twintop/record/moment_code.h"
#include "twintop/record/trust.h"

#define INPUTS 3u

/* ---- a moment that can be spoilt ------------------------------------------- */

/* Sealed parts are const to their readers: nobody has seen these yet. */
static void *open_part(const struct snapshot *s, enum part_kind kind)
{
	return (void *)(uintptr_t)snapshot_part(s, kind, 0);
}

static void *open_self(const struct snapshot *s, size_t i)
{
	return (void *)(uintptr_t)thread_self_at(s->side[0].threads, i);
}

static void *open_run(const struct snapshot *s, size_t i)
{
	return (void *)(uintptr_t)thread_run_at(s->side[0].threads, i);
}

static void put_symbols(struct snapshot *s)
{
	struct symbol_list *l = part_make(PART_SYMBOLS);

	l->n = 3;
	l->symbol = arena_array(&l->part.arena, l->n, sizeof *l->symbol);
	for (size_t i = 0; i < l->n; i++)
		l->symbol[i].address = 4096 * (i + 1);
	s->side[0].symbols = l;
}

/* Each byte but the last, and all of a file. */
static void put_locks(struct snapshot *s)
{
	struct lock_table *t = part_make(PART_LOCKS);

	t->n = 2;
	t->lock = arena_array(&t->part.arena, t->n, sizeof *t->lock);
	t->lock[0].end = UINT64_MAX - 1;
	t->lock[1] = (struct file_lock){.start = 7, .end = UINT64_MAX - 1};
	part_put(s->locks);
	s->locks = t;
}

static void put_backtraces(struct snapshot *s)
{
	struct backtraces *b = part_make(PART_BACKTRACES);

	b->n = 3;
	b->thread = arena_array(&b->part.arena, b->n, sizeof *b->thread);
	b->traces_n = b->kernels_n = 1;
	b->trace = arena_array(&b->part.arena, 1, sizeof *b->trace);
	b->kernel = arena_array(&b->part.arena, 1, sizeof *b->kernel);
	for (size_t i = 0; i < b->n; i++)
		b->thread[i].tid = 7 + (pid_t)i;
	s->side[0].backtraces = b;
}

static void put_names(struct snapshot *s)
{
	struct writer_names *names = part_make(PART_NAMES);
	struct writer_name *name = arena_array(&names->part.arena, 3, sizeof *name);

	names->n = 3;
	names->name = name;
	for (size_t i = 0; i < names->n; i++) {
		name[i].pid = i ? 5 : 4;
		name[i].ip = 100 + i;
	}
	s->names = names;
}

static void put_family(struct snapshot *s)
{
	struct family *f = part_make(PART_FAMILY);

	f->n = f->living = f->counted = 4;
	f->page_size = s->host.page_size;
	f->member = arena_array(&f->part.arena, f->n, sizeof *f->member);
	for (size_t i = 0; i < f->n; i++)
		f->member[i] = (struct member){.id = {100 + (pid_t)i, 7},
			.parent = i ? i - 1 : FAMILY_NO_PARENT,
			.depth = (unsigned)i,
			.state = 'S'};
	s->family = f;
}

static void put_events(struct snapshot *s)
{
	struct event_sink sink = {0};
	struct event e = {.kind = EVENT_EXIT, .pid = 7, .source = "poll"};

	for (unsigned i = 1; i <= 3; i++) {
		e.monotonic_ns = e.realtime_ns = i * 1000;
		event_sink_add(&sink, e, text_of("a name"), text_of(NULL));
	}
	s->events = event_sink_seal(&sink);
}

static void put_frames(struct snapshot *s)
{
	struct page_map *p = open_part(s, PART_PAGES);
	struct frame_counts *counts = arena_alloc(&p->part.arena, sizeof *counts);
	struct page_parted *parted = arena_alloc(&p->part.arena, sizeof *parted);

	counts->n = parted->n = 3;
	counts->frame = arena_array(&p->part.arena, 3, sizeof *counts->frame);
	counts->others = arena_array(&p->part.arena, 3, sizeof *counts->others);
	parted->address = arena_array(&p->part.arena, 3, sizeof *parted->address);
	for (unsigned i = 0; i < 3; i++)
		parted->address[i] = counts->frame[i] = 4096 * (i + 1);
	p->counts = counts;
	p->parted = parted;
}

/* Two runs of pages, so that there is an order. */
static void split_run(struct snapshot *s)
{
	struct page_map *p = open_part(s, PART_PAGES);
	struct page_run whole = p->run[0], *run = arena_array(&p->part.arena, 2, sizeof *run);

	run[0] = (struct page_run){whole.start, 4, whole.entry};
	run[1] = (struct page_run){whole.start + 8 * p->page_size, whole.n - 8, whole.entry + 8};
	p->run = run;
	p->runs_n = 2;
}

/* A's part is no other's, too. */
static void own(struct snapshot *s, enum part_kind kind, enum shape_number shape)
{
	const struct part *was = s->side[0].part[kind];
	struct part *part = part_make(kind);

	shape_copy(shape_table[shape], part, was, &part->arena);
	part_put(was);
	s->side[0].part[kind] = part;
}

static struct snapshot *make_next(struct hour *hour)
{
	struct snapshot *s = hour_next(hour);

	own(s, PART_MAPPINGS, SHAPE_OF_memory_map);
	own(s, PART_FDS, SHAPE_OF_fd_list);
	put_symbols(s);
	put_locks(s);
	put_backtraces(s);
	put_names(s);
	put_family(s);
	put_events(s);
	put_frames(s);
	split_run(s);
	return s;
}

/* ---- how it is spoilt: each function in INPUTS ways -------------------------- */

static void spoil_page_size(struct snapshot *s, unsigned i)
{
	s->host.page_size = (const uint64_t[]){0, 3 * 4096, 1ull << 63}[i];
}

static void spoil_ticks(struct snapshot *s, unsigned i)
{
	s->host.clock_ticks = (const uint64_t[]){0, UINT64_MAX, 1000001}[i];
}

static void spoil_kernel(struct snapshot *s, unsigned i)
{
	memset(s->host.kernel, "x\x1b "[i], sizeof s->host.kernel);
}

static void spoil_host(struct snapshot *s, unsigned i)
{
	if (i)
		s->host.clock_ticks = i == 1 ? 250 : 1;
	else
		s->host.page_size = 16384;
}

static void spoil_time(struct snapshot *s, unsigned i)
{
	if (i == 0)
		s->monotonic_ns -= 200000000;
	else if (i == 1)
		s->sequence = 1;
	else
		s->realtime_ns = UINT64_MAX;
}

static void spoil_sides(struct snapshot *s, unsigned i)
{
	if (i == 2)
		s->side[0].tid = -1;
	else
		s->side[i].id.pid = i ? -4 : 0;
}

static void spoil_process(struct snapshot *s, unsigned i)
{
	((struct process_info *)open_part(s, PART_PROCESS))->state = "\x1b\n\xff"[i];
}

static void spoil_tids(struct snapshot *s, unsigned i)
{
	struct thread_self *main = open_self(s, 0), *second = open_self(s, 1),
			   *third = open_self(s, 2);

	if (i == 0)
		third->tid = second->tid;
	else if (i == 1)
		third->tid = main->tid + (second->tid = 1) - 1;
	else
		main->tid = -main->tid;
}

static void spoil_states(struct snapshot *s, unsigned i)
{
	((struct thread_run *)open_run(s, i))->state = "\x1b\x7f\n"[i];
}

static void spoil_stacks(struct snapshot *s, unsigned i)
{
	struct thread_self *t = open_self(s, i);

	if (i == 1)
		t->given_start = 5;
	else
		t->stack_end = t->stack_start - 1 - i;
}

static void spoil_waits(struct snapshot *s, unsigned i)
{
	struct thread_call *c = (struct thread_call *)(uintptr_t)thread_group_at(
		s->side[0].threads, THREAD_GROUP_CALL, i);

	if (i == 0)
		c->wait_owner = -1;
	else if (i == 1)
		c->wait_left = INT32_MIN;
	else
		c->wait_known_ns = UINT64_MAX;
}

static void spoil_windows(struct snapshot *s, unsigned i)
{
	struct thread_window *w = s->side[0].threads->window;

	*w = (struct thread_window){.begin_ns = i == 2 ? UINT64_MAX : 1 + i, .end_ns = i};
}

static void spoil_map(struct memory_map *m, unsigned i)
{
	struct mapping *a = &m->mapping[0], *b = &m->mapping[1], was = *a;

	if (i == 0) {
		*a = *b;
		*b = was;
	} else if (i == 1) {
		a->end = b->start + 4096;
	} else {
		b->end--;
	}
}

static void spoil_mappings(struct snapshot *s, unsigned i)
{
	spoil_map(open_part(s, PART_MAPPINGS), i);
}

static void spoil_mappings_of_pages(struct snapshot *s, unsigned i)
{
	spoil_map((struct memory_map *)(uintptr_t)s->side[0].pages->memory, i);
}

static void spoil_size(struct snapshot *s, unsigned i)
{
	((struct page_map *)open_part(s, PART_PAGES))->page_size =
		(const uint64_t[]){0, 2048, 1ull << 63}[i];
}

static void spoil_backtraces(struct snapshot *s, unsigned i)
{
	struct backtraces *b = open_part(s, PART_BACKTRACES);

	if (i == 0)
		b->thread[2].tid = b->thread[1].tid;
	else if (i == 1)
		b->thread[1].trace = 1;
	else
		b->thread[0].kernel = UINT32_MAX;
}

static void spoil_runs(struct snapshot *s, unsigned i)
{
	struct page_map *p = open_part(s, PART_PAGES);

	if (i == 0)
		p->run[1].start = p->run[0].start;
	else if (i == 1)
		p->run[0].start += 5;
	else
		p->run[1].start = UINT64_MAX - 4095;
}

static void spoil_counts(struct snapshot *s, unsigned i)
{
	struct page_map *p = open_part(s, PART_PAGES);
	struct page_counts *c = &p->mapping[p->memory->n - 1];

	if (i == 0)
		p->totals.resident++;
	else if (i == 1)
		c->resident = p->totals.resident = UINT64_MAX;
	else
		c->shared = c->anonymous + 1;
}

static void spoil_frames(struct snapshot *s, unsigned i)
{
	struct page_map *p = open_part(s, PART_PAGES);

	if (i)
		p->parted->address[i] = 0;
	else
		p->counts->frame[2] = p->counts->frame[1];
}

static void spoil_fds(struct snapshot *s, unsigned i)
{
	struct fd_list *l = open_part(s, PART_FDS);

	l->fd[i].fd = i == 0 ? -1 : i == 1 ? 0 : 63;
}

static void spoil_locks(struct snapshot *s, unsigned i)
{
	struct file_lock *l = &((struct lock_table *)open_part(s, PART_LOCKS))->lock[i % 2];

	l->start = i == 2 ? UINT64_MAX : l->end + 1;
	l->end -= i == 2;
}

static void spoil_symbols(struct snapshot *s, unsigned i)
{
	((struct symbol_list *)open_part(s, PART_SYMBOLS))->symbol[i].address =
		i == 2 ? 0 : UINT64_MAX;
}

static void spoil_names(struct snapshot *s, unsigned i)
{
	struct writer_names *names = open_part(s, PART_NAMES);
	struct writer_name *name = (struct writer_name *)(uintptr_t)names->name;

	if (i == 2)
		name[1].ip = UINT64_MAX;
	else
		name[i].pid = 9;
}

static void spoil_parents(struct snapshot *s, unsigned i)
{
	struct family *f = open_part(s, PART_FAMILY);

	if (i == 0)
		f->member[1].parent = 3; /* of whom it is the grandparent */
	else if (i == 1)
		f->member[2].parent = 2;
	else
		f->member[3].depth = UINT32_MAX;
}

static void spoil_members(struct snapshot *s, unsigned i)
{
	((struct family *)open_part(s, PART_FAMILY))->member[i].state = "\t\x1b\x01"[i];
}

static void spoil_family_size(struct snapshot *s, unsigned i)
{
	((struct family *)open_part(s, PART_FAMILY))->page_size =
		(const uint64_t[]){0, 1, UINT64_MAX}[i];
}

static void spoil_numbers(struct snapshot *s, unsigned i)
{
	struct family *f = open_part(s, PART_FAMILY);

	*(size_t *const[]){&f->living, &f->counted, &f->ended}[i] = 5;
}

static struct event *open_event(const struct snapshot *s, unsigned i)
{
	return (struct event *)(uintptr_t)&s->events->event[i];
}

static void spoil_events(struct snapshot *s, unsigned i)
{
	open_event(s, i)->monotonic_ns = i == 2 ? 0 : UINT64_MAX;
}

static void spoil_event_names(struct snapshot *s, unsigned i)
{
	struct event *e = open_event(s, i);

	*(uint32_t *const[]){&e->name, &e->before, &e->function}[i] = i ? UINT32_MAX : 2;
}

static void spoil_faults(struct snapshot *s, unsigned i)
{
	((struct fault *)(uintptr_t)s->faults->fault)[i].time_ns = i == 2 ? 0 : UINT64_MAX;
}

static const struct spoilt {
	const char *rule;
	void (*spoil)(struct snapshot *s, unsigned i);
} spoilt[] = {
	{"page size", spoil_page_size},
	{"clock ticks", spoil_ticks},
	{"kernel", spoil_kernel},
	{"one host", spoil_host},
	{"time goes on", spoil_time},
	{"sides", spoil_sides},
	{"state of a process", spoil_process},
	{"threads in order", spoil_tids},
	{"states of threads", spoil_states},
	{"bounds of stacks", spoil_stacks},
	{"waits of threads", spoil_waits},
	{"windows of threads", spoil_windows},
	{"mappings in order", spoil_mappings},
	{"mappings of pages", spoil_mappings_of_pages},
	{"size of pages", spoil_size},
	{"runs in order", spoil_runs},
	{"counts of pages", spoil_counts},
	{"frames in order", spoil_frames},
	{"descriptors in order", spoil_fds},
	{"bounds of locks", spoil_locks},
	{"symbols in order", spoil_symbols},
	{"backtraces in order", spoil_backtraces},
	{"names in order", spoil_names},
	{"parents of members", spoil_parents},
	{"states of members", spoil_members},
	{"size of a family's pages", spoil_family_size},
	{"numbers of members", spoil_numbers},
	{"events in order", spoil_events},
	{"names of events", spoil_event_names},
	{"page faults in order", spoil_faults},
};

/* ---- what becomes of it ------------------------------------------------------ */

struct reader {
	struct record_names names;
	struct hour *hour;
	struct snapshot *first;
};

static void begin(struct reader *r)
{
	const struct hour_size size = {.threads = 5,
		.pages = 64,
		.active_percent = 50,
		.copied_each = 3,
		.delay_ns = 100000000};
	struct textbuf header = {0};
	struct wire_in in;

	record_put_names(&header);
	in = (struct wire_in){header.bytes, header.len, 0};
	assert_int_equal(record_get_names(&in, &r->names), 0);
	textbuf_free(&header);
	r->hour = hour_new(&size);
	r->first = make_next(r->hour);
}

static void end(struct reader *r)
{
	part_put(r->first);
	hour_free(r->hour);
	record_names_free(&r->names);
}

/* What reading gives of s, as what comes after before or whole. */
static int read_back(
	const struct reader *r, const struct snapshot *s, const struct snapshot *before)
{
	struct textbuf out = {0};
	struct snapshot *back;
	struct wire_in in;
	int error;

	moment_code_put(&(const struct record_out){.wire = &out}, s, before);
	in = (struct wire_in){out.bytes, out.len, 0};
	error = moment_code_get(&in, &r->names, before, &back);
	if (!error) {
		assert_int_equal(in.at, in.n);
		assert_null(trust_breach(back, before));
		part_put(back);
	}
	textbuf_free(&out);
	return error;
}

static void what_is_sound_is_read(void **state)
{
	struct reader r;
	struct snapshot *s;

	(void)state;
	begin(&r);
	assert_null(trust_breach(r.first, NULL));
	assert_int_equal(read_back(&r, r.first, NULL), 0);
	s = make_next(r.hour);
	assert_null(trust_breach(s, r.first));
	assert_int_equal(read_back(&r, s, r.first), 0);
	part_put(s);
	end(&r);
}

/* Of a process that ended before its pages were read; of: by which mappings they were to be. */
static void put_no_pages(struct snapshot *s, const struct memory_map *of)
{
	struct page_map *p = part_make(PART_PAGES);

	p->memory = part_get(of);
	part_seal(&p->part, 0, -ESRCH);
	part_put(s->side[1].pages);
	s->side[1].pages = p;
}

/* One after the other, by no mappings, by the side's own, by those of the last. */
static void pages_that_were_not_read_are_read_back(void **state)
{
	struct reader r;
	struct snapshot *now[2];

	(void)state;
	begin(&r);
	for (unsigned i = 0; i < 16; i++) {
		for (unsigned k = 0; k < 2; k++) {
			const struct memory_map *of[] = {
				NULL, r.first->side[0].memory, r.first->side[1].memory, NULL};
			unsigned which = k ? i / 4 : i % 4;

			now[k] = make_next(r.hour);
			if (which == 3) {
				part_put(now[k]->side[1].memory);
				now[k]->side[1].memory = NULL;
			}
			put_no_pages(now[k], of[which]);
		}
		assert_int_equal(read_back(&r, now[0], r.first), 0);
		assert_int_equal(read_back(&r, now[1], now[0]), 0);
		assert_int_equal(read_back(&r, now[1], NULL), 0);
		part_put(now[0]);
		part_put(now[1]);
	}
	end(&r);
}

static void what_breaks_a_rule_is_refused(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof spoilt / sizeof *spoilt; k++)
		for (unsigned i = 0; i < INPUTS; i++) {
			struct reader r;
			struct snapshot *s;
			const char *breach;

			begin(&r);
			s = make_next(r.hour);
			spoilt[k].spoil(s, i);
			breach = trust_breach(s, r.first);
			if (!breach || strcmp(breach, spoilt[k].rule) != 0)
				fail_msg("%s, input %u: %s", spoilt[k].rule, i,
					breach ? breach : "nothing is broken");
			if (strcmp(breach, "one host") != 0 && strcmp(breach, "kernel") != 0)
				assert_int_equal(read_back(&r, s, r.first), -EBADMSG);
			part_put(s);
			end(&r);
		}
}

/* B's is looked at as A's is; what the moment before had, too, was. */
static void each_side_is_looked_at(void **state)
{
	struct reader r;
	struct snapshot *s;

	(void)state;
	begin(&r);
	s = make_next(r.hour);
	((struct process_info *)(uintptr_t)s->side[1].info)->state = '\x1b';
	assert_string_equal(trust_breach(s, r.first), "state of a process");
	part_put(s);
	s = make_next(r.hour);
	((struct fd_list *)(uintptr_t)s->side[1].fds)->fd[4].fd = 4000;
	assert_null(trust_breach(s, r.first)); /* the part is the first one's */
	assert_string_equal(trust_breach(s, NULL), "descriptors in order");
	part_put(s);
	end(&r);
}

/* A chain of so many would be walked up from each. */
static void no_family_is_without_an_end(void **state)
{
	struct family *f = part_make(PART_FAMILY);

	(void)state;
	f->n = FAMILY_MOST + 1;
	f->page_size = 4096;
	f->member = arena_array(&f->part.arena, f->n, sizeof *f->member);
	for (size_t i = 0; i < f->n; i++) {
		f->member[i].parent = i ? i - 1 : FAMILY_NO_PARENT;
		f->member[i].depth = (unsigned)i;
	}
	assert_string_equal(trust_part_breach(&(const struct snapshot){.host.page_size = 4096},
				    PART_FAMILY, &f->part),
		"numbers of members");
	f->n--;
	assert_null(trust_part_breach(
		&(const struct snapshot){.host.page_size = 4096}, PART_FAMILY, &f->part));
	part_put(f);
}

/* Of what seeds alone tell. */
static void erosion_is_a_series(void **state)
{
	struct erosion *e = part_make(PART_EROSION);
	struct series_point *point = arena_array(&e->part.arena, SERIES_POINTS + 1, sizeof *point);

	(void)state;
	for (size_t i = 0; i <= SERIES_POINTS; i++)
		point[i] = (struct series_point){.from_ns = 10 * i, .to_ns = 10 * i + 10};
	e->point = point;
	e->n = SERIES_POINTS;
	assert_null(trust_part_breach(NULL, PART_EROSION, &e->part));
	point[7].to_ns = 1;
	assert_string_equal(trust_part_breach(NULL, PART_EROSION, &e->part), "points in order");
	point[7].to_ns = 90;
	assert_string_equal(trust_part_breach(NULL, PART_EROSION, &e->part), "points in order");
	point[7].to_ns = 80;
	e->n++;
	assert_string_equal(trust_part_breach(NULL, PART_EROSION, &e->part), "points in order");
	part_put(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sound_is_read),
		cmocka_unit_test(pages_that_were_not_read_are_read_back),
		cmocka_unit_test(what_breaks_a_rule_is_refused),
		cmocka_unit_test(each_side_is_looked_at),
		cmocka_unit_test(no_family_is_without_an_end),
		cmocka_unit_test(erosion_is_a_series),
	};

	return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
