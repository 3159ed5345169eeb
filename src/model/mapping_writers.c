/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote a mapping last, and who most of it. */
#include <inttypes.h>

#include "twintop/model/writers.h"

struct text writer_function(const struct symbol *symbol)
{
	const struct symbol_frame *frame = symbol->frames ? symbol->frame : NULL;

	if (symbol->gap)
		return text_of(NULL);
	return frame && frame->function.len ? frame->function : symbol->name;
}

struct text writer_words(struct arena *arena, const struct symbol *symbol)
{
	const struct symbol_frame *frame = symbol->frames ? symbol->frame : NULL;
	struct text name = writer_function(symbol);
	struct textbuf words = {0};
	struct text kept;

	if (!symbol->gap) {
		textbuf_add(&words, name.len ? name.bytes : "", name.len);
		if (frame && frame->file.len && frame->line) {
			struct text file = text_basename(frame->file);

			textbuf_adds(&words, " ");
			textbuf_add(&words, file.bytes, file.len);
			textbuf_addf(&words, ":%u", frame->line);
		}
	} else if (symbol->module.len && symbol->has_module_address) {
		struct text module = text_basename(symbol->module);

		textbuf_add(&words, module.bytes, module.len);
		textbuf_addf(&words, "+0x%" PRIx64, symbol->module_address);
	}
	kept = (struct text){arena_copy(arena, words.len ? words.bytes : "", words.len), words.len};
	textbuf_free(&words);
	return kept;
}

struct text writer_called(
	const struct writer_names *names, const struct writer *w, const char **ret_gap)
{
	const struct writer_name *name = writer_names_name(names, w->pid, w->ip);

	*ret_gap = NULL;
	if (name && name->words.len)
		return name->words;
	*ret_gap = !w->ip ? "this machine does not tell where a program stood when the kernel "
			    "touched a page for it"
			  : symbol_gap_reason(name ? name->symbol.gap : SYMBOL_UNREAD);
	return (struct text){"", 0};
}

/* Whether two places are one for people. */
static bool same_name(
	const struct writers *w, const struct writer_names *names, uint32_t a, uint32_t b)
{
	const char *gap[2];
	struct text x, y;

	if (a == b)
		return true;
	x = writer_called(names, &w->writer[a], &gap[0]);
	y = writer_called(names, &w->writer[b], &gap[1]);
	return x.len && w->writer[a].kernel == w->writer[b].kernel && text_equal(x, y);
}

static bool is_before(const struct writer_area *area, pid_t pid, uint64_t address)
{
	return area->pid != pid ? area->pid < pid : area->low < address;
}

/* Index of the first area of the process that begins at the address or behind it. */
static size_t first_area(const struct writers *w, pid_t pid, uint64_t address)
{
	size_t low = 0, high = w->areas_n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (is_before(&w->area[mid], pid, address))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* What all places of one's name have written there, of n areas. */
static void weigh(const struct writers *w, const struct writer_names *names,
	const struct writer_area *area, size_t n, const struct writer_area *one,
	struct mapping_writers *m)
{
	uint64_t copied = 0, touched = 0;

	for (size_t i = 0; i < n; i++)
		if (same_name(w, names, area[i].writer, one->writer)) {
			copied += area[i].copied;
			touched += area[i].touched;
		}
	if (m->greatest && (copied < m->greatest_copied || (copied == m->greatest_copied &&
								   touched <= m->greatest_touched)))
		return;
	m->greatest = one;
	m->greatest_copied = copied;
	m->greatest_touched = touched;
}

struct mapping_writers writers_of_mapping(const struct writers *w, const struct writer_names *names,
	pid_t pid, uint64_t start, uint64_t end)
{
	size_t first = w ? first_area(w, pid, start) : 0, n = 0;
	struct mapping_writers m = {0};
	bool split;

	if (!w)
		return m;
	split = first && w->area[first - 1].pid == pid && w->area[first - 1].reach >= start;
	for (; first + n < w->areas_n; n++) {
		const struct writer_area *area = &w->area[first + n];

		if (area->pid != pid || area->low >= end)
			break;
		split |= area->high >= end;
		m.copied += area->copied;
		m.touched += area->touched;
		m.last = !m.last || area->last_ns > m.last->last_ns ? area : m.last;
	}
	if (split || w->areas_forgetful)
		return (struct mapping_writers){
			.why = split ? "it was split since it was written: "
				       "nothing tells by whom each piece was"
				     : "pages were written from too many "
				       "places to keep each by mapping"};
	for (size_t i = 0; i < n; i++)
		weigh(w, names, &w->area[first], n, &w->area[first + i], &m);
	return m;
}
