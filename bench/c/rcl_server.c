// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0
//
// The floor: a server for add_two_ints directly on rcl, with one wait set that is kept and used
// again, and nothing else.
//
//   rcl_server [--events] [--ros-args ...]
//
// --events waits for events of rmw in place of the wait set. It answers until SIGINT or SIGTERM.

#include "rcl_node.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

typedef struct
{
  sigset_t signals;
  rcl_guard_condition_t wake;
  sem_t events;
  atomic_bool received;
} shutdown_t;

// Waits for a signal on a thread of its own: a signal does not interrupt rcl_wait.
static void * await_signal(void * argument)
{
  shutdown_t * self = argument;
  int signal;
  sigwait(&self->signals, &signal);
  atomic_store(&self->received, true);
  CHECK(rcl_trigger_guard_condition(&self->wake));
  sem_post(&self->events);
  return NULL;
}

int main(int argc, char ** argv)
{
  const bool events = take_events(&argc, &argv);
  shutdown_t shutdown;
  atomic_init(&shutdown.received, false);
  sem_init(&shutdown.events, 0, 0);
  sigemptyset(&shutdown.signals);
  sigaddset(&shutdown.signals, SIGINT);
  sigaddset(&shutdown.signals, SIGTERM);
  // Before any other thread exists, so that they all inherit it.
  pthread_sigmask(SIG_BLOCK, &shutdown.signals, NULL);

  bench_node_t node;
  open_node(&node, "minimal_service", argc, argv);
  rcl_service_t service = rcl_get_zero_initialized_service();
  rcl_service_options_t options = rcl_service_get_default_options();
  options.qos.depth = QUEUE_DEPTH;
  CHECK(rcl_service_init(&service, &node.node, add_two_ints(), "add_two_ints", &options));
  shutdown.wake = rcl_get_zero_initialized_guard_condition();
  CHECK(rcl_guard_condition_init(
      &shutdown.wake, &node.context, rcl_guard_condition_get_default_options()));
  pthread_t signal_thread;
  pthread_create(&signal_thread, NULL, await_signal, &shutdown);

  rcl_wait_set_t wait_set = rcl_get_zero_initialized_wait_set();
  CHECK(rcl_wait_set_init(&wait_set, 0, 1, 0, 0, 1, 0, &node.context, node.allocator));
  example_interfaces__srv__AddTwoInts_Request request;
  example_interfaces__srv__AddTwoInts_Response response;
  example_interfaces__srv__AddTwoInts_Request__init(&request);
  example_interfaces__srv__AddTwoInts_Response__init(&response);
  if (events) {
    CHECK(rcl_service_set_on_new_request_callback(&service, on_event, &shutdown.events));
  }
  while (!atomic_load(&shutdown.received)) {
    if (events) {
      wait_for_event(&shutdown.events);
    } else {
      CHECK(rcl_wait_set_clear(&wait_set));
      CHECK(rcl_wait_set_add_service(&wait_set, &service, NULL));
      CHECK(rcl_wait_set_add_guard_condition(&wait_set, &shutdown.wake, NULL));
      CHECK(rcl_wait(&wait_set, -1));
      if (wait_set.services[0] == NULL) {
        continue;
      }
    }
    // All that has arrived, for the price of one wait.
    rmw_request_id_t header;
    rcl_ret_t taken;
    while ((taken = rcl_take_request(&service, &header, &request)) == RCL_RET_OK) {
      response.sum = (int64_t)((uint64_t)request.a + (uint64_t)request.b);
      RCUTILS_LOG_INFO_NAMED(
        "minimal_service", "Incoming request\na: %ld b: %ld", (long)request.a, (long)request.b);
      const rcl_ret_t sent = rcl_send_response(&service, &header, &response);
      if (sent == RCL_RET_TIMEOUT) {
        // The client has exited, or was not discovered yet: no reason to stop.
        rcl_reset_error();
      } else {
        check(sent, "rcl_send_response");
      }
    }
    if (taken != RCL_RET_SERVICE_TAKE_FAILED) {
      check(taken, "rcl_take_request");
    }
  }
  pthread_join(signal_thread, NULL);
  if (events) {
    CHECK(rcl_service_set_on_new_request_callback(&service, NULL, NULL));
  }
  CHECK(rcl_wait_set_fini(&wait_set));
  CHECK(rcl_guard_condition_fini(&shutdown.wake));
  CHECK(rcl_service_fini(&service, &node.node));
  close_node(&node);
  return 0;
}
