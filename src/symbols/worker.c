/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that reads modules: it may hang or break down, and keeps what it has read. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "debug_files.h"
#include "demangle.h"
#include "made.h"
#include "module.h"
#include "twintop/base/num.h"
#include "twintop/base/vec.h"
#include "wire.h"

#define MODULES_MOST 64u
#define GROWN_BYTES  ((uint64_t)256 << 20) /* of its own memory: with so much it lets others go */
#define GROWN_EACH   16u		   /* so often that is looked at */
#define MORE_BYTES   ((rlim_t)4 << 30)	   /* of address space beyond what it began with */

/* A module that was read. */
struct kept {
	struct stat stat;
	struct module *module;
	uint64_t used; /* the number of the question that used it last */
};

struct worker {
	const struct proc_root *root;
	struct debug_files files;
	VEC(struct kept) kept;
	struct made_code made;
	struct demangler demangler;
	uint64_t questions;
	bool opened; /* a module, for the last one */
	struct textbuf answer;
};

/* ---- modules --------------------------------------------------------------- */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The same build-id may be written into any file: by others than its owner it counts for nothing.
 */
static bool is_same_build(
	const struct kept *kept, const struct stat *stat, const struct module_id *id)
{
	const struct module_id *had = module_id(kept->module);

	return id->n && had->n == id->n && memcmp(had->bytes, id->bytes, id->n) == 0 &&
	       kept->stat.st_size == stat->st_size && kept->stat.st_uid == stat->st_uid;
}

/* By the file, or by the build-id where that is given. */
static struct module *find_kept(
	struct worker *w, const struct stat *stat, const struct module_id *id)
{
	for (size_t i = 0; i < w->kept.n; i++) {
		struct kept *kept = &w->kept.item[i];

		if (id ? !is_same_build(kept, stat, id) : !is_same_file(&kept->stat, stat))
			continue;
		kept->used = w->questions;
		return kept->module;
	}
	return NULL;
}

static void drop_oldest(struct worker *w)
{
	size_t oldest = 0;

	for (size_t i = 1; i < w->kept.n; i++)
		if (w->kept.item[i].used < w->kept.item[oldest].used)
			oldest = i;
	module_close(w->kept.item[oldest].module);
	w->kept.item[oldest] = w->kept.item[--w->kept.n];
}

static struct module *keep(struct worker *w, const struct stat *stat, struct module *m)
{
	struct module *same = find_kept(w, stat, module_id(m));

	if (same) {
		module_close(m);
		return same;
	}
	if (w->kept.n == MODULES_MOST)
		drop_oldest(w);
	VEC_PUSH(&w->kept, (struct kept){*stat, m, w->questions});
	return m;
}

static enum symbol_gap gap_of_module(int error)
{
	return error == -ENOEXEC ? SYMBOL_NO_ELF : SYMBOL_DAMAGED;
}

/* The file's module: one that is kept, or a new one, which is kept then. Takes the file over. */
static int take_module(struct worker *w, const struct mapped_file *file, struct module **ret_module)
{
	const struct module_finder finder = {debug_files_find, &w->files};
	int error;

	*ret_module = find_kept(w, &file->stat, NULL);
	if (*ret_module) {
		close(file->fd);
		return 0;
	}
	w->opened = true;
	error = module_open(file->fd, &finder, ret_module);
	if (!error)
		*ret_module = keep(w, &file->stat, *ret_module);
	return error;
}

static enum symbol_gap open_module(struct worker *w, const struct wire_question *q,
	const struct mapped_file *file, struct module **ret_module)
{
	struct module *m;
	int error = take_module(w, file, &m);
	enum symbol_gap gap;

	if (error)
		return gap_of_module(error);
	gap = file->proved ? SYMBOL_NO_GAP : mapped_prove(w->root, q, module_id(m));
	if (!gap)
		*ret_module = m;
	return gap;
}

/* Each boot has its own: kept by the target that it was read of. */
static enum symbol_gap get_vdso(
	struct worker *w, const struct wire_question *q, struct module **ret_module)
{
	struct mapped_file file = {.fd = mapped_copy_vdso(w->root, q), .proved = true};

	if (file.fd < 0)
		return SYMBOL_VDSO;
	if (fstat(file.fd, &file.stat))
		memset(&file.stat, 0, sizeof file.stat);
	return open_module(w, q, &file, ret_module);
}

static enum symbol_gap get_module(
	struct worker *w, const struct wire_question *q, struct module **ret_module)
{
	struct mapped_file file;
	enum symbol_gap gap;

