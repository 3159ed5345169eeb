/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the proc connector's messages say. */
#include "connector_message.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <string.h>

/* From the start of the datagram. */
#define AT_EVENT (NLMSG_HDRLEN + sizeof(struct cn_msg))

static struct connector_message message_of(const struct proc_event *e)
{
	struct connector_message m = {.ns = e->timestamp_ns};

	switch (e->what) {
	case PROC_EVENT_FORK:
		m.kind = CONNECTOR_FORK;
		m.parent = e->event_data.fork.parent_tgid;
		m.pid = e->event_data.fork.child_tgid;
		m.tid = e->event_data.fork.child_pid;
		break;
	case PROC_EVENT_EXEC:
		m.kind = CONNECTOR_EXEC;
		m.pid = e->event_data.exec.process_tgid;
		m.tid = e->event_data.exec.process_pid;
		break;
	case PROC_EVENT_COMM:
		m.kind = CONNECTOR_COMM;
		m.pid = e->event_data.comm.process_tgid;
		m.tid = e->event_data.comm.process_pid;
		memcpy(m.name, e->event_data.comm.comm, sizeof m.name);
		break;
	case PROC_EVENT_EXIT:
		m.kind = CONNECTOR_EXIT;
		m.pid = e->event_data.exit.process_tgid;
		m.tid = e->event_data.exit.process_pid;
		m.status = e->event_data.exit.exit_code;
		break;
	default:
		break;
	}
	return m;
}

/* Older kernels' events end sooner: what is missing reads as 0. */
static void take_event(const uint8_t *bytes, size_t len, struct connector_message *ret)
{
	struct proc_event e;

	memset(&e, 0, sizeof e);
	memcpy(&e, bytes, len < sizeof e ? len : sizeof e);
	*ret = message_of(&e);
	if (ret->pid <= 0 || ret->tid <= 0)
		ret->kind = CONNECTOR_OTHER;
}

bool connector_next(const void *bytes, size_t len, size_t *at, struct connector_message *ret)
{
	const size_t least = offsetof(struct proc_event, event_data);
	const uint8_t *here = (const uint8_t *)bytes + *at;
	struct nlmsghdr header;
	struct cn_msg message;

	*ret = (struct connector_message){0};
	if (*at > len || len - *at < AT_EVENT)
		return false;
	memcpy(&header, here, sizeof header);
	memcpy(&message, here + NLMSG_HDRLEN, sizeof message);
	if (header.nlmsg_len < AT_EVENT || header.nlmsg_len > len - *at ||
		message.len > header.nlmsg_len - AT_EVENT)
		return false;
	*at += NLMSG_ALIGN(header.nlmsg_len);
	if (message.id.idx == CN_IDX_PROC && message.id.val == CN_VAL_PROC && message.len >= least)
		take_event(here + AT_EVENT, message.len, ret);
	return true;
}
