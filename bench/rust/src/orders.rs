// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The orders of the benchmark, for a client written in Rust; `programs.py` says how they look.

use anyhow::Context as _;
use std::{fmt::Write as _, time::Duration};

/// An order of the benchmark.
#[derive(Clone, Copy)]
pub struct Order {
    /// How many calls to make.
    pub calls: i64,
    /// How many of them are in flight at a time.
    pub in_flight: i64,
}

/// Waits for the next order; `None` at the end of stdin.
pub fn next_order() -> anyhow::Result<Option<Order>> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let (calls, in_flight) = (line.trim().split_once(' ')).context("an order needs two numbers")?;
    Ok(Some(Order {
        calls: calls.parse()?,
        in_flight: in_flight.parse()?,
    }))
}

/// Answers an order: how long all calls took together, and how long each of them took.
pub fn answer(total: Duration, took: &[Duration]) {
    let mut line = total.as_nanos().to_string();
    for duration in took {
        let _ = write!(line, " {}", duration.as_nanos());
    }
    println!("{line}");
}
