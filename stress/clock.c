// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

// Steps the system clock of one process, to be loaded by LD_PRELOAD. The file that STRESS_CLOCK names
// holds, as a 64-bit integer, how many seconds the clock is ahead. A wait until a time of that clock is
// converted to one of the kernel's clock.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile int64_t * ahead(void)
{
  static const volatile int64_t * mapped;
  static const int64_t none = 0;
  if (!mapped) {
    const char * name = getenv("STRESS_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void * memory = file < 0 ? MAP_FAILED : mmap(0, sizeof none, PROT_READ, MAP_SHARED, file, 0);
    mapped = memory == MAP_FAILED ? &none : memory;
  }
  return mapped;
}

int clock_gettime(clockid_t clock, struct timespec * time)
{
  static int (* original)(clockid_t, struct timespec *);
  if (!original) {
    original = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  }
  int outcome = original(clock, time);
  if (outcome == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += *ahead();
  }
  return outcome;
}

int gettimeofday(struct timeval * restrict time, void * restrict zone)
{
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t * result)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) {
    *result = now.tv_sec;
  }
  return now.tv_sec;
}

// A time of the kernel's clock. A time since the start of the machine is not converted.
static struct timespec kernel(const struct timespec * until)
{
  struct timespec result = *until;
  if (result.tv_sec - *ahead() > 1000000000) {
    result.tv_sec -= *ahead();
  }
  return result;
}

int sem_timedwait(sem_t * restrict semaphore, const struct timespec * restrict until)
{
  static int (* original)(sem_t *, const struct timespec *);
  if (!original) {
    original = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
  }
  struct timespec translated = kernel(until);
  return original(semaphore, &translated);
}

int pthread_cond_timedwait(
  pthread_cond_t * restrict condition, pthread_mutex_t * restrict mutex,
  const struct timespec * restrict until)
{
  typedef int (* wait_function)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  static wait_function original;
  if (!original) {
    // Not the one of before 2003, which dlsym might find.
    original = (wait_function)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  }
  struct timespec translated = kernel(until);
  return original(condition, mutex, &translated);
}
