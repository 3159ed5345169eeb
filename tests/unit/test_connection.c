/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When two sockets are one connection: for the rows of descriptors and for the channels alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twintop/model/connection.h"
#include "twintop/compare/align.h"
#include "twintop/compare/channels.h"

/* One end: what is known of it. */
struct known {
	uint64_t inode, peer; /* 0: not told */
	const char *protocol, *local, *remote;
	enum value_state state;
	enum fd_kind kind;
};

#define HERE  "127.0.0.1:80"
#define THERE "127.0.0.1:4000"
#define SOCKET(inode, peer, protocol, local, remote)                                               \
	{                                                                                          \
		inode, peer, protocol, local, remote, VALUE_KNOWN, FD_SOCKET                       \
	}

static const struct {
	const char *what;
	struct known a, b;
	bool joined;
} cases[] = {
	{"each names the other", SOCKET(70, 71, "unix stream", NULL, NULL),
		SOCKET(71, 70, "unix stream", NULL, NULL), true},
	{"one is named, the other's addresses are known", SOCKET(70, 71, "udp", HERE, THERE),
		SOCKET(71, 0, "udp", THERE, HERE), true},
	{"one is named and connected to nobody", SOCKET(70, 71, "unix dgram", NULL, "/log"),
		SOCKET(71, 0, "unix dgram", "/log", NULL), false},
	{"one names the other, which names a third", SOCKET(70, 71, "unix dgram", NULL, "/b"),
		SOCKET(71, 72, "unix dgram", "/b", "/c"), false},
	{"addresses cross", SOCKET(70, 0, "tcp", HERE, THERE), SOCKET(71, 0, "tcp", THERE, HERE),
		true},
	{"addresses cross in two protocols", SOCKET(70, 0, "tcp", HERE, THERE),
		SOCKET(71, 0, "udp", THERE, HERE), false},
	{"addresses cross in two protocols of like names", SOCKET(70, 0, "udp", HERE, THERE),
		SOCKET(71, 0, "udplite", THERE, HERE), false},
	{"addresses are equal", SOCKET(70, 0, "tcp", HERE, THERE),
		SOCKET(71, 0, "tcp", HERE, THERE), false},
	{"only one address crosses", SOCKET(70, 0, "tcp", HERE, THERE),
		SOCKET(71, 0, "tcp", THERE, "127.0.0.1:81"), false},
	{"addresses cross and the kernel names another", SOCKET(70, 72, "tcp", HERE, THERE),
		SOCKET(71, 0, "tcp", THERE, HERE), false},
	{"names of unix sockets cross", SOCKET(70, 0, "unix stream", "/a", "/b"),
		SOCKET(71, 0, "unix stream", "/b", "/a"), false},
	{"no protocol is known", SOCKET(70, 0, NULL, HERE, THERE), SOCKET(71, 0, NULL, THERE, HERE),
		false},
	{"one could not be asked", SOCKET(70, 71, "tcp", HERE, THERE),
		{71, 70, "tcp", THERE, HERE, VALUE_UNSUPPORTED, FD_SOCKET}, false},
	{"one is no socket", SOCKET(70, 71, "tcp", HERE, THERE),
		{71, 70, "tcp", THERE, HERE, VALUE_KNOWN, FD_EVENTFD}, false},
};

static struct fd_entry entry_of(const struct known *k, int fd)
{
	struct fd_entry e = {.fd = fd,
		.kind = k->kind,
		.inode = k->inode,
		.peer_inode = k->peer,
		.protocol = k->protocol,
		.local = text_of(k->local),
		.remote = text_of(k->remote)};

	e.source[FD_SOCKET_INFO] = (uint8_t)k->state;
	return e;
}

static struct pair *new_pair(void)
{
	struct pair *p = pair_new();

	p->verdicts = part_make(PART_VERDICTS);
	return p;
}

/* Whether A's only descriptor is joined to B's, as rows and as channels have it. */
static void compare(
	const struct fd_entry *a, const struct fd_entry *b, bool *ret_row, bool *ret_channel)
{
	struct fd_entry fd[2] = {*a, *b};
	struct fd_list list[2] = {{.n = 1, .fd = &fd[0]}, {.n = 1, .fd = &fd[1]}};
	struct snapshot s = {.sides = 2};
	struct pair *p = new_pair();

	s.side[0].fds = &list[0];
	s.side[1].fds = &list[1];
	p->relation = RELATION_UNRELATED;
	align_fds(&s, p);
	channels_find(&s, p);
	*ret_row = p->fd[0].relation == FD_SOCKET_PEER;
	*ret_channel = p->channels_n > 0;
	part_put(p);
}

