// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client class of this package inside the test program, for many calls in a row.

use super::Domain;
use futures_lite::future::block_on;
use rclrs::{Context, CreateBasicExecutor, ExecutorCommands, InitOptions, SpinOptions};
use rust_add_two_ints::{failure::Failure, MinimalClientAsync};
use std::{future::Future, sync::Arc, thread::JoinHandle};

/// A [`MinimalClientAsync`] with a ROS context and an executor of its own, as in a process.
pub struct Caller {
    client: Option<MinimalClientAsync>,
    commands: Arc<ExecutorCommands>,
    executor: Option<JoinHandle<()>>,
}

impl Caller {
    /// Joins `domain` and waits for a server.
    pub fn join(domain: &Domain) -> Self {
        let options = InitOptions::new().with_domain_id(Some(domain.id()));
        let context = Context::new([], options).expect("a ROS context");
        let mut executor = context.create_basic_executor();
        let commands = Arc::clone(executor.commands());
        let executor = std::thread::spawn(move || {
            let errors = executor.spin(SpinOptions::default());
            assert!(errors.is_empty(), "while spinning: {errors:?}");
        });
        let client = commands.run({
            let commands = Arc::clone(&commands);
            async move { MinimalClientAsync::new(&commands, None).await }
        });
        let client = block_on(client).expect("an executor that spins");
        Self {
            client: Some(client.expect("a client")),
            commands,
            executor: Some(executor),
        }
    }

    /// Sends a request, and returns what will become of it.
    pub fn request(&mut self, a: i64, b: i64) -> impl Future<Output = Result<i64, Failure>> {
        let client = self.client.as_mut().expect("a client until it is dropped");
        let response = client.send_request(a, b);
        // The executor polls it, so that the request goes out now, as it does in a program.
        let sum = self
            .commands
            .run(async move { response.await.map(|response| response.sum) });
        async { sum.await.expect("an executor that spins") }
    }

    /// Asks for a sum and waits for it.
    pub fn call(&mut self, a: i64, b: i64) -> Result<i64, Failure> {
        block_on(self.request(a, b))
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.client = None;
        self.commands.halt_spinning();
        if let Some(executor) = self.executor.take() {
            let ended = executor.join();
            if !std::thread::panicking() {
                ended.expect("an executor without errors");
            }
        }
    }
}
