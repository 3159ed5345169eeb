/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_REPORT_JSON_H
#define TWINTOP_REPORT_JSON_H

#include "twintop/model/pair.h"

/* Where the text goes, piece by piece, each of at most JSON_PIECE bytes. */
#define JSON_PIECE 65536
struct json_sink {
	/* 0, or a negative errno, which ends the output. */
	int (*write)(void *context, const char *bytes, size_t len);
	void *context;
};

struct json_writer;

struct json_writer *json_writer_new(struct json_sink sink);
void json_writer_free(struct json_writer *w); /* NULL does nothing */

/*
 * One moment as one line of JSON ("schema":"twintop/1", DESIGN.md's contract) with its newline.
 * Always valid UTF-8: text_utf8() says how other bytes are kept; what text_code_hides() names is
 * escaped as \u. What is unknown is null, and its path and reason stand under access.unknown.
 * Neither the line nor a tree of it is ever held whole.
 * 0, or the sink's error; the line then ends in its midst, and the sink is not called again.
 */
int json_writer_moment(struct json_writer *w, const struct moment *m);

#endif
