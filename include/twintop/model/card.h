/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_CARD_H
#define TWINTOP_MODEL_CARD_H

#include <stdbool.h>

#include "twintop/model/value.h"

/* The card: what two tasks share, item by item. The first six are in the order of enum share_item.
 */
enum card_item {
	CARD_VM,
	CARD_FILES,
	CARD_FS,
	CARD_SIGHAND,
	CARD_IO,
	CARD_SYSVSEM,
	CARD_NS_CGROUP,
	CARD_NS_IPC,
	CARD_NS_MNT,
	CARD_NS_NET,
	CARD_NS_PID,
	CARD_NS_TIME,
	CARD_NS_USER,
	CARD_NS_UTS,
	CARD_CGROUP,
	CARD_CREDENTIALS,
	CARD_TERMINAL,
	CARD_SESSION,
	CARD_PROCESS_GROUP,
	CARD_ITEMS
};

struct card_info {
	const char *id;	      /* JSON path below pair.shares: "vm", "namespaces.net" */
	const char *title;    /* "address space" */
	const char *source;   /* "kcmp(2) KCMP_VM" */
	const char *shared;   /* what it means when it is shared: one sentence */
	const char *separate; /* and when not */
};
extern const struct card_info card_info[CARD_ITEMS];

struct card_line {
	enum value_state state; /* KNOWN, or why it is unknown */
	const char *reason;	/* static text where it is unknown */
	bool shared;
};

struct card {
	struct card_line line[CARD_ITEMS];
};

#endif
