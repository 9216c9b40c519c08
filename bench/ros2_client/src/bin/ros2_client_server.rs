// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A server for add_two_ints on ros2-client, written like its example. With `--ros-args --log-level warn` it
//! does not log the requests. A signal ends it at once: it has no shared memory that would be left behind.

use futures_util::StreamExt;
use ros2_client::{log::LogLevel, ServiceMapping};
use ros2_client_bench::{create_node, AddTwoIntsRequest, AddTwoIntsResponse};

fn main() -> anyhow::Result<()> {
    let log = !std::env::args().any(|argument| argument == "warn");
    let (mut node, service) = create_node("minimal_service")?;
    let server = node.create_server::<AddTwoIntsRequest, AddTwoIntsResponse>(
        ServiceMapping::Enhanced,
        &service.name,
        &service.kind,
        service.qos.clone(),
        service.qos,
    )?;

    smol::block_on(async {
        let mut requests = server.receive_request_stream();
        while let Some(request) = requests.next().await {
            let (id, AddTwoIntsRequest { a, b }) = request?;
            if log {
                ros2_client::rosout!(node, LogLevel::Info, "Incoming request\na: {a} b: {b}");
                eprintln!("[INFO] [minimal_service]: Incoming request\na: {a} b: {b}");
            }
            let sum = a.wrapping_add(b);
            server
                .async_send_response(id, AddTwoIntsResponse { sum })
                .await?;
        }
        Ok(())
    })
}
