// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the server and the client on ros2-client have in common.

use anyhow::Context as _;
use ros2_client::{
    qos::{Durability, History, WhenFull},
    Context, Message, Name, Node, NodeName, NodeOptions, QosProfile, ServiceTypeName,
};
use rustdds::DomainParticipantBuilder;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// The request of `example_interfaces/srv/AddTwoInts`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AddTwoIntsRequest {
    pub a: i64,
    pub b: i64,
}

/// The response of `example_interfaces/srv/AddTwoInts`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AddTwoIntsResponse {
    pub sum: i64,
}

impl Message for AddTwoIntsRequest {}
impl Message for AddTwoIntsResponse {}

/// Creates a node in the domain of `ROS_DOMAIN_ID` that uses the loopback interface alone, which
/// is what `ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST` means to the others.
pub fn create_node(name: &str) -> anyhow::Result<Node> {
    let domain = match std::env::var("ROS_DOMAIN_ID") {
        Ok(number) => number.parse().context("ROS_DOMAIN_ID is no number")?,
        Err(_) => 0,
    };
    let participant = DomainParticipantBuilder::new(domain)
        .with_only_networks([Ipv4Addr::LOCALHOST])
        .build()?;
    let context = Context::from_domain_participant(participant)?;
    Ok(context.new_node(NodeName::new("/", name)?, NodeOptions::new())?)
}

/// The name of the service.
pub fn service_name() -> anyhow::Result<Name> {
    Ok(Name::new("/", "add_two_ints")?)
}

/// The type of the service.
pub fn service_type() -> ServiceTypeName {
    ServiceTypeName::new("example_interfaces", "AddTwoInts")
}

/// The quality of service of services in ROS 2, with a queue as deep as in the package.
pub fn service_qos() -> QosProfile {
    QosProfile::publisher_default()
        .reliability_reliable(WhenFull::DEFAULT)
        .durability(Durability::Volatile)
        .history(History::KeepLast { depth: 10_000 })
}
