/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_OWN_FILE_H
#define TWINTOP_BASE_OWN_FILE_H

#include "twintop/base/text.h"

/* Files that a user keeps for this program: settings, and what it remembers. */

/*
 * The folder that a variable of the environment names (XDG base directories), else that of HOME
 * with otherwise behind it; appended, with "/twintop". False, and nothing appended: neither is an
 * absolute path, or we have rights beyond our caller's, who shall not name us files.
 */
bool own_folder(const char *variable, const char *otherwise, struct textbuf *out);
/*
 * Appends a regular file of at most so many bytes that is ours or root's. 0 or negative errno:
 * -EPERM (it is somebody else's), -EFBIG, -EINVAL (it is no regular file).
 */
int own_read(const char *path, size_t most, struct textbuf *out);
/*
 * Puts the bytes in the place of a file of that folder, whole or not at all, readable by us alone;
 * the folder and those above it are made where they are not there. Nothing is written into a
 * folder that is not ours, nor through a link of such a name. 0 or negative errno.
 */
int own_replace(const char *folder, const char *name, struct text bytes);

#endif
