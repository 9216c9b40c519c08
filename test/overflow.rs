// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Sums at both ends of the range of 64-bit integers.

use crate::nodes::{client, server};
use test_support::Domain;

const MAX: &str = "9223372036854775807";
const MIN: &str = "-9223372036854775808";

#[test]
fn a_sum_that_overflows_wraps_around_with_a_warning_and_one_that_fits_has_none() {
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    for (a, b, sum, overflows) in [
        (MAX, "1", MIN, true),
        (MIN, "-1", MAX, true),
        (MAX, MAX, "-2", true),
        (MIN, MIN, "0", true),
        (MAX, "0", MAX, false),
        (MIN, "0", MIN, false),
        (MAX, MIN, "-1", false),
    ] {
        let finished = client(&domain, &[a, b]).finish().expect_code(0);
        finished.expect_log(&format!("for {a} + {b} = {sum}\n"));
        if overflows {
            server.wait_for_log(&format!(
                "[minimal_service]: The sum of a: {a} and b: {b} does not fit into 64 bits, it wraps around to {sum}\n"
            ));
        }
    }
    let warnings = server.stderr().matches("[WARN]").count();
    assert_eq!(warnings, 4, "{server:?}");
}
