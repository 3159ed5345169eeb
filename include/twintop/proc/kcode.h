/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_KCODE_H
#define TWINTOP_PROC_KCODE_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

struct btf;
struct btf_type;

/*
 * A small program for the kernel to run (bpf(2)), put together by what the kernel says of its
 * structures (BTF). The first error stands, and nothing is added from then on.
 */
#define KCODE_INSTRUCTIONS_MOST 224
#define KCODE_SKIPS_MOST	16

struct kcode {
	struct btf *btf;
	struct bpf_insn instruction[KCODE_INSTRUCTIONS_MOST];
	size_t n;
	size_t skip[KCODE_SKIPS_MOST], skips; /* jumps whose end is to come */
	int error;
};

struct kcode_field {
	const char *member; /* or a path of them: "se.sum_exec_runtime" */
	uint8_t size;	    /* BPF_W or BPF_DW: how wide it is read */
	uint8_t past;	    /* so many bytes behind the start of the member */
};

/* An empty one. 0 or negative errno: this kernel says nothing of its structures. */
int kcode_open(struct kcode *ret_code);
void kcode_close(struct kcode *c);
/*
 * Loads it: attach is the kernel's function or type that it belongs to. Its descriptor or negative
 * errno: -EPERM where that takes rights, -EOPNOTSUPP where this kernel has not what it asks for.
 */
int kcode_load(const struct kcode *c, const char *name, uint32_t attach_kind, const char *attach,
	enum bpf_attach_type type);

/* NULL: the kernel has none, which is the code's error then. */
const struct btf_type *kcode_structure(struct kcode *c, const char *name);
void kcode_add(struct kcode *c, uint8_t code, uint8_t to, uint8_t from, int offset, int32_t value);
/* to = the member of the structure that from points to. */
void kcode_load_field(struct kcode *c, uint8_t to, uint8_t from, const struct btf_type *of,
	const struct kcode_field *field);
void kcode_load_pointer(
	struct kcode *c, uint8_t to, uint8_t from, const struct btf_type *of, const char *member);
/* The word at a place from where base points on = r1. */
void kcode_keep(struct kcode *c, uint8_t base, int at);
/* to = that word. */
void kcode_recall(struct kcode *c, uint8_t to, uint8_t base, int at);
void kcode_copy(struct kcode *c, uint8_t to, uint8_t from);
/* to = where the value of a map of one begins. */
void kcode_load_map(struct kcode *c, uint8_t to, int map);
/* Calls a function that the kernel offers by name; an error where it does not. */
void kcode_call_kernel(struct kcode *c, const char *function);
/* A jump to where kcode_skips_end() stands, if r1 compares so to another register or a value. */
void kcode_skip_if(struct kcode *c, uint8_t compare, uint8_t with, int32_t value);
void kcode_skips_end(struct kcode *c);
/* The jump at that place goes to what comes next. */
void kcode_land(struct kcode *c, size_t from);
/* A jump to an earlier place. */
void kcode_jump_back(struct kcode *c, size_t to);

#endif
