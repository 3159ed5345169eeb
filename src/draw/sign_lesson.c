/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/draw/sign_lesson.h"

#include <string.h>

#include "twintop/draw/bar.h"
#include "twintop/draw/grid.h"
#include "twintop/draw/life.h"
#include "twintop/draw/time_bar.h"

const struct style_info style_info[STYLES] = {
	[STYLE_NORMAL] = {"normal", "Nothing special: a value as it was read."},
	[STYLE_DIM] = {"dim", "Secondary: not known, does not apply, has ended, or only a line."},
	[STYLE_STRONG] = {"strong", "What to look at first: names, numbers, the part in use."},
	[STYLE_TITLE] = {"title", "A heading: of a column, a section, a panel."},
	[STYLE_SELECTED] = {"selected", "The row or cell that the keys act on."},
	[STYLE_TAB] = {"tab", "The name of a view that is not shown."},
	[STYLE_TAB_ACTIVE] = {"tab active", "The name of the view that is shown."},
	[STYLE_KEY] = {"key", "A key that can be pressed now, or what a mark was set by."},
	[STYLE_SIDE_A] = {"side A", "It belongs to process A, on the left."},
	[STYLE_SIDE_B] = {"side B", "It belongs to process B, on the right."},
	[STYLE_SAME] = {"same", "A and B have the same thing here, or share it."},
	[STYLE_ONLY_A] = {"only A", "A alone has it."},
	[STYLE_ONLY_B] = {"only B", "B alone has it."},
	[STYLE_DIVERGED] = {"diverged", "A and B both have it and differ in it."},
	[STYLE_CHANGED] = {"changed", "It changed a few seconds ago."},
	[STYLE_COW] = {"copy-on-write",
		"Pages that are still shared since a fork; in Stacks: touched once."},
	[STYLE_COPIED] = {"copied", "Pages that were copied, nobody saw by whom."},
	[STYLE_COPIED_A] = {"copied by A", "Pages that A wrote and so has copies of."},
	[STYLE_COPIED_B] = {"copied by B", "Pages that B wrote and so has copies of."},
	[STYLE_FILE] = {"file", "Pages or descriptors of one file in both."},
	[STYLE_SHM] = {"shared memory", "Memory or a channel by which both can talk."},
	[STYLE_ZERO] = {"zero", "The kernel's page of zeroes."},
	[STYLE_SWAPPED] = {"swapped", "Pages that are in swap."},
	[STYLE_RELEASED] = {"released", "Pages whose other owner has ended."},
	[STYLE_GOOD] = {"good", "All is well: live data, an expectation that was met."},
	[STYLE_WARN] = {"warning",
		"Mind this: paused, not exact, just changed, something missing."},
	[STYLE_BAD] = {"bad", "Trouble: a crash, a guard page, an expectation that was not met."},
	[STYLE_CONSOLE] = {"console", "What the launched program itself printed."},
};

#define TEXT   "in texts"
#define FRAMES "lines"

#define PLOT_BLOCK(utf8, ascii, part)                                                              \
	{                                                                                          \
		utf8, ascii, STYLE_COW, SIGN_PLOT,                                                 \
			part " of a line of a plot, at the top of a column.", NULL, NULL           \
	}

#define LANE_BLOCK(utf8, ascii, part, words)                                                       \
	{                                                                                          \
		utf8, ascii, STYLE_GOOD, SIGN_LANES, "The thread was on a CPU for " part ".",      \
			NULL, words                                                                \
	}

