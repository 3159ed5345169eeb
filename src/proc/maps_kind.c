/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "twintop/base/vec.h"
#include "twintop/proc/maps.h"

#define PROTECTION (MAPPING_READ | MAPPING_WRITE | MAPPING_EXEC)

/*
 * What still counts as a guard: C libraries take a page, runtimes up to a few
 * hundred KiB; address space reserved for a heap (64 MiB each in glibc) is more.
 */
#define GUARD_MOST (16u << 20)

/* Names that say the kind at once. A TID follows names ending in ':'. */
static const struct name_kind {
	const char *prefix;
	enum mapping_kind kind;
	bool shared_only;
} name_kinds[] = {
	{"[heap]", MAPPING_HEAP, false},
	{"[stack]", MAPPING_STACK, false},
	{"[stack:", MAPPING_THREAD_STACK, false}, /* kernels before 4.5 */
	{"[vdso]", MAPPING_VDSO, false},
	{"[vvar", MAPPING_VVAR, false}, /* also [vvar_vclock] */
	{"[vsyscall]", MAPPING_VSYSCALL, false},
	{"[anon:stack_and_tls:", MAPPING_THREAD_STACK, false},		/* bionic */
	{"[anon: glibc: pthread stack: ", MAPPING_THREAD_STACK, false}, /* decorate_maps */
	{"[anon:.bss]", MAPPING_BSS, false},				/* bionic */
	{"[anon:", MAPPING_ANONYMOUS, false},
	{"[anon_shmem:", MAPPING_SHARED_ANONYMOUS, false},
	{"[", MAPPING_OTHER, false},
	{"/dev/zero", MAPPING_SHARED_ANONYMOUS, true},
	{"/dev/zero", MAPPING_ANONYMOUS, false},
	{"/SYSV", MAPPING_SYSV_SHM, false},
	{"/memfd:", MAPPING_MEMFD, false},
	{"/dev/shm/", MAPPING_POSIX_SHM, false},
	{"/anon_hugepage", MAPPING_SHARED_ANONYMOUS, true},
	{"/anon_hugepage", MAPPING_HUGETLB, false},
	{"/secretmem (deleted)", MAPPING_MEMFD, false},
	{"/dev/hugepages/", MAPPING_HUGETLB, false},
	{"/dev/", MAPPING_DEVICE, false},
	{"/[aio]", MAPPING_OTHER, false},
};

static bool may_be_device(const struct mapping *v)
{
	return v->origin == ORIGIN_DEVTMPFS || v->origin == ORIGIN_DEVICE ||
	       (v->origin == ORIGIN_UNKNOWN && !v->device_major);
}

/*
 * Whether what lies there can be of that kind, or is a file that only looks alike. Where its origin
 * is unknown, the kernel's mark on what has no directory entry must do.
 */
static bool is_plausible(const struct mapping *v, enum mapping_kind kind)
{
	enum mapping_origin origin = (enum mapping_origin)v->origin;

	if (v->path.bytes[0] == '[')
		return kind == MAPPING_SHARED_ANONYMOUS || !mapping_has_object(v);
	switch (kind) {
	case MAPPING_SYSV_SHM:
	case MAPPING_MEMFD:
	case MAPPING_SHARED_ANONYMOUS:
	case MAPPING_OTHER:
		return v->deleted && !v->device_major &&
		       (origin == ORIGIN_UNKNOWN || origin == ORIGIN_SHMEM ||
			       origin == ORIGIN_HUGETLB || kind == MAPPING_OTHER);
	case MAPPING_POSIX_SHM:
		return origin == ORIGIN_UNKNOWN || origin == ORIGIN_TMPFS;
	case MAPPING_HUGETLB:
		return origin == ORIGIN_UNKNOWN || origin == ORIGIN_HUGETLB;
	case MAPPING_ANONYMOUS:
		return text_equal(v->path, text_of("/dev/zero")) && may_be_device(v);
	case MAPPING_DEVICE:
		return may_be_device(v);
	default:
		return true;
	}
}

/* What the origin alone tells; MAPPING_KINDS: nothing. */
static enum mapping_kind kind_by_origin(const struct mapping *v)
{
	switch ((enum mapping_origin)v->origin) {
	case ORIGIN_HUGETLBFS:
		return MAPPING_HUGETLB;
	case ORIGIN_SECRET:
		return MAPPING_MEMFD;
	case ORIGIN_DEVICE:
		return MAPPING_DEVICE;
	case ORIGIN_SHMEM:
	case ORIGIN_HUGETLB:
		return MAPPING_OTHER;
	default:
		return MAPPING_KINDS;
	}
}

