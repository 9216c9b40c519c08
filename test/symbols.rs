// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! No function of ROS is overridden for the other libraries of the process.

use crate::nodes::{CLIENT, SERVER};
use test_support::expect_no_override;

#[test]
fn programs_export_no_symbol_of_rcl_or_rmw() {
    for program in [SERVER, CLIENT] {
        expect_no_override(program);
    }
}
