/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "module_dwarf.h"
#include "module_go.h"
#include "module_packed.h"
#include "module_table.h"
#include "module_unwind.h"
#include "prologue.h"
#include "rules.h"
#include "twintop/base/arena.h"

#define PACKED_MOST (128u << 10) /* compressed bytes that are unpacked in a few milliseconds */

struct module {
	Dwfl *dwfl;
	Dwfl_Module *it;
	Elf *elf; /* the module's, of libdwfl */
	struct module_finder finder;
	struct module_id id;
	bool has_symtab; /* or the debug file that would have it */
	bool debugless;	 /* its debug file was looked for, and there is none */
	bool packed_known;
	struct module_go go;
	uint64_t packed;	    /* once it is known, bytes: see struct module_packed */
	struct module_table *table; /* these three once they are needed */
	struct module_dwarf *dwarf;
	struct module_unwinder *unwinder;
};

static bool take_id(Elf *elf, struct module_id *ret_id)
{
	const void *id = NULL;
	ssize_t n = elf ? dwelf_elf_gnu_build_id(elf, &id) : 0;

	*ret_id = (struct module_id){0};
	if (n > 0 && n <= MODULE_ID_MOST) {
		ret_id->n = (size_t)n;
		memcpy(ret_id->bytes, id, (size_t)n);
	}
	return ret_id->n > 0;
}

/* Ends elf, which may be NULL. */
static bool take_only_id(Elf *elf, struct module_id *ret_id)
{
	bool taken = take_id(elf, ret_id);

	elf_end(elf);
	return taken;
}

bool module_id_of_memory(void *bytes, size_t size, struct module_id *ret_id)
{
	elf_version(EV_CURRENT);
	return take_only_id(elf_memory(bytes, size), ret_id);
}

bool module_id_of_file(int fd, struct module_id *ret_id)
{
	elf_version(EV_CURRENT);
	return take_only_id(elf_begin(fd, ELF_C_READ_MMAP, NULL), ret_id);
}

/* ---- libdwfl's questions ---------------------------------------------------- */

/* The module is reported with its file: there is nothing to be found. */
static int find_elf(Dwfl_Module *it, void **user, const char *name, Dwarf_Addr base,
	char **ret_file, Elf **ret_elf)
{
	(void)it, (void)user, (void)name, (void)base, (void)ret_file, (void)ret_elf;
	return -1;
}

/* Its debug file. A descriptor or -1; in vain it is looked for once. */
static int open_debug(struct module *m, const char *link, uint32_t sum)
{
	int fd = -1;

	if (m->finder.find && !m->debugless)
		fd = m->finder.find(m->finder.context, &m->id, link, link ? &sum : NULL);
	m->debugless = fd < 0;
	return fd;
}

/*
 * A link without a checksum is that of an alternate file, which module_dwarf finds by its build-id.
 */
static int find_debug(Dwfl_Module *it, void **user, const char *name, Dwarf_Addr base,
	const char *file, const char *link, GElf_Word crc, char **ret_file)
{
	struct module *m = *user;
	int fd;

	(void)it, (void)name, (void)base, (void)file, (void)ret_file;
	if (link && !crc)
		return -1;
	fd = open_debug(m, link, crc);
	m->has_symtab |= fd >= 0;
	if (fd >= 0) {
		m->packed_known = true;
		m->packed = module_packed_of_file(fd);
	}
	return fd;
}

static const Dwfl_Callbacks callbacks = {.find_elf = find_elf, .find_debuginfo = find_debug};

/* ---- opening --------------------------------------------------------------- */

static bool is_module(Elf *elf)
{
	GElf_Ehdr header;

	return elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
	       (header.e_type == ET_DYN || header.e_type == ET_EXEC);
}

/* 0, or what is wrong with it that libdwfl would not tell. */
static int check(int fd)
{
	Elf *elf;
	int error;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	error = is_module(elf) ? 0 : -ENOEXEC;
	elf_end(elf);
	return error;
}

