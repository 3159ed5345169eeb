/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_CAPS_H
#define TWINTOP_PROC_CAPS_H

#include "twintop/model/snapshot.h"
#include "twintop/proc/root.h"

/*
 * Probes once, each by a real round trip on ourselves, what this kernel and our
 * privileges allow. deny is a comma-separated list of access_item_name[]s to hold
 * back whatever the probe says (TWINTOP_DENY, for tests), or NULL; -EINVAL names
 * none of them.
 */
int caps_probe(const struct proc_root *root, const char *deny, struct access *ret_access);

/* One row of `twintop doctor`. */
struct caps_advice {
	enum access_item item;
	const char *gives;  /* what twintop shows with it */
	const char *needs;  /* "CAP_SYS_ADMIN" */
	const char *remedy; /* the exact command that would allow it; printed where it is denied */
};
extern const struct caps_advice caps_advice[];
extern const size_t caps_advice_n;
/* The report of `twintop doctor`, appended to out; program is our own executable's path. */
void caps_report(const struct access *access, const char *program, struct textbuf *out);

/*
 * The frame number of the kernel's zero page as our own pagemap tells; 0 where frames are not to be
 * had.
 */
uint64_t caps_zero_frame(const struct proc_root *root, const struct access *access);

#endif
