/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table asks of processes: what threads of one have in common. */
#include <inttypes.h>

#include "textbook_internal.h"
#include "twintop/base/table.h"
#include "twintop/model/gaps.h"
#include "twintop/model/names.h"

static void say_buffer(const struct textbook_env *env, struct textbook_answer *ret,
	enum textbook_verdict verdict, struct textbuf *text)
{
	textbook_say(
		ret, verdict, arena_copy(env->arena, text->bytes ? text->bytes : "", text->len));
	textbuf_free(text);
}

/* What both are read from by stat, so that a verdict may follow; else it is unknown. */
static bool both_have(
	const struct textbook_env *env, enum process_source source, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct process_info *p = textbook_side(env, side)->info;
		enum value_state state = p ? p->source[source] : VALUE_UNREAD;

		if (value_state_has_value(state))
			continue;
		textbook_unknown(ret, state, NULL, value_state_reason(state));
		return false;
	}
	return true;
}

/* ---- files ----------------------------------------------------------------- */

static const struct fd_list *fds_of(const struct textbook_env *env, unsigned side)
{
	const struct fd_list *list = textbook_side(env, side)->fds;

	return list && value_state_has_value(list->part.state) ? list : NULL;
}

static void no_fds_figure(
	const struct textbook_env *env, struct textbook_answer *ret, unsigned side)
{
	const struct fd_list *list = textbook_side(env, side)->fds;

	textbook_no_figure(ret, side, list ? list->part.state : VALUE_UNREAD,
		value_state_reason(list ? list->part.state : VALUE_UNREAD));
}

/* Why it is not known what is behind the descriptors of both; false: it is. */
static bool fds_hidden(const struct textbook_env *env, struct textbook_answer *ret)
{
	const struct snapshot *s = env->moment->snapshot;

	for (unsigned side = 0; side < 2; side++) {
		const char *hidden = side_hides(s, PART_FDS, side);
		const char *why = hidden ? hidden : fds_uncompared(s, side);
		const struct fd_list *list = s->side[side].fds;

		if (!why)
			continue;
		textbook_unknown(ret,
			!list	 ? VALUE_UNREAD
			: hidden ? list->part.state
				 : list->descriptions,
			NULL, why);
		return true;
	}
	return false;
}

/* Descriptors of one description, and one of them that has a position; NULL: none has. */
static uint64_t descriptions(const struct textbook_env *env, const struct pair_fd **ret_placed)
{
	const struct pair *p = env->pair;
	uint64_t n = 0;

	*ret_placed = NULL;
	for (size_t i = 0; i < p->fds_n; i++) {
		const struct pair_fd *row = &p->fd[i];

		if (row->relation != FD_SAME_DESCRIPTION || row->a < 0 || row->b < 0)
			continue;
		n++;
		if (!*ret_placed && fds_of(env, 0)->fd[row->a].offset_applies &&
			value_state_has_value(fds_of(env, 0)->fd[row->a].source[FD_INFO]) &&
			value_state_has_value(fds_of(env, 1)->fd[row->b].source[FD_INFO]))
			*ret_placed = row;
	}
	return n;
}

void textbook_of_open_files(const struct textbook_env *env, struct textbook_answer *ret)
{
	const struct pair_fd *placed;
	struct textbook_answer why = {0};
	struct textbuf text = {0};
	uint64_t n;

	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct fd_list *list = fds_of(env, side);

		if (list)
			textbook_figure(ret, side, textbook_text(env, "%zu open", list->n));
		else
			no_fds_figure(env, ret, side);
	}
	if (!textbook_card(env, CARD_FILES, "one table: what one opens, the other has open",
		    "two tables", ret) ||
		ret->verdict == TEXTBOOK_ONE || fds_hidden(env, &why))
		return;
	n = descriptions(env, &placed);
	textbuf_addf(&text, "two tables, in which %" PRIu64 " open file%s the same", n,
		n == 1 ? " is" : "s are");
	say_buffer(env, ret, TEXTBOOK_OWN, &text);
}

