/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/blocked.h"

#include <string.h>

#include "twintop/proc/helper.h"
#include "twintop/proc/host.h"
#include "twintop/proc/threads.h"

#define PAGE_LEAST  4096u
#define PAGES_MOST  (BLOCKED_MOST / PAGE_LEAST + 1)
#define SYMBOL_MOST 512u /* bytes of a kernel function's name: KSYM_NAME_LEN */

/* ---- where it stands --------------------------------------------------------- */

static void look_at_time(const struct proc_root *root, pid_t pid, pid_t tid,
	struct thread_record *t, bool *ret_known)
{
	struct textbuf text = {0};

	*ret_known = !proc_read(root, &text, "%d/task/%d/schedstat", (int)pid, (int)tid) &&
		     !thread_parse_schedstat(scan_of(text.bytes, text.len), t);
	textbuf_free(&text);
}

int blocked_look(const struct proc_root *root, pid_t pid, pid_t tid, struct blocked *ret)
{
	struct thread_record t = {0};
	struct textbuf text = {0};
	bool run_known;
	int error = proc_read(root, &text, "%d/task/%d/syscall", (int)pid, (int)tid);

	if (!error)
		error = thread_parse_syscall(scan_of(text.bytes, text.len), &t);
	textbuf_free(&text);
	if (error)
		return error;
	look_at_time(root, pid, tid, &t, &run_known);
	*ret = (struct blocked){.running = t.call.running,
		.has_registers = t.call.registers_known,
		.run_known = run_known,
		.stack_pointer = t.call.stack_pointer,
		.program_counter = t.call.program_counter,
		.run_ns = t.run.run_ns};
	return 0;
}

bool blocked_same(const struct blocked *before, const struct blocked *after)
{
	return before->has_registers && after->has_registers &&
	       before->stack_pointer == after->stack_pointer &&
	       before->program_counter == after->program_counter &&
	       before->run_known == after->run_known && before->run_ns == after->run_ns;
}

/* ---- its stack --------------------------------------------------------------- */

/* A range a page: whoever reads them stops at the first that is not there. */
static size_t put_pages(struct helper_range *range, uint64_t start, uint64_t end, char *here)
{
	uint64_t page = host_page_bytes();
	size_t n = 0;

	for (uint64_t at = start, next; at < end && n < PAGES_MOST; at = next) {
		next = (at & ~(page - 1)) + page;
		if (next > end || next < at)
			next = end;
		range[n++] = (struct helper_range){
			.address = at, .here = here + (at - start), .bytes = (size_t)(next - at)};
	}
	return n;
}

ssize_t blocked_copy(
	const struct proc_root *root, pid_t tid, uint64_t start, uint64_t end, char *here)
{
	struct helper_range range[PAGES_MOST];
	size_t n, len = 0;
	int error;

	if (end <= start)
		return 0;
	if (end - start > BLOCKED_MOST)
		end = start + BLOCKED_MOST;
	n = put_pages(range, start, end, here);
	error = helper_read_memory(root, tid, range, n);
	for (size_t i = 0; i < n && range[i].read; i++)
		len += range[i].bytes;
	return len || !error ? (ssize_t)len : error;
}

/* ---- the kernel's part ---------------------------------------------------------- */

/* "[<0>] do_syscall_64+0x5d/0x90": since long no address is told, whoever asks. */
static bool parse_line(struct scan line, struct text *ret_function, uint64_t *ret_offset)
{
	const char *end;

	line.at = memchr(line.at, ']', (size_t)(line.end - line.at));
	if (!line.at || !scan_literal(&line, "] "))
		return false;
	end = memchr(line.at, '+', (size_t)(line.end - line.at));
	if (!end || end == line.at || end - line.at > (ptrdiff_t)SYMBOL_MOST)
		return false;
	*ret_function = (struct text){line.at, (size_t)(end - line.at)};
	line.at = end + 1;
	return scan_hex(&line, ret_offset);
}

void blocked_parse_kernel(struct scan text, struct arena *arena, struct kernel_trace *ret)
{
	struct kernel_frame *frame = arena_array(arena, KERNEL_FRAMES_MOST, sizeof *frame);
	struct scan line;
	struct text function;
	uint64_t offset;
	size_t n = 0;

	while (n < KERNEL_FRAMES_MOST && scan_line(&text, &line)) {
		if (!parse_line(line, &function, &offset))
			continue;
		frame[n++] = (struct kernel_frame){
			{arena_copy(arena, function.bytes, function.len), function.len}, offset};
	}
	*ret = (struct kernel_trace){n, frame};
}

int blocked_kernel(const struct proc_root *root, pid_t pid, pid_t tid, struct arena *arena,
	struct kernel_trace *ret)
{
	struct textbuf text = {0};
	int error = proc_read(root, &text, "%d/task/%d/stack", (int)pid, (int)tid);

	if (!error)
		blocked_parse_kernel(scan_of(text.bytes, text.len), arena, ret);
	textbuf_free(&text);
	return error;
}
