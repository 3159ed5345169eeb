/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "twintop/base/clock.h"
#include "twintop/base/privilege.h"
#include "twintop/base/text.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;

int log_open(const char *path)
{
	FILE *f;

	if (privilege_raised())
		return -EPERM;
	f = fopen(path, "ae");
	if (!f)
		return -errno;
	log_close();
	pthread_mutex_lock(&lock);
	file = f;
	pthread_mutex_unlock(&lock);
	return 0;
}

void log_close(void)
{
	pthread_mutex_lock(&lock);
	if (file)
		fclose(file);
	file = NULL;
	pthread_mutex_unlock(&lock);
}

void log_line(const char *format, ...)
{
	struct textbuf line = {0};
	uint64_t now = clock_monotonic_ns();
	char raw[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(raw, sizeof raw, format, ap);
	va_end(ap);
	text_printable(&line, text_of(raw));
	pthread_mutex_lock(&lock);
	if (file) {
		fprintf(file, "%llu.%06llu %s\n", (unsigned long long)(now / 1000000000u),
			(unsigned long long)(now / 1000u % 1000000u), line.bytes ? line.bytes : "");
		fflush(file);
	}
	pthread_mutex_unlock(&lock);
	textbuf_free(&line);
}
