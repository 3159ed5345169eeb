/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of a program, or the title that it wrote over them: setproctitle(3) and its like fill
 * what the title leaves over with NULs, which look like arguments that are empty.
 */
#include <stdlib.h>
#include <string.h>

#include "process_extra.h"
#include "twintop/base/arena.h"
#include "twintop/proc/helper.h"
#include "twintop/proc/identity.h"

/*
 * "ls\0-l\0": each argument ends in NUL; a title that a program wrote over them may lack the last.
 */
size_t process_cmdline_parse(const char *bytes, size_t len, struct text *argument)
{
	size_t n = 0;

	for (size_t at = 0; at < len; n++) {
		size_t one = strnlen(bytes + at, len - at);

		if (argument)
			argument[n] = (struct text){bytes + at, one};
		at += one + 1;
	}
	return n;
}

/* A word of the stack, of 64 bits or of 32. */
static uint64_t word_at(const void *stack, size_t bytes, size_t i)
{
	uint64_t word = 0;
	uint32_t half = 0;

	if (bytes == sizeof word) {
		memcpy(&word, (const char *)stack + i * bytes, bytes);
		return word;
	}
	memcpy(&half, (const char *)stack + i * bytes, bytes);
	return half;
}

/* Whether argc is n and argv leads to where the arguments are, in words of so many bytes. */
static bool vector_agrees(
	const struct text *argument, size_t n, const void *stack, size_t len, size_t bytes)
{
	if (len < (n + 1) * bytes || word_at(stack, bytes, 0) != n)
		return false;
	for (size_t i = 1; i < n; i++)
		if (word_at(stack, bytes, i + 1) - word_at(stack, bytes, 1) !=
			(uint64_t)(argument[i].bytes - argument[0].bytes))
			return false;
	return true;
}

bool process_arguments_agree(const struct text *argument, size_t n, const void *stack, size_t len)
{
	return vector_agrees(argument, n, stack, len, sizeof(uint64_t)) ||
	       vector_agrees(argument, n, stack, len, sizeof(uint32_t));
}

/* What the kernel put on the stack as the program began: argc, and argv behind it. */
static bool are_arguments(
	const struct proc_root *root, pid_t pid, const struct text *argument, size_t n)
{
	size_t len = (n + 1) * sizeof(uint64_t);
	struct identity_stat stat;
	struct helper_range range;
	bool agree;

	if (len > HELPER_BYTES || identity_stat_read(root, pid, &stat) || !stat.start_stack)
		return false;
	range = (struct helper_range){stat.start_stack, mem_alloc(len), len, false, false};
	agree = !helper_read_memory(root, pid, &range, 1) && range.read &&
		process_arguments_agree(argument, n, range.here, len);
	free(range.here);
	return agree;
}

size_t process_arguments_count(
	const struct proc_root *root, pid_t pid, const struct text *argument, size_t n)
{
	size_t full = n;

	while (full > 1 && !argument[full - 1].len)
		full--;
	return full == n || are_arguments(root, pid, argument, n) ? n : full;
}
