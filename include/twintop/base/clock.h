/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_BASE_CLOCK_H
#define TWINTOP_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

/* Nanoseconds of clock_gettime(2): CLOCK_MONOTONIC, CLOCK_REALTIME, and the CPU time of the
 * calling thread and of the whole process. */
uint64_t clock_monotonic_ns(void);
uint64_t clock_realtime_ns(void);
uint64_t clock_thread_cpu_ns(void);
uint64_t clock_process_cpu_ns(void);
/* CPU time of another thread of ours, which must be there still. */
uint64_t clock_cpu_ns_of(pthread_t thread);
/* Sleeps that long, resumed after signals. */
void clock_sleep_ns(uint64_t ns);

#endif
