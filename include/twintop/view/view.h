/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_VIEW_VIEW_H
#define TWINTOP_VIEW_VIEW_H

#include "twintop/draw/list.h"
#include "twintop/draw/sign.h"
#include "twintop/model/field.h"
#include "twintop/model/question.h"
#include "twintop/record/event_log.h"
#include "twintop/record/history.h"
#include "twintop/record/trend.h"
#include "twintop/view/keymap.h"

/* What views hand to each other: the address looked at last in one is where another begins. */
struct view_focus {
	uint64_t address; /* 0: none yet */
	struct task_id member; /* of the family, looked at last; pid 0: none yet */
	uint64_t span_ns;      /* so long a time lifelines show; 0: as long as there is something */
	bool lives;	       /* lifelines stand in place of figures */
	bool by_clock;	       /* times are those of the clock on the wall */
	struct task_id lift_of; /* whose generations were asked for last, see lift … */
	uint64_t lift_ns;	/* … and when */
	/* What is to be done now: the app forgets these then. */
	const char *view;   /* id of the one to be opened, static; NULL: none */
	pid_t watch[2];	    /* who is to be A and B; 0: whoever is */
	bool lift; /* the family is to be that of the one so many generations above: */
	unsigned generations;
	bool holds; /* a thread is to be held, see source_hold(): */
	struct task_id hold_process;
	pid_t hold_tid;
	const char *say;    /* what is to be said, static; NULL: nothing */
	uint64_t moment_ns; /* which moment is to be shown; 0: that which is */
};

/* What a view sees when it draws or reacts. It does no I/O and keeps no references past the call
 * but those it takes with moment_get. */
struct view_env {
	const struct moment
		*moment; /* what is shown (paused: the paused one); NULL before the first */
	uint64_t now_ns; /* CLOCK_MONOTONIC, of the moment's clock */
	bool past;	 /* the moment is held or gone by: what it lacks was not read then */
	bool recorded;	 /* of what was recorded: nobody else can be watched */
	bool lecture;	 /* large and few: hide secondary columns */
	bool sheet;	 /* of a page: no key goes there, so none is named */
	unsigned side;	 /* the side that Tab chose: 0 A, 1 B */
	unsigned sort_side;
	pid_t marked; /* the thread that is marked to become A; 0: none */
	/* Asks where the moment comes from, see source_ask(); NULL: nobody can be asked. */
	void (*ask)(void *context, const struct question *question, struct answer *ret);
	void *context;
	struct view_focus *focus;	/* NULL: the views stand alone */
	const struct event_log *events; /* those of later moments too; NULL: none is kept */
	const struct history *history;	/* the moments that are kept, the same; NULL: none are */
	const struct trend *trend;	/* counters over that time; NULL: none are followed */
	bool aside;			/* the keys go to another pane of the view */
	struct list_taste *taste;	/* of its list; NULL: there is none */
};

/* What the selection is, for detail and explain. */
struct view_selection {
	bool has[2];
	struct record record[2];
	const struct field *field; /* the column in question; NULL: the view's own */
	const char *explain;	   /* the view's own text where field is NULL */
	const char *why;	   /* why that matters, where neither a field nor a lesson says so */
	const struct field *told_by; /* whose why and source are those of explain; NULL: nobody's */
	struct lesson_ref lesson;  /* what else the row or cell is about */
	const char *sign;	   /* what the view draws for it, UTF-8; NULL: no sign */
	const char *sign_place;	   /* SIGN_BETWEEN, …: where it means what */
enum style sign_style, style; /* that sign's, and the cell's own on the chosen side */
};

/* A figure that stands above a view in lecture mode. */
struct view_figure {
	const char *label; /* "threads" */
	bool of_pair;	   /* one of A and B together, else one of each */
	bool of_one;	   /* only where there is one side */
	enum style style;  /* of the pair's; a side's has its side's */
	enum unit unit;	   /* UNIT_COUNT, UNIT_BYTES, UNIT_PERCENT */
	const char *field; /* of the process in the field table; NULL: get */
	/* view: as create made it, up to date. */
	struct value (*get)(const void *view, const struct view_env *env, unsigned side);
	/* "5/11": of how many; NULL: not so. */
	struct value (*of)(const void *view, const struct view_env *env, unsigned side);
};

/* What a view can do beside what all can. */
enum view_offer {
	VIEW_SORTS = 1,
	VIEW_FILTERS = 2,
	VIEW_DIFFERS = 4, /* leaves out what is the same in A and B */
};

/* One view. A file each; ends in one const struct view_ops. */
struct view_ops {
	const char *id;	   /* "memory": --view NAME */
	const char *title; /* "Memory" */
	const char *brief; /* "Mem": where room is short; at most five columns */
	char key;	   /* '4': opens it */
	const char *help;  /* "Memory: both address spaces, mapping beside mapping." */
	const char *tab;   /* where Tab goes in it, for the footer; NULL: to the other side; "": nowhere */
	const struct list_ops *list; /* the list whose columns may be chosen; NULL: it has none */
	const struct action_row *keymap; /* its own keys, of SCOPE_VIEW; NULL: it has none */
	size_t keymap_n;
	const struct view_figure *figures; /* those that matter most, the first most of all */
	size_t figures_n;
	const char *const *signs;	 /* places of those that it may show; ends with NULL */
	const char *const *signs_of_one; /* with one address space; NULL: those */
	unsigned offers;		 /* enum view_offer bits */
	unsigned need;				    /* enum need bits */
	/* Those of what is open in it now; NULL: no more. */
	unsigned (*wants)(const void *view);
	bool aside;   /* it has no tab but while it is open */
	bool moves;   /* time alone changes what it shows: it is drawn anew each second */
	bool of_pair; /* it tells of both together: of A alone there is nothing */
	void *(*create)(void);
	void (*destroy)(void *view);
	void (*update)(void *view, const struct view_env *env); /* a new moment is in env */
	/* Which keys hold for the selected row now: of SCOPE_MEMBER, of SCOPE_EVENT; NULL, SCOPE_ALL:
	 * no more than elsewhere. */
	enum action_scope (*rows)(const void *view);
	/* What it offers, and not to the rows that keys go to now: enum view_offer bits; NULL: nothing. */
	unsigned (*lacks)(const void *view);
	bool (*act)(
		void *view, const struct view_env *env, enum action action); /* false: not mine */
	void (*click)(
		void *view, const struct view_env *env, int x, int y); /* canvas coordinates */
	void (*draw)(void *view, const struct view_env *env, struct canvas *c, struct rect area);
	bool (*selection)(void *view, const struct view_env *env, struct view_selection *ret);
	/* Appends what is copied of what is selected where that has no field, raw; NULL: nothing. */
	void (*copy)(void *view, const struct view_env *env, struct textbuf *out);
	void (*filter)(void *view, const struct view_env *env, const char *text); /* "" shows all */
	bool (*search)(void *view, const struct view_env *env, const char *text, bool again);
	/* "exact", "estimated: by flags, no frames", "A hidden: needs …": the honesty mark of the
	 * panel. What stands before the first ':' is its short form. */
	void (*honesty)(void *view, const struct view_env *env, struct textbuf *out);
};

/* Draws a view; in lecture mode its key figures above it and a legend below. */
void view_draw(const struct view_ops *ops, void *view, const struct view_env *env, struct canvas *c,
	struct rect area);

/* In the order of the tabs. */
extern const struct view_ops *const view_table[];
extern const size_t view_table_n;
const struct view_ops *view_find(const char *id); /* NULL: no such view */

#endif
