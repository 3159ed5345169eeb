/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A module by itself, without the process that reads it: this program's own file, and none. */
#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/symbols/module.h"

extern const char __ehdr_start[]; /* the linker's: where the file is mapped from its begin */
static const struct module_finder nowhere = {0};
static int numbers[16] = {1};

/* A place in a function that is not inlined. */
static __attribute__((noinline)) uintptr_t here(void)
{
	return (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
}

static struct module *open_own(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct module *m;

	assert_true(fd >= 0);
	assert_int_equal(module_open(fd, &nowhere, &m), 0);
	return m;
}

static uint64_t address_of(const struct module *m, uintptr_t at)
{
	uint64_t base;

	assert_true(module_address_of(m, 0, &base));
	return at - (uintptr_t)__ehdr_start + base;
}

static void names_its_code_and_data(void **state)
{
	struct module *m = open_own();
	struct module_name name;

	(void)state;
	for (unsigned times = 0; times < 2; times++) {
		module_find(m, address_of(m, here()), false, &name);
		assert_int_equal(name.gap, SYMBOL_NO_GAP);
		assert_string_equal(name.name, __func__);
		assert_false(name.is_data);
		module_find(m, address_of(m, (uintptr_t)&numbers[3]), false, &name);
		assert_int_equal(name.gap, SYMBOL_NO_GAP);
		assert_string_equal(name.name, "numbers");
		assert_int_equal(name.offset, 3 * sizeof *numbers);
		assert_true(name.is_data);
		assert_int_equal(name.line_gap, SYMBOL_OF_DATA);
	}
	module_close(m);
}

/* The file's table of symbols. */
static Elf_Data *symbols_of(Elf *elf, size_t *ret_n)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB) {
			*ret_n = header.sh_size / header.sh_entsize;
			return elf_getdata(section, NULL);
		}
	return NULL;
}

static bool is_function(const GElf_Sym *symbol)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_size;
}

/* From its begin and from its last byte. */
static void check_named(struct module *m, const GElf_Sym *symbol)
{
	struct module_name name;

	module_find(m, symbol->st_value, false, &name);
	assert_int_equal(name.gap, SYMBOL_NO_GAP);
	assert_int_equal(name.offset, 0);
	module_find(m, symbol->st_value + symbol->st_size - 1, false, &name);
	assert_int_equal(name.gap, SYMBOL_NO_GAP);
	assert_true(name.offset < symbol->st_size);
}

/* Whoever is asked for first: all are laid out, few are sorted. */
static void names_every_function(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct module *m = open_own(), *again = open_own();
	size_t n = 0, functions = 0;
	GElf_Sym symbol;
	Elf_Data *data;
	Elf *elf;

	(void)state;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	data = symbols_of(elf, &n);
	for (size_t i = 0; data && i < n; i++)
		if (gelf_getsym(data, (int)i, &symbol) && is_function(&symbol)) {
			check_named(m, &symbol);
			functions++;
		}
	for (size_t i = n; data && i-- > 0;)
		if (gelf_getsym(data, (int)i, &symbol) && is_function(&symbol))
			check_named(again, &symbol);
	assert_true(!data || functions > 10);
	elf_end(elf);
	close(fd);
	module_close(m);
	module_close(again);
}

static int count_looks(
	void *context, const struct module_id *id, const char *link, const uint32_t *crc)
{
	(void)id, (void)link, (void)crc;
	++*(unsigned *)context;
	return -1;
}

/* In vain once, whatever is asked of a module without debug information. */
static void looks_for_its_debug_file_once(void **state)
{
	unsigned looks = 0;
	const struct module_finder finder = {count_looks, &looks};
	struct module_name name;
	struct module *m;
	Dl_info libc;
	int fd = dladdr(stdout, &libc) ? open(libc.dli_fname, O_RDONLY | O_CLOEXEC) : -1;

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(module_open(fd, &finder, &m), 0);
	for (uint64_t address = 0x28000; address < 0x2a000; address += 0x800) {
		module_find(m, address, true, &name);
		module_find(m, address, false, &name);
	}
	assert_true(looks <= 1);
	module_close(m);
}

static void knows_what_is_not_in_it(void **state)
{
	struct module *m = open_own();
	struct module_name name;
	uint64_t address;

	(void)state;
	module_find(m, UINT64_MAX, false, &name);
	assert_int_equal(name.gap, SYMBOL_ANONYMOUS);
	assert_false(module_address_of(m, (uint64_t)1 << 60, &address));
	module_close(m);
}

static void its_id_is_that_of_its_file_and_of_its_memory(void **state)
{
	struct module *m = open_own();
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct module_id file, memory;
	char begin[4096];

	(void)state;
	memcpy(begin, __ehdr_start, sizeof begin);
	if (module_id_of_memory(begin, sizeof begin, &memory)) {
		assert_true(module_id_of_file(fd, &file));
		assert_memory_equal(&file, &memory, sizeof file);
		assert_memory_equal(&file, module_id(m), sizeof file);
	}
	close(fd);
	module_close(m);
}

static int open_bytes(const char *bytes, size_t n)
{
	int fd = memfd_create("bytes", MFD_CLOEXEC);
	struct module *m;

	assert_int_equal(write(fd, bytes, n), n);
	return module_open(fd, &nowhere, &m);
}

static void takes_nothing_else_for_one(void **state)
{
	char header[64] = {0};

	(void)state;
	assert_true(open_bytes("", 0) < 0);
	assert_true(open_bytes("#!/bin/sh\n", 10) < 0);
	memcpy(header, __ehdr_start, sizeof header);
	assert_true(open_bytes(header, 20) < 0);
	assert_true(open_bytes(header, sizeof header) < 0);
	memset(header + 5, 0xff, sizeof header - 5);
	assert_true(open_bytes(header, sizeof header) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_its_code_and_data),
		cmocka_unit_test(names_every_function),
		cmocka_unit_test(looks_for_its_debug_file_once),
		cmocka_unit_test(knows_what_is_not_in_it),
		cmocka_unit_test(its_id_is_that_of_its_file_and_of_its_memory),
		cmocka_unit_test(takes_nothing_else_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
