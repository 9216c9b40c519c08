#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test: those of the packages through colcon, and those of the underlay. Exits with
# something other than 0 if one fails. What failed is shown last, where nobody has to look for it.

set -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# Not install/: colcon adds what each package depends on, as it did when it built them. With more
# prefixes than then, cargo would build rclrs again for each of them.
source .underlay/setup.bash

outputs=$(mktemp -d)
unittest=(env --chdir underlay/test python3 -m unittest --verbose)
failed=()

# Both at once, which takes half the time: nodes mostly wait for each other, and the underlay's
# tests mostly compile.
echo "Testing the package, and the underlay beside it, whose output follows that of the package"
"${unittest[@]}" test_message_crates test_ros2 test_rosidl_generator_rs test_underlay \
  > "$outputs/underlay" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; rm -rf "$outputs"' EXIT

colcon test --base-paths . exercises --executor sequential --return-code-on-test-failure || failed+=(package)
# Not the results that colcon has collected: it fails to write them when Fast DDS has put a colour
# into the output of a test.
cat log/latest_test/*/stdout_stderr.log > "$outputs/package"
colcon test-result | tail -n 1
wait "$beside" || failed+=(underlay)
cat "$outputs/underlay"
# Fast DDS 3.2 loses track of participants that come and go (docs/reliability.md), which would be
# counted against the nodes.
if [ "$ROS_DISTRO" != kilted ]; then
  stress/run.bash --short 2>&1 | tee "$outputs/stress" || failed+=(stress)
fi
# This one builds the package again, which must not happen under the tests above.
"${unittest[@]}" test_workspace 2>&1 | tee "$outputs/workspace" || failed+=(workspace)

python3 -m unittest discover bench/test 2>&1 | tee "$outputs/bench" || failed+=(bench)

for part in "${failed[@]}"; do
  printf '\n%s: failed, having printed\n' "$part"
  cat "$outputs/$part"
done
for part in "${failed[@]}"; do
  echo "$part: these tests failed"
  grep -E '^(FAIL|ERROR|FAILED): |^ {4}[a-z_]+(::[a-z_0-9]+)+$|^- .* (failure|error)' "$outputs/$part" | sort -u
done
exit "${#failed[@]}"
