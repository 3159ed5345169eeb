/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/redaction.h"

#include <string.h>

#include "aliases.h"
#include "twintop/base/num.h"
#include "twintop/base/table.h"
#include "twintop/model/snapshot.h"
#include "twintop/model/writers.h"

#define DELETED " (deleted)"

/* What is told apart by numbers of its own. */
enum alias {
	ALIAS_PATH,
	ALIAS_FILE,
	ALIAS_NAME,
	ALIAS_ARGUMENT,
	ALIAS_ADDRESS,
	ALIAS_WORDS,
	ALIASES
};
static const char *const alias_word[] = {
	[ALIAS_PATH] = "path",
	[ALIAS_FILE] = "file",
	[ALIAS_NAME] = "name",
	[ALIAS_ARGUMENT] = "argument",
	[ALIAS_ADDRESS] = "address",
	[ALIAS_WORDS] = "words",
};
TABLE_ROWS(alias_word, ALIASES);

/* What a name in a batch of events is. */
enum told { TOLD_NAME, TOLD_THING, TOLD_WORDS };

struct redaction {
	struct aliases aliases[ALIASES];
	struct aliases sockets;	 /* what descriptors led to, and … */
	VEC(struct text) socket; /* … what was written for it, by number */
	struct arena arena;	 /* of those */
	VEC(uint8_t) told;	 /* enum told of each name of the batch that is being written */
	struct textbuf out;
};

struct redaction *redaction_new(void)
{
	return mem_alloc(sizeof(struct redaction));
}

void redaction_free(struct redaction *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < ALIASES; i++)
		aliases_free(&r->aliases[i]);
	aliases_free(&r->sockets);
	VEC_FREE(&r->socket);
	VEC_FREE(&r->told);
	arena_free(&r->arena);
	textbuf_free(&r->out);
	free(r);
}

static void add(struct textbuf *out, struct text text)
{
	textbuf_add(out, text.bytes, text.len);
}

/* "file-3" */
static void add_alias(struct redaction *r, enum alias alias, struct text text, struct textbuf *out)
{
	textbuf_addf(out, "%s-%u", alias_word[alias], aliases_number(&r->aliases[alias], text));
}

/* The rest of a text from so many bytes on. */
static struct text from(struct text text, size_t n)
{
	return (struct text){text.bytes + n, text.len - n};
}

static struct text up_to(struct text text, size_t n)
{
	return (struct text){text.bytes, n};
}

static bool all_of(struct text text, const char *set)
{
	for (size_t i = 0; i < text.len; i++)
		if (!text.bytes[i] || !strchr(set, text.bytes[i]))
			return false;
	return text.len > 0;
}

#define DIGITS	"0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"

/* ---- paths --------------------------------------------------------------- */

/* "pipe:[42]", "net:[4026531840]" */
static bool is_numbered(struct text t)
{
	const char *colon = t.len ? memchr(t.bytes, ':', t.len) : NULL;
	size_t n = colon ? (size_t)(colon - t.bytes) : 0;

	return n && all_of(up_to(t, n), LETTERS "_") && t.len > n + 3 && t.bytes[n + 1] == '[' &&
	       t.bytes[t.len - 1] == ']' &&
	       all_of((struct text){t.bytes + n + 2, t.len - n - 3}, DIGITS);
}

/* "/SYSV000004d2": its key is told elsewhere, too. */
static bool is_segment(struct text t)
{
	return text_has_prefix(t, "/SYSV") && t.len == strlen("/SYSV") + 8 &&
	       all_of(from(t, strlen("/SYSV")), DIGITS "abcdef");
}

/* "/dev/pts/3", "/dev/tty1" */
static bool is_terminal(struct text t)
{
	static const char *const prefix[] = {"/dev/pts/", "/dev/tty"};

	for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
		if (text_has_prefix(t, prefix[i]) && all_of(from(t, strlen(prefix[i])), DIGITS))
			return true;
	return false;
}

/* What the kernel calls so on every machine. */
static bool is_common(struct text t)
{
	static const char *const name[] = {"/", "/[aio]", "/anon_hugepage", "/secretmem",
		"/dev/zero", "/dev/null", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
		"/dev/ptmx", "/dev/console"};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (text_equal(t, text_of(name[i])))
			return true;
	return text_has_prefix(t, "anon_inode:") || is_numbered(t) || is_segment(t) ||
	       is_terminal(t) ||
	       (text_has_prefix(t, "[") && !text_has_prefix(t, "[anon") && text_has_suffix(t, "]"));
}

