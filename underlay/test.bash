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

failed=0
colcon test || failed=1
colcon test-result --verbose || failed=1
python3 -m unittest discover --start-directory underlay/test --verbose || failed=1
exit "$failed"
