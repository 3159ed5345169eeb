/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_HOUSE_H
#define TWINTOP_MODEL_HOUSE_H

#include "twintop/model/pair.h"
#include "twintop/model/segment.h"
#include "twintop/model/value.h"

/*
 * A process as a house: its rooms are the memory that all its threads share, its people the
 * threads, each with a backpack (its stack), the furniture the pages in the rooms. Made of a moment
 * alone.
 */

/* What a person does. */
enum person_state {
	PERSON_AWAKE,	/* on a CPU, or ready to be */
	PERSON_ASLEEP,	/* until a time, the disk, or in nothing that is told apart here */
	PERSON_AT_DOOR, /* locked: a lock that somebody has, a semaphore, a file's lock */
	PERSON_AT_BOX,	/* the letter box: what comes in or goes out through a descriptor */
	PERSON_AT_BELL, /* until another one rings: a condition, a barrier, an end, a signal */
	PERSON_BLOCKED, /* in what is not known: it could not be read, or nobody asked */
	PERSON_STOPPED,
	PERSON_ENDED,
	PERSON_STATES
};
struct person_info {
	const char *id;	    /* "at_door" */
	const char *words;  /* "at a locked door" */
	const char *stands; /* what it stands for: a sentence */
};
const struct person_info *person_info(enum person_state state);
enum person_state person_state_of(const struct thread *t);
enum person_words {
	PERSON_FULL,
	PERSON_BRIEF,	/* "door lock_b, key 4252" */
	PERSON_LECTURE, /* the same without addresses */
};
/*
 * "at the locked door of mutex lock_b: thread 4252 has the key", "at the letter box: read fd 7
 * pipe, from B", "asleep: sleep, 2s left", appended. Thread i of the side.
 */
void person_tell(const struct snapshot *s, unsigned side, size_t i, enum person_words words,
	struct textbuf *out);
/* Its backpack: bytes of its stack in use, and of the whole; else why they are not known. */
struct person_pack {
	struct value used, size;
};
struct person_pack person_pack_of(const struct moment *m, unsigned side, size_t i);

/* What becomes of the furniture that two houses have: pages. */
enum furniture {
	FURNITURE_BOTH,	    /* one piece stands in both: nobody has written since the fork */
	FURNITURE_COPIED_A, /* two pieces: A wrote, … */
	FURNITURE_COPIED_B,
	FURNITURE_COPIED, /* … or nobody saw who */
	FURNITURE_LENT,	  /* one piece for both, and it stays one: of a file, shared memory */
	FURNITURE_OWN,	  /* in this house alone */
	FURNITURE_KINDS
};
struct furniture_info {
	const char *id;	   /* "both" */
	const char *title; /* of a column: "BOTH" */
	const char *words; /* "one piece in both" */
};
const struct furniture_info *furniture_info(enum furniture kind);

struct house_room {
	struct segment_sum sum;
	uint64_t pieces[FURNITURE_KINDS]; /* pages; where they are known, struct house says */
	uint64_t fresh;			  /* of these copied since the read before */
};
uint64_t house_room_pieces(const struct house_room *room);

struct house {
	enum value_state memory; /* of the rooms and their sizes */
	enum value_state pages;	 /* of what is in them */
	bool compared;		 /* pieces are told apart; else all are FURNITURE_OWN */
	const char *why;	 /* they are not: static; NULL: there is no second house */
	struct house_room room[SEGMENTS];
	enum value_state threads;
	size_t persons_n, by_state[PERSON_STATES];
};
/* The side is one of the moment's. */
void house_of(const struct moment *m, unsigned side, struct house *ret);
/* Rooms by their names, "code"; SEGMENT_STACKS are no room: everybody carries their own. */
const char *house_room_name(enum segment segment);
/* Whether A and B are in one house: two threads of one process. */
bool house_is_one(const struct moment *m);

/* What stands for what, and where that ends. */
enum house_thing {
	HOUSE_PROCESS,
	HOUSE_ROOM,
	HOUSE_PERSON,
	HOUSE_PACK,
	HOUSE_FURNITURE,
	HOUSE_CHANNEL,
	HOUSE_DOOR,
	HOUSE_THINGS
};
struct house_likeness {
	const char *thing;  /* "House" */
	const char *stands; /* what for, in a word or two: "process" */
	const char *holds;  /* why: a sentence */
	const char *ends;   /* where it ends: a sentence */
	const char *brief;  /* the same with "person = thread" before it in a line of 80 columns */
};
const struct house_likeness *house_likeness(enum house_thing thing);

#endif
