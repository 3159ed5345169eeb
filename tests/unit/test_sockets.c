/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of sock_diag(7) made by hand: addresses, names, queues, peers. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "../../src/proc/sock_diag_internal.h"

#define ESTABLISHED 1
#define LISTEN	    10

static struct arena arena;
static struct diag_sockets sockets;

/* A datagram under construction. */
static char datagram[4096];
static size_t used, message;

static void begin(uint16_t type)
{
	const struct nlmsghdr head = {.nlmsg_type = type, .nlmsg_len = sizeof head};

	message = used;
	memcpy(datagram + used, &head, sizeof head);
	used += sizeof head;
}

static void add(const void *bytes, size_t len)
{
	uint32_t now;

	memcpy(datagram + used, bytes, len);
	used += len;
	now = (uint32_t)(used - message);
	memcpy(datagram + message, &now, sizeof now);
	used = (used + 3) & ~(size_t)3;
}

static void add_attribute(uint16_t type, const void *bytes, size_t len)
{
	const struct nlattr head = {(uint16_t)(sizeof head + len), type};

	add(&head, sizeof head);
	add(bytes, len);
}

static const struct diag_kind *kind_of(const char *protocol)
{
	for (size_t i = 0; i < diag_kind_n; i++) {
		const char *name = diag_kind[i].protocol;

		if (name == protocol || (name && protocol && !strcmp(name, protocol)))
			return &diag_kind[i];
	}
	fail_msg("no kind %s", protocol);
	return NULL;
}

static int parse(const char *protocol)
{
	int rc = diag_parse(kind_of(protocol), datagram, used, &arena, &sockets);

	used = 0;
	return rc;
}

static int forget(void **state)
{
	(void)state;
	used = 0;
	VEC_FREE(&sockets);
	arena_free(&arena);
	return 0;
}

static const struct socket_info *info(uint64_t inode)
{
	for (size_t i = 0; i < sockets.n; i++)
		if (sockets.item[i].info.inode == inode)
			return &sockets.item[i].info;
	fail_msg("no socket %d", (int)inode);
	return NULL;
}

static void assert_text(struct text t, const char *expected)
{
	if (!text_equal(t, text_of(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)t.len, t.bytes, expected);
}

static void add_inet(int family, uint8_t state, const char *local, uint16_t local_port,
	const char *remote, uint16_t remote_port, uint32_t inode)
{
	struct inet_diag_msg m = {.idiag_family = (uint8_t)family, .idiag_state = state};

	m.id.idiag_sport = htons(local_port);
	m.id.idiag_dport = htons(remote_port);
	assert_int_equal(inet_pton(family, local, m.id.idiag_src), 1);
	assert_int_equal(inet_pton(family, remote, m.id.idiag_dst), 1);
	m.idiag_inode = inode;
	m.idiag_rqueue = 5;
	m.idiag_wqueue = 7;
	begin(SOCK_DIAG_BY_FAMILY);
	add(&m, sizeof m);
}

static void test_tcp(void **state)
{
	(void)state;
	add_inet(AF_INET, LISTEN, "127.0.0.1", 80, "0.0.0.0", 0, 1);
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 80, "127.0.0.1", 4242, 2);
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 4242, "127.0.0.1", 80, 3);
	add_inet(AF_INET, 6, "127.0.0.1", 81, "127.0.0.1", 82, 0); /* TIME_WAIT: nobody's */
	assert_int_equal(parse("tcp"), 1);
	diag_join(&sockets);
	assert_int_equal(sockets.n, 3);
	assert_text(info(1)->local, "127.0.0.1:80");
	assert_int_equal(info(1)->remote.len, 0);
	assert_string_equal(info(1)->state, "listen");
	assert_false(info(1)->queues_known);
	assert_int_equal(info(1)->peer_inode, 0);
	assert_text(info(2)->remote, "127.0.0.1:4242");
	assert_string_equal(info(2)->state, "established");
	assert_int_equal(info(2)->peer_inode, 3);
	assert_int_equal(info(3)->peer_inode, 2);
	assert_true(info(3)->queues_known);
	assert_int_equal(info(3)->receive_queue_bytes, 5);
	assert_int_equal(info(3)->send_queue_bytes, 7);
}

