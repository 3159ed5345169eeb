/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two of these are strangers that talk over sockets:
 *
 *   sp_stranger listen             prints pid, path (unix) and port (TCP); each line on its
 *                                  input makes it accept one connection on both and print
 *                                  unix and tcp, its descriptors of them
 *   sp_stranger connect PATH PORT  connects to both and prints pid, unix and tcp
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int check(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "sp_stranger: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

static struct sockaddr_un unix_address(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	return a;
}

static struct sockaddr_in tcp_address(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int listen_all(void)
{
	struct sockaddr_in tcp = tcp_address(0);
	socklen_t len = sizeof tcp;
	char path[64], line[64];
	struct sockaddr_un local;
	int fd[2];

	snprintf(path, sizeof path, "/tmp/sp_stranger.%d", (int)getpid());
	local = unix_address(path);
	fd[0] = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	fd[1] = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(bind(fd[0], (struct sockaddr *)&local, sizeof local), "bind");
	check(bind(fd[1], (struct sockaddr *)&tcp, sizeof tcp), "bind");
	check(listen(fd[0], 4), "listen");
	check(listen(fd[1], 4), "listen");
	check(getsockname(fd[1], (struct sockaddr *)&tcp, &len), "getsockname");
	printf("pid=%d path=%s port=%d\n", (int)getpid(), path, (int)ntohs(tcp.sin_port));
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		int local_end = check(accept(fd[0], NULL, NULL), "accept");

		printf("pid=%d unix=%d tcp=%d\n", (int)getpid(), local_end,
			check(accept(fd[1], NULL, NULL), "accept"));
		fflush(stdout);
	}
	unlink(path);
	return 0;
}

static int connect_all(const char *path, int port)
{
	struct sockaddr_un local = unix_address(path);
	struct sockaddr_in tcp = tcp_address(port);
	int fd[2] = {check(socket(AF_UNIX, SOCK_STREAM, 0), "socket"),
		check(socket(AF_INET, SOCK_STREAM, 0), "socket")};
	char line[64];

	check(connect(fd[0], (struct sockaddr *)&local, sizeof local), "connect");
	check(connect(fd[1], (struct sockaddr *)&tcp, sizeof tcp), "connect");
	printf("pid=%d unix=%d tcp=%d\n", (int)getpid(), fd[0], fd[1]);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin))
		;
	return 0;
}

int main(int argc, char **argv)
{
	alarm(120);
	if (argc == 4 && !strcmp(argv[1], "connect"))
		return connect_all(argv[2], atoi(argv[3]));
	return listen_all();
}
