/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind the descriptor that a thread waits for, in words. */
#include "tell_internal.h"
#include "twintop/model/wait_file.h"

void tell_ends(const struct record *r, const struct thread *t, struct textbuf *out)
{
	const struct snapshot *s = r->moment->snapshot;
	const struct wait w = wait_of(t);
	struct textbuf behind = {0};
	struct wait_ends ends;

	/* What the other side alone has is told with the descriptor. */
	if (wait_ends_of(s, r->side, &w, &ends) && ends.pipe && !ends.itself)
		return;
	if (wait_behind_tell(s, r->side, t, &behind))
		textbuf_addf(out, "; %s", behind.bytes);
	textbuf_free(&behind);
}
