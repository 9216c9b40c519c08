// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client class of this package inside the test program, for many calls in a row.

use super::{Domain, PATIENCE};
use futures_lite::future::block_on;
use rclrs::{Context, ExecutorCommands, InitOptions, SpinOptions};
use rust_add_two_ints::{
    failure::Failure, single_threaded_executor::CreateSingleThreadedExecutor, time_limit::within,
    MinimalClientAsync,
};
use std::{
    future::Future,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    thread::JoinHandle,
};

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
        // All nodes of this process share one logging system, which wants different names.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("__node:=caller_{number}");
        let arguments = ["test", "--ros-args", "-r", &name].map(str::to_owned);
        let context = Context::new(arguments, options).expect("a ROS context");
        let mut executor = context.create_single_threaded_executor();
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

    /// Lets several clients join at once, which takes as long as one.
    pub fn join_all(domain: &Domain, count: i64) -> Vec<Self> {
        std::thread::scope(|scope| {
            let joining: Vec<_> = (0..count)
                .map(|_| scope.spawn(|| Self::join(domain)))
                .collect();
            let joined = joining.into_iter().map(|thread| thread.join());
            joined.map(|caller| caller.expect("a client")).collect()
        })
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

    /// Asks for a sum and waits for it; a call that does not end at all fails the test.
    pub fn call(&mut self, a: i64, b: i64) -> Result<i64, Failure> {
        let sum = block_on(within(PATIENCE, self.request(a, b)));
        sum.unwrap_or_else(|| panic!("the call for {a} + {b} hangs"))
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