static const struct sign_lesson table[] = {
	{"═", '=', STYLE_SAME, SIGN_BETWEEN,
		"The row is the same in A and B, or one thing that both share.", "same",
		"the same in A and B"},
	{"◀", '<', STYLE_ONLY_A, SIGN_BETWEEN, "Only A has this row; the arrow points to its side.",
		"only A", "only A has it"},
	{"▶", '>', STYLE_ONLY_B, SIGN_BETWEEN, "Only B has this row; the arrow points to its side.",
		"only B", "only B has it"},
	{"╪", '!', STYLE_DIVERGED, SIGN_BETWEEN,
		"Both have this row, and it is not the same in them.", "diverged",
		"A and B differ"},
	{"?", '?', STYLE_DIM, SIGN_BETWEEN,
		"One side has this row; whether the other has it could not be read.", NULL,
		"not known"},
	{"═", '=', STYLE_SAME, SIGN_PAST, "The row is the same now and then.", "same",
		"the same now and then"},
	{"◀", '<', STYLE_ONLY_A, SIGN_PAST, "It is there now, and was not then.", "new",
		"new since then"},
	{"▶", '>', STYLE_ONLY_B, SIGN_PAST, "It was there then, and is not now.", "gone",
		"gone since then"},
	{"╪", '!', STYLE_DIVERGED, SIGN_PAST, "It was there then, and has changed since.",
		"changed", "changed since then"},
	{"?", '?', STYLE_DIM, SIGN_PAST,
		"It was there at one of both times; whether at the other could not be read.", NULL,
		"not known"},
	{"─", '-', STYLE_SAME, SIGN_SINCE,
		"The same number leads to the same object as then; whether by the same description "
		"is not known.",
		"as then", "as then: same number and object"},
	{"✓", '*', STYLE_KEY, SIGN_BETWEEN,
		"This thread is marked; the next one that is marked becomes B beside it.", NULL,
		NULL},
	{"●", '*', STYLE_WARN, SIGN_BETWEEN, "Something in this row changed a few seconds ago.",
		NULL, "changed just now"},
	{"═", '=', STYLE_SAME, SIGN_FILES,
		"One open file description: both move one position and set one set of flags.",
		"one description", "one open file, one position for both"},
	{"─", '-', STYLE_FILE, SIGN_FILES,
		"The same file, opened twice: each has its own position.", "same file",
		"the same file, opened twice"},
	{"→", '-', STYLE_SHM, SIGN_FILES, "Two ends of a channel: bytes go from A to B.", NULL,
		"A writes, B reads"},
	{"←", '-', STYLE_SHM, SIGN_FILES, "Two ends of a channel: bytes go from B to A.", NULL,
		"B writes, A reads"},
	{"⇄", '~', STYLE_SHM, SIGN_FILES, "Two ends of a channel: bytes go both ways.", "joined",
		"joined, both ways"},
	{"A", 'A', STYLE_SIDE_A, SIGN_WRITERS, "A wrote these pages, and so copied them.", NULL,
		"A wrote"},
	{"B", 'B', STYLE_SIDE_B, SIGN_WRITERS, "B wrote these pages, and so copied them.", NULL,
		"B wrote"},
	{"→", '>', STYLE_NORMAL, SIGN_WAITS,
		"To what the thread waits for, and from there to who has it.", NULL,
		"waits for, and whose that is"},
	{"┌", '+', STYLE_BAD, SIGN_WAITS, "The first of a ring of threads: a deadlock.", NULL,
		"a ring: for ever"},
	{"└", '+', STYLE_BAD, SIGN_WAITS,
		"The last one of a ring: what it waits for the first one has.", NULL, NULL},
	{"↻", '@', STYLE_BAD, SIGN_WAITS, "It waits for what it has itself.", NULL,
		"waits for itself"},
	{"├", '+', STYLE_NORMAL, SIGN_WAITS, "It waits for the thread above that it hangs on.",
		NULL, "waits for the one above"},
	{"≥", '>', STYLE_NORMAL, SIGN_WAITS,
		"At least: it waited so when it was looked at for the first time.", NULL,
		"at least: since before the first look"},
	LANE_BLOCK("▁", '-', "one eighth of the column, or less", NULL),
	LANE_BLOCK("▂", '-', "two eighths of the column", NULL),
	LANE_BLOCK("▃", '-', "three eighths of the column", NULL),
	LANE_BLOCK("▄", '-', "half of the column", NULL),
	LANE_BLOCK("▅", '=', "five eighths of the column", NULL),
	LANE_BLOCK("▆", '=', "six eighths of the column", NULL),
	LANE_BLOCK("▇", '=', "seven eighths of the column", NULL),
	LANE_BLOCK("█", '#', "all of the column's time", "on a CPU"),
	{"▌", ')', STYLE_GOOD, SIGN_LANES,
		"Here it gave its CPU up: a voluntary switch, for it had to wait.", NULL,
		"gave way"},
	{"▞", '!', STYLE_WARN, SIGN_LANES,
		"Here it lost its CPU and could have gone on: an involuntary switch.", NULL,
		"preempted"},
	{"░", '~', STYLE_WARN, SIGN_LANES, "It was ready, and others had the CPUs.", NULL,
		"ready, without a CPU"},
	{"·", '.', STYLE_DIM, SIGN_LANES, "It was neither on a CPU nor ready: blocked.", NULL,
		"blocked"},
	{"?", '?', STYLE_WARN, SIGN_LANES,
		"Nobody listened: the process switches too often to hear all of it.", NULL,
		"nobody listened"},
	{"1", '1', STYLE_STRONG, SIGN_LANES,
		"A digit: from here on it ran on that CPU, by the last digit of its number.", NULL,
		NULL},
	{"A", 'A', STYLE_SIDE_A, SIGN_FAMILY, "This member is A.", "A", "is A"},
	{"B", 'B', STYLE_SIDE_B, SIGN_FAMILY, "This member is B.", "B", "is B"},
	{"≠", '!', STYLE_DIVERGED, TEXT, "A and B differ in this field, or have one each.", NULL,
		NULL},
	{"—", '-', STYLE_DIM, TEXT, "It does not apply here; e tells why.", NULL, NULL},
	{"…", '~', STYLE_NORMAL, TEXT, "Text was cut here, or an address left out.", NULL, NULL},
	{"·", '.', STYLE_DIM, TEXT, "It only separates two things that stand side by side.", NULL,
		NULL},
	{"×", 'x', STYLE_NORMAL, TEXT, "Times: how often the frame is mapped, by whomever.", NULL,
		NULL},
	{"↑", '^', STYLE_TITLE, TEXT, "The rows are sorted by this column, the least first.", NULL,
		NULL},
	{"↓", 'v', STYLE_TITLE, TEXT, "The rows are sorted by this column, the greatest first.",
		NULL, NULL},
	{"“", '"', STYLE_DIM, TEXT, "What stands from here on was typed by you.", NULL, NULL},
	{"”", '"', STYLE_DIM, TEXT, "Here ends what was typed by you.", NULL, NULL},
	{"�", '?', STYLE_NORMAL, TEXT,
		"A character that does not fit here, or that the launched program spoilt.", NULL,
		NULL},
	{"█", '#', STYLE_SIDE_A, SIGN_BARS, "Memory of A that is there (resident).", NULL,
		"in memory (A)"},
	{"█", '#', STYLE_SIDE_B, SIGN_BARS, "Memory of B that is there (resident).", NULL,
		"in memory (B)"},
	{"░", '.', STYLE_DIM, SIGN_BARS, "Addresses without memory: promised, never touched.", NULL,
		"addresses only"},
	PLOT_BLOCK("▁", '_', "One eighth"),
	PLOT_BLOCK("▂", '_', "Two eighths"),
	PLOT_BLOCK("▃", '_', "Three eighths"),
	PLOT_BLOCK("▄", '=', "Four eighths"),
	PLOT_BLOCK("▅", '=', "Five eighths"),
	PLOT_BLOCK("▆", '=', "Six eighths"),
	PLOT_BLOCK("▇", '=', "Seven eighths"),
	{"█", '#', STYLE_COW, SIGN_PLOT,
		"How much was still shared then, of what was once: the full height is all.", NULL,
		"still shared, over time"},
	{"?", '?', STYLE_WARN, SIGN_PLOT, "Nobody looked then: it is not known, and no 0.", NULL,
		"nobody looked then"},
	{"█", '#', STYLE_STRONG, SIGN_STACKS, "Stack in use, down to the stack pointer.", "in use",
		"in use"},
	{"◆", '@', STYLE_STRONG, SIGN_STACKS, "The stack pointer: the lowest address in use.",
		"stack pointer", "stack pointer"},
	{"▒", '+', STYLE_COW, SIGN_STACKS, "Touched by deeper calls before, and still in memory.",
		"touched", "was used before"},
	{"░", '.', STYLE_DIM, SIGN_STACKS, "Stack that was never touched: addresses only.",
		"reserved", "reserved, never used"},
	{"╳", 'x', STYLE_BAD, SIGN_STACKS, "The guard: a touch ends the process.", "guard",
		"guard: beyond it the process dies"},
	{"░", '-', STYLE_COPIED, "Pages, zoomed out", "Up to a quarter of the cell was copied.",
		NULL, NULL},
	{"▒", '+', STYLE_COPIED, "Pages, zoomed out", "Up to half of the cell was copied.", NULL,
		NULL},
	{"▓", '%', STYLE_COPIED, "Pages, zoomed out", "Up to three quarters of it were copied.",
		NULL, NULL},
	{"█", '#', STYLE_COPIED, "Pages, zoomed out", "Nearly all of the cell was copied.", NULL,
		NULL},
	{"a", 'a', STYLE_COPIED_A, SIGN_PAGES_B,
		"The original of a page that A copied for itself: B kept what was there before.",
		NULL, "A copied it; B keeps the original"},
	{"b", 'b', STYLE_COPIED_B, SIGN_PAGES_A,
		"The original of a page that B copied for itself: A kept what was there before.",
		NULL, "B copied it; A keeps the original"},
	{"▀", '"', STYLE_STRONG, FRAMES,
		"The upper half of a piece of a large figure, in lecture mode.", NULL, NULL},
	{"▄", '=', STYLE_STRONG, FRAMES,
		"The lower half of a piece of a large figure, in lecture mode.", NULL, NULL},
	{"─", '-', STYLE_DIM, FRAMES, "The edge of a panel, or the head of a pane.", NULL, NULL},
	{"│", '|', STYLE_DIM, FRAMES, "The line between A and B, or the side of a panel.", NULL,
		NULL},
	{"┌", '+', STYLE_DIM, FRAMES, "Upper left corner of a panel.", NULL, NULL},
	{"┐", '+', STYLE_DIM, FRAMES, "Upper right corner of a panel.", NULL, NULL},
	{"└", '+', STYLE_DIM, FRAMES,
		"Lower left corner of a panel; in a tree of processes, a child, the last one.",
		NULL, NULL},
	{"├", '+', STYLE_DIM, FRAMES, "In a tree of processes, a child that others follow.", NULL,
		NULL},
	{"┘", '+', STYLE_DIM, FRAMES, "Lower right corner of a panel.", NULL, NULL},
	{"○", 'o', STYLE_STRONG, SIGN_HOUSE, "A person: a thread of the process.", NULL,
		"person: thread"},
	{"╳", 'X', STYLE_BAD, SIGN_HOUSE,
		"This person waits in a ring, and for ever: a deadlock.", NULL, "deadlock"},
	{"█", '#', STYLE_STRONG, SIGN_HOUSE,
		"In the backpack: the part of the thread's stack that is in use, on a scale that "
		"doubles.",
		NULL, "backpack: stack in use"},
	{"░", '.', STYLE_DIM, SIGN_HOUSE, "Room in the backpack: stack that is not in use.", NULL,
		NULL},
	{"●", '@', STYLE_WARN, SIGN_HOUSE, "A locked door: a lock that the thread waits for.", NULL,
		"locked door: lock"},
	{"▬", '=', STYLE_SHM, SIGN_HOUSE,
		"The letter box: the thread waits for a descriptor.", NULL, "letter box: fd"},
	{"□", '=', STYLE_COW, SIGN_HOUSE,
		"Furniture that stands in both houses and is one piece: a page shared since the "
		"fork.",
		NULL, "one piece in both"},
	{"A", 'A', STYLE_COPIED_A, SIGN_HOUSE, "A wrote: where one piece was are two.", NULL,
		"A wrote: two"},
	{"B", 'B', STYLE_COPIED_B, SIGN_HOUSE, "B wrote: where one piece was are two.", NULL,
		"B wrote: two"},
	{"◆", '*', STYLE_COPIED, SIGN_HOUSE,
		"Two pieces: somebody wrote and nobody saw who, or each got one of its own.", NULL,
		"two pieces"},
	{"≡", ':', STYLE_FILE, SIGN_HOUSE,
		"One piece for all who have it, and it stays one: a file's page, shared memory.",
		NULL, "a file's, or shared"},
	{"▪", '+', STYLE_NORMAL, SIGN_HOUSE, "Furniture of this house alone: its own pages.", NULL,
		"its own"},
	{"▶", '>', STYLE_SHM, SIGN_HOUSE, "What is written in A can be read in B.", NULL,
		"pipe: channel"},
	{"◀", '<', STYLE_SHM, SIGN_HOUSE, "What is written in B can be read in A.", NULL,
		"pipe: channel"},
	{"=", '=', STYLE_SAME, SIGN_TEXTBOOK, "One and the same thing for A and B.", NULL,
		"one and the same for both"},
	{"≠", '!', STYLE_DIVERGED, SIGN_TEXTBOOK, "Two things: each of them has its own.", NULL,
		"each has its own"},
	{"~", '~', STYLE_COW, SIGN_TEXTBOOK,
		"Two things that are equal now, or still have pages in common.", NULL, NULL},
	{"—", '-', STYLE_DIM, SIGN_TEXTBOOK, "It does not apply to these two.", NULL, NULL},
	{"?", '?', STYLE_DIM, SIGN_TEXTBOOK, "It could not be read, for the reason beside it.",
		NULL, "not known"},
	{">", '>', STYLE_DIM, SIGN_TEXTBOOK,
		"These two cannot show it; the demo that is named does.", NULL, NULL},
};
#define OWN (sizeof table / sizeof *table)