static const struct name_kind *kind_by_name(const struct mapping *v)
{
	for (size_t i = 0; i < sizeof name_kinds / sizeof *name_kinds; i++) {
		const struct name_kind *k = &name_kinds[i];

		if (text_has_prefix(v->path, k->prefix) && is_plausible(v, k->kind) &&
			(!k->shared_only || v->flags & MAPPING_SHARED))
			return k;
	}
	return NULL;
}

static pid_t tid_in_name(struct text path, const char *prefix)
{
	size_t skip = strlen(prefix);
	struct scan s = scan_of(path.bytes + skip, path.len - skip);
	uint64_t tid;

	return scan_u64(&s, &tid) && tid <= INT32_MAX ? (pid_t)tid : 0;
}

/* "libc.so.6", "x.so", "x.so (deleted)"; not "ld.so.cache". */
static bool is_library_name(struct text path)
{
	struct text name = text_basename(path);
	const char *so;

	if (text_has_suffix(name, " (deleted)"))
		name.len -= strlen(" (deleted)");
	so = name.len > 3 ? memmem(name.bytes, name.len, ".so", 3) : NULL;
	if (!so)
		return false;
	so += 3;
	if (so == name.bytes + name.len)
		return true;
	return *so == '.' && so + 1 < name.bytes + name.len && so[1] >= '0' && so[1] <= '9';
}

struct file_id {
	uint32_t major, minor;
	uint64_t inode;
	struct text path; /* one of several that show the same numbers */
};

static int compare_files(const void *left, const void *right)
{
	const struct file_id *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return text_compare(a->path, b->path);
}

static struct file_id file_of(const struct mapping *v)
{
	return (struct file_id){v->device_major, v->device_minor, v->inode, v->path};
}

/* The files that some mapping maps executable, sorted. */
struct file_set {
	size_t n, room;
	struct file_id *item;
};

static void find_code_files(const struct memory_map *m, struct file_set *set)
{
	for (size_t i = 0; i < m->n; i++) {
		struct file_id id = file_of(&m->mapping[i]);

		if (!(m->mapping[i].flags & MAPPING_EXEC) || !mapping_has_object(&m->mapping[i]))
			continue;
		if (set->n && !compare_files(&set->item[set->n - 1], &id))
			continue;
		VEC_PUSH(set, id);
	}
	if (set->n)
		qsort(set->item, set->n, sizeof *set->item, compare_files);
}

static bool is_mapped_as_code(const struct mapping *v, const struct file_set *code)
{
	struct file_id id = file_of(v);

	return !(v->flags & MAPPING_SHARED) && code->n &&
	       bsearch(&id, code->item, code->n, sizeof id, compare_files);
}

static bool is_library(const struct mapping *v, const struct file_set *code)
{
	return !(v->flags & MAPPING_SHARED) &&
	       (is_mapped_as_code(v, code) || is_library_name(v->path));
}

static enum mapping_kind executable_part(unsigned flags)
{
	if (flags & MAPPING_EXEC)
		return MAPPING_CODE;
	if (flags & MAPPING_WRITE)
		return MAPPING_DATA;
	return flags & MAPPING_READ ? MAPPING_RODATA : MAPPING_RESERVED;
}

static enum mapping_kind library_part(unsigned flags)
{
	if (flags & MAPPING_EXEC)
		return MAPPING_LIBRARY_CODE;
	if (flags & MAPPING_WRITE)
		return MAPPING_LIBRARY_DATA;
	return flags & MAPPING_READ ? MAPPING_LIBRARY_RODATA : MAPPING_LIBRARY_OTHER;
}

/* A mapping without a name; before and behind are its neighbours or NULL. */
static enum mapping_kind unnamed_kind(
	const struct mapping *v, const struct mapping *before, const struct mapping *behind)
{
	const unsigned private_data = MAPPING_READ | MAPPING_WRITE;

	if (v->flags & MAPPING_SHARED)
		return MAPPING_SHARED_ANONYMOUS;
	if (!(v->flags & PROTECTION)) {
		bool guards = behind && behind->start == v->end && !mapping_has_object(behind) &&
			      behind->flags == private_data && v->end - v->start < GUARD_MOST;

		return guards ? MAPPING_GUARD : MAPPING_RESERVED;
	}
	if (v->flags == private_data && before && before->end == v->start &&
		before->flags & MAPPING_WRITE &&
		(before->kind == MAPPING_DATA || before->kind == MAPPING_LIBRARY_DATA))
		return MAPPING_BSS;
	return MAPPING_ANONYMOUS;
}

