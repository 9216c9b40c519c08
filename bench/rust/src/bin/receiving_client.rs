// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client that makes each call on the thread that has received the response to the last one.

use anyhow::ensure;
use futures_util::future::try_join_all;
use rclrs::IntoNodeOptions;
use rclrs_runtime::{create_node, exit_with, Runtime, ServiceClient};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use rust_add_two_ints_bench::orders::{answer, next_order, Order};
use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    sync::Mutex,
    time::{Duration, Instant},
};

/// The calls of the order that were not made yet.
static LEFT: AtomicI64 = AtomicI64::new(0);

/// How long those that were made took.
static TOOK: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let options = "minimal_client_async".start_parameter_services(false);
    let node = create_node(runtime.commands(), options)?;
    let client = ServiceClient::<AddTwoInts>::new(&node, "add_two_ints")?;
    runtime.spin_until_complete(async move {
        client.wait_for_service(None).await?;
        println!("ready");
        while let Some(order) = next_order()? {
            carry_out(order, &client).await?;
        }
        anyhow::Ok(())
    })?;
    runtime.shutdown(node);
    Ok(())
}

async fn carry_out(order: Order, client: &ServiceClient<AddTwoInts>) -> anyhow::Result<()> {
    LEFT.store(order.calls - order.in_flight, Relaxed);
    let start = Instant::now();
    let sequences = (0..order.in_flight).map(|a| {
        let mut sent_at = Instant::now();
        let next = move |AddTwoInts_Response { sum }| {
            TOOK.lock().expect("no panic").push(sent_at.elapsed());
            sent_at = Instant::now();
            // Each response is the next addend, so that a wrong one shows in the end.
            (LEFT.fetch_sub(1, Relaxed) > 0).then_some(AddTwoInts_Request { a: sum, b: 1 })
        };
        client.call_in_sequence(AddTwoInts_Request { a, b: 1 }, next)
    });
    try_join_all(sequences).await?;
    let total = start.elapsed();
    let took = std::mem::take(&mut *TOOK.lock().expect("no panic"));
    ensure!(took.len() as i64 == order.calls, "{} calls", took.len());
    answer(total, &took);
    Ok(())
}
