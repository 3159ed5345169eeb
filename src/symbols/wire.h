/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYMBOLS_WIRE_H
#define TWINTOP_SYMBOLS_WIRE_H

#include <limits.h>

#include "twintop/model/backtrace.h"
#include "twintop/model/records.h"
#include "twintop/model/symbol.h"
#include "twintop/proc/root.h"
#include "twintop/symbols/symbols.h"
#include "unwind.h"

/*
 * What is said between us and the process that reads modules: a question and its answer, a message
 * each. Whoever reads hostile files may be made to say anything: answers are checked.
 */
#define WIRE_ADDRESSES 128u	   /* of one question */
#define WIRE_BYTES     (64u << 10) /* of one answer: it holds the first addresses, one at least */
#define WIRE_TEXT      1000u	   /* bytes of one text, the rest of a longer one is cut */

enum wire_what {
	WIRE_FILE,     /* the mapping is of a file */
	WIRE_VDSO,     /* it is the kernel's, to be read from memory */
	WIRE_CODE_MADE /* code made at run time */
};

struct wire_question {
	enum wire_what what;
	struct task_id id;
	pid_t through;
	/* The mapping, and the first one of the same loading: what the module's addresses count
	 * from. */
	uint64_t start, end, base_start, base_offset;
	bool executable, deleted;
	bool hurried; /* see struct symbols_target */
	bool unwinds; /* a struct wire_unwind follows, and no address is asked */
	enum mapping_object_is object_is;
	uint64_t device, inode; /* as fstat(2) will tell if it is it */
	size_t n;
	uint64_t address[WIRE_ADDRESSES];
	size_t path_len;
	char path[PATH_MAX]; /* as maps shows it; no NUL */
};

/* From a frame that stands in the mapping out, as long as they do. */
#define WIRE_STACK SYMBOLS_PIECE
struct wire_unwind {
	struct unwind_state state;
	uint64_t stack_start;
	uint32_t stack_n, frames_most;
	char stack[WIRE_STACK]; /* of which stack_n bytes are sent */
};

/* What is sent: the first member alone, or both. */
struct wire_message {
	struct wire_question question;
	struct wire_unwind unwind;
};

/* Its answer: no struct wire_answer. */
struct wire_unwound {
	uint32_t end;	 /* enum unwind_end: of the last frame */
	uint32_t gap;	 /* enum symbol_gap: why nothing of the module is known; no frame then */
	uint32_t leaves; /* as struct wire_answer's */
	uint32_t frames;
	/* Of the frame that is in no such mapping where it goes on, else of the last one. */
	struct unwind_state state;
	struct wire_frame {
		uint64_t pc;
		uint64_t returns;
		struct unwind_rule rule; /* by which it was left */
	} frame[BACKTRACE_MOST];	 /* of which so many are sent */
};
_Static_assert(sizeof(struct wire_unwound) <= WIRE_BYTES, "WIRE_BYTES");

/* Before each answered address's texts: name, then function and file of each frame. */
struct wire_symbol {
	uint32_t gap, line_gap; /* enum symbol_gap */
	uint32_t is_data, has_module_address;
	uint64_t module_address, offset;
	uint32_t name_len, frames;
	struct {
		uint32_t function_len, file_len, line;
	} frame[16];
};

struct wire_answer {
	uint32_t n;	     /* addresses answered */
	uint32_t leaves;     /* the process has grown too large, and ends */
	uint32_t id_len;     /* of the build-id in hex, that comes first */
	uint32_t module_len; /* of what is the module instead of the mapping's path, behind it */
};

/* What the process does: a nursery_work. */
void worker_main(const struct proc_root *root, int socket);

#endif
