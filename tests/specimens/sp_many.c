/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sp_many N: N threads beside the main one, each waiting for its turn; "run I"
 * lets thread I work for 20 ms of CPU and answers when it waits again.
 * sp_many N churn: four more start and end short-lived threads all the time.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct worker {
	pid_t tid;
	sem_t turn;
};

static struct worker *workers;
static sem_t done;
static pthread_attr_t small;

static void burn(void)
{
	struct timespec t, start;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while ((t.tv_sec - start.tv_sec) * 1000000000 + t.tv_nsec - start.tv_nsec < 20000000);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	char name[16];

	w->tid = (pid_t)syscall(SYS_gettid);
	snprintf(name, sizeof name, "worker-%d", (int)(w - workers));
	prctl(PR_SET_NAME, name);
	sem_post(&done);
	for (;;) {
		sem_wait(&w->turn);
		burn();
		sem_post(&done);
	}
	return NULL;
}

static void *come_and_go(void *arg)
{
	prctl(PR_SET_NAME, "mayfly");
	usleep(200);
	return arg;
}

static void *churn(void *arg)
{
	pthread_t t[8];

	for (;;) {
		for (int i = 0; i < 8; i++)
			if (pthread_create(&t[i], &small, come_and_go, arg))
				exit(1);
		for (int i = 0; i < 8; i++)
			pthread_join(t[i], NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10, i;
	char line[64];
	pthread_t t;

	alarm(120);
	sem_init(&done, 0, 0);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 32768);
	workers = calloc((size_t)n, sizeof *workers);
	for (i = 0; i < n; i++) {
		sem_init(&workers[i].turn, 0, 0);
		if (pthread_create(&t, &small, work, &workers[i]))
			return 1;
		sem_wait(&done);
	}
	for (i = 0; i < 4 && argc > 2 && !strcmp(argv[2], "churn"); i++)
		if (pthread_create(&t, &small, churn, NULL))
			return 1;
	usleep(50000);
	printf("pid=%d threads=%d first=%d\n", (int)getpid(), n + 1 + i,
		n ? (int)workers[0].tid : 0);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "run %d", &i) == 1 && i >= 0 && i < n) {
			sem_post(&workers[i].turn);
			sem_wait(&done);
			usleep(20000);
			printf("tid=%d\n", (int)workers[i].tid);
		} else {
			puts("error=1");
		}
		fflush(stdout);
	}
	_exit(0);
}
