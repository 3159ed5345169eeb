/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program_signs.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "needed.h"

#define ROWS	    64u	       /* of runtime_sign_table, at most */
#define CHAIN_MOST  32u	       /* symbols of one bucket that are looked at */
#define SYMBOL_MOST 32u	       /* bytes of a name, its NUL included */
#define NOTE_BYTES  512u       /* of a segment of notes that are looked at */
#define WORDS_MOST  (1u << 26) /* of a bloom filter or buckets: more makes no sense */

/* The program, and the rows of one kind of sign. */
struct program {
	const struct proc_root *root;
	pid_t pid;
	struct image image;
	struct program_signs *signs;
};

static void set_row(struct program *p, size_t row, bool shown)
{
	p->signs->known |= UINT64_C(1) << row;
	if (shown)
		p->signs->shown |= UINT64_C(1) << row;
}

/* ---- symbols: the hash table that the loader uses ------------------------------------ */

static uint32_t gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

struct table {
	uint32_t buckets, first, bloom, shift; /* as they stand there */
	uint64_t bucket, chain;		       /* addresses */
};

/* One name that is looked for. */
struct wish {
	size_t row;
	uint32_t hash, bucket; /* the first symbol of its bucket; 0: none */
	uint32_t chain[CHAIN_MOST];
	Elf64_Sym symbol;
	char name[SYMBOL_MOST];
	uint32_t at; /* the symbol with its hash; 0: none */
};

static int read_table(struct program *p, struct table *ret)
{
	struct helper_range range = {p->image.symbol_hash, ret, 4 * sizeof(uint32_t), false, false};
	int error = image_read(p->root, p->pid, &p->image, &range, 1);

	if (error)
		return error;
	if (!ret->buckets || ret->buckets > WORDS_MOST || ret->bloom > WORDS_MOST)
		return -ENOEXEC;
	ret->bucket = p->image.symbol_hash + 4 * sizeof(uint32_t) + ret->bloom * sizeof(uint64_t);
	ret->chain = ret->bucket + ret->buckets * sizeof(uint32_t);
	return 0;
}

static int read_buckets(struct program *p, const struct table *t, struct wish *wish, size_t n)
{
	struct helper_range range[ROWS];

	for (size_t i = 0; i < n; i++)
		range[i] = (struct helper_range){
			t->bucket + wish[i].hash % t->buckets * sizeof(uint32_t), &wish[i].bucket,
			sizeof wish[i].bucket, false, false};
	return image_read(p->root, p->pid, &p->image, range, n);
}

/* A chain ends with an odd hash; what lies behind it in memory is read with it. */
static void find_in_chain(struct wish *wish)
{
	for (uint32_t i = 0; i < CHAIN_MOST; i++) {
		if ((wish->chain[i] | 1) == (wish->hash | 1))
			wish->at = wish->bucket + i;
		if (wish->at || wish->chain[i] & 1)
			return;
	}
}

static int read_chains(struct program *p, const struct table *t, struct wish *wish, size_t n)
{
	struct helper_range range[ROWS];
	size_t of[ROWS], k = 0;
	int error;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = t->chain + (uint64_t)(wish[i].bucket - t->first) * sizeof(uint32_t);

		if (wish[i].bucket < t->first)
			continue;
		range[k] = (struct helper_range){
			at, wish[i].chain, sizeof wish[i].chain, false, false};
		of[k++] = i;
	}
	error = image_read(p->root, p->pid, &p->image, range, k);
	for (size_t i = 0; i < k && !error; i++)
		find_in_chain(&wish[of[i]]);
	return error;
}

/* The symbols with those hashes, then their names. */
static int read_names(struct program *p, struct wish *wish, size_t n)
{
	struct helper_range range[ROWS];
	size_t k = 0;
	int error;

	for (size_t i = 0; i < n; i++)
		if (wish[i].at)
			range[k++] = (struct helper_range){
				p->image.symbols + wish[i].at * sizeof(Elf64_Sym), &wish[i].symbol,
				sizeof wish[i].symbol, false, false};
	error = image_read(p->root, p->pid, &p->image, range, k);
	k = 0;
	for (size_t i = 0; i < n && !error; i++)
		if (wish[i].at && wish[i].symbol.st_name < p->image.strings_bytes)
			range[k++] = (struct helper_range){
				p->image.strings + wish[i].symbol.st_name, wish[i].name,
				strlen(runtime_sign_table[wish[i].row].pattern) + 1, false, false};
	return error ? error : image_read(p->root, p->pid, &p->image, range, k);
}

