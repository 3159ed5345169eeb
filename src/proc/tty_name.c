/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty_name.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "twintop/base/num.h"

static const char folder[] = "/dev/";
/* Where the drivers are hidden from us: those that have always had their numbers. */
static const char usual[] = "serial /dev/ttyS 4 64-255 serial\n"
			    "pty_slave /dev/pts 136 0-1048575 pty:slave\n"
			    "unknown /dev/tty 4 1-63 console\n";

/* A line of /proc/tty/drivers: "pty_slave            /dev/pts      136 0-1048575 pty:slave". */
struct driver {
	struct text path;
	uint64_t major, first, last;
};

static bool scan_driver(struct scan line, struct driver *d)
{
	const char *name;
	size_t len;

	if (!scan_until(&line, ' ', &name, &len) || !len)
		return false;
	scan_blanks(&line);
	if (!scan_until(&line, ' ', &d->path.bytes, &d->path.len) || !d->path.len)
		return false;
	scan_blanks(&line);
	if (!scan_u64(&line, &d->major))
		return false;
	scan_blanks(&line);
	if (!scan_u64(&line, &d->first))
		return false;
	d->last = d->first;
	return !scan_char(&line, '-') || scan_u64(&line, &d->last);
}

/* A virtual console bears its minor number; others count from 0, those of pts in a folder. */
static void add_name(const struct driver *d, uint64_t minor, struct textbuf *out)
{
	struct text name = d->path;
	bool one = d->first == d->last;

	if (text_has_prefix(name, folder)) {
		name.bytes += strlen(folder);
		name.len -= strlen(folder);
	}
	textbuf_add(out, name.bytes, name.len);
	if (text_equal(name, text_of("pts")))
		textbuf_adds(out, "/");
	if (text_equal(name, text_of("tty")) && d->major == 4)
		textbuf_addf(out, "%llu", (unsigned long long)minor);
	else if (!one || text_equal(name, text_of("ttyS")))
		textbuf_addf(out, "%llu", (unsigned long long)(minor - d->first));
}

void tty_name(struct text drivers, unsigned number, struct textbuf *out)
{
	const uint64_t of = major(number), at = minor(number);
	struct scan all = drivers.len ? scan_of(drivers.bytes, drivers.len)
				      : scan_of(usual, sizeof usual - 1);
	struct scan line;
	struct driver d;

	while (scan_line(&all, &line))
		if (scan_driver(line, &d) && d.major == of && d.first <= at && at <= d.last) {
			add_name(&d, at, out);
			return;
		}
}
