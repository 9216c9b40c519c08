// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client class of this package inside the test program, for many calls in a row.

use rclrs::{ExecutorCommands, SpinOptions};
use rclrs_runtime::{CreateSingleThreadedExecutor, Error};
use rust_add_two_ints::{arguments::TimeLimits, MinimalClientAsync};
use std::{
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc, Arc,
    },
    thread::JoinHandle,
    time::Duration,
};
use test_support::{Domain, PATIENCE};

/// A [`MinimalClientAsync`] with a ROS context and an executor of its own, as in a process.
pub struct Caller {
    client: Option<MinimalClientAsync>,
    commands: Arc<ExecutorCommands>,
    executor: Option<JoinHandle<()>>,
}

/// A call in flight.
pub struct Call(mpsc::Receiver<Result<i64, Error>>);

impl Caller {
    /// Joins `domain` with a hidden node, and waits for a server.
    pub fn join(domain: &Domain) -> Self {
        // All nodes of this process share one logging system, which needs different names.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("__node:=_caller_{number}");
        let mut executor = domain
            .context(&["-r", &name])
            .create_single_threaded_executor();
        let commands = Arc::clone(executor.commands());
        let executor = std::thread::spawn(move || {
            let errors = executor.spin(SpinOptions::default());
            assert!(errors.is_empty(), "while spinning: {errors:?}");
        });
        let (sender, client) = mpsc::channel();
        let joining = Arc::clone(&commands);
        // Dropping the promise does not cancel the task.
        drop(commands.run(async move {
            let _ = sender.send(MinimalClientAsync::new(&joining, TimeLimits::default()).await);
        }));
        let client = client.recv_timeout(PATIENCE).expect("a server in time");
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

    /// Sends a request.
    pub fn request(&mut self, a: i64, b: i64) -> Call {
        let client = self.client.as_mut().expect("a client until it is dropped");
        let response = client.send_request(a, b);
        let (sender, receiver) = mpsc::channel();
        // The executor polls the future, so that the request is sent now, as it is in a program.
        drop(self.commands.run(async move {
            let _ = sender.send(response.await.map(|response| response.sum));
        }));
        Call(receiver)
    }

    /// Asks for a sum and waits for it; a call that does not end fails the test.
    #[track_caller]
    pub fn call(&mut self, a: i64, b: i64) -> Result<i64, Error> {
        self.request(a, b).result()
    }
}

impl Call {
    /// The result of the call; `None` when it has none within `limit`.
    pub fn result_within(&self, limit: Duration) -> Option<Result<i64, Error>> {
        self.0.recv_timeout(limit).ok()
    }

    /// The result of the call; a call that does not end fails the test.
    #[track_caller]
    pub fn result(&self) -> Result<i64, Error> {
        self.result_within(PATIENCE).expect("a call that ends")
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
