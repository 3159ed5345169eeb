/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/proc/id_map.h"

#define ALL_IDS	    UINT32_MAX /* all but (uid_t)-1, which is nobody's */
#define OVERFLOW_ID 65534      /* as long as nobody changed it */

/*          0          0 4294967295 */
bool id_map_parse(struct scan text)
{
	uint64_t inside, outside, length, mapped = 0;
	struct scan line;

	while (scan_line(&text, &line)) {
		scan_blanks(&line);
		if (!scan_u64(&line, &inside))
			continue;
		scan_blanks(&line);
		if (!scan_u64(&line, &outside))
			continue;
		scan_blanks(&line);
		if (scan_u64(&line, &length) && length <= ALL_IDS)
			mapped += length;
	}
	return mapped >= ALL_IDS;
}

static bool read_whole(const struct proc_root *root, const char *path)
{
	struct textbuf text = {0};
	bool whole = proc_read(root, &text, "%s", path) != 0 ||
		     id_map_parse(scan_of(text.bytes, text.len));

	textbuf_free(&text);
	return whole;
}

static uint64_t read_overflow(const struct proc_root *root, const char *path)
{
	struct textbuf text = {0};
	uint64_t id = OVERFLOW_ID;
	struct scan s;

	if (proc_read(root, &text, "%s", path) == 0) {
		s = scan_of(text.bytes, text.len);
		if (!scan_u64(&s, &id))
			id = OVERFLOW_ID;
	}
	textbuf_free(&text);
	return id;
}

void id_map_read(const struct proc_root *root, struct id_map *ret_map)
{
	*ret_map = (struct id_map){
		.users_whole = read_whole(root, "thread-self/uid_map"),
		.groups_whole = read_whole(root, "thread-self/gid_map"),
		.overflow_user = read_overflow(root, "sys/kernel/overflowuid"),
		.overflow_group = read_overflow(root, "sys/kernel/overflowgid"),
	};
}

void id_map_mark(const struct id_map *map, struct process_info *info)
{
	const struct {
		uint64_t id;
		bool whole;
		uint64_t overflow;
	} ids[] = {
		[PROCESS_UID] = {info->uid, map->users_whole, map->overflow_user},
		[PROCESS_EUID] = {info->euid, map->users_whole, map->overflow_user},
		[PROCESS_GID] = {info->gid, map->groups_whole, map->overflow_group},
		[PROCESS_EGID] = {info->egid, map->groups_whole, map->overflow_group},
	};

	info->unmapped_ids = 0;
	for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++)
		if (!ids[i].whole && ids[i].id == ids[i].overflow)
			info->unmapped_ids |= 1u << i;
}
