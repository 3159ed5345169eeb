/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_LOG_H
#define TWINTOP_BASE_LOG_H

/* Log lines go to the file given with --log, else nowhere. Safe from any thread. */
/* 0 or negative errno; -EPERM with rights that our caller has not (privilege.h). */
int log_open(const char *path);
void log_close(void);
/* One line; control characters in the result are escaped, so a name cannot forge a line. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
