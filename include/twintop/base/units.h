/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_UNITS_H
#define TWINTOP_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define UNITS_MAX 24

/* Each writes at most UNITS_MAX bytes with the NUL and returns out. */
const char *units_bytes(char out[UNITS_MAX], uint64_t bytes);  /* 512, 20K, 1.5M, 64G */
const char *units_count(char out[UNITS_MAX], uint64_t count);  /* 99999, 1.2M */
const char *units_time(char out[UNITS_MAX], uint64_t ns);      /* 850ns, 1.2ms, 3.4s, 2:05, 1:02:03 */
const char *units_percent(char out[UNITS_MAX], double percent); /* 0.3%, 12%, 100% */

#endif