static size_t wishes_of(struct wish wish[ROWS])
{
	size_t n = 0;

	for (size_t i = 0; i < runtime_signs_n; i++)
		if (runtime_sign_table[i].by == SIGN_SYMBOL &&
			strlen(runtime_sign_table[i].pattern) < SYMBOL_MOST)
			wish[n++] = (struct wish){
				.row = i, .hash = gnu_hash(runtime_sign_table[i].pattern)};
	return n;
}

/* A program without a table of symbols for others shows none; one linked statically may hide them.
 */
static void find_symbols(struct program *p)
{
	struct wish wish[ROWS];
	struct table t = {0};
	size_t n = wishes_of(wish);
	int error = p->image.symbol_hash && p->image.symbols ? read_table(p, &t) : -ENOEXEC;

	if (!error)
		error = read_buckets(p, &t, wish, n);
	if (!error)
		error = read_chains(p, &t, wish, n);
	if (!error)
		error = read_names(p, wish, n);
	for (size_t i = 0; i < n && !error; i++)
		set_row(p, wish[i].row,
			wish[i].symbol.st_shndx != SHN_UNDEF &&
				!strcmp(wish[i].name, runtime_sign_table[wish[i].row].pattern));
}

/* ---- notes ------------------------------------------------------------------------------ */

/* Whether one of the notes in those bytes has that name. */
static bool has_note(const char *bytes, size_t n, const char *name)
{
	size_t at = 0, len = strlen(name) + 1;
	Elf64_Nhdr head;

	while (n - at >= sizeof head) {
		memcpy(&head, bytes + at, sizeof head);
		at += sizeof head;
		/* Go's own counts the bytes that fill its name up, too. */
		if (head.n_namesz >= len && n - at >= len && !memcmp(bytes + at, name, len))
			return true;
		if (head.n_namesz > NOTE_BYTES || head.n_descsz > NOTE_BYTES)
			return false;
		at += (head.n_namesz + 3) / 4 * 4 + (head.n_descsz + 3) / 4 * 4;
		if (at > n)
			return false;
	}
	return false;
}

static void find_notes(struct program *p)
{
	char bytes[IMAGE_NOTES_MOST][NOTE_BYTES] = {{0}};
	struct helper_range range[IMAGE_NOTES_MOST];
	const struct image *image = &p->image;
	int error;

	for (size_t i = 0; i < image->notes_n; i++)
		range[i] = (struct helper_range){image->note[i].address, bytes[i],
			image->note[i].bytes < NOTE_BYTES ? image->note[i].bytes : NOTE_BYTES,
			false, false};
	error = image_read(p->root, p->pid, image, range, image->notes_n);
	for (size_t i = 0; i < runtime_signs_n && !error; i++) {
		bool shown = false;

		if (runtime_sign_table[i].by != SIGN_NOTE)
			continue;
		for (size_t k = 0; k < image->notes_n; k++)
			shown |= has_note(bytes[k], range[k].bytes, runtime_sign_table[i].pattern);
		set_row(p, i, shown);
	}
}

/* ---- libraries ----------------------------------------------------------------------------- */

static void find_needed(struct program *p)
{
	for (size_t i = 0; i < runtime_signs_n; i++) {
		const char *const names[] = {runtime_sign_table[i].pattern, NULL};
		bool needed = false;

		if (runtime_sign_table[i].by == SIGN_NEEDED &&
			!needed_of(p->root, p->pid, &p->image, names, &needed))
			set_row(p, i, needed);
	}
}

int program_signs_read(const struct proc_root *root, pid_t pid, const struct memory_map *m,
	struct text exe, struct program_signs *ret)
{
	struct program p = {.root = root, .pid = pid, .signs = ret};
	int error = image_open(root, pid, m, exe, &p.image);

	*ret = (struct program_signs){0};
	if (error)
		return error;
	find_notes(&p);
	if (image_read_dynamic(root, pid, &p.image))
		return 0;
	find_needed(&p);
	find_symbols(&p);
	return 0;
}
