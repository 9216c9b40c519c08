#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs the stress suite, with the arguments of stress/__main__.py, on what colcon has built.

set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH
source .underlay/setup.bash
# Where colcon has built the package, so that its dependencies are not built a second time.
cargo build --quiet --release --locked --example stress_caller \
  --target-dir build/rust_add_two_ints
source install/setup.bash
exec python3 stress "$@"
