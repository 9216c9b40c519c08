// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the measured clients on rclrs have in common: they take orders from the benchmark.

pub mod orders;

use anyhow::ensure;
use futures_util::{stream::FuturesUnordered, StreamExt};
use orders::{answer, next_order, Order};
use std::{future::Future, time::Instant};

/// Carries out orders until the end of stdin: `call` sends a request for the sum of two numbers, and
/// its future resolves to the sum.
///
/// Waiting for an order blocks the executor, which has nothing else to do then.
pub async fn take_orders<Call>(mut call: impl FnMut(i64, i64) -> Call) -> anyhow::Result<()>
where
    Call: Future<Output = anyhow::Result<i64>>,
{
    println!("ready");
    while let Some(Order { calls, in_flight }) = next_order()? {
        let mut timed = |index| {
            let sent_at = Instant::now();
            let call = call(index, 1);
            async move {
                let sum = call.await?;
                ensure!(sum == index + 1, "a wrong response: {sum}");
                Ok(sent_at.elapsed())
            }
        };
        let mut took = Vec::with_capacity(calls as usize);
        let start = Instant::now();
        if in_flight == 1 {
            for index in 0..calls {
                took.push(timed(index).await?);
            }
        } else {
            let mut indices = 0..calls;
            let mut pending = FuturesUnordered::new();
            pending.extend(indices.by_ref().take(in_flight as usize).map(&mut timed));
            while let Some(duration) = pending.next().await {
                took.push(duration?);
                pending.extend(indices.next().map(&mut timed));
            }
        }
        answer(start.elapsed(), &took);
    }
    Ok(())
}
