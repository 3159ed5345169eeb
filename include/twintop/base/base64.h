/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_BASE64_H
#define TWINTOP_BASE_BASE64_H

#include "twintop/base/text.h"

/* Appends the bytes in base64 (RFC 4648, section 4, padded, without line ends). */
void base64_encode(struct textbuf *out, struct text bytes);

#endif
