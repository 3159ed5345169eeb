/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tell_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "twintop/base/units.h"
#include "twintop/model/names.h"

#define TENTH_NS 100000000u /* of a second */
/* ---- words that several use ----------------------------------------------- */

void tell_bytes(uint64_t bytes, struct textbuf *out)
{
	char text[UNITS_MAX];

	if (bytes >= 1024)
		textbuf_addf(out, "%s (%" PRIu64 " bytes)", units_bytes(text, bytes), bytes);
	else
		textbuf_count(out, bytes, "byte");
}

void tell_pages(const struct record *r, uint64_t pages, struct textbuf *out)
{
	char text[UNITS_MAX];

	textbuf_count(out, pages, "page");
	if (pages)
		textbuf_addf(out, " (%s)", units_bytes(text, pages * record_host(r)->page_size));
}

static struct text name_on_side(const struct side *s, pid_t number)
{
	ptrdiff_t i = thread_find(s->threads, number);

	if (i >= 0) {
		const struct thread t = thread_at(s->threads, (size_t)i);

		return thread_name(&t);
	}
	if (s->id.pid == number && s->info && value_state_has_value(s->info->source[PROCESS_STAT]))
		return s->info->comm;
	return text_of(NULL);
}

void tell_task(const struct record *r, pid_t number, struct textbuf *out)
{
	const struct snapshot *s = r->moment->snapshot;
	struct text name = {0};

	for (unsigned side = 0; side < s->sides && !name.len; side++)
		name = name_on_side(&s->side[side], number);
	textbuf_addf(out, "%d", (int)number);
	name = text_named(name);
	if (!name.len)
		return;
	textbuf_adds(out, " “");
	text_printable(out, name);
	textbuf_adds(out, "”");
}

/* "library code" of an id such as "library_code". */
static void add_words(const char *id, struct textbuf *out)
{
	for (; *id; id++)
		textbuf_add(out, *id == '_' ? " " : id, 1);
}

static void add_mapping(const struct side *s, size_t i, struct textbuf *out)
{
	static const char *const plain[MAPPING_KINDS] = {
		[MAPPING_BSS] = "the variables that begin as zero (bss)",
		[MAPPING_HEAP] = "the heap",
		[MAPPING_STACK] = "the main thread's stack",
		[MAPPING_ANONYMOUS] = "private memory without a file",
		[MAPPING_SHARED_ANONYMOUS] = "shared memory without a file",
		[MAPPING_GUARD] = "a guard",
	};
	const struct mapping *m = &s->memory->mapping[i];
	enum mapping_kind kind = side_mapping_kind(s, i);
	pid_t owner = side_mapping_owner(s, i);

	textbuf_adds(out, ", in ");
	if (owner && kind != MAPPING_GUARD) {
		textbuf_addf(out, "the stack of thread %d", (int)owner);
	} else if (plain[kind]) {
		textbuf_adds(out, plain[kind]);
	} else {
		textbuf_adds(out, "the ");
		add_words(mapping_kind_info[kind].id, out);
		textbuf_adds(out, m->path.len ? " of " : "");
		text_printable(out, text_basename(m->path));
	}
	if (m->flags & MAPPING_SHARED)
		textbuf_adds(out, ", which other processes can see, too");
}

void tell_address(const struct record *r, uint64_t address, struct textbuf *out)
{
	const struct side *s = field_side(r);
	ptrdiff_t i = s->memory ? memory_find(s->memory, address) : -1;

	textbuf_addf(out, "0x%" PRIx64, address);
	if (i >= 0)
		add_mapping(s, (size_t)i, out);
}

void tell_lesson(enum lesson_set set, const char *id, struct textbuf *out)
{
	size_t i = lesson_find(set, id);

	if (i < lesson_count(set))
		textbuf_addf(out, " %s", lesson_at(set, i).what);
}

void tell_since_boot(const struct record *r, const struct value *v, struct textbuf *out)
{
	uint64_t hertz = record_host(r)->clock_ticks;
	char text[UNITS_MAX];

	textbuf_addf(out, "%" PRIu64 " clock ticks after the machine started", v->u);
	if (hertz)
		textbuf_addf(out, ", which is %s", units_time(text, v->u * (1000000000u / hertz)));
	textbuf_adds(out, ".");
}