size_t sign_lesson_count(void)
{
	return OWN + life_lesson_count() + time_bar_lesson_count() + PAGE_VERDICTS + PAGE_KINDS;
}

/* Of verdicts and kinds the first one is of what is not there: it comes last. */
static struct sign_lesson verdict_lesson(size_t i)
{
	const struct page_verdict_info *info = &page_verdict_info[(i + 1) % PAGE_VERDICTS];

	return (struct sign_lesson){info->glyph, info->ascii,
		bar_verdict_style((enum page_verdict)((i + 1) % PAGE_VERDICTS)), SIGN_PAGES,
		info->meaning, NULL, info->title};
}

static struct sign_lesson kind_lesson(size_t i)
{
	const struct page_kind_info *info = &page_kind_info[(i + 1) % PAGE_KINDS];

	return (struct sign_lesson){info->utf8, info->ascii[0], info->style, SIGN_KINDS,
		info->meaning, NULL, info->title};
}

struct sign_lesson sign_lesson_at(size_t i)
{
	if (i < OWN)
		return table[i];
	i -= OWN;
	if (i < life_lesson_count())
		return life_lesson_at(i);
	i -= life_lesson_count();
	if (i < time_bar_lesson_count())
		return time_bar_lesson_at(i);
	i -= time_bar_lesson_count();
	return i < PAGE_VERDICTS ? verdict_lesson(i) : kind_lesson(i - PAGE_VERDICTS);
}

bool sign_lesson_find(const char *utf8, const char *place, struct sign_lesson *ret)
{
	bool found = false;
	for (size_t i = 0; i < sign_lesson_count(); i++) {
		struct sign_lesson s = sign_lesson_at(i);

		if (strcmp(s.utf8, utf8) != 0)
			continue;
		if (place && strcmp(s.place, place) == 0) {
			*ret = s;
			return true;
		}
		if (!found)
			*ret = s;
		found = true;
	}
	return found;
}
