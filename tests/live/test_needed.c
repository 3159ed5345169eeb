/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program asks for itself, told from what is in it for other reasons: of this very program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live.h"
#include "src/proc/needed.h"
#include "twintop/model/part_table.h"
#include "twintop/proc/maps.h"

#define NO_IMAGE_BYTES 65536

/* This program's mappings and its file's name. */
struct self {
	struct proc_root *root;
	struct memory_map *memory;
	struct textbuf exe;
};

static struct text exe_of(const struct self *s)
{
	return (struct text){s->exe.bytes, s->exe.len};
}

static struct self self_read(void)
{
	struct self s = {.memory = part_make(PART_MAPPINGS)};
	int fd;

	assert_int_equal(proc_root_open(NULL, &s.root), 0);
	assert_int_equal(proc_readlink(s.root, &s.exe, "self/exe"), 0);
	fd = proc_open(s.root, O_RDONLY, "self/maps");
	assert_true(fd >= 0);
	assert_int_equal(maps_read(s.root, getpid(), fd, exe_of(&s), s.memory), 0);
	close(fd);
	part_seal(&s.memory->part, 0, 0);
	return s;
}

static void self_free(struct self *s)
{
	part_put(s->memory);
	textbuf_free(&s->exe);
	proc_root_close(s->root);
}

static bool needs(const struct self *s, const char *first, const char *second)
{
	const char *const names[] = {first, second, NULL};
	bool needed = false;

	assert_int_equal(needed_find(s->root, getpid(), s->memory, exe_of(s), names, &needed), 0);
	return needed;
}

static void what_the_program_asks_for_is_found(void **state)
{
	struct self s = self_read();

	(void)state;
	assert_true(needs(&s, "libc.so", NULL));
	assert_true(needs(&s, "libnothing.so", "libcmocka.so"));
	assert_false(needs(&s, "libnothing.so", NULL));
	assert_false(needs(&s, "cmocka", "ibc.so"));
	self_free(&s);
}

/* A library that came later, or that another one brought along, is none that it asked for. */
static void what_is_brought_along_is_not(void **state)
{
	void *handle = dlopen("libstdc++.so.6", RTLD_NOW);
	struct self s = self_read();

	(void)state;
	assert_false(needs(&s, "libstdc++.so", "libc++.so"));
	assert_false(needs(&s, "ld-linux", "linux-vdso"));
	if (handle)
		dlclose(handle);
	else
		print_message("libstdc++.so.6 is not there to be loaded\n");
	self_free(&s);
}

static void what_is_no_image_is_an_error(void **state)
{
	static const char *const names[] = {"libc.so", NULL};
	int fd = memfd_create("no image", MFD_CLOEXEC);
	char *zeroes;
	struct self s;
	bool needed = true;

	(void)state;
	assert_int_equal(ftruncate(fd, NO_IMAGE_BYTES), 0);
	zeroes = mmap(NULL, NO_IMAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(zeroes != MAP_FAILED);
	zeroes[0] = 0;
	s = self_read();
	assert_int_equal(needed_find(s.root, getpid(), s.memory, text_of("/no/such/program"), names,
				 &needed),
		-ENOENT);
	assert_int_equal(needed_find(s.root, getpid(), s.memory,
				 text_of("/memfd:no image (deleted)"), names, &needed),
		-ENOEXEC);
	assert_true(needed);
	self_free(&s);
	munmap(zeroes, NO_IMAGE_BYTES);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_program_asks_for_is_found),
		cmocka_unit_test(what_is_brought_along_is_not),
		cmocka_unit_test(what_is_no_image_is_an_error),
	};

	return live_run(tests, NULL, NULL);
}
