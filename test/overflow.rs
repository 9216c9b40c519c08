// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Sums at both ends of the range of 64-bit integers.

use crate::nodes::{client, server};
use test_support::Domain;

const MAX: &str = "9223372036854775807";
const MIN: &str = "-9223372036854775808";

#[test]
fn a_sum_that_overflows_wraps_around_with_a_warning_and_the_server_goes_on() {
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    for (a, b, sum) in [
        (MAX, "1", MIN),
        (MIN, "-1", MAX),
        (MAX, MAX, "-2"),
        (MIN, MIN, "0"),
    ] {
        let expected = format!("for {a} + {b} = {sum}\n");
        client(&domain, &[a, b])
            .finish()
            .expect_code(0)
            .expect_log(&expected);
        server.wait_for_log(&format!(
            "[minimal_service]: The sum of a: {a} and b: {b} does not fit into 64 bits, it wraps around to {sum}\n"
        ));
    }
    let warnings = server.stderr().matches("[WARN]").count();
    assert_eq!(warnings, 4, "{server:?}");
}

#[test]
fn a_sum_that_fits_causes_no_warning() {
    let domain = Domain::claim();
    let server = server(&domain, &[]);
    for (a, b, sum) in [(MAX, "0", MAX), (MIN, "0", MIN), (MAX, MIN, "-1")] {
        let expected = format!("for {a} + {b} = {sum}\n");
        client(&domain, &[a, b])
            .finish()
            .expect_code(0)
            .expect_log(&expected);
    }
    assert!(!server.stderr().contains("[WARN]"), "{server:?}");
}
