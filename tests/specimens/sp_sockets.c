/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds sockets whose addresses are known:
 *
 *   sp_sockets here FOLDER      in our network namespace
 *   sp_sockets elsewhere FOLDER in a network namespace of its own
 *
 * A listener on 127.0.0.1 with one connection, accepted, on which 5 bytes wait; UDP
 * bound; a TCP socket without an address; a socketpair with 3 bytes waiting; unix
 * listeners with a path and with an abstract name that holds an escape, a newline
 * and a NUL, the latter with a client and one that it has not accepted; a socketpair
 * of which one is closed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int bound(int type, in_port_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, type, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
		getsockname(fd, (struct sockaddr *)&address, &len))
		die("bind");
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static int connected(in_port_t port, in_port_t *ret_own)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, len) ||
		getsockname(fd, (struct sockaddr *)&address, &len))
		die("connect");
	*ret_own = ntohs(address.sin_port);
	return fd;
}

static void hold_internet(void)
{
	in_port_t port, own, udp_port;
	int listener = bound(SOCK_STREAM, &port), client, server, udp;

	if (listen(listener, 4))
		die("listen");
	client = connected(port, &own);
	server = accept(listener, NULL, NULL);
	if (server < 0 || write(client, "hello", 5) != 5)
		die("accept");
	udp = bound(SOCK_DGRAM, &udp_port);
	printf(" listener=%d port=%d client=%d client_port=%d server=%d udp=%d udp_port=%d",
		listener, port, client, own, server, udp, udp_port);
	printf(" unbound=%d", socket(AF_INET6, SOCK_STREAM, 0));
}

static socklen_t name(struct sockaddr_un *address, const char *bytes, size_t len)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, bytes, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int unix_listener(const struct sockaddr_un *address, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)address, len) || listen(fd, 4))
		die("unix");
	return fd;
}

static void hold_unix(const char *folder)
{
	struct sockaddr_un address;
	char path[sizeof address.sun_path], abstract[64];
	int pair[2], left[2], n, listener, client, waiting;
	socklen_t len;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || write(pair[0], "abc", 3) != 3)
		die("socketpair");
	snprintf(path, sizeof path, "%s/socket", folder);
	len = name(&address, path, strlen(path));
	printf(" pair=%d other=%d path=%d", pair[0], pair[1], unix_listener(&address, len));
	n = snprintf(abstract, sizeof abstract, "%ctwintop-%d\033[31m\n%cend", 0, (int)getpid(), 0);
	len = name(&address, abstract, (size_t)n);
	listener = unix_listener(&address, len);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&address, len))
		die("connect");
	printf(" abstract=%d abstract_client=%d abstract_server=%d", listener, client,
		accept(listener, NULL, NULL));
	waiting = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(waiting, (struct sockaddr *)&address, len) ||
		socketpair(AF_UNIX, SOCK_SEQPACKET, 0, left) || close(left[1]))
		die("left");
	printf(" waiting=%d left=%d", waiting, left[0]);
}

int main(int argc, char **argv)
{
	char line[128];

	if (argc != 3)
		return 2;
	alarm(120);
	printf("pid=%d", (int)getpid());
	if (!strcmp(argv[1], "elsewhere")) {
		if (unshare(CLONE_NEWNET)) {
			printf(" refused=1\n");
			return 0;
		}
		hold_unix(argv[2]);
	} else {
		hold_internet();
		hold_unix(argv[2]);
	}
	printf("\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	return 0;
}
