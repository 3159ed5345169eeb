/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "sock_diag_internal.h"

/* Netlink attributes and structs come at 4-byte steps in a byte buffer: copied out, never cast. */
#define DIAG_ALIGN(len) (((len) + 3u) & ~(size_t)3u)

/* The value of attribute type among attributes; NULL where it is missing. */
static const char *diag_attribute(const char *bytes, size_t len, unsigned type, size_t *ret_len)
{
	struct nlattr head;

	while (len >= sizeof head) {
		memcpy(&head, bytes, sizeof head);
		if (head.nla_len < sizeof head || head.nla_len > len)
			return NULL;
		if ((head.nla_type & NLA_TYPE_MASK) == type) {
			*ret_len = head.nla_len - sizeof head;
			return bytes + sizeof head;
		}
		if (DIAG_ALIGN(head.nla_len) >= len)
			return NULL;
		bytes += DIAG_ALIGN(head.nla_len);
		len -= DIAG_ALIGN(head.nla_len);
	}
	return NULL;
}

static struct text diag_text(struct arena *arena, const struct textbuf *b)
{
	return (struct text){arena_copy(arena, b->bytes, b->len), b->len};
}

/* ---- internet ---------------------------------------------------------------- */

/* sk_state, of other protocols' sockets, too: include/net/tcp_states.h. */
#define SK_ESTABLISHED	    TCP_ESTABLISHED
#define SK_LISTEN	    TCP_LISTEN
#define SK_NEW_SYN_RECEIVED 12 /* the C library's header has none */
static const char *const tcp_state[] = {
	[TCP_ESTABLISHED] = "established",
	[TCP_SYN_SENT] = "syn-sent",
	[TCP_SYN_RECV] = "syn-received",
	[TCP_FIN_WAIT1] = "fin-wait-1",
	[TCP_FIN_WAIT2] = "fin-wait-2",
	[TCP_TIME_WAIT] = "time-wait",
	[TCP_CLOSE] = "closed",
	[TCP_CLOSE_WAIT] = "close-wait",
	[TCP_LAST_ACK] = "last-ack",
	[TCP_LISTEN] = "listen",
	[TCP_CLOSING] = "closing",
	[SK_NEW_SYN_RECEIVED] = "new-syn-received",
};

static bool is_stream(unsigned transport)
{
	return transport == IPPROTO_TCP || transport == IPPROTO_MPTCP || transport == IPPROTO_SCTP;
}

static const char *inet_state(unsigned transport, unsigned state)
{
	if (!is_stream(transport))
		return state == SK_ESTABLISHED ? "connected" : NULL;
	return state < sizeof tcp_state / sizeof *tcp_state ? tcp_state[state] : NULL;
}

/* "127.0.0.1:80", "[::1]:80". */
static struct text inet_text(
	struct arena *arena, int family, const uint32_t address[4], unsigned port)
{
	char name[INET6_ADDRSTRLEN] = "?";
	char *text;

	inet_ntop(family, address, name, sizeof name);
	text = arena_printf(arena, family == AF_INET6 ? "[%s]:%u" : "%s:%u", name, port);
	return text_of(text);
}

static void inet_normal(uint8_t out[16], int family, const uint32_t address[4])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (family == AF_INET6) {
		memcpy(out, address, 16);
		return;
	}
	memcpy(out, mapped, 12);
	memcpy(out + 12, address, 4);
}

static size_t inet_ask(const struct diag_kind *kind, void *request)
{
	const struct inet_diag_req_v2 r = {
		.sdiag_family = kind->family,
		.sdiag_protocol = kind->transport > UINT8_MAX ? 0 : (uint8_t)kind->transport,
		.idiag_states = ~0u,
	};
	const struct nlattr head = {sizeof head + sizeof(uint32_t), INET_DIAG_REQ_PROTOCOL};
	uint32_t transport = kind->transport;
	char *at = request;

	memcpy(at, &r, sizeof r);
	if (kind->transport <= UINT8_MAX)
		return sizeof r;
	at += DIAG_ALIGN(sizeof r);
	memcpy(at, &head, sizeof head);
	memcpy(at + sizeof head, &transport, sizeof transport);
	return DIAG_ALIGN(sizeof r) + head.nla_len;
}

static bool inet_take(const struct diag_kind *kind, const char *bytes, size_t len,
	struct arena *arena, struct diag_socket *ret_socket)
{
	static const uint32_t nowhere[4];
	struct inet_diag_msg m;
	struct diag_socket s = {.transport = kind->transport};

