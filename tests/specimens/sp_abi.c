/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program whose system calls count by another table than this machine's own (x86-64):
 *
 *   sp_abi native   a child of 64 bits, asleep in pause(2)
 *   sp_abi int80    the same by int 0x80, whose numbers are those of 32-bit programs
 *   sp_abi i386     a program of 32 bits, asleep in pause
 *   sp_abi sleep    another, in nanosleep
 *   sp_abi vdso     another, in pause by the vdso's way into the kernel
 *   sp_abi futex    another, in a futex
 *   sp_abi x32      a program of 64 bits with addresses of 32, in pause
 *
 * The programs are made of a few bytes, so no other C library is needed, and run from a memfd.
 * Prints pid and task, the child; task=0 where this kernel runs no such program.
 */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE  0x08048000u
#define ENTRY (BASE + (unsigned)sizeof(Elf32_Ehdr) + (unsigned)sizeof(Elf32_Phdr))
#define WORD(n)                                                                                    \
	(uint8_t)(n), (uint8_t)((n) >> 8), (uint8_t)((n) >> 16), (uint8_t)((unsigned)(n) >> 24)

struct program {
	const char *name;
	uint16_t machine;
	uint8_t n, code[64];
};

/* Each begins at ENTRY, makes its call over and over, and has behind it what the call points to. */
static const struct program programs[] = {
	{"i386", EM_386, 9, {0xb8, WORD(29), 0xcd, 0x80, 0xeb, 0xf7}},
	{"sleep", EM_386, 24,
		{0xb8, WORD(162), 0xbb, WORD(ENTRY + 16), 0x31, 0xc9, 0xcd, 0x80, 0xeb, 0xf0,
			WORD(1000000), WORD(0)}},
	{"futex", EM_386, 28,
		{0xb8, WORD(240), 0xbb, WORD(ENTRY + 24), 0xb9, WORD(128), 0x31, 0xd2, 0x31, 0xf6,
			0xcd, 0x80, 0xeb, 0xe9, 0, WORD(0)}},
	/* Past arguments and environment to the auxiliary vector's AT_SYSINFO, which is called. */
	{"vdso", EM_386, 34,
		{0x89, 0xe6, 0xad, 0xad, 0x85, 0xc0, 0x75, 0xfb, 0xad, 0x85, 0xc0, 0x75, 0xfb, 0xad,
			0x89, 0xc1, 0xad, 0x83, 0xf9, AT_SYSINFO, 0x75, 0xf7, 0x89, 0xc6, 0xb8,
			WORD(29), 0xff, 0xd6, 0xeb, 0xf7}},
	{"x32", EM_X86_64, 9, {0xb8, WORD(0x40000022), 0x0f, 0x05, 0xeb, 0xf7}},
};

static const struct program *program_named(const char *name)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	return NULL;
}

/* A memfd that holds the program as an executable file. */
static int make_file(const struct program *p)
{
	size_t size = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr) + p->n;
	Elf32_Ehdr head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = p->machine,
		.e_version = EV_CURRENT,
		.e_entry = ENTRY,
		.e_phoff = sizeof head,
		.e_ehsize = sizeof head,
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 1};
	Elf32_Phdr part = {.p_type = PT_LOAD,
		.p_vaddr = BASE,
		.p_filesz = (Elf32_Word)size,
		.p_memsz = (Elf32_Word)size,
		.p_flags = PF_R | PF_X,
		.p_align = 4096};
	int fd = memfd_create("sp_abi", MFD_CLOEXEC);

	if (fd < 0 || write(fd, &head, sizeof head) != (ssize_t)sizeof head ||
		write(fd, &part, sizeof part) != (ssize_t)sizeof part ||
		write(fd, p->code, p->n) != (ssize_t)p->n)
		exit(1);
	return fd;
}

/* pause(2) by the table of 32-bit programs; ends the process where the kernel has none. */
static void pause_by_int80(void)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(29L)
			 : "r8", "r9", "r10", "r11", "memory");
#endif
}

static void become(const char *kind)
{
	const struct program *p = program_named(kind);
	char *argv[] = {(char *)"sp_abi", NULL}, *environment[] = {NULL};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(120);
	if (p)
		fexecve(make_file(p), argv, environment);
	else if (!strcmp(kind, "int80"))
		pause_by_int80();
	else
		pause();
	_exit(1);
}

static char state_of(pid_t pid)
{
	char path[64], text[512], *name_end;
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	n = f ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = 0;
	name_end = strrchr(text, ')');
	return name_end ? name_end[2] : 0;
}

/* Whether the child comes to sleep in its call: it does so for good, not for a moment. */
static int falls_asleep(pid_t child)
{
	for (int i = 0, asleep = 0; i < 500; i++) {
		asleep = state_of(child) == 'S' ? asleep + 1 : 0;
		if (asleep == 5)
			return 1;
		if (waitpid(child, NULL, WNOHANG) == child)
			return 0;
		usleep(10000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "native";
	char line[64];
	pid_t child;

	alarm(120);
	child = fork();
	if (!child)
		become(kind);
	if (!falls_asleep(child))
		child = 0;
	printf("pid=%d task=%d\n", (int)getpid(), (int)child);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	if (child)
		kill(child, SIGKILL);
	return 0;
}