void textbook_of_file_offsets(const struct textbook_env *env, struct textbook_answer *ret)
{
	const struct pair_fd *row = NULL;

	if (env->pair && !fds_hidden(env, ret))
		descriptions(env, &row);
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct fd_list *list = fds_of(env, side);
		const struct fd_entry *e = list && row ? &list->fd[side ? row->b : row->a] : NULL;

		if (!list)
			no_fds_figure(env, ret, side);
		else if (e)
			textbook_figure(ret, side,
				textbook_text(env, "fd %d at %" PRIu64, e->fd, e->offset));
		else
			textbook_figure(ret, side, textbook_text(env, "%zu open", list->n));
	}
	if (textbook_alone(env, ret) || fds_hidden(env, ret))
		return;
	if (row)
		textbook_say(
			ret, TEXTBOOK_ONE, "one position: one open file behind both descriptors");
	else
		textbook_elsewhere(env, ret, "no open file with a position is behind both");
}

/* Of what kcmp alone tells: no more is known of either than whether it is one. */
static void figure_by_verdict(const struct textbook_env *env, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		if (ret->verdict == TEXTBOOK_ONE || ret->verdict == TEXTBOOK_OWN)
			textbook_figure(ret, side,
				ret->verdict == TEXTBOOK_ONE ? "the common one" : "its own");
		else if (ret->verdict == TEXTBOOK_UNKNOWN)
			textbook_no_figure(ret, side, ret->measured.state, ret->measured.reason);
	}
}

void textbook_of_directory(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_card(env, CARD_FS, "one: chdir and umask of one move the other, too", "two", ret);
	figure_by_verdict(env, ret);
}

/* ---- signals, rights, kin -------------------------------------------------- */

void textbook_of_handlers(const struct textbook_env *env, struct textbook_answer *ret)
{
	const struct process_info *a, *b;

	textbook_fields(
		env, ret, "catches: {process.signals.caught}; ignores: {process.signals.ignored}");
	if (!textbook_card(env, CARD_SIGHAND, "one table: sigaction by one holds for both",
		    "two tables", ret) ||
		ret->verdict != TEXTBOOK_OWN)
		return;
	a = textbook_side(env, 0)->info;
	b = textbook_side(env, 1)->info;
	if (a && b && value_state_has_value(a->source[PROCESS_SIGNALS]) &&
		value_state_has_value(b->source[PROCESS_SIGNALS]) &&
		a->signals_caught == b->signals_caught && a->signals_ignored == b->signals_ignored)
		textbook_say(ret, TEXTBOOK_ALIKE, "two tables: the same signals in both now");
}

static const char *id_text(const struct textbook_env *env, const struct process_info *p,
	enum process_id id, unsigned n)
{
	return p->unmapped_ids >> id & 1 ? "?" : textbook_text(env, "%u", n);
}

void textbook_of_credentials(const struct textbook_env *env, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct process_info *p = side_task(textbook_side(env, side));
		enum value_state state = p ? p->source[PROCESS_STATUS] : VALUE_UNREAD;

		if (!value_state_has_value(state)) {
			textbook_no_figure(ret, side, state, value_state_reason(state));
			continue;
		}
		textbook_figure(ret, side,
			textbook_text(env, "user %s as %s, group %s as %s",
				id_text(env, p, PROCESS_UID, p->uid),
				id_text(env, p, PROCESS_EUID, p->euid),
				id_text(env, p, PROCESS_GID, p->gid),
				id_text(env, p, PROCESS_EGID, p->egid)));
		if (p->unmapped_ids)
			ret->side[side].reason = "our user namespace does not map it";
	}
	if (textbook_card(env, CARD_CREDENTIALS, "equal now: Linux keeps them for each task",
		    "two, which differ", ret) &&
		ret->verdict == TEXTBOOK_ONE)
		ret->verdict = TEXTBOOK_ALIKE;
}

#define CHILDREN_NAMED 4

/* "parent 1, 6 children: 12, 13, 14, 15 …" */
static void figure_family(
	const struct textbook_env *env, struct textbook_answer *ret, unsigned side)
{
	const struct value v = textbook_value(env, side, "process.children");
	struct textbook_cell *cell = &ret->side[side];
	struct textbuf text = {0};

	textbuf_addf(&text, "%s, ", cell->text ? cell->text : "parent ?");
	if (value_state_has_value(v.state)) {
		if (v.list.n == 1)
			textbuf_adds(&text, "1 child");
		else
			textbuf_addf(&text, "%zu children", v.list.n);
		for (size_t i = 0; i < v.list.n && i < CHILDREN_NAMED; i++)
			textbuf_addf(&text, "%s%d", i ? ", " : ": ",
				(int)((const pid_t *)v.list.item)[i]);
		if (v.list.n > CHILDREN_NAMED)
			textbuf_adds(&text, " …");
	} else {
		textbuf_adds(&text, "children ?");
		if (!cell->reason) {
			cell->reason = v.reason;
			cell->state = v.state;
		}
	}
	if (cell->text || value_state_has_value(v.state))
		cell->text = arena_copy(env->arena, text.bytes, text.len);
	textbuf_free(&text);
}

