/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SRC_OUTPUT_H
#define TWINTOP_SRC_OUTPUT_H

#include <stdbool.h>

/*
 * Opens what is recorded to: "-" is standard output. What is there already is written over where it
 * is a recording or empty, with anew only where it is empty. A descriptor of the caller's, or a
 * negative number and in *ret_why, for people, why not.
 */
int output_open(const char *path, bool anew, const char **ret_why);
/* Whether it is a file; else somebody may wait for what is written. */
bool output_is_file(int fd);

#endif
