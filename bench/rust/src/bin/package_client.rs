// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service client of `rclrs_runtime`, as `client` uses it, for more than one call.
//!
//! With `--receiving`, it makes each call on the thread that has received the response to the last one.

use anyhow::ensure;
use futures_util::future::try_join_all;
use rclrs::IntoNodeOptions;
use rclrs_runtime::{create_node, exit_with, Runtime, ServiceClient};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use rust_add_two_ints_bench::{
    orders::{answer, next_order, Order},
    take_orders,
};
use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    sync::Mutex,
    time::{Duration, Instant},
};

#[derive(clap::Parser)]
struct Arguments {
    #[arg(long)]
    receiving: bool,
}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments { receiving }) = Runtime::init()?;
    let options = "minimal_client_async".start_parameter_services(false);
    let node = create_node(runtime.commands(), options)?;
    let client = ServiceClient::<AddTwoInts>::new(&node, "add_two_ints")?;
    runtime.spin_until_complete(async move {
        client.wait_for_service(None).await?;
        if receiving {
            return take_orders_on_receiving_thread(&client).await;
        }
        take_orders(|a, b| {
            let response = client.call(AddTwoInts_Request { a, b });
            async { Ok(response.await?.sum) }
        })
        .await
    })?;
    runtime.shutdown(node);
    Ok(())
}

/// The calls of the order that were not made yet.
static LEFT: AtomicI64 = AtomicI64::new(0);

/// How long those that were made took.
static TOOK: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

async fn take_orders_on_receiving_thread(client: &ServiceClient<AddTwoInts>) -> anyhow::Result<()> {
    println!("ready");
    while let Some(Order { calls, in_flight }) = next_order()? {
        LEFT.store(calls - in_flight, Relaxed);
        let start = Instant::now();
        let sequences = (0..in_flight).map(|a| {
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
        ensure!(took.len() as i64 == calls, "{} calls", took.len());
        answer(total, &took);
    }
    Ok(())
}
