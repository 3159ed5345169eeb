/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/family.h"

#include <stdlib.h>
#include <string.h>

/* ---- pages --------------------------------------------------------------- */

static bool is_there(uint64_t entry)
{
	return entry & PAGE_PRESENT && !(entry & PAGE_ZERO);
}

/* Shared memory counts as a file's. */
static bool is_private(uint64_t entry)
{
	return is_there(entry) && !(entry & PAGE_FILE);
}

/* Whether two pages of one address are one, by their frames or else by their flags. */
static bool is_one_page(uint64_t a, uint64_t b, bool frames_known)
{
	if (frames_known)
		return !((a ^ b) & PAGE_FRAME);
	return !((a | b) & PAGE_EXCLUSIVE) && !((a ^ b) & PAGE_FILE);
}

/* Whether two mappings are of one kind, so that fork may have made one of the other. */
static bool is_inherited(const struct mapping *a, const struct mapping *b)
{
	if ((a->flags ^ b->flags) & MAPPING_SHARED ||
		mapping_has_object(a) != mapping_has_object(b))
		return false;
	return !mapping_has_object(a) ||
	       (a->inode == b->inode && a->device_major == b->device_major &&
		       a->device_minor == b->device_minor &&
		       a->offset - a->start == b->offset - b->start);
}

/* One page of a member at address, beside the first one's mappings and pages. */
struct walk {
	const struct page_map *first;
	size_t run, mapping; /* of first, where the walk is */
	bool frames_known;
};

/* The first one's entry there; 0: none. Addresses ascend. */
static uint64_t first_entry(struct walk *w, uint64_t address)
{
	const struct page_map *p = w->first;

	while (w->run < p->runs_n && page_map_run_end(p, w->run) <= address)
		w->run++;
	if (w->run == p->runs_n || address < p->run[w->run].start)
		return 0;
	return p->run[w->run].entry[(address - p->run[w->run].start) / p->page_size];
}

static const struct mapping *first_mapping(struct walk *w, uint64_t address)
{
	const struct memory_map *m = w->first->memory;

	while (w->mapping < m->n && m->mapping[w->mapping].end <= address)
		w->mapping++;
	return w->mapping < m->n && m->mapping[w->mapping].start <= address
		       ? &m->mapping[w->mapping]
		       : NULL;
}

static void count_beside(struct walk *w, const struct mapping *m, uint64_t address, uint64_t entry,
	struct member_pages *pages)
{
	uint64_t other = first_entry(w, address);
	const struct mapping *there = is_there(other) ? first_mapping(w, address) : NULL;

	if (!there || !is_inherited(m, there) || (entry | other) & PAGE_CHANGED)
		return;
	if (is_one_page(entry, other, w->frames_known)) {
		pages->shared++;
		pages->kept += is_private(entry);
	} else if (!(m->flags & MAPPING_SHARED) && !(entry & other & PAGE_FILE))
		pages->copied++;
}

/* The pages of a run that lie in mappings, which are walked along with it. */
static void count_run(const struct page_map *p, size_t run, size_t *mapping, struct walk *w,
	struct frame_set *frames, struct member_pages *pages)
{
	const struct memory_map *m = p->memory;
	uint64_t address = p->run[run].start;

	for (size_t i = 0; i < p->run[run].n; i++, address += p->page_size) {
		uint64_t entry = p->run[run].entry[i];

		if (!is_there(entry))
			continue;
		while (*mapping < m->n && m->mapping[*mapping].end <= address)
			++*mapping;
		pages->resident++;
		pages->own += (entry & PAGE_EXCLUSIVE) != 0;
		pages->private += is_private(entry);
		if (frames && p->frames_known)
			frame_set_add(frames, entry & PAGE_FRAME);
		if (w->first && *mapping < m->n && m->mapping[*mapping].start <= address)
			count_beside(w, &m->mapping[*mapping], address, entry, pages);
	}
}