/* What says which kind of file it is stays: ".so.6", ".c". */
static struct text suffix_of(struct text base)
{
	static const char *const known[] = {
		".c", ".h", ".cc", ".cpp", ".rs", ".go", ".S", ".py", ".js", ".jar", ".map"};

	for (size_t i = 1; i + 3 <= base.len; i++)
		if (!memcmp(base.bytes + i, ".so", 3) &&
			(i + 3 == base.len || all_of(from(base, i + 3), DIGITS ".")))
			return from(base, i);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_has_suffix(base, known[i]))
			return text_of(known[i]);
	return text_of(NULL);
}

static void add_base(struct redaction *r, enum alias alias, struct text base, struct textbuf *out)
{
	if (!base.len)
		return;
	add_alias(r, alias, base, out);
	if (alias == ALIAS_FILE)
		add(out, suffix_of(base));
}

/* Places whose name tells what lies there: it stays. */
static const struct place {
	const char *prefix, *suffix;
	enum alias alias;
} place_table[] = {
	{"/memfd:", "", ALIAS_NAME},
	{"/dmabuf:", "", ALIAS_NAME},
	{"[anon:", "]", ALIAS_NAME},
	{"[anon_shmem:", "]", ALIAS_NAME},
	{"/dev/shm/", "", ALIAS_FILE},
	{"/dev/hugepages/", "", ALIAS_FILE},
	{"/dev/mqueue/", "", ALIAS_FILE},
	{"/dev/", "", ALIAS_FILE},
};

static bool add_placed(struct redaction *r, struct text t, struct textbuf *out)
{
	for (size_t i = 0; i < sizeof place_table / sizeof *place_table; i++) {
		const struct place *p = &place_table[i];
		size_t around = strlen(p->prefix) + strlen(p->suffix);

		if (!text_has_prefix(t, p->prefix) || !text_has_suffix(t, p->suffix) ||
			t.len < around)
			continue;
		textbuf_adds(out, p->prefix);
		add_base(r, p->alias, up_to(from(t, strlen(p->prefix)), t.len - around), out);
		textbuf_adds(out, p->suffix);
		return true;
	}
	return false;
}

static void add_path(struct redaction *r, struct text t, struct textbuf *out)
{
	bool deleted = text_has_suffix(t, DELETED);
	struct text base;

	if (deleted)
		t.len -= strlen(DELETED);
	base = text_basename(t);
	if (is_common(t)) {
		add(out, t);
	} else if (!add_placed(r, t, out)) {
		struct text folder = up_to(t, t.len - base.len);

		if (folder.len > 1) {
			textbuf_adds(out, folder.bytes[0] == '/' ? "/" : "");
			add_alias(r, ALIAS_PATH, folder, out);
		}
		textbuf_adds(out, folder.len ? "/" : "");
		add_base(r, ALIAS_FILE, base, out);
	}
	textbuf_adds(out, deleted ? DELETED : "");
}

/* "0::/user.slice/a.scope", a line for each hierarchy. */
static void add_groups(struct redaction *r, struct text t, struct textbuf *out)
{
	while (t.len) {
		const char *newline = memchr(t.bytes, '\n', t.len);
		struct text line = up_to(t, newline ? (size_t)(newline - t.bytes) : t.len);
		size_t colons = 0, head = 0;

		while (head < line.len && colons < 2)
			colons += line.bytes[head++] == ':';
		head = colons < 2 ? 0 : head;
		add(out, up_to(line, head));
		if (head < line.len)
			add_path(r, from(line, head), out);
		textbuf_adds(out, newline ? "\n" : "");
		t = from(t, line.len + (newline != NULL));
	}
}

static void add_argument(struct redaction *r, struct text t, struct textbuf *out)
{
	if (text_has_prefix(t, "/"))
		add_path(r, t, out);
	else if (t.len)
		add_alias(r, ALIAS_ARGUMENT, t, out);
}

/* ---- sockets ------------------------------------------------------------- */

/* Of any machine: the host itself, or all of its addresses. */
static bool is_anybodys(struct text host)
{
	static const char *const name[] = {"0.0.0.0", "[::]", "[::1]"};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (text_equal(host, text_of(name[i])))
			return true;
	return text_has_prefix(host, "127.") && all_of(host, DIGITS ".");
}

