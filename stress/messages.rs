// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Creates, converts, clones, compares and drops messages of the generated crates, round after round:
//! `stress_messages --rounds 100`. It needs no ROS graph, and is run under valgrind.
//!
//! The messages contain everything that owns memory: strings and wide strings, sequences with and without a
//! bound, of numbers, strings and messages, nested messages, and arrays.

use anyhow::{ensure, Context as _};
use clap::Parser;
use rclrs::{MessageIDL, RmwMessageIDL};
use rclrs_runtime::exit_with;
use ros_env::{
    action_msgs::msg::{GoalStatus, GoalStatusArray},
    example_interfaces::msg::WString,
    rcl_interfaces::msg::{
        self as rcl, Parameter, ParameterDescriptor, ParameterEvent, ParameterValue,
    },
};
use std::{borrow::Cow, mem};

/// Does with messages of the generated crates all that can be done with them.
#[derive(Parser)]
struct Arguments {
    /// How often
    #[arg(long, default_value_t = 1)]
    rounds: u32,
}

fn main() {
    exit_with(|| {
        let Arguments { rounds } = Arguments::parse();
        for round in 0..rounds {
            let number = round as usize % 7;
            exercise(&WString { data: text(number) })?;
            exercise(&goals(number))?;
            exercise(&descriptor(number)?)?;
            exercise(&parameter_event(number))?;
        }
        println!("{rounds} rounds");
        Ok(())
    })
}

/// Clones, converts, compares, prints and drops a message. What it is converted to, the tests of the message
/// generator compare.
fn exercise<M>(message: &M) -> anyhow::Result<()>
where
    M: MessageIDL + PartialEq,
    M::RmwMsg: PartialEq,
{
    let name = M::RmwMsg::TYPE_NAME;
    let borrowed = M::into_rmw_message(Cow::Borrowed(message)).into_owned();
    let owned = M::into_rmw_message(Cow::Owned(message.clone())).into_owned();
    let mut other = owned.clone();
    // The value before is dropped.
    other.clone_from(&borrowed);
    ensure!(other == owned, "{name} becomes two different messages");
    drop(mem::take(&mut other));
    ensure!(other == M::RmwMsg::default(), "{name} is not the default");
    assert!(!format!("{message:?}{borrowed:?}").is_empty());
    ensure!(M::from_rmw_message(owned) == *message, "{name} differs");
    Ok(())
}

/// Letters of one to four bytes, and of one and two units of UTF-16; none at all for 0.
fn text(number: usize) -> String {
    "aé小🦀".repeat(number * number * 20)
}

fn goals(number: usize) -> GoalStatusArray {
    let goal = |byte| {
        let mut goal = GoalStatus::default();
        goal.goal_info.goal_id.uuid = [byte; 16];
        goal
    };
    GoalStatusArray {
        status_list: (0..number as u8).map(goal).collect(),
    }
}

fn descriptor(number: usize) -> anyhow::Result<ParameterDescriptor> {
    let ranges = vec![rcl::rmw::IntegerRange::default(); number % 2];
    Ok(ParameterDescriptor {
        name: text(number),
        description: text(number + 1),
        integer_range: ranges.try_into().context("a range fits")?,
        ..Default::default()
    })
}

fn parameter(number: usize) -> Parameter {
    Parameter {
        name: text(number),
        value: ParameterValue {
            string_value: text(number),
            byte_array_value: vec![1; number],
            bool_array_value: vec![true; number],
            integer_array_value: vec![-1; number],
            double_array_value: vec![f64::MAX; number],
            string_array_value: (0..number).map(text).collect(),
            ..Default::default()
        },
    }
}

fn parameter_event(number: usize) -> ParameterEvent {
    ParameterEvent {
        node: text(number),
        new_parameters: (0..number).map(parameter).collect(),
        changed_parameters: vec![parameter(number)],
        ..Default::default()
    }
}
