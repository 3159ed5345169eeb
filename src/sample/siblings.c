/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "sampler_internal.h"
#include "twintop/base/clock.h"

#define LIST_DELAY_NS 1000000000u

/* Whether a child born now takes B's place. */
static bool follows(const struct sampler *s)
{
	if (s->b_named || (s->sibling != SIBLING_NEAREST && s->sibling != SIBLING_CHILD))
		return false;
	if (s->sibling == SIBLING_CHILD && !s->side[1])
		return s->options.follow != FOLLOW_NONE;
	return s->options.follow == FOLLOW_NEWEST ||
	       (s->options.follow == FOLLOW_FIRST && !s->followed);
}

static void forget_born(struct sampler *s)
{
	if (s->born.id.pid)
		identity_close(&s->born);
	s->born = (struct identity){0};
}

static bool born_later(const struct sampler *s, struct task_id a, struct task_id b)
{
	int order = 0;

	if (a.start_ticks != b.start_ticks)
		return a.start_ticks > b.start_ticks;
	if (b.pid && s->side[0])
		order = identity_born_later(
			s->options.root, s->side[0]->identity.id.pid, a.pid, b.pid);
	return order ? order > 0 : a.pid > b.pid;
}

/* Keeps the newest of A's children that it is shown; one that lives wins over one that ended. */
static void consider(struct sampler *s, pid_t pid)
{
	struct identity i;
	struct ending ending;
	bool newer;

	if (identity_open(s->options.root, pid, &i))
		return;
	if (s->side[1] && task_id_equal(s->side[1]->identity.id, i.id)) { /* it is B already */
		identity_close(&i);
		return;
	}
	newer = born_later(s, i.id, s->born.id);
	if (s->born.id.pid && !identity_alive(s->options.root, &i, &ending))
		newer = false;
	if (s->born.id.pid && !identity_alive(s->options.root, &s->born, &ending))
		newer = true;
	if (newer) {
		forget_born(s);
		s->born = i;
	} else {
		identity_close(&i);
	}
}

static bool is_child(const struct process_info *info, pid_t pid)
{
	for (size_t i = 0; i < info->children_n; i++)
		if (info->children[i] == pid)
			return true;
	return false;
}

static bool children_known(const struct process_info *info)
{
	return info && value_state_has_value(info->source[PROCESS_CHILDREN]);
}

void siblings_born(struct sampler *s, pid_t parent, pid_t child)
{
	const struct target *a = s->side[0];

	if (a && a->identity.id.pid == parent && follows(s))
		consider(s, child);
}

void siblings_compare(struct sampler *s, const struct target *t, const struct process_info *now)
{
	const struct process_info *before = t->had.info;

	if (!children_known(before) || !children_known(now))
		return;
	s->ask_feeds |= before->children_n != now->children_n;
	for (size_t i = 0; i < now->children_n; i++) {
		if (is_child(before, now->children[i]))
			continue;
		s->ask_feeds = true;
		siblings_born(s, t->identity.id.pid, now->children[i]);
	}
}

static void set_b(struct sampler *s, const struct identity *i)
{
	target_free(s->side[1]);
	s->side[1] = target_new(i);
	s->b_wanted = false;
	targets_forget_pair(s);
	stations_renew(s);
	if (s->side[0]->had.info && is_child(s->side[0]->had.info, i->id.pid))
		s->followed = true;
	told_watch(s);
}

static void set_b_pid(struct sampler *s, pid_t pid)
{
	struct identity i;

	int error;

	s->b_wanted = false;
	s->b_error = 0;
	if (pid <= 0 || pid == s->side[0]->identity.id.pid)
		return;
	error = identity_open(s->options.root, pid, &i);
	if (!error)
		set_b(s, &i);
	else if (error != -ESRCH)
		s->b_error = error;
}

void siblings_open(struct sampler *s)
{
	struct commands *commands = commands_new();

	s->lister = lane_new(s->hub, &listing_ops, listing_new(s->options.root, commands));
	s->commander = lane_new(s->hub, &commanding_ops, listing_new(s->options.root, commands));
	commands_put(commands);
}

static bool is_idle(struct sampler *s, const struct lane *lane)
{
	bool idle;

	pthread_mutex_lock(&s->hub->lock);
	idle = lane->state == LANE_IDLE;
	pthread_mutex_unlock(&s->hub->lock);
	return idle;
}

struct lane *siblings_search(struct sampler *s, const struct round *r)
{
	struct listing *job = s->lister->job;
	bool nearest = s->b_wanted && s->sibling == SIBLING_NEAREST && s->side[0];

	if (!nearest && (!r->want_list || r->begin_ns < s->list_due_ns))
		return NULL;
	if (!is_idle(s, s->lister))
		return s->lister;
	job->with_commands = r->want_list;
	job->nearest_of = nearest ? s->side[0]->identity.id.pid : 0;
	sampler_begin_lane(s, s->lister);
	return nearest ? s->lister : NULL;
}

