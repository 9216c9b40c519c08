#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# demo.bash PACKAGE [ARGUMENT ...] [-- SERVER_ARGUMENT ...]
#
# Runs the server of a package and its client with the arguments given, as one would in two
# terminals, and takes the server down when the client has ended.

set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .underlay/setup.bash
source install/setup.bash

package=$1
shift
arguments=()
while (($# > 0)) && [[ $1 != -- ]]; do
  arguments+=("$1")
  shift
done
shift "$(($# > 0))"

# A domain of its own, on this machine only: the demo meets no other node.
export ROS_DOMAIN_ID=$((1 + $$ % 100)) ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
# Humble has this variable instead, about which later distributions warn.
[[ $ROS_DISTRO != humble ]] || export ROS_LOCALHOST_ONLY=1

# Not with `ros2 run`, which would report each signal, and how each program ended.
programs=install/$package/lib/$package

# Job control gives the server a process group, which Ctrl-C at a terminal would reach as a whole.
set -m
"$programs/server" "$@" < /dev/null &
server=$!
end_server() {
  kill -INT -- "-$server" 2>/dev/null || return 0
  wait "$server" || echo "The server ended with exit status $?" >&2
}
trap end_server EXIT

status=0
# The limit is there in case the server could not start: without it, the client waits for ever.
"$programs/client" --wait-timeout 60 "${arguments[@]}" || status=$?
# 130 is Ctrl-C, with which one leaves a game: no error for make to report.
((status == 130)) || exit "$status"
