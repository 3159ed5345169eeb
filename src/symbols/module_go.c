/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_go.h"

#include <gelf.h>
#include <string.h>

static bool holds_table(const char *section)
{
	return !strcmp(section, ".gopclntab") || !strcmp(section, ".data.rel.ro.gopclntab");
}

static void take_table(struct module_go *go, Elf_Scn *section)
{
	const Elf_Data *data = elf_rawdata(section, NULL);

	go->is = true;
	go->has_table = data && data->d_buf && go_table_read(data->d_buf, data->d_size, &go->table);
}

static void ask(struct module_go *go, Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	go->asked = true;
	if (elf_getshdrstrndx(elf, &names))
		return;
	while (!go->is && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;

		if (name && header.sh_type == SHT_PROGBITS && holds_table(name))
			take_table(go, section);
	}
}

bool module_go_is(struct module_go *go, Elf *elf)
{
	if (!go->asked)
		ask(go, elf);
	return go->is;
}

bool module_go_find(struct module_go *go, Elf *elf, uint64_t address, struct module_name *ret)
{
	uint64_t begin;

	if (!module_go_is(go, elf) || !go->has_table ||
		!go_table_find(&go->table, address, &ret->name, &begin))
		return false;
	ret->offset = address - begin;
	return true;
}

#define RETURNS 16u /* DWARF's number of where a caller goes on */

bool module_go_rule(struct module_go *go, Elf *elf, uint64_t address, struct unwind_rule *ret)
{
	struct go_frame frame;
	GElf_Ehdr header;

	if (!module_go_is(go, elf) || !go->has_table || !gelf_getehdr(elf, &header) ||
		header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
		!go_table_frame(&go->table, address, &frame))
		return false;
	*ret = (struct unwind_rule){.start = frame.start,
		.end = frame.end,
		.distance = (int64_t)frame.depth + 8,
		.base = REGISTER_SP,
		.back = RETURNS,
		.outermost = frame.outermost};
	if (!frame.outermost) {
		ret->saved = 1u << RETURNS;
		ret->at[RETURNS] = -8;
	}
	return true;
}
