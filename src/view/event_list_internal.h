/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_EVENT_LIST_INTERNAL_H
#define TWINTOP_EVENT_LIST_INTERNAL_H

#include "twintop/base/vec.h"
#include "twintop/view/view.h"

/*
 * Those events of the log that are asked for. What the log got since the last time is looked at
 * once; all of it again only where another thing is asked for or its events got other numbers.
 */
struct event_list {
	uint64_t renumbered;
	size_t scanned;	   /* events of the log that were looked at */
	VEC(size_t) shown; /* numbers of those that pass, ascending */
	size_t of_kind[EVENT_KINDS];
	unsigned kind;			    /* EVENT_KINDS: all */
	char *text;			    /* NULL: all; malloc'ed */
	struct task_id who;		    /* pid 0: all */
	uint64_t who_from_ns, who_until_ns; /* when its number was its own */
};

void event_list_update(struct event_list *l, const struct view_env *env);
/* How many are known at env's moment, and one of those, 0 the newest. */
size_t event_list_n(const struct event_list *l, const struct view_env *env);
bool event_list_at(
	const struct event_list *l, const struct view_env *env, size_t i, struct logged_event *ret);
/* Where that event stands, else where there are all that are newer. */
size_t event_list_find(
	const struct event_list *l, const struct view_env *env, const struct event *event);
/* Asks for the next kind that there is, after the last one for all; for what holds a text, "" for
 * all; for those of one process, pid 0 for all. The next update obeys. */
void event_list_next_kind(struct event_list *l);
void event_list_text(struct event_list *l, const char *text);
void event_list_who(struct event_list *l, struct task_id who);
void event_list_free(struct event_list *l);

/* Whether a text stands in what is said of an event, whatever the case. */
bool event_holds(const struct logged_event *e, const char *text);

#endif
