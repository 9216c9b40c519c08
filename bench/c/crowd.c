// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0
//
// Fills a ROS graph: N nodes, each with a client of add_two_ints that never calls and a service of
// its own that nobody calls.
//
//   crowd N [--ros-args ...]
//
// Says "ready" when its clients have found the server, and leaves at the end of stdin.

#include "rcl_node.h"

#include <stdbool.h>
#include <time.h>

typedef struct
{
  rcl_node_t node;
  rcl_client_t client;
  rcl_service_t service;
} member_t;

static void open_member(member_t * self, int number, rcl_context_t * context)
{
  char name[32], service[32];
  snprintf(name, sizeof(name), "crowd_%d", number);
  snprintf(service, sizeof(service), "crowd_%d/add_two_ints", number);
  self->node = rcl_get_zero_initialized_node();
  self->client = rcl_get_zero_initialized_client();
  self->service = rcl_get_zero_initialized_service();
  const rcl_node_options_t node_options = rcl_node_get_default_options();
  const rcl_client_options_t client_options = rcl_client_get_default_options();
  const rcl_service_options_t service_options = rcl_service_get_default_options();
  CHECK(rcl_node_init(&self->node, name, "", context, &node_options));
  CHECK(rcl_client_init(
      &self->client, &self->node, add_two_ints(), "add_two_ints", &client_options));
  CHECK(rcl_service_init(&self->service, &self->node, add_two_ints(), service, &service_options));
}

static void close_member(member_t * self)
{
  CHECK(rcl_service_fini(&self->service, &self->node));
  CHECK(rcl_client_fini(&self->client, &self->node));
  CHECK(rcl_node_fini(&self->node));
}

int main(int argc, char ** argv)
{
  const int count = argc > 1 ? atoi(argv[1]) : 0;
  member_t * members = calloc((size_t)count + 1, sizeof(member_t));
  if (count < 1 || members == NULL) {
    fprintf(stderr, "Usage: %s N\n", argv[0]);
    return 2;
  }
  bench_node_t node;
  open_node(&node, "crowd", argc, argv);
  for (int number = 0; number < count; ++number) {
    open_member(&members[number], number, &node.context);
  }
  for (int number = 0; number < count; ++number) {
    bool available = false;
    while (!available) {
      CHECK(rcl_service_server_is_available(
          &members[number].node, &members[number].client, &available));
      if (!available) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
      }
    }
  }
  printf("ready\n");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  for (int number = 0; number < count; ++number) {
    close_member(&members[number]);
  }
  close_node(&node);
  free(members);
  return 0;
}
