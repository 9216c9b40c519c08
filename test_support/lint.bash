#!/usr/bin/env bash
# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# Format, lints, documentation and links of everything in this repository; changes nothing.

set -eo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source test_support/setup.bash

step() {
  echo "$*"
  "$@"
}

step python3 -m ruff check
step python3 -m ruff format --check
step python3 -m mypy
step python3 -m pytest --quiet test_support/test

for workspace in . exercises underlay/test/message_crates bench/ros2_client; do
  step cargo fmt --all --check --manifest-path "$workspace/Cargo.toml"
done
# The games have message crates of their own. A target folder for each, because that of colcon is
# built with another environment, and both games have binaries of the same names.
source install/tutorial_game_interfaces/share/tutorial_game_interfaces/package.bash
export RUSTDOCFLAGS="-D warnings"
for workspace in "$PWD" "$PWD/exercises"; do
  export CARGO_TARGET_DIR=$PWD/build/lint/${workspace##*/}
  step cargo clippy --quiet --locked --workspace --all-targets \
    --manifest-path "$workspace/Cargo.toml" -- -D warnings
  step cargo doc --quiet --locked --workspace --no-deps --manifest-path "$workspace/Cargo.toml"
done
