/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_RECORD_REDACTION_H
#define TWINTOP_RECORD_REDACTION_H

#include "twintop/model/shape.h"

/*
 * Makes records fit for those who may not know all: what is private (enum shape_privacy) is written
 * as something else, and the same always as the same: "/path-1/file-3.so", "argument-2",
 * "address-1:80". What verdicts go by stays: what is equal, what kind of thing it is, ports. It
 * keeps what it has replaced for as long as it lives.
 */
struct redaction;

struct redaction *redaction_new(void);
void redaction_free(struct redaction *r); /* NULL is fine */
/*
 * What is written for a text of a record that has it as a member of that privacy; in a list, one of
 * its items where it stands. It ends in NUL, and lives until the next call. Names of event batches
 * are asked for in their order.
 */
struct text redaction_text(struct redaction *r, enum shape_privacy privacy, const void *record,
	const struct text *text);

#endif