/* "192.0.2.7:80", "[2001:db8::7]:80": the port stays, by which ends are joined. */
static void add_internet(struct redaction *r, struct text t, struct textbuf *out)
{
	const char *colon = t.len ? memrchr(t.bytes, ':', t.len) : NULL;
	struct text host = up_to(t, colon ? (size_t)(colon - t.bytes) : 0);
	bool six = text_has_prefix(host, "[");

	if (!host.len || !all_of(from(t, host.len + 1), DIGITS)) {
		add_alias(r, ALIAS_ADDRESS, t, out);
	} else if (is_anybodys(host)) {
		add(out, t);
	} else {
		textbuf_adds(out, six ? "[" : "");
		add_alias(r, ALIAS_ADDRESS, host, out);
		textbuf_adds(out, six ? "]" : "");
		add(out, from(t, host.len));
	}
}

static void add_address(
	struct redaction *r, struct text protocol, struct text t, struct textbuf *out)
{
	static const char *const numbered[] = {"netlink", "packet", "vsock"};

	for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++)
		if (text_has_prefix(protocol, numbered[i])) {
			add(out, t); /* of the kernel, or of an interface by its number */
			return;
		}
	if (!text_has_prefix(protocol, "unix")) {
		if (t.len)
			add_internet(r, t, out);
	} else if (text_has_prefix(t, "@")) {
		textbuf_adds(out, "@");
		add_base(r, ALIAS_NAME, from(t, 1), out);
	} else {
		add_path(r, t, out);
	}
}

/* Takes what it begins with off the text; false: it begins otherwise. */
static bool take(struct text *t, struct text begin)
{
	if (t->len < begin.len || memcmp(t->bytes, begin.bytes, begin.len) != 0)
		return false;
	*t = from(*t, begin.len);
	return true;
}

/* What follows the addresses, word by word: "established", "-> socket:[42]". */
static void add_rest(struct redaction *r, struct text t, struct textbuf *out)
{
	while (t.len) {
		const char *space = memchr(t.bytes, ' ', t.len);
		struct text word = up_to(t, space ? (size_t)(space - t.bytes) : t.len);

		if (!word.len || all_of(word, LETTERS "->") || is_numbered(word))
			add(out, word);
		else
			add_alias(r, ALIAS_WORDS, word, out);
		textbuf_adds(out, space ? " " : "");
		t = from(t, word.len + (space != NULL));
	}
}

/* "tcp 192.0.2.7:80 -> 192.0.2.8:4242 established", as the descriptors' reader makes it. */
static void add_socket(
	struct redaction *r, const struct fd_entry *e, struct text t, struct textbuf *out)
{
	struct text protocol = text_of(e->protocol);

	take(&t, protocol);
	add(out, protocol);
	if (take(&t, text_of(" "))) {
		textbuf_adds(out, " ");
		if (e->local.len && take(&t, e->local)) {
			add_address(r, protocol, e->local, out);
			if (take(&t, text_of(" ")))
				textbuf_adds(out, " ");
		}
		if (e->remote.len && take(&t, text_of("-> "))) {
			textbuf_adds(out, "-> ");
			if (take(&t, e->remote))
				add_address(r, protocol, e->remote, out);
		}
	}
	add_rest(r, t, out);
}

/* An event may speak of it by the same words. */
static void keep_socket(struct redaction *r, struct text t, struct text written)
{
	uint32_t number = aliases_number(&r->sockets, t);

	if (!r->socket.n)
		VEC_PUSH(&r->socket, (struct text){0});
	if (number == r->socket.n)
		VEC_PUSH(
			&r->socket, (struct text){arena_copy(&r->arena, written.bytes, written.len),
					    written.len});
}

static void add_target(
	struct redaction *r, const struct fd_entry *e, struct text t, struct textbuf *out)
{
	if (!e->protocol || !text_has_prefix(t, e->protocol)) {
		add_path(r, t, out);
		return;
	}
	add_socket(r, e, t, out);
	keep_socket(r, t, (struct text){out->bytes, out->len});
}

/* ---- events -------------------------------------------------------------- */

static enum told told_of(enum event_kind kind)
{
	switch (event_table[kind].class) {
	case EVENT_OF_LIFE:
	case EVENT_OF_COPIES:
	case EVENT_OF_SIGNALS:
		return TOLD_NAME;
	case EVENT_OF_MEMORY:
	case EVENT_OF_FILES:
		return TOLD_THING;
	case EVENT_OF_US:
		return kind == EVENT_STEP || kind == EVENT_STEP_LINE ? TOLD_WORDS : TOLD_NAME;
	case EVENT_CLASSES:
		break;
	}
	return TOLD_WORDS;
}

static void note_told(struct redaction *r, uint32_t name, enum told told)
{
	if (name < r->told.n && r->told.item[name] < told)
		r->told.item[name] = (uint8_t)told;
}

