/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_SPECIMEN_H
#define TESTS_LIVE_SPECIMEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A program whose answer is known (tests/specimens/sp_NAME). It prints one line
 * of key=value pairs when it is ready, answers each line that it is told with
 * another, and ends at the end of its input. Any failure here fails the test.
 */
struct specimen;

/* Starts sp_NAME with arguments up to NULL and waits for its first line. */
struct specimen *specimen_start(const char *name, ...) __attribute__((sentinel));
/* The same as uid and gid 65534 without capabilities (when we are root; else as ourselves). */
struct specimen *specimen_start_as_nobody(const char *name, ...) __attribute__((sentinel));
pid_t specimen_pid(const struct specimen *s);
/* Whether the first thread of a process runs, or would like to. */
bool specimen_runs(pid_t pid);
/* A value of the newest line; fails the test when the key is not there. */
const char *specimen_text(const struct specimen *s, const char *key);
/* The same as a number, decimal or 0x hexadecimal. */
uint64_t specimen_number(const struct specimen *s, const char *key);
bool specimen_has(const struct specimen *s, const char *key);
/* Sends a line and reads the answer; or each by itself. */
void specimen_say(struct specimen *s, const char *line);
void specimen_tell(struct specimen *s, const char *line);
void specimen_heed(struct specimen *s);
/* Ends its input and reaps it; returns its wait(2) status. Killed after ten seconds. */
int specimen_stop(struct specimen *s);
/* The same with all that this process started and has not stopped. */
void specimens_stop(void);
/*
 * Runs the test body in a child as uid and gid 65534 without capabilities and
 * fails the test when that fails, or skips it when that does. Where we are not root it runs as
 * ourselves.
 */
#define AS_NOBODY_SKIPPED 77 /* how the child ends then */
void as_nobody(void (*body)(void *), void *context);
/* The same as ourselves: no thread of the body is left in this process, which may fork on. */
void as_ourselves(void (*body)(void *), void *context);

#endif
