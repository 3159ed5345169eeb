/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/kcode.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "twintop/base/text.h"

#define MEMBERS_DEEP 4 /* members of members */

/* ---- where the kernel keeps what ------------------------------------------------- */

static const struct btf_type *plain_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* A member by its name, also of unnamed members; adds to *offset. Its type, or NULL. */
static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *of,
	struct text name, unsigned deep, uint32_t *offset)
{
	const struct btf_type *found = NULL;

	for (uint32_t i = 0; of && btf_is_composite(of) && i < btf_vlen(of) && !found; i++) {
		const struct btf_member *m = btf_members(of) + i;
		uint32_t inner = *offset + btf_member_bit_offset(of, i) / 8;
		struct text its = text_of(btf__name_by_offset(btf, m->name_off));

		if (text_equal(its, name))
			found = plain_type(btf, m->type);
		else if (!its.len && deep)
			found = find_member(btf, plain_type(btf, m->type), name, deep - 1, &inner);
		if (found)
			*offset = inner;
	}
	return found;
}

/* The offset of a path of members, "se.sum_exec_runtime"; negative errno: there is none. */
static int offset_of(const struct btf *btf, const struct btf_type *t, const char *path)
{
	uint32_t offset = 0;

	while (t && *path) {
		size_t len = strcspn(path, ".");

		t = find_member(btf, t, (struct text){path, len}, MEMBERS_DEEP, &offset);
		path += len + (path[len] == '.');
	}
	return t && offset <= INT16_MAX ? (int)offset : -EOPNOTSUPP;
}

/* ---- from the first to the last -------------------------------------------------- */

int kcode_open(struct kcode *ret_code)
{
	struct btf *btf;

	libbpf_set_print(NULL);
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return -errno;
	*ret_code = (struct kcode){.btf = btf};
	return 0;
}

void kcode_close(struct kcode *c)
{
	btf__free(c->btf);
	c->btf = NULL;
}

int kcode_load(const struct kcode *c, const char *name, uint32_t attach_kind, const char *attach,
	enum bpf_attach_type type)
{
	struct bpf_prog_load_opts options = {.sz = sizeof options, .expected_attach_type = type};
	int id = btf__find_by_name_kind(c->btf, attach, attach_kind);

	if (c->error || id < 0)
		return c->error ? c->error : -EOPNOTSUPP;
	options.attach_btf_id = (uint32_t)id;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, name, "GPL", c->instruction, c->n, &options);
}

/* ---- instructions ---------------------------------------------------------------- */

const struct btf_type *kcode_structure(struct kcode *c, const char *name)
{
	int id = btf__find_by_name_kind(c->btf, name, BTF_KIND_STRUCT);

	if (id <= 0)
		c->error = -EOPNOTSUPP;
	return id > 0 ? plain_type(c->btf, (uint32_t)id) : NULL;
}

void kcode_add(struct kcode *c, uint8_t code, uint8_t to, uint8_t from, int offset, int32_t value)
{
	if (c->n >= KCODE_INSTRUCTIONS_MOST)
		c->error = -E2BIG;
	if (!c->error)
		c->instruction[c->n++] = (struct bpf_insn){.code = code,
			.dst_reg = to & 15,
			.src_reg = from & 15,
			.off = (int16_t)offset,
			.imm = value};
}

void kcode_load_field(struct kcode *c, uint8_t to, uint8_t from, const struct btf_type *of,
	const struct kcode_field *field)
{
	int offset = offset_of(c->btf, of, field->member);

	if (offset < 0)
		c->error = offset;
	kcode_add(c, BPF_LDX | BPF_MEM | field->size, to, from, offset + field->past, 0);
}

void kcode_load_pointer(
	struct kcode *c, uint8_t to, uint8_t from, const struct btf_type *of, const char *member)
{
	kcode_load_field(c, to, from, of, &(struct kcode_field){member, BPF_DW, 0});
}

void kcode_keep(struct kcode *c, uint8_t base, int at)
{
	kcode_add(c, BPF_STX | BPF_MEM | BPF_DW, base, BPF_REG_1, at, 0);
}

void kcode_recall(struct kcode *c, uint8_t to, uint8_t base, int at)
{
	kcode_add(c, BPF_LDX | BPF_MEM | BPF_DW, to, base, at, 0);
}

void kcode_skip_if(struct kcode *c, uint8_t compare, uint8_t with, int32_t value)
{
	if (c->skips >= KCODE_SKIPS_MOST)
		c->error = -E2BIG;
	else
		c->skip[c->skips++] = c->n;
	kcode_add(c, (uint8_t)(BPF_JMP | compare), BPF_REG_1, with, 0, value);
}

void kcode_skips_end(struct kcode *c)
{
	for (; c->skips; c->skips--)
		kcode_land(c, c->skip[c->skips - 1]);
}

void kcode_land(struct kcode *c, size_t from)
{
	if (!c->error)
		c->instruction[from].off = (int16_t)(c->n - from - 1);
}

void kcode_jump_back(struct kcode *c, size_t to)
{
	kcode_add(c, BPF_JMP | BPF_JA, 0, 0, (int)to - (int)c->n - 1, 0);
}

void kcode_copy(struct kcode *c, uint8_t to, uint8_t from)
{
	kcode_add(c, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

void kcode_load_map(struct kcode *c, uint8_t to, int map)
{
	kcode_add(c, BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_VALUE, 0, map);
	kcode_add(c, 0, 0, 0, 0, 0); /* its second half: an offset in the value */
}

void kcode_call_kernel(struct kcode *c, const char *function)
{
	int id = btf__find_by_name_kind(c->btf, function, BTF_KIND_FUNC);

	if (id <= 0)
		c->error = -EOPNOTSUPP;
	kcode_add(c, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id);
}
