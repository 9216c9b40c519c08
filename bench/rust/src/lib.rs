// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the measured clients have in common: they take orders from the benchmark.
//!
//! An order is a line `CALLS IN_FLIGHT` on stdin; the answer is a line of numbers on stdout: the
//! nanoseconds for all of it, and those of each call. The client ends when stdin does.

use anyhow::{ensure, Context as _};
use futures_util::{stream::FuturesUnordered, StreamExt};
use std::{
    fmt::Write as _,
    future::Future,
    io::{BufRead as _, Write as _},
    time::Instant,
};

/// An order of the benchmark.
#[derive(Clone, Copy)]
pub struct Order {
    /// How many calls to make.
    pub calls: i64,
    /// How many of them are under way at a time.
    pub in_flight: i64,
}

/// Says that this client is ready for orders.
pub fn say_ready() {
    println!("ready");
}

/// Waits for the next order; `None` at the end of stdin.
pub fn next_order() -> anyhow::Result<Option<Order>> {
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::parse);
    let mut number = || {
        words
            .next()
            .context("an order needs two numbers")?
            .context("no number")
    };
    Ok(Some(Order {
        calls: number()?,
        in_flight: number()?,
    }))
}

/// Carries out an order: `call` sends a request for the sum of two numbers, and its future ends
/// with the sum.
pub async fn carry_out<Call>(
    order: Order,
    mut call: impl FnMut(i64, i64) -> Call,
) -> anyhow::Result<()>
where
    Call: Future<Output = anyhow::Result<i64>>,
{
    let mut took = Vec::with_capacity(order.calls as usize);
    let start = Instant::now();
    if order.in_flight == 1 {
        for index in 0..order.calls {
            let sent_at = Instant::now();
            let sum = call(index, 1).await?;
            took.push(sent_at.elapsed().as_nanos());
            ensure!(sum == index + 1, "a wrong reply: {sum}");
        }
    } else {
        let mut timed = |index| {
            let sent_at = Instant::now();
            let call = call(index, 1);
            async move { (index, call.await, sent_at.elapsed().as_nanos()) }
        };
        let mut indices = 0..order.calls;
        let mut under_way = FuturesUnordered::new();
        under_way.extend(
            indices
                .by_ref()
                .take(order.in_flight as usize)
                .map(&mut timed),
        );
        while let Some((index, sum, nanoseconds)) = under_way.next().await {
            let sum = sum?;
            ensure!(sum == index + 1, "a wrong reply: {sum}");
            took.push(nanoseconds);
            under_way.extend(indices.next().map(&mut timed));
        }
    }
    let mut line = start.elapsed().as_nanos().to_string();
    for nanoseconds in took {
        let _ = write!(line, " {nanoseconds}");
    }
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
