/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "denied.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/proc/caps.h"

const char *denied_names(void)
{
	const char *names = getenv("TWINTOP_DENY");

	return names && *names ? names : NULL;
}

bool denied(enum access_item item)
{
	const char *name = access_item_name[item];

	for (const char *at = denied_names(); at && *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		if (len == strlen(name) && !memcmp(at, name, len))
			return true;
		at += len;
	}
	return false;
}

bool denied_skips(enum access_item item)
{
	if (denied(item))
		print_message("skipped: TWINTOP_DENY holds %s back\n", access_item_name[item]);
	return denied(item);
}

void needs_allowed(enum access_item item)
{
	if (denied_skips(item))
		skip();
}

void denied_probe(const struct proc_root *root, const char *more, struct access *ret_access)
{
	const char *names = denied_names();
	char all[256];

	snprintf(all, sizeof all, "%s%s%s", names ? names : "", names && more ? "," : "",
		more ? more : "");
	assert_int_equal(caps_probe(root, all, ret_access), 0);
}
