#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs the stress suite, with the arguments of stress/__main__.py, on what colcon has built.

set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH
source test_support/setup.bash
# With what colcon had sourced for each package, and where it has built it, so that the dependencies
# are not built a second time.
cargo build --quiet --release --locked --example stress_caller --example stress_messages \
  --target-dir build/rust_add_two_ints
(
  source install/tutorial_game_interfaces/share/tutorial_game_interfaces/package.bash
  cargo build --quiet --locked --example stress_players --target-dir build/hangman \
    --manifest-path exercises/hangman/Cargo.toml
)
source install/setup.bash
exec python3 -m stress "$@"