	if (q->what == WIRE_VDSO)
		return get_vdso(w, q, ret_module);
	gap = mapped_open(w->root, q, &file);
	return gap ? gap : open_module(w, q, &file, ret_module);
}

/* ---- answers --------------------------------------------------------------- */

static uint32_t length_of(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return (uint32_t)(len < WIRE_TEXT ? len : WIRE_TEXT);
}

/* False: the answer is full. */
static bool add_symbol(struct worker *w, const struct module_name *name, struct wire_symbol symbol)
{
	size_t before = w->answer.len;

	symbol.name_len = length_of(name->name);
	symbol.frames = (uint32_t)name->frames;
	for (size_t i = 0; i < name->frames; i++) {
		symbol.frame[i].function_len = length_of(name->frame[i].function);
		symbol.frame[i].file_len = length_of(name->frame[i].file);
		symbol.frame[i].line = name->frame[i].line;
	}
	textbuf_add(&w->answer, (const char *)&symbol, sizeof symbol);
	textbuf_add(&w->answer, name->name, symbol.name_len);
	for (size_t i = 0; i < name->frames; i++) {
		textbuf_add(&w->answer, name->frame[i].function, symbol.frame[i].function_len);
		textbuf_add(&w->answer, name->frame[i].file, symbol.frame[i].file_len);
	}
	if (w->answer.len <= WIRE_BYTES)
		return true;
	w->answer.len = before;
	return false;
}

static bool add_unknown(struct worker *w, enum symbol_gap gap)
{
	const struct module_name none = {0};

	return add_symbol(w, &none, (struct wire_symbol){.gap = gap, .line_gap = gap});
}

/* Its names as they are written: of its own and of each frame, for free_written. */
struct written {
	char *name[1 + MODULE_FRAMES];
};

static void write_one(struct worker *w, const char **name, char **ret)
{
	*ret = *name ? demangle(&w->demangler, *name) : NULL;
	if (*ret)
		*name = *ret;
}

static void write_out(struct worker *w, struct module_name *name, struct written *ret)
{
	write_one(w, &name->name, &ret->name[0]);
	for (size_t i = 0; i < name->frames; i++)
		write_one(w, &name->frame[i].function, &ret->name[1 + i]);
}

static void free_written(struct written *written)
{
	for (size_t i = 0; i < 1 + MODULE_FRAMES; i++)
		free(written->name[i]);
}

static bool add_of_module(struct worker *w, const struct wire_question *q, struct module *m,
	uint64_t base, uint64_t address)
{
	struct module_name name;
	struct written written = {0};
	bool added;

	module_find(m, address - q->base_start + base, q->hurried, &name);
	write_out(w, &name, &written);
	/* What is mapped of its file but loaded as none of its segments. */
	if (name.gap == SYMBOL_ANONYMOUS && address >= q->start && address < q->end)
		name.gap = SYMBOL_NAMELESS;
	added = add_symbol(w, &name,
		(struct wire_symbol){.gap = name.gap,
			.line_gap = name.line_gap,
			.is_data = name.is_data,
			.has_module_address = name.gap != SYMBOL_ANONYMOUS,
			.module_address = address - q->base_start + base,
			.offset = name.offset});
	free_written(&written);
	return added;
}

static bool add_of_code(struct worker *w, uint64_t address)
{
	const struct perf_map_entry *e = perf_map_find(&w->made.map, address);
	char text[WIRE_TEXT + 1];
	const struct module_name name = {.name = text};
	size_t len;

	if (!e)
		return add_unknown(w, SYMBOL_PERF_MAP_LACKS);
	len = e->name.len < WIRE_TEXT ? e->name.len : WIRE_TEXT;
	memcpy(text, e->name.bytes, len);
	text[len] = '\0';
	return add_symbol(w, &name,
		(struct wire_symbol){
			.line_gap = SYMBOL_MACHINE_CODE, .offset = address - e->start});
}

/* ---- questions ------------------------------------------------------------- */

static void add_id(struct worker *w, struct wire_answer *head, const struct module_id *id)
{
	size_t before = w->answer.len;

	for (size_t i = 0; i < id->n; i++)
		textbuf_addf(&w->answer, "%02x", id->bytes[i]);
	head->id_len = (uint32_t)(w->answer.len - before);
}

