// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0
//
// What the C programs of the benchmark have in common: a node on rcl, and an end with one clear
// line when rcl refuses something.

#ifndef BENCH_RCL_NODE_H_
#define BENCH_RCL_NODE_H_

#include <example_interfaces/srv/add_two_ints.h>
#include <rcl/error_handling.h>
#include <rcl/rcl.h>
#include <rcl/graph.h>
#include <rcl/logging.h>
#include <rcutils/logging_macros.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How many requests or replies may wait to be taken: the same as in the package.
#define QUEUE_DEPTH 10000

#define CHECK(call) check((call), #call)

static inline void check(rcl_ret_t result, const char * call)
{
  if (result != RCL_RET_OK) {
    fprintf(stderr, "%s: %s\n", call, rcl_get_error_string().str);
    exit(1);
  }
}

typedef struct
{
  rcl_allocator_t allocator;
  rcl_context_t context;
  rcl_node_t node;
} bench_node_t;

// Does what rclrs, rclcpp and rclpy do before there is a node: ROS arguments, logging, rosout.
static inline void open_node(bench_node_t * self, const char * name, int argc, char ** argv)
{
  self->allocator = rcl_get_default_allocator();
  self->context = rcl_get_zero_initialized_context();
  self->node = rcl_get_zero_initialized_node();
  rcl_init_options_t init_options = rcl_get_zero_initialized_init_options();
  CHECK(rcl_init_options_init(&init_options, self->allocator));
  CHECK(rcl_init(argc, (const char * const *)argv, &init_options, &self->context));
  CHECK(rcl_init_options_fini(&init_options));
  CHECK(rcl_logging_configure(&self->context.global_arguments, &self->allocator));
  rcl_node_options_t options = rcl_node_get_default_options();
  CHECK(rcl_node_init(&self->node, name, "", &self->context, &options));
  CHECK(rcl_node_options_fini(&options));
}

static inline void close_node(bench_node_t * self)
{
  CHECK(rcl_node_fini(&self->node));
  CHECK(rcl_logging_fini());
  CHECK(rcl_shutdown(&self->context));
  CHECK(rcl_context_fini(&self->context));
}

// Takes the argument `--events` off the command line, and returns whether it was there: the program
// then waits for events of rmw, as the EventsExecutor of rclcpp does, in place of a wait set.
static inline bool take_events(int * argc, char *** argv)
{
  if (*argc < 2 || strcmp((*argv)[1], "--events") != 0) {
    return false;
  }
  (*argv)[1] = (*argv)[0];
  ++*argv;
  --*argc;
  return true;
}

// Called by the receiving thread of rmw, for each new request or response: hands it over to the thread
// that waits.
static inline void on_event(const void * semaphore, size_t count)
{
  (void)count;
  sem_post((sem_t *)semaphore);
}

// Waits for an event, and takes all that have occurred.
static inline void wait_for_event(sem_t * semaphore)
{
  while (sem_wait(semaphore) != 0) {
  }
  while (sem_trywait(semaphore) == 0) {
  }
}

static inline const rosidl_service_type_support_t * add_two_ints(void)
{
  return ROSIDL_GET_SRV_TYPE_SUPPORT(example_interfaces, srv, AddTwoInts);
}

#endif  // BENCH_RCL_NODE_H_
