// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells when a client reaches the steps of a call, without a change to the client: loaded in front
// of librcl (LD_PRELOAD), it passes on the functions that mark these steps, and writes the time of
// each one, in nanoseconds of CLOCK_MONOTONIC, to the file that BENCH_MARKS names.

#define _GNU_SOURCE
#include <rcl/rcl.h>
#include <rcl/graph.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// Writes each mark once, when it is reached for the first time.
static void mark(const char * step, atomic_flag * reached)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  const char * path = getenv("BENCH_MARKS");
  if (path == NULL || atomic_flag_test_and_set(reached)) {
    return;
  }
  char line[64];
  const int length = snprintf(
    line, sizeof(line), "%s %" PRId64 "\n", step,
    (int64_t)time.tv_sec * 1000000000 + time.tv_nsec);
  const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0 || write(file, line, (size_t)length) != length) {
    perror(path);
    exit(1);
  }
  close(file);
}

// Python loads librcl for itself, where RTLD_NEXT does not look.
static void * in_rcl(const char * name)
{
  void * rcl = dlopen("librcl.so", RTLD_LAZY | RTLD_NOLOAD);
  void * function = rcl == NULL ? NULL : dlsym(rcl, name);
  if (function == NULL) {
    fprintf(stderr, "%s is not in librcl.so\n", name);
    exit(1);
  }
  return function;
}

#define PASS_ON(name, parameters, arguments, before, after) \
  rcl_ret_t name parameters \
  { \
    static rcl_ret_t (* original) parameters; \
    static atomic_flag reached = ATOMIC_FLAG_INIT; \
    if (original == NULL) { \
      original = (rcl_ret_t (*) parameters)in_rcl(#name); \
    } \
    before; \
    const rcl_ret_t result = original arguments; \
    after; \
    return result; \
  }

PASS_ON(
  rcl_init,
  (int argc, char const * const * argv, const rcl_init_options_t * options, rcl_context_t * context),
  (argc, argv, options, context), mark("init", &reached), )

PASS_ON(
  rcl_client_init,
  (rcl_client_t * client, const rcl_node_t * node, const rosidl_service_type_support_t * type,
  const char * name, const rcl_client_options_t * options),
  (client, node, type, name, options), , mark("client", &reached))

PASS_ON(
  rcl_service_server_is_available,
  (const rcl_node_t * node, const rcl_client_t * client, bool * available),
  (node, client, available), ,
  if (result == RCL_RET_OK && *available) {mark("found", &reached);})

PASS_ON(
  rcl_send_request,
  (const rcl_client_t * client, const void * request, int64_t * number),
  (client, request, number), mark("send", &reached), )

PASS_ON(
  rcl_take_response_with_info,
  (const rcl_client_t * client, rmw_service_info_t * info, void * response),
  (client, info, response), , if (result == RCL_RET_OK) {mark("reply", &reached);})

PASS_ON(
  rcl_take_response,
  (const rcl_client_t * client, rmw_request_id_t * header, void * response),
  (client, header, response), , if (result == RCL_RET_OK) {mark("reply", &reached);})

PASS_ON(
  rcl_context_fini, (rcl_context_t * context), (context), , mark("closed", &reached))