static void answer_module(struct worker *w, const struct wire_question *q, struct wire_answer *head)
{
	struct module *m = NULL;
	enum symbol_gap gap = get_module(w, q, &m);
	uint64_t base = 0;

	if (!gap && !module_address_of(m, q->base_offset, &base))
		gap = SYMBOL_DAMAGED;
	if (m)
		add_id(w, head, module_id(m));
	for (head->n = 0; head->n < q->n; head->n++) {
		uint64_t address = q->address[head->n];

		if (gap ? !add_unknown(w, gap) : !add_of_module(w, q, m, base, address))
			break;
	}
}

static void answer_code(struct worker *w, const struct wire_question *q, struct wire_answer *head)
{
	enum symbol_gap gap = made_code_read(&w->made, w->root, q);

	if (!gap) {
		textbuf_adds(&w->answer, w->made.path);
		head->module_len = (uint32_t)strlen(w->made.path);
	}
	for (head->n = 0; head->n < q->n; head->n++)
		if (gap ? !add_unknown(w, gap) : !add_of_code(w, q->address[head->n]))
			break;
}

/* A line of our own status, as "RssAnon:\t  1024 kB", in bytes; 0: it is not told. */
static uint64_t own_bytes(const struct proc_root *root, const char *name)
{
	struct textbuf text = {0};
	uint64_t number = 0;
	struct scan s, line;

	if (!proc_read(root, &text, "self/status")) {
		s = scan_of(text.bytes, text.len);
		while (!number && scan_line(&s, &line))
			if (scan_literal(&line, name) && (scan_blanks(&line), true))
				scan_u64(&line, &number);
	}
	textbuf_free(&text);
	return number << 10;
}

/* It grows with what it reads anew: little with each of many frames. */
static bool has_grown(const struct worker *w, bool by_little)
{
	if (by_little && !w->opened && w->questions % GROWN_EACH)
		return false;
	return w->kept.n > 1 && own_bytes(w->root, "RssAnon:") > GROWN_BYTES;
}

/* ---- unwinding ------------------------------------------------------------- */

/* To the mapping that was asked for: of others nothing is proved. */
static void clip(struct unwind_rule *rule, const struct wire_question *q)
{
	rule->start = rule->start < q->start ? q->start : rule->start;
	rule->end = rule->end > q->end ? q->end : rule->end;
}

/* Whether what was doubted is no frame. */
static bool is_refuted(struct module *m, uint64_t bias, const struct unwind_state *at)
{
	return at->doubted &&
	       (!module_calls_before(m, at->registers.pc - bias) ||
		       (at->doubted == UNWIND_IF_FITTING && !module_fits(m, bias, at)));
}

static void step_out(const struct wire_question *q, struct module *m, uint64_t bias,
	const struct wire_unwind *from, struct wire_unwound *to)
{
	const struct unwind_stack stack = {from->stack_start, from->stack_n, from->stack};
	enum unwind_end end = UNWIND_GOES_ON;

	to->state = from->state;
	while (end == UNWIND_GOES_ON && to->frames < from->frames_most) {
		struct unwind_state at = to->state;
		uint64_t pc = at.registers.pc - at.returns;

		if (pc < q->start || pc >= q->end)
			break;
		if (is_refuted(m, bias, &at)) {
			end = to->frames ? UNWIND_NO_REGISTER : UNWIND_NO_CALL;
			break;
		}
		at.doubted = to->state.doubted = UNWIND_SURE;
		if (module_switches_stack(m, pc - bias)) {
			end = UNWIND_SWITCHED;
		} else {
			end = module_unwind(m, bias, &stack, &at, &to->frame[to->frames].rule);
			clip(&to->frame[to->frames].rule, q);
		}
		to->frame[to->frames].pc = to->state.registers.pc;
		to->frame[to->frames].returns = to->state.returns && at.returns;
		to->frames++;
		to->state = at;
	}
	to->end = end;
}

/* Returns whether the process ends. */
static bool answer_unwind(
	struct worker *w, const struct wire_question *q, const struct wire_unwind *from)
{
	struct wire_unwound to = {0};
	struct module *m = NULL;
	uint64_t base = 0;

	to.gap = get_module(w, q, &m);
	if (!to.gap && !module_address_of(m, q->base_offset, &base))
		to.gap = SYMBOL_DAMAGED;
	if (!to.gap)
		step_out(q, m, q->base_start - base, from, &to);
	debug_files_close(&w->files);
	to.leaves = has_grown(w, true);
	textbuf_add(&w->answer, (const char *)&to,
		offsetof(struct wire_unwound, frame) + to.frames * sizeof *to.frame);
	return to.leaves;
}