static bool has_symtab(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if ((header.sh_type == SHT_SYMTAB) || (name && strcmp(name, ".gnu_debugdata") == 0))
			return true;
	}
	return false;
}

/* Reports the file to libdwfl, which owns it then. */
static int report(struct module *m, int fd)
{
	GElf_Addr bias;
	void **user;

	m->dwfl = dwfl_begin(&callbacks);
	if (!m->dwfl)
		return -ENOMEM;
	dwfl_report_begin(m->dwfl);
	m->it = dwfl_report_elf(m->dwfl, "module", "module", fd, 0, true);
	if (!m->it || dwfl_report_end(m->dwfl, NULL, NULL))
		return -EBADMSG;
	dwfl_module_info(m->it, &user, NULL, NULL, NULL, NULL, NULL, NULL);
	*user = m;
	m->elf = dwfl_module_getelf(m->it, &bias);
	return m->elf ? 0 : -EBADMSG;
}

int module_open(int fd, const struct module_finder *finder, struct module **ret_module)
{
	struct module *m;
	int error = check(fd);

	if (error) {
		close(fd);
		return error;
	}
	m = mem_alloc(sizeof *m);
	*m = (struct module){.finder = *finder};
	error = report(m, fd);
	if (error) {
		if (!m->it)
			close(fd);
		module_close(m);
		return error;
	}
	take_id(m->elf, &m->id);
	m->has_symtab = has_symtab(m->elf);
	*ret_module = m;
	return 0;
}

void module_close(struct module *m)
{
	if (!m)
		return;
	dwfl_end(m->dwfl);
	module_dwarf_close(m->dwarf);
	module_table_close(m->table);
	module_unwinder_close(m->unwinder);
	free(m);
}

const struct module_id *module_id(const struct module *m)
{
	return &m->id;
}

/* ---- addresses ------------------------------------------------------------- */

/* The segment that is loaded from there on, in pages. */
static bool begins_in(const GElf_Phdr *segment, uint64_t offset)
{
	uint64_t page = segment->p_align > 1 ? segment->p_align : 1;
	uint64_t first = segment->p_offset - segment->p_offset % page;

	return segment->p_type == PT_LOAD && offset >= first && segment->p_filesz &&
	       offset - first < segment->p_filesz + (segment->p_offset - first);
}

bool module_address_of(const struct module *m, uint64_t offset, uint64_t *ret_address)
{
	size_t n;

	if (elf_getphdrnum(m->elf, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(m->elf, (int)i, &segment) || !begins_in(&segment, offset))
			continue;
		*ret_address = segment.p_vaddr + (offset - segment.p_offset);
		return true;
	}
	return false;
}

/* Whether the address is the module's, and of code. */
static bool segment_of(const struct module *m, uint64_t address, bool *ret_code)
{
	size_t n;

	if (elf_getphdrnum(m->elf, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(m->elf, (int)i, &segment) || segment.p_type != PT_LOAD ||
			address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_memsz)
			continue;
		*ret_code = segment.p_flags & PF_X;
		return true;
	}
	return false;
}

/* Where in the file the segment's byte of that address is; false: it is none of it. */
static bool offset_of(const GElf_Phdr *segment, uint64_t address, uint64_t *ret_offset)
{
	if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) ||
		address < segment->p_vaddr || address - segment->p_vaddr >= segment->p_filesz)
		return false;
	*ret_offset = segment->p_offset + (address - segment->p_vaddr);
	return true;
}

/* The file's bytes of code around an address: *ret_before of them below it. NULL: there are none.
 */
static const unsigned char *code_at(
	const struct module *m, uint64_t address, size_t *ret_before, size_t *ret_n)
{
	size_t n, size;
	const char *file = elf_rawfile(m->elf, &size);
	uint64_t offset;
	GElf_Phdr segment;

	if (!file || elf_getphdrnum(m->elf, &n))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(m->elf, (int)i, &segment) ||
			!offset_of(&segment, address, &offset) || offset >= size)
			continue;
		*ret_before = offset - segment.p_offset;
		*ret_n = segment.p_filesz - *ret_before;
		if (*ret_n > size - offset)
			*ret_n = size - offset;
		return (const unsigned char *)file + offset;
	}
	return NULL;
}

