/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SAMPLE_READING_H
#define TWINTOP_SAMPLE_READING_H

#include "lane.h"
#include "twintop/proc/commands.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/reader.h"

/*
 * The jobs that lanes run. The owner fills what goes in before lane_begin and takes what came out
 * after lane_settle.
 */

/* A reader at work. It is opened by its first read, on the worker. */
struct reading {
	const struct reader_ops *ops;
	struct reader_context context;
	void *reader;
	struct reader_job job; /* references in and out, see proc/reader.h */
	uint64_t cpu_ns;       /* out: what it cost */
	uint64_t begin_ns, end_ns; /* out: CLOCK_MONOTONIC */
};
extern const struct lane_ops reading_ops;
struct reading *reading_new(const struct reader_ops *ops, const struct reader_context *context);
/* Puts back all references and empties the job for the next read. */
void reading_clear(struct reading *r);

/* The process list, or the nearest relative of a process, or both; or the list's command lines. */
struct listing {
	const struct proc_root *root;
	struct process_reader *reader;
	struct commands *commands;	 /* a reference */
	bool with_commands;		 /* in: the list is wanted, and its rows shall have them */
	pid_t nearest_of;		 /* in; 0: nobody asks */
	const struct process_list *list; /* out; NULL: not wanted, or could not be read */
	pid_t nearest;			 /* out; 0: none */
	int error;			 /* out: of reading, negative errno; 0 */
	size_t commands_n;		 /* out: so many command lines were read */
};
extern const struct lane_ops listing_ops, commanding_ops;
struct listing *listing_new(const struct proc_root *root, struct commands *commands);

#endif
