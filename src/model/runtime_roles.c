/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What threads are for. */
#include <string.h>

#include "twintop/model/backtraces.h"
#include "twintop/model/runtime.h"
#include "twintop/model/snapshot.h"

/* How a row is compared. */
enum role_match {
	MATCH_MAIN,	/* the first thread */
	MATCH_NAME,	/* its name begins so … */
	MATCH_NAME_IS,	/* … or is that … */
	MATCH_NUMBERED, /* … or begins so behind a number */
	MATCH_IS,	/* a function of it is called so … */
	MATCH_HAS,	/* … or its name, which may be mangled, has that in it */
	MATCH_IN	/* the function that it began with is in a library whose name begins so */
};

#define GC_MEANING	    "It looks for objects that nobody uses any more, while others stand still."
#define GC_BESIDE_MEANING   "It looks for objects that nobody uses any more, while others go on."
#define JAVA_MAIN_MEANING   "It runs main() of the Java program."
#define JAVA_THREAD_MEANING "A Thread of Java: one of the kernel's."
#define LIBUV_MEANING                                                                              \
	"A worker for what would keep the event loop: files, names of hosts, compression, "        \
	"ciphers. There are four unless UV_THREADPOOL_SIZE says otherwise."
#define V8_MEANING	  "It collects garbage and compiles for V8, beside JavaScript."
#define V8_TIMER_MEANING  "It hands V8's delayed tasks to the workers."
#define INSPECTOR_MEANING "It waits for a signal that asks for the debugger."
#define JS_WORKER_MEANING "A worker_threads worker: JavaScript with a heap of its own."
#define BEAM_SCHEDULER_MEANING                                                                     \
	"It runs Erlang processes in turn: they are user-level, many on each scheduler."
#define BEAM_DIRTY_CPU_MEANING                                                                     \
	"It runs long computations of native code, so that they keep no scheduler."
#define BEAM_DIRTY_IO_MEANING "It runs native code that may block, so that it keeps no scheduler."
#define BEAM_POLL_MEANING     "It waits for all descriptors."
#define BEAM_AUX_MEANING      "It frees and tidies up for others."
#define BEAM_ASYNC_MEANING    "It does blocking calls of drivers."
#define BEAM_SIGNALS_MEANING  "It hands signals on to Erlang processes."
#define BEAM_MESSAGES_MEANING "It hands system messages on."
#define PYTHON_THREAD_MEANING "A threading.Thread: one of the kernel's that runs Python code."
#define BLAS_MEANING	      "A worker of a linear algebra library; it needs no Python lock."
#define RUBY_TIMER_MEANING    "It makes threads give the lock up in turn."
#define RUBY_THREAD_MEANING   "A thread of the kernel's that runs Ruby code."
#define RUBY_LIBRARY_MEANING                                                                       \
	"A thread that Ruby made: one of the kernel's that runs Ruby code, or its timer."
#define GO_M_MEANING                                                                               \
	"A thread of the kernel's (M) that runs goroutines; they move from one to another."
#define STD_THREAD_MEANING "It was made by std::thread, std::jthread or std::async."
#define TOKIO_MEANING	   "It runs tasks in turn: they are user-level, many on each worker."
#define TOKIO_POOL_MEANING "It runs what may block, so that it keeps no worker."
#define TOKIO_EITHER_MEANING                                                                       \
	"One of tokio's: a worker that tasks take turns on, or one for what may block. Which, "    \
	"only its "                                                                                \
	"backtrace says."
#define OPENMP_MEANING	  "It takes its share of each parallel region, and waits in between."
#define GLIB_LOOP_MEANING "It waits for events in a loop of its own."