/* A client over IPv4 and its server, which listens on both. */
static void test_mapped(void **state)
{
	(void)state;
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 4242, "127.0.0.1", 80, 1);
	assert_int_equal(parse("tcp"), 1);
	add_inet(AF_INET6, ESTABLISHED, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4242, 2);
	add_inet(AF_INET6, ESTABLISHED, "::1", 80, "::1", 4242, 3);
	assert_int_equal(parse("tcp6"), 1);
	diag_join(&sockets);
	assert_int_equal(info(1)->peer_inode, 2);
	assert_int_equal(info(2)->peer_inode, 1);
	assert_int_equal(info(3)->peer_inode, 0);
	assert_text(info(3)->local, "[::1]:80");
}

/* Two sockets with the same ends: which one answers cannot be told. */
static void test_ambiguous(void **state)
{
	(void)state;
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 1, "127.0.0.1", 2, 1);
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 2, "127.0.0.1", 1, 2);
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 2, "127.0.0.1", 1, 3);
	assert_int_equal(parse("udp"), 1);
	diag_join(&sockets);
	assert_int_equal(info(1)->peer_inode, 0);
	assert_int_equal(info(2)->peer_inode, 1);
	assert_int_equal(info(3)->peer_inode, 1);
	assert_string_equal(info(1)->state, "connected");
	assert_false(info(1)->queues_known);
}

static void test_transports_do_not_mix(void **state)
{
	(void)state;
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 1, "127.0.0.1", 2, 1);
	assert_int_equal(parse("udp"), 1);
	add_inet(AF_INET, ESTABLISHED, "127.0.0.1", 2, "127.0.0.1", 1, 2);
	assert_int_equal(parse("tcp"), 1);
	diag_join(&sockets);
	assert_int_equal(info(1)->peer_inode, 0);
	assert_int_equal(info(2)->peer_inode, 0);
}

static void add_unix(uint8_t type, uint8_t state, uint32_t inode, const char *name, size_t len,
	int64_t peer, uint32_t waiting)
{
	const struct unix_diag_msg m = {.udiag_family = AF_UNIX,
		.udiag_type = type,
		.udiag_state = state,
		.udiag_ino = inode};
	const struct unix_diag_rqlen queues = {waiting, 999};
	const uint32_t peer_inode = (uint32_t)peer;

	begin(SOCK_DIAG_BY_FAMILY);
	add(&m, sizeof m);
	if (name)
		add_attribute(UNIX_DIAG_NAME, name, len);
	if (peer >= 0)
		add_attribute(UNIX_DIAG_PEER, &peer_inode, sizeof peer_inode);
	add_attribute(UNIX_DIAG_RQLEN, &queues, sizeof queues);
}

