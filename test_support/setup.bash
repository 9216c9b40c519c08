# Copyright 2026 the rust_add_two_ints authors
# SPDX-License-Identifier: Apache-2.0
#
# To be sourced in the root of the repository: the underlay, the tools that `make test_tools` has
# installed and the package ros_test_support.

source .underlay/setup.bash
export PYTHONPATH=$PWD/test_support:$PWD/.underlay/test_tools/packages${PYTHONPATH:+:$PYTHONPATH}
# What is started now is no part of the make that sources this: the tests call make as a user does.
unset MAKEFLAGS MAKELEVEL MFLAGS
