// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0
//
// The floor: a client for add_two_ints directly on rcl, with one wait set that is kept and used
// again.
//
//   rcl_client [--events] A B [--ros-args ...]    requests one sum, like the tutorial's client
//   rcl_client [--events] loop [--ros-args ...]   takes orders from the benchmark, see programs.py
//
// --events waits for events of rmw in place of the wait set.

#include "rcl_node.h"

#include <inttypes.h>
#include <time.h>

static const int64_t REPLY_TIMEOUT = RCL_S_TO_NS(60);

typedef struct
{
  bench_node_t node;
  rcl_client_t client;
  rcl_wait_set_t wait_set;
  bool events;
  sem_t semaphore;
} caller_t;

static int64_t now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void wait_for_service(caller_t * self)
{
  const rcl_guard_condition_t * graph = rcl_node_get_graph_guard_condition(&self->node.node);
  for (;; ) {
    bool available = false;
    CHECK(rcl_service_server_is_available(&self->node.node, &self->client, &available));
    if (available) {
      return;
    }
    CHECK(rcl_wait_set_clear(&self->wait_set));
    CHECK(rcl_wait_set_add_guard_condition(&self->wait_set, graph, NULL));
    const rcl_ret_t waited = rcl_wait(&self->wait_set, RCL_S_TO_NS(1));
    if (waited == RCL_RET_TIMEOUT) {
      RCUTILS_LOG_INFO_NAMED("minimal_client_async", "service not available, waiting again...");
    } else {
      check(waited, "rcl_wait");
    }
  }
}

static void open_caller(caller_t * self, int argc, char ** argv)
{
  open_node(&self->node, "minimal_client_async", argc, argv);
  self->client = rcl_get_zero_initialized_client();
  rcl_client_options_t options = rcl_client_get_default_options();
  options.qos.depth = QUEUE_DEPTH;
  CHECK(rcl_client_init(
      &self->client, &self->node.node, add_two_ints(), "add_two_ints", &options));
  self->wait_set = rcl_get_zero_initialized_wait_set();
  CHECK(rcl_wait_set_init(
      &self->wait_set, 0, 1, 0, 1, 0, 0, &self->node.context, self->node.allocator));
  if (self->events) {
    sem_init(&self->semaphore, 0, 0);
    CHECK(rcl_client_set_on_new_response_callback(&self->client, on_event, &self->semaphore));
  }
  wait_for_service(self);
}

static void close_caller(caller_t * self)
{
  if (self->events) {
    CHECK(rcl_client_set_on_new_response_callback(&self->client, NULL, NULL));
  }
  CHECK(rcl_wait_set_fini(&self->wait_set));
  CHECK(rcl_client_fini(&self->client, &self->node.node));
  close_node(&self->node);
}

static int64_t send(caller_t * self, int64_t a, int64_t b)
{
  example_interfaces__srv__AddTwoInts_Request request = {.a = a, .b = b};
  int64_t sequence_number;
  CHECK(rcl_send_request(&self->client, &request, &sequence_number));
  return sequence_number;
}

static void wait(caller_t * self)
{
  if (self->events) {
    wait_for_event(&self->semaphore);
    return;
  }
  CHECK(rcl_wait_set_clear(&self->wait_set));
  CHECK(rcl_wait_set_add_client(&self->wait_set, &self->client, NULL));
  const rcl_ret_t waited = rcl_wait(&self->wait_set, REPLY_TIMEOUT);
  if (waited == RCL_RET_TIMEOUT) {
    fprintf(stderr, "No response within a minute: it is lost\n");
    exit(1);
  }
  check(waited, "rcl_wait");
}

// Takes one response. Returns false when there is none.
static bool take(
  caller_t * self, rmw_request_id_t * header, example_interfaces__srv__AddTwoInts_Response * reply)
{
  const rcl_ret_t taken = rcl_take_response(&self->client, header, reply);
  if (taken == RCL_RET_CLIENT_TAKE_FAILED) {
    return false;
  }
  check(taken, "rcl_take_response");
  return true;
}

static void call_once(caller_t * self, int64_t a, int64_t b)
{
  rmw_request_id_t header;
  example_interfaces__srv__AddTwoInts_Response reply;
  send(self, a, b);
  do {
    wait(self);
  } while (!take(self, &header, &reply));
  RCUTILS_LOG_INFO_NAMED(
    "minimal_client_async", "Result of add_two_ints: for %" PRId64 " + %" PRId64 " = %" PRId64,
    a, b, reply.sum);
}

// Makes `calls` calls, `in_flight` of them at a time, and prints how long it all took and each one.
static void run_order(caller_t * self, int64_t calls, int64_t in_flight)
{
  int64_t * sent_at = calloc((size_t)calls, sizeof(int64_t));
  int64_t * took = calloc((size_t)calls, sizeof(int64_t));
  if (sent_at == NULL || took == NULL) {
    fprintf(stderr, "Not enough memory for %" PRId64 " calls\n", calls);
    exit(1);
  }
  const int64_t start = now();
  int64_t sent = 0, received = 0, first = 0;
  while (sent < in_flight && sent < calls) {
    sent_at[sent] = now();
    const int64_t sequence_number = send(self, sent, 1);
    first = sent == 0 ? sequence_number : first;
    ++sent;
  }
  while (received < calls) {
    wait(self);
    rmw_request_id_t header;
    example_interfaces__srv__AddTwoInts_Response reply;
    while (take(self, &header, &reply)) {
      const int64_t index = header.sequence_number - first;
      if (index < 0 || index >= calls || reply.sum != index + 1) {
        fprintf(
          stderr, "A wrong reply: %" PRId64 " to call %" PRId64 " of %" PRId64 "\n", reply.sum,
          index, calls);
        exit(1);
      }
      took[index] = now() - sent_at[index];
      ++received;
      if (sent < calls) {
        sent_at[sent] = now();
        send(self, sent, 1);
        ++sent;
      }
    }
  }
  printf("%" PRId64, now() - start);
  for (int64_t index = 0; index < calls; ++index) {
    printf(" %" PRId64, took[index]);
  }
  printf("\n");
  fflush(stdout);
  free(sent_at);
  free(took);
}

static void take_orders(caller_t * self)
{
  printf("ready\n");
  fflush(stdout);
  int64_t calls, in_flight;
  while (scanf("%" SCNd64 " %" SCNd64, &calls, &in_flight) == 2) {
    run_order(self, calls, in_flight);
  }
}

int main(int argc, char ** argv)
{
  caller_t caller;
  caller.events = take_events(&argc, &argv);
  const bool loop = argc > 1 && strcmp(argv[1], "loop") == 0;
  if (!loop && argc < 3) {
    fprintf(stderr, "Usage: %s A B | %s loop\n", argv[0], argv[0]);
    return 2;
  }
  open_caller(&caller, argc, argv);
  if (loop) {
    take_orders(&caller);
  } else {
    call_once(&caller, atoll(argv[1]), atoll(argv[2]));
  }
  close_caller(&caller);
  return 0;
}