	if (len < sizeof m)
		return false;
	memcpy(&m, bytes, sizeof m);
	if (m.idiag_family != kind->family || m.idiag_inode == 0)
		return false;
	s.local_port = ntohs(m.id.idiag_sport);
	s.remote_port = ntohs(m.id.idiag_dport);
	inet_normal(s.local, kind->family, m.id.idiag_src);
	inet_normal(s.remote, kind->family, m.id.idiag_dst);
	s.connected = s.remote_port != 0 || memcmp(m.id.idiag_dst, nowhere, sizeof nowhere) != 0;
	s.info.inode = m.idiag_inode;
	s.info.protocol = kind->protocol;
	s.info.state = inet_state(kind->transport, m.idiag_state);
	s.info.local = inet_text(arena, kind->family, m.id.idiag_src, s.local_port);
	if (s.connected)
		s.info.remote = inet_text(arena, kind->family, m.id.idiag_dst, s.remote_port);
	/* Of a listener the kernel tells connections instead of bytes, of UDP memory. */
	if (is_stream(kind->transport) && m.idiag_state != SK_LISTEN) {
		s.counts_bytes = s.info.queues_known = true;
		s.info.receive_queue_bytes = m.idiag_rqueue;
		s.info.send_queue_bytes = m.idiag_wqueue;
	}
	*ret_socket = s;
	return true;
}

/* ---- unix ---------------------------------------------------------------------- */

static size_t unix_ask(const struct diag_kind *kind, void *request)
{
	const struct unix_diag_req r = {
		.sdiag_family = kind->family,
		.udiag_states = ~0u,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN,
	};

	memcpy(request, &r, sizeof r);
	return sizeof r;
}

static const char *unix_protocol(unsigned type)
{
	switch (type) {
	case SOCK_STREAM:
		return "unix stream";
	case SOCK_DGRAM:
		return "unix dgram";
	case SOCK_SEQPACKET:
		return "unix seqpacket";
	default:
		return "unix";
	}
}

static const char *unix_state(unsigned state)
{
	switch (state) {
	case SK_ESTABLISHED:
		return "connected";
	case SK_LISTEN:
		return "listen";
	default:
		return NULL;
	}
}

/* sun_path: a path whose NUL may be counted, or NUL and an abstract name of any bytes. */
static struct text unix_name(struct arena *arena, const char *name, size_t len)
{
	char *copy;

	if (len > 0 && name[0] != '\0')
		len = strnlen(name, len);
	copy = arena_copy(arena, name, len);
	if (len > 0 && name[0] == '\0')
		copy[0] = '@';
	return (struct text){copy, len};
}

static void unix_take_attributes(
	struct diag_socket *s, const char *bytes, size_t len, struct arena *arena)
{
	struct unix_diag_rqlen queues;
	const char *value;
	uint32_t peer;
	size_t n;

	value = diag_attribute(bytes, len, UNIX_DIAG_NAME, &n);
	if (value)
		s->info.local = unix_name(arena, value, n);
	value = diag_attribute(bytes, len, UNIX_DIAG_PEER, &n);
	if (value && n >= sizeof peer) {
		memcpy(&peer, value, sizeof peer);
		s->info.peer_inode = peer;
		s->peer_told = true;
	}
	value = diag_attribute(bytes, len, UNIX_DIAG_RQLEN, &n);
	if (!value || n < sizeof queues) {
		s->counts_bytes = s->info.listens = false;
		return;
	}
	memcpy(&queues, value, sizeof queues);
	if (s->counts_bytes)
		s->info.receive_queue_bytes = queues.udiag_rqueue;
	if (s->info.listens) {
		s->info.pending = queues.udiag_rqueue;
		s->info.backlog = queues.udiag_wqueue;
	}
}

static bool unix_take(const struct diag_kind *kind, const char *bytes, size_t len,
	struct arena *arena, struct diag_socket *ret_socket)
{
	struct unix_diag_msg m;
	struct diag_socket s = {.transport = 0};

	if (len < sizeof m)
		return false;
	memcpy(&m, bytes, sizeof m);
	if (m.udiag_family != kind->family || m.udiag_ino == 0)
		return false;
	s.info.inode = m.udiag_ino;
	s.info.protocol = unix_protocol(m.udiag_type);
	s.info.state = unix_state(m.udiag_state);
	/* A listener's queue counts connections, a datagram socket's the first datagram alone. */
	s.info.listens = m.udiag_state == SK_LISTEN;
	s.counts_bytes = !s.info.listens && m.udiag_type != SOCK_DGRAM;
	unix_take_attributes(&s, bytes + sizeof m, len - sizeof m, arena);
	*ret_socket = s;
	return true;
}