static unsigned machine_of(const struct module *m)
{
	GElf_Ehdr header;

	return gelf_getehdr(m->elf, &header) ? header.e_machine : EM_NONE;
}

bool module_calls_before(const struct module *m, uint64_t address)
{
	size_t before, n;
	const unsigned char *last = code_at(m, address - 1, &before, &n);

	if (!last)
		return false;
	before = before + 1 > CALL_BYTES ? CALL_BYTES : before + 1;
	return code_ends_in_call(machine_of(m), last + 1 - before, before);
}

static void find_symbol(struct module *m, uint64_t address, struct module_name *ret)
{
	if (!m->table)
		m->table = module_table_open(m->it);
	if (module_table_find(m->table, address, ret) ||
		module_go_find(&m->go, m->elf, address, ret))
		return;
	ret->gap = m->has_symtab ? SYMBOL_NAMELESS : SYMBOL_STRIPPED;
}

/* ---- a runtime's stacks ------------------------------------------------------------ */

bool module_switches_stack(struct module *m, uint64_t address)
{
	static const char *const of_go[] = {"runtime.mcall", "runtime.systemstack",
		"runtime.morestack", "runtime.asmcgocall", "runtime.asmcgocall.abi0",
		"runtime.systemstack.abi0", "runtime.morestack.abi0"};
	struct module_name name = {0};

	if (!module_go_is(&m->go, m->elf))
		return false;
	find_symbol(m, address, &name);
	for (size_t i = 0; name.name && i < sizeof of_go / sizeof *of_go; i++)
		if (!strcmp(name.name, of_go[i]))
			return true;
	return false;
}

/* ---- names ------------------------------------------------------------------------- */

/* Of the module itself, or of its debug file where libdwfl has not asked for that yet. */
static uint64_t look_for_packed(struct module *m)
{
	struct module_packed own = module_packed_of(m->elf);
	uint64_t bytes;
	GElf_Word crc = 0;
	const char *link;
	int fd;

	if (own.has_debug)
		return own.bytes;
	link = dwelf_elf_gnu_debuglink(m->elf, &crc);
	fd = open_debug(m, link, crc);
	if (fd < 0)
		return 0;
	bytes = module_packed_of_file(fd);
	close(fd);
	return bytes;
}

static bool leaves_lines(struct module *m, bool hurried)
{
	if (!hurried || m->dwarf)
		return false;
	if (!m->packed_known)
		m->packed = look_for_packed(m);
	m->packed_known = true;
	return m->packed > PACKED_MOST;
}

void module_find(struct module *m, uint64_t address, bool hurried, struct module_name *ret)
{
	bool code;

	*ret = (struct module_name){0};
	if (!segment_of(m, address, &code)) {
		ret->gap = SYMBOL_ANONYMOUS;
		ret->line_gap = SYMBOL_OF_DATA;
		return;
	}
	ret->is_data = !code;
	find_symbol(m, address, ret);
	if (ret->is_data) {
		ret->line_gap = SYMBOL_OF_DATA;
		return;
	}
	if (leaves_lines(m, hurried)) {
		ret->line_gap = SYMBOL_PACKED;
		ret->gap = ret->gap ? SYMBOL_PACKED : SYMBOL_NO_GAP;
		return;
	}
	if (!m->dwarf)
		m->dwarf = module_dwarf_open(m->it, &m->finder);
	module_dwarf_find(m->dwarf, address, ret);
}

/*
 * Where the frame pointer of a frame in its code is, by how far above the stack pointer its
 * function's first instructions have put it. False: it has none, or they do not tell.
 */
static bool find_frame_pointer(
	struct module *m, uint64_t bias, const struct unwind_state *state, uint64_t *ret_value)
{
	const struct registers *r = &state->registers;
	uint64_t behind, saved, distance;
	const unsigned char *code;
	size_t before, n;