/* What the files of a process are told by. */
struct files {
	struct text exe;
	const struct mapping *program; /* NULL: by exe alone */
	struct file_set code;
};

static bool is_program(const struct mapping *v, const struct files *f)
{
	struct file_id id = file_of(v), program;

	if (!f->exe.len || v->flags & MAPPING_SHARED || !text_equal(v->path, f->exe))
		return false;
	program = f->program ? file_of(f->program) : id;
	return !compare_files(&id, &program);
}

static enum mapping_kind file_kind(const struct mapping *v, const struct files *f)
{
	enum mapping_kind kind = kind_by_origin(v);

	if (v->path.bytes[0] != '/')
		return MAPPING_OTHER; /* "anon_inode:[io_uring]", "socket:[4242]" */
	if (kind < MAPPING_KINDS)
		return kind;
	return is_library(v, &f->code) ? library_part(v->flags) : MAPPING_FILE;
}

/* Programs and libraries may lie in memory as well as on a disk. */
static bool may_hold_code(enum mapping_kind kind)
{
	return kind == MAPPING_MEMFD || kind == MAPPING_POSIX_SHM || kind == MAPPING_FILE ||
	       kind == MAPPING_DEVICE;
}

static void classify(struct memory_map *m, size_t i, const struct files *f)
{
	struct mapping *v = &m->mapping[i];
	const struct name_kind *named;

	if (!v->path.len) {
		v->kind = unnamed_kind(v, i ? v - 1 : NULL, i + 1 < m->n ? v + 1 : NULL);
		return;
	}
	if (i && v[-1].path.bytes == v->path.bytes && v[-1].flags == v->flags &&
		v[-1].inode == v->inode) {
		v->kind = v[-1].kind;
		v->owner_tid = v[-1].owner_tid;
		return;
	}
	if (is_program(v, f)) {
		v->kind = executable_part(v->flags);
		return;
	}
	named = kind_by_name(v);
	v->kind = named ? named->kind : file_kind(v, f);
	if (named && may_hold_code(v->kind) && is_mapped_as_code(v, &f->code))
		v->kind = library_part(v->flags);
	if (v->kind == MAPPING_THREAD_STACK)
		v->owner_tid = tid_in_name(v->path, named->prefix);
	if (!(v->flags & PROTECTION) && named &&
		(v->kind == MAPPING_THREAD_STACK || v->kind == MAPPING_ANONYMOUS))
		v->kind = unnamed_kind(v, NULL, i + 1 < m->n ? v + 1 : NULL);
}

/* A part may have got a name of its own by prctl(2), too. */
static bool is_stack_part(const struct mapping *v)
{
	return (!v->path.len || text_has_prefix(v->path, "[anon:")) && !v->inode &&
	       !(v->flags & MAPPING_SHARED);
}

static void name_stack_part(struct mapping *v)
{
	v->kind = v->flags & PROTECTION ? MAPPING_STACK : MAPPING_GUARD;
}

/*
 * mprotect(2) parts the main stack, and all parts but the one where it began lose the name. The
 * kernel lets nothing else come near a stack: what touches it is of it.
 */
static void join_stack(struct memory_map *m)
{
	struct mapping *v = m->mapping, *last = m->mapping + m->n;
	size_t named = m->n;

	while (named-- > 0)
		if (v[named].kind == MAPPING_STACK)
			break;
	if (named >= m->n)
		return;
	for (struct mapping *part = &v[named]; part-- > v;) {
		if (part->end != part[1].start || !is_stack_part(part))
			break;
		name_stack_part(part);
	}
	for (struct mapping *part = &v[named + 1]; part < last; part++) {
		if (part->start != part[-1].end || !is_stack_part(part))
			break;
		name_stack_part(part);
	}
}

void maps_classify(struct memory_map *m, struct text exe, const struct mapping *program)
{
	struct files f = {.exe = exe, .program = program};

	find_code_files(m, &f.code);
	for (size_t i = 0; i < m->n; i++)
		classify(m, i, &f);
	join_stack(m);
	VEC_FREE(&f.code);
}