static void rows_and_channels_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int turn = 0; turn < 2; turn++)
			for (int number = 3; number < 5; number++) {
				struct fd_entry a = entry_of(turn ? &cases[i].b : &cases[i].a, 3);
				struct fd_entry b =
					entry_of(turn ? &cases[i].a : &cases[i].b, number);
				bool row, channel;

				compare(&a, &b, &row, &channel);
				if (row != cases[i].joined || channel != cases[i].joined)
					print_error("%s: row %d, channel %d\n", cases[i].what, row,
						channel);
				assert_int_equal(connection_joins(&a, &b), cases[i].joined);
				assert_int_equal(row, cases[i].joined);
				assert_int_equal(channel, cases[i].joined);
			}
}

/* Two containers may both have such a connection; the kernel's word is of the whole machine. */
static void addresses_cross_in_one_network_only(void **state)
{
	static const struct known here = SOCKET(70, 0, "udp", HERE, THERE),
				  there = SOCKET(71, 0, "udp", THERE, HERE),
				  named = SOCKET(71, 70, "udp", THERE, HERE);
	struct fd_entry a = entry_of(&here, 3), b = entry_of(&there, 3);
	bool row, channel;

	(void)state;
	a.net_inode = 4026531833;
	b.net_inode = 4026532201;
	compare(&a, &b, &row, &channel);
	assert_false(row || channel);
	b.net_inode = a.net_inode;
	compare(&a, &b, &row, &channel);
	assert_true(row && channel);
	b = entry_of(&named, 3);
	compare(&a, &b, &row, &channel);
	assert_true(row && channel);
}

/* Of the three of B's that may be the other end of A's only one is: it is found. */
static void find_third(const struct known *one, const struct known others[3])
{
	struct fd_entry a = entry_of(one, 3), b[3];
	struct fd_list la = {.n = 1, .fd = &a}, lb = {.n = 3, .fd = b};
	struct snapshot s = {.sides = 2};
	struct pair *p = new_pair();

	for (int i = 0; i < 3; i++)
		b[i] = entry_of(&others[i], 5 + i);
	s.side[0].fds = &la;
	s.side[1].fds = &lb;
	p->relation = RELATION_UNRELATED;
	channels_find(&s, p);
	assert_int_equal(p->channels_n, 1);
	assert_int_equal(p->channel[0].b_fd, 7);
	align_fds(&s, p);
	assert_int_equal(p->fd[0].b, 2);
	assert_int_equal(p->fd[0].relation, FD_SOCKET_PEER);
	part_put(p);
}

static void the_joined_one_is_found(void **state)
{
	static const struct known one = SOCKET(70, 0, "udp", HERE, THERE),
				  others[] = {SOCKET(71, 72, "udp", THERE, HERE),
					  SOCKET(73, 0, "tcp", THERE, HERE),
					  SOCKET(74, 70, "udp", THERE, HERE)};
	static const struct known untold[] = {SOCKET(71, 72, "udp", THERE, HERE),
		SOCKET(73, 0, "tcp", THERE, HERE), SOCKET(74, 0, "udp", THERE, HERE)};

	(void)state;
	find_third(&one, others);
	find_third(&one, untold);
}

/* Several of A's send to one of B's, which answers to the last of them. */
static void the_answered_one_is_joined(void **state)
{
	static const struct known sends[] = {SOCKET(70, 80, "unix dgram", NULL, "/b"),
		SOCKET(71, 80, "unix dgram", NULL, "/b"), SOCKET(72, 80, "unix dgram", NULL, "/b")};
	static const struct known answers = SOCKET(80, 72, "unix dgram", "/b", "/a");
	struct fd_entry a[3], b = entry_of(&answers, 3);
	struct fd_list la = {.n = 3, .fd = a}, lb = {.n = 1, .fd = &b};
	struct snapshot s = {.sides = 2};
	struct pair *p = new_pair();

	(void)state;
	for (int i = 0; i < 3; i++)
		a[i] = entry_of(&sends[i], 3 + i);
	s.side[0].fds = &la;
	s.side[1].fds = &lb;
	p->relation = RELATION_UNRELATED;
	align_fds(&s, p);
	assert_int_equal(p->fd[2].b, 0);
	assert_int_equal(p->fd[2].relation, FD_SOCKET_PEER);
	channels_find(&s, p);
	assert_int_equal(p->channels_n, 1);
	assert_int_equal(p->channel[0].a_fd, 5);
	part_put(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_channels_agree),
		cmocka_unit_test(addresses_cross_in_one_network_only),
		cmocka_unit_test(the_joined_one_is_found),
		cmocka_unit_test(the_answered_one_is_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
