/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/erosion.h"

#include <stdio.h>

#include "twintop/base/table.h"
#include "twintop/base/units.h"

#define SECOND_NS 1000000000u

const char *erosion_gap_reason(enum erosion_gap gap)
{
	static const char *const reason[] = {
		[EROSION_NO_PAGES] = "no private page is in both",
		[EROSION_ENDED] = "one of the two has ended",
		[EROSION_PAST] = "half is copied already",
		[EROSION_SHORT] = "watched for too short a time: a rate takes two seconds and four "
				  "looks",
		[EROSION_NOTHING] = "nothing is being copied",
		[EROSION_FEW] = "too few pages are being copied to tell a rate that holds",
		[EROSION_UNSTEADY] = "the rate is not steady",
	};
	TABLE_ROWS(reason, EROSION_GAPS);

	return (unsigned)gap < EROSION_GAPS ? reason[gap] : NULL;
}

const char *erosion_rate_reason(const struct erosion_state *e)
{
	if (e->has_rate)
		return NULL;
	return erosion_gap_reason(e->gap == EROSION_ENDED ? EROSION_ENDED : EROSION_SHORT);
}

bool erosion_share(uint64_t shared, uint64_t copied, double *ret_share)
{
	if (!(shared + copied))
		return false;
	*ret_share = (double)shared / (double)(shared + copied);
	return true;
}

/* "1.2M", and below that "483 bytes", which would else be taken for pages. */
static const char *bytes_of(char out[UNITS_MAX], double pages, uint64_t page_size)
{
	uint64_t bytes = (uint64_t)(pages * (double)page_size);

	if (bytes >= 1024)
		return units_bytes(out, bytes);
	snprintf(out, UNITS_MAX, "%u bytes", (unsigned)bytes);
	return out;
}

/* Whole seconds, at most three digits of them: it is a forecast. */
static const char *forecast(char out[UNITS_MAX], double seconds)
{
	if (seconds > 1e6)
		return "more than ten days";
	return units_time(out, seconds < 1 ? SECOND_NS : (uint64_t)(seconds + 0.5) * SECOND_NS);
}

static void say_past(const struct erosion_state *e, uint64_t now_ns, struct textbuf *out)
{
	char age[UNITS_MAX];
	uint64_t ns = now_ns > e->half_ns ? now_ns - e->half_ns : 0;

	if (e->half_ns && ns < SECOND_NS)
		textbuf_adds(out, "; half was copied just now");
	else if (e->half_ns)
		textbuf_addf(out, "; half was copied %s ago",
			units_time(age, ns / SECOND_NS * SECOND_NS));
	else
		textbuf_adds(out, "; half was copied before");
}

static void say_half(
	const struct erosion_state *e, uint64_t page_size, uint64_t now_ns, struct textbuf *out)
{
	char least[UNITS_MAX], most[UNITS_MAX], time[UNITS_MAX];

	switch (e->gap) {
	case EROSION_KNOWN:
		textbuf_addf(out, "; half in ~%s", forecast(time, e->half_s));
		return;
	case EROSION_PAST:
		say_past(e, now_ns, out);
		return;
	case EROSION_UNSTEADY:
		textbuf_addf(out, ", not steady: %s/s to %s/s",
			bytes_of(least, e->slowest, page_size),
			bytes_of(most, e->fastest, page_size));
		return;
	case EROSION_FEW:
		textbuf_adds(out, ": too few to tell a time to half");
		return;
	default:
		return;
	}
}

static void say_rate(const struct erosion_state *e, uint64_t page_size, struct textbuf *out)
{
	char rate[UNITS_MAX], window[UNITS_MAX];

	if (e->gap == EROSION_ENDED)
		textbuf_adds(out, " when one of the two ended");
	else if (!e->has_rate)
		textbuf_adds(out, "; how fast it falls takes two seconds to tell");
	else if (!(e->rate > 0))
		textbuf_adds(out, ", nothing is being copied");
	else
		textbuf_addf(out, ", copied %s/s over %s", bytes_of(rate, e->rate, page_size),
			units_time(window, (e->window_ns + SECOND_NS / 2) / SECOND_NS * SECOND_NS));
}

void erosion_say(
	const struct erosion_state *e, uint64_t page_size, uint64_t now_ns, struct textbuf *out)
{
	char percent[UNITS_MAX], all[UNITS_MAX];
	double share;

	if (!erosion_share(e->shared, e->copied, &share)) {
		textbuf_adds(out, erosion_gap_reason(EROSION_NO_PAGES));
		return;
	}
	textbuf_addf(out, "%s left of %s once shared", units_percent(percent, 100 * share),
		units_bytes(all, (e->shared + e->copied) * page_size));
	say_rate(e, page_size, out);
	if (e->has_rate || e->gap == EROSION_PAST)
		say_half(e, page_size, now_ns, out);
}
