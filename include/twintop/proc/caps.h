/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_CAPS_H
#define TWINTOP_PROC_CAPS_H

#include <sys/types.h>

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * Probes once, each by a real round trip on ourselves, what this kernel and our
 * privileges allow. deny is a comma-separated list of access_item_name[]s to hold
 * back whatever the probe says (TWINTOP_DENY, for tests), or NULL; -EINVAL names
 * none of them.
 */
int caps_probe(const struct proc_root *root, const char *deny, struct access *ret_access);
/*
 * Where /proc does not see us, nothing could be tried on ourselves: then what is read of a target
 * is tried on it, and the reads tell. What is asked by number stays out of reach.
 */
void caps_try_untried(struct access *access);

/* What would allow more. */
struct caps_remedy {
	const char *command; /* exact but for PROGRAM, which stands for our executable */
	const char *whom;    /* a line: who else can do what then; NULL: nobody */
};
/* One row of `twintop doctor`. */
struct caps_advice {
	enum access_item item;
	const char *gives;		  /* what twintop shows with it */
	const char *needs;		  /* "CAP_SYS_ADMIN" */
	const struct caps_remedy *remedy; /* printed where it is denied */
};
extern const struct caps_advice caps_advice[];
extern const size_t caps_advice_n;
/* Our own executable, of which the advice speaks. */
struct caps_program {
	const char *path;
	mode_t mode; /* st_mode; 0: not known */
	uid_t owner;
	gid_t group;
	bool root; /* root runs it, whom sudo and file capabilities give nothing */
};
/* The report of `twintop doctor`, appended to out. */
void caps_report(
	const struct access *access, const struct caps_program *program, struct textbuf *out);

/*
 * The frame number of the kernel's zero page as our own pagemap tells; 0 where frames are not to be
 * had.
 */
uint64_t caps_zero_frame(const struct proc_root *root, const struct access *access);

#endif
