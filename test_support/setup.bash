# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# To be sourced in the root of the repository: the underlay, the tools that `make test_tools` has
# installed and the package ros_test_support.

# As in `make build`: with other prefixes than then, cargo would build rclrs again.
unset AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH
source .underlay/setup.bash
export PYTHONPATH=$PWD/test_support:$PWD/.underlay/test_tools/packages${PYTHONPATH:+:$PYTHONPATH}
# What is started now is no part of the make that sources this: the tests call make as a user does.
unset MAKEFLAGS MAKELEVEL MFLAGS
# Most tests of the nodes wait, for discovery, leases and time limits, and use little of a processor.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((3 * $(nproc)))}