/* ---- netlink, packet, vsock -------------------------------------------------- */

static size_t netlink_ask(const struct diag_kind *kind, void *request)
{
	const struct netlink_diag_req r = {
		.sdiag_family = kind->family,
		.sdiag_protocol = NDIAG_PROTO_ALL,
	};

	memcpy(request, &r, sizeof r);
	return sizeof r;
}

static const char *netlink_protocol(unsigned protocol)
{
	static const char *const name[] = {
		[NETLINK_ROUTE] = "route",
		[NETLINK_USERSOCK] = "usersock",
		[NETLINK_FIREWALL] = "firewall",
		[NETLINK_SOCK_DIAG] = "sock_diag",
		[NETLINK_NFLOG] = "nflog",
		[NETLINK_XFRM] = "xfrm",
		[NETLINK_SELINUX] = "selinux",
		[NETLINK_ISCSI] = "iscsi",
		[NETLINK_AUDIT] = "audit",
		[NETLINK_FIB_LOOKUP] = "fib_lookup",
		[NETLINK_CONNECTOR] = "connector",
		[NETLINK_NETFILTER] = "netfilter",
		[NETLINK_KOBJECT_UEVENT] = "uevent",
		[NETLINK_GENERIC] = "generic",
		[NETLINK_SCSITRANSPORT] = "scsitransport",
		[NETLINK_RDMA] = "rdma",
		[NETLINK_CRYPTO] = "crypto",
	};

	return protocol < sizeof name / sizeof *name ? name[protocol] : NULL;
}

/* "route:4242": the family and the port id, often the PID of the owner. */
static struct text netlink_text(struct arena *arena, unsigned protocol, uint32_t port)
{
	const char *name = netlink_protocol(protocol);
	struct textbuf b = {0};
	struct text t;

	if (name)
		textbuf_addf(&b, "%s:%u", name, port);
	else
		textbuf_addf(&b, "%u:%u", protocol, port);
	t = diag_text(arena, &b);
	textbuf_free(&b);
	return t;
}

static bool netlink_take(const struct diag_kind *kind, const char *bytes, size_t len,
	struct arena *arena, struct diag_socket *ret_socket)
{
	struct netlink_diag_msg m;
	struct diag_socket s = {.transport = 0};

	if (len < sizeof m)
		return false;
	memcpy(&m, bytes, sizeof m);
	if (m.ndiag_family != kind->family || m.ndiag_ino == 0)
		return false;
	s.info.inode = m.ndiag_ino;
	s.info.protocol = kind->protocol;
	s.info.local = netlink_text(arena, m.ndiag_protocol, m.ndiag_portid);
	if (m.ndiag_dst_portid)
		s.info.remote = netlink_text(arena, m.ndiag_protocol, m.ndiag_dst_portid);
	*ret_socket = s;
	return true;
}

static size_t packet_ask(const struct diag_kind *kind, void *request)
{
	const struct packet_diag_req r = {
		.sdiag_family = kind->family,
		.pdiag_show = PACKET_SHOW_INFO,
	};

	memcpy(request, &r, sizeof r);
	return sizeof r;
}

/* "ethertype 0x0003 interface 2"; interface 0 is any. */
static bool packet_take(const struct diag_kind *kind, const char *bytes, size_t len,
	struct arena *arena, struct diag_socket *ret_socket)
{
	struct packet_diag_msg m;
	struct packet_diag_info info = {0};
	struct diag_socket s = {.transport = 0};
	const char *value;
	size_t n;

	if (len < sizeof m)
		return false;
	memcpy(&m, bytes, sizeof m);
	if (m.pdiag_family != kind->family || m.pdiag_ino == 0)
		return false;
	value = diag_attribute(bytes + sizeof m, len - sizeof m, PACKET_DIAG_INFO, &n);
	if (value && n >= sizeof info)
		memcpy(&info, value, sizeof info);
	s.info.inode = m.pdiag_ino;
	s.info.protocol = kind->protocol;
	s.info.local = text_of(arena_printf(arena, "ethertype 0x%04x interface %u",
		(unsigned)m.pdiag_num, (unsigned)info.pdi_index));
	*ret_socket = s;
	return true;
}

static size_t vsock_ask(const struct diag_kind *kind, void *request)
{
	const struct vsock_diag_req r = {.sdiag_family = kind->family, .vdiag_states = ~0u};

	memcpy(request, &r, sizeof r);
	return sizeof r;
}

/* "cid 3:1024"; a cid of all ones is any. */
static bool vsock_take(const struct diag_kind *kind, const char *bytes, size_t len,
	struct arena *arena, struct diag_socket *ret_socket)
{
	struct vsock_diag_msg m;
	struct diag_socket s = {.transport = 0};