static const struct role_row {
	enum runtime runtime;
	enum role_match match;
	const char *pattern, *id, *title, *meaning;
} role_table[] = {
#define ROLE(KIND, MATCH, pattern, id, title, meaning)                                             \
	{RUNTIME_##KIND, MATCH_##MATCH, pattern, id, title, meaning},
#include "twintop/model/runtime_rows.h"
};
#define ROLES (sizeof role_table / sizeof *role_table)

const char *role_sign_words(enum role_sign by)
{
	static const char *const words[ROLE_SIGNS] = {
		[ROLE_BY_MAIN] = "its TID is the PID (/proc/PID/task/)",
		[ROLE_BY_NAME] = "its name (/proc/PID/task/TID/stat)",
		[ROLE_BY_ENTRY] = "the function that it began with (control block, /proc/PID/mem)",
		[ROLE_BY_BACKTRACE] = "its backtrace (task/TID/syscall, /proc/PID/mem)",
	};

	return words[by];
}

/* A thread as rows look at it. */
struct subject {
	const struct side *side;
	struct thread t;
	const struct symbol *entry;    /* NULL: where it began is not known, or has no name */
	const struct backtrace *trace; /* NULL: none is known */
	bool main;
};

static bool is_called(const struct role_row *row, struct text name)
{
	size_t len = strlen(row->pattern);

	if (row->match == MATCH_IS)
		return text_equal(name, (struct text){row->pattern, len});
	return name.len >= len && memmem(name.bytes, name.len, row->pattern, len);
}

/* Whether the frame is in such a function, or in one that it has inlined. */
static bool stands_in(const struct role_row *row, const struct symbol *s)
{
	if (s->gap)
		return false;
	for (size_t i = 0; i < s->frames; i++)
		if (is_called(row, s->frame[i].function))
			return true;
	return is_called(row, s->name);
}

static bool fits_function(
	const struct role_row *row, const struct subject *s, enum role_sign *ret_by)
{
	*ret_by = ROLE_BY_ENTRY;
	if (s->entry && stands_in(row, s->entry))
		return true;
	*ret_by = ROLE_BY_BACKTRACE;
	for (size_t i = 0; s->trace && i < s->trace->n; i++)
		if (stands_in(row, &s->trace->frame[i].symbol))
			return true;
	return false;
}

/* A library that tells no names is known by its own. */
static bool began_in(const struct role_row *row, const struct subject *s)
{
	const struct memory_map *m = s->side->memory;
	ptrdiff_t i = m && s->t.self->entry ? memory_find(m, s->t.self->entry) : -1;

	return i >= 0 && text_has_prefix(text_basename(m->mapping[i].path), row->pattern);
}

/* "10_scheduler": a number, and then the pattern. */
static bool is_numbered(const struct role_row *row, struct text name)
{
	size_t i = 0;

	while (i < name.len && name.bytes[i] >= '0' && name.bytes[i] <= '9')
		i++;
	return i && text_has_prefix((struct text){name.bytes + i, name.len - i}, row->pattern);
}

static bool fits(const struct role_row *row, const struct subject *s, enum role_sign *ret_by)
{
	switch (row->match) {
	case MATCH_MAIN:
		*ret_by = ROLE_BY_MAIN;
		return s->main;
	case MATCH_NAME:
		*ret_by = ROLE_BY_NAME;
		return !s->main && text_has_prefix(thread_name(&s->t), row->pattern);
	case MATCH_NAME_IS:
		*ret_by = ROLE_BY_NAME;
		return !s->main && text_equal(thread_name(&s->t), text_of(row->pattern));
	case MATCH_NUMBERED:
		*ret_by = ROLE_BY_NAME;
		return !s->main && is_numbered(row, thread_name(&s->t));
	case MATCH_IN:
		*ret_by = ROLE_BY_ENTRY;
		return !s->main && began_in(row, s);
	default:
		return !s->main && fits_function(row, s, ret_by);
	}
}

/* A thread of a library that shows by nothing else says itself that it is one. */
static bool shows_itself(const struct role_row *row, const struct subject *s)
{
	const struct memory_map *m = s->side->memory;

	for (size_t i = 0; m && i < m->runtimes_n; i++)
		if (m->found[i].runtime < RUNTIME_CXX && !m->found[i].embedded)
			return false;
	for (size_t i = 0; i < runtime_signs_n; i++)
		if (runtime_sign_table[i].runtime == row->runtime &&
			runtime_sign_table[i].by == SIGN_THREAD &&
			text_has_prefix(thread_name(&s->t), runtime_sign_table[i].pattern))
			return true;
	return false;
}

static bool has_runtime(const struct memory_map *m, enum runtime r)
{
	for (size_t i = 0; m && i < m->runtimes_n; i++)
		if (m->found[i].runtime == r)
			return true;
	return false;
}

static bool find_row(const struct subject *s, struct thread_role *ret)
{
	enum runtime last = RUNTIMES;
	bool has = false;

	for (size_t i = 0; i < ROLES; i++) {
		const struct role_row *row = &role_table[i];

		if (row->runtime != last)
			has = has_runtime(s->side->memory, row->runtime) || shows_itself(row, s);
		last = row->runtime;
		if (!has || !fits(row, s, &ret->by))
			continue;
		ret->runtime = row->runtime;
		ret->id = row->id;
		ret->title = text_of(row->title);
		ret->meaning = row->meaning;
		return true;
	}
	return false;
}

static const char *why_unknown(const struct side *s, const struct thread *t)
{
	const struct symbol *entry = symbol_list_find(s->symbols, t->self->entry);

	if (thread_source_state(t, THREAD_STAT) == VALUE_DENIED)
		return value_state_reason(VALUE_DENIED);
	if (t->self->entry && entry)
		return symbol_gap_reason(entry->gap);
	if (t->self->entry)
		return "its name does not say it, and the function that it began with was not "
		       "looked up";
	if (thread_source_state(t, THREAD_STACK) == VALUE_UNREAD)
		return "its name does not say it, and where it began was not read";
	return "neither its name nor a backtrace says it, nor its C library where it began";
}

bool side_role(const struct side *s, size_t i, struct thread_role *ret, const char **ret_reason)
{
	struct subject of = {.side = s, .t = thread_at(s->threads, i)};
	const struct symbol *entry;

	*ret = (struct thread_role){.runtime = RUNTIMES};
	*ret_reason = NULL;
	if (!of.t.self) {
		*ret_reason = value_state_reason(VALUE_UNREAD);
		return false;
	}
	entry = symbol_list_find(s->symbols, of.t.self->entry);
	of.entry = entry && !entry->gap && !entry->is_data && entry->name.len ? entry : NULL;
	of.trace = s->backtraces ? backtraces_trace(s->backtraces, of.t.self->tid, NULL) : NULL;
	of.main = of.t.self->tid == s->id.pid;
	if (find_row(&of, ret))
		return true;
	ret->by = of.main ? ROLE_BY_MAIN : ROLE_BY_ENTRY;
	ret->id = of.main ? "main" : NULL;
	if (of.main || of.entry) {
		ret->title = of.main ? text_of("main") : of.entry->name;
		return true;
	}
	*ret_reason = why_unknown(s, &of.t);
	return false;
}