/* ---- any value by its unit ------------------------------------------------- */

static void tell_flags(uint64_t flags, struct textbuf *out)
{
	static const struct {
		unsigned bit;
		const char *name, *words;
	} row[] = {
		{O_APPEND, "O_APPEND", "each write goes to the end"},
		{O_NONBLOCK, "O_NONBLOCK", "reads and writes fail rather than wait"},
		{O_DSYNC, "O_DSYNC", "each write waits for the disk"},
		{O_ASYNC, "O_ASYNC", "SIGIO comes when it is ready"},
		{O_DIRECT, "O_DIRECT", "the page cache is left out"},
		{O_DIRECTORY, "O_DIRECTORY", "only a directory would do"},
		{O_NOFOLLOW, "O_NOFOLLOW", "a symbolic link would not do"},
		{O_NOATIME, "O_NOATIME", "reading leaves no trace in its times"},
		{O_PATH, "O_PATH", "it names the file and opens nothing"},
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (flags & row[i].bit) {
			textbuf_addf(out, "%s%s: %s", between, row[i].name, row[i].words);
			between = "; ";
		}
	textbuf_adds(out, *between ? "." : "No flags: it reads and writes as usual, and waits.");
}

static void tell_ticks(const struct record *r, uint64_t ticks, struct textbuf *out)
{
	uint64_t hertz = record_host(r)->clock_ticks;
	char text[UNITS_MAX];

	if (!hertz || !ticks) {
		textbuf_adds(out, ticks ? "Some processor time."
					: "None, or less than a clock tick of processor time.");
		return;
	}
	textbuf_addf(
		out, "%s of processor time: ", units_time(text, ticks * (1000000000u / hertz)));
	textbuf_count(out, ticks, "clock tick");
	textbuf_addf(out, ", of which there are %" PRIu64 " a second.", hertz);
}

static void tell_signals(uint64_t mask, struct textbuf *out)
{
	int64_t number[64];
	size_t n = signal_set_numbers(mask, number);

	if (!n) {
		textbuf_adds(out, "No signal.");
		return;
	}
	textbuf_count(out, n, "signal");
	textbuf_adds(out, ": ");
	signal_set_names(out, mask);
	textbuf_adds(out, ".");
}

/* ", 125 pages", where it is so many. */
static void tell_whole_pages(const struct record *r, uint64_t bytes, struct textbuf *out)
{
	uint64_t page = record_host(r)->page_size;

	if (!page || !bytes || bytes % page)
		return;
	textbuf_adds(out, ", ");
	textbuf_count(out, bytes / page, "page");
}

static void tell_uint(
	const struct field *f, const struct record *r, uint64_t u, struct textbuf *out)
{
	char text[UNITS_MAX];

	switch (f->unit) {
	case UNIT_BYTES:
		tell_bytes(u, out);
		tell_whole_pages(r, u, out);
		textbuf_adds(out, ".");
		return;
	case UNIT_PAGES:
		if (u)
			tell_pages(r, u, out);
		textbuf_adds(out, u ? "." : "No page.");
		return;
	case UNIT_NS:
		textbuf_addf(out, "%s: %" PRIu64 " nanoseconds.", units_time(text, u), u);
		return;
	case UNIT_TICKS:
		tell_ticks(r, u, out);
		return;
	case UNIT_SIGNALS:
		tell_signals(u, out);
		return;
	case UNIT_DEVICE:
		textbuf_addf(out, "Driver (major number) %u, device (minor number) %u.", major(u),
			minor(u));
		return;
	case UNIT_FLAGS:
		tell_flags(u, out);
		return;
	default:
		textbuf_addf(out, "It is %" PRIu64 ".", u);
	}
}

static void tell_real(const struct field *f, double real, struct textbuf *out)
{
	char text[UNITS_MAX];

	if (f->unit == UNIT_PERCENT)
		textbuf_addf(out, "%s of one processor's time.", units_percent(text, real));
	else if (real < 0.05)
		textbuf_adds(out, "Fewer than one in 20 seconds.");
	else
		textbuf_addf(out, "%.1f a second, one every %s.", real,
			units_time(text, (uint64_t)(1e9 / real)));
}

/* "4 of them: …" of a list as the panel shows it. */
static void tell_list(
	const struct field *f, const struct record *r, const struct value *v, struct textbuf *out)
{
	if (!v->list.n) {
		textbuf_adds(out, "None.");
		return;
	}
	if (v->list.n > 1)
		textbuf_addf(out, "%zu of them: ", v->list.n);
	field_format(f, record_host(r), v, out);
	textbuf_adds(out, ".");
}

static void tell_any(
	const struct field *f, const struct record *r, const struct value *v, struct textbuf *out)
{
	switch (v->type) {
	case VALUE_UINT:
		tell_uint(f, r, v->u, out);
		return;
	case VALUE_REAL:
		tell_real(f, v->real, out);
		return;
	case VALUE_ADDRESS:
		tell_address(r, v->u, out);
		textbuf_adds(out, ".");
		return;
	case VALUE_TEXT:
		if (!v->text.len) {
			textbuf_adds(out, "It is empty.");
			return;
		}
		textbuf_adds(out, "“");
		text_printable(out, v->text);
		textbuf_adds(out, "”.");
		return;
	case VALUE_BOOL:
		textbuf_adds(out, v->yes ? "Yes." : "No.");
		return;
	case VALUE_INT:
		textbuf_addf(out, "It is %" PRId64 ".", v->i);
		return;
	default:
		tell_list(f, r, v, out);
	}
}

/* ---- what is not known ------------------------------------------------------ */

/* What would change it. */
static const char *advice(const struct host *host, enum value_state state, bool past)
{
	if (past)
		return " This moment is over, so it stays unknown.";
	switch (state) {
	case VALUE_DENIED:
		return host->root
			       ? " Even this root may not: it lacks a capability that the process "
				 "has, or the kernel forbids it here; twintop doctor tells which."
			       : " Run twintop as the same user or as root: twintop doctor tells "
				 "what each needs.";
	case VALUE_UNREAD:
		return " It is read when a view that shows it is open.";
	case VALUE_LATE:
		return " It is asked again with each sample.";
	case VALUE_UNSUPPORTED:
	case VALUE_NONE:
	case VALUE_GONE:
		return "";
	default:
		return " It is tried again with each sample.";
	}
}

static void tell_unknown(
	const struct record *r, const struct value *v, bool past, struct textbuf *out)
{
	static const char *const begin[] = {[VALUE_NONE] = "Does not apply here",
		[VALUE_UNREAD] = "Not known",
		[VALUE_DENIED] = "Hidden",
		[VALUE_GONE] = "Gone",
		[VALUE_UNSUPPORTED] = "Not to be known here",
		[VALUE_LATE] = "Not known"};
	const char *reason = v->reason ? v->reason : value_state_reason(v->state);
	bool plain = reason == value_state_reason(VALUE_UNREAD);

	textbuf_adds(
		out, v->state < VALUE_FAILED && begin[v->state] ? begin[v->state] : "Not known");
	if (past && plain)
		textbuf_adds(out, ": it was not read at this moment.");
	else
		textbuf_addf(out, "%s %s.", strchr(reason, ':') ? ";" : ":", reason);
	/* A reason of its own says by itself what is missing. */
	if (v->state != VALUE_UNREAD || plain || past)
		textbuf_adds(out, advice(record_host(r), v->state, past && v->state != VALUE_NONE));
}

/* ---- all of it --------------------------------------------------------------- */

static tell_function *find_function(const struct field *f)
{
	static const struct {
		const struct tell_row *row;
		const size_t *n;
	} of_kind[RECORD_KINDS] = {
		[RECORD_PROCESS] = {tell_process_row, &tell_process_rows_n},
		[RECORD_THREAD] = {tell_thread_row, &tell_thread_rows_n},
		[RECORD_MAPPING] = {tell_mapping_row, &tell_mapping_rows_n},
		[RECORD_FD] = {tell_fd_row, &tell_fd_rows_n},
		[RECORD_SIGNAL] = {tell_signal_row, &tell_signal_rows_n},
		[RECORD_MEMBER] = {tell_member_row, &tell_member_rows_n},
	};

	for (size_t i = 0; i < *of_kind[f->kind].n; i++)
		if (strcmp(of_kind[f->kind].row[i].field, f->id) == 0)
			return of_kind[f->kind].row[i].tell;
	return NULL;
}

void field_tell(const struct field *f, const struct record *r, bool past, struct textbuf *out)
{
	const struct value v = f->get(r);
	tell_function *tell = find_function(f);

	if (!value_state_has_value(v.state))
		tell_unknown(r, &v, past, out);
	else if (tell)
		tell(r, &v, out);
	else
		tell_any(f, r, &v, out);
	if (v.state == VALUE_STALE)
		textbuf_adds(out, " (As it was at an earlier read.)");
}

/* CLOCK_MONOTONIC at which a side's records were last found to be so; 0: not known. */
static uint64_t read_at(const struct moment *m, enum record_kind kind, unsigned side)
{
	const struct part *part = record_part(m, kind, side);
	struct part_age age;

	if (!part || !value_state_has_value(part->state))
		return 0;
	age = part_age(m->snapshot, record_part_kind(kind), side);
	return age.ns < side_moment_ns(m->snapshot, side)
		       ? side_moment_ns(m->snapshot, side) - age.ns
		       : 0;
}

/* Coarsely: what changes with each sample is no reading. */
static void tell_apart(uint64_t ns, struct textbuf *out)
{
	char text[UNITS_MAX];

	if (ns < TENTH_NS)
		textbuf_addf(out, " A and B were read one after the other, less than %s apart.",
			ns < TENTH_NS / 100  ? "1 ms"
			: ns < TENTH_NS / 10 ? "10 ms"
					     : "0.1 s");
	else
		textbuf_addf(out, " A and B were read %s apart: compare them with care.",
			units_time(text, ns / TENTH_NS * TENTH_NS));
}

/* What is to be said of when B was read where that was another moment than A's. */
static void tell_other(const struct moment *m, uint64_t b_ns, struct textbuf *out)
{
	uint64_t then_ns = side_moment_ns(m->snapshot, 1), age_ns = then_ns - b_ns;
	char text[UNITS_MAX];

	if (pair_is_past(m->pair))
		textbuf_addf(out, " B is A as it was %s before.",
			units_time(text, m->snapshot->monotonic_ns - then_ns));
	else if (age_ns < TENTH_NS)
		textbuf_adds(out, " B is of another recording, read just before its moment there.");
	else
		textbuf_addf(out, " B is of another recording, read %s before its moment there.",
			units_time(text, age_ns / TENTH_NS * TENTH_NS));
}

void field_tell_when(const struct moment *m, enum record_kind kind, struct textbuf *out)
{
	unsigned first;
	uint64_t at[2] = {0}, age_ns;
	char text[UNITS_MAX];

	for (unsigned side = 0; side < m->snapshot->sides; side++)
		at[side] = read_at(m, kind, side);
	if (!at[0] && !at[1])
		return;
	first = !at[0];
	age_ns = side_moment_ns(m->snapshot, first) - at[first];
	if (age_ns < TENTH_NS)
		textbuf_adds(out, "Read just before this moment.");
	else
		textbuf_addf(out, "Read %s before this moment.",
			units_time(text, age_ns / TENTH_NS * TENTH_NS));
	if (!at[0] || !at[1])
		return;
	if (pair_apart(m->pair))
		tell_other(m, at[1], out);
	else if (at[0] == at[1] || m->snapshot->side[0].id.pid == m->snapshot->side[1].id.pid)
		textbuf_adds(out, " A and B were read together.");
	else
		tell_apart(at[1] > at[0] ? at[1] - at[0] : at[0] - at[1], out);
}