static bool send_answer(struct worker *w, int socket, bool leaves)
{
	return send(socket, w->answer.bytes, w->answer.len, MSG_NOSIGNAL) ==
		       (ssize_t)w->answer.len &&
	       !leaves;
}

static bool answer_names(struct worker *w, const struct wire_question *q, int socket)
{
	struct wire_answer head = {0};

	textbuf_add(&w->answer, (const char *)&head, sizeof head);
	if (q->what == WIRE_CODE_MADE)
		answer_code(w, q, &head);
	else
		answer_module(w, q, &head);
	debug_files_close(&w->files);
	head.leaves = has_grown(w, false);
	memcpy(w->answer.bytes, &head, sizeof head);
	return send_answer(w, socket, head.leaves);
}

/* False: the process ends. */
static bool answer(struct worker *w, const struct wire_message *m, int socket)
{
	w->questions++;
	w->opened = false;
	w->files.question = &m->question;
	textbuf_clear(&w->answer);
	if (!m->question.unwinds)
		return answer_names(w, &m->question, socket);
	return send_answer(w, socket, answer_unwind(w, &m->question, &m->unwind));
}

/* Files beyond all measure end it, instead of the machine; nobody wants its core. */
static void bound(const struct proc_root *root)
{
	const struct rlimit none = {0, 0};
	uint64_t size = own_bytes(root, "VmSize:");
	struct rlimit space;

	setrlimit(RLIMIT_CORE, &none);
	if (!size || getrlimit(RLIMIT_AS, &space))
		return;
	space.rlim_cur = size + MORE_BYTES;
	if (space.rlim_cur < space.rlim_max)
		setrlimit(RLIMIT_AS, &space);
}

/* ---- before the first question ----------------------------------------------- */

static bool is_asked(int socket)
{
	struct pollfd p = {.fd = socket, .events = POLLIN};

	return poll(&p, 1, 0) != 0;
}

/* Our C library's file. A descriptor, which goes to file; false: it is not found. */
static bool open_own_library(struct mapped_file *ret_file, uint64_t *ret_address)
{
	Dl_info library;

	if (!dladdr(dlsym(RTLD_DEFAULT, "abort"), &library) || !library.dli_fname)
		return false;
	*ret_file = (struct mapped_file){
		.fd = open(library.dli_fname, O_RDONLY | O_CLOEXEC), .proved = true};
	*ret_address = (uintptr_t)library.dli_saddr - (uintptr_t)library.dli_fbase;
	if (ret_file->fd < 0)
		return false;
	if (!fstat(ret_file->fd, &ret_file->stat))
		return true;
	close(ret_file->fd);
	return false;
}

/*
 * While nobody asks yet, what nearly every program has is read: the C library, which is kept for
 * whoever has the same file or build.
 */
static void read_ahead(struct worker *w)
{
	const struct wire_question q = {.through = getpid()};
	const struct unwind_stack none = {0};
	struct unwind_state state = {.registers = {.known = 1u << REGISTER_SP}};
	struct unwind_rule rule;
	struct module_name name;
	struct mapped_file file;
	struct module *m;
	uint64_t address;

	if (proc_root_calls(w->root) || !open_own_library(&file, &address))
		return;
	w->files.question = &q;
	if (!take_module(w, &file, &m)) {
		state.registers.pc = address;
		module_unwind(m, 0, &none, &state, &rule);
		module_find(m, address, true, &name);
	}
	debug_files_close(&w->files);
	w->files.question = NULL;
}

static bool is_whole(const struct wire_message *m, ssize_t len)
{
	const struct wire_question *q = &m->question;

	if (len < (ssize_t)sizeof *q || q->n > WIRE_ADDRESSES || q->path_len >= sizeof q->path)
		return false;
	if (!q->unwinds)
		return len == (ssize_t)sizeof *q;
	return len >= (ssize_t)offsetof(struct wire_message, unwind.stack) &&
	       m->unwind.stack_n <= WIRE_STACK &&
	       len == (ssize_t)(offsetof(struct wire_message, unwind.stack) + m->unwind.stack_n) &&
	       m->unwind.frames_most <= BACKTRACE_MOST;
}

void worker_main(const struct proc_root *root, int socket)
{
	static struct wire_message m;
	struct worker w = {.root = root, .files = {.root = root, .directory = -1}};

	bound(root);
	if (!is_asked(socket))
		read_ahead(&w);
	while (is_whole(&m, recv(socket, &m, sizeof m, 0)))
		if (!answer(&w, &m, socket))
			break;
}