static void test_unix(void **state)
{
	(void)state;
	add_unix(SOCK_STREAM, LISTEN, 1, "/run/x", 7, -1, 2); /* with its NUL */
	add_unix(SOCK_STREAM, ESTABLISHED, 2, "/run/x", 6, 3, 3);
	add_unix(SOCK_STREAM, ESTABLISHED, 3, NULL, 0, 2, 0);
	add_unix(SOCK_DGRAM, 7, 4, "\0a\0b\033", 5, -1, 8);
	add_unix(SOCK_SEQPACKET, ESTABLISHED, 5, NULL, 0, 0, 6); /* not yet accepted */
	add_unix(SOCK_STREAM, ESTABLISHED, 6, NULL, 0, -1, 1);	 /* its peer is closed */
	assert_int_equal(parse(NULL), 1);
	diag_join(&sockets);
	assert_int_equal(sockets.n, 6);
	assert_text(info(1)->local, "/run/x");
	assert_string_equal(info(1)->state, "listen");
	assert_false(info(1)->queues_known);
	assert_true(info(1)->listens && !info(2)->listens);
	assert_int_equal(info(1)->pending, 2);
	assert_int_equal(info(1)->backlog, 999);
	assert_int_equal(info(2)->peer_inode, 3);
	assert_int_equal(info(2)->receive_queue_bytes, 3);
	assert_int_equal(info(2)->send_queue_bytes, 0);
	assert_text(info(3)->remote, "/run/x");
	assert_true(info(3)->queues_known);
	assert_int_equal(info(3)->send_queue_bytes, 3);
	assert_string_equal(info(4)->protocol, "unix dgram");
	assert_null(info(4)->state);
	assert_true(text_equal(info(4)->local, (struct text){"@a\0b\033", 5}));
	assert_false(info(4)->queues_known);
	assert_false(info(5)->queues_known);
	assert_true(info(6)->queues_known);
	assert_true(info(5)->peer_closed && !info(2)->peer_closed);
	assert_false(info(1)->peer_closed || info(4)->peer_closed);
	assert_int_equal(info(6)->receive_queue_bytes, 1);
}

static void test_packet(void **state)
{
	const struct packet_diag_msg m = {
		.pdiag_family = AF_PACKET, .pdiag_num = 3, .pdiag_ino = 9};
	const struct packet_diag_info about = {.pdi_index = 2};

	(void)state;
	begin(SOCK_DIAG_BY_FAMILY);
	add(&m, sizeof m);
	add_attribute(PACKET_DIAG_INFO, &about, sizeof about);
	assert_int_equal(parse("packet"), 1);
	assert_text(info(9)->local, "ethertype 0x0003 interface 2");
}

static void test_end_and_errors(void **state)
{
	const int fine = 0, missing = -ENOENT, absurd = 17;

	(void)state;
	begin(NLMSG_DONE);
	add(&fine, sizeof fine);
	assert_int_equal(parse("tcp"), 0);
	begin(NLMSG_ERROR);
	add(&missing, sizeof missing);
	assert_int_equal(parse("tcp"), -ENOENT);
	begin(NLMSG_ERROR);
	add(&absurd, sizeof absurd);
	assert_int_equal(parse("tcp"), 0);
	begin(NLMSG_DONE);
	assert_int_equal(parse("tcp"), 0);
}

/* A message cut off at any byte is refused or left out, never read past its end. */
static void test_cut(void **state)
{
	size_t whole;

	(void)state;
	add_unix(SOCK_STREAM, ESTABLISHED, 2, "/run/x", 6, 3, 3);
	whole = used;
	for (size_t len = 0; len < whole; len++) {
		char copy[256];

		memcpy(copy, datagram, len);
		diag_parse(kind_of(NULL), copy, len, &arena, &sockets);
	}
	assert_int_equal(sockets.n, 0);
}

static void test_wrong_family(void **state)
{
	(void)state;
	add_inet(AF_INET6, ESTABLISHED, "::1", 1, "::1", 2, 1);
	assert_int_equal(parse("tcp"), 1);
	assert_int_equal(sockets.n, 0);
}

static void test_find(void **state)
{
	const struct socket_info row[] = {{.inode = 2}, {.inode = 5}, {.inode = 9}};

	(void)state;
	assert_ptr_equal(sockets_find(row, 3, 2), &row[0]);
	assert_ptr_equal(sockets_find(row, 3, 9), &row[2]);
	assert_null(sockets_find(row, 3, 1));
	assert_null(sockets_find(row, 3, 6));
	assert_null(sockets_find(row, 3, 10));
	assert_null(sockets_find(NULL, 0, 1));
}