struct member_pages family_count(
	const struct page_map *member, const struct page_map *first, struct frame_set *frames)
{
	struct member_pages pages = {.state = member->part.state,
		.frames_known = member->frames_known && (!first || first->frames_known),
		.read_ns = member->part.end_ns,
		.beside_state = first ? first->part.state : VALUE_UNREAD};
	struct walk w = {
		.first = first == member ? NULL : first, .frames_known = pages.frames_known};
	size_t mapping = 0;

	for (size_t run = 0; run < member->runs_n; run++)
		count_run(member, run, &mapping, &w, frames, &pages);
	return pages;
}

/* ---- the tree ------------------------------------------------------------ */

static size_t find(const struct member *member, size_t n, struct task_id id)
{
	for (size_t i = 0; i < n; i++)
		if (task_id_equal(member[i].id, id))
			return i;
	return FAMILY_NO_PARENT;
}

const struct member *family_find(const struct family *f, struct task_id id)
{
	size_t i = f ? find(f->member, f->n, id) : FAMILY_NO_PARENT;

	return i == FAMILY_NO_PARENT ? NULL : &f->member[i];
}

static int compare_age(const void *a, const void *b)
{
	const struct task_id *x = &((const struct member *)a)->id,
			     *y = &((const struct member *)b)->id;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Moves i and all below it to the end of out; links: first child and next brother of each. */
struct link {
	size_t child, brother;
};

static void place(const struct member *from, const struct link *link, size_t i, unsigned depth,
	size_t parent, struct member *out, size_t *n)
{
	size_t self = (*n)++;

	out[self] = from[i];
	out[self].depth = depth;
	out[self].parent = parent;
	for (size_t child = link[i].child; child != FAMILY_NO_PARENT; child = link[child].brother)
		place(from, link, child, depth + 1, self, out, n);
}

void family_order(struct member *member, size_t n)
{
	struct member *from = mem_resize(NULL, n ? n : 1, sizeof *from);
	struct link *link = mem_resize(NULL, n ? n : 1, sizeof *link);
	size_t placed = 0;

	if (n)
		qsort(member + 1, n - 1, sizeof *member, compare_age);
	for (size_t i = 0; i < n; i++) {
		from[i] = member[i];
		link[i] = (struct link){FAMILY_NO_PARENT, FAMILY_NO_PARENT};
	}
	for (size_t i = n; i-- > 1;) {
		size_t parent = find(from, n, from[i].parent_id);

		from[i].parent = parent == i ? FAMILY_NO_PARENT : parent;
		if (from[i].parent == FAMILY_NO_PARENT)
			continue;
		link[i].brother = link[parent].child;
		link[parent].child = i;
	}
	for (size_t i = 0; i < n; i++)
		if (i == 0 || from[i].parent == FAMILY_NO_PARENT)
			place(from, link, i, i != 0, FAMILY_NO_PARENT, member, &placed);
	free(link);
	free(from);
}

const struct member_rates *family_rates_of(
	const struct family_rates *rates, const struct family *f, size_t i)
{
	if (!rates || !f || i >= rates->n || i >= f->n ||
		!task_id_equal(rates->member[i].id, f->member[i].id))
		return NULL;
	return &rates->member[i];
}

const char *member_role(const struct family *f, size_t i)
{
	const struct member *m = &f->member[i];

	if (i == 0)
		return "first";
	if (m->parent_id.pid && m->ppid != m->parent_id.pid)
		return "orphan";
	return m->execed ? "program" : "worker";
}

/* Whether a title says the name itself, as that of a server's worker does. */
static bool holds_name(const struct member *m)
{
	return m->comm.len && m->title.len >= m->comm.len &&
	       !memcmp(m->title.bytes, m->comm.bytes, m->comm.len);
}

/* How many bytes of words are the same at the begin of two titles. */
static size_t same_words(struct text a, struct text b)
{
	size_t words = 0;

	for (size_t i = 0; i < a.len && i < b.len && a.bytes[i] == b.bytes[i]; i++)
		if (a.bytes[i] == ' ')
			words = i + 1;
	return words;
}

/* What all titles begin with of members of one parent that have one name. */
static size_t titles_begin(const struct family *f, const struct member *m)
{
	size_t same = m->title.len;

	for (size_t i = 0; i < f->n; i++) {
		const struct member *other = &f->member[i];

		if (other == m || other->parent != m->parent || !other->title.len ||
			!text_equal(other->comm, m->comm) || text_equal(other->title, m->title))
			continue;
		if (same > same_words(m->title, other->title))
			same = same_words(m->title, other->title);
	}
	return same < m->title.len ? same : 0;
}

/* Whether its name tells it from nobody: its parent or one of that parent's others has it, too. */
static bool shares_name(const struct family *f, const struct member *m)
{
	if (m->parent != FAMILY_NO_PARENT && text_equal(f->member[m->parent].comm, m->comm))
		return true;
	for (size_t i = 0; i < f->n; i++) {
		const struct member *other = &f->member[i];

		if (other != m && other->parent == m->parent && text_equal(other->comm, m->comm))
			return true;
	}
	return false;
}

/* "worker process" of "nginx: worker process", "renderer" of "--type=renderer". */
static struct text brief_title(const struct family *f, const struct member *m)
{
	struct text t = m->title;
	size_t at = titles_begin(f, m), end;

	if (!at && holds_name(m) && shares_name(f, m))
		at = m->comm.len;
	while (at && at < t.len && strchr(": ", t.bytes[at]))
		at++;
	if (at == t.len)
		return t;
	t = (struct text){t.bytes + at, t.len - at};
	for (end = 0; end < t.len && !strchr("= ", t.bytes[end]);)
		end++;
	if (t.bytes[0] == '-' && end + 1 < t.len && t.bytes[end] == '=')
		t = (struct text){t.bytes + end + 1, t.len - end - 1};
	return t;
}

void member_label(const struct family *f, size_t i, bool brief, struct textbuf *out)
{
	const struct member *m = &f->member[i];
	const struct member *above = m->parent == FAMILY_NO_PARENT ? NULL : &f->member[m->parent];
	bool holds = holds_name(m);

	brief &= m->title.len > 0;
	if (brief)
		holds |= above && text_equal(above->comm, m->comm);
	if (!holds)
		text_name(out, m->comm);
	if (!holds && m->title.len)
		textbuf_adds(out, " ");
	text_printable(out, brief ? brief_title(f, m) : m->title);
}

const char *member_apart(const struct family *f, size_t i)
{
	if (i == 0)
		return "it is the first of the family, which the others are held against";
	for (; i != FAMILY_NO_PARENT && i; i = f->member[i].parent)
		if (f->member[i].execed)
			return "it has executed a program since it was forked: what fork shared "
			       "went "
			       "with exec";
	return NULL;
}

#define IN_TURN "not all members' pages were read yet: they take turns"

const char *family_uncounted(const struct family *f)
{
	for (size_t i = 0; i < f->n; i++) {
		enum value_state state = f->member[i].pages.state;

		if (!f->member[i].ended && !value_state_has_value(state))
			return state == VALUE_UNREAD ? IN_TURN
			       : state == VALUE_LATE ? FAMILY_LATE
						     : value_state_reason(state);
	}
	return NULL;
}

const char *family_indistinct(const struct family *f)
{
	const char *uncounted = family_uncounted(f);

	if (uncounted)
		return uncounted;
	if (f->distinct_state == VALUE_DENIED)
		return "needs frame numbers: CAP_SYS_ADMIN";
	return value_state_has_value(f->distinct_state) ? NULL : IN_TURN;
}

bool family_estimated(const struct family *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct member *m = &f->member[i];

		if (!m->ended && value_state_has_value(m->pages.state) && !m->pages.frames_known)
			return true;
	}
	return false;
}
