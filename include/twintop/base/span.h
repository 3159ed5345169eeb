/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_SPAN_H
#define TWINTOP_BASE_SPAN_H

#include "twintop/base/num.h"

/* Amounts with units as people type them; as each scan_* of num.h. */

/*
 * A length of time: "90s", "1m30s", "1.5h", "250ms", "2d"; the larger unit first, each once. A
 * number alone is in seconds.
 */
bool scan_span(struct scan *s, uint64_t *ret_ns);
/* Bytes: "64M", "1.5G", "65536". K, M, G and T, small or large, are powers of 1024; "MiB" is "M".
 */
bool scan_bytes(struct scan *s, uint64_t *ret_bytes);

#endif