/* The questions are well-formed netlink payloads that fit. */
static void test_questions(void **state)
{
	(void)state;
	for (size_t i = 0; i < diag_kind_n; i++) {
		char request[DIAG_REQUEST_MAX] = {0};
		size_t len = diag_kind[i].ask(&diag_kind[i], request);

		assert_in_range(len, 2, sizeof request - sizeof(struct nlmsghdr));
		assert_int_equal((uint8_t)request[0], diag_kind[i].family);
	}
}

/* /proc/PID/net has the same of internet sockets: what stands there was seen on a machine. */
static void files_tell_the_same(void **state)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
		" timeout inode\n"
		"   0: 0100007F:A641 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65534 "
		"  "
		"     0 814 1 000000006d3d3e00 100 0 0 10 0\n"
		"   1: 0100007F:8D84 0100007F:A641 01 00000007:00000005 00:00000000 00000000 65534 "
		"  "
		"     0 815 2 00000000860b7438 20 0 0 10 -1\n"
		"   2: 0100007F:A641 0100007F:8D84 01 00000000:00000000 00:00000000 00000000     0 "
		"  "
		"     0 816 2 00000000860b7439 20 0 0 10 -1\n"
		"   3: 0100007F:A641 0100007F:8D86 06 00000000:00000000 03:000017A3 00000000     0 "
		"  "
		"     0 0 3 00000000e18ccf86\n";
	static const char tcp6[] = "head\n   0: B80D0120000000000000000001000000:1F90 "
				   "00000000000000000000000000000000:0000 0A 00000000:00000000 "
				   "00:00000000 00000000 0 0 "
				   "77 1 0\n";
	static const char *const broken[] = {"head\n 0: 0100007F:A641 0100\n",
		"head\n 0: 0100007F:A6411 0100007F:8D84 01 0:0 0:0 0 0 0 815 2\n",
		"head\n 0: 0100007F:A641 0100007F:8D84 01 00000000:00000000 00:0 0\n",
		"head\n 0: 0100007:A641 0100007F:8D84 01 0:0 0:0 0 0 0 815 2\n", "head\nx\n"};

	(void)state;
	assert_int_equal(
		net_file_parse(kind_of("tcp"), scan_of(tcp, sizeof tcp - 1), &arena, &sockets), 0);
	diag_join(&sockets);
	assert_int_equal(sockets.n, 3); /* one that waits for its time is nobody's any more */
	assert_string_equal(sockets.item[0].info.state, "listen");
	assert_int_equal(sockets.item[1].info.inode, 815);
	assert_int_equal(sockets.item[1].info.peer_inode, 816);
	assert_int_equal(sockets.item[1].info.receive_queue_bytes, 5);
	assert_int_equal(sockets.item[1].info.send_queue_bytes, 7);
	assert_true(text_equal(sockets.item[1].info.local, text_of("127.0.0.1:36228")));
	assert_true(text_equal(sockets.item[1].info.remote, text_of("127.0.0.1:42561")));
	sockets.n = 0;
	assert_int_equal(
		net_file_parse(kind_of("tcp6"), scan_of(tcp6, sizeof tcp6 - 1), &arena, &sockets),
		0);
	assert_true(text_equal(sockets.item[0].info.local, text_of("[2001:db8::1]:8080")));
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(net_file_parse(kind_of("tcp"),
					 scan_of(broken[i], strlen(broken[i])), &arena, &sockets),
			-EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_tcp, forget),
		cmocka_unit_test_teardown(test_mapped, forget),
		cmocka_unit_test_teardown(test_ambiguous, forget),
		cmocka_unit_test_teardown(test_transports_do_not_mix, forget),
		cmocka_unit_test_teardown(test_unix, forget),
		cmocka_unit_test_teardown(test_packet, forget),
		cmocka_unit_test_teardown(test_end_and_errors, forget),
		cmocka_unit_test_teardown(test_cut, forget),
		cmocka_unit_test_teardown(test_wrong_family, forget),
		cmocka_unit_test_teardown(files_tell_the_same, forget),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