static pid_t parent_of(const struct textbook_env *env, unsigned side)
{
	return textbook_side(env, side)->info->ppid;
}

/* Of a child of one: whoever is its parent now is to reap it. */
static const char *child_text(const struct textbook_env *env, unsigned child)
{
	if (parent_of(env, child) == textbook_side(env, !child)->id.pid)
		return textbook_text(
			env, "%c is a child of %c, which is to reap it", "AB"[child], "AB"[!child]);
	return textbook_text(env, "%c was born to %c; now %d is to reap it", "AB"[child],
		"AB"[!child], (int)parent_of(env, child));
}

void textbook_of_family(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "parent {process.ppid}");
	for (unsigned side = 0; side < textbook_sides(env); side++)
		figure_family(env, ret, side);
	if (textbook_alone(env, ret) || !both_have(env, PROCESS_STAT, ret))
		return;
	switch (env->pair->relation) {
	case RELATION_THREADS:
		textbook_say(ret, TEXTBOOK_ONE, "one parent, one set of children");
		return;
	case RELATION_CHILD:
	case RELATION_PARENT:
		textbook_say(
			ret, TEXTBOOK_OWN, child_text(env, env->pair->relation == RELATION_CHILD));
		return;
	case RELATION_SIBLINGS:
		textbook_say(ret, TEXTBOOK_OWN,
			textbook_text(env, "siblings: %d is to reap each", (int)parent_of(env, 0)));
		return;
	default:
		textbook_say(ret, TEXTBOOK_OWN, "no relatives as near as that");
	}
}

void textbook_of_job(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret,
		"group {process.pgrp}, session {process.session}, terminal {process.tty}");
	textbook_card(env, CARD_PROCESS_GROUP, "one group: Ctrl-C would reach both",
		"two groups: Ctrl-C would reach one of them", ret);
}

/* ---- from birth to death --------------------------------------------------- */

static void figure_end(const struct textbook_env *env, struct textbook_answer *ret, unsigned side)
{
	const struct side *s = textbook_side(env, side);
	const struct ending *e = &s->ending;
	struct textbuf text = {0};

	if (!e->ended) {
		textbook_figure(ret, side, "lives");
		return;
	}
	if (s->tid && s->tid != s->id.pid && !e->status_known) {
		textbook_figure(ret, side, "has ended; a thread leaves no status");
		return;
	}
	if (!e->status_known) {
		textbook_figure(ret, side, "has ended");
		ret->side[side].state = VALUE_GONE;
		ret->side[side].reason = "how is told to its parent alone";
		return;
	}
	wait_status_text(&text, e->status);
	textbook_figure(ret, side, arena_copy(env->arena, text.bytes, text.len));
	textbuf_free(&text);
	if (e->source)
		ret->source = e->source;
}

void textbook_of_end(const struct textbook_env *env, struct textbook_answer *ret)
{
	bool ended[2] = {false, false};

	for (unsigned side = 0; side < textbook_sides(env); side++) {
		figure_end(env, ret, side);
		ended[side] = textbook_side(env, side)->ending.ended;
	}
	if (textbook_alone(env, ret))
		return;
	if (!ended[0] && !ended[1])
		textbook_elsewhere(env, ret, "both live");
	else if (ended[0] && ended[1])
		textbook_say(ret, textbook_threads(env) ? TEXTBOOK_ONE : TEXTBOOK_OWN,
			textbook_threads(env) ? "their process has ended, and both with it"
					      : "both have ended, each with a status of its own");
	else
		textbook_say(ret, TEXTBOOK_OWN,
			ended[0] ? "A has ended, B lives on" : "B has ended, A lives on");
}

