/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internet sockets of the network namespace of a task by /proc/PID/net, which anybody may read: for
 * namespaces that we may not enter to ask sock_diag(7). Unix sockets are named there without peers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "sock_diag_internal.h"

/* "0100007F:1F90": words as the machine has them in memory, port in its own order. */
static bool scan_end(struct scan *s, int words, __be32 address[4], __be16 *ret_port)
{
	uint64_t value;

	scan_blanks(s);
	for (int i = 0; i < words; i++) {
		struct scan word = {s->at, s->at + 8};

		if (s->end - s->at < 8 || !scan_hex(&word, &value) || word.at != word.end)
			return false;
		address[i] = (__be32)value;
		s->at = word.end;
	}
	if (!scan_char(s, ':') || !scan_hex(s, &value) || value > UINT16_MAX)
		return false;
	*ret_port = htons((uint16_t)value);
	return true;
}

/* "00000000:00000005", of which the first is the queue to send. */
static bool scan_queues(struct scan *s, struct inet_diag_msg *m)
{
	uint64_t send, receive;

	scan_blanks(s);
	if (!scan_hex(s, &send) || !scan_char(s, ':') || !scan_hex(s, &receive))
		return false;
	m->idiag_wqueue = (uint32_t)send;
	m->idiag_rqueue = (uint32_t)receive;
	return true;
}

static bool skip_word(struct scan *s)
{
	scan_blanks(s);
	while (s->at < s->end && *s->at != ' ')
		s->at++;
	return s->at < s->end;
}

/*
 *   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 *    1: 0100007F:8D84 0100007F:A641 01 00000000:00000000 00:00000000 00000000 65534        0 4711
 */
static bool scan_socket(struct scan line, int words, struct inet_diag_msg *m)
{
	uint64_t number, state, inode;

	scan_blanks(&line);
	if (!scan_u64(&line, &number) || !scan_char(&line, ':') ||
		!scan_end(&line, words, m->id.idiag_src, &m->id.idiag_sport) ||
		!scan_end(&line, words, m->id.idiag_dst, &m->id.idiag_dport))
		return false;
	scan_blanks(&line);
	if (!scan_hex(&line, &state) || state > UINT8_MAX || !scan_queues(&line, m))
		return false;
	for (int i = 0; i < 4; i++)
		if (!skip_word(&line))
			return false;
	scan_blanks(&line);
	if (!scan_u64(&line, &inode) || inode > UINT32_MAX)
		return false;
	m->idiag_state = (uint8_t)state;
	m->idiag_inode = (uint32_t)inode;
	return true;
}

int net_file_parse(const struct diag_kind *kind, struct scan text, struct arena *arena,
	struct diag_sockets *sockets)
{
	int words = kind->family == AF_INET6 ? 4 : 1;
	struct diag_socket socket;
	struct scan line;

	scan_line(&text, &line);
	while (scan_line(&text, &line)) {
		struct inet_diag_msg m = {.idiag_family = kind->family};

		if (!scan_socket(line, words, &m))
			return -EINVAL;
		if (kind->take(kind, (const char *)&m, sizeof m, arena, &socket))
			VEC_PUSH(sockets, socket);
	}
	return 0;
}

int net_file_read(const struct proc_root *root, pid_t pid, const struct diag_kind *kind,
	struct arena *arena, struct diag_sockets *sockets)
{
	struct textbuf text = {0};
	int error = kind->file ? proc_read(root, &text, "%d/net/%s", (int)pid, kind->file)
			       : -EOPNOTSUPP;

	if (!error)
		error = net_file_parse(kind, scan_of(text.bytes, text.len), arena, sockets);
	textbuf_free(&text);
	return error;
}
