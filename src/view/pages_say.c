/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cell under the cursor of Pages in whole sentences, for explain. */
#include <ctype.h>
#include <inttypes.h>

#include "pages_internal.h"

/* " A has it in frame 21da93"; returns the frame, 0: none that is known. */
static uint64_t explain_side(
	const struct view_env *env, unsigned side, uint64_t address, struct textbuf *out)
{
	const struct page_map *pages = env->moment->snapshot->side[side].pages;
	uint64_t entry = pages ? page_map_entry(pages, address) : 0;

	textbuf_addf(out, " %c ", side ? 'B' : 'A');
	if (!(entry & PAGE_PRESENT)) {
		textbuf_adds(out, entry & PAGE_SWAPPED ? "has it in swap"
				  : entry & PAGE_GUARD ? "has a guard there"
						       : "has no page there");
		return 0;
	}
	if (!pages->frames_known) {
		textbuf_adds(out, "has it in a frame whose number is hidden");
		return 0;
	}
	textbuf_addf(out, "has it in frame %" PRIx64, (uint64_t)(entry & PAGE_FRAME));
	return entry & PAGE_FRAME;
}

/* "Page 3 of 64, at address 0x7f2c40002000. A has it in frame 340002, B has it in frame 440002: …"
 */
static void explain_page(
	const struct pages *p, const struct view_env *env, uint64_t address, struct textbuf *out)
{
	uint64_t frame[2] = {0, 0};

	textbuf_addf(out, "Page %" PRIu64 " of %" PRIu64 ", at address 0x%" PRIx64 ".",
		(address - p->grid.start) / p->grid.page_size + 1, (uint64_t)p->grid.pages,
		address);
	for (unsigned side = 0; side < (pages_pair(env) ? 2 : 1); side++) {
		textbuf_adds(out, side ? "," : "");
		frame[side] = explain_side(env, side, address, out);
	}
	if (frame[0] && frame[1])
		textbuf_adds(out, frame[0] == frame[1] ? ": one and the same piece of memory"
						       : ": two pieces of memory");
	textbuf_adds(out, ".");
}

void pages_say(const struct pages *p, const struct view_env *env, struct textbuf *out)
{
	uint64_t address = p->grid.start + (p->cursor << p->grid.shift) * p->grid.page_size;
	struct textbuf first = {0}, second = {0};

	if (!pages_in_sight(p) || !grid_cell_pages(&p->grid, p->cursor))
		return;
	pages_say_cell(p, env, &first, &second);
	if (grid_cell_pages(&p->grid, p->cursor) == 1)
		explain_page(p, env, address, out);
	else
		textbuf_addf(out, "%s.", first.bytes ? first.bytes : "");
	if (second.len)
		textbuf_addf(
			out, " %c%s", toupper((unsigned char)second.bytes[0]), second.bytes + 1);
	if (second.len && second.bytes[second.len - 1] != '.')
		textbuf_adds(out, ".");
	textbuf_free(&first);
	textbuf_free(&second);
}
