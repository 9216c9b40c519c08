#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs the server and the client with the numbers given, as one would in two terminals.

set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .underlay/setup.bash
source install/setup.bash

# A domain of its own, on this machine only: the demo meets no other node.
export ROS_DOMAIN_ID=$((1 + $$ % 100)) ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST

# Job control gives the server a process group, which Ctrl-C at a terminal would reach as a whole.
set -m
ros2 run rust_add_two_ints server &
server=$!
end_server() {
  kill -INT -- "-$server" 2>/dev/null || return 0
  wait "$server" || echo "The server ended with exit status $?" >&2
}
trap end_server EXIT

# The limit is there in case the server could not start: the tutorial's client waits for ever.
timeout --foreground 60 ros2 run rust_add_two_ints client "$1" "$2"