/* Of A and B the one that the other forked; false: neither. */
static bool find_child(const struct textbook_env *env, unsigned *ret_child)
{
	enum relation r = env->pair->relation;

	*ret_child = r == RELATION_CHILD;
	return r == RELATION_CHILD || r == RELATION_PARENT;
}

/* How many of the parent's threads are older than its child. */
static uint64_t threads_before(const struct textbook_env *env, unsigned parent)
{
	const struct thread_list *list = textbook_side(env, parent)->threads;
	uint64_t born = textbook_side(env, !parent)->id.start_ticks, n = 0;

	for (size_t i = 0; list && value_state_has_value(list->part.state) && i < list->n; i++)
		n += thread_self_at(list, i)->start_ticks < born;
	return n;
}

void textbook_of_fork(const struct textbook_env *env, struct textbook_answer *ret)
{
	unsigned child;
	uint64_t before;

	textbook_fields(env, ret, "threads: {process.thread_count}");
	if (textbook_alone(env, ret))
		return;
	if (!find_child(env, &child) || !env->pair->verdicts->fork_related) {
		textbook_elsewhere(env, ret, "neither is what a fork made of the other");
		return;
	}
	if (!both_have(env, PROCESS_STAT, ret))
		return;
	before = threads_before(env, !child);
	if (before > 1 && textbook_side(env, child)->info->threads == 1)
		textbook_say(ret, TEXTBOOK_OWN,
			textbook_text(env,
				"%c had %" PRIu64 " threads when %c was born, and %c has one",
				"AB"[!child], before, "AB"[child], "AB"[child]));
	else
		textbook_elsewhere(env, ret, "no other thread was there to be left out");
}

/* The program, and whether it was begun by an exec since the process was forked. */
static void figure_exec(const struct textbook_env *env, struct textbook_answer *ret, unsigned side)
{
	const struct process_info *p = textbook_side(env, side)->info;
	enum value_state state = p ? p->source[PROCESS_STAT] : VALUE_UNREAD;
	struct textbuf text = {0};

	if (!value_state_has_value(state)) {
		textbook_no_figure(ret, side, state, value_state_reason(state));
		return;
	}
	if (value_state_has_value(p->source[PROCESS_EXE]) && p->exe.len)
		text_printable(&text, text_basename(p->exe));
	else
		textbuf_adds(&text, "?");
	textbuf_adds(&text, ", ");
	textbuf_adds(&text, p->kernel_thread ? "the kernel's own"
			    : p->execed	     ? "by exec"
					     : "no exec since its fork");
	textbook_figure(ret, side, arena_copy(env->arena, text.bytes, text.len));
	textbuf_free(&text);
}

void textbook_of_exec(const struct textbook_env *env, struct textbook_answer *ret)
{
	unsigned child;

	for (unsigned side = 0; side < textbook_sides(env); side++)
		figure_exec(env, ret, side);
	if (textbook_alone(env, ret))
		return;
	if (!find_child(env, &child)) {
		textbook_elsewhere(env, ret, "neither is a child of the other");
		return;
	}
	if (!both_have(env, PROCESS_STAT, ret))
		return;
	if (textbook_side(env, child)->info->execed)
		textbook_say(ret, TEXTBOOK_OWN,
			textbook_text(env, "%c has another memory since its exec, and the same PID",
				"AB"[child]));
	else
		textbook_elsewhere(env, ret, "no exec came after the fork");
}

/* ---- surroundings ---------------------------------------------------------- */

void textbook_of_limits(const struct textbook_env *env, struct textbook_answer *ret)
{
	uint64_t limit[2] = {0, 0};

	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct fd_list *list = fds_of(env, side);

		limit[side] = list ? list->limit : 0;
		if (!list)
			no_fds_figure(env, ret, side);
		else if (!limit[side])
			textbook_no_figure(
				ret, side, VALUE_FAILED, value_state_reason(VALUE_FAILED));
		else
			textbook_figure(ret, side,
				textbook_text(env, "at most %" PRIu64 " open files", limit[side]));
	}
	if (textbook_alone(env, ret))
		return;
	for (unsigned side = 0; side < 2; side++)
		if (!limit[side]) {
			textbook_unknown(ret, ret->side[side].state, NULL, ret->side[side].reason);
			return;
		}
	if (textbook_threads(env))
		textbook_say(ret, TEXTBOOK_ONE, "one set, of their process");
	else if (limit[0] == limit[1])
		textbook_say(ret, TEXTBOOK_ALIKE, "two sets: of open files, equal now");
	else
		textbook_say(ret, TEXTBOOK_OWN, "two sets, which differ");
}