static void found(struct sampler *s, const struct listing *job)
{
	const struct target *a = s->side[0];

	if (!a || !s->b_wanted || s->sibling != SIBLING_NEAREST ||
		job->nearest_of != a->identity.id.pid)
		return;
	set_b_pid(s, job->nearest);
	if (job->error)
		s->b_error = job->error;
}

/* Command lines come after their list: when some are there it is read once more. */
static void take_commands(struct sampler *s)
{
	const struct listing *job = s->commander->job;

	if (sampler_settle_lane(s, s->commander) && job->commands_n)
		s->list_due_ns = 0;
}

static void ask_commands(struct sampler *s)
{
	const struct listing *job = s->commander->job;

	if (is_idle(s, s->commander) && commands_wanted(job->commands))
		sampler_begin_lane(s, s->commander);
}

void siblings_take_list(struct sampler *s)
{
	struct listing *job = s->lister->job;
	const struct process_list *list;

	take_commands(s);
	if (!sampler_settle_lane(s, s->lister))
		return;
	if (job->with_commands) {
		ask_commands(s);
		s->list_due_ns = clock_monotonic_ns() + LIST_DELAY_NS;
	}
	list = job->list;
	job->list = NULL;
	found(s, job);
	pthread_mutex_lock(&s->hub->lock);
	if (s->want_list && list) {
		part_put(s->list);
		s->list = list;
		list = NULL;
	}
	pthread_mutex_unlock(&s->hub->lock);
	part_put(list);
}

const char *siblings_alone(const struct sampler *s)
{
	const struct process_info *info = s->side[0] ? s->side[0]->had.info : NULL;

	if (!info || s->side[1] || (s->b_wanted && s->sibling != SIBLING_CHILD))
		return NULL;
	if (s->b_error)
		return value_state_reason(value_state_of_error(s->b_error));
	switch (s->sibling) {
	case SIBLING_NEAREST:
		return info->ppid == INIT_PID ? "its parent is PID 1" : "no relative lives";
	case SIBLING_PARENT:
		return "no parent is seen";
	case SIBLING_CHILD:
		return "no child yet";
	default:
		return NULL;
	}
}

/*
 * Whether the one that was born is to be B: not where it has ended before it was looked at, and B
 * is one of whom something was seen.
 */
static bool replaces_b(const struct sampler *s)
{
	const struct target *b = s->side[1];
	struct ending ending;

	return !b || !b->lived_ns || identity_alive(s->options.root, &s->born, &ending);
}

/* The newest child among those that A had when we came. */
static void consider_children(struct sampler *s)
{
	const struct process_info *info = s->side[0]->had.info;

	for (size_t i = 0; i < info->children_n; i++)
		consider(s, info->children[i]);
}

void siblings_choose(struct sampler *s)
{
	struct target *a = s->side[0];
	struct event e = {.kind = EVENT_NEW_SIBLING};

	if (!a)
		return;
	if (s->b_wanted && s->sibling == SIBLING_PARENT && a->had.info) {
		set_b_pid(s, a->had.info->ppid);
		return;
	}
	if (s->b_wanted && s->sibling == SIBLING_CHILD && a->had.info) {
		consider_children(s);
		s->b_wanted = s->options.follow != FOLLOW_NONE;
	}
	if (!s->born.id.pid)
		return;
	if (!replaces_b(s)) {
		forget_born(s);
		return;
	}
	e.pid = a->identity.id.pid;
	e.other = s->born.id.pid;
	set_b(s, &s->born);
	s->followed = true;
	s->born = (struct identity){0};
	sampler_event(s, e, a->had.info ? a->had.info->comm : text_of(NULL));
}

/* The target that is watched already under that identity, taken out of its side; or a new one. */
static struct target *take_over(struct sampler *s, struct identity *i)
{
	for (unsigned side = 0; side < 2; side++) {
		struct target *t = s->side[side];

		if (target_is(t, i->id) && t->identity.tid == i->tid) {
			s->side[side] = NULL;
			identity_close(i);
			return t;
		}
	}
	return target_new(i);
}

static void watch(struct sampler *s, struct watch_request *request)
{
	struct target *a = take_over(s, &request->a);
	struct target *b = request->b.id.pid ? take_over(s, &request->b) : NULL;

	target_free(s->side[0]);
	target_free(s->side[1]);
	s->side[0] = a;
	s->side[1] = b;
	s->b_named = b != NULL;
	s->sibling = request->sibling;
	s->b_wanted = !b && request->sibling != SIBLING_NONE;
	s->followed = false;
	s->b_error = 0;
	told_watch(s);
}

void siblings_apply(struct sampler *s, struct watch_request *request)
{
	struct target *a;

	if (!request->set && !request->swap)
		return;
	forget_born(s);
	targets_forget_pair(s);
	if (request->set)
		watch(s, request);
	if (!request->swap || !s->side[1]) {
		stations_renew(s);
		return;
	}
	a = s->side[0];
	s->side[0] = s->side[1];
	s->side[1] = a;
	stations_swap(s);
	stations_renew(s);
	told_watch(s);
	s->b_named = true;
	s->b_wanted = false;
}