	if (len < sizeof m)
		return false;
	memcpy(&m, bytes, sizeof m);
	if (m.vdiag_family != kind->family || m.vdiag_ino == 0)
		return false;
	s.info.inode = m.vdiag_ino;
	s.info.protocol = kind->protocol;
	s.info.state = m.vdiag_type == SOCK_STREAM ? inet_state(IPPROTO_TCP, m.vdiag_state) : NULL;
	s.info.local = text_of(arena_printf(arena, "cid %u:%u", m.vdiag_src_cid, m.vdiag_src_port));
	if (m.vdiag_state == SK_ESTABLISHED)
		s.info.remote = text_of(
			arena_printf(arena, "cid %u:%u", m.vdiag_dst_cid, m.vdiag_dst_port));
	*ret_socket = s;
	return true;
}

/* ---- all kinds ----------------------------------------------------------------- */

const struct diag_kind diag_kind[] = {
	{NULL, AF_UNIX, SOCKETS_CHEAP, 0, unix_ask, unix_take, NULL},
	{"tcp", AF_INET, SOCKETS_TCP, IPPROTO_TCP, inet_ask, inet_take, "tcp"},
	{"tcp6", AF_INET6, SOCKETS_TCP, IPPROTO_TCP, inet_ask, inet_take, "tcp6"},
	{"udp", AF_INET, SOCKETS_CHEAP, IPPROTO_UDP, inet_ask, inet_take, "udp"},
	{"udp6", AF_INET6, SOCKETS_CHEAP, IPPROTO_UDP, inet_ask, inet_take, "udp6"},
	{"netlink", AF_NETLINK, SOCKETS_CHEAP, 0, netlink_ask, netlink_take, NULL},
	{"packet", AF_PACKET, SOCKETS_RARE, 0, packet_ask, packet_take, NULL},
	{"raw", AF_INET, SOCKETS_RARE, IPPROTO_RAW, inet_ask, inet_take, NULL},
	{"raw6", AF_INET6, SOCKETS_RARE, IPPROTO_RAW, inet_ask, inet_take, NULL},
	{"udplite", AF_INET, SOCKETS_RARE, IPPROTO_UDPLITE, inet_ask, inet_take, NULL},
	{"udplite6", AF_INET6, SOCKETS_RARE, IPPROTO_UDPLITE, inet_ask, inet_take, NULL},
	{"sctp", AF_INET, SOCKETS_RARE, IPPROTO_SCTP, inet_ask, inet_take, NULL},
	{"sctp6", AF_INET6, SOCKETS_RARE, IPPROTO_SCTP, inet_ask, inet_take, NULL},
	{"mptcp", AF_INET, SOCKETS_RARE, IPPROTO_MPTCP, inet_ask, inet_take, NULL},
	{"mptcp6", AF_INET6, SOCKETS_RARE, IPPROTO_MPTCP, inet_ask, inet_take, NULL},
	{"vsock", AF_VSOCK, SOCKETS_RARE, 0, vsock_ask, vsock_take, NULL},
};
const size_t diag_kind_n = sizeof diag_kind / sizeof *diag_kind;
_Static_assert(sizeof diag_kind / sizeof *diag_kind <= DIAG_KINDS_MOST, "a socket for each");

/* The errno of an error message; NLMSG_DONE carries one too, when it has room. */
static int diag_error(const char *payload, size_t len)
{
	int error;

	if (len < sizeof error)
		return 0;
	memcpy(&error, payload, sizeof error);
	return error < 0 && error > -4096 ? error : 0;
}

int diag_parse(const struct diag_kind *kind, const void *datagram, size_t len, struct arena *arena,
	struct diag_sockets *sockets)
{
	const char *at = datagram;
	struct diag_socket s;
	struct nlmsghdr head;

	while (len >= sizeof head) {
		memcpy(&head, at, sizeof head);
		if (head.nlmsg_len < sizeof head || head.nlmsg_len > len)
			return -EBADMSG;
		if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR)
			return diag_error(at + sizeof head, head.nlmsg_len - sizeof head);
		if (head.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
			kind->take(kind, at + sizeof head, head.nlmsg_len - sizeof head, arena, &s))
			VEC_PUSH(sockets, s);
		if (DIAG_ALIGN(head.nlmsg_len) >= len)
			return 1;
		at += DIAG_ALIGN(head.nlmsg_len);
		len -= DIAG_ALIGN(head.nlmsg_len);
	}
	return 1;
}
