/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "told_pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "part_code.h"
#include "twintop/model/part_table.h"

#define LEVEL	    1
#define WORTH	    2u	  /* a pack is at most this part of what it stands for, */
#define BYTES_LEAST 1024u /* which is as large at least */
#define ROOM	    ((size_t)1 << 30)

struct told_packer {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	struct record_names names; /* ours */
	struct textbuf bytes;
	char *other; /* what they are packed or unpacked to */
	size_t room;
};

enum part_kind told_kind(enum told_slot slot)
{
	return slot == TOLD_FAULTS ? PART_FAULTS : PART_EROSION;
}

const struct part *told_part(const struct snapshot *s, enum told_slot slot)
{
	return snapshot_part(s, told_kind(slot), 0);
}

void told_set(struct snapshot *s, enum told_slot slot, const struct part *part)
{
	part_put(told_part(s, slot));
	if (slot == TOLD_FAULTS)
		s->faults = (const struct fault_batch *)part;
	else
		s->erosion = (const struct erosion *)part;
}

struct told_packer *told_packer_new(void)
{
	struct told_packer *p = mem_alloc(sizeof *p);
	struct wire_in in;

	p->pack = ZSTD_createCCtx();
	p->unpack = ZSTD_createDCtx();
	record_put_names(&p->bytes);
	in = (struct wire_in){p->bytes.bytes, p->bytes.len, 0};
	if (!p->pack || !p->unpack || record_get_names(&in, &p->names))
		arena_out_of_memory();
	return p;
}

void told_packer_free(struct told_packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->pack);
	ZSTD_freeDCtx(p->unpack);
	record_names_free(&p->names);
	textbuf_free(&p->bytes);
	free(p->other);
	free(p);
}

static void make_room(struct told_packer *p, size_t n)
{
	if (p->room >= n)
		return;
	p->other = mem_resize(p->other, n, 1);
	p->room = n;
}

/* ---- there ----------------------------------------------------------------- */

static void write_down(struct told_packer *p, enum part_kind kind, const struct part *part)
{
	const struct record_out out = {.wire = &p->bytes};
	const struct part_scene scene = {0};

	textbuf_clear(&p->bytes);
	if (part_codes[kind].put)
		part_codes[kind].put(&out, &scene, part, NULL);
	else
		record_put(&out, *part_codes[kind].shape, part, NULL);
}

/* How many bytes it takes; 0: it cannot be. */
static size_t squeeze(struct told_packer *p)
{
	size_t n;

	make_room(p, ZSTD_compressBound(p->bytes.len));
	n = ZSTD_compressCCtx(p->pack, p->other, p->room, p->bytes.bytes, p->bytes.len, LEVEL);
	return ZSTD_isError(n) ? 0 : n;
}

const struct told_pack *told_pack(
	struct told_packer *p, enum told_slot slot, const struct part *part)
{
	enum part_kind kind = told_kind(slot);
	size_t whole = part_bytes(kind, part, NULL), n;
	struct told_pack *pack;
	char *bytes;

	if (whole < BYTES_LEAST)
		return NULL;
	write_down(p, kind, part);
	n = squeeze(p);
	if (!n || n > whole / WORTH)
		return NULL;
	pack = part_new(sizeof *pack);
	bytes = arena_raw(&pack->part.arena, n);
	memcpy(bytes, p->other, n);
	pack->kind = kind;
	pack->n = p->bytes.len;
	pack->packed_n = n;
	pack->packed = bytes;
	return pack;
}

/* ---- and back -------------------------------------------------------------- */

static bool unfold(struct told_packer *p, const struct told_pack *pack)
{
	make_room(p, pack->n);
	return ZSTD_decompressDCtx(p->unpack, p->other, pack->n, pack->packed, pack->packed_n) ==
	       pack->n;
}

const struct part *told_unpack(struct told_packer *p, const struct told_pack *pack)
{
	const struct part_code *code = &part_codes[pack->kind];
	struct part *part = part_make(pack->kind);
	struct wire_in wire = {.n = pack->n};
	struct record_in in = {
		.wire = &wire, .names = &p->names, .arena = &part->arena, .room = ROOM};
	const struct part_scene scene = {0};
	int error = unfold(p, pack) ? 0 : -EBADMSG;

	wire.bytes = p->other;
	if (!error)
		error = code->get ? code->get(&in, &scene, part, NULL)
				  : record_get(&in, *code->shape, part, NULL);
	if (!error)
		return part;
	part_put(part);
	return NULL;
}
