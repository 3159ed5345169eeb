/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_TELL_INTERNAL_H
#define TWINTOP_MODEL_TELL_INTERNAL_H

#include "field_internal.h"
#include "twintop/model/tell.h"

/* A known value in words. Each ends its last sentence with a stop. */
typedef void tell_function(const struct record *r, const struct value *v, struct textbuf *out);

/* A field that has words of its own; the rows of a kind of record stand in its file. */
struct tell_row {
	const char *field;
	tell_function *tell;
};
extern const struct tell_row tell_process_row[], tell_thread_row[], tell_mapping_row[],
	tell_fd_row[], tell_signal_row[], tell_member_row[];
extern const size_t tell_process_rows_n, tell_thread_rows_n, tell_mapping_rows_n, tell_fd_rows_n,
	tell_signal_rows_n, tell_member_rows_n;

/* "132K (135168 bytes)", "12 pages (48K)". */
void tell_bytes(uint64_t bytes, struct textbuf *out);
void tell_pages(const struct record *r, uint64_t pages, struct textbuf *out);
/* "4243 “writer”": a process or thread of either side by its number, else the number alone. */
void tell_task(const struct record *r, pid_t number, struct textbuf *out);
/* "0x55d0a3f10040, in the heap" of the record's side. */
void tell_address(const struct record *r, uint64_t address, struct textbuf *out);
/* A tell_function of ticks since boot. */
void tell_since_boot(const struct record *r, const struct value *v, struct textbuf *out);
/*
 * "; its writing end is open in B as descriptor 4 and in itself as descriptor 8: …", "; 4243 holds
 * it": of what a thread waits for at a descriptor.
 */
void tell_ends(const struct record *r, const struct thread *t, struct textbuf *out);
/* " (what that means)": the lesson of an id, if there is one. */
void tell_lesson(enum lesson_set set, const char *id, struct textbuf *out);
/* "descriptor 3, which is the pipe pipe:[4711], whose other end B has as descriptor 4". */
void tell_descriptor(const struct record *r, int fd, struct textbuf *out);
/* "; in read: it waits for something to read from descriptor 0 …" of a thread's record, in words
 * what it is blocked in. False: that is not known. */
bool tell_blocked(const struct record *r, const struct thread *t, struct textbuf *out);
/* " Estimated: …" behind counts of a pair's pages that are no more than that. */
void tell_estimate(const struct record *r, struct textbuf *out);
/* "asleep in read: it waits for …." of a thread's record that sleeps. */
void tell_asleep(const struct record *r, struct textbuf *out);
/* Of a process: its runtimes, what shows them and what they limit; of a thread: what it is for. */
void tell_runtime(const struct record *r, const struct value *v, struct textbuf *out);
void tell_thread_role(const struct record *r, const struct value *v, struct textbuf *out);
void tell_user_threads(const struct record *r, const struct value *v, struct textbuf *out);
/* What it waits for, and who holds that, and what that one waits for in turn. */
void tell_wait(const struct record *r, const struct thread *t, struct textbuf *out);

#endif
