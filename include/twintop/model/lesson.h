/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_LESSON_H
#define TWINTOP_MODEL_LESSON_H

#include <stdbool.h>
#include <stddef.h>

struct moment;

/* How far what is told can be trusted, and of when it is. */
enum exactness {
	EXACT_NOW,     /* as it was when the file was read */
	EXACT_FIXED,   /* set once */
	EXACT_COUNTER, /* only grows; counted by the kernel as it happens */
	EXACT_RATE,    /* the difference of two samples */
	EXACT_BLOCKED, /* told of a blocked thread alone */
	EXACT_PAGES,   /* read page by page while the process may go on */
	EXACT_FRAMES,  /* both sides' frames compared; estimated where these are hidden */
	EXACT_JUDGED,  /* worked out by twintop from what the kernel told */
	EXACTNESSES
};
/* A sentence; static text. */
const char *exactness_text(enum exactness exact);
/* The same of what is told of that moment: what depends on the machine's grants is known then. */
const char *exactness_here(enum exactness exact, const struct moment *m);

/*
 * What there is to say of anything that has a name on the screen and is no field: verdicts, kinds,
 * relations, events. Explain, the glossary and the man page come from it. All texts are static.
 */
struct lesson {
	const char *id;     /* as JSON and the screen have it; unique in its set */
	const char *title;  /* for people */
	const char *what;   /* a sentence or two */
	const char *why;    /* why it matters */
	const char *source; /* who says so */
	const char *manual; /* the man page that tells more */
	enum exactness exact;
};

enum lesson_set {
	LESSON_VERDICTS,      /* enum page_verdict */
	LESSON_MAPPING_KINDS, /* enum mapping_kind */
	LESSON_MECHANISMS,    /* enum mechanism */
	LESSON_ROW_STATES,    /* enum row_state */
	LESSON_SHARES,        /* enum card_item */
	LESSON_RELATIONS,     /* enum relation */
	LESSON_FD_KINDS,      /* enum fd_kind */
	LESSON_FD_RELATIONS,  /* enum fd_relation */
	LESSON_ACCESS,        /* access modes of a descriptor */
	LESSON_CHANNELS,      /* kinds of channels */
	LESSON_STATES,        /* state letters of proc(5) */
	LESSON_WAITS,         /* enum wait_kind */
	LESSON_EVENTS,        /* enum event_kind */
	LESSON_SETS
};
const char *lesson_heading(enum lesson_set set); /* "Verdicts on pages" */
size_t lesson_count(enum lesson_set set);
/* Lesson i of a set, by the number of its enum where it has one. */
struct lesson lesson_at(enum lesson_set set, size_t i);
/* One of them, or none. */
struct lesson_ref {
	bool some;
	enum lesson_set set;
	size_t at;
};
/* Its number by id, lesson_count(set) where there is none such. */
size_t lesson_find(enum lesson_set set, const char *id);

#endif
