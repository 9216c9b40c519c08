#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test: those of the package through colcon, and those of the underlay. Exits with
# something other than 0 if one fails, having shown what it printed.

set -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
source .underlay/setup.bash
source install/setup.bash

# Both at once, which takes half the time: nodes mostly wait for each other, and the underlay's
# tests mostly compile.
echo "Testing the package, and the underlay beside it, whose output follows that of the package"
output=$(mktemp)
unittest=(env --chdir underlay/test python3 -m unittest --verbose)
"${unittest[@]}" test_message_crates test_ros2 test_rosidl_generator_rs test_underlay \
  > "$output" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; rm -f "$output"' EXIT

failed=0
colcon test || failed=1
colcon test-result --verbose || failed=1
wait "$beside" || failed=1
cat "$output"
# This one builds the package again, which must not happen under the tests above.
"${unittest[@]}" test_workspace || failed=1
exit "$failed"
