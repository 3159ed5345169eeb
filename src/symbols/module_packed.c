/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_packed.h"

#include <gelf.h>
#include <string.h>

static bool begins_with(const char *name, const char *begin)
{
	return strncmp(name, begin, strlen(begin)) == 0;
}

static void count(const GElf_Shdr *section, const char *name, struct module_packed *ret)
{
	/* As it was done before sections had a flag for it. */
	bool old = begins_with(name, ".zdebug_");

	if (section->sh_type == SHT_NOBITS || !(old || begins_with(name, ".debug_")))
		return;
	ret->has_debug = true;
	if (old || (section->sh_flags & SHF_COMPRESSED))
		ret->bytes += section->sh_size;
}

struct module_packed module_packed_of(Elf *elf)
{
	struct module_packed packed = {0};
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return packed;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;

		if (name)
			count(&header, name, &packed);
	}
	return packed;
}

uint64_t module_packed_of_file(int fd)
{
	Elf *elf;
	uint64_t bytes;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bytes = elf && elf_kind(elf) == ELF_K_ELF ? module_packed_of(elf).bytes : 0;
	elf_end(elf);
	return bytes;
}
