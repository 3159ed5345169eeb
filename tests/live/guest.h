/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_GUEST_H
#define TESTS_LIVE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Programs of this machine that are watched: servers, interpreters. What fails here fails the test;
 * what is started ends with it (live_run).
 */
struct guest {
	pid_t pid;
	int in, out; /* its standard input and output; what it has to complain of goes nowhere */
};

/* The path of a program, looked for in PATH and in /usr/sbin; false, and it says so: none. */
bool guest_find(const char *name, char *ret_path, size_t size);
struct guest guest_start(const char *const argv[]);
/* A line of its output, without its end. */
void guest_hear(const struct guest *g, char *line, size_t size);
void guest_say(const struct guest *g, const char *line);
/* Sends it the signal, has it end, and reaps it. */
void guest_end(struct guest *g, int signal);
/* A folder of its own, into which anybody may look; removed with all in it. */
void guest_folder(char ret_path[64]);
void guest_folder_remove(const char *path);
/* The children of a process, at most so many; returns how many there are. */
size_t guest_children(pid_t pid, pid_t *child, size_t most);

/* Bytes of the fields of smaps_rollup that begin so. */
int64_t guest_rollup(pid_t pid, const char *name);
/*
 * Bytes that no other process maps, as smaps has them: what cannot be anybody else's unless it is
 * given away; and all that is there of files which anybody may map, and stop to, at any time.
 */
struct guest_private {
	int64_t own, files;
};
struct guest_private guest_private(pid_t pid);
/*
 * Anonymous pages that the process has alone, as pagemap tells: what it wrote first, or got as a
 * copy. Nobody else changes how many they are but by ending.
 */
uint64_t guest_written(pid_t pid);
/*
 * Frames of all pages that n processes have in memory, each once, and how many pages that are, as
 * their pagemap tells. Needs CAP_SYS_ADMIN.
 */
void guest_frames(const pid_t *pid, size_t n, uint64_t *ret_frames, uint64_t *ret_pages);

#endif
