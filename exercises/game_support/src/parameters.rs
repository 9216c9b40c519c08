// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Declares parameters that explain themselves when they are given a value they cannot have.

use crate::sessions::Limits;
use rclrs::{MandatoryParameter, Node, ParameterVariant};
use rclrs_runtime::Error;
use std::{sync::Arc, time::Duration};

/// Declares a parameter that takes the values for which `allowed` is true.
///
/// `expected` says which these are; it ends the sentence "it must be". The parameter exists for as
/// long as what is returned does.
///
/// # Errors
///
/// [`Error::Parameter`] when the value given at the start is not allowed.
pub fn declare<T>(
    node: &Node,
    name: &'static str,
    default: T,
    description: &str,
    expected: &'static str,
    allowed: impl Fn(&T) -> bool + Send + Sync + 'static,
) -> Result<MandatoryParameter<T>, Error>
where
    T: ParameterVariant + Clone,
{
    node.declare_parameter::<T>(name)
        .default(default)
        .description(description)
        .constraints(expected)
        .validate(move |value| match allowed(value) {
            true => Ok(()),
            false => Err(format!("it must be {expected}")),
        })
        .mandatory()
        .map_err(|error| Error::parameter(name, expected, error))
}

/// The parameters `capacity` and `forget_after`, which bound what a server remembers.
pub struct LimitParameters {
    capacity: MandatoryParameter<i64>,
    forget_after: MandatoryParameter<i64>,
}

impl LimitParameters {
    /// Declares both on `node`.
    ///
    /// # Errors
    ///
    /// Those of [`declare`].
    pub fn declare(node: &Node) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self {
            capacity: declare(
                node,
                "capacity",
                10_000,
                "How many games may be played at once",
                "a whole number from 1 to 1000000",
                |value| (1..=1_000_000).contains(value),
            )?,
            forget_after: declare(
                node,
                "forget_after",
                1800,
                "For how many seconds a player is remembered who does nothing",
                "a whole number of seconds from 1 to 31536000",
                |value| (1..=31_536_000).contains(value),
            )?,
        }))
    }

    /// Their values at this moment; they may be set while the server runs.
    pub fn get(&self) -> Limits {
        Limits {
            capacity: usize::try_from(self.capacity.get()).unwrap_or(0),
            forget_after: Duration::from_secs(self.forget_after.get().unsigned_abs()),
        }
    }
}
