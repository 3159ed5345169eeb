/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/bar.h"

#include <string.h>

#include "twintop/base/table.h"

#define PARTS_MAX 24

/* Gives or takes single cells until their sum is want: to what lacks most, from the greatest. */
static void settle(const double *share, int *cells, size_t n, int have, int want)
{
	while (have != want) {
		size_t pick = n;

		for (size_t i = 0; i < n; i++) {
			if (share[i] <= 0 || (have > want && cells[i] <= 1))
				continue;
			if (pick == n ||
				(have < want ? share[i] - cells[i] > share[pick] - cells[pick]
					     : cells[i] - share[i] > cells[pick] - share[pick]))
				pick = i;
		}
		if (pick == n)
			break;
		cells[pick] += have < want ? 1 : -1;
		have += have < want ? 1 : -1;
	}
}

int bar_cells(const uint64_t *amount, size_t n, uint64_t full, int w, int *ret_cells)
{
	double total = 0, share[PARTS_MAX];
	int want, have = 0, there = 0;

	memset(ret_cells, 0, n * sizeof *ret_cells);
	if (n > PARTS_MAX || w < 1 || !full)
		return 0;
	for (size_t i = 0; i < n; i++) {
		total += (double)amount[i];
		there += amount[i] > 0;
	}
	want = total >= (double)full ? w : (int)(total * w / (double)full + 0.5);
	if (want < there)
		want = there < w ? there : w;
	for (size_t i = 0; i < n; i++) {
		share[i] = total > 0 ? (double)amount[i] * want / total : 0;
		ret_cells[i] = share[i] > 0 && share[i] < 1 ? 1 : (int)share[i];
		have += ret_cells[i];
	}
	if (there > w)
		for (size_t i = n; i-- > 0 && have > w;) {
			have -= ret_cells[i];
			ret_cells[i] = 0;
		}
	else
		settle(share, ret_cells, n, have, want);
	for (size_t i = have = 0; i < n; i++)
		have += ret_cells[i];
	return have;
}

int bar_draw(
	struct canvas *c, int x, int y, int w, const struct bar_part *part, size_t n, uint64_t full)
{
	uint64_t amount[PARTS_MAX] = {0};
	int cells[PARTS_MAX], drawn = 0;

	if (n > PARTS_MAX)
		n = PARTS_MAX;
	for (size_t i = 0; i < n; i++)
		amount[i] = part[i].amount;
	bar_cells(amount, n, full, w, cells);
	for (size_t i = 0; i < n; i++) {
		canvas_repeat(c, x + drawn, y, cells[i], part[i].style,
			c->ascii ? part[i].ascii : part[i].utf8);
		drawn += cells[i];
	}
	return drawn;
}

/* log2 with the fraction laid out linearly within an octave. */
static double octaves(double ratio)
{
	double n = 0;

	while (ratio >= 2) {
		ratio /= 2;
		n++;
	}
	return n + (ratio - 1);
}

int bar_log(uint64_t amount, uint64_t unit, uint64_t full, int w)
{
	double span, at;
	int cell;

	if (!amount || !unit || w < 1)
		return 0;
	if (amount >= full)
		return w;
	span = 1 + octaves((double)full / (double)unit);
	at = amount < unit ? (double)amount / (double)unit
			   : 1 + octaves((double)amount / (double)unit);
	cell = (int)(at * w / span + 0.5);
	return cell < 1 ? 1 : cell > w ? w : cell;
}

enum style bar_verdict_style(enum page_verdict v)
{
	static const enum style style[] = {
		[PAGE_VERDICT_ABSENT] = STYLE_DIM,
		[PAGE_VERDICT_COW_SHARED] = STYLE_COW,
		[PAGE_VERDICT_FILE_SHARED] = STYLE_FILE,
		[PAGE_VERDICT_COPIED] = STYLE_COPIED,
		[PAGE_VERDICT_COPIED_BY_A] = STYLE_COPIED_A,
		[PAGE_VERDICT_COPIED_BY_B] = STYLE_COPIED_B,
		[PAGE_VERDICT_BORN_APART] = STYLE_DIVERGED,
		[PAGE_VERDICT_ONLY_A] = STYLE_ONLY_A,
		[PAGE_VERDICT_ONLY_B] = STYLE_ONLY_B,
		[PAGE_VERDICT_ZERO] = STYLE_ZERO,
		[PAGE_VERDICT_SWAPPED] = STYLE_SWAPPED,
		[PAGE_VERDICT_SHARED_MEMORY] = STYLE_SHM,
		[PAGE_VERDICT_CHANGED] = STYLE_WARN,
		[PAGE_VERDICT_ONE_SPACE] = STYLE_SAME,
		[PAGE_VERDICT_RELEASED] = STYLE_RELEASED,
		[PAGE_VERDICT_KEPT] = STYLE_SAME,
		[PAGE_VERDICT_FAULTED] = STYLE_COPIED,
		[PAGE_VERDICT_REPLACED] = STYLE_COPIED_A,
		[PAGE_VERDICT_CAME] = STYLE_ONLY_A,
		[PAGE_VERDICT_GONE] = STYLE_ONLY_B,
		[PAGE_VERDICT_UNTOLD] = STYLE_DIM,
	};
	TABLE_ROWS(style, PAGE_VERDICTS);

	return (unsigned)v < PAGE_VERDICTS ? style[v] : STYLE_DIM;
}

void bar_verdict(struct canvas *c, int x, int y, int n, enum style style, enum page_verdict v)
{
	const struct page_verdict_info *info = &page_verdict_info[v];
	char ascii[2] = {info->ascii, '\0'};

	canvas_repeat(c, x, y, n, style, c->ascii ? ascii : info->glyph);
}
