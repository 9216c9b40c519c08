// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client for add_two_ints on ros2-client.
//!
//! `ros2_client_client A B` requests one sum, like the tutorial's client; `ros2_client_client loop`
//! takes orders from the benchmark, see `programs.py`.

use anyhow::{bail, ensure};
use ros2_client::{service::RmwRequestId, Client, Node, ServiceMapping};
use ros2_client_bench::{
    create_node,
    orders::{answer, next_order, Order},
    AddTwoIntsRequest, AddTwoIntsResponse,
};
use rustdds::mio1::{Events, Interest, Poll, Token};
use smol::future::FutureExt;
use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::Write as _,
    time::{Duration, Instant},
};

type AddTwoIntsClient = Client<AddTwoIntsRequest, AddTwoIntsResponse>;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    mark("init")?;
    let (mut node, service) = create_node("minimal_client_async")?;
    let client: AddTwoIntsClient = node.create_client(
        ServiceMapping::Enhanced,
        &service.name,
        &service.kind,
        service.qos.clone(),
        service.qos,
    )?;
    mark("client")?;
    smol::block_on(wait_for_service(&node, &client));
    mark("found")?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["loop", ..] => take_orders(client),
        [a, b, ..] => call_once(&client, a.parse()?, b.parse()?),
        _ => bail!("Usage: ros2_client_client A B | loop"),
    }
}

/// Writes the time of a step to the file that `BENCH_MARKS` names, in nanoseconds of the clock that
/// `marks.c` reads as well.
fn mark(step: &str) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("BENCH_MARKS") else {
        return Ok(());
    };
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let nanoseconds = time.tv_sec * 1_000_000_000 + time.tv_nsec;
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    writeln!(file, "{step} {nanoseconds}")?;
    Ok(())
}

async fn wait_for_service(node: &Node, client: &AddTwoIntsClient) {
    loop {
        let found = async {
            client.wait_for_service(node).await;
            true
        };
        let late = async {
            smol::Timer::after(Duration::from_secs(1)).await;
            false
        };
        if found.or(late).await {
            return;
        }
        eprintln!("[INFO] [minimal_client_async]: service not available, waiting again...");
    }
}

fn call_once(client: &AddTwoIntsClient, a: i64, b: i64) -> anyhow::Result<()> {
    let request = AddTwoIntsRequest { a, b };
    mark("send")?;
    let response = smol::block_on(client.async_call_service(request))
        .map_err(|error| anyhow::anyhow!("the call failed: {error:?}"))?;
    mark("reply")?;
    let sum = response.sum;
    eprintln!("[INFO] [minimal_client_async]: Result of add_two_ints: for {a} + {b} = {sum}");
    Ok(())
}

fn take_orders(mut client: AddTwoIntsClient) -> anyhow::Result<()> {
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut client, Token(0), Interest::READABLE)?;
    println!("ready");
    while let Some(order) = next_order()? {
        carry_out(&client, &mut poll, order)?;
    }
    Ok(())
}

/// Makes all calls on this thread alone.
fn carry_out(client: &AddTwoIntsClient, poll: &mut Poll, order: Order) -> anyhow::Result<()> {
    let Order { calls, in_flight } = order;
    let mut events = Events::with_capacity(8);
    let mut took = Vec::with_capacity(calls as usize);
    let mut pending: HashMap<i64, (RmwRequestId, i64, Instant)> = HashMap::new();
    let mut next = 0;
    let start = Instant::now();
    while (took.len() as i64) < calls {
        while next < calls && (pending.len() as i64) < in_flight {
            let sent_at = Instant::now();
            let id = client
                .send_request(AddTwoIntsRequest { a: next, b: 1 })
                .map_err(|error| anyhow::anyhow!("the request cannot be sent: {error:?}"))?;
            pending.insert(id.sequence_number, (id, next, sent_at));
            next += 1;
        }
        poll.poll(&mut events, Some(Duration::from_secs(60)))?;
        ensure!(
            !events.is_empty(),
            "no response within a minute: it is lost"
        );
        while let Some((id, response)) = client.receive_response()? {
            // Each client receives the responses to all clients, and their numbers repeat.
            if pending
                .get(&id.sequence_number)
                .is_none_or(|(sent, ..)| *sent != id)
            {
                continue;
            }
            if let Some((_, index, sent_at)) = pending.remove(&id.sequence_number) {
                ensure!(
                    response.sum == index + 1,
                    "a wrong response: {}",
                    response.sum
                );
                took.push(sent_at.elapsed());
            }
        }
    }
    answer(start.elapsed(), &took);
    Ok(())
}
