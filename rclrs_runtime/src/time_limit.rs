// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A time limit for a future.

use async_io::Timer;
use futures_lite::FutureExt;
use std::{future::Future, time::Duration};

/// The output of `future`, or `None` when it takes longer than `limit`.
///
/// A future that is ready at once wins against a limit of zero.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let output = async { Some(future.await) };
    let too_late = async {
        Timer::after(limit).await;
        None
    };
    output.or(too_late).await
}
