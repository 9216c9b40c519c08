// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! No function of ROS is overridden for the other libraries of the process.

use crate::nodes::{CLIENT, SERVER};
use test_support::exported_symbols;

#[test]
fn programs_export_no_symbol_of_rcl_or_rmw() {
    for program in [SERVER, CLIENT] {
        let symbols = exported_symbols(program);
        let overrides = |name: &String| name.starts_with("rcl_") || name.starts_with("rmw_");
        assert!(!symbols.iter().any(overrides), "{program}: {symbols:?}");
    }
}