/* What each name of the batch is: what any of its events says that must not be told counts. */
static void look_at_batch(struct redaction *r, const struct event_batch *batch)
{
	r->told.n = 0;
	VEC_RESERVE(&r->told, batch->names_n);
	for (size_t i = 0; i < batch->names_n; i++)
		VEC_PUSH(&r->told, TOLD_NAME);
	for (size_t i = 0; i < batch->n; i++) {
		const struct event *e = &batch->event[i];

		note_told(r, e->name, told_of(e->kind));
		note_told(r, e->before, told_of(e->kind));
	}
}

/* What a mapping or a descriptor is called that has no name. */
static bool is_kind(struct text t)
{
	for (unsigned i = 0; i < MAPPING_KINDS; i++)
		if (text_equal(t, text_of(mapping_kind_info[i].id)))
			return true;
	for (unsigned i = 0; i < FD_KINDS; i++)
		if (text_equal(t, text_of(fd_kind_name((enum fd_kind)i))))
			return true;
	return false;
}

static void add_thing(struct redaction *r, struct text t, struct textbuf *out)
{
	uint32_t socket = aliases_find(&r->sockets, t);

	if (socket)
		add(out, r->socket.item[socket]);
	else if (text_has_prefix(t, "/") || text_has_prefix(t, "[") || is_common(t))
		add_path(r, t, out);
	else if (t.len && is_kind(t))
		add(out, t);
	else if (t.len)
		add_alias(r, ALIAS_WORDS, t, out);
}

static void add_told(struct redaction *r, const struct event_batch *batch, const struct text *t,
	struct textbuf *out)
{
	size_t number = (size_t)(t - batch->name);

	if (!number || r->told.n <= number)
		look_at_batch(r, batch);
	switch ((enum told)r->told.item[number]) {
	case TOLD_NAME:
		add(out, *t);
		break;
	case TOLD_THING:
		add_thing(r, *t, out);
		break;
	case TOLD_WORDS:
		add_alias(r, ALIAS_WORDS, *t, out);
		break;
	}
}

/* ---- places of the code -------------------------------------------------- */

static struct text copy_path(struct redaction *r, struct text path, struct arena *arena)
{
	struct textbuf out = {0};
	struct text copy = {NULL, 0};

	if (path.bytes) {
		add_path(r, path, &out);
		copy = (struct text){
			arena_copy(arena, out.bytes ? out.bytes : "", out.len), out.len};
	}
	textbuf_free(&out);
	return copy;
}

/* As they are made of a symbol whose paths are replaced. */
static void add_words(struct redaction *r, const struct writer_name *name, struct textbuf *out)
{
	const struct symbol *symbol = &name->symbol;
	struct symbol copy = *symbol;
	struct arena arena = {0};
	struct symbol_frame *frame = arena_array(&arena, symbol->frames, sizeof *frame);

	for (size_t i = 0; i < symbol->frames; i++) {
		frame[i] = symbol->frame[i];
		frame[i].file = copy_path(r, frame[i].file, &arena);
	}
	copy.frame = frame;
	copy.module = copy_path(r, symbol->module, &arena);
	add(out, writer_words(&arena, &copy));
	arena_free(&arena);
}

/* -------------------------------------------------------------------------- */

static void add_private(struct redaction *r, enum shape_privacy privacy, const void *record,
	const struct text *text)
{
	struct textbuf *out = &r->out;
	const struct fd_entry *e = record;

	switch (privacy) {
	case SHAPE_ARGUMENT:
		add_argument(r, *text, out);
		break;
	case SHAPE_PATH:
		add_path(r, *text, out);
		break;
	case SHAPE_GROUPS:
		add_groups(r, *text, out);
		break;
	case SHAPE_ADDRESS:
		add_address(r, text_of(e->protocol), *text, out);
		break;
	case SHAPE_UNIX:
		add_address(r, text_of("unix"), *text, out);
		break;
	case SHAPE_TARGET:
		add_target(r, e, *text, out);
		break;
	case SHAPE_TOLD:
		add_told(r, record, text, out);
		break;
	case SHAPE_PLACE:
		add_words(r, record, out);
		break;
	case SHAPE_NO_TEXT:
	case SHAPE_OPEN:
	case SHAPE_NAME:
	case SHAPE_RAW:
		add(out, *text);
		break;
	}
}

struct text redaction_text(struct redaction *r, enum shape_privacy privacy, const void *record,
	const struct text *text)
{
	textbuf_clear(&r->out);
	textbuf_adds(&r->out, "");
	add_private(r, privacy, record, text);
	return (struct text){r->out.bytes, r->out.len};
}