	if (!m->unwinder)
		m->unwinder = module_unwinder_open(m->dwfl, m->it, m->elf);
	if (!(r->known & 1u << REGISTER_SP) ||
		!module_unwinder_framed(
			m->unwinder, r->pc - bias - state->returns, &behind, &saved))
		return false;
	code = code_at(m, behind, &before, &n);
	if (!code || !prologue_distance(machine_of(m), code,
			     n < PROLOGUE_BYTES ? n : PROLOGUE_BYTES, saved, &distance))
		return false;
	*ret_value = r->value[REGISTER_SP] + distance;
	return true;
}

bool module_fits(struct module *m, uint64_t bias, const struct unwind_state *state)
{
	uint64_t value;

	return !(state->registers.known & 1u << REGISTER_FP) ||
	       !find_frame_pointer(m, bias, state, &value) ||
	       value == state->registers.value[REGISTER_FP];
}

/* No inner frame had saved it. What follows from that counts only if a call led there. */
static bool infer_frame_pointer(struct module *m, uint64_t bias, struct unwind_state *state)
{
	const uint32_t fp = 1u << REGISTER_FP;
	struct registers *r = &state->registers;

	if (r->known & fp || !find_frame_pointer(m, bias, state, &r->value[REGISTER_FP]))
		return false;
	r->known |= fp;
	return true;
}

/* What a row of the table says of the module's code is so where that is loaded. */
static struct unwind_rule loaded(struct unwind_rule rule, uint64_t bias)
{
	rule.start += bias;
	rule.end += rule.end ? bias : 0;
	return rule;
}

/* By what Go's own backtraces go by: a frame's depth at each place. */
static enum unwind_end unwind_of_go(struct module *m, uint64_t bias,
	const struct unwind_stack *stack, struct unwind_state *state, struct unwind_rule *ret_rule)
{
	const struct registers *r = &state->registers;
	struct unwind_state next = *state;
	struct unwind_rule rule;
	uint64_t back;

	if (!(r->known & 1u << REGISTER_SP) ||
		!module_go_rule(&m->go, m->elf, r->pc - bias - state->returns, &rule))
		return UNWIND_NO_TABLE;
	*ret_rule = loaded(rule, bias);
	if (rule.outermost)
		return UNWIND_OUTERMOST;
	back = r->value[REGISTER_SP] + (uint64_t)rule.distance - sizeof back;
	if (back < stack->start || back - stack->start >= stack->n ||
		stack->n - (back - stack->start) < sizeof back) {
		state->wanted = back;
		return UNWIND_STACK_ENDED;
	}
	next.doubted = UNWIND_SURE;
	if (!rule_step(ret_rule, stack, &next))
		return UNWIND_BROKEN;
	state->registers = next.registers;
	state->returns = next.returns;
	return UNWIND_GOES_ON;
}

enum unwind_end module_unwind(struct module *m, uint64_t bias, const struct unwind_stack *stack,
	struct unwind_state *state, struct unwind_rule *ret_rule)
{
	struct unwind_state inferred = *state;
	struct unwind_rule rule = {0};
	enum unwind_end end;

	if (!m->unwinder)
		m->unwinder = module_unwinder_open(m->dwfl, m->it, m->elf);
	end = module_unwinder_step(m->unwinder, bias, stack, state, &rule);
	*ret_rule = loaded(rule, bias);
	if (end == UNWIND_NO_TABLE)
		return unwind_of_go(m, bias, stack, state, ret_rule);
	if (end != UNWIND_NO_REGISTER || !infer_frame_pointer(m, bias, &inferred))
		return end;
	end = module_unwinder_step(m->unwinder, bias, stack, &inferred, &rule);
	state->wanted = inferred.wanted;
	/* What was inferred wrongly finds nothing: that says nothing of where the thread began. */
	if (end == UNWIND_OUTERMOST || end == UNWIND_BROKEN)
		return UNWIND_NO_REGISTER;
	if (end != UNWIND_GOES_ON)
		return end;
	*state = inferred;
	state->doubted = UNWIND_IF_CALLED;
	return end;
}