void textbook_of_namespaces(const struct textbook_env *env, struct textbook_answer *ret)
{
	const struct card_line *unknown = NULL;
	struct textbuf text = {0};
	unsigned shared = 0;

	textbook_fields(env, ret, "control group {process.cgroup}");
	if (textbook_alone(env, ret))
		return;
	for (int i = CARD_NS_CGROUP; i <= CARD_CGROUP; i++) {
		const struct card_line *line = &env->pair->card.line[i];
		bool known = value_state_has_value(line->state);

		shared += known && line->shared;
		if (known && !line->shared)
			textbuf_addf(
				&text, "%s%s", text.len ? ", " : "apart: ", card_info[i].title);
		if (!known && line->state != VALUE_UNSUPPORTED && !unknown)
			unknown = line;
	}
	if (text.len) {
		say_buffer(env, ret, TEXTBOOK_OWN, &text);
		return;
	}
	if (unknown || !shared)
		textbook_unknown(ret, unknown ? unknown->state : VALUE_UNSUPPORTED, NULL,
			unknown && unknown->state != VALUE_UNREAD
				? unknown->reason
				: value_state_reason(unknown ? VALUE_UNREAD : VALUE_UNSUPPORTED));
	else
		textbook_say(ret, TEXTBOOK_ONE, "the same system: all namespaces and the group");
}

#define CHANNELS_NAMED 3

static void figure_channels(const struct textbook_env *env, struct textbook_answer *ret)
{
	for (unsigned side = 0; side < textbook_sides(env); side++) {
		const struct pair *p = env->pair;
		struct textbuf text = {0};

		for (size_t i = 0; p && i < p->channels_n && i < CHANNELS_NAMED; i++) {
			int fd = side ? p->channel[i].b_fd : p->channel[i].a_fd;

			textbuf_addf(&text, "%s%s", text.len ? ", " : "", p->channel[i].kind);
			if (fd >= 0)
				textbuf_addf(&text, " at fd %d", fd);
		}
		if (!text.len && p && p->one_space)
			textbuf_adds(&text, "each address that it maps");
		if (text.len)
			textbook_figure(ret, side, arena_copy(env->arena, text.bytes, text.len));
		textbuf_free(&text);
	}
}

static void add_channels(struct textbuf *out, const struct pair *p)
{
	static const char *const way[] = {[CHANNEL_A_TO_B] = "from A to B",
		[CHANNEL_B_TO_A] = "from B to A",
		[CHANNEL_BOTH] = "both ways"};
	TABLE_ROWS(way, CHANNEL_DIRECTIONS);

	for (size_t i = 0; i < p->channels_n && i < CHANNELS_NAMED; i++)
		textbuf_addf(out, "%s%s %s", out->len ? ", " : "", p->channel[i].kind,
			way[p->channel[i].direction]);
	if (p->channels_n > CHANNELS_NAMED)
		textbuf_addf(out, ", and %zu more", p->channels_n - CHANNELS_NAMED);
}

void textbook_of_channels(const struct textbook_env *env, struct textbook_answer *ret)
{
	const char *gap[CHANNEL_GAPS];
	struct textbuf text = {0};

	figure_channels(env, ret);
	if (textbook_alone(env, ret))
		return;
	if (env->pair->one_space)
		textbuf_adds(&text, "all of memory");
	add_channels(&text, env->pair);
	if (text.len) {
		say_buffer(env, ret, TEXTBOOK_ONE, &text);
		return;
	}
	if (gaps_of_channels(env->moment, gap))
		textbook_unknown(
			ret, VALUE_FAILED, "none was found, but not all was looked at", gap[0]);
	else
		textbook_elsewhere(env, ret, "none was found");
}

void textbook_of_creating(const struct textbook_env *env, struct textbook_answer *ret)
{
	textbook_fields(env, ret, "fork would copy {process.page_table_bytes} of page tables");
	if (!textbook_alone(env, ret))
		textbook_elsewhere(env, ret, "no birth was timed here");
}
